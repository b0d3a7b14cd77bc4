"""The traps of coroutines on simpy, each seen to be closed."""

from __future__ import annotations

import asyncio

import pytest
import simpy

from sandbox.core.errors import HarnessError
from sandbox.drivers.simulated_kernel import SimulatedKernel


def order_of(seed: int | None, instants: int = 40) -> list[str]:
    kernel = SimulatedKernel(tie_seed=seed)
    log: list[str] = []

    async def actor(name: str) -> None:
        for _ in range(instants):
            await kernel.sleep(10)
            log.append(name)

    for name in ("a", "b", "c"):
        kernel.spawn(actor(name), name)
    kernel.run_to(10_000)
    return log


def test_ties_are_the_same_for_one_seed_and_explored_by_others() -> None:
    assert order_of(1) == order_of(1)
    assert len({tuple(order_of(seed)) for seed in range(5)}) == 5


def test_ties_do_not_favour_one_lane_for_good() -> None:
    firsts = order_of(1)[::3]
    assert {"a", "b", "c"} == set(firsts)


def test_without_a_seed_ties_are_first_in_first_out() -> None:
    assert order_of(None) == ["a", "b", "c"] * 40


def test_events_of_one_lane_keep_their_order_within_an_instant() -> None:
    for seed in range(20):
        kernel = SimulatedKernel(tie_seed=seed)
        log: list[int] = []

        async def write(number: int, kernel: SimulatedKernel = kernel, log: list[int] = log) -> None:
            await kernel.sleep(5)
            log.append(number)

        for number in range(6):
            kernel.spawn(write(number), "lane/part")
        kernel.run_to(10)
        assert log == [0, 1, 2, 3, 4, 5]


def test_pausing_draws_no_tie_and_changes_no_order() -> None:
    def run(stops: list[int]) -> list[tuple[int, str]]:
        kernel = SimulatedKernel(tie_seed=3)
        log: list[tuple[int, str]] = []

        async def actor(name: str) -> None:
            while True:
                await kernel.sleep(10)
                log.append((kernel.now_us(), name))

        for name in ("a", "b", "c"):
            kernel.spawn(actor(name), name)
        for stop in stops:
            kernel.run_to(stop)
        return log

    assert run([1_000]) == run([5, 10, 11, 300, 300, 999, 1_000])


def test_simpys_own_run_until_would_have_changed_the_order() -> None:
    # Why run_to exists: env.run(until=...) schedules an event and so moves the counter every tie depends on.
    kernel = SimulatedKernel(tie_seed=3)
    before = next(kernel.env._counter)
    kernel.env.run(until=5)
    assert next(kernel.env._counter) > before + 1


def test_time_does_not_pass_over_something_due() -> None:
    kernel = SimulatedKernel()
    kernel.call_later(10, lambda: None)
    with pytest.raises(HarnessError, match="due at 10"):
        kernel.env.move_to(11)


def test_a_failure_nobody_fetches_is_reported_at_the_end() -> None:
    kernel = SimulatedKernel()

    async def fails() -> None:
        raise ValueError("lost")

    kernel.spawn(fails(), "somebody")
    kernel.run_to(10)
    with pytest.raises(HarnessError, match="somebody failed and nobody awaited it"):
        kernel.raise_unfetched()


def test_a_task_that_waits_for_nothing_is_found() -> None:
    kernel = SimulatedKernel()

    async def waits() -> None:
        await kernel.future()

    kernel.spawn(waits(), "engine/forever")
    kernel.run_to(10)
    assert kernel.stuck() == ["engine/forever"]


def test_asyncio_inside_simulated_code_fails_at_once() -> None:
    kernel = SimulatedKernel()

    async def sleeps() -> str:
        try:
            await asyncio.sleep(1)
        except RuntimeError as refused:
            return str(refused)
        return "slept"

    task = kernel.spawn(sleeps(), "sleeper")
    kernel.run_to(10)
    assert task.result._value == "no running event loop"


def test_simpy_itself_cannot_carry_our_errors() -> None:
    # Why no error of ours travels through a simpy event: it copies the exception from its args alone.
    class Two(Exception):
        def __init__(self, left: str, right: str) -> None:
            super().__init__(f"{left}{right}")

    environment = simpy.Environment()

    def fails() -> object:
        yield environment.timeout(1)
        raise Two("a", "b")

    environment.process(fails())  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="right"):
        environment.run()


def test_an_uncontended_asyncio_lock_would_have_worked_and_a_contended_one_not() -> None:
    # Why the import is banned and not left to fail: it fails only under contention.
    kernel = SimulatedKernel()
    lock = asyncio.Lock()
    log: list[str] = []

    async def holder(name: str) -> None:
        async with lock:
            log.append(name)
            await kernel.sleep(10)

    first, second = kernel.spawn(holder("first"), "a"), kernel.spawn(holder("second"), "b")
    kernel.run_to(5)
    assert log == ["first"]
    assert not first.done
    assert isinstance(second.result._error, RuntimeError | AttributeError)
