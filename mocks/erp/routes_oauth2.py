"""OAuth 2.0 machine to machine: a bearer token for a signed assertion (erp-netsuite.md section 2.2)."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl

from mocks.erp.assertions import BadAssertion
from mocks.kit.answers import json_response
from mocks.kit.app import Call
from mocks.kit.routing import Routes
from sandbox.core.clock import SECOND_US
from sandbox.core.ids import secret_for
from sandbox.core.wire import Response

OAUTH2_ROUTES = Routes()
OAUTH2_PATH = "/services/rest/auth/oauth2/v1/token"
TOKENINFO_PATH = "/rest/tokeninfo"
TOKEN_LIFETIME_S = 3600
FORM = "application/x-www-form-urlencoded"
ASSERTED = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


@OAUTH2_ROUTES.add("POST", OAUTH2_PATH, "oauth.token", needs_login=False)
def token(call: Call) -> Response:
    """A token of an hour; there is no refresh token, the client asserts again."""
    request = call.request
    if not request.headers.get("content-type", "").lower().startswith(FORM):
        return _refused("invalid_request", f"The body must be {FORM}.")
    form = dict(parse_qsl(request.body.decode("utf-8", "replace"), keep_blank_values=True))
    if form.get("grant_type") != "client_credentials":
        return _refused("unsupported_grant_type", "grant_type must be client_credentials.")
    if form.get("client_assertion_type") != ASSERTED:
        return _refused("invalid_request", f"client_assertion_type must be {ASSERTED}.")
    try:
        client = call.mock.assertions.client_of(form.get("client_assertion", ""), OAUTH2_PATH)
    except BadAssertion as bad:
        return _refused(bad.problem, str(bad))
    bearer = issue(call, client)
    content = {"access_token": bearer, "expires_in": str(TOKEN_LIFETIME_S), "token_type": "bearer"}
    return json_response(200, content, {"Cache-Control": "no-store"})


@OAUTH2_ROUTES.add("GET", TOKENINFO_PATH, "oauth.tokeninfo")
def tokeninfo(call: Call) -> Response:
    """Whose token this is; on the vendor's host for scripts. Names of the attributes are assumed."""
    account = call.mock.verifier.account
    content = {"companyId": account, "companyName": account, "roleId": "3", "roleName": "Administrator"}
    return json_response(200, content, content_type="application/json")


def issue(call: Call, client: str) -> str:
    """A new token; those that have expired are forgotten."""
    known = bearers(call.mock.volatile)
    for old in [old for old, expires_us in known["expires_us"].items() if expires_us <= call.now_us]:
        del known["expires_us"][old]
    known["count"] += 1
    bearer = secret_for(call.mock.context.seed_label, "erp", "bearer", client, str(known["count"]))
    known["expires_us"][bearer] = call.now_us + TOKEN_LIFETIME_S * SECOND_US
    return bearer


def bearers(volatile: dict[str, Any]) -> dict[str, Any]:
    """Tokens in force by value, and how many were given out ever."""
    found: dict[str, Any] = volatile.setdefault("bearers", {"count": 0, "expires_us": {}})
    return found


def _refused(problem: str, text: str) -> Response:
    status = 401 if problem == "invalid_client" else 400
    return json_response(status, {"error": problem, "error_description": text})
