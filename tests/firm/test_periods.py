"""The accounting period against the calendar itself."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from sandbox.core.periods import Period

PERIODS = st.builds(Period, st.integers(1990, 2100), st.integers(1, 12))


@given(PERIODS)
def test_a_period_is_written_and_read_back(period: Period) -> None:
    assert Period.parse(str(period)) == period


@given(PERIODS)
def test_periods_follow_each_other_without_gap_or_overlap(period: Period) -> None:
    assert period.last + timedelta(days=1) == period.next().first
    assert period.next().previous() == period
    assert period < period.next()


@given(st.dates(date(1990, 1, 1), date(2100, 12, 31)))
def test_a_day_lies_in_its_own_month_and_in_no_neighbour(day: date) -> None:
    period = Period.of(day)
    assert day in period
    assert period.first <= day <= period.last
    assert day not in period.next()
    assert day not in period.previous()


def test_the_same_month_of_another_year_is_another_period() -> None:
    assert date(2025, 1, 15) not in Period(2026, 1)


def test_february_of_a_leap_year_ends_on_the_29th() -> None:
    assert Period(2028, 2).last == date(2028, 2, 29)
    assert str(Period(2028, 2)) == "2028-02"
