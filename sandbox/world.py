"""The composition root: a plan becomes clock, systems, wire, firm, engine and recorder, and is run.

A world is defined by its plan: the same plan gives the same history, however often it is paused. Phases: load (deeds
and faults), drain (what was announced arrives), final (states are taken).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from mocks.crm.system import Crm
from mocks.erp.system import Erp
from mocks.files.system import Files
from mocks.hris.system import Hris
from mocks.kit.app import Context as MockContext
from mocks.kit.app import Mock
from mocks.psa.system import Psa
from mocks.revenue.system import Revenue
from sandbox.core.chance import Chance
from sandbox.core.clock import HOUR_US, epoch_of
from sandbox.core.damage import NoFaults
from sandbox.core.observe import CommitObserver, Unobserved
from sandbox.core.ports import Surroundings
from sandbox.core.tenant_shape import AS_SOLD, TenantShape
from sandbox.core.wire import SYSTEMS
from sandbox.drivers.simulated import AgendaWaker, SimulatedWire
from sandbox.drivers.simulated_kernel import SimulatedKernel
from sandbox.engine.engine import about
from sandbox.engine.flows.letters import case_key
from sandbox.engine.policy import Policy
from sandbox.engine.store import DeadLetter
from sandbox.faults.desk import FaultDesk
from sandbox.firm.acting import Firm
from sandbox.firm.tenants import Tenants, tenants_of
from sandbox.history.recorder import Recorder, Sink
from sandbox.hosting import EngineHost, watch
from sandbox.interface import Interface
from sandbox.plan import Plan, PlannedFault

Truth = dict[str, Any]


class WorldClock:
    """The simulated clock everybody reads."""

    def __init__(self, epoch: datetime, kernel: SimulatedKernel) -> None:
        self._epoch = epoch
        # Bound once: everybody asks all the time.
        self.now_us = kernel.env.instant

    @property
    def epoch(self) -> datetime:
        return self._epoch


class World:
    """One simulated world. ``policy`` decides what the engine is; None of its classes knows which."""

    def __init__(
        self,
        plan: Plan,
        interface: Interface,
        policy: type[Policy] = Policy,
        sink: Sink | None = None,
        snapshot: Snapshot | None = None,
        shape: TenantShape = AS_SOLD,
    ) -> None:
        self.plan = plan
        self.interface = interface
        self._chance = Chance(plan.seed)
        start_us = snapshot.clock_us if snapshot is not None else 0
        self.kernel = SimulatedKernel(start_us, self._chance.stream("ties").u64())
        self.clock = WorldClock(epoch_of(plan.start), self.kernel)
        self.recorder = Recorder(f"{plan.scenario}-{plan.seed}", self.clock, interface, sink)
        self.desk = FaultDesk(plan.faults, self.clock, self._fault_fired)
        self._tenants = tenants_of(plan, shape)
        # The seeding of systems that are overwritten at once is nobody's history, and no seeding is struck.
        observer: CommitObserver = self.recorder if snapshot is None else Unobserved()
        self.systems: dict[str, Mock] = _systems(
            self._tenants,
            lambda name: MockContext(self.clock, self._chance.under("mock", name), observer, NoFaults()),
            snapshot,
        )
        waker = AgendaWaker(self.kernel, self.systems)
        # Looks at a system's agenda again, after somebody used it by another way than the wire.
        self.touched = waker.touch
        self.wire = SimulatedWire(self.kernel, self.systems, self.recorder, self.desk, waker.touch)
        self.around = Surroundings(self.kernel, self.clock, self.wire, self._chance, self.recorder)
        self.firm = Firm(
            plan, self.around, snapshot.outcomes if snapshot is not None else None, interface, self._fault_fired
        )
        self.host = EngineHost(
            plan, self.kernel, self.around, interface, policy, snapshot.store if snapshot is not None else None
        )
        self.wire.answers["engine"] = self.host.answer
        for mock in self.systems.values():
            mock.context.observer = self.recorder
            mock.context.faults = self.desk
        if snapshot is not None:
            self.desk.restore(snapshot.desk, plan.faults)
            self.recorder.resume(snapshot.history, {name: mock.dump() for name, mock in self.systems.items()})
        self.recorder.phase = "load"
        waker.start()
        self.host.start()
        self.firm.start(watch)

    # -- running -------------------------------------------------------------------------------------------------------

    @property
    def end_us(self) -> int:
        """When the drain is over."""
        return self.plan.end_us + self.interface.drain_h * HOUR_US

    def run_to(self, us: int) -> None:
        """Let time pass; pausing anywhere changes nothing."""
        if self.clock.now_us() < self.plan.end_us <= us:
            self.kernel.run_to(self.plan.end_us)
            self.recorder.phase = "drain"
        self.kernel.run_to(us)

    def run(self, progress: Callable[[int], None] | None = None, piece_us: int | None = None) -> Truth:
        """Run to the end, in pieces when asked to, and take the final states."""
        while piece_us is not None and self.clock.now_us() + piece_us < self.end_us:
            self.run_to(self.clock.now_us() + piece_us)
            if progress is not None:
                progress(self.clock.now_us())
        self.run_to(self.end_us)
        if progress is not None:
            progress(self.clock.now_us())
        return self.finish()

    def finish(self) -> Truth:
        """The final states of the five systems; raises HarnessError when something failed unseen."""
        self.kernel.raise_unfetched()
        self.recorder.phase = "final"
        truth = self.truth()
        for name in SYSTEMS:
            dump = truth["systems"][name]
            self.recorder.final(name, {record: len(rows) for record, rows in dump.items() if rows})
        return truth

    def truth(self) -> Truth:
        """What stands in all systems and in the engine's store now; changes nothing."""
        return {
            "schema": 1,
            "interface": self.interface.name,
            "end_us": self.clock.now_us(),
            "dead_letters": [_letter(letter) for letter in self.host.dead_letters()],
            "letters": [_letter(letter) for letter in self.host.store.all_letters()],
            "pending": self.host.pending(),
            "open_deeds": self.firm.open_deeds(),
            "systems": {name: mock.dump() for name, mock in self.systems.items()},
        }

    def switch_on(self, faults: Iterable[PlannedFault]) -> None:
        """A fork's change: from now on the world is one whose plan had these faults too. Raises UsageError for a fault
        whose time has passed."""
        added = tuple(faults)
        self.desk.add(added)
        self.plan = self.plan.model_copy(update={"faults": (*self.plan.faults, *added)})

    # -- state ---------------------------------------------------------------------------------------------------------

    def snapshot(self) -> Snapshot:
        """Databases, clock, cursor of the plan and history so far. What a coroutine was about to do is not in it: a
        world restored from it restarts the engine, and people look again before they act."""
        return Snapshot(
            clock_us=self.clock.now_us(),
            systems={name: mock.serialize() for name, mock in self.systems.items()},
            store=self.host.store.serialize(),
            outcomes=dict(self.firm.outcomes),
            desk=self.desk.state(),
            history=[dict(record) for record in self.recorder.records],
        )

    # -- inside --------------------------------------------------------------------------------------------------------

    def _fault_fired(self, fault: PlannedFault, system: str, effect: dict[str, Any]) -> None:
        self.recorder.fault(fault.fid, fault.kind, system, effect)


@dataclass(frozen=True)
class Snapshot:
    """A world at one instant, as data."""

    clock_us: int
    systems: Mapping[str, Mapping[str, Any]]
    store: bytes
    outcomes: Mapping[str, str]
    desk: dict[str, Any]
    history: list[dict[str, Any]] = field(repr=False)


def _systems(tenants: Tenants, context: Callable[[str], MockContext], snapshot: Snapshot | None) -> dict[str, Mock]:
    systems: dict[str, Mock] = {
        "crm": Crm(context("crm"), tenants.crm),
        "psa": Psa(context("psa"), tenants.psa),
        "hris": Hris(context("hris"), tenants.hris),
        "erp": Erp(context("erp"), tenants.erp),
        "revenue": Revenue(context("revenue"), tenants.revenue),
        "files": Files(context("files"), tenants.files),
    }
    if snapshot is not None:
        for name, mock in systems.items():
            mock.deserialize(snapshot.systems[name])
    return systems


def _letter(letter: DeadLetter) -> dict[str, Any]:
    return {
        "id": letter.letter_id,
        "about": about(letter),
        "flow": letter.flow,
        "key": letter.key,
        "reason": letter.reason,
        "owner": letter.owner,
        "amount": letter.amount,
        "raised_us": letter.raised_us,
        "due_us": letter.due_us,
        "state": letter.state,
        "settled_us": letter.settled_us,
        "case": case_key(letter.letter_id),
    }
