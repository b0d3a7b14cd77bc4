"""Shapes of firm, scenario, terms, deed and plan: data only, shared by firm, faults and expected books.

A seed and a scenario expand to a Plan once; a run is replayed from its plan, never from its seed. Amounts are Decimals
in the engagement's currency, rates per hour, time in minutes, instants in microseconds since the scenario epoch.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from sandbox.core.periods import Period


def _is_period(text: str) -> str:
    return str(Period.parse(text))


Code = Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9-]{1,19}$")]
EmployeeId = Annotated[str, Field(pattern=r"^W-\d{4}$")]
PeriodText = Annotated[str, AfterValidator(_is_period)]
ClockTime = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
Amount = Annotated[Decimal, Field(max_digits=14, decimal_places=2)]
Rate = Annotated[Decimal, Field(gt=0, max_digits=10, decimal_places=4)]
Minutes = Annotated[int, Field(gt=0, le=1440)]
Kind = Literal["time_and_materials", "fixed_fee"]
Grade = Literal["analyst", "consultant", "senior consultant", "manager", "senior manager", "partner"]
Json = Any


class Shape(BaseModel):
    """Fields it knows and no others, and never changed."""

    model_config = ConfigDict(extra="forbid", frozen=True)


# -- the firm ----------------------------------------------------------------------------------------------------------


class Entity(Shape):
    """A legal entity with its office. ``tax_rate`` is a fraction, for clients of the same country."""

    code: Code
    name: str
    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
    zone: str
    location: str
    tax_rate: Annotated[Decimal, Field(ge=0, lt=1)]


class RateTable(Shape):
    """Rates per grade that hold from a date on, for one entity, in its currency."""

    entity: Code
    effective: date
    rates: dict[Grade, Rate]


class Member(Shape):
    """Somebody employed when the scenario begins."""

    employee_id: EmployeeId
    entity: Code
    grade: Grade
    hired: date


class FirmProfile(Shape):
    """The consulting firm: entities, people, bill rates and standard cost rates."""

    name: str
    title: str
    entities: tuple[Entity, ...]
    bill_rates: tuple[RateTable, ...]
    cost_rates: tuple[RateTable, ...]
    members: tuple[Member, ...]
    # Roles the PSA knows and the ERP has no item for: time booked with one can never be posted.
    unposted_roles: tuple[str, ...] = ()


# -- the scenario ------------------------------------------------------------------------------------------------------


class Instalment(Shape):
    """Part of a fixed fee, billed from a date on."""

    on: date
    amount: Amount


class TimeRule(Shape):
    """The same minutes on every working day of a span; ``days`` limits to some weekdays (Mon..Sun)."""

    person: EmployeeId
    first: date
    last: date
    minutes: Minutes
    days: tuple[Literal["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"], ...] = ()
    billable: bool = True
    role: str | None = None


class LateTime(Shape):
    """Time that is booked after everybody else's, as a sheet of its own."""

    person: EmployeeId
    on: date
    minutes: Minutes
    booked_on: date
    approved_on: date


class WriteOff(Shape):
    """Unbilled time given up before the invoice: a person's time on a day."""

    person: EmployeeId
    on: date
    reason: str


class PaymentRule(Shape):
    """Days after the invoice date when the client pays; None: not within the scenario."""

    days: int | None = None


class Terms(Shape):
    """What was agreed with a client, and how the work is staffed."""

    code: Code
    title: str
    client: str
    entity: Code
    kind: Kind
    price: Amount
    budget_minutes: Annotated[int, Field(gt=0)]
    sold: date
    proposed: date
    signed: date
    start: date
    end: date
    approver: EmployeeId
    team: tuple[EmployeeId, ...]
    instalments: tuple[Instalment, ...] = ()
    payment_terms_days: Annotated[int, Field(ge=0, le=120)] = 30

    @property
    def line(self) -> str:
        """Code of the contract line (one obligation per engagement so far)."""
        return f"{self.code}-L1"


class ScriptedEngagement(Terms):
    """An engagement whose every deed is written down: the same under every seed."""

    time: tuple[TimeRule, ...] = ()
    late: tuple[LateTime, ...] = ()
    write_offs: tuple[WriteOff, ...] = ()
    pays_after_days: int | None = None


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


class GeneratedEngagement(Shape):
    """An engagement the seed fills in: client, price, hours, team out of a pool."""

    code: Code
    entity: Code
    kind: Kind
    approver: EmployeeId
    pool: tuple[EmployeeId, ...]
    team_size: Annotated[int, Field(ge=1, le=8)] = 2


class Habits(Shape):
    """How careful people are: percent of weekly sheets."""

    late_percent: Annotated[int, Field(ge=0, le=100)] = 28
    rejected_percent: Annotated[int, Field(ge=0, le=100)] = 4
    write_off_percent: Annotated[int, Field(ge=0, le=100)] = 5


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
    # How the figures come about, operand by operand.
    how: dict[str, str] = Field(default_factory=dict)


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
    scripted: tuple[ScriptedEngagement, ...] = ()
    generated: tuple[GeneratedEngagement, ...] = ()
    workforce: Workforce = Workforce()
    unpostable: tuple[UnpostableTime, ...] = ()
    # engagement -> month -> figures
    expectations: dict[str, dict[PeriodText, PeriodFigures]] = Field(default_factory=dict)
    requires: tuple[str, ...] = ()


# -- the plan ----------------------------------------------------------------------------------------------------------


class Person(Shape):
    """Somebody who acts: an employee, or a function of the firm (``finance-uk``, ``hr``)."""

    name: str
    full_name: str
    email: str
    entity: Code
    grade: Grade | None = None
    hired: date | None = None


class Client(Shape):
    """A client of the firm."""

    code: Code
    name: str
    country: str
    currency: str
    vat_number: str | None = None


class Booking(Shape):
    """Minutes of a person on a contract line on a day; ``ref`` names it for later deeds."""

    ref: str
    engagement: Code
    on: date
    minutes: Minutes
    role: str
    billable: bool = True


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

    def entity(self, code: str) -> Entity:
        """A legal entity by code; raises KeyError."""
        for entity in self.firm.entities:
            if entity.code == code:
                return entity
        raise KeyError(code)
