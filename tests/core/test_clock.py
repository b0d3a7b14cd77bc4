"""Instants are microseconds; business dates have a zone."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from sandbox.core.clock import DAY_US, HOUR_US, ManualClock, at_local, epoch_of, instant, iso_z, local_date, parse_iso
from sandbox.core.periods import Period

EPOCH = epoch_of(date(2026, 1, 12))


def test_friday_four_in_new_york_is_nine_in_the_evening_utc() -> None:
    us = at_local(EPOCH, date(2026, 1, 16), "16:00", "America/New_York")
    assert iso_z(EPOCH, us) == "2026-01-16T21:00:00Z"


def test_daylight_saving_moves_the_instant_and_not_the_local_time() -> None:
    before = at_local(EPOCH, date(2026, 3, 6), "16:00", "America/New_York")
    after = at_local(EPOCH, date(2026, 3, 9), "16:00", "America/New_York")
    assert after - before == 3 * DAY_US - HOUR_US


@pytest.mark.parametrize("text", ["2026-01-12T01:00:00Z", "2026-01-12T01:00:00+0000", "2026-01-11T20:00:00-05:00"])
def test_every_spelling_of_an_instant_is_read(text: str) -> None:
    assert parse_iso(EPOCH, text) == HOUR_US


def test_an_instant_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="zone"):
        parse_iso(EPOCH, "2026-01-12T01:00:00")
    with pytest.raises(ValueError, match="zone"):
        instant(EPOCH, datetime(2026, 1, 12))  # noqa: DTZ001


def test_the_business_date_depends_on_the_zone() -> None:
    late = instant(EPOCH, datetime(2026, 1, 13, 2, tzinfo=UTC))
    assert local_date(EPOCH, late, "America/New_York") == date(2026, 1, 12)
    assert local_date(EPOCH, late, "Europe/London") == date(2026, 1, 13)


def test_the_manual_clock_goes_forward_only() -> None:
    clock = ManualClock(EPOCH, 5)
    with pytest.raises(ValueError, match="cannot go back"):
        clock.advance_to(4)


def test_periods_follow_each_other_over_the_year() -> None:
    december = Period.parse("2025-12")
    assert str(december.next()) == "2026-01"
    assert december.next().previous() == december
    assert december.last == date(2025, 12, 31)
    assert date(2025, 12, 31) in december
    assert december < Period(2026, 1)


@pytest.mark.parametrize("text", ["2026-13", "2026-1", "26-01", "2026-01-01"])
def test_a_malformed_period_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="YYYY-MM"):
        Period.parse(text)
