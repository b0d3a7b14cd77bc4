"""CometD: subscriptions read from a replay id on, positions move when events are handed out."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mocks.crm import cometd
from sandbox.core.clock import DAY_US, HOUR_US, ManualClock
from sandbox.core.damage import NoFaults
from sandbox.core.observe import Delivery, Unobserved
from sandbox.core.wire import Request, dumps
from tests.mocks.crm.client import EPOCH, OTHER_USERNAME, Client, error, keep_alive, make
from tests.mocks.crm.streams import Subscriber

ALL, ACCOUNTS = "/data/ChangeEvents", "/data/AccountChangeEvent"


def test_a_handshake_offers_long_polling_and_replay(crm: Client) -> None:
    (reply,) = crm.messages({"channel": "/meta/handshake", "id": "7", "supportedConnectionTypes": ["websocket"]})
    assert reply["id"] == "7"
    assert (reply["successful"], reply["version"], reply["minimumVersion"]) == (True, "1.0", "1.0")
    assert reply["supportedConnectionTypes"] == ["long-polling"]
    assert reply["ext"] == {"replay": True, "payload.format": True}
    assert reply["advice"]["reconnect"] == "retry"


def test_an_id_that_is_none_comes_back_as_its_text(crm: Client) -> None:
    large = "1" + "0" * 30
    for odd, echoed in ((large, large), ('{"a": 1}', "{'a': 1}"), ("[null]", "[None]")):
        body = f'[{{"channel": {odd}, "id": {odd}, "clientId": {odd}}}]'.encode()
        (reply,) = crm.send("POST", "/cometd/59.0", body).json()
        assert [reply[name] for name in ("channel", "id", "clientId")] == [echoed] * 3


def test_a_replay_id_beyond_any_position_is_invalid(crm: Client) -> None:
    client_id = Subscriber(crm, ACCOUNTS).client_id
    replay = f'"ext": {{"replay": {{"{ACCOUNTS}": 1{"0" * 30}}}}}'
    body = f'{{"channel": "/meta/subscribe", "clientId": "{client_id}", "subscription": "{ACCOUNTS}", {replay}}}'
    (reply,) = crm.send("POST", "/cometd/59.0", body.encode(), authorization=f"Bearer {crm.token}").json()
    assert not reply["successful"]


def test_a_connect_answers_at_once_with_what_is_pending_and_advice(crm: Client) -> None:
    subscriber = Subscriber(crm, ACCOUNTS)
    assert subscriber.connect() == []
    account = crm.create("Account", Name="New")
    crm.opportunity()
    (event,) = subscriber.connect()
    assert event["channel"] == ACCOUNTS
    assert event["data"]["payload"]["ChangeEventHeader"]["recordIds"] == [account]
    assert event["data"]["schema"]
    assert subscriber.connect() == []
    reply = crm.messages({"channel": "/meta/connect", "clientId": subscriber.client_id, "id": "9"})[-1]
    assert reply == {
        "channel": "/meta/connect",
        "clientId": subscriber.client_id,
        "id": "9",
        "successful": True,
        "advice": {"reconnect": "retry", "interval": 1, "timeout": 110_000},
    }


def test_subscribe_and_connect_may_travel_in_one_body(crm: Client) -> None:
    (shaken,) = crm.messages({"channel": "/meta/handshake"})
    crm.create("Account", Name="New")
    replies = crm.messages(
        {
            "channel": "/meta/subscribe",
            "clientId": shaken["clientId"],
            "subscription": ALL,
            "ext": {"replay": {ALL: -2}},
        },
        {"channel": "/meta/connect", "clientId": shaken["clientId"], "advice": {"timeout": 0}},
    )
    assert [reply["channel"] for reply in replies] == ["/meta/subscribe", ALL, "/meta/connect"]


@pytest.mark.parametrize(("replay", "names"), [(None, ["Later"]), (-1, ["Later"]), (-2, ["One", "Two", "Later"])])
def test_a_subscription_begins_with_what_is_new_or_with_all_that_is_retained(
    crm: Client, replay: int | None, names: list[str]
) -> None:
    for name in ("One", "Two"):
        crm.create("Account", Name=name)
    subscriber = Subscriber(crm, ACCOUNTS, replay)
    crm.create("Account", Name="Later")
    assert subscriber.names() == names


def test_a_stored_replay_id_is_exclusive(crm: Client) -> None:
    for name in ("One", "Two", "Three"):
        crm.create("Account", Name=name)
    first = Subscriber(crm, ALL, -2).connect()
    ids = [event["data"]["event"]["replayId"] for event in first]
    assert [Subscriber(crm, ACCOUNTS, each).names() for each in ids] == [["Two", "Three"], ["Three"], []]


@pytest.mark.parametrize("wrong", [0, -3, 10**9, True, "5", None, 1.5])
def test_a_replay_id_nobody_gave_out_is_refused_with_400(crm: Client, wrong: Any) -> None:
    crm.create("Account", Name="One")
    subscriber = Subscriber(crm, ACCOUNTS)
    (reply,) = crm.messages(
        {
            "channel": "/meta/subscribe",
            "clientId": subscriber.client_id,
            "subscription": ACCOUNTS,
            "ext": {"replay": {ACCOUNTS: wrong}},
        }
    )
    assert reply["successful"] is False
    assert reply["error"].startswith("400::The replayId {")
    assert "you provided was invalid" in reply["error"]
    assert reply["subscription"] == ACCOUNTS
    assert reply["advice"]["reconnect"] == "retry"


def test_a_replay_id_between_two_events_is_not_computed_into_one(crm: Client) -> None:
    for number in range(20):
        crm.create("Account", Name=f"A {number}")
    ids = {event["data"]["event"]["replayId"] for event in Subscriber(crm, ALL, -2).connect()}
    gap = next(number for number in range(1, max(ids)) if number not in ids)
    subscriber = Subscriber(crm, ALL)
    assert subscriber.subscribe(gap)["error"].startswith(f"400::The replayId {{{gap}}} you provided was invalid")


def test_after_72_hours_a_stored_replay_id_is_refused_and_its_event_gone() -> None:
    clock = ManualClock(EPOCH)
    crm = Client(make(clock))
    keep_alive(crm.mock)
    crm.create("Account", Name="Old")
    old = Subscriber(crm, ALL, -2)
    old.connect()
    clock.advance_to(HOUR_US)
    crm.create("Account", Name="New")
    clock.advance_to(3 * DAY_US)
    assert Subscriber(crm, ALL, old.stored).names() == ["New"]
    clock.advance_to(3 * DAY_US + 1)
    late = Subscriber(crm, ALL)
    assert late.subscribe(old.stored)["error"].startswith("400::")
    assert late.subscribe(-2)["successful"]
    assert late.names() == ["New"]


@pytest.mark.parametrize("channel", ["/data/Nothing", "/data/Product2ChangeEvent", "/topic/x", None])
def test_a_channel_nobody_has_is_refused(crm: Client, channel: str | None) -> None:
    subscriber = Subscriber(crm, ALL)
    (reply,) = crm.messages({"channel": "/meta/subscribe", "clientId": subscriber.client_id, "subscription": channel})
    assert (reply["successful"], reply["error"][:5]) == (False, "404::")


def test_a_client_may_read_several_channels_each_at_its_own_position(crm: Client) -> None:
    subscriber = Subscriber(crm, ALL, -2)
    crm.create("Account", Name="One")
    subscriber.connect()
    crm.messages(
        {
            "channel": "/meta/subscribe",
            "clientId": subscriber.client_id,
            "subscription": ACCOUNTS,
            "ext": {"replay": {ACCOUNTS: -2}},
        }
    )
    crm.opportunity("Deal")
    assert [(event["channel"], event["data"]["payload"]["Name"]) for event in subscriber.connect()] == [
        (ACCOUNTS, "One"),
        (ALL, "Deal"),
    ]
    assert subscriber.connect() == []


def test_an_unsubscribed_channel_is_silent_and_a_disconnected_client_unknown(crm: Client) -> None:
    subscriber = Subscriber(crm, ALL)
    (reply,) = crm.messages({"channel": "/meta/unsubscribe", "clientId": subscriber.client_id, "subscription": ALL})
    assert (reply["successful"], reply["subscription"]) == (True, ALL)
    crm.create("Account", Name="New")
    assert subscriber.connect() == []
    (reply,) = crm.messages({"channel": "/meta/disconnect", "clientId": subscriber.client_id})
    assert reply["successful"]
    (reply,) = crm.messages({"channel": "/meta/connect", "clientId": subscriber.client_id})
    assert (reply["error"], reply["advice"]["reconnect"]) == ("403::Unknown client", "handshake")


@pytest.mark.parametrize("channel", ["/meta/connect", "/meta/subscribe", "/meta/unsubscribe", "/meta/disconnect"])
def test_an_unknown_client_is_sent_back_to_the_handshake(crm: Client, channel: str) -> None:
    other = Client(crm.mock, OTHER_USERNAME, "pw2")
    for client_id in ("nobody", Subscriber(other, ALL).client_id):
        (reply,) = crm.messages({"channel": channel, "clientId": client_id, "subscription": ALL, "id": "3"})
        assert (reply["successful"], reply["error"], reply["id"]) == (False, "403::Unknown client", "3")
        assert reply["advice"] == {"reconnect": "handshake", "interval": 0}


def test_a_client_that_is_silent_for_too_long_is_forgotten() -> None:
    clock = ManualClock(EPOCH)
    crm = Client(make(clock))
    keep_alive(crm.mock)
    subscriber = Subscriber(crm, ALL)
    clock.advance_to(2 * HOUR_US - 1)
    assert subscriber.connect() == []
    clock.advance_to(4 * HOUR_US - 1)
    (reply,) = crm.messages({"channel": "/meta/connect", "clientId": subscriber.client_id})
    assert reply["error"] == "403::Unknown client"
    subscriber.shake_hands()
    assert list(crm.mock.volatile["streaming"]) == [subscriber.client_id]


@pytest.mark.parametrize(("channel", "reconnect"), [("/meta/handshake", "none"), ("/meta/connect", "handshake")])
def test_a_bad_or_expired_session_is_said_in_the_replies_with_advice(channel: str, reconnect: str) -> None:
    clock = ManualClock(EPOCH)
    crm = Client(make(clock))
    subscriber = Subscriber(crm, ALL)
    message = {"channel": channel, "clientId": subscriber.client_id}
    replies = crm.messages(message, token="nobody")
    clock.advance_to(2 * HOUR_US)
    replies += crm.messages(message)
    for reply in replies:
        assert (reply["successful"], reply["error"]) == (False, "401::Authentication invalid")
        assert reply["advice"]["reconnect"] == reconnect


def test_nothing_is_published_by_clients(crm: Client) -> None:
    subscriber = Subscriber(crm, ALL)
    (reply,) = crm.messages({"channel": ALL, "clientId": subscriber.client_id, "data": {}})
    assert (reply["successful"], reply["error"][:5]) == (False, "403::")


@pytest.mark.parametrize("body", [b"", b"{", b"[1]", b'"x"', b"[" * 100_000])
def test_a_body_that_holds_no_messages_is_refused(crm: Client, body: bytes) -> None:
    assert error(crm.send("POST", "/cometd/59.0", body)) == (400, "JSON_PARSER_ERROR", None)


def test_addresses_of_the_endpoint(crm: Client) -> None:
    for path in ("/cometd/45.0", "/cometd/59.0/", "/cometd/59.0/handshake"):
        assert crm.send("POST", path, {"channel": "/meta/handshake"}).json()[0]["successful"]
    assert error(crm.send("POST", "/cometd/99.0", [])) == (404, "NOT_FOUND", None)
    assert error(crm.send("GET", "/cometd/59.0")) == (405, "METHOD_NOT_ALLOWED", None)
    assert crm.send("POST", "/cometd/59.0", [], authorization=f"OAuth {crm.token}").json() == []


def test_more_than_one_answer_can_hold_is_fetched_without_waiting(crm: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cometd, "EVENTS_PER_CONNECT", 2)
    subscriber = Subscriber(crm, ALL)
    for number in range(5):
        crm.create("Account", Name=f"A {number}")
    connect = {"channel": "/meta/connect", "clientId": subscriber.client_id}
    pages = [crm.messages(connect) for _ in range(3)]
    assert [len(page) - 1 for page in pages] == [2, 2, 1]
    assert [page[-1]["advice"]["interval"] for page in pages] == [0, 0, 1]
    names = [event["data"]["payload"]["Name"] for page in pages for event in page[:-1]]
    assert names == [f"A {number}" for number in range(5)]


class Repeating(NoFaults):
    """Repeats the first row of every page behind the last."""

    def feed(self, system: str, stream: str, rows: list[Any]) -> list[Any]:
        assert (system, stream) == ("crm", "changes")
        return [*rows, rows[0]]


class Deliveries(Unobserved):
    """Keeps what went out."""

    def __init__(self) -> None:
        super().__init__()
        self.all: list[Delivery] = []

    def delivered(self, delivery: Delivery) -> None:
        self.all.append(delivery)


def test_what_goes_out_passes_the_fault_port_and_is_reported() -> None:
    observer = Deliveries()
    crm = Client(make(observer=observer, faults=Repeating()))
    subscriber = Subscriber(crm, ACCOUNTS)
    for name in ("One", "Two"):
        crm.create("Account", Name=name)
    assert subscriber.names() == ["One", "Two", "One"]
    assert subscriber.connect() == []
    (delivery,) = observer.all
    first, second, again = delivery.event_ids
    assert first == again != second
    assert all(each.startswith("Account:") for each in delivery.event_ids)
    assert (delivery.stream, delivery.cursor_in, delivery.cursor_out) == ("changes", "0", second.partition(":")[2])


def test_a_restored_system_hands_out_what_was_pending() -> None:
    crm = Client()
    subscriber = Subscriber(crm, ALL)
    crm.create("Account", Name="One")
    restored = make()
    restored.deserialize(crm.mock.serialize())
    request: Request = crm.request(
        "POST", "/cometd/59.0", [{"channel": "/meta/connect", "clientId": subscriber.client_id}]
    )
    assert restored.handle(request).body == crm.mock.handle(request).body
    assert restored.handle(request).body == crm.mock.handle(request).body


@settings(max_examples=25, deadline=None)
@given(st.lists(st.sampled_from(["create", "connect", "again", "lost"]), max_size=15))
def test_who_stores_its_replay_id_misses_no_event_and_keeps_the_order(deeds: list[str]) -> None:
    crm = Client()
    subscriber = Subscriber(crm, ACCOUNTS, -2)
    seen: list[str] = []
    made = 0
    for deed in [*deeds, "connect"]:
        if deed == "create":
            crm.create("Account", Name=f"A {made}")
            made += 1
        elif deed == "connect":
            seen += subscriber.names()
        else:
            if deed == "lost":
                # The answer never arrives: the position has moved, the stored id has not.
                stored = subscriber.stored
                subscriber.connect()
                subscriber.stored = stored
            subscriber.shake_hands()
            assert subscriber.subscribe(subscriber.stored)["successful"]
    assert seen == [f"A {number}" for number in range(made)]


def test_the_first_connect_after_a_handshake_is_not_held_and_the_next_is_until_there_is_news(crm: Client) -> None:
    # A client (aiosfstream-ng, run) subscribes when its first connect is answered.
    def would_wait(**more: Any) -> bool:
        connect = {"channel": "/meta/connect", "clientId": subscriber.client_id, **more}
        return crm.mock.would_wait(Request("POST", "/cometd/59.0", body=dumps([connect])))

    subscriber = Subscriber(crm, ACCOUNTS)
    assert not would_wait()
    assert subscriber.connect() == []
    assert would_wait()
    assert not would_wait(advice={"timeout": 0})
    crm.create("Account", Name="New")
    assert not would_wait()
    subscriber.connect()
    assert would_wait()
    subscriber.shake_hands()
    assert not would_wait()
