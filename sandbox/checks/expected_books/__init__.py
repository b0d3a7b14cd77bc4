"""What the books must show, from deeds and contracts alone.

Reads the plan (terms, rates, who did what) and from the history only when a person's deed took effect. It knows no
system's records, no engine and nothing of how the revenue system computes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sandbox.checks.expected_books.billing import Billing
from sandbox.checks.expected_books.books import HAZARDS, Card, EntityMonth, ExpectedBooks, Invoice, Month, Outlay
from sandbox.checks.expected_books.desk import Desk
from sandbox.checks.expected_books.payroll import PayRuns
from sandbox.checks.expected_books.revenue import Revenue
from sandbox.checks.expected_books.spend import Spend
from sandbox.checks.expected_books.time import Time
from sandbox.interface import Interface
from sandbox.plan import Plan

__all__ = ["HAZARDS", "Card", "EntityMonth", "ExpectedBooks", "Invoice", "Month", "Outlay", "expected_books"]


def expected_books(plan: Plan, interface: Interface, history: Iterable[Mapping[str, Any]]) -> ExpectedBooks:
    """Walk through the deeds that were done, in the order they took effect; deeds no chapter knows move nothing."""
    desk = Desk(plan, interface)
    revenue, pay_runs = Revenue(desk), PayRuns(desk)
    entries = {
        verb: note
        for chapter in (Time(desk), Billing(desk), revenue, Spend(desk), pay_runs)
        for verb, note in chapter.entries().items()
    }
    effective = _took_effect(history)
    done = [deed for deed in plan.deeds if deed.label in effective and deed.verb in entries]
    for deed in sorted(done, key=lambda each: (effective[each.label], each.label)):
        entries[deed.verb](deed, effective[deed.label])
    revenue.positions()
    pay_runs.run()
    pay_runs.absorbed()
    return desk.books


def _took_effect(history: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    """Deed -> instant of its first committed change, or of its end when it changed nothing; done deeds only."""
    first: dict[str, int] = {}
    done: dict[str, int] = {}
    for record in history:
        if record["kind"] == "change" and record.get("deed"):
            first.setdefault(record["deed"], record["t_us"])
        elif record["kind"] == "deed" and record["outcome"] == "done":
            done[record["deed"]] = record["t_us"]
    return {label: first.get(label, ended) for label, ended in done.items()}
