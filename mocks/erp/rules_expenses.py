"""Expense reports: entered, submitted, approved or rejected; the approved one is posted (J05, J06 of accounting.md)."""

from __future__ import annotations

from typing import Any

from mocks.erp import errors, postings, rules
from mocks.erp.accounts import account_of
from mocks.erp.books import Books, differing, require
from mocks.erp.incoming import Incoming, Line
from mocks.erp.payable_lines import (
    EMPLOYEE_PAYABLE,
    clear_payable_lines,
    line_entries,
    meant,
    payable_lines,
    same_payable,
    stored_payable_lines,
    totals,
    write_payable_lines,
)
from mocks.erp.records_payables import (
    EXPENSE,
    REPORT_APPROVAL,
    REPORT_APPROVED,
    REPORT_OPEN,
    REPORT_PENDING,
    REPORT_REJECTED,
)
from sandbox.core.observe import Row

# No step is skipped (O06): entered, submitted, decided; a rejected one is submitted again.
_NEXT = {
    REPORT_OPEN: (REPORT_PENDING,),
    REPORT_PENDING: (REPORT_APPROVED, REPORT_REJECTED, REPORT_OPEN),
    REPORT_REJECTED: (REPORT_PENDING, REPORT_OPEN),
    REPORT_APPROVED: (),
}
_SOFT = ("memo",)
_STATUS_CODES = {REPORT_OPEN: "A", REPORT_PENDING: "B", REPORT_REJECTED: "D", REPORT_APPROVED: "F"}
_SHARED = ("tranDate", "postingPeriod", "subsidiary", "memo")


def create_report(books: Books, incoming: Incoming) -> Row:
    """A report in any state but rejected; an approved one is in the ledger with the same commit."""
    values = {**rules.defaults(books, "expenseReport"), **incoming.values}
    require(books.store, "expenseReport", values)
    if values["approvalStatus"] == REPORT_REJECTED:
        raise errors.invalid_value(REPORT_REJECTED, "approvalStatus", "approvalStatus", "It was not submitted yet.")
    whole = _head(books, values)
    lines = _lines(books, whole, incoming.sublists.get("expense", []))
    whole |= totals(lines)
    label = rules.label_of({**incoming.values, "lines": same_payable(lines)})
    whole["tranId"] = books.document_number("EXP", label)
    report = books.insert("expenseReport", whole, None if whole["externalId"] else label)
    header = postings.header(
        books, EXPENSE, {**report, "currency": report["expensereportcurrency"]}, **_header_values(report)
    )
    write_payable_lines(books, report["id"], lines)
    if report["approvalStatus"] == REPORT_APPROVED:
        _post(books, header, report, lines)
    return report


def update_report(books: Books, row: Row, incoming: Incoming) -> Row:
    """A change of what is not approved yet, its state included; approving it posts it."""
    changes = differing(row, incoming.values)
    approved = row["approvalStatus"] == REPORT_APPROVED
    hard = rules.hard(books, "expenseReport", changes, _SOFT)
    if approved and hard:
        raise errors.locked(hard[0], "approved")
    wanted = changes.get("approvalStatus")
    if wanted is not None and wanted not in _NEXT[row["approvalStatus"]]:
        now, then = REPORT_APPROVAL[row["approvalStatus"]], REPORT_APPROVAL[wanted]
        raise errors.invalid_value(wanted, "approvalStatus", "approvalStatus", f"{now} does not become {then}.")
    before = stored_payable_lines(books, row["id"])
    lines = before
    if "expense" in incoming.sublists:
        lines = _lines(books, {**row, **changes}, meant(books, row["id"], incoming))
    moved = same_payable(lines) != same_payable(before)
    if approved and moved:
        raise errors.locked("expense", "approved")
    if not changes and not moved:
        return row
    if approved:
        after = books.update("expenseReport", row["id"], changes)
        books.update("transaction", row["id"], {"memo": after["memo"]})
        return after
    return _rewritten(books, row, {**row, **changes}, lines, moved=moved)


def delete_report(books: Books, row: Row) -> None:
    """Remove a report that is not posted."""
    if row["approvalStatus"] == REPORT_APPROVED:
        raise errors.dependent_records("it is posted")
    clear_payable_lines(books, row["id"])
    books.delete("transaction", row["id"])
    books.delete("expenseReport", row["id"])


def _rewritten(books: Books, row: Row, whole: Row, lines: list[Row], *, moved: bool) -> Row:
    require(books.store, "expenseReport", whole)
    if whole["tranDate"] != row["tranDate"] and whole["postingPeriod"] == row["postingPeriod"]:
        # The period followed the date it was derived from.
        whole = {**whole, "postingPeriod": None}
    # Whatever changed, every line must still hold when the report is submitted or approved.
    lines = _lines(books, whole, lines)
    whole = {**_head(books, whole), **totals(lines)}
    after = books.update("expenseReport", row["id"], differing(row, whole))
    shared = {name: after[name] for name in _SHARED}
    header = books.update("transaction", row["id"], {**shared, **_header_values(after)})
    if moved:
        write_payable_lines(books, row["id"], lines)
    if after["approvalStatus"] == REPORT_APPROVED:
        _post(books, header, after, lines)
    return after


def _head(books: Books, whole: Row) -> Row:
    employee = books.known("employee", whole["entity"])
    if employee["isInactive"]:
        raise errors.invalid_value(employee["id"], "entity", "entity", "The employee is inactive.")
    state = whole["approvalStatus"]
    approved = int(state == REPORT_APPROVED)
    period = books.period_of(whole["tranDate"])
    period_id = whole["postingPeriod"] or (None if period is None else period["id"])
    if approved:
        period_id = postings.posting_period(books, whole["tranDate"], whole["postingPeriod"], payables=True)["id"]
    return {
        **whole,
        "subsidiary": employee["subsidiary"],
        "expensereportcurrency": books.known("subsidiary", employee["subsidiary"])["currency"],
        "postingPeriod": period_id,
        "complete": int(state != REPORT_OPEN),
        "supervisorapproval": approved,
        "accountingapproval": approved,
    }


def _lines(books: Books, whole: Row, given: list[Line]) -> list[Row]:
    employee = books.known("employee", whole["entity"])
    lines = payable_lines(books, employee["subsidiary"], given)
    for index, line in enumerate(lines):
        path = f"expense.items[{index}]"
        if line["category"] is None:
            raise errors.missing(["Category"])
        line["expensedate"] = day = line["expensedate"] or whole["tranDate"]
        if not (employee["hireDate"] or day) <= day <= (employee["releasedate"] or day):
            reason = "The employee is not employed on that date."
            raise errors.invalid_value(day, "expensedate", f"{path}.expensedate", reason)
    return lines


def _header_values(report: Row) -> dict[str, Any]:
    return {
        "posting": int(report["approvalStatus"] == REPORT_APPROVED),
        "entity": report["entity"],
        "status": _STATUS_CODES[report["approvalStatus"]],
        "foreignTotal": report["total"],
        "foreignAmountUnpaid": report["total"],
    }


def _post(books: Books, header: Row, report: Row, lines: list[Row]) -> None:
    """Dr 5020 rebillable or 6400, Dr 1150, Cr 2020."""
    shared = {
        "entity": report["entity"],
        "employee": report["entity"],
        "sourceSystem": "erp",
        "sourceId": report["externalId"] or report["id"],
    }
    owed = account_of(books, EMPLOYEE_PAYABLE)
    total = postings.Entry(owed, -report["total"], 0, "total", {**shared, "memo": report["memo"]})
    postings.write(books, header, [total, *line_entries(books, lines, shared)])
