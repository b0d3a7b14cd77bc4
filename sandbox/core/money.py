"""The one door to money: Decimal with a currency, explicit rounding, no binary floats.

Documents and ledger lines round half away from zero (accounting.md section 4.2); a split never loses a minor unit
(largest remainder, ties to the earlier part, section 4.4). Databases hold integers at 1e-4 of the major unit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal

from sandbox.core.errors import SandboxError

SCALE = 10_000
SCALE_PLACES = 4

_WIDE = Context(prec=60, rounding=ROUND_HALF_UP)
_UNITS = {places: Decimal(1).scaleb(-places) for places in range(9)}
# ISO 4217 minor units that differ from 2.
_EXPONENTS = {"JPY": 0, "KRW": 0, "CLP": 0, "VND": 0, "KWD": 3, "BHD": 3, "JOD": 3, "OMR": 3, "TND": 3}


class CurrencyMismatch(SandboxError):
    """Two currencies met in one sum or comparison."""

    def __init__(self, left: str, right: str) -> None:
        super().__init__(
            f"cannot combine {left} with {right}; convert at a dated rate first",
            code="currency_mismatch",
            left=left,
            right=right,
        )


def exponent(currency: str) -> int:
    """Decimals of the minor unit (ISO 4217; 2 unless listed)."""
    return _EXPONENTS.get(currency, 2)


def round_half_away(value: Decimal, places: int) -> Decimal:
    """Round half away from zero to ``places`` decimals."""
    return value.quantize(_UNITS[places], rounding=ROUND_HALF_UP, context=_WIDE)


def divide_half_away(numerator: int, denominator: int) -> int:
    """Integer quotient rounded half away from zero; ``denominator`` must be positive."""
    if denominator <= 0:
        raise ValueError(f"denominator must be positive, got {denominator}")
    quotient = (2 * abs(numerator) + denominator) // (2 * denominator)
    return quotient if numerator >= 0 else -quotient


def quantize(amount: Decimal, currency: str) -> Decimal:
    """Round to the minor unit of the currency, half away from zero."""
    return round_half_away(amount, exponent(currency))


@dataclass(frozen=True, slots=True)
class Money:
    """An exact amount in one currency."""

    amount: Decimal
    currency: str

    def __post_init__(self) -> None:
        if not isinstance(self.amount, Decimal):
            raise TypeError(f"money needs a Decimal, got {type(self.amount).__name__}")

    def _other(self, other: Money) -> Decimal:
        if self.currency != other.currency:
            raise CurrencyMismatch(self.currency, other.currency)
        return other.amount

    def __add__(self, other: Money) -> Money:
        return Money(self.amount + self._other(other), self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(self.amount - self._other(other), self.currency)

    def __neg__(self) -> Money:
        return Money(-self.amount, self.currency)

    def __lt__(self, other: Money) -> bool:
        return self.amount < self._other(other)

    def __le__(self, other: Money) -> bool:
        return self.amount <= self._other(other)

    def __gt__(self, other: Money) -> bool:
        return self.amount > self._other(other)

    def __ge__(self, other: Money) -> bool:
        return self.amount >= self._other(other)

    def __str__(self) -> str:
        return f"{plain(self.amount)} {self.currency}"


def zero(currency: str) -> Money:
    """Nothing, in a currency."""
    return Money(Decimal(0), currency)


def line_net(minutes: int, rate: Decimal, currency: str) -> Money:
    """Round half away from zero of (minutes / 60 x hourly rate), to the minor unit (posting-map section 3)."""
    return from_minor(line_net_minor(minutes, to_scaled(rate), exponent(currency)), currency)


def line_net_minor(minutes: int, rate_scaled: int, places: int) -> int:
    """The same in integers: hourly rate at 1e-4, result in minor units of ``places`` decimals."""
    return divide_half_away(minutes * rate_scaled * 10**places, 60 * SCALE)


def split(total: Money, weights: Sequence[int]) -> list[Money]:
    """Parts proportional to ``weights`` whose sum is exactly ``total``.

    Largest remainder, ties to the earlier part. Raises ValueError when weights are negative or sum to zero.
    """
    weight_sum = sum(weights)
    if weight_sum <= 0 or any(weight < 0 for weight in weights):
        raise ValueError(f"weights must be non-negative with a positive sum, got {list(weights)}")
    whole = minor(total)
    sign = -1 if whole < 0 else 1
    floors = [abs(whole) * weight // weight_sum for weight in weights]
    remainders = [abs(whole) * weight % weight_sum for weight in weights]
    order = sorted(range(len(weights)), key=lambda index: (-remainders[index], index))
    for index in order[: abs(whole) - sum(floors)]:
        floors[index] += 1
    return [from_minor(sign * part, total.currency) for part in floors]


def minor(money: Money) -> int:
    """Minor units; raises ValueError when the amount is finer than the currency."""
    scaled = money.amount.scaleb(exponent(money.currency), context=_WIDE)
    whole = int(scaled)
    if whole != scaled:
        raise ValueError(f"{money} has more decimals than {money.currency} allows")
    return whole


def from_minor(units: int, currency: str) -> Money:
    """Money of a number of minor units."""
    return Money(Decimal(units).scaleb(-exponent(currency), context=_WIDE), currency)


def to_scaled(amount: Decimal) -> int:
    """Integer at 1e-4 of the major unit; raises ValueError when finer than that."""
    scaled = amount.scaleb(SCALE_PLACES, context=_WIDE)
    whole = int(scaled)
    if whole != scaled:
        raise ValueError(f"{plain(amount)} has more than {SCALE_PLACES} decimals")
    return whole


def from_scaled(value: int) -> Decimal:
    """Decimal of an integer at 1e-4, with two decimals at least (``125000`` -> ``12.50``)."""
    if value % 100 == 0:
        return Decimal(value // 100).scaleb(-2, context=_WIDE)
    return Decimal(value).scaleb(-SCALE_PLACES, context=_WIDE)


def plain(amount: Decimal) -> str:
    """Decimal text without exponent notation."""
    return format(amount, "f")
