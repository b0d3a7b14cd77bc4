"""One small story with faults, run once for all tests that read its history."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from sandbox.history.recorder import Record
from sandbox.runs import Wanted, make
from sandbox.world import World
from tests.history.builders import Lines


@dataclass(frozen=True)
class Story:
    """A world that is over: its history as records and as lines, and the truth."""

    world: World
    records: list[Record]
    lines: list[bytes]
    truth: dict[str, Any]

    def of(self, *kinds: str) -> list[Record]:
        """Records of some kinds, in order."""
        return [record for record in self.records if record["kind"] in kinds]


@pytest.fixture(scope="session")
def story() -> Story:
    """The tiny thread in a bad month."""
    plan, interface, policy = make(Wanted(scenario="tiny-thread", faults="rough"))
    sink = Lines()
    world = World(plan, interface, policy, sink=sink)
    truth = world.run()
    return Story(world, world.recorder.records, sink.lines, truth)
