"""Expected books, time: what an approved card is worth, what it costs, and in which month."""

from __future__ import annotations

from datetime import date

import pytest

from sandbox.checks.expected_books import Month
from tests.checks.deeds import Story, at, table


def test_an_approved_card_is_minutes_value_and_cost_of_its_month() -> None:
    story = Story().sold().worked("2026-01-20", 90)
    # 1.5 h x 100.00, 1.5 h x 40.00.
    assert story.month("2026-01") == Month(minutes=90, cost=6_000, billable_value=15_000)


def test_rates_hold_from_their_date_on_whatever_the_order_of_the_tables() -> None:
    story = Story().sold().worked("2026-01-31", 60).worked("2026-02-01", 60)
    assert story.month("2026-01") == Month(minutes=60, cost=4_000, billable_value=10_000)
    assert story.month("2026-02") == Month(minutes=60, cost=4_400, billable_value=11_000)


def test_the_rate_is_that_of_the_role_on_the_card() -> None:
    story = Story().sold().worked("2026-01-20", 60, role="manager")
    assert story.month("2026-01") == Month(minutes=60, cost=5_000, billable_value=11_000)


def test_every_card_is_rounded_for_itself_half_away_from_zero() -> None:
    # 1/60 x 100.30 = 1.67166..., 3/60 x 100.30 = 5.015 exactly.
    story = Story(bill_rates=[table("UK", date(2025, 1, 1), "100.30")]).sold()
    story.worked("2026-01-20", 1).worked("2026-01-21", 1).worked("2026-01-22", 3)
    assert story.month("2026-01").billable_value == 167 + 167 + 502
    assert story.books.hazards["rounding"] == 3


def test_whole_minor_units_are_no_hazard_of_rounding() -> None:
    assert set(Story().sold().worked("2026-01-20", 90).books.hazards.values()) == {0}


def test_somebody_lent_by_another_office_costs_what_that_office_pays_and_is_worth_the_rate_here() -> None:
    card = Story().sold().worked("2026-01-20", 60, person="W-0003").books.cards["ENG-01 2026-01-20"]
    assert (card.cost, card.value) == (8_000, 10_000)


def test_yen_have_no_decimals_and_dinars_three() -> None:
    story = Story().sold("ENG-01", "JP").sold("ENG-02", "KW")
    story.worked("2026-01-20", 61, person="W-0004").worked("2026-01-20", 60, "ENG-02", "W-0005")
    # 61/60 x 9,000 yen, and of 4,000 = 4,066.67.
    assert story.month("2026-01") == Month(minutes=61, cost=4_067, billable_value=9_150)
    assert story.month("2026-01", "ENG-02") == Month(minutes=60, cost=12_000, billable_value=30_005)


@pytest.mark.parametrize(
    ("when", "month"),
    [
        ("2026-02-02 11:59:59", "2026-01"),
        # The cut-off is noon of the first workday of February; to the second it is still in time.
        ("2026-02-02 12:00:00", "2026-01"),
        ("2026-02-02 12:00:01", "2026-02"),
        ("2026-03-02 12:00:00", "2026-02"),
        ("2026-03-02 12:00:01", "2026-03"),
    ],
)
def test_a_late_card_falls_into_the_next_month_that_is_open_at_the_rate_of_its_day(when: str, month: str) -> None:
    story = Story().sold().booked("2026-01-30", 60).approved("2026-01-30", when)
    assert story.month(month) == Month(minutes=60, cost=4_000, billable_value=10_000)
    assert story.books.hazards["late time"] == (month != "2026-01")
    assert sum(each.minutes for each in story.books.months.values()) == 60


def test_the_cut_off_is_local_to_the_entity() -> None:
    # Noon in New York is five in the afternoon in London.
    story = Story().sold("ENG-01", "US", country="US").booked("2026-01-30", 60, person="W-0003")
    assert story.approved("2026-01-30", "2026-02-02 16:59").month("2026-01").minutes == 60


def test_a_card_nobody_approved_is_in_no_month() -> None:
    story = Story().sold().booked("2026-01-20", 90)
    assert story.books.months == {}
    assert story.books.cards["ENG-01 2026-01-20"].approved_us is None


def test_a_deed_that_was_not_done_leaves_the_books_alone() -> None:
    story = Story().sold().booked("2026-01-20", 90)
    story.did("approve", "2026-01-20 19:00", done=False, title="ENG-01 2026-01-20")
    assert story.books.months == {}


def test_a_deed_takes_effect_with_its_first_change_and_not_when_it_ends() -> None:
    story = Story().sold().booked("2026-01-30", 60).approved("2026-01-30", "2026-02-02 12:00:30")
    label = story.deeds[-1].label
    story.history.insert(1, {"kind": "change", "deed": label, "t_us": at("2026-02-02 11:59:00")})
    story.history.insert(2, {"kind": "change", "deed": label, "t_us": at("2026-02-02 12:00:10")})
    assert story.month("2026-01").minutes == 60


def test_changes_of_nobodys_deed_and_of_a_deed_that_failed_count_for_nothing() -> None:
    story = Story().sold().booked("2026-01-20", 60)
    story.did("approve", "2026-01-20 19:00", done=False, title="ENG-01 2026-01-20")
    story.history += [
        {"kind": "change", "deed": story.deeds[-1].label, "t_us": at("2026-01-20 19:00")},
        {"kind": "change", "t_us": 0},
    ]
    assert story.books.months == {}


def test_deeds_count_in_the_order_they_took_effect_and_not_as_planned() -> None:
    story = Story().sold().approved("2026-01-20", "2026-01-20 19:00").booked("2026-01-20", 60)
    assert story.month("2026-01").minutes == 60


def test_a_corrected_card_counts_with_its_corrected_minutes_under_the_second_sheet() -> None:
    story = Story().sold().booked("2026-01-20", 90)
    story.did("reject", "2026-01-21 09:00", title="ENG-01 2026-01-20")
    story.did(
        "resubmit", "2026-01-21 12:00", sheet={"title": "ENG-01 2026-01-20"},
        correction={"ref": "ENG-01 2026-01-20", "minutes": 60},
    )  # fmt: skip
    assert story.books.months == {}
    story.did("approve", "2026-01-21 15:00", title="ENG-01 2026-01-20 (2)")
    assert story.month("2026-01") == Month(minutes=60, cost=4_000, billable_value=10_000)


def test_time_that_is_not_billable_costs_and_is_worth_nothing() -> None:
    story = Story().sold().worked("2026-01-20", 60, billable=False)
    assert story.month("2026-01") == Month(minutes=60, cost=4_000)


def test_time_that_can_never_be_posted_stays_out_of_the_books() -> None:
    story = Story().sold().worked("2026-01-20", 60, role="advisor", billable=False)
    assert story.books.months == {}
    card = story.books.cards["ENG-01 2026-01-20"]
    assert (card.approved_us, card.period, card.cost) == (at("2026-01-20 19:00"), None, 0)


def test_fixed_fee_time_costs_and_is_worth_nothing_by_itself() -> None:
    story = Story().sold(kind="fixed_fee").worked("2026-01-20", 60)
    assert story.month("2026-01") == Month(minutes=60, cost=4_000)
