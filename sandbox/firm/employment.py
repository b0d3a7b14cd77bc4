"""Who works here when, in which job, and who is away: the story's own account, with all it takes back and corrects."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from sandbox.plan import Absence, Grade, Hire, Leave, Person, Promotion, Rehire, TimeOff, Transfer, Workforce
from sandbox.plan.workforce import EventKind

# A full working day, in minutes.
DAY_MINUTES = 480
Event = TypeVar("Event", Hire, Promotion, Leave, Transfer, Absence)


@dataclass(frozen=True, slots=True)
class Spell:
    """An employment, both ends included."""

    first: date
    last: date = date.max


class Employments:
    """Everybody's employments, jobs and absences as they turn out in the end."""

    def __init__(self, workforce: Workforce, people: Mapping[str, Person]) -> None:
        self._people = people
        self._workforce = workforce
        self._leavers = self._standing("leaver", workforce.leavers, "last_day")
        self._promotions = sorted(
            self._standing("promotion", workforce.promotions, "effective"), key=lambda each: each.effective
        )
        self._transfers = sorted(
            self._standing("transfer", workforce.transfers, "effective"), key=lambda each: each.effective
        )
        self._leaves = self._standing("leave", workforce.leaves, "first_day")
        self._off: dict[str, list[TimeOff]] = {}
        for each in workforce.time_off:
            self._off.setdefault(each.employee_id, []).append(each)
        self._rehires: dict[str, list[Rehire]] = {}
        for again in sorted(workforce.rehires, key=lambda each: each.effective):
            self._rehires.setdefault(again.employee_id, []).append(again)
        self._spells: dict[str, list[Spell]] = {}

    def _standing(self, kind: EventKind, events: tuple[Event, ...], dated: str) -> list[Event]:
        """Events that are not taken back, at the dates they were corrected to."""
        taken_back = {(each.employee_id, each.effective) for each in self._workforce.rescissions if each.event == kind}
        corrected = {
            (each.employee_id, each.effective): each.to for each in self._workforce.corrections if each.event == kind
        }
        found = []
        for event in events:
            at = (event.employee_id, getattr(event, dated))
            now = event if at not in corrected else event.model_copy(update={dated: corrected[at]})
            if taken_back.isdisjoint((at, (now.employee_id, getattr(now, dated)))):
                found.append(now)
        return found

    def spells(self, person: str) -> list[Spell]:
        """A person's employments, oldest first; none for a function of the firm."""
        if person not in self._spells:
            hired = self._people[person].hired
            hires = [] if hired is None else [self._hired_on(person, hired)]
            firsts = [*hires, *(again.effective for again in self._rehires.get(person, ()))]
            ends = [leave.last_day for leave in self._leavers if leave.employee_id == person]
            self._spells[person] = [
                Spell(first, min((end for end in ends if first <= end < following), default=date.max))
                for first, following in zip(firsts, [*firsts[1:], date.max][: len(firsts)], strict=True)
            ]
        return self._spells[person]

    def _hired_on(self, person: str, hired: date) -> date:
        for each in self._workforce.corrections:
            if each.event == "hire" and (each.employee_id, each.effective) == (person, hired):
                return each.to
        return hired

    def employed_on(self, person: str, day: date) -> bool:
        """Whether a person works here on a day, the last day included."""
        return any(spell.first <= day <= spell.last for spell in self.spells(person))

    def last_day_of(self, person: str, day: date | None = None) -> date:
        """The last day of the employment a day lies in (without a day: of the last one); the end of time if none."""
        spells = self.spells(person)
        if day is not None:
            spells = [spell for spell in spells if spell.first <= day <= spell.last]
        return spells[-1].last if spells else date.max

    def grade_on(self, person: str, day: date) -> Grade:
        """The grade a person holds on a day; raises ValueError for a function of the firm."""
        grade, since = self._people[person].grade, date.min
        for again in self._rehires.get(person, ()):
            if again.effective <= day:
                grade, since = again.grade, again.effective
        for promotion in self._promotions:
            if promotion.employee_id == person and since <= promotion.effective <= day:
                grade = promotion.grade
        if grade is None:
            raise ValueError(f"{person} has no grade")
        return grade

    def entity_on(self, person: str, day: date) -> str:
        """Code of the entity a person works for on a day."""
        entity = self._people[person].entity
        for each in self._transfers:
            if each.employee_id == person and each.effective <= day and each.entity is not None:
                entity = each.entity
        return entity

    def manager_on(self, person: str, day: date) -> str | None:
        """Who a person reports to on a day."""
        manager = self._people[person].manager
        said = [
            *((each.effective, each.manager) for each in self._rehires.get(person, ())),
            *((each.effective, each.manager) for each in self._transfers if each.employee_id == person),
        ]
        for effective, name in sorted(said, key=lambda each: each[0]):
            if effective <= day and name is not None:
                manager = name
        return manager

    def minutes_off(self, person: str, day: date) -> int:
        """How long a person is away on a working day: all of it on a leave."""
        on_leave = any(each.employee_id == person and each.first_day <= day <= each.last_day for each in self._leaves)
        if on_leave:
            return DAY_MINUTES
        return sum(each.minutes for each in self._off.get(person, ()) if each.first <= day <= each.last)

    def at_work_on(self, person: str, day: date) -> bool:
        """Whether a person works here on a day and is not away all of it."""
        return self.employed_on(person, day) and self.minutes_off(person, day) < DAY_MINUTES
