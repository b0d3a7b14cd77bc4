"""The interface contract as a model: loaded from ``contracts/interface.yaml`` or a user's own, validated before use.

"Interface contract" is written in full in this project; "contract" alone is the client's.
"""

from __future__ import annotations

from datetime import date
from functools import cache, cached_property
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

import contracts
from sandbox.core.calendars import add_workdays, nth_workday
from sandbox.core.clock import DAY_US, SECOND_US, at_local, epoch_of
from sandbox.core.documents import parse_document
from sandbox.core.errors import UsageError, nearest
from sandbox.core.periods import Period
from sandbox.core.wire import SYSTEMS
from sandbox.plan import ClockTime, Entity, Kind

DEFAULT = Path(contracts.__path__[0]) / "interface.yaml"
# Facts that no single record holds: computed from several by checks.derived, named here so that a typo is found.
DERIVED = (
    "workers",
    "obligations",
    "bills",
    "deal_totals",
    "usage",
    "progress",
    "letters",
    "reports",
    "cost_rates",
    "absences",
    "cost_progress",
    "agreed",
    "budgets",
    "settlements",
    "statement_lines",
    "rebilled",
    "project_bills",
    "payroll_time",
    "payroll_journals",
    "missing_time",
    "estimates",
)
_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def _record_name(text: str) -> str:
    system, _, record = text.partition(".")
    if system not in SYSTEMS or not record:
        raise ValueError(f"a record is written system.record with a system of {', '.join(SYSTEMS)}")
    return text


RecordName = Annotated[str, AfterValidator(_record_name)]
Scalar = str | int


class Shape(BaseModel):
    """Fields it knows and no others, and never changed."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


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


class External(Shape):
    """An external reference of the PSA: subject type, model, and whose native id the reference holds."""

    subject: str
    model: str
    native: RecordName | None = None


class RefIn(Shape):
    """A column that holds the ref behind a prefix."""

    column: str
    prefix: str


class RecordRule(Shape):
    """How a record says which thing it is."""

    kind: str
    ref: str | None = None
    external_id: str | None = None
    # Beginnings of external ids that are refs as they stand; a text that is to name the ref may begin with it.
    own_ids: tuple[str, ...] = ()
    external: External | None = None
    code_in: str | None = None
    ref_in: RefIn | None = None
    same: dict[str, str] = Field(default_factory=dict)
    via: str | None = None
    # Columns that stand behind the ref of ``via``: several records of a thing, told apart by them.
    with_: tuple[str, ...] = Field((), alias="with")
    references: dict[str, RecordName] = Field(default_factory=dict)


class ByKey(Shape):
    """The canonical key of the record a path names."""

    key: str


class ByMap(Shape):
    """A value translated by a table; ``*`` is for all others."""

    map: dict[str, Scalar]
    path: str


class ByTemplate(Shape):
    """Text with columns filled in."""

    template: str


class ByFactor(Shape):
    """A number times a whole number, divided by the scale it is stored at."""

    times: int
    over: Annotated[int, Field(gt=0)] = 1
    path: str


class ByAny(Shape):
    """One value when one of the paths has an accepted value, else another."""

    any: dict[str, tuple[Scalar, ...]]
    then: Scalar = 1
    otherwise: Scalar = 0


class Constant(Shape):
    """Always the same."""

    constant: Scalar


Value = str | ByKey | ByMap | ByTemplate | ByFactor | ByAny | Constant


class Source(Shape):
    """Which records (or derived facts) a flow takes; ``where`` lists accepted values per path.

    ``about`` is the kind of thing derived facts are named after, as a dead letter names it.
    """

    record: RecordName | None = None
    derived: str | None = None
    about: str | None = None
    where: dict[str, tuple[Scalar, ...]] = Field(default_factory=dict)
    key: str | None = None
    # What refs that are not meant begin with.
    without: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _one_source(self) -> Source:
        if (self.record is None) == (self.derived is None):
            raise ValueError("give either record or derived")
        if self.derived is not None and self.derived not in DERIVED:
            close = nearest(self.derived, DERIVED)
            raise ValueError(f"no derived facts {self.derived!r}" + (f"; did you mean {close!r}?" if close else ""))
        return self


def is_left_out(ref: str, without: tuple[str, ...]) -> bool:
    """Whether a ref begins with something that a flow or a rule does not mean."""
    return bool(without) and ref.startswith(without)


class MinutesTimesRate(Shape):
    """An amount that is time at an hourly rate."""

    minutes: str
    rate: str


class Flow(Shape):
    """One kind of fact and the record it must become in another system."""

    title: str
    source: Source
    target: RecordName
    class_: Literal["state", "fact"] = Field(alias="class")
    tier: Annotated[int, Field(ge=0, le=3)]
    natural: tuple[str, ...] = ()
    amount: str | MinutesTimesRate | None = None
    # Fields that are amounts or rates, stored at 1e-4 of the major unit.
    money: tuple[str, ...] = ()
    # Fields that name a person: told in findings only when asked for.
    personal: tuple[str, ...] = ()
    fields: dict[str, Value]


Accepted = dict[str, tuple[Scalar, ...]]


class Before(Shape):
    """What must stand before what: when record ``effect`` is created (or takes ``when``), ``needs`` must be there with
    ``state``; found by native id in column ``via``, by ref in column ``named``, or as the same thing."""

    effect: RecordName
    when: Accepted = Field(default_factory=dict)
    needs: RecordName
    via: str | None = None
    named: str | None = None
    state: Accepted = Field(default_factory=dict)
    # Values that excuse the state's absence.
    unless: Accepted = Field(default_factory=dict)
    # What refs that are not meant begin with.
    without: tuple[str, ...] = ()
    money: bool = False

    @model_validator(mode="after")
    def _one_way(self) -> Before:
        if self.via is not None and self.named is not None:
            raise ValueError("give via or named, not both")
        return self


class ClosedPeriods(Shape):
    """A record of periods: values that say closed, and what posts into them. ``postings`` names the column that holds
    the period's native id, or as many columns as ``named`` has, which together name it."""

    closed: Accepted
    named: tuple[str, ...] = ()
    postings: dict[RecordName, str | tuple[str, ...]]


class Deadlines(Shape):
    """Hours after which an effect is late, by tier of its flow; ``termination_h`` after the end of the last day."""

    tiers: dict[Annotated[int, Field(ge=0, le=3)], Annotated[int, Field(ge=1)]]
    termination_h: Annotated[int, Field(ge=1)]


class Part(Shape):
    """A part of a composite: values that say it is built (silent: it is once it exists, and cannot be taken back), and
    how it says what it belongs to: by a reference ``via``, a ref in column ``named``, or its own ref."""

    built: Accepted = Field(default_factory=dict)
    via: str | None = None
    named: str | None = None


class Composite(Shape):
    """What is built in several systems and must be there as a whole, or be taken back as a whole."""

    title: str
    source: Source
    within_h: Annotated[int, Field(ge=1)]
    gate: RecordName
    # Values of the source by which the gate may open before the rest stands.
    early_when: Accepted = Field(default_factory=dict)
    parts: dict[RecordName, Part]

    @model_validator(mode="after")
    def _gate_is_a_part(self) -> Composite:
        if self.gate not in self.parts:
            raise ValueError(f"the gate {self.gate} is none of the parts")
        return self


class PrivateFields(Shape):
    """Columns of a record that stay where they are; ``about`` holds the id of the worker they are of."""

    columns: tuple[str, ...]
    about: str | None = None


class Private(Shape):
    """What must not leave its system."""

    fields: dict[RecordName, PrivateFields] = Field(default_factory=dict)
    words: tuple[str, ...] = ()


class Expenses(Shape):
    """What an expense of the PSA is in the ERP: its categories, that of a supplier's bill, and the column whose text
    behind a prefix is the input tax, because the PSA has one amount for an expense."""

    categories: dict[str, str] = Field(default_factory=dict)
    subcontract_category: str = "Other"
    input_tax: RefIn = RefIn(column="notes", prefix="input tax ")
    # Key of ``posting`` for what is billed on.
    posting: str = "expense"


class Interface(Shape):
    """The whole interface contract."""

    schema_: Literal[1] = Field(alias="schema")
    name: str
    version: Annotated[int, Field(ge=1)]
    calendar: Calendar
    rounding: Rounding
    office_hours: OfficeHours
    polling: dict[str, Polling]
    drain_h: Annotated[int, Field(ge=1, le=96)]
    posting: dict[str, Posting]
    accounts: Accounts
    # Agreed ids of the revenue system: {line} contract line, {period} month, {invoice} pre-bill, {obligation}.
    obligation_ids: dict[Release, str]
    bill_id: str
    capabilities: dict[str, Literal["key", "extid", "strong_read", "none"]]
    records: dict[RecordName, RecordRule]
    groups: dict[RecordName, dict[str, tuple[str, ...]]]
    flows: dict[str, Flow]
    # Without it nothing is accrued for time that is missing.
    missing_time: MissingTime | None = None
    # What the checks of order, time and discretion judge by; without them they say unknown.
    before: dict[str, Before] = Field(default_factory=dict)
    order: dict[Annotated[str, Field(pattern=r"^O\d\d$")], Before] = Field(default_factory=dict)
    closed_periods: dict[RecordName, ClosedPeriods] = Field(default_factory=dict)
    deadlines: Deadlines | None = None
    composites: dict[str, Composite] = Field(default_factory=dict)
    private: Private = Private()
    absences: Absences = Absences(back_days=92, ahead_days=62)
    synchronous: dict[Literal["project_status"], Synchronous] = Field(default_factory=dict)
    # Most that may be booked on a day, in percent of the hours somebody is there for.
    overtime_percent: Annotated[int, Field(ge=100, le=300)] = 175
    expenses: Expenses = Expenses()

    @model_validator(mode="after")
    def _names_fit(self) -> Interface:
        for name, flow in self.flows.items():
            for record in (flow.source.record, flow.target):
                if record is not None and record not in self.records:
                    raise ValueError(f"flows.{name}: no rule for record {record!r} under records")
            self._flow_fits(name, flow)
        for name, rule in self.records.items():
            self._rule_fits(name, rule)
        return self

    def _flow_fits(self, name: str, flow: Flow) -> None:
        for where, columns in (("natural", flow.natural), ("money", flow.money), ("personal", flow.personal)):
            for column in columns:
                if column not in flow.fields:
                    raise ValueError(f"flows.{name}.{where}: there is no field {column!r}")
        keys = [value.key for value in flow.fields.values() if isinstance(value, ByKey)]
        keys += [flow.source.key] if flow.source.key else []
        if flow.source.record is not None:
            for path in keys:
                self._path_fits(f"flows.{name}", flow.source.record, path)

    def _path_fits(self, where: str, record: str, path: str) -> None:
        """A path of references from a record on."""
        for column in path.split("."):
            references = self.records[record].references
            if column not in references:
                close = nearest(column, references)
                hint = f"; did you mean {close!r}?" if close else ""
                raise ValueError(f"{where}: {record} has no reference {column!r}{hint}")
            record = references[column]

    def _rule_fits(self, name: str, rule: RecordRule) -> None:
        named = {f"references.{column}": record for column, record in rule.references.items()}
        named |= {f"same.{column}": other.rpartition(".")[0] for column, other in rule.same.items()}
        if rule.external is not None and rule.external.native is not None:
            named["external.native"] = rule.external.native
        for where, record in named.items():
            if record not in self.records:
                raise ValueError(f"records.{name}.{where}: no rule for record {record!r}")
        if rule.via is not None:
            self._path_fits(f"records.{name}.via", name, rule.via)

    # -- keys ------------------------------------------------------------------------------------------------------

    def external_id(self, record: str, ref: str) -> str:
        """The agreed external id of a record the engine writes; raises KeyError without an agreement."""
        pattern, own_ids = self.records[record].external_id, self.records[record].own_ids
        if own_ids and ref.startswith(own_ids):
            return ref
        if pattern is None:
            raise KeyError(record)
        return pattern.replace("{ref}", ref)

    @cached_property
    def versioned(self) -> dict[str, dict[str, tuple[str, ...]]]:
        """Groups per record, as plain data."""
        return {str(record): dict(groups) for record, groups in self.groups.items()}

    # -- time ------------------------------------------------------------------------------------------------------

    def cutoff_us(self, start: date, entity: Entity, period: Period) -> int:
        """When a month's time closes for an entity, as instant since the epoch of ``start``."""
        return self._cutoff_us(self.calendar.time_cutoff, start, entity, period)

    def _cutoff_us(self, rule: Cutoff, start: date, entity: Entity, period: Period) -> int:
        return _at_workday(start, entity.country, entity.zone, period.next(), rule.workday, rule.at)

    def spending_period(self, start: date, entity: Entity, day: date, approved_us: int) -> Period:
        """The month an approved expense or supplier's bill belongs to: as for time, by the cut-off of expenses."""
        rule = self.calendar.expense_cutoff or self.calendar.time_cutoff
        period = Period.of(day)
        while approved_us // SECOND_US > self._cutoff_us(rule, start, entity, period) // SECOND_US:
            period = period.next()
        return period

    def posting_period(self, start: date, entity: Entity, service_date: date, approved_us: int) -> Period:
        """The month approved time belongs to: that of its service date, or the next one whose cut-off is not past.

        Instants are compared in whole seconds, as the systems show them.
        """
        period = Period.of(service_date)
        while approved_us // SECOND_US > self.cutoff_us(start, entity, period) // SECOND_US:
            period = period.next()
        return period

    def pay_cutoff_us(self, start: date, entity: Entity, period_end: date) -> int:
        """When the time of a pay period that ends on a day may go to the payroll, as instant since the epoch."""
        rule = self.calendar.pay_cutoff or self.calendar.time_cutoff
        day = add_workdays(entity.country, period_end, rule.workday)
        return at_local(epoch_of(start), day, rule.at, entity.zone)

    def next_look_us(self, source: str, start: date, now_us: int) -> int:
        """When a source is looked at next; instants of one schedule do not depend on when the last look ended."""
        rule = self.polling[source]
        day_us = now_us // DAY_US * DAY_US
        if rule.daily_at is not None:
            at = day_us + _of_day(rule.daily_at)
            return at if at > now_us else at + DAY_US
        if rule.office_s is None or rule.otherwise_s is None:
            raise UsageError(f"polling.{source} has no interval", code="bad_interface")
        office = rule.office_s * SECOND_US
        candidate = now_us // office * office + office
        if now_us // DAY_US == candidate // DAY_US and self._in_office(start, now_us, candidate):
            # The next opening is tomorrow's at the earliest.
            return candidate
        slow = rule.otherwise_s * SECOND_US
        otherwise = now_us // slow * slow + slow
        opening = self._next_opening(start, now_us)
        return min(candidate if self._in_office(start, candidate) else otherwise, opening)

    def _in_office(self, start: date, us: int, until_us: int | None = None) -> bool:
        """Whether an instant is in office hours, and the same day's ``until_us`` as well."""
        day, of_day = divmod(us, DAY_US)
        weekday = _WEEKDAYS[(start.weekday() + day) % 7]
        hours, last = self.office_hours, of_day if until_us is None else until_us % DAY_US
        return weekday in hours.weekdays and _of_day(hours.first) <= of_day and last <= _of_day(hours.last)

    def _next_opening(self, start: date, now_us: int) -> int:
        first = _of_day(self.office_hours.first)
        for days in range(9):
            at = (now_us // DAY_US + days) * DAY_US + first
            if at > now_us and self._in_office(start, at):
                return at
        return now_us + 9 * DAY_US


def load_interface(path: str | None = None) -> Interface:
    """The default interface contract, or a user's own; raises UsageError with file and line."""
    file = Path(path) if path else DEFAULT
    if not file.is_file():
        raise UsageError(f"there is no interface contract {path}", code="unknown_interface", name=path)
    shown = file.name if path is None else str(file)
    return parse_document(file.read_bytes(), shown, Interface)


@cache
def _of_day(clock_time: str) -> int:
    hour, minute = clock_time.split(":")
    return (int(hour) * 60 + int(minute)) * 60 * SECOND_US


@cache
def _at_workday(start: date, country: str, zone: str, period: Period, workday: int, clock_time: str) -> int:
    # A few months of a few countries, asked for every time entry.
    return at_local(epoch_of(start), nth_workday(country, period, workday), clock_time, zone)
