"""What the books must show, worked out by hand on small stories: rates by date, late cards, bills, tax, progress."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.checks.expected_books import Month
from sandbox.core.clock import DAY_US, HOUR_US
from sandbox.core.periods import Period
from tests.checks.deeds import Story, table

# -- billing -----------------------------------------------------------------------------------------------------------


def test_a_bill_takes_the_approved_cards_through_its_day() -> None:
    story = Story().sold().worked("2026-01-20", 60).worked("2026-01-31", 60).worked("2026-02-01", 60)
    story.drafted("B1", "2026-01-31", "2026-02-04 09:00").billed("B1", "2026-02-10")
    # Two January hours; 20% tax of a client at home.
    february = story.month("2026-02")
    assert (february.invoiced_net, february.invoiced_tax, february.position) == (20_000, 4_000, 20_000)
    invoice = story.books.invoices["B1"]
    assert (invoice.net, invoice.tax, invoice.issued, invoice.paid) == (20_000, 4_000, True, 0)


def test_a_card_approved_after_the_draft_waits_for_the_next_one() -> None:
    story = Story().sold().worked("2026-01-20", 60).booked("2026-01-21", 30)
    story.drafted("B1", "2026-01-31", "2026-02-04 09:00").approved("2026-01-21", "2026-02-05 09:00")
    story.billed("B1", "2026-02-10")
    assert story.books.invoices["B1"].net == 10_000
    story.drafted("B2", "2026-02-28", "2026-03-04 09:00").billed("B2", "2026-03-10")
    assert story.books.invoices["B2"].net == 5_000


def test_a_card_goes_on_one_bill_only() -> None:
    story = Story().sold().worked("2026-01-20", 60)
    story.drafted("B1", "2026-01-31", "2026-02-04 09:00").drafted("B2", "2026-01-31", "2026-02-04 09:30")
    story.billed("B1", "2026-02-10").billed("B2", "2026-02-11")
    assert story.books.invoices["B1"].net == 10_000
    assert "B2" not in story.books.invoices


def test_time_before_the_start_of_the_engagement_is_not_billed() -> None:
    story = Story().sold(start="2026-01-20").worked("2026-01-19", 60).worked("2026-01-20", 60)
    story.drafted("B1", "2026-01-31", "2026-02-04 09:00").billed("B1", "2026-02-10")
    assert story.books.invoices["B1"].net == 10_000


def test_time_of_another_engagement_is_not_billed() -> None:
    story = Story().sold("ENG-01").sold("ENG-02").worked("2026-01-20", 60).worked("2026-01-20", 30, "ENG-02")
    story.drafted("B1", "2026-01-31", "2026-02-04 09:00").billed("B1", "2026-02-10")
    assert story.books.invoices["B1"].net == 10_000
    assert story.month("2026-02", "ENG-02").invoiced_net == 0


def test_a_bill_with_nothing_on_it_is_no_invoice() -> None:
    story = Story().sold().worked("2026-01-20", 60, billable=False)
    story.drafted("B1", "2026-01-31", "2026-02-04 09:00").billed("B1", "2026-02-10")
    assert story.books.invoices == {}
    assert story.month("2026-02").invoiced_net == 0


def test_a_card_given_up_leaves_the_bill_and_counts_in_the_month_of_its_value() -> None:
    story = Story().sold().worked("2026-01-20", 60).worked("2026-01-21", 30)
    story.drafted("B1", "2026-01-31", "2026-02-04 09:00").written_off("2026-01-21", "2026-02-05 09:00")
    story.billed("B1", "2026-02-10")
    january = story.month("2026-01")
    assert (january.billable_value, january.written_off) == (15_000, 5_000)
    assert story.month("2026-02").written_off == 0
    assert story.books.invoices["B1"].net == 10_000
    assert story.books.hazards["write-off"] == 1


def test_a_late_card_given_up_counts_in_the_month_it_was_posted_to() -> None:
    story = Story().sold().booked("2026-01-30", 60).approved("2026-01-30", "2026-02-03 09:00")
    story.written_off("2026-01-30", "2026-02-05 09:00")
    assert (story.month("2026-01").written_off, story.month("2026-02").written_off) == (0, 10_000)


def test_tax_is_on_the_document_and_not_on_its_lines() -> None:
    # Three cards of 33.34: 20% of 100.02 is 20.00, and not three times 6.67.
    story = Story(bill_rates=[table("UK", date(2025, 1, 1), "100.01")]).sold()
    for day in ("20", "21", "22"):
        story.worked(f"2026-01-{day}", 20)
    story.drafted("B1", "2026-01-31", "2026-02-04 09:00").billed("B1", "2026-02-10")
    invoice = story.books.invoices["B1"]
    assert (invoice.net, invoice.tax) == (10_002, 2_000)


def test_half_a_penny_of_tax_rounds_away_from_zero() -> None:
    story = Story().sold("ENG-01", "JP", "fixed_fee", country="JP")
    # 10% of 12,345 yen is 1,234.5.
    story.instalment("B1", "12345.00", "2026-01-12 09:00").billed("B1", "2026-01-13")
    assert story.books.invoices["B1"].tax == 1_235


@pytest.mark.parametrize(
    ("entity", "country", "tax"), [("UK", "GB", 2_000), ("UK", "US", 0), ("US", "US", 0), ("JP", "JP", 10)]
)
def test_tax_is_due_from_clients_at_home_at_the_rate_of_the_entity(entity: str, country: str, tax: int) -> None:
    story = Story().sold("ENG-01", entity, "fixed_fee", country=country)
    story.instalment("B1", "100.00", "2026-01-12 09:00").billed("B1", "2026-01-13")
    assert story.month("2026-01").invoiced_tax == tax


def test_an_invoice_counts_in_the_month_of_its_date() -> None:
    story = Story().sold(kind="fixed_fee").instalment("B1", "100.00", "2026-01-12 09:00").billed("B1", "2026-02-01")
    assert (story.month("2026-01").invoiced_net, story.month("2026-02").invoiced_net) == (0, 10_000)
    assert story.books.invoices["B1"].period == Period(2026, 2)


def test_cash_is_net_and_tax_on_the_day_it_was_paid() -> None:
    story = Story().sold(kind="fixed_fee").instalment("B1", "100.00", "2026-01-12 09:00").billed("B1", "2026-01-13")
    story.paid("B1", "2026-02-01")
    assert (story.month("2026-01").cash, story.month("2026-02").cash) == (0, 12_000)
    invoice = story.books.invoices["B1"]
    assert (invoice.paid, invoice.paid_period) == (12_000, Period(2026, 2))


# -- revenue -----------------------------------------------------------------------------------------------------------


def test_time_and_materials_is_recognised_at_its_value_and_posted_as_unbilled() -> None:
    story = Story().sold().worked("2026-01-20", 90).recognised("2026-01", "2026-02-05 22:00")
    assert story.month("2026-01") == Month(
        minutes=90, cost=6_000, billable_value=15_000, revenue=15_000, position=-15_000
    )


def test_a_run_knows_what_the_last_nightly_totals_knew() -> None:
    # Totals go at two in the night. 4 February, 01:59:59 is in time; 02:00:01 waits for the next run.
    story = Story().sold().booked("2026-02-01", 60).booked("2026-02-02", 30)
    story.approved("2026-02-01", "2026-02-04 01:59:59").approved("2026-02-02", "2026-02-04 02:00:01")
    story.recognised("2026-02", "2026-02-04 22:00")
    assert story.month("2026-02").revenue == 11_000
    story.recognised("2026-03", "2026-02-05 22:00")
    assert (story.month("2026-02").revenue, story.month("2026-03").revenue) == (11_000, 5_500)


def test_a_run_leaves_time_of_later_months_alone() -> None:
    story = Story().sold().worked("2026-01-20", 60).worked("2026-02-02", 60).recognised("2026-01", "2026-02-05 22:00")
    assert (story.month("2026-01").revenue, story.month("2026-02").revenue) == (10_000, 0)


def test_a_run_is_of_one_entity() -> None:
    story = Story().sold("ENG-01").sold("ENG-02", "US", country="US")
    story.worked("2026-01-20", 60).worked("2026-01-20", 60, "ENG-02", "W-0003")
    story.recognised("2026-01", "2026-02-05 22:00", "US")
    assert (story.month("2026-01").revenue, story.month("2026-01", "ENG-02").revenue) == (0, 16_000)


def test_what_was_given_up_before_the_totals_is_not_recognised_and_after_them_is_taken_back() -> None:
    story = Story().sold().worked("2026-01-20", 60).worked("2026-01-21", 30).worked("2026-01-22", 12)
    story.written_off("2026-01-21", "2026-02-04 12:00").written_off("2026-01-22", "2026-02-05 12:00")
    story.recognised("2026-01", "2026-02-05 22:00").recognised("2026-02", "2026-03-05 22:00")
    # 17 h less half an hour: 100.00 + 20.00, of which 20.00 go back in February.
    assert (story.month("2026-01").revenue, story.month("2026-02").revenue) == (12_000, -2_000)


def test_a_fixed_fee_is_recognised_by_the_share_of_its_budget_rounded_once() -> None:
    story = Story().sold(kind="fixed_fee", price="180000.00", budget=36_900)
    for day in range(13, 23):
        story.worked(f"2026-01-{day}", 960)
    story.recognised("2026-01", "2026-02-05 22:00")
    # 180,000.00 x 9,600 / 36,900 = 46,829.268...; by 26.02% it would be 46,836.00, by 26% 46,800.00.
    assert story.month("2026-01").revenue == 4_682_927


def test_progress_is_to_date_so_that_thirds_add_up_to_the_price() -> None:
    story = Story().sold(kind="fixed_fee", price="100.00", budget=180)
    story.worked("2026-01-20", 60).worked("2026-02-20", 60).worked("2026-03-20", 60)
    for month, run in (("2026-01", "2026-02-05"), ("2026-02", "2026-03-05"), ("2026-03", "2026-04-05")):
        story.recognised(month, f"{run} 22:00")
    assert [story.month(f"2026-0{month}").revenue for month in (1, 2, 3)] == [3_333, 3_334, 3_333]


def test_no_more_than_the_price_is_recognised_and_time_given_to_it_counts_billable_or_not() -> None:
    story = Story().sold(kind="fixed_fee", price="100.00", budget=90).worked("2026-01-20", 60, billable=False)
    story.worked("2026-02-20", 60).recognised("2026-01", "2026-02-05 22:00").recognised("2026-02", "2026-03-05 22:00")
    assert (story.month("2026-01").revenue, story.month("2026-02").revenue) == (6_667, 3_333)


def test_an_engagement_without_time_is_recognised_at_nothing() -> None:
    story = Story().sold().sold("ENG-02", kind="fixed_fee").recognised("2026-01", "2026-02-05 22:00")
    assert (story.month("2026-01").revenue, story.month("2026-01", "ENG-02").revenue) == (0, 0)


def test_a_run_before_the_first_totals_knows_nothing() -> None:
    story = Story().sold().booked("2026-01-12", 60, when="2026-01-12 00:10")
    story.approved("2026-01-12", "2026-01-12 00:20").recognised("2026-01", "2026-01-12 01:00")
    assert story.month("2026-01").revenue == 0


# -- every way of charging ---------------------------------------------------------------------------------------------


def revenue(story: Story, months: int = 3) -> list[int]:
    """Revenue of the first months, each run on the fifth of the next."""
    for month in range(1, months + 1):
        story.recognised(f"2026-{month:02d}", f"2026-{month + 1:02d}-05 22:00")
    return [story.month(f"2026-{month:02d}").revenue for month in range(1, months + 1)]


def test_a_cap_that_will_bind_is_earned_by_hours_of_the_forecast() -> None:
    # RC-15: cap 150,000 on 900 hours: 300, 350 and 250 of them (here 3, 3.5 and 2.5 of 9, by days of one card).
    story = Story().sold(kind="capped_time", price="150000.00", budget=540)
    story.worked("2026-01-20", 180).worked("2026-02-20", 210).worked("2026-03-20", 150)
    # 150,000 x 3/9 = 50,000; 150,000 x 6.5/9 = 108,333.33; the rest.
    assert revenue(story) == [5_000_000, 5_833_333, 4_166_667]


def test_cost_to_cost_follows_cost_and_the_latest_estimate() -> None:
    # 300,000 on a cost of 400.00 (UK analyst, 40.00 an hour in January, 44.00 from February).
    story = Story().sold(kind="fixed_fee_by_cost", price="300000.00", expected_cost="400.00")
    story.worked("2026-01-20", 240)
    # Cost 4 h x 40 = 160.00 of 400.00: 120,000. In February EAC 480.00, cost as before: 100,000.
    story.estimated("2026-02", "480.00", "2026-03-03 10:00")
    assert revenue(story, 2) == [12_000_000, -2_000_000]


def test_an_estimate_for_a_later_month_does_not_count_before() -> None:
    story = Story().sold(kind="fixed_fee_by_cost", price="1000.00", expected_cost="80.00").worked("2026-01-20", 60)
    story.estimated("2026-02", "160.00", "2026-01-25 10:00")
    # 40.00 of 80.00; then 40.00 of 160.00.
    assert revenue(story, 2) == [50_000, -25_000]


def test_no_cost_beyond_the_estimate_earns_more_than_the_price() -> None:
    story = Story().sold(kind="milestone_over_time", price="1000.00", expected_cost="40.00")
    story.worked("2026-01-20", 90)
    assert revenue(story, 1) == [100_000]


def test_a_milestone_is_earned_whole_in_the_month_it_is_accepted() -> None:
    story = Story().sold(kind="milestone", price="300000.00", milestones={"M1": "90000.00", "M2": "210000.00"})
    story.worked("2026-01-20", 600).accepted("M1", "2026-01-30").accepted("M2", "2026-03-31")
    assert revenue(story) == [9_000_000, 0, 21_000_000]


def test_a_milestone_accepted_after_the_month_but_before_its_run_waits() -> None:
    story = Story().sold(kind="milestone", price="100.00", milestones={"M1": "100.00"}).accepted("M1", "2026-02-03")
    assert revenue(story, 2) == [0, 10_000]


def test_prepaid_hours_are_earned_as_they_are_used_and_the_rest_when_the_term_ends() -> None:
    # RC-17: 120 hours at 250, used 30, 45 and 35; the last 10 expire on 31 March.
    story = Story().sold(kind="prepaid_hours", price="30000.00", budget=7_200, end="2026-03-31")
    for month, hours in ((1, (15, 15)), (2, (20, 20, 5)), (3, (20, 15))):
        for day, each in enumerate(hours, start=20):
            story.worked(f"2026-0{month}-{day}", each * 60)
    assert revenue(story) == [750_000, 1_125_000, 875_000 + 250_000]


def test_availability_is_earned_by_days() -> None:
    # 12 January to 31 March: 20, 28 and 31 days of 79.
    story = Story().sold(kind="stand_ready", price="60000.00", end="2026-03-31")
    # 60,000 x 20/79 = 15,189.87; x 48/79 = 36,455.70; the rest.
    assert revenue(story) == [1_518_987, 2_126_583, 2_354_430]


def test_after_its_end_availability_earns_no_more() -> None:
    story = Story().sold(kind="stand_ready", price="60000.00", end="2026-02-28")
    assert sum(revenue(story)) == 6_000_000


# -- position ----------------------------------------------------------------------------------------------------------


def test_a_position_is_billed_less_recognised_to_date_through_quiet_months() -> None:
    story = Story().sold(kind="fixed_fee", price="100.00", budget=120).worked("2026-01-20", 60)
    story.instalment("B1", "30.00", "2026-01-12 09:00").billed("B1", "2026-01-13")
    story.recognised("2026-01", "2026-02-05 22:00")
    story.instalment("B2", "70.00", "2026-01-12 09:00").billed("B2", "2026-04-01")
    # 30.00 - 50.00 in January; nothing in February and March; 70.00 more in April.
    assert [story.month(f"2026-0{month}").position for month in (1, 2, 3, 4)] == [-2_000, -2_000, -2_000, 5_000]


def test_three_instalments_bill_the_price_and_end_at_nothing_once_all_is_earned() -> None:
    story = Story().sold(kind="fixed_fee", price="100.01", budget=60)
    # 30, 35 and 35% by largest remainder: 30.00 + 35.01 + 35.00.
    for month, amount in ((1, "30.00"), (2, "35.01"), (3, "35.00")):
        story.instalment(f"B{month}", amount, "2026-01-12 09:00").billed(f"B{month}", f"2026-0{month}-15")
    story.worked("2026-03-01", 60).recognised("2026-03", "2026-04-05 22:00")
    assert sum(invoice.net for invoice in story.books.invoices.values()) == 10_001
    assert [story.month(f"2026-0{month}").position for month in (1, 2, 3)] == [3_000, 6_501, 0]


def test_nothing_done_is_nothing_in_the_books() -> None:
    assert Story().sold().books.months == {}


def test_a_draft_that_was_never_approved_is_no_invoice_of_any_month() -> None:
    story = Story().sold(kind="fixed_fee").instalment("B1", "100.00", "2026-01-12 09:00")
    assert story.books.months == {}
    assert story.books.invoices["B1"].issued is False


# -- properties --------------------------------------------------------------------------------------------------------

# (day of the quarter, minutes, billable, days till approved or never, given up)
CARDS = st.lists(
    st.tuples(
        st.integers(0, 70),
        st.integers(1, 1_440),
        st.booleans(),
        st.one_of(st.none(), st.integers(0, 40)),
        st.booleans(),
    ),
    max_size=8,
    unique_by=lambda card: card[0],
)
FIRST = date(2026, 1, 12)


def quarter(cards: list[tuple[int, int, bool, int | None, bool]], *, kind: str = "time_and_materials") -> Story:
    """Cards of a quarter, a bill and a run a month, and a last bill and run when all is known."""
    story = Story().sold(
        kind="fixed_fee" if kind == "fixed_fee" else "time_and_materials", price="1000.00", budget=5_000
    )
    for offset, minutes, billable, approved, given_up in cards:
        day = FIRST + timedelta(days=offset)
        story.booked(day.isoformat(), minutes, billable=billable)
        if approved is None:
            continue
        story.did("approve", offset * DAY_US + approved * DAY_US + 20 * HOUR_US, title=f"ENG-01 {day}")
        if given_up and billable:
            story.did("write_off", (offset + approved) * DAY_US + 21 * HOUR_US, ref=f"ENG-01 {day}")
    for month, on in (("2026-01", "2026-02-10"), ("2026-02", "2026-03-10"), ("2026-05", "2026-05-29")):
        story.drafted(f"bill {month}", on, f"{on} 09:00").billed(f"bill {month}", on).recognised(month, f"{on} 22:00")
    return story


def worth(day: date, minutes: int) -> int:
    """An hour is 100.00, from February on 110.00; in pence, half away from zero."""
    rate = Decimal(110 if day >= date(2026, 2, 1) else 100)
    return int((rate * 100 * minutes / 60).quantize(Decimal(1), rounding=ROUND_HALF_UP))


@settings(max_examples=150, deadline=None)
@given(CARDS)
def test_approved_value_is_billed_or_written_off_once_everything_was_billed(
    cards: list[tuple[int, int, bool, int | None, bool]],
) -> None:
    books = quarter(cards).books
    approved = [card for card in cards if card[3] is not None]
    value = sum(worth(FIRST + timedelta(days=day), minutes) for day, minutes, billable, *_ in approved if billable)
    given_up = sum(
        worth(FIRST + timedelta(days=day), minutes) for day, minutes, billable, _, lost in approved if billable and lost
    )
    months = books.months.values()
    assert sum(month.billable_value for month in months) == value
    assert sum(month.written_off for month in months) == given_up
    assert sum(month.invoiced_net for month in months) == value - given_up
    assert sum(month.revenue for month in months) == value - given_up
    assert sum(month.minutes for month in months) == sum(card[1] for card in approved)
    assert [month.position for key, month in sorted(books.months.items())][-1:] in ([], [0])


@settings(max_examples=100, deadline=None)
@given(CARDS, st.integers(0, 40))
def test_approved_value_is_billed_unbilled_or_written_off_whenever_one_looks(
    cards: list[tuple[int, int, bool, int | None, bool]], undone: int
) -> None:
    story = quarter(cards)
    story.history = sorted(story.history, key=lambda done: int(done["t_us"]))[: max(0, len(story.history) - undone)]
    books = story.books
    billed = sum(invoice.net for invoice in books.invoices.values() if invoice.issued)
    given_up = sum(month.written_off for month in books.months.values())
    unbilled = sum(card.value for card in books.cards.values() if card.billed is None and card.written_off_us is None)
    assert sum(month.billable_value for month in books.months.values()) == billed + unbilled + given_up
    assert [card for card in books.cards.values() if card.billed is not None and card.written_off_us is not None] == []


@settings(max_examples=100, deadline=None)
@given(CARDS)
def test_a_fixed_fee_is_recognised_step_by_step_up_to_its_price(
    cards: list[tuple[int, int, bool, int | None, bool]],
) -> None:
    books = quarter(
        [(day, minutes, True, approved, False) for day, minutes, _, approved, _ in cards], kind="fixed_fee"
    ).books
    approved = sum(minutes for _, minutes, _, days, _ in cards if days is not None)
    due = (Decimal(100_000) * min(approved, 5_000) / 5_000).quantize(Decimal(1), rounding=ROUND_HALF_UP)
    steps = [month.revenue for _, month in sorted(books.months.items())]
    assert all(step >= 0 for step in steps)
    assert sum(steps) == due


# -- cost, risk, changes -----------------------------------------------------------------------------------------------


def test_a_contract_that_loses_is_provided_for_in_full_and_released_when_the_forecast_improves() -> None:
    # 30 h x 40.00 = 1,200.00 spent on a price of 3,000.00.
    story = Story().sold(kind="fixed_fee_by_cost", price="3000.00", expected_cost="2000.00")
    for day in ("2026-01-19", "2026-01-20", "2026-01-21"):
        story.worked(day, 600)
    story.estimated("2026-01", "3200.00", "2026-02-02 10:00").recognised("2026-01", "2026-02-05 17:00")
    story.did("book_provision", "2026-02-06 11:00", engagement="ENG-01", period="2026-01")
    # 3,000 x 1,200 / 3,200 = 1,125.00; loss 200.00, of which 1,200.00 - 1,125.00 = 75.00 is in the books.
    assert (story.month("2026-01").revenue, story.month("2026-01").provision) == (112_500, 12_500)
    story.estimated("2026-02", "2400.00", "2026-03-02 10:00").recognised("2026-02", "2026-03-05 17:00")
    story.did("book_provision", "2026-03-06 11:00", engagement="ENG-01", period="2026-02")
    assert (story.month("2026-02").revenue, story.month("2026-02").provision) == (37_500, 0)


def changed(treatment: str) -> Story:
    """10 of 20 hours at 40.00 in January; 500.00 and 5 more hours agreed in February; 5 hours worked after that."""
    story = Story().sold(kind="fixed_fee", price="1000.00", budget=1_200).worked("2026-01-20", 600)
    story.recognised("2026-01", "2026-02-05 17:00")
    story.did("sign_change_order", "2026-02-10 10:00", engagement="ENG-01", number="CO1", on="2026-02-10",
              price="400.00", bonus="100.00", minutes=300, treatment=treatment)  # fmt: skip
    story.did("decide_change", "2026-02-12 10:00", engagement="ENG-01", number="CO1", treatment=treatment)
    return story.worked("2026-02-16", 300).recognised("2026-02", "2026-03-05 17:00")


def test_a_change_is_caught_up_from_the_beginning_or_earned_by_what_is_left() -> None:
    # 1,500.00 x 900 / 1,500 = 900.00, 500.00 of it before.
    assert changed("catch_up").month("2026-02").revenue == 40_000
    # 500.00 stays; 1,000.00 x 300 / 900 of the rest = 333.33.
    assert changed("prospective").month("2026-02").revenue == 33_333


def test_a_change_nobody_decided_moves_no_price() -> None:
    story = Story().sold(kind="fixed_fee", price="1000.00", budget=1_200).worked("2026-01-20", 600)
    story.did("sign_change_order", "2026-01-21 10:00", engagement="ENG-01", number="CO1", on="2026-01-21",
              price="500.00", bonus="0.00", minutes=0, treatment="catch_up")  # fmt: skip
    assert story.recognised("2026-01", "2026-02-05 17:00").month("2026-01").revenue == 50_000


# -- payments that are not the invoice ---------------------------------------------------------------------------------


def invoiced(**how: Any) -> Story:
    """1,000.00 and 20% VAT, paid in February in that way."""
    story = Story().sold(kind="fixed_fee").instalment("B", "1000.00", "2026-01-19").billed("B", "2026-01-20")
    return story.did("pay", "2026-02-02 10:00", engagement="ENG-01", bill="B", paid_on="2026-02-02", **how)


def test_tax_kept_back_is_of_the_fee_and_settles_with_the_cash() -> None:
    """1,200.00 - 10% of 1,000.00."""
    books = invoiced(withholding_percent="10").books
    february = books.month("ENG-01", Period.parse("2026-02"))
    assert (february.cash, february.withheld, books.held) == (110_000, 10_000, {})


def test_a_short_payment_pays_less_and_a_long_one_is_held() -> None:
    assert invoiced(short_by="0.01").month("2026-02").cash == 119_999
    long = invoiced(short_by="-0.01").books
    assert (long.month("ENG-01", Period.parse("2026-02")).cash, long.held) == (120_000, {"B": 1})


def test_money_nobody_can_place_pays_nothing_until_it_is_applied_and_then_in_the_month_it_came() -> None:
    story = invoiced(unidentified=True)
    assert (story.month("2026-02").cash, story.books.held) == (0, {"B": 120_000})
    story.did("apply_payment", "2026-03-02 10:00", engagement="ENG-01", bill="B", paid_on="2026-02-02")
    assert (story.month("2026-02").cash, story.month("2026-03").cash, story.books.held) == (120_000, 0, {})
