"""Expenses, vendors and expense reports: record, change, take back, hand in, decide."""

from __future__ import annotations

from mocks.kit.app import Call
from mocks.kit.routing import Routes
from mocks.psa import intakes, routes_submissions, rules_expenses, rules_submissions
from mocks.psa.envelope import deleted, written
from mocks.psa.resources_expenses import EXPENSE_REPORT_SUBMISSIONS, EXPENSES, VENDORS
from mocks.psa.rules import required
from sandbox.core.wire import Response

ROUTES = Routes()


@ROUTES.add("POST", "/api/v1/expenses", "expenses.create")
def create_expenses(call: Call) -> Response:
    """Record one expense or several, all or none."""
    items = intakes.EXPENSE.many(call.request)
    return written(call, EXPENSES, [rules_expenses.record(call.store, item, call.principal) for item in items])


@ROUTES.add("PUT", "/api/v1/expenses/<record_id>", "expenses.update")
def change_expense(call: Call, record_id: str) -> Response:
    """Change an open expense."""
    expense = required(call.store, EXPENSES, record_id)
    given = intakes.EXPENSE.change(call.request)
    return written(call, EXPENSES, [rules_expenses.alter(call.store, expense, given, call.principal)])


@ROUTES.add("DELETE", "/api/v1/expenses/<record_id>", "expenses.delete")
def delete_expense(call: Call, record_id: str) -> Response:
    """Take an open expense back."""
    rules_expenses.delete(call.store, required(call.store, EXPENSES, record_id), call.principal)
    return deleted()


@ROUTES.add("POST", "/api/v1/vendors", "vendors.create")
def create_vendor(call: Call) -> Response:
    """Somebody to be paid."""
    given = intakes.VENDOR.one(call.request)
    return written(call, VENDORS, [rules_expenses.create_vendor(call.store, given, call.principal)])


@ROUTES.add("PUT", "/api/v1/vendors/<record_id>", "vendors.update")
def change_vendor(call: Call, record_id: str) -> Response:
    """Another name."""
    vendor = required(call.store, VENDORS, record_id)
    given = intakes.VENDOR.change(call.request)
    return written(call, VENDORS, [rules_expenses.alter_vendor(call.store, vendor, given, call.principal)])


routes_submissions.add(
    ROUTES, rules_submissions.EXPENSE_REPORT, EXPENSE_REPORT_SUBMISSIONS, intakes.EXPENSE_REPORT_SUBMISSION
)
