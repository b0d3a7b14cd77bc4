"""What the routes of Bulk API 2.0 say in the OpenAPI document."""

from __future__ import annotations

from typing import Any

from mocks.crm.bulk_csv import DELIMITERS, LINE_ENDINGS
from mocks.crm.openapi_batches import mock_objects
from mocks.crm.openapi_records import VERSION
from mocks.kit.app import Mock
from mocks.kit.openapi import JSON, TEXT, Answer, Operation, Parameter, Schema, list_of, object_of
from mocks.kit.routing import Route

CSV = "text/csv"
_JOB = object_of({"id": TEXT, "operation": TEXT, "object": TEXT, "state": TEXT}, ("id", "operation", "object", "state"))
_JOBS = object_of({"done": {"type": "boolean"}, "records": list_of(_JOB)}, ("done", "records"))
_ROWS = Answer(200, {CSV: TEXT})
_FORMAT: dict[str, Schema] = {
    "contentType": {"type": "string", "enum": ["CSV"]},
    "lineEnding": {"type": "string", "enum": list(LINE_ENDINGS)},
    "columnDelimiter": {"type": "string", "enum": list(DELIMITERS)},
}
_RESULTS = ("successfulResults", "failedResults", "unprocessedrecords")


def bulk(mock: Mock, route: Route, queries: Schema) -> tuple[Operation, ...]:
    """The operations of a route of bulk jobs; none for another. ``queries`` is what a query may be."""
    kind, _, deed = route.operation.partition(".")
    if kind not in ("bulk", "bulk_query"):
        return ()
    ids = [each.id for each in vars(mock)["bulk"].all("ingest" if kind == "bulk" else "query")]
    one: Schema = {"type": "string", "minLength": 1, **({"examples": ids} if ids else {})}
    values = {**VERSION, **({"job_id": one} if "<job_id>" in route.path else {})}
    job = (Answer(200, {JSON: _JOB}),)
    if deed == "open":
        return (Operation(values=values, body={JSON: _opened(mock, kind, queries)}, answers=job),)
    if deed == "results":
        return tuple(_results(kind, values))
    if deed == "upload":
        rows: Schema = {"type": "string", "examples": ["Name\nNorthwind Traders\n"]}
        return (Operation(values=values, body={CSV: rows}, answers=(Answer(201),), refusals=(415,)),)
    if deed in ("close", "abort"):
        states = ["UploadComplete", "Aborted"] if deed == "close" else ["Aborted"]
        body = object_of({"state": {"type": "string", "enum": states}}, ("state",))
        return (Operation(values=values, body={JSON: body}, answers=job),)
    answers = {"read": job, "delete": (Answer(204),), "list": (Answer(200, {JSON: _JOBS}),)}[deed]
    return (Operation(values=values, answers=answers),)


def _opened(mock: Mock, kind: str, queries: Schema) -> Schema:
    if kind == "bulk_query":
        operation: Schema = {"type": "string", "enum": ["query", "queryAll"]}
        return object_of({"operation": operation, "query": queries, **_FORMAT}, ("operation", "query"))
    properties: dict[str, Schema] = {
        "object": {"type": "string", "enum": [each.name for each in mock_objects(mock) if each.writable]},
        "operation": {"type": "string", "enum": ["insert", "update", "upsert", "delete"]},
        "externalIdFieldName": {"type": "string", "examples": ["Id"]},
        **_FORMAT,
    }
    return object_of(properties, ("object", "operation", "externalIdFieldName"))


def _results(kind: str, values: dict[str, Schema]) -> list[Operation]:
    if kind == "bulk":
        return [Operation({"results": each}, values, answers=(_ROWS,)) for each in _RESULTS]
    most: Any = {"type": "integer", "minimum": 1, "maximum": 50_000}
    page = (Parameter("maxRecords", most), Parameter("locator", {"type": "string", "examples": ["null"]}))
    return [Operation(values=values, parameters=page, answers=(_ROWS,))]
