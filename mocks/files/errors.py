"""Refusals of the file partners: ``{"error": {"code": ..., "message": ...}}``, a form of our own."""

from __future__ import annotations

from mocks.kit.answers import json_response
from mocks.kit.refusal import Refusal
from sandbox.core.damage import Damage
from sandbox.core.wire import Request, Response


class FilesRefusal(Refusal):
    """A status, a code and a sentence."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message, code=code)
        self.status = status

    def response(self, request: Request) -> Response:
        return envelope(self.status, self.code, self.message)


def envelope(status: int, code: str, message: str) -> Response:
    """An error answer."""
    return json_response(status, {"error": {"code": code, "message": message}})


def damaged(damage: Damage) -> Response:
    """429, 500 and 503."""
    codes = {429: "too_many_requests", 503: "unavailable"}
    response = envelope(damage.status, codes.get(damage.status, "internal_error"), "The request could not be served.")
    if "retry_after" in damage.params:
        response.headers["Retry-After"] = str(damage.params["retry_after"])
    return response
