"""A stage without systems: people act on a simulated clock, and what answers them is written down by the test."""

from __future__ import annotations

from collections.abc import Awaitable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sandbox.core.chance import Chance
from sandbox.core.clock import epoch_of
from sandbox.core.errors import NoAnswer
from sandbox.core.ports import Ports, Surroundings
from sandbox.core.wire import Request, Response, dumps
from sandbox.drivers.simulated_kernel import SimulatedKernel
from sandbox.firm.desk import Desk, Records
from sandbox.plan import Plan

Answer = Response | NoAnswer
MINUTE_US = 60_000_000


class StageClock:
    """The kernel's time, counted from the plan's first day."""

    def __init__(self, plan: Plan, kernel: SimulatedKernel) -> None:
        self._epoch = epoch_of(plan.start)
        self._kernel = kernel

    @property
    def epoch(self) -> datetime:
        return self._epoch

    def now_us(self) -> int:
        return self._kernel.now_us()


class ScriptedWire:
    """Answers in the order given, and remembers what was asked; one question too many fails."""

    def __init__(self) -> None:
        self.answers: list[Answer] = []
        self.asked: list[tuple[str, Request]] = []

    async def send(self, system: str, request: Request) -> Response:
        self.asked.append((system, request))
        if not self.answers:
            raise AssertionError(f"nobody expected {system} {request.method} {request.path}")
        answer = self.answers.pop(0)
        if isinstance(answer, NoAnswer):
            raise answer
        return answer

    @property
    def lines(self) -> list[str]:
        """``psa GET /api/v1/roles.json`` for every question."""
        return [f"{system} {request.method} {request.path}" for system, request in self.asked]


@dataclass
class Notes:
    """Notes in order: when, who, kind, fields."""

    clock: StageClock
    lines: list[tuple[int, str, str, dict[str, Any]]] = field(default_factory=list)

    def note(self, actor: str, kind: str, fields: dict[str, Any]) -> None:
        self.lines.append((self.clock.now_us(), actor, kind, fields))


class Stage:
    """Clock, wire and notebook of a plan."""

    def __init__(self, plan: Plan, start_us: int = 0) -> None:
        self.plan = plan
        self.kernel = SimulatedKernel(start_us)
        self.clock = StageClock(plan, self.kernel)
        self.wire = ScriptedWire()
        self.notes = Notes(self.clock)
        self.around = Surroundings(self.kernel, self.clock, self.wire, Chance(plan.seed), self.notes)
        self.records = Records(plan)

    def desk(self, person: str, attempts: int = 0) -> Desk:
        """Somebody at their desk, who has tried so often before."""
        desk = Desk(self.plan, Ports(f"biz:{person}", self.around, "a deed"), self.records, person)
        desk.attempts = attempts
        return desk

    def does(self, doing: Awaitable[Any]) -> Any:
        """What somebody comes back with; their failure is raised. Waits at most a simulated minute."""
        outcome: list[Any] = []

        async def run() -> None:
            outcome.append(await doing)

        task = self.kernel.spawn(run(), "biz:somebody/test")
        self.kernel.run_to(self.kernel.now_us() + MINUTE_US)
        assert task.done, "still waiting after a minute"
        if task.error is not None:
            raise task.error
        return outcome[0]


def reply(status: int, body: Any = None) -> Response:
    """An answer with a JSON body."""
    return Response(status, {}, dumps(body) if body is not None else b"")


def envelope(key: str, *rows: dict[str, Any]) -> Response:
    """A PSA envelope of rows, in the order given."""
    return reply(
        200,
        {
            "count": len(rows),
            "results": [{"key": key, "id": row["id"]} for row in rows],
            key: {row["id"]: row for row in sorted(rows, key=lambda row: str(row["id"]))},
        },
    )


def records(*rows: dict[str, Any]) -> Response:
    """A CRM query result."""
    return reply(200, {"totalSize": len(rows), "done": True, "records": list(rows)})


LOGGED_IN = reply(200, {"access_token": "00D-token", "token_type": "Bearer"})
