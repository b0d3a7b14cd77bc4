"""Intercompany: people of one entity on the work of another, charged at cost plus when the month closes (J35, J36), and
what is owed for it brought to the closing rate until the first day of the next month (J37)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from sandbox.checks.exchange import AVERAGE, CLOSING, convert, rates_of_firm
from sandbox.checks.expected_books.desk import Chapter, Desk, Entry
from sandbox.checks.expected_books.entities import Dealing
from sandbox.core.money import divide_half_away
from sandbox.core.periods import Period
from sandbox.plan import Deed


@dataclass(frozen=True, slots=True)
class Debt:
    """One document: what the receiver owes in the provider's currency, and what it was taken into its books at."""

    provider: str
    receiver: str
    period: Period
    amount: int
    booked: int


class Intercompany(Chapter):
    """What each entity charges others: rounded once per engagement, in the currency of the provider."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._rates = rates_of_firm(desk.plan.firm)
        self._debts: list[Debt] = []
        # (Provider, receiver, month) -> the receiver's gain of bringing what it owes to the closing rate.
        self._gains: dict[tuple[str, str, Period], int] = {}

    def entries(self) -> dict[str, Entry]:
        return {"intercompany": self._recharge, "revalue": self._revalue}

    def close(self) -> None:
        """Every month of every pair, and of its two entities."""
        desk = self._desk
        last = Period.of(desk.plan.start + timedelta(microseconds=desk.plan.end_us)).next()
        for pair in desk.plan.firm.intercompany:
            period = Period.of(desk.plan.start)
            while period <= last:
                self._fill(pair.provider, pair.receiver, period)
                period = period.next()

    def _fill(self, provider: str, receiver: str, period: Period) -> None:
        books, gain = self._desk.books, self._gains.get((provider, receiver, period), 0)
        dealing = books.dealings[provider, receiver, period] = Dealing(carried=-gain)
        for debt in self._debts:
            if (debt.provider, debt.receiver) != (provider, receiver) or debt.period > period:
                continue
            dealing.owed += debt.amount
            dealing.carried += debt.booked
            dealing.charged += debt.amount if debt.period == period else 0
            dealing.booked += debt.booked if debt.period == period else 0
        ours, theirs = books.entity(provider, period), books.entity(receiver, period)
        ours.intercompany_revenue += dealing.charged
        ours.intercompany_receivable += dealing.owed
        theirs.intercompany_cost += dealing.booked
        theirs.intercompany_payable += dealing.carried
        theirs.intercompany_fx += gain - self._gains.get((provider, receiver, period.previous()), 0)

    # -- the charge ----------------------------------------------------------------------------------------------------

    def _recharge(self, deed: Deed, at_us: int) -> None:
        desk, period = self._desk, Period.parse(deed.args["period"])
        markups = {(pair.provider, pair.receiver): pair.markup for pair in desk.plan.firm.intercompany}
        cost: dict[tuple[str, str], dict[str, int]] = {}
        for card in desk.books.cards.values():
            provider, receiver = desk.plan.people[card.person].entity, desk.terms[card.engagement].entity
            if card.approved_us is not None and card.period == period and (provider, receiver) in markups:
                engagements = cost.setdefault((provider, receiver), {})
                engagements[card.engagement] = engagements.get(card.engagement, 0) + card.cost
        for (provider, receiver), engagements in cost.items():
            markup = 1 + markups[provider, receiver]
            self._charge(provider, receiver, period, {code: _times(each, markup) for code, each in engagements.items()})

    def _charge(self, provider: str, receiver: str, period: Period, due: Mapping[str, int]) -> None:
        """A document over what is due and not charged yet, by engagement."""
        books = self._desk.books
        lines = {
            code: left
            for code, amount in due.items()
            if (left := amount - books.recharges.get((provider, receiver, period, code), 0))
        }
        received = self._received(provider, receiver, period, lines)
        for code, amount in lines.items():
            key = (provider, receiver, period, code)
            books.recharges[key] = books.recharges.get(key, 0) + amount
            self._desk.month(code, period).recharged += received[code]
        if lines:
            total, booked = sum(lines.values()), sum(received.values())
            self._debts.append(Debt(provider, receiver, period, total, booked))

    def _received(self, provider: str, receiver: str, period: Period, lines: Mapping[str, int]) -> dict[str, int]:
        """In the receiver's currency, at the average rate of the month: the total is converted, then the lines, and
        what rounding leaves goes to the largest (J45). Nothing without a rate: the document waits for one."""
        base, quote = self._currency(provider), self._currency(receiver)
        rate = self._rates.of_month(AVERAGE, base, quote, period)
        if rate is None or not lines:
            return dict.fromkeys(lines, 0)
        received = {code: convert(amount, base, quote, rate) for code, amount in lines.items()}
        largest = max(received, key=lambda code: abs(received[code]))
        self._desk.books.hazards["currency"] += base != quote
        received[largest] += convert(sum(lines.values()), base, quote, rate) - sum(received.values())
        return received

    # -- the closing rate ----------------------------------------------------------------------------------------------

    def _revalue(self, deed: Deed, at_us: int) -> None:
        """Claims are in the provider's own currency; debts in another one are worth what they are at closing."""
        entity, period = deed.args["entity"], Period.parse(deed.args["period"])
        gains: dict[str, int] = {}
        for debt in self._debts:
            base, quote = self._currency(debt.provider), self._currency(entity)
            rate = self._rates.of_month(CLOSING, base, quote, period)
            if debt.receiver == entity and debt.period <= period and rate is not None:
                self._desk.books.hazards["currency"] += base != quote
                gain = debt.booked - convert(debt.amount, base, quote, rate)
                gains[debt.provider] = gains.get(debt.provider, 0) + gain
        for provider, gain in gains.items():
            self._gains[provider, entity, period] = gain

    def _currency(self, entity: str) -> str:
        return self._desk.plan.entity(entity).currency


def _times(amount: int, factor: Decimal) -> int:
    numerator, denominator = factor.as_integer_ratio()
    return divide_half_away(amount * numerator, denominator)
