"""Sales orders: what is sold and not yet billed; they post nothing, invoices made from them do."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from mocks.erp import errors, postings, rules
from mocks.erp.books import AMOUNT_MAX, Books, differing, require, shown
from mocks.erp.incoming import Incoming, Line
from mocks.erp.invoice_lines import item_amount
from mocks.erp.order_billing import billed_by_line
from mocks.erp.records_orders import ORDER, ORDER_BILLED, ORDER_PENDING
from mocks.erp.rules_invoices import create_invoice
from mocks.erp.rules_rates import exchange_rate, rederived
from sandbox.core.money import SCALE
from sandbox.core.observe import Row

_STORED = ("item", "quantity", "rate", "amount", "description", "custcol_contract_line", "billingSchedule")
_STATUS_CODES = {ORDER_PENDING: "F", ORDER_BILLED: "G"}
_SHARED = ("tranDate", "subsidiary", "currency", "exchangeRate", "memo", "entity", "job", "otherRefNum")


def create_order(books: Books, incoming: Incoming) -> Row:
    """A sales order, approved at once."""
    values = {**rules.defaults(books, "salesOrder"), **incoming.values}
    require(books.store, "salesOrder", values)
    whole = _head(books, values)
    lines = _lines(books, whole, incoming.sublists.get("item", []))
    whole |= {"total": sum(line["amount"] for line in lines), "status": ORDER_PENDING}
    label = rules.label_of({**incoming.values, "lines": _comparable(lines)})
    whole["tranId"] = books.document_number("SO", label)
    order = books.insert("salesOrder", whole, None if whole["externalId"] else label)
    postings.header(books, ORDER, {**order, "postingPeriod": None}, **_header_values(order))
    _write(books, order, lines)
    return order


def update_order(books: Books, row: Row, incoming: Incoming) -> Row:
    """A change; keyed lines change, others are added. Nothing falls below what is billed."""
    changes = differing(row, incoming.values)
    billed = billed_by_line(books, row["id"])
    if billed and (kept := [name for name in ("entity", "job") if name in changes]):
        raise errors.locked(kept[0], "billed")
    before = order_lines(books, row["id"])
    lines = before
    if "item" in incoming.sublists:
        lines = _lines(books, {**row, **changes}, _meant(before, incoming))
        _check_billed(lines, billed)
    moved = _comparable(lines) != _comparable(before)
    if not changes and not moved:
        return row
    whole = {**row, **changes}
    require(books.store, "salesOrder", whole)
    if "entity" in changes and "exchangeRate" not in incoming.values:
        whole = {**whole, "exchangeRate": None}
    whole = {**_head(books, rederived(whole, changes, incoming)), "total": sum(line["amount"] for line in lines)}
    whole["status"] = _status(lines, billed)
    after = books.update("salesOrder", row["id"], differing(row, whole))
    books.update("transaction", row["id"], {**{name: after[name] for name in _SHARED}, **_header_values(after)})
    if moved:
        for line in before:
            books.delete("salesOrderLine", line["id"])
        _write(books, after, lines)
    return after


def delete_order(books: Books, row: Row) -> None:
    """Remove an order no invoice was made from."""
    rules.unused(books, (("invoice", "createdFrom"),), row["id"])
    for line in order_lines(books, row["id"]):
        books.delete("salesOrderLine", line["id"])
    books.delete("transaction", row["id"])
    books.delete("salesOrder", row["id"])


def to_invoice(books: Books, order: Row, incoming: Incoming) -> Row:
    """The transform of an order: an invoice of what is not billed yet, or of the given lines."""
    for name in ("entity", "job"):
        if order[name] is not None:
            incoming.values.setdefault(name, order[name])
    incoming.values.setdefault("otherRefNum", order["otherRefNum"])
    incoming.values.setdefault("tranDate", books.today().isoformat())
    incoming.values["createdFrom"] = order["id"]
    if not incoming.sublists.keys() & {"item", "time", "expCost"}:
        incoming.sublists["item"] = _unbilled(books, order)
    return create_invoice(books, incoming)


def order_lines(books: Books, order_id: str) -> list[Row]:
    """The lines of an order."""
    return books.store.find("salesOrderLine", {"salesOrder": order_id}, order='"line"')


def shown_lines(books: Books, order_id: str) -> list[Line]:
    """The lines of an order with what is billed of each."""
    billed = billed_by_line(books, order_id)
    return [{**line, "custcol_billed": billed.get(line["line"], 0)} for line in order_lines(books, order_id)]


def _unbilled(books: Books, order: Row) -> list[Line]:
    billed = billed_by_line(books, order["id"])
    lines: list[Line] = []
    for line in order_lines(books, order["id"]):
        rest = line["amount"] - billed.get(line["line"], 0)
        if rest:
            names = ("item", "description", "custcol_contract_line")
            lines.append({**{name: line[name] for name in names}, "amount": rest, "orderLine": line["line"]})
    if not lines:
        raise errors.user_error("The sales order is billed in full.", "item")
    return lines


def _head(books: Books, whole: Row) -> Row:
    customer = books.known("customer", whole["entity"])
    if customer["isInactive"]:
        raise errors.invalid_value(customer["id"], "entity", "entity", "The customer is inactive.")
    if whole["job"] and books.known("job", whole["job"])["parent"] != customer["id"]:
        raise errors.invalid_value(whole["job"], "job", "job", "It is a project of another customer.")
    subsidiary, currency = books.known("subsidiary", customer["subsidiary"]), customer["currency"]
    rate = exchange_rate(books, subsidiary, currency, whole["tranDate"], whole["exchangeRate"])
    return {**whole, "subsidiary": subsidiary["id"], "currency": currency, "exchangeRate": rate}


def _lines(books: Books, whole: Row, given: Iterable[Line]) -> list[Row]:
    places = books.places(books.known("customer", whole["entity"])["currency"])
    lines: list[Row] = []
    for index, line in enumerate(given):
        path = f"item.items[{index}]"
        if line.get("item") is None:
            raise errors.missing(["Item"])
        quantity = SCALE if line.get("quantity") is None else line["quantity"]
        amount = item_amount(line, quantity, places, path)
        if not 0 <= amount <= AMOUNT_MAX:
            raise errors.invalid_value(shown(amount), "amount", f"{path}.amount")
        lines.append({**{name: line.get(name) for name in _STORED}, "quantity": quantity, "amount": amount})
        lines[-1]["line"] = line.get("line")
    if not lines:
        raise errors.user_error("You must enter at least one line item for this transaction.", "item")
    return _numbered(lines)


def _numbered(lines: list[Row]) -> list[Row]:
    """A line keeps its number, new ones get the next: invoices refer to them."""
    kept = [line["line"] for line in lines if line["line"] is not None]
    if len(set(kept)) < len(kept) or any(number < 1 for number in kept):
        raise errors.user_error("A line number is given twice or is not positive.", "item")
    following = max(kept, default=0)
    for line in lines:
        if line["line"] is None:
            following += 1
            line["line"] = following
    return sorted(lines, key=lambda line: int(line["line"]))


def _meant(before: list[Row], incoming: Incoming) -> list[Line]:
    given = incoming.sublists["item"]
    if "item" in incoming.replaced:
        return given
    keyed: dict[int, Line] = {line["line"]: dict(line) for line in before}
    added: list[Line] = []
    for line in given:
        number = line.get("line")
        if number in keyed:
            if "amount" not in line and ("quantity" in line or "rate" in line):
                keyed[number]["amount"] = None
            keyed[number] |= line
        else:
            added.append(line)
    return [*keyed.values(), *added]


def _check_billed(lines: list[Row], billed: dict[int, int]) -> None:
    amounts = {line["line"]: line["amount"] for line in lines}
    for number, amount in billed.items():
        if amounts.get(number, 0) < amount:
            raise errors.user_error(f"{shown(amount)} of line {number} is billed.", "item")


def _status(lines: Iterable[Row], billed: dict[int, int]) -> str:
    done = all(billed.get(line["line"], 0) >= line["amount"] for line in lines)
    return ORDER_BILLED if done else ORDER_PENDING


def _write(books: Books, order: Row, lines: Iterable[Row]) -> None:
    for line in lines:
        values = {"salesOrder": order["id"], "line": line["line"], **{name: line[name] for name in _STORED}}
        books.insert("salesOrderLine", values, label=f"{order['id']} {line['line']}")


def _comparable(lines: Iterable[Row]) -> list[list[Any]]:
    return [[line[name] for name in ("line", *_STORED)] for line in lines]


def _header_values(order: Row) -> dict[str, Any]:
    return {
        "posting": 0,
        "entity": order["entity"],
        "job": order["job"],
        "otherRefNum": order["otherRefNum"],
        "status": _STATUS_CODES[order["status"]],
        "foreignTotal": order["total"],
    }
