"""How a Salesforce field is declared.

A column knows the vendor's type; the kit's field behind it knows how it is stored. Numbers of every kind are integers
at 1e-4 of the unit.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any

from mocks.kit.records import Field

NUMBERS = ("currency", "percent", "double")
TEXTS = ("string", "textarea", "picklist", "phone", "url", "email")
# How each of the vendor's types is stored.
_KINDS = {
    **dict.fromkeys(NUMBERS, "money"),
    **dict.fromkeys(TEXTS, "text"),
    "id": "id",
    "reference": "reference",
    "boolean": "bool",
    "int": "int",
    "date": "date",
    "datetime": "instant",
}


@dataclass(frozen=True, slots=True)
class Column:
    """A field as the vendor describes it. ``column`` is the database column when it is not the name itself."""

    name: str
    type: str = "string"
    length: int = 0
    precision: int = 0
    scale: int = 0
    required: bool = False
    createable: bool = True
    updateable: bool = True
    defaulted: bool = False
    default: Any = None
    choices: tuple[str, ...] = ()
    restricted: bool = False
    bounds: tuple[int, int] | None = None
    external_id: bool = False
    unique: bool = False
    indexed: bool = False
    refers_to: str | None = None
    relationship: str | None = None
    children: str | None = None
    on_delete: str = "clear"
    column: str = ""
    parts: tuple[str, ...] = ()
    compound: str | None = None
    # As a person reads it; the name otherwise.
    title: str = ""

    @property
    def stored_in(self) -> str:
        """The database column."""
        return self.column or self.name

    @property
    def custom(self) -> bool:
        """Whether the tenant added it."""
        return self.name.endswith("__c")

    @property
    def label(self) -> str:
        """The name as a person reads it."""
        if self.title:
            return self.title
        plain = self.name.removesuffix("__c").replace("_", " ")
        return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", plain)

    @property
    def filterable(self) -> bool:
        """Long texts and compound fields cannot be filtered or sorted."""
        return self.type != "address" and not (self.type == "textarea" and self.length > 255)

    @property
    def groupable(self) -> bool:
        """Numbers with decimals and instants cannot be grouped."""
        return self.filterable and self.type not in (*NUMBERS, "datetime")

    def field(self) -> Field:
        """The kit's field that stores it.

        Uniqueness is checked by our rules: it ignores case, the kit's index would not. References to users are not
        indexed: users are never deleted, so nobody looks for what refers to one.
        """
        refers_to = None if self.refers_to == "User" else self.refers_to
        return Field(self.name, _KINDS[self.type], refers_to=refers_to, default=self.default)


# -- declaring --------------------------------------------------------------------------------------------------------


def text(name: str, length: int, **more: Any) -> Column:
    """A line of text."""
    return Column(name, "string", length=length, **more)


def picklist(name: str, *choices: str, **more: Any) -> Column:
    """A choice; unless ``restricted``, other values are taken as well."""
    return Column(name, "picklist", length=255, choices=choices, **more)


def currency(name: str, scale: int = 2, **more: Any) -> Column:
    """An amount in the record's currency."""
    return Column(name, "currency", precision=18, scale=scale, **more)


def number(name: str, precision: int, scale: int, **more: Any) -> Column:
    """A number with decimals."""
    return Column(name, "double", precision=precision, scale=scale, **more)


def percent(name: str, precision: int, scale: int, **more: Any) -> Column:
    """A percentage, 0 to 100."""
    return Column(name, "percent", precision=precision, scale=scale, bounds=(0, 100), **more)


def whole(name: str, precision: int = 8, **more: Any) -> Column:
    """An integer."""
    return Column(name, "int", precision=precision, **more)


def flag(name: str, **more: Any) -> Column:
    """A checkbox, false unless said otherwise."""
    return Column(name, "boolean", defaulted=True, default=0, **more)


def day(name: str, **more: Any) -> Column:
    """A date without a zone."""
    return Column(name, "date", **more)


def lookup(name: str, refers_to: str, children: str | None = None, **more: Any) -> Column:
    """A reference; the relationship is ``X`` for ``XId`` and ``X__r`` for ``X__c``."""
    relationship = name.removesuffix("Id") if not name.endswith("__c") else name.removesuffix("__c") + "__r"
    settings = {"length": 18, "refers_to": refers_to, "relationship": relationship, "children": children, **more}
    return Column(name, "reference", **settings)


def shown(column: Column) -> Column:
    """The same, read-only."""
    return replace(column, createable=False, updateable=False)
