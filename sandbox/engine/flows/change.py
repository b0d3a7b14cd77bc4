"""Change orders: what of a deal is in force once the client approved changes of it.

Everything that depends on a deal is told totals, never differences, so that an order that arrives late, twice or after
a later one changes nothing but the total. In the PSA the new price waits for the project lead, in the revenue system
for the accountant who decides its treatment; neither keeps the ERP from billing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from sandbox.engine.canonical import Deal, DealChange
from sandbox.engine.policy import Policy


def in_force(deal: Deal, policy: Policy) -> Deal:
    """A deal with lines, price, hours and end as its approved changes leave them; hours go to the line the change is
    about, one the deal had or one the change adds."""
    changes = policy.changes_in_force(deal.changes)
    if not changes:
        return deal
    lines = tuple(
        replace(
            line,
            price=line.price + _added(changes, line.code),
            budget_minutes=line.budget_minutes
            + sum(each.minutes for each in changes if _first_line(each) == line.code),
        )
        for line in (*deal.lines, *(line for each in changes for line in each.lines))
    )
    ends = [deal.end, *(each.end for each in changes if each.end is not None)]
    added = sum((_added(changes, line.code) for line in lines), Decimal(0))
    return replace(deal, lines=lines, amount=deal.amount + added, end=max(ends))


def change_fields(deal: Deal, before: dict[str, Any] | None) -> dict[str, Any]:
    """What is kept of the changes beside a deal's document. ``modified_on`` dates the revenue system's modification:
    the approval of what came since the deal was told last."""
    known = before or {}
    told = {each["number"] for each in known.get("changes", ())}
    fresh = [each.on for each in deal.changes if each.number not in told]
    modified_on = max(fresh).isoformat() if fresh else known.get("modified_on")
    return {
        "modified_on": modified_on,
        "changes": [
            {
                "number": each.number,
                "on": each.on.isoformat(),
                "from_now_on": each.from_now_on,
                "line": _first_line(each),
                "minutes": each.minutes,
            }
            for each in deal.changes
        ],
    }


def caught_up_on(deal: dict[str, Any]) -> list[date]:
    """Days on which progress is told as well: approvals of changes that count from the beginning."""
    changes = deal.get("changes", ())
    return sorted({date.fromisoformat(each["on"]) for each in changes if not each["from_now_on"]})


def budget_on(deal: dict[str, Any], line: str, day: date) -> int:
    """Minutes a line was sold on as of a day: those of changes approved later are no measure of what was done by then
    (accounting.md J31)."""
    later = (
        each["minutes"]
        for each in deal.get("changes", ())
        if each["line"] == line and date.fromisoformat(each["on"]) > day
    )
    budget: int = deal["lines"][line]["budget_minutes"]
    return budget - int(sum(later))


def _added(changes: Sequence[DealChange], line: str) -> Decimal:
    return sum((amount for each in changes for code, amount in each.amounts if code == line), Decimal(0))


def _first_line(change: DealChange) -> str:
    return change.amounts[0][0] if change.amounts else ""
