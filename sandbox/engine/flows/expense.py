"""Expenses: what an employee laid out and a lead approved becomes an expense report of the ERP; a supplier's bill that
was approved as an expense is approved in the ERP.

The feed only says that something changed; what it is now is read back, so neither repeats nor disorder matter.
"""

from __future__ import annotations

from typing import Any

from sandbox.core.clock import DAY_US, iso_z
from sandbox.core.periods import Period
from sandbox.engine.canonical import Expense
from sandbox.engine.context import Context
from sandbox.engine.flows.obligations import work_line
from sandbox.engine.resilience import Missing, Refused
from sandbox.engine.store import NewWork, Work

SWEEP = "psa.expense_sweep"
# Kind of the documents that remember what an expense became.
SPENT = "expense"
# How far the daily sweep reaches back: two nights of it may fail.
_SWEEP_DAYS = 3
# Nothing IT could mend: for finance.
_UNFIT = 422


class ExpenseFlow:
    """Approved expenses to the ledger."""

    name = "expense"

    def __init__(self, context: Context) -> None:
        self._c = context

    async def sweep(self) -> None:
        """Compare what is approved at the source with what arrived; queue what differs."""
        context = self._c
        if not context.policy.sweeps():
            return
        since = iso_z(context.ports.clock.epoch, context.ports.now_us() - _SWEEP_DAYS * DAY_US)
        work = []
        for expense in await context.psa.expenses_since(since):
            known = await context.store.document(SPENT, expense.expense_id)
            if (expense.approved_us is not None) != (known is not None and known["posted"]):
                lane = context.policy.lane(expense.expense_id, f"sweep {expense.expense_id}")
                work.append(NewWork(self.name, lane, expense.expense_id, tier=1))
        await context.take(SWEEP, (), work)

    async def handle(self, work: Work) -> None:
        """Post an approved expense, once."""
        context = self._c
        found = await context.psa.expenses([work.key])
        known = await context.store.document(SPENT, work.key)
        if not found or found[0].approved_us is None:
            if known is not None and known["posted"]:
                raise Refused(f"expense {work.key} is posted, and its approval was taken back", _UNFIT)
            return
        expense = found[0]
        engagement = await context.known("psa", "engagement", expense.workspace_id)
        deal = await context.deal(engagement)
        line = await context.known("psa", "line", expense.story_id) if expense.story_id else work_line(deal)
        if expense.vendor_id and known is None:
            raise Missing(f"the bill of expense {work.key} is not known yet")
        document = known or {"net": str(expense.net), "line": line, "posted": False}
        if "period" not in document:
            document["period"] = self._period(expense, deal["entity"])
            await context.store.put_document(SPENT, work.key, document)
        document["native_id"] = await self._post(expense, engagement, line, document)
        document["posted"] = True
        await context.store.put_document(SPENT, work.key, document)

    def _period(self, expense: Expense, entity: str) -> str:
        context = self._c
        approved_us = expense.approved_us if expense.approved_us is not None else context.ports.now_us()
        start, of = context.settings.start, context.entity(entity)
        return str(context.interface.spending_period(start, of, expense.on, approved_us))

    async def _post(self, expense: Expense, engagement: str, line: str, document: dict[str, Any]) -> str:
        context = self._c
        period = Period.parse(document["period"])
        if expense.vendor_id:
            bill_id = str(document["bill"])
            await context.erp.approve_bill(bill_id, period)
            return bill_id
        category = context.interface.expenses.categories.get(expense.category)
        if category is None:
            raise Refused(f"expense {expense.expense_id}: the ERP has no category for {expense.category!r}", _UNFIT)
        return await context.erp.put_expense(
            expense,
            employee_id=await context.native("worker", await context.known("psa", "worker", expense.user_id), "erp"),
            job_id=await context.native("engagement", engagement, "erp"),
            category=category,
            line=line,
            period=period,
        )
