"""Working days per country: weekends and public holidays (library ``holidays``, pinned)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from functools import lru_cache

from sandbox.core.periods import Period

_DAY = timedelta(days=1)
_SATURDAY = 5


@lru_cache(maxsize=64)
def _holidays(country: str, year: int) -> frozenset[date]:
    # Heavy, and only a run that plans or closes needs it.
    import holidays

    # Great Britain has no calendar of its own; the firm's office is in England.
    subdivision = "ENG" if country == "GB" else None
    return frozenset(holidays.country_holidays(country, subdiv=subdivision, years=year))


def is_known(country: str) -> bool:
    """Whether there is a calendar for a country (ISO 3166, two letters)."""
    import holidays

    return country in holidays.list_supported_countries(include_aliases=False)


def is_workday(country: str, day: date) -> bool:
    """Monday to Friday and no public holiday."""
    return day.weekday() < _SATURDAY and day not in _holidays(country, day.year)


def workdays(country: str, first: date, last: date) -> Iterator[date]:
    """Working days of a span, both ends included."""
    day = first
    while day <= last:
        if is_workday(country, day):
            yield day
        day += _DAY


def add_workdays(country: str, day: date, count: int) -> date:
    """The ``count``-th working day after ``day``; 0 gives ``day`` itself or the next working day."""
    if not count:
        while not is_workday(country, day):
            day += _DAY
    for _ in range(count):
        day += _DAY
        while not is_workday(country, day):
            day += _DAY
    return day


def nth_workday(country: str, period: Period, n: int) -> date:
    """Workday ``n`` of a month, the first one being 1 (WD1)."""
    return add_workdays(country, add_workdays(country, period.first, 0), n - 1)
