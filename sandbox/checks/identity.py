"""What an identity compares: two sides in minor units of a currency, in minutes, or counted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sandbox.checks.case import money_text


@dataclass(frozen=True, slots=True)
class Difference:
    """One comparison. ``unit`` is a currency (ISO 4217, capitals), ``min``, or what is counted (``documents``).

    ``lines`` are the smallest group behind it; up to ``tolerance`` the sides count as equal.
    """

    key: str
    left: int
    right: int
    unit: str
    left_is: str
    right_is: str
    lines: tuple[str, ...] = ()
    tolerance: int = 0

    @property
    def holds(self) -> bool:
        """Whether both sides are the same."""
        return abs(self.left - self.right) <= self.tolerance


def is_currency(unit: str) -> bool:
    """Whether a unit is money; all others are counted."""
    return unit.isupper()


def shown(value: int, unit: str) -> str:
    """A side or a difference for a person."""
    return money_text(value, unit) if is_currency(unit) else f"{value} {unit}"


def side_by_side(
    left: Mapping[tuple[str, ...], int],
    right: Mapping[tuple[str, ...], int],
    unit_of: Mapping[str, str] | str,
    left_is: str,
    right_is: str,
) -> Iterable[Difference]:
    """Compare two mappings key by key. The unit is one for all, or found by the first part of the key."""
    for key in sorted(set(left) | set(right)):
        unit = unit_of if isinstance(unit_of, str) else unit_of[key[0]]
        yield Difference(" ".join(key), left.get(key, 0), right.get(key, 0), unit, left_is, right_is)
