"""Who may work for whom: the firm says it, teams keep to it, the ERP gets it, the controller recharges by it."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from sandbox.core.errors import UsageError
from sandbox.core.tenants import ErpIntercompany
from sandbox.firm.planning import make_plan
from sandbox.firm.scenarios import FOLDER, load_scenario
from sandbox.firm.tenants import tenants_of
from sandbox.plan import Plan

STORY = (FOLDER / "fx-and-intercompany.yaml").read_text(encoding="utf-8")
FIRM = (FOLDER / "firms" / "lent-bench.yaml").read_text(encoding="utf-8")
PAIR = "  - {provider: IN, receiver: US, markup: "


def plan_of(name: str) -> Plan:
    return make_plan(*load_scenario(name), 1, profile="none")


def refusal(folder: Path, old: str, new: str) -> str:
    """What is said of the firm with one mistake in it."""
    assert FIRM.count(old) == 1
    (folder / "firm.yaml").write_text(FIRM.replace(old, new), encoding="utf-8")
    (folder / "story.yaml").write_text(STORY.replace("firm: lent-bench", "firm: firm.yaml"), encoding="utf-8")
    with pytest.raises(UsageError) as caught:
        load_scenario(str(folder / "story.yaml"))
    return caught.value.message.rpartition(str(folder))[2]


def test_the_erp_knows_the_pairs_of_the_firm() -> None:
    tenants = tenants_of(plan_of("fx-and-intercompany"))
    assert tenants.erp.intercompany == (ErpIntercompany("IN", "US", Decimal("0.12")),)


def test_the_controller_recharges_after_every_revenue_run_and_before_the_ledger_closes() -> None:
    plan = plan_of("fx-and-intercompany")
    deeds = {deed.label: deed for deed in plan.deeds}
    recharge, close = deeds["recharge 2026-01"], deeds["close ledger 2026-01"]
    assert (recharge.person, recharge.verb, recharge.args) == ("controller", "intercompany", {"period": "2026-01"})
    assert all(deed.due_us < recharge.due_us for deed in plan.deeds if deed.verb in ("run_period", "close_revenue"))
    assert recharge.label in close.after


def test_every_entity_is_remeasured_after_the_recharge_and_before_the_ledger_closes() -> None:
    deeds = {deed.label: deed for deed in plan_of("fx-and-intercompany").deeds}
    close = deeds["close ledger 2026-01"]
    for entity in ("US", "IN"):
        revalue = deeds[f"revalue {entity} 2026-01"]
        assert (revalue.person, revalue.verb) == ("controller", "revalue")
        assert revalue.args == {"entity": entity, "period": "2026-01"}
        assert revalue.due_us > deeds["recharge 2026-01"].due_us
        assert {"recharge 2026-01", "close revenue US 2026-01", "close revenue IN 2026-01"} <= set(revalue.after)
        assert revalue.label in close.after


def test_the_group_is_reported_on_when_the_ledger_is_closed() -> None:
    deeds = {deed.label: deed for deed in plan_of("fx-and-intercompany").deeds}
    eliminate = deeds["eliminate 2026-01"]
    assert (eliminate.after, eliminate.args) == (("close ledger 2026-01",), {"period": "2026-01", "currency": "USD"})
    for entity in ("US", "IN"):
        translate = deeds[f"translate {entity} 2026-01"]
        assert translate.after == ("close ledger 2026-01", "eliminate 2026-01")
        assert translate.args == {"entity": entity, "period": "2026-01", "currency": "USD"}


def test_a_firm_without_rates_or_group_remeasures_and_reports_nothing() -> None:
    assert {deed.verb for deed in plan_of("tiny-thread").deeds}.isdisjoint({"revalue", "eliminate", "translate"})


def test_a_firm_without_pairs_recharges_nothing() -> None:
    assert [deed for deed in plan_of("tiny-thread").deeds if deed.verb == "intercompany"] == []


def test_a_team_keeps_to_the_pairs(tmp_path: Path) -> None:
    told = refusal(tmp_path, f'{PAIR}"0.12"}}', '  - {provider: US, receiver: IN, markup: "0.12"}')
    line = STORY.split("    team:")[0].count("\n") + 1
    assert told.startswith(f"/story.yaml:{line}: scripted.0.team.0: W-0002 is of IN, and the firm has no intercompany")


@pytest.mark.parametrize(
    ("new", "told"),
    [
        ('  - {provider: INN, receiver: US, markup: "0.12"}', "intercompany.0.provider: unknown entity 'INN'"),
        ('  - {provider: US, receiver: US, markup: "0.12"}', "intercompany.0.receiver: US cannot charge itself"),
        (f'{PAIR}"0.12"}}\n{PAIR}"0.15"}}', "intercompany.1: pair IN for US stands there twice"),
        (f'{PAIR}"1.2"}}', "intercompany.0.markup: input should be less than 1"),
    ],
)
def test_a_pair_that_cannot_be_is_told_with_its_place(tmp_path: Path, new: str, told: str) -> None:
    assert told in refusal(tmp_path, f'{PAIR}"0.12"}}', new)
