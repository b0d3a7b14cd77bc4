"""Revenue: what each way of charging has earned when a period is run, and the contract position."""

from __future__ import annotations

from collections.abc import Iterable

from sandbox.checks.expected_books.books import Card
from sandbox.checks.expected_books.desk import Chapter, Desk, Entry
from sandbox.checks.expected_books.rates import to_minor
from sandbox.core.clock import SECOND_US
from sandbox.core.money import divide_half_away
from sandbox.core.periods import Period
from sandbox.plan import Deed, Terms


class Revenue(Chapter):
    """Period runs: earned to date less what was recognised before."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._recognised: dict[str, int] = {}

    def entries(self) -> dict[str, Entry]:
        return {"run_period": self._run_period}

    def _run_period(self, deed: Deed, at_us: int) -> None:
        """Recognise for every engagement of the entity what was known at the last nightly totals before the run."""
        period = Period.parse(deed.args["period"])
        known_us = self._last_totals_us(at_us)
        for terms in self._desk.plan.terms:
            if terms.entity != deed.args["org"]:
                continue
            to_date = self._earned(terms, period, known_us)
            self._desk.month(terms.code, period).revenue += to_date - self._recognised.get(terms.code, 0)
            self._recognised[terms.code] = to_date

    def _last_totals_us(self, at_us: int) -> int:
        desk, at = self._desk, 0
        while (following := desk.interface.next_look_us("revenue.totals", desk.plan.start, at)) <= at_us:
            at = following
        return at

    def _earned(self, terms: Terms, period: Period, known_us: int) -> int:
        cards = list(self._known_cards(terms, period, known_us))
        if terms.kind == "time_and_materials":
            return sum(card.value for card in cards if card.written_off_us is None or card.written_off_us > known_us)
        minutes = min(sum(card.minutes for card in cards), terms.budget_minutes)
        price = to_minor(terms.price, self._desk.currency(terms.code))
        return divide_half_away(price * minutes, terms.budget_minutes)

    def _known_cards(self, terms: Terms, period: Period, known_us: int) -> Iterable[Card]:
        """Approved time of the months up to the period, as far as it was known; compared in whole seconds."""
        for card in self._desk.cards(terms.code):
            if card.period is None or card.period > period or card.approved_us is None:
                continue
            if card.approved_us // SECOND_US <= known_us // SECOND_US:
                yield card

    def positions(self) -> None:
        """Billed less recognised at the end of every month that has figures, and of the months between."""
        months = self._desk.books.months
        if not months:
            return
        periods = sorted({period for _, period in months})
        for terms in self._desk.plan.terms:
            position = 0
            period = periods[0]
            while period <= periods[-1]:
                month = self._desk.month(terms.code, period)
                position += month.invoiced_net - month.revenue
                month.position = position
                period = period.next()
