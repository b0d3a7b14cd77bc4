"""What Zuora Revenue's routes say in the OpenAPI document."""

from __future__ import annotations

from collections.abc import Iterable

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
from mocks.revenue.rules import PROGRAMS, RC_TEMPLATE
from mocks.revenue.templates import TEMPLATES, Template

CSV = "text/csv"
_ERROR = object_of(dict.fromkeys(("status", "Status", "message", "Message"), TEXT), ("status", "message"))
_STATUS = {"status": TEXT, "Status": TEXT}
_SUCCESS = object_of(_STATUS, ("status",))
_DONE = object_of({"success": {"type": "boolean"}, "message": TEXT, "Message": TEXT}, ("success",))
_DATA = object_of({"data": {"type": ["array", "object"]}}, ("data",))
_CELLS = {"text": "X-1", "date": "15-JAN-2026", "amount": "100.00", "quantity": "1", "rate": "1.25"}
_RESULT = object_of({**_STATUS, "result": {}, "Result": {}}, ("status", "result"))


def _file(template: Template) -> str:
    heading = ",".join(f'"{label}"' for label in template.labels)
    return heading + "\n" + ",".join(_CELLS[column.kind] for column in template.columns) + "\n"


def _templates() -> Schema:
    return {"type": "string", "enum": list(TEMPLATES)}


def _upload() -> Iterable[Operation]:
    """An operation per template would need the header in the path: one, with a file that fits the first."""
    first = next(iter(TEMPLATES.values()))
    name = Parameter("filename", {"type": "string", "pattern": "^[a-z0-9]{8,20}\\.csv$"}, "header", required=True)
    template = Parameter("templatename", {"type": "string", "enum": [first.name]}, "header", required=True)
    body: Schema = {"type": "string", "examples": [_file(first)]}
    yield Operation(parameters=(name, template), body={CSV: body}, answers=(Answer(200, {JSON: _RESULT}),))


def _organisations(mock: Mock) -> Schema:
    return keys_of(mock, "org", "org_id")


def _submissions(mock: Mock) -> Iterable[Operation]:
    given = object_of({"id": {"type": "integer"}, "value": TEXT})
    body = {JSON: object_of({"parameters": list_of(given)}, examples=[{"parameters": []}])}
    offered = [str(each.program_id) for each in PROGRAMS if each.work is not None and not each.parameters]
    values = {"org_id": _organisations(mock), "program_id": {"type": "string", "examples": offered}}
    yield Operation(values=values, body=body, answers=(Answer(200, {JSON: _DONE}),))


def _single(mock: Mock) -> dict[str, Operation]:
    job = keys_of(mock, "job")
    batch = keys_of(mock, "batch")
    which = Parameter("templatename", _templates(), required=True)
    mapping = object_of({"Dateformat": TEXT, "Mapping": list_of({"type": "object"})}, ("Dateformat", "Mapping"))
    mapped = Operation(parameters=(which,), answers=(Answer(200, {JSON: mapping}),))
    listed = (Answer(200, {JSON: _RESULT}), Answer(204))
    collection = object_of(
        {"rc_template_name": {"type": "string", "enum": [RC_TEMPLATE]}, "org_id": {"type": "integer", "examples": [1]}},
        ("rc_template_name", "org_id"),
    )
    size = Parameter("pagesize", {"type": "integer", "minimum": 1, "maximum": 10_000})
    page: Schema = {"type": "integer", "minimum": 1, "maximum": 3}
    kinds: Schema = {"type": "string", "enum": ["transaction", "event", "rate"]}
    return {
        "auth.token": Operation(answers=(Answer(200, {JSON: _SUCCESS}),)),
        "program.list": Operation(answers=(Answer(200, {JSON: _DATA}),)),
        "org.list": Operation(answers=(Answer(200, {JSON: _DATA}),)),
        "csv.status": Operation(
            parameters=(Parameter("id", keys_of(mock, "upload"), required=True),),
            answers=(Answer(200, {JSON: _RESULT}),),
        ),
        "upload.mapping": mapped,
        "upload.mapping_post": mapped,
        "stage.errors": Operation(values={"kind": kinds}, answers=listed),
        "job.collect": Operation(body={JSON: collection}, answers=(Answer(200, {JSON: _DONE}),)),
        "job.status": Operation(values={"job_id": job}, answers=(Answer(200, {JSON: _DATA}),)),
        "program.job": Operation(
            values={"org_id": _organisations(mock), "job_id": job}, answers=(Answer(200, {JSON: _DATA}),)
        ),
        "journal.list": Operation(answers=listed),
        "journal.lines": Operation(values={"batch_id": batch, "page": page}, parameters=(size,), answers=listed),
        "journal.transferred": Operation(
            values={"batch_id": keys_of(mock, "batch", where={"status": "Ready to Transfer"})},
            answers=(Answer(200, {JSON: _SUCCESS}),),
        ),
    }


def describe(mock: Mock, route: Route) -> Iterable[Operation]:
    """The operations of a route."""
    if route.operation == "csv.upload":
        return tuple(_upload())
    if route.operation == "program.submit":
        return tuple(_submissions(mock))
    found = _single(mock).get(route.operation)
    return (found or Operation(answers=(Answer(200, {JSON: {"type": "object"}}), Answer(204))),)


DIALECT = Dialect(
    "Zuora Revenue integration",
    error={JSON: _ERROR},
    refusals=(400, 401, 403, 404, 405, 413),
    security={"token": {"type": "apiKey", "in": "header", "name": "token"}},
    describe=describe,
)
