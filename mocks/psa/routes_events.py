"""The feed of subscribed events: pull, filter, order, page (psa-kantata.md section 13)."""

from __future__ import annotations

from typing import Any

from mocks.kit.answers import json_response
from mocks.kit.app import Call
from mocks.kit.feeds import FeedRow
from mocks.kit.routing import Routes
from mocks.psa import envelope
from mocks.psa.associations import by_ids
from mocks.psa.errors import JSON
from mocks.psa.events import EVENT_TYPES, FEED, RETENTION_US, payloads, recorded
from mocks.psa.query import Params, datetime_us, ids_of, page_of, params_of
from mocks.psa.resources import BY_SUBJECT, BY_TYPE
from mocks.psa.rules import ADMINISTRATORS, demand
from sandbox.core.wire import Response, dumps

ROUTES = Routes()
KEY = "subscribed_events"
OPTIONAL = ("current_payload", "previous_payload", "payload_changes")


@ROUTES.add("GET", "/api/v1/subscribed_events", "subscribed_events.index")
def read_events(call: Call) -> Response:
    """Events recorded by now, at most 9 days old; for administrators only."""
    demand(call.principal, ADMINISTRATORS)
    params = params_of(call.request)
    found = _matching(call, params)
    page = page_of(params)
    rows = found[page.offset : page.offset + page.limit]
    shown = [_shown(call, row, params.get("optional_fields", "")) for row in rows]
    cursor_out = shown[-1]["created_at"] if shown else params.get("created_after", "")
    handed = call.mock.deliver(FEED, shown, lambda event: event["id"], params.get("created_after", ""), cursor_out)
    content: dict[str, Any] = {
        "count": len(found),
        "results": [{"key": KEY, "id": event["id"]} for event in handed],
        KEY: {event["id"]: event for event in handed},
    }
    if "subject" in params.get("include", "").split(","):
        _add_subjects(call, handed, content)
    content["meta"] = envelope.meta(len(found), page)
    return json_response(200, content, content_type=JSON)


@ROUTES.add("GET", "/api/v1/subscribed_events/event_types", "subscribed_events.event_types")
def read_event_types(call: Call) -> Response:
    """The event types there are."""
    demand(call.principal, ADMINISTRATORS)
    return json_response(200, {"event_types": EVENT_TYPES}, content_type=JSON)


def _matching(call: Call, params: Params) -> list[FeedRow]:
    """Visible events of the query, in its order. Both ends of the window are exclusive."""
    epoch, now = call.mock.frame.epoch, call.now_us
    since, until = now - RETENTION_US, now
    if "created_after" in params:
        since = max(since, datetime_us("created_after", params["created_after"], epoch) + 1)
    if "created_before" in params:
        until = min(until, datetime_us("created_before", params["created_before"], epoch) - 1)
    rows = recorded(call.mock, since, until, ids_of(params.get("event_types", "")))
    if "subject_type" in params:
        resource = BY_SUBJECT.get(params["subject_type"])
        kind = resource.record_type.name if resource is not None else ""
        subjects = ids_of(params.get("subject_id", ""))
        rows = [
            row
            for row in rows
            if row.content["subject"] == kind and (not subjects or row.content["subject_id"] in subjects)
        ]
    rows.sort(key=lambda row: row.visible_us, reverse=params.get("order") != "created_at:asc")
    return rows


def _shown(call: Call, row: FeedRow, optional_fields: str) -> dict[str, Any]:
    frame, content = call.mock.frame, row.content
    user_id, workspace_id = content["user_id"], content["context_workspace_id"]
    event = {
        "id": content["id"],
        "event_type": content["event_type"],
        "account_id": frame.account_id,
        "user_id": None if user_id is None else int(user_id),
        "context_workspace_id": None if workspace_id is None else int(workspace_id),
        "subject_type": BY_TYPE[content["subject"]].subject_type,
        "subject_id": int(content["subject_id"]),
        "subject_changed_at": frame.stamp(row.t_us),
        "created_at": frame.stamp(row.visible_us),
    }
    asked = [name for name in OPTIONAL if name in ids_of(optional_fields)]
    if asked:
        full = payloads(call.mock, content)
        event.update({name: None if full[name] is None else dumps(full[name]).decode() for name in asked})
    return event


def _add_subjects(call: Call, events: list[dict[str, Any]], content: dict[str, Any]) -> None:
    """Side-loads the subjects that still exist, whatever default filters would hide."""
    by_type: dict[str, list[str]] = {}
    for event in events:
        by_type.setdefault(event["subject_type"], []).append(str(event["subject_id"]))
    there: dict[tuple[str, str], str] = {}
    for subject_type, ids in by_type.items():
        resource = BY_SUBJECT[subject_type]
        rows = by_ids(call.store, resource.record_type, ids)
        content[resource.key] = {row["id"]: resource.present(row, call.mock.frame) for row in rows}
        there.update({(subject_type, row["id"]): resource.key for row in rows})
    for event in events:
        key = there.get((event["subject_type"], str(event["subject_id"])))
        event["subject_ref"] = None if key is None else {"key": key, "id": str(event["subject_id"])}
