"""Letting simulated time pass in a living world: by steps, each of which ends when the engine is quiet again.

The shape is that of a test clock: forward only, one advance at a time, back when the world has settled.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass

from sandbox.core.clock import DAY_US, MINUTE_US
from sandbox.core.errors import UsageError
from sandbox.live.triggers import Trigger, Triggers
from sandbox.live.world import LiveWorld

# With an engine about, time passes in steps of the shortest interval at which anything is looked at (contract: 15
# minutes in office hours); with nobody there only to let others have a turn.
STEP_US = 15 * MINUTE_US
# What a step may take of real time until the engine is called restless: assumed.
MAX_WAIT_S = 60


@dataclass(frozen=True, slots=True)
class Advanced:
    """What an advance did. ``restless`` is what the engine kept asking when it never came to rest."""

    from_us: int
    now_us: int
    steps: int
    triggers: int
    restless: str | None


class Advancing:
    """Advances of one world."""

    def __init__(self, live: LiveWorld, triggers: Triggers, idle: Callable[[], bool] | None = None) -> None:
        self._live = live
        self._triggers = triggers
        self._one = threading.Lock()
        self.idle = idle

    def advance(self, to_us: int, step_us: int = STEP_US, max_wait_s: int = MAX_WAIT_S) -> Advanced:
        """Let time pass until ``to_us``; returns when the world has settled there, or when it would not settle.

        Raises UsageError for a step back, while the clock runs by itself, or while another advance is under way.
        """
        stage = self._live.stage
        if stage.rate is not None:
            raise UsageError("the clock runs by itself; pause it first", code="clock_runs")
        if to_us < self._live.now_us:
            raise UsageError("the clock cannot go back; restore a snapshot instead", code="clock_back")
        if not self._one.acquire(blocking=False):
            raise UsageError("another advance is under way", code="clock_busy")
        try:
            return self._advance(to_us, step_us, max_wait_s)
        finally:
            self._one.release()

    def _advance(self, to_us: int, step_us: int, max_wait_s: int) -> Advanced:
        live, stage = self._live, self._live.stage
        began, steps, called = live.now_us, 0, 0
        restless: str | None = None
        while live.now_us < to_us and restless is None:
            at_work = self._at_work
            due = self._triggers.due(live.now_us)
            stop, ringing = self._stop(live, to_us, step_us if at_work else DAY_US, due)
            with live.turn():
                live.run_to(stop)
                stage.wake()
            steps += 1
            done = self._ring(ringing)
            # The first job of an advance shows whether its engine goes on after the answer.
            first_job = bool(ringing) and not called
            called += len(ringing)
            if at_work or self._at_work or first_job or not done:
                restless = stage.settle(max_wait_s, self.idle)
        return Advanced(began, live.now_us, steps, called, restless)

    @property
    def _at_work(self) -> bool:
        """Whether an engine works by itself, and so has to be waited for: one that only has jobs rests between them."""
        return self._live.stage.engine_is_here or self.idle is not None

    def _ring(self, ringing: list[Trigger]) -> bool:
        """Call jobs one after another; whether all of them are done."""
        done = True
        for trigger in ringing:
            with self._live.stage.job():
                done = self._triggers.call(trigger, self._live.now_iso) and done
        return done

    @staticmethod
    def _stop(
        live: LiveWorld, to_us: int, step_us: int, due: tuple[int, list[Trigger]] | None
    ) -> tuple[int, list[Trigger]]:
        """How far the next step goes, and which triggers ring there. A stretch in which nothing is due is one step."""
        now = live.now_us
        next_us = live.due_us()
        stop = min(to_us, max(now + step_us, to_us if next_us is None else next_us))
        if due is not None and due[0] <= stop:
            return due
        return stop, []
