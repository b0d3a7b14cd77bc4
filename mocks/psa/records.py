"""Kantata's records as data. Column names are the vendor's attribute names, except money.

A column of kind "money" drops ``_in_cents`` from the vendor's name, because it holds 1e-4 of the major unit and not
minor units. Indexes beyond the kit's stand in INDEXES.
"""

from __future__ import annotations

from mocks.kit.records import Field, RecordType
from mocks.psa import records_billing, records_expenses, records_organizations, records_settings, records_staffing

# -- people and reference data --------------------------------------------------------------------------------------

PERMISSIONS = (
    "administrator",
    "reports_viewer_with_cost",
    "reports_viewer",
    "project_lead",
    "project_creator",
    "collaborator",
    "punch_clock",
)

USER = RecordType("user", (Field("full_name"), Field("email_address", unique=True), Field("headline")))

ACCOUNT_MEMBERSHIP = RecordType(
    "account_membership",
    (
        Field("user_id", "reference", unique=True),
        Field("permission", "picklist", choices=PERMISSIONS),
        Field("default_role_id", "reference"),
        Field("manager_id", "reference"),
        Field("bill_rate", "money"),
        Field("cost_rate", "money"),
        Field("billability_target", "int"),
        Field("disabled", "bool", default=0),
    ),
)

ROLE = RecordType("role", (Field("name", unique=True),))

RATE_CARD = RecordType(
    "rate_card",
    (Field("title"), Field("currency"), Field("rate_card_set_id", "reference", refers_to="rate_card_set")),
)

RATE_CARD_VERSION = RecordType(
    "rate_card_version",
    (Field("rate_card_id", "reference", refers_to="rate_card"), Field("effective_date", "date")),
)

RATE_CARD_ROLE = RecordType(
    "rate_card_role",
    (
        Field("rate_card_version_id", "reference", refers_to="rate_card_version"),
        Field("role_id", "reference", refers_to="role"),
        Field("rate", "money"),
        Field("currency"),
    ),
)

WORKSPACE_GROUP = RecordType(
    "workspace_group",
    (
        Field("name"),
        Field("company", "bool", default=0),
        Field("contact_name"),
        Field("email"),
        Field("phone_number"),
        Field("address"),
        Field("website"),
        Field("notes"),
    ),
)

EXTERNAL_REFERENCE = RecordType(
    "external_reference",
    (
        Field("subject_type"),
        Field("subject_id", "reference"),
        Field("service_name"),
        Field("service_model"),
        Field("service_model_ref"),
        Field("status", "picklist"),
        Field("external_link"),
        Field("external_message"),
        Field("external_status"),
        Field("locked", "bool", default=0),
    ),
)

# -- projects -------------------------------------------------------------------------------------------------------

ESTIMATE, PROJECT = "estimate", "project"
ACCESS_LEVELS = ("invitation", "open", "admin")

# Key -> (message, colour). Only 501 is confirmed (section 5); the other keys are stable inventions, colours are the
# vendor's: gray not started, light green about to start, green running, yellow pending, red blocked, blue finished.
STATUSES = {
    "100": ("Not Started", "gray"),
    "200": ("Ready to Start", "light green"),
    "300": ("In Progress", "green"),
    "400": ("On Hold", "yellow"),
    "501": ("Cancelled", "red"),
    "600": ("Completed", "blue"),
    "610": ("Closed", "blue"),
}
# These projects take no time and no expenses.
CLOSED_STATUSES = ("501", "610")

WORKSPACE = RecordType(
    "workspace",
    (
        Field("title"),
        Field("description"),
        Field("stage", "picklist", default=PROJECT),
        Field("archived", "bool", default=0),
        Field("start_date", "date"),
        Field("due_date", "date"),
        Field("access_level", "picklist", default="invitation"),
        Field("budgeted", "bool", default=0),
        Field("price", "money"),
        Field("currency"),
        Field("rate_card_id", "reference"),
        Field("change_orders_enabled", "bool", default=0),
        Field("require_time_approvals", "bool", default=1),
        Field("require_expense_approvals", "bool", default=1),
        Field("time_trackable", "bool", default=1),
        Field("tasks_default_non_billable", "bool", default=0),
        Field("stories_are_fixed_fee_by_default", "bool", default=0),
        Field("status_key", "picklist", default="100"),
        Field("creator_id", "reference"),
        Field("primary_workspace_group_id", "reference"),
        Field("workspace_group_ids", "json", default="[]"),
        Field("approver_ids", "json", default="[]"),
    ),
)

MAVEN, BUYER = "maven", "buyer"

PARTICIPATION = RecordType(
    "participation",
    (
        Field("workspace_id", "reference"),
        Field("user_id", "reference", refers_to="user"),
        Field("role", "picklist", default=MAVEN),
        Field("access_level", "picklist", default="edit_time_and_expenses"),
        Field("is_team_lead", "bool", default=0),
    ),
)

STORY_TYPES = ("task", "deliverable", "milestone", "issue")
NOT_STARTED, STARTED, NEEDS_INFO, COMPLETED = "not started", "started", "needs info", "completed"
STORY_STATES = (NOT_STARTED, STARTED, NEEDS_INFO, COMPLETED)
ISSUE_STATES = (
    "new", "reopened", "in progress", "blocked", "fixed", "duplicate", "can't reproduce", "resolved", "won't fix",
)  # fmt: skip

STORY = RecordType(
    "story",
    (
        Field("workspace_id", "reference", refers_to="workspace"),
        Field("parent_id", "reference", refers_to="story"),
        Field("story_type", "picklist", default="task"),
        Field("title"),
        Field("description"),
        Field("start_date", "date"),
        Field("due_date", "date"),
        Field("billable", "bool", default=1),
        Field("fixed_fee", "bool", default=0),
        Field("currency"),
        Field("budget_estimate", "money"),
        Field("time_estimate_in_minutes", "minutes"),
        Field("percentage_complete", "int", default=0),
        Field("state", "picklist", default=NOT_STARTED),
        # Ours: how often somebody chose a state by name, which the feed announces apart from moves by themselves.
        Field("selections", "int", default=0),
    ),
)

# -- time -----------------------------------------------------------------------------------------------------------

TIME_ENTRY = RecordType(
    "time_entry",
    (
        Field("workspace_id", "reference"),
        Field("story_id", "reference"),
        Field("user_id", "reference"),
        Field("role_id", "reference"),
        Field("date_performed", "date"),
        Field("time_in_minutes", "minutes"),
        Field("billable", "bool", default=1),
        Field("notes"),
        Field("rate", "money"),
        Field("currency"),
        Field("approved", "bool", default=0),
        # Blank: nobody said, so the line is taxed like its document.
        Field("taxable", "bool"),
        Field("location"),
        Field("active_submission_id", "reference"),
        Field("recent_submission_id", "reference"),
        Field("invoice_id", "reference"),
        Field("written_off", "bool", default=0),
        Field("write_off_reason"),
    ),
)

PENDING, APPROVED, REJECTED, CANCELLED = "pending", "approved", "rejected", "cancelled"

TIMESHEET_SUBMISSION = RecordType(
    "timesheet_submission",
    (
        Field("workspace_id", "reference", refers_to="workspace"),
        Field("user_id", "reference", refers_to="user"),
        Field("title"),
        Field("comment"),
        Field("status", "picklist", default=PENDING),
        Field("start_date", "date"),
        Field("end_date", "date"),
        Field("line_item_total", "money"),
        Field("currency"),
        Field("current_resolution_creator_id", "reference"),
        Field("current_resolution_us", "instant"),
        Field("current_resolution_description"),
    ),
)

RESOLUTION = RecordType(
    "resolution",
    (
        Field("type", "picklist"),
        Field("target_type"),
        Field("target_id", "reference", refers_to="timesheet_submission"),
        Field("user_id", "reference"),
        Field("description"),
        Field("current", "bool", default=1),
    ),
)

# -- billing --------------------------------------------------------------------------------------------------------

NEW, INVOICE_CANCELLED, PAID = "new", "cancelled", "accepted payment"

INVOICE = RecordType(
    "invoice",
    (
        Field("workspace_id", "reference", refers_to="workspace"),
        Field("currency"),
        Field("draft", "bool", default=0),
        Field("status", "picklist", default=NEW),
        Field("number", "int"),
        Field("user_invoice_number"),
        Field("user_invoice_title"),
        Field("invoice_date", "date"),
        Field("payment_schedule", "int"),
        Field("due_date", "date"),
        Field("tax_rate", "decimal", default="0"),
        Field("message"),
        Field("purchase_order"),
        Field("project_code"),
        Field("subtotal", "money", default=0),
        Field("tax_amount", "money", default=0),
        Field("total", "money", default=0),
        Field("paid", "money", default=0),
        Field("balance", "money", default=0),
        # Ours: the invoice a credit note is of, and why a person made it.
        Field("credited_invoice_id", "reference", refers_to="invoice"),
        Field("credit_reason", default=""),
    ),
)

FIXED_FEE_ITEM = RecordType(
    "fixed_fee_item",
    (
        Field("invoice_id", "reference", refers_to="invoice"),
        Field("workspace_id", "reference"),
        Field("story_id", "reference"),
        Field("notes"),
        Field("amount", "money"),
        Field("currency"),
        Field("taxable", "bool"),
    ),
)

EXTERNAL_PAYMENT = RecordType(
    "external_payment",
    (
        Field("invoice_id", "reference", refers_to="invoice"),
        Field("workspace_id", "reference", refers_to="workspace"),
        Field("amount", "money"),
        Field("currency"),
        Field("date", "date"),
        Field("notes"),
    ),
)

ALL = (
    USER,
    ACCOUNT_MEMBERSHIP,
    ROLE,
    RATE_CARD,
    RATE_CARD_VERSION,
    RATE_CARD_ROLE,
    WORKSPACE_GROUP,
    EXTERNAL_REFERENCE,
    WORKSPACE,
    PARTICIPATION,
    STORY,
    TIME_ENTRY,
    TIMESHEET_SUBMISSION,
    RESOLUTION,
    INVOICE,
    FIXED_FEE_ITEM,
    EXTERNAL_PAYMENT,
    *records_billing.ALL,
    *records_expenses.ALL,
    *records_organizations.ALL,
    *records_settings.ALL,
    *records_staffing.ALL,
)

# What is filtered or summed and is neither unique nor a plain reference: the kit indexes only those two.
INDEXES = (
    'CREATE INDEX "external_reference.subject" ON external_reference(subject_id, subject_type)',
    'CREATE INDEX "external_reference.ref" ON external_reference(service_model_ref, subject_type)',
    'CREATE INDEX "workspace.updated" ON workspace(_modified_us)',
    'CREATE INDEX "workspace.archive" ON workspace(id) WHERE archived = 1',
    'CREATE INDEX "participation.pair" ON participation(workspace_id, user_id)',
    'CREATE INDEX "story.updated" ON story(_modified_us)',
    'CREATE INDEX "time_entry.day" ON time_entry(user_id, date_performed)',
    'CREATE INDEX "time_entry.date" ON time_entry(date_performed)',
    'CREATE INDEX "time_entry.updated" ON time_entry(_modified_us)',
    'CREATE INDEX "time_entry.workspace" ON time_entry(workspace_id, date_performed)',
    'CREATE INDEX "time_entry.active" ON time_entry(active_submission_id) WHERE active_submission_id IS NOT NULL',
    'CREATE INDEX "time_entry.recent" ON time_entry(recent_submission_id) WHERE recent_submission_id IS NOT NULL',
    'CREATE INDEX "time_entry.invoice" ON time_entry(invoice_id) WHERE invoice_id IS NOT NULL',
    'CREATE INDEX "timesheet_submission.updated" ON timesheet_submission(_modified_us)',
    'CREATE INDEX "timesheet_submission.status" ON timesheet_submission(status)',
    'CREATE INDEX "invoice.updated" ON invoice(_modified_us)',
    'CREATE INDEX "invoice.number" ON invoice(number)',
    *records_billing.INDEXES,
    *records_expenses.INDEXES,
    *records_organizations.INDEXES,
    *records_settings.INDEXES,
    *records_staffing.INDEXES,
)
