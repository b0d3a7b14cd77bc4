"""Expenses, categories, vendors and expense reports, as data."""

from __future__ import annotations

from mocks.psa import present_billing, present_expenses, records
from mocks.psa.associations import BelongsTo, HasMany
from mocks.psa.query import column_flag, dates_between, equals, flag, members_of, whatever
from mocks.psa.records_expenses import EXPENSE, EXPENSE_CATEGORY, EXPENSE_REPORT_SUBMISSION, VENDOR
from mocks.psa.resource import APPROVED_BY, Resource, references, statuses, visible_lines

EXPENSE_CATEGORIES = Resource(
    "expense_categories", EXPENSE_CATEGORY, present_expenses.expense_category, "expense category", orders=("name",)
)
VENDORS = Resource(
    "vendors",
    VENDOR,
    present_expenses.vendor,
    "vendor",
    "Vendor",
    orders=("name",),
    searched=("name",),
    associations={"external_references": references("Vendor")},
)
EXPENSES = Resource(
    "expenses",
    EXPENSE,
    present_expenses.expense,
    "expense",
    "Expense",
    filters={
        "workspace_id": equals("workspace_id"),
        "story_id": equals("story_id"),
        "user_id": equals("user_id"),
        "vendor_id": equals("vendor_id"),
        "created_by": equals("_creator"),
        "date_expensed_between": dates_between("date"),
        "reimbursable": column_flag("reimbursable"),
        "approved": whatever("approved = 1"),
        "invoiced": whatever("invoice_id IS NOT NULL"),
        "uninvoiced": whatever("invoice_id IS NULL"),
        "submitted": flag("active_submission_id IS NOT NULL", "active_submission_id IS NULL"),
        "unsubmitted": flag("active_submission_id IS NULL", "active_submission_id IS NOT NULL"),
        "with_expense_report_id": members_of("active_submission_id IN (SELECT value FROM json_each(?))"),
        "with_recent_expense_report_ids": members_of("recent_submission_id IN (SELECT value FROM json_each(?))"),
        "in_active_invoice_id": members_of("invoice_id IN (SELECT value FROM json_each(?))"),
    },
    orders=("date", "amount", "category", "notes"),
    default_order="date:desc",
    hidden=visible_lines,
    associations={
        "workspace": BelongsTo(records.WORKSPACE, "workspace_id"),
        "user": BelongsTo(records.USER, "user_id"),
        "story": BelongsTo(records.STORY, "story_id"),
        "vendor": BelongsTo(VENDOR, "vendor_id"),
        "expense_category": BelongsTo(EXPENSE_CATEGORY, "expense_category_id"),
        "active_submission": BelongsTo(EXPENSE_REPORT_SUBMISSION, "active_submission_id"),
        "recent_submission": BelongsTo(EXPENSE_REPORT_SUBMISSION, "recent_submission_id"),
        "invoice": BelongsTo(records.INVOICE, "invoice_id"),
        "external_references": references("Expense"),
    },
)
EXPENSE_REPORT_SUBMISSIONS = Resource(
    "expense_report_submissions",
    EXPENSE_REPORT_SUBMISSION,
    present_billing.expense_report_submission,
    "expense report submission",
    "ExpenseReportSubmission",
    filters={
        "statuses": statuses,
        "workspace_id": equals("workspace_id"),
        "user_id": equals("user_id"),
        "approver_ids": APPROVED_BY,
        "active": flag("status IN ('pending', 'approved')", "status IN ('rejected', 'cancelled')"),
    },
    orders=("start_date", "end_date"),
    associations={
        "expenses": HasMany(EXPENSE, "recent_submission_id", "expense_ids"),
        "workspace": BelongsTo(records.WORKSPACE, "workspace_id"),
        "user": BelongsTo(records.USER, "user_id"),
        "external_references": references("ExpenseReportSubmission"),
    },
)

ALL = (EXPENSE_CATEGORIES, VENDORS, EXPENSES, EXPENSE_REPORT_SUBMISSIONS)
