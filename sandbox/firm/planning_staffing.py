"""Staffing: what the resource manager enters in the PSA, skills once and allocations project by project."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date

from sandbox.firm.people import RESOURCE_MANAGER
from sandbox.firm.planning_office import Office
from sandbox.plan import Allocation, Deed, ScriptedEngagement

_WORKDAYS_PER_WEEK = 5
_WEEK_MINUTES = 2400


def staffing_deeds(office: Office, engagements: Sequence[ScriptedEngagement]) -> Iterable[Deed]:
    """Skills on the first morning; allocations once the project is staffed, or on their own day."""
    skills = {
        member.employee_id: [skill.model_dump() for skill in member.skills]
        for member in office.firm.members
        if member.skills
    }
    if skills:
        day = office.next_workday(RESOURCE_MANAGER, office.scenario.start, 0)
        yield office.deed("skills", RESOURCE_MANAGER, "learn", day, "09:00", {"skills": skills})
    for terms in engagements:
        for number, allocation in enumerate(terms.allocations, start=1):
            yield office.deed(
                f"allocate {terms.code} {number}",
                RESOURCE_MANAGER,
                "allocate",
                allocation.entered or terms.signed,
                "17:00",
                {"engagement": terms.code, **_args(allocation)},
                after=(f"staff {terms.code}",),
                minutes=number,
            )


def with_teams_planned(office: Office, generated: Sequence[ScriptedEngagement]) -> Iterable[ScriptedEngagement]:
    """Generated engagements with everybody of their teams firmly planned: a full week shared by all projects of a
    person, in whole hours, until the story or their employment ends."""
    shares = Counter(person for terms in generated for person in terms.team)
    for terms in generated:
        yield terms.model_copy(
            update={
                "allocations": tuple(
                    Allocation(
                        person=person,
                        first=terms.start,
                        last=min(terms.end, office.last_day, office.last_day_of(person)),
                        minutes_per_week=_WEEK_MINUTES // shares[person] // 60 * 60,
                        hard=True,
                    )
                    for person in terms.team
                )
            }
        )


def _args(allocation: Allocation) -> dict[str, object]:
    return {
        "person": allocation.person,
        "role": allocation.grade,
        "skill": allocation.skill,
        "first": allocation.first.isoformat(),
        "last": allocation.last.isoformat(),
        "minutes": allocation.minutes_per_week * _weekdays(allocation.first, allocation.last) // _WORKDAYS_PER_WEEK,
        "hard": allocation.hard,
    }


def _weekdays(first: date, last: date) -> int:
    """Mondays to Fridays of a span, both ends included: an allocation of the PSA knows no calendar."""
    days = range(first.toordinal(), last.toordinal() + 1)
    return sum(date.fromordinal(day).isoweekday() <= _WORKDAYS_PER_WEEK for day in days)
