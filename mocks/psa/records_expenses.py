"""Kantata's records of money spent on projects: expenses, their categories and vendors, and expense reports."""

from __future__ import annotations

from mocks.kit.records import Field, RecordType

EXPENSE_CATEGORY = RecordType("expense_category", (Field("name", unique=True),))

VENDOR = RecordType("vendor", (Field("name", unique=True),))

EXPENSE = RecordType(
    "expense",
    (
        Field("workspace_id", "reference"),
        Field("story_id", "reference"),
        Field("user_id", "reference", refers_to="user"),
        Field("date", "date"),
        Field("category"),
        Field("expense_category_id", "reference"),
        Field("vendor_id", "reference"),
        Field("receipt_id", "reference"),
        Field("amount", "money"),
        Field("currency"),
        Field("notes"),
        Field("billable", "bool", default=1),
        Field("reimbursable", "bool", default=1),
        Field("taxable", "bool"),
        Field("approved", "bool", default=0),
        Field("source_currency"),
        Field("source_value", "money"),
        Field("source_rate", "decimal"),
        Field("source_date", "date"),
        Field("active_submission_id", "reference"),
        Field("recent_submission_id", "reference"),
        Field("invoice_id", "reference"),
    ),
)

EXPENSE_REPORT_SUBMISSION = RecordType(
    "expense_report_submission",
    (
        Field("workspace_id", "reference", refers_to="workspace"),
        Field("user_id", "reference", refers_to="user"),
        Field("title"),
        Field("comment"),
        Field("status", "picklist", default="pending"),
        Field("start_date", "date"),
        Field("end_date", "date"),
        Field("line_item_total", "money"),
        Field("currency"),
        Field("current_resolution_creator_id", "reference"),
        Field("current_resolution_us", "instant"),
        Field("current_resolution_description"),
    ),
)

ALL = (EXPENSE_CATEGORY, VENDOR, EXPENSE, EXPENSE_REPORT_SUBMISSION)

INDEXES = (
    'CREATE INDEX "expense.workspace" ON expense(workspace_id, date)',
    'CREATE INDEX "expense.updated" ON expense(_modified_us)',
    'CREATE INDEX "expense.active" ON expense(active_submission_id) WHERE active_submission_id IS NOT NULL',
    'CREATE INDEX "expense.recent" ON expense(recent_submission_id) WHERE recent_submission_id IS NOT NULL',
    'CREATE INDEX "expense.invoice" ON expense(invoice_id) WHERE invoice_id IS NOT NULL',
    'CREATE INDEX "expense_report_submission.updated" ON expense_report_submission(_modified_us)',
    'CREATE INDEX "expense_report_submission.status" ON expense_report_submission(status)',
)
