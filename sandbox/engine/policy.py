"""Every decision of the engine that can be made differently, one named method each.

An engine under test differs from the reference by one policy class and nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sandbox.core.chance import Stream
from sandbox.core.clock import HOUR_US, MINUTE_US, SECOND_US
from sandbox.core.periods import Period
from sandbox.engine.canonical import DealChange

# Owners of a dead letter: who can mend the cause.
IT, PMO, FINANCE = "IT", "PMO", "finance"


class Policy:
    """The reference: keys or look-ups before a retry, order per key, patience, and a sweep for what a feed lost."""

    name = "reference"
    runs = True

    # -- order and repetition ------------------------------------------------------------------------------------------

    def lane(self, key: str, event_id: str) -> str:
        """Work of one lane is done one after another; work about one key shares a lane."""
        return key

    def one_create_at_a_time(self) -> bool:
        """Whether creates of one and the same record wait for each other."""
        return True

    def forgets_events(self) -> bool:
        """Whether an event that was taken before is taken again."""
        return False

    def reads_back_us(self) -> int:
        """How far a look at a feed reaches back behind the watermark: feeds are late and unordered."""
        return 10 * MINUTE_US

    def sweeps(self) -> bool:
        """Whether what is approved at the source is compared with what arrived, once a day."""
        return True

    def old_news_after_us(self) -> int | None:
        """Age at which what an event tells is passed over; None: never, for feeds may be hours late."""
        return None

    def skips_unreadable(self) -> bool:
        """Whether an event that cannot be read is passed over without a word."""
        return False

    def set_up_order(self, steps: tuple[str, ...]) -> tuple[str, ...]:
        """In which order a won deal is set up: the project opens for time when all else stands."""
        return steps

    # -- expected cost -------------------------------------------------------------------------------------------------

    def expected_cost_source(self, month: Period, approved: Sequence[Period]) -> Period | None:
        """Which of the months estimates were approved for measures a month: the latest one up to it (O11 of
        accounting.md); None while there is none."""
        return max((each for each in approved if each <= month), default=None)

    # -- contracts that begin early, and change ------------------------------------------------------------------------

    def starts_at_risk(self) -> bool:
        """Whether a deal that sales lets begin before its signature is set up for time."""
        return True

    def changes_in_force(self, changes: Sequence[DealChange]) -> Sequence[DealChange]:
        """Which of the approved change orders count: each once, in whatever order they came in."""
        return changes

    def bill_rate(self, invoice: str, contract: str) -> str:
        """The rate of what was billed in another currency: the invoice's own, not the one the contract began with."""
        return invoice

    # -- doubt about a write -------------------------------------------------------------------------------------------

    def create_key(self, agreed: str) -> str | None:
        """The key a record is created under in the target, so that creating it again finds it."""
        return agreed

    def looks_up_before_retry(self, capability: str) -> bool:
        """Whether to look for the record before a create of unknown outcome is sent again."""
        return capability in ("strong_read", "extid")

    def is_done(self, status: int | None) -> bool:
        """Whether work that ended with a passing failure, or without an answer (None), counts as done all the same."""
        return False

    def reads_row_results(self) -> bool:
        """Whether what became of the single rows of an upload is asked for."""
        return True

    # -- patience ------------------------------------------------------------------------------------------------------

    def is_transient(self, status: int) -> bool:
        """Whether an answer means: not now."""
        return status in (408, 425, 429) or status >= 500

    def retry_delay_us(self, attempt: int, retry_after_us: int | None, stream: Stream) -> int | None:
        """How long to wait before sending the same again; None: give it back to the queue.

        The server's own wish is honoured; else the wait doubles from two seconds, with up to a quarter of jitter.
        """
        if attempt > 5:
            return None
        if retry_after_us is not None:
            return retry_after_us + stream.below(SECOND_US)
        wait = (1 << attempt) * SECOND_US
        return wait + stream.below(wait // 4)

    def requeue_delay_us(self, attempt: int) -> int:
        """How long work rests that met a closed door: a minute, doubling up to an hour."""
        return min(MINUTE_US << min(attempt, 6), HOUR_US)

    def gives_up_after_us(self) -> int:
        """Age at which work that never got through becomes a dead letter: by time, not by count."""
        return 72 * HOUR_US

    def concurrency(self) -> int:
        """Pieces of work under way at once; the ERP's smallest tier allows five requests."""
        return 4

    # -- close ---------------------------------------------------------------------------------------------------------

    def accrues_missing_time(self) -> bool:
        """Whether what is missing at the cut-off is accrued."""
        return True

    def looks_for_accruals(self) -> bool:
        """Whether finance may have accrued by hand what is missing, so that it is looked for before it is prepared."""
        return True

    # -- cash ----------------------------------------------------------------------------------------------------------

    def books_withheld_tax(self) -> bool:
        """Whether tax the client kept back, as the remittance says, settles the invoice together with the cash."""
        return True

    def checks_statement_numbers(self) -> bool:
        """Whether the statements of an account are taken in the order of their numbers, each once."""
        return True

    # -- billing -------------------------------------------------------------------------------------------------------

    def reads_drafts(self) -> bool:
        """Whether what a draft takes off its time counts before it is approved."""
        return True

    def keeps_month_of_moved_time(self) -> bool:
        """Whether time that moves to another project stays in the month it was posted to, closed or not."""
        return False

    # -- books ---------------------------------------------------------------------------------------------------------

    def payroll_month(self, said: Period, pay_day: date) -> Period:
        """The month a part of a pay run is cost of: the one the provider's journal says it was earned in."""
        return said

    # -- people --------------------------------------------------------------------------------------------------------

    def has_left(self, last_day: date | None, today: date) -> bool:
        """Whether somebody is gone: the last day is still worked, and a date to come is no news of today."""
        return last_day is not None and last_day < today

    def last_day(self, known: date | None, said: date | None) -> date | None:
        """The last day that counts, of the one known so far and the one HR says now: what was taken back is gone."""
        return said

    def answers_anew(self) -> bool:
        """Whether a question is answered from what is known now, not as it was answered before."""
        return True

    def reroutes_approvals(self) -> bool:
        """Whether what waits for a leaver's decision goes to the manager, before the door is closed."""
        return True

    def owner(self, flow: str, status: int | None) -> str:
        """Who gets a dead letter."""
        if status in (401, 403) or status is None:
            return IT
        return {"project": PMO, "workforce": PMO, "absence": PMO, "staffing": PMO}.get(flow, FINANCE)

    def letter_due_workdays(self, owner: str) -> int:
        """Working days within which a dead letter is to be dealt with: assumed."""
        return {IT: 1}.get(owner, 2)

    def files_cases(self) -> bool:
        """Whether a dead letter is filed as a case, so that its owner hears of it."""
        return True

    def replays_letters(self) -> bool:
        """Whether a dead letter is tried again when its owner says that the cause is mended."""
        return True


class NaivePolicy(Policy):
    """What is written first and regretted later: no keys, no look-up, no order."""

    name = "naive"

    def lane(self, key: str, event_id: str) -> str:
        return f"{key} {event_id}"

    def one_create_at_a_time(self) -> bool:
        return False

    def create_key(self, agreed: str) -> str | None:
        return None

    def looks_up_before_retry(self, capability: str) -> bool:
        return False


class NoPolicy(Policy):
    """Nothing is kept in step: the firm works, nothing syncs."""

    name = "none"
    runs = False


POLICIES: dict[str, type[Policy]] = {policy.name: policy for policy in (Policy, NaivePolicy, NoPolicy)}
