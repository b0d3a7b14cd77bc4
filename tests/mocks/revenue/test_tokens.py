"""A token is issued for the right credentials, carried in a header, and good for thirty simulated minutes."""

from __future__ import annotations

from base64 import b64encode, urlsafe_b64decode

import pytest

from mocks.revenue.tokens import Tokens
from sandbox.core.clock import MINUTE_US, SECOND_US
from sandbox.core.damage import Damage, NoFaults
from sandbox.core.wire import Request, Response, loads
from tests.mocks.revenue.client import BASE, LOGIN, Desk, make


def log_in(desk: Desk, **changes: str) -> Response:
    return desk.mock.handle(Request("POST", BASE + "/authenticate", headers={**LOGIN, **changes}))


def orgs_with(desk: Desk, **headers: str) -> Response:
    return desk.mock.handle(Request("GET", BASE + "/revenue-orgs", headers=headers))


def test_the_token_comes_in_a_header_and_opens_the_api(desk: Desk) -> None:
    answer = log_in(desk)
    assert answer.status == 200
    assert answer.json() == {
        "Message": "Token Generated",
        "message": "Token Generated",
        "status": "success",
        "Status": "success",
    }
    token = answer.header("Revpro-Token")
    assert token is not None
    assert orgs_with(desk, token=token).json() == {
        "data": [{"org_id": 1, "org_name": "Firm US Inc"}, {"org_id": 2, "org_name": "Firm UK Ltd"}]
    }


def test_a_bearer_token_does_as_well(desk: Desk) -> None:
    token = log_in(desk).header("Revpro-Token")
    assert orgs_with(desk, authorization=f"Bearer {token}").status == 200


def test_the_claims_tell_who_and_until_when(desk: Desk) -> None:
    claims = (log_in(desk).header("Revpro-Token") or "").split(".")[1]
    # 2026-01-12T00:00:00Z is 1768176000 in Unix seconds.
    assert loads(urlsafe_b64decode(claims + "=" * (-len(claims) % 4))) == {
        "iss": "sandbox",
        "username": "api@firm.example",
        "role": "API Role",
        "clientname": "Default",
        "clientid": 1,
        "iat": 1768176000,
        "nbf": 1768176000,
        "exp": 1768177800,
        "jti": "1",
    }


def test_a_token_expires_after_thirty_minutes_and_another_one_works(desk: Desk) -> None:
    token = log_in(desk).header("Revpro-Token") or ""
    desk.clock.advance_to(30 * MINUTE_US - 1)
    assert orgs_with(desk, token=token).status == 200
    desk.clock.advance_to(30 * MINUTE_US)
    refused = orgs_with(desk, token=token)
    assert refused.status == 401
    assert refused.json()["Status"] == "Error"
    fresh = log_in(desk).header("Revpro-Token") or ""
    assert fresh != token
    assert orgs_with(desk, token=fresh).status == 200


def test_two_tokens_of_one_second_differ_and_a_snapshot_keeps_the_count(desk: Desk) -> None:
    tokens = [log_in(desk).header("Revpro-Token") for _ in range(2)]
    other = Desk()
    other.mock.deserialize(desk.mock.serialize())
    tokens.append(log_in(other).header("Revpro-Token"))
    assert len(set(tokens)) == 3
    assert orgs_with(other, token=tokens[0] or "").status == 200


@pytest.mark.parametrize(
    "changes",
    [
        {"authorization": "Basic " + b64encode(b"api@firm.example:wrong").decode()},
        {"authorization": "Basic " + b64encode(b"somebody:pw").decode()},
        {"authorization": "Basic !!"},
        {"authorization": "Bearer " + b64encode(b"api@firm.example:pw").decode()},
        {"role": "Admin"},
        {"clientname": "Other"},
    ],
)
def test_wrong_credentials_get_401_and_no_token(desk: Desk, changes: dict[str, str]) -> None:
    answer = log_in(desk, **changes)
    assert answer.status == 401
    assert answer.json() == {
        "status": "Error",
        "Status": "Error",
        "message": "Invalid credentials",
        "Message": "Invalid credentials",
    }
    assert answer.header("Revpro-Token") is None


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"token": ""},
        {"token": "eyJhbGciOiJIUzI1NiJ9.e30.AAAA"},
        {"token": "nö.nö.nö"},
        {"authorization": "Basic " + b64encode(b"api@firm.example:pw").decode()},
    ],
)
def test_a_call_without_a_token_of_ours_gets_401(desk: Desk, headers: dict[str, str]) -> None:
    assert orgs_with(desk, **headers).status == 401


def test_a_token_of_another_tenant_is_none_of_ours(desk: Desk) -> None:
    foreign = Tokens("another secret", {"username": "api@firm.example"}, desk.clock).issue(1)
    assert orgs_with(desk, token=foreign).status == 401


def test_many_tokens_are_checked_without_remembering_all_of_them(desk: Desk) -> None:
    for number in range(300):
        assert orgs_with(desk, token=desk.mock.tokens.issue(number)).status == 200
    assert 0 < len(desk.mock.tokens._checked) <= 256
    desk.clock.advance_to(1800 * SECOND_US)
    assert orgs_with(desk, token=desk.mock.tokens.issue(299)).status == 200


def test_the_sdks_prefix_means_the_same(desk: Desk) -> None:
    answer = desk.mock.handle(Request("POST", "/integration/v1/authenticate", headers=dict(LOGIN)))
    assert answer.status == 200
    token = answer.header("Revpro-Token") or ""
    listed = desk.mock.handle(Request("GET", "/integration/v1/revenue-orgs", headers={"token": token}))
    assert listed.json() == orgs_with(desk, token=token).json()


@pytest.mark.parametrize(
    ("status", "message"),
    [(429, "Too many requests"), (500, "Internal server error"), (503, "Service is temporarily unavailable")],
)
def test_damage_comes_in_the_vendors_shape(status: int, message: str) -> None:
    class Struck(NoFaults):
        def before(self, system: str, operation: str, request: Request) -> Damage | None:
            return Damage("M01", status, {"retry_after": "30"} if status == 429 else {})

    answer = make(faults=Struck()).handle(Request("POST", BASE + "/authenticate", headers=dict(LOGIN)))
    assert answer.status == status
    assert answer.json() == {"status": "Error", "Status": "Error", "message": message, "Message": message}
    assert answer.header("Retry-After") == ("30" if status == 429 else None)
