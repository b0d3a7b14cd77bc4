"""Staffing as the systems tell it: who is booked twice, who is on the bench, what nobody is named for, utilisation.

From PSA and HRIS alone. A week is an ISO week; what is allocated over a span is spread evenly over its Mondays to
Fridays; available are working days of the entity's country less absences.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from sandbox.checks import workforce
from sandbox.checks.case import Case
from sandbox.core.observe import Row

_WORKDAYS = 5


@dataclass(frozen=True, slots=True)
class Week:
    """Somebody's week: minutes there for, minutes allocated firmly and as a wish."""

    employee: str
    week: str
    available: int
    hard: int
    soft: int

    @property
    def is_double_booked(self) -> bool:
        """Whether firm assignments alone are more than there is time for."""
        return self.hard > self.available

    @property
    def is_on_bench(self) -> bool:
        """Whether somebody is there and nothing at all is planned."""
        return self.available > 0 and not self.hard and not self.soft


@dataclass(frozen=True, slots=True)
class Demand:
    """Minutes of a grade and skill that nobody is named for, in a week, and who has the skill and time for them."""

    grade: str
    skill: str
    week: str
    minutes: int
    free: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Utilisation:
    """Billable approved minutes and available minutes of a grade in a month."""

    entity: str
    grade: str
    month: str
    billable: int
    available: int

    @property
    def basis_points(self) -> int:
        """Billable of available, in hundredths of a percent, cut off; 0 when nobody was there."""
        return 10_000 * self.billable // self.available if self.available else 0


def weeks(case: Case) -> list[Week]:
    """Every week of the story of everybody employed in it."""
    first, last = _span(case)
    available: dict[tuple[str, str], int] = {}
    jobs = workforce.jobs(case, first, last)
    away = workforce.absences(case)
    for ref, days in jobs.items():
        for day, minutes in workforce.available_days(case, ref, days, away).items():
            at = (ref, week_of(day))
            available[at] = available.get(at, 0) + minutes
    planned: dict[tuple[str, str, bool], int] = {}
    for row, resource in _allocations(case):
        person = case.ref("psa.user", resource["user_id"])
        if person is not None:
            for week, minutes in _spread(row, first, last).items():
                at_kind = (person, week, bool(row["hard"]))
                planned[at_kind] = planned.get(at_kind, 0) + minutes
    everybody = sorted({*available, *((ref, week) for ref, week, _ in planned)})
    return [
        Week(ref, week, available.get((ref, week), 0), planned.get((ref, week, True), 0),
             planned.get((ref, week, False), 0))
        for ref, week in everybody
    ]  # fmt: skip


def demand(case: Case) -> list[Demand]:
    """What nobody is named for, with those who have the skill and half the week or more to give."""
    first, last = _span(case)
    skills = {row_id: row["name"] for row_id, row in case.rows("psa.skill").items()}
    able: dict[str, set[str]] = {}
    for row in case.rows("psa.skill_membership").values():
        able.setdefault(skills[row["skill_id"]], set()).add(case.ref("psa.user", row["user_id"]) or "?")
    free: dict[str, set[str]] = {}
    for each in weeks(case):
        if each.available and 2 * each.hard <= each.available:
            free.setdefault(each.week, set()).add(each.employee)
    wanted: dict[tuple[str, str, str], int] = {}
    for row, resource in _allocations(case):
        if resource["user_id"] is None:
            for week, minutes in _spread(row, first, last).items():
                at = (resource["role_name"] or "", resource["label"] or "", week)
                wanted[at] = wanted.get(at, 0) + minutes
    return [
        Demand(grade, skill, week, minutes, tuple(sorted(able.get(skill, set()) & free.get(week, set()))))
        for (grade, skill, week), minutes in sorted(wanted.items())
    ]


def utilisation(case: Case) -> list[Utilisation]:
    """By entity, grade and month, from PSA and HRIS."""
    first, last = _span(case)
    jobs = workforce.jobs(case, first, last)
    available = workforce.available(case, jobs)
    billable = workforce.billable(case, jobs)
    return [
        Utilisation(*at, billable.get(at, 0), available.get(at, 0)) for at in sorted({*available, *billable})
    ]  # fmt: skip


def week_of(day: str) -> str:
    """``2026-W11``."""
    year, week, _ = date.fromisoformat(day).isocalendar()
    return f"{year}-W{week:02d}"


def _span(case: Case) -> tuple[date, date]:
    return case.plan.start, case.plan.start + timedelta(microseconds=case.plan.end_us) - timedelta(days=1)


def _allocations(case: Case) -> Iterable[tuple[Row, Row]]:
    resources = case.rows("psa.workspace_resource")
    for row in case.rows("psa.workspace_allocation").values():
        yield row, resources[row["workspace_resource_id"]]


def _spread(row: Row, first: date, last: date) -> dict[str, int]:
    """Minutes by week inside a span; what does not divide goes to the first days."""
    start, end = date.fromisoformat(row["start_date"]), date.fromisoformat(row["end_date"])
    days = [date.fromordinal(day) for day in range(start.toordinal(), end.toordinal() + 1)]
    open_days = [day for day in days if day.isoweekday() <= _WORKDAYS]
    found: dict[str, int] = {}
    for number, day in enumerate(open_days):
        share, rest = divmod(row["minutes"], len(open_days))
        if first <= day <= last:
            week = week_of(day.isoformat())
            found[week] = found.get(week, 0) + share + (number < rest)
    return found
