"""Custom fields, project statuses, locks and change orders, as data."""

from __future__ import annotations

from mocks.psa import present_settings, records
from mocks.psa.associations import BelongsTo, HasMany
from mocks.psa.query import equals
from mocks.psa.records_settings import (
    BUDGET_CHANGE_ORDER,
    CUSTOM_FIELD,
    CUSTOM_FIELD_CHOICE,
    CUSTOM_FIELD_VALUE,
    LINE_ITEM_LOCK,
    SCHEDULE_CHANGE_ORDER,
    STORY_STATE_CHANGE,
    WORKSPACE_STATUS_CHANGE,
)
from mocks.psa.resource import Resource

CUSTOM_FIELDS = Resource(
    "custom_fields",
    CUSTOM_FIELD,
    present_settings.custom_field,
    "custom field",
    filters={"subject_type": equals("subject_type"), "name": equals("name"), "value_type": equals("value_type")},
    orders=("name",),
    associations={"choices": HasMany(CUSTOM_FIELD_CHOICE, "custom_field_id", "choice_ids")},
)
CUSTOM_FIELD_CHOICES = Resource(
    "custom_field_choices",
    CUSTOM_FIELD_CHOICE,
    present_settings.custom_field_choice,
    "custom field choice",
    filters={"custom_field_id": equals("custom_field_id")},
    orders=("label",),
    associations={"custom_field": BelongsTo(CUSTOM_FIELD, "custom_field_id")},
)
CUSTOM_FIELD_VALUES = Resource(
    "custom_field_values",
    CUSTOM_FIELD_VALUE,
    present_settings.custom_field_value,
    "custom field value",
    filters={
        "subject_type": equals("subject_type"),
        "with_subject_id": equals("subject_id"),
        "with_custom_field_id": equals("custom_field_id"),
        "with_setter_id": equals("setter_id"),
    },
    orders=("subject_id",),
    default_order="created_at:asc",
    associations={
        "custom_field": BelongsTo(CUSTOM_FIELD, "custom_field_id"),
        "setter": BelongsTo(records.USER, "setter_id"),
    },
)
WORKSPACE_STATUS_CHANGES = Resource(
    "workspace_status_changes",
    WORKSPACE_STATUS_CHANGE,
    present_settings.workspace_status_change,
    "status change",
    filters={"workspace_id": equals("workspace_id")},
    default_order="created_at:desc",
    associations={
        "workspace": BelongsTo(records.WORKSPACE, "workspace_id"),
        "user": BelongsTo(records.USER, "user_id"),
    },
)
STORY_STATE_CHANGES = Resource(
    "story_state_changes",
    STORY_STATE_CHANGE,
    present_settings.story_state_change,
    "state change",
    filters={"story_id": equals("story_id"), "workspace_id": equals("workspace_id")},
    default_order="created_at:desc",
    associations={
        "story": BelongsTo(records.STORY, "story_id"),
        "workspace": BelongsTo(records.WORKSPACE, "workspace_id"),
        "user": BelongsTo(records.USER, "user_id"),
    },
)
LINE_ITEM_LOCKS = Resource(
    "line_item_locks",
    LINE_ITEM_LOCK,
    present_settings.line_item_lock,
    "line item lock",
    "LineItemLock",
    default_order="created_at:desc",
    associations={"creator": BelongsTo(records.USER, "creator_id")},
)
# Subjects of events without a resource of their own (section 5).
BUDGET_CHANGE_ORDERS = Resource(
    "budget_change_orders",
    BUDGET_CHANGE_ORDER,
    present_settings.budget_change_order,
    "budget change order",
    "BudgetChangeOrder",
)
SCHEDULE_CHANGE_ORDERS = Resource(
    "schedule_change_orders",
    SCHEDULE_CHANGE_ORDER,
    present_settings.schedule_change_order,
    "schedule change order",
    "ScheduleChangeOrder",
)

ALL = (
    CUSTOM_FIELDS,
    CUSTOM_FIELD_CHOICES,
    CUSTOM_FIELD_VALUES,
    WORKSPACE_STATUS_CHANGES,
    STORY_STATE_CHANGES,
    LINE_ITEM_LOCKS,
)
UNLISTED = (BUDGET_CHANGE_ORDERS, SCHEDULE_CHANGE_ORDERS)
