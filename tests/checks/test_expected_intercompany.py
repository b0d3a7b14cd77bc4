"""What entities charge each other, worked out by hand: cost of the people lent, plus the mark-up."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from sandbox.checks.expected_books import ExpectedBooks, Month, expected_books
from sandbox.core.periods import Period
from sandbox.plan import FxRate, IntercompanyPair
from tests.checks.deeds import INTERFACE, Story

PAIR = IntercompanyPair(provider="US", receiver="UK", markup=Decimal("0.12"))
# A pound is 1.25 dollars in January and 1.30 in February.
RATES = tuple(
    FxRate(base="GBP", quote="USD", kind="average", effective=date(2026, month, 1), rate=Decimal(rate))
    for month, rate in ((1, "1.25"), (2, "1.30"))
)
JANUARY, FEBRUARY = Period.parse("2026-01"), Period.parse("2026-02")


def books_of(story: Story, *pairs: IntercompanyPair) -> ExpectedBooks:
    """The books of a firm with these pairs."""
    plan = story.plan
    firm = plan.firm.model_copy(update={"intercompany": pairs, "fx_rates": RATES})
    return expected_books(plan.model_copy(update={"firm": firm}), INTERFACE, story.history)


def recharged(story: Story, period: str = "2026-01") -> Story:
    return story.did("intercompany", f"{Period.parse(period).next().first} 18:00", "controller", period=period)


def test_an_hour_of_new_york_in_london_is_its_cost_and_twelve_per_cent() -> None:
    books = books_of(recharged(Story().sold().worked("2026-01-20", 60, person="W-0003")), PAIR)
    # 80.00 x 1.12 = 89.60 USD; / 1.25 = 71.68 GBP.
    assert books.recharges == {("US", "UK", JANUARY, "ENG-01"): 8_960}
    assert books.months["ENG-01", JANUARY] == Month(minutes=60, cost=8_000, billable_value=10_000, recharged=7_168)


def test_the_charge_is_rounded_once_from_the_sum_of_rounded_cost() -> None:
    story = Story().sold()
    for day in (20, 21, 22):
        story.worked(f"2026-01-{day}", 1, person="W-0003")
    # 80.00 / 60 = 1.33 three times is 3.99; x 1.12 = 4.4688.
    assert list(books_of(recharged(story), PAIR).recharges.values()) == [447]


def test_every_engagement_and_month_is_charged_for_itself() -> None:
    story = Story().sold("ENG-01").sold("ENG-02")
    story.worked("2026-01-20", 60, person="W-0003").worked("2026-01-21", 30, "ENG-02", "W-0003")
    story.worked("2026-02-10", 60, person="W-0003")
    books = books_of(recharged(recharged(story), "2026-02"), PAIR)
    assert books.recharges == {
        ("US", "UK", JANUARY, "ENG-01"): 8_960,
        ("US", "UK", JANUARY, "ENG-02"): 4_480,
        ("US", "UK", FEBRUARY, "ENG-01"): 8_960,
    }
    # 89.60 / 1.30 = 68.923.
    assert books.months["ENG-01", FEBRUARY].recharged == 6_892


def test_ones_own_people_and_those_without_a_pair_charge_nothing() -> None:
    story = recharged(Story().sold().worked("2026-01-20", 60).worked("2026-01-21", 60, person="W-0004"))
    assert books_of(story, PAIR).recharges == {}
    assert books_of(recharged(Story().sold().worked("2026-01-20", 60, person="W-0003"))).recharges == {}


def test_without_the_controllers_act_nothing_is_charged() -> None:
    assert books_of(Story().sold().worked("2026-01-20", 60, person="W-0003"), PAIR).recharges == {}
