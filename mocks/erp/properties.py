"""What NetSuite calls a property of a record, as data: from it follow the stored field, JSON in and out, and SuiteQL.

The kit's Field knows columns; a property also knows which records it may refer to and how a list value is named.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from mocks.kit.records import Field, RecordType

# Kind of a property -> kind of the stored field. "number" and "money" are integers at 1e-4; "document" is a reference
# whose record is wanted whole by the rules.
_STORED = {
    "text": "text",
    "date": "date",
    "bool": "bool",
    "int": "int",
    "decimal": "decimal",
    "money": "money",
    "number": "money",
    "hours": "minutes",
    "enum": "picklist",
    "reference": "reference",
    "document": "reference",
    "instant": "instant",
    "json": "json",
}
_WORD = re.compile(r"(?<=[a-z])(?=[A-Z])")


@dataclass(frozen=True)
class Property:
    """One property. ``targets`` are the record types a reference may name, ``names`` the labels of list values.

    ``derived`` says that the rules fill it when the client gives nothing.
    """

    name: str
    kind: str = "text"
    required: bool = False
    writable: bool = True
    unique: bool = False
    indexed: bool = False
    shown: bool = True
    derived: bool = False
    targets: tuple[str, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)
    length: int | None = None
    default: Any = None
    label: str = ""

    @cached_property
    def spoken(self) -> str:
        """The label a person sees, for messages."""
        return self.label or _WORD.sub(" ", self.name).title()

    @cached_property
    def stored(self) -> Field:
        """The kit's field, from which the column and the check of a plain value follow."""
        return Field(
            self.name,
            _STORED[self.kind],
            required=self.required,
            writable=self.writable,
            unique=self.unique and self.name != "externalId",
            external_id=self.unique and self.name == "externalId",
            refers_to=self.targets[0] if self.indexed else None,
            length=self.length,
            choices=tuple(self.names),
            restricted=bool(self.names),
            default=self.default,
            label=self.spoken,
        )


@dataclass(frozen=True, slots=True)
class Sublist:
    """The lines of a record: their properties, and the record type of lines it is shown and matched by."""

    name: str
    properties: Mapping[str, Property]


def text(name: str, **rest: Any) -> Property:
    """A text; 300 characters at most unless told otherwise (assumed)."""
    return Property(name, "text", **{"length": 300, **rest})


def reference(name: str, *targets: str, **rest: Any) -> Property:
    """A reference to one of the record types."""
    return Property(name, "reference", targets=targets, **rest)


def enum(name: str, names: Mapping[str, str], **rest: Any) -> Property:
    """A value of a fixed list."""
    return Property(name, "enum", names=names, **rest)


def external_id() -> Property:
    """The key the client chose."""
    return text("externalId", unique=True)


def record(
    name: str,
    properties: tuple[Property, ...],
    *,
    display: tuple[str, ...] = ("id",),
    sublists: tuple[Sublist, ...] = (),
) -> RecordType:
    """A record type. ``display`` names the fields whose values make its ``refName``."""
    return RecordType(
        name,
        tuple(each.stored for each in properties),
        info={
            "properties": {each.name: each for each in properties},
            "display": display,
            "sublists": {each.name: each for each in sublists},
            "defaults": {each.name: each.default for each in properties},
            "required": {each.name: each.spoken for each in properties if each.required},
        },
    )


def sublist(name: str, *properties: Property) -> Sublist:
    """Lines under a name."""
    return Sublist(name, {each.name: each for each in properties})


def properties_of(record_type: RecordType) -> dict[str, Property]:
    """The properties of a record type by name."""
    found: dict[str, Property] = record_type.info["properties"]
    return found


def sublists_of(record_type: RecordType) -> dict[str, Sublist]:
    """The sublists of a record type by name."""
    found: dict[str, Sublist] = record_type.info["sublists"]
    return found


def display_of(record_type: RecordType) -> tuple[str, ...]:
    """The fields whose values make the ``refName`` of a record."""
    found: tuple[str, ...] = record_type.info["display"]
    return found


def defaults_of(record_type: RecordType) -> dict[str, Any]:
    """A new dict of every field with its default."""
    return dict(record_type.info["defaults"])


def added_of(record_type: RecordType) -> frozenset[str]:
    """The custom fields that this account added (``shape.py``)."""
    return frozenset(record_type.info.get("added", ()))


def required_of(record_type: RecordType) -> dict[str, str]:
    """Required fields and how they are called in messages."""
    found: dict[str, str] = record_type.info["required"]
    return found
