"""Revenue: what each way of charging has earned when a period is run, and the contract position."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date

from sandbox.checks.expected_books.books import Card
from sandbox.checks.expected_books.desk import Chapter, Desk, Entry
from sandbox.checks.expected_books.rates import to_minor
from sandbox.core.clock import SECOND_US
from sandbox.core.money import divide_half_away
from sandbox.core.periods import Period
from sandbox.plan import Deed, Terms


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of an engagement when a month is run."""

    terms: Terms
    price: int
    period: Period
    cards: tuple[Card, ...]
    at_us: int


class Revenue(Chapter):
    """Period runs: earned to date less what was recognised before."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._recognised: dict[str, int] = {}
        # Engagement -> milestone -> (day of acceptance, instant it took effect).
        self._accepted: dict[str, dict[str, tuple[date, int]]] = {}
        # Engagement -> (month, expected cost, instant it was approved).
        self._estimates: dict[str, list[tuple[Period, int, int]]] = {}
        self._earned: dict[str, Callable[[Known], int]] = {
            "time_and_materials": self._by_value,
            "capped_time": _by_hours,
            "fixed_fee": _by_hours,
            "fixed_fee_by_cost": self._by_cost,
            "milestone": self._by_acceptance,
            "milestone_over_time": self._by_cost,
            "prepaid_hours": _by_hours_used,
            "stand_ready": _by_days,
        }

    def entries(self) -> dict[str, Entry]:
        return {
            "accept_milestone": self._accept,
            "approve_eac": self._approve_eac,
            "run_period": self._run_period,
        }

    def _accept(self, deed: Deed, at_us: int) -> None:
        accepted = self._accepted.setdefault(deed.args["engagement"], {})
        accepted[deed.args["milestone"]] = (date.fromisoformat(deed.args["on"]), at_us)

    def _approve_eac(self, deed: Deed, at_us: int) -> None:
        engagement = deed.args["engagement"]
        cost = to_minor(deed.args["cost"], self._desk.entity(engagement).currency)
        self._estimates.setdefault(engagement, []).append((Period.parse(deed.args["period"]), cost, at_us))

    def _run_period(self, deed: Deed, at_us: int) -> None:
        """Recognise for every engagement of the entity what was known at the last nightly totals before the run."""
        period = Period.parse(deed.args["period"])
        known_us = self._last_totals_us(at_us)
        for terms in self._desk.plan.terms:
            if terms.entity != deed.args["org"]:
                continue
            price = to_minor(terms.price, self._desk.currency(terms.code))
            cards = tuple(self._known_cards(terms, period, known_us))
            to_date = self._earned[terms.kind](Known(terms, price, period, cards, known_us))
            to_date += self._rebilled(terms, period, known_us)
            self._desk.month(terms.code, period).revenue += to_date - self._recognised.get(terms.code, 0)
            self._recognised[terms.code] = to_date

    def _rebilled(self, terms: Terms, period: Period, known_us: int) -> int:
        """What was spent for the client is earned when it is billed, at cost (J19, as principal)."""
        return sum(
            each.net
            for each in self._desk.outlays(terms.code)
            if each.billed is not None
            and each.billed <= period
            and each.billed_us is not None
            and each.billed_us // SECOND_US <= known_us // SECOND_US
        )

    def _last_totals_us(self, at_us: int) -> int:
        desk, at = self._desk, 0
        while (following := desk.interface.next_look_us("revenue.totals", desk.plan.start, at)) <= at_us:
            at = following
        return at

    def _known_cards(self, terms: Terms, period: Period, known_us: int) -> Iterable[Card]:
        """Approved time of the months up to the period, as far as it was known; compared in whole seconds."""
        for card in self._desk.cards(terms.code):
            if card.period is None or card.period > period or card.approved_us is None:
                continue
            if card.approved_us // SECOND_US <= known_us // SECOND_US:
                yield card

    # -- ways of earning -----------------------------------------------------------------------------------------------

    def _by_value(self, known: Known) -> int:
        """Right to invoice: the value of what was worked and not given up (IFRS 15.B16)."""
        return sum(
            card.value for card in known.cards if card.written_off_us is None or card.written_off_us > known.at_us
        )

    def _by_cost(self, known: Known) -> int:
        """Price times cost to date over the latest estimate approved for the month or an earlier one (IFRS 15.B18)."""
        cost = sum(card.cost for card in known.cards)
        return divide_half_away(known.price * min(cost, self._expected_cost(known)), self._expected_cost(known))

    def _expected_cost(self, known: Known) -> int:
        agreed = known.terms.expected_cost
        if agreed is None:
            raise ValueError(f"{known.terms.code} is earned by cost and has no expected cost")
        approved = [
            (period, at_us, cost)
            for period, cost, at_us in self._estimates.get(known.terms.code, ())
            if period <= known.period and at_us <= known.at_us
        ]
        at_first = to_minor(agreed, self._desk.entity(known.terms.code).currency)
        return max(approved)[2] if approved else at_first

    def _by_acceptance(self, known: Known) -> int:
        """The amounts of the milestones accepted by the end of the month (IFRS 15.38)."""
        currency = self._desk.currency(known.terms.code)
        accepted = self._accepted.get(known.terms.code, {})
        due = (accepted.get(each.code) for each in known.terms.milestones)
        return sum(
            to_minor(each.amount, currency)
            for each, fact in zip(known.terms.milestones, due, strict=True)
            if fact is not None and fact[0] <= known.period.last and fact[1] <= known.at_us
        )

    # -- positions -----------------------------------------------------------------------------------------------------

    def positions(self) -> None:
        """Billed less recognised, and billed less paid, at the end of every month with figures and of those between."""
        months = self._desk.books.months
        if not months:
            return
        periods = sorted({period for _, period in months})
        for terms in self._desk.plan.terms:
            position = receivable = 0
            period = periods[0]
            while period <= periods[-1]:
                month = self._desk.month(terms.code, period)
                position += month.invoiced_net - month.revenue
                month.position = position
                receivable += month.invoiced_net + month.invoiced_tax - month.cash
                month.receivable = receivable
                period = period.next()


def _by_hours(known: Known) -> int:
    """Price times hours to date over the hours it was sold on."""
    budget = known.terms.budget_minutes
    return divide_half_away(known.price * min(sum(card.minutes for card in known.cards), budget), budget)


def _by_hours_used(known: Known) -> int:
    """Hours bought in advance: as they are used; what is left when the term ends is earned too (IFRS 15.B46)."""
    return known.price if known.terms.end <= known.period.last else _by_hours(known)


def _by_days(known: Known) -> int:
    """Availability: straight line by actual days, the last one included (accounting.md 4.7)."""
    first, last = known.terms.start, known.terms.end
    days = (min(last, known.period.last) - first).days + 1
    return divide_half_away(known.price * max(days, 0), (last - first).days + 1)
