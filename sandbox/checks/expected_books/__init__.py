"""What the books must show, from deeds and contracts alone.

Reads the plan (terms, rates, who did what) and from the history only when a person's deed took effect. It knows no
system's records, no engine and nothing of how the revenue system computes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sandbox.checks.expected_books.accruals import Accruals
from sandbox.checks.expected_books.billing import Billing
from sandbox.checks.expected_books.books import (
    HAZARDS,
    Card,
    ExpectedBooks,
    Invoice,
    Month,
    Outlay,
    PreBill,
)
from sandbox.checks.expected_books.changes import Changes
from sandbox.checks.expected_books.credits import Credits
from sandbox.checks.expected_books.desk import Desk
from sandbox.checks.expected_books.intercompany import Intercompany
from sandbox.checks.expected_books.payroll import PayRuns
from sandbox.checks.expected_books.people import People
from sandbox.checks.expected_books.pre_bills import PreBills
from sandbox.checks.expected_books.revenue import Revenue
from sandbox.checks.expected_books.spend import Spend
from sandbox.checks.expected_books.time import Time
from sandbox.interface import Interface
from sandbox.plan import Plan

__all__ = [
    "HAZARDS",
    "Card",
    "ExpectedBooks",
    "Invoice",
    "Month",
    "Outlay",
    "PreBill",
    "expected_books",
]


def expected_books(plan: Plan, interface: Interface, history: Iterable[Mapping[str, Any]]) -> ExpectedBooks:
    """Walk through the deeds that were done, in the order they took effect; deeds no chapter knows move nothing."""
    desk = Desk(plan, interface)
    people = People(desk)
    accruals = Accruals(desk, people)
    revenue = Revenue(desk, accruals)
    intercompany, pay_runs = Intercompany(desk), PayRuns(desk)
    entries = {
        verb: note
        for chapter in (
            Time(desk),
            Billing(desk),
            Changes(desk),
            revenue,
            intercompany,
            PreBills(desk),
            Credits(desk),
            Spend(desk),
            pay_runs,
            people,
            accruals,
        )
        for verb, note in chapter.entries().items()
    }
    effective = _took_effect(plan, history)
    done = [deed for deed in plan.deeds if deed.label in effective and deed.verb in entries]
    for deed in sorted(done, key=lambda each: (*effective[each.label], each.label)):
        entries[deed.verb](deed, effective[deed.label][0])
    revenue.positions()
    intercompany.close()
    people.close()
    pay_runs.run()
    return desk.books


# Deeds that act on a list they read before: what was added to it between counts for the next one.
_READ_FIRST = {"draft_time": "time_entries.index"}


def _took_effect(plan: Plan, history: Iterable[Mapping[str, Any]]) -> dict[str, tuple[int, int]]:
    """Deed -> instant and place in the history of its first committed change, or of its end when it changed nothing; of
    a deed that acts on a list those of its reading the list. Done deeds only."""
    lists = {deed.label: _READ_FIRST[deed.verb] for deed in plan.deeds if deed.verb in _READ_FIRST}
    read: dict[str, tuple[int, int]] = {}
    first: dict[str, tuple[int, int]] = {}
    done: dict[str, tuple[int, int]] = {}
    for place, record in enumerate(history):
        kind, deed, at = record["kind"], record.get("deed"), (record["t_us"], place)
        if kind == "invoke" and deed in lists and record["route"] == lists[deed] and deed not in first:
            read[deed] = at
        elif kind == "change" and deed:
            first.setdefault(deed, at)
        elif kind == "deed" and record["outcome"] == "done":
            done[record["deed"]] = at
    return {label: read.get(label, first.get(label, ended)) for label, ended in done.items()}
