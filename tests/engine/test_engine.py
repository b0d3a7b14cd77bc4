"""The engine as a whole: looks on schedule, order per key, patience, and dead letters."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from sandbox.core.client import LoginRefused
from sandbox.core.clock import DAY_US, HOUR_US, MINUTE_US, SECOND_US
from sandbox.core.errors import HarnessError, NoAnswer
from sandbox.core.wire import Response
from sandbox.engine.engine import Engine, about
from sandbox.engine.policy import NaivePolicy, Policy
from sandbox.engine.resilience import Missing, Refused, Unavailable
from sandbox.engine.store import DeadLetter
from sandbox.hosting import watch
from tests.engine.builders import Room, answered
from tests.engine.conftest import Opened
from tests.engine.diary import Diary, add, started

# -- looking -----------------------------------------------------------------------------------------------------------


class Looks:
    """Every source of an engine replaced by one that writes down when it was looked at."""

    def __init__(self, room: Room) -> None:
        self.room = room
        self.at: dict[str, list[str]] = {}
        self.engine = Engine(room.context)
        self.failing: Exception | None = None
        self.engine._sources = {source: self._look(source) for source in self.engine._sources}
        self.engine.start(watch)

    def _look(self, source: str) -> Any:
        async def look() -> None:
            self.at.setdefault(source, []).append(self.room.ports().now_iso()[8:16])
            if self.failing is not None:
                raise self.failing

        return look


def test_sources_are_looked_at_at_once_and_then_on_their_schedule(room: Room) -> None:
    looks = Looks(room)
    # Monday, midnight to eight: every four hours, from six on in office hours.
    room.wait(8 * HOUR_US)
    assert looks.at["hris.workers"] == ["19T00:00", "19T04:00", "19T06:00", "19T07:00", "19T08:00"]
    assert looks.at["crm.changes"][:5] == ["19T00:00", "19T04:00", "19T06:00", "19T06:15", "19T06:30"]
    assert looks.at["revenue.batches"][:4] == ["19T00:00", "19T04:00", "19T06:00", "19T06:30"]


def test_what_is_done_once_a_day_is_not_done_at_the_start(room: Room) -> None:
    looks = Looks(room)
    room.wait(2 * DAY_US)
    assert looks.at["revenue.totals"] == ["19T02:00", "20T02:00"]
    assert looks.at["psa.sweep"] == ["19T03:00", "20T03:00"]


def test_a_schedule_does_not_depend_on_when_the_engine_started(room: Room) -> None:
    room.wait_until(7 * HOUR_US + 7 * MINUTE_US)
    looks = Looks(room)
    room.wait(HOUR_US)
    assert looks.at["psa.events"] == ["19T07:07", "19T07:15", "19T07:30", "19T07:45", "19T08:00"]


@pytest.mark.parametrize("failure", [Unavailable("psa is down", 503), Refused("no rights", 403), NoAnswer("silence")])
def test_a_look_that_fails_is_noted_and_taken_again_on_schedule(room: Room, failure: Exception) -> None:
    looks = Looks(room)
    looks.failing = failure
    room.wait_until(4 * HOUR_US)
    assert looks.at["psa.events"] == ["19T00:00", "19T04:00"]
    noted = [each for each in room.notes.events("look failed") if each["source"] == "psa.events"]
    assert noted == [{"event": "look failed", "source": "psa.events", "reason": failure.args[0]}] * 2


def test_wrong_credentials_fail_the_look_and_not_the_engine(room: Room) -> None:
    room.wire.always("hris", "*", "", answered(401))
    room.wire.always("crm", "POST", "/oauth2/token", answered(400))
    room.start()
    room.wait(HOUR_US)
    reasons = {each["source"]: each["reason"] for each in room.notes.events("look failed")}
    assert reasons["crm.changes"] == "crm refused the login with 400"
    assert reasons["hris.workers"].endswith("Workers_Full answered 401: no reason given")


# -- working off -------------------------------------------------------------------------------------------------------


def test_work_is_done_and_gone(room: Room) -> None:
    diary = Diary(room)
    engine = started(room, diary)
    add(room, "TE-1", {"minutes": 400})
    engine._rouse()
    room.wait(MINUTE_US)
    assert [(key, payload) for _, key, payload in diary.begun] == [("TE-1", {"minutes": 400})]
    assert (room.store.waiting(), room.do(engine.pending())) == (0, 0)


def test_what_waited_before_the_start_is_done_after_it(room: Room) -> None:
    add(room, "TE-1")
    diary = Diary(room)
    started(room, diary)
    room.wait(MINUTE_US)
    assert len(diary.begun) == 1


def test_no_more_than_four_at_once_and_all_in_the_end(room: Room) -> None:
    for number in range(11):
        add(room, f"TE-{number:02d}")
    diary = Diary(room, takes_us=10 * SECOND_US)
    engine = started(room, diary)
    room.wait(5 * SECOND_US)
    assert (diary.at_once, room.do(engine.pending())) == (4, 11)
    # Being roused while all hands are full changes nothing.
    engine._rouse()
    room.wait(MINUTE_US)
    assert diary.most_at_once == 4
    assert sorted(key for _, key, _ in diary.begun) == [f"TE-{number:02d}" for number in range(11)]
    assert diary.times_s() == [0] * 4 + [10] * 4 + [20] * 3


def test_a_free_hand_takes_what_is_next_behind_the_work_under_way(room: Room) -> None:
    diary = Diary(room, takes_us=HOUR_US)
    for key in ("TE-1", "TE-2", "TE-3"):
        add(room, key)
    engine = started(room, diary)
    room.wait(MINUTE_US)
    add(room, "TE-4")
    engine._rouse()
    room.wait(0)
    assert diary.begun[-1] == (MINUTE_US, "TE-4", None)


def test_the_urgent_goes_first_then_the_oldest(room: Room) -> None:
    class OneByOne(Policy):
        def concurrency(self) -> int:
            return 1

    room.context.policy = OneByOne()
    add(room, "cash", tier=1)
    room.wait(SECOND_US)
    add(room, "young")
    diary = Diary(room)
    started(room, diary)
    room.wait(MINUTE_US)
    assert [key for _, key, _ in diary.begun] == ["young", "cash"]


def test_news_about_a_key_waits_for_its_lane_and_runs_once_more(room: Room) -> None:
    diary = Diary(room, takes_us=10 * SECOND_US)
    engine = started(room, diary)
    add(room, "TE-1", 1)
    engine._rouse()
    room.wait(2 * SECOND_US)
    for payload in (2, 3):
        add(room, "TE-1", payload)
        engine._rouse()
    room.wait(MINUTE_US)
    # The two pieces of news are one: what it is last is what is done.
    assert [(key, payload) for _, key, payload in diary.begun] == [("TE-1", 1), ("TE-1", 3)]
    assert diary.most_at_once == 1


def test_lanes_of_one_key_run_beside_each_other_for_the_naive_engine(opened: Opened) -> None:
    room = opened(NaivePolicy)
    diary = Diary(room)
    for event in ("e1", "e2"):
        add(room, "TE-1", event, lane=room.context.policy.lane("TE-1", event))
    started(room, diary)
    room.wait(MINUTE_US)
    assert diary.most_at_once == 2


def test_the_same_lane_of_two_flows_is_two_lanes(room: Room) -> None:
    time, billing = Diary(room, "time"), Diary(room, "billing")
    add(room, "17", flow="time")
    add(room, "17", flow="billing")
    started(room, time, billing)
    room.wait(0)
    assert (time.at_once, billing.at_once) == (1, 1)
    room.wait(MINUTE_US)


def test_one_blocked_lane_stops_no_other(room: Room) -> None:
    diary = Diary(room)
    diary.failing["TE-1"] = lambda: Missing("not there yet")
    for key in ("TE-1", "TE-2", "TE-3"):
        add(room, key)
    started(room, diary)
    room.wait(MINUTE_US)
    assert {key for _, key, _ in diary.begun} == {"TE-1", "TE-2", "TE-3"}
    assert room.store.waiting() == 1


# -- patience ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "failure",
    [
        lambda: Missing("not set up"),
        lambda: Unavailable("erp is down"),
        lambda: NoAnswer("silence"),
        lambda: LoginRefused("crm", Response(400)),
    ],
)
def test_what_cannot_be_done_yet_rests_longer_every_time(room: Room, failure: Callable[[], Exception]) -> None:
    diary = Diary(room, takes_us=0)
    diary.failing["TE-1"] = failure
    add(room, "TE-1")
    started(room, diary)
    room.wait(4 * HOUR_US)
    minutes = [us // MINUTE_US for us, _, _ in diary.begun]
    # After 1, 2, 4, 8, 16, 32 minutes, then every hour.
    assert minutes == [0, 1, 3, 7, 15, 31, 63, 123, 183]
    del diary.failing["TE-1"]
    room.wait(HOUR_US)
    assert room.store.waiting() == 0
    assert room.store.letters() == []


def test_news_calls_resting_work_back_at_once(room: Room) -> None:
    diary = Diary(room, takes_us=0)
    diary.failing["TE-1"] = lambda: Missing("not set up")
    add(room, "TE-1")
    engine = started(room, diary)
    room.wait(10 * MINUTE_US)
    del diary.failing["TE-1"]
    add(room, "TE-1", "new")
    engine._rouse()
    room.wait(0)
    assert diary.begun[-1] == (10 * MINUTE_US, "TE-1", "new")
    assert room.store.waiting() == 0


def test_work_that_never_gets_through_is_a_letter_to_it_after_three_days(room: Room) -> None:
    diary = Diary(room, takes_us=0)
    diary.failing["TE-1"] = lambda: Missing("engagement ENG-01 is not set up yet")
    add(room, "TE-1", {"minutes": 400})
    started(room, diary)
    room.wait(72 * HOUR_US)
    assert room.store.letters() == []
    room.wait(HOUR_US)
    (letter,) = room.store.letters()
    assert letter.reason == "gave up: engagement ENG-01 is not set up yet"
    assert (letter.owner, letter.payload) == ("IT", {"minutes": 400})
    assert room.store.waiting() == 0


def test_a_system_that_says_later_for_ever_is_given_up_on_too(worked: Room) -> None:
    # Design section 7: bounded retry that honours Retry-After.
    worked.wire.always("erp", "PUT", "/timeBill/", answered(503, Retry_After="3600"))
    engine = Engine(worked.context)
    engine._sources = {"psa.events": engine._sources["psa.events"]}
    engine.start(watch)
    worked.wait(120 * HOUR_US)
    assert len(worked.store.letters()) == 3


# -- dead letters ------------------------------------------------------------------------------------------------------


def test_what_is_refused_is_a_letter_at_once_with_all_particulars(room: Room) -> None:
    diary = Diary(room)
    diary.failing["TE-1"] = lambda: Refused("erp PUT answered 400: no such item", 400)
    payload = {"minutes": 240, "role": "advisor"}
    room.wait(HOUR_US)
    add(room, "TE-1", payload)
    started(room, diary)
    room.wait(MINUTE_US)
    raised_us = HOUR_US + SECOND_US
    assert room.store.letters() == [
        DeadLetter(
            letter_id="time TE-1",
            flow="time",
            key="TE-1",
            reason="erp PUT answered 400: no such item",
            owner="finance",
            amount="240 min",
            raised_us=raised_us,
            due_us=raised_us + 2 * DAY_US,
            payload=payload,
        )
    ]
    assert room.notes.events("deadletter") == [
        {
            "event": "deadletter",
            "dl": {
                "id": "time TE-1",
                "about": "time:TE-1",
                "flow": "time",
                "reason": "erp PUT answered 400: no such item",
                "owner": "finance",
                "amount": "240 min",
                "due_us": raised_us + 2 * DAY_US,
            },
        }
    ]
    assert len(diary.begun) == 1


@pytest.mark.parametrize(
    ("payload", "amount"),
    [
        ({"minutes": 240}, "240 min"),
        ({"amount": "1360.01", "currency": "GBP"}, "1360.01 GBP"),
        ({"amount": "5"}, "5"),
        ({"worker": {}}, ""),
        (None, ""),
        ("text", ""),
    ],
)
def test_a_letter_says_what_is_at_stake(room: Room, payload: Any, amount: str) -> None:
    diary = Diary(room, "cash")
    diary.failing["k"] = lambda: Refused("no", 400)
    add(room, "k", payload, flow="cash")
    started(room, diary)
    room.wait(MINUTE_US)
    assert [letter.amount for letter in room.store.letters()] == [amount]


@pytest.mark.parametrize(
    ("flow", "thing"),
    [
        ("project", "opportunity:1"),
        ("workforce", "worker:1"),
        ("time", "time:1"),
        ("billing", "invoice:1"),
        ("cash", "payment:1"),
        ("revenue", "batch:1"),
    ],
)
def test_a_letter_is_about_a_thing(flow: str, thing: str) -> None:
    assert about(DeadLetter("x", flow, "1", "", "", "", 0, 0, None)) == thing


def test_a_letter_whose_work_succeeds_after_all_is_gone(room: Room) -> None:
    diary = Diary(room)
    diary.failing["TE-1"] = lambda: Refused("no such item", 400)
    add(room, "TE-1")
    engine = started(room, diary)
    room.wait(MINUTE_US)
    assert len(room.store.letters()) == 1
    # Somebody mended the cause, and the next event brings the card again.
    del diary.failing["TE-1"]
    add(room, "TE-1", "mended")
    engine._rouse()
    room.wait(MINUTE_US)
    assert room.store.letters() == []


# -- bugs are loud -----------------------------------------------------------------------------------------------------


def test_a_bug_in_a_flow_ends_the_run_and_is_no_dead_letter(room: Room) -> None:
    diary = Diary(room)
    diary.failing["TE-1"] = lambda: ZeroDivisionError("a bug")
    add(room, "TE-1")
    started(room, diary)
    with pytest.raises(HarnessError, match="time TE-1 failed: ZeroDivisionError"):
        room.wait(MINUTE_US)


def test_a_stopped_engine_does_nothing_more_and_keeps_what_is_to_be_done(room: Room) -> None:
    diary = Diary(room, takes_us=10 * SECOND_US)
    add(room, "TE-1")
    engine = started(room, diary)
    room.wait(SECOND_US)
    engine.stop()
    add(room, "TE-2")
    room.wait(HOUR_US)
    assert [key for _, key, _ in diary.begun] == ["TE-1"]
    assert room.store.waiting() == 2
