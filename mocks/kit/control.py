"""The control surface: what the sandbox itself asks of a system, under ``/_sandbox/``, apart from all imitation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mocks.kit import openapi, openapi_page
from mocks.kit.answers import json_response
from mocks.kit.routing import Routes
from sandbox.core.wire import Response

if TYPE_CHECKING:
    from mocks.kit.app import Call

ROUTES = Routes()


@ROUTES.add("GET", "/_sandbox/health", "control.health", surface="control", needs_login=False)
def health(call: Call) -> Response:
    """Alive, and at which instant."""
    return json_response(200, {"system": call.mock.name, "status": "ok", "now": call.mock.now_iso()})


@ROUTES.add("GET", "/_sandbox/manual", "control.manual", surface="control", needs_login=False)
def manual(call: Call) -> Response:
    """What an engine may rely on: limits, retention, key lifetime, redelivery horizon, search lag."""
    return json_response(200, {"system": call.mock.name, **call.mock.manual()})


@ROUTES.add("GET", "/_sandbox/openapi.json", "control.openapi", surface="control", needs_login=False)
def document(call: Call) -> Response:
    """Every vendor operation as OpenAPI 3.1, with ids of the tenant as examples."""
    return json_response(200, openapi.document(call.mock))


@ROUTES.add("GET", "/_sandbox/docs", "control.docs", surface="control", needs_login=False)
def docs(call: Call) -> Response:
    """The same as a page for people."""
    body = openapi_page.page(openapi.document(call.mock)).encode()
    return Response(200, {"Content-Type": "text/html; charset=utf-8"}, body)
