"""Missing time by hand: planned, not handed in, accrued at the cut-off and taken back on the next first day.

London: an analyst's hour is worth 100.00 and costs 40.00, from 1 February 110.00 and 44.00. The cut-off of January is
2 February, noon. Planned is the week of Monday 26 January, eight hours a day.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from sandbox.checks.expected_books.books import Missing
from sandbox.core.periods import Period
from sandbox.plan import Kind
from tests.checks.deeds import Story

JANUARY = Period.parse("2026-01")
FIRST, LAST = "2026-01-26", "2026-01-30"
NOBODY = Missing()


def sold(kind: Kind = "time_and_materials", **more: Any) -> Story:
    story = Story()
    for name in ("W-0002", "W-0003"):
        story.people[name] = story.people[name].model_copy(update={"hired": date(2024, 9, 2)})
    return story.sold(kind=kind, **more)


def planned(
    story: Story,
    first: str = FIRST,
    last: str = LAST,
    minutes: int = 2400,
    *,
    person: str | None = "W-0002",
    hard: bool = True,
) -> Story:
    return story.planned(person, engagement="ENG-01", first=first, last=last, minutes=minutes, hard=hard)


def closed(story: Story) -> Story:
    """Finance posts what is missing, and revenue is run."""
    story.did("approve_accruals", "2026-02-04 15:00", org="UK", period="2026-01")
    return story.recognised("2026-01", "2026-02-05 17:00")


def missing(story: Story) -> Missing:
    return closed(story).books.missing["ENG-01", JANUARY]


def test_a_week_nobody_handed_in_is_cost_and_revenue_of_its_month_and_taken_back_in_the_next() -> None:
    story = closed(planned(sold()))
    assert story.books.missing["ENG-01", JANUARY] == Missing(minutes=2400, cost=160_000, value=400_000)
    january, february = story.month("2026-01"), story.month("2026-02")
    assert (january.cost, january.revenue, january.position) == (160_000, 400_000, -400_000)
    assert (february.cost, february.revenue, february.position) == (-160_000, -400_000, 0)
    assert story.books.hazards["missing time"] == 1


def test_what_was_approved_before_the_cut_off_is_not_missing_and_what_came_later_is() -> None:
    story = planned(sold()).worked("2026-01-26", 480).worked("2026-01-27", 420)
    story.booked("2026-01-28", 480).approved("2026-01-28", "2026-02-02 12:00:00")
    story.booked("2026-01-29", 480).approved("2026-01-29", "2026-02-02 12:00:01")
    # One hour of Tuesday, Thursday that came a second late, Friday.
    assert missing(story).minutes == 60 + 480 + 480
    # The late day is February's, at January's rate, and what stood in for it goes.
    assert story.month("2026-02").cost == 8 * 4_000 - 17 * 4_000
    assert story.month("2026-02").minutes == 480


def test_more_on_one_day_makes_up_for_no_other_day() -> None:
    assert missing(planned(sold(), LAST, LAST, 480).worked("2026-01-29", 600)).minutes == 480
    assert missing(planned(sold(), LAST, LAST, 480).worked("2026-01-30", 600)) == NOBODY


def test_time_of_another_engagement_is_none_of_this_one() -> None:
    assert missing(planned(sold().sold("ENG-02"), LAST, LAST, 480).worked("2026-01-30", 480, "ENG-02")).minutes == 480


def test_time_the_ledger_cannot_take_was_handed_in_all_the_same() -> None:
    assert missing(planned(sold(), LAST, LAST, 480).worked("2026-01-30", 420, role="advisor")).minutes == 60


def test_a_plan_is_spread_over_its_weekdays_and_the_month_takes_its_own() -> None:
    # 26 January to 6 February are ten weekdays, five of them January's: 1,001 minutes are 100 a day.
    assert missing(planned(sold(), FIRST, "2026-02-06", 1_001)).minutes == 500


@pytest.mark.parametrize("other", [{"hard": False}, {"person": None}])
def test_a_wish_and_a_grade_without_a_name_are_no_plan(other: dict[str, Any]) -> None:
    assert missing(planned(sold(), **other)) == NOBODY


def test_plans_add_up() -> None:
    assert missing(planned(planned(sold(), LAST, LAST, 240), LAST, LAST, 120)).minutes == 360


def test_nobody_is_expected_while_away_or_after_the_last_day() -> None:
    story = planned(sold()).did("take_off", "2026-01-20", "hr", employee="W-0002", days=[FIRST], minutes=480)
    story.did("take_off", "2026-01-20", "hr", employee="W-0002", days=["2026-01-27"], minutes=180)
    story.did("leave", "2026-01-20", "hr", employee="W-0002", last_day="2026-01-28")
    # Tuesday all but three hours, Wednesday.
    assert missing(story).minutes == 300 + 480


def test_a_holiday_of_the_office_is_no_day_of_work() -> None:
    # 19 January is a holiday in New York, not in London.
    lent = planned(sold(), "2026-01-19", "2026-01-20", 960, person="W-0003")
    assert missing(lent) == Missing(minutes=480, cost=8 * 8_000, value=8 * 10_000)
    assert missing(planned(sold(), "2026-01-19", "2026-01-20", 960)).minutes == 960


def test_every_day_is_priced_and_rounded_for_itself() -> None:
    # A minute at 100.00 is 1.6667, at 40.00 0.6667.
    assert missing(planned(sold(), FIRST, "2026-01-27", 2)) == Missing(minutes=2, cost=2 * 67, value=2 * 167)


def test_what_finance_accrued_by_hand_stands_alone() -> None:
    story = planned(sold())
    story.did("accrue_by_hand", "2026-02-02 15:00", engagement="ENG-01", period="2026-01", amount="1500.00")
    closed(story)
    assert [story.month(month).cost for month in ("2026-01", "2026-02")] == [150_000, -150_000]
    # The revenue side is the revenue system's, whoever books the cost.
    assert story.month("2026-01").revenue == 400_000


def test_accrued_cost_is_progress_of_work_that_is_earned_by_it_for_a_month() -> None:
    story = planned(sold("fixed_fee_by_cost", expected_cost="8000.00", price="16000.00"))
    story.estimated("2026-01", "8000.00", "2026-01-14 10:00")
    closed(story)
    for day in ("2026-01-26", "2026-01-27", "2026-01-28", "2026-01-29", "2026-01-30"):
        story.booked(day, 480, when="2026-02-10 10:00").approved(day, "2026-02-11 10:00")
    story.recognised("2026-02", "2026-03-05 17:00")
    # 16,000.00 x 1,600 / 8,000, then the same from real time: nothing is added.
    assert [story.month(month).revenue for month in ("2026-01", "2026-02")] == [320_000, 0]


def test_revenue_stands_in_for_hourly_work_only() -> None:
    story = closed(planned(sold("fixed_fee")))
    assert (story.month("2026-01").cost, story.month("2026-01").revenue) == (160_000, 0)


def test_another_run_of_the_month_adds_nothing() -> None:
    story = closed(planned(sold())).recognised("2026-01", "2026-02-06 17:00")
    assert story.month("2026-01").revenue == 400_000
