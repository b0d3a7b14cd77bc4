"""The plan: everything that will happen, spelled out. A run is replayed from its plan, never from its seed."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import Field

from sandbox.plan.figures import EntityFigures
from sandbox.plan.firm import Entity, FirmProfile
from sandbox.plan.scenario import PeriodFigures
from sandbox.plan.shape import Code, Grade, Json, Minutes, PeriodText, Shape
from sandbox.plan.terms import Terms


class Person(Shape):
    """Somebody who acts: an employee, or a function of the firm (``finance-uk``, ``hr``)."""

    name: str
    full_name: str
    email: str
    entity: Code
    grade: Grade | None = None
    hired: date | None = None
    # Employee id of the manager when the story begins, or with the hire.
    manager: str | None = None


class Client(Shape):
    """A client of the firm."""

    code: Code
    name: str
    country: str
    currency: str
    state: str | None = None
    vat_number: str | None = None


class Booking(Shape):
    """Minutes of a person on a contract line on a day; ``ref`` names it for later deeds."""

    ref: str
    engagement: Code
    on: date
    minutes: Minutes
    role: str
    billable: bool = True
    # The contract line when it is not the one the engagement's work is booked on.
    line: str | None = None


class Deed(Shape):
    """Something a person does: at ``due_us``, once ``after`` are done and the systems allow it, else blocked till then.

    What ``verb`` needs stands in ``args`` as JSON data. Deeds can be taken out one by one.
    """

    label: str
    person: str
    verb: str
    due_us: int
    deadline_us: int
    args: dict[str, Json] = Field(default_factory=dict)
    after: tuple[str, ...] = ()


class PlannedFault(Shape):
    """A fault of a run: armed from ``after_us``, it strikes at the nth opportunity that fits."""

    fid: str
    kind: str
    system: str | None
    after_us: int
    nth: int
    params: dict[str, str | int | bool]


class Plan(Shape):
    """Everything that will happen, spelled out. ``requires`` are the checks that must have met a hazard."""

    schema_: Literal[1] = Field(1, alias="schema")
    scenario: str
    seed: int
    start: date
    end_us: int
    close: tuple[PeriodText, ...]
    firm: FirmProfile
    people: dict[str, Person]
    clients: tuple[Client, ...]
    terms: tuple[Terms, ...]
    deeds: tuple[Deed, ...]
    profile: str
    faults: tuple[PlannedFault, ...]
    requires: tuple[str, ...]
    unpostable: tuple[str, ...] = ()
    expectations: dict[str, dict[PeriodText, PeriodFigures]] = Field(default_factory=dict)
    entity_expectations: dict[str, dict[PeriodText, EntityFigures]] = Field(default_factory=dict)

    def currency_of(self, terms: Terms) -> str:
        """What an engagement is agreed and billed in."""
        return terms.currency or self.entity(terms.entity).currency

    def entity(self, code: str) -> Entity:
        """A legal entity by code; raises KeyError."""
        for entity in self.firm.entities:
            if entity.code == code:
                return entity
        raise KeyError(code)
