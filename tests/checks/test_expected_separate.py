"""A change order that is a contract of its own, worked out by hand: by its own hours, from its decision on."""

from __future__ import annotations

from datetime import date

import pytest

from sandbox.checks.expected_books import Invoice
from sandbox.core.periods import Period
from tests.checks.deeds import Story

LINE = "ENG-01-CO1"


def on_the_change(story: Story, day: str, minutes: int) -> Story:
    """Work on the line of the change order, booked and approved."""
    card = {"ref": f"ENG-01 {day} CO1", "engagement": "ENG-01", "on": day, "minutes": minutes, "role": "analyst"}
    sheet = {"engagement": "ENG-01", "title": f"{day} CO1", "bookings": [{**card, "billable": True, "line": LINE}]}
    return story.did("book", f"{day} 18:00", sheets=[sheet]).did("approve", f"{day} 19:00", title=f"{day} CO1")


def changed(decided: str = "2026-02-12 10:00") -> Story:
    """10 of 20 hours of 1,000.00 in January; 300.00 for 5 hours of distinct work agreed in February; 2 of them and 4
    of the first contract worked after that."""
    story = Story().sold(kind="fixed_fee", price="1000.00", budget=1_200).worked("2026-01-20", 600)
    story.recognised("2026-01", "2026-02-05 17:00")
    story.did("sign_change_order", "2026-02-10 10:00", engagement="ENG-01", number="CO1", on="2026-02-10",
              price="300.00", bonus="0.00", minutes=300, treatment="separate", line=LINE)  # fmt: skip
    on_the_change(story.worked("2026-02-16", 240), "2026-02-17", 120)
    story.did("decide_change", decided, engagement="ENG-01", number="CO1", treatment="separate", line=LINE)
    return story.recognised("2026-02", "2026-03-05 17:00")


def test_each_contract_is_earned_by_its_own_hours() -> None:
    # 1,000.00 x 840 / 1,200 = 700.00, 500.00 of it before; 300.00 x 120 / 300 = 120.00.
    assert changed().month("2026-02").revenue == 20_000 + 12_000
    # Its hours are hours of the engagement all the same.
    assert changed().month("2026-02").minutes == 360


def test_work_on_a_change_nobody_decided_earns_nothing_yet() -> None:
    assert changed(decided="2026-03-06 10:00").month("2026-02").revenue == 20_000


def test_what_was_earned_before_a_prospective_change_is_of_the_contract_it_changes() -> None:
    story = changed()
    story.did("sign_change_order", "2026-03-10 10:00", engagement="ENG-01", number="CO2", on="2026-03-10",
              price="200.00", bonus="0.00", minutes=0, treatment="prospective")  # fmt: skip
    story.did("decide_change", "2026-03-11 10:00", engagement="ENG-01", number="CO2", treatment="prospective")
    story.worked("2026-03-16", 120).recognised("2026-03", "2026-04-07 17:00")
    # 700.00 stays; (1,200.00 - 700.00) x 120 / 360 = 166.67.
    assert story.month("2026-03").revenue == 16_667


@pytest.mark.parametrize("line", [LINE, None])
def test_its_bill_is_of_its_line(line: str | None) -> None:
    story = changed().did("draft_fixed", "2026-02-18 10:00", engagement="ENG-01", bill="B", amount="300.00", line=line)
    books = story.billed("B", "2026-02-19").books
    assert books.invoices["B"] == Invoice(
        "B", "ENG-01", Period(2026, 2), 30_000, 6_000, issued=True, line=line, on=date(2026, 2, 19)
    )
