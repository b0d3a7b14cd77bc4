"""Credit memos and reduction orders: what is refused, and what a credit does to revenue, position and price."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.mocks.revenue.client import Desk, credit, hours, invoice, order, reduction

JAN, FEB = "2026-01-31", "2026-02-28"


def money(**amounts: str) -> dict[str, Decimal]:
    """``a2100="-40"`` as ``{"2100": Decimal("-40")}``."""
    return {account[1:]: Decimal(amount) for account, amount in amounts.items()}


BAD_CREDITS: list[tuple[dict[str, Any], str]] = [
    ({"business_unit": "FR"}, "RPRO-00053"),
    ({"inv_num": ""}, "RPRO-00035 invoice number is missing"),
    ({"inv_line_id": ""}, "RPRO-00036 invoice line id is missing"),
    ({"inv_date": ""}, "SBX-00003 invoice date is missing"),
    ({"curr": "XXX"}, "RPRO-0009 currency 'XXX'"),
    ({"inv_qty": ""}, "RPRO-0007 invoice quantity is missing"),
    ({"ext_sll_prc": ""}, "RPRO-00059 extended sell price is missing"),
    ({"ext_sll_prc": "-0.005"}, "RPRO-0009 extended sell price -0.005 is not rounded to USD"),
    ({"ext_sll_prc": "10.00"}, "RPRO-00078 sign of credit memo amount 10.00 is not below zero"),
    ({"ext_sll_prc": "0"}, "RPRO-00078 sign of credit memo amount 0 is not below zero"),
    ({"credit_rule": ""}, "SBX-00010 credit rule '' is not one of CONCESSION, CONCESSION_DELIVERED, BILLING_ERROR"),
    ({"start_date": ""}, "RPRO-00014 credit memo without start date"),
    ({"end_date": ""}, "RPRO-00063 credit memo without end date"),
    ({"def_segments": ""}, "RPRO-00021 deferred segments is missing"),
    ({"orig_inv_line_id": "INV-9-9"}, "SBX-00011 credit memo refers to invoice line 'INV-9-9', which is not known"),
    ({"orig_inv_line_id": "", "so_line_id": ""}, "RPRO-00064 credit memo refers to order line '', which is not known"),
    ({"so_line_id": "P-1-2"}, "SBX-00002 invoice line INV-1-1 bills order line P-1-1"),
    ({"so_num": "P-2"}, "SBX-00002 order line P-1-1 belongs to order P-1"),
    ({"inv_line_id": "INV-1-1"}, "SBX-00001 duplicate invoice line id INV-1-1"),
    ({"curr": "EUR", "f_ex_rate": "1.1"}, "SBX-00002 currency EUR of the credit memo is not USD of its order line"),
    ({"ext_sll_prc": "-100.01"}, "SBX-00012 credit -100.01 is more than the 100.00 that"),
]  # fmt: skip

BAD_REDUCTIONS: list[tuple[dict[str, Any], str]] = [
    ({"orig_so_line_id": ""}, "RPRO-00030 original order line id is missing"),
    ({"orig_so_line_id": "P-9-9"}, "RPRO-00030 reduction order refers to order line 'P-9-9', which is not known"),
    ({"so_line_id": ""}, "SBX-00003 order line id is missing"),
    ({"so_line_id": "P-1-2"}, "SBX-00002 P-1-2 is an order line, not a reduction order"),
    ({"so_date": ""}, "SBX-00003 order date is missing"),
    ({"so_date": "11-JAN-2026"}, "RPRO-00353 date 2026-01-11 of the reduction order is before 2026-01-12"),
    ({"ord_qty": "0"}, "RPRO-00072 order quantity is nothing"),
    ({"ext_sll_prc": "10.00"}, "RPRO-00058 extended sell price 10.00 of a reduction order is not below zero"),
    ({"ext_lst_prc": "10.00"}, "RPRO-00058 extended list price 10.00 of a reduction order is not below zero"),
    ({"curr": "EUR", "f_ex_rate": "1.1"}, "RPRO-00082 currency EUR of the reduction order is not USD of its order"),
    ({"ext_sll_prc": "-100.01"}, "RPRO-00357 reduction -100.01 is larger than what its order line P-1-1 has left"),
]  # fmt: skip


@pytest.mark.parametrize("collected", [False, True])
@pytest.mark.parametrize(("changes", "error"), BAD_CREDITS, ids=[text for _, text in BAD_CREDITS])
def test_a_credit_memo_that_breaks_a_rule_says_which(
    desk: Desk, changes: dict[str, Any], error: str, collected: bool
) -> None:
    rows = (order(), order(so_line_id="P-1-2"), invoice())
    if collected:
        desk.collect(*rows)
        desk.stage(credit(**changes))
    else:
        desk.stage(*rows, credit(**changes))
    (found,) = desk.errors()
    assert found.startswith(error)


@pytest.mark.parametrize(("changes", "error"), BAD_REDUCTIONS, ids=[text for _, text in BAD_REDUCTIONS])
def test_a_reduction_order_that_breaks_a_rule_says_which(desk: Desk, changes: dict[str, Any], error: str) -> None:
    desk.collect(order(), order(so_line_id="P-1-2"))
    desk.stage(reduction(**changes))
    (found,) = desk.errors()
    assert found.startswith(error)


def test_credits_together_take_back_no_more_than_was_billed(desk: Desk) -> None:
    desk.collect(order(), invoice(), credit(ext_sll_prc="-60.00"))
    desk.stage(credit(inv_line_id="CM-2-1", ext_sll_prc="-40.01"))
    assert desk.errors() == ["SBX-00012 credit -40.01 is more than the 40.00 that is billed"]
    desk.stage(credit(inv_line_id="CM-2-1", ext_sll_prc="-40.00"))
    assert desk.errors() == []


def test_a_credit_finds_its_order_line_by_the_invoice_it_names(desk: Desk) -> None:
    desk.collect(order(), invoice(), credit(so_line_id="", so_num=""))
    (memo,) = [row for row in desk.mock.store.find("rc_bill") if row["credit_rule"]]
    assert (memo["so_line_id"], memo["ext_sll_prc"]) == ("P-1-1", -100_000)


# -- what they do ---------------------------------------------------------------------------------------------------


def test_a_concession_on_billed_hours_is_less_revenue_on_its_own_account(desk: Desk) -> None:
    """posting-map.md section 2: concession 8 on the billed T&M of 18."""
    hourly = {"right_to_bill": "Y", "rev_segments": "4000", "ext_sll_prc": "18000.00"}
    desk.collect(order(**hourly), invoice(ext_sll_prc="18000.00"))
    desk.month("2026-01")
    desk.collect(credit(ext_sll_prc="-8000.00", inv_date="05-FEB-2026"))
    assert desk.balances(FEB) == money(a2100="8000", a4000="-18000")
    (revenue,) = desk.run("2026-02")
    assert [(line["schedule_type"], line["account"]) for line in desk.lines(revenue["id"])] == [
        ("Concession", "4050"),
        ("Concession", "2100"),
    ]
    assert desk.balances(FEB) == money(a4000="-18000", a4050="8000")
    assert desk.run("2026-02") == []


def test_a_concession_on_work_under_way_follows_its_progress(desk: Desk) -> None:
    """J24: 6 of 10 are about the 60% that is delivered, 4 stay in the position: 90 billed, 54 earned."""
    desk.collect(order(), invoice(), credit())
    desk.stage(hours())
    desk.month("2026-01")
    assert desk.balances(JAN) == money(a2100="-36", a4010="-60", a4050="6")
    desk.stage(hours(event_date="28-FEB-2026", completed_qty="100"))
    desk.run("2026-02")
    assert desk.balances(FEB) == money(a4010="-100", a4050="10")


def test_a_concession_for_delivered_work_is_less_revenue_at_once(desk: Desk) -> None:
    desk.collect(order(), invoice(), credit("CONCESSION_DELIVERED"))
    desk.stage(hours())
    desk.run()
    assert desk.balances(JAN) == money(a2100="-40", a4010="-60", a4050="10")


def test_a_billing_error_is_less_billing_and_the_price_its_order_row(desk: Desk) -> None:
    """J25: the hours named are free again; they are revenue until the order's total says otherwise."""
    hourly = {"right_to_bill": "Y", "rev_segments": "4000"}
    desk.collect(order(**hourly), invoice(), credit("BILLING_ERROR", ext_sll_prc="-40.00"))
    desk.run()
    assert desk.balances(JAN) == money(a1105="40", a4000="-100")
    desk.collect(order(ext_sll_prc="60.00", **hourly))
    desk.run()
    assert desk.balances(JAN) == money(a4000="-60")


def test_a_credit_counts_by_the_period_of_its_date(desk: Desk) -> None:
    desk.collect(order(right_to_bill="Y"), invoice(), credit(inv_date="01-FEB-2026"))
    desk.run()
    assert desk.balances(JAN) == money(a4010="-100")


def test_a_reduction_order_lowers_the_price_and_what_was_earned_of_it(desk: Desk) -> None:
    desk.collect(order())
    desk.stage(hours())
    desk.month("2026-01")
    desk.collect(reduction())
    desk.run("2026-02")
    assert desk.balances(FEB)["4010"] == -54
    # The same order again sets its amount anew; another one takes off more.
    desk.collect(reduction(ext_sll_prc="-20.00"), reduction(so_line_id="P-1-1-R2", ext_sll_prc="-30.00"))
    desk.run("2026-02")
    assert desk.balances(FEB)["4010"] == -30
    desk.stage(reduction(so_line_id="P-1-1-R3", ext_sll_prc="-50.01"), order(ext_sll_prc="49.99"))
    assert desk.errors() == [
        "RPRO-00357 reduction -50.01 is larger than what its order line P-1-1 has left",
        "RPRO-00357 price 49.99 is less than its reduction orders",
    ]


def test_a_credit_or_reduction_in_error_goes_when_it_is_sent_again(desk: Desk) -> None:
    desk.collect(order(), invoice())
    desk.stage(credit(ext_sll_prc="-200.00"), reduction(ext_sll_prc="-200.00"))
    assert len(desk.errors()) == 2
    desk.collect(credit(), reduction())
