"""What the file partners' routes say in the OpenAPI document."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from mocks.files.rules import FOLDERS
from mocks.kit.app import Mock
from mocks.kit.openapi import JSON, TEXT, Answer, Dialect, Operation, Schema, keys_of, list_of, object_of
from mocks.kit.routing import Route

CSV = "text/csv"
_ERROR = object_of({"error": object_of({"code": TEXT, "message": TEXT}, ("code", "message"))}, ("error",))
_FILE = object_of({"name": TEXT, "size": {"type": "integer"}, "modified": TEXT, "sha256": TEXT}, ("name", "sha256"))
_NAME: Schema = {"type": "string", "pattern": "^[a-z0-9]{4,20}\\.csv$"}


def _of_folder(mock: Mock, deed: str, fixed: dict[str, str]) -> Iterator[Operation]:
    """The operations of a partner's folder; the customer writes into ``in`` alone."""
    where = f"{fixed['partner']}/{fixed['folder']}"
    if deed == "folder.list":
        yield Operation(fixed, answers=(Answer(200, {JSON: object_of({"files": list_of(_FILE)})}),))
    elif deed == "file.read":
        values = {"name": keys_of(mock, "file", "name", {"folder": where})}
        yield Operation(fixed, values, answers=(Answer(200, {CSV: TEXT}),))
    elif deed == "file.put" and fixed["folder"] == "in":
        done = (Answer(200, {JSON: _FILE}), Answer(201, {JSON: _FILE}))
        body = {CSV: {"type": "string", "examples": ["H,UK,2026-01-12,2026-01-25,1,0,0\n"]}}
        yield Operation(fixed, {"name": _NAME}, body=body, answers=done, refusals=(403, 409, 413))


def describe(mock: Mock, route: Route) -> Iterable[Operation]:
    """The operations of a route, one per folder."""
    return tuple(
        operation
        for partner, folders in FOLDERS.items()
        for folder in folders
        for operation in _of_folder(mock, route.operation, {"partner": partner, "folder": folder})
    )


DIALECT = Dialect(
    "File partners",
    error={JSON: _ERROR},
    security={"customer": {"type": "http", "scheme": "bearer"}},
    describe=describe,
)
