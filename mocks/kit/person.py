"""The person surface: what has no public API is done by a person at a screen, ``POST /_sandbox/ui/<action>``.

Same wire, same rules, own credentials that no engine has. A mock registers its actions in ``ui.py`` with a pydantic
model of the form; a form that does not fit is refused with the field and what was expected.
"""

from __future__ import annotations

from collections.abc import Callable
from hmac import compare_digest
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ValidationError

from mocks.kit.answers import json_response
from mocks.kit.refusal import Refusal
from mocks.kit.routing import Routes
from sandbox.core.errors import nearest
from sandbox.core.wire import Request, Response

if TYPE_CHECKING:
    from mocks.kit.app import Call, Mock, Principal

ROUTES = Routes()
Handler = Callable[["Call", Any], Any]


class FormRefused(Refusal):
    """The screen says no: ``field`` names the input, None for the form as a whole."""

    def __init__(self, message: str, *, field: str | None = None, status: int = 422) -> None:
        super().__init__(message, code="form_refused")
        self.field = field
        self.status = status

    def response(self, request: Request) -> Response:
        error = {"message": self.message, **({"field": self.field} if self.field else {})}
        return json_response(self.status, {"errors": [error]})


class Actions:
    """The actions of one system's screens: name -> (form, handler)."""

    def __init__(self) -> None:
        self.all: dict[str, tuple[type[BaseModel], Handler]] = {}

    def add(self, name: str, form: type[BaseModel]) -> Callable[[Handler], Handler]:
        """Register ``handler(call, form) -> JSON data``."""

        def register(handler: Handler) -> Handler:
            self.all[name] = (form, handler)
            return handler

        return register


def authenticate(mock: Mock, request: Request) -> Principal:
    """The person at the screen; raises FormRefused with 401."""
    from mocks.kit.app import Principal

    username = request.headers.get("x-sandbox-person", "")
    expected = mock.people.get(username)
    token = request.headers.get("authorization", "").removeprefix("Sandbox ")
    if expected is None or not compare_digest(expected, token):
        raise FormRefused("not a person of this system", status=401)
    return Principal(username, roles=("person",))


@ROUTES.add("POST", "/_sandbox/ui/<path:action>", "person.action", surface="person")
def perform(call: Call, action: str) -> Response:
    """Fill in a form and press the button."""
    actions: Actions = call.mock.actions
    if action not in actions.all:
        close = nearest(action, actions.all)
        raise FormRefused(f"no screen {action!r}" + (f"; did you mean {close!r}?" if close else ""), status=404)
    form, handler = actions.all[action]
    try:
        filled = form.model_validate_json(call.request.body or b"{}", strict=False)
    except ValidationError as wrong:
        first = wrong.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or None
        raise FormRefused(first["msg"], field=where) from wrong
    return json_response(200, handler(call, filled))


@ROUTES.add("GET", "/_sandbox/ui", "person.index", surface="person")
def index(call: Call) -> Response:
    """The screens there are, with the schema of each form."""
    actions: Actions = call.mock.actions
    return json_response(200, {name: form.model_json_schema() for name, (form, _) in actions.all.items()})
