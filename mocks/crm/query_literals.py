"""Literals of a query as the stored values they are compared with, worked out when the query runs.

A text loses its quotes and escapes, an id grows to 18 characters, a number becomes an integer of the field's scale, a
date or instant the half-open span it stands for.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Any

from mocks.crm import errors, query_dates
from mocks.crm.fields import NUMBERS, TEXTS, Column
from mocks.crm.organisation import ORG_ZONE, Org
from mocks.crm.values import full_id
from sandbox.core.clock import SECOND_US, at_local, parse_iso
from sandbox.core.money import SCALE

# No stored number comes near; a literal beyond it is bound as this bound, one that no field can equal as the lowest.
_FAR = 2**62
_NEVER = -(2**63)
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f", "\\": "\\", "'": "'", '"': '"'}
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|.)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Binding:
    """What a compiled query is run with."""

    literals: tuple[str, ...]
    org: Org
    now_us: int


Binder = Callable[[Binding], Any]


@dataclass(frozen=True, slots=True)
class Operand:
    """The right side of a comparison: its kind in the grammar, its literal's position, the word of a date word."""

    kind: str
    slot: int = -1
    word: str = ""


def wrong_type(column: Column) -> errors.CrmRefusal:
    """A literal of another type than the field."""
    return errors.invalid_field(
        f"value of filter criterion for field '{column.name}' must be of type {column.type}"
        + (" and should be enclosed in quotes" if column.type in TEXTS or column.type in ("id", "reference") else "")
    )


def binder(column: Column, operator: str, operand: Operand) -> Binder:
    """How the literal becomes the stored value it is compared with."""
    slot = operand.slot
    if column.type in TEXTS and operand.kind in ("string", "empty"):
        return lambda binding: unescaped(binding.literals[slot]) if slot >= 0 else ""
    if column.type in ("id", "reference") and operand.kind == "string":
        return lambda binding: _id(column, unescaped(binding.literals[slot]))
    if column.type in (*NUMBERS, "int") and operand.kind == "number":
        scale = 1 if column.type == "int" else SCALE
        return lambda binding: scaled(binding.literals[slot], scale, operator)
    raise wrong_type(column)


def _id(column: Column, text: str) -> str:
    found = full_id(text)
    if found is None:
        raise errors.CrmRefusal(400, "INVALID_QUERY_FILTER_OPERATOR", f"invalid ID field: {text[:255]}")
    return found


def scaled(text: str, scale: int, operator: str) -> int:
    """A number literal as a stored integer that compares the same way, also when it is finer than the scale."""
    exact = Decimal(text) * scale
    if abs(exact) >= _FAR:
        return _FAR if exact > 0 else -_FAR
    if exact == exact.to_integral_value():
        return int(exact)
    if operator in ("=", "!="):
        return _NEVER
    return int(exact.to_integral_value(ROUND_CEILING if operator in (">=", "<") else ROUND_FLOOR))


def unescaped(quoted: str) -> str:
    """The text of a string literal; raises CrmRefusal for an escape SOQL does not know."""
    if "\\" not in quoted:
        return quoted[1:-1]
    return _ESCAPE.sub(lambda found: _character(found[1]), quoted[1:-1])


def _character(escape: str) -> str:
    if escape in _ESCAPES:
        return _ESCAPES[escape]
    if escape.lower() in "nrtbf":
        return _ESCAPES[escape.lower()]
    # Half a surrogate pair is no character, and a database refuses it.
    if escape[0] == "u" and len(escape) == 5 and not 0xD800 <= int(escape[1:], 16) <= 0xDFFF:
        return chr(int(escape[1:], 16))
    raise errors.malformed_query(f"Invalid string literal. Illegal character sequence '\\{escape}' in string literal")


def like_pattern(quoted: str) -> str:
    r"""A LIKE pattern for SQLite: ``\%`` and ``\_`` stay escaped, an escaped backslash too."""
    if "\\" not in quoted:
        return quoted[1:-1]
    return _ESCAPE.sub(
        lambda found: "\\" + found[1] if found[1] in ("%", "_", "\\") else _character(found[1]), quoted[1:-1]
    )


Bounds = Callable[[Binding], tuple[Any, Any]]


def span_of(column: Column, operand: Operand) -> Bounds:
    """The literal as a half-open span in stored form: ISO days, or instants of whole seconds."""
    slot, word = operand.slot, operand.word
    if operand.kind == "date_word":
        return lambda binding: _stored_span(column, binding, _days(binding, word, slot))
    if operand.kind == "date" and column.type == "date":
        return lambda binding: _stored_span(column, binding, _one_day(binding.literals[slot]))
    if operand.kind == "datetime" and column.type == "datetime":
        return lambda binding: _second(binding, binding.literals[slot])
    raise errors.invalid_field(
        f"value of filter criterion for field '{column.name}' must be of type {column.type} "
        "and should not be enclosed in quotes"
    )


def _days(binding: Binding, word: str, slot: int) -> query_dates.Span:
    number = binding.literals[slot] if slot >= 0 else "0"
    try:
        return query_dates.span(word, int(number), binding.org.today(binding.now_us))
    except ValueError:
        raise errors.malformed_query(f"{word}:{number[:40]} is no date of the calendar") from None


def _one_day(text: str) -> query_dates.Span:
    try:
        day = date.fromisoformat(text)
        return day, day + timedelta(days=1)
    except (ValueError, OverflowError):
        raise errors.malformed_query(f"{text} is no date of the calendar") from None


def _stored_span(column: Column, binding: Binding, days: query_dates.Span) -> tuple[Any, Any]:
    if column.type == "date":
        return days[0].isoformat(), days[1].isoformat()
    try:
        epoch = binding.org.epoch
        return at_local(epoch, days[0], "00:00", ORG_ZONE), at_local(epoch, days[1], "00:00", ORG_ZONE)
    except OverflowError:
        raise errors.malformed_query(f"{days[0]} is out of range") from None


def _second(binding: Binding, text: str) -> tuple[int, int]:
    """Stamps are whole seconds on the wire: the second that begins at the literal, nothing when it is between two."""
    try:
        us = parse_iso(binding.org.epoch, text.upper())
    except (ValueError, OverflowError):
        raise errors.malformed_query(f"{text} is no instant of the calendar") from None
    return -(-us // SECOND_US) * SECOND_US, us // SECOND_US * SECOND_US + SECOND_US
