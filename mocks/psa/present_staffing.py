"""Resources, allocations, skills, time off and cost rates as Kantata shows them."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from mocks.psa.present import Frame, Shown, cents, stamps
from mocks.psa.records_staffing import LEVEL_MAX
from sandbox.core.money import round_half_away
from sandbox.core.observe import Row

# A working day, Monday to Friday: the calendars of people are not in this sandbox (README).
WORKDAY_MINUTES = 480
_FRIDAY = 5


def workspace_resource(row: Row, frame: Frame) -> Shown:
    """Somebody, or a role still without a name, on a project."""
    return {
        "id": row["id"],
        "workspace_id": row["workspace_id"],
        "user_id": row["user_id"],
        "role_id": row["role_id"],
        "role_name": row["role_name"],
        "full_name": row["full_name"],
        "label": row["label"],
        "display_label": row["full_name"] or row["label"] or row["role_name"],
        "total_allocated_minutes": row["total_allocated_minutes"],
        "allocations_count": row["allocations_count"],
        **stamps(row, frame),
    }


def workdays(first: str, last: str) -> int:
    """Mondays to Fridays of a span of days, both ends included."""
    start = date.fromisoformat(first)
    weeks, rest = divmod((date.fromisoformat(last) - start).days + 1, 7)
    return 5 * weeks + sum((start + timedelta(days=day)).isoweekday() <= _FRIDAY for day in range(rest))


def workspace_allocation(row: Row, frame: Frame) -> Shown:
    """Minutes of a resource over a span of days; ``percentage`` is of its working days, at two decimals."""
    possible = workdays(row["start_date"], row["end_date"]) * WORKDAY_MINUTES
    share = round_half_away(Decimal(row["minutes"]) * 100 / possible, 2) if possible else None
    return {
        "id": row["id"],
        "workspace_id": row["workspace_id"],
        "workspace_resource_id": row["workspace_resource_id"],
        "start_date": row["start_date"],
        "end_date": row["end_date"],
        "minutes": row["minutes"],
        "percentage": share,
        "hard": row["hard"] == 1,
        "notes": row["notes"],
        "creator_id": row["_creator"],
        "updater_id": row["updater_id"],
        **stamps(row, frame),
    }


def skill(row: Row, frame: Frame) -> Shown:
    """Something people can do."""
    return {"id": row["id"], "name": row["name"], "max_level": LEVEL_MAX, **stamps(row, frame)}


def skill_membership(row: Row, frame: Frame) -> Shown:
    """How well somebody can do it."""
    return {
        "id": row["id"],
        "skill_id": row["skill_id"],
        "user_id": row["user_id"],
        "level": row["level"],
        "max_level": LEVEL_MAX,
        **stamps(row, frame),
    }


def time_off_entry(row: Row, frame: Frame) -> Shown:
    """Hours of a day on which somebody is away."""
    return {
        "id": row["id"],
        "user_id": row["user_id"],
        "requested_date": row["requested_date"],
        "hours": Decimal(row["hours"]),
        **stamps(row, frame),
    }


def cost_rate(row: Row, frame: Frame) -> Shown:
    """What an hour of somebody costs, in one currency."""
    return {
        "id": row["id"],
        "account_membership_id": row["account_membership_id"],
        "amount_in_subunits": cents(row["amount"], row["currency"]),
        "currency": row["currency"],
        **stamps(row, frame),
    }
