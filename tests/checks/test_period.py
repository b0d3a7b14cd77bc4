"""Nothing is posted into a closed month; a reopened one takes postings again."""

from __future__ import annotations

import pytest

from tests.checks.builders import Record, Scene, failed, only

JANUARY = "2026-01-01"


def january(scene: Scene) -> str:
    return str(scene.the("erp.accountingPeriod", startDate=JANUARY)["id"])


POSTINGS = [
    ("erp.transaction", "postingPeriod"),
    ("erp.transactionLine", "period"),
    ("erp.timeBill", "custcol_posting_period"),
]


@pytest.mark.parametrize(("name", "column"), POSTINGS, ids=[name for name, _ in POSTINGS])
def test_an_engine_that_posts_into_a_closed_month_is_told(calm: Scene, name: str, column: str) -> None:
    calm.engine_wrote(name, "77", op="create", **{column: january(calm)})
    finding = only(calm.check("PERIOD.closed").findings)
    assert (finding.severity, finding.key) == ("S1", f"{name}:77")
    assert "closed erp accountingPeriod" in finding.let[0]


def test_revenue_released_into_a_closed_month_of_its_entity_is_told(calm: Scene) -> None:
    calm.engine_wrote("revenue.schedule", "77", op="create", org_id=2, period="2026-01")
    calm.engine_wrote("revenue.schedule", "78", op="create", org_id=2, period="2026-02")
    assert only(calm.check("PERIOD.closed").findings).key == "revenue.schedule:77"


def test_a_month_that_was_reopened_takes_postings_again(calm: Scene) -> None:
    calm.person_wrote("erp.accountingPeriod", january(calm), closed=0, allLocked=0)
    calm.engine_wrote("erp.transactionLine", "77", op="create", period=january(calm))
    assert calm.check("PERIOD.closed").findings == []
    calm.person_wrote("erp.accountingPeriod", january(calm), closed=1, allLocked=1)
    calm.engine_wrote("erp.transactionLine", "78", op="create", period=january(calm))
    assert only(calm.check("PERIOD.closed").findings).key == "erp.transactionLine:78"


def test_an_invoice_of_a_closed_month_may_be_paid(calm: Scene) -> None:
    invoice = next(row for row in calm.rows("erp.invoice").values() if row["postingPeriod"] == january(calm))
    calm.engine_wrote("erp.transaction", invoice["id"], foreignAmountPaid=1, status="B")
    assert calm.check("PERIOD.closed").findings == []


def test_an_amount_of_a_closed_month_may_not_be_changed(calm: Scene) -> None:
    line: Record = next(row for row in calm.rows("erp.transactionLine").values() if row["period"] == january(calm))
    calm.engine_wrote("erp.transactionLine", line["id"], debit=1)
    assert only(calm.check("PERIOD.closed").findings).key == f"erp.transactionLine:{line['id']}"


def test_two_records_that_swap_places_around_the_close_are_told(calm: Scene) -> None:
    (closed,) = [
        each for each in calm.commits("erp.accountingPeriod", january(calm)) if each["after"].get("allLocked")
        and each["phase"] != "warmup"
    ]  # fmt: skip
    line = next(row for row in calm.rows("erp.transactionLine").values() if row["period"] == january(calm))
    calm.swap(closed, calm.commits("erp.transactionLine", line["id"])[0])
    assert "erp.transactionLine" in {each.key.partition(":")[0] for each in calm.check("PERIOD.closed").findings}


def test_what_concerns_a_closed_month_and_is_posted_into_an_open_one_is_a_hazard_met(calm: Scene) -> None:
    result = calm.check("PERIOD.closed")
    assert result.result == "pass"
    before = result.exercised
    february = calm.the("erp.accountingPeriod", startDate="2026-02-01")["id"]
    calm.engine_wrote("erp.transactionLine", "77", op="create", period=february, serviceDate="2026-01-30")
    verdict = calm.verdict()
    assert verdict.by_name("PERIOD.closed").exercised == before + 1
    assert failed(verdict) == set()
