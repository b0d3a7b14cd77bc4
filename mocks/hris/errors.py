"""Refusals as Workday spells them: the REST error envelope, plain 401 for bad credentials.

Report error bodies are unpublished (hris-workday.md section 9): JSON of the REST envelope is our choice.
"""

from __future__ import annotations

from typing import Any

from mocks.kit.answers import json_response
from mocks.kit.refusal import Refusal
from sandbox.core.damage import Damage
from sandbox.core.wire import Request, Response


class HrisRefusal(Refusal):
    """``status`` and the list of particular errors (each error, optional code, field, location)."""

    def __init__(self, status: int, message: str, **particulars: Any) -> None:
        super().__init__(message, code=str(particulars.get("code", status)))
        self.status = status
        self.particulars = particulars

    def response(self, request: Request) -> Response:
        return envelope(self.status, self.message, self.particulars)


def envelope(status: int, message: str, particulars: dict[str, Any] | None = None) -> Response:
    """``{"error": text, "errors": [...]}``."""
    errors = [{"error": message, **particulars}] if particulars else []
    return json_response(status, {"error": message, "errors": errors})


def unauthorized() -> HrisRefusal:
    """Wrong user, password or tenant (a wrong tenant is an authentication failure, not a 404)."""
    return HrisRefusal(401, "invalid username or password")


def damaged(damage: Damage) -> Response:
    """429 for throttling, 500 and 503 as an error envelope."""
    texts = {429: "Too many requests.", 503: "The service is temporarily unavailable."}
    response = envelope(damage.status, texts.get(damage.status, "An unexpected error occurred."))
    if "retry_after" in damage.params:
        response.headers["Retry-After"] = str(damage.params["retry_after"])
    return response
