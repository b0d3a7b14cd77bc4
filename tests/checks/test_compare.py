"""BOOKS.expected and FIGURES.worked: one minor unit in any figure of any month is told with both sides and how."""

from __future__ import annotations

from decimal import Decimal

import pytest

from sandbox.checks.compare import check_expected, check_worked
from sandbox.checks.findings import Finding
from sandbox.plan import PeriodFigures
from tests.checks.builders import PENNY, Scene, only

BILL, CARD = "ENG-01 2026-01", ("ENG-01", "W-0016", "2026-02-04")


def post(scene: Scene, account: str, amount: int) -> None:
    """A line of ENG-01 in February, debit positive."""
    february = scene.the("erp.accountingPeriod", startDate="2026-02-01")["id"]
    job = scene.the("erp.job", entityId="ENG-01")["id"]
    scene.post(scene.ledger("4000", job=job)[0]["transaction"], account, amount, job=job, period=february)


def plant(scene: Scene, figure: str) -> None:
    """One minute or one minor unit too much in a figure of ENG-01 in February, and in no other."""
    invoice = scene.invoice(BILL)
    if figure == "minutes":
        # A minute of somebody's time that is not billable.
        bill = scene.time_bill(*CARD)
        scene.insert("erp.timeBill", bill, hours=1, isBillable=0, externalId=None)
    elif figure == "billable_value":
        scene.time_bill(*CARD)["rate"] += 15
    elif figure == "invoiced_net":
        invoice["subtotal"] += PENNY
    elif figure == "invoiced_tax":
        invoice["taxTotal"] += PENNY
    elif figure == "cash":
        scene.the("erp.paymentApplication", invoice=invoice["id"])["amount"] += PENNY
    else:
        account, amount = {"cost": ("5000", 1), "revenue": ("4000", -1), "position": ("2100", -1)}[figure]
        post(scene, account, amount * PENNY)


TOLD = {
    "minutes": "9381 min, expected 9380 min",
    "cost": "8,713.34 GBP, expected 8,713.33 GBP",
    "billable_value": "17,457.98 GBP, expected 17,457.97 GBP",
    "revenue": "0.01 GBP, expected 0.00 GBP",
    "invoiced_net": "15,304.21 GBP, expected 15,304.20 GBP",
    "invoiced_tax": "3,060.85 GBP, expected 3,060.84 GBP",
    "cash": "18,365.05 GBP, expected 18,365.04 GBP",
    "position": "566.68 GBP, expected 566.67 GBP",
}


@pytest.mark.parametrize("figure", TOLD)
def test_one_minor_unit_in_a_figure_breaks_that_figure_alone(calm: Scene, figure: str) -> None:
    plant(calm, figure)
    finding = only(check_expected(calm.books).findings)
    assert (finding.check, finding.severity) == ("BOOKS.expected", "S1")
    assert finding.key == f"ENG-01 2026-02 {figure}"
    assert finding.title == f"ENG-01 2026-02: {figure} is {TOLD[figure]}"
    minutes = figure == "minutes"
    assert finding.then == ("difference 1 min" if minutes else "difference 0.01 GBP")
    assert (finding.delta, finding.currency) == ((0, "") if minutes else (1, "GBP"))


@pytest.mark.parametrize("figure", TOLD)
def test_the_person_who_worked_it_out_notices_too_and_the_finding_says_how(calm: Scene, figure: str) -> None:
    plant(calm, figure)
    finding = only(check_worked(calm.books).findings)
    assert (finding.check, finding.key) == ("FIGURES.worked", f"ENG-01 2026-02 {figure}")
    assert finding.title.endswith(TOLD[figure])
    how = calm.plan.expectations["ENG-01"]["2026-02"].how[figure]
    assert finding.let == (how,)


def test_a_penny_given_up_too_much_is_told_in_value_and_write_off(calm: Scene) -> None:
    bill = calm.time_bill("ENG-01", "W-0015", "2026-01-19")
    entry = calm.rows("psa.time_entry")[bill["externalId"].removeprefix("PSA-T-")]
    # 450/60 x 125.0014 = 937.5105.
    entry["rate"] += 14
    told = {each.key: each.delta for each in check_expected(calm.books).findings}
    assert told == {"ENG-01 2026-01 billable_value": 1, "ENG-01 2026-01 written_off": 1}


def expecting(scene: Scene, code: str, period: str, **figures: Decimal | int) -> None:
    """Work a month out differently."""
    months = scene.plan.expectations[code]
    wrong = months[period].model_copy(update=figures)
    scene.alter_plan(expectations={**scene.plan.expectations, code: {**months, period: wrong}})


@pytest.mark.parametrize(
    ("figure", "wrong", "title"),
    [
        ("minutes", 9_599, "ENG-02 2026-01: minutes is 9600 min, expected 9599 min"),
        ("revenue", Decimal("46829.28"), "ENG-02 2026-01: revenue is 46,829.27 USD, expected 46,829.28 USD"),
        ("cash", Decimal("0.01"), "ENG-02 2026-01: cash is 0.00 USD, expected 0.01 USD"),
        ("position", Decimal("-7170.73"), "ENG-02 2026-01: position is 7,170.73 USD, expected -7,170.73 USD"),
    ],
)
def test_a_figure_worked_out_differently_by_one_is_a_finding(
    calm: Scene, figure: str, wrong: Decimal | int, title: str
) -> None:
    expecting(calm, "ENG-02", "2026-01", **{figure: wrong})
    assert only(check_worked(calm.books).findings).title == title
    assert check_expected(calm.books).findings == []


def test_only_figures_that_were_worked_out_are_compared(tiny: Scene) -> None:
    result = check_worked(tiny.books)
    # Five of January, four of February.
    assert (result.compared, result.exercised, result.result) == (9, 9, "pass")
    months = {"2026-02": PeriodFigures(cash=Decimal("2040.01"))}
    tiny.alter_plan(expectations={"ENG-01": months})
    assert check_worked(tiny.books).compared == 1


def test_nothing_worked_out_is_nothing_compared(tiny: Scene) -> None:
    tiny.alter_plan(expectations={})
    result = check_worked(tiny.books)
    assert (result.compared, result.result) == (0, "unknown")


def test_a_month_the_systems_know_nothing_of_shows_nothing(tiny: Scene) -> None:
    tiny.alter_plan(expectations={"ENG-01": {"2027-05": PeriodFigures(minutes=1, cost=Decimal("0.00"))}})
    assert only(check_worked(tiny.books).findings).title == "ENG-01 2027-05: minutes is 0 min, expected 1 min"


def test_a_month_that_should_have_nothing_is_compared_with_nothing(tiny: Scene) -> None:
    job = tiny.the("erp.job", entityId="ENG-01")["id"]
    march = tiny.the("erp.accountingPeriod", startDate="2026-03-01")["id"]
    tiny.post(tiny.ledger("4000", job=job)[0]["transaction"], "5000", PENNY, job=job, period=march)
    finding: Finding = only(check_expected(tiny.books).findings)
    assert finding.title == "ENG-01 2026-03: cost is 0.01 GBP, expected 0.00 GBP"


def test_every_figure_of_every_month_is_compared_and_hazards_are_those_of_the_books(tiny: Scene) -> None:
    result = check_expected(tiny.books)
    # Twenty-five figures of two months; three cards whose value is rounded.
    assert (result.compared, result.exercised, result.result) == (50, 3, "pass")
