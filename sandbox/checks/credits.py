"""Credits as the PSA's credit notes tell them: which obligation gives back how much of which bill."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from typing import TYPE_CHECKING

from sandbox.core.observe import Row

if TYPE_CHECKING:
    from sandbox.checks.case import Case

# Invoice, obligation, amount at 1e-4.
Add = Callable[[Row, str, int], None]


def credit_notes(case: Case) -> list[tuple[str, Row]]:
    """Credit notes in the order they were made."""
    notes = [(ref, row) for ref, row in case.rows("psa.invoice").items() if row.get("credited_invoice_id")]
    return sorted(notes, key=lambda each: (each[1]["_created_us"], each[0]))


def credited_items(case: Case) -> dict[str, list[Row]]:
    """Credit note -> its items."""
    found: dict[str, list[Row]] = {ref: [] for ref, _ in credit_notes(case)}
    for item in case.rows("psa.additional_item").values() if found else ():
        if item["invoice_id"] in found:
            found[item["invoice_id"]].append(item)
    return found


def bill_given_back(case: Case, add: Add) -> None:
    """Time that was billed and given back is no more on its invoice: ``add`` it where it was billed."""
    items, invoices = credited_items(case), case.rows("psa.invoice")
    for note_id, note in credit_notes(case):
        for item in items[note_id]:
            if item["time_entry_id"] is not None:
                invoice = invoices[note["credited_invoice_id"]]
                add(invoice, _obligation(case, invoice, item["time_entry_id"]), -item["amount"])


def take_back(case: Case, billed: dict[tuple[str, str], int], add: Add) -> None:
    """Add what every credit note takes back, below zero. ``billed`` is what was billed by (invoice, obligation)."""
    items, left = credited_items(case), dict(billed)
    for note_id, note in credit_notes(case):
        invoice = case.rows("psa.invoice")[note["credited_invoice_id"]]
        mine = {which: amount for (ref, which), amount in left.items() if ref == invoice["id"]}
        taken: dict[str, int] = {}
        over = 0
        for item in items[note_id]:
            # Time gives back where it was billed, as far as that has been billed; the rest and amounts by size.
            amount, which = -item["amount"], None
            if item["time_entry_id"] is not None:
                which = _obligation(case, invoice, item["time_entry_id"])
            part = min(amount, mine.get(which, 0)) if which is not None else 0
            if which is not None and part:
                taken[which] = taken.get(which, 0) + part
                mine[which] -= part
            over += amount - part
        for which, part in _by_size(mine, over):
            taken[which] = taken.get(which, 0) + part
        for which, amount in taken.items():
            left[invoice["id"], which] -= amount
            add(note, which, -amount)


def _by_size(left: dict[str, int], amount: int) -> Iterable[tuple[str, int]]:
    """An amount from where most is left, in that order; of two that have as much the first by name."""
    for which in sorted(left, key=lambda each: (-left[each], each)):
        part = min(amount, left[which])
        if part > 0:
            yield which, part
            amount -= part


def _obligation(case: Case, invoice: Row, entry_id: str) -> str:
    """Where time was billed: by the month its approval put it in, on the contract line of that project's work."""
    terms = case.terms[str(case.ref("psa.workspace", invoice["workspace_id"]))]
    entry = case.rows("psa.time_entry")[entry_id]
    decided_us = case.rows("psa.timesheet_submission")[entry["active_submission_id"]]["current_resolution_us"]
    day, entity = date.fromisoformat(entry["date_performed"]), case.plan.entity(terms.entity)
    period = case.interface.posting_period(case.plan.start, entity, day, decided_us)
    pattern = case.interface.obligation_ids[case.interface.posting[terms.kind].release]
    return pattern.replace("{line}", terms.line).replace("{period}", str(period))
