"""Logging in, who a token belongs to, and how sessions end."""

from __future__ import annotations

from base64 import b64encode

import pytest

from mocks.crm.system import Crm
from sandbox.core.clock import HOUR_US, ManualClock
from sandbox.core.wire import Request
from tests.mocks.crm.client import (
    EPOCH,
    HOST,
    KEY,
    OTHER_USERNAME,
    SECRET,
    USERNAME,
    Client,
    V,
    error,
    login_request,
    make,
)

FORM = {"host": HOST, "content-type": "application/x-www-form-urlencoded"}


def whoami(mock: Crm, token: str) -> int:
    return mock.handle(Request("GET", V + "/limits", headers={"authorization": f"Bearer {token}"})).status


def test_a_token_answer_holds_what_clients_read() -> None:
    mock = make()
    answer = mock.handle(login_request()).json()
    assert answer["token_type"] == "Bearer"
    assert answer["instance_url"] == "https://crm.sandbox.test"
    assert answer["access_token"].startswith(mock.org.id[:15] + "!")
    organization, user = answer["id"].split("/")[-2:]
    assert organization == mock.org.id
    assert mock.store.get("User", user) is not None
    assert answer["issued_at"] == "1768176000000"
    assert answer["scope"] == "api"


def test_each_login_is_a_session_of_its_own() -> None:
    mock = make()
    first, second = (Client(mock).token for _ in range(2))
    assert first != second
    assert (whoami(mock, first), whoami(mock, second)) == (200, 200)


def test_client_credentials_log_in_as_the_first_user() -> None:
    mock = make()
    body = f"grant_type=client_credentials&client_id={KEY}&client_secret={SECRET}".encode()
    in_body = mock.handle(Request("POST", "/services/oauth2/token", headers=dict(FORM), body=body))
    basic = "Basic " + b64encode(f"{KEY}:{SECRET}".encode()).decode()
    request = Request(
        "POST",
        "/services/oauth2/token",
        headers={**FORM, "authorization": basic},
        body=b"grant_type=client_credentials",
    )
    by_header = mock.handle(request)
    for response in (in_body, by_header):
        assert response.status == 200
        assert response.json()["id"].endswith(Client(mock).user_id)


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"password": "wrong"}, "invalid_grant"),
        ({"username": "nobody@firm.example"}, "invalid_grant"),
        ({"client_id": "wrong"}, "invalid_client_id"),
        ({"client_secret": "wrong"}, "invalid_client"),
        ({"grant_type": "magic"}, "unsupported_grant_type"),
    ],
)
def test_a_login_that_does_not_fit_is_refused_with_an_object_body(changed: dict[str, str], code: str) -> None:
    mock = make()
    response = mock.handle(login_request(**{"username": USERNAME, **changed}))
    assert response.status == 400
    assert response.json()["error"] == code
    assert set(response.json()) == {"error", "error_description"}
    assert "sessions" not in mock.volatile


def test_unreadable_basic_credentials_are_an_invalid_client() -> None:
    request = login_request()
    request.headers["authorization"] = "Basic !!"
    assert make().handle(request).json()["error"] == "invalid_client"


@pytest.mark.parametrize("scheme", ["Bearer", "OAuth", "bearer"])
def test_both_header_schemes_are_taken(crm: Client, scheme: str) -> None:
    assert crm.send("GET", "limits", authorization=f"{scheme} {crm.token}").status == 200


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer nobody", "Basic YTpi"])
def test_without_a_session_the_answer_is_an_array_that_says_so(crm: Client, header: str) -> None:
    response = crm.send("GET", "limits", authorization=header)
    assert error(response) == (401, "INVALID_SESSION_ID", None)
    assert response.header("Sforce-Limit-Info") is None


def test_a_session_ends_after_two_hours_of_silence_and_not_before() -> None:
    clock = ManualClock(EPOCH)
    mock = make(clock)
    token = Client(mock).token
    clock.advance_to(2 * HOUR_US - 1)
    assert whoami(mock, token) == 200
    clock.advance_to(4 * HOUR_US - 2)
    assert whoami(mock, token) == 200
    clock.advance_to(6 * HOUR_US - 2)
    assert whoami(mock, token) == 401


def test_a_login_forgets_sessions_that_ended() -> None:
    clock = ManualClock(EPOCH)
    mock = make(clock)
    Client(mock)
    clock.advance_to(3 * HOUR_US)
    token = Client(mock).token
    assert list(mock.volatile["sessions"]) == [token]


def test_a_revoked_token_opens_nothing(crm: Client) -> None:
    body = f"token={crm.token}".encode()
    request = Request("POST", "/services/oauth2/revoke", headers=dict(FORM), body=body)
    assert crm.mock.handle(request).status == 200
    assert whoami(crm.mock, crm.token) == 401
    again = crm.mock.handle(request)
    assert (again.status, again.json()["error"]) == (400, "invalid_token")


def test_identity_and_userinfo_say_who_the_token_belongs_to() -> None:
    other = Client(username=OTHER_USERNAME, password="pw2")
    path = f"/id/{other.mock.org.id}/{other.user_id}"
    identity = other.send("GET", path).json()
    assert (identity["username"], identity["user_id"]) == (OTHER_USERNAME, other.user_id)
    assert identity["organization_id"] == other.mock.org.id
    by_query = other.mock.handle(Request("GET", path, f"format=json&oauth_token={other.token}", {"host": HOST}))
    assert by_query.json() == identity
    info = other.send("GET", "/services/oauth2/userinfo").json()
    assert (info["preferred_username"], info["name"]) == (OTHER_USERNAME, "Sync Engine")


def test_the_identity_of_another_user_is_not_shown(crm: Client) -> None:
    other = Client(crm.mock, OTHER_USERNAME, "pw2")
    assert crm.send("GET", f"/id/{crm.mock.org.id}/{other.user_id}").status == 404
    assert crm.mock.handle(Request("GET", f"/id/{crm.mock.org.id}/{other.user_id}")).status == 401


def test_what_a_session_creates_belongs_to_its_user(crm: Client) -> None:
    other = Client(crm.mock, OTHER_USERNAME, "pw2")
    record = crm.get("Account", other.create("Account", Name="New"))
    assert (record["OwnerId"], record["CreatedById"], record["LastModifiedById"]) == (other.user_id,) * 3
    crm.update("Account", record["Id"], Phone="1")
    after = crm.get("Account", record["Id"])
    assert (after["CreatedById"], after["LastModifiedById"]) == (other.user_id, crm.user_id)
