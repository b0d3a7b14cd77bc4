"""Engines that decide one thing wrong: one method of the reference policy each, to show what it is good for."""

from __future__ import annotations

from datetime import date

from sandbox.core.chance import Stream
from sandbox.engine.policy import Policy


class NoKey(Policy):
    """Creates without a key of its own: what exists already is not found by creating it again."""

    name = "no-key"

    def create_key(self, agreed: str) -> str | None:
        return None


class NoRetry(Policy):
    """Gives up what is refused or unanswered once."""

    name = "no-retry"

    def gives_up_after_us(self) -> int:
        return 0

    def retry_delay_us(self, attempt: int, retry_after_us: int | None, stream: Stream) -> int | None:
        return None


class LeaversAtOnce(Policy):
    """Lets a leaver go when the leave is entered, whatever its date (F37)."""

    name = "leavers-at-once"

    def has_left(self, last_day: date | None, today: date) -> bool:
        return last_day is not None


class NoRescission(Policy):
    """Never believes that a last day was taken back."""

    name = "no-rescission"

    def last_day(self, known: date | None, said: date | None) -> date | None:
        return said or known


class NoReroute(Policy):
    """Leaves what waits for a leaver's decision with the leaver (F38)."""

    name = "no-reroute"

    def reroutes_approvals(self) -> bool:
        return False


class StaleAnswers(Policy):
    """Answers a question as it was answered the first time."""

    name = "stale-answers"

    def answers_anew(self) -> bool:
        return False


WEAKENED: dict[str, type[Policy]] = {
    policy.name: policy for policy in (NoKey, NoRetry, LeaversAtOnce, NoRescission, NoReroute, StaleAnswers)
}
