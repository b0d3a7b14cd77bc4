"""What is written once on a future: seats, locks, queues and time-outs leave nothing behind.

That they mean the same on both kernels is shown in tests/drivers.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from sandbox.core.kernel import KeyedLock, Queue, Semaphore, TimeoutExpired, gather, timeout
from sandbox.drivers.simulated_kernel import SimulatedKernel, SimulatedTimer


class Watched(SimulatedKernel):
    """A kernel that counts how many planned calls were taken back."""

    def __init__(self) -> None:
        super().__init__(tie_seed=7)
        self.taken_back = 0

    def call_later(self, us: int, callback: Callable[[], None]) -> SimulatedTimer:
        timer = super().call_later(us, callback)
        cancel = timer.cancel
        outer = self

        class Counted(SimulatedTimer):
            def __init__(self) -> None:
                """Only stands in for the timer it counts."""

            def cancel(self) -> None:
                outer.taken_back += 1
                cancel()

        return Counted()


@pytest.fixture
def kernel() -> Watched:
    return Watched()


def play(kernel: SimulatedKernel, main: Coroutine[Any, Any, Any]) -> None:
    """Run a story to its end, or fail as it does."""
    task = kernel.spawn(main, "main")
    kernel.run_to(kernel.now_us() + 10_000)
    assert task.done, "the story waits for ever"
    kernel.raise_unfetched()


async def named(log: list[str], name: str, seats: Semaphore) -> None:
    await seats.acquire()
    log.append(name)


def test_a_waiter_who_left_is_passed_over(kernel: Watched) -> None:
    log: list[str] = []
    seats = Semaphore(kernel, 1)

    async def main() -> None:
        await seats.acquire()
        first, second = (kernel.spawn(named(log, name, seats), name) for name in ("leaves", "stays"))
        await kernel.sleep(10)
        first.cancel()
        await kernel.sleep(10)
        seats.release()
        await second
        seats.release()
        await seats.acquire()

    play(kernel, main())
    assert log == ["stays"]


def test_as_many_hold_a_semaphore_as_it_has_permits(kernel: Watched) -> None:
    log: list[str] = []
    seats = Semaphore(kernel, 2)

    async def main() -> None:
        for name in ("a", "b", "c"):
            kernel.spawn(named(log, name, seats), "guest")
        await kernel.sleep(10)
        assert log == ["a", "b"]
        assert not seats.idle
        seats.release()
        await kernel.sleep(10)
        assert log == ["a", "b", "c"]
        assert seats.idle

    play(kernel, main())


@pytest.mark.parametrize("permits", [0, -1])
def test_a_semaphore_nobody_could_hold_is_refused(kernel: Watched, permits: int) -> None:
    with pytest.raises(ValueError, match=f"at least one permit, got {permits}"):
        Semaphore(kernel, permits)


def test_the_keys_that_are_wanted_are_listed_in_order_and_forgotten_when_nobody_wants_them(kernel: Watched) -> None:
    locks = KeyedLock(kernel)

    async def hold(key: str) -> None:
        async with locks.hold(key):
            await kernel.sleep(100)

    async def main() -> None:
        tasks = [kernel.spawn(hold(key), "holder") for key in ("time:2", "time:1", "time:2")]
        await kernel.sleep(10)
        assert locks.wanted() == ["time:1", "time:2"]
        await kernel.sleep(100)
        assert locks.wanted() == ["time:2"]
        for task in tasks:
            await task

    play(kernel, main())
    assert locks.wanted() == []


def test_a_key_is_free_again_after_its_holder_failed(kernel: Watched) -> None:
    locks = KeyedLock(kernel)

    async def main() -> None:
        with pytest.raises(ZeroDivisionError):
            async with locks.hold("time:1"):
                raise ZeroDivisionError
        async with locks.hold("time:1"):
            assert locks.wanted() == ["time:1"]

    play(kernel, main())


def test_a_queue_says_how_much_is_in_it(kernel: Watched) -> None:
    queue: Queue[str] = Queue(kernel)

    async def main() -> list[str]:
        taker = kernel.spawn(queue.get(), "taker")
        await kernel.sleep(10)
        queue.put("handed over")
        assert len(queue) == 0
        queue.put("a")
        queue.put("b")
        assert len(queue) == 2
        return [await taker, await queue.get(), await queue.get()]

    task = kernel.spawn(main(), "main")
    kernel.run_to(100)
    assert task.result._value == ["handed over", "a", "b"]
    assert len(queue) == 0


def test_a_timeout_takes_its_alarm_back_however_it_ends(kernel: Watched) -> None:
    async def fails() -> None:
        raise ZeroDivisionError

    async def main() -> None:
        await timeout(kernel, 1_000, kernel_sleep(kernel, 10), "quick")
        assert kernel.taken_back == 1
        with pytest.raises(TimeoutExpired, match="late did not finish within 5 us") as caught:
            await timeout(kernel, 5, kernel_sleep(kernel, 10), "late")
        assert caught.value.code == "timeout"
        assert kernel.taken_back == 2
        with pytest.raises(ZeroDivisionError):
            await timeout(kernel, 1_000, fails(), "fails")
        assert kernel.taken_back == 3

    play(kernel, main())


def test_gathering_nothing_is_nothing(kernel: Watched) -> None:
    async def main() -> None:
        assert await gather(kernel, "nothing") == []

    play(kernel, main())


async def kernel_sleep(kernel: SimulatedKernel, us: int) -> None:
    """A coroutine that only takes time."""
    await kernel.sleep(us)
