"""What NetSuite's routes say in the OpenAPI document: one operation per record type, as in its metadata catalog."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from mocks.erp.errors import ERROR_JSON
from mocks.erp.metadata import SCHEMA_JSON, SHARED, SWAGGER_JSON
from mocks.erp.outgoing import COLLECTION_JSON, SINGULAR_JSON, duration
from mocks.erp.properties import Property, Sublist, properties_of, sublists_of
from mocks.erp.resources import ACTIONS, TRANSFORMS, Resource
from mocks.erp.routes_bank import DEPLOY, SCRIPT
from mocks.erp.routes_oauth2 import ASSERTED, FORM
from mocks.erp.ui import BankLineForm
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
    object_of,
    or_null,
)
from mocks.kit.routing import Route
from sandbox.core.money import from_scaled

_ERROR = object_of(
    {
        "type": TEXT,
        "title": TEXT,
        "status": {"type": "integer"},
        "o:errorCode": TEXT,
        "o:errorDetails": list_of(object_of({"detail": TEXT, "o:errorCode": TEXT}, ("detail", "o:errorCode"))),
    },
    ("type", "title", "status", "o:errorDetails"),
)
# A refused action says it at the top.
_ACTION_ERROR = object_of(
    {"type": TEXT, "title": TEXT, "status": {"type": "integer"}, "detail": TEXT, "o:errorCode": TEXT},
    ("type", "title", "status", "detail", "o:errorCode"),
)
_LINKS = list_of(object_of({"rel": TEXT, "href": TEXT}, ("rel", "href")))
_COLLECTION = object_of(
    {
        "links": _LINKS,
        "count": {"type": "integer"},
        "hasMore": {"type": "boolean"},
        "offset": {"type": "integer"},
        "totalResults": {"type": "integer"},
        "items": list_of({"type": "object"}),
    },
    ("links", "items", "totalResults"),
)
_PAGING = (
    Parameter("limit", {"type": "integer", "enum": [1, 10, 100, 1000]}),
    Parameter("offset", {"type": "integer", "enum": [0, 1000]}, description="A multiple of limit"),
)
_TYPES: dict[str, Schema] = {
    "text": TEXT,
    "date": {"type": "string", "format": "date"},
    "bool": {"type": "boolean"},
    "int": {"type": "integer"},
    "decimal": {"type": "number"},
    "money": {"type": "number"},
    "number": {"type": "number"},
    "hours": {"type": "string", "examples": ["1:00", "7:30"]},
    "instant": {"type": "string", "format": "date-time"},
}
_REFERENCE_SHOWN = object_of({"links": _LINKS, "id": TEXT, "refName": TEXT}, ("id",))
_CHOICE_SHOWN = object_of({"id": TEXT, "refName": TEXT}, ("id",))
# How many bodies are shown as examples.
_BODIES = 5
# Batches, and what every record of one must name.
_MANY = {"record.update_many": "id", "record.upsert_many": "externalId", "record.delete_many": "id"}
_LOCATION = "$response.header.Location#regex:/([^/]+)$"


def _shown(spec: Property) -> Schema:
    if spec.kind in ("reference", "document"):
        return _REFERENCE_SHOWN
    if spec.kind == "enum":
        return {"anyOf": [_CHOICE_SHOWN, TEXT]}
    return _TYPES.get(spec.kind, {})


def _written(mock: Mock, spec: Property) -> Schema:
    """A property as it may be written: a reference by id, external id or name."""
    if spec.kind in ("reference", "document"):
        known = next((each for each in (keys_of(mock, target) for target in spec.targets) if "examples" in each), TEXT)
        return object_of({"id": known, "externalId": TEXT, "refName": TEXT}, ("id",))
    if spec.kind == "enum":
        return object_of({"id": {"type": "string", "enum": list(spec.names)}}, ("id",))
    if spec.kind == "date":
        return days_of(mock)
    if spec.name == "custentity_country":
        return {"type": "string", "pattern": "^[A-Z]{2}$", "examples": ["GB", "US"]}
    schema = dict(_TYPES.get(spec.kind, {}))
    if spec.kind == "text":
        schema |= {"maxLength": spec.length or 300, **({"minLength": 1} if spec.required else {})}
    elif spec.kind == "int":
        schema |= {"minimum": 1, "maximum": 12}
    elif spec.kind in ("money", "number", "decimal"):
        schema |= {
            "minimum": 0,
            "maximum": 100_000,
            **({"multipleOf": Decimal("0.01")} if spec.kind == "money" else {}),
        }
    return schema


def _properties(mock: Mock, specs: Iterable[Property]) -> dict[str, Schema]:
    return {each.name: _written(mock, each) for each in specs if each.writable and each.kind != "json"}


def _sublist(mock: Mock, spec: Sublist) -> Schema:
    line = object_of(_properties(mock, spec.properties.values()), additionalProperties=False)
    return object_of({"items": list_of(line, minItems=1, maxItems=20)}, ("items",))


def _body(mock: Mock, resource: Resource, *, creating: bool) -> Schema:
    specs = properties_of(resource.record_type)
    properties = _properties(mock, specs.values())
    properties |= {name: _sublist(mock, each) for name, each in sublists_of(resource.record_type).items()}
    required = [each.name for each in specs.values() if each.required and each.name in properties]
    examples = _examples(mock, resource) if creating else []
    if not creating:
        return object_of(properties, minProperties=1)
    return object_of(properties, required, **({"examples": examples} if examples else {}))


def _examples(mock: Mock, resource: Resource) -> list[dict[str, Any]]:
    """Bodies that would make records like the newest there are."""
    name = resource.record_type.name
    specs = _sent_of(properties_of(resource.record_type).values())
    books = vars(mock)["books"]
    bodies = []
    for row in mock.store.find(name, order=NEWEST.format("id"), limit=_BODIES):
        body = _as_sent(specs, row)
        for each, lines in resource.lines(books, row).items():
            sublist = sublists_of(resource.record_type).get(each)
            if sublist is not None:
                sent = _sent_of(sublist.properties.values())
                body[each] = {"items": [_as_sent(sent, line) for line in lines]}
        bodies.append(body)
    return bodies


def _sent_of(specs: Iterable[Property]) -> list[Property]:
    """What a client gives: not what the record derives, not the keys that may not repeat."""
    return [each for each in specs if each.writable and each.kind != "json" and not each.unique and not each.derived]


def _as_sent(specs: Iterable[Property], row: Mapping[str, Any]) -> dict[str, Any]:
    return {each.name: _sent(each, row[each.name]) for each in specs if row.get(each.name) is not None}


def _sent(spec: Property, value: Any) -> Any:
    if spec.kind in ("reference", "document", "enum"):
        return {"id": str(value)}
    if spec.kind in ("money", "number"):
        return from_scaled(value)
    if spec.kind == "hours":
        return duration(value)
    return bool(value) if spec.kind == "bool" else value


def _record(resource: Resource) -> Schema:
    properties = {each.name: or_null(_shown(each)) for each in properties_of(resource.record_type).values()}
    return object_of({"links": _LINKS, "id": TEXT, **properties}, ("links",))


def _keys(mock: Mock, resource: Resource) -> Schema:
    return {**keys_of(mock, resource.record_type.name), "minLength": 1}


def _external_keys(mock: Mock, resource: Resource) -> Schema:
    known = keys_of(mock, resource.record_type.name, "externalId")
    examples = [f"eid:{each}" for each in known.get("examples", ())]
    return {"type": "string", "pattern": "^eid:[A-Za-z0-9_-]{1,60}$", "examples": [*examples, "eid:NEW-1"]}


def _of_record(mock: Mock, route: Route, resource: Resource) -> Iterator[Operation]:
    """The operations of one record type; what cannot be written is not offered."""
    yield from _read(mock, route.operation, resource)
    if resource.rules is None:
        return
    if route.operation in _MANY:
        yield _batch(mock, resource, route.operation)
    else:
        yield from _write(mock, route.operation, resource)


def _by_key(mock: Mock, resource: Resource) -> dict[str, Any]:
    return {"values": {"key": _keys(mock, resource)}, "takes": {"key": f"erp:{resource.record_type.name}"}}


def _read(mock: Mock, deed: str, resource: Resource) -> Iterator[Operation]:
    fixed, key = {"record": resource.record_type.name}, _by_key(mock, resource)
    simple = Parameter("simpleEnumFormat", {"type": "string", "enum": ["true", "false"]})
    expand = Parameter("expandSubResources", {"type": "string", "enum": ["true", "false"]})
    if deed == "record.list":
        yield Operation(fixed, parameters=_PAGING, answers=(Answer(200, {COLLECTION_JSON: _COLLECTION}),))
    elif deed == "record.read":
        read = Answer(200, {SINGULAR_JSON: _record(resource)})
        yield Operation(fixed, parameters=(simple, expand), answers=(read,), **key)
    elif deed == "record.sublist":
        for sublist in sublists_of(resource.record_type):
            lines = Answer(200, {COLLECTION_JSON: _COLLECTION})
            yield Operation({**fixed, "sublist": sublist}, answers=(lines,), **key)
    elif deed == "record.line":
        for sublist in sublists_of(resource.record_type):
            values = {"key": _keys(mock, resource), "line": {"type": "string", "examples": ["1"]}}
            line = Answer(200, {SINGULAR_JSON: object_of({"links": _LINKS}, ("links",))})
            yield Operation({**fixed, "sublist": sublist}, values, answers=(line,))


def _write(mock: Mock, deed: str, resource: Resource) -> Iterator[Operation]:
    name = resource.record_type.name
    fixed, key = {"record": name}, _by_key(mock, resource)
    if deed == "record.create":
        made = _body(mock, resource, creating=True)
        yield Operation(fixed, body={JSON: made}, answers=(Answer(204),), creates=(f"erp:{name}", _LOCATION))
    elif deed == "record.update":
        yield Operation(fixed, body={JSON: _body(mock, resource, creating=False)}, answers=(Answer(204),), **key)
    elif deed == "record.upsert" and "externalId" in resource.record_type.by_name:
        sent = _body(mock, resource, creating=True)
        sent["properties"].pop("externalId", None)
        values = {"key": _external_keys(mock, resource)}
        yield Operation(fixed, values, body={JSON: sent}, answers=(Answer(204),))
    elif deed == "record.delete":
        yield Operation(fixed, answers=(Answer(204),), **key)


def _batch(mock: Mock, resource: Resource, deed: str) -> Operation:
    """A batch is a job, whose address is answered."""
    fixed = {"record": resource.record_type.name}
    deferred = Parameter("Prefer", {"type": "string", "enum": ["respond-async"]}, "header", required=True)
    answers = (Answer(202),)
    if deed == "record.delete_many":
        return Operation(
            fixed, parameters=(deferred, Parameter("ids", _keys(mock, resource), required=True)), answers=answers
        )
    item = _body(mock, resource, creating=False)
    if deed == "record.update_many":
        item["properties"] |= {"id": _keys(mock, resource)}
    body = object_of({"items": list_of({**item, "required": [_MANY[deed]]}, minItems=1, maxItems=3)}, ("items",))
    return Operation(fixed, parameters=(deferred,), body={COLLECTION_JSON: body}, answers=answers)


def _actions(mock: Mock) -> Iterator[Operation]:
    for name, action in ACTIONS:
        values = {"key": _keys(mock, resources_of(mock)[name.lower()])}
        done = Answer(200, {SINGULAR_JSON: object_of({"result": {"type": "boolean"}}, ("result",))})
        error = {ERROR_JSON: {"anyOf": [_ERROR, _ACTION_ERROR]}}
        yield Operation({"record": name, "action": action}, values, answers=(done,), error=error)


def _metadata(mock: Mock) -> Mapping[str, Operation]:
    """Which of the formats is answered, ``Accept`` says."""
    names = [each.record_type.name for each in resources_of(mock).values()]
    select = Parameter("select", {"type": "string", "enum": names})
    known: Schema = {"type": "string", "enum": [*names, *SHARED]}
    formats = {JSON: {"type": "object"}, SWAGGER_JSON: {"type": "object"}}
    one = Answer(200, {**formats, SCHEMA_JSON: {"type": "object"}})
    return {
        "metadata.catalog": Operation(parameters=(select,), answers=(Answer(200, formats),)),
        "metadata.record": Operation(values={"record": known}, answers=(one,)),
    }


def _async(mock: Mock, route: Route) -> Operation:
    """A job, its tasks, and of a task what the request would have answered by itself."""
    values = {"job": keys_of(mock, "asyncJob")}
    if "<task>" in route.path:
        values["task"] = {"type": "string", "examples": ["1"]}
    answers: dict[str, tuple[Answer, ...]] = {
        "async.tasks": (Answer(200, {COLLECTION_JSON: _COLLECTION}),),
        "async.result": (Answer(200, {SINGULAR_JSON: {}, COLLECTION_JSON: {}}), Answer(204)),
    }
    progress = object_of({"links": _LINKS, "id": TEXT, "completed": {"type": "boolean"}, "progress": TEXT}, ("id",))
    return Operation(values=values, answers=answers.get(route.operation, (Answer(200, {SINGULAR_JSON: progress}),)))


def _token() -> Operation:
    """The assertion is signed by the client: none is shown."""
    form: dict[str, Schema] = {
        "grant_type": {"type": "string", "enum": ["client_credentials"]},
        "client_assertion_type": {"type": "string", "enum": [ASSERTED]},
        "client_assertion": TEXT,
    }
    granted = object_of({"access_token": TEXT, "expires_in": TEXT, "token_type": TEXT}, ("access_token",))
    refused = object_of({"error": TEXT, "error_description": TEXT}, ("error", "error_description"))
    error = {JSON: refused, ERROR_JSON: _ERROR}
    return Operation(body={FORM: object_of(form, form)}, answers=(Answer(200, {JSON: granted}),), error=error)


def _transforms(mock: Mock) -> Iterator[Operation]:
    for source, target in TRANSFORMS:
        resource = resources_of(mock)[source.lower()]
        fixed = {"record": source, "target": target}
        values = {"key": _keys(mock, resource)}
        made = _body(mock, resources_of(mock)[target.lower()], creating=False)
        yield Operation(
            fixed,
            values,
            body={JSON: made},
            body_required=False,
            answers=(Answer(204),),
            creates=(f"erp:{target}", _LOCATION),
            takes={"key": f"erp:{source}"},
        )


def _suiteql() -> Operation:
    queries = [
        "SELECT id, companyname FROM customer ORDER BY id",
        "SELECT COUNT(*) AS n FROM transaction",
        "SELECT id, lastmodifieddate FROM job WHERE lastmodifieddate >= TO_DATE('2020-01-01', 'YYYY-MM-DD')",
    ]
    transient = Parameter("Prefer", {"type": "string", "enum": ["transient"]}, "header", required=True)
    body = object_of({"q": {"type": "string", "examples": queries}}, ("q",))
    return Operation(
        parameters=(*_PAGING, transient), body={JSON: body}, answers=(Answer(200, {COLLECTION_JSON: _COLLECTION}),)
    )


def _bank_line(mock: Mock) -> Schema:
    schema = BankLineForm.model_json_schema()
    schema["properties"] |= {
        "amount": {"type": "string", "examples": ["100.00", "2500.00"]},
        "currency": keys_of(mock, "currency", "symbol"),
        "date": days_of(mock),
        "subsidiary": keys_of(mock, "subsidiary", "externalId"),
    }
    return schema


def _bank(mock: Mock) -> Operation:
    which = (
        Parameter("script", {"type": "string", "enum": [SCRIPT]}, required=True),
        Parameter("deploy", {"type": "string", "enum": [DEPLOY]}, required=True),
    )
    return Operation(
        parameters=which,
        body={JSON: _bank_line(mock)},
        answers=(Answer(200, {JSON: {"type": "object"}}),),
    )


def resources_of(mock: Mock) -> Mapping[str, Resource]:
    """The account's resources by lower-case name."""
    found: Mapping[str, Resource] = vars(mock)["account"].resources
    return found


def describe(mock: Mock, route: Route) -> Iterable[Operation]:
    """The operations of a route."""
    if route.operation == "record.transform":
        return tuple(_transforms(mock))
    if route.operation == "record.action":
        return tuple(_actions(mock))
    if route.operation.startswith("metadata."):
        return (_metadata(mock)[route.operation],)
    if route.operation.startswith("async."):
        return (_async(mock, route),)
    if route.operation == "oauth.token":
        return (_token(),)
    if route.operation == "suiteql.query":
        return (_suiteql(),)
    if route.operation == "bank.lines":
        return (_bank(mock),)
    if "<record>" in route.path:
        return tuple(operation for each in resources_of(mock).values() for operation in _of_record(mock, route, each))
    return (Operation(answers=(Answer(200, {JSON: {}}),)),)


DIALECT = Dialect(
    "NetSuite SuiteTalk REST",
    error={ERROR_JSON: _ERROR},
    security={
        "oauth1": {
            "type": "http",
            "scheme": "oauth",
            "description": "OAuth 1.0a, HMAC-SHA256, of a token of the account",
        }
    },
    describe=describe,
)
