"""Chance: named streams of one seed, so that a draw added in one place moves no other.

The generator is SplitMix64 seeded from blake2b(seed, label): integers only, the same on every Python and platform.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from sandbox.core.ids import digest64

T = TypeVar("T")

_MASK = (1 << 64) - 1
_GAMMA = 0x9E3779B97F4A7C15
_PPM = 1_000_000
# 2**32 * ln 2, for the integer exponential below.
_LN2_Q32 = 2_977_044_472


def mixed(state: int) -> int:
    """SplitMix64's finaliser: a well-spread 64-bit number of a 64-bit number."""
    z = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & _MASK
    return z ^ (z >> 31)


class Stream:
    """One sequence of draws. ``draws`` counts them, for the determinism digest."""

    __slots__ = ("_state", "draws")

    def __init__(self, state: int) -> None:
        self._state = state & _MASK
        self.draws = 0

    def u64(self) -> int:
        """A 64-bit number."""
        self.draws += 1
        self._state = (self._state + _GAMMA) & _MASK
        return mixed(self._state)

    def below(self, n: int) -> int:
        """A number in 0..n-1, without modulo bias worth noticing (128-bit multiply)."""
        if n <= 0:
            raise ValueError(f"below needs a positive bound, got {n}")
        return (self.u64() * n) >> 64

    def between(self, low: int, high: int) -> int:
        """A number in low..high, both included."""
        return low + self.below(high - low + 1)

    def hit(self, ppm: int) -> bool:
        """True with a probability in parts per million."""
        return self.below(_PPM) < ppm

    def choice(self, items: Sequence[T]) -> T:
        """One item."""
        return items[self.below(len(items))]

    def shuffled(self, items: Sequence[T]) -> list[T]:
        """A new list in random order."""
        result = list(items)
        for index in range(len(result) - 1, 0, -1):
            other = self.below(index + 1)
            result[index], result[other] = result[other], result[index]
        return result

    def weighted(self, pairs: Sequence[tuple[T, int]]) -> T:
        """One item, by integer weight."""
        ticket = self.below(sum(weight for _, weight in pairs))
        for item, weight in pairs:
            ticket -= weight
            if ticket < 0:
                return item
        raise ValueError("weights must be positive")

    def exponential(self, mean: int) -> int:
        """An exponentially distributed integer with that mean (base-2 log in integers: libm differs by platform)."""
        # -ln(u) = (leading zeros + fraction of log2) * ln 2, the fraction by repeated squaring.
        u = self.u64() | 1
        shift = 64 - u.bit_length()
        mantissa = u << shift
        fraction = 0
        for bit in range(16):
            mantissa = (mantissa * mantissa) >> 63
            if mantissa >> 64:
                mantissa >>= 1
                fraction |= 1 << (15 - bit)
        log2_q16 = ((shift + 1) << 16) - fraction
        return (mean * log2_q16 * _LN2_Q32) >> 48


class Chance:
    """The streams of one seed."""

    __slots__ = ("_prefix", "seed")

    def __init__(self, seed: int, prefix: tuple[str, ...] = ()) -> None:
        self.seed = seed
        self._prefix = prefix

    def stream(self, *labels: str) -> Stream:
        """A fresh stream, equal for equal seed and labels."""
        return Stream(digest64(str(self.seed), *self._prefix, *labels))

    def under(self, *labels: str) -> Chance:
        """The same seed with a longer prefix for every stream."""
        return Chance(self.seed, (*self._prefix, *labels))
