"""ONCE.dup: a fact that stands twice is found with its two requests, the faults and the money; look-alikes are not."""

from __future__ import annotations

import pytest

from sandbox.checks.once import created_by
from tests.checks.builders import Record, Scene, of_eng_02, only


def double(scene: Scene, name: str, row: Record) -> tuple[str, int]:
    """The engine creates a record again, without its key; returns the second record's id and its request."""
    plain = {"externalId": None} if "externalId" in row else {}
    second = scene.insert(name, row, **plain, _created_us=row["_created_us"] + 30_000_000)
    return second, scene.engine_made(name, second)


# Record, flow, what is too much in minor units: 8 h x 212.00, the first instalment, the price, and nothing for people
# and clients.
DOUBLES = [
    ("erp.timeBill", "time.actual", 169_600),
    ("erp.invoice", "billing.invoice", 5_400_000),
    ("erp.job", "project.job", 18_000_000),
    ("erp.customer", "project.customer", 0),
    ("erp.employee", "workforce.employee", 0),
    ("erp.customerPayment", "cash.payment", 5_400_000),
    ("psa.workspace", "project.workspace", 18_000_000),
    ("psa.workspace_group", "project.client", 0),
    ("psa.story", "project.task", 0),
    ("psa.external_payment", "cash.status", 5_400_000),
    ("revenue.rc_line", "project.obligation", 18_000_000),
    ("revenue.rc_bill", "billing.bill", 5_400_000),
]


@pytest.mark.parametrize(("name", "flow", "too_much"), DOUBLES, ids=[name for name, _, _ in DOUBLES])
def test_a_fact_that_stands_twice_is_found_with_its_money(calm: Scene, name: str, flow: str, too_much: int) -> None:
    row = of_eng_02(calm, name)
    second, rq = double(calm, name, row)
    finding = only(calm.once().findings)
    first = calm.id_of(name, row)
    assert (finding.check, finding.severity, finding.flow) == ("ONCE.dup", "S1", flow)
    assert (finding.delta, finding.currency) == (too_much, "USD")
    assert first in finding.then
    assert second in finding.then
    assert finding.then.index(first) < finding.then.index(second)
    assert finding.requests[-1] == rq


def test_a_doubled_journal_is_worth_the_sum_of_its_debits(calm: Scene) -> None:
    batch = calm.the("revenue.batch", org_code="US", kind="Revenue", run_period="2026-01", run=1)
    journal = calm.the("erp.journalEntry", memo=f"revenue batch {batch['id']}")
    second, _ = double(calm, "erp.journalEntry", journal)
    lines = calm.find("erp.transactionLine", transaction=journal["id"])
    for line in lines:
        calm.insert("erp.transactionLine", line, transaction=second)
    finding = only(calm.once().findings)
    assert (finding.flow, finding.key) == ("revenue.journal", f"batch:{batch['id']}")
    assert finding.delta == sum(line["debit"] or 0 for line in lines) // 100
    assert finding.delta > 4_682_927


def test_the_finding_names_both_requests_the_fault_and_what_was_seen(rough: Scene) -> None:
    created = [fault for fault in rough.case.fired if fault["fkind"] == "W04" and fault["sys"] == "erp"]
    effects = {
        effect["rq"]: effect for effect in rough.history if effect["kind"] == "effect" and effect["op"] == "create"
    }
    fault = next(each for each in created if effects.get(each["rq"], {}).get("record") == "timeBill")
    first = effects[fault["rq"]]
    bill = rough.rows("erp.timeBill")[first["rec"]]
    second, rq = double(rough, "erp.timeBill", bill)

    finding = only(rough.once().findings)

    time = str(bill["externalId"]).removeprefix("PSA-T-")
    assert finding.key == f"time:{time}"
    assert finding.title == f"2 live records of erp.timeBill are the one time {time}"
    assert finding.requests == (fault["rq"], rq)
    assert finding.faults == (fault["fid"],)
    assert finding.records == (first["seq"], next(e["seq"] for e in rough.effects("erp.timeBill", second)))
    assert finding.let[0].endswith(f"-> create timeBill {bill['id']}; answered 204, answer lost ({fault['fid']})")
    assert finding.let[1].endswith(f"-> create timeBill {second}; answered 204, answer seen")
    assert " too much." in finding.then


def test_three_of_one_are_one_finding_worth_two_too_many(calm: Scene) -> None:
    row = of_eng_02(calm, "erp.invoice")
    double(calm, "erp.invoice", row)
    double(calm, "erp.invoice", row)
    finding = only(calm.once().findings)
    assert finding.title.startswith("3 live records of erp.invoice are the one invoice ")
    assert finding.delta == 10_800_000


def test_the_extra_amount_is_that_of_the_later_record(calm: Scene) -> None:
    row = of_eng_02(calm, "erp.customerPayment")
    second, _ = double(calm, "erp.customerPayment", row)
    calm.rows("erp.customerPayment")[second]["payment"] += 100
    assert only(calm.once().findings).delta == 5_400_001


def test_a_double_that_was_deleted_is_innocent(calm: Scene) -> None:
    row = of_eng_02(calm, "erp.timeBill")
    second, _ = double(calm, "erp.timeBill", row)
    calm.remove("erp.timeBill", calm.rows("erp.timeBill")[second])
    calm.engine_made("erp.timeBill", second, op="delete")
    assert calm.once().findings == []


def test_two_records_that_nobody_can_name_are_not_one_fact(calm: Scene) -> None:
    row = of_eng_02(calm, "erp.timeBill")
    calm.insert("erp.timeBill", row, externalId=None, hours=1)
    calm.insert("erp.timeBill", row, externalId=None, hours=2)
    assert calm.once().findings == []


def test_a_second_record_a_person_added_is_not_the_engines(calm: Scene) -> None:
    row = of_eng_02(calm, "psa.workspace_group")
    second = calm.insert("psa.workspace_group", row)
    calm.person_made("psa.workspace_group", second)
    assert calm.once().findings == []


def test_every_thing_that_stands_is_compared_once(tiny: Scene) -> None:
    # Group, project, task, customer, job, obligation and deal; three people in three places, their cost rates; three
    # time lines; invoice, pre-bill and bill; payment on both sides; three journals and their batches.
    assert tiny.once().compared == 35


# -- hazards -----------------------------------------------------------------------------------------------------------


def test_a_lost_answer_to_a_create_is_a_hazard_and_one_to_an_update_is_none(tiny: Scene) -> None:
    assert tiny.once().exercised == 0
    (payment,) = tiny.rows("erp.customerPayment")
    tiny.strike("W04#1", "W04", tiny.effects("erp.customerPayment", payment)[0]["rq"])
    assert tiny.once().exercised == 1
    updates = [each for each in tiny.history if each["kind"] == "effect" and each["op"] == "update"]
    creates = {each["rq"] for each in tiny.history if each["kind"] == "effect" and each["op"] == "create"}
    tiny.strike("W04#2", "W04", next(each["rq"] for each in updates if each["rq"] not in creates))
    assert tiny.once().exercised == 1


def test_a_slow_answer_to_a_create_is_no_hazard_and_a_failure_after_it_is_one(tiny: Scene) -> None:
    (payment,) = tiny.rows("erp.customerPayment")
    rq = tiny.effects("erp.customerPayment", payment)[0]["rq"]
    tiny.strike("W02#1", "W02", rq)
    assert tiny.once().exercised == 0
    tiny.strike("M05#1", "M05", rq)
    assert tiny.once().exercised == 1
    tiny.strike("W06#1", "W06", rq)
    assert tiny.once().exercised == 2


def test_a_repeated_event_is_a_hazard_and_a_throttled_call_is_none(tiny: Scene) -> None:
    for fid, kind in (("E01#1", "E01"), ("M01#1", "M01"), ("E02#1", "E02")):
        tiny.write({"kind": "fault", "t_us": 0, "sys": "psa", "fid": fid, "fkind": kind, "edge": "fire", "rq": None})
    assert tiny.once().exercised == 1


def test_a_request_created_what_its_effects_say(tiny: Scene) -> None:
    (invoice,) = tiny.rows("erp.invoice")
    rq = tiny.effects("erp.invoice", invoice)[0]["rq"]
    case = tiny.case
    assert created_by(case, rq)
    assert created_by(case, rq, {"invoice"})
    assert not created_by(case, rq, {"timeBill"})
    assert not created_by(case, -1)
