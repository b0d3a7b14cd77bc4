"""Simulated time: carries requests in process and wakes the systems' agendas.

One process, no sockets. Whatever happens between a request and its answer happens here and in the fault desk; crash
points of an engine are named here and in the engine's own work.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from mocks.kit.app import Mock
from sandbox.core.clock import MINUTE_US
from sandbox.core.errors import HarnessError, NoAnswer
from sandbox.core.kernel import Kernel, Killed
from sandbox.core.wire import Request, Response
from sandbox.faults.desk import FaultDesk
from sandbox.history.recorder import Recorder

# Simulated travel of a request and of its answer: assumed, a LAN-like 20 ms each way.
TRAVEL_US = 20_000
# How long a client waits before it gives up on an answer: assumed, one minute.
CLIENT_TIMEOUT_US = MINUTE_US

# Asked at a named point of a request: point, actor, whether it committed something. True: the sender was killed.
Hook = Callable[[str, str, bool], bool]
EFFECT, RESPONSE = "effect done", "response sent"


def no_hook(point: str, actor: str, committed: bool) -> bool:
    """Nobody is killed."""
    return False


class SimulatedWire:
    """Carries requests to mocks in the same process; every request is recorded, and may be hurt on its way."""

    def __init__(
        self,
        kernel: Kernel,
        systems: Mapping[str, Mock],
        recorder: Recorder,
        desk: FaultDesk,
        touched: Callable[[str], None],
    ) -> None:
        self._kernel = kernel
        self._systems = systems
        self._recorder = recorder
        self._desk = desk
        self._touched = touched
        self.hook: Hook = no_hook
        self.requests = 0
        self.in_flight = 0

    async def send(self, system: str, request: Request) -> Response:
        """The answer; raises NoAnswer after the client's time-out when it is lost."""
        meta = request.meta
        if meta is None:
            raise HarnessError(f"a request to {system} has no sender")
        self.in_flight += 1
        try:
            await self._kernel.sleep(TRAVEL_US + self._desk.delay_us(system, request))
            response, rq, committed, lost = self._serve(system, request, meta.actor, meta.deed)
            killed = self.hook(EFFECT, meta.actor, committed)
            self._recorder.complete(
                system,
                meta.actor,
                rq,
                response.status,
                executed="yes" if committed else "no",
                resp="lost" if lost or killed else "seen",
            )
            self._touched(system)
            if killed:
                raise Killed
            if lost:
                await self._kernel.sleep(CLIENT_TIMEOUT_US)
                raise NoAnswer(f"no answer from {system} within {CLIENT_TIMEOUT_US // 1_000_000} s", system=system)
            await self._kernel.sleep(TRAVEL_US)
        finally:
            self.in_flight -= 1
        if self.hook(RESPONSE, meta.actor, committed):
            raise Killed
        return response

    def _serve(self, system: str, request: Request, actor: str, deed: str | None) -> tuple[Response, int, bool, bool]:
        """(answer, number of the request, whether it committed something, whether the answer is lost)."""
        self.requests += 1
        mock = self._systems[system]
        found = mock.resolve(request)
        operation = "unknown" if isinstance(found, Response) else found[0].operation
        rq = self._recorder.invoke(system, actor, deed, request, operation)
        response = mock.serve(found, request)
        outcome = mock.outcome
        lost = self._desk.loses_answer(system, request, committed=outcome.committed, created=outcome.created)
        return response, rq, outcome.committed, lost


class AgendaWaker:
    """Runs each system's due jobs at their time: a sleeping task per due time, looked for after every request."""

    def __init__(self, kernel: Kernel, systems: Mapping[str, Mock]) -> None:
        self._kernel = kernel
        self._systems = systems
        self._wake_at: dict[str, int] = {}

    def touch(self, system: str) -> None:
        """Look at a system's agenda again."""
        mock = self._systems[system]
        if not mock.agenda.touched:
            return
        mock.agenda.touched = False
        due = mock.next_due_us()
        if due is None:
            return
        planned = self._wake_at.get(system)
        if planned is not None and planned <= due:
            return
        self._wake_at[system] = due
        self._kernel.spawn(self._wake(system, due), f"agenda:{system}/{due}")

    def start(self) -> None:
        """Look at every system once."""
        for system, mock in self._systems.items():
            mock.agenda.touched = True
            self.touch(system)

    async def _wake(self, system: str, due: int) -> None:
        await self._kernel.sleep(max(0, due - self._kernel.now_us()))
        if self._wake_at.get(system) != due:
            return
        del self._wake_at[system]
        mock = self._systems[system]
        mock.run_due()
        mock.agenda.touched = True
        self.touch(system)
