"""The OpenAPI 3.1 document of a mock, from its routes, its record types and what its ``openapi.py`` adds.

A dialect turns each route into operations; a route without a word of its own still appears, with the answers every
operation of its system can give. Examples are ids of records that are there. Served at ``/_sandbox/openapi.json``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from importlib import import_module
from typing import TYPE_CHECKING, Any

from mocks.kit.records import Field
from mocks.kit.routing import Route

if TYPE_CHECKING:
    from mocks.kit.app import Mock

Schema = dict[str, Any]

JSON = "application/json"
TEXT: Schema = {"type": "string"}
# Order of examples.
NEWEST = '"_created_us" DESC, "{}"'
# How many ids of a record type are shown as examples.
_EXAMPLES = 12
_PART = re.compile(r"<(?:[^:>]*:)?([^>]*)>")
_REASONS = {
    200: "Done",
    201: "Created",
    204: "Done, nothing to say",
    202: "Taken up, not done yet",
    300: "Several records match",
    302: "Back to where the client came from",
    304: "Unchanged",
    400: "The request cannot be understood or is refused",
    401: "Nobody, or somebody unknown",
    403: "Not allowed",
    404: "There is no such thing",
    405: "Not with this method",
    409: "Something else is there already",
    412: "A condition does not hold",
    413: "Too large",
    415: "Not this content type",
    422: "A value does not fit",
    429: "Too many requests (a fault)",
    500: "A failure (a fault)",
    503: "Unavailable (a fault)",
}
# What every system answers when a fault strikes.
FAULTS = (429, 500, 503)


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of the query or a header; those of the path follow from the route."""

    name: str
    schema: Schema
    where: str = "query"
    required: bool = False
    description: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer that succeeds: its schema by content type, none without a body."""

    status: int = 200
    content: Mapping[str, Schema] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Operation:
    """What a dialect says of a route.

    ``fixed`` are path parameters with one value, so that one route can be several operations; ``values`` are schemas
    of the others. ``body`` is the schema by content type. ``refusals`` are statuses beyond those of the dialect.
    ``creates`` is (kind, runtime expression of the new key), ``takes`` maps a path parameter to the kind of its key:
    from both follow the links. ``error`` is the error body by content type where it is not the dialect's;
    ``soap`` is for operations whose refusals are faults under status 500.
    """

    fixed: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Schema] = field(default_factory=dict)
    parameters: tuple[Parameter, ...] = ()
    body: Mapping[str, Schema] = field(default_factory=dict)
    body_required: bool = True
    answers: tuple[Answer, ...] = (Answer(200, {JSON: {}}),)
    refusals: tuple[int, ...] = ()
    creates: tuple[str, str] | None = None
    takes: Mapping[str, str] = field(default_factory=dict)
    security: tuple[str, ...] | None = None
    error: Mapping[str, Schema] | None = None
    soap: bool = False


Describe = Callable[["Mock", Route], Iterable[Operation]]


def _plain(mock: Mock, route: Route) -> Iterable[Operation]:
    return (Operation(),)


@dataclass(frozen=True, slots=True)
class Dialect:
    """What all operations of a system share: the error bodies by content type, the statuses any of them may answer,
    how a client shows who it is (OpenAPI security schemes), and what it says of a route.
    """

    title: str
    error: Mapping[str, Schema] = field(default_factory=lambda: {JSON: {}})
    refusals: tuple[int, ...] = (400, 401, 404, 405, 413)
    security: Mapping[str, Schema] = field(default_factory=dict)
    describe: Describe = _plain
    components: Mapping[str, Schema] = field(default_factory=dict)


def dialect_of(mock: Mock) -> Dialect:
    """``DIALECT`` of the module ``openapi`` beside the mock's own; a plain one where there is none."""
    package = type(mock).__module__.rpartition(".")[0]
    try:
        module = import_module(f"{package}.openapi")
    except ModuleNotFoundError:
        return Dialect(mock.name)
    dialect: Dialect = module.DIALECT
    return dialect


def document(mock: Mock) -> dict[str, Any]:
    """The whole document."""
    dialect = dialect_of(mock)
    paths: dict[str, dict[str, Any]] = {}
    described: list[tuple[Operation, dict[str, Any], str]] = []
    for route in mock.all_routes:
        if route.surface != "vendor":
            continue
        for operation in dialect.describe(mock, route):
            path = _path(route.path, operation.fixed)
            entry = _entry(dialect, route, operation)
            paths.setdefault(path, {})[route.method.lower()] = entry
            described.append((operation, entry, entry["operationId"]))
    _link(described)
    return {
        "openapi": "3.1.0",
        "info": {"title": f"{dialect.title}, as imitated by the sandbox", "version": "1"},
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {
            "schemas": dict(dialect.components),
            "responses": _refusals(dialect),
            "securitySchemes": dict(dialect.security),
        },
    }


# -- schemas ----------------------------------------------------------------------------------------------------------

_KINDS: dict[str, Schema] = {
    "id": TEXT,
    "text": TEXT,
    "reference": TEXT,
    "picklist": TEXT,
    "date": {"type": "string", "format": "date"},
    "decimal": {"type": "number"},
    "json": {},
    "int": {"type": "integer"},
    "minutes": {"type": "integer"},
    "money": {"type": "number"},
    "instant": {"type": "string", "format": "date-time"},
    "bool": {"type": "boolean"},
}


def schema_of(spec: Field) -> Schema:
    """A field of a record type as a schema."""
    schema = dict(_KINDS[spec.kind])
    if spec.length is not None and spec.kind in ("text", "picklist"):
        schema["maxLength"] = spec.length
    if spec.choices and spec.restricted:
        schema["enum"] = list(spec.choices)
    elif spec.choices:
        schema["examples"] = list(spec.choices)
    return schema


def keys_of(mock: Mock, type_name: str, column: str | None = None, where: Mapping[str, Any] | None = None) -> Schema:
    """The key of a record, or another column of it, with the newest of the tenant as examples."""
    key = mock.store.types[type_name].key
    name = column or key
    rows = mock.store.find(type_name, where, order=NEWEST.format(key), limit=_EXAMPLES)
    values = [row[name] for row in rows if row[name] not in (None, "")]
    return {"type": "string", "x-key-of": type_name, **({"examples": list(dict.fromkeys(values))} if values else {})}


def days_of(mock: Mock) -> Schema:
    """A date, with the last days of the clock as examples."""
    today = date.fromisoformat(mock.now_iso()[:10])
    return {"type": "string", "format": "date", "examples": [str(today - timedelta(days=back)) for back in range(5)]}


def moments_of(mock: Mock) -> Schema:
    """An instant in UTC, with now as example."""
    return {"type": "string", "format": "date-time", "examples": [mock.now_iso()]}


def object_of(properties: Mapping[str, Schema], required: Iterable[str] = (), **more: Any) -> Schema:
    """An object; ``more`` is what else the schema says."""
    schema: Schema = {"type": "object", "properties": dict(properties), **more}
    demanded = list(required)
    return {**schema, "required": demanded} if demanded else schema


def list_of(items: Schema, **more: Any) -> Schema:
    """An array."""
    return {"type": "array", "items": items, **more}


def or_null(schema: Schema) -> Schema:
    """The same, or null; a schema that allows everything stays as it is."""
    if "enum" in schema:
        return {**schema, "type": [schema["type"], "null"], "enum": [*schema["enum"], None]}
    return {**schema, "type": [schema["type"], "null"]} if isinstance(schema.get("type"), str) else schema


# -- operations -------------------------------------------------------------------------------------------------------


def _path(path: str, fixed: Mapping[str, str]) -> str:
    def part(found: re.Match[str]) -> str:
        return fixed.get(found[1], "{" + found[1] + "}")

    return _PART.sub(part, path)


def _entry(dialect: Dialect, route: Route, operation: Operation) -> dict[str, Any]:
    summary = (route.view.__doc__ or route.operation).strip().split("\n")[0]
    names = [name for name in _PART.findall(route.path) if name not in operation.fixed]
    entry: dict[str, Any] = {
        "operationId": ".".join((route.operation, *operation.fixed.values())),
        "summary": summary,
        "tags": [route.operation.partition(".")[0]],
        "x-operation": route.operation,
    }
    parameters = [
        Parameter(name, operation.values.get(name, {"type": "string", "minLength": 1}), "path", required=True)
        for name in names
    ]
    shown = [_parameter(each) for each in (*parameters, *operation.parameters)]
    if shown:
        entry["parameters"] = shown
    if operation.creates is not None:
        entry["x-creates"] = operation.creates[0].partition(":")[2]
    if operation.body:
        content = {kind: {"schema": schema} for kind, schema in operation.body.items()}
        entry["requestBody"] = {"required": operation.body_required, "content": content}
    if operation.soap:
        entry["x-soap"] = True
    entry["responses"] = _responses(dialect, operation)
    wanted = operation.security if operation.security is not None else tuple(dialect.security)
    entry["security"] = [{name: []} for name in wanted] if route.needs_login else []
    return entry


def _parameter(parameter: Parameter) -> dict[str, Any]:
    shown = {
        "name": parameter.name,
        "in": parameter.where,
        "required": parameter.required,
        "schema": parameter.schema,
    }
    return {**shown, "description": parameter.description} if parameter.description else shown


def _responses(dialect: Dialect, operation: Operation) -> dict[str, Any]:
    responses: dict[str, Any] = {}
    for answer in operation.answers:
        shown: dict[str, Any] = {"description": _REASONS.get(answer.status, "Answer")}
        if answer.content:
            shown["content"] = {kind: {"schema": schema} for kind, schema in answer.content.items()}
        responses[str(answer.status)] = shown
    for status in sorted({*dialect.refusals, *operation.refusals, *FAULTS}):
        shared = {"$ref": f"#/components/responses/{status}"}
        responses.setdefault(str(status), shared if operation.error is None else _refusal(status, operation.error))
    return responses


def _refusal(status: int, error: Mapping[str, Schema]) -> dict[str, Any]:
    content = {kind: {"schema": schema} for kind, schema in error.items()}
    return {"description": _REASONS[status], "content": content}


def _refusals(dialect: Dialect) -> dict[str, Any]:
    return {str(status): _refusal(status, dialect.error) for status in _REASONS if status >= 400}


def _link(described: Iterable[tuple[Operation, dict[str, Any], str]]) -> None:
    """From each operation that creates to all that take what it creates."""
    listed = list(described)
    for operation, entry, _ in listed:
        if operation.creates is None:
            continue
        kind, expression = operation.creates
        links = {
            identity: {"operationId": identity, "parameters": {name: expression}}
            for other, _, identity in listed
            for name, taken in other.takes.items()
            if taken == kind
        }
        done = [status for status in entry["responses"] if status.startswith("2")]
        for status in done:
            if links:
                entry["responses"][status]["links"] = links
