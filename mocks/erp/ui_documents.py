"""The person surface for documents: approvals that finance gives at a screen."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from mocks.erp import rules_expenses
from mocks.erp.books import shown
from mocks.erp.incoming import Incoming
from mocks.erp.records_payables import REPORT_APPROVED, REPORT_REJECTED
from mocks.erp.ui import Form
from mocks.kit.app import Call
from mocks.kit.person import Actions, FormRefused

ACTIONS = Actions()


class ApprovalForm(Form):
    """An expense report by external id or number (``tranId``), the decision, and a note for a rejection."""

    report: str
    approve: bool
    note: str = Field(default="", max_length=300)


@ACTIONS.add("decide_expense_report", ApprovalForm)
def decide_expense_report(call: Call, form: ApprovalForm) -> dict[str, Any]:
    """Approve a submitted expense report, which posts it, or reject it with a note."""
    books = call.mock.books
    row = books.by("expenseReport", "externalId", form.report) or books.by("expenseReport", "tranId", form.report)
    if row is None:
        raise FormRefused(f"no expense report {form.report}", field="report", status=404)
    if not form.approve and not form.note:
        raise FormRefused("a rejection needs a note", field="note")
    decided = {"approvalStatus": REPORT_APPROVED if form.approve else REPORT_REJECTED}
    if form.note:
        decided["rejectionNote"] = form.note
    with books.as_accountant():
        after = rules_expenses.update_report(books, row, Incoming(values=decided))
    return {
        "id": after["id"],
        "tran_id": after["tranId"],
        "approval_status": after["approvalStatus"],
        "total": shown(after["total"]),
    }
