"""Missing time at the close, from plans of people and what they handed in (accounting.md J08, J42).

Missing is what somebody was firmly planned to work on a day and no time approved before the cut-off says they did.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from sandbox.checks.expected_books.books import Card, Missing
from sandbox.checks.expected_books.desk import Chapter, Desk, Entry
from sandbox.checks.expected_books.people import People
from sandbox.checks.expected_books.rates import rate_on, to_minor
from sandbox.core.calendars import is_workday
from sandbox.core.money import divide_half_away, exponent, line_net_minor, to_scaled
from sandbox.core.periods import Period
from sandbox.plan import Deed


@dataclass(frozen=True, slots=True)
class _Planned:
    """A firm plan: minutes on every weekday of a span."""

    person: str
    first: date
    last: date
    minutes: int


class Accruals(Chapter):
    """Who was planned on what; what is missing when a month is cut off, and what stands in for it."""

    def __init__(self, desk: Desk, people: People) -> None:
        super().__init__(desk)
        self._people = people
        self._planned: dict[str, list[_Planned]] = {}
        # Engagement and month -> whether finance accrued by hand, so that nothing else is.
        self._by_hand: set[tuple[str, Period]] = set()

    def entries(self) -> dict[str, Entry]:
        return {
            "allocate": self._allocate,
            "approve_accruals": self._approve,
            "accrue_by_hand": self._accrue_by_hand,
        }

    def _allocate(self, deed: Deed, at_us: int) -> None:
        if not deed.args["hard"] or deed.args["person"] is None:
            return
        first, last = date.fromisoformat(deed.args["first"]), date.fromisoformat(deed.args["last"])
        share = divide_half_away(deed.args["minutes"], len(_weekdays(first, last)))
        planned = _Planned(deed.args["person"], first, last, share)
        self._planned.setdefault(deed.args["engagement"], []).append(planned)

    def _accrue_by_hand(self, deed: Deed, at_us: int) -> None:
        engagement, period = deed.args["engagement"], Period.parse(deed.args["period"])
        self._by_hand.add((engagement, period))
        entity = self._desk.entity(engagement)
        cost = to_minor(deed.args["amount"], entity.currency)
        self._book(engagement, period, cost, at_us)
        self._absorb(entity.code, period, cost)

    def _approve(self, deed: Deed, at_us: int) -> None:
        """The cost of what is missing of every engagement of an entity, unless finance accrued it by hand."""
        period = Period.parse(deed.args["period"])
        for code in sorted(self._planned):
            if self._desk.terms[code].entity == deed.args["org"] and (code, period) not in self._by_hand:
                missing = self.missing(code, period)
                self._book(code, period, missing.cost, at_us)
                for employer, cost in missing.by_employer.items():
                    self._absorb(employer, period, cost)

    def _book(self, engagement: str, period: Period, cost: int, at_us: int) -> None:
        """In the month, and taken back on the first day of the next one."""
        desk = self._desk
        desk.month(engagement, period).cost += cost
        desk.month(engagement, period.next()).cost -= cost
        desk.accrued.setdefault((engagement, period), []).append((cost, at_us))
        desk.books.hazards["missing time"] += bool(cost)

    def _absorb(self, employer: str, period: Period, cost: int) -> None:
        """The other side of it, where the rest of salaries is bench (I08)."""
        if employer in self._desk.paid:
            self._desk.books.entity(employer, period).absorbed += cost
            self._desk.books.entity(employer, period.next()).absorbed -= cost

    # -- what is missing -----------------------------------------------------------------------------------------------

    def missing(self, engagement: str, period: Period) -> Missing:
        """What is missing of an engagement in a month, as known when it is first asked for after the cut-off."""
        at = (engagement, period)
        if at not in self._desk.books.missing:
            self._desk.books.missing[at] = self._work_out(engagement, period)
        return self._desk.books.missing[at]

    def _work_out(self, engagement: str, period: Period) -> Missing:
        expected: dict[tuple[str, date], int] = {}
        for each in self._planned.get(engagement, ()):
            for day in _weekdays(max(each.first, period.first), min(each.last, period.last)):
                at = (each.person, day)
                expected[at] = expected.get(at, 0) + each.minutes
        for card in self._desk.cards(engagement):
            if (card.person, card.on) in expected and self._month_of(card) == period:
                expected[card.person, card.on] -= card.minutes
        found = Missing()
        for (person, day), minutes in expected.items():
            self._add(found, engagement, person, day, minutes - self._people.away_on(person, day))
        return found

    def _month_of(self, card: Card) -> Period | None:
        """The month approved time was handed in for, also when the ledger cannot take it."""
        if card.period is not None or card.approved_us is None:
            return card.period
        desk = self._desk
        return desk.interface.posting_period(desk.plan.start, desk.entity(card.engagement), card.on, card.approved_us)

    def _add(self, found: Missing, engagement: str, person: str, day: date, minutes: int) -> None:
        """A day's minutes at cost and contract rate, each rounded for itself like a card."""
        plan, standing = self._desk.plan, self._people.standing_on(person, day)
        if minutes <= 0 or not standing.employed or not is_workday(plan.entity(standing.entity).country, day):
            return
        terms, entity = self._desk.terms[engagement], self._desk.entity(engagement)
        employer, currency = plan.entity(standing.entity), self._desk.currency(engagement)
        costs = (table for table in plan.firm.cost_rates if table.entity == employer.code)
        cost = rate_on(costs, standing.grade, day)
        rate = rate_on(plan.firm.rates_of(entity, currency, terms.rate_card), standing.grade, day)
        found.minutes += minutes
        amount = line_net_minor(minutes, to_scaled(cost), exponent(employer.currency))
        found.cost += amount
        found.by_employer[employer.code] = found.by_employer.get(employer.code, 0) + amount
        found.value += line_net_minor(minutes, to_scaled(rate), exponent(currency))


def _weekdays(first: date, last: date) -> list[date]:
    return [day for day in _days(first, last) if day.weekday() < 5]


def _days(first: date, last: date) -> Iterable[date]:
    day = first
    while day <= last:
        yield day
        day += timedelta(days=1)
