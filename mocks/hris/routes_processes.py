"""Business process events by REST: to look at, to rescind, to cancel (hris-workday.md sections 4, 8 and 9).

A rescinded event stays, also where it took the worker away: it is the tombstone that no worker list has.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from mocks.hris import rules
from mocks.hris.answers import check_tenant
from mocks.hris.errors import HrisRefusal
from mocks.hris.projections import full_name
from mocks.hris.prompts import TENANT_ZONE
from mocks.hris.records import COMPLETED, CORRECTED
from mocks.hris.rest import page_of
from mocks.hris.rules_state import event_wid
from mocks.hris.ui import entry_of
from mocks.kit.answers import external_url, json_response
from mocks.kit.app import Call
from mocks.kit.person import FormRefused
from mocks.kit.routing import Routes
from sandbox.core.clock import at_local, parse_iso
from sandbox.core.ids import wid
from sandbox.core.observe import Row
from sandbox.core.wire import Response

ROUTES = Routes()
_BASE = "/ccx/api/businessProcess/v1/<tenant>"
_NOT_COMPLETED = "You can't rescind this event because the status isn't Successfully Completed."
_NOT_IN_PROGRESS = "You can't cancel this event because the status isn't in progress or in error."
# Filters by instant: the name before OnOrAfter and OnOrBefore, and the column. Nothing here takes time to complete.
_MOMENTS = {"initiated": "initiated_us", "completed": "entered_us", "created": "initiated_us"}
_EVENTS = (
    'SELECT e.*, w."first_name", w."last_name" FROM "event" e JOIN "worker" w ON w."wid" = e."worker_wid" '
    'WHERE e."status" <> ? ORDER BY e."initiated_us", e."wid"'
)


@ROUTES.add("GET", f"{_BASE}/events", "process.events")
def events(call: Call, tenant: str) -> Response:
    """Completed and rescinded events, oldest first; a corrected one as it stands now."""
    check_tenant(call, tenant)
    found = list(_filtered(call, call.store.select(_EVENTS, (CORRECTED,))))
    return page_of(call, found, lambda row: _event(call, row))


@ROUTES.add("GET", f"{_BASE}/events/<event_id>", "process.event")
def event(call: Call, tenant: str, event_id: str) -> Response:
    """An event."""
    check_tenant(call, tenant)
    return json_response(200, _event(call, _one(call, event_id)))


@ROUTES.add("POST", f"{_BASE}/events/<event_id>/rescind", "process.rescind")
def rescind(call: Call, tenant: str, event_id: str) -> Response:
    """Take a completed event back."""
    check_tenant(call, tenant)
    row = _one(call, event_id)
    if row["status"] != COMPLETED:
        raise HrisRefusal(400, _NOT_COMPLETED, code="A219")
    try:
        rules.rescind(call.store, row["wid"], entry_of(call))
    except FormRefused as refused:
        # What rests on this event is in the way: the vendor's code and text for it are unpublished.
        raise HrisRefusal(400, refused.message) from refused
    return json_response(200, _event(call, _one(call, event_id)))


@ROUTES.add("POST", f"{_BASE}/events/<event_id>/cancel", "process.cancel")
def cancel(call: Call, tenant: str, event_id: str) -> Response:
    """Cancel an event under way: there is none, every process completes at once."""
    check_tenant(call, tenant)
    _one(call, event_id)
    raise HrisRefusal(400, _NOT_IN_PROGRESS, code="A219")


def _one(call: Call, event_id: str) -> Row:
    found = next((row for row in call.store.select(_EVENTS, (CORRECTED,)) if event_wid(row) == event_id), None)
    if found is None:
        raise HrisRefusal(404, "The event was not found.")
    return found


def _filtered(call: Call, rows: list[Row]) -> Iterator[Row]:
    params = call.request.params()
    bounds = list(_bounds(call, params))
    for row in rows:
        named = {
            "worker": (row["worker_wid"],),
            "businessProcess": (_id(call, "process", row["process"]), row["process"]),
            "status": (_id(call, "status", row["status"]), row["status"]),
            "initiator": (_id(call, "initiator", row["initiator"]), row["initiator"]),
        }
        if all(params[name] in values for name, values in named.items() if name in params) and all(
            first <= row[column] <= last for column, first, last in bounds
        ):
            yield row


def _bounds(call: Call, params: dict[str, str]) -> Iterator[tuple[str, int, int]]:
    for name, column in _MOMENTS.items():
        after, before = params.get(f"{name}OnOrAfter"), params.get(f"{name}OnOrBefore")
        first = -(2**62) if after is None else _instant(call, f"{name}OnOrAfter", after, end=False)
        last = 2**62 if before is None else _instant(call, f"{name}OnOrBefore", before, end=True)
        yield column, first, last


def _instant(call: Call, name: str, text: str, *, end: bool) -> int:
    """An instant, or where a date begins (or ends) in the tenant's zone."""
    epoch = call.mock.context.clock.epoch
    try:
        if len(text) > len("2026-01-12"):
            return parse_iso(epoch, text)
        day = date.fromisoformat(text) + timedelta(days=int(end))
        return at_local(epoch, day, "00:00", TENANT_ZONE) - int(end)
    except (ValueError, OverflowError) as wrong:
        raise HrisRefusal(400, f"expected a date or a date-time with a zone, got {text!r}", field=name) from wrong


def _id(call: Call, kind: str, name: str) -> str:
    return wid(call.mock.context.seed_label, "hris", kind, name)


def _event(call: Call, row: Row) -> dict[str, Any]:
    made, setup, tenant = event_wid(row), call.mock.setup, call.mock.tenant_name
    return {
        "id": made,
        "descriptor": f"{row['process']}: {full_name(row)}",
        "href": external_url(call.request, f"/ccx/api/businessProcess/v1/{tenant}/events/{made}"),
        "businessProcess": {"id": _id(call, "process", row["process"]), "descriptor": row["process"]},
        "status": {"id": _id(call, "status", row["status"]), "descriptor": row["status"]},
        "worker": {"id": row["worker_wid"], "descriptor": full_name(row)},
        "initiator": {"id": _id(call, "initiator", row["initiator"]), "descriptor": row["initiator"]},
        "effectiveDate": row["effective_date"],
        "initiatedOn": setup.stamp(row["initiated_us"]),
        "completedOn": setup.stamp(row["entered_us"]),
        "rescindedOn": setup.stamp(row["rescinded_us"]),
        "corrected": row["corrects_wid"] is not None,
    }
