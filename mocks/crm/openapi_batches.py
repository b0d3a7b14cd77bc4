"""What the routes that take several records or requests at once say in the OpenAPI document."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from mocks.crm.objects import SObject
from mocks.crm.openapi_records import VERSION, examples_of, record_of, writable_columns
from mocks.crm.versions import DATA
from mocks.kit.app import Mock
from mocks.kit.openapi import JSON, TEXT, Answer, Operation, Parameter, Schema, keys_of, list_of, object_of, or_null
from mocks.kit.routing import Route

_FLAG: Schema = {"type": "boolean"}
_ITEM_ERROR = object_of({"statusCode": TEXT, "message": TEXT, "fields": list_of(TEXT)}, ("statusCode", "message"))
_RESULTS = list_of(
    object_of(
        {"id": TEXT, "success": _FLAG, "errors": list_of(_ITEM_ERROR), "created": _FLAG},
        ("success", "errors"),
    )
)
_TREE = object_of({"hasErrors": _FLAG, "results": list_of(object_of({"referenceId": TEXT}, ("referenceId",)))})
_COMPOSITE = object_of(
    {
        "compositeResponse": list_of(
            object_of(
                {
                    "body": {},
                    "httpHeaders": {"type": "object"},
                    "httpStatusCode": {"type": "integer"},
                    "referenceId": TEXT,
                },
                ("body", "httpHeaders", "httpStatusCode", "referenceId"),
            )
        )
    },
    ("compositeResponse",),
)
_BATCH = object_of(
    {"hasErrors": _FLAG, "results": list_of(object_of({"statusCode": {"type": "integer"}, "result": {}}))},
    ("hasErrors", "results"),
)
_PATH = f"{DATA}/v59.0"


def batches(mock: Mock, route: Route, error: Schema) -> tuple[Operation, ...]:
    """The operations of a route below ``/composite``; none for another. ``error`` is what all routes may answer."""
    if route.operation.startswith("collections."):
        return tuple(_collections(mock, route.operation.partition(".")[2]))
    if route.operation == "composite.tree":
        return tuple(_tree(mock, each, error) for each in mock_objects(mock) if each.writable)
    if route.operation == "composite.run":
        requests = _requests(mock, with_references=True)
        body = object_of({"allOrNone": _FLAG, "compositeRequest": requests}, ("compositeRequest",))
        return (Operation(values=VERSION, body={JSON: body}, answers=(Answer(200, {JSON: _COMPOSITE}),)),)
    if route.operation == "composite.batch":
        requests = _requests(mock, with_references=False)
        body = object_of({"haltOnError": _FLAG, "batchRequests": requests}, ("batchRequests",))
        return (Operation(values=VERSION, body={JSON: body}, answers=(Answer(200, {JSON: _BATCH}),)),)
    return ()


def mock_objects(mock: Mock) -> tuple[SObject, ...]:
    """The tenant's objects."""
    found: tuple[SObject, ...] = vars(mock)["schema"].objects
    return found


def _collections(mock: Mock, deed: str) -> Iterator[Operation]:
    done: Any = {"values": VERSION, "answers": (Answer(200, {JSON: _RESULTS}),)}
    if deed == "create":
        yield Operation(
            body={JSON: _records([each for name in ("Account", "Case") for each in _new(mock, name)])}, **done
        )
    elif deed == "update":
        known = keys_of(mock, "Account").get("examples", [])
        changed = [{"attributes": {"type": "Account"}, "id": each, "Description": "Changed"} for each in known]
        yield Operation(body={JSON: _records(changed)}, **done)
    elif deed == "delete":
        ids = Parameter("ids", keys_of(mock, "Case"), required=True)
        yield Operation(parameters=(ids, Parameter("allOrNone", {"type": "string", "enum": ["true", "false"]})), **done)
    elif deed == "upsert":
        yield from _upserts(mock, done)
    else:
        yield from (_reading(mock, each, deed) for each in mock_objects(mock))


def _upserts(mock: Mock, done: Any) -> Iterator[Operation]:
    for sobject in mock_objects(mock):
        for column in sobject.columns:
            if column.external_id and sobject.writable:
                records = [{**each, column.name: "NEW-1"} for each in _new(mock, sobject.name)]
                yield Operation({"sobject": sobject.name, "field": column.name}, body={JSON: _records(records)}, **done)


def _reading(mock: Mock, sobject: SObject, deed: str) -> Operation:
    """Null stands for a record that is not there."""
    fixed, answers = {"sobject": sobject.name}, (Answer(200, {JSON: list_of(or_null(record_of(sobject)))}),)
    ids, names = keys_of(mock, sobject.name), {"type": "string", "enum": [each.name for each in sobject.columns]}
    if deed == "read":
        asked = (Parameter("ids", ids, required=True), Parameter("fields", names, required=True))
        return Operation(fixed, VERSION, asked, answers=answers)
    body = object_of({"ids": list_of(ids, maxItems=3), "fields": list_of(names, minItems=1, maxItems=3)})
    return Operation(fixed, VERSION, body={JSON: {**body, "required": ["ids", "fields"]}}, answers=answers)


def _records(examples: list[dict[str, Any]]) -> Schema:
    """A body of records, of which some that would do are shown."""
    record: Schema = {"type": "object", **({"examples": examples} if examples else {})}
    return object_of({"allOrNone": _FLAG, "records": list_of(record, minItems=1, maxItems=3)}, ("records",))


def _new(mock: Mock, name: str) -> list[dict[str, Any]]:
    """Bodies of new records that say of which object they are."""
    (sobject,) = [each for each in mock_objects(mock) if each.name == name]
    bodies = examples_of(mock, sobject, writable_columns(sobject, creating=True))
    return [{"attributes": {"type": name}, **each} for each in bodies]


def _tree(mock: Mock, sobject: SObject, error: Schema) -> Operation:
    named = {"attributes": {"type": sobject.name, "referenceId": "ref1"}}
    records = [{**each, **named} for each in _new(mock, sobject.name)]
    record: Schema = {"type": "object", **({"examples": records} if records else {})}
    body = object_of({"records": list_of(record, minItems=1, maxItems=1)}, ("records",))
    answers = (Answer(201, {JSON: _TREE}), Answer(400, {JSON: {"anyOf": [_TREE, error]}}))
    return Operation({"sobject": sobject.name}, VERSION, body={JSON: body}, answers=answers)


def _requests(mock: Mock, *, with_references: bool) -> Schema:
    known = keys_of(mock, "Account").get("examples", [])
    asked: list[dict[str, Any]] = [
        {"method": "GET", "url": f"{_PATH}/query?q=SELECT+Id+FROM+Account+LIMIT+1"},
        *({"method": "GET", "url": f"{_PATH}/sobjects/Account/{each}"} for each in known[:3]),
        {"method": "POST", "url": f"{_PATH}/sobjects/Account"},
    ]
    new = {"Name": "Northwind Traders"}
    asked[-1]["body" if with_references else "richInput"] = new
    if with_references:
        asked = [{**each, "referenceId": f"ref{number}"} for number, each in enumerate(asked)]
    return {"type": "array", "items": {"type": "object"}, "examples": [[each] for each in asked] + [asked]}
