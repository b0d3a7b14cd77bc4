"""Resources, allocations, skills, time off and cost rates, as data."""

from __future__ import annotations

from datetime import date, datetime

from mocks.psa import present_staffing, records
from mocks.psa.associations import BelongsTo, HasMany
from mocks.psa.errors import malformed
from mocks.psa.query import Clause, Filter, dates_between, equals, ids_of, in_list, members_of, whatever
from mocks.psa.records_staffing import (
    COST_RATE,
    SKILL,
    SKILL_MEMBERSHIP,
    TIME_OFF_ENTRY,
    WORKSPACE_ALLOCATION,
    WORKSPACE_RESOURCE,
)
from mocks.psa.resource import Resource, references


def _overlaps(name: str, text: str, epoch: datetime) -> Clause:
    """Two days separated by a colon: allocations that have a day in that span."""
    _, (first, last) = dates_between("start_date")(name, text, epoch)
    return "start_date <= ? AND end_date >= ?", [last, first]


def _kind(name: str, text: str, epoch: datetime) -> Clause:
    if text not in ("hard", "soft"):
        raise malformed(f"{name}: expected hard or soft, got {text!r}.")
    return "hard = ?", [int(text == "hard")]


def _day(sql: str) -> Filter:
    """One day bound into a comparison."""

    def condition(name: str, text: str, epoch: datetime) -> Clause:
        try:
            return sql, [date.fromisoformat(text).isoformat()]
        except ValueError as wrong:
            raise malformed(f"{name}: expected a date YYYY-MM-DD, got {text!r}.") from wrong

    return condition


def _on_project(name: str, text: str, epoch: datetime) -> Clause:
    condition, values = in_list("workspace_id", ids_of(text) or [""])
    return f"user_id IN (SELECT user_id FROM participation WHERE {condition} AND _deleted = 0)", values


_OF_RESOURCES = "workspace_resource_id IN (SELECT id FROM workspace_resource WHERE {})"

WORKSPACE_RESOURCES = Resource(
    "workspace_resources",
    WORKSPACE_RESOURCE,
    present_staffing.workspace_resource,
    "resource",
    "WorkspaceResource",
    filters={
        "workspace_id": equals("workspace_id"),
        "workspace_ids": equals("workspace_id"),
        "user_ids": equals("user_id"),
        "role_id": equals("role_id"),
        "named": whatever("user_id IS NOT NULL"),
        "unnamed": whatever("user_id IS NULL"),
    },
    associations={
        "workspace": BelongsTo(records.WORKSPACE, "workspace_id"),
        "user": BelongsTo(records.USER, "user_id"),
        "role": BelongsTo(records.ROLE, "role_id"),
        "allocations": HasMany(WORKSPACE_ALLOCATION, "workspace_resource_id", "allocation_ids"),
    },
)
WORKSPACE_ALLOCATIONS = Resource(
    "workspace_allocations",
    WORKSPACE_ALLOCATION,
    present_staffing.workspace_allocation,
    "allocation",
    "WorkspaceAllocation",
    filters={
        "workspace_ids": equals("workspace_id"),
        "workspace_id": equals("workspace_id"),
        "workspace_resource_ids": equals("workspace_resource_id"),
        "overlaps_with_date_range": _overlaps,
        "type": _kind,
        "user_ids": members_of(_OF_RESOURCES.format("user_id IN (SELECT value FROM json_each(?))")),
        "named_resources_only": whatever(_OF_RESOURCES.format("user_id IS NOT NULL")),
        "unnamed_resources_only": whatever(_OF_RESOURCES.format("user_id IS NULL")),
    },
    associations={
        "workspace": BelongsTo(records.WORKSPACE, "workspace_id"),
        "workspace_resource": BelongsTo(WORKSPACE_RESOURCE, "workspace_resource_id"),
        "external_references": references("WorkspaceAllocation"),
    },
)
SKILLS = Resource("skills", SKILL, present_staffing.skill, "skill", orders=("name",), searched=("name",))
SKILL_MEMBERSHIPS = Resource(
    "skill_memberships",
    SKILL_MEMBERSHIP,
    present_staffing.skill_membership,
    "skill membership",
    filters={"skill_id": equals("skill_id"), "user_id": equals("user_id")},
    associations={"skill": BelongsTo(SKILL, "skill_id"), "user": BelongsTo(records.USER, "user_id")},
)
TIME_OFF_ENTRIES = Resource(
    "time_off_entries",
    TIME_OFF_ENTRY,
    present_staffing.time_off_entry,
    "time off entry",
    "TimeOffEntry",
    filters={
        "user_id": equals("user_id"),
        "user_ids": equals("user_id"),
        "workspace_id": _on_project,
        "start_date": _day("requested_date >= ?"),
        "end_date": _day("requested_date <= ?"),
    },
    orders=("requested_date",),
    associations={
        "user": BelongsTo(records.USER, "user_id"),
        "external_references": references("TimeOffEntry"),
    },
)
COST_RATES = Resource(
    "cost_rates",
    COST_RATE,
    present_staffing.cost_rate,
    "cost rate",
    "CostRate",
    filters={"account_membership_id": equals("account_membership_id"), "currency": equals("currency")},
    default_order="created_at:asc",
    associations={"account_membership": BelongsTo(records.ACCOUNT_MEMBERSHIP, "account_membership_id")},
)

ALL = (WORKSPACE_RESOURCES, WORKSPACE_ALLOCATIONS, SKILLS, SKILL_MEMBERSHIPS, TIME_OFF_ENTRIES, COST_RATES)
