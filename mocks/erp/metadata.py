"""The metadata catalogue: record types as JSON Schema and OpenAPI, worked out from the same data the records are.

Nothing here is written down twice: a property, custom ones included, is in the catalogue because it is in its record.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from mocks.erp.filters import filterable
from mocks.erp.outgoing import RECORD_PATH, link
from mocks.erp.properties import Property, Sublist, properties_of, sublists_of
from mocks.erp.resources import TRANSFORMS, Resource

CATALOG_PATH = f"{RECORD_PATH}/metadata-catalog"
SCHEMA_JSON = "application/schema+json"
SWAGGER_JSON = "application/swagger+json"
_DIALECT = "http://json-schema.org/draft-06/hyper-schema#"
_CUSTOM = ("custbody", "custcol", "custentity", "custitem", "custrecord")

_LINK = {
    "title": "Link",
    "type": "object",
    "properties": {
        "rel": {"title": "Relation", "type": "string", "readOnly": True},
        "href": {"title": "Hypertext Reference", "type": "string", "format": "URI", "readOnly": True},
    },
}
_ERROR = {
    "title": "Error",
    "type": "object",
    "properties": {
        "type": {"title": "Type", "type": "string", "format": "URI"},
        "title": {"title": "Title", "type": "string"},
        "status": {"title": "Status", "type": "integer", "format": "int32"},
        "o:errorDetails": {
            "title": "Error Details",
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "detail": {"title": "Detail", "type": "string"},
                    "o:errorCode": {"title": "Error Code", "type": "string"},
                    "o:errorPath": {"title": "Error Path", "type": "string"},
                    "o:errorHeader": {"title": "Error Header", "type": "string"},
                    "o:errorQueryParam": {"title": "Error Query Parameter", "type": "string"},
                },
            },
        },
    },
}
# Parts of other schemas, asked for by name like a record type.
SHARED: Mapping[str, Mapping[str, Any]] = {"nsLink": _LINK, "nsError": _ERROR}


def _links(ref: str) -> dict[str, Any]:
    return {
        "title": "Links",
        "type": "array",
        "readOnly": True,
        "items": {"$ref": f"{ref}nsLink"},
    }


def _string(**more: Any) -> Callable[[Property, str], dict[str, Any]]:
    return lambda spec, ref: {"type": "string", **more}


def _text(spec: Property, ref: str) -> dict[str, Any]:
    return {"type": "string", **({"maxLength": spec.length} if spec.length else {})}


def _enum(spec: Property, ref: str) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {
            "id": {"title": "Internal identifier", "type": "string", "enum": list(spec.names)},
            "refName": {"title": "Reference Name", "type": "string", "enum": list(spec.names.values())},
        },
    }


def _reference(spec: Property, ref: str) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {
            "links": _links(ref),
            "id": {"title": "Internal identifier", "type": "string"},
            "externalId": {"title": "External identifier", "type": "string"},
            "refName": {"title": "Reference Name", "type": "string"},
        },
    }


_TYPES: dict[str, Callable[[Property, str], dict[str, Any]]] = {
    "text": _text,
    "date": _string(format="date"),
    "bool": lambda spec, ref: {"type": "boolean"},
    "int": lambda spec, ref: {"type": "integer", "format": "int64"},
    "decimal": lambda spec, ref: {"type": "number", "format": "double"},
    "money": lambda spec, ref: {"type": "number", "format": "double"},
    "number": lambda spec, ref: {"type": "number", "format": "double"},
    "hours": _string(),
    "enum": _enum,
    "reference": _reference,
    "document": _reference,
}


def _property(spec: Property, ref: str, *, filters: bool) -> dict[str, Any]:
    content = {"title": spec.spoken, **_TYPES[spec.kind](spec, ref)}
    if not spec.writable:
        content["readOnly"] = True
    if not spec.required:
        content["nullable"] = True
    if filters and filterable(spec):
        content["x-ns-filterable"] = True
    if spec.name.startswith(_CUSTOM):
        content["x-ns-custom-field"] = True
    return content


def _sublist(spec: Sublist, ref: str) -> dict[str, Any]:
    lines = {name: _property(each, ref, filters=False) for name, each in spec.properties.items()}
    return {
        "type": "object",
        "properties": {
            "links": _links(ref),
            "totalResults": {"title": "Total Results", "type": "integer", "format": "int64", "readOnly": True},
            "items": {"type": "array", "items": {"type": "object", "properties": {"links": _links(ref), **lines}}},
        },
    }


def schema_of(resource: Resource, ref: str = f"{CATALOG_PATH}/") -> dict[str, Any]:
    """JSON Schema of a record type; ``ref`` stands before the name of a shared part."""
    record_type = resource.record_type
    stamp = {"type": "string", "format": "date-time", "readOnly": True, "x-ns-filterable": True}
    content: dict[str, Any] = {
        "links": _links(ref),
        "id": {"title": "Internal Identifier", "type": "string", "nullable": True, "x-ns-filterable": True},
        "refName": {"title": "Reference Name", "type": "string", "nullable": True},
    }
    for each in properties_of(record_type).values():
        if each.shown and each.kind in _TYPES:
            content[each.name] = _property(each, ref, filters=True)
    content["createdDate"] = {"title": "Date Created", **stamp}
    content["lastModifiedDate"] = {"title": "Last Modified", **stamp}
    content |= {name: _sublist(each, ref) for name, each in sublists_of(record_type).items()}
    return {"$schema": _DIALECT, "type": "object", "properties": content}


def entry_of(name: str, base: str) -> dict[str, Any]:
    """What the catalogue says of a record type when no schema is asked for: where the schemas are."""
    href = f"{base}{CATALOG_PATH}/{name}"
    return {
        "name": name,
        "links": [
            {**link("canonical", href), "mediaType": "application/json"},
            {**link("describes", f"{base}{RECORD_PATH}/{name}")},
            {**link("alternate", href), "mediaType": SWAGGER_JSON},
            {**link("alternate", href), "mediaType": SCHEMA_JSON},
        ],
    }


def openapi_of(resources: Iterable[Resource], base: str) -> dict[str, Any]:
    """OpenAPI 3 of some record types."""
    chosen = list(resources)
    names = {each.record_type.name for each in chosen}
    paths: dict[str, Any] = {}
    for each in chosen:
        paths |= _paths(each)
    for source, target in TRANSFORMS:
        if source in names:
            path = f"/{source}/{{id}}/!transform/{target}"
            paths[path] = {
                "post": _operation("Transform to " + target, source, target if target in names else None, with_id=True)
            }
    schemas = {each.record_type.name: _plain(schema_of(each, "#/components/schemas/")) for each in chosen}
    return {
        "openapi": "3.0.1",
        "info": {"title": "NetSuite REST Record API", "version": "v1"},
        "servers": [{"url": f"{base}{RECORD_PATH}"}],
        "paths": paths,
        "components": {"schemas": {**schemas, **SHARED}},
    }


def _plain(schema: dict[str, Any]) -> dict[str, Any]:
    # OpenAPI names its dialect for the whole document.
    return {name: value for name, value in schema.items() if name != "$schema"}


def _paths(resource: Resource) -> dict[str, Any]:
    name = resource.record_type.name
    every: dict[str, Any] = {"get": _operation("Get list of records.", name, None, query=("q", "limit", "offset"))}
    one: dict[str, Any] = {
        "get": _operation(
            "Get record.", name, None, with_id=True, query=("fields", "expandSubResources", "simpleEnumFormat")
        )
    }
    if resource.rules is not None:
        every["post"] = _operation("Insert record.", name, name)
        one["patch"] = _operation(
            "Update record.", name, name, with_id=True, query=("replace", "replaceSelectedFields")
        )
        one["put"] = _operation("Insert or update record.", name, name, with_id=True)
        one["delete"] = _operation("Remove record.", name, None, with_id=True)
    return {f"/{name}": every, f"/{name}/{{id}}": one}


def _operation(
    summary: str, tag: str, body: str | None, *, with_id: bool = False, query: tuple[str, ...] = ()
) -> dict[str, Any]:
    parameters = [_parameter("path", "id", required=True)] if with_id else []
    parameters += [_parameter("query", name) for name in query]
    error = {"application/vnd.oracle.resource+json; type=error": {"schema": {"$ref": "#/components/schemas/nsError"}}}
    reading = summary.startswith("Get")
    content: dict[str, Any] = {
        "tags": [tag],
        "summary": summary,
        "parameters": parameters,
        "responses": {
            "200" if reading else "204": {"description": "Done."},
            "default": {"description": "Error response.", "content": error},
        },
    }
    if body is not None:
        schema = {"schema": {"$ref": f"#/components/schemas/{body}"}}
        content["requestBody"] = {"content": {"application/vnd.oracle.resource+json; type=singular": schema}}
    return content


def _parameter(where: str, name: str, *, required: bool = False) -> dict[str, Any]:
    return {"in": where, "name": name, "required": required, "schema": {"type": "string"}}
