"""A story: which firm, what is sold and done, how careless people are, and what must come out."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from sandbox.plan.payroll import EntityFigures
from sandbox.plan.shape import Amount, Code, CountryCode, EmployeeId, Grade, Minutes, PeriodText, Shape
from sandbox.plan.terms import GeneratedEngagement, ScriptedEngagement


class Hire(Shape):
    """Somebody new; ``entered`` is when HR knows."""

    employee_id: EmployeeId
    entity: Code
    grade: Grade
    entered: date
    effective: date


class Promotion(Shape):
    """Another grade from a date on."""

    employee_id: EmployeeId
    grade: Grade
    entered: date
    effective: date


class Leave(Shape):
    """Employment ends; ``last_day`` is still worked."""

    employee_id: EmployeeId
    entered: date
    last_day: date


class Workforce(Shape):
    """What happens to people."""

    hires: tuple[Hire, ...] = ()
    promotions: tuple[Promotion, ...] = ()
    leavers: tuple[Leave, ...] = ()


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
    # Invoiced with tax less paid, to the end of the month.
    receivable: Amount | None = None
    # Net of approved expenses (5020, 6400) and of subcontractors' bills (5010), by posting month.
    expense_cost: Amount | None = None
    subcontract_cost: Amount | None = None
    # Net of expenses and subcontractors' bills on invoices.
    expense_billed: Amount | None = None
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
    # entity -> month -> figures
    entity_expectations: dict[str, dict[PeriodText, EntityFigures]] = Field(default_factory=dict)
    requires: tuple[str, ...] = ()
    breaks_with: tuple[BreaksWith, ...] = ()
