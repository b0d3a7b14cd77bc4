"""Simulated time: carries requests in process and wakes the systems' agendas.

One process, no sockets. Whatever happens between a request and its answer happens here and in the fault desk; crash
points of an engine are named here and in the engine's own work.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import NoReturn

from mocks.kit.app import Mock
from mocks.kit.routing import Found
from sandbox.core.clock import MINUTE_US
from sandbox.core.errors import HarnessError, NoAnswer
from sandbox.core.kernel import Kernel, Killed
from sandbox.core.wire import Meta, Request, Response
from sandbox.faults.desk import FaultDesk
from sandbox.history.recorder import Recorder

# Simulated travel of a request and of its answer: assumed, a LAN-like 20 ms each way.
TRAVEL_US = 20_000
# How long a client waits before it gives up on an answer: assumed, one minute.
CLIENT_TIMEOUT_US = MINUTE_US

# Asked at a named point of a request: point, actor, whether it committed something. True: the sender was killed.
Hook = Callable[[str, str, bool], bool]
# Somebody who answers and is no system.
Answer = Callable[[Request], Awaitable[Response | None]]
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
        # Who answers besides the systems: the engine's own endpoint. None: nobody is there.
        self.answers: dict[str, Answer] = {}
        self.hook: Hook = no_hook
        self.requests = 0
        self.in_flight = 0
        # (system, operation) of everything that has created a record so far: what a fault for creates may strike.
        self._creating: set[tuple[str, str]] = set()

    async def send(self, system: str, request: Request) -> Response:
        """The answer; raises NoAnswer after the client's time-out when it is lost."""
        meta = request.meta
        if meta is None:
            raise HarnessError(f"a request to {system} has no sender")
        if system in self.answers:
            return await self._ask(system, request, meta)
        self.in_flight += 1
        try:
            await self._kernel.sleep(TRAVEL_US + self._desk.delay_us(system, request))
            found, operation, rq = self._arrive(system, request, meta)
            if self._desk.loses_request(system, request):
                self._recorder.complete(system, meta.actor, rq, 0, executed="no", resp="lost")
                await self._say_nothing(system)
            creates = (system, operation) in self._creating
            late_us = self._desk.executes_after_us(system, request, creates=creates)
            if late_us:
                self._recorder.set_aside()
                late = self._serve_late(system, request, meta, found, operation, rq, late_us)
                self._kernel.spawn(late, f"late:{system}/{rq}")
                await self._say_nothing(system)
            response, committed, lost = self._serve(system, request, found, operation)
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
                await self._say_nothing(system)
            await self._kernel.sleep(TRAVEL_US)
        finally:
            self.in_flight -= 1
        if self.hook(RESPONSE, meta.actor, committed):
            raise Killed
        return response

    async def _ask(self, system: str, request: Request, meta: Meta) -> Response:
        """A question to the engine's own endpoint; nobody's systems change by it."""
        self.in_flight += 1
        try:
            await self._kernel.sleep(TRAVEL_US + self._desk.delay_us(system, request))
            self.requests += 1
            rq = self._recorder.invoke(system, meta.actor, meta.deed, request, request.path.rpartition("/")[2])
            lost = self._desk.loses_request(system, request)
            response = None if lost else await self.answers[system](request)
            status = 0 if response is None else response.status
            self._recorder.complete(
                system, meta.actor, rq, status, executed="no", resp="lost" if response is None else "seen"
            )
            if response is None:
                await self._say_nothing(system)
            await self._kernel.sleep(TRAVEL_US)
        finally:
            self.in_flight -= 1
        return response

    def _arrive(self, system: str, request: Request, meta: Meta) -> tuple[Found | Response, str, int]:
        """(route, name of the operation, number of the request)."""
        self.requests += 1
        found = self._systems[system].resolve(request)
        operation = "unknown" if isinstance(found, Response) else found[0].operation
        return found, operation, self._recorder.invoke(system, meta.actor, meta.deed, request, operation)

    def _serve(
        self, system: str, request: Request, found: Found | Response, operation: str
    ) -> tuple[Response, bool, bool]:
        """(answer, whether it committed something, whether the answer is lost)."""
        mock = self._systems[system]
        response = mock.serve(found, request)
        outcome = mock.outcome
        if outcome.created:
            self._creating.add((system, operation))
        lost = self._desk.loses_answer(system, request, committed=outcome.committed, created=outcome.created)
        return response, outcome.committed, lost

    async def _say_nothing(self, system: str) -> NoReturn:
        await self._kernel.sleep(CLIENT_TIMEOUT_US)
        raise NoAnswer(f"no answer from {system} within {CLIENT_TIMEOUT_US // 1_000_000} s", system=system)

    async def _serve_late(
        self,
        system: str,
        request: Request,
        meta: Meta,
        found: Found | Response,
        operation: str,
        rq: int,
        late_us: int,
    ) -> None:
        """Nobody waits for this any more, and it happens all the same."""
        self.in_flight += 1
        try:
            await self._kernel.sleep(CLIENT_TIMEOUT_US + late_us)
            self._recorder.take_up(rq, meta.actor, meta.deed)
            response, committed, _ = self._serve(system, request, found, operation)
            executed = "later" if committed else "no"
            self._recorder.complete(system, meta.actor, rq, response.status, executed=executed, resp="lost")
            self._touched(system)
        finally:
            self.in_flight -= 1


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
