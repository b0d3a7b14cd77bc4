"""Exchange rates as values: the table of a tenant, and amounts converted in integers. Knows no store and no HTTP.

A rate is a decimal text, "how many units of the other currency one unit costs" (accounting.md section 4.8).
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Context, Decimal
from functools import lru_cache

from mocks.erp.records_currencies import CLOSING, SPOT
from sandbox.core.money import SCALE, SCALE_PLACES, divide_half_away, plain
from sandbox.core.observe import Row

SAME = "1"
# What a double holds for sure; a longer rate is refused, an inverse one is rounded to as many (assumed).
RATE_DIGITS = 15
_INVERSE = Context(prec=RATE_DIGITS, rounding=ROUND_HALF_UP)


@lru_cache(maxsize=4096)
def inverse(rate: str) -> str:
    """1 / rate, to 15 significant digits."""
    return plain(_INVERSE.divide(Decimal(1), Decimal(rate)).normalize() + 0)


@lru_cache(maxsize=4096)
def _ratio(rate: str) -> tuple[int, int]:
    numerator, denominator = Decimal(rate).as_integer_ratio()
    return numerator, denominator


def converted(amount: int, rate: str, places: int) -> int:
    """An amount at 1e-4 times a rate, rounded half away from zero to ``places`` decimals, at 1e-4."""
    numerator, denominator = _ratio(rate)
    minor = divide_half_away(amount * numerator * 10**places, denominator * SCALE)
    step: int = 10 ** (SCALE_PLACES - places)
    return minor * step


class RateTable:
    """Every rate in force: of several versions of one rate the last."""

    def __init__(self, rows: Iterable[Row]) -> None:
        dated: dict[tuple[str, str, str], dict[str, Row]] = {}
        for row in sorted(rows, key=lambda each: (each["effectiveDate"], each["custrecord_version"])):
            key = (row["custrecord_rate_type"], row["transactionCurrency"], row["baseCurrency"])
            dated.setdefault(key, {})[row["effectiveDate"]] = row
        self._dated = {key: list(rows_of.values()) for key, rows_of in dated.items()}

    def spot(self, currency: str, into: str, day: str) -> str | None:
        """The last spot rate on or before a day; None where there is none."""
        return self._found(SPOT, currency, into, "", day)

    def of_month(self, kind: str, currency: str, into: str, first: str, last: str) -> str | None:
        """The average or closing rate of a month; None where none is dated in it."""
        return self._found(kind, currency, into, first, last)

    def first(self, currency: str, into: str) -> str | None:
        """The earliest spot rate, else the earliest closing rate; None where there is neither."""
        if currency == into:
            return SAME
        for kind in (SPOT, CLOSING):
            direct, turned = self._dated.get((kind, currency, into)), self._dated.get((kind, into, currency))
            if direct or turned:
                return str(direct[0]["exchangeRate"]) if direct else inverse((turned or [])[0]["exchangeRate"])
        return None

    def current(self, kind: str, currency: str, into: str, day: str) -> Row | None:
        """The version in force of the rate of exactly that kind, direction and date."""
        rows = self._dated.get((kind, currency, into), [])
        return next((row for row in rows if row["effectiveDate"] == day), None)

    def _found(self, kind: str, currency: str, into: str, first: str, last: str) -> str | None:
        """In the direction asked for, else the inverse of the other one; never through a third currency."""
        if currency == into:
            return SAME
        direct = self._last((kind, currency, into), first, last)
        if direct is not None:
            return direct
        turned = self._last((kind, into, currency), first, last)
        return None if turned is None else inverse(turned)

    def _last(self, key: tuple[str, str, str], first: str, last: str) -> str | None:
        rows = self._dated.get(key, [])
        rate: str | None = next(
            (row["exchangeRate"] for row in reversed(rows) if first <= row["effectiveDate"] <= last), None
        )
        return rate
