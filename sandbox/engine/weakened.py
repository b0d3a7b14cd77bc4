"""Engines that decide one thing wrong: one method of the reference policy each, to show what it is good for."""

from __future__ import annotations

from datetime import date

from sandbox.core.chance import Stream
from sandbox.core.periods import Period
from sandbox.engine.policy import Policy


class NoKey(Policy):
    """Creates without a key of its own: what exists already is not found by creating it again."""

    name = "no-key"

    def create_key(self, agreed: str) -> str | None:
        return None


class Blind(Policy):
    """Sends again what was not answered, without looking whether it is there."""

    name = "blind"

    def looks_up_before_retry(self, capability: str) -> bool:
        return False


class PayDay(Policy):
    """Posts a whole pay run in the month it is paid in, whenever it was earned."""

    name = "pay-day"

    def payroll_month(self, said: Period, pay_day: date) -> Period:
        return Period.of(pay_day)


class NoRetry(Policy):
    """Gives up what is refused or unanswered once."""

    name = "no-retry"

    def gives_up_after_us(self) -> int:
        return 0

    def retry_delay_us(self, attempt: int, retry_after_us: int | None, stream: Stream) -> int | None:
        return None


WEAKENED: dict[str, type[Policy]] = {policy.name: policy for policy in (NoKey, NoRetry, Blind, PayDay)}
