"""When a source is looked at: often in office hours, seldom otherwise, or once a day."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.core.clock import DAY_US, HOUR_US, MINUTE_US, SECOND_US, epoch_of, instant
from sandbox.core.errors import UsageError
from sandbox.interface import (
    Interface,
    OfficeHours,
    Polling,
    load_interface,
)

# A Monday.
START = date(2026, 1, 12)
EPOCH = epoch_of(START)
INTERFACE = load_interface()


def at(text: str) -> int:
    """Instant of ``2026-02-02T12:00`` in UTC."""
    return instant(EPOCH, datetime.fromisoformat(text).replace(tzinfo=UTC))


def looks(source: str, first: str, count: int, interface: Interface = INTERFACE) -> list[str]:
    """The next looks at a source after an instant, as weekday and time."""
    now_us, found = at(first), []
    for _ in range(count):
        now_us = interface.next_look_us(source, START, now_us)
        found.append(f"{EPOCH + timedelta(microseconds=now_us):%a %H:%M:%S}".removesuffix(":00"))
    return found


def test_in_office_hours_a_source_is_looked_at_often() -> None:
    assert looks("psa.events", "2026-01-12T09:01:30", 3) == ["Mon 09:15", "Mon 09:30", "Mon 09:45"]
    assert looks("erp.bank_lines", "2026-01-12T09:01:30", 2) == ["Mon 10:00", "Mon 11:00"]


def test_over_night_it_is_looked_at_seldom_until_the_office_opens() -> None:
    assert looks("psa.events", "2026-01-12T22:40", 6) == [
        "Mon 22:45", "Mon 23:00", "Tue 00:00", "Tue 04:00", "Tue 06:00", "Tue 06:15",
    ]  # fmt: skip


def test_over_the_weekend_it_is_looked_at_seldom() -> None:
    assert looks("psa.events", "2026-01-16T22:50", 16) == [
        "Fri 23:00",
        "Sat 00:00", "Sat 04:00", "Sat 08:00", "Sat 12:00", "Sat 16:00", "Sat 20:00",
        "Sun 00:00", "Sun 04:00", "Sun 08:00", "Sun 12:00", "Sun 16:00", "Sun 20:00",
        "Mon 00:00", "Mon 04:00", "Mon 06:00",
    ]  # fmt: skip


def test_the_weekday_is_the_one_of_the_calendar_and_not_of_the_start() -> None:
    thursday = date(2026, 1, 15)
    # Two days after a start on Thursday is a Saturday.
    noon = 2 * DAY_US + 12 * HOUR_US
    assert INTERFACE.next_look_us("psa.events", thursday, noon) == noon + 4 * HOUR_US
    assert INTERFACE.next_look_us("psa.events", START, noon) == noon + 15 * MINUTE_US


def test_a_daily_source_is_looked_at_once_a_day_also_at_weekends() -> None:
    assert looks("psa.sweep", "2026-01-16T02:59:59", 4) == ["Fri 03:00", "Sat 03:00", "Sun 03:00", "Mon 03:00"]
    assert looks("revenue.totals", "2026-01-12T02:00", 1) == ["Tue 02:00"]


def test_before_the_scenario_begins_time_runs_the_same() -> None:
    assert looks("psa.events", "2026-01-09T09:01", 1) == ["Fri 09:15"]
    assert looks("psa.sweep", "2026-01-09T09:01", 1) == ["Sat 03:00"]


def model_next(rule: Polling, now_us: int) -> int:
    """The first minute after now at which the shipped rule looks, found by trying every minute."""
    minute = now_us // MINUTE_US + 1
    while True:
        day, of_day = divmod(minute, 24 * 60)
        if rule.daily_at is not None:
            hour, late = map(int, rule.daily_at.split(":"))
            if of_day == hour * 60 + late:
                return minute * MINUTE_US
        else:
            assert rule.office_s is not None
            assert rule.otherwise_s is not None
            office = day % 7 < 5 and 6 * 60 <= of_day <= 23 * 60
            if minute * 60 % rule.otherwise_s == 0 or (office and minute * 60 % rule.office_s == 0):
                return minute * MINUTE_US
        minute += 1


INSTANTS = st.one_of(
    st.integers(-3 * DAY_US, 40 * DAY_US), st.integers(-3 * 96, 40 * 96).map(lambda quarter: quarter * 15 * MINUTE_US)
)


@settings(max_examples=150, deadline=None)
@given(source=st.sampled_from(sorted(INTERFACE.polling)), now_us=INSTANTS)
def test_a_look_is_the_first_minute_of_the_schedule_that_lies_ahead(source: str, now_us: int) -> None:
    found = INTERFACE.next_look_us(source, START, now_us)
    assert found > now_us
    assert found == model_next(INTERFACE.polling[source], now_us)


@settings(max_examples=100, deadline=None)
@given(
    now_us=st.integers(-3 * DAY_US, 20 * DAY_US),
    office_s=st.integers(1, 20_000),
    otherwise_s=st.integers(1, 100_000),
    opens=st.integers(0, 23),
    closes=st.integers(0, 23),
    weekdays=st.lists(st.sampled_from(("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")), unique=True),
)
def test_whatever_the_hours_and_intervals_a_look_lies_ahead_and_not_beyond_the_longer_one(
    now_us: int, office_s: int, otherwise_s: int, opens: int, closes: int, weekdays: list[Any]
) -> None:
    hours = OfficeHours(first=f"{opens:02d}:00", last=f"{closes:02d}:30", weekdays=tuple(weekdays))
    rule = Polling(office_s=office_s, otherwise_s=otherwise_s)
    interface = INTERFACE.model_copy(update={"office_hours": hours, "polling": {"x": rule}})
    found = interface.next_look_us("x", START, now_us)
    assert now_us < found <= now_us + max(office_s, otherwise_s) * SECOND_US


def test_the_opening_of_the_office_is_a_look_whenever_the_last_one_ended() -> None:
    hours = OfficeHours(first="06:10", last="23:00", weekdays=("Mon", "Tue", "Wed", "Thu", "Fri"))
    early = INTERFACE.model_copy(update={"office_hours": hours})
    assert looks("psa.events", "2026-01-13T05:50", 2, early) == ["Tue 06:10", "Tue 06:15"]
    assert looks("psa.events", "2026-01-13T06:05", 2, early) == ["Tue 06:10", "Tue 06:15"]


def test_a_source_without_an_interval_is_a_bad_interface_contract() -> None:
    half = Polling.model_construct(office_s=900, otherwise_s=None, daily_at=None)
    interface = INTERFACE.model_copy(update={"polling": {"psa.events": half}})
    with pytest.raises(UsageError, match=r"polling\.psa\.events has no interval") as caught:
        interface.next_look_us("psa.events", START, 0)
    assert caught.value.code == "bad_interface"
