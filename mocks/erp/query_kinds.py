"""Kinds of SuiteQL values: how literals and parameters become what the store holds, and how results are printed.

Money and durations are integers in the store, dates ISO text, instants microseconds. A query compares and adds them
as such; the client sees decimals, dates in the account's format (M/D/YYYY) and everything as text (section 5 of
erp-netsuite.md).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from mocks.erp.errors import bad_query
from sandbox.core.clock import instant, moment
from sandbox.core.money import from_scaled, plain, round_half_away

# Whole units of the stored integer in one of what the client writes.
SCALES = {"money": 10_000, "number": 10_000, "hours": 60}
TEXTUAL = frozenset({"text", "id", "bool"})
NUMERIC = frozenset({"int", *SCALES})
# The account's date preference, as NetSuite's default in the US: assumed.
_ACCOUNT_DATE = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})")


@dataclass(slots=True)
class Parameter:
    """One ``?``: the kind it is compared with, and the format when it stands in TO_DATE."""

    kind: str | None = None
    date_format: str | None = None


def account_date(text: str) -> datetime:
    """The midnight of a date in the account's format; raises ErpRefusal."""
    found = _ACCOUNT_DATE.fullmatch(text.strip())
    try:
        if found:
            return datetime(int(found[3]), int(found[1]), int(found[2]), tzinfo=UTC)
    except ValueError:
        pass
    raise bad_query(f"Invalid date '{text}', expected M/D/YYYY.")


def parsed_date(text: str, date_format: str | None) -> datetime:
    """TO_DATE; ``date_format`` in strptime's letters. Raises ErpRefusal."""
    if date_format is None:
        return account_date(text)
    try:
        return datetime.strptime(text, date_format).replace(tzinfo=UTC)
    except ValueError as wrong:
        raise bad_query(f"Date '{text}' does not match its format.") from wrong


def date_text(when: datetime) -> str:
    """As stored; a time of day sorts after the plain date."""
    midnight = not (when.hour or when.minute or when.second)
    return when.date().isoformat() if midnight else when.replace(tzinfo=None).isoformat(" ", "seconds")


def scaled(number: Decimal, kind: str) -> int:
    """The stored integer of a number; raises ErpRefusal when it is finer than the kind."""
    whole = number * SCALES[kind]
    if not whole.is_finite() or whole != whole.to_integral_value():
        raise bad_query(f"The number {plain(number)} has more decimals than can be compared with.")
    return int(whole)


def bound(value: Any, parameter: Parameter, epoch: datetime) -> Any:
    """A parameter of the request as SQLite takes it; raises ErpRefusal when it does not fit its kind."""
    if value is None:
        return None
    text = value if isinstance(value, str) else _spelled(value)
    kind = parameter.kind or "text"
    if parameter.date_format is not None:
        when = parsed_date(text, parameter.date_format)
        return instant(epoch, when) if kind == "instant" else date_text(when)
    return _BINDERS.get(kind, _bound_text)(text, kind, epoch)


def glob(pattern: str) -> str:
    """A LIKE pattern as a GLOB pattern: LIKE of SQLite ignores case, Oracle's does not."""
    letters = {"%": "*", "_": "?", "*": "[*]", "?": "[?]", "[": "[[]"}
    return "".join(letters.get(letter, letter) for letter in pattern)


def _spelled(value: Any) -> str:
    if isinstance(value, bool):
        return "T" if value else "F"
    if isinstance(value, int | Decimal):
        return plain(checked(Decimal(value)))
    raise bad_query("Parameters must be texts or numbers.")


def _bound_text(text: str, kind: str, epoch: datetime) -> Any:
    return text


def _bound_int(text: str, kind: str, epoch: datetime) -> Any:
    number = _number(text)
    # Compared as text where it is not whole: nothing equals it.
    return int(number) if number == number.to_integral_value() else text


def _bound_scaled(text: str, kind: str, epoch: datetime) -> Any:
    return scaled(_number(text), kind)


def _bound_date(text: str, kind: str, epoch: datetime) -> Any:
    return date_text(account_date(text))


def _bound_instant(text: str, kind: str, epoch: datetime) -> Any:
    return instant(epoch, account_date(text))


def _bound_glob(text: str, kind: str, epoch: datetime) -> Any:
    return glob(text)


def _number(text: str) -> Decimal:
    try:
        number = Decimal(text)
    except InvalidOperation as wrong:
        raise bad_query(f"Invalid number '{text}'.") from wrong
    return checked(number)


def checked(number: Decimal) -> Decimal:
    """A number that fits the store; raises ErpRefusal (spelling out 1e999999 would take all memory)."""
    if not number.is_finite() or abs(number.adjusted()) > 13:
        raise bad_query(f"Invalid number '{number}'.")
    return number


_BINDERS: dict[str, Callable[[str, str, datetime], Any]] = {
    "int": _bound_int,
    "money": _bound_scaled,
    "number": _bound_scaled,
    "hours": _bound_scaled,
    "date": _bound_date,
    "instant": _bound_instant,
    "glob": _bound_glob,
}


def printer(kind: str, epoch: datetime) -> Callable[[Any], str]:
    """How a value of a kind is printed in a result."""
    if kind == "instant":
        return lambda value: _account_date(moment(epoch, value).date())
    return _PRINTERS.get(kind, _as_text)


def _as_text(value: Any) -> str:
    return value if isinstance(value, str) else str(value)


def _account_date(day: date) -> str:
    return f"{day.month}/{day.day}/{day.year}"


def _hours(minutes: int) -> str:
    return plain(round_half_away(Decimal(minutes) / 60, 6).normalize() + 0)


_PRINTERS: dict[str, Callable[[Any], str]] = {
    "money": lambda value: plain(from_scaled(value)),
    "number": lambda value: plain(from_scaled(value).normalize() + 0),
    "hours": _hours,
    "date": lambda value: _account_date(date.fromisoformat(value[:10])),
}
