"""The kernel of live time: tasks on asyncio, microseconds of a clock that is handed in."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Generator
from typing import Any, Generic, TypeVar

from sandbox.core.clock import SECOND_US, Clock

T = TypeVar("T")


class LiveFuture(Generic[T]):
    """asyncio's future with the kernel's names."""

    __slots__ = ("_callbacks", "_inner")

    def __init__(self) -> None:
        self._inner: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._callbacks: list[Callable[[], None]] = []

    @property
    def done(self) -> bool:
        return self._inner.done()

    def set_result(self, value: T) -> None:
        self._must_be_open()
        self._inner.set_result(value)
        self._announce()

    def set_error(self, error: BaseException) -> None:
        self._must_be_open()
        self._inner.set_exception(error)
        self._announce()

    def on_done(self, callback: Callable[[], None]) -> None:
        if self._inner.done():
            callback()
        else:
            self._callbacks.append(callback)

    def __await__(self) -> Generator[Any, None, T]:
        # Shielded: a cancelled waiter must not cancel the future under everybody else.
        return (self._inner if self._inner.done() else asyncio.shield(self._inner)).__await__()

    def _must_be_open(self) -> None:
        if self._inner.done():
            raise RuntimeError("this future is done already")

    def _announce(self) -> None:
        callbacks, self._callbacks = self._callbacks, []
        for callback in callbacks:
            callback()


class LiveTask(Generic[T]):
    """asyncio's task with the kernel's names."""

    __slots__ = ("_inner", "label")

    def __init__(self, kernel: LiveKernel, coro: Coroutine[Any, Any, T], label: str) -> None:
        self.label = label
        self._inner = asyncio.get_running_loop().create_task(coro, name=label)
        kernel.alive[self._inner] = None
        self._inner.add_done_callback(kernel.forget)

    @property
    def done(self) -> bool:
        return self._inner.done()

    @property
    def error(self) -> BaseException | None:
        return self._inner.exception() if self._inner.done() and not self._inner.cancelled() else None

    def cancel(self) -> None:
        if self._inner is asyncio.current_task():
            raise RuntimeError(f"task {self.label} cannot cancel itself")
        self._inner.cancel()

    def on_done(self, callback: Callable[[], None]) -> None:
        if self._inner.done():
            callback()
        else:
            self._inner.add_done_callback(lambda _: callback())

    def __await__(self) -> Generator[Any, None, T]:
        return (self._inner if self._inner.done() else asyncio.shield(self._inner)).__await__()


class LiveKernel:
    """Kernel on the running asyncio loop."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        # The loop keeps only weak references: without these a task may be collected while it runs.
        self.alive: dict[asyncio.Task[Any], None] = {}

    def now_us(self) -> int:
        return self._clock.now_us()

    async def sleep(self, us: int) -> None:
        if us < 0:
            raise ValueError(f"cannot sleep {us} us")
        await asyncio.sleep(us / SECOND_US)

    def future(self) -> LiveFuture[Any]:
        return LiveFuture()

    def spawn(self, coro: Coroutine[Any, Any, T], label: str) -> LiveTask[T]:
        return LiveTask(self, coro, label)

    def call_later(self, us: int, callback: Callable[[], None]) -> asyncio.TimerHandle:
        return asyncio.get_running_loop().call_later(us / SECOND_US, callback)

    def forget(self, task: asyncio.Task[Any]) -> None:
        """A task ended."""
        self.alive.pop(task, None)
