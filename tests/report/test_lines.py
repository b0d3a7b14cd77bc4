"""What screen and page show of engagements and hours, in major units, worked out by hand."""

from __future__ import annotations

from decimal import Decimal

import pytest

from sandbox.report.lines import EngagementLine, HoursLine, engagement_lines, hours_line
from tests.checks.builders import PENNY, Scene


def test_an_engagement_shows_value_billed_recognised_position_and_margin(long: Scene) -> None:
    lines = {line.code: line for line in engagement_lines(long.books)}
    assert list(lines) == [f"ENG-0{number}" for number in range(1, 9)]
    assert lines["ENG-01"] == EngagementLine(
        code="ENG-01", client="Harbour Rail plc", kind="T&M", currency="GBP", contract_value="60,000.00",
        billed="15,304.20", recognised="14,737.53", position="566.67",
        # (14,737.53 - 7,897.47) / 14,737.53 = 46.41%; February has no revenue yet and does not count.
        margin="46.4%",
    )  # fmt: skip
    assert lines["ENG-02"] == EngagementLine(
        code="ENG-02", client="Cascade Mutual Inc", kind="fixed", currency="USD", contract_value="180,000.00",
        billed="117,000.00", recognised="46,829.27", position="70,170.73",
        # (46,829.27 - 17,726.40) / 46,829.27 = 62.146%.
        margin="62.1%",
    )  # fmt: skip


def test_an_engagement_without_revenue_has_no_margin(tiny: Scene) -> None:
    for line in tiny.ledger("4000"):
        tiny.remove("erp.transactionLine", line)
    assert engagement_lines(tiny.books)[0].margin == "-"


@pytest.mark.parametrize(
    ("cost", "margin"),
    [
        # Cost is 849.99 of 1,700.01; what is added makes it 1,700.01, 2,550.02 and 1,683.01: 17.00 are left, 0.99%.
        (85_002, "0.0%"),
        (170_003, "-50.0%"),
        (83_302, "0.9%"),
    ],
)
def test_a_margin_is_tenths_of_a_percent_cut_off(tiny: Scene, cost: int, margin: str) -> None:
    job = tiny.the("erp.job", entityId="ENG-01")["id"]
    line = tiny.ledger("4000", job=job)[0]
    tiny.post(line["transaction"], "5000", cost * PENNY, job=job, period=line["period"])
    assert engagement_lines(tiny.books)[0].margin == margin


def test_an_engagement_nothing_was_posted_for_shows_nothing(tiny: Scene) -> None:
    other = tiny.plan.terms[0].model_copy(update={"code": "ENG-02", "price": Decimal("1234567.80")})
    tiny.alter_plan(terms=(*tiny.plan.terms, other))
    line = engagement_lines(tiny.books)[1]
    assert (line.code, line.contract_value, line.billed, line.recognised) == ("ENG-02", "1,234,567.80", "0.00", "0.00")
    assert (line.position, line.margin) == ("0.00", "-")


def test_billable_hours_are_billed_unbilled_or_written_off(tiny: Scene) -> None:
    assert hours_line(tiny.books) == HoursLine("20:00", "20:00", "0:00", "0:00", True)
    bill = next(iter(tiny.rows("erp.timeBill").values()))
    for line in tiny.find("erp.invoiceLine", doc=bill["id"]):
        tiny.remove("erp.invoiceLine", line)
    assert hours_line(tiny.books) == HoursLine("20:00", "13:20", "6:40", "0:00", True)
    bill["isBillable"] = 0
    assert hours_line(tiny.books) == HoursLine("20:00", "13:20", "0:00", "0:00", False)
    entry = tiny.rows("psa.time_entry")[bill["externalId"].removeprefix("PSA-T-")]
    entry["written_off"] = 1
    assert hours_line(tiny.books) == HoursLine("20:00", "13:20", "0:00", "6:40", True)


def test_hours_of_fixed_fees_and_of_others_are_not_billable_hours(long: Scene) -> None:
    before = hours_line(long.books)
    assert before.adds_up
    long.time_bill("ENG-02", "W-0003", "2026-02-04")["hours"] += 60
    assert hours_line(long.books) == before
    long.time_bill("ENG-01", "W-0016", "2026-02-04")["hours"] += 1
    assert not hours_line(long.books).adds_up
