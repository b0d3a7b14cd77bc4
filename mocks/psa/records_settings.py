"""Kantata's records of what an account sets and agrees: custom fields, project statuses, locked time, change orders."""

from __future__ import annotations

from mocks.kit.records import Field, RecordType

VALUE_TYPES = ("string", "date", "number", "currency", "single", "multi")
# The subjects of custom fields that this sandbox has (section 12 also names Estimate and Resource).
FIELD_SUBJECTS = ("Workspace", "Story", "User", "WorkspaceGroup")

CUSTOM_FIELD = RecordType(
    "custom_field",
    (Field("subject_type"), Field("name"), Field("value_type", "picklist", choices=VALUE_TYPES)),
)

CUSTOM_FIELD_CHOICE = RecordType(
    "custom_field_choice",
    (Field("custom_field_id", "reference", refers_to="custom_field"), Field("label")),
)

# What an account requires of its records: only one that requires something has this list.
REQUIRED_FIELD = RecordType(
    "required_field", (Field("custom_field_id", "reference", refers_to="custom_field"), Field("subject_type"))
)

CUSTOM_FIELD_VALUE = RecordType(
    "custom_field_value",
    (
        Field("subject_type"),
        Field("subject_id", "reference"),
        Field("custom_field_id", "reference", refers_to="custom_field"),
        Field("value", "json"),
        Field("setter_id", "reference"),
        # Kept with the value, so that showing one needs no look-up: neither changes in this sandbox.
        Field("custom_field_name"),
        Field("value_type"),
        Field("display_value"),
        Field("workspace_id", "reference"),
    ),
)

WORKSPACE_STATUS_CHANGE = RecordType(
    "workspace_status_change",
    (
        Field("workspace_id", "reference", refers_to="workspace"),
        Field("from_status_key"),
        Field("to_status_key"),
        Field("user_id", "reference"),
    ),
)

STORY_STATE_CHANGE = RecordType(
    "story_state_change",
    (
        Field("story_id", "reference", refers_to="story"),
        Field("workspace_id", "reference"),
        Field("state"),
        Field("user_id", "reference"),
    ),
)

LINE_ITEM_LOCK = RecordType("line_item_lock", (Field("locked_to", "date"), Field("creator_id", "reference")))

PENDING, APPROVED, DECLINED = "pending", "approved", "declined"

_CHANGE_ORDER = (
    Field("workspace_id", "reference", refers_to="workspace"),
    Field("status", "picklist", default=PENDING),
    Field("requester_id", "reference"),
    Field("resolver_id", "reference"),
    Field("reason"),
)
BUDGET_CHANGE_ORDER = RecordType(
    "budget_change_order",
    (*_CHANGE_ORDER, Field("currency"), Field("from_price", "money"), Field("to_price", "money")),
)
SCHEDULE_CHANGE_ORDER = RecordType(
    "schedule_change_order", (*_CHANGE_ORDER, Field("from_due_date", "date"), Field("to_due_date", "date"))
)

ALL = (
    CUSTOM_FIELD,
    CUSTOM_FIELD_CHOICE,
    CUSTOM_FIELD_VALUE,
    WORKSPACE_STATUS_CHANGE,
    STORY_STATE_CHANGE,
    LINE_ITEM_LOCK,
    BUDGET_CHANGE_ORDER,
    SCHEDULE_CHANGE_ORDER,
)

INDEXES = (
    'CREATE INDEX "custom_field_value.subject" ON custom_field_value(subject_id, custom_field_id)',
    'CREATE INDEX "custom_field_value.updated" ON custom_field_value(_modified_us)',
)
