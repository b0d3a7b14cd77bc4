"""Billing: an approved pre-bill becomes an invoice of the ERP; its number, tax and totals go back to PSA and CRM.

What the invoice bills of which obligation is kept, and goes to the revenue system with the next totals.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from sandbox.core.money import from_scaled
from sandbox.core.periods import Period
from sandbox.engine.canonical import BilledCost, LedgerInvoice, PreBill
from sandbox.engine.context import Context
from sandbox.engine.flows.credits import credit, tell_deal
from sandbox.engine.flows.expense import SPENT
from sandbox.engine.flows.obligations import obligation_id, rebilled_id, work_line
from sandbox.engine.flows.reductions import keep_reduction, largest, months_on
from sandbox.engine.resilience import Missing, Refused
from sandbox.engine.store import Work


class BillingFlow:
    """Pre-bills to invoices."""

    name = "billing"

    def __init__(self, context: Context) -> None:
        self._c = context

    async def handle(self, work: Work) -> None:
        """Issue the invoice of an approved pre-bill, once, and tell everybody."""
        context = self._c
        bill = await context.psa.pre_bill(work.key)
        if bill is None or bill.cancelled:
            await keep_reduction(context, None, work.key, None)
            return
        engagement = await context.known("psa", "engagement", bill.workspace_id)
        deal = await context.deal(engagement)
        if context.policy.reads_drafts() or not bill.draft:
            await keep_reduction(context, bill, work.key, deal["kind"])
        if bill.draft:
            return
        if bill.credits_id is not None:
            await credit(context, bill, engagement, deal)
            return
        before = await context.store.document("invoice", bill.invoice_id)
        if before is not None and before["number"] == bill.number:
            # It stands as it was issued; what was credited since is a document of its own. The deal may not know yet.
            await tell_deal(context, engagement)
            return
        lines = {item.story_id: await self._line(deal, item.story_id) for item in bill.items}
        costs = [await self._cost(expense_id, bill) for expense_id in bill.expense_ids]
        billed = await self._by_obligation(bill, deal, lines)
        for cost in costs:
            which = rebilled_id(context.interface, cost.line, str(Period.of(bill.on)))
            billed[which] = billed.get(which, Decimal(0)) + cost.net
        native_id = await context.erp.put_invoice(
            bill,
            job_id=await context.native("engagement", engagement, "erp"),
            customer_id=await context.native("client", deal["client_code"], "erp"),
            entity=deal["entity"],
            time_ids=[await context.native("time", entry_id, "erp") for entry_id in bill.entry_ids],
            lines=lines,
            costs=costs,
        )
        ledger = await context.erp.invoice(native_id)
        _must_agree(bill, ledger, sum(billed.values(), Decimal(0)))
        if bill.number != ledger.number:
            await context.psa.set_ledger_result(bill.invoice_id, ledger.number, ledger.effective_percent)
        await context.store.put_document("billed time", bill.invoice_id, await self._billed_time(bill, deal))
        # Only now: whoever pays by this document needs a pre-bill that knows its tax.
        await context.store.put_document("invoice", bill.invoice_id, _document(bill, ledger, engagement, billed))
        await tell_deal(context, engagement)

    async def worth(self, invoice_id: str) -> str:
        """What is at stake when a pre-bill cannot be issued: its net, as far as its time is known."""
        context = self._c
        bill = await context.psa.pre_bill(invoice_id)
        if bill is None:
            return ""
        cards = [await context.store.timecard(entry_id) for entry_id in bill.entry_ids]
        time = sum((from_scaled(card.value) for card in cards if card is not None), Decimal(0))
        return f"{time + sum((item.amount for item in bill.items), Decimal(0))} {bill.currency}"

    async def _billed_time(self, bill: PreBill, deal: dict[str, Any]) -> dict[str, list[str]]:
        """Time entry -> obligation and amount, as billed: a credit must find it however the time moves later."""
        found: dict[str, list[str]] = {}
        cards = await self._c.store.timecards(bill.entry_ids)
        for entry_id in bill.entry_ids:
            card = cards.get(entry_id)
            if card is not None:
                which = obligation_id(self._c.interface, deal, card.line, card.period)
                found[entry_id] = [which, str(from_scaled(card.value))]
        return found

    async def _line(self, deal: dict[str, Any], story_id: str) -> str:
        return await self._c.known("psa", "line", story_id) if story_id else work_line(deal)

    async def _cost(self, expense_id: str, bill: PreBill) -> BilledCost:
        """What was spent as the ERP has it; it must be posted before it is billed."""
        spent = await self._c.store.document(SPENT, expense_id)
        if spent is None or not spent["posted"]:
            raise Missing(f"expense {expense_id} of pre-bill {bill.title} is not posted yet")
        return BilledCost(spent["native_id"], 1, spent["line"], Decimal(spent["net"]))

    async def _by_obligation(self, bill: PreBill, deal: dict[str, Any], lines: dict[str, str]) -> dict[str, Decimal]:
        """What the bill takes from each obligation: time by the month it was accounted in, fixed amounts by line."""
        context = self._c
        billed: dict[str, Decimal] = {}
        months = await months_on(context, bill)
        for (line, period), value in months.items():
            which = obligation_id(context.interface, deal, line, period)
            billed[which] = billed.get(which, Decimal(0)) + value
        monthly = largest(months)
        for item in bill.items:
            period = monthly[1] if monthly else str(Period.of(bill.on))
            which = obligation_id(context.interface, deal, lines[item.story_id], period)
            billed[which] = billed.get(which, Decimal(0)) + item.amount
        return billed


def _must_agree(bill: PreBill, ledger: LedgerInvoice, expected: Decimal) -> None:
    if ledger.net != expected:
        raise Refused(f"invoice {ledger.number} of pre-bill {bill.title} is {ledger.net}, expected {expected}")


def _document(bill: PreBill, ledger: LedgerInvoice, engagement: str, billed: dict[str, Decimal]) -> dict[str, Any]:
    return {
        "deal": engagement,
        "on": bill.on.isoformat(),
        "number": ledger.number,
        "native_id": ledger.native_id,
        "net": str(ledger.net),
        "total": str(ledger.total),
        "rate": ledger.rate,
        "billed": {which: str(amount) for which, amount in sorted(billed.items())},
    }
