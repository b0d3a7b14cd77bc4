"""The lines of a credit memo: amounts taken off an invoice, and the billed time they name."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from mocks.erp import errors
from mocks.erp.books import Books, scaled_of_minor, shown, within
from mocks.erp.incoming import Line
from mocks.erp.invoice_lines import stored_lines
from sandbox.core.money import SCALE, divide_half_away
from sandbox.core.observe import Row

_STORED = ("item", "quantity", "rate", "amount", "description", "custcol_contract_line", "custcol_time")


def credit_lines(books: Books, invoice: Row, given: Iterable[Line]) -> list[Row]:
    """The lines with their amounts. Raises ErpRefusal for one without an amount, or of time the invoice has not."""
    places = books.places(invoice["currency"])
    billed = {each["doc"]: each for each in stored_lines(books, invoice["id"]) if each["sublist"] == "time"}
    lines: list[Row] = []
    seen: set[str] = set()
    for index, line in enumerate(given):
        path = f"item.items[{index}]"
        entry = line.get("custcol_time")
        if entry is None:
            credited = _item_line(line, path, places)
        else:
            if entry["id"] in seen:
                raise errors.user_error("A time entry is credited twice.", f"{path}.custcol_time")
            seen.add(entry["id"])
            credited = _time_line(line, path, entry, billed.get(entry["id"]), places)
        lines.append({**credited, "line": index + 1, "path": path})
    if not lines:
        raise errors.user_error("You must enter at least one line item for this transaction.", "item")
    return lines


def whole_invoice(books: Books, invoice: Row) -> list[Line]:
    """Every line of an invoice as a credit of it is given."""
    given: list[Line] = []
    for each in stored_lines(books, invoice["id"]):
        line = {name: each[name] for name in ("item", "amount", "description", "custcol_contract_line")}
        if each["sublist"] == "time":
            line["custcol_time"] = books.known("timeBill", each["doc"])
        given.append(line)
    return given


def check_billed(invoice: Row, lines: Iterable[Row], *, freeing: bool) -> None:
    """Raises ErpRefusal unless the named time is still billed by the invoice, and in full where it is freed."""
    for line in lines:
        entry, billed = line["entry"], line["billed"]
        if entry is None:
            continue
        reason = ""
        if entry["invoice"] != invoice["id"]:
            reason = "The invoice does not bill that time any more."
        elif freeing and line["amount"] != billed["amount"]:
            reason = f"Time is freed only with its whole amount: {shown(billed['amount'])}."
        if reason:
            raise errors.invalid_value(_name(entry), "custcol_time", f"{line['path']}.custcol_time", reason)


def stored_credit_lines(books: Books, credit_id: str) -> list[Row]:
    """The lines of a credit memo in order."""
    return books.store.find("creditMemoLine", {"creditMemo": credit_id}, order='"line"')


def write_credit_lines(books: Books, credit: Row, lines: Iterable[Row]) -> None:
    """Store the lines of a credit memo."""
    for line in lines:
        values = {"creditMemo": credit["id"], "line": line["line"], **{name: line[name] for name in _STORED}}
        books.insert("creditMemoLine", values, label=f"{credit['id']} {line['line']}")


def same_credit(lines: Iterable[Row]) -> list[list[Any]]:
    """What makes two sets of lines the same credit."""
    return [[line[name] for name in _STORED] for line in lines]


def _item_line(line: Line, path: str, places: int) -> Row:
    if line.get("item") is None:
        raise errors.missing(["Item"])
    quantity = SCALE if line.get("quantity") is None else line["quantity"]
    rate = line.get("rate")
    amount = line.get("amount")
    if rate is not None:
        product = scaled_of_minor(divide_half_away(quantity * rate * 10**places, SCALE * SCALE), places)
        if amount not in (None, product):
            raise errors.invalid_value(
                shown(amount), "amount", f"{path}.amount", f"Quantity x rate is {shown(product)}."
            )
        amount = product
    if amount is None:
        raise errors.missing(["Amount"])
    return {
        "item": line["item"],
        "quantity": quantity,
        "rate": rate,
        "amount": _positive(amount, path, places),
        "description": line.get("description"),
        "custcol_contract_line": line.get("custcol_contract_line"),
        "custcol_time": None,
        "entry": None,
        "billed": None,
    }


def _time_line(line: Line, path: str, entry: Row, billed: Row | None, places: int) -> Row:
    if billed is None:
        reason = "The invoice did not bill that time."
        raise errors.invalid_value(_name(entry), "custcol_time", f"{path}.custcol_time", reason)
    amount = billed["amount"] if line.get("amount") is None else line["amount"]
    if amount > billed["amount"]:
        raise errors.invalid_value(shown(amount), "amount", f"{path}.amount", f"{shown(billed['amount'])} was billed.")
    return {
        "item": billed["item"],
        "quantity": None,
        "rate": None,
        "amount": _positive(amount, path, places),
        "description": line.get("description"),
        "custcol_contract_line": billed["custcol_contract_line"],
        "custcol_time": entry["id"],
        "entry": entry,
        "billed": billed,
    }


def _positive(amount: int, path: str, places: int) -> int:
    if amount <= 0 or not within(amount, places):
        reason = "It must be positive." if amount <= 0 else f"The currency has {places} decimals."
        raise errors.invalid_value(shown(amount), "amount", f"{path}.amount", reason)
    return amount


def _name(entry: Row) -> str:
    return str(entry["externalId"] or entry["id"])
