"""Refusals as Kantata spells them: ``{"errors": [{"type", "message", "field"?}]}`` (psa-kantata.md section 4).

Types are ``oauth``, ``system`` (no field) and ``validation`` (with the field). Texts are ours unless said otherwise.
"""

from __future__ import annotations

from collections.abc import Iterable

from mocks.kit.answers import json_response
from mocks.kit.refusal import Refusal
from sandbox.core.damage import Damage
from sandbox.core.wire import Request, Response

JSON = "application/json; charset=utf-8"


class PsaRefusal(Refusal):
    """An HTTP status and the list of errors."""

    def __init__(self, status: int, errors: list[dict[str, str]]) -> None:
        super().__init__(errors[0]["message"], code=str(status))
        self.status = status
        self.errors = errors

    def response(self, request: Request) -> Response:
        return error_response(self.status, self.errors)


def error_response(status: int, errors: list[dict[str, str]]) -> Response:
    """The error body."""
    return json_response(status, {"errors": errors}, content_type=JSON)


def system_response(status: int, message: str) -> Response:
    """One error that belongs to no field."""
    return error_response(status, [{"type": "system", "message": message}])


def validation(field: str, message: str) -> dict[str, str]:
    """One error of a field, as part of a list."""
    return {"type": "validation", "message": message, "field": field}


def invalid(field: str, message: str) -> PsaRefusal:
    """422 for one field."""
    return PsaRefusal(422, [validation(field, message)])


def invalid_all(errors: Iterable[dict[str, str]]) -> PsaRefusal:
    """422 with every error found."""
    return PsaRefusal(422, list(errors))


def malformed(message: str) -> PsaRefusal:
    """400: the request cannot be read."""
    return PsaRefusal(400, [{"type": "system", "message": message}])


def forbidden() -> PsaRefusal:
    """403: the user's permission does not cover this (section 1)."""
    return PsaRefusal(403, [{"type": "system", "message": "Your account permission does not allow this."}])


def not_found(what: str, record_id: str) -> PsaRefusal:
    """404: no such record, or a default filter hides it (section 3)."""
    return PsaRefusal(404, [{"type": "system", "message": f"There is no {what} {record_id}."}])


def unauthorized() -> PsaRefusal:
    """401 for an unknown token and for that of a disabled user; the text is the vendor's (section 1)."""
    return PsaRefusal(401, [{"type": "oauth", "message": "Invalid OAuth 2 Request"}])


def damaged(damage: Damage) -> Response:
    """429, 500 and 503; 429 carries no Retry-After unless the fault asks for one (section 3)."""
    texts = {429: "Too many requests, try again after a small delay.", 503: "The service is unavailable."}
    response = system_response(damage.status, texts.get(damage.status, "Something went wrong."))
    if "retry_after" in damage.params:
        response.headers["Retry-After"] = str(damage.params["retry_after"])
    return response
