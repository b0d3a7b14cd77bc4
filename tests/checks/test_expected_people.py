"""Hours people are there for, from what HR did alone, worked out by hand. The story begins on Monday 12 January 2026:
15 working days of London are left in January, 20 lie in February."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from tests.checks.deeds import Story

JANUARY, FEBRUARY = ("UK", "analyst", "2026-01"), ("UK", "analyst", "2026-02")
DAY = 480


@pytest.fixture
def story() -> Story:
    made = Story()
    made.people["W-0002"] = made.people["W-0002"].model_copy(update={"hired": date(2024, 9, 2)})
    return made


def by_hr(story: Story, verb: str, when: str, **args: Any) -> Story:
    return story.did(verb, when, "hr", **{"employee": "W-0002", **args})


def test_working_days_of_the_country_are_available(story: Story) -> None:
    found = story.books.available
    assert (found[JANUARY], found[FEBRUARY]) == (15 * DAY, 20 * DAY)


def test_the_last_day_is_the_last_that_is_available(story: Story) -> None:
    by_hr(story, "leave", "2026-01-13", last_day="2026-01-16")
    assert story.books.available == {JANUARY: 5 * DAY}


def test_what_was_taken_back_never_was_and_what_was_corrected_is_what_it_was_corrected_to(story: Story) -> None:
    by_hr(story, "leave", "2026-01-13", last_day="2026-01-16")
    by_hr(story, "rescind", "2026-01-20", process="Terminate Employee", effective="2026-01-16")
    assert story.books.available[JANUARY] == 15 * DAY
    by_hr(story, "leave", "2026-01-21", last_day="2026-01-23")
    by_hr(story, "correct", "2026-01-22", process="Terminate Employee", effective="2026-01-23", to="2026-01-27")
    assert story.books.available == {JANUARY: 12 * DAY}


def test_between_two_employments_nobody_is_there(story: Story) -> None:
    by_hr(story, "leave", "2026-01-13", last_day="2026-01-16")
    by_hr(story, "hire", "2026-01-20", effective="2026-01-26", grade="manager")
    found = story.books.available
    assert (found[JANUARY], found["UK", "manager", "2026-01"]) == (5 * DAY, 5 * DAY)


def test_a_transfer_takes_the_calendar_of_the_other_country(story: Story) -> None:
    # Martin Luther King Day, 19 January, is none of London's.
    by_hr(story, "transfer", "2026-01-13", effective="2026-01-17", entity="US", location=None, manager=None)
    found = story.books.available
    assert (found[JANUARY], found["US", "analyst", "2026-01"]) == (5 * DAY, 9 * DAY)


def test_leave_and_time_off_are_not_available(story: Story) -> None:
    by_hr(story, "place_on_leave", "2026-01-13", kind="Medical", first_day="2026-01-15", last_day="2026-01-20")
    by_hr(story, "return_from_leave", "2026-01-21", first_day_back="2026-01-21")
    by_hr(story, "take_off", "2026-01-13", kind="Vacation", days=["2026-01-16", "2026-01-22"], minutes=225)
    # Four working days of leave, in which the time off of the 16th lies, and 3:45 hours.
    assert story.books.available[JANUARY] == 11 * DAY - 225


def test_billable_hours_are_those_approved_and_not_given_up_in_the_grade_of_the_day(story: Story) -> None:
    story.sold().worked("2026-01-13", 400).worked("2026-01-14", 60, billable=False)
    story.booked("2026-01-15", 300).worked("2026-01-16", 200)
    by_hr(story, "promote", "2026-01-14", effective="2026-01-16", grade="manager")
    assert story.books.billable == {JANUARY: 400, ("UK", "manager", "2026-01"): 200}
    story.drafted("B", "2026-01-31", "2026-02-04").written_off("2026-01-13", "2026-02-04 14:00")
    assert story.books.billable == {("UK", "manager", "2026-01"): 200}


def test_what_was_never_done_counts_for_nothing(story: Story) -> None:
    story.did("leave", "2026-01-13", "hr", done=False, employee="W-0002", last_day="2026-01-16")
    assert story.books.available[JANUARY] == 15 * DAY
