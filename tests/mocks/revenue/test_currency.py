"""Foreign contracts: invoice rates first, then the month's average; nothing is left of a position that is nothing."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.core.periods import Period
from sandbox.core.tenants import RevenueRate
from tests.mocks.revenue.client import Desk, acceptance, credit, hours, invoice, order, rate, tenant

JAN, FEB, MAR = "2026-01-31", "2026-02-28", "2026-03-31"
EUROS = {"curr": "EUR", "f_ex_rate": "1.05"}
AVERAGES = (("2026-01", "1.10"), ("2026-02", "1.20"), ("2026-03", "1.30"))


def money(**amounts: str) -> dict[str, Decimal]:
    """``a2100="-40"`` as ``{"2100": Decimal("-40")}``."""
    return {account[1:]: Decimal(amount) for account, amount in amounts.items()}


def euro_invoice(amount: str, exchange_rate: str, day: str, number: str = "INV-1") -> dict[str, Any]:
    row = invoice(ext_sll_prc=amount, inv_date=day, inv_num=number, inv_line_id=f"{number}-1")
    return {**row, "curr": "EUR", "f_ex_rate": exchange_rate}


@pytest.fixture
def abroad(desk: Desk) -> Desk:
    """10,000 euros sold by a dollar organisation, with averages for January to March."""
    desk.stage(*(rate(period, value) for period, value in AVERAGES))
    assert desk.errors("rate") == []
    desk.collect(order(ext_sll_prc="10000.00", **EUROS))
    return desk


def test_every_currency_has_a_batch_of_its_own_the_organisations_first(abroad: Desk) -> None:
    abroad.collect(order(so_num="P-2", so_line_id="P-2-1", ext_sll_prc="500.00"))
    abroad.stage(hours(completed_qty="60"), hours(so_line_id="P-2-1", completed_qty="60"))
    batches = [abroad.mock.store.get("batch", each["id"]) for each in abroad.month("2026-01")]
    named = [(each["kind"], each["curr"], each["name"].split(" ", 2)[2]) for each in batches if each is not None]
    assert named[:2] == [("Revenue", "USD", "REVENUE 1"), ("Revenue", "EUR", "REVENUE EUR 1")]
    assert {curr for _, curr, _ in named[2:]} == {"USD", "EUR"}
    for each in batches:
        assert each is not None
        assert {line["currency"] for line in abroad.lines(each["id"])} == {each["curr"]}


def test_an_advance_is_earned_at_its_own_rate_the_rest_at_the_average_and_the_residue_goes_to_7000(
    abroad: Desk,
) -> None:
    abroad.collect(euro_invoice("4000.00", "1.08", "05-JAN-2026"))
    abroad.stage(hours(completed_qty="60"))
    revenue, *_ = abroad.month("2026-01")
    # 4,000 x 1.08 = 4,320 were billed in advance; 2,000 x 1.10 = 2,200.
    (debit, _) = abroad.lines(revenue["id"])
    assert (debit["entered_dr"], debit["accounted_dr"]) == (6_000, 6_520)
    assert debit["ex_rate"] == Decimal("1.08666667")
    # The position leaves 2100 at what it is carried at, so that nothing stays.
    assert abroad.balances(JAN, accounted=True) == money(a1120="2200", a4010="-6520")
    assert abroad.balances("2026-02-01", accounted=True) == money(a2100="2200", a4010="-6520")
    abroad.collect(euro_invoice("6000.00", "1.15", "10-FEB-2026", "INV-2"))
    abroad.stage(hours(event_date="28-FEB-2026", completed_qty="100"))
    (revenue,) = abroad.run("2026-02")
    # 4,000 of 6,000 billed: 4,600. Billed 4,320 + 6,900 = 11,220, earned 6,520 + 4,600 = 11,120: a gain of 100.
    found = [
        (line["schedule_type"], line["account"], line["entered_dr"], line["accounted_dr"], line["accounted_cr"])
        for line in abroad.lines(revenue["id"])
    ]
    assert found == [
        ("Revenue", "2100", 4_000, 4_600, 0),
        ("Revenue", "4010", 0, 0, 4_600),
        ("FX Residue", "2100", 0, 100, 0),
        ("FX Residue", "7000", 0, 0, 100),
    ]
    assert abroad.balances(FEB, accounted=True) == money(a4010="-11120", a7000="-100")
    assert abroad.run("2026-02") == []


def test_two_advances_are_used_first_in_first_out(abroad: Desk) -> None:
    abroad.collect(
        euro_invoice("3000.00", "1.30", "20-JAN-2026", "INV-2"), euro_invoice("2000.00", "1.00", "05-JAN-2026")
    )
    abroad.stage(hours(completed_qty="30"))
    abroad.month("2026-01")
    # 2,000 x 1.00 and 1,000 x 1.30.
    assert abroad.balances(JAN, accounted=True)["4010"] == -3_300
    abroad.stage(hours(event_date="28-FEB-2026", completed_qty="60"))
    abroad.run("2026-02")
    # 2,000 x 1.30 and 1,000 x 1.20.
    assert abroad.balances(FEB, accounted=True)["4010"] == -3_300 - 3_800


def test_an_invoice_of_the_next_period_is_no_advance(abroad: Desk) -> None:
    abroad.collect(euro_invoice("10000.00", "2.00", "01-FEB-2026"))
    abroad.stage(hours(completed_qty="10"))
    abroad.run()
    assert abroad.balances(JAN, accounted=True) == money(a1120="1100", a4010="-1100")


def test_a_credited_invoice_is_no_advance(abroad: Desk) -> None:
    abroad.collect(
        euro_invoice("2000.00", "1.00", "05-JAN-2026"),
        euro_invoice("3000.00", "1.30", "20-JAN-2026", "INV-2"),
        {**credit("BILLING_ERROR", ext_sll_prc="-2000.00", inv_date="25-JAN-2026"), "curr": "EUR", "f_ex_rate": "1.00"},
    )
    abroad.stage(hours(completed_qty="10"))
    abroad.run()
    assert abroad.balances(JAN, accounted=True)["4010"] == -1_300


def test_a_concession_leaves_at_the_rate_of_its_credit_memo(abroad: Desk) -> None:
    abroad.collect(
        euro_invoice("10000.00", "1.08", "05-JAN-2026"),
        {**credit(ext_sll_prc="-1000.00", inv_date="25-JAN-2026"), "curr": "EUR", "f_ex_rate": "1.08"},
    )
    abroad.stage(hours(completed_qty="50"))
    abroad.run()
    # Half of 10,000 and of 1,000: 5,400 and 540.
    assert abroad.balances(JAN, accounted=True) == money(a2100="-4860", a4010="-5400", a4050="540")


def test_revenue_taken_back_leaves_at_what_it_came_in_at(abroad: Desk) -> None:
    abroad.stage(hours(completed_qty="50"))
    abroad.month("2026-01")
    abroad.stage(hours(event_date="28-FEB-2026", completed_qty="20"))
    abroad.run("2026-02")
    # 2/5 of 5,500.
    assert abroad.balances(FEB, accounted=True) == money(a1120="2200", a4010="-2200")


def test_accepted_work_beyond_what_is_earned_is_netted_at_the_average(abroad: Desk) -> None:
    abroad.stage(hours(completed_qty="30"), acceptance("5000.00"))
    abroad.run()
    assert abroad.balances(JAN) == money(a1105="5000", a2100="-2000", a4010="-3000")
    assert abroad.balances(JAN, accounted=True) == money(a1105="5500", a2100="-2200", a4010="-3300")
    assert abroad.balances("2026-02-01", accounted=True) == money(a2100="3300", a4010="-3300")


def test_a_corrected_average_is_posted_as_the_functional_difference(abroad: Desk) -> None:
    abroad.stage(hours(completed_qty="10"))
    abroad.run()
    abroad.stage(rate("2026-01", "1.12"))
    revenue, *_ = abroad.run()
    assert [
        (line["entered_dr"], line["accounted_dr"], line["accounted_cr"]) for line in abroad.lines(revenue["id"])
    ] == [
        (0, 20, 0),
        (0, 0, 20),
    ]
    assert abroad.balances(JAN, accounted=True) == money(a1120="1120", a4010="-1120")


def test_a_missing_average_stops_the_run_and_stores_nothing(abroad: Desk) -> None:
    for period in ("2026-01", "2026-02", "2026-03"):
        abroad.month(period)
    abroad.stage(hours(event_date="30-APR-2026", completed_qty="10"))
    before = abroad.mock.dump()
    answer = abroad.act("run_period", org="US", period="2026-04")
    assert answer.status == 422
    assert answer.json()["errors"][0] == {
        "message": "no average rate of 2026-04 from EUR to USD",
        "field": "period",
    }
    assert abroad.mock.dump() == before
    abroad.stage(rate("2026-04", "1.4"))
    abroad.run("2026-04")
    assert abroad.balances("2026-04-30", accounted=True)["4010"] == -1_400


def test_a_pair_without_any_average_uses_the_rate_of_its_order(desk: Desk) -> None:
    desk.collect(order(**EUROS))
    desk.stage(hours())
    desk.run()
    assert desk.balances(JAN, accounted=True) == money(a1120="63", a4010="-63")


def test_averages_can_be_there_from_the_start() -> None:
    desk = Desk(given=tenant(rates=(RevenueRate(Period(2026, 1), "EUR", "USD", Decimal("1.10")),)))
    desk.collect(order(**EUROS))
    desk.stage(hours())
    desk.run()
    assert desk.balances(JAN, accounted=True)["4010"] == -66


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"from_curr": "XXX"}, "RPRO-0009 currency 'XXX' is not valid"),
        ({"to_curr": ""}, "RPRO-0009 currency '' is not valid"),
        ({"to_curr": "EUR"}, "RPRO-00067 a currency has no exchange rate with itself"),
        ({"rate_date": "2026-13-01"}, "SBX-00003 rate date '2026-13-01' is not valid"),
        ({"rate_type": "Spot"}, "RPRO-00067 rate type 'Spot' is not Average"),
        ({"rate": "0"}, "RPRO-00067 exchange rate '0' is not valid"),
        ({"rate": ""}, "RPRO-00067 exchange rate is missing"),
    ],
)
def test_a_rate_that_breaks_a_rule_says_which_and_goes_when_it_is_sent_again(
    desk: Desk, changes: dict[str, Any], error: str
) -> None:
    desk.stage(rate("2026-01", "1.1", **changes))
    assert desk.errors("rate") == [error]
    assert desk.mock.store.find("rate") == []
    if not changes.keys() & {"from_curr", "to_curr", "rate_date"}:
        desk.stage(rate("2026-01", "1.1"))
        assert desk.errors("rate") == []


exchange_rates = st.integers(90, 160).map(lambda n: str(Decimal(n) / 100))
works = st.tuples(st.just("work"), st.integers(0, 100))
bills = st.tuples(st.just("bill"), st.integers(1, 300_000), exchange_rates)
steps = st.lists(st.one_of(works, bills, st.just(("run",)), st.just(("close",))), min_size=2, max_size=10)


@settings(max_examples=60, deadline=None)
@given(steps, st.integers(1, 1_000_000))
def test_whatever_happened_a_cleared_position_carries_nothing_and_every_batch_balances(
    sequence: list[tuple[Any, ...]], price: int
) -> None:
    desk, at, billed = Desk(), 0, 0
    periods = [Period(2026, month) for month in (1, 2, 3)]
    desk.stage(*(rate(period, value) for period, value in AVERAGES))
    desk.collect(order(ext_sll_prc=str(Decimal(price) / 100), **EUROS))
    for number, step in enumerate(sequence):
        last = periods[at].last.isoformat()
        match step:
            case ("work", done):
                desk.stage(hours(event_date=last, completed_qty=str(done)))
            case ("bill", amount, exchange_rate) if billed < price:
                amount = min(amount, price - billed)
                billed += amount
                desk.collect(euro_invoice(str(Decimal(amount) / 100), exchange_rate, last, f"INV-{number}"))
            case ("close",) if at < 2:
                desk.month(str(periods[at]))
                at += 1
            case _:
                desk.run(str(periods[at]))
    last = periods[at].last.isoformat()
    if billed < price:
        desk.collect(euro_invoice(str(Decimal(price - billed) / 100), "1.25", last, "INV-LAST"))
    desk.stage(hours(event_date=last, completed_qty="100"))
    desk.run(str(periods[at]))
    assert desk.run(str(periods[at])) == []
    assert desk.balances(last).keys() == {"4010"}
    assert desk.balances(last, accounted=True).keys() <= {"4010", "7000"}
    sums: dict[tuple[int, str], Decimal] = defaultdict(Decimal)
    for line in desk.all_lines():
        for kind in ("entered", "accounted"):
            sums[line["batch_id"], kind] += line[f"{kind}_dr"] - line[f"{kind}_cr"]
            assert min(line[f"{kind}_dr"], line[f"{kind}_cr"]) == 0
    assert set(sums.values()) <= {Decimal(0)}
