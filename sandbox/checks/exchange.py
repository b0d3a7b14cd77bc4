"""Exchange rates by kind and date, and amounts converted with them (accounting.md section 4.8, IAS 21.21-23)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Context, Decimal
from fractions import Fraction

from sandbox.checks.case import Case
from sandbox.core.money import divide_half_away, exponent
from sandbox.core.periods import Period
from sandbox.plan import FirmProfile

SPOT, AVERAGE, CLOSING = "spot", "average", "closing"
# A rate that is turned over is kept to as many significant digits as a rate may have.
_TURNED = Context(prec=15, rounding=ROUND_HALF_UP)


@dataclass(frozen=True, slots=True)
class Dated:
    """One unit of ``base`` costs ``rate`` units of ``quote`` from a day on; of two versions the later counts."""

    kind: str
    base: str
    quote: str
    effective: date
    rate: Decimal
    version: int = 1


class Exchange:
    """A table of rates. Looked up in the direction asked for, else turned over, never through a third currency."""

    def __init__(self, rates: Iterable[Dated]) -> None:
        self._rates: dict[tuple[str, str, str], list[Dated]] = {}
        for rate in sorted(rates, key=lambda each: (each.effective, each.version)):
            self._rates.setdefault((rate.kind, rate.base, rate.quote), []).append(rate)

    def of_month(self, kind: str, base: str, quote: str, period: Period) -> Fraction | None:
        """The average or closing rate of a month; None where none is dated in it."""
        return self._found(kind, base, quote, period.first, period.last)

    def spot(self, base: str, quote: str, day: date) -> Fraction | None:
        """The last spot rate on or before a day."""
        return self._found(SPOT, base, quote, date.min, day)

    def first(self, base: str, quote: str) -> Fraction | None:
        """The earliest spot rate, else the earliest closing rate."""
        if base == quote:
            return Fraction(1)
        for kind in (SPOT, CLOSING):
            direct, turned = self._rates.get((kind, base, quote)), self._rates.get((kind, quote, base))
            if direct or turned:
                return Fraction(direct[0].rate) if direct else _turned((turned or [])[0].rate)
        return None

    def _found(self, kind: str, base: str, quote: str, first: date, last: date) -> Fraction | None:
        if base == quote:
            return Fraction(1)
        direct = self._last((kind, base, quote), first, last)
        if direct is not None:
            return Fraction(direct)
        turned = self._last((kind, quote, base), first, last)
        return None if turned is None else _turned(turned)

    def _last(self, key: tuple[str, str, str], first: date, last: date) -> Decimal | None:
        dated = [each.rate for each in self._rates.get(key, ()) if first <= each.effective <= last]
        return dated[-1] if dated else None


def rates_of_firm(firm: FirmProfile) -> Exchange:
    """The rates finance decided on."""
    return Exchange(Dated(each.kind, each.base, each.quote, each.effective, each.rate) for each in firm.fx_rates)


def rates_of_ledger(case: Case) -> Exchange:
    """The rates the ERP holds."""
    symbols = {record_id: row["symbol"] for record_id, row in case.rows("erp.currency").items()}
    return Exchange(
        Dated(
            row["custrecord_rate_type"].lower(),
            symbols[row["transactionCurrency"]],
            symbols[row["baseCurrency"]],
            date.fromisoformat(row["effectiveDate"]),
            Decimal(row["exchangeRate"]),
            row["custrecord_version"],
        )
        for row in case.rows("erp.currencyRate").values()
    )


def convert(amount: int, base: str, quote: str, rate: Fraction) -> int:
    """Minor units of one currency in minor units of another, rounded once, half away from zero."""
    exact = amount * rate * Fraction(10) ** (exponent(quote) - exponent(base))
    return divide_half_away(exact.numerator, exact.denominator)


def _turned(rate: Decimal) -> Fraction:
    return Fraction(_TURNED.divide(Decimal(1), rate))
