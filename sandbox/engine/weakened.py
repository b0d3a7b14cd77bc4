"""Engines that decide one thing wrong: one method of the reference policy each, to show what it is good for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sandbox.core.chance import Stream
from sandbox.core.periods import Period
from sandbox.engine.canonical import DealChange
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


class Forgetful(Policy):
    """Files its dead letters, and never tries again when their owner says that the cause is mended."""

    name = "forgetful"

    def replays_letters(self) -> bool:
        return False


class Silent(Policy):
    """Keeps its dead letters to itself."""

    name = "silent"

    def files_cases(self) -> bool:
        return False


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


class LastMonthsEstimate(Policy):
    """Measures a month by the expected cost that was approved for an earlier one, where there is one."""

    name = "last-months-eac"

    def expected_cost_source(self, month: Period, approved: Sequence[Period]) -> Period | None:
        before = max((each for each in approved if each < month), default=None)
        return before if before is not None else super().expected_cost_source(month, approved)


class SignedOnly(Policy):
    """Sets nothing up before the signature, whatever sales allowed."""

    name = "signed-only"

    def starts_at_risk(self) -> bool:
        return False


class ChangesTwice(Policy):
    """Counts the latest change order twice."""

    name = "changes-twice"

    def changes_in_force(self, changes: Sequence[DealChange]) -> Sequence[DealChange]:
        return (*changes, *changes[-1:])


class ContractRate(Policy):
    """Carries every invoice in another currency at the rate its contract began with."""

    name = "contract-rate"

    def bill_rate(self, invoice: str, contract: str) -> str:
        return contract


class CashOnly(Policy):
    """Books the cash of a payment and not the tax the client kept back from it."""

    name = "cash-only"

    def books_withheld_tax(self) -> bool:
        return False


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


class StaleAnswers(Policy):
    """Answers a question as it was answered the first time."""

    name = "stale-answers"

    def answers_anew(self) -> bool:
        return False


class NoAccruals(Policy):
    """Lets the month end without the time that is missing."""

    name = "no-accruals"

    def accrues_missing_time(self) -> bool:
        return False


class AccruesTwice(Policy):
    """Accrues what is missing at the cut-off without looking what finance accrued by hand (O21)."""

    name = "accrues-twice"

    def looks_for_accruals(self) -> bool:
        return False


WEAKENED: dict[str, type[Policy]] = {
    policy.name: policy
    for policy in (
        NoKey,
        NoRetry,
        Blind,
        PayDay,
        Forgetful,
        Silent,
        LeaversAtOnce,
        NoRescission,
        NoReroute,
        LastMonthsEstimate,
        SignedOnly,
        ChangesTwice,
        ContractRate,
        CashOnly,
        NoDrafts,
        StaleMonth,
        StaleAnswers,
        NoAccruals,
        AccruesTwice,
    )
}
