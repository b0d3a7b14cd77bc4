"""What the stories of cost and change show beyond their figures: order of billing and decision, and days."""

from __future__ import annotations

import pytest

from tests.system.worlds import Judged, run

pytestmark = pytest.mark.stories


@pytest.fixture(scope="module")
def changed() -> Judged:
    return run("fixed-fee-change-order", faults="none")


def test_the_change_is_billed_before_its_treatment_is_decided(changed: Judged) -> None:
    (modification,) = changed.case.rows("revenue.modification").values()
    bill = max(changed.case.rows("revenue.rc_bill").values(), key=lambda row: row["_created_us"])
    assert (bill["ext_sll_prc"], modification["treatment"]) == (1_500_000_000, "cumulative_catch_up")
    assert bill["_created_us"] < modification["decided_us"]


def test_the_catch_up_is_one_journal_of_the_day_the_client_approved(changed: Judged) -> None:
    revenue = {row["id"]: row for row in changed.case.rows("erp.account").values() if row["acctNumber"] == "4010"}
    documents = changed.case.rows("erp.transaction")
    found = [
        (documents[line["transaction"]]["tranDate"], line["credit"])
        for line in changed.case.rows("erp.transactionLine").values()
        if line["account"] in revenue and documents[line["transaction"]]["tranDate"] > "2026-01-31"
    ]
    assert found == [("2026-02-10", 914_634_100)]


def test_the_price_in_the_psa_waits_for_the_project_lead(changed: Judged) -> None:
    (order,) = changed.case.rows("psa.budget_change_order").values()
    assert (order["from_price"], order["to_price"], order["status"]) == (10_000_000_000, 13_500_000_000, "approved")


def test_before_the_signature_the_revenue_system_knows_nothing() -> None:
    judged = run("at-risk-start", faults="none")
    (line,) = judged.case.rows("revenue.rc_line").values()
    first_cost = min(row["_created_us"] for row in judged.case.rows("erp.timeBill").values())
    signed = next(
        change["t_us"]
        for change in judged.case.history
        if change["kind"] == "change" and change.get("deed") == "sign ENG-01"
    )
    assert first_cost < signed < line["_created_us"]
