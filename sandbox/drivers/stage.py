"""Live use: whose turn it is, how time passes, and when the world is quiet (verification.md section 6).

One lock for the whole world: whoever holds it is alone with all systems, so the order of the history is the order of
commits. Time stands still (stepped), or follows the wall clock by a rate (paced; real is a rate of one).
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

# Quiet must last so long: three times the longest usual gap between two requests of the engine, within these bounds.
SETTLE_MIN_S, SETTLE_MAX_S = 0.25, 5.0
# An engine that said nothing for so long is not there, and nobody waits for it.
ABSENT_S = 20
# How often a clock that runs is looked at, so that what is due happens although nobody asks.
_TICK_S = 0.05
# Questions whose answers are remembered, to tell an empty look from news.
_REMEMBERED = 20_000


class Stage:
    """The lock, the passing of time and the signs of life of an engine."""

    def __init__(self, now_us: Callable[[], int], run_to: Callable[[int], None]) -> None:
        self._now_us = now_us
        self._run_to = run_to
        self._turn = threading.Condition(threading.RLock())
        self._closing = False
        # Simulated microseconds per real second; None: the clock stands.
        self.rate: int | None = None
        self._last_rate = 1_000_000
        self._paced_from = (0, 0.0)
        self._ticker: threading.Thread | None = None
        self.flying = 0
        # Whether a job of the engine is being called: what it asks then is over when it answers.
        self._in_job = False
        # What failed on our own side, with its traceback: such a world is judged no more.
        self.broken = ""
        self._answers: dict[str, bytes] = {}
        self._asked: Counter[str] = Counter()
        self._last_request = self._last_news = time.monotonic() - ABSENT_S
        self._longest_gap = 0.0

    # -- turns ---------------------------------------------------------------------------------------------------------

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Alone with the world; a running clock has caught up."""
        with self._turn:
            self.catch_up()
            yield

    def wait(self, seconds: float) -> bool:
        """Give the turn away until something happened or a second has passed; False when the world is closing."""
        self._turn.wait(min(1.0, max(0.0, seconds)))
        return not self._closing

    def wake(self) -> None:
        """Something happened: whoever waits looks again."""
        with self._turn:
            self._turn.notify_all()

    def close(self) -> None:
        """Nobody waits any more and the clock stands."""
        with self._turn:
            self._closing = True
            self.rate = None
            self._turn.notify_all()
        if self._ticker is not None:
            self._ticker.join()

    # -- time ----------------------------------------------------------------------------------------------------------

    def pace(self, rate: int) -> None:
        """From now on ``rate`` simulated microseconds pass in a real second."""
        with self._turn:
            self.catch_up()
            self.rate = rate
            self._paced_from = (self._now_us(), time.monotonic())
        if self._ticker is None:
            self._ticker = threading.Thread(target=self._tick, name="sandbox-clock", daemon=True)
            self._ticker.start()

    def pause(self) -> None:
        """The clock stands from now on."""
        with self._turn:
            self.catch_up()
            self._last_rate, self.rate = self.rate or self._last_rate, None

    def resume(self) -> None:
        """The clock runs again as it did before it was paused; one that never ran becomes real."""
        self.pace(self.rate or self._last_rate)

    def catch_up(self) -> None:
        """Let the time pass that has passed; the turn is held."""
        if self.rate is None:
            return
        since_us, since = self._paced_from
        due_us = since_us + int((time.monotonic() - since) * self.rate)
        if due_us > self._now_us():
            self._run_to(due_us)
            self._turn.notify_all()

    def _tick(self) -> None:
        while not self._closing:
            with self._turn:
                self.catch_up()
            time.sleep(_TICK_S)

    def restart(self) -> None:
        """The world is another one, at another time; a running clock goes on from there."""
        self._paced_from = (self._now_us(), time.monotonic())
        self._answers.clear()

    # -- quiet ---------------------------------------------------------------------------------------------------------

    @contextmanager
    def in_flight(self, engine: bool) -> Iterator[None]:
        """A request is being served."""
        if engine and not self._in_job:
            now = time.monotonic()
            gap = now - self._last_request
            if gap < ABSENT_S:
                self._longest_gap = max(min(gap, SETTLE_MAX_S), self._longest_gap * 0.9)
            self._last_request = now
        self.flying += 1
        try:
            yield
        finally:
            self.flying -= 1

    def served(self, question: str, answer: bytes, *, committed: bool) -> None:
        """An answer goes out. Repeating a question whose answer has not changed is no news."""
        if len(self._answers) >= _REMEMBERED:
            self._answers.clear()
        if committed or self._answers.get(question) != answer:
            self._last_news = time.monotonic()
            self._answers[question] = answer
            self._turn.notify_all()
        self._asked[question] += 1

    @property
    def engine_is_here(self) -> bool:
        """Whether an engine has asked anything lately, outside the jobs that were called."""
        return time.monotonic() - self._last_request < ABSENT_S

    @contextmanager
    def job(self) -> Iterator[None]:
        """A job of the engine is called and waited for: its requests are no signs of an engine that works by itself."""
        self._in_job = True
        try:
            yield
        finally:
            self._in_job = False

    def settle(self, max_wait_s: int, idle: Callable[[], bool] | None = None) -> str | None:
        """Wait until the engine has been quiet for long enough; None, or what it kept asking when it never was.

        ``idle`` is the engine's own word, where it gives one. The turn must not be held.
        """
        began = time.monotonic()
        quiet_probes = 0
        self._asked.clear()
        while quiet_probes < 2:
            if time.monotonic() - began > max_wait_s:
                return next((question for question, _ in self._asked.most_common(1)), "nothing")
            window = max(SETTLE_MIN_S, min(SETTLE_MAX_S, 3 * self._longest_gap))
            quiet_since = max(self._last_news, began)
            quiet = self.flying == 0 and time.monotonic() - quiet_since >= window and (idle is None or idle())
            quiet_probes = quiet_probes + 1 if quiet else 0
            time.sleep(SETTLE_MIN_S / 10)
        return None
