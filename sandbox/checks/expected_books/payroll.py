"""Payroll: what every pay run costs an entity by month, from salaries, who was enrolled, and working days."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sandbox.checks.expected_books.desk import Chapter, Desk, Entry
from sandbox.checks.expected_books.rates import to_minor
from sandbox.core.calendars import workdays
from sandbox.core.clock import at_local, epoch_of
from sandbox.core.money import divide_half_away
from sandbox.core.periods import Period
from sandbox.plan import Deed, Entity, PayPeriod, Payroll

# When the provider pays on the pay day, by the clock of the entity: assumed.
_RUN_AT = "09:00"


@dataclass(frozen=True, slots=True)
class _Enrolled:
    """What the provider was told of somebody, and since when."""

    entity: str
    annual: int
    first: date | None
    last: date | None
    since_us: int


class PayRuns(Chapter):
    """Enrolments as they are made; the runs of the provider at the end."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._enrolled: dict[str, list[_Enrolled]] = {}
        # Month -> instant its ledger was closed.
        self._closed: dict[Period, int] = {}
        for person in desk.plan.people.values():
            salary = self._salary(person.entity, person.grade)
            if salary is not None and person.hired is not None and person.hired <= desk.plan.start:
                self._enrolled[person.name] = [_Enrolled(person.entity, salary, person.hired, None, 0)]

    def entries(self) -> dict[str, Entry]:
        return {"enrol": self._enrol, "close_ledger": self._close_ledger}

    def _salary(self, entity: str, grade: str | None) -> int | None:
        currency = self._desk.plan.entity(entity).currency
        for payroll in self._desk.plan.firm.payroll:
            if payroll.entity == entity:
                found = (amount for known, amount in payroll.salaries.items() if known == grade)
                return next((to_minor(amount, currency) for amount in found), None)
        return None

    def _enrol(self, deed: Deed, at_us: int) -> None:
        args = deed.args
        currency = self._desk.plan.entity(args["entity"]).currency
        first, last = (date.fromisoformat(args[name]) if args[name] else None for name in ("first_day", "last_day"))
        told = _Enrolled(args["entity"], to_minor(args["annual_gross"], currency), first, last, at_us)
        self._enrolled.setdefault(args["employee"], []).append(told)

    def _close_ledger(self, deed: Deed, at_us: int) -> None:
        self._closed.setdefault(Period.parse(deed.args["period"]), at_us)

    # -- pay runs ------------------------------------------------------------------------------------------------------

    def run(self) -> None:
        """Every run within the story: gross pay by the working days of its months, in the first month still open."""
        desk = self._desk
        for payroll in desk.plan.firm.payroll:
            entity = desk.plan.entity(payroll.entity)
            for period in payroll.periods:
                run_us = at_local(epoch_of(desk.plan.start), period.pay_day, _RUN_AT, entity.zone)
                if not 0 <= run_us < desk.plan.end_us:
                    continue
                gross = sum(self._pays(payroll, period, run_us))
                for month, part in _by_month(gross, entity, period):
                    desk.books.entity(entity.code, self._open(month, run_us)).payroll += part

    def _pays(self, payroll: Payroll, period: PayPeriod, run_us: int) -> Iterable[int]:
        """A year's salary over the periods of a year, of everybody employed on any day of the period."""
        for told in self._enrolled.values():
            known = [each for each in told if each.since_us <= run_us]
            if not known or known[-1].entity != payroll.entity:
                continue
            first, last = known[-1].first or period.start, known[-1].last or period.end
            if first <= period.end and last >= period.start:
                yield divide_half_away(known[-1].annual, payroll.periods_per_year)

    def _open(self, month: Period, at_us: int) -> Period:
        while self._closed.get(month, at_us + 1) <= at_us:
            month = month.next()
        return month


def _by_month(gross: int, entity: Entity, period: PayPeriod) -> list[tuple[Period, int]]:
    """Largest remainder by working days, ties to the earlier month; without any, the month the period ends in."""
    days = Counter(Period.of(day) for day in workdays(entity.country, period.start, period.end))
    if not days:
        return [(Period.of(period.end), gross)]
    whole = sum(days.values())
    parts = {month: gross * count // whole for month, count in days.items()}
    by_rest = sorted(days, key=lambda month: (-(gross * days[month] % whole), month))
    for month in by_rest[: gross - sum(parts.values())]:
        parts[month] += 1
    return sorted(parts.items())


__all__ = ["PayRuns"]
