"""Kantata's records of staffing: resources of projects and their allocations, skills, time off, cost rates."""

from __future__ import annotations

from mocks.kit.records import Field, RecordType

WORKSPACE_RESOURCE = RecordType(
    "workspace_resource",
    (
        Field("workspace_id", "reference", refers_to="workspace"),
        # Blank: a resource without a name, which is demand for a role.
        Field("user_id", "reference", refers_to="user"),
        Field("role_id", "reference"),
        Field("label"),
        # Kept with it, so that showing one needs no look-up.
        Field("full_name"),
        Field("role_name"),
        Field("total_allocated_minutes", "minutes", default=0),
        Field("allocations_count", "int", default=0),
    ),
)

WORKSPACE_ALLOCATION = RecordType(
    "workspace_allocation",
    (
        Field("workspace_resource_id", "reference", refers_to="workspace_resource"),
        Field("workspace_id", "reference", refers_to="workspace"),
        Field("start_date", "date"),
        Field("end_date", "date"),
        Field("minutes", "minutes"),
        Field("hard", "bool", default=0),
        Field("notes"),
        Field("updater_id", "reference"),
    ),
)

SKILL = RecordType("skill", (Field("name", unique=True),))

LEVEL_MAX = 5

SKILL_MEMBERSHIP = RecordType(
    "skill_membership",
    (
        Field("skill_id", "reference", refers_to="skill"),
        Field("user_id", "reference", refers_to="user"),
        Field("level", "int", default=1),
    ),
)

TIME_OFF_ENTRY = RecordType(
    "time_off_entry",
    (
        Field("user_id", "reference", refers_to="user"),
        Field("requested_date", "date"),
        Field("hours", "decimal"),
    ),
)

COST_RATE = RecordType(
    "cost_rate",
    (
        Field("account_membership_id", "reference", refers_to="account_membership"),
        Field("amount", "money"),
        Field("currency"),
    ),
)

ALL = (WORKSPACE_RESOURCE, WORKSPACE_ALLOCATION, SKILL, SKILL_MEMBERSHIP, TIME_OFF_ENTRY, COST_RATE)

INDEXES = (
    'CREATE INDEX "workspace_allocation.updated" ON workspace_allocation(_modified_us)',
    'CREATE INDEX "workspace_allocation.dates" ON workspace_allocation(end_date, start_date)',
    'CREATE INDEX "time_off_entry.date" ON time_off_entry(requested_date)',
)
