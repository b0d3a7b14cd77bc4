"""Record types as data: what a system stores, from which tables, validation and descriptions are derived.

Fields are data and not classes because a tenant brings its own (custom fields), and because describe, SQL columns
and validation must never disagree. Decision record 0003.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any

from sandbox.core.errors import SandboxError
from sandbox.core.money import SCALE_PLACES, plain, to_scaled

# How each kind is stored. Money is an integer at 1e-4 of the major unit; decimals that are no money are text.
_COLUMNS = {
    "id": "TEXT",
    "text": "TEXT",
    "reference": "TEXT",
    "picklist": "TEXT",
    "date": "TEXT",
    "decimal": "TEXT",
    "json": "TEXT",
    "int": "INTEGER",
    "minutes": "INTEGER",
    "money": "INTEGER",
    "instant": "INTEGER",
    "bool": "INTEGER",
}


# SQLite's integers.
_INT_MAX = 2**63 - 1


class BadValue(SandboxError):
    """A value that does not fit its field; each mock says so in its vendor's words."""

    def __init__(self, name: str, expected: str, value: object) -> None:
        super().__init__(f"{name}: expected {expected}, got {value!r}", code="bad_value")
        self.name = name
        self.expected = expected
        self.value = value


@dataclass(frozen=True, slots=True)
class Field:
    """One field: vendor name, kind (a key of the table above) and what is demanded of it."""

    name: str
    kind: str = "text"
    required: bool = False
    writable: bool = True
    unique: bool = False
    external_id: bool = False
    refers_to: str | None = None
    length: int | None = None
    choices: tuple[str, ...] = ()
    restricted: bool = False
    default: Any = None
    label: str = ""


@dataclass(frozen=True)
class RecordType:
    """A kind of record: table, key column and fields.

    ``indexes`` are lists of columns beyond unique fields and references, which always have one; ``info`` holds what
    only its own dialect needs.
    """

    name: str
    fields: tuple[Field, ...]
    key: str = "id"
    label: str = ""
    info: Mapping[str, Any] = field(default_factory=dict)
    indexes: tuple[tuple[str, ...], ...] = ()

    @cached_property
    def by_name(self) -> dict[str, Field]:
        return {each.name: each for each in self.fields}

    @cached_property
    def by_lower(self) -> dict[str, Field]:
        return {each.name.lower(): each for each in self.fields}

    @cached_property
    def columns(self) -> tuple[str, ...]:
        return (self.key, *(each.name for each in self.fields if each.name != self.key), *SYSTEM_COLUMNS)

    @cached_property
    def blank(self) -> dict[str, Any]:
        """A row of defaults, in the order of the columns."""
        defaults = {each.name: each.default for each in self.fields}
        return {name: defaults.get(name) for name in self.columns}

    def ddl(self) -> list[str]:
        """Statements that make the table and its indexes."""
        lines = [f'"{self.key}" TEXT PRIMARY KEY']
        lines += [f'"{each.name}" {_COLUMNS[each.kind]}' for each in self.fields if each.name != self.key]
        lines += [f'"{name}" INTEGER' if name != "_creator" else '"_creator" TEXT' for name in SYSTEM_COLUMNS]
        statements = [f'CREATE TABLE "{self.name}" ({", ".join(lines)}) WITHOUT ROWID']
        for each in self.fields:
            if each.unique or each.external_id:
                where = f'WHERE "{each.name}" IS NOT NULL AND "_deleted" = 0'
                statements.append(
                    f'CREATE UNIQUE INDEX "{self.name}.{each.name}" ON "{self.name}"("{each.name}") {where}'
                )
            elif each.refers_to:
                statements.append(f'CREATE INDEX "{self.name}.{each.name}" ON "{self.name}"("{each.name}")')
        for names in self.indexes:
            columns = ", ".join(f'"{name}"' for name in names)
            statements.append(f'CREATE INDEX "{self.name}.{"+".join(names)}" ON "{self.name}"({columns})')
        return statements


# Kept by the store on every row: when it was made and last written, how often, whether it is deleted, and by whom.
SYSTEM_COLUMNS = ("_created_us", "_modified_us", "_version", "_deleted", "_creator")


def coerce(spec: Field, value: Any) -> Any:
    """The stored form of a JSON value; raises BadValue. ``None`` stays None, required-ness is the caller's rule."""
    if value is None:
        return None
    return _COERCIONS[spec.kind](spec, value)


def _text(spec: Field, value: Any) -> str:
    if not isinstance(value, str):
        raise BadValue(spec.name, "a string", value)
    if spec.length is not None and len(value) > spec.length:
        raise BadValue(spec.name, f"at most {spec.length} characters", value)
    return value


def _picklist(spec: Field, value: Any) -> str:
    text = _text(spec, value)
    if spec.restricted and text not in spec.choices:
        raise BadValue(spec.name, f"one of {', '.join(spec.choices)}", value)
    return text


def _date(spec: Field, value: Any) -> str:
    text = _text(spec, value)
    try:
        plain_form = date.fromisoformat(text).isoformat()
    except ValueError as bad:
        raise BadValue(spec.name, "a date YYYY-MM-DD", value) from bad
    if plain_form != text:
        # Python also reads 20260112 and 2026-W03-1.
        raise BadValue(spec.name, "a date YYYY-MM-DD", value)
    return text


def _int(spec: Field, value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise BadValue(spec.name, "an integer", value)
    if not -_INT_MAX - 1 <= value <= _INT_MAX:
        raise BadValue(spec.name, "an integer of 64 bits", value)
    return value


def _bool(spec: Field, value: Any) -> int:
    if not isinstance(value, bool):
        raise BadValue(spec.name, "true or false", value)
    return int(value)


def _number(spec: Field, value: Any) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise BadValue(spec.name, "a number", value)
    number = Decimal(value)
    # At the scale of money a larger one would not fit SQLite's 64 bits.
    if not number.is_finite() or abs(number.adjusted()) > 13:
        raise BadValue(spec.name, "a number of at most 14 digits", value)
    return number


def _decimal(spec: Field, value: Any) -> str:
    return plain(_number(spec, value))


def _money(spec: Field, value: Any) -> int:
    try:
        return to_scaled(_number(spec, value))
    except ValueError as bad:
        raise BadValue(spec.name, f"at most {SCALE_PLACES} decimals", value) from bad


def _stored(spec: Field, value: Any) -> Any:
    return value


_COERCIONS = {
    "id": _text,
    "text": _text,
    "reference": _text,
    "picklist": _picklist,
    "date": _date,
    "decimal": _decimal,
    "json": _text,
    "int": _int,
    "minutes": _int,
    "money": _money,
    "instant": _stored,
    "bool": _bool,
}
