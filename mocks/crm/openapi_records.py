"""Schemas of Salesforce's objects for the OpenAPI document: fields as read and as written, bodies that would do."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from mocks.crm.fields import NUMBERS, Column
from mocks.crm.objects import SObject
from mocks.crm.versions import VERSIONS
from mocks.kit.app import Mock
from mocks.kit.openapi import NEWEST, TEXT, Schema, days_of, keys_of, moments_of, object_of, or_null
from sandbox.core.money import from_scaled

# What the rules ask for on top of the required fields.
_DEMANDED = {
    "OpportunityLineItem": ("PricebookEntryId",),
    "QuoteLineItem": ("PricebookEntryId",),
    "PricebookEntry": ("UnitPrice",),
}
# What follows from other fields, or goes with them only sometimes: not part of an example.
_DERIVED = ("Discount", "Product2Id", "TotalPrice")
# How many bodies are shown as examples.
_BODIES = 5
VERSION = {"version": {"type": "string", "enum": list(VERSIONS)}}
RESULT = object_of(
    {"id": TEXT, "success": {"type": "boolean"}, "errors": {"type": "array"}, "created": {"type": "boolean"}},
    ("id", "success", "errors"),
)
# Milliseconds and a zone without a colon, as the vendor writes it.
_STAMP: Schema = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+0000$"}
_TYPES: dict[str, Schema] = {
    **{name: {"type": "number"} for name in NUMBERS},
    "boolean": {"type": "boolean"},
    "int": {"type": "integer"},
    "date": {"type": "string", "format": "date"},
    "datetime": {"type": "string", "format": "date-time"},
    "address": {"type": ["object", "null"]},
}


def shown(column: Column) -> Schema:
    """A field as it is read: null where it has no value."""
    return or_null(_STAMP if column.type == "datetime" else _TYPES.get(column.type, TEXT))


def written(mock: Mock, column: Column) -> Schema:
    """A field as it may be written."""
    if column.refers_to:
        return keys_of(mock, column.refers_to)
    if column.type in ("date", "datetime"):
        return days_of(mock) if column.type == "date" else moments_of(mock)
    schema = dict(_TYPES.get(column.type, TEXT))
    if column.type == "picklist":
        if column.name == "CurrencyIsoCode":
            return {**schema, "enum": list(org_of(mock).currencies)}
        key = "enum" if column.restricted else "examples"
        return {**schema, **({key: list(column.choices)} if column.choices else {})}
    if column.type in NUMBERS or column.type == "int":
        low, high = column.bounds or (0, 10 ** min(column.precision - column.scale, 6) - 1)
        return {**schema, "minimum": low, "maximum": high}
    if column.type == "email":
        return {**schema, "format": "email", "maxLength": column.length or 80}
    if schema == TEXT:
        low = 1 if column.required else 0
        return {**schema, "minLength": low, "maxLength": column.length or 255}
    return schema


def org_of(mock: Mock) -> Any:
    """The mock's organisation, which the kit's type does not know."""
    return vars(mock)["org"]


def writable_columns(sobject: SObject, *, creating: bool) -> list[Column]:
    """What a body may name."""
    return [
        each
        for each in sobject.columns
        if (each.createable if creating else each.updateable) and each.type != "address" and each.name != "Id"
    ]


def body_of(mock: Mock, sobject: SObject, *, creating: bool) -> Schema:
    """The body of a create, or of a change of some fields."""
    columns = writable_columns(sobject, creating=creating)
    properties = {each.name: written(mock, each) for each in columns}
    if not creating:
        return object_of(properties, additionalProperties=False, minProperties=1)
    required = [each.name for each in columns if each.required and not each.defaulted]
    required += _DEMANDED.get(sobject.name, ())
    examples = examples_of(mock, sobject, columns)
    more: dict[str, Any] = {"examples": examples} if examples else {}
    return object_of(properties, dict.fromkeys(required), additionalProperties=False, **more)


def examples_of(mock: Mock, sobject: SObject, columns: Iterable[Column]) -> list[dict[str, Any]]:
    """Bodies that would make records like the newest there are, without what may not repeat."""
    left_out = _DERIVED if sobject.name in _DEMANDED and sobject.name != "PricebookEntry" else ()
    sent = [each for each in columns if not (each.unique or each.external_id) and each.type != "datetime"]
    sent = [each for each in sent if each.name not in left_out]
    rows = mock.store.find(sobject.name, order=NEWEST.format("Id"), limit=_BODIES)
    return [
        {each.name: _as_sent(each, row[each.stored_in]) for each in sent if row[each.stored_in] not in (None, "")}
        for row in rows
    ]


def _as_sent(column: Column, value: Any) -> Any:
    if column.type in NUMBERS:
        return from_scaled(value)
    return bool(value) if column.type == "boolean" else value


def record_of(sobject: SObject) -> Schema:
    """A record as it is read, whole or with some of its fields."""
    return object_of({"attributes": {"type": "object"}, **{each.name: shown(each) for each in sobject.columns}})
