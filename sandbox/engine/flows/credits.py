"""Credits: a credit note of the PSA becomes a credit memo of the ERP, and a credit of the obligations that were billed.

Time that was billed in error is named and free to be billed again (J25); a concession is a lower price (J24).
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from sandbox.engine.canonical import CreditLine, PreBill
from sandbox.engine.context import Context
from sandbox.engine.flows.obligations import work_line
from sandbox.engine.resilience import Missing, Refused

CONCESSION, BILLING_ERROR = "concession", "billing_error"


async def credit(context: Context, note: PreBill, engagement: str, deal: dict[str, Any]) -> None:
    """Post the credit memo of a credit note, once, and tell everybody."""
    before = await context.store.document("credit", note.invoice_id)
    if before is not None and before["number"] == note.number:
        await tell_deal(context, engagement)
        return
    invoice = await context.store.document("invoice", str(note.credits_id))
    if invoice is None:
        raise Missing(f"credit note {note.title}: its invoice is not in the ERP yet")
    billed: dict[str, list[str]] = await context.store.document("billed time", str(note.credits_id)) or {}
    by_time = any(item.entry_id for item in note.items)
    lines = [
        CreditLine(
            -item.amount,
            work_line(deal),
            item.notes,
            await context.native("time", item.entry_id, "erp") if item.entry_id else None,
        )
        for item in note.items
    ]
    left = await _left(context, str(note.credits_id), invoice, note)
    amount = sum((each.amount for each in lines), Decimal(0))
    taken = _within(_of_time(note, billed), left) if by_time else _of_amount(left, amount)
    native_id = await context.erp.put_credit(
        note, invoice["native_id"], lines, BILLING_ERROR if by_time else CONCESSION
    )
    ledger = await context.erp.credit(native_id)
    if ledger.net != sum(taken.values(), Decimal(0)):
        raise Refused(f"credit {ledger.number} of {note.title} is {ledger.net}, expected {sum(taken.values())}")
    if note.number != ledger.number:
        await context.psa.set_ledger_result(note.invoice_id, ledger.number, ledger.effective_percent)
    document = {
        "deal": engagement,
        "invoice": note.credits_id,
        "on": note.on.isoformat(),
        "number": ledger.number,
        "net": str(ledger.net),
        "rule": (BILLING_ERROR if by_time else CONCESSION).upper(),
        "taken": {which: str(amount) for which, amount in sorted(taken.items())},
    }
    await context.store.put_document("credit", note.invoice_id, document)
    await tell_deal(context, engagement)


def _of_time(note: PreBill, billed: dict[str, list[str]]) -> dict[str, Decimal]:
    taken: dict[str, Decimal] = {}
    for item in note.items:
        if item.entry_id not in billed:
            raise Refused(f"credit note {note.title} names time its invoice does not bill")
        which, amount = billed[item.entry_id]
        taken[which] = taken.get(which, Decimal(0)) + Decimal(amount)
    return taken


def _within(taken: dict[str, Decimal], left: dict[str, Decimal]) -> dict[str, Decimal]:
    """No obligation gives back more than is billed of it: what is over, as after a write-down, others give."""
    kept = {which: min(amount, left.get(which, Decimal(0))) for which, amount in taken.items()}
    over = sum(taken.values(), Decimal(0)) - sum(kept.values(), Decimal(0))
    rest = {which: amount - kept.get(which, Decimal(0)) for which, amount in left.items()}
    for which, part in _of_amount(rest, over).items():
        kept[which] = kept.get(which, Decimal(0)) + part
    return {which: amount for which, amount in kept.items() if amount}


async def _left(context: Context, invoice_id: str, invoice: dict[str, Any], note: PreBill) -> dict[str, Decimal]:
    """What is billed of each obligation and not credited by other notes."""
    left = {which: Decimal(amount) for which, amount in invoice["billed"].items()}
    for ref, each in (await context.store.documents("credit")).items():
        if each["invoice"] == invoice_id and ref != note.invoice_id:
            for which, amount in each["taken"].items():
                left[which] -= Decimal(amount)
    return left


def _of_amount(left: dict[str, Decimal], amount: Decimal) -> dict[str, Decimal]:
    """An amount from the obligations that have most left, in that order; of two that have as much the first by name."""
    taken: dict[str, Decimal] = {}
    for which in sorted(left, key=lambda each: (-left[each], each)):
        part = min(amount, left[which])
        if part > 0:
            taken[which] = part
            amount -= part
    return taken


async def tell_deal(context: Context, engagement: str) -> None:
    """Write what is billed, credits taken off, and paid to the deal; one at a time, so that the last word is the
    newest."""
    deal = await context.deal(engagement)
    async with context.locks.hold(f"deal {engagement}"):
        invoices = [each for each in (await context.store.documents("invoice")).values() if each["deal"] == engagement]
        payments = [each for each in (await context.store.documents("payment")).values() if each["deal"] == engagement]
        credits_ = [each for each in (await context.store.documents("credit")).values() if each["deal"] == engagement]
        last = max(invoices, key=lambda each: (each["on"], each["number"]), default=None)
        billed = sum((Decimal(each["net"]) for each in invoices), Decimal(0))
        fields = {
            "Billed_Amount__c": billed - sum((Decimal(each["net"]) for each in credits_), Decimal(0)),
            "Paid_Amount__c": sum((Decimal(each["amount"]) for each in payments), Decimal(0)),
            "Last_Invoice__c": last["number"] if last else None,
        }
        await context.crm.set_fields("Opportunity", deal["native_id"], fields)
