"""Engines that decide one thing wrong: one method of the reference policy each, to show what it is good for."""

from __future__ import annotations

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


class NoDrafts(Policy):
    """Looks at a pre-bill when it is an invoice: what was written down on the draft comes too late for the month."""

    name = "no-drafts"

    def reads_drafts(self) -> bool:
        return False


class StaleMonth(Policy):
    """Leaves time that moves to another project in the month it was posted to."""

    name = "stale-month"

    def keeps_month_of_moved_time(self) -> bool:
        return True


WEAKENED: dict[str, type[Policy]] = {policy.name: policy for policy in (NoKey, NoRetry, NoDrafts, StaleMonth)}
