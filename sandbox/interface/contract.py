"""The whole interface contract, loaded and validated before anything runs."""

from __future__ import annotations

from datetime import date
from functools import cache, cached_property
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, model_validator

import contracts
from sandbox.core.calendars import add_workdays, nth_workday
from sandbox.core.clock import DAY_US, SECOND_US, at_local, epoch_of
from sandbox.core.documents import parse_document
from sandbox.core.errors import UsageError, nearest
from sandbox.core.periods import Period
from sandbox.interface.agreed import (
    Absences,
    Accounts,
    Calendar,
    Cutoff,
    Expenses,
    MissingTime,
    OfficeHours,
    Polling,
    Posting,
    Release,
    Rounding,
    Synchronous,
    Trigger,
)
from sandbox.interface.records import (
    ByKey,
    Flow,
    RecordRule,
)
from sandbox.interface.rules import Before, ClosedPeriods, Composite, Deadlines, Private
from sandbox.interface.shape import RecordName, Shape
from sandbox.plan import Entity

DEFAULT = Path(contracts.__path__[0]) / "interface.yaml"
_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


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
    # What an engine that does only part of the work is judged by; without any, by every check.
    checks: tuple[str, ...] = ()
    # Jobs of the engine the sandbox calls in live use; simulated engines keep their own schedule.
    triggers: tuple[Trigger, ...] = ()

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
