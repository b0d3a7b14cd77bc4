"""What an identity compares: two sides in minor units of a currency, or in minutes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Difference:
    """One comparison. ``unit`` is a currency or ``min``; ``lines`` are the smallest group behind it."""

    key: str
    left: int
    right: int
    unit: str
    left_is: str
    right_is: str
    lines: tuple[str, ...] = ()


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
