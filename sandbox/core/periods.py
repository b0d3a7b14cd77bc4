"""The accounting period: a calendar month as its own type."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

_TEXT = re.compile(r"(\d{4})-(0[1-9]|1[0-2])")


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """A month, written ``2026-01``."""

    year: int
    month: int

    @classmethod
    def parse(cls, text: str) -> Period:
        """Raises ValueError unless ``text`` is ``YYYY-MM``."""
        found = _TEXT.fullmatch(text)
        if not found:
            raise ValueError(f"a period is written YYYY-MM, got {text!r}")
        return cls(int(found[1]), int(found[2]))

    @classmethod
    def of(cls, day: date) -> Period:
        """The month a day lies in."""
        return cls(day.year, day.month)

    @property
    def first(self) -> date:
        return date(self.year, self.month, 1)

    @property
    def last(self) -> date:
        return self.next().first - timedelta(days=1)

    def next(self) -> Period:
        return Period(self.year + self.month // 12, self.month % 12 + 1)

    def previous(self) -> Period:
        return Period.of(self.first - timedelta(days=1))

    def __contains__(self, day: date) -> bool:
        return (day.year, day.month) == (self.year, self.month)

    def __str__(self) -> str:
        return f"{self.year:04d}-{self.month:02d}"
