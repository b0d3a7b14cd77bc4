"""Forks: a run again up to a moment, and from there on with one change; the money of both beside each other.

A fork is defined by re-execution, which is exact: the histories are compared up to the moment of the change.
"""

from __future__ import annotations

import shlex
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sandbox.checks.books import Books
from sandbox.checks.case import Case
from sandbox.checks.verdict import Verdict, judge
from sandbox.core.chance import Chance
from sandbox.core.clock import epoch_of, iso_z
from sandbox.core.durations import at
from sandbox.core.errors import HarnessError, UsageError, unknown_name
from sandbox.core.wire import canonical
from sandbox.drivers.collecting import rare_collections
from sandbox.engine.policy import Policy
from sandbox.faults.planning import plan_faults
from sandbox.faults.profiles import load_profile
from sandbox.hosting import policy_named
from sandbox.interface import Interface, load_interface
from sandbox.plan import Plan, PlannedFault
from sandbox.report.folder import RunFolder
from sandbox.runs import about_run, document_of
from sandbox.world import World

CHANGES = ("engine", "policy", "faults")


@dataclass(frozen=True, slots=True)
class Change:
    """What is different from a moment on: an engine (or policy class), and faults of a profile."""

    at_us: int
    policy: type[Policy] | None
    faults: tuple[PlannedFault, ...]
    told: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Difference:
    """A business figure that came out otherwise: ``before`` and ``after`` as the verdicts show them."""

    figure: str
    part: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Forked:
    """A fork that is over."""

    verdict: Verdict
    books: Books
    document: dict[str, Any]
    original: Mapping[str, Any]
    differences: list[Difference]
    folder: Path


@rare_collections()
def fork(run: Path, moment: str, settings: Sequence[str], out: Path | None = None, *, force: bool = False) -> Forked:
    """Run a recorded run again with a change. Raises UsageError for a folder that is no run, a moment outside it and
    a setting nobody knows; HarnessError when the run does not come out again as it was recorded."""
    original = RunFolder(run)
    about, (plan, history, _) = original.read_about(), original.read()
    interface = load_interface(about.get("interface"))
    change = _change(plan, interface, moment, settings)
    folder = RunFolder.create(out or run.with_name(f"{run.name}-fork"), force=force)
    began = time.perf_counter()
    world = World(plan, interface, policy_named(str(about["engine"])), sink=folder.history)
    try:
        world.run_to(change.at_us)
        _must_be_the_same(history, world)
        if change.policy is not None:
            world.host.become(change.policy)
        world.switch_on(change.faults)
        truth = world.run()
    finally:
        folder.close()
    case = Case(world.plan, interface, world.recorder.records, truth)
    books = Books(case)
    verdict = judge(case, books)
    engine = change.told.get("engine") or change.told.get("policy") or str(about["engine"])
    document = document_of(world, verdict, engine, time.perf_counter() - began)
    words = [word for name, value in change.told.items() for word in ("--set", f"{name}={value}")]
    command = shlex.join(["sandbox", "fork", str(run), "--at", moment, *words])
    told = about_run(document, command=command, faults=str(about["faults"]), interface=about.get("interface"))
    folder.write(world.plan, truth, document, told, books)
    before = original.read_verdict()
    return Forked(verdict, books, document, before, differences(before, document), folder.path)


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Difference]:
    """Which business figures of two verdicts differ, part by part."""
    found: list[Difference] = []
    for name in dict.fromkeys((*before["figures"], *after["figures"])):
        was, now = _parts(before["figures"].get(name)), _parts(after["figures"].get(name))
        parts = [part for part in dict.fromkeys((*was, *now)) if was.get(part) != now.get(part)]
        found += [Difference(name, part, was.get(part, ""), now.get(part, "")) for part in parts]
    return found


def _parts(figure: Mapping[str, Any] | None) -> dict[str, str]:
    if figure is None:
        return {}
    parts = {str(part): str(value) for part, value in (figure.get("by") or {}).items()}
    if figure.get("value") is not None:
        parts = {"": f"{figure['value']} {figure['unit']}".strip(), **parts}
    return parts


def _change(plan: Plan, interface: Interface, moment: str, settings: Sequence[str]) -> Change:
    epoch = epoch_of(plan.start)
    at_us = at(epoch, moment)
    if not 0 <= at_us < plan.end_us:
        raise UsageError(
            f"{moment} is not within the run, which is from {iso_z(epoch, 0)} to {iso_z(epoch, plan.end_us)}",
            code="bad_moment",
        )
    told: dict[str, str] = {}
    for setting in settings:
        name, equals, value = setting.partition("=")
        if name not in CHANGES:
            raise unknown_name("setting", name, CHANGES)
        if not equals or not value:
            raise UsageError(f"--set {setting}: expected {name}=VALUE", code="bad_setting")
        told[name] = value
    if not told:
        raise UsageError("nothing to change: give --set engine=NAME or --set faults=PROFILE", code="bad_setting")
    policy = told.get("policy") or told.get("engine")
    faults: tuple[PlannedFault, ...] = ()
    if "faults" in told:
        profile = load_profile(told["faults"], interface)
        planned = plan_faults(profile, Chance(plan.seed).under("fork", moment), at_us, plan.end_us)
        faults = tuple(fault.model_copy(update={"fid": f"fork-{fault.fid}"}) for fault in planned)
    return Change(at_us, policy_named(policy) if policy else None, faults, told)


def _must_be_the_same(history: Sequence[Mapping[str, Any]], world: World) -> None:
    for number, record in enumerate(world.recorder.records):
        if number >= len(history) or canonical(history[number]) != canonical(record):
            raise HarnessError(f"the run does not come out again: record {number} differs; was it another version?")
