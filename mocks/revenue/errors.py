"""Refusals as Zuora Revenue spells them: a status and a message, each under two spellings of its key.

Clients of different versions read one spelling or the other (revenue-zuora.md section 3), so both are sent.
"""

from __future__ import annotations

from typing import Any

from mocks.kit.answers import json_response
from mocks.kit.refusal import Refusal
from mocks.revenue.records import CLIENT_ID
from sandbox.core.damage import Damage
from sandbox.core.wire import Request, Response

LOADING_FAILED = "Error loading Data into Staging Area"
NO_DATA = "No data found"
PROGRAM_UNSUPPORTED = "This Program is not supported at the moment"
WRONG_ORG = "OrgId does not match the Org assigned to the role"
NOTHING_UPDATED = "0 row(s) updated. Only the batch in Ready TO Transfer status can be updated."


class RevenueRefusal(Refusal):
    """``status`` and what the body carries besides status and message."""

    def __init__(self, status: int, message: str, **extra: Any) -> None:
        super().__init__(message, code=str(status))
        self.status = status
        self.extra = extra

    def response(self, request: Request) -> Response:
        return envelope(self.status, self.message, self.extra)


def envelope(status: int, message: str, extra: dict[str, Any] | None = None) -> Response:
    """``{"status": "Error", "message": ...}`` in both spellings."""
    body = {"status": "Error", "Status": "Error", "message": message, "Message": message, **(extra or {})}
    return json_response(status, body)


def unauthorized(message: str = "Token is missing, invalid or expired") -> RevenueRefusal:
    """Bad credentials or token; the exact 401 body is unpublished, this one is ours (section 10)."""
    return RevenueRefusal(401, message)


def upload_failed(reason: str) -> RevenueRefusal:
    """The whole file is refused and nothing of it is kept."""
    return RevenueRefusal(400, LOADING_FAILED, **_failed("", reason))


def filename_used(filename: str, upload_id: str) -> RevenueRefusal:
    """A file of that name arrived before; ``id`` is that earlier upload's."""
    reason = f"File name {filename} has been uploaded before"
    return RevenueRefusal(400, reason, **_failed(upload_id, reason))


def _failed(upload_id: str, reason: str) -> dict[str, Any]:
    result = {"client_id": CLIENT_ID, "id": upload_id, "message": reason, "status": "Failed"}
    return {"result": result, "Result": result}


def no_data() -> RevenueRefusal:
    """Nothing has that id."""
    return RevenueRefusal(400, NO_DATA)


def not_submitted(message: str, status: int = 400) -> RevenueRefusal:
    """A job or program that does not start."""
    return RevenueRefusal(status, message, success=False)


def damaged(damage: Damage) -> Response:
    """429 for throttling, 500 and 503, in the usual body."""
    texts = {429: "Too many requests", 503: "Service is temporarily unavailable"}
    response = envelope(damage.status, texts.get(damage.status, "Internal server error"))
    if "retry_after" in damage.params:
        response.headers["Retry-After"] = str(damage.params["retry_after"])
    return response
