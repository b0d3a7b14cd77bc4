"""What Zuora Revenue's routes say in the OpenAPI document."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from mocks.kit.app import Mock
from mocks.kit.openapi import (
    JSON,
    TEXT,
    Answer,
    Dialect,
    Operation,
    Parameter,
    Schema,
    days_of,
    keys_of,
    list_of,
    object_of,
)
from mocks.kit.routing import Route
from mocks.revenue.routes_views import PAGE_MAX
from mocks.revenue.rules import PROGRAMS, RC_TEMPLATE
from mocks.revenue.templates import Template
from mocks.revenue.views import View

CSV, GZIP, FORM = "text/csv", "application/gzip", "multipart/form-data"
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


def _parts(mock: Mock) -> Any:
    """The mock's own attributes, which the kit's type does not know."""
    return mock


def _templates(mock: Mock) -> Schema:
    return {"type": "string", "enum": list(_parts(mock).uploads.templates)}


def _upload(mock: Mock) -> Iterable[Operation]:
    """An operation per template would need the header in the path: one, with a file that fits the first."""
    first = next(iter(_parts(mock).uploads.templates.values()))
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
    which = Parameter("templatename", _templates(mock), required=True)
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


def _files(mock: Mock) -> dict[str, Operation]:
    """Files of people: a part of a form in, its status; the files of batches and reports out."""
    which = Parameter("templatename", _templates(mock), "header", required=True)
    part = object_of({"file": {"type": "string", "format": "binary"}}, ("file",))
    taken = (Answer(200, {JSON: _RESULT}),)
    nothing = Answer(204)
    listed = (Answer(200, {JSON: _RESULT}), nothing)
    file = (Answer(200, {CSV: TEXT}), nothing)
    report = keys_of(mock, "report")
    unknown = {"anyOf": [_ERROR, object_of({"error": TEXT, "success": {"type": "boolean"}}, ("error", "success"))]}
    address = object_of({"signed_url": TEXT, "success": {"type": "boolean"}}, ("signed_url", "success"))
    made, of_day = Parameter("createddate", days_of(mock), required=True), Parameter("createddate", days_of(mock))
    signature = Parameter("signature", TEXT, required=True)
    return {
        "file.upload": Operation(parameters=(which,), body={FORM: part}, answers=taken),
        "file.status": Operation(values={"file_request_id": keys_of(mock, "upload")}, answers=listed),
        "journal.file": Operation(values={"batch_id": keys_of(mock, "batch")}, answers=file),
        "report.list": Operation(parameters=(made,), answers=listed),
        "report.read": Operation(values={"report_id": report}, parameters=(of_day,), answers=listed),
        "report.download": Operation(values={"filename": keys_of(mock, "report", "file_name")}, answers=file),
        "report.url": Operation(
            values={"report_id": report}, answers=(Answer(200, {JSON: address}), Answer(404, {JSON: unknown}))
        ),
        "report.signed": Operation(values={"report_id": report}, parameters=(signature,), answers=file),
    }


def _views(mock: Mock, route: Route) -> Iterable[Operation]:
    """The BI views: pages as CSV, counts, columns, and the tasks of paging."""
    deed = route.operation.partition(".")[2]
    if deed in ("tasks", "task", "cancel"):
        return (_task(mock, deed),)
    views = _parts(mock).uploads.views
    names: dict[str, Schema] = {"view_name": {"type": "string", "enum": list(views)}}
    window = (Parameter("fromDate", days_of(mock)), Parameter("toDate", days_of(mock)))
    count = Answer(200, {JSON: object_of({**_STATUS, "count": {"type": "integer"}}, ("status", "count"))})
    if deed == "columns":
        described = list_of(object_of({"column_name": TEXT, "data_type": TEXT}, ("column_name", "data_type")))
        return (Operation(values=names, answers=(Answer(200, {JSON: described}),)),)
    if deed == "count":
        return (Operation(values=names, parameters=window, answers=(count,)),)
    size: Schema = {"type": "integer", "minimum": 1, "maximum": 10_000}
    paging = (*window, Parameter("pagenum", {"type": "integer", "enum": [1, 2]}), Parameter("pagesize", size))
    if deed == "pages":
        kinds = Parameter("outputType", {"type": "string", "enum": list(PAGE_MAX)})
        token = Parameter("continuation-token", TEXT, "header", description="From the second page on")
        answers = (Answer(200, {CSV: TEXT, GZIP: {}}), Answer(204))
        return (Operation(values=names, parameters=(*paging, kinds, token), answers=answers),)
    counting = Parameter("count", {"type": "string", "enum": ["Y"]})
    answers = (Answer(200, {CSV: TEXT, **count.content}), Answer(204))
    asked = (*paging, counting)
    if deed == "read":
        return (Operation(values=names, parameters=asked, answers=answers),)
    return tuple(
        Operation({"view_name": name}, parameters=asked, body={JSON: _columns(view)}, answers=answers)
        for name, view in views.items()
    )


def _columns(view: View) -> Schema:
    return list_of({"type": "string", "enum": list(view.names)}, minItems=1, uniqueItems=True)


def _task(mock: Mock, deed: str) -> Operation:
    shown = object_of(dict.fromkeys(("task_id", "status", "task_state", "message"), TEXT), ("task_id", "status"))
    if deed == "tasks":
        return Operation(answers=(Answer(200, {JSON: list_of(shown)}),))
    ids = [each["task_id"] for each in _parts(mock).view_tasks.all()]
    task: Schema = {"type": "string", "minLength": 1, **({"examples": ids} if ids else {})}
    return Operation(values={"task_id": task}, answers=(Answer(200, {JSON: shown}),))


def describe(mock: Mock, route: Route) -> Iterable[Operation]:
    """The operations of a route."""
    if route.operation == "csv.upload":
        return tuple(_upload(mock))
    if route.operation == "program.submit":
        return tuple(_submissions(mock))
    if route.operation.startswith("view."):
        return _views(mock, route)
    found = {**_single(mock), **_files(mock)}.get(route.operation)
    return (found or Operation(answers=(Answer(200, {JSON: {"type": "object"}}), Answer(204))),)


DIALECT = Dialect(
    "Zuora Revenue integration",
    error={JSON: _ERROR},
    refusals=(400, 401, 403, 404, 405, 413),
    security={"token": {"type": "apiKey", "in": "header", "name": "token"}},
    describe=describe,
)
