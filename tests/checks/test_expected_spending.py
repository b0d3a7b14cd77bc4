"""What the books must show of spending, worked out by hand: cost by the month of approval, bills at cost, tax."""

from __future__ import annotations

import pytest

from sandbox.checks.expected_books import Month
from tests.checks.deeds import Story


def test_an_approved_expense_is_cost_net_of_the_tax_one_gets_back() -> None:
    story = Story().sold().spent("X1", "2026-01-20", "100.00", "20.00").expense_approved("X1", "2026-01-21 09:00")
    assert story.month("2026-01") == Month(expense_cost=10_000)
    outlay = story.books.outlays["X1"]
    assert (outlay.net, outlay.tax, outlay.person) == (10_000, 2_000, "W-0002")


def test_what_nobody_approved_costs_nothing() -> None:
    story = Story().sold().spent("X1", "2026-01-20", "100.00").bill_received("K-1", "2026-01-20", "500.00")
    assert story.month("2026-01") == Month()


@pytest.mark.parametrize(
    ("when", "month"),
    # The second workday of February is Tuesday the 3rd; the cut-off is noon, compared in whole seconds.
    [("2026-02-03 12:00", "2026-01"), ("2026-02-03 12:00:01", "2026-02"), ("2026-03-09 09:00", "2026-03")],
)
def test_the_cut_off_of_expenses_decides_which_month_they_are_cost_of(when: str, month: str) -> None:
    story = Story().sold().spent("X1", "2026-01-30", "10.00").expense_approved("X1", when)
    story.bill_received("K-1", "2026-01-30", "70.00").bill_approved("K-1", when)
    assert story.month(month) == Month(expense_cost=1_000, subcontract_cost=7_000)


def test_time_has_a_cut_off_of_its_own() -> None:
    story = Story().sold().booked("2026-01-30", 60).approved("2026-01-30", "2026-02-02 12:00:01")
    assert story.month("2026-02").minutes == 60


def test_a_supplier_from_abroad_bills_without_tax_and_the_firm_owes_that_of_its_own_country() -> None:
    story = Story().sold().bill_received("K-1", "2026-01-20", "1200.00", country="DE")
    story.bill_received("K-2", "2026-01-20", "1200.00", "240.00", country="DE").bill_received(
        "K-3", "2026-01-20", "99.99"
    )
    owed = [each.reverse_charge for each in story.books.outlays.values()]
    # 1,200.00 x 20%; one that shows tax, and one at home: none.
    assert owed == [24_000, 0, 0]


def spent_in_january() -> Story:
    """Two expenses and a bill, of which one expense is the firm's own: 30.00 + 500.00 for the client."""
    story = Story().sold()
    story.spent("X1", "2026-01-20", "30.00", "6.00").expense_approved("X1", "2026-01-21 09:00")
    story.spent("X2", "2026-01-20", "8.00", billable=False).expense_approved("X2", "2026-01-21 09:00")
    return story.bill_received("K-1", "2026-01-22", "500.00").bill_approved("K-1", "2026-01-23 09:00")


def test_what_was_spent_for_the_client_is_billed_at_cost_beside_the_time_and_taxed_with_it() -> None:
    story = spent_in_january().worked("2026-01-20", 60)
    story.drafted("B1", "2026-01-31", "2026-02-04 10:00").billed("B1", "2026-02-10").paid("B1", "2026-02-20")
    february = story.month("2026-02")
    # One hour 100.00 + 530.00; 20%.
    assert (february.expense_billed, february.invoiced_net, february.invoiced_tax) == (53_000, 63_000, 12_600)
    assert february.cash == 75_600


def test_it_is_billed_once_and_what_came_after_the_draft_waits_for_the_next() -> None:
    story = spent_in_january()
    story.drafted("B1", "2026-01-31", "2026-02-04 10:00")
    story.spent("X3", "2026-01-30", "5.00").expense_approved("X3", "2026-02-04 17:00")
    story.billed("B1", "2026-02-10").drafted("B2", "2026-02-28", "2026-03-04 10:00").billed("B2", "2026-03-10")
    assert story.month("2026-02").expense_billed == 53_000
    assert story.month("2026-03").expense_billed == 500


def test_where_time_is_not_billed_by_the_month_it_has_a_pre_bill_of_its_own() -> None:
    story = Story().sold(kind="fixed_fee", price="9000.00")
    story.spent("X1", "2026-01-20", "30.00").expense_approved("X1", "2026-01-21 09:00")
    story.did("draft_expenses", "2026-02-04 10:30", engagement="ENG-01", bill="B1", through="2026-01-31")
    assert story.billed("B1", "2026-02-10").month("2026-02").invoiced_net == 3_000


def test_it_is_revenue_when_it_is_billed_as_known_at_the_nightly_totals_before_the_run() -> None:
    story = spent_in_january().drafted("B1", "2026-01-31", "2026-02-04 10:00").recognised("2026-01", "2026-02-05 10:00")
    assert story.month("2026-01").revenue == 0
    story.billed("B1", "2026-02-10").recognised("2026-02", "2026-03-05 10:00")
    assert (story.month("2026-02").revenue, story.month("2026-02").position) == (53_000, 0)
    late = spent_in_january().drafted("B1", "2026-01-25", "2026-01-26 10:00").billed("B1", "2026-01-30")
    # Run on the very day of the invoice, before the night that tells of it.
    late.recognised("2026-01", "2026-01-30 11:00")
    assert late.month("2026-01").revenue == 0


def by_cost(price: str, expected_cost: str) -> Story:
    """An hour at 40.00, 30.00 for the client, 8.00 for the firm, and a supplier's 60.00 that are part of the fee."""
    story = Story().sold(kind="fixed_fee_by_cost", price=price, expected_cost=expected_cost).worked("2026-01-20", 60)
    story.spent("X1", "2026-01-20", "30.00").expense_approved("X1", "2026-01-21 09:00")
    story.spent("X2", "2026-01-20", "8.00", billable=False).expense_approved("X2", "2026-01-21 09:00")
    story.bill_received("K-1", "2026-01-22", "60.00", billable=False).bill_approved("K-1", "2026-01-23 09:00")
    return story.bill_received("K-2", "2026-01-22", "500.00")


def test_subcontractors_and_expenses_are_cost_that_measures_progress_and_the_firms_own_are_not() -> None:
    story = by_cost("1000.00", "400.00").recognised("2026-01", "2026-02-05 10:00")
    # 40.00 + 30.00 + 60.00 = 130.00 of 400.00: 325.00.
    assert story.month("2026-01").revenue == 32_500


def test_what_is_approved_after_the_totals_of_the_run_waits_for_the_next() -> None:
    story = (
        by_cost("1000.00", "400.00").bill_approved("K-2", "2026-02-03 11:00").recognised("2026-01", "2026-02-03 17:00")
    )
    assert story.month("2026-01").revenue == 32_500
    # 630.00 of 400.00: all of it.
    assert story.recognised("2026-02", "2026-03-05 10:00").month("2026-02").revenue == 67_500


def test_a_loss_is_provided_for_less_what_cost_above_revenue_has_taken_and_no_revenue_billed_on_counts() -> None:
    story = by_cost("1000.00", "1200.00")
    story.did("draft_expenses", "2026-01-26 10:30", engagement="ENG-01", bill="B1", through="2026-01-25")
    story.billed("B1", "2026-01-27").recognised("2026-01", "2026-02-05 10:00")
    story.did("book_provision", "2026-02-06 11:00", engagement="ENG-01", period="2026-01")
    month = story.month("2026-01")
    # 1,000.00 x 130.00 / 1,200.00 = 108.33 and 30.00 billed on; 200.00 - (130.00 - 108.33).
    assert (month.revenue, month.passed_on, month.provision) == (13_833, 3_000, 17_833)


def test_expenses_are_beyond_a_cap_on_fees() -> None:
    story = Story().sold(kind="capped_time", price="150.00").worked("2026-01-20", 60).worked("2026-02-10", 60)
    story.spent("X1", "2026-01-20", "30.00").expense_approved("X1", "2026-01-21 09:00")
    story.spent("X2", "2026-03-02", "20.00").expense_approved("X2", "2026-03-02 19:00")
    story.worked("2026-03-03", 60)
    story.drafted("B1", "2026-01-31", "2026-02-04 10:00").billed("B1", "2026-02-10")
    story.drafted("B2", "2026-02-28", "2026-03-04 10:00").billed("B2", "2026-03-10")
    story.drafted("B3", "2026-03-31", "2026-04-06 10:00").billed("B3", "2026-04-10")
    invoices = story.books.invoices
    # 100.00 + 30.00; 110.00 cut to the 50.00 that are left; nothing is left, and 20.00 was spent.
    assert [(invoices[bill].net, invoices[bill].spent) for bill in ("B1", "B2", "B3")] == [
        (13_000, 3_000),
        (5_000, 0),
        (2_000, 2_000),
    ]
