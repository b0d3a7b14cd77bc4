"""Pausing changes nothing, and a fork is the run of the changed plan (design, decisions 17 and 18)."""

from __future__ import annotations

import pytest

from sandbox.core.clock import DAY_US, HOUR_US
from sandbox.core.errors import UsageError
from sandbox.drivers.branching import branch
from sandbox.history.difference import first_difference
from sandbox.plan import PlannedFault
from sandbox.world import World
from tests.system.worlds import MIDDLE_US, ended, made, problems, straight

LATE_FAULT = PlannedFault(
    fid="W04#99",
    kind="W04",
    system="erp",
    after_us=MIDDLE_US + HOUR_US,
    nth=0,
    params={"actors": "engine", "created": True},
)


@pytest.mark.parametrize("seed", [3, 4])
def test_a_run_in_pieces_of_a_day_is_the_straight_run(seed: int) -> None:
    world = World(*made(seed=seed))
    world.run(piece_us=DAY_US)
    assert world.recorder.digest == straight(seed)


def test_pieces_that_fit_no_schedule_are_the_straight_run_too() -> None:
    world = World(*made(seed=3))
    world.run(piece_us=7 * HOUR_US + 1)
    assert world.recorder.digest == straight(3)


@pytest.mark.parametrize("seed", [3, 4])
def test_a_branch_at_mid_month_is_the_straight_run_and_leaves_its_trunk_alone(seed: int) -> None:
    world = World(*made(seed=seed))
    world.run_to(MIDDLE_US)

    def finish() -> bytes:
        world.run()
        return world.recorder.digest.encode()

    assert branch(finish).decode() == straight(seed)
    assert world.clock.now_us() == MIDDLE_US
    world.run()
    assert world.recorder.digest == straight(seed)


def test_a_fork_with_a_fault_switched_on_is_the_straight_run_of_that_plan() -> None:
    plan, interface, policy = made(seed=3)
    world = World(plan, interface, policy)
    world.run_to(MIDDLE_US)
    world.switch_on([LATE_FAULT])
    judged = ended(world)
    changed = plan.model_copy(update={"faults": (*plan.faults, LATE_FAULT)})
    other = World(changed, interface, policy)
    other.run()
    assert world.plan == changed
    assert first_difference(lines(world), lines(other)) is None
    assert world.recorder.digest != straight(3)
    assert any(record["kind"] == "fault" and record["fid"] == "W04#99" for record in world.recorder.records)
    assert problems(judged.verdict) == []


def test_a_fault_whose_time_has_passed_cannot_be_switched_on() -> None:
    world = World(*made("tiny-thread", faults="none"))
    world.run_to(MIDDLE_US + DAY_US)
    with pytest.raises(UsageError, match=r"W04#99 would have been armed already"):
        world.switch_on([LATE_FAULT])


def lines(world: World) -> list[bytes]:
    """The history as it would be written."""
    from sandbox.core.wire import canonical

    return [canonical(record) for record in world.recorder.records]
