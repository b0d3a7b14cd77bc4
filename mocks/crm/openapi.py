"""What Salesforce's routes say in the OpenAPI document: one operation per object where the object decides the body.

Objects and fields are those of the tenant.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from mocks.crm.objects import SObject
from mocks.crm.openapi_batches import batches, mock_objects
from mocks.crm.openapi_bulk import bulk
from mocks.crm.openapi_login import OAUTH_ERROR, logins
from mocks.crm.openapi_records import RESULT, VERSION, body_of, record_of
from mocks.crm.versions import VERSIONS
from mocks.kit.app import Mock
from mocks.kit.openapi import (
    JSON,
    TEXT,
    Answer,
    Dialect,
    Operation,
    Parameter,
    Schema,
    keys_of,
    list_of,
    object_of,
)
from mocks.kit.routing import Route
from sandbox.core.clock import DAY_US, iso_z

_CONDITIONS = tuple(
    Parameter(name, {"type": "string", "examples": ["Mon, 12 Jan 2026 09:00:00 GMT"]}, "header")
    for name in ("If-Modified-Since", "If-Unmodified-Since")
)
_ERROR = list_of(object_of({"message": TEXT, "errorCode": TEXT, "fields": list_of(TEXT)}, ("message", "errorCode")))
_PAGE = object_of(
    {
        "totalSize": {"type": "integer"},
        "done": {"type": "boolean"},
        "nextRecordsUrl": TEXT,
        "records": list_of({"type": "object"}),
    },
    ("totalSize", "done", "records"),
)


def _sobject(mock: Mock, route: Route, sobject: SObject) -> Iterator[Operation]:
    """The operations of one object; what cannot be written is not offered."""
    deed = route.operation
    fixed = {"sobject": sobject.name}
    kind = f"crm:{sobject.name}"
    by_id: dict[str, Any] = {
        "values": {**VERSION, "record_id": keys_of(mock, sobject.name)},
        "takes": {"record_id": kind},
    }
    if deed == "record.read":
        fields = Parameter("fields", {"type": "string", "examples": [each.name for each in sobject.columns[:4]]})
        read = Answer(200, {JSON: record_of(sobject)})
        conditions = _CONDITIONS if sobject.name == "Account" else ()
        answers = (read, Answer(304)) if conditions else (read,)
        yield Operation(fixed, parameters=(fields, *conditions), answers=answers, refusals=(412,), **by_id)
    elif deed in ("record.create", "record.create_by_id") and sobject.writable:
        body = {JSON: body_of(mock, sobject, creating=True)}
        made = (Answer(201, {JSON: RESULT}),)
        yield Operation(fixed, VERSION, body=body, answers=made, creates=(kind, "$response.body#/id"))
    elif deed == "record.update" and sobject.writable:
        body = {JSON: body_of(mock, sobject, creating=False)}
        yield Operation(fixed, body=body, answers=(Answer(204),), refusals=(412,), **by_id)
    elif deed == "record.delete" and sobject.writable:
        yield Operation(fixed, answers=(Answer(204),), **by_id)
    elif deed in ("sobject.basic", "sobject.describe"):
        told = Answer(200, {JSON: {"type": "object"}})
        conditional = deed == "sobject.describe"
        answers = (told, Answer(304)) if conditional else (told,)
        yield Operation(fixed, VERSION, _CONDITIONS[:1] if conditional else (), answers=answers)


def _external(mock: Mock, route: Route) -> Iterator[Operation]:
    several = Answer(300, {JSON: list_of(TEXT)})
    for sobject in mock_objects(mock):
        for column in sobject.columns:
            if not column.external_id or not sobject.writable:
                continue
            fixed = {"sobject": sobject.name, "field": column.name}
            known = keys_of(mock, sobject.name, column.name)
            values = {**VERSION, "value": {**known, "minLength": 1, "maxLength": column.length or 40}}
            if route.operation == "external.read":
                yield Operation(fixed, values, answers=(Answer(200, {JSON: record_of(sobject)}), several))
                continue
            if route.operation == "external.delete":
                yield Operation(fixed, values, answers=(Answer(204), several))
                continue
            body = body_of(mock, sobject, creating=False)
            body["properties"].pop(column.name, None)
            done = (Answer(200, {JSON: RESULT}), Answer(201, {JSON: RESULT}), Answer(204), several)
            only = Parameter("updateOnly", {"type": "string", "enum": ["true", "false"]})
            yield Operation(fixed, values, (only,), {JSON: body}, answers=done, refusals=(412,))


def _queries(mock: Mock) -> Schema:
    """Queries that hold, as examples: by name, by stamp, counted, with a parent and with children."""
    listed = [f"SELECT Id FROM {each.name} ORDER BY SystemModstamp, Id" for each in mock_objects(mock)]
    listed += [f"SELECT COUNT() FROM {each.name} WHERE IsDeleted = false" for each in mock_objects(mock)]
    listed.append("SELECT Id, Owner.Name FROM Account WHERE CreatedDate > 2020-01-01T00:00:00Z LIMIT 5")
    listed.append("SELECT Name, (SELECT Id, Amount FROM Opportunities) FROM Account")
    return {"type": "string", "examples": listed}


_MESSAGE = object_of(
    {
        "channel": {"type": "string", "examples": ["/meta/handshake"]},
        "version": {"type": "string", "examples": ["1.0"]},
        "supportedConnectionTypes": list_of({"type": "string", "examples": ["long-polling"]}),
    },
    ("channel",),
)


def _single(mock: Mock) -> Mapping[str, Operation]:
    queries = Operation(
        values=VERSION,
        parameters=(Parameter("q", _queries(mock), required=True),),
        answers=(Answer(200, {JSON: _PAGE}),),
    )
    numbers: dict[str, Schema] = {
        "version": {"type": "string", "enum": [version.removeprefix("v") for version in VERSIONS]}
    }
    replies = (Answer(200, {JSON: list_of({"type": "object"})}),)
    return {
        **logins(mock, _ERROR),
        "versions.list": Operation(answers=replies),
        "query.run": queries,
        "query.all": queries,
        "query.more": Operation(values=VERSION, answers=(Answer(200, {JSON: _PAGE}),)),
        "stream.messages": Operation(values=numbers, body={JSON: list_of(_MESSAGE, minItems=1)}, answers=replies),
    }


def _replication(mock: Mock, route: Route) -> Operation:
    """The last day, which is within what is kept."""
    now = mock.context.clock.now_us()
    epoch = mock.context.clock.epoch
    ends: list[Schema] = [{"type": "string", "examples": [iso_z(epoch, each)]} for each in (now - DAY_US, now)]
    span = tuple(Parameter(name, each, required=True) for name, each in zip(("start", "end"), ends, strict=True))
    names: Schema = {"type": "string", "enum": [each.name for each in mock_objects(mock)]}
    listed = {"ids": list_of(TEXT), "deletedRecords": list_of({"type": "object"}), "latestDateCovered": TEXT}
    answers = (Answer(200, {JSON: object_of(listed, ("latestDateCovered",))}),)
    return Operation(values={**VERSION, "sobject": names}, parameters=span, answers=answers)


def describe(mock: Mock, route: Route) -> Iterable[Operation]:
    """The operations of a route."""
    single = _single(mock).get(route.operation)
    if single is not None:
        return (single,)
    several = batches(mock, route, _ERROR) or bulk(mock, route, _queries(mock))
    if several:
        return several
    if route.operation.startswith("external."):
        return tuple(_external(mock, route))
    if route.operation.startswith("replication."):
        return (_replication(mock, route),)
    if "<sobject>" in route.path:
        return tuple(operation for sobject in mock_objects(mock) for operation in _sobject(mock, route, sobject))
    values = VERSION if "<version>" in route.path else {}
    return (Operation(values=values, answers=(Answer(200, {JSON: {}}),)),)


DIALECT = Dialect(
    "Salesforce REST",
    error={JSON: {"anyOf": [_ERROR, OAUTH_ERROR]}},
    security={"session": {"type": "http", "scheme": "bearer"}},
    describe=describe,
)
