"""Missing time: planned hours of firm assignments by calendar, less the approved time of the month, day by day.

A plan of the PSA is spread evenly over its weekdays. Nobody is expected on a holiday of their office, while away, or
when not employed; the HRIS says all three, as of the day. What somebody books above the plan on one day makes up for no
other day: assumed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from sandbox.core.calendars import is_workday
from sandbox.core.money import divide_half_away, line_net
from sandbox.core.periods import Period
from sandbox.engine.canonical import Accrual, Assignment, BillRate, StandardCost, Worker
from sandbox.engine.context import Context
from sandbox.engine.flows.obligations import work_line

_SATURDAY = 6


@dataclass(slots=True)
class _Rates:
    costs: list[StandardCost] = field(default_factory=list)
    bill: list[BillRate] = field(default_factory=list)

    def cost(self, role: str, entity: str, day: date) -> Decimal:
        """Standard cost of an hour on a day; nothing while finance has none."""
        valid = [each for each in self.costs if (each.role, each.entity) == (role, entity) and each.effective <= day]
        return max(valid, key=lambda each: each.effective).cost if valid else Decimal(0)

    def worth(self, role: str, card_id: str, day: date) -> Decimal:
        """Contract rate of an hour on a day; nothing for a role the card does not price."""
        valid = [each for each in self.bill if (each.role, each.card_id) == (role, card_id) and each.effective <= day]
        return max(valid, key=lambda each: each.effective).rate if valid else Decimal(0)


async def missing_time(context: Context, entity: str, period: Period) -> list[Accrual]:
    """What is missing of an entity's engagements in a month, per engagement and employer."""
    planned = await _planned(context, entity, period)
    if not planned:
        return []
    away = await context.hris.absences(period.first, period.last)
    rates = _Rates(await context.erp.standard_costs(), await context.psa.people.bill_rates())
    on_day: dict[date, dict[str, Worker]] = {}
    found: list[Accrual] = []
    for (engagement, workspace_id), assignments in planned.items():
        done = await _approved(context, entity, workspace_id, period)
        card_id = await context.psa.people.rate_card_of(workspace_id)
        deal = await context.deal(engagement)
        parts: dict[str, list[tuple[int, Decimal, Decimal]]] = {}
        for (employee_id, day), minutes in sorted(_expected(assignments, period).items()):
            left = minutes - done.get((employee_id, day), 0) - away.get((employee_id, day.isoformat()), 0)
            if left <= 0:
                continue
            if day not in on_day:
                on_day[day] = {each.employee_id: each for each in await context.hris.workers(day)}
            worker = on_day[day].get(employee_id)
            if worker is None or not _works(context, worker, day):
                continue
            currency = context.entity(worker.entity).currency
            cost = line_net(left, rates.cost(worker.grade, worker.entity, day), currency).amount
            value = line_net(left, rates.worth(worker.grade, card_id, day), deal["currency"]).amount
            parts.setdefault(worker.entity, []).append((left, cost, value))
        found += [_sum(engagement, work_line(deal), each, period, rows) for each, rows in sorted(parts.items())]
    return found


async def _planned(
    context: Context, entity: str, period: Period
) -> Mapping[tuple[str, str], list[tuple[str, Assignment]]]:
    """(Engagement, project) -> (employee id, firm assignment) that touches the month."""
    found: dict[tuple[str, str], list[tuple[str, Assignment]]] = {}
    for each in await context.psa.people.assignments():
        if not each.hard or each.user_id is None or each.last < period.first or each.first > period.last:
            continue
        engagement = await context.known("psa", "engagement", each.workspace_id)
        if (await context.deal(engagement))["entity"] == entity:
            employee_id = await context.known("psa", "worker", each.user_id)
            found.setdefault((engagement, each.workspace_id), []).append((employee_id, each))
    return dict(sorted(found.items()))


def _expected(assignments: Iterable[tuple[str, Assignment]], period: Period) -> dict[tuple[str, date], int]:
    """(Employee id, weekday) -> minutes planned."""
    found: dict[tuple[str, date], int] = {}
    for employee_id, each in assignments:
        days = _weekdays(each.first, each.last)
        for day in _weekdays(max(each.first, period.first), min(each.last, period.last)):
            at = (employee_id, day)
            found[at] = found.get(at, 0) + divide_half_away(each.minutes, len(days))
    return found


def _weekdays(first: date, last: date) -> list[date]:
    days = (first + timedelta(days=number) for number in range((last - first).days + 1))
    return [day for day in days if day.isoweekday() < _SATURDAY]


async def _approved(context: Context, entity: str, workspace_id: str, period: Period) -> Mapping[tuple[str, date], int]:
    """(Employee id, day) -> minutes of a project approved before the cut-off."""
    found: dict[tuple[str, date], int] = {}
    for entry in await context.psa.approved_on(workspace_id, period.first, period.last):
        if entry.approved_us is None:
            continue
        start, legal = context.settings.start, context.entity(entity)
        if context.interface.posting_period(start, legal, entry.on, entry.approved_us) == period:
            at = (await context.known("psa", "worker", entry.user_id), entry.on)
            found[at] = found.get(at, 0) + entry.minutes
    return found


def _works(context: Context, worker: Worker, day: date) -> bool:
    employed = worker.hire_date <= day and (worker.last_day is None or day <= worker.last_day)
    return employed and is_workday(context.entity(worker.entity).country, day)


def _sum(
    engagement: str, line: str, employer: str, period: Period, rows: Iterable[tuple[int, Decimal, Decimal]]
) -> Accrual:
    minutes, costs, values = zip(*rows, strict=True)
    return Accrual(engagement, line, employer, period, sum(minutes), sum(costs, Decimal(0)), sum(values, Decimal(0)))
