"""Time, submissions, invoices, their lines and payments as Kantata shows them."""

from __future__ import annotations

from decimal import Decimal

from mocks.psa.present import SYMBOLS, Frame, Shown, cents, currency_of, minor_scale, stamps
from sandbox.core.money import from_scaled, plain
from sandbox.core.observe import Row

_INVOICE_TEXTS = ("user_invoice_number", "user_invoice_title", "message", "purchase_order", "project_code")


def time_entry(row: Row, frame: Frame) -> Shown:
    """Minutes of a person on a day."""
    currency = row["currency"]
    return {
        "id": row["id"],
        "workspace_id": row["workspace_id"],
        "story_id": row["story_id"],
        "user_id": row["user_id"],
        "role_id": row["role_id"],
        "date_performed": row["date_performed"],
        "time_in_minutes": row["time_in_minutes"],
        "billable": row["billable"] == 1,
        "notes": row["notes"],
        "rate_in_cents": row["rate"] // minor_scale(currency),
        **currency_of(currency),
        "approved": row["approved"] == 1,
        "is_invoiced": row["invoice_id"] is not None,
        "taxable": row["taxable"] != 0,
        "location": row["location"],
        "active_submission_id": row["active_submission_id"],
        "recent_submission_id": row["recent_submission_id"],
        "invoice_id": row["invoice_id"],
        "written_off": row["written_off"] == 1,
        "created_at": frame.stamp(row["_created_us"]),
        "updated_at": frame.stamp(row["_modified_us"]),
    }


def timesheet_submission(row: Row, frame: Frame) -> Shown:
    """A week of a person on a project, to be approved."""
    return _submission(row, frame, "TimesheetSubmission")


def expense_report_submission(row: Row, frame: Frame) -> Shown:
    """Expenses of a person on a project, to be approved."""
    return _submission(row, frame, "ExpenseReportSubmission")


def _submission(row: Row, frame: Frame, kind: str) -> Shown:
    currency, decided_us = row["currency"], row["current_resolution_us"]
    decided_at = None if decided_us is None else frame.stamp(decided_us)
    total = row["line_item_total"]
    symbol = SYMBOLS.get(currency, f"{currency} ")
    return {
        "id": row["id"],
        "type": kind,
        "workspace_id": row["workspace_id"],
        "user_id": row["user_id"],
        "title": row["title"],
        "comment": row["comment"],
        "status": row["status"],
        "start_date": row["start_date"],
        "end_date": row["end_date"],
        "line_item_total_in_cents": cents(total, currency),
        "line_item_total_formatted": f"{symbol}{plain(from_scaled(total))}",
        **currency_of(currency),
        "current_resolution_creator_id": row["current_resolution_creator_id"],
        "current_resolution_created_at": decided_at,
        "current_resolution_created_at_date": decided_at[:10] if decided_at else None,
        "current_resolution_description": row["current_resolution_description"],
        **stamps(row, frame),
    }


def resolution(row: Row, frame: Frame) -> Shown:
    """A decision on a submission."""
    return {
        "id": row["id"],
        "type": row["type"],
        "description": row["description"],
        "target_type": row["target_type"],
        "target_id": int(row["target_id"]),
        "user_id": int(row["user_id"]),
        "account_id": frame.account_id,
        "current": row["current"] == 1,
        **stamps(row, frame),
    }


def invoice(row: Row, frame: Frame) -> Shown:
    """A pre-bill, then an invoice."""
    currency = row["currency"]
    number = row["user_invoice_number"] or str(row["number"])
    return {
        "id": row["id"],
        "workspace_id": row["workspace_id"],
        "title": f"{'Draft ' if row['draft'] else ''}Invoice #{number}",
        "status": row["status"],
        "draft": row["draft"] == 1,
        "invoice_date": row["invoice_date"],
        "due_date": row["due_date"],
        "payment_schedule": row["payment_schedule"],
        **{name: row[name] for name in _INVOICE_TEXTS},
        "tax_rate": Decimal(row["tax_rate"]),
        "subtotal_in_cents": cents(row["subtotal"], currency),
        "tax_amount_in_cents": cents(row["tax_amount"], currency),
        "total_in_cents": cents(row["total"], currency),
        "balance_in_cents": cents(row["balance"], currency),
        "credited_invoice_id": row["credited_invoice_id"],
        "credit_reason": row["credit_reason"],
        **currency_of(currency),
        **stamps(row, frame),
    }


def fixed_fee_item(row: Row, frame: Frame) -> Shown:
    """An invoice line that is no time."""
    return {
        "id": row["id"],
        "invoice_id": row["invoice_id"],
        "workspace_id": row["workspace_id"],
        "story_id": row["story_id"],
        "notes": row["notes"],
        "amount_in_cents": cents(row["amount"], row["currency"]),
        "taxable": row["taxable"] != 0,
        **currency_of(row["currency"]),
        **stamps(row, frame),
    }


def external_payment(row: Row, frame: Frame) -> Shown:
    """Cash recorded against an invoice."""
    return {
        "id": row["id"],
        "invoice_id": int(row["invoice_id"]),
        "workspace_id": row["workspace_id"],
        "amount_in_cents": cents(row["amount"], row["currency"]),
        "date": row["date"],
        "notes": row["notes"],
        **currency_of(row["currency"]),
        **stamps(row, frame),
    }


def additional_item(row: Row, frame: Frame) -> Shown:
    """An invoice line of any sign: what is added to a pre-bill, or taken off it."""
    ours = {name: row[name] for name in ("write_down_reason", "time_entry_id")}
    return {**fixed_fee_item(row, frame), **ours}


def billing_milestone(row: Row, frame: Frame) -> Shown:
    """An amount that is billed at a date or when a task is completed."""
    return {
        "id": row["id"],
        "workspace_id": row["workspace_id"],
        "title": row["title"],
        "billing_type": row["billing_type"],
        "date_to_invoice": row["date_to_invoice"],
        "amount_in_cents": cents(row["amount"], row["currency"]),
        "story_id": row["story_id"],
        "invoice_id": row["invoice_id"],
        **currency_of(row["currency"]),
        **stamps(row, frame),
    }
