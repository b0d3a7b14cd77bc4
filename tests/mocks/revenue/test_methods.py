"""Release methods: what each earns by when, and that every one of them ends at the price."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mocks.revenue.rules_methods import rounded
from mocks.revenue.rules_ratable import by_days, by_months, months
from sandbox.core.periods import Period
from tests.mocks.revenue.client import Desk, acceptance, cost, hours, invoice, order, revenue_event

JAN, FEB, FIRST_OF_FEB = "2026-01-31", "2026-02-28", "2026-02-01"


def money(**amounts: str) -> dict[str, Decimal]:
    """``a2100="-40"`` as ``{"2100": Decimal("-40")}``."""
    return {account[1:]: Decimal(amount) for account, amount in amounts.items()}


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        ((2026, 1, 1), (2026, 1, 31), Fraction(1)),
        ((2026, 1, 1), (2028, 12, 31), Fraction(36)),
        ((2026, 1, 17), (2026, 2, 28), Fraction(15, 31) + 1),
        ((2026, 1, 31), (2026, 3, 15), Fraction(1, 31) + 1 + Fraction(15, 31)),
        ((2026, 2, 10), (2026, 2, 10), Fraction(1, 28)),
    ],
)
def test_months_count_whole_ones_alike_and_parts_by_their_days(
    first: tuple[int, int, int], last: tuple[int, int, int], expected: Fraction
) -> None:
    assert months(date(*first), date(*last)) == expected


terms = st.tuples(st.dates(date(2024, 1, 1), date(2027, 12, 31)), st.integers(0, 900))


@given(terms, st.integers(0, 10_000_000), st.sampled_from([by_days, by_months]), st.sampled_from(["USD", "JPY", "KWD"]))
def test_a_ratable_price_is_earned_month_by_month_without_a_rest(
    term: tuple[date, int], price: int, spread: Any, currency: str
) -> None:
    first, days = term
    last = first + timedelta(days=days)
    price *= 10_000
    period, cumulative = Period.of(first), [0]
    while period <= Period.of(last):
        cumulative.append(rounded(price * spread(first, last, period.last), currency))
        period = period.next()
    assert cumulative == sorted(cumulative)
    assert cumulative[-1] == price
    assert spread(first, last, first - timedelta(days=1)) == 0
    # A start on the last days of a month earns something in it.
    assert spread(first, last, Period.of(first).last) > 0


@pytest.mark.parametrize(
    ("method", "expected"),
    [
        # 1 of 60 days; 1/31 of 2 1/31 months (31 January to 31 March).
        ("RATABLE_DAILY", ["10", "290", "600"]),
        ("RATABLE_MONTHLY", ["9.52", "304.76", "600"]),
    ],
)
def test_a_term_that_starts_on_the_31st_earns_in_its_first_month(desk: Desk, method: str, expected: list[str]) -> None:
    desk.collect(
        order(ext_sll_prc="600.00", pob_template=method, start_date="31-JAN-2026", end_date="31-MAR-2026"),
        invoice(ext_sll_prc="600.00", inv_date="31-JAN-2026"),
    )
    found = []
    for month in (1, 2, 3):
        desk.month(f"2026-0{month}")
        found.append(-desk.balances(f"2026-0{month}-31")["4010"])
    assert found == [Decimal(amount) for amount in expected]
    assert "2100" not in desk.balances("2026-03-31")


def test_a_ratable_line_earns_nothing_before_it_starts_and_needs_no_event(desk: Desk) -> None:
    desk.collect(order(pob_template="RATABLE_DAILY", start_date="01-FEB-2026", end_date="02-FEB-2026"))
    assert desk.month("2026-01") == []
    desk.run("2026-02")
    assert desk.balances(FEB) == money(a1120="100", a4010="-100")


def test_hours_do_not_drive_a_stand_ready_retainer(desk: Desk) -> None:
    desk.collect(order(pob_template="RATABLE_DAILY"))
    desk.stage(hours())
    assert desk.errors("event") == ["SBX-00009 event type Budgeted Hours does not fit a line released by RATABLE_DAILY"]


# -- milestones -----------------------------------------------------------------------------------------------------


def test_a_milestone_at_a_point_in_time_shows_in_1105_until_it_is_invoiced(desk: Desk) -> None:
    desk.collect(order(ext_sll_prc="80000.00", pob_template="MILESTONE", rev_segments="4030"))
    assert desk.run() == []
    desk.stage(revenue_event(event_percent="100"))
    desk.run()
    assert desk.balances(JAN) == money(a1105="80000", a4030="-80000")
    assert desk.balances(FIRST_OF_FEB) == money(a2100="80000", a4030="-80000")
    desk.collect(invoice(ext_sll_prc="80000.00", inv_date="10-FEB-2026"))
    assert desk.balances(FEB) == money(a4030="-80000")


def test_a_milestone_is_accepted_by_amount_and_a_withdrawn_acceptance_takes_revenue_back(desk: Desk) -> None:
    desk.collect(order(pob_template="MILESTONE"))
    desk.stage(revenue_event(event_amount="40.00"))
    desk.month("2026-01")
    assert desk.balances(JAN) == money(a1105="40", a4010="-40")
    desk.stage(revenue_event(event_amount="0", event_date="10-FEB-2026"))
    desk.run("2026-02")
    assert desk.balances(FEB) == {}


def test_a_milestone_invoiced_ahead_is_a_liability_and_hides_no_unbilled_hours(desk: Desk) -> None:
    desk.collect(
        order(pob_template="MILESTONE"),
        order(so_line_id="P-1-2", ext_sll_prc="18.00", right_to_bill="Y", rev_segments="4000"),
        invoice(),
    )
    desk.run()
    assert desk.balances(JAN) == money(a1105="18", a2100="-100", a4000="-18")


def test_accepted_work_over_time_is_unconditional_before_it_is_earned(desk: Desk) -> None:
    """posting-map.md section 2: 50 accepted, 30 earned."""
    desk.collect(order(ext_sll_prc="100000.00", pob_template="PCT_COST"))
    desk.stage(cost(completed_qty="30", total_qty="100"), acceptance("50000.00"))
    desk.run()
    assert desk.balances(JAN) == money(a1105="50000", a2100="-20000", a4010="-30000")
    assert desk.balances(FIRST_OF_FEB) == money(a2100="30000", a4010="-30000")
    desk.collect(invoice(ext_sll_prc="50000.00", inv_date="05-FEB-2026"))
    assert desk.balances(FEB) == money(a2100="-20000", a4010="-30000")


def test_what_is_earned_beyond_acceptance_is_a_contract_asset(desk: Desk) -> None:
    desk.collect(order(pob_template="PCT_COST"))
    desk.stage(cost(completed_qty="70", total_qty="100"), acceptance("50.00"))
    desk.run()
    assert desk.balances(JAN) == money(a1105="50", a1120="20", a4010="-70")


def test_an_acceptance_after_the_period_is_not_seen_by_its_netting(desk: Desk) -> None:
    desk.collect(order(pob_template="PCT_HOURS"))
    desk.stage(hours(), acceptance("50.00", event_date="01-FEB-2026"))
    desk.run()
    assert desk.balances(JAN) == money(a1120="60", a4010="-60")


def test_a_retainer_of_three_months_billed_in_advance_keeps_two_thirds(desk: Desk) -> None:
    """posting-map.md section 2: 12 for 3 months."""
    term = {"start_date": "01-JAN-2026", "end_date": "31-MAR-2026"}
    desk.collect(
        order(ext_sll_prc="12000.00", pob_template="RATABLE_MONTHLY", rev_segments="4020", **term),
        invoice(ext_sll_prc="12000.00"),
    )
    desk.run()
    assert desk.balances(JAN) == money(a2100="-8000", a4020="-4000")
    assert desk.balances(FIRST_OF_FEB) == desk.balances(JAN)


# -- quantity, billing, estimates -----------------------------------------------------------------------------------


def test_more_hours_than_were_bought_earn_no_more_than_the_price(desk: Desk) -> None:
    desk.collect(order(pob_template="QUANTITY", ord_qty="40", end_date="30-JUN-2026"))
    desk.stage(revenue_event(completed_qty="45"))
    desk.run()
    assert desk.balances(JAN)["4010"] == -100


def test_unused_hours_are_earned_in_the_period_of_the_end_date_without_any_event(desk: Desk) -> None:
    desk.collect(order(pob_template="QUANTITY", ord_qty="40", end_date="01-FEB-2026"))
    assert desk.month("2026-01") == []
    desk.run("2026-02")
    assert desk.balances(FEB)["4010"] == -100


def test_an_expense_is_earned_as_it_is_billed_and_no_more_than_its_price(desk: Desk) -> None:
    desk.collect(order(pob_template="UPON_BILLING", rev_segments="4040"), invoice(ext_sll_prc="30.00"))
    desk.month("2026-01")
    assert desk.balances(JAN) == money(a4040="-30")
    desk.collect(invoice(ext_sll_prc="75.00", inv_line_id="INV-2-1", inv_date="05-FEB-2026"))
    desk.run("2026-02")
    assert desk.balances(FEB) == money(a2100="-5", a4040="-100")


def test_an_estimate_of_missing_time_is_reversed_on_the_first_day_of_the_next_period(desk: Desk) -> None:
    desk.collect(order(ext_sll_prc="1000.00", pob_template="ESTIMATE", rev_segments="4000"))
    assert [(batch["name"], batch["period"]) for batch in desk.run()] == [
        ("US 2026-01 REVENUE 1", "2026-01"),
        ("US 2026-01 ESTIMATE REVERSAL 1", "2026-02"),
        ("US 2026-01 NETTING 1", "2026-01"),
        ("US 2026-01 REVERSAL 1", "2026-02"),
    ]
    assert desk.balances(JAN) == money(a1105="1000", a4000="-1000")
    assert desk.balances(FIRST_OF_FEB) == {}
    desk.collect(order(ext_sll_prc="800.00", pob_template="ESTIMATE", rev_segments="4000"))
    desk.run()
    assert desk.balances(JAN) == money(a1105="800", a4000="-800")
    assert desk.balances(FIRST_OF_FEB) == {}
    desk.close("2026-01")
    assert desk.run("2026-02") == []
    sums = [row["amount"] // 10_000 for row in desk.mock.store.find("schedule", order='"period"')]
    assert sums == [800, -800]


def test_an_estimate_of_a_closed_period_is_refused(desk: Desk) -> None:
    desk.close("2026-01")
    desk.stage(order(pob_template="ESTIMATE"))
    assert desk.errors() == ["SBX-00013 the period of the estimate, 2026-01, is closed"]


def test_the_right_to_bill_makes_what_progress_earned_unconditional(desk: Desk) -> None:
    desk.collect(order(pob_template="PCT_HOURS", right_to_bill="Y"))
    desk.stage(hours())
    desk.run()
    assert desk.balances(JAN) == money(a1105="60", a4010="-60")


def test_events_of_another_type_do_not_move_a_line(desk: Desk) -> None:
    desk.collect(order(pob_template="PCT_COST"))
    desk.stage(cost(completed_qty="30"))
    desk.stage(hours(completed_qty="90"))
    assert len(desk.errors("event")) == 1
    desk.run()
    assert desk.balances(JAN)["4010"] == -30
