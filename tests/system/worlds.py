"""Whole worlds for tests: made from names, run, judged, nothing written."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from sandbox.checks.books import Books
from sandbox.checks.case import Case
from sandbox.checks.verdict import Verdict, judge
from sandbox.core.clock import DAY_US, HOUR_US
from sandbox.engine.policy import Policy
from sandbox.interface import Interface
from sandbox.plan import Plan
from sandbox.runs import Wanted, make
from sandbox.world import World

# Wednesday of the fourth week of first-thread, early afternoon: everything is under way.
MIDDLE_US = 23 * DAY_US + 13 * HOUR_US


@dataclass(frozen=True, slots=True)
class Judged:
    """A world that has ended, and the verdict."""

    world: World
    case: Case
    books: Books
    verdict: Verdict


def made(
    scenario: str = "first-thread", seed: int = 1, engine: str = "reference", faults: str = "rough"
) -> tuple[Plan, Interface, type[Policy]]:
    """What a world is made of."""
    return make(Wanted(scenario=scenario, seed=seed, engine=engine, faults=faults))


def ended(world: World, piece_us: int | None = None) -> Judged:
    """Let a world run to its end and judge it."""
    truth = world.run(piece_us=piece_us)
    case = Case(world.plan, world.interface, world.recorder.records, truth)
    books = Books(case)
    return Judged(world, case, books, judge(case, books))


def run(scenario: str = "first-thread", seed: int = 1, engine: str = "reference", faults: str = "rough") -> Judged:
    """A whole run."""
    return ended(World(*made(scenario, seed, engine, faults)))


@lru_cache(maxsize=4)
def straight(seed: int) -> str:
    """Digest of first-thread under rough, run without a pause."""
    world = World(*made(seed=seed))
    world.run()
    return world.recorder.digest


def problems(verdict: Verdict, *, unmet: bool = True) -> list[str]:
    """What the verdict complains of, in a line each: what a failing test prints; with ``unmet`` also of idle checks."""
    findings = [finding for each in verdict.checks for finding in each.findings]
    idle = [each for each in verdict.checks if unmet and each.required and each.result != "pass"]
    return [
        *(f"{finding.check}: {finding.title} | {finding.then}" for finding in findings),
        *(f"{each.check}: {each.result}" for each in idle),
    ]
