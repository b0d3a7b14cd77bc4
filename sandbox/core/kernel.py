"""Concurrency for code that must mean the same on a simulated and on a real clock.

A driver supplies the Kernel (``drivers.simulated`` on simpy, ``drivers.live`` on asyncio); semaphore, keyed lock,
queue, gather and timeout are written once here on its Future. Everything is single-threaded and cooperative: only
``await`` gives others a turn.
"""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Generator, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, Generic, Protocol, TypeVar

from sandbox.core.errors import SandboxError

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


class Killed(BaseException):
    """Whoever ran this was killed, kill -9: the task ends here. Not an Exception, so that nothing catches it."""


class TimeoutExpired(SandboxError):
    """A coroutine did not finish in its time; it has been cancelled."""

    def __init__(self, message: str = "time is up") -> None:
        super().__init__(message, code="timeout")


class Future(Protocol[T]):
    """A value that somebody will supply. Awaiting a future that is done does not give up the turn."""

    @property
    def done(self) -> bool:
        """Whether the value or the error is there."""

    def set_result(self, value: T) -> None:
        """Supply the value; raises RuntimeError when it is done already."""

    def set_error(self, error: BaseException) -> None:
        """Let everybody who awaits it fail."""

    def on_done(self, callback: Callable[[], None]) -> None:
        """Call once when done; at once when it is done already."""

    def __await__(self) -> Generator[Any, None, T]:
        """The value, or the error raised."""


class Task(Protocol[T_co]):
    """A coroutine that runs beside others."""

    @property
    def label(self) -> str:
        """Who runs it and what it is, ``engine:1/time``."""

    @property
    def done(self) -> bool:
        """Whether it returned, failed or was cancelled."""

    @property
    def error(self) -> BaseException | None:
        """What it failed with; None while it runs, when it returned or was cancelled."""

    def cancel(self) -> None:
        """Raise asyncio.CancelledError in it at its next turn; nothing when it is done.

        A task cancelled before its first turn never runs.
        """

    def on_done(self, callback: Callable[[], None]) -> None:
        """Call once when done; at once when it is done already."""

    def __await__(self) -> Generator[Any, None, T_co]:
        """Its result, or its error raised."""


class Timer(Protocol):
    """A call planned for later."""

    def cancel(self) -> None:
        """Do not call."""


class Kernel(Protocol):
    """Time and tasks."""

    def now_us(self) -> int:
        """Microseconds since the scenario epoch."""

    def sleep(self, us: int) -> Awaitable[None]:
        """Wait; 0 gives up the turn. Raises ValueError for a negative wait."""

    def future(self) -> Future[Any]:
        """A new future."""

    def spawn(self, coro: Coroutine[Any, Any, T], label: str) -> Task[T]:
        """Run a coroutine; it starts at a later turn, never inside this call.

        A failure is kept until somebody awaits the task; what nobody awaits is reported by the driver at the end.
        """

    def call_later(self, us: int, callback: Callable[[], None]) -> Timer:
        """Call a function once after a while."""


class Semaphore:
    """At most ``permits`` holders, served in order of arrival."""

    def __init__(self, kernel: Kernel, permits: int) -> None:
        if permits < 1:
            raise ValueError(f"a semaphore needs at least one permit, got {permits}")
        self._kernel = kernel
        self._free = permits
        self._waiting: deque[_Seat] = deque()

    @property
    def idle(self) -> bool:
        """Nobody waits."""
        return not self._waiting

    async def acquire(self) -> None:
        """Take a permit, waiting for one."""
        if self._free:
            self._free -= 1
            return
        seat = _Seat(self._kernel)
        self._waiting.append(seat)
        try:
            await seat.future
        except BaseException:
            seat.left = True
            if seat.future.done:
                # Handed over in the same instant it was cancelled: the permit must not be lost.
                self.release()
            raise

    def release(self) -> None:
        """Give a permit back; the first who still waits gets it."""
        while self._waiting:
            seat = self._waiting.popleft()
            if not seat.left:
                seat.future.set_result(None)
                return
        self._free += 1


class KeyedLock:
    """One holder per key, served in order of arrival; a key nobody wants costs nothing."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
        self._held: dict[str, Semaphore] = {}
        self._wanted: dict[str, int] = {}

    @asynccontextmanager
    async def hold(self, key: str) -> AsyncIterator[None]:
        """Hold a key for the length of a block."""
        lock = self._held.get(key)
        if lock is None:
            lock = self._held[key] = Semaphore(self._kernel, 1)
        self._wanted[key] = self._wanted.get(key, 0) + 1
        try:
            await lock.acquire()
            try:
                yield
            finally:
                lock.release()
        finally:
            self._wanted[key] -= 1
            if not self._wanted[key]:
                del self._wanted[key], self._held[key]

    def wanted(self) -> list[str]:
        """Keys held or waited for."""
        return sorted(self._wanted)


class Queue(Generic[T]):
    """First in, first out; putting never waits. A cancelled ``get`` takes nothing."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
        self._items: deque[T] = deque()
        self._waiting: deque[_Seat] = deque()

    def __len__(self) -> int:
        return len(self._items)

    def put(self, item: T) -> None:
        """Add an item, or hand it to the first who waits."""
        while self._waiting:
            seat = self._waiting.popleft()
            if not seat.left:
                seat.future.set_result(item)
                return
        self._items.append(item)

    async def get(self) -> T:
        """The next item, waiting for one."""
        if self._items:
            return self._items.popleft()
        seat = _Seat(self._kernel)
        self._waiting.append(seat)
        try:
            item: T = await seat.future
        except BaseException:
            seat.left = True
            if seat.future.done:
                self._items.appendleft(await seat.future)
            raise
        return item


class _Seat:
    """A place in a waiting line; ``left`` when whoever waited is gone."""

    __slots__ = ("future", "left")

    def __init__(self, kernel: Kernel) -> None:
        self.future = kernel.future()
        self.left = False


async def gather(kernel: Kernel, label: str, *coros: Coroutine[Any, Any, T]) -> list[T]:
    """Run coroutines together; results in their order. The first failure cancels the rest and is raised."""
    tasks = [kernel.spawn(coro, f"{label}/{index}") for index, coro in enumerate(coros)]
    finished: Queue[int] = Queue(kernel)
    for index, task in enumerate(tasks):
        task.on_done(partial(finished.put, index))
    results: list[Any] = [None] * len(tasks)
    try:
        for _ in tasks:
            index = await finished.get()
            results[index] = await tasks[index]
    except BaseException:
        await _stop_all(kernel, tasks)
        raise
    return results


async def timeout(kernel: Kernel, us: int, coro: Coroutine[Any, Any, T], label: str) -> T:
    """The coroutine's result; raises TimeoutExpired after ``us`` microseconds, when it has been cancelled."""
    task = kernel.spawn(coro, label)
    settled = kernel.future()

    def settle() -> None:
        if not settled.done:
            settled.set_result(None)

    timer = kernel.call_later(us, settle)
    task.on_done(settle)
    try:
        await settled
    except BaseException:
        await _stop_all(kernel, [task])
        raise
    finally:
        timer.cancel()
    if not task.done:
        await _stop_all(kernel, [task])
        raise TimeoutExpired(f"{label} did not finish within {us} us")
    return await task


async def _stop_all(kernel: Kernel, tasks: Sequence[Task[Any]]) -> None:
    for task in tasks:
        task.cancel()
    for task in tasks:
        gone = kernel.future()
        task.on_done(partial(gone.set_result, None))
        await gone
