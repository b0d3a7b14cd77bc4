"""What Kantata's routes say in the OpenAPI document: from resources, intakes and filters."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from functools import cache
from typing import Any

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
    moments_of,
    object_of,
    schema_of,
)
from mocks.kit.records import Field
from mocks.kit.routing import Route
from mocks.psa import intakes, intakes_staffing, routes_organizations
from mocks.psa.errors import PsaRefusal
from mocks.psa.intake import Intake
from mocks.psa.records import STATUSES
from mocks.psa.resource import Resource
from mocks.psa.resources import BY_TYPE
from mocks.psa.routes import REQUIRED_FILTERS
from mocks.psa.routes_events import OPTIONAL
from sandbox.core.money import from_scaled

_ERROR = object_of(
    {"errors": list_of(object_of({"type": TEXT, "message": TEXT, "field": TEXT}, ("type", "message")), minItems=1)},
    ("errors",),
)
_META = object_of({name: {"type": "integer"} for name in ("count", "page_count", "page_number", "page_size")})
_PAGING = (
    Parameter("page", {"type": "integer", "minimum": 1, "maximum": 50}),
    Parameter("per_page", {"type": "integer", "minimum": 1, "maximum": 200}),
)
# Whose ids these are, where the name does not say.
_KINDS = {
    "approver": "user",
    "approver_ids": "user",
    "billing_milestone_ids": "billing_milestone",
    "default_role": "role",
    "department": "organization",
    "geography": "organization",
    "manager": "user",
    "member": "user",
    "parent": "story",
    "primary_workspace_group": "workspace_group",
    "resource": "workspace_resource",
    "subject": "workspace",
}
_LISTS = {"line_item_ids": "time_entry", "submission_ids": "timesheet_submission"}
_RESOLUTIONS = {"approvals": "pending", "rejections": "pending", "cancellations": "pending"}
# How many bodies are shown as examples.
_BODIES = 5
# What the rules ask for on top of the required attributes, where they ask for it almost always.
_DEMANDED = {
    "expense": ("amount_in_cents", "category"),
    "expense_report_submission": ("line_item_ids",),
    "timesheet_submission": ("line_item_ids",),
}
_FLAGS = {"type": "string", "enum": ["true", "false"]}


@cache
def _intakes() -> dict[str, Intake]:
    """Intakes by the name of their collection."""
    found = [each for module in (intakes, intakes_staffing, routes_organizations) for each in vars(module).values()]
    return {each.plural: each for each in found if isinstance(each, Intake)}


@cache
def _resources() -> dict[str, Resource]:
    """Collections by their name in the path."""
    return {each.key: each for each in BY_TYPE.values()}


def _attribute(mock: Mock, spec: Field) -> Schema:
    if spec.kind == "date":
        return days_of(mock)
    if spec.name.endswith("status_key"):
        return {"type": "string", "enum": list(STATUSES)}
    if spec.kind == "reference":
        stem = spec.name.removesuffix("_id")
        kind = _KINDS.get(stem, stem)
        return keys_of(mock, kind) if kind in mock.store.types else TEXT
    if spec.name.endswith("currency"):
        return {"type": "string", "enum": ["EUR", "GBP", "USD"]}
    if spec.name == "category":
        return keys_of(mock, "expense_category", "name")
    if spec.name == "subject_type":
        return {"type": "string", "examples": ["Workspace"]}
    if "email" in spec.name:
        return {"type": "string", "format": "email", "maxLength": 80}
    schema = schema_of(spec)
    if spec.kind in ("int", "minutes", "money", "decimal"):
        return {**schema, "minimum": 0, "maximum": 100 if spec.kind == "int" else 480}
    return {**schema, "minLength": 1, "maxLength": 200} if spec.kind == "text" else schema


def _object(mock: Mock, intake: Intake, *, creating: bool) -> Schema:
    properties = {each.name: _attribute(mock, each) for each in intake.fields}
    for name in intake.lists:
        kind = _LISTS.get(name) or _KINDS.get(name, name.removesuffix("_ids"))
        if intake.singular.startswith("expense"):
            kind = "expense"
        ids = keys_of(mock, kind) if kind in mock.store.types else TEXT
        properties[name] = list_of(ids, minItems=1, maxItems=3)
    for name, other in intake.nested.items():
        inner = _object(mock, other, creating=True)
        properties[name] = inner if name == other.singular else list_of(inner, maxItems=3)
    properties |= {name: {} for name in intake.raw}
    required = [each.name for each in intake.fields if each.required] if creating else []
    required += _DEMANDED.get(intake.singular, ())
    return object_of(properties, required) if creating else object_of(properties, minProperties=1)


def _examples(mock: Mock, key: str, intake: Intake) -> list[dict[str, Any]]:
    """Bodies that would make records like the newest there are."""
    resource = _resources().get(key)
    if resource is None:
        return []
    name = resource.record_type.name
    names = [each for each in intake.fields if each.name in resource.record_type.by_name]
    rows = mock.store.find(name, order=NEWEST.format("id"), limit=_BODIES)
    bodies = [
        {each.name: _as_sent(each, row[each.name]) for each in names if row[each.name] is not None} for row in rows
    ]
    required = {each.name for each in intake.fields if each.required}
    return [body for body in bodies if required <= body.keys()]


def _as_sent(spec: Field, value: Any) -> Any:
    if spec.kind == "bool":
        return bool(value)
    if spec.kind == "decimal":
        return Decimal(value)
    return from_scaled(value) if spec.kind == "money" else value


def _wrapped(mock: Mock, intake: Intake, *, creating: bool) -> dict[str, Schema]:
    inner = _object(mock, intake, creating=creating)
    examples = _examples(mock, intake.plural, intake) if creating else []
    if examples:
        inner["examples"] = examples
    return {JSON: object_of({intake.singular: inner}, (intake.singular,))}


def _envelope(key: str) -> Answer:
    """``results`` is the ordered truth, rows stand by id under the name of the collection (section 2)."""
    result = object_of({"key": TEXT, "id": TEXT}, ("key", "id"))
    properties = {"count": {"type": "integer"}, "results": list_of(result), "meta": _META, key: {"type": "object"}}
    return Answer(200, {JSON: object_of(properties, ("count", "results"))})


def _filter(mock: Mock, resource: Resource, name: str) -> Schema:
    """What a filter takes, found out by asking it."""
    condition = resource.all_filters[name]
    epoch = vars(mock)["frame"].epoch
    if name.endswith("_date"):
        return days_of(mock)
    for sample, schema in (
        ("no such thing", TEXT),
        ("true", _FLAGS),
        ("2026-01-01:2026-01-31", {"type": "string", "examples": ["2026-01-01:2026-01-31"]}),
    ):
        try:
            condition(name, sample, epoch)
        except PsaRefusal:
            continue
        return schema
    return moments_of(mock)


def _query(mock: Mock, resource: Resource) -> tuple[Parameter, ...]:
    needed = REQUIRED_FILTERS.get(resource.key)
    found = []
    for name in resource.all_filters:
        schema = keys_of(mock, resource.record_type.name) if name == "only" else _filter(mock, resource, name)
        if name == needed:
            schema = _attribute(mock, Field(name, "reference" if name.endswith("_id") else "text"))
        found.append(Parameter(name, schema, required=name == needed))
    if needed is not None and needed not in resource.all_filters:
        spec = _attribute(mock, Field(needed, "reference" if needed.endswith("_id") else "text"))
        found.append(Parameter(needed, spec, required=True))
    orders = [f"{name}:{way}" for name in resource.order_columns for way in ("asc", "desc")]
    found.append(Parameter("order", {"type": "string", "enum": orders}))
    return (*found, *_including(resource))


def _including(resource: Resource) -> tuple[Parameter, ...]:
    names = list(resource.associations)
    found = (Parameter("include", {"type": "string", "enum": names}),) if names else ()
    return (*found, *_optional(resource.optional))


def _optional(names: Iterable[str]) -> tuple[Parameter, ...]:
    listed = list(names)
    return (Parameter("optional_fields", {"type": "string", "enum": listed}),) if listed else ()


def _by_id(mock: Mock, resource: Resource) -> dict[str, Any]:
    name = resource.record_type.name
    return {"values": {"record_id": keys_of(mock, name)}, "takes": {"record_id": f"psa:{name}"}}


def _of_resource(mock: Mock, key: str, verb: str) -> Operation | None:
    """The operation by the convention of its name."""
    resource, intake = _resources().get(key), _intakes().get(key)
    created = ("psa:" + resource.record_type.name, "$response.body#/results/0/id") if resource else None
    if verb == "create" and intake is not None:
        return Operation(body=_wrapped(mock, intake, creating=True), answers=(_envelope(key),), creates=created)
    if resource is None:
        return None
    if verb == "index":
        return Operation(parameters=(*_PAGING, *_query(mock, resource)), answers=(_envelope(key),))
    by_id = _by_id(mock, resource)
    if verb == "show":
        return Operation(parameters=_including(resource), answers=(_envelope(key),), **by_id)
    if verb == "update" and intake is not None:
        body = _wrapped(mock, intake, creating=False)
        return Operation(body=body, answers=(_envelope(key),), **by_id)
    if verb == "delete":
        return Operation(answers=(Answer(204),), **by_id)
    if verb == "delete_many":
        ids = Parameter("ids", keys_of(mock, resource.record_type.name), required=True)
        return Operation(parameters=(ids,), answers=(Answer(204),))
    return Operation(answers=(_envelope(key),), **by_id)


def _special(mock: Mock, route: Route) -> Operation | None:
    """The routes whose name tells too little."""
    key, _, verb = route.operation.partition(".")
    kind = key.rpartition("_")[2]
    if kind in _RESOLUTIONS and verb == "create":
        # Submissions of expense reports go by the same names.
        type_name = f"{key.rpartition('_')[0]}_submission"
        ids = keys_of(mock, type_name, where={"status": _RESOLUTIONS[kind]})
        inner = object_of({"description": TEXT, "submission_ids": list_of(ids, minItems=1)}, ("submission_ids",))
        return Operation(
            body={JSON: object_of({"resolution": inner}, ("resolution",))}, answers=(_envelope("resolutions"),)
        )
    if verb == "create_or_update":
        body = _wrapped(mock, _intakes()[key], creating=True)
        return Operation(body=body, answers=(_envelope(key),))
    if route.operation == "workspaces.invite":
        resource = _resources()[key]
        return Operation(
            body=_wrapped(mock, intakes.INVITATION, creating=True), answers=(_envelope(key),), **_by_id(mock, resource)
        )
    if route.operation == "workspace_allocations.split":
        which = Parameter("workspace_allocation_id", keys_of(mock, "workspace_allocation"), required=True)
        return Operation(
            parameters=(which, Parameter("split_date", days_of(mock), required=True)), answers=(_envelope(key),)
        )
    if route.operation == "subscribed_events.index":
        window = (Parameter("created_after", moments_of(mock)), Parameter("created_before", moments_of(mock)))
        return Operation(parameters=(*_PAGING, *window, *_optional(OPTIONAL)), answers=(_envelope(key),))
    if route.operation in ("users.me", "invoices.cancel"):
        return None if verb == "cancel" else Operation(answers=(_envelope(key),))
    return None


def describe(mock: Mock, route: Route) -> Iterable[Operation]:
    """The operation of a route."""
    key, _, verb = route.operation.partition(".")
    found = _special(mock, route)
    if found is None and ("<record_id>" in route.path or verb in ("index", "create", "delete_many")):
        found = _of_resource(mock, key, verb)
    return (found or Operation(answers=(Answer(200, {JSON: {"type": "object"}}),)),)


DIALECT = Dialect(
    "Kantata OX",
    error={JSON: _ERROR},
    refusals=(400, 401, 403, 404, 405, 413, 422),
    security={"token": {"type": "http", "scheme": "bearer"}},
    describe=describe,
)
