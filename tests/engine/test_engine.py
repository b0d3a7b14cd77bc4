"""The engine as a whole: looks on schedule, order per key, patience, dead letters, and going on after a kill."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from sandbox.checks.books import Books
from sandbox.checks.case import Case
from sandbox.checks.verdict import judge
from sandbox.core.client import LoginRefused
from sandbox.core.clock import DAY_US, HOUR_US, MINUTE_US, SECOND_US
from sandbox.core.errors import HarnessError, NoAnswer
from sandbox.core.wire import Response
from sandbox.drivers.crashing import ACKNOWLEDGED, CHECKPOINT, Assassin
from sandbox.drivers.simulated import EFFECT, RESPONSE
from sandbox.engine.engine import Engine, about
from sandbox.engine.policy import NaivePolicy, Policy
from sandbox.engine.resilience import Missing, Refused, Unavailable
from sandbox.engine.store import DeadLetter, NewWork, Work
from sandbox.hosting import watch
from sandbox.runs import Wanted, make
from sandbox.world import Truth, World
from tests.engine.builders import Room, answered, book
from tests.engine.conftest import Opened


class Diary:
    """A flow that writes down what it is given, takes its time, and fails as told."""

    def __init__(self, room: Room, name: str = "time", takes_us: int = SECOND_US) -> None:
        self.room = room
        self.name = name
        self.takes_us = takes_us
        self.begun: list[tuple[int, str, Any]] = []
        self.at_once = 0
        self.most_at_once = 0
        self.keys: list[str] = []
        self.failing: dict[str, Callable[[], Exception]] = {}

    async def handle(self, work: Work) -> None:
        self.begun.append((self.room.kernel.now_us(), work.key, work.payload))
        assert work.lane not in self.keys, f"{work.lane} is under way already"
        self.keys.append(work.lane)
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        await self.room.ports().sleep(self.takes_us)
        self.at_once -= 1
        self.keys.remove(work.lane)
        if work.key in self.failing:
            failure = self.failing[work.key]()
            raise failure

    def times_s(self) -> list[int]:
        return [us // SECOND_US for us, _, _ in self.begun]


def add(
    room: Room, key: str, payload: Any = None, *, flow: str = "time", lane: str | None = None, tier: int = 0
) -> None:
    room.do(room.store.add_work(NewWork(flow, lane or key, key, payload, tier=tier), room.kernel.now_us()))


def quiet(room: Room, *flows: Diary) -> Engine:
    """An engine that looks at nothing, with these flows in the place of its own; not started."""
    engine = Engine(room.context)
    engine._sources = {}
    engine._flows.update({flow.name: flow for flow in flows})
    return engine


def started(room: Room, *flows: Diary) -> Engine:
    engine = quiet(room, *flows)
    engine.start(watch)
    return engine


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


# -- going on after a kill ---------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def tiny() -> Callable[..., tuple[World, Truth]]:
    plan, interface, policy = make(Wanted(scenario="tiny-thread"))

    def run(point: str | None = None, nth: int = 0) -> tuple[World, Truth]:
        world = World(plan, interface, policy)
        if point is not None:
            assassin = Assassin(world.wire, world.around, world.host, point, nth)
            truth = world.run()
            assert assassin.passed > nth, "nobody was killed"
            return world, truth
        return world, world.run()

    return run


@pytest.fixture(scope="module")
def undisturbed(tiny: Callable[..., tuple[World, Truth]]) -> Truth:
    return tiny()[1]


def counts(truth: Truth) -> dict[str, int]:
    """Records by system and type, without what only shows how often somebody tried."""
    return {
        f"{system}.{record}": len(rows)
        for system, dump in truth["systems"].items()
        for record, rows in dump.items()
        if (system, record) not in (("revenue", "upload"), ("revenue", "job"), ("revenue", "stage_txn"))
    }


@pytest.mark.parametrize(("point", "nth"), [(EFFECT, 6), (RESPONSE, 12), (CHECKPOINT, 4), (ACKNOWLEDGED, 5)])
def test_a_restarted_engine_picks_up_where_its_predecessor_died(
    tiny: Callable[..., tuple[World, Truth]], undisturbed: Truth, point: str, nth: int
) -> None:
    world, truth = tiny(point, nth)
    assert counts(truth) == counts(undisturbed)
    assert (truth["dead_letters"], truth["pending"]) == ([], 0)
    crashes = [each for each in world.recorder.records if each["kind"] == "engine" and each.get("event") == "crash"]
    assert len(crashes) == 1
    case = Case(world.plan, world.interface, world.recorder.records, truth)
    assert judge(case, Books(case)).result == "pass"


def test_an_engine_that_dies_before_its_checkpoint_does_the_work_again(room: Room) -> None:
    struck: list[str] = []

    def killed_at(point: str) -> bool:
        struck.append(point)
        if point != "before checkpoint" or len(struck) > 1:
            return False
        room.crash()
        return True

    room.around.killed_at = killed_at
    diary = Diary(room)
    add(room, "TE-1")
    started(room, diary)
    room.wait(MINUTE_US)
    assert room.store.waiting() == 1
    started(room, diary)
    room.wait(MINUTE_US)
    assert [key for _, key, _ in diary.begun] == ["TE-1", "TE-1"]
    assert room.store.waiting() == 0


def test_an_engine_killed_in_mid_setup_goes_on_with_the_step_it_died_in(sold: Room) -> None:
    sold.start()
    # Both deals wait for their obligations to be collected.
    sold.wait(45 * SECOND_US)
    assert {row["time_trackable"] for row in sold.rows("psa", "workspace")} == {0}
    jobs = len(sold.wire.sent("erp", "PUT", "/job/"))
    sold.crash()
    sold.wait(30 * SECOND_US)
    sold.start()
    sold.wait(HOUR_US)
    assert {row["time_trackable"] for row in sold.rows("psa", "workspace")} == {1}
    assert len(sold.wire.sent("erp", "PUT", "/job/")) == jobs == 2
    assert len(sold.rows("erp", "job")) == len(sold.rows("psa", "workspace")) == len(sold.rows("revenue", "rc")) == 2


def test_a_whole_week_runs_by_itself(won: Room) -> None:
    won.start()
    won.act("W-0001", "staff", engagement="ENG-01", team=["W-0003"])
    won.wait_until(4 * DAY_US + 16 * HOUR_US)
    book(won, "W-0003", "ENG-01", "analyst", ("2026-01-21", 400))
    won.wait_until(8 * DAY_US)
    (time,) = won.rows("erp", "timeBill")
    assert time["hours"] == 400
    values = {row["so_line_id"]: row["ext_sll_prc"] for row in won.rows("revenue", "rc_line")}
    assert values["ENG-01-L1-2026-01"] == 5_666_700
    assert (won.store.waiting(), won.store.letters()) == (0, [])
