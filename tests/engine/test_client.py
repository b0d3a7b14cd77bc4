"""The client people and engine share: credentials, one new login on a 401, retries by an injected policy."""

from __future__ import annotations

from base64 import b64encode
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from sandbox.core.client import (
    ApiClient,
    BasicAuth,
    LoginRefused,
    OAuth1,
    PasswordGrant,
    PersonAuth,
    RevenueAuth,
    StaticBearer,
    retry_after_us,
)
from sandbox.core.clock import HOUR_US, MINUTE_US, SECOND_US
from sandbox.core.errors import NoAnswer
from sandbox.core.signing import parse_authorization
from sandbox.core.wire import Request, Response
from tests.engine.builders import Room, answered, never_arrives, settings

# Monday 19 January 2026, midnight UTC: instant 0 of the room.
EPOCH = datetime(2026, 1, 19, tzinfo=UTC)


class Stubborn:
    """Sends everything that is not good again, a fixed number of times, seconds apart."""

    def __init__(self, times: int) -> None:
        self.times = times
        self.asked: list[tuple[int, int | None]] = []

    def delay_us(self, attempt: int, request: Request, outcome: Response | NoAnswer) -> int | None:
        self.asked.append((attempt, outcome.status if isinstance(outcome, Response) else None))
        return SECOND_US if attempt <= self.times else None


def client(room: Room, retry: Any = None) -> ApiClient:
    return ApiClient(room.ports(), "psa", StaticBearer("t0ken"), retry)


# -- what goes on the wire ---------------------------------------------------------------------------------------------


def test_a_call_carries_host_credentials_query_and_exact_money(room: Room) -> None:
    room.wire.meets("psa", "POST", "/invoices", answered(200, b"{}"))
    body = {"rate": Decimal("85.10"), "notes": "Häuser & Co"}
    room.do(client(room).call("POST", "/api/v1/invoices", query={"search": "a b&c", "page": 2}, json=body))
    (sent,) = room.wire.log
    assert sent.request.headers == {
        "host": "psa.sandbox.test",
        "content-type": "application/json",
        "authorization": "Bearer t0ken",
    }
    assert sent.request.query == "search=a%20b%26c&page=2"
    assert sent.request.body == '{"rate":85.10,"notes":"Häuser & Co"}'.encode()


def test_a_body_of_bytes_goes_as_it_is_with_the_headers_given(room: Room) -> None:
    room.wire.meets("psa", "POST", "/csv", answered(200))
    room.do(client(room).call("POST", "/csv", body=b"a,b\r\n", headers={"content-type": "text/plain"}))
    (sent,) = room.wire.log
    assert (sent.request.body, sent.request.headers["content-type"]) == (b"a,b\r\n", "text/plain")


def test_a_call_says_who_sends_it(room: Room) -> None:
    room.wire.meets("psa", "GET", "/x", answered(200))
    ports = room.ports("biz:W-0001").for_deed("approve ENG-01")
    room.do(ApiClient(ports, "psa", StaticBearer("t")).call("GET", "/x"))
    meta = room.wire.log[0].request.meta
    assert meta is not None
    assert (meta.actor, meta.deed) == ("biz:W-0001", "approve ENG-01")


@pytest.mark.parametrize(
    ("auth", "headers"),
    [
        (StaticBearer("t"), {"authorization": "Bearer t"}),
        (BasicAuth("ISU", "p:w"), {"authorization": "Basic " + b64encode(b"ISU:p:w").decode()}),
        (PersonAuth("hr@x.example", "s"), {"authorization": "Sandbox s", "x-sandbox-person": "hr@x.example"}),
    ],
)
def test_fixed_credentials_are_put_on_every_request_and_logging_in_again_cannot_help(
    room: Room, auth: Any, headers: dict[str, str]
) -> None:
    room.wire.meets("hris", "GET", "/x", answered(401), answered(200))
    response = room.do(ApiClient(room.ports(), "hris", auth).call("GET", "/x"))
    assert response.status == 401
    assert len(room.wire.log) == 1
    sent = room.wire.log[0].request.headers
    assert {name: sent[name] for name in headers} == headers
    assert not auth.expire()


# -- sessions ----------------------------------------------------------------------------------------------------------


def grant(password: str | None = None) -> PasswordGrant:
    known = settings()
    return PasswordGrant(
        known.crm_consumer_key, known.crm_consumer_secret, known.crm_username, password or known.crm_password
    )


def test_a_session_is_opened_once_and_used_for_every_call(room: Room) -> None:
    crm = ApiClient(room.ports(), "crm", grant())
    for _ in range(3):
        assert room.do(crm.call("GET", "/services/oauth2/userinfo")).status == 200
    assert len(room.wire.sent("crm", "POST", "/oauth2/token")) == 1


def test_a_session_that_idled_out_is_opened_anew_and_the_call_is_sent_again(room: Room) -> None:
    crm = ApiClient(room.ports(), "crm", grant())
    room.do(crm.call("GET", "/services/oauth2/userinfo"))
    room.wait(2 * HOUR_US)
    assert room.do(crm.call("GET", "/services/oauth2/userinfo")).status == 200
    statuses = [(each.request.path.rpartition("/")[2], each.status) for each in room.wire.log[2:]]
    assert statuses == [("userinfo", 401), ("token", 200), ("userinfo", 200)]
    old, new = (room.wire.log[index].request.headers["authorization"] for index in (2, 4))
    assert old != new


def test_a_call_that_a_fresh_session_does_not_help_is_refused_after_one_new_login(room: Room) -> None:
    room.wire.always("crm", "GET", "/userinfo", answered(401))
    assert room.do(ApiClient(room.ports(), "crm", grant()).call("GET", "/services/oauth2/userinfo")).status == 401
    assert len(room.wire.sent("crm", "POST", "/oauth2/token")) == 2
    assert len(room.wire.sent("crm", "GET", "/userinfo")) == 2


def test_wrong_credentials_say_which_system_refused_them_and_how(room: Room) -> None:
    failed = room.fails(ApiClient(room.ports(), "crm", grant("wrong")).call("GET", "/services/oauth2/userinfo"))
    assert isinstance(failed, LoginRefused)
    assert failed.message == "crm refused the login with 400"
    assert failed.fields == {"system": "crm", "status": 400}
    assert room.wire.sent("crm", "GET") == []


def test_the_revenue_token_travels_in_a_header_of_its_own_and_is_renewed_after_half_an_hour(room: Room) -> None:
    known = settings()
    auth = RevenueAuth(known.revenue_user, known.revenue_password, known.revenue_role, known.revenue_clientname)
    revenue = ApiClient(room.ports(), "revenue", auth)
    path = "/api/integration/v1/revenue-orgs"
    room.wire.log.clear()
    assert room.do(revenue.call("GET", path)).status == 200
    room.wait(30 * MINUTE_US - SECOND_US)
    assert room.do(revenue.call("GET", path)).status == 200
    room.wait(SECOND_US)
    assert room.do(revenue.call("GET", path)).status == 200
    assert [(each.request.path.rpartition("/")[2], each.status) for each in room.wire.log] == [
        ("authenticate", 200),
        ("revenue-orgs", 200),
        ("revenue-orgs", 200),
        ("authenticate", 200),
        ("revenue-orgs", 200),
    ]
    assert "authorization" not in room.wire.log[1].request.headers
    assert room.wire.log[1].request.headers["token"] != room.wire.log[4].request.headers["token"]


@pytest.mark.parametrize("token", ["opaque", "a.b.c", "a.e30.c", "a.eyJleHAiOiJuZXZlciJ9.c"])
def test_a_token_that_does_not_say_when_it_runs_out_is_renewed_when_it_is_refused(room: Room, token: str) -> None:
    known = settings()
    auth = RevenueAuth(known.revenue_user, known.revenue_password, known.revenue_role, known.revenue_clientname)
    login = Response(200, {"Revpro-Token": token})
    room.wire.meets("revenue", "POST", "/authenticate", lambda _: login)
    room.wire.log.clear()
    revenue = ApiClient(room.ports(), "revenue", auth)
    assert room.do(revenue.call("GET", "/api/integration/v1/revenue-orgs")).status == 200
    assert [each.status for each in room.wire.sent("revenue", "GET")] == [401, 200]


def test_a_revenue_login_for_another_role_is_refused(room: Room) -> None:
    known = settings()
    auth = RevenueAuth(known.revenue_user, known.revenue_password, "Nobody", known.revenue_clientname)
    failed = room.fails(ApiClient(room.ports(), "revenue", auth).call("GET", "/api/integration/v1/revenue-orgs"))
    assert isinstance(failed, LoginRefused)
    assert failed.message == "revenue refused the login with 401"


def test_every_erp_request_is_signed_with_the_query_and_never_with_the_same_nonce(room: Room) -> None:
    known = settings()

    def auth() -> OAuth1:
        return OAuth1(
            known.erp_account, known.erp_consumer_key, known.erp_consumer_secret, known.erp_token_id,
            known.erp_token_secret,
        )  # fmt: skip

    erp = ApiClient(room.ports(), "erp", auth())
    path = "/services/rest/record/v1/subsidiary"
    # The mock checks the signature over path and query, and refuses a nonce it has seen.
    for _ in range(2):
        assert room.do(erp.call("GET", path, query={"limit": 1, "offset": 0})).status == 200
    room.wait(SECOND_US)
    # A restarted client counts from one again: the instant tells its nonces from the earlier ones.
    assert room.do(ApiClient(room.ports(), "erp", auth()).call("GET", path)).status == 200
    signed = [parse_authorization(each.request.headers["authorization"]) or {} for each in room.wire.log]
    assert len({each["oauth_nonce"] for each in signed}) == 3
    assert [each["oauth_timestamp"] for each in signed] == ["1768780800", "1768780800", "1768780801"]


# -- retries -----------------------------------------------------------------------------------------------------------


def test_without_a_policy_the_first_outcome_stands(room: Room) -> None:
    room.wire.always("psa", "GET", "/x", answered(503))
    assert room.do(client(room).call("GET", "/x")).status == 503
    room.wire.heal()
    room.wire.always("psa", "GET", "/x", never_arrives)
    assert isinstance(room.fails(client(room).call("GET", "/x")), NoAnswer)
    assert len(room.wire.log) == 2


def test_a_policy_is_asked_about_each_bad_outcome_and_its_wait_is_kept(room: Room) -> None:
    stubborn = Stubborn(5)
    room.wire.meets("psa", "GET", "/x", answered(503), never_arrives, answered(429), answered(200))
    assert room.do(client(room, stubborn).call("GET", "/x")).status == 200
    assert stubborn.asked == [(1, 503), (2, None), (3, 429)]
    assert [each.at_us for each in room.wire.log] == [0, SECOND_US, 2 * SECOND_US, 3 * SECOND_US]


def test_when_the_policy_stops_the_last_outcome_stands(room: Room) -> None:
    room.wire.meets("psa", "GET", "/x", never_arrives, answered(503))
    assert room.do(client(room, Stubborn(1)).call("GET", "/x")).status == 503
    room.wire.meets("psa", "GET", "/y", answered(503), never_arrives)
    assert isinstance(room.fails(client(room, Stubborn(1)).call("GET", "/y")), NoAnswer)


def test_every_attempt_sends_the_same_body_anew(room: Room) -> None:
    room.wire.meets("psa", "POST", "/x", answered(503), answered(200))
    room.do(client(room, Stubborn(1)).call("POST", "/x", json={"a": 1}))
    first, second = (each.request for each in room.wire.log)
    assert first is not second
    assert first.headers is not second.headers
    assert (first.body, first.headers) == (second.body, second.headers)


# -- Retry-After -------------------------------------------------------------------------------------------------------


def wish(value: str | None, now_us: int = 0) -> int | None:
    headers = {} if value is None else {"retry-after": value}
    return retry_after_us(Response(429, headers), now_us, EPOCH)


def test_a_wish_in_seconds_is_read_exactly() -> None:
    assert wish("0") == 0
    assert wish("120") == 120 * SECOND_US
    assert wish(" 7 ") == 7 * SECOND_US


def test_a_wish_as_an_http_date_counts_from_now() -> None:
    date = "Mon, 19 Jan 2026 00:02:00 GMT"
    assert wish(date) == 2 * MINUTE_US
    assert wish(date, now_us=90 * SECOND_US + 1) == 30 * SECOND_US - 1
    # A date that has passed means at once.
    assert wish(date, now_us=HOUR_US) == 0


@pytest.mark.parametrize("value", [None, "", "soon", "-5", "1.5", "Mon, 99 Foo 2026"])
def test_what_is_no_wish_is_none(value: str | None) -> None:
    assert wish(value) is None


@pytest.mark.parametrize("value", ["Mon Jan 19 00:02:00 2026", "Mon, 19 Jan 2026 00:02:00 -0000"])
def test_an_http_date_in_the_old_spelling_is_utc(value: str) -> None:
    # RFC 9110 section 5.6.7: a recipient must accept asctime's form, and it means UTC.
    assert wish(value) == 2 * MINUTE_US


def test_digits_that_are_no_number_are_no_wish() -> None:
    assert wish("1²") is None
