"""The attributes each kind of object can be written with, as data. What is missing here is dropped without a word."""

from __future__ import annotations

from mocks.kit.records import Field
from mocks.psa import records
from mocks.psa.intake import Intake
from mocks.psa.records_billing import BILLING_TYPES

REFERENCE_STATUSES = ("pending", "successful", "failed")


def _choice(name: str, choices: tuple[str, ...], *, required: bool = False) -> Field:
    return Field(name, "picklist", required=required, restricted=True, choices=choices)


_REFERENCE_FIELDS = (
    Field("service_name", required=True),
    Field("service_model", required=True),
    Field("service_model_ref", required=True),
    _choice("status", REFERENCE_STATUSES),
    Field("external_link"),
    Field("external_message"),
    Field("external_status"),
    Field("locked", "bool"),
)
INLINE_REFERENCE = {"external_reference": Intake("external_reference", _REFERENCE_FIELDS)}

EXTERNAL_REFERENCE = Intake(
    "external_reference",
    (Field("subject_type", required=True), Field("subject_id", "reference", required=True), *_REFERENCE_FIELDS),
)

ACCOUNT_INVITATION = Intake(
    "account_invitation",
    (
        Field("full_name", required=True),
        Field("email_address", required=True),
        _choice("permission", records.PERMISSIONS, required=True),
        Field("default_role_id", "reference"),
        Field("headline"),
    ),
    nested=INLINE_REFERENCE,
)

# Somebody asked onto a project by e-mail; ``invitee_role`` is the side they are on.
INVITATION = Intake(
    "invitation",
    (
        Field("email_address", required=True),
        Field("full_name"),
        _choice("invitee_role", (records.MAVEN, records.BUYER)),
    ),
)

ACCOUNT_MEMBERSHIP = Intake(
    "account_membership",
    (
        _choice("permission", records.PERMISSIONS),
        Field("default_role_id", "reference"),
        Field("manager_id", "reference"),
        *(Field(name, "int") for name in ("bill_rate_in_cents", "cost_rate_in_cents", "billability_target")),
    ),
)

WORKSPACE_GROUP = Intake(
    "workspace_group",
    (
        Field("name", required=True),
        Field("company", "bool"),
        *(Field(name) for name in ("contact_name", "email", "phone_number", "address", "website", "notes")),
    ),
    nested=INLINE_REFERENCE,
)

_CUSTOM_FIELD = Intake("custom_field", (Field("custom_field_id", "reference", required=True),), raw=("value",))

CUSTOM_FIELD_VALUE = Intake(
    "custom_field_value",
    (
        Field("subject_type", required=True),
        Field("subject_id", "reference", required=True),
        Field("custom_field_id", "reference", required=True),
    ),
    raw=("value",),
)

WORKSPACE_STATUS_CHANGE = Intake(
    "workspace_status_change",
    (Field("workspace_id", "reference", required=True), Field("to_status_key", "reference", required=True)),
)

LINE_ITEM_LOCK = Intake("line_item_lock", (Field("locked_to", "date", required=True),))

WORKSPACE = Intake(
    "workspace",
    (
        Field("title", required=True),
        Field("description"),
        _choice("creator_role", ("maven", "buyer", "consultant", "client")),
        _choice("stage", (records.ESTIMATE, records.PROJECT)),
        Field("archived", "bool"),
        Field("start_date", "date"),
        Field("due_date", "date"),
        _choice("access_level", (*records.ACCESS_LEVELS, "admins")),
        Field("budgeted", "bool"),
        Field("price", "money"),
        Field("currency"),
        Field("rate_card_id", "reference"),
        *(
            Field(name, "bool")
            for name in (
                "change_orders_enabled",
                "require_time_approvals",
                "require_expense_approvals",
                "time_trackable",
                "tasks_default_non_billable",
                "stories_are_fixed_fee_by_default",
            )
        ),
        Field("status_key", "reference"),
        Field("primary_workspace_group_id", "reference"),
        Field("approver_id", "reference"),
    ),
    lists=("workspace_group_ids", "approver_ids"),
    nested={**INLINE_REFERENCE, "custom_fields": _CUSTOM_FIELD},
    # The one text the dialect quotes (section 4).
    texts={"title": "Please give your project a title"},
)

PARTICIPATION = Intake(
    "participation",
    (
        Field("workspace_id", "reference", required=True),
        Field("user_id", "reference", required=True),
        _choice("role", (records.MAVEN, records.BUYER)),
        Field("access_level"),
        Field("is_team_lead", "bool"),
    ),
)

STORY = Intake(
    "story",
    plural="stories",
    fields=(
        Field("workspace_id", "reference", required=True),
        Field("title", required=True),
        _choice("story_type", records.STORY_TYPES),
        Field("parent_id", "reference"),
        Field("description"),
        Field("start_date", "date"),
        Field("due_date", "date"),
        Field("billable", "bool"),
        Field("fixed_fee", "bool"),
        Field("budget_estimate_in_cents", "int"),
        Field("time_estimate_in_minutes", "minutes"),
        Field("percentage_complete", "int"),
        _choice("state", (*records.STORY_STATES, *records.ISSUE_STATES)),
    ),
    nested=INLINE_REFERENCE,
)

TIME_ENTRY = Intake(
    "time_entry",
    plural="time_entries",
    fields=(
        Field("workspace_id", "reference", required=True),
        Field("date_performed", "date", required=True),
        Field("time_in_minutes", "minutes", required=True),
        Field("story_id", "reference"),
        Field("user_id", "reference"),
        Field("role_id", "reference"),
        Field("billable", "bool"),
        Field("notes"),
        Field("rate_in_cents", "int"),
        Field("taxable", "bool"),
        Field("location"),
    ),
    nested=INLINE_REFERENCE,
)

TIMESHEET_SUBMISSION = Intake(
    "timesheet_submission",
    (Field("workspace_id", "reference", required=True), Field("title", required=True), Field("comment")),
    lists=("line_item_ids",),
    nested=INLINE_REFERENCE,
)

EXPENSE_REPORT_SUBMISSION = Intake(
    "expense_report_submission",
    (Field("workspace_id", "reference", required=True), Field("title", required=True), Field("comment")),
    lists=("line_item_ids",),
    nested=INLINE_REFERENCE,
)

VENDOR = Intake("vendor", (Field("name", required=True),), nested=INLINE_REFERENCE)

_FOREIGN_EXCHANGE_AMOUNT = Intake(
    "foreign_exchange_amount",
    (
        Field("source_currency", required=True),
        Field("source_value", "money", required=True),
        Field("rate", "decimal", required=True),
        Field("date", "date"),
    ),
)

EXPENSE = Intake(
    "expense",
    (
        Field("workspace_id", "reference", required=True),
        Field("date", "date", required=True),
        Field("category"),
        Field("amount_in_cents", "int"),
        *(Field(f"{name}_id", "reference") for name in ("expense_category", "story", "user", "vendor", "receipt")),
        Field("notes"),
        *(Field(name, "bool") for name in ("billable", "reimbursable", "taxable")),
    ),
    nested={**INLINE_REFERENCE, "foreign_exchange_amount": _FOREIGN_EXCHANGE_AMOUNT},
)

RESOLUTION = Intake("resolution", (Field("description"),), lists=("submission_ids",))

_FIXED_FEE_ITEM = Intake(
    "fixed_fee_item",
    (
        Field("amount", "money", required=True),
        Field("notes"),
        Field("story_id", "reference"),
        Field("taxable", "bool"),
    ),
)

_ADDITIONAL_ITEM = Intake(
    "additional_item",
    (
        Field("amount", "money", required=True),
        Field("notes"),
        Field("story_id", "reference"),
        Field("taxable", "bool"),
    ),
)

_INVOICE_TEXTS = ("user_invoice_number", "user_invoice_title", "message", "purchase_order", "project_code")

INVOICE = Intake(
    "invoice",
    (
        Field("workspace_id", "reference", required=True),
        Field("payment_schedule", "int", required=True),
        Field("draft", "bool"),
        Field("invoice_date", "date"),
        Field("tax_rate", "decimal"),
        *(Field(name) for name in _INVOICE_TEXTS),
    ),
    lists=("time_entry_ids", "expense_ids", "billing_milestone_ids"),
    nested={
        **INLINE_REFERENCE,
        "fixed_fee_items": _FIXED_FEE_ITEM,
        "additional_items": _ADDITIONAL_ITEM,
    },
)

BILLING_MILESTONE = Intake(
    "billing_milestone",
    (
        Field("workspace_id", "reference", required=True),
        Field("title", required=True),
        Field("amount_in_cents", "int", required=True),
        _choice("billing_type", BILLING_TYPES, required=True),
        Field("date_to_invoice", "date"),
        Field("story_id", "reference"),
    ),
    nested=INLINE_REFERENCE,
)

EXTERNAL_PAYMENT = Intake(
    "external_payment",
    (
        Field("invoice_id", "reference", required=True),
        Field("amount_in_cents", "int", required=True),
        Field("workspace_id", "reference"),
        Field("date", "date"),
        Field("notes"),
    ),
)
