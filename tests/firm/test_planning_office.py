"""The office: who holds which grade when, whose calendar counts, and when a local time is."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.core.chance import Chance
from sandbox.core.clock import DAY_US, HOUR_US
from sandbox.firm.people import people_of
from sandbox.firm.planning_office import Office
from sandbox.firm.scenarios import load_scenario
from tests.firm.builders import changed

FIRST, OFFICES = load_scenario("first-thread")


def office(**workforce: Any) -> Office:
    scenario = changed(FIRST, workforce={**FIRST.workforce.model_dump(), **workforce})
    chance = Chance(1).under("plan")
    return Office(scenario, OFFICES, people_of(scenario, OFFICES, chance), chance)


OFFICE = office()
ZONES = {"W-0001": "America/New_York", "W-0013": "Europe/London"}


def utc(us: int) -> str:
    return (datetime(2026, 1, 12, tzinfo=UTC) + timedelta(microseconds=us)).strftime("%a %d %b %H:%M")


def test_six_weeks_from_a_monday_end_on_a_sunday() -> None:
    assert OFFICE.last_day == date(2026, 2, 22)


def test_half_past_four_is_another_instant_in_london_than_in_new_york() -> None:
    friday = date(2026, 1, 16)
    assert utc(OFFICE.instant("W-0013", friday, "16:30")) == "Fri 16 Jan 16:30"
    assert utc(OFFICE.instant("W-0001", friday, "16:30")) == "Fri 16 Jan 21:30"


def test_an_instant_counts_from_midnight_utc_of_the_first_day() -> None:
    assert OFFICE.instant("W-0013", date(2026, 1, 12), "10:00") == 10 * HOUR_US
    assert OFFICE.instant("W-0001", date(2026, 1, 12), "10:00", minutes=30) == 15 * HOUR_US + HOUR_US // 2


def test_a_clock_that_was_put_forward_moves_the_instant_and_not_the_local_time() -> None:
    # New York puts its clocks forward on 8 March 2026, London on 29 March.
    assert utc(OFFICE.instant("W-0001", date(2026, 3, 6), "16:30")) == "Fri 06 Mar 21:30"
    assert utc(OFFICE.instant("W-0001", date(2026, 3, 9), "16:30")) == "Mon 09 Mar 20:30"
    assert utc(OFFICE.instant("W-0013", date(2026, 3, 27), "16:30")) == "Fri 27 Mar 16:30"
    assert utc(OFFICE.instant("W-0013", date(2026, 3, 30), "16:30")) == "Mon 30 Mar 15:30"


@given(
    st.sampled_from(sorted(ZONES)),
    st.dates(date(2025, 1, 1), date(2027, 12, 31)),
    st.integers(6, 22),
    st.integers(0, 59),
)
def test_whoever_looks_at_the_local_clock_at_that_instant_reads_the_time(
    person: str, day: date, hour: int, minute: int
) -> None:
    us = OFFICE.instant(person, day, f"{hour:02d}:{minute:02d}")
    shown = (datetime(2026, 1, 12, tzinfo=UTC) + timedelta(microseconds=us)).astimezone(ZoneInfo(ZONES[person]))
    assert shown.replace(tzinfo=None) == datetime.combine(day, datetime.min.time()).replace(hour=hour, minute=minute)


def test_a_promotion_counts_from_its_date() -> None:
    assert OFFICE.grade_on("W-0012", date(2026, 1, 31)) == "analyst"
    assert OFFICE.grade_on("W-0012", date(2026, 2, 1)) == "consultant"
    assert OFFICE.grade_on("W-0011", date(2026, 2, 1)) == "analyst"


TWICE = [
    {"employee_id": "W-0012", "grade": "consultant", "entered": "2026-01-14", "effective": "2026-01-20"},
    {"employee_id": "W-0012", "grade": "senior consultant", "entered": "2026-01-15", "effective": "2026-02-10"},
]


def test_of_two_promotions_the_later_one_counts_once_it_has_come() -> None:
    twice = office(promotions=TWICE)
    days = (date(2026, 1, 19), date(2026, 1, 20), date(2026, 2, 9), date(2026, 2, 10))
    assert [twice.grade_on("W-0012", day) for day in days] == [
        "analyst", "consultant", "consultant", "senior consultant",
    ]  # fmt: skip


def test_it_does_not_matter_which_promotion_is_written_first() -> None:
    assert office(promotions=TWICE[::-1]).grade_on("W-0012", date(2026, 2, 10)) == "senior consultant"


def test_a_function_of_the_firm_has_no_grade() -> None:
    with pytest.raises(ValueError, match="finance-uk has no grade"):
        OFFICE.grade_on("finance-uk", date(2026, 1, 12))


def test_the_last_day_of_work_is_still_worked() -> None:
    assert OFFICE.last_day_of("W-0010") == date(2026, 2, 6)
    assert OFFICE.employed_on("W-0010", date(2026, 2, 6))
    assert not OFFICE.employed_on("W-0010", date(2026, 2, 7))
    assert OFFICE.employed_on("W-0011", date(2030, 1, 1))


def test_nobody_works_before_being_hired() -> None:
    assert not OFFICE.employed_on("W-0021", date(2026, 1, 25))
    assert OFFICE.employed_on("W-0021", date(2026, 1, 26))
    assert not OFFICE.employed_on("hr", date(2026, 1, 26))


def test_a_workday_is_one_of_the_persons_own_office() -> None:
    king_day = date(2026, 1, 19)
    assert OFFICE.workday_of("W-0013", king_day)
    assert not OFFICE.workday_of("W-0001", king_day)
    assert OFFICE.next_workday("W-0013", date(2026, 1, 16)) == king_day
    assert OFFICE.next_workday("W-0001", date(2026, 1, 16)) == date(2026, 1, 20)
    assert OFFICE.next_workday("W-0001", king_day, 0) == date(2026, 1, 20)


def test_a_deed_is_due_at_the_local_time_and_given_up_ten_days_later() -> None:
    deed = OFFICE.deed("sign X", "sales-us", "sign", date(2026, 1, 14), "14:00", {"a": 1}, after=["sell X"], minutes=7)
    assert utc(deed.due_us) == "Wed 14 Jan 19:07"
    assert deed.deadline_us - deed.due_us == 10 * DAY_US
    assert (deed.label, deed.person, deed.verb, deed.args, deed.after) == (
        "sign X", "sales-us", "sign", {"a": 1}, ("sell X",),
    )  # fmt: skip
