"""From what a user asked for to plan, interface contract and engine. Imports nothing that judges or reports."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from pathlib import Path

from sandbox.core.chance import Chance
from sandbox.core.clock import DAY_US
from sandbox.engine.policy import Policy
from sandbox.faults.planning import plan_faults
from sandbox.faults.profiles import load_profile
from sandbox.firm.planning import make_plan
from sandbox.firm.scenarios import load_scenario
from sandbox.hosting import policy_named
from sandbox.interface import Interface, load_interface
from sandbox.plan import Plan


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a user asked for."""

    scenario: str = "first-thread"
    seed: int = 1
    engine: str = "reference"
    faults: str = "none"
    interface: str | None = None
    out: Path | None = None
    force: bool = False
    keep_databases: bool = False
    names: bool = False

    @property
    def folder(self) -> Path:
        """Where the run goes: given, or named after what was asked."""
        engine = self.engine.rpartition(":")[2]
        return self.out or Path("runs") / f"{Path(self.scenario).stem}-{engine}-{Path(self.faults).stem}-{self.seed}"

    @property
    def command(self) -> str:
        """The command line that does this again."""
        words = ["sandbox", "run", self.scenario, "--seed", str(self.seed), "--engine", self.engine]
        words += ["--faults", self.faults]
        if self.interface:
            words += ["--interface", self.interface]
        return shlex.join(words)


def make(wanted: Wanted) -> tuple[Plan, Interface, type[Policy]]:
    """Plan, interface contract and engine of a wish; raises UsageError for anything unknown or malformed."""
    policy = policy_named(wanted.engine)
    interface = load_interface(wanted.interface)
    profile = load_profile(wanted.faults, interface)
    scenario, firm = load_scenario(wanted.scenario)
    end_us = scenario.weeks * 7 * DAY_US
    faults = tuple(plan_faults(profile, Chance(wanted.seed).under("plan"), 0, end_us))
    plan = make_plan(scenario, firm, wanted.seed, profile=profile.name, faults=faults, requires=profile.requires)
    return plan, interface, policy
