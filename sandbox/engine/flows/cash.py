"""Cash: a bank line pays the invoice it names; the payment shows on the pre-bill and on the deal.

Tax the client kept back settles the invoice with the cash; what is short stays open, what is too much stays unapplied.
Money that names no document is the client's, unapplied, until a person at finance applies it.
"""

from __future__ import annotations

import re
from dataclasses import asdict
from datetime import date
from decimal import Decimal
from typing import Any

from sandbox.engine.canonical import BankLine
from sandbox.engine.context import Context
from sandbox.engine.flows.credits import tell_deal
from sandbox.engine.resilience import Missing
from sandbox.engine.store import NewWork, Work

SOURCE = "erp.bank_lines"
# How clients write what they pay: the invoice, and the tax deducted at source (TDS) when there is some.
_REMITTANCE = re.compile(r"(?P<number>.*?)(?: TDS (?P<withheld>\d{1,12}(?:\.\d{1,4})?))?", re.DOTALL)


class CashFlow:
    """Bank lines to payments."""

    name = "cash"

    def __init__(self, context: Context) -> None:
        self._c = context

    async def look(self) -> None:
        """Read the unmatched bank lines and queue those not taken before, and payments that were applied since."""
        context = self._c
        lines = {line.line_id: line for line in await context.erp.unmatched_bank_lines()}
        fresh = list(lines)
        if not context.policy.forgets_events():
            fresh = await context.store.unseen(SOURCE, list(lines))
        work = [self._work(line_id, _payload(lines[line_id])) for line_id in fresh]
        await context.take(SOURCE, fresh, work + await self._applied_since())

    async def _applied_since(self) -> list[NewWork]:
        """What finance applied of the payments that named no invoice."""
        context, found = self._c, []
        for line_id, payload in (await context.store.documents("unapplied")).items():
            if await context.store.document("payment", line_id) is None:
                applied = await context.erp.applied(payload["payment_id"])
                if applied:
                    found.append(
                        self._work(line_id, {**payload, "applied": [[each, str(much)] for each, much in applied]})
                    )
        return found

    def _work(self, line_id: str, payload: dict[str, Any]) -> NewWork:
        return NewWork(self.name, self._c.policy.lane(line_id, line_id), line_id, payload, tier=1)

    async def handle(self, work: Work) -> None:
        """Match a bank line and post its payment, once; or show what was applied to which invoice."""
        context = self._c
        line = _line(work.payload)
        if "applied" in work.payload:
            for invoice_id, amount in work.payload["applied"]:
                await self._show(line, invoice_id, Decimal(amount))
            return
        number, withheld = _remitted(line)
        withheld = withheld if context.policy.books_withheld_tax() else Decimal(0)
        found = await context.erp.invoice_by_number(number)
        if found is None:
            await self._hold(line)
            return
        invoice_id, customer_id = found
        await self._pre_bill(invoice_id, number)
        async with context.locks.hold(f"open {invoice_id}"):
            settles = await self._settles(line, invoice_id, withheld)
            # More withheld than there is to settle is a mistake for finance to look at: the ERP refuses it.
            await context.erp.put_payment(line, invoice_id, customer_id, settles, withheld)
        if settles:
            await self._show(line, invoice_id, settles)

    async def _settles(self, line: BankLine, invoice_id: str, withheld: Decimal) -> Decimal:
        """How much of the invoice the line settles: decided once, for afterwards less is open."""
        context = self._c
        decided = await context.store.document("settlement", line.line_id)
        if decided is None:
            decided = str(min(line.amount + withheld, await context.erp.open_amount(invoice_id)))
            await context.store.put_document("settlement", line.line_id, decided)
        return Decimal(decided)

    async def _hold(self, line: BankLine) -> None:
        """Keep money that names no document for its client (J23); a number the ERP may still learn is waited for."""
        context = self._c
        unknown = f"bank line {line.line_id} names {line.reference!r}, which is no invoice"
        if any(char.isdigit() for char in line.reference):
            raise Missing(unknown)
        customer_id = await context.erp.customer_by_name(line.payer)
        if customer_id is None:
            raise Missing(unknown)
        nothing = Decimal(0)
        payment_id = await context.erp.put_payment(line, None, customer_id, nothing, nothing)
        await context.store.put_document("unapplied", line.line_id, {**_payload(line), "payment_id": payment_id})

    async def _pre_bill(self, invoice_id: str, number: str) -> tuple[str, str]:
        """(Pre-bill, engagement) of an invoice."""
        for ref, each in (await self._c.store.documents("invoice")).items():
            if each["native_id"] == invoice_id:
                return ref, each["deal"]
        raise Missing(f"invoice {number} has no pre-bill yet")

    async def _show(self, line: BankLine, invoice_id: str, amount: Decimal) -> None:
        context = self._c
        bill_id, engagement = await self._pre_bill(invoice_id, invoice_id)
        await context.psa.record_payment(bill_id, line.line_id, amount, line.currency, line.on)
        await context.store.put_document("payment", line.line_id, {"deal": engagement, "amount": str(amount)})
        await tell_deal(context, engagement)


def _payload(line: BankLine) -> dict[str, Any]:
    return {**asdict(line), "on": line.on.isoformat(), "amount": str(line.amount)}


def _line(payload: dict[str, Any]) -> BankLine:
    known = {name: payload[name] for name in BankLine.__slots__}
    return BankLine(**{**known, "on": date.fromisoformat(payload["on"]), "amount": Decimal(payload["amount"])})


def _remitted(line: BankLine) -> tuple[str, Decimal]:
    """(Invoice number, tax withheld) as the payer wrote them."""
    said = _REMITTANCE.fullmatch(line.reference)
    if said is None or said["withheld"] is None:
        return line.reference, Decimal(0)
    return said["number"], Decimal(said["withheld"])
