"""Simulated instants and business dates.

An instant is an ``int`` of microseconds since the scenario epoch (start date, 00:00 UTC); it may be negative.
A business date is a ``date`` in a named zone. This module converts between them and never reads a real clock.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Protocol
from zoneinfo import ZoneInfo

SECOND_US = 1_000_000
MINUTE_US = 60 * SECOND_US
HOUR_US = 60 * MINUTE_US
DAY_US = 24 * HOUR_US

_MICROSECOND = timedelta(microseconds=1)


class Clock(Protocol):
    """The only source of time a business object may use."""

    @property
    def epoch(self) -> datetime:
        """Aware UTC datetime of instant 0."""

    def now_us(self) -> int:
        """Microseconds since the epoch."""


class ManualClock:
    """A clock a test moves by hand."""

    def __init__(self, epoch: datetime, us: int = 0) -> None:
        self._epoch = epoch
        self._us = us

    @property
    def epoch(self) -> datetime:
        return self._epoch

    def now_us(self) -> int:
        return self._us

    def advance_to(self, us: int) -> None:
        """Move forward to ``us``; raises ValueError for a step back (going back is a restore)."""
        if us < self._us:
            raise ValueError(f"clock cannot go back from {self._us} to {us}")
        self._us = us


def epoch_of(start: date) -> datetime:
    """Epoch of a scenario that starts on ``start``."""
    return datetime.combine(start, time(0), UTC)


def instant(epoch: datetime, when: datetime) -> int:
    """Microseconds between the epoch and an aware datetime."""
    if when.tzinfo is None:
        raise ValueError(f"{when.isoformat()} has no zone")
    return (when - epoch) // _MICROSECOND


def moment(epoch: datetime, us: int) -> datetime:
    """Aware UTC datetime of an instant."""
    return epoch + timedelta(microseconds=us)


def iso_z(epoch: datetime, us: int) -> str:
    """``2026-01-12T09:00:00Z``; fractions of a second are cut off."""
    return f"{moment(epoch, us).isoformat(timespec='seconds')[:19]}Z"


def iso_ms(epoch: datetime, us: int) -> str:
    """``2026-01-12T09:00:00.000`` in UTC without a zone mark, for dialects that add their own."""
    return moment(epoch, us).isoformat(timespec="milliseconds")[:23]


def parse_iso(epoch: datetime, text: str) -> int:
    """Instant of an ISO 8601 text with ``Z``, ``+0000`` or ``+00:00``; raises ValueError otherwise."""
    when = datetime.fromisoformat(text)
    if when.tzinfo is None:
        raise ValueError(f"{text!r} has no zone")
    return instant(epoch, when)


@lru_cache(maxsize=64)
def zone_of(name: str) -> ZoneInfo:
    """The IANA zone of that name."""
    return ZoneInfo(name)


def local_date(epoch: datetime, us: int, zone: str) -> date:
    """Business date of an instant in a zone."""
    return moment(epoch, us).astimezone(zone_of(zone)).date()


def at_local(epoch: datetime, day: date, clock_time: str, zone: str) -> int:
    """Instant of a wall-clock time ``HH:MM`` on a day in a zone."""
    hour, minute = clock_time.split(":")
    local = datetime.combine(day, time(int(hour), int(minute)), zone_of(zone))
    return instant(epoch, local.astimezone(UTC))
