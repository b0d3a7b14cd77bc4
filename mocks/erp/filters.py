"""The collection filter ``q``: conditions on body fields, joined by AND and OR (erp-netsuite.md section 4).

A text becomes SQL over the stored record; values are always bound. Dates are in the account's format and its zone,
UTC: a date without a time stands for its midnight where an instant is asked for.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from mocks.erp.errors import bad_query
from mocks.erp.filter_values import Value, day_of, instant_of, listed, number_of, pattern_of, tokens_of, truth_of
from mocks.erp.properties import Property, properties_of
from mocks.kit.records import RecordType

_DEPTH_MAX = 50
_CONDITIONS_MAX = 100
_INSTANTS = {"createddate": "_created_us", "lastmodifieddate": "_modified_us"}
# Worked out when a record is read, so there is nothing stored to compare with.
_ON_READING = frozenset({"balance", "overdueBalance", "custrecord_next_bill_date", "custrecord_next_bill_amount"})
_COMPARED = {
    "EQUAL": "=",
    "GREATER": ">",
    "GREATER_OR_EQUAL": ">=",
    "LESS": "<",
    "LESS_OR_EQUAL": "<=",
}
# How dates compare: with the beginning of the day, or with that of the next one.
_DATED = {
    "AFTER": (">", 0),
    "ON_OR_AFTER": (">=", 0),
    "BEFORE": ("<", 0),
    "ON_OR_BEFORE": ("<", 1),
}
_FAMILIES = {
    "text": "text",
    "date": "date",
    "bool": "bool",
    "int": "number",
    "money": "number",
    "number": "number",
    "hours": "number",
    "enum": "key",
    "reference": "key",
    "document": "key",
}


@dataclass(frozen=True, slots=True)
class Condition:
    """A filter as SQL over the stored record, and the values it binds."""

    sql: str
    values: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class _Field:
    """A body field as a filter sees it: column, the family of its operators, and what its values are."""

    column: str
    family: str
    kind: str
    names: tuple[tuple[str, str], ...] = ()


def filterable(spec: Property) -> bool:
    """Whether the catalogue marks a property ``x-ns-filterable``."""
    return spec.shown and spec.kind in _FAMILIES and spec.name not in _ON_READING


def _fields(record_type: RecordType) -> dict[str, _Field]:
    found = {
        each.name.lower(): _Field(f'"{each.name}"', _FAMILIES[each.kind], each.kind, tuple(each.names.items()))
        for each in properties_of(record_type).values()
        if filterable(each)
    }
    found["id"] = _Field('CAST("id" AS INTEGER)', "number", "int")
    for name, column in _INSTANTS.items():
        found[name] = _Field(f'"{column}"', "instant", "instant")
    return found


def condition_of(record_type: RecordType, text: str, epoch: datetime) -> Condition:
    """What ``q`` asks of a record type; raises ErpRefusal naming the field or value that does not hold."""
    return _Parser(_fields(record_type), tokens_of(text), epoch).whole()


class _Parser:
    """Recursive descent: AND binds tighter than OR, parentheses group."""

    def __init__(self, fields: dict[str, _Field], tokens: list[Value], epoch: datetime) -> None:
        self._fields = fields
        self._tokens = tokens
        self._epoch = epoch
        self._at = 0
        self._depth = 0
        self._values: list[Any] = []
        self._conditions = 0

    def whole(self) -> Condition:
        """The filter, read to its end."""
        sql = self._either()
        if self._at < len(self._tokens):
            raise bad_query(f"Unexpected '{self._tokens[self._at].text}' in the filter.")
        return Condition(sql, tuple(self._values))

    def _either(self) -> str:
        parts = [self._all()]
        while self._word("OR"):
            parts.append(self._all())
        return f"({' OR '.join(parts)})"

    def _all(self) -> str:
        parts = [self._part()]
        while self._word("AND"):
            parts.append(self._part())
        return f"({' AND '.join(parts)})"

    def _part(self) -> str:
        if not self._word("("):
            return self._condition()
        self._depth += 1
        if self._depth > _DEPTH_MAX:
            raise bad_query("The filter is nested too deeply.")
        inside = self._either()
        self._depth -= 1
        if not self._word(")"):
            raise bad_query("A parenthesis of the filter is not closed.")
        return inside

    def _condition(self) -> str:
        self._conditions += 1
        if self._conditions > _CONDITIONS_MAX:
            raise bad_query("The filter has too many conditions.")
        name, operator = self._next("a field").text, self._next("an operator").text.upper()
        field = self._fields.get(name.lower())
        if field is None:
            raise bad_query(f"Field '{name}' not found.")
        if operator in ("EMPTY", "EMPTY_NOT"):
            return f"{field.column} IS {'NOT ' if operator == 'EMPTY_NOT' else ''}NULL"
        negated = operator.endswith("_NOT")
        make = _OPERATORS[field.family].get(operator.removesuffix("_NOT") if negated else operator)
        if make is None:
            raise bad_query(f"Operator '{operator}' is not valid for field '{name}'.")
        sql, values = make(field, operator.removesuffix("_NOT"), self._next("a value"), self._epoch)
        self._values += values
        # A field without a value is not equal to anything, so it is unlike everything.
        return f"NOT COALESCE(({sql}), 0)" if negated else f"({sql})"

    def _word(self, word: str) -> bool:
        if self._at < len(self._tokens):
            token = self._tokens[self._at]
            if not token.quoted and token.text.upper() == word:
                self._at += 1
                return True
        return False

    def _next(self, expected: str) -> Value:
        if self._at == len(self._tokens):
            raise bad_query(f"The filter ends where {expected} is expected.")
        self._at += 1
        return self._tokens[self._at - 1]


_Made = tuple[str, list[Any]]
_Operator = Callable[[_Field, str, Value, datetime], _Made]


def _text(field: _Field, operator: str, value: Value, epoch: datetime) -> _Made:
    if operator == "IS":
        return f"{field.column} = ? COLLATE NOCASE", [value.text]
    return f"{field.column} LIKE ? ESCAPE '\\'", [pattern_of(operator, value.text)]


def _bool(field: _Field, operator: str, value: Value, epoch: datetime) -> _Made:
    return f"{field.column} = ?", [truth_of(value)]


def _compared(field: _Field, operator: str, value: Value, epoch: datetime) -> _Made:
    return f"{field.column} {_COMPARED[operator]} ?", [number_of(value.text, field.kind, epoch)]


def _between(field: _Field, operator: str, value: Value, epoch: datetime) -> _Made:
    low, high = _pair(value)
    return f"{field.column} BETWEEN ? AND ?", [number_of(each, field.kind, epoch) for each in (low, high)]


def _any_number(field: _Field, operator: str, value: Value, epoch: datetime) -> _Made:
    numbers = [number_of(each, field.kind, epoch) for each in listed(value)]
    return f"{field.column} IN ({', '.join('?' * len(numbers))})", numbers


def _key(field: _Field, operator: str, value: Value, epoch: datetime) -> _Made:
    ids = {label: key for key, label in field.names}
    keys = [ids.get(each, each) for each in (listed(value) if operator == "ANY_OF" else [value.text])]
    return f"{field.column} IN ({', '.join('?' * len(keys))})", keys


def _dated(field: _Field, operator: str, value: Value, epoch: datetime) -> _Made:
    if operator == "ON":
        return _days(field, value.text, value.text, epoch)
    compared, later = _DATED[operator]
    return f"{field.column} {compared} ?", [_point(field, day_of(value.text) + timedelta(days=later), epoch)]


def _dates_between(field: _Field, operator: str, value: Value, epoch: datetime) -> _Made:
    return _days(field, *_pair(value), epoch)


def _days(field: _Field, first: str, last: str, epoch: datetime) -> _Made:
    ends = [day_of(first), day_of(last) + timedelta(days=1)]
    return f"{field.column} >= ? AND {field.column} < ?", [_point(field, each, epoch) for each in ends]


def _point(field: _Field, midnight: datetime, epoch: datetime) -> Any:
    return instant_of(midnight, epoch) if field.family == "instant" else midnight.date().isoformat()


def _pair(value: Value) -> tuple[str, str]:
    both = listed(value)
    if len(both) != 2:
        raise bad_query("Two values are expected: [from, to].")
    return both[0], both[1]


_DATES: dict[str, _Operator] = {
    "ON": _dated,
    **dict.fromkeys(_DATED, _dated),
    "BETWEEN": _dates_between,
    "WITHIN": _dates_between,
}
_OPERATORS: dict[str, dict[str, _Operator]] = {
    "text": dict.fromkeys(("IS", "CONTAIN", "START_WITH", "END_WITH"), _text),
    "bool": {"IS": _bool},
    "number": {
        **dict.fromkeys(_COMPARED, _compared),
        "BETWEEN": _between,
        "WITHIN": _between,
        "ANY_OF": _any_number,
    },
    "key": dict.fromkeys(("IS", "EQUAL", "ANY_OF"), _key),
    "date": _DATES,
    "instant": _DATES,
}
