"""The kernel of simulated time: native coroutines on one simpy environment.

simpy copies an exception as ``type(error)(*error.args)`` before it throws it into a process, which breaks every
exception with a constructor of its own, and it ends the run when a process fails before anybody waits for it. So no
error of ours ever travels through a simpy event: a task keeps its result, and simpy only sees processes that end.
"""

from __future__ import annotations

from asyncio import CancelledError
from collections.abc import Callable, Coroutine, Generator
from contextvars import Context, copy_context
from heapq import heappush
from itertools import count
from types import coroutine
from typing import Any, Generic, TypeVar

import simpy
from simpy.core import SimTime
from simpy.events import NORMAL, Event, EventPriority, Process, Timeout

from sandbox.core.chance import mixed
from sandbox.core.errors import HarnessError
from sandbox.core.ids import digest64
from sandbox.core.kernel import Killed

T = TypeVar("T")

_PENDING = object()
_COUNTER_BITS = 40


class TieEnvironment(simpy.Environment):
    """simpy with seeded ties: events of one instant are ordered by a key per lane and instant, then as scheduled.

    ``tie_seed`` None keeps simpy's own first-in-first-out. ``lane`` is the tie key of whoever has the turn.
    """

    def __init__(self, start_us: int, tie_seed: int | None) -> None:
        super().__init__(start_us)
        self.lane = 0
        self._tie_seed = tie_seed
        self._counter = count()
        self.due = self._queue

    def schedule(self, event: Event, priority: EventPriority = NORMAL, delay: SimTime = 0) -> None:
        at = self._now + delay
        order = next(self._counter)
        if self._tie_seed is not None:
            order |= (mixed(self._tie_seed ^ self.lane ^ int(at)) >> 48) << _COUNTER_BITS
        heappush(self._queue, (at, priority, order, event))

    def instant(self) -> int:
        """Now, in microseconds: delays are whole numbers, so the clock is one."""
        return self._now  # type: ignore[return-value]

    def move_to(self, us: int) -> None:
        """Let time pass without an event; nothing may be due before ``us``."""
        if self._queue and self._queue[0][0] < us:
            raise HarnessError(f"an event is due at {self._queue[0][0]}, before {us}")
        self._now = us


class SimulatedFuture(Generic[T]):
    """A value that somebody will supply."""

    __slots__ = ("_callbacks", "_env", "_error", "_events", "_value")

    def __init__(self, env: TieEnvironment) -> None:
        self._env = env
        self._value: Any = _PENDING
        self._error: BaseException | None = None
        self._events: list[Event] = []
        self._callbacks: list[Callable[[], None]] = []

    @property
    def done(self) -> bool:
        return self._value is not _PENDING or self._error is not None

    @property
    def error(self) -> BaseException | None:
        """What it failed with."""
        return self._error

    def set_result(self, value: T) -> None:
        self._must_be_open()
        self._value = value
        self._announce()

    def set_error(self, error: BaseException) -> None:
        self._must_be_open()
        self._error = error
        self._announce()

    def on_done(self, callback: Callable[[], None]) -> None:
        if self.done:
            callback()
        else:
            self._callbacks.append(callback)

    def __await__(self) -> Generator[Any, None, T]:
        if not self.done:
            event = Event(self._env)
            self._events.append(event)
            yield event
        if self._error is not None:
            raise self._error
        value: T = self._value
        return value

    def _must_be_open(self) -> None:
        if self.done:
            raise RuntimeError("this future is done already")

    def _announce(self) -> None:
        for event in self._events:
            event.succeed()
        callbacks, self._callbacks = self._callbacks, []
        for callback in callbacks:
            callback()


class SimulatedTask(Generic[T]):
    """A coroutine driven as a simpy process. It is the generator that simpy steps: ``send`` and ``throw``."""

    __slots__ = (
        "__name__",
        "_awaited",
        "_cancelled_early",
        "_context",
        "_coro",
        "_kernel",
        "_lane",
        "_started",
        "label",
        "process",
        "result",
    )

    def __init__(self, kernel: SimulatedKernel, coro: Coroutine[Any, Any, T], label: str, lane: int) -> None:
        self._kernel = kernel
        self._coro = coro
        self._lane = lane
        # Own copy: simpy steps all processes in one context, where a variable set by one would leak into the next.
        self._context: Context = copy_context()
        self._started = False
        self._cancelled_early = False
        self._awaited = False
        self.label = label
        self.__name__ = label
        self.result: SimulatedFuture[T] = SimulatedFuture(kernel.env)
        self.process: Process | None = None

    # -- what simpy calls ------------------------------------------------------------------------------------------

    def send(self, value: Any) -> Any:
        self._kernel.env.lane = self._lane
        if not self._started:
            self._started = True
            if self._cancelled_early:
                self._coro.close()
                self._end(error=CancelledError())
                raise StopIteration
        return self._step(self._coro.send, value)

    def throw(self, error: BaseException) -> Any:
        self._kernel.env.lane = self._lane
        # simpy's Interrupt is an Exception, which ``except Exception`` would swallow: a cancellation must not be.
        return self._step(self._coro.throw, CancelledError() if isinstance(error, simpy.Interrupt) else error)

    def _step(self, resume: Callable[[Any], Any], argument: Any) -> Any:
        try:
            return self._context.run(resume, argument)
        except StopIteration as ended:
            self._end(value=ended.value)
        except (KeyboardInterrupt, SystemExit, HarnessError):
            raise
        except BaseException as failed:  # noqa: BLE001 - kept, and raised at whoever awaits the task
            self._end(error=failed)
        raise StopIteration

    # -- what tasks offer ------------------------------------------------------------------------------------------

    @property
    def done(self) -> bool:
        return self.result.done

    @property
    def error(self) -> BaseException | None:
        error = self.result.error
        return None if isinstance(error, CancelledError | Killed) else error

    def cancel(self) -> None:
        if self.result.done:
            return
        if not self._started:
            self._cancelled_early = True
        elif self.process is not None and self.process is not self._kernel.env.active_process:
            self.process.interrupt()
        else:
            raise RuntimeError(f"task {self.label} cannot cancel itself")

    def on_done(self, callback: Callable[[], None]) -> None:
        self.result.on_done(callback)

    def __await__(self) -> Generator[Any, None, T]:
        self._kernel.failed.pop(self, None)
        self._awaited = True
        return self.result.__await__()

    def _end(self, value: Any = None, error: BaseException | None = None) -> None:
        self._kernel.alive.pop(self, None)
        if error is None:
            self.result.set_result(value)
            return
        if not self._awaited and not isinstance(error, CancelledError | Killed):
            self._kernel.failed[self] = error
        self.result.set_error(error)


class SimulatedTimer:
    """A call planned for later."""

    __slots__ = ("_callback",)

    def __init__(self, env: TieEnvironment, us: int, callback: Callable[[], None]) -> None:
        self._callback: Callable[[], None] | None = callback
        timeout = Timeout(env, us)
        timeout.callbacks.append(self._fire)

    def cancel(self) -> None:
        self._callback = None

    def _fire(self, _: Event) -> None:
        if self._callback is not None:
            self._callback()


class SimulatedKernel:
    """Kernel on simpy. ``alive`` and ``failed`` hold the tasks that run and those whose failure nobody fetched."""

    def __init__(self, start_us: int = 0, tie_seed: int | None = None) -> None:
        self.env = TieEnvironment(start_us, tie_seed)
        self.alive: dict[SimulatedTask[Any], None] = {}
        self.failed: dict[SimulatedTask[Any], BaseException] = {}
        self._lanes: dict[str, int] = {}

    def now_us(self) -> int:
        return self.env.instant()

    @coroutine
    def sleep(self, us: int) -> Generator[Event, Any, None]:
        if us < 0:
            raise ValueError(f"cannot sleep {us} us")
        yield Timeout(self.env, us)

    def future(self) -> SimulatedFuture[Any]:
        return SimulatedFuture(self.env)

    def spawn(self, coro: Coroutine[Any, Any, T], label: str) -> SimulatedTask[T]:
        lane_name = label.partition("/")[0]
        lane = self._lanes.get(lane_name)
        if lane is None:
            lane = self._lanes[lane_name] = digest64("lane", lane_name)
        task: SimulatedTask[T] = SimulatedTask(self, coro, label, lane)
        self.alive[task] = None
        before, self.env.lane = self.env.lane, lane
        task.process = Process(self.env, task)  # type: ignore[arg-type]
        self.env.lane = before
        return task

    def call_later(self, us: int, callback: Callable[[], None]) -> SimulatedTimer:
        return SimulatedTimer(self.env, us, callback)

    def cancel_all(self, prefix: str) -> None:
        """Cancel every task whose label starts so, except the one that has the turn: it has to end by itself."""
        active = self.env.active_process
        for task in list(self.alive):
            if task.label.startswith(prefix) and task.process is not active:
                task.cancel()

    def run_to(self, us: int) -> None:
        """Process everything due up to and at ``us``, then let the clock stand there; adds no event of its own."""
        env = self.env
        step, queue = env.step, env.due
        while queue and queue[0][0] <= us:
            step()
        env.move_to(us)

    def due_us(self) -> int | None:
        """When the next event is due; None when there is none and only futures nobody supplies are awaited."""
        queue = self.env.due
        return int(queue[0][0]) if queue else None

    def stuck(self) -> list[str]:
        """Labels of the tasks that can never go on: alive, and no event is due at all."""
        return [] if self.env.due else [task.label for task in self.alive]

    def raise_unfetched(self) -> None:
        """Raises HarnessError when a task failed and nobody ever awaited it: nothing is dropped silently."""
        for task, error in self.failed.items():
            raise HarnessError(f"task {task.label} failed and nobody awaited it: {error!r}") from error
