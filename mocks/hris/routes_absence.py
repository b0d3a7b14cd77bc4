"""Absence by REST: what a worker may take, the leaves there are, a request for time off (hris-workday.md section 4)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from mocks.hris import rules_absence
from mocks.hris.errors import HrisRefusal
from mocks.hris.projections import Standing
from mocks.hris.records import PLACE_ON_LEAVE, RETURN_FROM_LEAVE, TERMINATE
from mocks.hris.rest import View, page_of
from mocks.hris.rules_absence import time_off_wid
from mocks.hris.rules_state import event_wid
from mocks.hris.ui import entry_of
from mocks.hris.ui_absence import Hours, LeaveType, TimeOffType
from mocks.kit.answers import json_response
from mocks.kit.app import Call
from mocks.kit.person import FormRefused
from mocks.kit.routing import Routes
from sandbox.core.ids import wid
from sandbox.core.observe import Row
from sandbox.core.wire import Response

ROUTES = Routes()
_BASE = "/ccx/api/absenceManagement/v1/<tenant>/workers/<worker_wid>"
_DAYS_MAX = 100
_KINDS = {"Time Off": get_args(TimeOffType), "Leave of Absence": get_args(LeaveType)}


class Kind(BaseModel):
    """An instance by its id."""

    model_config = ConfigDict(frozen=True)
    id: str


class Day(BaseModel):
    """Hours off on a day; fields that are not known are passed over, the public body has more."""

    model_config = ConfigDict(frozen=True)
    date: date
    hours: Hours = Field(alias="dailyQuantity")
    kind: Kind = Field(alias="timeOffType")


class TimeOffRequest(BaseModel):
    """The body of ``requestTimeOff``."""

    model_config = ConfigDict(frozen=True)
    days: list[Day] = Field(min_length=1, max_length=_DAYS_MAX)


@ROUTES.add("GET", f"{_BASE}/eligibleAbsenceTypes", "absence.types")
def eligible_types(call: Call, tenant: str, worker_wid: str) -> Response:
    """The types of time off and of leave a worker may ask for: the same for everybody here."""
    view = View(call, tenant)
    view.one(worker_wid)
    found = [(group, name) for group, names in _KINDS.items() for name in names]
    return page_of(call, found, lambda each: {**_kind(view, *each), "category": {"descriptor": each[0]}})


@ROUTES.add("GET", f"{_BASE}/leavesOfAbsence", "absence.leaves")
def leaves(call: Call, tenant: str, worker_wid: str) -> Response:
    """The leaves of a worker, past and future, as they stand now; a rescinded one is gone."""
    view = View(call, tenant)
    found = view.one(worker_wid)
    return page_of(call, list(_leaves(found)), lambda each: _leave(view, found, *each))


@ROUTES.add("POST", f"{_BASE}/requestTimeOff", "absence.request")
def request_time_off(call: Call, tenant: str, worker_wid: str) -> Response:
    """Request Time Off, completed at once: every day of the request or none."""
    view = View(call, tenant)
    found = view.one(worker_wid)
    types = {_kind(view, "Time Off", name)["id"]: name for name in _KINDS["Time Off"]}
    entries = []
    for day in _body(call).days:
        if day.kind.id not in types:
            raise HrisRefusal(400, f"there is no type of time off {day.kind.id!r}", field="timeOffType")
        try:
            row = rules_absence.request_time_off(
                call.store,
                found.worker["employee_id"],
                day.date,
                int(day.hours * 60),
                types[day.kind.id],
                entry_of(call),
            )
        except FormRefused as refused:
            raise HrisRefusal(400, refused.message, field=refused.field or "days") from refused
        entries.append({"id": time_off_wid(row), "descriptor": f"{row['type']} on {row['date']}"})
    return json_response(201, {"worker": view.worker(found.worker), "days": entries})


def _body(call: Call) -> TimeOffRequest:
    try:
        return TimeOffRequest.model_validate_json(call.request.body)
    except ValidationError as wrong:
        first = wrong.errors(include_url=False)[0]
        field = ".".join(str(part) for part in first["loc"])
        raise HrisRefusal(400, first["msg"], **({"field": field} if field else {})) from wrong


def _leaves(found: Standing) -> Iterator[tuple[Row, str | None]]:
    """Each leave with the first day the worker was back, or None while nobody has entered one."""
    ends = [event for event in found.events if event["process"] in (RETURN_FROM_LEAVE, TERMINATE)]
    for event in found.events:
        if event["process"] == PLACE_ON_LEAVE:
            later = (each for each in ends if each["effective_date"] >= event["effective_date"])
            end = next(later, None)
            yield event, None if end is None else end["effective_date"]


def _leave(view: View, found: Standing, event: Row, end: str | None) -> dict[str, Any]:
    today = view.today.isoformat()
    over = end is not None and end <= today
    status = "Completed" if over else "Active" if event["effective_date"] <= today else "Scheduled"
    return {
        "id": event_wid(event),
        "descriptor": f"{event['leave_type']} from {event['effective_date']}",
        "worker": view.worker(found.worker),
        "leaveType": _kind(view, "Leave of Absence", event["leave_type"]),
        "firstDayOfLeave": event["effective_date"],
        "estimatedLastDayOfLeave": event["expected_last_day"],
        "actualEndOfLeave": end,
        "status": {"descriptor": status},
    }


def _kind(view: View, group: str, name: str) -> dict[str, str]:
    return {"id": wid(view.call.mock.context.seed_label, "hris", group, name), "descriptor": name}
