"""Eight sentences a finance person signs: each proven by identities, none forgotten, a broken one breaks its own."""

from __future__ import annotations

from collections import Counter

from sandbox.checks.controls import CONTROLS, control_results
from sandbox.checks.findings import CheckResult
from sandbox.checks.identities import IDENTITIES
from tests.checks.builders import PENNY, Scene


def test_every_identity_of_the_catalogue_belongs_to_exactly_one_control() -> None:
    named = Counter(number for control in CONTROLS for number in control.identities)
    assert named == Counter(f"I{number:02d}" for number in range(1, 39))
    assert {each.number for each in IDENTITIES} <= set(named)
    assert len(CONTROLS) == 8


def test_all_controls_of_a_good_run_pass(calm: Scene) -> None:
    assert [each.result for each in calm.verdict().controls] == ["pass"] * 8


def test_one_minor_unit_breaks_the_control_it_is_about_and_no_other(calm: Scene) -> None:
    calm.invoice("ENG-01 2026-01")["amountRemaining"] += PENNY
    told = {each.control.name: (each.result, each.findings) for each in calm.verdict().controls}
    assert told.pop("receivables and cash") == ("fail", 1)
    assert set(told.values()) == {("pass", 0)}


def test_a_control_that_compared_nothing_is_unknown(tiny: Scene) -> None:
    for name in ("erp.invoice", "erp.invoiceLine", "erp.transactionLine"):
        tiny.rows(name).clear()
    tax = next(each for each in tiny.verdict().controls if each.control.name == "tax")
    assert (tax.result, tax.compared) == ("unknown", 0)


def test_a_verdict_says_them_as_data(tiny: Scene) -> None:
    ledger = tiny.verdict().as_json()["controls"][0]
    # Six transactions, four trial balances, one entity and month of labour.
    assert (ledger["name"], ledger["result"], ledger["compared"], ledger["found"]) == ("ledger balances", "pass", 11, 0)
    assert ledger["identities"] == ["I01", "I02", "I08", "I27", "I28", "I29"]


def test_without_money_there_are_no_controls() -> None:
    assert control_results([CheckResult("ONCE.dup", "every fact stands once")]) == []
