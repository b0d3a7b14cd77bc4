"""Working days: weekends and each country's public holidays, against lists typed from the official calendars."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.core.calendars import add_workdays, is_workday, nth_workday, workdays
from sandbox.core.periods import Period

# Weekdays without work in 2026: opm.gov (federal holidays), gov.uk (bank holidays in England and Wales).
CLOSED_2026 = {
    "US": {
        date(2026, 1, 1), date(2026, 1, 19), date(2026, 2, 16), date(2026, 5, 25), date(2026, 6, 19), date(2026, 7, 3),
        date(2026, 9, 7), date(2026, 10, 12), date(2026, 11, 11), date(2026, 11, 26), date(2026, 12, 25),
    },
    "GB": {
        date(2026, 1, 1), date(2026, 4, 3), date(2026, 4, 6), date(2026, 5, 4), date(2026, 5, 25), date(2026, 8, 31),
        date(2026, 12, 25), date(2026, 12, 28),
    },
}  # fmt: skip
YEAR_2026 = [date(2026, 1, 1) + timedelta(days=n) for n in range(365)]
OPEN_2026 = {
    country: [day for day in YEAR_2026 if day.strftime("%a") not in ("Sat", "Sun") and day not in closed]
    for country, closed in CLOSED_2026.items()
}
COUNTRIES = st.sampled_from(["US", "GB"])


@pytest.mark.parametrize("country", ["US", "GB"])
def test_every_day_of_2026_is_open_or_closed_as_the_official_list_says(country: str) -> None:
    assert list(workdays(country, date(2026, 1, 1), date(2026, 12, 31))) == OPEN_2026[country]


def test_martin_luther_king_day_is_a_workday_in_london_and_none_in_new_york() -> None:
    assert is_workday("GB", date(2026, 1, 19))
    assert not is_workday("US", date(2026, 1, 19))


def test_a_bank_holiday_moves_the_second_workday_of_may_in_london_alone() -> None:
    may = Period(2026, 5)
    assert nth_workday("GB", may, 1) == nth_workday("US", may, 1) == date(2026, 5, 1)
    assert nth_workday("GB", may, 2) == date(2026, 5, 5)
    assert nth_workday("US", may, 2) == date(2026, 5, 4)


def test_england_keeps_easter_monday_although_scotland_does_not() -> None:
    assert not is_workday("GB", date(2026, 4, 6))
    # 2 January and St Andrew's Day are holidays in Scotland only.
    assert is_workday("GB", date(2025, 1, 2))
    assert is_workday("GB", date(2026, 11, 30))


def test_new_year_on_a_saturday_closes_new_york_on_the_last_day_of_the_old_year() -> None:
    assert not is_workday("US", date(2021, 12, 31))


def test_boxing_day_on_a_saturday_is_kept_on_monday() -> None:
    assert not is_workday("GB", date(2026, 12, 28))
    assert is_workday("US", date(2026, 12, 28))


def test_counting_goes_over_the_turn_of_the_year() -> None:
    # New Year's Day 2027 is a Friday.
    assert add_workdays("GB", date(2026, 12, 31), 1) == date(2027, 1, 4)


def test_a_span_holds_both_its_ends_and_a_turned_one_nothing() -> None:
    friday, monday = date(2026, 1, 23), date(2026, 1, 26)
    assert list(workdays("GB", friday, monday)) == [friday, monday]
    assert list(workdays("GB", friday, friday)) == [friday]
    assert list(workdays("GB", monday, friday)) == []


def test_no_days_after_a_saturday_is_the_monday() -> None:
    assert add_workdays("GB", date(2026, 1, 17), 0) == date(2026, 1, 19)
    assert add_workdays("US", date(2026, 1, 17), 0) == date(2026, 1, 20)


def test_the_first_working_day_after_a_saturday_is_the_monday() -> None:
    assert add_workdays("GB", date(2026, 1, 17), 1) == date(2026, 1, 19)


@given(COUNTRIES, st.integers(0, 200), st.integers(0, 40))
def test_from_a_workday_counting_walks_the_list(country: str, start: int, count: int) -> None:
    listed = OPEN_2026[country]
    assert add_workdays(country, listed[start], count) == listed[start + count]


@given(COUNTRIES, st.dates(date(2024, 1, 1), date(2030, 12, 31)), st.integers(0, 30))
def test_counting_never_ends_on_a_weekend_or_a_holiday(country: str, day: date, count: int) -> None:
    landed = add_workdays(country, day, count)
    assert landed.strftime("%a") not in ("Sat", "Sun")
    assert landed not in CLOSED_2026[country]
    assert is_workday(country, landed)
    assert landed >= day + timedelta(days=count)


@given(COUNTRIES, st.integers(2024, 2030), st.integers(1, 12), st.integers(1, 18))
def test_workdays_of_a_month_are_numbered_upwards_inside_it(country: str, year: int, month: int, n: int) -> None:
    period = Period(year, month)
    here, there = nth_workday(country, period, n), nth_workday(country, period, n + 1)
    assert period.first <= here < there
    assert here <= period.last
    assert list(workdays(country, period.first, here))[n - 1 :] == [here]
