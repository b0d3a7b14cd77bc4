"""What planning needs to know of the office: calendars, grades on a date, and how a deed gets its time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sandbox.core.calendars import add_workdays, is_workday
from sandbox.core.chance import Chance, Stream
from sandbox.core.clock import DAY_US, MINUTE_US, at_local, epoch_of
from sandbox.firm.employment import Employments
from sandbox.plan import Deed, Entity, FirmProfile, Grade, Person, Scenario, Terms

# How long a person keeps trying before the deed is given up: assumed.
PATIENCE_US = 10 * DAY_US


class Office:
    """Scenario, firm and people, with dates turned into instants."""

    def __init__(self, scenario: Scenario, firm: FirmProfile, people: Mapping[str, Person], chance: Chance) -> None:
        self.scenario = scenario
        self.firm = firm
        self.people = people
        self.chance = chance
        self.epoch = epoch_of(scenario.start)
        self.last_day = date.fromordinal(scenario.start.toordinal() + scenario.weeks * 7 - 1)
        self.staff = Employments(scenario.workforce, people)
        self._entities = {entity.code: entity for entity in firm.entities}

    def entity(self, code: str) -> Entity:
        """A legal entity."""
        return self._entities[code]

    def entity_of(self, person: str) -> Entity:
        """The entity a person works for."""
        return self._entities[self.people[person].entity]

    def is_scripted(self, terms: Terms) -> bool:
        """Whether every deed of an engagement is written down."""
        return any(each.code == terms.code for each in self.scenario.scripted)

    def grade_on(self, person: str, day: date) -> Grade:
        """The grade a person holds on a day."""
        return self.staff.grade_on(person, day)

    def last_day_of(self, person: str, day: date | None = None) -> date:
        """The last day of the employment a day lies in (without a day: of the last one); the end of time for whoever
        stays."""
        return self.staff.last_day_of(person, day)

    def employed_on(self, person: str, day: date) -> bool:
        """Whether a person works here on a day, the last day included."""
        return self.staff.employed_on(person, day)

    def approver_on(self, approver: str, day: date) -> str:
        """Who decides in an approver's place on a day: the approver, or the manager of one who has left."""
        deciding = approver
        while not self.staff.employed_on(deciding, day):
            manager = self.staff.manager_on(deciding, day)
            if manager is None or manager == approver:
                return approver
            deciding = manager
        return deciding

    def stream(self, *labels: str) -> Stream:
        """A chance stream of the plan."""
        return self.chance.stream(*labels)

    def workday_of(self, person: str, day: date) -> bool:
        """Whether a person's office works on a day."""
        return is_workday(self.entity_of(person).country, day)

    def next_workday(self, person: str, day: date, count: int = 1) -> date:
        """The ``count``-th working day after ``day`` in a person's office; 0: that day or the next one."""
        return add_workdays(self.entity_of(person).country, day, count)

    def instant(self, person: str, day: date, clock_time: str, minutes: int = 0) -> int:
        """A wall-clock time in a person's office."""
        return at_local(self.epoch, day, clock_time, self.entity_of(person).zone) + minutes * MINUTE_US

    def deed(
        self,
        label: str,
        person: str,
        verb: str,
        day: date,
        clock_time: str,
        args: Mapping[str, Any],
        *,
        after: Sequence[str] = (),
        minutes: int = 0,
    ) -> Deed:
        """A deed due at a local time of the person who does it, ``minutes`` later when given."""
        due_us = self.instant(person, day, clock_time, minutes)
        return Deed(
            label=label,
            person=person,
            verb=verb,
            due_us=due_us,
            deadline_us=due_us + PATIENCE_US,
            args=dict(args),
            after=tuple(after),
        )
