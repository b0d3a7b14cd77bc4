"""The period run: what each line has earned, what each contract's position is at the end, and the close in order."""

from __future__ import annotations

from decimal import Decimal

import pytest

from mocks.revenue.rules_currency import converted
from tests.mocks.revenue.client import Desk, hours, invoice, order

JAN, FIRST_OF_FEB, FEB = "2026-01-31", "2026-02-01", "2026-02-28"


def money(**amounts: str) -> dict[str, Decimal]:
    """``a2100="-40"`` as ``{"2100": Decimal("-40")}``."""
    return {account[1:]: Decimal(amount) for account, amount in amounts.items()}


# -- posting-map.md section 2, "Followed through", in thousands -----------------------------------------------------


def test_time_and_materials_18_shows_an_unbilled_receivable_until_it_is_invoiced(desk: Desk) -> None:
    desk.collect(order(right_to_bill="Y", ext_sll_prc="18000.00", rev_segments="4000"))
    revenue, netting, reversal = desk.run()
    assert [(batch["name"], batch["period"], batch["lines"]) for batch in (revenue, netting, reversal)] == [
        ("US 2026-01 REVENUE 1", "2026-01", 2),
        ("US 2026-01 NETTING 1", "2026-01", 2),
        ("US 2026-01 REVERSAL 1", "2026-02", 2),
    ]
    accounts = [(line["account"], line["entered_dr"], line["entered_cr"]) for line in desk.lines(revenue["id"])]
    assert accounts == [("2100", Decimal(18000), 0), ("4000", 0, Decimal(18000))]
    assert desk.balances(JAN) == money(a1105="18000", a4000="-18000")
    assert desk.balances(FIRST_OF_FEB) == money(a2100="18000", a4000="-18000")
    # Net of tax: the tax of the invoice is not this system's business.
    desk.collect(invoice(ext_sll_prc="18000.00", inv_date="10-FEB-2026"))
    assert desk.balances(FEB) == money(a4000="-18000")
    desk.close("2026-01")
    assert desk.run("2026-02") == []


def test_a_fixed_fee_billed_ahead_stays_a_liability_for_the_rest(desk: Desk) -> None:
    desk.collect(order(ext_sll_prc="100000.00"), invoice(ext_sll_prc="100000.00"))
    assert desk.balances(JAN) == money(a2100="-100000")
    desk.stage(hours(completed_qty="60", total_qty="100"))
    assert [batch["name"] for batch in desk.run()] == ["US 2026-01 REVENUE 1"]
    assert desk.balances(JAN) == money(a2100="-40000", a4010="-60000")
    assert desk.balances(FIRST_OF_FEB) == desk.balances(JAN)


def test_a_fixed_fee_earned_before_billed_shows_a_contract_asset_at_period_end(desk: Desk) -> None:
    desk.collect(order(ext_sll_prc="100000.00"), invoice(ext_sll_prc="20000.00"))
    desk.stage(hours(completed_qty="60", total_qty="100"))
    desk.run()
    assert desk.balances(JAN) == money(a1120="40000", a4010="-60000")
    assert desk.balances(FIRST_OF_FEB) == money(a2100="40000", a4010="-60000")
    desk.collect(invoice(ext_sll_prc="60000.00", inv_line_id="INV-2-1", inv_date="05-FEB-2026"))
    assert desk.balances(FEB) == money(a2100="-20000", a4010="-60000")
    desk.close("2026-01")
    assert desk.run("2026-02") == []


def test_a_contract_of_both_kinds_shows_its_unbilled_hours_beside_what_is_billed_ahead(desk: Desk) -> None:
    desk.collect(
        order(ext_sll_prc="100.00"),
        order(so_line_id="P-1-2", ext_sll_prc="18.00", right_to_bill="Y", rev_segments="4000"),
        invoice(ext_sll_prc="100.00"),
    )
    desk.stage(hours(completed_qty="60"))
    desk.run()
    assert desk.balances(JAN) == money(a1105="18", a2100="-40", a4000="-18", a4010="-60")


def test_unbilled_hours_come_first_and_the_rest_of_the_debit_is_a_contract_asset(desk: Desk) -> None:
    desk.collect(
        order(ext_sll_prc="100.00"),
        order(so_line_id="P-1-2", ext_sll_prc="18.00", right_to_bill="Y", rev_segments="4000"),
        invoice(ext_sll_prc="20.00"),
        invoice(so_line_id="P-1-2", inv_line_id="INV-1-2", ext_sll_prc="8.00"),
    )
    desk.stage(hours(completed_qty="60"))
    desk.run()
    assert desk.balances(JAN) == money(a1105="10", a1120="40", a4000="-18", a4010="-60")


# -- release --------------------------------------------------------------------------------------------------------


def test_revisions_of_progress_post_the_difference_and_a_fall_is_posted_reversed(desk: Desk) -> None:
    """RC-11: 40% and 85% of 1,500,000; then total hours rise, so that what is earned falls."""
    desk.collect(order(ext_sll_prc="1500000.00"))
    desk.stage(hours(completed_qty="400000", total_qty="1000000"))
    desk.run("2026-01")
    assert desk.balances(JAN)["4010"] == -600_000
    desk.close("2026-01")
    desk.stage(hours(event_date="28-FEB-2026", completed_qty="935000", total_qty="1100000"))
    desk.run("2026-02")
    assert desk.balances(FEB)["4010"] == -1_275_000
    desk.close("2026-02")
    desk.stage(hours(event_date="15-MAR-2026", completed_qty="1000000", total_qty="1250000"))
    revenue = desk.run("2026-03")[0]
    assert [(line["account"], line["entered_dr"], line["entered_cr"]) for line in desk.lines(revenue["id"])] == [
        ("4010", Decimal(75_000), 0),
        ("2100", 0, Decimal(75_000)),
    ]
    assert desk.balances("2026-03-31")["4010"] == -1_200_000
    desk.close("2026-03")
    desk.stage(hours(event_date="30-APR-2026", completed_qty="1250000", total_qty="1250000"))
    desk.run("2026-04")
    assert desk.balances("2026-04-30") == money(a1120="1500000", a4010="-1500000")
    released = [row["amount"] // 10_000 for row in desk.mock.store.find("schedule", order='"period"')]
    assert released == [600_000, 675_000, -75_000, 300_000]


@pytest.mark.parametrize(
    ("price", "done", "total", "earned"),
    [
        ("100.00", "1", "3", "33.33"),
        ("0.05", "1", "10", "0.01"),
        ("0.15", "1", "10", "0.02"),
        ("100.00", "120", "100", "100.00"),
        ("100.00", "0", "100", "0"),
        ("1350000.00", "420", "820", "691463.41"),
        ("100.00", "12.333333333333", "37", "33.33"),
    ],
)
def test_progress_is_not_rounded_before_the_price_is(
    desk: Desk, price: str, done: str, total: str, earned: str
) -> None:
    desk.collect(order(ext_sll_prc=price))
    desk.stage(hours(completed_qty=done, total_qty=total))
    desk.run()
    assert -desk.balances(JAN).get("4010", Decimal(0)) == Decimal(earned)


def test_the_latest_event_by_its_date_counts_and_of_one_date_the_later_upload(desk: Desk) -> None:
    desk.collect(order())
    desk.stage(hours(event_date="31-JAN-2026", completed_qty="10"), hours(event_date="31-JAN-2026", completed_qty="20"))
    desk.stage(hours(event_date="15-JAN-2026", completed_qty="90"))
    desk.stage(hours(event_date="01-FEB-2026", completed_qty="95"))
    desk.run()
    assert desk.balances(JAN)["4010"] == -20


def test_a_late_event_of_a_closed_period_falls_into_the_open_one(desk: Desk) -> None:
    desk.collect(order())
    desk.run()
    desk.close("2026-01")
    desk.stage(hours(event_date="31-JAN-2026", completed_qty="60"))
    desk.run("2026-02")
    assert desk.balances(JAN) == {}
    assert desk.balances(FEB) == money(a1120="60", a4010="-60")


def test_a_line_without_events_earns_nothing(desk: Desk) -> None:
    desk.collect(order())
    assert desk.run() == []


def test_a_right_to_bill_line_is_earned_in_the_period_of_its_end_date(desk: Desk) -> None:
    desk.collect(order(right_to_bill="Y", end_date="01-FEB-2026"))
    assert desk.run() == []
    desk.close("2026-01")
    desk.run("2026-02")
    assert desk.balances(FEB) == money(a1105="100", a4010="-100")


def test_a_lower_total_takes_back_what_was_released(desk: Desk) -> None:
    desk.collect(order(right_to_bill="Y"))
    desk.run()
    desk.collect(order(right_to_bill="Y", ext_sll_prc="70.00"))
    assert [batch["name"] for batch in desk.run()] == [
        "US 2026-01 REVENUE 2",
        "US 2026-01 NETTING 2",
        "US 2026-01 REVERSAL 2",
    ]
    assert desk.balances(JAN) == money(a1105="70", a4010="-70")
    assert desk.balances(FIRST_OF_FEB) == money(a2100="70", a4010="-70")
    (schedule,) = desk.mock.dump()["schedule"].values()
    assert schedule["amount"] == 700_000


# -- running again --------------------------------------------------------------------------------------------------


def test_a_second_run_without_changes_makes_no_batch_and_changes_nothing(desk: Desk) -> None:
    desk.collect(order(), invoice(ext_sll_prc="20.00"))
    desk.stage(hours())
    assert len(desk.run()) == 3
    before = desk.mock.dump()
    assert desk.run() == []
    assert desk.mock.dump() == before


def test_a_second_run_posts_differences_only(desk: Desk) -> None:
    desk.collect(order())
    desk.stage(hours(completed_qty="60"))
    desk.run()
    desk.stage(hours(completed_qty="70"))
    desk.collect(invoice(ext_sll_prc="65.00"))
    revenue, netting, reversal = desk.run()
    assert [(each["account"], each["entered_dr"]) for each in desk.lines(revenue["id"])] == [
        ("2100", Decimal(10)),
        ("4010", 0),
    ]
    # The asset was 60 and is 5: 55 go back.
    assert [(each["account"], each["entered_dr"]) for each in desk.lines(netting["id"])] == [
        ("2100", Decimal(55)),
        ("1120", 0),
    ]
    assert [(each["account"], each["entered_dr"]) for each in desk.lines(reversal["id"])] == [
        ("1120", Decimal(55)),
        ("2100", 0),
    ]
    assert desk.balances(JAN) == money(a1120="5", a4010="-70")
    assert desk.balances(FIRST_OF_FEB) == money(a2100="5", a4010="-70")


def test_a_bill_alone_changes_the_netting_and_not_the_revenue(desk: Desk) -> None:
    desk.collect(order(right_to_bill="Y"))
    desk.run()
    desk.collect(invoice(ext_sll_prc="100.00", inv_date="31-JAN-2026"))
    assert [batch["name"] for batch in desk.run()] == ["US 2026-01 NETTING 2", "US 2026-01 REVERSAL 2"]
    assert desk.balances(JAN) == money(a4010="-100")


def test_netting_cuts_bills_by_the_period_of_their_date(desk: Desk) -> None:
    desk.collect(order(right_to_bill="Y"), invoice(inv_date="01-FEB-2026"))
    desk.run()
    assert desk.balances(JAN) == money(a1105="100", a4010="-100")
    assert desk.balances(FIRST_OF_FEB) == money(a4010="-100")


def test_events_that_are_staged_are_processed_by_the_run(desk: Desk) -> None:
    desk.collect(order())
    desk.stage(hours())
    answer = desk.act("run_period", org="US", period="2026-01").json()
    assert (answer["events"], answer["org"], answer["period"]) == (1, "US", "2026-01")
    assert len(desk.mock.dump()["pob_event"]) == 1


# -- other organisations and currencies -----------------------------------------------------------------------------


def test_a_run_is_of_one_organisation(desk: Desk) -> None:
    desk.collect(order(right_to_bill="Y"))
    uk = order(business_unit="UK", so_num="U-1", so_line_id="U-1-1", curr="GBP", f_cur="GBP", right_to_bill="Y")
    desk.collect(uk, org_id=2)
    desk.run(org="UK")
    assert {line["so_num"] for line in desk.all_lines()} == {"U-1"}
    assert {line["org_code"] for line in desk.all_lines()} == {"UK"}
    assert desk.balances(JAN) == {}


def test_a_foreign_contract_is_carried_in_both_currencies_and_cumulative_conversion_leaves_no_residue(
    desk: Desk,
) -> None:
    euros = order(curr="EUR", f_ex_rate="1.0837", ext_sll_prc="100.00")
    desk.collect(euros)
    sums = []
    for month, done in (("01", "33"), ("02", "66"), ("03", "100")):
        desk.stage(hours(event_date=f"2026-{month}-28", completed_qty=done))
        revenue = desk.run(f"2026-{month}")[0]
        debit = desk.lines(revenue["id"])[0]
        assert (debit["currency"], debit["func_currency"], debit["ex_rate"]) == ("EUR", "USD", Decimal("1.0837"))
        sums.append((debit["entered_dr"], debit["accounted_dr"]))
        desk.close(f"2026-{month}")
    assert sums == [
        (Decimal(33), Decimal("35.76")),
        (Decimal(33), Decimal("35.76")),
        (Decimal(34), Decimal("36.85")),
    ]
    assert sum(accounted for _, accounted in sums) == Decimal("108.37")


def test_a_second_run_of_a_foreign_contract_converts_from_what_both_runs_released(desk: Desk) -> None:
    desk.collect(order(curr="EUR", f_ex_rate="1.0837", ext_sll_prc="100.00"))
    accounted = []
    for month, done in (("01", "33"), ("01", "66"), ("02", "100")):
        desk.stage(hours(event_date=f"2026-{month}-28", completed_qty=done))
        if month == "02":
            desk.close("2026-01")
        accounted.append(desk.lines(desk.run(f"2026-{month}")[0]["id"])[0]["accounted_dr"])
    assert accounted == [Decimal("35.76"), Decimal("35.76"), Decimal("36.85")]


def test_a_yen_contract_has_no_decimals(desk: Desk) -> None:
    yen = order(curr="JPY", f_ex_rate="0.0067", ext_sll_prc="100", ext_lst_prc="100")
    desk.collect(yen)
    desk.stage(hours(completed_qty="1", total_qty="3"))
    revenue = desk.run()[0]
    debit = desk.lines(revenue["id"])[0]
    assert (debit["entered_dr"], debit["accounted_dr"]) == (Decimal(33), Decimal("0.22"))


@pytest.mark.parametrize(
    ("amount", "rate", "currency", "expected"),
    [
        (1_000_000, "150.126", "JPY", 150_130_000),
        (1_000_000, "0.30625", "KWD", 306_250),
        (1_000_000, "1.00005", "USD", 1_000_100),
        (-1_000_000, "1.00005", "USD", -1_000_100),
        (9_999_999_999_999_900, "0.123456789012", "USD", 1_234_567_890_120_000),
    ],
)
def test_conversion_rounds_half_away_to_the_minor_unit_of_the_target(
    amount: int, rate: str, currency: str, expected: int
) -> None:
    assert converted(amount, rate, currency) == expected


# -- the close ------------------------------------------------------------------------------------------------------


def test_periods_are_seeded_closed_open_and_future(desk: Desk) -> None:
    answer = desk.act("period_status", org="US")
    assert [(each["period"], each["status"]) for each in answer.json()["periods"]][:4] == [
        ("2025-11", "Closed"),
        ("2025-12", "Closed"),
        ("2026-01", "Open"),
        ("2026-02", "Future"),
    ]


def test_closing_opens_the_next_period_of_that_organisation_only(desk: Desk) -> None:
    answer = desk.act("close_period", org="US", period="2026-01")
    assert answer.json() == {"org": "US", "closed": "2026-01", "opened": "2026-02"}

    def open_in(org: str) -> list[str]:
        periods = desk.act("period_status", org=org).json()["periods"]
        return [each["period"] for each in periods if each["status"] == "Open"]

    assert (open_in("US"), open_in("UK")) == (["2026-02"], ["2026-01"])


def test_the_last_period_closes_without_a_successor(desk: Desk) -> None:
    for month in range(1, 6):
        desk.close(f"2026-0{month}")
    answer = desk.act("close_period", org="US", period="2026-06")
    assert answer.json() == {"org": "US", "closed": "2026-06", "opened": None}
    refused = desk.act("run_period", org="US", period="2026-06")
    assert refused.status == 422
    assert "no period is open" in refused.json()["errors"][0]["message"]


def test_a_period_with_batches_ready_to_transfer_stays_open(desk: Desk) -> None:
    desk.collect(order(right_to_bill="Y"))
    revenue, netting, _ = desk.run()
    before = desk.mock.dump()
    answer = desk.act("close_period", org="US", period="2026-01")
    assert answer.status == 422
    assert answer.json()["errors"][0] == {
        "message": "period 2026-01 of US has batches ready to transfer: US 2026-01 REVENUE 1, US 2026-01 NETTING 1",
        "field": "period",
    }
    assert desk.mock.dump() == before
    for batch in (revenue, netting):
        assert desk.call("PUT", f"/journal/batch/status/{batch['id']}").status == 200
    # The reversal belongs to the next period and does not hold this one.
    assert desk.act("close_period", org="US", period="2026-01").status == 200
    assert [batch["name"] for batch in desk.ready()] == ["US 2026-01 REVERSAL 1"]
    assert desk.act("close_period", org="US", period="2026-02").status == 422


@pytest.mark.parametrize("action", ["run_period", "close_period"])
@pytest.mark.parametrize(
    ("form", "status", "field"),
    [
        ({"org": "US", "period": "2025-12"}, 422, "period"),
        ({"org": "US", "period": "2026-02"}, 422, "period"),
        ({"org": "US", "period": "2030-01"}, 422, "period"),
        ({"org": "US", "period": "January"}, 422, "period"),
        ({"org": "US", "period": "2026-13"}, 422, "period"),
        ({"org": "USA", "period": "2026-01"}, 404, "org"),
        ({"org": "US"}, 422, "period"),
        ({"org": "US", "period": "2026-01", "force": True}, 422, "force"),
    ],
)
def test_a_form_that_does_not_fit_is_refused_with_its_field_and_stores_nothing(
    desk: Desk, action: str, form: dict[str, object], status: int, field: str
) -> None:
    desk.collect(order(right_to_bill="Y"))
    before = desk.mock.dump()
    answer = desk.act(action, **form)
    assert (answer.status, answer.json()["errors"][0]["field"]) == (status, field)
    assert desk.mock.dump() == before
