"""What the file partners' routes say in the OpenAPI document."""

from __future__ import annotations

from collections.abc import Iterable

from mocks.kit.app import Mock
from mocks.kit.openapi import JSON, TEXT, Answer, Dialect, Operation, Schema, keys_of, list_of, object_of
from mocks.kit.routing import Route

CSV = "text/csv"
_ERROR = object_of({"error": object_of({"code": TEXT, "message": TEXT}, ("code", "message"))}, ("error",))
_FILE = object_of({"name": TEXT, "size": {"type": "integer"}, "modified": TEXT, "sha256": TEXT}, ("name", "sha256"))
_PARTNERS: Schema = {"type": "string", "enum": ["bank", "payroll"]}
_FOLDERS: Schema = {"type": "string", "enum": ["in", "out"]}


def describe(mock: Mock, route: Route) -> Iterable[Operation]:
    """The operation of a route."""
    where = {"partner": _PARTNERS, "folder": _FOLDERS}
    if route.operation == "folder.list":
        return (Operation(values=where, answers=(Answer(200, {JSON: object_of({"files": list_of(_FILE)})}),)),)
    if route.operation == "file.read":
        values = {**where, "name": keys_of(mock, "file", "name")}
        return (Operation(values=values, answers=(Answer(200, {CSV: TEXT}),)),)
    if route.operation == "file.put":
        name: Schema = {"type": "string", "pattern": "^[a-z0-9]{4,20}\\.csv$"}
        values = {"partner": _PARTNERS, "folder": {"type": "string", "examples": ["in"]}, "name": name}
        done = (Answer(200, {JSON: _FILE}), Answer(201, {JSON: _FILE}))
        body = {CSV: {"type": "string", "examples": ["H,UK,2026-01-12,2026-01-25,1,0,0\n"]}}
        return (Operation(values=values, body=body, answers=done, refusals=(403, 409, 413)),)
    return (Operation(answers=(Answer(200, {JSON: {"type": "object"}}),)),)


DIALECT = Dialect(
    "File partners",
    error={JSON: _ERROR},
    security={"customer": {"type": "http", "scheme": "bearer"}},
    describe=describe,
)
