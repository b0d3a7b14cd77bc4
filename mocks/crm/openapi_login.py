"""What the routes of OAuth and SOAP say in the OpenAPI document."""

from __future__ import annotations

from collections.abc import Mapping

from mocks.crm.openapi_records import org_of
from mocks.crm.versions import VERSIONS
from mocks.crm.xml import element
from mocks.kit.app import Mock
from mocks.kit.openapi import JSON, TEXT, Answer, Operation, Parameter, Schema, object_of

FORM = "application/x-www-form-urlencoded"
XML = "text/xml"
OAUTH_ERROR = object_of({"error": TEXT, "error_description": TEXT}, ("error", "error_description"))
_ENVELOPE = (
    '<?xml version="1.0" encoding="UTF-8"?>'
    '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" xmlns="urn:partner.soap.sforce.com">'
    "<s:Body><login>{}</login></s:Body></s:Envelope>"
)


def logins(mock: Mock, error: Schema) -> Mapping[str, Operation]:
    """The operations by name of their route. ``error`` is what the routes of SOAP answer where it is no fault."""
    user: Schema = {"type": "string", "examples": [org_of(mock).first_user_id]}
    done = (Answer(200, {JSON: {"type": "object"}}),)
    soap = _soap(mock, error)
    userinfo = Operation(answers=done)
    return {
        "oauth.token": _token(mock),
        "oauth.authorize": _authorize(mock),
        "oauth.introspect": _introspect(mock),
        "oauth.revoke": Operation(body={FORM: object_of({"token": TEXT}, ("token",))}, answers=(Answer(200),)),
        "oauth.userinfo": userinfo,
        "oauth.userinfo_by_post": userinfo,
        "oauth.identity": Operation(
            values={"organization": {"type": "string", "examples": [org_of(mock).id]}, "user": user}, answers=done
        ),
        "soap.login": soap,
        "soap.login_enterprise": soap,
    }


def _client(mock: Mock) -> dict[str, Schema]:
    parts = vars(mock)
    return {
        "client_id": {"type": "string", "examples": [parts["consumer_key"]]},
        "client_secret": {"type": "string", "examples": [parts["consumer_secret"]]},
    }


def _token(mock: Mock) -> Operation:
    """Codes, refresh tokens and assertions are the client's own: none is shown."""
    username, password = vars(mock)["credentials"].example()
    fields: dict[str, Schema] = {
        "grant_type": {"type": "string", "examples": ["password", "client_credentials"]},
        **_client(mock),
        "username": {"type": "string", "examples": [username]},
        "password": {"type": "string", "examples": [password]},
    }
    more = dict.fromkeys(("code", "redirect_uri", "code_verifier", "refresh_token", "assertion"), TEXT)
    content = {JSON: object_of({"access_token": TEXT, "instance_url": TEXT, "id": TEXT}, ("access_token",))}
    return Operation(body={FORM: object_of({**fields, **more}, fields)}, answers=(Answer(200, content),))


def _authorize(mock: Mock) -> Operation:
    username, _ = vars(mock)["credentials"].example()
    asked = (
        Parameter("response_type", {"type": "string", "enum": ["code"]}, required=True),
        Parameter("client_id", _client(mock)["client_id"], required=True),
        Parameter("redirect_uri", {"type": "string", "examples": ["https://client.test/back"]}, required=True),
        Parameter("login_hint", {"type": "string", "examples": [username]}),
        Parameter("state", {"type": "string", "examples": ["s1"]}),
        Parameter("code_challenge", {"type": "string"}),
    )
    return Operation(parameters=asked, answers=(Answer(302),))


def _introspect(mock: Mock) -> Operation:
    form = object_of({**_client(mock), "token": TEXT}, ("client_id", "client_secret", "token"))
    content = {JSON: object_of({"active": {"type": "boolean"}}, ("active",))}
    return Operation(body={FORM: form}, answers=(Answer(200, content),))


def _soap(mock: Mock, error: Schema) -> Operation:
    username, password = vars(mock)["credentials"].example()
    login = _ENVELOPE.format(element("username", username) + element("password", password))
    return Operation(
        values={"version": {"type": "string", "enum": [version.removeprefix("v") for version in VERSIONS]}},
        body={XML: {"type": "string", "examples": [login]}},
        answers=(Answer(200, {XML: TEXT}),),
        error={XML: TEXT, JSON: error},
        soap=True,
    )
