"""An engagement's months as the systems show them: the figures a person worked out for first-thread, found again."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.checks.books import Books
from sandbox.checks.expected_books import Month
from sandbox.core.periods import Period
from tests.checks.builders import PENNY, Scene

JANUARY, FEBRUARY = Period(2026, 1), Period(2026, 2)

# In minor units, from the scenario: every operand stands there.
ENG_01_JANUARY = Month(
    minutes=8_580,
    cost=789_747,
    billable_value=1_567_503,
    written_off=93_750,
    revenue=1_473_753,
    position=-1_473_753,
)
ENG_01_FEBRUARY = Month(
    minutes=9_380,
    cost=871_333,
    billable_value=1_745_797,
    invoiced_net=1_530_420,
    invoiced_tax=306_084,
    cash=1_836_504,
    position=56_667,
    # The write-off of January was on the draft.
    drafted=1_624_170,
    written_down=93_750,
)
ENG_02_JANUARY = Month(
    minutes=9_600, cost=1_772_640, revenue=4_682_927, invoiced_net=5_400_000, position=717_073, receivable=5_400_000
)
ENG_02_FEBRUARY = Month(
    minutes=10_560, cost=1_938_880, invoiced_net=6_300_000, cash=5_400_000, position=7_017_073, receivable=6_300_000
)
WORKED = {
    ("ENG-01", JANUARY): ENG_01_JANUARY,
    ("ENG-01", FEBRUARY): ENG_01_FEBRUARY,
    ("ENG-02", JANUARY): ENG_02_JANUARY,
    ("ENG-02", FEBRUARY): ENG_02_FEBRUARY,
}


@pytest.mark.parametrize("faults", ["none", "rough"])
def test_the_systems_show_the_months_a_person_worked_out(calm: Scene, rough: Scene, faults: str) -> None:
    books = (calm if faults == "none" else rough).books
    assert {key: books.actual[key] for key in WORKED} == WORKED


@pytest.mark.parametrize("faults", ["none", "rough"])
def test_deeds_and_contracts_demand_the_months_a_person_worked_out(calm: Scene, rough: Scene, faults: str) -> None:
    books = (calm if faults == "none" else rough).books
    assert {key: books.expected.months[key] for key in WORKED} == WORKED


def actual(scene: Scene, code: str, period: Period) -> Month:
    return Books(scene.case).actual[code, period]


def changed(scene: Scene, code: str = "ENG-01", period: Period = JANUARY) -> dict[str, int]:
    """By how much each figure of a month differs from what was worked out."""
    now, then = actual(scene, code, period), WORKED[code, period]
    names = Month.__slots__
    return {
        name: getattr(now, name) - getattr(then, name) for name in names if getattr(now, name) != getattr(then, name)
    }


def test_time_counts_in_the_month_it_is_posted_to_and_not_that_of_its_day(calm: Scene) -> None:
    late = calm.time_bill("ENG-01", "W-0016", "2026-01-30")
    assert changed(calm, period=FEBRUARY) == {}
    late["custcol_posting_period"] = calm.the("erp.accountingPeriod", startDate="2026-01-01")["id"]
    assert changed(calm) == {"minutes": 400, "billable_value": 56_667}
    assert changed(calm, period=FEBRUARY) == {"minutes": -400, "billable_value": -56_667}


def test_of_cards_that_look_alike_each_gets_the_entry_of_its_minutes(calm: Scene) -> None:
    entries = calm.rows("psa.time_entry")
    wanted = calm.time_bill("ENG-01", "W-0016", "2026-01-20")["externalId"].removeprefix("PSA-T-")
    alike = calm.insert("psa.time_entry", entries[wanted], time_in_minutes=399)
    # The one that looks alike stands first.
    ordered = {alike: entries[alike], **entries}
    entries.clear()
    entries.update(ordered)
    assert wanted in Books(calm.case).entry_of.values()
    assert alike not in Books(calm.case).entry_of.values()


def test_time_that_is_not_billable_has_minutes_and_no_value(calm: Scene) -> None:
    calm.time_bill("ENG-01", "W-0016", "2026-01-20")["isBillable"] = 0
    assert changed(calm) == {"billable_value": -56_667}


def test_time_of_a_fixed_fee_has_minutes_and_no_value(calm: Scene) -> None:
    calm.time_bill("ENG-02", "W-0003", "2026-01-20")["hours"] += 60
    assert changed(calm, "ENG-02") == {"minutes": 60}


def test_what_was_given_up_is_valued_by_the_psa_and_counts_in_its_month(calm: Scene) -> None:
    bill = calm.time_bill("ENG-01", "W-0015", "2026-01-19")
    entry = calm.rows("psa.time_entry")[bill["externalId"].removeprefix("PSA-T-")]
    assert (entry["written_off"], bill["isBillable"]) == (1, 0)
    # 60/60 x 125.00 more.
    entry["time_in_minutes"] += 60
    assert changed(calm) == {"billable_value": 12_500, "written_off": 12_500}


def test_time_given_up_before_it_reached_the_ledger_is_in_no_month(calm: Scene) -> None:
    calm.remove("erp.timeBill", calm.time_bill("ENG-01", "W-0015", "2026-01-19"))
    assert changed(calm) == {"minutes": -450, "billable_value": -93_750, "written_off": -93_750}


def test_an_invoice_counts_in_its_posting_period_and_cash_on_the_day_of_the_payment(calm: Scene) -> None:
    calm.invoice("ENG-01 2026-01")["postingPeriod"] = calm.the("erp.accountingPeriod", startDate="2026-01-01")["id"]
    calm.the("erp.customerPayment", checkNum="BL-ENG-01-2026-01")["tranDate"] = "2026-01-31"
    assert changed(calm) == {"invoiced_net": 1_530_420, "invoiced_tax": 306_084, "cash": 1_836_504}
    assert changed(calm, period=FEBRUARY) == {"invoiced_net": -1_530_420, "invoiced_tax": -306_084, "cash": -1_836_504}


def test_an_application_without_its_payment_is_no_cash(calm: Scene) -> None:
    calm.remove("erp.customerPayment", calm.the("erp.customerPayment", checkNum="BL-ENG-01-2026-01"))
    assert changed(calm, period=FEBRUARY) == {"cash": -1_836_504, "receivable": 1_836_504}


@pytest.mark.parametrize(
    ("account", "figures"),
    [
        ("5000", {"cost": 5}),
        ("4000", {"revenue": -5}),
        ("4040", {"revenue": -5, "passed_on": -5}),
        # A concession is negative revenue.
        ("4050", {"revenue": -5}),
        ("2100", {"position": -5}),
        ("1105", {"position": -5}),
        ("1120", {"position": -5}),
        ("6090", {}),
        ("1100", {}),
        ("1000", {}),
    ],
)
def test_a_debit_counts_where_its_account_belongs(calm: Scene, account: str, figures: dict[str, int]) -> None:
    january = calm.the("erp.accountingPeriod", startDate="2026-01-01")["id"]
    job = calm.the("erp.job", entityId="ENG-01")["id"]
    calm.post(calm.ledger("4000", job=job)[0]["transaction"], account, 5 * PENNY, job=job, period=january)
    assert changed(calm) == figures
    # A position runs on, everything else is its month's own.
    assert changed(calm, period=FEBRUARY) == {name: gap for name, gap in figures.items() if name == "position"}


def test_a_position_runs_on_through_months_without_a_movement(tiny: Scene) -> None:
    job = tiny.the("erp.job", entityId="ENG-01")["id"]
    line = tiny.ledger("4000", job=job)[0]
    tiny.post(line["transaction"], "2100", -7 * PENNY, job=job, period=line["period"])
    march = tiny.the("erp.accountingPeriod", startDate="2026-03-01")["id"]
    tiny.post(line["transaction"], "5000", PENNY, job=job, period=march)
    assert [actual(tiny, "ENG-01", Period(2026, month)).position for month in (1, 2, 3)] == [-170_001 + 7, 7, 7]


def test_what_belongs_to_no_engagement_of_the_plan_is_in_no_month(calm: Scene) -> None:
    before = dict(calm.books.actual)
    line = calm.ledger("4000")[0]
    calm.post(line["transaction"], "4000", PENNY, job=None)
    bill = calm.time_bill("ENG-01", "W-0016", "2026-02-04")
    calm.insert("erp.timeBill", bill, customer="0", externalId=None)
    calm.insert("erp.invoice", calm.invoice("ENG-01 2026-01"), job=None, externalId=None)
    assert dict(calm.books.actual) == before


def test_an_engagement_is_kept_in_the_currency_of_its_entity(calm: Scene) -> None:
    currency: dict[str, Any] = calm.books.currency
    assert {code: currency[code] for code in ("ENG-01", "ENG-02")} == {"ENG-01": "GBP", "ENG-02": "USD"}
