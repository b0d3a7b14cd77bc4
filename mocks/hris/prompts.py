"""Prompts of a report run: the as-of pair, the window of entry moments, and a span of days where a report has one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sandbox.core.clock import local_date, parse_iso

TENANT_ZONE = "America/Los_Angeles"
# Longest span of days of a report: assumed.
_SPAN_MAX = timedelta(days=731)
EVER = (-(2**62), 2**62)


@dataclass(frozen=True, slots=True)
class Prompts:
    """A report run: the as-of pair, and the window of entry moments (both ends inclusive)."""

    as_of: date
    known_us: int
    updated_from_us: int | None
    updated_through_us: int | None

    @property
    def window(self) -> tuple[int, int]:
        """Bounds of the entry moments, both inclusive."""
        first = EVER[0] if self.updated_from_us is None else self.updated_from_us
        return first, EVER[1] if self.updated_through_us is None else self.updated_through_us

    def in_window(self, moment: int) -> bool:
        """Whether an entry moment lies within the window."""
        first, last = self.window
        return first <= moment <= last


def prompts(params: dict[str, str], epoch: datetime, now_us: int) -> Prompts:
    """Read the prompts; raises ValueError naming the one that does not fit. Unknown ones are ignored, as by Workday."""
    read: dict[str, int | None] = {}
    for name in ("Updated_From", "Updated_Through", "Entry_Moment"):
        text = params.get(name)
        try:
            read[name] = parse_iso(epoch, text) if text else None
        except ValueError as wrong:
            raise ValueError(f"{name}: expected a date-time with a zone, got {text!r}") from wrong
    as_of = _day(params, "Effective_as_of_Date") or local_date(epoch, now_us, TENANT_ZONE)
    known = read["Entry_Moment"]
    return Prompts(as_of, now_us if known is None else known, read["Updated_From"], read["Updated_Through"])


def span(params: dict[str, str]) -> tuple[date, date]:
    """The prompts ``From_Date`` and ``Through_Date``; raises ValueError: a missing prompt is an error, not "all"."""
    days = []
    for name in ("From_Date", "Through_Date"):
        day = _day(params, name)
        if day is None:
            raise ValueError(f"{name}: the report needs this prompt")
        days.append(day)
    first, last = days
    if not timedelta(0) <= last - first <= _SPAN_MAX:
        raise ValueError(f"Through_Date: expected {_SPAN_MAX.days} days at most from {first}, got {last}")
    return first, last


def _day(params: dict[str, str], name: str) -> date | None:
    text = params.get(name)
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as wrong:
        raise ValueError(f"{name}: expected YYYY-MM-DD, got {text!r}") from wrong
