"""What an account adds to its record types: custom fields, and what its forms make mandatory. Raises ShapeMistake.

Mandatory is asked of what is written by REST, on every write as the vendor does; what was there before may lack it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from mocks.erp import errors
from mocks.erp.properties import Property, properties_of
from mocks.erp.query_tables import STANDARD_CATALOGUE, Catalogue, with_fields
from mocks.erp.records_documents import ALL
from mocks.erp.resources import RESOURCES, Resource
from mocks.kit.records import RecordType
from sandbox.core.observe import Row
from sandbox.core.tenant_shape import ErpField, ErpShape, Place, ShapeMistake, unknown

# Where a custom field belongs is in its name (erp-netsuite.md section 9).
_BODIES = ("invoice", "customerPayment", "creditMemo", "salesOrder", "vendorBill", "expenseReport", "journalEntry")
_PREFIXES = {
    **dict.fromkeys(_BODIES, "custbody_"),
    **dict.fromkeys(("customer", "job", "employee", "vendor"), "custentity_"),
    "timeBill": "custcol_",
    "projectTask": "custevent_",
    "billingSchedule": "custrecord_",
}
_KINDS = {
    "text": "text",
    "date": "date",
    "checkbox": "bool",
    "integer": "int",
    "number": "number",
    "currency": "money",
    "list": "enum",
    "record": "reference",
}


@dataclass(frozen=True, slots=True)
class Account:
    """Record types, resources and SuiteQL's tables of an account, and the mandatory fields by record type."""

    record_types: tuple[RecordType, ...]
    resources: Mapping[str, Resource]
    catalogue: Catalogue
    mandatory: Mapping[str, Mapping[str, str]]

    def demand(self, record_type: RecordType, row: Row) -> None:
        """Raises ErpRefusal naming every mandatory field of a record that has no value."""
        asked = self.mandatory.get(record_type.name)
        absent = [spoken for name, spoken in asked.items() if row[name] in (None, "")] if asked else []
        if absent:
            raise errors.missing(absent)


def account_of(shape: ErpShape) -> Account:
    """The account of this shape; that of every tenant when it adds nothing."""
    if not shape.fields and not shape.mandatory:
        return Account(ALL, RESOURCES, STANDARD_CATALOGUE, {})
    added = {name: _properties(name, fields) for name, fields in shape.fields.items()}
    types = {each.name: _extended(each, added.get(each.name, ())) for each in ALL}
    resources = {key: replace(each, record_type=types[each.record_type.name]) for key, each in RESOURCES.items()}
    mandatory = {
        name: {each.name: each.spoken for each in properties if each.required} for name, properties in added.items()
    }
    for name, names in shape.mandatory.items():
        mandatory[name] = {**mandatory.get(name, {}), **_standard(types, name, names)}
    return Account(tuple(types.values()), resources, with_fields(added), mandatory)


def _writable(name: str, place: Place) -> None:
    if name not in _PREFIXES:
        raise unknown(place, "record type that takes custom fields", name, _PREFIXES)


def _standard(types: Mapping[str, RecordType], name: str, names: Iterable[str]) -> dict[str, str]:
    """Fields that every account has, mandatory in this one."""
    place: Place = ("erp", "mandatory", name)
    _writable(name, place)
    properties = {each.name: each for each in properties_of(types[name]).values() if each.writable and each.shown}
    for at, each in enumerate(names):
        if each not in properties:
            raise unknown((*place, at), f"field of {name} that a client writes", each, properties)
    return {each: properties[each].spoken for each in names}


def _properties(name: str, fields: Iterable[ErpField]) -> tuple[Property, ...]:
    place: Place = ("erp", "fields", name)
    _writable(name, place)
    known = {each.lower() for each in properties_of(RESOURCES[name.lower()].record_type)}
    found = []
    for at, field in enumerate(fields):
        _check(field, name, known, (*place, at))
        known.add(field.name)
        found.append(_property(field))
    return tuple(found)


def _check(field: ErpField, name: str, known: set[str], place: Place) -> None:
    prefix = _PREFIXES[name]
    if not field.name.startswith(prefix):
        raise ShapeMistake((*place, "name"), f"{field.name}: a custom field of {name} begins with {prefix}")
    if field.name in known:
        raise ShapeMistake((*place, "name"), f"{name} has a field {field.name} already")
    if bool(field.choices) != (field.type == "list"):
        raise ShapeMistake((*place, "choices"), f"{field.name}: choices are of list fields, and of those alone")
    if field.type == "record" and field.to.lower() not in RESOURCES:
        raise unknown((*place, "to"), "record type", field.to, (each.record_type.name for each in RESOURCES.values()))


def _property(field: ErpField) -> Property:
    targets = (RESOURCES[field.to.lower()].record_type.name,) if field.type == "record" else ()
    return Property(
        field.name,
        _KINDS[field.type],
        required=field.mandatory,
        targets=targets,
        names=field.choices,
        length=field.length if field.type == "text" else None,
        default=0 if field.type == "checkbox" else None,
        label=field.label,
    )


def _extended(record_type: RecordType, properties: Iterable[Property]) -> RecordType:
    added = {each.name: each for each in properties}
    if not added:
        return record_type
    info = {
        **record_type.info,
        "added": frozenset(added),
        "properties": {**properties_of(record_type), **added},
        "defaults": {**record_type.info["defaults"], **{each.name: each.default for each in added.values()}},
    }
    return replace(record_type, fields=(*record_type.fields, *(each.stored for each in added.values())), info=info)
