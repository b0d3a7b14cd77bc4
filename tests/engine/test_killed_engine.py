"""An engine that was killed goes on with the step it died in."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from sandbox.checks.books import Books
from sandbox.checks.case import Case
from sandbox.checks.verdict import judge
from sandbox.core.clock import DAY_US, HOUR_US, MINUTE_US, SECOND_US
from sandbox.drivers.crashing import ACKNOWLEDGED, CHECKPOINT, Assassin
from sandbox.drivers.simulated import EFFECT, RESPONSE
from sandbox.runs import Wanted, make
from sandbox.world import Truth, World
from tests.engine.builders import Room, book
from tests.engine.diary import Diary, add, started


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
