"""What Workday's routes say in the OpenAPI document."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, get_args

from mocks.hris.answers import LIMIT_MAX
from mocks.hris.formats import FORMATS
from mocks.hris.markup import element, escaped
from mocks.hris.query import FIELDS, SOURCES
from mocks.hris.reports_absence import REPORTS
from mocks.hris.routes_soap import READERS
from mocks.hris.rules_state import event_wid
from mocks.hris.soap_errors import ENVELOPE, NAMESPACE
from mocks.hris.ui_absence import TimeOffType
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
)
from mocks.kit.routing import Route
from sandbox.core.ids import wid

CSV, XML = "text/csv", "text/xml"
FORM = "application/x-www-form-urlencoded"
_ERROR = object_of({"error": TEXT, "errors": list_of({"type": "object"})}, ("error",))
_ROWS = object_of({"total": {"type": "integer"}, "data": list_of({"type": "object"})}, ("total", "data"))
_ENTRIES = object_of({"Report_Entry": list_of({"type": "object"})}, ("Report_Entry",))
_OFFSET = Parameter("offset", {"type": "integer", "minimum": 0, "maximum": 1000})
_PAGING = (Parameter("limit", {"type": "integer", "minimum": 1, "maximum": 10_000}), _OFFSET)
# A page of a REST collection.
_PAGE = (Parameter("limit", {"type": "integer", "minimum": 1, "maximum": LIMIT_MAX}), _OFFSET)
_INSTANCE = object_of({"id": TEXT, "descriptor": TEXT}, ("id", "descriptor"))
# Those that answer one instance; others answer a collection.
_SINGLE = ("common.worker", "staffing.worker", "process.event", "process.rescind", "process.cancel")
_WSSE = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
# How many events are shown as examples.
_EVENTS = 12
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
            Parameter("format", {"type": "string", "enum": [name for name in FORMATS if name]}),
            Parameter("xsds", {"type": "string", "enum": ["true"]}),
            Parameter("Effective_as_of_Date", days_of(mock)),
            *(Parameter(each, moments_of(mock)) for each in ("Updated_From", "Updated_Through", "Entry_Moment")),
        ]
        if name in _SPANS:
            prompts += [Parameter(each, days_of(mock), required=True) for each in ("From_Date", "Through_Date")]
        values = {**_tenant(mock), "owner": {"type": "string", "examples": [_parts(mock).report_owner]}}
        answers = (Answer(200, {JSON: _ENTRIES, CSV: TEXT, XML: TEXT}),)
        yield Operation({"report": name}, values, tuple(prompts), answers=answers, security=("basic",))


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


def _events(mock: Mock) -> Schema:
    """Events by the WID they go by, newest first; a corrected one goes by that of its first row."""
    rows = mock.store.find("event", order=NEWEST.format("wid"), limit=_EVENTS)
    return {"type": "string", "examples": list(dict.fromkeys(event_wid(row) for row in rows))}


def _rest(mock: Mock, route: Route) -> Operation:
    """Workers, organisations, absences and business processes."""
    values = _tenant(mock)
    if "<worker_wid>" in route.path:
        values = {**values, "worker_wid": keys_of(mock, "worker", "wid")}
    if "<event_id>" in route.path:
        values = {**values, "event_id": _events(mock)}
    if route.operation == "absence.request":
        answers = (Answer(201, {JSON: object_of({"worker": _INSTANCE, "days": list_of(_INSTANCE)})}),)
        return Operation(values=values, body={JSON: _time_off(mock)}, answers=answers)
    if route.operation in _SINGLE:
        return Operation(values=values, answers=(Answer(200, {JSON: _INSTANCE}),))
    return Operation(values=values, parameters=_PAGE, answers=(Answer(200, {JSON: _ROWS}),))


def _time_off(mock: Mock) -> Schema:
    seed = mock.context.seed_label
    kinds = [wid(seed, "hris", "Time Off", name) for name in get_args(TimeOffType)]
    day = object_of(
        {
            "date": days_of(mock),
            "dailyQuantity": {"type": "number", "minimum": 1, "maximum": 8},
            "timeOffType": object_of({"id": {"type": "string", "enum": kinds}}, ("id",)),
        },
        ("date", "dailyQuantity", "timeOffType"),
    )
    return object_of({"days": list_of(day, minItems=1, maxItems=1)}, ("days",))


def _soap(mock: Mock, route: Route) -> Operation:
    """The service, whose messages carry who calls; what is refused is a fault."""
    values: dict[str, Schema] = {**_tenant(mock), "version": {"type": "string", "examples": ["v44.2", "v42.0"]}}
    answers = (Answer(200, {XML: TEXT}),)
    if route.method == "GET":
        wsdl = Parameter("wsdl", {"type": "string", "enum": ["true"]}, required=True)
        return Operation(values=values, parameters=(wsdl,), answers=answers)
    body: Schema = {"type": "string", "examples": [_message(mock, name) for name in READERS]}
    return Operation(values=values, body={XML: body}, answers=answers, error={XML: TEXT, JSON: _ERROR}, soap=True)


def _message(mock: Mock, operation: str) -> str:
    parts = _parts(mock)
    username = element("w:Username", escaped(f"{parts.username}@{parts.tenant_name}"))
    token = element("w:UsernameToken", username, element("w:Password", escaped(parts.password)))
    return element(
        "s:Envelope",
        element("s:Header", element("w:Security", token)),
        element("s:Body", element(f"wd:{operation}")),
        **{"xmlns:s": ENVELOPE, "xmlns:w": _WSSE, "xmlns:wd": NAMESPACE},
    )


def describe(mock: Mock, route: Route) -> Iterable[Operation]:
    """The operations of a route."""
    if route.operation == "report.run":
        return tuple(_reports(mock))
    if route.operation == "oauth.token":
        return (_token(mock),)
    if route.operation.startswith("soap."):
        return (_soap(mock, route),)
    if not route.operation.startswith("wql."):
        return (_rest(mock, route),)
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
    return (Operation(values=values, answers=answers),)


DIALECT = Dialect(
    "Workday reports, WQL, REST and SOAP",
    error={JSON: _ERROR},
    security={"basic": {"type": "http", "scheme": "basic"}, "session": {"type": "http", "scheme": "bearer"}},
    describe=describe,
)
