"""Staffing of a run for people: double bookings, bench, open demand, utilisation by grade and month."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from sandbox.checks import staffing
from sandbox.checks.case import Case
from sandbox.core.money import plain, round_half_away


def staffing_report(case: Case) -> dict[str, Any]:
    """What ``verdict.json`` calls ``staffing``; nothing without a single allocation."""
    if not case.rows("psa.workspace_allocation"):
        return {}
    weeks = staffing.weeks(case)
    return {
        "double_booked": [
            {"employee": each.employee, "week": each.week, "hard_min": each.hard, "available_min": each.available}
            for each in weeks
            if each.is_double_booked
        ],
        "bench": [
            {"employee": each.employee, "week": each.week, "available_min": each.available}
            for each in weeks
            if each.is_on_bench
        ],
        "demand": [
            {
                "grade": each.grade, "skill": each.skill, "week": each.week, "minutes": each.minutes,
                "free": list(each.free),
            }
            for each in staffing.demand(case)
        ],
    }  # fmt: skip


def utilisation_figure(case: Case) -> dict[str, Any]:
    """Billable of available hours as percent: of everybody, and by entity, grade and month; a ratio of sums."""
    found = staffing.utilisation(case)
    available, billable = sum(each.available for each in found), sum(each.billable for each in found)
    return {
        "value": _percent(billable, available),
        "unit": "%",
        "by": {f"{each.entity} {each.grade} {each.month}": _percent(each.billable, each.available) for each in found},
    }


def _percent(part: int, whole: int) -> str:
    """One decimal, as on a screen."""
    return plain(round_half_away(Decimal(100 * part) / whole if whole else Decimal(0), 1))
