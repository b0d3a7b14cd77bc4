"""The ledger as the checks read it: debit positive, in minor units, with names instead of ids."""

from __future__ import annotations

import pytest

from sandbox.checks.ledger import Ledger, period_names, to_minor
from tests.checks.builders import PENNY, Scene


def test_a_line_has_names_instead_of_ids(calm: Scene) -> None:
    invoice = calm.invoice("ENG-02 instalment 1")
    lines = [line for line in Ledger(calm.case).lines if line.transaction == invoice["id"]]
    receivable, position = sorted(lines, key=lambda line: -line.amount)
    assert (receivable.account, receivable.amount, receivable.currency) == ("1100", 5_400_000, "USD")
    assert (position.account, position.amount) == ("2100", -5_400_000)
    assert (position.entity, position.period, position.engagement) == ("US", "2026-01", "ENG-02")
    assert (receivable.customer, position.contract_line) == ("CL-ENG-02", "ENG-02-L1")


def test_a_line_without_amounts_is_nothing_and_one_with_both_is_the_difference(tiny: Scene) -> None:
    first, second = list(tiny.rows("erp.transactionLine").values())[:2]
    first.update(debit=None, credit=None)
    second.update(debit=5 * PENNY, credit=2 * PENNY)
    amounts = {line.line_id: line.amount for line in Ledger(tiny.case).lines}
    assert (amounts[first["id"]], amounts[second["id"]]) == (0, 3)


def test_a_total_is_over_some_accounts_and_may_be_narrowed(tiny: Scene) -> None:
    ledger = Ledger(tiny.case)
    # 1,700.01 net and 340.00 tax were invoiced and paid.
    assert ledger.total("1000") == 204_001
    assert ledger.total("1100") == 0
    assert ledger.total("1100", where=lambda line: line.amount > 0) == 204_001
    assert ledger.total("2300", "4000") == -34_000 - 170_001
    assert ledger.total("9999") == 0


def test_sums_by_a_key_are_over_the_named_accounts_alone(tiny: Scene) -> None:
    ledger = Ledger(tiny.case)
    # January: recognised 1,700.01, shown as unbilled; February: that is reversed and the invoice comes.
    assert ledger.by(lambda line: line.period, "4000") == {"2026-01": -170_001}
    assert ledger.by(lambda line: (line.period, line.account), "2100", "1105") == {
        ("2026-01", "2100"): 0,
        ("2026-01", "1105"): 170_001,
        ("2026-02", "2100"): 0,
        ("2026-02", "1105"): -170_001,
    }


@pytest.mark.parametrize(("currency", "minor"), [("USD", 123_456), ("JPY", 1_234), ("KWD", 1_234_567)])
def test_minor_units_depend_on_the_currency(tiny: Scene, currency: str, minor: int) -> None:
    # 1,234.5678 at 1e-4; what is finer than the minor unit is no amount of a document.
    assert to_minor(tiny.case, 12_345_678, currency) == minor


def test_periods_are_named_by_their_first_day(tiny: Scene) -> None:
    names = period_names(tiny.case)
    assert names[tiny.the("erp.accountingPeriod", startDate="2026-01-01")["id"]] == "2026-01"
    assert names[tiny.the("erp.accountingPeriod", startDate="2026-02-01")["id"]] == "2026-02"
