"""Pre-bills as the PSA's own changes tell them: what was drafted, and what became of it before the approval.

The history is needed: a draft forgets what was taken off it. Amounts are minor units at the rate of the moment.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from sandbox.checks.derived import issued, written_down
from sandbox.checks.ledger import to_minor
from sandbox.core.money import exponent, line_net_minor
from sandbox.core.observe import Row
from sandbox.core.periods import Period

if TYPE_CHECKING:
    from sandbox.checks.case import Case


@dataclass(slots=True)
class DraftedBill:
    """A draft of time in minor units: drafted = billed + held + written down + transferred."""

    drafted: int = 0
    billed: int = 0
    held: int = 0
    written_down: int = 0
    transferred: int = 0


def drafted_bills(case: Case) -> dict[str, DraftedBill]:
    """Pre-bill -> what became of its draft; documents without time are left out."""
    found: dict[str, DraftedBill] = {}
    entries: dict[str, dict[str, Any]] = {}
    drafts: dict[str, bool] = {}
    for change in case.commits_of("psa.time_entry", "psa.invoice"):
        after = change["after"]
        if change["record"] == "invoice":
            drafts[change["rec"]] = bool(after.get("draft", drafts.get(change["rec"])))
            continue
        before = entries.setdefault(change["rec"], {})
        was, now = before.get("invoice_id"), after.get("invoice_id", before.get("invoice_id"))
        if was is not None and now != was and drafts.get(was, True):
            _taken_off(found[was], before, after)
        before.update(after)
        if now is not None and now != was:
            bill = found.setdefault(now, DraftedBill())
            bill.drafted += _value(before)
            bill.billed += _value(before)
    for item in case.rows("psa.additional_item").values():
        if item["invoice_id"] in found:
            amount = to_minor(case, item["amount"], item["currency"])
            found[item["invoice_id"]].billed += amount
            found[item["invoice_id"]].written_down -= amount
    return found


def _taken_off(bill: DraftedBill, before: Row, after: dict[str, Any]) -> None:
    value = _value(before)
    bill.billed -= value
    if after.get("written_off"):
        bill.written_down += value
    elif after.get("workspace_id", before["workspace_id"]) != before["workspace_id"]:
        bill.transferred += value
    else:
        bill.held += value


def _value(entry: Row) -> int:
    return line_net_minor(entry["time_in_minutes"], entry["rate"], exponent(entry["currency"]))


def written_down_by_engagement(case: Case) -> dict[str, list[tuple[int, Period, Period | None, int]]]:
    """Engagement -> (amount below zero, month it is taken from, month billed, instant it was known) of what drafts take
    off, in minor units."""
    invoices = issued(case)
    found: dict[str, list[tuple[int, Period, Period | None, int]]] = {}
    for item, engagement, _, period in written_down(case):
        invoice = invoices.get(item["invoice_id"])
        billed = Period.of(date.fromisoformat(invoice["invoice_date"])) if invoice is not None else None
        amount = to_minor(case, item["amount"], item["currency"])
        found.setdefault(engagement, []).append((amount, period, billed, item["_created_us"]))
    return found
