"""SOAP login and logout as client libraries do it: shapes they match by pattern, faults, and XML that is refused."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from mocks.crm.system import Crm
from mocks.kit.app import Context
from sandbox.core.chance import Chance
from sandbox.core.clock import ManualClock
from sandbox.core.wire import Request, Response
from tests.mocks.crm.client import EPOCH, HOST, PASSWORD, USERNAME, V, login_request, make, tenant

ENVELOPE = (
    '<?xml version="1.0" encoding="utf-8" ?><env:Envelope xmlns:env="http://schemas.xmlsoap.org/soap/envelope/" '
    'xmlns:urn="urn:partner.soap.sforce.com">{header}<env:Body><n1:login xmlns:n1="urn:partner.soap.sforce.com">'
    "<n1:username>{username}</n1:username><n1:password>{password}</n1:password></n1:login></env:Body></env:Envelope>"
)


def with_token() -> Crm:
    first, other = tenant().users
    changed = replace(tenant(), users=(replace(first, security_token="TOK"), other))
    return Crm(Context(ManualClock(EPOCH), Chance(1)), changed)


def soap(mock: Crm, body: bytes | str, path: str = "/services/Soap/u/59.0") -> Response:
    raw = body.encode() if isinstance(body, str) else body
    return mock.handle(Request("POST", path, headers={"host": HOST, "content-type": "text/xml"}, body=raw))


def login(username: str = USERNAME, password: str = PASSWORD, header: str = "") -> str:
    return ENVELOPE.format(username=username, password=password, header=header)


def inner(response: Response, name: str) -> str:
    """The text of an unprefixed element, found as jsforce finds it."""
    found = re.search(rf"<{name}>([^<]+)</{name}>", response.body.decode())
    assert found is not None, response.body
    return found[1]


def fault(response: Response) -> tuple[int, str]:
    return response.status, inner(response, "sf:exceptionCode")


@pytest.mark.parametrize("dialect", ["u", "c"])
def test_a_login_answers_what_clients_match_by_pattern(dialect: str) -> None:
    mock = make()
    response = soap(mock, login(), f"/services/Soap/{dialect}/59.0")
    assert (response.status, response.header("Content-Type")) == (200, "text/xml;charset=UTF-8")
    assert inner(response, "serverUrl") == f"https://{HOST}/services/Soap/{dialect}/59.0/{mock.org.id[:15]}"
    assert inner(response, "organizationId") == mock.org.id
    assert inner(response, "userId") == mock.org.first_user_id
    assert inner(response, "passwordExpired") == "false"
    headers = {"authorization": f"Bearer {inner(response, 'sessionId')}"}
    assert mock.handle(Request("GET", V + "/limits", headers=headers)).status == 200


def test_the_name_of_a_user_ignores_case_and_the_organisation_may_follow_the_address() -> None:
    mock = make()
    assert soap(mock, login(USERNAME.upper()), f"/services/Soap/u/59.0/{mock.org.id[:15]}").status == 200


@pytest.mark.parametrize("wrong", [{"password": "no"}, {"username": "nobody@firm.example"}, {"password": ""}])
def test_a_wrong_login_is_a_fault_with_the_vendors_code(wrong: dict[str, str]) -> None:
    mock = make()
    response = soap(mock, login(**wrong))
    assert fault(response) == (500, "INVALID_LOGIN")
    assert inner(response, "faultcode") == "sf:INVALID_LOGIN"
    assert inner(response, "faultstring").startswith("INVALID_LOGIN: Invalid username, password, security token")
    assert inner(response, "sf:exceptionMessage").startswith("Invalid username")
    assert "sessions" not in mock.volatile


def test_a_login_for_another_organisation_is_refused() -> None:
    scope = "<env:Header><LoginScopeHeader><organizationId>{}</organizationId></LoginScopeHeader></env:Header>"
    mock = make()
    assert soap(mock, login(header=scope.format(mock.org.id))).status == 200
    assert fault(soap(mock, login(header=scope.format("00D" + "0" * 12)))) == (500, "INVALID_LOGIN")


def test_a_security_token_follows_the_password_where_the_user_has_one() -> None:
    mock = with_token()
    assert soap(mock, login(password=PASSWORD + "TOK")).status == 200
    assert fault(soap(mock, login())) == (500, "LOGIN_MUST_USE_SECURITY_TOKEN")
    assert fault(soap(mock, login(password=PASSWORD + "tok"))) == (500, "INVALID_LOGIN")
    assert mock.handle(login_request(password=PASSWORD + "TOK")).status == 200
    refused = mock.handle(login_request())
    assert (refused.status, refused.json()["error"]) == (400, "invalid_grant")


def test_a_logout_ends_the_session_once() -> None:
    mock = make()
    session = inner(soap(mock, login()), "sessionId")
    body = (
        '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Header><SessionHeader><sessionId>'
        f"{session}</sessionId></SessionHeader></e:Header><e:Body><logout/></e:Body></e:Envelope>"
    )
    assert soap(mock, body).status == 200
    assert mock.handle(Request("GET", V + "/limits", headers={"authorization": f"Bearer {session}"})).status == 401
    assert fault(soap(mock, body)) == (500, "INVALID_SESSION_ID")


BOMB = (
    '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    "<Envelope><Body><login><username>&b;</username></login></Body></Envelope>"
)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"not xml",
        b"<Envelope><Body>",
        b"<Envelope/>",
        b"<Envelope><Body/></Envelope>",
        b"<Envelope><Body><query/></Body></Envelope>",
        b"<Envelope><Body><login/><login/></Body></Envelope>",
        BOMB.encode(),
        b'<!DOCTYPE x SYSTEM "file:///etc/passwd"><Envelope/>',
        b"<Envelope><Body><login><username>&x;</username></login></Body></Envelope>",
        b"<a>" * 60 + b"</a>" * 60,
        b"<Envelope>" + b" " * 1_000_001 + b"</Envelope>",
        b'<?xml version="1.0" encoding="no-such"?><Envelope/>',
        b"\xff\xfe\x00",
    ],
)
def test_xml_that_is_no_call_is_a_fault_and_opens_nothing(body: bytes) -> None:
    mock = make()
    response = soap(mock, body)
    assert response.status == 500
    assert inner(response, "faultcode") == "soapenv:Client"
    assert "sessions" not in mock.volatile


@pytest.mark.parametrize("version", ["29.0", "v59.0", "x"])
def test_a_version_there_is_not_is_no_address(version: str) -> None:
    assert soap(make(), login(), f"/services/Soap/u/{version}").status == 404
