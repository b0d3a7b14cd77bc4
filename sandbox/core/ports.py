"""Ports: everything an engine or a person may reach: network, time, chance, concurrency, notes.

Code written against Ports runs in simulated and in live time alike; it must not look for the difference.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol, TypeVar

from sandbox.core import kernel as kernels
from sandbox.core.chance import Chance, Stream
from sandbox.core.clock import Clock, iso_z, local_date
from sandbox.core.kernel import Kernel, KeyedLock, Killed, Queue, Semaphore, Task
from sandbox.core.wire import Meta, Request, Response, Wire

T = TypeVar("T")


class Notebook(Protocol):
    """Where an actor's notes about itself go: the history."""

    def note(self, actor: str, kind: str, fields: dict[str, Any]) -> None:
        """Write one line."""


def _go_on(point: str) -> bool:
    return False


@dataclass(slots=True)
class Surroundings:
    """What all actors of a world share. ``killed_at`` is asked at named points of an engine's work: True ends it."""

    kernel: Kernel
    clock: Clock
    wire: Wire
    chance: Chance
    notebook: Notebook
    killed_at: Callable[[str], bool] = _go_on


class Ports:
    """The world as one actor sees it. ``actor`` is ``engine:<instance>`` or ``biz:<persona>``."""

    def __init__(self, actor: str, around: Surroundings, deed: str | None = None) -> None:
        self.actor = actor
        self.around = around
        self.kernel = around.kernel
        self.clock = around.clock
        self._meta = Meta(actor, deed)

    def for_deed(self, label: str) -> Ports:
        """The same actor while doing one deed: its requests are recorded under the deed's label."""
        return Ports(self.actor, self.around, label)

    async def send(self, system: str, request: Request) -> Response:
        """Send a request; raises NoAnswer when no answer came: its outcome is then unknown."""
        request.meta = self._meta
        return await self.around.wire.send(system, request)

    def now_us(self) -> int:
        """Microseconds since the scenario epoch."""
        return self.clock.now_us()

    def now_iso(self) -> str:
        """The instant as ``2026-01-12T09:00:00Z``."""
        return iso_z(self.clock.epoch, self.clock.now_us())

    def today(self, zone: str) -> date:
        """Business date in a zone."""
        return local_date(self.clock.epoch, self.clock.now_us(), zone)

    async def sleep(self, us: int) -> None:
        """Wait for some microseconds."""
        await self.kernel.sleep(us)

    async def sleep_until(self, us: int) -> None:
        """Wait for an instant; returns at once when it has passed."""
        delay = us - self.clock.now_us()
        if delay > 0:
            await self.kernel.sleep(delay)

    def spawn(self, coro: Coroutine[Any, Any, T], label: str) -> Task[T]:
        """Run a coroutine beside this one, in this actor's lane."""
        return self.kernel.spawn(coro, f"{self.actor}/{label}")

    async def gather(self, *coros: Coroutine[Any, Any, T]) -> list[T]:
        """Run coroutines together; results in order. The first failure cancels the rest and is raised."""
        return await kernels.gather(self.kernel, f"{self.actor}/gather", *coros)

    async def timeout(self, us: int, coro: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine for at most some microseconds; raises TimeoutExpired."""
        return await kernels.timeout(self.kernel, us, coro, f"{self.actor}/timeout")

    def semaphore(self, permits: int) -> Semaphore:
        """At most so many holders at a time."""
        return Semaphore(self.kernel, permits)

    def keyed_lock(self) -> KeyedLock:
        """One holder per key."""
        return KeyedLock(self.kernel)

    def queue(self) -> Queue[Any]:
        """A queue between this actor's tasks."""
        return Queue(self.kernel)

    def stream(self, *labels: str) -> Stream:
        """A chance stream of this actor."""
        return self.around.chance.stream(self.actor, *labels)

    def note(self, kind: str, **fields: Any) -> None:
        """Write a line about this actor into the history."""
        self.around.notebook.note(self.actor, kind, fields)

    def passed(self, point: str) -> None:
        """A named point of this actor's own work has been reached; raises Killed when it dies there (crash tests)."""
        if self.around.killed_at(point):
            raise Killed
