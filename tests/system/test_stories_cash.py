"""Tax and cash in whole stories: what each identity says when a minor unit is out of place."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from sandbox.checks.books import Books
from sandbox.checks.case import Case
from sandbox.checks.identity import Difference
from sandbox.checks.money_billing import cash_is_bank_lines, invoices_add_up
from sandbox.checks.money_documents import output_tax_is_invoiced
from tests.system.worlds import run

pytestmark = pytest.mark.stories


@pytest.fixture
def taxed() -> Case:
    return run("tax-by-rule", faults="none").case


def gaps(found: Iterable[Difference]) -> dict[str, int]:
    return {each.key: each.left - each.right for each in found if not each.holds}


def test_two_taxes_are_two_lines_of_the_ledger_and_a_paisa_too_much_on_one_is_found(taxed: Case) -> None:
    assert gaps(output_tax_is_invoiced(Books(taxed))) == {}
    central = next(each for each, row in taxed.rows("erp.salesTaxItem").items() if row["itemId"] == "IN-CGST-9")
    (line,) = [row for row in taxed.rows("erp.transactionLine").values() if row["taxCode"] == central]
    line["credit"] += 100
    # One state, 9% of 50,003.70.
    assert gaps(output_tax_is_invoiced(Books(taxed))) == {"IN 2026-01": 1, "IN 2026-01 9.00%": 1}


def test_tax_at_the_wrong_rate_is_found_though_the_sum_is_right(taxed: Case) -> None:
    codes = {row["itemId"]: each for each, row in taxed.rows("erp.salesTaxItem").items()}
    lines = taxed.rows("erp.transactionLine").values()
    next(row for row in lines if row["taxCode"] == codes["IN-SGST-9"])["taxCode"] = codes["IN-IGST-18"]
    found = gaps(output_tax_is_invoiced(Books(taxed)))
    assert found == {"IN 2026-01 9.00%": -450_033, "IN 2026-01 18.00%": 450_033}


def test_a_paisa_of_tax_on_an_invoice_or_its_copy_is_found(taxed: Case) -> None:
    invoice = next(row for row in taxed.rows("erp.invoice").values() if row["taxTotal"] == 90_006_600)
    number = invoice["tranId"]
    assert gaps(invoices_add_up(Books(taxed))) == {}
    invoice["taxTotal"] += 100
    invoice["total"] += 100
    assert gaps(invoices_add_up(Books(taxed))) == {f"{number} tax": 1, f"{number} copy": -1}


def test_a_paisa_of_tax_kept_back_or_held_is_found() -> None:
    case = run("withholding", faults="none").case
    assert gaps(cash_is_bank_lines(Books(case))) == {}
    accounts = {row["acctNumber"]: each for each, row in case.rows("erp.account").items()}
    lines = case.rows("erp.transactionLine").values()
    (kept,) = [row for row in lines if row["account"] == accounts["1140"]]
    kept["debit"] += 100
    assert gaps(cash_is_bank_lines(Books(case))) == {"IN": 1}
    kept["debit"] -= 100
    held = next(row for row in lines if row["account"] == accounts["2150"] and row["credit"])
    held["credit"] += 100
    assert gaps(cash_is_bank_lines(Books(case))) == {"UK": 1, "UK receipts": -1}
