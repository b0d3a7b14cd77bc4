"""A business figure: told by the systems, told again by deeds and contracts, and shown with one rounding.

A ratio of a group is the ratio of sums, never the mean of ratios (glossary section 2), so every value is kept as a
numerator and a denominator until it is shown.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.checks.case import money_text
from sandbox.core.money import divide_half_away

# What it is split by (currency, entity, kind) -> (numerator, denominator). Money in minor units, time in minutes.
Tally = Mapping[str, tuple[int, int]]

CURRENCY, PERCENT, POINTS, MINUTES = "currency", "%", "pp", "min"
HOURS, DAYS, SECONDS, PIECES = "h", "days", "s", "pieces"
# Shown in tenths; all others whole.
_TENTHS = (PERCENT, POINTS, DAYS, HOURS, PIECES)
# What a unit of the numerator is in the unit that is shown: percent of ratios, hours of minutes.
_TIMES = {PERCENT: 100, POINTS: 100}
_OVER = {HOURS: 60}


@dataclass(frozen=True, slots=True)
class Told:
    """A figure from both sides; ``deeds`` None where it cannot be known twice and is measured from the history.

    ``headline`` is the part that stands for the whole, where the parts are not of one sum (percentiles).
    """

    unit: str
    systems: Tally
    deeds: Tally | None = None
    headline: str | None = None


@dataclass(frozen=True, slots=True)
class BusinessFigure:
    """A figure with its name and how it comes about."""

    name: str
    says: str
    told: Told

    @property
    def measured(self) -> bool:
        """Whether nothing but the history can tell it."""
        return self.told.deeds is None

    def shown(self, side: Tally) -> dict[str, str | None]:
        """The parts of a side as text, None for a ratio over nothing."""
        return {part: _text(self.told.unit, part, value) for part, value in sorted(side.items())}

    @property
    def value(self) -> tuple[str | None, str]:
        """(Value, unit) of the whole as the systems tell it; None where the parts make no whole."""
        told, side = self.told, self.told.systems
        if told.headline is not None:
            return (_text(told.unit, told.headline, side[told.headline]) if told.headline in side else None), told.unit
        if told.unit in (CURRENCY, POINTS) or all(len(part) == 3 and part.isupper() for part in side):
            # Pounds and dollars are no sum, and no base of a percentage.
            used = [part for part, (top, _) in side.items() if top] or list(side)
            if len(used) != 1:
                return None, told.unit
            return _text(told.unit, used[0], side[used[0]]), used[0] if told.unit == CURRENCY else told.unit
        top = sum(top for top, _ in side.values())
        under = 1 if told.unit == MINUTES else sum(under for _, under in side.values())
        return _text(told.unit, "", (top, under)), told.unit

    def as_json(self) -> dict[str, Any]:
        """``{value, unit, by}``."""
        value, unit = self.value
        return {"value": value, "unit": unit, "by": self.shown(self.told.systems)}


def whole(by: Mapping[str, int]) -> Tally:
    """Sums that are no ratios."""
    return {part: (value, 1) for part, value in by.items()}


def ratio(parts: Mapping[str, int], wholes: Mapping[str, int]) -> Tally:
    """A ratio per part of what is there."""
    return {name: (parts.get(name, 0), under) for name, under in wholes.items() if under}


def _text(unit: str, part: str, value: tuple[int, int]) -> str | None:
    top, under = value
    if not under:
        return None
    if unit == CURRENCY:
        return money_text(top, part).partition(" ")[0].replace(",", "")
    scale = 10 if unit in _TENTHS else 1
    number = divide_half_away(top * _TIMES.get(unit, 1) * scale, under * _OVER.get(unit, 1))
    if scale == 1:
        return str(number)
    return f"{'-' if number < 0 else ''}{abs(number) // 10}.{abs(number) % 10}"
