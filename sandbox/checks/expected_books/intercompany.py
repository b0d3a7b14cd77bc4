"""Intercompany: people of one entity on the work of another, charged at cost plus when the month closes (J35, J36)."""

from __future__ import annotations

from decimal import Decimal

from sandbox.checks.expected_books.desk import Chapter, Entry
from sandbox.checks.expected_books.rates import to_minor
from sandbox.core.money import divide_half_away, exponent
from sandbox.core.periods import Period
from sandbox.plan import Deed


class Intercompany(Chapter):
    """What each entity charges others: rounded once per engagement, in the currency of the provider."""

    def entries(self) -> dict[str, Entry]:
        return {"intercompany": self._recharge}

    def _recharge(self, deed: Deed, at_us: int) -> None:
        desk, period = self._desk, Period.parse(deed.args["period"])
        markups = {(pair.provider, pair.receiver): pair.markup for pair in desk.plan.firm.intercompany}
        cost: dict[tuple[str, str, str], int] = {}
        for card in desk.books.cards.values():
            provider, receiver = desk.plan.people[card.person].entity, desk.terms[card.engagement].entity
            if card.approved_us is not None and card.period == period and (provider, receiver) in markups:
                at = (provider, receiver, card.engagement)
                cost[at] = cost.get(at, 0) + card.cost
        for (provider, receiver, engagement), amount in cost.items():
            charged = _times(amount, 1 + markups[provider, receiver])
            desk.books.recharges[provider, receiver, period, engagement] = charged
        for engagement in sorted({engagement for _, _, engagement in cost}):
            desk.month(engagement, period).recharged = sum(
                self._received(provider, receiver, period, charged)
                for (provider, receiver, month, code), charged in desk.books.recharges.items()
                if (month, code) == (period, engagement)
            )

    def _received(self, provider: str, receiver: str, period: Period, charged: int) -> int:
        """In the receiver's currency, at the average rate of the month."""
        plan = self._desk.plan
        base, quote = plan.entity(provider).currency, plan.entity(receiver).currency
        if base == quote:
            return charged
        amount = Decimal(charged).scaleb(-exponent(base))
        for rate in plan.firm.fx_rates:
            if rate.kind == "average" and Period.of(rate.effective) == period:
                if (rate.base, rate.quote) == (base, quote):
                    return _times(to_minor(Decimal(1), quote), amount * rate.rate)
                if (rate.base, rate.quote) == (quote, base):
                    numerator, denominator = amount.as_integer_ratio()
                    up, down = rate.rate.as_integer_ratio()
                    return divide_half_away(numerator * down * 10 ** exponent(quote), denominator * up)
        return 0


def _times(amount: int, factor: Decimal) -> int:
    numerator, denominator = factor.as_integer_ratio()
    return divide_half_away(amount * numerator, denominator)
