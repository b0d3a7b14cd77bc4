"""Values on the wire and in the store: JSON to stored form, with the vendor's refusals, and back.

Numbers are rounded half away from zero to the field's own scale when they come in (the vendor rounds silently:
assumed) and written with one decimal at least; instants are shown in whole seconds.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any

import orjson

from mocks.crm import errors
from mocks.crm.fields import NUMBERS, TEXTS, Column
from sandbox.core.clock import SECOND_US, parse_iso
from sandbox.core.ids import salesforce_checksum
from sandbox.core.money import round_half_away, to_scaled

# Digits before the point that an integer at 1e-4 can hold in a database of 64-bit integers.
_WHOLE_DIGITS_MAX = 14
_NUMBER = re.compile(r"[+-]?\d{1,40}(?:\.\d{1,40})?")
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?(?:Z|[+-]\d\d:?\d\d)")
_YEARS = range(1700, 4001)

Renderer = Callable[[Any], Any]


# -- ids --------------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=8192)
def full_id(text_id: str) -> str | None:
    """The 18-character form of an id of 15 or 18 characters; None when it is none."""
    if len(text_id) not in (15, 18) or not text_id.isascii() or not text_id.isalnum():
        return None
    whole_id = text_id[:15] + salesforce_checksum(text_id[:15])
    return whole_id if len(text_id) == 15 or whole_id == text_id else None


# -- reading JSON -----------------------------------------------------------------------------------------------------


def stored(column: Column, value: Any) -> Any:
    """The stored form of a JSON value; an empty string means null. Raises CrmRefusal when it does not fit."""
    if value is None or value == "":
        return 0 if column.type == "boolean" else None
    return _READERS[column.type](column, value)


def _text(column: Column, value: Any) -> str:
    if not isinstance(value, str):
        raise errors.value_unreadable(column.type, value)
    if len(value) > column.length:
        raise errors.too_long(column.label, column.name, value, column.length)
    return value


def _picklist(column: Column, value: Any) -> str:
    chosen = _text(column, value)
    if column.restricted and chosen not in column.choices:
        raise errors.bad_choice(column.label, column.name, value)
    return chosen


def _number(column: Column, value: Any) -> int:
    if isinstance(value, str) and _NUMBER.fullmatch(value):
        value = Decimal(value)
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise errors.value_unreadable(column.type, value)
    exact = Decimal(value)
    digits = min(column.precision - column.scale, _WHOLE_DIGITS_MAX)
    # The order of magnitude is looked at first: rounding 1e999 would not fit any context.
    rounded = round_half_away(exact, column.scale) if exact.adjusted() <= _WHOLE_DIGITS_MAX else None
    if rounded is None or abs(rounded) >= 10**digits or not _within(column, rounded):
        raise errors.out_of_range(column.label, column.name, value)
    return to_scaled(rounded)


def _whole(column: Column, value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise errors.value_unreadable(column.type, value)
    if abs(value) >= 10**column.precision or not _within(column, Decimal(value)):
        raise errors.out_of_range(column.label, column.name, value)
    if int(value) != value:
        raise errors.value_unreadable(column.type, value)
    return int(value)


def _within(column: Column, value: Decimal) -> bool:
    return column.bounds is None or column.bounds[0] <= value <= column.bounds[1]


def _flag(column: Column, value: Any) -> int:
    if not isinstance(value, bool):
        raise errors.value_unreadable(column.type, value)
    return int(value)


def _day(column: Column, value: Any) -> str:
    if not isinstance(value, str) or not _DATE.fullmatch(value):
        raise errors.value_unreadable(column.type, value)
    try:
        read = date.fromisoformat(value)
    except ValueError:
        raise errors.value_unreadable(column.type, value) from None
    if read.year not in _YEARS:
        raise errors.out_of_range(column.label, column.name, value)
    return value


def instant_stored(column: Column, value: Any, epoch: datetime) -> int | None:
    """An ISO 8601 instant with a zone in microseconds since the epoch, cut to the second; null stays null."""
    if value is None or value == "":
        return None
    if not isinstance(value, str) or not _INSTANT.fullmatch(value):
        raise errors.value_unreadable(column.type, value)
    try:
        us = parse_iso(epoch, value)
    except (ValueError, OverflowError):
        raise errors.value_unreadable(column.type, value) from None
    if int(value[:4]) not in _YEARS:
        raise errors.out_of_range(column.label, column.name, value)
    return us // SECOND_US * SECOND_US


def _reference(column: Column, value: Any) -> str:
    if not isinstance(value, str):
        raise errors.value_unreadable(column.type, value)
    found = full_id(value)
    if found is None:
        raise errors.malformed_id(value[:255], label=column.label, field=column.name)
    return found


_READERS: dict[str, Callable[[Column, Any], Any]] = {
    **dict.fromkeys(TEXTS, _text),
    **dict.fromkeys(NUMBERS, _number),
    "picklist": _picklist,
    "int": _whole,
    "boolean": _flag,
    "date": _day,
    "reference": _reference,
}


# -- writing JSON -----------------------------------------------------------------------------------------------------


@lru_cache(maxsize=8192)
def number_shown(scaled: int) -> Decimal:
    """A number as the vendor writes it: one decimal at least (``12000.0``, ``12.55``)."""
    if scaled % 1000 == 0:
        return Decimal(scaled // 1000).scaleb(-1)
    if scaled % 100 == 0:
        return Decimal(scaled // 100).scaleb(-2)
    return Decimal(scaled).scaleb(-4)


def stamp(epoch: datetime, us: int, zone: str = "+0000") -> str:
    """An instant as the vendor writes it: whole seconds, ``2026-11-23T02:03:45.000+0000``."""
    return (epoch + timedelta(seconds=us // SECOND_US)).isoformat()[:19] + ".000" + zone


def renderers(epoch: datetime, zone: str = "+0000") -> dict[str, Renderer]:
    """How each type that is not stored as it is shown is written, by type."""
    # Records written together share their second, and a page shows it many times.
    shown = lru_cache(maxsize=8192)(lambda second: stamp(epoch, second * SECOND_US, zone))
    return {
        **dict.fromkeys(NUMBERS, number_shown),
        "boolean": bool,
        "datetime": lambda us: shown(us // SECOND_US),
        "address": lambda parts: address(orjson.loads(parts)),
    }


def address(parts: Sequence[str | None]) -> dict[str, Any] | None:
    """A compound address of street, city, state, postal code and country; None when all are."""
    if not any(parts):
        return None
    street, city, state, postal_code, country = parts
    return {
        "city": city,
        "country": country,
        "geocodeAccuracy": None,
        "latitude": None,
        "longitude": None,
        "postalCode": postal_code,
        "state": state,
        "street": street,
    }
