"""Published and constructed cases of services revenue (revenue-cases.md), each with its own figures.

A year of a case is a month here, and a customer's unit an hour, where it makes no difference.
"""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise

import pytest

from sandbox.core.periods import Period
from tests.mocks.revenue.client import (
    Desk,
    acceptance,
    cost,
    credit,
    hours,
    invoice,
    order,
    revenue_event,
    tenant,
)

JAN, FEB, MAR, APR = "2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30"


def money(**amounts: str) -> dict[str, Decimal]:
    """``a2100="-40"`` as ``{"2100": Decimal("-40")}``."""
    return {account[1:]: Decimal(amount) for account, amount in amounts.items()}


def sides(desk: Desk, batch: dict[str, object]) -> list[tuple[str, Decimal, Decimal]]:
    lines = desk.lines(int(str(batch["id"])))
    return [(line["account"], line["entered_dr"], line["entered_cr"]) for line in lines]


def fixed_fee_at_60_percent(desk: Desk) -> None:
    """RC-01 at the end of its first year: 420,000 of 700,000 spent on a price of 1,000,000."""
    desk.collect(order(ext_sll_prc="1000000.00", pob_template="PCT_COST", end_date="30-JUN-2026"))
    desk.stage(cost(completed_qty="420000", total_qty="700000"))
    desk.month("2026-01")
    assert desk.balances(JAN) == money(a1120="600000", a4010="-600000")


@pytest.mark.parametrize("event_first", [True, False])
def test_rc_01_the_catch_up_is_booked_once_on_the_approval_date(desk: Desk, event_first: bool) -> None:
    fixed_fee_at_60_percent(desk)
    change = order(ext_sll_prc="1350000.00", pob_template="PCT_COST", end_date="30-JUN-2026", ct_mod_date="10-FEB-2026")
    eac = cost(event_date="10-FEB-2026", completed_qty="420000", total_qty="820000")
    if event_first:
        desk.stage(eac)
    desk.collect(change)
    desk.decide("cumulative_catch_up")
    if not event_first:
        desk.stage(eac)
    (catch_up, *_) = desk.run("2026-02")
    assert catch_up["name"] == "US 2026-02 CATCH-UP 1"
    # 420 / 820 x 1,350,000 = 691,463.41; 600,000 of it was recognised before.
    assert sides(desk, catch_up) == [("2100", Decimal("91463.41"), 0), ("4010", 0, Decimal("91463.41"))]
    assert {line["gl_date"] for line in desk.lines(catch_up["id"])} == {"2026-02-10"}
    assert desk.run("2026-02") == []
    desk.collect(change)
    desk.close("2026-02")
    assert [batch["name"].split()[2] for batch in desk.run("2026-03")] == ["NETTING", "REVERSAL"]
    assert desk.balances(MAR)["4010"] == Decimal("-691463.41")


def test_rc_01_as_a_line_added_to_the_obligation_comes_to_the_same(desk: Desk) -> None:
    fixed_fee_at_60_percent(desk)
    added = order(so_line_id="P-1-CO1", ext_sll_prc="350000.00", pob_template="PCT_COST", end_date="30-JUN-2026")
    desk.collect({**added, "ct_mod_date": "10-FEB-2026"})
    desk.stage(cost(event_date="10-FEB-2026", completed_qty="420000", total_qty="820000"))
    desk.decide("cumulative_catch_up", line="P-1-CO1")
    (catch_up, *_) = desk.run("2026-02")
    # 420 / 820 x 1,000,000 = 512,195.12 less 600,000 = -87,804.88; 420 / 820 x 350,000 = 179,268.29.
    assert sides(desk, catch_up) == [
        ("4010", Decimal("87804.88"), 0),
        ("2100", 0, Decimal("87804.88")),
        ("2100", Decimal("179268.29"), 0),
        ("4010", 0, Decimal("179268.29")),
    ]
    assert {line["gl_date"] for line in desk.lines(catch_up["id"])} == {"2026-02-10"}
    assert desk.balances(FEB)["4010"] == Decimal("-691463.41")
    assert desk.run("2026-02") == []


def test_rc_02_a_retainer_extended_at_a_lower_price_earns_70_000_in_each_of_four_years() -> None:
    desk = Desk(given=tenant(last=Period(2031, 12)))
    retainer = {"pob_template": "RATABLE_MONTHLY", "rev_segments": "4020", "start_date": "01-JAN-2026"}
    desk.collect(order(ext_sll_prc="300000.00", end_date="31-DEC-2028", **retainer))
    bills = {2026: "100000", 2027: "100000", 2028: "80000", 2029: "66667", 2030: "66667", 2031: "66666"}
    found = []
    for year, amount in bills.items():
        if year == 2028:
            changed = order(ext_sll_prc="480000.00", end_date="31-DEC-2031", **retainer)
            desk.collect({**changed, "ct_mod_date": "01-JAN-2028"})
            desk.decide("prospective")
        billed = {"ext_sll_prc": f"{amount}.00", "inv_date": f"01-JAN-{year}"}
        desk.collect(invoice(inv_num=f"INV-{year}", inv_line_id=f"INV-{year}", **billed))
        for month in range(1, 13):
            for batch in desk.month(f"{year}-{month:02d}"):
                assert "CATCH-UP" not in batch["name"]
        found.append(desk.balances(f"{year}-12-31"))
    revenue = [-balances["4020"] for balances in found]
    yearly = [revenue[0], *(after - before for before, after in pairwise(revenue))]
    assert yearly == [100_000, 100_000, 70_000, 70_000, 70_000, 70_000]
    assert [-balances.get("2100", Decimal(0)) for balances in found] == [0, 0, 10_000, 6_667, 3_334, 0]
    assert all("1120" not in balances for balances in found)


UNITS = {"pob_template": "QUANTITY", "rev_segments": "4000", "end_date": "30-JUN-2026"}


def sixty_of_120_units(desk: Desk) -> None:
    desk.collect(order(ord_qty="120", ext_sll_prc="12000.00", **UNITS), invoice(ext_sll_prc="6000.00"))
    desk.stage(revenue_event(completed_qty="60"))
    desk.month("2026-01")
    assert desk.balances(JAN) == money(a4000="-6000")


def test_rc_03_a_units_added_at_their_own_price_leave_the_old_ones_alone(desk: Desk) -> None:
    sixty_of_120_units(desk)
    desk.collect(order(so_line_id="P-1-2", ord_qty="30", ext_sll_prc="2850.00", ct_mod_date="01-FEB-2026", **UNITS))
    desk.decide("separate_contract", line="P-1-2")
    february = {"event_date": "28-FEB-2026"}
    desk.stage(
        revenue_event(completed_qty="80", **february),
        revenue_event(so_line_id="P-1-2", completed_qty="10", **february),
    )
    desk.month("2026-02")
    # 20 x 100 and 10 x 95.
    assert desk.balances(FEB)["4000"] == -6_000 - 2_000 - 950
    desk.stage(
        revenue_event(completed_qty="120", event_date="31-MAR-2026"),
        revenue_event(so_line_id="P-1-2", completed_qty="30", event_date="31-MAR-2026"),
    )
    desk.run("2026-03")
    assert desk.balances(MAR)["4000"] == -14_850


@pytest.mark.parametrize("added", [False, True], ids=["one line", "an added line"])
def test_rc_03_b_units_added_below_their_price_blend_with_those_left(desk: Desk, added: bool) -> None:
    sixty_of_120_units(desk)
    if added:
        change = order(so_line_id="P-1-2", ord_qty="30", ext_sll_prc="2400.00", **UNITS)
    else:
        change = order(ord_qty="150", ext_sll_prc="14400.00", **UNITS)
    desk.collect({**change, "ct_mod_date": "01-FEB-2026"})
    desk.decide("prospective", line=change["so_line_id"])
    # 60 delivered units x 15 for defects: about delivered work alone.
    desk.collect(credit("CONCESSION_DELIVERED", ext_sll_prc="-900.00", inv_date="01-FEB-2026"))
    desk.month("2026-02")
    assert desk.balances(FEB) == money(a4000="-6000", a4050="900")
    desk.stage(revenue_event(completed_qty="61", event_date="31-MAR-2026"))
    desk.month("2026-03")
    # (60 x 100 + 30 x 80) / 90 = 93.33 for one of them; two lines round their 66.67 and 26.67 on their own.
    assert desk.balances(MAR)["4000"] == Decimal("-6093.34" if added else "-6093.33")
    desk.stage(revenue_event(completed_qty="150", event_date="30-APR-2026"))
    desk.run("2026-04")
    balances = desk.balances(APR)
    assert balances["4000"] + balances["4050"] == -13_500


def test_rc_10_over_and_under_billing_shows_one_side_only(desk: Desk) -> None:
    desk.collect(order(ext_sll_prc="17400.00", pob_template="PCT_COST"))
    years = [
        ("2026-01", "31-JAN-2026", "4500", "12000", "6600.00", money(a2100="-75", a4010="-6525")),
        ("2026-02", "28-FEB-2026", "7920", "13200", "5400.00", money(a2100="-1560", a4010="-10440")),
        ("2026-03", "31-MAR-2026", "13800", "13800", "4800.00", money(a1120="600", a4010="-17400")),
    ]
    for period, day, done, total, billed, expected in years:
        desk.stage(cost(event_date=day, completed_qty=done, total_qty=total))
        desk.collect(invoice(inv_num=period, inv_line_id=period, ext_sll_prc=billed, inv_date=day))
        desk.month(period)
        assert desk.balances(Period.parse(period).last.isoformat()) == expected


def test_rc_11_estimate_revisions_flow_through_the_current_year(desk: Desk) -> None:
    desk.collect(order(ext_sll_prc="1500000.00", pob_template="PCT_COST"))
    years = [
        ("2026-01", "31-JAN-2026", "400000", "1000000", 600_000),
        ("2026-02", "28-FEB-2026", "935000", "1100000", 1_275_000),
        ("2026-03", "31-MAR-2026", "1070000", "1070000", 1_500_000),
    ]
    for period, day, done, total, expected in years:
        desk.stage(cost(event_date=day, completed_qty=done, total_qty=total))
        desk.month(period)
        assert -desk.balances(Period.parse(period).last.isoformat())["4010"] == expected


def test_rc_12_a_contract_that_turns_loss_making_shows_what_is_to_be_provided(desk: Desk) -> None:
    desk.collect(order(ext_sll_prc="100000.00", pob_template="PCT_COST"))
    desk.stage(cost(completed_qty="31000", total_qty="60000"))
    desk.month("2026-01")
    # Gross profit 20,666.67: 51.67% of 100,000 less 31,000.
    assert desk.balances(JAN)["4010"] == Decimal("-51666.67")
    assert desk.act("loss_report", org="US", period="2026-01").json()["lines"] == []
    desk.stage(cost(event_date="28-FEB-2026", completed_qty="84000", total_qty="140000"))
    desk.run("2026-02")
    (loss,) = desk.act("loss_report", org="US", period="2026-02").json()["lines"]
    # 60% of the price is 60,000, so 24,000 of the 40,000 loss are in the books: gross profit to date -40,000.
    assert loss == {
        "so_num": "P-1",
        "line": "P-1-1",
        "currency": "USD",
        "price": "100000.00",
        "expected_cost": "140000.00",
        "cost_to_date": "84000.00",
        "revenue_to_date": "60000.00",
        "expected_loss": "40000.00",
        "loss_in_books": "24000.00",
        "provision_needed": "16000.00",
    }
    assert {line["account"] for line in desk.all_lines()} <= {"1120", "2100", "4010"}


def test_rc_15_a_cap_that_will_bind_spreads_over_the_forecast_hours(desk: Desk) -> None:
    desk.collect(order(ext_sll_prc="150000.00", pob_template="PCT_HOURS", rev_segments="4000"))
    months = [
        ("2026-01", "31-JAN-2026", "300", "60000.00", money(a2100="-10000", a4000="-50000")),
        ("2026-02", "28-FEB-2026", "650", "70000.00", money(a2100="-21666.67", a4000="-108333.33")),
        ("2026-03", "31-MAR-2026", "900", "20000.00", money(a4000="-150000")),
    ]
    for period, day, done, billed, expected in months:
        desk.stage(hours(event_date=day, completed_qty=done, total_qty="900"))
        desk.collect(invoice(inv_num=period, inv_line_id=period, ext_sll_prc=billed, inv_date=day))
        desk.month(period)
        assert desk.balances(Period.parse(period).last.isoformat()) == expected


def test_rc_16_milestone_billing_against_revenue_over_time(desk: Desk) -> None:
    desk.collect(order(ext_sll_prc="300000.00", pob_template="PCT_COST"))
    months = [
        ("2026-01", "31-JAN-2026", "40000", "90000.00", money(a2100="-30000", a4010="-60000")),
        ("2026-02", "28-FEB-2026", "140000", None, money(a1120="120000", a4010="-210000")),
        ("2026-03", "31-MAR-2026", "200000", "120000.00", money(a1120="90000", a4010="-300000")),
        ("2026-04", "30-APR-2026", "200000", "90000.00", money(a4010="-300000")),
    ]
    accepted = 0
    for period, day, done, billed, expected in months:
        desk.stage(cost(event_date=day, completed_qty=done, total_qty="200000"))
        if billed:
            accepted += int(Decimal(billed))
            desk.stage(acceptance(str(accepted), event_date=day))
            desk.collect(invoice(inv_num=period, inv_line_id=period, ext_sll_prc=billed, inv_date=day))
        desk.month(period)
        assert desk.balances(Period.parse(period).last.isoformat()) == expected


def test_rc_16_at_a_point_in_time_revenue_waits_for_acceptance(desk: Desk) -> None:
    prices = {"P-1-1": "90000.00", "P-1-2": "120000.00", "P-1-3": "90000.00"}
    desk.collect(
        *(order(so_line_id=line, ext_sll_prc=price, pob_template="MILESTONE") for line, price in prices.items())
    )
    months = [("2026-01", "P-1-1", 90_000), ("2026-02", "", 90_000), ("2026-03", "P-1-2", 210_000)]
    months.append(("2026-04", "P-1-3", 300_000))
    for period, line, expected in months:
        if line:
            day = Period.parse(period).last.isoformat()
            desk.stage(revenue_event(so_line_id=line, event_percent="100", event_date=day))
            billed = {"ext_sll_prc": prices[line], "inv_date": day}
            desk.collect(invoice(so_line_id=line, inv_num=period, inv_line_id=period, **billed))
        desk.month(period)
        assert desk.balances(Period.parse(period).last.isoformat()) == {"4010": -expected}


def test_rc_17_prepaid_hours_are_earned_as_used_and_the_rest_when_they_expire(desk: Desk) -> None:
    # 3 x 40 hours at 250; unused hours roll over and expire on 1 April.
    prepaid = {"pob_template": "QUANTITY", "ord_qty": "120", "rev_segments": "4020"}
    desk.collect(order(ext_sll_prc="30000.00", start_date="01-JAN-2026", end_date="01-APR-2026", **prepaid))
    months = [
        ("2026-01", "01-JAN-2026", "30", money(a2100="-2500", a4020="-7500")),
        ("2026-02", "01-FEB-2026", "75", money(a2100="-1250", a4020="-18750")),
        ("2026-03", "01-MAR-2026", "110", money(a2100="-2500", a4020="-27500")),
    ]
    for period, first, used, expected in months:
        desk.collect(invoice(inv_num=period, inv_line_id=period, ext_sll_prc="10000.00", inv_date=first))
        desk.stage(revenue_event(completed_qty=used, event_date=Period.parse(period).last.isoformat()))
        desk.month(period)
        assert desk.balances(Period.parse(period).last.isoformat()) == expected
    (expired,) = desk.run("2026-04")
    assert sides(desk, expired) == [("2100", Decimal(2500), 0), ("4020", 0, Decimal(2500))]


@pytest.mark.parametrize("days", [False, True])
def test_rc_17_a_stand_ready_retainer_is_earned_straight_line(desk: Desk, days: bool) -> None:
    method = "RATABLE_DAILY" if days else "RATABLE_MONTHLY"
    desk.collect(
        order(ext_sll_prc="60000.00", pob_template=method, end_date="31-MAR-2026", rev_segments="4020"),
        invoice(ext_sll_prc="60000.00"),
    )
    # By days 31, 28 and 31 of 90.
    expected = ["-20666.67", "-39333.33", "-60000"] if days else ["-20000", "-40000", "-60000"]
    for period, revenue in zip(("2026-01", "2026-02", "2026-03"), expected, strict=True):
        desk.month(period)
        last = Period.parse(period).last.isoformat()
        assert desk.balances(last)["4020"] == Decimal(revenue)
        assert desk.balances(last).get("2100", Decimal(0)) == -60_000 - Decimal(revenue)
