"""Billable expenses on an invoice: lines of approved reports and bills, taken up once, at cost or a margin (J19)."""

from __future__ import annotations

from collections.abc import Iterable

from mocks.erp import errors
from mocks.erp.books import Books, shown, within
from mocks.erp.incoming import Line
from mocks.erp.records_payables import REPORT_APPROVED
from sandbox.core.observe import Row

# Only item lines come from an order or a schedule.
NO_SOURCE: Row = {"orderLine": None, "billingSchedule": None, "scheduleLine": None}


def cost_key(line: Line, index: int) -> tuple[str, int]:
    """Document and line number that an ``expCost`` line means; its line 1 unless told otherwise."""
    doc: Row | None = line.get("doc")
    if doc is None:
        raise errors.invalid_value("", "doc", f"expCost.items[{index}].doc")
    return str(doc["id"]), int(line.get("docLine") or 1)


def cost_line(books: Books, header: Row, line: Line, index: int, places: int) -> Row:
    """A billable expense as a line of an invoice; raises ErpRefusal when it is not one of the invoice's project."""
    document, number = cost_key(line, index)
    path = f"expCost.items[{index}]"
    cost = books.store.one("expenseLine", {"document": document, "line": number})
    if cost is None:
        raise errors.invalid_value(number, "docLine", f"{path}.docLine", "The document has no such line.")
    if cost["customer"] != header["job"]:
        reason = "It is an expense of another project than the invoice's."
        raise errors.invalid_value(document, "doc", f"{path}.doc", reason)
    amount = line.get("amount")
    if amount is None:
        amount = cost["amount"]
        if _currency(books, document) != header["currency"]:
            reason = "The expense is in another currency than the invoice: give the amount to charge."
            raise errors.invalid_value("", "amount", f"{path}.amount", reason)
    if not within(amount, places):
        raise errors.invalid_value(shown(amount), "amount", f"{path}.amount", f"The currency has {places} decimals.")
    return {
        "sublist": "expCost",
        "doc": cost["id"],
        "item": None,
        "hours": None,
        "quantity": None,
        "rate": None,
        "amount": amount,
        "description": line.get("description") or cost["memo"],
        "custcol_contract_line": line.get("custcol_contract_line") or cost["custcol_contract_line"],
        "employee": None,
        "serviceDate": cost["expensedate"],
        "source": cost["custcol_source_id"] or cost["id"],
        "path": f"{path}.doc",
        "entry": cost,
        **NO_SOURCE,
    }


def cost_not_free(books: Books, cost: Row, own_id: str | None) -> str:
    """Why an expense cannot be billed, or an empty text."""
    document = _document(books, cost["document"])
    if document["approvalStatus"] != REPORT_APPROVED:
        return "The expense is not approved."
    if not cost["isBillable"]:
        return "The expense is not billable."
    if cost["invoice"] not in (None, own_id):
        return "The expense is billed already."
    return ""


def costs_as_given(books: Books, stored: Iterable[Row]) -> list[Line]:
    """Stored ``expCost`` lines as a client would give them."""
    given: list[Line] = []
    for line in stored:
        cost = books.known("expenseLine", line["doc"])
        kept = {name: line[name] for name in ("amount", "description", "custcol_contract_line")}
        given.append({"apply": 1, "doc": {"id": cost["document"]}, "docLine": cost["line"], **kept})
    return given


def _document(books: Books, document: str) -> Row:
    return books.row("expenseReport", document) or books.known("vendorBill", document)


def _currency(books: Books, document: str) -> str:
    return str(books.known("subsidiary", _document(books, document)["subsidiary"])["currency"])
