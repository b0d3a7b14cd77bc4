"""A story: which firm, what is sold and done, how careless people are, and what must come out."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from sandbox.plan.figures import EntityFigures
from sandbox.plan.shape import Amount, Code, CountryCode, EmployeeId, Minutes, PeriodText, Shape
from sandbox.plan.terms import GeneratedEngagement, ScriptedEngagement
from sandbox.plan.workforce import Workforce


class ClientProfile(Shape):
    """A client that is not simply one more of its entity's country."""

    name: str
    country: CountryCode
    state: str | None = None
    # Whether it proved to be a business: without, tax may not be zero-rated.
    vat_number: bool = True


class Habits(Shape):
    """How careful people are: percent of weekly sheets."""

    late_percent: Annotated[int, Field(ge=0, le=100)] = 28
    rejected_percent: Annotated[int, Field(ge=0, le=100)] = 4
    write_off_percent: Annotated[int, Field(ge=0, le=100)] = 5
    # Of generated engagements: expenses as a share of fees, and how many of them the client pays.
    expense_percent: Annotated[int, Field(ge=0, le=100)] = 0
    rebillable_percent: Annotated[int, Field(ge=0, le=100)] = 70


class UnpostableTime(Shape):
    """Time booked with a role the ERP does not know: it must end as a dead letter."""

    engagement: Code
    person: EmployeeId
    on: date
    minutes: Minutes
    role: str


class Remedy(Shape):
    """The owner of dead letters about a person's time deals with them on a day: the ERP gains an item for the role the
    time was booked with and the letters are tried again, or they are given up for good."""

    engagement: Code
    person: EmployeeId
    first: date
    last: date
    role: str
    on: date
    outcome: Literal["corrected", "waived"] = "corrected"


class PeriodFigures(Shape):
    """Figures of an engagement in a month, worked out by hand; every key is optional and compared when given."""

    # Approved minutes by posting period.
    minutes: int | None = None
    cost: Amount | None = None
    billable_value: Amount | None = None
    written_off: Amount | None = None
    revenue: Amount | None = None
    invoiced_net: Amount | None = None
    invoiced_tax: Amount | None = None
    cash: Amount | None = None
    # Billed to date less revenue to date at the end of the month: above zero a contract liability.
    position: Amount | None = None
    # Invoiced with tax less paid and kept back, to the end of the month.
    receivable: Amount | None = None
    # Tax the client kept back from its payments.
    withheld: Amount | None = None
    # Loss-contract provision at the end of the month (accounting.md J32), a credit.
    provision: Amount | None = None
    # What the people of other entities were charged at, in the currency of the engagement's entity.
    recharged: Amount | None = None
    # Pre-bills of time by the month of their invoice: drafted = invoiced + held + written_down + transferred.
    drafted: Amount | None = None
    held: Amount | None = None
    written_down: Amount | None = None
    transferred: Amount | None = None
    credited_net: Amount | None = None
    credited_tax: Amount | None = None
    # Net of approved expenses (5020, 6400) and of subcontractors' bills (5010), by posting month.
    expense_cost: Amount | None = None
    subcontract_cost: Amount | None = None
    # Net of expenses and subcontractors' bills on invoices.
    expense_billed: Amount | None = None
    # Of a contract in another currency than its entity's: revenue, and what was gained on payments and cleared
    # positions (7000), in the entity's currency.
    revenue_functional: Amount | None = None
    realised_fx: Amount | None = None
    # How the figures come about, operand by operand.
    how: dict[str, str] = Field(default_factory=dict)


class BreaksWith(Shape):
    """What makes a story go wrong: an engine, a fault profile, and the check that must say so."""

    engine: str
    faults: str = "none"
    check: str
    because: str


class Scenario(Shape):
    """A story: which firm, what is sold and done, how careless people are, and what must come out."""

    schema_: Literal[1] = Field(alias="schema")
    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$")]
    title: str
    firm: str
    start: date
    weeks: Annotated[int, Field(ge=1, le=104)]
    close: tuple[PeriodText, ...] = ()
    habits: Habits = Habits()
    clients: tuple[ClientProfile, ...] = ()
    scripted: tuple[ScriptedEngagement, ...] = ()
    generated: tuple[GeneratedEngagement, ...] = ()
    workforce: Workforce = Workforce()
    unpostable: tuple[UnpostableTime, ...] = ()
    # engagement -> month -> figures
    expectations: dict[str, dict[PeriodText, PeriodFigures]] = Field(default_factory=dict)
    # entity, or GROUP -> month -> figures
    entity_expectations: dict[Code, dict[PeriodText, EntityFigures]] = Field(default_factory=dict)
    requires: tuple[str, ...] = ()
    # Whether the teams of generated engagements are firmly planned for the hours they are expected to work.
    plans_teams: bool = False
    # Whether people's front ends ask the engine before they save time.
    asks_first: bool = False
    breaks_with: tuple[BreaksWith, ...] = ()
    remedies: tuple[Remedy, ...] = ()
