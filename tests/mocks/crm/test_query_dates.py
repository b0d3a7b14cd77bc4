"""Date words are spans of days."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mocks.crm.query_dates import counted, known, span

WEDNESDAY = date(2026, 11, 25)


@pytest.mark.parametrize(
    ("word", "count", "first", "last"),
    [
        ("TODAY", 0, "2026-11-25", "2026-11-25"),
        ("YESTERDAY", 0, "2026-11-24", "2026-11-24"),
        ("TOMORROW", 0, "2026-11-26", "2026-11-26"),
        ("LAST_WEEK", 0, "2026-11-15", "2026-11-21"),
        ("THIS_WEEK", 0, "2026-11-22", "2026-11-28"),
        ("NEXT_WEEK", 0, "2026-11-29", "2026-12-05"),
        ("LAST_MONTH", 0, "2026-10-01", "2026-10-31"),
        ("THIS_MONTH", 0, "2026-11-01", "2026-11-30"),
        ("NEXT_MONTH", 0, "2026-12-01", "2026-12-31"),
        ("LAST_QUARTER", 0, "2026-07-01", "2026-09-30"),
        ("THIS_QUARTER", 0, "2026-10-01", "2026-12-31"),
        ("NEXT_QUARTER", 0, "2027-01-01", "2027-03-31"),
        ("LAST_YEAR", 0, "2025-01-01", "2025-12-31"),
        ("THIS_YEAR", 0, "2026-01-01", "2026-12-31"),
        ("NEXT_YEAR", 0, "2027-01-01", "2027-12-31"),
        ("THIS_FISCAL_QUARTER", 0, "2026-10-01", "2026-12-31"),
        ("NEXT_FISCAL_YEAR", 0, "2027-01-01", "2027-12-31"),
        ("LAST_90_DAYS", 0, "2026-08-27", "2026-11-25"),
        ("NEXT_90_DAYS", 0, "2026-11-26", "2027-02-23"),
        ("LAST_N_DAYS", 3, "2026-11-22", "2026-11-25"),
        ("NEXT_N_DAYS", 3, "2026-11-26", "2026-11-28"),
        ("N_DAYS_AGO", 3, "2026-11-22", "2026-11-22"),
        ("LAST_N_WEEKS", 2, "2026-11-08", "2026-11-21"),
        ("NEXT_N_WEEKS", 2, "2026-11-29", "2026-12-12"),
        ("N_WEEKS_AGO", 1, "2026-11-15", "2026-11-21"),
        ("LAST_N_MONTHS", 2, "2026-09-01", "2026-10-31"),
        ("NEXT_N_MONTHS", 2, "2026-12-01", "2027-01-31"),
        ("N_MONTHS_AGO", 11, "2025-12-01", "2025-12-31"),
        ("LAST_N_QUARTERS", 1, "2026-07-01", "2026-09-30"),
        ("LAST_N_YEARS", 2, "2024-01-01", "2025-12-31"),
        ("NEXT_N_FISCAL_QUARTERS", 1, "2027-01-01", "2027-03-31"),
        ("N_FISCAL_YEARS_AGO", 1, "2025-01-01", "2025-12-31"),
    ],
)
def test_a_word_spans_its_days(word: str, count: int, first: str, last: str) -> None:
    begin, after = span(word, count, WEDNESDAY)
    assert (begin.isoformat(), (after - timedelta(days=1)).isoformat()) == (first, last)
    assert known(word)
    assert counted(word) is (count > 0)


@pytest.mark.parametrize("day", ["2026-11-22", "2026-11-28"])
def test_a_week_runs_from_sunday_to_saturday(day: str) -> None:
    assert span("THIS_WEEK", 0, date.fromisoformat(day)) == (date(2026, 11, 22), date(2026, 11, 29))


@pytest.mark.parametrize("word", ["SOMEDAY", "LAST_DAYS", "THIS_N_DAYS", "LAST_N_90_DAYS", "TODAY_"])
def test_other_words_are_not_known(word: str) -> None:
    assert not known(word)


@pytest.mark.parametrize(("word", "count"), [("LAST_N_YEARS", 3000), ("NEXT_N_DAYS", -1), ("N_DAYS_AGO", 10**9)])
def test_a_span_outside_the_calendar_is_a_value_error(word: str, count: int) -> None:
    with pytest.raises(ValueError, match=r"year|range|not in"):
        span(word, count, WEDNESDAY)


@given(st.dates(date(1990, 1, 1), date(2100, 1, 1)), st.sampled_from(["DAY", "WEEK", "MONTH", "QUARTER", "YEAR"]))
def test_last_this_and_next_follow_each_other_and_this_holds_today(today: date, unit: str) -> None:
    if unit == "DAY":
        last, this, following = (span(word, 0, today) for word in ("YESTERDAY", "TODAY", "TOMORROW"))
    else:
        last, this, following = (span(f"{word}_{unit}", 0, today) for word in ("LAST", "THIS", "NEXT"))
    assert (last[1], this[1]) == (this[0], following[0])
    assert this[0] <= today < this[1]
    assert span(f"LAST_N_{unit}S", 1, today)[0] == last[0]
    assert span(f"NEXT_N_{unit}S", 1, today) == following
    assert span(f"N_{unit}S_AGO", 1, today) == last
