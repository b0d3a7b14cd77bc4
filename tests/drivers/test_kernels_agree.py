"""spawn, gather, timeout, cancellation, keyed lock and queue mean the same on simpy and on asyncio."""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Callable, Coroutine
from datetime import date
from typing import Any

import pytest

from sandbox.core.clock import ManualClock, epoch_of
from sandbox.core.errors import SandboxError
from sandbox.core.kernel import Kernel, KeyedLock, Queue, Semaphore, TimeoutExpired, gather, timeout
from sandbox.drivers.live_kernel import LiveKernel
from sandbox.drivers.simulated_kernel import SimulatedKernel

Main = Callable[[Kernel], Coroutine[Any, Any, Any]]
# One step of these stories; long enough that a busy machine keeps the order on a real loop.
STEP_US = 4_000


def on_simpy(main: Main) -> Any:
    kernel = SimulatedKernel(tie_seed=7)
    task = kernel.spawn(main(kernel), "main")
    kernel.run_to(10**9)
    assert kernel.stuck() == []
    return _result(task)


def on_asyncio(main: Main) -> Any:
    async def run() -> Any:
        return await main(LiveKernel(ManualClock(epoch_of(date(2026, 1, 12)))))

    return asyncio.run(run())


def _result(task: Any) -> Any:
    awaiting = task.__await__()
    try:
        next(awaiting)
    except StopIteration as ended:
        return ended.value
    raise AssertionError("main did not finish")


@pytest.fixture(params=[on_simpy, on_asyncio], ids=["simpy", "asyncio"])
def run(request: pytest.FixtureRequest) -> Callable[[Main], Any]:
    chosen: Callable[[Main], Any] = request.param
    return chosen


class Odd(SandboxError):
    """An error whose constructor takes two things, which simpy could not copy."""

    def __init__(self, left: str, right: str) -> None:
        super().__init__(f"{left} {right}", code="odd", left=left, right=right)


def test_a_spawned_task_starts_later_and_hands_back_its_result(run: Callable[[Main], Any]) -> None:
    async def main(kernel: Kernel) -> list[str]:
        log: list[str] = []

        async def child() -> str:
            log.append("child")
            return "result"

        task = kernel.spawn(child(), "child")
        log.append("parent")
        log.append(await task)
        return log

    assert run(main) == ["parent", "child", "result"]


def test_a_child_that_fails_unawaited_harms_nobody_until_it_is_joined(run: Callable[[Main], Any]) -> None:
    async def main(kernel: Kernel) -> list[str]:
        async def child() -> None:
            raise Odd("a", "b")

        task = kernel.spawn(child(), "child")
        await kernel.sleep(STEP_US)
        assert task.done
        try:
            await task
        except Odd as odd:
            return [odd.code, str(odd.fields["right"])]
        return []

    assert run(main) == ["odd", "b"]


def test_the_original_error_reaches_everybody_who_awaits(run: Callable[[Main], Any]) -> None:
    async def main(kernel: Kernel) -> list[bool]:
        error = Odd("x", "y")

        async def child() -> None:
            await kernel.sleep(STEP_US)
            raise error

        task = kernel.spawn(child(), "child")

        async def waiter() -> bool:
            try:
                await task
            except Odd as caught:
                return caught is error
            return False

        return await gather(kernel, "waiters", waiter(), waiter())

    assert run(main) == [True, True]


def test_cancelling_raises_what_except_exception_does_not_swallow(run: Callable[[Main], Any]) -> None:
    async def main(kernel: Kernel) -> list[str]:
        log: list[str] = []

        async def child() -> None:
            try:
                await kernel.sleep(100 * STEP_US)
            except Exception:
                log.append("swallowed")
            finally:
                log.append("cleaned up")
            log.append("went on")

        task = kernel.spawn(child(), "child")
        await kernel.sleep(STEP_US)
        task.cancel()
        try:
            await task
        except asyncio.CancelledError:
            log.append("cancelled")
        task.cancel()
        return log

    assert run(main) == ["cleaned up", "cancelled"]


def test_a_task_cancelled_before_its_first_turn_never_runs(run: Callable[[Main], Any]) -> None:
    async def main(kernel: Kernel) -> list[str]:
        log: list[str] = []

        async def child() -> None:
            log.append("ran")

        task = kernel.spawn(child(), "child")
        task.cancel()
        try:
            await task
        except asyncio.CancelledError:
            log.append("cancelled")
        return log

    assert run(main) == ["cancelled"]


def test_gather_keeps_the_order_of_its_arguments(run: Callable[[Main], Any]) -> None:
    async def main(kernel: Kernel) -> list[int]:
        async def after(steps: int) -> int:
            await kernel.sleep(steps * STEP_US)
            return steps

        return await gather(kernel, "all", after(3), after(1), after(2))

    assert run(main) == [3, 1, 2]


def test_the_first_failure_in_gather_cancels_the_others(run: Callable[[Main], Any]) -> None:
    async def main(kernel: Kernel) -> list[str]:
        log: list[str] = []

        async def slow() -> None:
            try:
                await kernel.sleep(100 * STEP_US)
            finally:
                log.append("stopped")

        async def failing() -> None:
            await kernel.sleep(STEP_US)
            raise Odd("a", "b")

        try:
            await gather(kernel, "all", slow(), failing())
        except Odd:
            log.append("failed")
        return log

    assert run(main) == ["stopped", "failed"]


def test_a_timeout_cancels_what_is_late_and_lets_pass_what_is_not(run: Callable[[Main], Any]) -> None:
    async def main(kernel: Kernel) -> list[str]:
        log: list[str] = []

        async def work(steps: int) -> str:
            try:
                await kernel.sleep(steps * STEP_US)
            finally:
                log.append(f"left {steps}")
            return f"did {steps}"

        log.append(await timeout(kernel, 20 * STEP_US, work(1), "quick"))
        try:
            await timeout(kernel, 2 * STEP_US, work(200), "late")
        except TimeoutExpired:
            log.append("expired")
        return log

    assert run(main) == ["left 1", "did 1", "left 200", "expired"]


def test_a_cancelled_timeout_stops_its_work(run: Callable[[Main], Any]) -> None:
    async def main(kernel: Kernel) -> list[str]:
        log: list[str] = []

        async def work() -> None:
            try:
                await kernel.sleep(200 * STEP_US)
            finally:
                log.append("work left")

        outer = kernel.spawn(timeout(kernel, 100 * STEP_US, work(), "inner"), "outer")
        await kernel.sleep(STEP_US)
        outer.cancel()
        try:
            await outer
        except asyncio.CancelledError:
            log.append("cancelled")
        return log

    assert run(main) == ["work left", "cancelled"]


def test_a_semaphore_serves_in_order_of_arrival(run: Callable[[Main], Any]) -> None:
    async def main(kernel: Kernel) -> list[str]:
        log: list[str] = []
        seats = Semaphore(kernel, 1)

        async def guest(name: str, arrives: int) -> None:
            await kernel.sleep(arrives * STEP_US)
            await seats.acquire()
            log.append(name)
            await kernel.sleep(4 * STEP_US)
            seats.release()

        await gather(kernel, "guests", guest("first", 0), guest("third", 2), guest("second", 1))
        return log

    assert run(main) == ["first", "second", "third"]


def test_a_permit_handed_to_somebody_just_cancelled_is_not_lost(run: Callable[[Main], Any]) -> None:
    async def main(kernel: Kernel) -> str:
        seats = Semaphore(kernel, 1)
        await seats.acquire()

        async def guest() -> None:
            await seats.acquire()

        waiting = kernel.spawn(guest(), "guest")
        await kernel.sleep(STEP_US)
        seats.release()
        waiting.cancel()
        await kernel.sleep(STEP_US)
        await timeout(kernel, 10 * STEP_US, seats.acquire(), "again")
        return "taken"

    assert run(main) == "taken"


def test_a_keyed_lock_holds_one_per_key_and_leaves_other_keys_alone(run: Callable[[Main], Any]) -> None:
    async def main(kernel: Kernel) -> tuple[list[str], list[str]]:
        log: list[str] = []
        locks = KeyedLock(kernel)

        async def work(key: str, arrives: int) -> None:
            await kernel.sleep(arrives * STEP_US)
            async with locks.hold(key):
                log.append(f"{key}+")
                await kernel.sleep(4 * STEP_US)
                log.append(f"{key}-")

        await gather(kernel, "work", work("a", 0), work("a", 1), work("b", 2))
        return log, locks.wanted()

    assert run(main) == (["a+", "b+", "a-", "a+", "b-", "a-"], [])


def test_a_cancelled_get_takes_nothing_from_a_queue(run: Callable[[Main], Any]) -> None:
    async def main(kernel: Kernel) -> list[int]:
        queue: Queue[int] = Queue(kernel)

        async def take() -> int:
            return await queue.get()

        gone = kernel.spawn(take(), "gone")
        stays = kernel.spawn(take(), "stays")
        await kernel.sleep(STEP_US)
        gone.cancel()
        await kernel.sleep(STEP_US)
        queue.put(1)
        queue.put(2)
        return [await stays, await queue.get()]

    assert run(main) == [1, 2]


def test_an_item_handed_to_somebody_just_cancelled_goes_back_to_the_front(run: Callable[[Main], Any]) -> None:
    async def main(kernel: Kernel) -> list[int]:
        queue: Queue[int] = Queue(kernel)

        async def take() -> int:
            return await queue.get()

        gone = kernel.spawn(take(), "gone")
        await kernel.sleep(STEP_US)
        queue.put(1)
        queue.put(2)
        gone.cancel()
        await kernel.sleep(STEP_US)
        return [await queue.get(), await queue.get()]

    assert run(main) == [1, 2]


def test_a_context_variable_of_one_task_is_not_seen_by_the_next(run: Callable[[Main], Any]) -> None:
    variable: contextvars.ContextVar[str] = contextvars.ContextVar("variable", default="untouched")

    async def main(kernel: Kernel) -> list[str]:
        async def sets() -> str:
            variable.set("mine")
            await kernel.sleep(2 * STEP_US)
            return variable.get()

        async def reads() -> str:
            await kernel.sleep(STEP_US)
            return variable.get()

        return await gather(kernel, "both", sets(), reads())

    assert run(main) == ["mine", "untouched"]


def test_a_cancelled_waiter_leaves_the_future_to_the_others(run: Callable[[Main], Any]) -> None:
    async def main(kernel: Kernel) -> str:
        future = kernel.future()

        async def wait() -> str:
            result: str = await future
            return result

        gone, stays = kernel.spawn(wait(), "gone"), kernel.spawn(wait(), "stays")
        await kernel.sleep(STEP_US)
        gone.cancel()
        await kernel.sleep(STEP_US)
        future.set_result("value")
        return await stays

    assert run(main) == "value"


def test_a_planned_call_that_is_cancelled_is_not_made(run: Callable[[Main], Any]) -> None:
    async def main(kernel: Kernel) -> list[str]:
        log: list[str] = []
        kernel.call_later(2 * STEP_US, lambda: log.append("kept"))
        kernel.call_later(STEP_US, lambda: log.append("dropped")).cancel()
        await kernel.sleep(4 * STEP_US)
        return log

    assert run(main) == ["kept"]


def test_a_negative_wait_is_refused(run: Callable[[Main], Any]) -> None:
    async def main(kernel: Kernel) -> str:
        try:
            await kernel.sleep(-1)
        except ValueError as refused:
            return str(refused)
        return ""

    assert run(main) == "cannot sleep -1 us"
