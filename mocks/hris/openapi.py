"""What Workday's routes say in the OpenAPI document."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from mocks.hris.query import FIELDS, SOURCES
from mocks.hris.reports_absence import REPORTS
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
    list_of,
    moments_of,
    object_of,
)
from mocks.kit.routing import Route
from sandbox.core.ids import wid

FORM = "application/x-www-form-urlencoded"
_ERROR = object_of({"error": TEXT, "errors": list_of({"type": "object"})}, ("error",))
_ROWS = object_of({"total": {"type": "integer"}, "data": list_of({"type": "object"})}, ("total", "data"))
_ENTRIES = object_of({"Report_Entry": list_of({"type": "object"})}, ("Report_Entry",))
_PAGING = (
    Parameter("limit", {"type": "integer", "minimum": 1, "maximum": 10_000}),
    Parameter("offset", {"type": "integer", "minimum": 0, "maximum": 1000}),
)
# Reports of a span of days ask for both ends.
_SPANS = ("Absence_Days", "Time_Off_Delta", "Holiday_Calendar", "Business_Process_Events")


def _parts(mock: Mock) -> Any:
    """The mock's own attributes, which the kit's type does not know."""
    return mock


def _tenant(mock: Mock) -> dict[str, Schema]:
    return {"tenant": {"type": "string", "examples": [_parts(mock).tenant_name]}}


def _reports(mock: Mock) -> Iterable[Operation]:
    for name in REPORTS:
        prompts = [
            Parameter("format", {"type": "string", "enum": ["json"]}, required=True),
            Parameter("Effective_as_of_Date", days_of(mock)),
            *(Parameter(each, moments_of(mock)) for each in ("Updated_From", "Updated_Through", "Entry_Moment")),
        ]
        if name in _SPANS:
            prompts += [Parameter(each, days_of(mock), required=True) for each in ("From_Date", "Through_Date")]
        values = {**_tenant(mock), "owner": {"type": "string", "examples": [_parts(mock).report_owner]}}
        yield Operation(
            {"report": name}, values, tuple(prompts), answers=(Answer(200, {JSON: _ENTRIES}),), security=("basic",)
        )


def _queries() -> Schema:
    names = list(FIELDS)[:3]
    listed = [f"SELECT {', '.join(names)} FROM {source}" for source in SOURCES]
    return {"type": "string", "examples": [*listed, f"SELECT {names[0]} FROM {next(iter(SOURCES))} LIMIT 3"]}


def _sources(mock: Mock) -> Schema:
    seed = mock.context.seed_label
    return {"type": "string", "examples": [wid(seed, "hris", "wql", alias) for alias in SOURCES]}


def _token(mock: Mock) -> Operation:
    form = {
        "grant_type": {"type": "string", "examples": ["refresh_token"]},
        "refresh_token": {"type": "string", "examples": [_parts(mock).refresh_token]},
    }
    content = {JSON: object_of({"access_token": TEXT, "token_type": TEXT}, ("access_token", "token_type"))}
    return Operation(
        values=_tenant(mock), body={FORM: object_of(form, form)}, answers=(Answer(200, content),), security=("client",)
    )


def describe(mock: Mock, route: Route) -> Iterable[Operation]:
    """The operations of a route."""
    if route.operation == "report.run":
        return tuple(_reports(mock))
    if route.operation == "oauth.token":
        return (_token(mock),)
    answers = (Answer(200, {JSON: _ROWS}),)
    values = _tenant(mock)
    if route.operation == "wql.query":
        asked = Parameter("query", _queries(), required=True)
        return (Operation(values=values, parameters=(asked, *_PAGING), answers=answers),)
    if route.operation == "wql.query_post":
        body = {JSON: object_of({"query": _queries()}, ("query",))}
        return (Operation(values=values, parameters=_PAGING, body=body, answers=answers),)
    if "<source>" in route.path:
        values = {**values, "source": _sources(mock)}
    if route.operation.startswith("wql."):
        return (Operation(values=values, answers=answers),)
    return (Operation(values=values, answers=(Answer(200, {JSON: {}}),)),)


DIALECT = Dialect(
    "Workday reports and WQL",
    error={JSON: _ERROR},
    security={"basic": {"type": "http", "scheme": "basic"}, "session": {"type": "http", "scheme": "bearer"}},
    describe=describe,
)
