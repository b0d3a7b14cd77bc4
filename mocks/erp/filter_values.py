"""Words and values of the collection filter ``q``: quoted texts, lists, numbers, dates of the account's format."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from mocks.erp.errors import bad_query
from mocks.erp.query_kinds import Parameter, bound
from sandbox.core.clock import instant

_TEXT_MAX = 10_000
_TOKEN = re.compile(
    r"""\s*(?:"((?:[^"\\]|\\.)*)" | \[([^\]]*)\] | ([()]) | ([^\s()"\[\]]+))""",
    re.VERBOSE,
)
_ITEM = re.compile(r'\s*(?:"((?:[^"\\]|\\.)*)"|([^",\s][^",]*))\s*(?:,|$)')
_ESCAPED = re.compile(r"\\(.)")
_DATE = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})")
_DURATION = re.compile(r"(\d{1,4}):([0-5]\d)")
# One day less than Python's calendar holds: a filter asks for the day after, too.
_YEAR_MAX = 9998
_TRUTHS = {"true": 1, "t": 1, "false": 0, "f": 0}


@dataclass(frozen=True, slots=True)
class Value:
    """One word of a filter; ``items`` only for a list in brackets."""

    text: str
    quoted: bool = False
    items: tuple[str, ...] | None = None


def tokens_of(text: str) -> list[Value]:
    """The words of a filter; raises ErpRefusal for a quote or bracket that is not closed."""
    if len(text) > _TEXT_MAX or "\0" in text:
        raise bad_query("The filter is too long or holds a null character.")
    found, at, text = [], 0, text.rstrip()
    while at < len(text):
        token = _TOKEN.match(text, at)
        if token is None:
            raise bad_query(f"The filter cannot be read at '{text[at : at + 20].strip()}'.")
        at = token.end()
        quoted, bracketed, parenthesis, word = token.groups()
        if quoted is not None:
            found.append(Value(_ESCAPED.sub(r"\1", quoted), quoted=True))
        elif bracketed is not None:
            found.append(Value(f"[{bracketed}]", quoted=True, items=_items(bracketed)))
        else:
            found.append(Value(parenthesis or word))
    return found


def _items(inside: str) -> tuple[str, ...]:
    found, at = [], 0
    while at < len(inside):
        item = _ITEM.match(inside, at)
        if item is None:
            raise bad_query(f"The list [{inside[:40]}] cannot be read.")
        at = item.end()
        quoted, word = item.groups()
        found.append(_ESCAPED.sub(r"\1", quoted) if quoted is not None else word.strip())
    return tuple(found)


def listed(value: Value) -> list[str]:
    """The values of a list; raises ErpRefusal for anything else, an empty one included."""
    if not value.items:
        raise bad_query(f"A list is expected, such as [1, 2], got '{value.text}'.")
    return list(value.items)


def truth_of(value: Value) -> int:
    """true or false; raises ErpRefusal."""
    found = _TRUTHS.get(value.text.lower())
    if found is None:
        raise bad_query(f"true or false is expected, got '{value.text}'.")
    return found


def number_of(text: str, kind: str, epoch: datetime) -> int:
    """A number as stored, a duration also as H:MM; raises ErpRefusal."""
    duration = _DURATION.fullmatch(text) if kind == "hours" else None
    if duration:
        return int(duration[1]) * 60 + int(duration[2])
    number = bound(text, Parameter(kind), epoch)
    if not isinstance(number, int):
        raise bad_query(f"A whole number is expected, got '{text}'.")
    return number


def pattern_of(operator: str, text: str) -> str:
    """A LIKE pattern with the text taken literally."""
    plain = re.sub(r"([\\%_])", r"\\\1", text)
    return {"CONTAIN": f"%{plain}%", "START_WITH": f"{plain}%", "END_WITH": f"%{plain}"}[operator]


def day_of(text: str) -> datetime:
    """The midnight of a date; raises ErpRefusal in the words by which clients find out the account's format."""
    found = _DATE.fullmatch(text)
    try:
        if found and int(found[3]) <= _YEAR_MAX:
            return datetime(int(found[3]), int(found[1]), int(found[2]), tzinfo=UTC)
    except ValueError:
        pass
    raise bad_query(f'Parse of date/time "{text}" failed with date format "M/D/YYYY" in time zone UTC.')


def instant_of(midnight: datetime, epoch: datetime) -> int:
    """The stored instant of a midnight."""
    return instant(epoch, midnight)
