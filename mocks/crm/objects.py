"""The shape of a Salesforce object: key prefix, columns in wire order, the table below, what it takes from JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Any

from mocks.crm import errors
from mocks.crm.fields import Column, flag, lookup, picklist, shown
from mocks.crm.values import Renderer, address, instant_stored, stored
from mocks.kit.records import RecordType
from sandbox.core.observe import Row

_ID = Column("Id", "id", length=18, createable=False, updateable=False, defaulted=True)
_IS_DELETED = shown(flag("IsDeleted", column="_deleted"))
_AUDIT = (
    shown(Column("CreatedDate", "datetime", column="_created_us", defaulted=True)),
    shown(lookup("CreatedById", "User", column="_creator", defaulted=True)),
    shown(Column("LastModifiedDate", "datetime", column="_modified_us", defaulted=True)),
    shown(lookup("LastModifiedById", "User", defaulted=True)),
    shown(Column("SystemModstamp", "datetime", column="_modified_us", defaulted=True)),
)
_OWNER = lookup("OwnerId", "User", required=True, defaulted=True)
_CURRENCY = picklist("CurrencyIsoCode", defaulted=True)
# Who decides a record's currency: the client always, the client once, another record, or nobody (no such field).
_CURRENCIES = {
    "writable": (_CURRENCY,),
    "fixed": (replace(_CURRENCY, updateable=False),),
    "inherited": (shown(_CURRENCY),),
    "none": (),
}


@dataclass(frozen=True)
class SObject:
    """One object of the tenant. ``own`` are the columns it does not share with every other."""

    name: str
    prefix: str
    plural: str
    own: tuple[Column, ...]
    owned: bool = False
    currency: str = "writable"
    writable: bool = True
    name_field: str = "Name"
    label: str = ""

    @property
    def custom(self) -> bool:
        """Whether the tenant added it."""
        return self.name.endswith("__c")

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """Every column in wire order: system, standard, audit, custom."""
        standard = [each for each in self.own if not each.custom]
        standard += _CURRENCIES[self.currency]
        if self.owned:
            standard.append(_OWNER)
        return (_ID, _IS_DELETED, *standard, *_AUDIT, *(each for each in self.own if each.custom))

    @cached_property
    def by_lower(self) -> dict[str, Column]:
        """Columns by lower-case name: names on the wire ignore case."""
        return {each.name.lower(): each for each in self.columns}

    @cached_property
    def by_name(self) -> dict[str, Column]:
        """Columns by name."""
        return {each.name: each for each in self.columns}

    @cached_property
    def parents(self) -> dict[str, Column]:
        """References by lower-case relationship name."""
        return {each.relationship.lower(): each for each in self.columns if each.relationship}

    @cached_property
    def references(self) -> tuple[Column, ...]:
        """References a client may write."""
        return tuple(each for each in self.columns if each.refers_to and each.createable)

    @cached_property
    def required(self) -> tuple[str, ...]:
        """Names that must have a value."""
        return tuple(each.name for each in self.columns if each.required)

    @cached_property
    def uniques(self) -> tuple[Column, ...]:
        """Columns whose values may not repeat."""
        return tuple(each for each in self.columns if each.unique)

    @cached_property
    def tracked(self) -> tuple[tuple[str, str, str], ...]:
        """Cells whose values a change event carries (section 9: not IsDeleted, not SystemModstamp)."""
        left_out = ("Id", "IsDeleted", "SystemModstamp")
        return tuple(cell for cell in self.cells if cell[0] not in left_out and cell[2] != "address")

    @cached_property
    def tracked_kinds(self) -> dict[str, str]:
        """Types of what a change event carries, by name."""
        return {name: kind for name, _, kind in self.tracked}

    @cached_property
    def cells(self) -> tuple[tuple[str, str, str], ...]:
        """(name, database column, type) of every column, for rendering."""
        return tuple((each.name, each.stored_in, each.type) for each in self.columns)

    @cached_property
    def cell_of(self) -> dict[str, tuple[str, str, str]]:
        """Cells by name."""
        return {cell[0]: cell for cell in self.cells}

    @cached_property
    def record_type(self) -> RecordType:
        """The table. Columns the store keeps itself (stamps, creator, deletion) are not fields of it."""
        fields = tuple(each.field() for each in self.columns if not each.column and each.type not in ("id", "address"))
        return RecordType(self.name, fields, key="Id", label=self.label or self.name, info={"prefix": self.prefix})

    @cached_property
    def blank(self) -> dict[str, Any]:
        """A row of defaults, without what the store adds."""
        return {each.name: each.default for each in self.record_type.fields}

    def indexes(self) -> list[str]:
        """Statements for what is filtered most: stamps for polling, names and external ids without case."""
        made = [f'CREATE INDEX "{self.name}._modified_us" ON "{self.name}"("_modified_us")']
        made += [
            f'CREATE INDEX "{self.name}.{each.name}" ON "{self.name}"("{each.name}" COLLATE NOCASE)'
            for each in self.columns
            if each.external_id or each.indexed
        ]
        return made

    def accept(self, body: Any, epoch: datetime, *, creating: bool, in_address: str | None = None) -> dict[str, Any]:
        """The stored values of a JSON body by field name; raises CrmRefusal for what does not fit.

        ``epoch`` is where stored instants count from. ``in_address`` is the external id that stands in the URL and must
        not be repeated. Fields that are fixed once the record is there pass here; the rules refuse them when they would
        change.
        """
        if not isinstance(body, dict):
            raise errors.body_unreadable("The request body must be a JSON object")
        given: dict[str, Any] = {}
        refused: list[str] = []
        for name, value in body.items():
            column = self.by_lower.get(name.lower())
            if column is None:
                if name == "attributes":
                    continue
                raise errors.no_such_field(name, self.name)
            if column.name in ("Id", in_address):
                raise errors.field_not_in_body(column.name)
            if not (column.createable or (column.updateable and not creating)):
                refused.append(column.name)
            elif column.type == "datetime":
                given[column.name] = instant_stored(column, value, epoch)
            else:
                given[column.name] = stored(column, value)
        if refused:
            raise errors.read_only(refused)
        return given


def url(version: str, name: str, record_id: str) -> str:
    """Path of a record, as in ``attributes.url``."""
    return f"/services/data/{version}/sobjects/{name}/{record_id}"


def shown_record(
    sobject: SObject, row: Row, version: str, renderers: Mapping[str, Renderer], names: Sequence[str] | None = None
) -> dict[str, Any]:
    """A row as the wire shows it, attributes first; all columns, nulls included, unless ``names`` picks some."""
    shown_row: dict[str, Any] = {
        "attributes": {"type": sobject.name, "url": url(version, sobject.name, row["Id"])},
    }
    for name, column, kind in sobject.cells if names is None else [sobject.cell_of[name] for name in names]:
        if kind == "address":
            shown_row[name] = address([row[part] for part in sobject.by_name[name].parts])
            continue
        value = row[column]
        renderer = renderers.get(kind)
        shown_row[name] = value if renderer is None or value is None else renderer(value)
    return shown_row
