"""What pre-bills take off the time they are about: known from the draft on, and off the revenue of the time's month.

A right to invoice is worth what may be invoiced, so an amount written down on a draft is no revenue any more (J26).
The interface contract says which month it is taken from: the one that has most on the pre-bill, the earlier of two
that have as much.
"""

from __future__ import annotations

from decimal import Decimal

from sandbox.core.money import from_scaled
from sandbox.engine.canonical import PreBill
from sandbox.engine.context import Context
from sandbox.engine.flows.obligations import BY_MONTH
from sandbox.engine.resilience import Missing

_KIND = "reduction"


async def months_on(context: Context, bill: PreBill) -> dict[tuple[str, str], Decimal]:
    """Value of the time on a pre-bill by (contract line, posting month); raises Missing before all of it is posted."""
    found: dict[tuple[str, str], Decimal] = {}
    cards = await context.store.timecards(bill.entry_ids)
    for entry_id in bill.entry_ids:
        card = cards.get(entry_id)
        if card is None or not card.posted:
            raise Missing(f"time entry {entry_id} of pre-bill {bill.title} is not posted yet")
        at = (card.line, card.period)
        found[at] = found.get(at, Decimal(0)) + from_scaled(card.value)
    return found


def largest(months: dict[tuple[str, str], Decimal]) -> tuple[str, str] | None:
    """The (contract line, month) that amounts without a month of their own belong to; None without any time."""
    return max(sorted(months), key=lambda at: months[at], default=None)


async def keep_reduction(context: Context, bill: PreBill | None, invoice_id: str, kind: str | None) -> None:
    """Remember what a pre-bill takes off, or that it takes nothing off any more."""
    taken: dict[str, str] = {}
    release = context.interface.posting[kind].release if kind is not None else None
    if bill is not None and not bill.cancelled and bill.entry_ids and release == BY_MONTH:
        amount = -sum((item.amount for item in bill.items), Decimal(0))
        at = largest(await months_on(context, bill)) if amount else None
        if at is not None:
            taken = {"line": at[0], "period": at[1], "amount": str(amount)}
    if taken or await context.store.document(_KIND, invoice_id):
        await context.store.put_document(_KIND, invoice_id, taken)


async def reductions(context: Context) -> dict[tuple[str, str], Decimal]:
    """What is taken off by (contract line, posting month)."""
    found: dict[tuple[str, str], Decimal] = {}
    for each in (await context.store.documents(_KIND)).values():
        if each:
            at = (each["line"], each["period"])
            found[at] = found.get(at, Decimal(0)) + Decimal(each["amount"])
    return found
