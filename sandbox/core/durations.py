"""Lengths of time and instants as people write them on a command line: ``90s``, ``15min``, ``2h``, ``7d``, ``1w``,
``1mo``, and ISO 8601.
"""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import UTC, datetime

from sandbox.core.clock import DAY_US, HOUR_US, MINUTE_US, SECOND_US, instant, moment
from sandbox.core.errors import UsageError

_LENGTH = re.compile(r"(\d{1,9})(s|min|m|h|d|w|mo)")
_UNITS_US = {"s": SECOND_US, "min": MINUTE_US, "m": MINUTE_US, "h": HOUR_US, "d": DAY_US, "w": 7 * DAY_US}


def after(epoch: datetime, now_us: int, length: str) -> int:
    """The instant a length of time after another one; a month ends on the same day, or the last of a shorter month.

    Raises UsageError for a text that is no length.
    """
    found = _LENGTH.fullmatch(length.strip())
    if found is None:
        raise UsageError(f"{length!r} is no length of time; expected 90s, 15min, 2h, 7d, 1w or 1mo", code="bad_length")
    count, unit = int(found[1]), found[2]
    if unit != "mo":
        return now_us + count * _UNITS_US[unit]
    now = moment(epoch, now_us)
    months = now.year * 12 + now.month - 1 + count
    year, month = months // 12, months % 12 + 1
    return instant(epoch, now.replace(year=year, month=month, day=min(now.day, monthrange(year, month)[1])))


def length_us(length: str) -> int:
    """Microseconds of a length that is no month; raises UsageError."""
    if length.strip().endswith("mo"):
        raise UsageError(f"{length!r}: months differ in length; say days", code="bad_length")
    return after(datetime(2000, 1, 1, tzinfo=UTC), 0, length)


def at(epoch: datetime, text: str) -> int:
    """The instant of an ISO 8601 date or date and time; without a zone it is UTC. Raises UsageError."""
    try:
        when = datetime.fromisoformat(text.strip())
    except ValueError:
        raise UsageError(
            f"{text!r} is no instant; expected 2026-01-31 or 2026-01-31T18:00Z", code="bad_instant"
        ) from None
    return instant(epoch, when if when.tzinfo is not None else when.replace(tzinfo=UTC))
