"""The lines of an invoice: time entries taken up and items charged, priced, compared, and written.

Three forms: as given by a client (``Line`` of the sublists), priced (rows of ``invoiceLine`` and what the ledger wants
to know), and as stored.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from mocks.erp import errors
from mocks.erp.books import Books, scaled_of_minor, shown, within
from mocks.erp.incoming import Incoming, Line
from mocks.erp.invoice_costs import NO_SOURCE, cost_key, cost_line, cost_not_free, costs_as_given
from mocks.erp.records_documents import APPROVED
from sandbox.core.money import SCALE, divide_half_away, line_net_minor
from sandbox.core.observe import Row

_STORED = (
    *("sublist", "doc", "item", "hours", "quantity", "rate", "amount", "description", "custcol_contract_line"),
    *("orderLine", "billingSchedule", "scheduleLine"),
)
# What a line of a sublist takes up.
_SOURCES = {"time": "timeBill", "expCost": "expenseLine"}
Given = dict[str, list[Line]]


def priced(books: Books, header: Row, given: Mapping[str, list[Line]]) -> list[Row]:
    """The lines with their amounts, time first; raises ErpRefusal for one that has none or belongs elsewhere."""
    places = books.places(header["currency"])
    lines = [_time_line(header, each, index, places) for index, each in _applied(given.get("time", []))]
    lines += [_item_line(books, each, index, places) for index, each in enumerate(given.get("item", []))]
    lines += [cost_line(books, header, each, index, places) for index, each in _applied(given.get("expCost", []))]
    if not lines:
        raise errors.user_error("You must enter at least one line item for this transaction.", "item")
    docs = [line["doc"] for line in lines if line["doc"] is not None]
    if len(set(docs)) < len(docs):
        raise errors.user_error("A time entry or expense is applied twice.", "time")
    return [{**line, "line": number} for number, line in enumerate(lines, start=1)]


def check_free(books: Books, lines: Iterable[Row], own_id: str | None = None) -> None:
    """Raises ErpRefusal unless all time and expenses are approved, billable and on no invoice but this one."""
    for line in lines:
        entry = line["entry"]
        if entry is None:
            continue
        cost = line["sublist"] == "expCost"
        reason = cost_not_free(books, entry, own_id) if cost else _not_free(entry, own_id)
        if reason:
            name = entry["document"] if cost else entry["externalId"] or entry["id"]
            raise errors.invalid_value(name, "doc", line["path"], reason)


def same_lines(lines: Iterable[Row]) -> list[list[Any]]:
    """What makes two sets of lines the same invoice."""
    return [[line[name] for name in _STORED] for line in lines]


def stored_lines(books: Books, invoice_id: str) -> list[Row]:
    """The lines of an invoice in order."""
    return books.store.find("invoiceLine", {"invoice": invoice_id}, order='"line"')


def as_given(books: Books, stored: Iterable[Row], without: Collection[str] = ()) -> Given:
    """Stored lines as a client would give them, but those of some sublists."""
    stored = [line for line in stored if line["sublist"] not in without]
    costs = [line for line in stored if line["sublist"] == "expCost"]
    given: Given = {"time": [], "item": [], "expCost": costs_as_given(books, costs)}
    for line in stored:
        if line["sublist"] == "expCost":
            continue
        if line["sublist"] == "time":
            doc = books.known("timeBill", line["doc"])
            given["time"].append({"apply": 1, "doc": doc, "rate": line["rate"]})
        else:
            names = ("line", *_STORED[2:3], *_STORED[4:])
            given["item"].append({name: line[name] for name in names})
    return given


def merged(before: Given, incoming: Incoming) -> Given:
    """The lines as meant: a replaced sublist as given, else keyed lines changed and others added (section 3.2).

    Time lines are keyed by their entry, item lines by ``line``.
    """
    wished = dict(before)
    for name, lines in incoming.sublists.items():
        if name in incoming.replaced:
            wished[name] = lines
        elif name == "time":
            by_doc = {line["doc"]["id"]: line for line in before["time"]}
            for index, line in _applied(lines, all_of_them=True):
                by_doc[_doc(line, index)["id"]] = line
            wished["time"] = list(by_doc.values())
        elif name == "expCost":
            by_cost = {cost_key(line, index): line for index, line in enumerate(before["expCost"])}
            by_cost |= {cost_key(line, index): line for index, line in enumerate(lines)}
            wished["expCost"] = list(by_cost.values())
        else:
            wished["item"] = _merged_items(before["item"], lines)
    return wished


def write_lines(books: Books, invoice: Row, lines: Iterable[Row]) -> None:
    """Store the lines of an invoice and take up their time and expenses."""
    for line in lines:
        values = {"invoice": invoice["id"], "line": line["line"], **{name: line[name] for name in _STORED}}
        books.insert("invoiceLine", values, label=f"{invoice['id']} {line['doc'] or line['line']}")
        if line["doc"] is not None:
            books.update(_SOURCES[line["sublist"]], line["doc"], {"invoice": invoice["id"]})


def clear_lines(books: Books, invoice_id: str) -> None:
    """Remove the lines of an invoice and free what they took up."""
    free_sources(books, invoice_id)
    for line in stored_lines(books, invoice_id):
        books.delete("invoiceLine", line["id"])


def free_sources(books: Books, invoice_id: str) -> None:
    """Let time and expenses of an invoice be billed again; its lines stay as they were sent."""
    for line in stored_lines(books, invoice_id):
        if line["doc"] is not None:
            books.update(_SOURCES[line["sublist"]], line["doc"], {"invoice": None})


def _merged_items(before: list[Line], lines: list[Line]) -> list[Line]:
    keyed = {line["line"]: line for line in before}
    added: list[Line] = []
    for line in lines:
        number = line.get("line")
        if number in keyed:
            changed = {**keyed[number], **line}
            if "amount" not in line and ("quantity" in line or "rate" in line):
                changed["amount"] = None
            keyed[number] = changed
        else:
            added.append(line)
    return [*keyed.values(), *added]


def _applied(lines: list[Line], *, all_of_them: bool = False) -> list[tuple[int, Line]]:
    return [(index, line) for index, line in enumerate(lines) if all_of_them or line.get("apply") != 0]


def _doc(line: Line, index: int) -> Row:
    doc: Row | None = line.get("doc")
    if doc is None:
        raise errors.invalid_value("", "doc", f"time.items[{index}].doc")
    return doc


def _time_line(header: Row, line: Line, index: int, places: int) -> Row:
    entry = _doc(line, index)
    path = f"time.items[{index}]"
    if entry["customer"] != header["job"]:
        reason = "It is time of another project than the invoice's."
        raise errors.invalid_value(entry["externalId"] or entry["id"], "doc", f"{path}.doc", reason)
    rate = line.get("rate")
    if rate is None:
        rate = entry["rate"]
    if rate is None or rate < 0:
        raise errors.invalid_value("" if rate is None else shown(rate), "rate", f"{path}.rate")
    return {
        "sublist": "time",
        "doc": entry["id"],
        "item": entry["item"],
        "hours": entry["hours"],
        "quantity": None,
        "rate": rate,
        "amount": scaled_of_minor(line_net_minor(entry["hours"], rate, places), places),
        "description": entry["memo"],
        "custcol_contract_line": entry["custcol_contract_line"],
        "employee": entry["employee"],
        "serviceDate": entry["tranDate"],
        "source": entry["externalId"] or entry["id"],
        "path": f"{path}.doc",
        "entry": entry,
        **NO_SOURCE,
    }


def _item_line(books: Books, line: Line, index: int, places: int) -> Row:
    path = f"item.items[{index}]"
    if line.get("item") is None:
        raise errors.missing(["Item"])
    quantity = SCALE if line.get("quantity") is None else line["quantity"]
    return {
        "sublist": "item",
        "doc": None,
        "item": line["item"],
        "hours": None,
        "quantity": quantity,
        "rate": line.get("rate"),
        "amount": item_amount(line, quantity, places, path),
        "description": line.get("description"),
        "custcol_contract_line": line.get("custcol_contract_line"),
        "employee": None,
        "serviceDate": None,
        "source": None,
        "path": path,
        "entry": None,
        **{name: line.get(name) for name in NO_SOURCE},
    }


def item_amount(line: Line, quantity: int, places: int, path: str) -> int:
    """Round half away of quantity x rate (both at 1e-4); a given amount must be just that, or stand alone."""
    given, rate = line.get("amount"), line.get("rate")
    if rate is None:
        if given is None:
            raise errors.missing(["Rate"])
        if not within(given, places):
            raise errors.invalid_value(shown(given), "amount", f"{path}.amount", f"The currency has {places} decimals.")
        amount: int = given
        return amount
    amount = scaled_of_minor(divide_half_away(quantity * rate * 10**places, SCALE * SCALE), places)
    if given is not None and given != amount:
        reason = f"Quantity x rate is {shown(amount)}."
        raise errors.invalid_value(shown(given), "amount", f"{path}.amount", reason)
    return amount


def _not_free(entry: Row, own_id: str | None) -> str:
    if entry["approvalStatus"] != APPROVED:
        return "The time entry is not approved."
    if not entry["isBillable"]:
        return "The time entry is not billable."
    if entry["invoice"] not in (None, own_id):
        return "The time entry is billed already."
    return ""
