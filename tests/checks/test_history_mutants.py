"""A passing history with one thing broken, flow by flow: the check that is about it must fire, by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.checks.builders import PENNY, Record, Scene, failed, of_eng_02

# Flow, target, what hangs on it and would stand without a parent.
FLOWS: list[tuple[str, str]] = [
    ("project.client", "psa.workspace_group"),
    ("project.workspace", "psa.workspace"),
    ("project.task", "psa.story"),
    ("project.customer", "erp.customer"),
    ("project.job", "erp.job"),
    ("project.obligation", "revenue.rc_line"),
    ("workforce.user", "psa.user"),
    ("workforce.employee", "erp.employee"),
    ("time.actual", "erp.timeBill"),
    ("billing.invoice", "erp.invoice"),
    ("billing.bill", "revenue.rc_bill"),
    ("cash.payment", "erp.customerPayment"),
    ("cash.status", "psa.external_payment"),
    ("revenue.journal", "erp.journalEntry"),
]
IDS = [flow for flow, _ in FLOWS]


def about(scene: Scene, name: str, row: Record) -> str:
    """Canonical key of a target."""
    ref = scene.case.ref(name, scene.id_of(name, row))
    return f"{scene.interface.records[name].kind}:{ref}"


def drop(scene: Scene, name: str, row: Record) -> None:
    """The effect never happened: the record is not there, and no request made it. What hung on it is gone as well."""
    record_id = scene.id_of(name, row)
    gone = scene.effects(name, record_id)
    scene.history = [each for each in scene.history if all(each is not other for other in gone)]
    scene.remove(name, row)
    children = {
        "erp.invoice": ("erp.invoiceLine", "invoice"),
        "revenue.rc_line": ("revenue.schedule", "rc_line_id"),
    }
    if name in children:
        child, column = children[name]
        for each in scene.find(child, **{column: record_id}):
            scene.remove(child, each)


@pytest.mark.parametrize(("flow", "name"), FLOWS, ids=IDS)
def test_a_dropped_effect_is_a_lost_update(calm: Scene, flow: str, name: str) -> None:
    row = of_eng_02(calm, name)
    key = about(calm, name, row)
    drop(calm, name, row)
    assert (flow, key) in {(each.flow, each.key) for each in calm.lost().findings}


@pytest.mark.parametrize(("flow", "name"), FLOWS, ids=IDS)
def test_a_doubled_effect_is_a_duplicate(calm: Scene, flow: str, name: str) -> None:
    row = of_eng_02(calm, name)
    key = about(calm, name, row)
    second = calm.insert(name, row, **({"externalId": None} if "externalId" in row else {}))
    calm.engine_made(name, second)
    assert [(each.flow, each.key) for each in calm.once().findings] == [(flow, key)]


AMOUNTS = [
    ("change.project", "psa.workspace", "price"),
    ("change.job", "erp.job", "jobPrice"),
    ("project.obligation", "revenue.rc_line", "ext_sll_prc"),
    ("time.actual", "erp.timeBill", "rate"),
    ("billing.invoice", "erp.invoice", "subtotal"),
    ("billing.number", "psa.invoice", "total"),
    ("billing.bill", "revenue.rc_bill", "ext_sll_prc"),
    ("billing.deal", "crm.Opportunity", "Billed_Amount__c"),
    ("billing.deal", "crm.Opportunity", "Paid_Amount__c"),
    ("cash.payment", "erp.customerPayment", "payment"),
    ("cash.status", "psa.external_payment", "amount"),
]


@pytest.mark.parametrize("by", [PENNY, -PENNY], ids=["one more", "one less"])
@pytest.mark.parametrize(("flow", "name", "column"), AMOUNTS, ids=[f"{each[1]}.{each[2]}" for each in AMOUNTS])
def test_a_minor_unit_too_much_or_too_little_does_not_converge(
    calm: Scene, flow: str, name: str, column: str, by: int
) -> None:
    row = of_eng_02(calm, name)
    key = about(calm, name, row)
    row[column] += by
    assert (flow, key) in {(each.flow, each.key) for each in calm.conv().findings}


def job_of(code: str) -> Callable[[Scene], Any]:
    return lambda scene: scene.the("erp.job", entityId=code)["id"]


def employee(code: str) -> Callable[[Scene], Any]:
    return lambda scene: scene.the("erp.employee", externalId=code)["id"]


def customer_of(code: str) -> Callable[[Scene], Any]:
    return lambda scene: scene.the("erp.job", entityId=code)["parent"]


def project_of(code: str) -> Callable[[Scene], Any]:
    return lambda scene: next(
        each["id"] for each in scene.rows("psa.workspace").values() if each["title"].startswith(code)
    )


MONEY = {"MONEY.identity", "BOOKS.expected", "FIGURES.worked"}
# Flow, target, the column of the parent, another parent, which other checks must ring as well.
RETARGETED: list[tuple[str, str, str, Callable[[Scene], Any], set[str]]] = [
    ("time.actual", "erp.timeBill", "customer", job_of("ENG-04"), MONEY),
    ("time.actual", "erp.timeBill", "employee", employee("W-0004"), {"MONEY.identity"}),
    ("project.job", "erp.job", "parent", customer_of("ENG-04"), set()),
    ("project.task", "psa.story", "workspace_id", project_of("ENG-04"), set()),
    ("billing.invoice", "erp.invoice", "job", job_of("ENG-04"), MONEY),
    ("project.obligation", "revenue.rc_line", "so_num", lambda _: "ENG-04", {"MONEY.identity"}),
    ("billing.bill", "revenue.rc_bill", "so_line_id", lambda _: "ENG-04-L1", set()),
]


@pytest.mark.parametrize(
    ("flow", "name", "column", "other", "also"), RETARGETED, ids=[f"{each[1]}.{each[2]}" for each in RETARGETED]
)
def test_a_record_under_another_parent_does_not_converge(
    calm: Scene, flow: str, name: str, column: str, other: Callable[[Scene], Any], also: set[str]
) -> None:
    row = of_eng_02(calm, name)
    key = about(calm, name, row)
    assert row[column] != other(calm)
    row[column] = other(calm)
    verdict = calm.verdict()
    assert (flow, key) in {(each.flow, each.key) for each in verdict.by_name("CONV.final").findings}
    assert also <= failed(verdict)


@pytest.mark.parametrize("faults", ["none", "rough"])
def test_a_dead_letter_that_was_deleted_is_missed(calm: Scene, rough: Scene, faults: str) -> None:
    scene = calm if faults == "none" else rough
    (letter,) = [each for each in scene.truth["dead_letters"] if each["flow"] == "time"]
    scene.truth["dead_letters"].remove(letter)
    verdict = scene.verdict()
    assert failed(verdict) == {"DLQ.account", "LOST.update", "MONEY.identity"}
    # Said by the source, neither applied nor given up aloud; approved, and nothing was posted.
    assert {each.flow for each in verdict.by_name("MONEY.identity").findings} == {"I31", "I32"}
    assert [each.key for each in verdict.by_name("DLQ.account").findings] == [letter["about"]]


def test_an_approved_card_that_was_never_posted_breaks_hours_and_value_as_well(calm: Scene) -> None:
    drop(calm, "erp.timeBill", calm.time_bill("ENG-01", "W-0016", "2026-02-04"))
    assert failed(calm.verdict()) == {
        "LOST.update",
        "MONEY.identity",
        "BOOKS.expected",
        "FIGURES.worked",
        "FIGURES.business",
    }


def test_a_journal_posted_twice_is_a_duplicate_and_revenue_twice(calm: Scene) -> None:
    batch = calm.the("revenue.batch", org_code="US", kind="Revenue", run_period="2026-01", run=1)
    journal = calm.the("erp.journalEntry", memo=f"revenue batch {batch['id']}")
    second = calm.insert("erp.journalEntry", journal, externalId=None)
    calm.engine_made("erp.journalEntry", second)
    for line in calm.find("erp.transactionLine", transaction=journal["id"]):
        calm.insert("erp.transactionLine", line, transaction=second)
    verdict = calm.verdict()
    assert failed(verdict) == {"ONCE.dup", "MONEY.identity", "BOOKS.expected", "FIGURES.worked", "FIGURES.business"}
    assert {each.flow for each in verdict.by_name("MONEY.identity").findings} == {"I02", "I16", "I17", "I18", "I32"}
