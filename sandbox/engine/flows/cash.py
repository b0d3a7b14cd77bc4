"""Cash: a bank line pays the invoice it names; the payment shows on the pre-bill and on the deal."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from decimal import Decimal
from typing import Any

from sandbox.engine.canonical import BankLine
from sandbox.engine.context import Context
from sandbox.engine.flows.billing import tell_deal
from sandbox.engine.resilience import Missing
from sandbox.engine.store import NewWork, Work

SOURCE = "erp.bank_lines"


class CashFlow:
    """Bank lines to payments."""

    name = "cash"

    def __init__(self, context: Context) -> None:
        self._c = context

    async def look(self) -> None:
        """Read the unmatched bank lines and queue those not taken before."""
        context = self._c
        lines = {line.line_id: line for line in await context.erp.unmatched_bank_lines()}
        fresh = list(lines)
        if not context.policy.forgets_events():
            fresh = await context.store.unseen(SOURCE, list(lines))
        work = [
            NewWork(self.name, context.policy.lane(line_id, line_id), line_id, _payload(lines[line_id]), tier=1)
            for line_id in fresh
        ]
        await context.take(SOURCE, fresh, work)

    async def handle(self, work: Work) -> None:
        """Match a bank line and post its payment, once."""
        context = self._c
        line = _line(work.payload)
        found = await context.erp.invoice_by_number(line.reference)
        if found is None:
            raise Missing(f"bank line {line.line_id} names {line.reference!r}, which is no invoice")
        invoice_id, customer_id = found
        documents = await context.store.documents("invoice")
        bill_id = next((ref for ref, each in documents.items() if each["number"] == line.reference), None)
        if bill_id is None:
            raise Missing(f"invoice {line.reference} has no pre-bill yet")
        engagement = documents[bill_id]["deal"]
        await context.erp.put_payment(line, invoice_id, customer_id)
        await context.psa.record_payment(bill_id, line.line_id, line.amount, line.currency, line.on)
        payment = {"deal": engagement, "amount": str(line.amount)}
        await context.store.put_document("payment", line.line_id, payment)
        await tell_deal(context, engagement)


def _payload(line: BankLine) -> dict[str, Any]:
    return {**asdict(line), "on": line.on.isoformat(), "amount": str(line.amount)}


def _line(payload: dict[str, Any]) -> BankLine:
    return BankLine(**{**payload, "on": date.fromisoformat(payload["on"]), "amount": Decimal(payload["amount"])})
