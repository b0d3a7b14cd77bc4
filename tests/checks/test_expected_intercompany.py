"""What entities charge each other, worked out by hand: cost of the people lent, plus the mark-up."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from sandbox.checks.expected_books import ExpectedBooks, Month, expected_books
from sandbox.checks.expected_books.entities import EntityMonth
from sandbox.core.periods import Period
from sandbox.plan import FxRate, IntercompanyPair
from tests.checks.deeds import INTERFACE, Story

PAIR = IntercompanyPair(provider="US", receiver="UK", markup=Decimal("0.12"))
# A pound is 1.25 dollars in January and 1.30 in February, 1.28 at the end of January and 1.20 at that of February.
RATES = tuple(
    FxRate.model_validate(
        {"base": "GBP", "quote": "USD", "kind": kind, "effective": date(2026, month, 1), "rate": Decimal(rate)}
    )
    for kind, month, rate in (
        ("average", 1, "1.25"),
        ("average", 2, "1.30"),
        ("closing", 1, "1.28"),
        ("closing", 2, "1.20"),
    )
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
    assert books.months["ENG-01", JANUARY] == Month(
        minutes=60, cost=8_000, billable_value=10_000, recharged=7_168, lent_cost=8_000
    )


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


# -- what is owed, at the closing rate ---------------------------------------------------------------------------------


def revalued(story: Story, period: str = "2026-01") -> Story:
    return story.did("revalue", f"{Period.parse(period).next().first} 18:30", "controller", entity="UK", period=period)


def test_a_debt_is_worth_what_it_is_at_closing_until_the_first_of_the_next_month() -> None:
    books = books_of(revalued(recharged(Story().sold().worked("2026-01-20", 60, person="W-0003"))), PAIR)
    # 89.60 / 1.25 = 71.68 GBP owed; 89.60 / 1.28 = 70.00 at the end of January: 1.68 less to pay.
    assert books.entities["UK", JANUARY] == EntityMonth(
        intercompany_cost=7_168, intercompany_payable=7_000, intercompany_fx=168
    )
    assert books.entities["UK", FEBRUARY] == EntityMonth(intercompany_payable=7_168, intercompany_fx=-168)


def test_every_open_debt_is_remeasured_each_for_itself() -> None:
    story = Story().sold().worked("2026-01-20", 60, person="W-0003").worked("2026-02-10", 60, person="W-0003")
    books = books_of(revalued(recharged(revalued(recharged(story)), "2026-02"), "2026-02"), PAIR)
    # 71.68 + 89.60 / 1.30 = 68.92; at 1.20 each of the two is 74.67: a loss of 8.74, and January's gain goes back.
    assert books.entities["UK", FEBRUARY] == EntityMonth(
        intercompany_cost=6_892, intercompany_payable=14_934, intercompany_fx=-874 - 168
    )


def test_the_provider_has_its_claim_in_its_own_currency() -> None:
    books = books_of(revalued(recharged(Story().sold().worked("2026-01-20", 60, person="W-0003"))), PAIR)
    assert books.entities["US", JANUARY] == EntityMonth(intercompany_revenue=8_960, intercompany_receivable=8_960)
    assert books.entities["US", FEBRUARY] == EntityMonth(intercompany_receivable=8_960)


def test_done_again_it_charges_what_came_since() -> None:
    story = recharged(Story().sold().worked("2026-01-20", 60, person="W-0003"))
    story = story.worked("2026-01-21", 30, person="W-0003").did(
        "intercompany", "2026-02-05 18:00", "controller", period="2026-01"
    )
    books = books_of(story, PAIR)
    assert books.recharges == {("US", "UK", JANUARY, "ENG-01"): 13_440}
    assert books.entities["UK", JANUARY].intercompany_payable == 7_168 + 3_584


def test_the_parts_of_a_document_add_up_to_its_total() -> None:
    story = Story().sold("ENG-01").sold("ENG-02")
    story.worked("2026-02-10", 3, person="W-0003").worked("2026-02-11", 4, "ENG-02", "W-0003")
    books = books_of(recharged(story, "2026-02"), PAIR)
    # 4.00 x 1.12 = 4.48 and 5.33 x 1.12 = 5.97; / 1.30 they are 3.446 and 4.592, together 10.45 / 1.30 = 8.038.
    assert [books.months[code, FEBRUARY].recharged for code in ("ENG-01", "ENG-02")] == [345, 459]
    assert books.entities["UK", FEBRUARY].intercompany_payable == 804
