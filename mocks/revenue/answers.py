"""Answers that succeed (keys in both spellings, no body instead of an empty list), and the reading of requests."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mocks.kit.answers import empty_response, json_response
from mocks.kit.app import Call
from mocks.revenue import errors
from mocks.revenue.errors import RevenueRefusal
from sandbox.core.clock import iso_z
from sandbox.core.observe import Row
from sandbox.core.wire import Response

_DIGITS_MAX = 15


def success(**content: Any) -> Response:
    """200 with ``status`` Success and ``content``, each key in both spellings."""
    body = {"status": "Success", "Status": "Success"}
    for key, value in content.items():
        body[key] = value
        body[key.capitalize()] = value
    return json_response(200, body)


def done(content: Mapping[str, Any]) -> Response:
    """200 as the job endpoints say it; their ``message`` in both spellings."""
    body = {**content, "success": True}
    if "message" in body:
        body["Message"] = body["message"]
    return json_response(200, body)


def nothing() -> Response:
    """204: there is nothing to show."""
    return empty_response(204)


def stamp(call: Call, us: int | None) -> str | None:
    """An instant on the wire; None stays None."""
    return None if us is None else iso_z(call.mock.context.clock.epoch, us)


def json_object(call: Call) -> dict[str, Any]:
    """The request's body as a JSON object; raises RevenueRefusal."""
    try:
        body = call.request.json()
    except ValueError as wrong:
        raise RevenueRefusal(400, "The request body is not valid JSON") from wrong
    if not isinstance(body, dict):
        raise RevenueRefusal(400, "The request body is not a JSON object")
    return body


def whole(text: str, name: str, low: int, high: int) -> int:
    """A whole number of a path or query between two bounds; raises RevenueRefusal."""
    if text.isascii() and text.isdecimal() and len(text) <= _DIGITS_MAX and low <= int(text) <= high:
        return int(text)
    raise RevenueRefusal(400, f"{name}: expected a whole number from {low} to {high}, got {text!r}")


def org_of(call: Call, org_id: Any) -> Row:
    """The organisation of an id as the client wrote it; raises RevenueRefusal with 403."""
    text = str(org_id) if isinstance(org_id, int) and abs(org_id) < 10**_DIGITS_MAX else org_id
    known = isinstance(text, str) and text.isascii() and text.isdecimal() and len(text) <= _DIGITS_MAX
    org = call.store.one("org", {"org_id": int(text)}) if known else None
    if org is None:
        raise errors.not_submitted(errors.WRONG_ORG, 403)
    return org
