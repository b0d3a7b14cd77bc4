"""What a line was sold on, as of a day: change orders approved later do not measure what was done before."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from sandbox.engine.flows.change import budget_on

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
