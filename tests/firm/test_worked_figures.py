"""The figures worked out by hand in the scenarios: read again operand by operand, and worked out anew."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest

from sandbox.firm.operands import rounded, values_of, worked_steps
from sandbox.firm.scenarios import scenario_names
from sandbox.plan import PeriodFigures, Plan
from tests.firm.builders import bookings_of, shipped

SUMMED = ("minutes", "cost", "billable_value")


def explained() -> Iterator[tuple[str, str, str, str, PeriodFigures]]:
    """Scenario, engagement, month, figure, all figures of the month; for every explanation there is."""
    for name in scenario_names():
        for engagement, months in shipped(name)[0].expectations.items():
            for month, figures in months.items():
                for key in figures.how:
                    yield name, engagement, month, key, figures


EXPLAINED = [pytest.param(figures, key, id=" ".join(where)) for *where, key, figures in explained()]
TEXTS = [figures.how[key] for *_, key, figures in explained()]


# -- the explanations as they stand ------------------------------------------------------------------------------------


def test_every_sum_comes_out() -> None:
    assert sum(len(worked_steps(text)) for text in TEXTS) >= 150


@pytest.mark.parametrize(("figures", "key"), [each for each in EXPLAINED if each.values[1] in SUMMED])
def test_the_parts_of_a_figure_add_up_to_it(figures: PeriodFigures, key: str) -> None:
    assert sum(values_of(figures.how[key])) == Fraction(str(getattr(figures, key)))


def test_what_is_explained_is_a_figure_that_is_given() -> None:
    for _, engagement, month, key, figures in explained():
        assert getattr(figures, key) is not None, (engagement, month, key)
    assert len(EXPLAINED) >= 20


def test_an_explanation_of_an_entitys_figure_ends_at_it() -> None:
    compared = 0
    for name in scenario_names():
        for months in shipped(name)[0].entity_expectations.values():
            for figures in months.values():
                for key, text in figures.how.items():
                    values = values_of(text)
                    assert not values or values[-1] == Fraction(str(getattr(figures, key))), (name, key, text)
                    compared += bool(values)
    assert compared >= 20


# -- the same anew, from calendar, rates and terms ---------------------------------------------------------------------

JANUARY = [date(2026, 1, day) for day in (19, 20, 21, 22, 23, 26, 27, 28, 29, 30)]
# Two weeks of February are approved before the story ends; the third is handed in and decided after it.
FEBRUARY = [date(2026, 2, day) for day in (2, 3, 4, 5, 6, 9, 10, 11, 12, 13)]
WEDNESDAYS = [day for day in (*JANUARY, *FEBRUARY) if day.weekday() == 2]
# London: bill and cost per hour of senior consultant, analyst and manager, before and from 1 February 2026.
BILL = {
    1: {"senior": 12500, "analyst": 8500, "manager": 15000},
    2: {"senior": 13000, "analyst": 8840, "manager": 15600},
}
COST = {1: {"senior": 6250, "analyst": 4250, "manager": 8250}, 2: {"senior": 6440, "analyst": 4380, "manager": 8500}}
LATE = ("analyst", date(2026, 1, 30), 400)


def pence(minutes: int, rate: int) -> int:
    """Minutes at pence per hour, half a penny up."""
    return (minutes * rate * 2 + 60) // 120


def worked(days: list[date]) -> list[tuple[str, date, int]]:
    """ENG-01 on these days: grade, day, minutes; without the card that came late."""
    cards = [("senior", day, 450) for day in days]
    cards += [("analyst", day, 400) for day in days if day != LATE[1]]
    return cards + [("manager", day, 240) for day in days if day in WEDNESDAYS]


def figures_of(engagement: str, month: str) -> PeriodFigures:
    return shipped("first-thread")[0].expectations[engagement][month]


def money(amount: int) -> Decimal:
    return Decimal(amount).scaleb(-2)


def valued(cards: list[tuple[str, date, int]], rates: dict[int, dict[str, int]]) -> int:
    return sum(pence(minutes, rates[day.month][grade]) for grade, day, minutes in cards)


def test_january_of_the_work_by_the_hour_anew() -> None:
    shown, cards = figures_of("ENG-01", "2026-01"), worked(JANUARY)
    given_up = pence(450, 12500)
    value = valued(cards, BILL)
    assert shown.minutes == sum(minutes for *_, minutes in cards) == 8580
    assert (shown.cost, shown.billable_value) == (money(valued(cards, COST)), money(value))
    assert (shown.written_off, shown.revenue) == (money(given_up), money(value - given_up))
    assert shown.position == money(given_up - value)
    assert (shown.invoiced_net, shown.invoiced_tax, shown.cash) == (Decimal(0), Decimal(0), Decimal(0))


def test_february_of_the_work_by_the_hour_anew() -> None:
    january, shown = figures_of("ENG-01", "2026-01"), figures_of("ENG-01", "2026-02")
    # The late card is dated January and priced at January's rates, but posted in February.
    cards = [LATE, *worked(FEBRUARY)]
    assert shown.minutes == sum(minutes for *_, minutes in cards) == 9380
    assert (shown.cost, shown.billable_value) == (money(valued(cards, COST)), money(valued(cards, BILL)))
    net = valued([LATE, *worked(JANUARY)], BILL) - pence(450, 12500)
    tax = (net * 20 * 2 + 100) // 200
    assert (shown.invoiced_net, shown.invoiced_tax, shown.cash) == (money(net), money(tax), money(net + tax))
    assert january.revenue is not None
    assert shown.position == money(net) - january.revenue
    assert (shown.written_off, shown.revenue) == (Decimal(0), Decimal(0))


def test_the_fixed_fee_anew() -> None:
    # New York has a holiday on 19 January; two consultants by day, a manager on Tuesdays and Thursdays.
    january, february = figures_of("ENG-02", "2026-01"), figures_of("ENG-02", "2026-02")
    days = JANUARY[1:]
    half_days = [day for day in days if day.weekday() in (1, 3)]
    minutes = 2 * 480 * len(days) + 240 * len(half_days)
    assert (len(days), len(half_days), january.minutes) == (9, 4, minutes)
    assert january.cost == money(2 * len(days) * pence(480, 10390) + len(half_days) * pence(240, 17280))
    revenue = rounded(Fraction(180000 * minutes, 36900), 2)
    assert january.revenue == Decimal("46829.27")
    assert Fraction(january.revenue) == revenue
    assert (january.invoiced_net, january.position) == (Decimal("54000.00"), Decimal("54000.00") - january.revenue)
    later = [day for day in FEBRUARY if day.weekday() in (1, 3)]
    assert february.minutes == 2 * 480 * len(FEBRUARY) + 240 * len(later)
    assert february.cost == money(2 * len(FEBRUARY) * pence(480, 10390) + len(later) * pence(240, 17280))
    assert (february.invoiced_net, february.cash) == (Decimal("63000.00"), Decimal("54000.00"))
    assert february.position == Decimal("54000.00") + Decimal("63000.00") - january.revenue


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_plan_books_what_the_figures_count(first_plans: dict[int, Plan], seed: int) -> None:
    booked = {(each["person"], each["on"], each["minutes"]) for each in bookings_of(first_plans[seed])
              if each["engagement"] == "ENG-01" and each["on"] <= "2026-02-13"}  # fmt: skip
    person = {"senior": "W-0015", "analyst": "W-0016", "manager": "W-0014"}
    cards = [*worked(JANUARY), LATE, *worked(FEBRUARY)]
    assert booked == {(person[grade], day.isoformat(), minutes) for grade, day, minutes in cards}


def test_the_smallest_thread_anew() -> None:
    figures = shipped("tiny-thread")[0].expectations["ENG-01"]
    january, february = figures["2026-01"], figures["2026-02"]
    net = 3 * pence(400, 8500)
    tax = (net * 20 * 2 + 100) // 200
    assert (january.minutes, january.cost, january.revenue) == (1200, money(3 * pence(400, 4250)), money(net))
    assert (january.billable_value, january.position) == (money(net), money(-net))
    assert (february.invoiced_net, february.invoiced_tax, february.cash) == (money(net), money(tax), money(net + tax))
    assert february.position == Decimal(0)
