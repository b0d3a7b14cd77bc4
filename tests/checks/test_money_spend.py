"""I04 and the spent part of I11: a passing story with one minor unit out of place breaks just these."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from tests.checks.builders import PENNY, Record, Recorded, Scene, gaps, record


@pytest.fixture(scope="module")
def spent_run() -> Recorded:
    return record("subcontractor-bill-twice")


@pytest.fixture
def spent(spent_run: Recorded) -> Scene:
    return spent_run.scene()


@dataclass(frozen=True)
class Plant:
    """What is put out of place, and the identities with keys that must say so."""

    what: str
    how: Callable[[Scene], None]
    red: dict[str, dict[str, str]]


def add(row: Record, column: str, amount: int = PENNY) -> None:
    row[column] = (row[column] or 0) + amount


def on_ledger(account: str, column: str) -> Callable[[Scene], None]:
    def plant(scene: Scene) -> None:
        add(scene.ledger(account)[0], column)

    return plant


def on_claim(scene: Scene) -> None:
    add(scene.the("psa.expense", amount=864_000), "amount")


def on_noted_tax(scene: Scene) -> None:
    row = next(row for row in scene.rows("psa.expense").values() if (row["notes"] or "").endswith("input tax 29.00"))
    row["notes"] = row["notes"].replace("29.00", "29.01")


def on_bill(scene: Scene) -> None:
    add(scene.the("erp.vendorBill", tranId="KS-2041"), "total")


def number_twice(scene: Scene) -> None:
    scene.the("erp.vendorBill", tranId="77").update(
        tranId="KS-2041", entity=scene.the("erp.vendorBill", tranId="KS-2041")["entity"]
    )


def another_account(account: str, other: str) -> Callable[[Scene], None]:
    def plant(scene: Scene) -> None:
        number = scene.the("erp.account", acctNumber=other)["id"]
        for line in scene.ledger(account):
            line["account"] = number

    return plant


def on_invoice_line(scene: Scene) -> None:
    add(scene.the("erp.invoiceLine", amount=185_000_000), "amount")


PLANTS = [
    Plant("an expense in the PSA", on_claim, {
        "I04": {"UK": "-0.01 GBP"}, "I11": {"ENG-01": "-0.01 GBP"},
    }),
    Plant("the tax in its notes", on_noted_tax, {"I04": {"UK": "-0.01 GBP"}}),
    Plant("what is owed to employees", on_ledger("2020", "credit"), {"I04": {"UK": "0.01 GBP"}}),
    Plant("what is owed to suppliers", on_ledger("2000", "credit"), {"I04": {"UK": "0.01 GBP"}}),
    Plant("a supplier's bill", on_bill, {"I04": {"UK": "-0.01 GBP"}}),
    Plant("a supplier's number", number_twice, {"I04": {"suppliers' numbers": "1 numbers"}}),
    Plant("the account of reverse charge", another_account("2310", "7900"), {"I04": {"UK 2026-02": "-240.00 GBP"}}),
    Plant("input tax", on_ledger("1150", "debit"), {"I04": {"UK 2026-01": "0.01 GBP"}}),
    Plant("a line of the invoice", on_invoice_line, {
        "I11": {"ENG-01": "0.01 GBP", "ENG-01 ENG-01-L1": "0.01 GBP"},
    }),
    Plant("revenue above what was billed", on_ledger("4040", "credit"), {"I11": {"ENG-01": "0.01 GBP"}}),
]  # fmt: skip


@pytest.mark.parametrize("plant", PLANTS, ids=lambda each: each.what)
def test_one_minor_unit_out_of_place_is_told(spent: Scene, plant: Plant) -> None:
    plant.how(spent)
    told = gaps(spent.money())
    for number, keys in plant.red.items():
        assert {key: next(iter(differences)) for key, differences in told[number].items()} == keys


def test_the_story_as_it_was_has_nothing_out_of_place(spent: Scene) -> None:
    assert gaps(spent.money()) == {}
    assert spent.money().parts["I04"]["compared"] >= 8


WRONG = [
    ("erp.expenseReport", {"amount": 864_000}, "amount", 1, "expense.report"),
    ("erp.expenseReport", {"amount": 864_000}, "tranDate", "2031-01-01", "expense.report"),
    ("erp.expenseLine", {"amount": 864_000}, "customer", "1", "expense.line"),
    ("erp.expenseLine", {"amount": 864_000}, "isBillable", 0, "expense.line"),
    ("psa.expense", {"amount": 185_000_000}, "workspace_id", "1", "subcontract.expense"),
    ("psa.expense", {"amount": 185_000_000}, "billable", 0, "subcontract.expense"),
    ("erp.vendorBill", {"tranId": "KS-2041"}, "approvalStatus", "1", "subcontract.approval"),
    ("revenue.rc_line", {"so_line_id": "ENG-01-L1-X-2026-02"}, "ext_sll_prc", 1, "revenue.rebill"),
]


@pytest.mark.parametrize(("name", "which", "column", "wrong", "flow"), WRONG)
def test_every_flow_of_spending_is_compared_field_by_field(
    spent: Scene, name: str, which: dict[str, object], column: str, wrong: object, flow: str
) -> None:
    spent.the(name, **which)[column] = wrong
    assert flow in {each.flow for each in spent.conv().findings}


def test_an_expense_that_never_arrived_is_lost(spent: Scene) -> None:
    report = spent.the("erp.expenseReport", amount=864_000)
    del spent.rows("erp.expenseReport")[report["id"]]
    assert [each.flow for each in spent.lost().findings] == ["expense.report"]
