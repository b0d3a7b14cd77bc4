"""OAuth 2: tokens by every grant clients use, who a token belongs to, and giving it back (section 1)."""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, urlencode

from mocks.crm import errors
from mocks.crm.credentials import same, user_named
from mocks.crm.errors import OAuthRefusal
from mocks.crm.events import unix_ms
from mocks.crm.grants import CODE_US, Code
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
_REDIRECT = re.compile(r"[a-z][a-z0-9+.-]*:[\x21-\x7e]{1,2000}", re.IGNORECASE)


@ROUTES.add("POST", "/services/oauth2/token", "oauth.token", needs_login=False)
def token(call: Call) -> Response:
    """Log in."""
    form = _form(call)
    grant = _GRANTS.get(form.get("grant_type", ""))
    if grant is None:
        raise OAuthRefusal("unsupported_grant_type", "grant type not supported")
    user, refresh_token, shown = grant(call, form)
    access_token = call.mock.sessions.open(user["Id"], user["Username"], call.now_us, refresh_token)
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
        "scope": _SCOPE if not refresh_token else f"{_SCOPE} refresh_token",
    }
    if shown:
        content["refresh_token"] = refresh_token
    return json_response(200, content, {"Cache-Control": "no-store"})


# A grant gives the user, the refresh token the session hangs on ("" for none) and whether the answer shows it.
_Granted = tuple[Row, str, bool]


def _by_password(call: Call, form: dict[str, str]) -> _Granted:
    _check_client(call, form)
    username = form.get("username", "")
    user = user_named(call.store, username)
    if user is None or call.mock.credentials.check(username, form.get("password", "")) != "good":
        raise OAuthRefusal("invalid_grant", "authentication failure")
    return user, "", False


def _by_client(call: Call, form: dict[str, str]) -> _Granted:
    _check_client(call, form)
    return call.store.get("User", call.mock.org.first_user_id) or {}, "", False


def _by_code(call: Call, form: dict[str, str]) -> _Granted:
    _check_client(call, form)
    username = call.mock.grants.use_code(form, call.now_us)
    return _user(call, username), call.mock.grants.give_refresh_token(username), True


def _by_refresh_token(call: Call, form: dict[str, str]) -> _Granted:
    _check_client(call, form)
    sent = form.get("refresh_token", "")
    username, current = call.mock.grants.use_refresh_token(sent)
    return _user(call, username), current, current != sent


def _by_assertion(call: Call, form: dict[str, str]) -> _Granted:
    username = call.mock.grants.use_assertion(form.get("assertion", ""), call.mock.consumer_key)
    user = user_named(call.store, username)
    if user is None:
        raise OAuthRefusal("invalid_grant", "user hasn't approved this consumer")
    return user, "", False


_GRANTS: dict[str, Callable[[Call, dict[str, str]], _Granted]] = {
    "password": _by_password,
    "client_credentials": _by_client,
    "authorization_code": _by_code,
    "refresh_token": _by_refresh_token,
    "urn:ietf:params:oauth:grant-type:jwt-bearer": _by_assertion,
}


def _user(call: Call, username: str) -> Row:
    user = user_named(call.store, username)
    if user is None:
        raise OAuthRefusal("inactive_user", "user is inactive")
    return user


@ROUTES.add("GET", "/services/oauth2/authorize", "oauth.authorize", needs_login=False)
def authorize(call: Call) -> Response:
    """A user says yes at once: back to the client with a code. ``login_hint`` names the user, the first one without.

    Refusals are answered here in JSON, where the vendor shows a page.
    """
    form = call.request.params()
    redirect_uri = form.get("redirect_uri", "")
    if not same(form.get("client_id", ""), call.mock.consumer_key):
        raise OAuthRefusal("invalid_client_id", "client identifier invalid")
    if not _REDIRECT.fullmatch(redirect_uri):
        raise OAuthRefusal("redirect_uri_missing", "redirect_uri required")
    if form.get("response_type") != "code":
        raise OAuthRefusal("unsupported_response_type", "response type not supported")
    first = call.store.get("User", call.mock.org.first_user_id) or {}
    user = user_named(call.store, form["login_hint"]) if "login_hint" in form else first
    if user is None:
        raise OAuthRefusal("access_denied", "end-user denied authorization")
    code = Code(user["Username"], redirect_uri, form.get("code_challenge", ""), call.now_us + CODE_US)
    answer = {"code": call.mock.grants.give_code(code, call.now_us)}
    if "state" in form:
        answer["state"] = form["state"]
    mark = "&" if "?" in redirect_uri else "?"
    return empty_response(302, {"Location": f"{redirect_uri}{mark}{urlencode(answer)}"})


@ROUTES.add("POST", "/services/oauth2/introspect", "oauth.introspect", needs_login=False)
def introspect(call: Call) -> Response:
    """What a token is worth, to the connected app that asks."""
    form = _form(call)
    _check_client(call, form)
    sent = form.get("token", "")
    session = call.mock.sessions.look(sent, call.now_us)
    username = session["username"] if session else call.mock.grants.knows_refresh_token(sent)
    user = user_named(call.store, username) if username else None
    if user is None:
        return json_response(200, {"active": False})
    content: dict[str, Any] = {
        "active": True,
        "scope": _SCOPE if session and "refresh_token" not in session else f"{_SCOPE} refresh_token",
        "client_id": call.mock.consumer_key,
        "username": user["Username"],
        "sub": _identity_url(call, user),
        "token_type": "access_token" if session else "refresh_token",
    }
    if session:
        content["exp"] = unix_ms(call.mock.org.epoch, session["until_us"]) // 1000
    return json_response(200, content)


@ROUTES.add("POST", "/services/oauth2/revoke", "oauth.revoke", needs_login=False)
def revoke(call: Call) -> Response:
    """Give a token back, and with it what hangs on it."""
    sent = _form(call).get("token", "")
    sessions, grants = call.mock.sessions, call.mock.grants
    session = sessions.look(sent, call.now_us)
    refresh_token = session.get("refresh_token", "") if session else sent
    revoked = sessions.close(sent)
    if refresh_token and grants.revoke_refresh_token(refresh_token):
        sessions.close_all(refresh_token)
        revoked = True
    if not revoked:
        raise OAuthRefusal("invalid_token", "token is not valid")
    return empty_response(200)


@ROUTES.add("POST", "/services/oauth2/userinfo", "oauth.userinfo_by_post")
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


def _identity_url(call: Call, user: Row) -> str:
    return external_url(call.request, f"/id/{call.mock.org.id}/{user['Id']}")
