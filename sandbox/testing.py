"""The sandbox from Python, for tests and notebooks: run a scenario and look at its verdict, or keep a world on ports.

Nothing is written to disk. A verdict that is not passed is told as its findings, not as a boolean.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sandbox.checks.books import Books
from sandbox.checks.case import Case
from sandbox.checks.findings import CheckResult, Finding
from sandbox.checks.verdict import Verdict, judge
from sandbox.core.clock import DAY_US, epoch_of
from sandbox.core.durations import after, at
from sandbox.drivers.collecting import rare_collections
from sandbox.engine.policy import Policy
from sandbox.live.starting import cast_of
from sandbox.live.up import Stand, Wanted
from sandbox.making import Wanted as Run
from sandbox.making import make
from sandbox.world import World

# How many findings of a check are told in a failure.
_TOLD = 3


class NotPassed(AssertionError):
    """A verdict that did not pass; its text is the findings. ``verdict`` has them all."""

    def __init__(self, verdict: Verdict) -> None:
        super().__init__(told(verdict))
        self.verdict = verdict


class Outcome:
    """A scenario that was run and judged."""

    def __init__(self, world: World, case: Case, verdict: Verdict) -> None:
        self.verdict = verdict
        self.history: list[dict[str, Any]] = case.history
        self.truth: Mapping[str, Any] = case.truth
        self.requests = world.wire.requests

    @property
    def result(self) -> str:
        """``pass``, ``fail`` or ``unknown``."""
        return self.verdict.result

    @property
    def findings(self) -> list[Finding]:
        """Every finding of every check."""
        return [finding for check in self.verdict.checks for finding in check.findings]

    @property
    def figures(self) -> dict[str, Any]:
        """Business figures by name, each ``{value, unit, by}``."""
        return {figure.name: figure.as_json() for figure in self.verdict.figures}

    def check(self, name: str) -> CheckResult:
        """One check; raises KeyError."""
        return self.verdict.by_name(name)

    def passes(self) -> Outcome:
        """This outcome, when its verdict is pass; raises NotPassed otherwise."""
        if self.result != "pass":
            raise NotPassed(self.verdict)
        return self


class Sandbox:
    """Runs scenarios in process and in simulated time."""

    def __init__(self, seed: int = 1) -> None:
        self.seed = seed

    @rare_collections()
    def run(
        self,
        scenario: str = "first-thread",
        *,
        engine: str | type[Policy] = "reference",
        faults: str = "none",
        seed: int | None = None,
        interface: str | None = None,
    ) -> Outcome:
        """Run a scenario (a name, or a path ending in .yaml) with an engine (a name, ``file.py:Class`` or a class that
        extends Policy) under a fault profile. Raises UsageError for anything unknown."""
        named = engine if isinstance(engine, str) else "reference"
        wanted = Run(scenario, self.seed if seed is None else seed, named, faults, interface)
        plan, contract, policy = make(wanted)
        world = World(plan, contract, policy if isinstance(engine, str) else engine)
        truth = world.run(piece_us=DAY_US)
        case = Case(plan, contract, world.recorder.records, truth)
        return Outcome(world, case, judge(case, Books(case)))


class LiveSandbox:
    """A world on ports of this process, as ``sandbox up`` starts it. A context manager."""

    def __init__(
        self,
        scenario: str = "first-thread",
        *,
        seed: int = 1,
        seed_only: bool = False,
        engine: str = "none",
        faults: str = "none",
        interface: str | None = None,
        gateway: bool = False,
        tenant: Path | None = None,
    ) -> None:
        cast = cast_of(
            scenario,
            seed=seed,
            engine=engine,
            faults=faults,
            interface=interface,
            seed_only=seed_only,
            tenant=tenant,
        )
        self._stand = Stand(cast, Wanted(gateway=gateway))

    def __enter__(self) -> LiveSandbox:
        self._stand.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stand.close()

    @property
    def told(self) -> dict[str, Any]:
        """What ``sandbox up --json`` prints: control, systems with credentials, gateway."""
        return self._stand.describe()

    def url(self, system: str) -> str:
        """Base URL of ``crm``, ``psa``, ``hris``, ``erp``, ``revenue``, ``files`` or ``control``."""
        return self._stand.urls[system]

    def credentials(self, system: str) -> dict[str, str]:
        """Credentials of a system, keyed as client libraries name them."""
        return dict(self._stand.accesses()[system].credentials)

    @property
    def now(self) -> str:
        """The simulated instant, ``2026-01-12T09:00:00Z``."""
        return self._stand.live.now_iso

    def advance(self, by: str | None = None, to: str | None = None) -> str:
        """Let time pass, by a length (``2d``) or to an instant; back when the world has settled. Returns the instant.

        Without either to the end of the scenario and its drain. Raises UsageError for a step back.
        """
        live = self._stand.live
        epoch = epoch_of(live.cast.plan.start)
        if by is not None:
            to_us = after(epoch, live.now_us, by)
        else:
            to_us = at(epoch, to) if to is not None else max(live.end_us, live.now_us)
        self._stand.advancing.advance(to_us)
        return self.now

    def save(self, name: str) -> None:
        """Keep the world as it is now under a name."""
        self._stand.shelf.save(name)

    def restore(self, name: str) -> None:
        """Go on from a snapshot."""
        self._stand.shelf.restore(name)

    def verdict(self) -> Verdict:
        """The verdict on what has happened so far; before the story is over it is never ``pass``."""
        return self._stand.live.judge()[2]

    def passes(self) -> None:
        """Raises NotPassed unless the story is over and its verdict is pass."""
        verdict = self.verdict()
        if verdict.result != "pass":
            raise NotPassed(verdict)


def told(verdict: Verdict) -> str:
    """A verdict as text: its result and the first findings of each check, with their evidence."""
    lines = [f"the verdict is {verdict.result}" + ("" if verdict.over else "; the story is not over")]
    for check in verdict.checks:
        if check.required and check.result == "unknown":
            lines.append(f"unknown {check.check}: {', '.join(check.parts) or 'it met no hazard'}")
        for finding in check.findings[:_TOLD]:
            lines.append(f"{finding.severity} {finding.check}  {finding.title}")
            lines += [f"    let   {line}" for line in finding.let]
            lines += [f"    then  {finding.then}", f"    not innocent: {finding.ruled_out}"]
        if len(check.findings) > _TOLD:
            lines.append(f"    ... and {len(check.findings) - _TOLD} more of {check.check}")
    return "\n".join(lines)
