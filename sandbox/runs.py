"""One run from a command to its verdict: plan, world, checks, folder. Used by the CLI, the tests and the benchmark."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sandbox import __version__
from sandbox.checks.books import Books
from sandbox.checks.case import Case
from sandbox.checks.verdict import Verdict, judge
from sandbox.core.clock import DAY_US
from sandbox.drivers.collecting import rare_collections
from sandbox.history.difference import Difference, first_difference
from sandbox.interface import load_interface
from sandbox.making import Wanted, make
from sandbox.plan import Plan
from sandbox.report.folder import RunFolder
from sandbox.world import World

__all__ = ["Outcome", "Wanted", "about_run", "check_again", "difference", "document_of", "make", "run"]

Progress = Callable[[Plan, int, int], None]


@dataclass(frozen=True, slots=True)
class Outcome:
    """A run that is over."""

    plan: Plan
    case: Case
    books: Books
    verdict: Verdict
    document: dict[str, Any]
    folder: Path | None


@rare_collections()
def run(wanted: Wanted, progress: Progress | None = None, *, save: bool = True) -> Outcome:
    """Run a scenario and judge it; writes the run folder unless told not to."""
    plan, interface, policy = make(wanted)
    folder = RunFolder.create(wanted.folder, force=wanted.force) if save else None
    began = time.perf_counter()
    world = World(plan, interface, policy, sink=folder.history if folder is not None else None)
    try:
        truth = world.run(_shown(plan, world, progress), piece_us=DAY_US)
    finally:
        if folder is not None:
            folder.close()
    case = Case(plan, interface, world.recorder.records, truth, names=wanted.names)
    books = Books(case)
    verdict = judge(case, books)
    document = document_of(world, verdict, wanted.engine, time.perf_counter() - began)
    outcome = Outcome(plan, case, books, verdict, document, folder.path if folder is not None else None)
    if folder is not None:
        told = about_run(document, command=wanted.command, faults=wanted.faults, interface=wanted.interface)
        folder.write(outcome.plan, truth, document, told, books)
        if wanted.keep_databases:
            folder.write_databases({name: mock.store.serialize() for name, mock in world.systems.items()})
    return outcome


@rare_collections()
def check_again(path: Path, *, names: bool = False) -> tuple[Case, Verdict]:
    """Judge a recorded run again; raises UsageError when the folder is no run, HarnessError when it is damaged."""
    folder = RunFolder(path)
    about = folder.read_about()
    plan, history, truth = folder.read()
    case = Case(plan, load_interface(about.get("interface")), history, truth, names=names)
    return case, judge(case, Books(case))


def difference(path: Path, other: Path) -> Difference | None:
    """Where the histories of two run folders part; raises UsageError when one is no run folder."""
    return first_difference(RunFolder(path).lines(), RunFolder(other).lines())


def _shown(plan: Plan, world: World, progress: Progress | None) -> Callable[[int], None] | None:
    if progress is None:
        return None
    return lambda us: progress(plan, us, world.end_us)


def document_of(world: World, verdict: Verdict, engine: str, seconds: float) -> dict[str, Any]:
    """``verdict.json`` of a world that is over."""
    return {
        "schema": 1,
        "scenario": world.plan.scenario,
        "seed": world.plan.seed,
        "engine": engine,
        "profile": world.plan.profile,
        "requests": world.wire.requests,
        "records": len(world.recorder.records),
        "sim_s": world.clock.now_us() // 1_000_000,
        "wall_s": round(seconds, 1),
        "digest": world.recorder.digest,
        **verdict.as_json(),
    }


def about_run(document: dict[str, Any], *, command: str, faults: str, interface: str | None) -> dict[str, Any]:
    """``run.json``: how this run came about."""
    return {
        "schema": 1,
        "command": command,
        "scenario": document["scenario"],
        "seed": document["seed"],
        "engine": document["engine"],
        "faults": faults,
        "interface": interface,
        "versions": {"sandbox": __version__, "python": sys.version.split()[0]},
        "requests": document["requests"],
        "records": document["records"],
        "digest": document["digest"],
        "result": document["result"],
    }
