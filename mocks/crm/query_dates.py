"""SOQL's date words as spans of days: TODAY, LAST_MONTH, NEXT_N_DAYS:7 and their family.

Sources: crm-salesforce.md section 6. Weeks start on Sunday; the fiscal year is the calendar year (assumed); LAST_N_DAYS
includes today, the other LAST_N and all NEXT_N spans end before or begin after the current unit (general knowledge).
"""

from __future__ import annotations

import re
from datetime import date, timedelta

Span = tuple[date, date]

_DAY = timedelta(days=1)
_FIXED = {"TODAY": ("THIS", "DAY"), "YESTERDAY": ("LAST", "DAY"), "TOMORROW": ("NEXT", "DAY")}
_UNITS = "DAY|WEEK|MONTH|QUARTER|YEAR|FISCAL_QUARTER|FISCAL_YEAR"
_PLAIN = re.compile(rf"(THIS|LAST|NEXT)_({_UNITS})")
_NINETY = re.compile(r"(LAST|NEXT)_90_DAYS")
_COUNTED = re.compile(rf"(LAST|NEXT)_N_({_UNITS})S")
_AGO = re.compile(rf"N_({_UNITS})S_AGO")
_COUNT_MAX = 100_000


def _month(day: date, ahead: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + ahead, 12)
    return date(year, month + 1, 1)


def _start(unit: str, today: date, ahead: int) -> date:
    """First day of the unit that lies ``ahead`` units from the one today is in."""
    unit = unit.removeprefix("FISCAL_")
    if unit == "DAY":
        return today + ahead * _DAY
    if unit == "WEEK":
        return today - ((today.weekday() + 1) % 7) * _DAY + 7 * ahead * _DAY
    if unit == "MONTH":
        return _month(today, ahead)
    if unit == "QUARTER":
        return _month(date(today.year, (today.month - 1) // 3 * 3 + 1, 1), 3 * ahead)
    return date(today.year + ahead, 1, 1)


def counted(word: str) -> bool:
    """Whether the word takes a number after a colon."""
    return bool(_COUNTED.fullmatch(word) or _AGO.fullmatch(word))


def known(word: str) -> bool:
    """Whether there is such a word."""
    return word in _FIXED or any(each.fullmatch(word) for each in (_PLAIN, _NINETY, _COUNTED, _AGO))


def span(word: str, count: int, today: date) -> Span:
    """First day and the day after the last one; raises ValueError when that leaves the calendar."""
    if not 0 <= count <= _COUNT_MAX:
        raise ValueError(f"{count} is not in 0..{_COUNT_MAX}")
    try:
        return _span(word, count, today)
    except OverflowError as far:
        raise ValueError(str(far)) from far


def _span(word: str, count: int, today: date) -> Span:
    found = _PLAIN.fullmatch(word)
    which, unit = (found[1], found[2]) if found else _FIXED.get(word, ("", ""))
    if which:
        ahead = {"THIS": 0, "LAST": -1, "NEXT": 1}[which]
        return _start(unit, today, ahead), _start(unit, today, ahead + 1)
    ninety = _NINETY.fullmatch(word)
    if ninety:
        return _several(ninety[1], "DAY", 90, today)
    several = _COUNTED.fullmatch(word)
    if several:
        return _several(several[1], several[2], count, today)
    ago = _AGO.fullmatch(word)
    unit = ago[1] if ago else ""
    return _start(unit, today, -count), _start(unit, today, 1 - count)


def _several(which: str, unit: str, count: int, today: date) -> Span:
    if which == "NEXT":
        return _start(unit, today, 1), _start(unit, today, count + 1)
    return _start(unit, today, -count), _start(unit, today, 1 if unit == "DAY" else 0)
