"""A world restored from saved databases, with a restarted engine and people who look again, ends without a finding."""

from __future__ import annotations

from io import BytesIO

import pytest

from sandbox.core.clock import DAY_US, HOUR_US
from sandbox.core.wire import canonical
from sandbox.world import World
from tests.system.worlds import MIDDLE_US, ended, made, problems


@pytest.mark.parametrize("seed", [3, 4])
@pytest.mark.parametrize("at_us", [MIDDLE_US, 15 * DAY_US + 16 * HOUR_US + 37_000_001])
def test_a_world_restored_at_mid_month_ends_without_a_finding(seed: int, at_us: int) -> None:
    plan, interface, policy = made(seed=seed)
    first = World(plan, interface, policy)
    first.run_to(at_us)
    snapshot = first.snapshot()
    restored = World(plan, interface, policy, snapshot=snapshot)
    assert restored.clock.now_us() == at_us
    assert [dict(record) for record in restored.recorder.records[: len(snapshot.history)]] == snapshot.history
    judged = ended(restored)
    assert problems(judged.verdict) == []
    assert judged.verdict.result == "pass"


def test_a_snapshot_is_data_and_can_be_restored_twice() -> None:
    plan, interface, policy = made("tiny-thread", faults="none")
    first = World(plan, interface, policy)
    first.run_to(10 * DAY_US)
    snapshot = first.snapshot()
    digests = set()
    for _ in range(2):
        again = World(plan, interface, policy, snapshot=snapshot)
        again.run()
        digests.add(again.recorder.digest)
    assert len(digests) == 1


def test_what_a_restored_world_writes_is_the_history_from_its_first_record_on() -> None:
    plan, interface, policy = made("tiny-thread", faults="none")
    first = World(plan, interface, policy)
    first.run_to(10 * DAY_US)
    written = BytesIO()
    restored = World(plan, interface, policy, sink=written, snapshot=first.snapshot())
    restored.run()
    lines = written.getvalue().splitlines()
    assert lines == [canonical(record) for record in restored.recorder.records]
    assert lines[: len(first.recorder.records)] == [canonical(record) for record in first.recorder.records]
