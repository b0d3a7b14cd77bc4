"""Contracts in another currency than their entity's: at which rates revenue and cash are carried, and what is gained.

Documents take the spot rate of their day, cash that of its receipt (J21). Revenue up to what was billed uses the
invoices' own rates, first in first out, as an advance is non-monetary (IFRIC 22); the rest the month's average. When
the position holds nothing in its own currency, what it still holds in the entity's is realised (posting-map.md
section 2). A contract is looked at as a whole; gains are above zero.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction

from sandbox.checks.exchange import AVERAGE, convert, rates_of_firm
from sandbox.core.money import divide_half_away
from sandbox.core.periods import Period
from sandbox.plan import Plan, Terms


@dataclass(frozen=True, slots=True)
class _Billed:
    """An invoice: its day, its net, and the rate it has in the books."""

    on: date
    net: int
    rate: Fraction


@dataclass(slots=True)
class _Contract:
    """What a contract carries so far: invoices in order, revenue in both currencies, what was realised of residues."""

    invoices: list[_Billed] = field(default_factory=list)
    revenue: int = 0
    functional: int = 0
    residue: int = 0


class Foreign:
    """Foreign contracts by engagement."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._rates = rates_of_firm(plan.firm)
        self._contracts: dict[str, _Contract] = {}

    def is_foreign(self, terms: Terms) -> bool:
        """Whether a contract is in another currency than its entity's."""
        return self._plan.currency_of(terms) != self._plan.entity(terms.entity).currency

    def invoiced(self, terms: Terms, on: date, net: int) -> None:
        """An invoice was issued."""
        self._of(terms).invoices.append(_Billed(on, net, self._spot(terms, on)))

    def settled(self, terms: Terms, billed_on: date, before: int, paid: int, on: date) -> int:
        """The gain of a payment: at the rate of its receipt, less what it clears of the receivable at the invoice's."""
        carried, spot = self._spot(terms, billed_on), self._spot(terms, on)
        cleared = self._into(terms, before + paid, carried) - self._into(terms, before, carried)
        return self._into(terms, paid, spot) - cleared

    def recognised(self, terms: Terms, period: Period, to_date: int) -> tuple[int, int]:
        """Revenue of a month in the entity's currency, and what a position that is cleared realises."""
        contract = self._of(terms)
        known = [each for each in contract.invoices if each.on <= period.last]
        before = contract.functional
        if to_date >= contract.revenue:
            contract.functional += self._grown(terms, period, known, contract.revenue, to_date)
        else:
            # What is taken back leaves at the rates it came in at, on average.
            contract.functional = divide_half_away(contract.functional * to_date, contract.revenue)
        contract.revenue = to_date
        billed = sum(self._into(terms, each.net, each.rate) for each in known)
        cleared = to_date == sum(each.net for each in known)
        gain = billed - contract.functional - contract.residue if cleared else 0
        contract.residue += gain
        return contract.functional - before, gain

    def _grown(self, terms: Terms, period: Period, invoices: list[_Billed], start: int, end: int) -> int:
        value = covered = 0
        for each in invoices:
            low, high = max(start, covered), min(end, covered + each.net)
            if low < high:
                value += self._into(terms, high - covered, each.rate) - self._into(terms, low - covered, each.rate)
            covered += each.net
        low = max(start, covered)
        if low < end:
            average = self._average(terms, period)
            value += self._into(terms, end, average) - self._into(terms, low, average)
        return value

    def _of(self, terms: Terms) -> _Contract:
        return self._contracts.setdefault(terms.code, _Contract())

    def _spot(self, terms: Terms, day: date) -> Fraction:
        rate = self._rates.spot(*self._pair(terms), day)
        if rate is None:
            raise ValueError(f"the firm has no spot rate of {day} for {terms.code}")
        return rate

    def _average(self, terms: Terms, period: Period) -> Fraction:
        rate = self._rates.of_month(AVERAGE, *self._pair(terms), period)
        if rate is None:
            raise ValueError(f"the firm has no average rate of {period} for {terms.code}")
        return rate

    def _into(self, terms: Terms, amount: int, rate: Fraction) -> int:
        return convert(amount, *self._pair(terms), rate)

    def _pair(self, terms: Terms) -> tuple[str, str]:
        return self._plan.currency_of(terms), self._plan.entity(terms.entity).currency
