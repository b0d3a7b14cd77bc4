"""The engine: looks at every source on its schedule, and works off what it found, one key at a time.

Nothing is kept in a coroutine's locals that a restart would need: what is to be done, what was seen and what was sent
is in the store, and schedules depend on the clock alone.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from decimal import Decimal
from typing import Any, Protocol

from sandbox.core.client import LoginRefused
from sandbox.core.clock import DAY_US, moment
from sandbox.core.errors import NoAnswer
from sandbox.core.kernel import Future, Task, Timer
from sandbox.core.money import line_net
from sandbox.engine.context import Context
from sandbox.engine.flows.absence import AbsenceFlow
from sandbox.engine.flows.billing import BillingFlow
from sandbox.engine.flows.cash import CashFlow
from sandbox.engine.flows.close import CloseFlow
from sandbox.engine.flows.cost_rate import CostRateFlow
from sandbox.engine.flows.expense import ExpenseFlow
from sandbox.engine.flows.holds import HoldFlow
from sandbox.engine.flows.letters import LETTERS, LettersFlow, case_work
from sandbox.engine.flows.milestone import MilestoneFlow
from sandbox.engine.flows.payroll import PayrollFlow
from sandbox.engine.flows.project import ProjectFlow
from sandbox.engine.flows.revenue import RevenueFlow
from sandbox.engine.flows.staffing import StaffingFlow
from sandbox.engine.flows.statements import StatementFlow
from sandbox.engine.flows.subcontract import SubcontractFlow
from sandbox.engine.flows.time import TimeFlow
from sandbox.engine.flows.unreadable import UnreadableFlow
from sandbox.engine.flows.workforce import WorkforceFlow
from sandbox.engine.resilience import Missing, Refused, Unavailable
from sandbox.engine.service import StatusService
from sandbox.engine.store import DeadLetter, Work

Look = Callable[[], Awaitable[None]]
Watch = Callable[[Task[Any]], None]
Worth = Callable[[str], Awaitable[str]]

# What kind of thing the key of each flow's work names; a project's key is the CRM's own id.
_ABOUT = {
    "project": "opportunity",
    "workforce": "worker",
    "time": "time",
    "billing": "invoice",
    "cash": "payment",
    "revenue": "batch",
    "milestone": "milestone",
    "event": "event",
    "cost_rate": "cost_rate",
    "absence": "absence",
    "statement": "statement",
    "staffing": "assignment",
    "hold": "client",
    "expense": "expense",
    "subcontract": "bill",
    "payroll": "payroll",
    "close": "close",
}
_NOT_NOW = (Missing, Unavailable, LoginRefused, NoAnswer)


def _unwatched(task: Task[Any]) -> None:
    return None


class Flow(Protocol):
    """What handles one kind of work."""

    name: str

    async def handle(self, work: Work) -> None:
        """Do it; raises Missing, Unavailable or Refused."""


class Engine:
    """One running instance."""

    def __init__(self, context: Context) -> None:
        self._c = context
        project, workforce = ProjectFlow(context), WorkforceFlow(context)
        time, billing = TimeFlow(context), BillingFlow(context)
        cash, revenue = CashFlow(context), RevenueFlow(context)
        milestone, unreadable = MilestoneFlow(context), UnreadableFlow()
        cost_rates, absences = CostRateFlow(context), AbsenceFlow(context)
        self._flows: dict[str, Flow] = {
            flow.name: flow for flow in (project, workforce, time, billing, cash, revenue, milestone, unreadable)
        }
        self._flows[LETTERS] = LettersFlow(context, {time.name: time.again}, about)
        # What is at stake where the work does not say it itself: it is read again.
        self._worth: dict[str, Worth] = {
            project.name: project.worth,
            billing.name: billing.worth,
            revenue.name: revenue.worth,
        }
        staffing = StaffingFlow(context)
        self._flows |= {flow.name: flow for flow in (cost_rates, absences, staffing)}
        self._sources: dict[str, Look] = {
            "hris.workers": workforce.look,
            "crm.changes": project.look,
            "psa.events": time.look,
            "psa.sweep": time.sweep,
            "erp.bank_lines": cash.look,
            "revenue.batches": revenue.look,
            "revenue.totals": revenue.start_totals,
            "erp.standard_costs": cost_rates.look,
            "hris.absences": absences.look,
            "psa.allocations": staffing.look,
        }
        expense, subcontract = ExpenseFlow(context), SubcontractFlow(context)
        self._flows |= {flow.name: flow for flow in (expense, subcontract)}
        self._sources |= {"psa.expense_sweep": expense.sweep, "erp.bills": subcontract.look}
        statements, payroll = StatementFlow(context), PayrollFlow(context)
        self._flows |= {flow.name: flow for flow in (statements, payroll)}
        if context.settings.takes_statements:
            self._sources["files.statements"] = statements.look
        if context.settings.pay_periods:
            self._sources["files.payroll"] = payroll.look
        holds = HoldFlow(context)
        self._flows[holds.name] = holds
        self._sources["erp.holds"] = holds.look
        close = CloseFlow(context)
        self._flows[close.name] = close
        if "close.cutoff" in context.interface.polling:
            self._sources["close.cutoff"] = close.look
        self.service = StatusService(context)
        self._under_way: set[tuple[str, str]] = set()
        self._looking = 0
        self._wake: Future[None] | None = None
        self._alarm: Timer | None = None
        self._tasks: list[Task[Any]] = []
        self._watch: Watch = _unwatched

    def start(self, watch: Watch) -> None:
        """Begin; ``watch`` is shown every task that lives as long as the engine."""
        self._watch = watch
        self._c.ports.note("engine", event="start", policy=self._c.policy.name)
        if not self._c.policy.runs:
            return
        for source, look in self._sources.items():
            self._tasks.append(self._c.ports.spawn(self._keep_looking(source, look), source))
        self._tasks.append(self._c.ports.spawn(self._work_off(), "dispatch"))
        for task in self._tasks:
            watch(task)

    def stop(self) -> None:
        """End all tasks; what was under way goes on after the next start."""
        for task in self._tasks:
            task.cancel()

    async def pending(self) -> int:
        """Pieces of work due now or under way, and looks under way."""
        return await self._c.store.pending(self._c.ports.now_us()) + self._looking

    # -- looking -------------------------------------------------------------------------------------------------------

    async def _keep_looking(self, source: str, look: Look) -> None:
        context = self._c
        if context.interface.polling[source].daily_at is not None:
            await context.ports.sleep_until(self._first_daily(source))
        while True:
            self._looking += 1
            arrivals, not_before_us = context.store.arrivals, 0
            try:
                await look()
            except (Unavailable, Refused, LoginRefused, NoAnswer) as failed:
                context.ports.note("engine", event="look failed", source=source, reason=failed.message)
                not_before_us = context.ports.now_us() + (failed.wait_us if isinstance(failed, Unavailable) else 0)
            finally:
                self._looking -= 1
            if context.store.arrivals != arrivals:
                self._rouse()
            next_us = context.interface.next_look_us(source, context.settings.start, context.ports.now_us())
            await context.ports.sleep_until(max(next_us, not_before_us))

    def _first_daily(self, source: str) -> int:
        return self._c.interface.next_look_us(source, self._c.settings.start, self._c.ports.now_us())

    # -- working off ---------------------------------------------------------------------------------------------------

    async def _work_off(self) -> None:
        context = self._c
        while True:
            self._wake = context.ports.kernel.future()
            free = context.policy.concurrency() - len(self._under_way)
            if free > 0:
                due = await context.store.due_work(context.ports.now_us(), len(self._under_way) + free)
                for work in due:
                    if free and (work.flow, work.lane) not in self._under_way:
                        free -= 1
                        self._begin(work)
            await self._set_alarm()
            await self._wake

    def _begin(self, work: Work) -> None:
        self._under_way.add((work.flow, work.lane))
        task = self._c.ports.spawn(self._process(work), f"{work.flow} {work.lane}")
        self._tasks.append(task)
        self._watch(task)
        task.on_done(lambda: self._end(work, task))

    def _end(self, work: Work, task: Task[None]) -> None:
        self._under_way.discard((work.flow, work.lane))
        self._tasks.remove(task)
        self._rouse()

    def _rouse(self) -> None:
        if self._wake is not None and not self._wake.done:
            self._wake.set_result(None)

    async def _set_alarm(self) -> None:
        """Wake up when postponed work is due."""
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
        due_us = await self._c.store.next_due_after(self._c.ports.now_us())
        if due_us is not None:
            self._alarm = self._c.ports.kernel.call_later(due_us - self._c.ports.now_us(), self._rouse)

    async def _process(self, work: Work) -> None:
        context = self._c
        try:
            await self._flows[work.flow].handle(work)
        except _NOT_NOW as not_now:
            if isinstance(not_now, Unavailable) and context.policy.is_done(not_now.status):
                await self._finish(work)
                return
            await self._postpone(work, not_now.message, not_now.wait_us if isinstance(not_now, Unavailable) else 0)
        except Refused as refused:
            await self._bury(work, refused.message, refused.status)
        else:
            context.ports.passed("before checkpoint")
            await self._finish(work)

    async def _finish(self, work: Work) -> None:
        """Done; a dead letter about it is resolved, and its owner hears of it."""
        context = self._c
        letter_id = letter_id_of(work)
        resolved = await context.store.finish_work(work, context.ports.now_us(), case_work(context, letter_id))
        if resolved:
            told = {"id": letter_id, "about": f"{_ABOUT[work.flow]}:{work.key}", "flow": work.flow}
            context.ports.note("engine", event="letter resolved", dl=told)

    async def _postpone(self, work: Work, reason: str, wait_us: int) -> None:
        policy, now_us = self._c.policy, self._c.ports.now_us()
        if now_us - work.since_us > policy.gives_up_after_us():
            await self._bury(work, f"gave up: {reason}", None)
            return
        await self._c.store.postpone_work(work, now_us + max(wait_us, policy.requeue_delay_us(work.attempts)))

    async def _bury(self, work: Work, reason: str, status: int | None) -> None:
        context, now_us = self._c, self._c.ports.now_us()
        if work.flow == LETTERS:
            # A letter about a letter helps nobody: it stays in the list without a case, and that is told.
            context.ports.note("engine", event="case not filed", letter=work.key, reason=reason)
            await context.store.finish_work(work)
            return
        owner = context.policy.owner(work.flow, status)
        letter = DeadLetter(
            letter_id=letter_id_of(work),
            flow=work.flow,
            key=work.key,
            reason=reason,
            owner=owner,
            amount=_amount(work) or await self._read_worth(work),
            raised_us=now_us,
            due_us=_workdays_later(context.ports.clock.epoch, now_us, context.policy.letter_due_workdays(owner)),
            payload=work.payload,
        )
        await context.store.bury_work(work, letter, case_work(context, letter.letter_id))
        told = {
            "id": letter.letter_id,
            "about": about(letter),
            "flow": letter.flow,
            "reason": letter.reason,
            "owner": letter.owner,
            "amount": letter.amount,
            "due_us": letter.due_us,
        }
        context.ports.note("engine", event="deadletter", dl=told)

    async def _read_worth(self, work: Work) -> str:
        """What is at stake as its source says, nothing when that cannot be read now."""
        read = self._worth.get(work.flow)
        try:
            return await read(work.key) if read is not None else ""
        except (*_NOT_NOW, Refused):
            return ""


def about(letter: DeadLetter) -> str:
    """The thing a dead letter is about, ``time:5025892979``."""
    return f"{_ABOUT[letter.flow]}:{letter.key}"


def letter_id_of(work: Work) -> str:
    """What a dead letter about this work is called, however often it is given up: its replay is known by it."""
    return f"{work.flow} {work.key}"


def _workdays_later(epoch: datetime, now_us: int, days: int) -> int:
    """The same time of day (UTC) that many weekdays later."""
    at_us = now_us
    while days:
        at_us += DAY_US
        days -= moment(epoch, at_us).weekday() < 5
    return at_us


def _amount(work: Work) -> str:
    """What is at stake, as far as the work itself says: money where it has a price, else time."""
    payload = work.payload if isinstance(work.payload, dict) else {}
    if payload.get("billable") and Decimal(payload["rate"]):
        net = line_net(payload["minutes"], Decimal(payload["rate"]), payload["currency"])
        return f"{net.amount} {payload['currency']}"
    if "minutes" in payload:
        return f"{payload['minutes']} min"
    if "amount" in payload:
        return f"{payload['amount']} {payload.get('currency', '')}".strip()
    return ""
