"""People: who is employed where, in which grade, and how long they are away, from what HR did.

Available hours are working days of the entity's country times eight hours, less leave and time off (glossary section
2). Everything is evaluated at the end, with what was taken back and corrected by then.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta

from sandbox.checks.expected_books.books import Standing
from sandbox.checks.expected_books.desk import Chapter, Desk, Entry
from sandbox.core.calendars import is_workday
from sandbox.plan import Deed

DAY_MINUTES = 480


@dataclass(slots=True)
class _Said:
    """Something HR entered: the process, the day it holds from, and what it says."""

    process: str
    day: date
    values: dict[str, str | None] = field(default_factory=dict)


class People(Chapter):
    """What HR entered, by employee."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._said: dict[str, list[_Said]] = {}
        self._off: dict[str, dict[date, int]] = {}
        self._first = desk.plan.start
        self._last = desk.plan.start + timedelta(microseconds=desk.plan.end_us)
        for name, person in desk.plan.people.items():
            if person.hired is not None and person.hired <= desk.plan.start:
                self._enter(name, "Hire Employee", person.hired, grade=person.grade, entity=person.entity)

    def entries(self) -> dict[str, Entry]:
        return {
            "hire": self._hire,
            "promote": self._promote,
            "leave": self._leave,
            "transfer": self._transfer,
            "place_on_leave": self._away,
            "return_from_leave": self._back,
            "take_off": self._take_off,
            "rescind": self._rescind,
            "correct": self._correct,
        }

    def _enter(self, person: str, process: str, day: date | str, **values: str | None) -> None:
        held_from = date.fromisoformat(day) if isinstance(day, str) else day
        self._said.setdefault(person, []).append(_Said(process, held_from, values))

    def _hire(self, deed: Deed, at_us: int) -> None:
        person = deed.args["employee"]
        entity = self._desk.plan.people[person].entity
        self._enter(person, "Hire Employee", deed.args["effective"], grade=deed.args["grade"], entity=entity)

    def _promote(self, deed: Deed, at_us: int) -> None:
        self._enter(deed.args["employee"], "Change Job", deed.args["effective"], grade=deed.args["grade"])

    def _leave(self, deed: Deed, at_us: int) -> None:
        self._enter(deed.args["employee"], "Terminate Employee", deed.args["last_day"])

    def _transfer(self, deed: Deed, at_us: int) -> None:
        process = "Transfer" if deed.args["entity"] else "Change Job"
        self._enter(deed.args["employee"], process, deed.args["effective"], entity=deed.args["entity"])

    def _away(self, deed: Deed, at_us: int) -> None:
        self._enter(deed.args["employee"], "Place on Leave", deed.args["first_day"])

    def _back(self, deed: Deed, at_us: int) -> None:
        self._enter(deed.args["employee"], "Return from Leave", deed.args["first_day_back"])

    def _take_off(self, deed: Deed, at_us: int) -> None:
        off = self._off.setdefault(deed.args["employee"], {})
        for text in deed.args["days"]:
            day = date.fromisoformat(text)
            off[day] = off.get(day, 0) + deed.args["minutes"]

    def _rescind(self, deed: Deed, at_us: int) -> None:
        said = self._named(deed)
        self._said[deed.args["employee"]].remove(said)

    def _correct(self, deed: Deed, at_us: int) -> None:
        self._named(deed).day = date.fromisoformat(deed.args["to"])

    def _named(self, deed: Deed) -> _Said:
        day = date.fromisoformat(deed.args["effective"])
        said = self._said[deed.args["employee"]]
        return next(each for each in reversed(said) if (each.process, each.day) == (deed.args["process"], day))

    # -- on a day --------------------------------------------------------------------------------------------------

    def standing_on(self, person: str, day: date) -> Standing:
        """How somebody stands on a day of the story, as far as HR has entered it by now."""
        return next((standing for each, standing in self._days(person) if each == day), Standing())

    def away_on(self, person: str, day: date) -> int:
        """Minutes somebody is away on a day: all of it on leave."""
        return DAY_MINUTES if self.standing_on(person, day).on_leave else self._off.get(person, {}).get(day, 0)

    # -- at the end ------------------------------------------------------------------------------------------------

    def close(self) -> None:
        """Available and billable minutes by entity, grade and month, and how everybody stood on every day."""
        books, entities = self._desk.books, {entity.code: entity for entity in self._desk.plan.firm.entities}
        for person in sorted(self._said):
            for day, standing in self._days(person):
                books.standing[person, day] = standing
                if not standing.employed or not is_workday(entities[standing.entity].country, day):
                    continue
                away = DAY_MINUTES if standing.on_leave else self._off.get(person, {}).get(day, 0)
                at = (standing.entity, standing.grade, f"{day:%Y-%m}")
                books.available[at] = books.available.get(at, 0) + DAY_MINUTES - min(away, DAY_MINUTES)
        for card in books.cards.values():
            if card.approved_us is not None and card.billable and card.written_off_us is None:
                standing = books.standing.get((card.person, card.on), Standing())
                at = (standing.entity, standing.grade, f"{card.on:%Y-%m}")
                books.billable[at] = books.billable.get(at, 0) + card.minutes

    def _days(self, person: str) -> Iterable[tuple[date, Standing]]:
        """From the first day of the story to its last; what lies before is taken note of on the first."""
        steps = sorted(_steps(self._said.get(person, ())), key=lambda step: (step[0], step[1]))
        standing, at, day = Standing(), 0, self._first
        while day <= self._last:
            while at < len(steps) and steps[at][0] <= day:
                standing = _after(standing, steps[at][2])
                at += 1
            yield day, standing
            day += timedelta(days=1)


def _steps(said: Iterable[_Said]) -> Iterable[tuple[date, int, _Said]]:
    """When each entry changes how somebody stands: an end of employment does on the day after the last one."""
    for number, each in enumerate(said):
        if each.process == "Terminate Employee":
            yield each.day + timedelta(days=1), -2, each
        elif each.process == "Hire Employee":
            yield each.day, -1, each
        else:
            yield each.day, number, each


def _after(standing: Standing, said: _Said) -> Standing:
    employed, on_leave = standing.employed, standing.on_leave
    if said.process in ("Hire Employee", "Terminate Employee"):
        employed, on_leave = said.process == "Hire Employee", False
    elif said.process in ("Place on Leave", "Return from Leave"):
        on_leave = said.process == "Place on Leave"
    return Standing(
        employed, said.values.get("entity") or standing.entity, said.values.get("grade") or standing.grade, on_leave
    )
