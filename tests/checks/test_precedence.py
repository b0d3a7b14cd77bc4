"""What rests on something comes after it: each rule is seen to fail when cause and effect swap places."""

from __future__ import annotations

import pytest

from sandbox.checks.precedence import accepted
from sandbox.interface import Before, load_interface
from tests.checks.builders import Record, Scene, record

INTERFACE = load_interface()
# Nothing is credited, and nothing spent, in first-thread.
OF_CREDITS, OF_SPENDING = {"O15"}, {"approval before expense report"}


def pair(scene: Scene, rule: Before) -> tuple[Record, Record]:
    """A change that put a cause in place, and the effect that rests on it."""
    case = scene.case
    for entry in scene.history:
        if entry["kind"] not in ("change", "effect") or f"{entry['sys']}.{entry['record']}" != rule.effect:
            continue
        begins = entry["op"] == "create" if not rule.when else accepted(entry["after"], rule.when)
        if not begins or entry["phase"] == "warmup":
            continue
        row = scene.rows(rule.effect)[entry["rec"]]
        column = rule.via or rule.named
        wanted = row[column] if column is not None else case.ref(rule.effect, entry["rec"])
        for cause_id in scene.rows(rule.needs):
            known = cause_id if rule.via else case.ref(rule.needs, cause_id)
            if known is not None and known == wanted:
                placed = next(
                    each
                    for each in scene.commits(rule.needs, cause_id)
                    if (accepted(each["after"], rule.state) if rule.state else each["op"] == "create")
                )
                return placed, entry
    raise AssertionError(f"nothing in the run is about {rule}")


@pytest.mark.parametrize("name", sorted(set(INTERFACE.before) - OF_SPENDING))
def test_an_effect_before_its_cause_is_told_by_name(rough: Scene, name: str) -> None:
    is_told(rough, name)


@pytest.mark.parametrize("name", sorted(OF_SPENDING))
def test_a_report_before_its_approval_is_told_by_name(name: str) -> None:
    is_told(record("subcontractor-bill-twice").scene(), name)


def is_told(scene: Scene, name: str) -> None:
    """Swap a cause and its effect; the rule must be found broken."""
    cause, effect = pair(scene, INTERFACE.before[name])
    assert cause["seq"] < effect["seq"]
    scene.swap(cause, effect)
    findings = scene.check("CAU.before").findings
    assert any(each.flow == name and effect["seq"] != cause["seq"] for each in findings)
    told = next(each for each in findings if each.flow == name)
    assert told.severity == ("S1" if INTERFACE.before[name].money else "S2")


@pytest.mark.parametrize("number", sorted(set(INTERFACE.order) - OF_CREDITS))
def test_a_rule_of_order_that_is_data_is_told_by_number(rough: Scene, number: str) -> None:
    cause, effect = pair(rough, INTERFACE.order[number])
    rough.swap(cause, effect)
    assert number in {each.flow for each in rough.check("ORDER.rules").findings}


@pytest.mark.parametrize("number", sorted(OF_CREDITS))
def test_a_rule_of_order_of_credits_is_told_by_number(number: str) -> None:
    scene = record("credit-and-rebill").scene()
    cause, effect = pair(scene, INTERFACE.order[number])
    scene.swap(cause, effect)
    assert number in {each.flow for each in scene.check("ORDER.rules").findings}


def test_nothing_is_said_of_a_good_run_and_close_calls_are_counted(calm: Scene) -> None:
    result = calm.check("CAU.before")
    assert result.result == "pass"
    assert set(result.parts) == set(INTERFACE.before)
    # Approved at a desk, posted at the next look a quarter of an hour later: every one of them was close.
    part = result.parts["approval before actual"]
    assert part["compared"] == part["exercised"] == len(calm.rows("erp.timeBill"))


def test_an_approval_that_was_withdrawn_before_the_invoice_was_none(calm: Scene) -> None:
    bill = calm.the("psa.invoice", user_invoice_title="ENG-02 instalment 1")
    (made,) = [
        each
        for each in calm.effects("erp.invoice", calm.invoice("ENG-02 instalment 1")["id"])
        if each["op"] == "create"
    ]
    approved = next(each for each in calm.commits("psa.invoice", bill["id"]) if each["after"].get("draft") == 0)
    back = calm.person_wrote("psa.invoice", bill["id"], draft=1)
    calm.rewrite(back, seq=approved["seq"] + 0.5)
    told = [each for each in calm.check("CAU.before").findings if each.flow == "approval before invoice"]
    assert [each.key for each in told] == [f"erp.invoice:{bill['id']}"]
    assert told[0].then.endswith("was draft 1, expected draft 0")
    assert made["seq"] in told[0].records


def test_what_names_nothing_proves_nothing(calm: Scene) -> None:
    calm.engine_wrote("erp.timeBill", "77", op="create", customer=None)
    assert calm.check("CAU.before").findings == []


def test_a_cause_that_never_was_is_told_as_such(calm: Scene) -> None:
    calm.engine_wrote("erp.timeBill", "77", op="create", customer="4711")
    told = [each for each in calm.check("CAU.before").findings if each.flow == "project before time"]
    assert [each.then for each in told] == ["when it was committed, no erp.job was erp.job 4711"]
