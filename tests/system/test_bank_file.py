"""The bank leaves a file: each line at the bank is in the ledger once."""

from __future__ import annotations

import pytest

from sandbox.checks.books import Books
from sandbox.checks.money_billing import cash_is_bank_lines
from tests.system.worlds import problems, run


@pytest.mark.parametrize("faults", ["none", "lost-ack", "storm"])
def test_each_line_is_in_the_ledger_once(faults: str) -> None:
    judged = run("bank-file", faults=faults)
    assert problems(judged.verdict, unmet=False) == []
    payments = judged.case.rows("erp.customerPayment").values()
    lines = judged.case.rows("files.bank_line")
    assert sorted(row["checkNum"] for row in payments) == sorted(lines)
    assert len(lines) == 3


def test_a_penny_more_at_the_bank_than_in_the_ledger_is_found() -> None:
    case = run("bank-file", faults="none").case
    line = next(row for row in case.rows("files.bank_line").values() if row["account"] == "BANK-UK")
    line["amount"] += 100
    assert {each.key: each.left - each.right for each in cash_is_bank_lines(Books(case)) if not each.holds} == {
        "UK": -1
    }
