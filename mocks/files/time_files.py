"""The approved-time file as text: what it says, and every reason why it cannot be taken as it is.

``H,entity,period start,period end,sequence,count,control total of minutes``, then for every entry
``L,employee id,date,minutes,type,project code``. The file name says the first four again.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date

from mocks.files.rules import csv_records

_NAME = re.compile(r"time-(?P<entity>[A-Z0-9]+)-(\d{4}-\d\d-\d\d)-(\d{4}-\d\d-\d\d)-(\d{1,6})\.csv")
_HEADER_CELLS, _LINE_CELLS = 7, 6
_DAY_MINUTES = 24 * 60
_TYPE_LENGTH_MAX = 32


@dataclass(slots=True)
class TimeFile:
    """A file as read. ``problems`` are (line number from 1, reason); 0 is about the file as a whole."""

    entity: str = ""
    start: date | None = None
    end: date | None = None
    count: int = 0
    minutes: int = 0
    problems: list[tuple[int, str]] = field(default_factory=list)

    def say(self, line: int, reason: str) -> None:
        """One more reason to refuse it."""
        self.problems.append((line, reason))


def read(name: str, text: str, employees: Collection[str]) -> TimeFile:
    """Read a file and look at it whole; ``employees`` are those of the provider's that work for any entity."""
    found = TimeFile()
    try:
        records = csv_records(text)
    except ValueError as wrong:
        found.say(0, f"not a CSV file: {wrong}")
        return found
    named = _NAME.fullmatch(name)
    if named is None:
        found.say(0, "the name is not time-<entity>-<period start>-<period end>-<sequence>.csv")
    header = records[0] if records else []
    if len(header) != _HEADER_CELLS or header[0] != "H":
        found.say(1, "the first line is not H with six more cells")
        return found
    _, found.entity, start, end, _, count, control = header
    found.start, found.end = _date(start), _date(end)
    if found.start is None or found.end is None:
        found.say(1, "period start or end is no date")
        return found
    if named is not None and list(named.groups()) != header[1:5]:
        found.say(1, "entity, period or sequence differ from the name")
    for number, record in enumerate(records[1:], start=2):
        _read_line(found, number, record, employees)
    if _whole(count) != found.count:
        found.say(1, f"count is {count or 'blank'}, the file has {found.count} lines")
    if _whole(control) != found.minutes:
        found.say(1, f"control total is {control or 'blank'}, the lines have {found.minutes} minutes")
    return found


def _read_line(found: TimeFile, number: int, record: list[str], employees: Collection[str]) -> None:
    found.count += 1
    if len(record) != _LINE_CELLS or record[0] != "L":
        found.say(number, "not L with five more cells")
        return
    _, employee, day_text, minutes_text, kind, _ = record
    if employee not in employees:
        found.say(number, f"employee {employee or 'blank'} is not known")
    day = _date(day_text)
    if day is None or found.start is None or found.end is None or not found.start <= day <= found.end:
        found.say(number, f"date {day_text or 'blank'} is not in the pay period")
    minutes = _whole(minutes_text)
    if minutes is None or not 0 < minutes <= _DAY_MINUTES:
        found.say(number, f"minutes {minutes_text or 'blank'} are not 1 to {_DAY_MINUTES}")
    found.minutes += minutes or 0
    if not 0 < len(kind) <= _TYPE_LENGTH_MAX:
        found.say(number, "type is blank or too long")


def _date(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if day.isoformat() == text else None


def _whole(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 12 else None
