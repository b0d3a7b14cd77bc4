"""A living world: the same systems, firm and recorder as in simulated time, used by other processes through ports."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from mocks.kit.app import Mock
from sandbox.core.chance import Chance
from sandbox.core.clock import iso_z
from sandbox.core.errors import HarnessError
from sandbox.core.tenant_shape import AS_SOLD, TenantShape
from sandbox.drivers.stage import Stage
from sandbox.engine.policy import Policy
from sandbox.faults.desk import FaultDesk
from sandbox.faults.planning import plan_faults
from sandbox.faults.shapes import FaultProfile, FaultRule
from sandbox.firm.tenants import Login, Tenants, login_of, tenants_of
from sandbox.history.recorder import Recorder
from sandbox.interface import Interface
from sandbox.plan import Plan
from sandbox.world import Snapshot, World

if TYPE_CHECKING:
    from sandbox.checks.books import Books
    from sandbox.checks.case import Case
    from sandbox.checks.verdict import Verdict


@dataclass(frozen=True, slots=True)
class Cast:
    """What a world is made from: it can be made again from the start with it."""

    plan: Plan
    interface: Interface
    policy: type[Policy]
    shape: TenantShape = AS_SOLD


class LiveWorld:
    """The world of the moment, its lock and clock. A reset or restore puts another world in its place."""

    def __init__(self, cast: Cast, snapshot: Snapshot | None = None) -> None:
        self.cast = cast
        self._world = self._make(snapshot)
        self._struck = 0
        # By name: the world behind it changes.
        self.stage = Stage(self._now_us, self.run_to)

    # -- what doors need -----------------------------------------------------------------------------------------------

    @property
    def systems(self) -> dict[str, Mock]:
        return self._world.systems

    @property
    def recorder(self) -> Recorder:
        return self._world.recorder

    @property
    def desk(self) -> FaultDesk:
        return self._world.desk

    @property
    def touched(self) -> Callable[[str], None]:
        return self._world.touched

    def persona(self, mail: str) -> str | None:
        """Name of the person of this firm with that address."""
        return self._people.get(mail)

    def later(self, us: int, call: Callable[[], None]) -> None:
        """Do something after so much simulated time."""
        self._world.kernel.call_later(us, call)

    # -- time ----------------------------------------------------------------------------------------------------------

    @property
    def now_us(self) -> int:
        """Microseconds since the epoch of the scenario."""
        return self._now_us()

    def _now_us(self) -> int:
        return self._world.clock.now_us()

    @property
    def now_iso(self) -> str:
        """The instant as ``2026-01-12T09:00:00Z``."""
        return iso_z(self._world.clock.epoch, self.now_us)

    @property
    def end_us(self) -> int:
        """When the scenario is over and what was announced should have arrived."""
        return self._world.end_us

    def due_us(self) -> int | None:
        """When something is due next."""
        return self._world.kernel.due_us()

    def run_to(self, us: int) -> None:
        """Let time pass; the turn is held."""
        self._world.run_to(us)

    # -- judging -------------------------------------------------------------------------------------------------------

    def judge(self, *, names: bool = False) -> tuple[Case, Books, Verdict]:
        """The verdict on what has happened so far."""
        if self.stage.broken:
            raise HarnessError(self.stage.broken)
        with self.stage.turn():
            records, truth = list(self._world.recorder.records), self._world.truth()
        # Only now: a world is ready sooner without what judges it.
        from sandbox.checks.books import Books
        from sandbox.checks.case import Case
        from sandbox.checks.verdict import judge

        case = Case(self.cast.plan, self.cast.interface, records, truth, names=names)
        books = Books(case)
        return case, books, judge(case, books, over=truth["end_us"] >= self.end_us)

    # -- state ---------------------------------------------------------------------------------------------------------

    def snapshot(self) -> Snapshot:
        """The world as data."""
        with self.stage.turn():
            return self._world.snapshot()

    def restore(self, snapshot: Snapshot | None) -> None:
        """Go on from a snapshot, or from the start without one. The engine finds other systems behind the same
        doors; whatever it remembers is its own affair."""
        with self.stage.turn():
            self._world = self._make(snapshot)
            self.stage.restart()
            self.stage.wake()

    @contextmanager
    def turn(self) -> Iterator[World]:
        """Alone with the world of the moment."""
        with self.stage.turn():
            yield self._world

    # -- who is who ----------------------------------------------------------------------------------------------------

    @cached_property
    def tenants(self) -> Tenants:
        """What the systems were seeded with, credentials included."""
        return tenants_of(self.cast.plan, self.cast.shape)

    def login(self, person: str) -> Login:
        """Credentials of a person."""
        return login_of(self.cast.plan, person)

    @cached_property
    def _people(self) -> dict[str, str]:
        return {person.email: name for name, person in self.cast.plan.people.items()}

    def _make(self, snapshot: Snapshot | None) -> World:
        cast = self.cast
        return World(cast.plan, cast.interface, cast.policy, snapshot=snapshot, shape=cast.shape)

    def counts(self) -> dict[str, Any]:
        """How many requests and records there are, and which faults have struck how often."""
        with self.stage.turn():
            recorder, desk = self._world.recorder, self._world.desk
            return {
                "requests": recorder.requests,
                "records": len(recorder.records),
                "faults": dict(desk.counts),
                "open_deeds": len(self._world.firm.open_deeds()),
            }

    def strike(self, rule: FaultRule) -> list[str]:
        """Arm the faults of a rule from now on; returns their ids."""
        with self.stage.turn():
            world = self._world
            self._struck += 1
            chance = Chance(self.cast.plan.seed).under("live", str(self._struck))
            at_once = rule.model_copy(update={"between": (0, 0)})
            profile = FaultProfile(name="live", title="", requires=(), faults=(at_once,))
            now_us = world.clock.now_us()
            planned = plan_faults(profile, chance, now_us, max(now_us, self.cast.plan.end_us))
            faults = [fault.model_copy(update={"fid": f"live{self._struck}-{fault.fid}"}) for fault in planned]
            world.switch_on(faults)
        return [fault.fid for fault in faults]
