"""What a credit takes from which obligation, and what was billed on in a month."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

from sandbox.engine.flows import credits as flow
from sandbox.engine.flows.obligations import rebilled_id
from sandbox.engine.flows.revenue import RevenueFlow
from sandbox.interface import load_interface


def amounts(**of: str) -> dict[str, Decimal]:
    return {which: Decimal(amount) for which, amount in of.items()}


def test_what_is_over_is_given_by_the_obligation_with_most_left() -> None:
    # 120 of A, of which 100 are billed: 20 are over; C has more left than B.
    taken, left = amounts(A="120", B="30"), amounts(A="100", B="50", C="40")
    assert flow._within(taken, left) == amounts(A="100", B="30", C="20")
    # B has 50 - 30 = 20 left, C has 10: what is over is taken from B.
    assert flow._within(taken, amounts(A="100", B="50", C="10")) == amounts(A="100", B="50")


def test_an_obligation_that_gives_nothing_is_not_named() -> None:
    assert flow._within(amounts(A="10"), amounts(A="10", B="5")) == amounts(A="10")
    assert flow._within(amounts(A="10"), amounts(B="15")) == amounts(B="10")


def test_an_amount_is_taken_from_what_has_most_left_and_of_equals_the_first_by_name() -> None:
    assert flow._of_amount(amounts(B="5", A="5", C="9"), Decimal(12)) == amounts(C="9", A="3")


def test_two_invoices_of_a_month_are_one_amount_billed_on() -> None:
    interface = load_interface()
    which, later = (rebilled_id(interface, "ENG-01-L1", month) for month in ("2026-02", "2026-03"))
    deal = {
        "lines": {"ENG-01-L1": {}}, "code": "ENG-01", "entity": "UK", "client_code": "C", "client_name": "Client",
        "currency": "GBP", "start": "2026-01-05",
    }  # fmt: skip
    invoices = {
        "1": {"deal": "deal", "on": "2026-02-10", "billed": {which: "100.10", "something else": "7.00"}},
        "2": {"deal": "deal", "on": "2026-02-28", "billed": {which: "20.05"}},
        "3": {"deal": "deal", "on": "2026-03-01", "billed": {later: "1.00"}},
    }
    documents: dict[str, dict[str, Any]] = {"deal": {"deal": deal}, "invoice": invoices}

    async def read(kind: str) -> dict[str, Any]:
        return documents[kind]

    context: Any = SimpleNamespace(interface=interface, store=SimpleNamespace(documents=read))
    fixture: Any = SimpleNamespace(_c=context)
    found = asyncio.run(RevenueFlow._rebilled(fixture))
    assert [(each.first.isoformat(), str(each.amount)) for each in found] == [
        ("2026-02-01", "120.15"),
        ("2026-03-01", "1.00"),
    ]
