"""Time that was planned and is missing at the cut-off, from the systems that know: the PSA plans and approves, the HRIS
says who is there, the ERP what an hour costs. Written apart from the engine, like all of ``derived``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from sandbox.checks import workforce
from sandbox.checks.approved import approved_time
from sandbox.core.calendars import is_workday
from sandbox.core.clock import DAY_US
from sandbox.core.money import SCALE, divide_half_away, exponent, line_net_minor
from sandbox.core.observe import Row
from sandbox.core.periods import Period

if TYPE_CHECKING:
    from sandbox.checks.case import Case

Facts = dict[str, Row]
# What a table of rates says by whom it is for: (first day, rate at 1e-4), in order.
Table = Mapping[tuple[str, str], list[tuple[str, int]]]


@dataclass(frozen=True, slots=True)
class _Day:
    """What is missing of somebody's day on an engagement; ``cost`` and ``value`` at 1e-4."""

    engagement: str
    employer: str
    month: Period
    cost: int
    value: int


def accruals(case: Case) -> Facts:
    """``ACC-ENG-01-2026-01-US`` -> the journal that stands in for the cost, unless finance made one of that memo."""
    rule = case.interface.missing_time
    if rule is None:
        return {}
    by_hand = {
        (row["memo"], case.ref("erp.subsidiary", row["subsidiary"]))
        for each, row in case.rows("erp.journalEntry").items()
        if case.ref("erp.journalEntry", each) is None
    }
    found: Facts = {}
    for day in _missing(case):
        names = {"engagement": day.engagement, "period": str(day.month), "entity": day.employer}
        memo = rule.memo.format(**names)
        if day.cost and (memo, day.employer) not in by_hand:
            found[rule.journal.format(**names)] = {
                "memo": memo,
                "date": day.month.last.isoformat(),
                "back": day.month.next().first.isoformat(),
            }
    return found


def estimates(case: Case) -> Facts:
    """``ENG-01-L1-2026-01-missing`` -> the obligation that stands in for the revenue, where that is agreed."""
    rule, pattern = case.interface.missing_time, case.interface.obligation_ids.get("estimate", "")
    found: Facts = {}
    for day in _missing(case) if rule is not None else ():
        terms = case.terms[day.engagement]
        if rule is None or terms.kind not in rule.estimates or not day.value:
            continue
        ref = pattern.replace("{line}", terms.line).replace("{period}", str(day.month))
        row = {"engagement": day.engagement, "currency": case.plan.currency_of(terms), "amount": 0}
        found.setdefault(ref, row)["amount"] += day.value
    return found


def _missing(case: Case) -> Iterator[_Day]:
    """Every day of every month that is cut off, in order."""
    plan = case.plan
    planned = _planned(case)
    if not planned:
        return
    for entry, engagement, _, month in approved_time(case):
        at = (engagement, case.ref("psa.user", entry["user_id"]) or "?", entry["date_performed"])
        if at in planned and month == Period.of(date.fromisoformat(entry["date_performed"])):
            planned[at] -= entry["time_in_minutes"]
    days = [day for _, _, day in planned]
    jobs = workforce.jobs(case, date.fromisoformat(min(days)), date.fromisoformat(max(days)))
    away, costs, rates = workforce.absences(case), _costs(case), _rates(case)
    cards = {case.ref("psa.workspace", each): row["rate_card_id"] for each, row in case.rows("psa.workspace").items()}
    for (engagement, person, day), minutes in sorted(planned.items()):
        left = minutes - away.get(f"{person} {day}", {"minutes": 0})["minutes"]
        job, month = jobs.get(person, {}).get(day), Period.of(date.fromisoformat(day))
        if left <= 0 or job is None or not job.employed or not _is_cut_off(case, engagement, month):
            continue
        employer, currency = plan.entity(job.entity), plan.currency_of(case.terms[engagement])
        if is_workday(employer.country, date.fromisoformat(day)):
            cost = _net(left, _on(costs, (job.grade, job.entity), day), employer.currency)
            value = _net(left, _on(rates, (job.grade, cards[engagement]), day), currency)
            yield _Day(engagement, job.entity, month, cost, value)


def _planned(case: Case) -> dict[tuple[str, str, str], int]:
    """(Engagement, person, weekday) -> minutes of firm plans, spread evenly."""
    resources, found = case.rows("psa.workspace_resource"), dict[tuple[str, str, str], int]()
    for row in case.rows("psa.workspace_allocation").values():
        resource = resources.get(row["workspace_resource_id"])
        engagement = case.ref("psa.workspace", row["workspace_id"])
        if not row["hard"] or resource is None or resource["user_id"] is None or engagement not in case.terms:
            continue
        person, days = case.ref("psa.user", resource["user_id"]) or "?", _weekdays(row["start_date"], row["end_date"])
        for day in days:
            at = (str(engagement), person, day)
            found[at] = found.get(at, 0) + divide_half_away(row["minutes"], len(days))
    return found


def _weekdays(first: str, last: str) -> list[str]:
    begin, end = date.fromisoformat(first), date.fromisoformat(last)
    days = (begin + timedelta(days=number) for number in range((end - begin).days + 1))
    return [day.isoformat() for day in days if day.weekday() < 5]


def _is_cut_off(case: Case, engagement: str, month: Period) -> bool:
    """Whether time of a month was over for long enough to be worked out before the story ended."""
    entity = case.plan.entity(case.terms[engagement].entity)
    return case.interface.cutoff_us(case.plan.start, entity, month) + DAY_US <= case.plan.end_us


def _costs(case: Case) -> Table:
    """By role and entity."""
    return _table(
        (
            (row["custrecord_role"], case.ref("erp.subsidiary", row["custrecord_subsidiary"]) or "?"),
            row["custrecord_effective"],
            row["custrecord_cost"],
        )
        for row in case.rows("erp.customrecord_standard_cost").values()
    )


def _rates(case: Case) -> Table:
    """By role and rate card."""
    versions, roles = case.rows("psa.rate_card_version"), case.rows("psa.role")
    return _table(
        (
            (roles[row["role_id"]]["name"], versions[row["rate_card_version_id"]]["rate_card_id"]),
            versions[row["rate_card_version_id"]]["effective_date"],
            row["rate"],
        )
        for row in case.rows("psa.rate_card_role").values()
    )


def _table(rows: Iterable[tuple[tuple[str, str], str, int]]) -> Table:
    found: dict[tuple[str, str], list[tuple[str, int]]] = {}
    for at, first, rate in rows:
        found.setdefault(at, []).append((first, rate))
    return {at: sorted(known) for at, known in found.items()}


def _on(table: Table, at: tuple[str, str], day: str) -> int:
    """The rate that holds on a day; 0 without one."""
    return next((rate for first, rate in reversed(table.get(at, [])) if first <= day), 0)


def _net(minutes: int, rate: int, currency: str) -> int:
    """A day's minutes at a rate, rounded to the minor unit, at 1e-4."""
    places = exponent(currency)
    return int(line_net_minor(minutes, rate, places) * SCALE // 10**places)
