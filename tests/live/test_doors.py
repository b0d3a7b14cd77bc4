"""Requests on real ports: recorded, attributed, hurt and refused as the vendor would."""

from __future__ import annotations

import socket
from collections.abc import Callable
from http.client import BadStatusLine, RemoteDisconnected
from time import monotonic
from typing import Any
from urllib.parse import urlsplit

import pytest

from sandbox.drivers import doors
from tests.live.ports import World, ask, standing


def history(world: World, kind: str) -> list[dict[str, Any]]:
    with world.stand.live.turn() as inner:
        return [record for record in inner.recorder.records if record["kind"] == kind]


def test_what_the_integration_user_writes_is_an_engines_effect_and_a_salespersons_is_not() -> None:
    with standing(scenario="first-thread") as world:
        people = world.control("GET", "people").json()["people"]
        seller = next(each for name, each in people.items() if name.startswith("sales-"))
        world.account("By engine")
        world.account("By seller", world.crm_login(seller["email"], seller["crm_password"]))
        (effect,) = [each for each in history(world, "effect") if each["record"] == "Account"]
        (change,) = [
            each
            for each in history(world, "change")
            if each["record"] == "Account" and each["t_us"] >= 0 and "rq" in each
        ]
    assert (effect["actor"], effect["after"]["Name"]) == ("engine:live", "By engine")
    assert (change["actor"].partition("-")[0], change["after"]["Name"]) == ("biz:sales", "By seller")


def test_an_answer_that_is_lost_cuts_the_connection_and_the_record_stands(world: World) -> None:
    armed = world.control("POST", "faults", {"kind": "W04", "system": "crm", "created": True})
    assert armed.json() == {"fids": ["live1-W04#1"]}
    with pytest.raises((RemoteDisconnected, ConnectionResetError, BadStatusLine)):
        world.account("Lost Inc")
    assert (
        world.crm("GET", "/services/data/v59.0/query?q=SELECT+Id+FROM+Account+WHERE+Name='Lost+Inc'").json()[
            "totalSize"
        ]
        == 1
    )
    completes = history(world, "complete")
    assert [(each["executed"], each["resp"]) for each in completes if each.get("faults")] == [("yes", "lost")]


def test_a_request_that_is_lost_or_late_is_not_executed_until_then(world: World) -> None:
    world.control("POST", "faults", {"kind": "W03", "system": "erp"})
    world.control("POST", "faults", {"kind": "W06", "system": "erp", "delay_s": [60, 60]})
    revenue = world.url("erp", "/services/rest/record/v1/job")
    with pytest.raises((RemoteDisconnected, ConnectionResetError)):
        ask(revenue)
    with pytest.raises((RemoteDisconnected, ConnectionResetError)):
        ask(revenue, "POST", {"companyName": "late"})
    assert [each["resp"] for each in history(world, "complete")] == ["lost"]
    world.advance(by="2min")
    assert [each["resp"] for each in history(world, "complete")] == ["lost", "lost"]


def test_a_refusal_with_429_wears_the_vendors_shape(world: World) -> None:
    world.control("POST", "faults", {"kind": "M01", "system": "crm", "window_s": [60, 60]})
    refused = world.account("Throttled")
    assert (refused.status, refused.json()[0]["errorCode"]) == (429, "REQUEST_LIMIT_EXCEEDED")
    world.advance(by="61s")
    assert world.account("Let in").status == 201


def test_a_fault_nobody_could_survive_is_not_armed(world: World) -> None:
    refused = world.control("POST", "faults", {"kind": "W06", "delay_s": [1, 2]})
    assert (refused.status, refused.json()["error"]["code"]) == (400, "bad_fault")
    assert "W06 must name its system" in refused.json()["error"]["message"]
    assert world.control("POST", "faults", {"kind": "W99"}).json()["error"]["code"] == "bad_fault"


def test_our_own_bug_is_answered_by_the_vendor_and_withholds_the_verdict(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("planted")

    monkeypatch.setattr(type(world.stand.live.systems["crm"]), "authenticate", broken)
    answer = world.account("Nobody")
    assert (answer.status, answer.json()[0]["errorCode"]) == (500, "UNKNOWN_EXCEPTION")
    verdict = world.control("POST", "verdict")
    assert (verdict.status, "planted" in verdict.json()["error"]["message"]) == (500, True)


def raw(url: str, sent: bytes) -> bytes:
    parts = urlsplit(url)
    with socket.create_connection((parts.hostname, parts.port), timeout=10) as connection:
        connection.sendall(sent)
        connection.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: connection.recv(65_536), b""))


@pytest.mark.parametrize("system", ["crm", "psa", "hris", "erp", "revenue", "files"])
def test_what_is_no_http_is_refused_and_never_in_html(world: World, system: str) -> None:
    answer = raw(world.url(system), b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: nine\r\n\r\n")
    status = answer.split(b" ", 2)[1]
    assert status in (b"400", b"401"), answer
    assert b"<html" not in answer.lower()


@pytest.mark.parametrize("system", ["crm", "psa", "hris", "erp", "revenue", "files"])
def test_a_body_beyond_all_bounds_is_refused_unread(world: World, system: str) -> None:
    answer = raw(world.url(system), b"POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n\r\n")
    assert answer.split(b" ", 2)[1] == b"413"
    assert b"<html" not in answer.lower()


def test_control_is_on_its_own_port_and_people_have_credentials_of_their_own(world: World) -> None:
    for system in ("crm", "psa", "hris", "erp", "revenue"):
        assert ask(world.url(system, "/_sandbox/clock")).status in (400, 401, 404)
        token = world.credentials("psa")["access_token"]
        screen = ask(world.url(system, "/_sandbox/ui/hire"), "POST", {}, authorization=f"Bearer {token}")
        assert screen.status == 401
        assert ask(world.url(system, "/_sandbox/health")).json()["status"] == "ok"
        assert ask(world.url(system, "/services/../_sandbox/ui/hire"), "POST", {}).status in (400, 401, 403, 404, 405)


def cometd(world: World, *messages: dict[str, Any], seconds: float = 30) -> Any:
    token = world.credentials("crm")["access_token"]
    return ask(
        world.url("crm", "/cometd/59.0"), "POST", list(messages), authorization=f"Bearer {token}", seconds=seconds
    ).json()


def test_a_connect_is_held_until_there_is_news_and_is_not_in_flight_meanwhile(
    world: World, in_background: Callable[[Callable[[], Any]], Callable[[], Any]]
) -> None:
    client = cometd(world, {"channel": "/meta/handshake", "version": "1.0"})[0]["clientId"]
    cometd(world, {"channel": "/meta/subscribe", "clientId": client, "subscription": "/data/AccountChangeEvent"})
    # The first connect after a handshake is answered at once.
    assert len(cometd(world, {"channel": "/meta/connect", "clientId": client})) == 1
    connected = in_background(lambda: cometd(world, {"channel": "/meta/connect", "clientId": client}))
    # Settling takes two quiet looks: it would not come back with a request in flight.
    assert world.advance(by="1min")["state"] == "ready"
    assert world.account("News Ltd").status == 201
    event, reply = connected()
    assert (event["channel"], event["data"]["payload"]["Name"]) == ("/data/AccountChangeEvent", "News Ltd")
    assert reply["successful"]


def test_a_connect_without_news_is_answered_when_its_time_is_up(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doors, "HELD_S", 1)
    client = cometd(world, {"channel": "/meta/handshake", "version": "1.0"})[0]["clientId"]
    for held in (False, True):
        began = monotonic()
        replies = cometd(world, {"channel": "/meta/connect", "clientId": client})
        assert [each["channel"] for each in replies] == ["/meta/connect"]
        assert (monotonic() - began > 0.9) is held


def test_every_answer_tells_the_simulated_time(world: World) -> None:
    assert world.psa("GET", "users/me").headers["x-sim-time"] == "2026-01-19T00:00:00Z"
