"""OAuth 2: tokens by password or client credentials, who a token belongs to, and giving it back (section 1)."""

from __future__ import annotations

from base64 import b64decode, b64encode
from typing import Any
from urllib.parse import parse_qsl

from mocks.crm import errors
from mocks.crm.credentials import same, user_named
from mocks.crm.errors import OAuthRefusal
from mocks.crm.events import unix_ms
from mocks.crm.organisation import ORG_ZONE
from mocks.crm.values import stamp
from mocks.crm.versions import DATA
from mocks.kit.answers import empty_response, external_url, json_response
from mocks.kit.app import Call
from mocks.kit.routing import Routes
from sandbox.core.ids import secret_for
from sandbox.core.observe import Row
from sandbox.core.wire import Response

ROUTES = Routes()
_SCOPE = "api"


@ROUTES.add("POST", "/services/oauth2/token", "oauth.token", needs_login=False)
def token(call: Call) -> Response:
    """Log in."""
    form = _form(call)
    grant = form.get("grant_type", "")
    if grant not in ("password", "client_credentials"):
        raise OAuthRefusal("unsupported_grant_type", "grant type not supported")
    _check_client(call, form)
    if grant == "password":
        user = _user_with_password(call, form)
    else:
        user = call.store.get("User", call.mock.org.first_user_id) or {}
    access_token = call.mock.sessions.open(user["Id"], user["Username"], call.now_us)
    identity = _identity_url(call, user)
    issued_at = str(unix_ms(call.mock.org.epoch, call.now_us))
    signature = secret_for(call.mock.context.seed_label, "crm", "signature", identity, issued_at)
    content = {
        "access_token": access_token,
        "instance_url": external_url(call.request, ""),
        "id": identity,
        "token_type": "Bearer",
        "issued_at": issued_at,
        "signature": b64encode(bytes.fromhex(signature)).decode(),
        "scope": _SCOPE,
    }
    return json_response(200, content, {"Cache-Control": "no-store"})


@ROUTES.add("POST", "/services/oauth2/revoke", "oauth.revoke", needs_login=False)
def revoke(call: Call) -> Response:
    """Give a token back."""
    if not call.mock.sessions.close(_form(call).get("token", "")):
        raise OAuthRefusal("invalid_token", "token is not valid")
    return empty_response(200)


@ROUTES.add("GET", "/services/oauth2/userinfo", "oauth.userinfo")
def userinfo(call: Call) -> Response:
    """Who the token belongs to, in the words of OpenID."""
    user = call.store.get("User", call.principal.user_id) or {}
    content = {
        "sub": _identity_url(call, user),
        "user_id": user["Id"],
        "organization_id": call.mock.org.id,
        "preferred_username": user["Username"],
        "nickname": user["Alias"],
        "name": user["Name"],
        "email": user["Email"],
        "email_verified": True,
        "given_name": user["FirstName"],
        "family_name": user["LastName"],
        "zoneinfo": user["TimeZoneSidKey"],
        "active": bool(user["IsActive"]),
        "user_type": "STANDARD",
        "language": user["LanguageLocaleKey"],
        "locale": user["LocaleSidKey"],
    }
    return json_response(200, content)


@ROUTES.add("GET", "/id/<organization>/<user>", "oauth.identity")
def identity(call: Call, organization: str, user: str) -> Response:
    """Who the token belongs to, in the vendor's words."""
    if organization[:15] != call.mock.org.id[:15] or user[:15] != call.principal.user_id[:15]:
        raise errors.not_found()
    row = call.store.get("User", call.principal.user_id) or {}
    base = external_url(call.request, "")
    content: dict[str, Any] = {
        "id": _identity_url(call, row),
        "asserted_user": True,
        "user_id": row["Id"],
        "organization_id": call.mock.org.id,
        "username": row["Username"],
        "nick_name": row["Alias"],
        "display_name": row["Name"],
        "email": row["Email"],
        "email_verified": True,
        "first_name": row["FirstName"],
        "last_name": row["LastName"],
        "timezone": ORG_ZONE,
        "active": bool(row["IsActive"]),
        "user_type": "STANDARD",
        "language": row["LanguageLocaleKey"],
        "locale": row["LocaleSidKey"],
        "last_modified_date": stamp(call.mock.org.epoch, row["_modified_us"]),
        "is_app_installed": True,
        "urls": {
            "rest": f"{base}{DATA}/v{{version}}/",
            "sobjects": f"{base}{DATA}/v{{version}}/sobjects/",
            "query": f"{base}{DATA}/v{{version}}/query/",
        },
    }
    return json_response(200, content)


def _form(call: Call) -> dict[str, str]:
    """Parameters of the body; the vendor also takes them from the query."""
    body = parse_qsl(call.request.body.decode("utf-8", "replace"), keep_blank_values=True)
    return {**call.request.params(), **dict(body)}


def _check_client(call: Call, form: dict[str, str]) -> None:
    key, secret = form.get("client_id", ""), form.get("client_secret", "")
    scheme, _, encoded = call.request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "basic":
        try:
            key, _, secret = b64decode(encoded, validate=True).decode().partition(":")
        except ValueError:
            raise OAuthRefusal("invalid_client", "invalid client credentials") from None
    if not same(key, call.mock.consumer_key):
        raise OAuthRefusal("invalid_client_id", "client identifier invalid")
    if not same(secret, call.mock.consumer_secret):
        raise OAuthRefusal("invalid_client", "invalid client credentials")


def _user_with_password(call: Call, form: dict[str, str]) -> Row:
    username = form.get("username", "")
    user = user_named(call.store, username)
    if user is None or call.mock.credentials.check(username, form.get("password", "")) != "good":
        raise OAuthRefusal("invalid_grant", "authentication failure")
    return user


def _identity_url(call: Call, user: Row) -> str:
    return external_url(call.request, f"/id/{call.mock.org.id}/{user['Id']}")
