"""Expenses, their categories and vendors as Kantata shows them."""

from __future__ import annotations

from decimal import Decimal

from mocks.psa.present import Frame, Shown, cents, currency_of, stamps
from sandbox.core.money import from_scaled
from sandbox.core.observe import Row


def expense_category(row: Row, frame: Frame) -> Shown:
    """A category of the account."""
    return {"id": row["id"], "name": row["name"], **stamps(row, frame)}


def vendor(row: Row, frame: Frame) -> Shown:
    """Somebody who is paid for an expense."""
    return {"id": row["id"], "name": row["name"], **stamps(row, frame)}


def _foreign(row: Row) -> Shown | None:
    if row["source_currency"] is None:
        return None
    return {
        "source_currency": row["source_currency"],
        "source_value": from_scaled(row["source_value"]),
        "rate": Decimal(row["source_rate"]),
        "date": row["source_date"],
    }


def expense(row: Row, frame: Frame) -> Shown:
    """Money spent on a project. It is written as ``billable`` and read as ``is_billable`` (section 10)."""
    return {
        "id": row["id"],
        "workspace_id": row["workspace_id"],
        "story_id": row["story_id"],
        "user_id": row["user_id"],
        "date": row["date"],
        "category": row["category"],
        "expense_category_id": row["expense_category_id"],
        "vendor_id": row["vendor_id"],
        "receipt_id": row["receipt_id"],
        "amount_in_cents": cents(row["amount"], row["currency"]),
        **currency_of(row["currency"]),
        "foreign_exchange_amount": _foreign(row),
        "notes": row["notes"],
        "is_billable": row["billable"] == 1,
        "reimbursable": row["reimbursable"] == 1,
        "taxable": row["taxable"] != 0,
        "approved": row["approved"] == 1,
        "is_invoiced": row["invoice_id"] is not None,
        "active_submission_id": row["active_submission_id"],
        "recent_submission_id": row["recent_submission_id"],
        "invoice_id": row["invoice_id"],
        **stamps(row, frame),
    }
