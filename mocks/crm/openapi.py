"""What Salesforce's routes say in the OpenAPI document: one operation per object where the object decides the body."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from mocks.crm.fields import NUMBERS, Column
from mocks.crm.objects import SObject
from mocks.crm.records import OBJECTS
from mocks.crm.versions import VERSIONS
from mocks.kit.app import Mock
from mocks.kit.openapi import (
    JSON,
    NEWEST,
    TEXT,
    Answer,
    Dialect,
    Operation,
    Parameter,
    Schema,
    days_of,
    keys_of,
    list_of,
    moments_of,
    object_of,
    or_null,
)
from mocks.kit.routing import Route
from sandbox.core.money import from_scaled

FORM = "application/x-www-form-urlencoded"
_CONDITIONS = tuple(
    Parameter(name, {"type": "string", "examples": ["Mon, 12 Jan 2026 09:00:00 GMT"]}, "header")
    for name in ("If-Modified-Since", "If-Unmodified-Since")
)
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
_VERSION = {"version": {"type": "string", "enum": list(VERSIONS)}}
_ERROR = list_of(object_of({"message": TEXT, "errorCode": TEXT, "fields": list_of(TEXT)}, ("message", "errorCode")))
_OAUTH_ERROR = object_of({"error": TEXT, "error_description": TEXT}, ("error", "error_description"))
_RESULT = object_of(
    {"id": TEXT, "success": {"type": "boolean"}, "errors": {"type": "array"}, "created": {"type": "boolean"}},
    ("id", "success", "errors"),
)
_PAGE = object_of(
    {
        "totalSize": {"type": "integer"},
        "done": {"type": "boolean"},
        "nextRecordsUrl": TEXT,
        "records": list_of({"type": "object"}),
    },
    ("totalSize", "done", "records"),
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
            return {**schema, "enum": list(_org(mock).currencies)}
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


def _org(mock: Mock) -> Any:
    return vars(mock)["org"]


def _body(mock: Mock, sobject: SObject, *, creating: bool) -> Schema:
    columns = [
        each
        for each in sobject.columns
        if (each.createable if creating else each.updateable) and each.type != "address" and each.name != "Id"
    ]
    properties = {each.name: written(mock, each) for each in columns}
    if not creating:
        return object_of(properties, additionalProperties=False, minProperties=1)
    required = [each.name for each in columns if each.required and not each.defaulted]
    required += _DEMANDED.get(sobject.name, ())
    examples = _examples(mock, sobject, columns)
    more: dict[str, Any] = {"examples": examples} if examples else {}
    return object_of(properties, dict.fromkeys(required), additionalProperties=False, **more)


def _examples(mock: Mock, sobject: SObject, columns: Iterable[Column]) -> list[dict[str, Any]]:
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


def _record(sobject: SObject) -> Schema:
    return object_of({"attributes": {"type": "object"}, **{each.name: shown(each) for each in sobject.columns}})


def _sobject(mock: Mock, route: Route, sobject: SObject) -> Iterator[Operation]:
    """The operations of one object; what cannot be written is not offered."""
    deed = route.operation
    fixed = {"sobject": sobject.name}
    kind = f"crm:{sobject.name}"
    by_id: dict[str, Any] = {
        "values": {**_VERSION, "record_id": keys_of(mock, sobject.name)},
        "takes": {"record_id": kind},
    }
    if deed == "record.read":
        fields = Parameter("fields", {"type": "string", "examples": [each.name for each in sobject.columns[:4]]})
        read = Answer(200, {JSON: _record(sobject)})
        conditions = _CONDITIONS if sobject.name == "Account" else ()
        answers = (read, Answer(304)) if conditions else (read,)
        yield Operation(fixed, parameters=(fields, *conditions), answers=answers, refusals=(412,), **by_id)
    elif deed == "record.create" and sobject.writable:
        body = {JSON: _body(mock, sobject, creating=True)}
        made = (Answer(201, {JSON: _RESULT}),)
        yield Operation(fixed, _VERSION, body=body, answers=made, creates=(kind, "$response.body#/id"))
    elif deed == "record.update" and sobject.writable:
        body = {JSON: _body(mock, sobject, creating=False)}
        yield Operation(fixed, body=body, answers=(Answer(204),), refusals=(412,), **by_id)
    elif deed == "record.delete" and sobject.writable:
        yield Operation(fixed, answers=(Answer(204),), **by_id)
    elif deed in ("sobject.basic", "sobject.describe"):
        yield Operation(fixed, _VERSION, answers=(Answer(200, {JSON: {"type": "object"}}),))


def _external(mock: Mock, route: Route) -> Iterator[Operation]:
    several = Answer(300, {JSON: list_of(TEXT)})
    for sobject in OBJECTS:
        for column in sobject.columns:
            if not column.external_id or not sobject.writable:
                continue
            fixed = {"sobject": sobject.name, "field": column.name}
            known = keys_of(mock, sobject.name, column.name)
            values = {**_VERSION, "value": {**known, "minLength": 1, "maxLength": column.length or 40}}
            if route.operation == "external.read":
                yield Operation(fixed, values, answers=(Answer(200, {JSON: _record(sobject)}), several))
                continue
            body = _body(mock, sobject, creating=False)
            body["properties"].pop(column.name, None)
            done = (Answer(200, {JSON: _RESULT}), Answer(201, {JSON: _RESULT}), Answer(204), several)
            only = Parameter("updateOnly", {"type": "string", "enum": ["true", "false"]})
            yield Operation(fixed, values, (only,), {JSON: body}, answers=done, refusals=(412,))


def _queries(mock: Mock) -> Schema:
    """Queries that hold, as examples: by name, by stamp, counted, with a parent and with children."""
    listed = [f"SELECT Id FROM {each.name} ORDER BY SystemModstamp, Id" for each in OBJECTS]
    listed += [f"SELECT COUNT() FROM {each.name} WHERE IsDeleted = false" for each in OBJECTS]
    listed.append("SELECT Id, Owner.Name FROM Account WHERE CreatedDate > 2020-01-01T00:00:00Z LIMIT 5")
    listed.append("SELECT Name, (SELECT Id, Amount FROM Opportunities) FROM Account")
    return {"type": "string", "examples": listed}


def _token(mock: Mock) -> Operation:
    parts = vars(mock)
    names = list(parts["passwords"])
    fields = {
        "grant_type": {"type": "string", "enum": ["password", "client_credentials"]},
        "client_id": {"type": "string", "examples": [parts["consumer_key"]]},
        "client_secret": {"type": "string", "examples": [parts["consumer_secret"]]},
        "username": {"type": "string", "examples": names[:1]},
        "password": {"type": "string", "examples": [parts["passwords"][name] for name in names[:1]]},
    }
    content = {JSON: object_of({"access_token": TEXT, "instance_url": TEXT, "id": TEXT}, ("access_token",))}
    return Operation(body={FORM: object_of(fields, fields)}, answers=(Answer(200, content),))


_MESSAGE = object_of(
    {
        "channel": {"type": "string", "examples": ["/meta/handshake"]},
        "version": {"type": "string", "examples": ["1.0"]},
        "supportedConnectionTypes": list_of({"type": "string", "examples": ["long-polling"]}),
    },
    ("channel",),
)


def _single(mock: Mock) -> Mapping[str, Operation]:
    user = {"type": "string", "examples": [_org(mock).first_user_id]}
    done = (Answer(200, {JSON: {"type": "object"}}),)
    numbers = {"version": {"type": "string", "enum": [version.removeprefix("v") for version in VERSIONS]}}
    replies = (Answer(200, {JSON: list_of({"type": "object"})}),)
    return {
        "versions.list": Operation(answers=replies),
        "oauth.token": _token(mock),
        "oauth.revoke": Operation(body={FORM: object_of({"token": TEXT}, ("token",))}, answers=(Answer(200),)),
        "oauth.identity": Operation(
            values={"organization": {"type": "string", "examples": [_org(mock).id]}, "user": user}, answers=done
        ),
        "query.run": Operation(
            values=_VERSION,
            parameters=(Parameter("q", _queries(mock), required=True),),
            answers=(Answer(200, {JSON: _PAGE}),),
        ),
        "query.more": Operation(values=_VERSION, answers=(Answer(200, {JSON: _PAGE}),)),
        "stream.messages": Operation(values=numbers, body={JSON: list_of(_MESSAGE, minItems=1)}, answers=replies),
    }


def describe(mock: Mock, route: Route) -> Iterable[Operation]:
    """The operations of a route."""
    single = _single(mock).get(route.operation)
    if single is not None:
        return (single,)
    if route.operation.startswith("external."):
        return tuple(_external(mock, route))
    if "<sobject>" in route.path:
        return tuple(operation for sobject in OBJECTS for operation in _sobject(mock, route, sobject))
    values = _VERSION if "<version>" in route.path else {}
    return (Operation(values=values, answers=(Answer(200, {JSON: {}}),)),)


DIALECT = Dialect(
    "Salesforce REST",
    error={JSON: {"anyOf": [_ERROR, _OAUTH_ERROR]}},
    security={"session": {"type": "http", "scheme": "bearer"}},
    describe=describe,
)
