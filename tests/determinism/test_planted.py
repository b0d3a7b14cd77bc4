"""The alarm rings: a wall clock, a set walked in its own order, and an extra draw, each planted, are each caught."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.determinism.processes import sandbox

pytestmark = pytest.mark.determinism

WALL_CLOCK = """
import time
from sandbox.engine.flows.time import TimeFlow
kept = TimeFlow.handle
async def stamped(self, work):
    self._c.ports.note("engine", event="posting", at=time.time_ns())
    await kept(self, work)
TimeFlow.handle = stamped
"""

SET_ORDER = """
from sandbox.firm import planning
kept = planning.people_of
def shuffled(scenario, firm, chance):
    people = kept(scenario, firm, chance)
    return {name: people[name] for name in set(people)}
planning.people_of = shuffled
"""

# One draw more from the stream that jitters the engine's retries, in one of the two processes only.
EXTRA_DRAW = """
import os
from sandbox.engine import resilience
kept = resilience.Caller.__init__
def drawing(self, ports, system, *rest):
    kept(self, ports, system, *rest)
    if os.environ.get("DRAW") and system == "erp":
        self._stream.u64()
resilience.Caller.__init__ = drawing
"""

MAIN = "\nfrom sandbox.cli import main; main()"


def parted(plant: str, tmp_path: Path, one: dict[str, str], other: dict[str, str]) -> tuple[int, str]:
    """Exit code and words of comparing two runs that differ in their surroundings only."""
    for name, env in (("a", one), ("b", other)):
        arguments = ("run", "first-thread", "--seed", "7", "--faults", "rough", "--out", str(tmp_path / name))
        ended = sandbox(*arguments, env=env, code=plant + MAIN)
        assert ended.returncode == 0, ended.stderr
    compared = sandbox("check", str(tmp_path / "a"), "--same-as", str(tmp_path / "b"))
    return compared.returncode, compared.stdout


def test_a_planted_wall_clock_is_caught_and_its_record_shown(tmp_path: Path) -> None:
    code, said = parted(WALL_CLOCK, tmp_path, {}, {})
    assert code == 1
    assert said.startswith("the histories differ from record ")
    assert said.count('"event":"posting"') == 2


def test_a_planted_walk_over_a_set_is_caught(tmp_path: Path) -> None:
    code, said = parted(SET_ORDER, tmp_path, {"PYTHONHASHSEED": "1"}, {"PYTHONHASHSEED": "2"})
    assert code == 1
    assert said.startswith("the histories differ from record ")


def test_a_planted_extra_draw_is_caught(tmp_path: Path) -> None:
    code, said = parted(EXTRA_DRAW, tmp_path, {}, {"DRAW": "1"})
    assert code == 1
    assert said.startswith("the histories differ from record ")


def test_the_same_plants_without_a_difference_in_surroundings_are_not_accused(tmp_path: Path) -> None:
    code, said = parted(EXTRA_DRAW, tmp_path, {"DRAW": "1"}, {"DRAW": "1"})
    assert (code, said.strip()) == (0, "the histories are the same")
