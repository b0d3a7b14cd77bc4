"""Change orders: what of a deal is in force, and what a line was sold on as of a day."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from sandbox.engine.canonical import Deal, DealChange, DealLine
from sandbox.engine.flows.change import budget_on, caught_up_on, change_fields, in_force
from sandbox.engine.policy import Policy

LINE = "ENG-01-L1"


def deal(*changes: tuple[str, str, int]) -> dict[str, Any]:
    """A deal document whose 6,000 minutes hold those of its changes (approved on, line, minutes)."""
    return {
        "lines": {LINE: {"budget_minutes": 6000}},
        "changes": [{"on": on, "line": line, "minutes": minutes} for on, line, minutes in changes],
    }


@pytest.mark.parametrize(
    ("day", "minutes"),
    [("2026-01-31", 3600), ("2026-02-16", 3600), ("2026-02-17", 4800), ("2026-02-28", 4800), ("2026-03-31", 6000)],
)
def test_a_change_counts_from_the_day_it_was_approved(day: str, minutes: int) -> None:
    changed = deal(("2026-02-17", LINE, 1200), ("2026-03-02", LINE, 1200))
    assert budget_on(changed, LINE, date.fromisoformat(day)) == minutes


def test_a_change_of_another_line_and_no_change_at_all_leave_it() -> None:
    assert budget_on(deal(("2026-03-02", "ENG-01-M1", 1200)), LINE, date(2026, 1, 31)) == 6000
    assert budget_on({"lines": {LINE: {"budget_minutes": 6000}}}, LINE, date(2026, 1, 31)) == 6000


def won(*changes: DealChange) -> Deal:
    """A fixed fee of 1,000.00 for 1,200 minutes."""
    day = date(2026, 1, 12)
    return Deal(
        code="ENG-01", native_id="006", name="Work", stage="won", kind="fixed_fee", entity="UK", currency="GBP",
        amount=Decimal(1000), start=day, end=date(2026, 5, 29), client_code="CL", client_id="001", client_name="A plc",
        client_country="GB", client_vat=None, lines=(DealLine(LINE, "00k", Decimal(1000), 1200),), changes=changes,
    )  # fmt: skip


def test_a_separate_change_adds_a_line_with_its_price_and_hours_and_leaves_the_other() -> None:
    added = DealLine("ENG-01-CO1", "802", Decimal(0), 0, added=True)
    change = DealChange("CO1", date(2026, 2, 10), (("ENG-01-CO1", Decimal(300)),), 300, None, True, (added,))
    deal = in_force(won(change), Policy())
    assert deal.lines == (
        DealLine(LINE, "00k", Decimal(1000), 1200),
        DealLine("ENG-01-CO1", "802", Decimal(300), 300, added=True),
    )
    assert deal.amount == Decimal(1300)
    assert caught_up_on(change_fields(deal, None)) == []
