"""What payroll must cost, worked out by hand: by salary, working days and who was enrolled when."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from sandbox.checks.expected_books import ExpectedBooks, expected_books
from sandbox.checks.expected_books.entities import EntityMonth
from sandbox.core.periods import Period
from sandbox.plan import PayPeriod, Payroll
from tests.checks.deeds import INTERFACE, Story


def books(story: Story, *periods: tuple[str, str, str], analyst: str = "39000.00", a_year: int = 26) -> ExpectedBooks:
    """The books when London is paid: two analysts, W-0001 and W-0002, unless somebody was enrolled."""
    spans = tuple(
        PayPeriod(start=date.fromisoformat(start), end=date.fromisoformat(end), pay_day=date.fromisoformat(pay_day))
        for start, end, pay_day in periods
    )
    payroll = Payroll(entity="UK", periods_per_year=a_year, salaries={"analyst": Decimal(analyst)}, periods=spans)
    plan = story.plan
    people = {
        name: person.model_copy(update={"hired": date(2020, 1, 1)} if person.entity == "UK" else {})
        for name, person in plan.people.items()
    }
    firm = plan.firm.model_copy(update={"payroll": (payroll,)})
    return expected_books(plan.model_copy(update={"firm": firm, "people": people}), INTERFACE, story.history)


def paid(made: ExpectedBooks) -> dict[str, int]:
    return {str(period): month.payroll for (_, period), month in made.entities.items() if month.payroll}


JANUARY = ("2026-01-12", "2026-01-25", "2026-01-28")
# Two working days of January, eight of February.
CROSSING = ("2026-01-29", "2026-02-11", "2026-02-13")


def test_everybody_is_paid_a_years_salary_over_the_periods_of_a_year() -> None:
    # 39,000.00 / 26 = 1,500.00 each.
    assert paid(books(Story().sold(), JANUARY)) == {"2026-01": 300_000}


def test_a_salary_rounds_for_each_half_away_from_zero() -> None:
    # 39,000.13 / 26 = 1,500.005 -> 1,500.01, twice.
    assert paid(books(Story().sold(), JANUARY, analyst="39000.13")) == {"2026-01": 300_002}


def test_a_period_over_a_month_end_is_split_by_working_days_to_the_penny() -> None:
    # 1,500.01 x 2 = 3,000.02: x 2/10 = 600.004, x 8/10 = 2,400.016: the penny goes to the larger remainder.
    assert paid(books(Story().sold(), CROSSING, analyst="39000.13")) == {"2026-01": 60_000, "2026-02": 240_002}


def test_a_period_without_a_working_day_belongs_to_the_month_it_ends_in() -> None:
    weekend = ("2026-01-31", "2026-02-01", "2026-02-02")
    assert paid(books(Story().sold(), weekend)) == {"2026-02": 300_000}


def test_a_run_after_the_close_of_a_month_is_cost_of_the_first_open_one() -> None:
    story = Story().sold().did("close_ledger", "2026-02-06 16:00", period="2026-01")
    assert paid(books(story, CROSSING)) == {"2026-02": 300_000}


def test_a_run_outside_the_story_is_none() -> None:
    assert paid(books(Story().sold(), ("2026-12-01", "2026-12-14", "2026-12-16"))) == {}


def enrolled(story: Story, when: str, gross: str, first: str, last: str | None = None) -> Story:
    return story.did("enrol", when, employee="W-0009", entity="UK", annual_gross=gross, first_day=first, last_day=last)


@pytest.mark.parametrize(
    ("when", "first", "last", "gross"),
    [
        ("2026-01-20 11:30", "2026-01-25", None, 400_000),
        # Nine in the morning in London: a moment too late for the run.
        ("2026-01-28 09:00:01", "2026-01-25", None, 300_000),
        ("2026-01-20 11:30", "2026-01-26", None, 300_000),
        ("2026-01-20 11:30", "2025-01-01", "2026-01-12", 400_000),
        ("2026-01-20 11:30", "2025-01-01", "2026-01-11", 300_000),
    ],
)
def test_whoever_is_enrolled_in_time_and_employed_on_any_day_is_paid(
    when: str, first: str, last: str | None, gross: int
) -> None:
    # 26,000.00 / 26 = 1,000.00.
    assert paid(books(enrolled(Story().sold(), when, "26000.00", first, last), JANUARY)) == {"2026-01": gross}


def test_what_was_said_last_counts() -> None:
    story = enrolled(Story().sold(), "2026-01-20 11:30", "26000.00", "2026-01-12")
    story = enrolled(story, "2026-01-21 11:30", "52000.00", "2026-01-12")
    assert paid(books(story, JANUARY)) == {"2026-01": 500_000}


def test_what_no_project_absorbed_is_bench() -> None:
    made = books(Story().sold().worked("2026-01-20", 90), JANUARY)
    # 1.5 h x 40.00.
    month = made.entities["UK", Period(2026, 1)]
    assert (month, month.variance) == (EntityMonth(payroll=300_000, absorbed=6_000), 294_000)
