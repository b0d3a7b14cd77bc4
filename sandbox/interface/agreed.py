"""What is agreed beside the flows: calendar, rounding, looks, accounts, missing time, absences, questions, expenses,
triggers.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from sandbox.core.clock import DAY_US, MINUTE_US, SECOND_US
from sandbox.interface.records import RefIn
from sandbox.interface.shape import Shape
from sandbox.plan import ClockTime, Kind


class Cutoff(Shape):
    """Workday of the following month and local time when a month's time closes."""

    workday: Annotated[int, Field(ge=1, le=10)]
    at: ClockTime


class Calendar(Shape):
    """Dates of the close."""

    time_cutoff: Cutoff
    # Of expenses and suppliers' bills; without it that of time.
    expense_cutoff: Cutoff | None = None
    # Of the time of a pay period: workdays after its end; without it that of time.
    pay_cutoff: Cutoff | None = None


class Rounding(Shape):
    """Named rounding modes; the only ones there are so far."""

    line: Literal["half_away"]
    document: Literal["sum_of_lines"]
    tax: Literal["document"]
    progress: Literal["half_away"]


class OfficeHours(Shape):
    """When the engine looks often (UTC)."""

    first: ClockTime
    last: ClockTime
    weekdays: tuple[Literal["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"], ...]


class Polling(Shape):
    """How often one source is looked at: by interval, or once a day."""

    office_s: Annotated[int, Field(gt=0)] | None = None
    otherwise_s: Annotated[int, Field(gt=0)] | None = None
    daily_at: ClockTime | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Polling:
        by_interval = self.office_s is not None and self.otherwise_s is not None
        if by_interval == (self.daily_at is not None):
            raise ValueError("give either office_s and otherwise_s, or daily_at")
        return self


# How revenue of a contract line is released: by the value of the month's time, by hours or cost to date, when a
# milestone is accepted, as bought hours are used, by days, or when it is billed.
# ``estimate`` is what stands in for time that is missing at the cut-off, and takes itself back.
Release = Literal[
    "right_to_invoice",
    "percent_complete",
    "cost_to_cost",
    "on_acceptance",
    "hours_used",
    "ratable",
    "upon_billing",
    "estimate",
]


class Posting(Shape):
    """What one way of charging posts to and how its revenue is released."""

    revenue_account: str
    position_account: str
    release: Release
    item: str


class Accounts(Shape):
    """Ledger accounts by what they are for."""

    receivable: str
    bank: str
    unapplied: str
    withheld: str
    output_tax: str
    labour: str
    absorbed: str
    unbilled: str
    contract_asset: str
    position: str
    concession: str
    intercompany_receivable: str
    intercompany_payable: str
    intercompany_revenue: str
    intercompany_cost: str
    revenue: tuple[str, ...]
    # What counts as cost of a project: labour, subcontractors, expenses.
    costs: tuple[str, ...] = ()
    loss: str = "5030"
    provision: str = "2120"
    project_expense: str = "5020"
    own_expense: str = "6400"
    subcontractors: str = "5010"
    input_tax: str = "1150"
    reverse_charge: str = "2310"
    employee_payable: str = "2020"
    payables: str = "2000"
    salaries: str = "6000"
    payroll_payable: str = "2200"
    realised_fx: str = "7000"
    unrealised_fx: str = "7010"
    # What is brought to the closing rate when it is in another currency (J37).
    monetary: tuple[str, ...] = ("1000", "1100", "1105", "1120", "1200", "2000", "2400")
    retained: str = "3100"
    translation_reserve: str = "3200"


class MissingTime(Shape):
    """Time that is missing at the cut-off: patterns of the journal's number and memo, by which whoever accrues finds
    what is accrued already, and the ways of charging whose revenue stands in as well."""

    journal: str
    memo: str
    estimates: tuple[Kind, ...] = ()


class Absences(Shape):
    """Over how many days back and ahead of today absences are carried."""

    back_days: Annotated[int, Field(ge=0, le=366)]
    ahead_days: Annotated[int, Field(ge=0, le=366)]


class Synchronous(Shape):
    """A question people's front ends ask while somebody waits: how long they wait, whether silence lets them go on
    (``open``) or stops them (``closed``), and how old an answer may be."""

    deadline_s: Annotated[int, Field(ge=1, le=60)]
    when_silent: Literal["open", "closed"]
    fresh_s: Annotated[int, Field(ge=0)]


class Expenses(Shape):
    """What an expense of the PSA is in the ERP: its categories, that of a supplier's bill, and the column whose text
    behind a prefix is the input tax, because the PSA has one amount for an expense."""

    categories: dict[str, str] = Field(default_factory=dict)
    subcontract_category: str = "Other"
    input_tax: RefIn = RefIn(column="notes", prefix="input tax ")
    # Key of ``posting`` for what is billed on.
    posting: str = "expense"


class Trigger(Shape):
    """A job of the engine that the sandbox calls at simulated times in live use: POST to ``url``, by interval or once a
    day (UTC). For engines whose jobs would otherwise follow the wall clock."""

    name: str
    url: Annotated[str, Field(pattern=r"^https?://")]
    every_s: Annotated[int, Field(ge=60, le=31 * 86_400)] | None = None
    daily_at: ClockTime | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Trigger:
        if (self.every_s is None) == (self.daily_at is None):
            raise ValueError("give either every_s or daily_at")
        return self

    def next_us(self, now_us: int) -> int:
        """When it rings next after an instant, both in microseconds since the epoch, which is a midnight in UTC."""
        if self.daily_at is not None:
            hour, minute = self.daily_at.split(":")
            at = now_us // DAY_US * DAY_US + (int(hour) * 60 + int(minute)) * MINUTE_US
            return at if at > now_us else at + DAY_US
        every = (self.every_s or 0) * SECOND_US
        return now_us // every * every + every
