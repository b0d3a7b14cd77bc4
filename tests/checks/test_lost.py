"""LOST.update: a fact without a record, and a record that stopped at an older word; what was given up is left out."""

from __future__ import annotations

from typing import get_args

import pytest

from sandbox.faults.shapes import Kind
from tests.checks.builders import Record, Scene, of_eng_02, only


def february(scene: Scene) -> Record:
    """The analyst's time line of 4 February: 6:40 h x 88.40."""
    return scene.time_bill("ENG-01", "W-0016", "2026-02-04")


def entry_of(bill: Record) -> str:
    return str(bill["externalId"]).removeprefix("PSA-T-")


def test_a_fact_without_a_record_is_lost_with_its_story_and_its_worth(calm: Scene) -> None:
    bill = february(calm)
    calm.remove("erp.timeBill", bill)
    finding = only(calm.lost().findings)
    time = entry_of(bill)
    assert (finding.check, finding.severity, finding.flow) == ("LOST.update", "S1", "time.actual")
    assert (finding.key, finding.title) == (f"time:{time}", f"time {time} never became a erp.timeBill")
    assert finding.then == (
        f"no erp.timeBill is time {time} at the end; the flow says: an approved timecard is an actual of the ERP "
        "(589.33 GBP)."
    )
    assert (finding.delta, finding.currency) == (58_933, "GBP")
    # The two last things people did to the entry: submitted and approved.
    approved = [each for each in calm.history if each["seq"] == finding.records[-1]]
    assert approved[0]["after"]["approved"] == 1
    assert finding.let[-1].endswith("(approve ENG-01 W-0016 2026-W06)")


def test_an_invoice_that_never_came_is_worth_its_total(calm: Scene) -> None:
    invoice = calm.invoice("ENG-02 instalment 1")
    calm.remove("erp.invoice", invoice)
    finding = next(each for each in calm.lost().findings if each.flow == "billing.invoice")
    assert (finding.delta, finding.currency) == (5_400_000, "USD")


def test_a_customer_that_never_came_is_worth_nothing(calm: Scene) -> None:
    calm.remove("erp.customer", calm.the("erp.customer", externalId="CRM-CL-ENG-02"))
    finding = next(each for each in calm.lost().findings if each.flow == "project.customer")
    assert finding.key == "client:CL-ENG-02"
    assert finding.then.endswith("the flow says: the client of a won deal is a customer of the ERP.")
    assert finding.delta == 0


def test_every_fact_of_every_flow_is_asked_for(calm: Scene) -> None:
    for name in ("psa.user", "erp.timeBill", "revenue.rc_line"):
        calm.rows(name).clear()
    flows = {each.flow for each in calm.lost().findings}
    assert {"workforce.user", "time.actual", "project.obligation", "revenue.usage"} <= flows


def corrected(scene: Scene) -> tuple[Record, int]:
    """A time line whose card came back corrected, and the minutes it had before."""
    for change in scene.history:
        if change["kind"] == "change" and change["record"] == "time_entry" and "time_in_minutes" in change["before"]:
            bills = scene.find("erp.timeBill", externalId=f"PSA-T-{change['rec']}")
            if bills:
                return bills[0], int(change["before"]["time_in_minutes"])
    raise AssertionError("no card was corrected")


def test_a_record_that_stopped_at_an_older_word_is_found(rough: Scene) -> None:
    bill, before = corrected(rough)
    now, bill["hours"] = bill["hours"], before
    finding = only(rough.lost().findings)
    assert finding.key == f"time:{entry_of(bill)}"
    assert finding.title == f"erp.timeBill {bill['id']} stopped at an older word of time {entry_of(bill)}"
    assert finding.then == f"it still shows hours {before} instead of {now}"
    assert finding.requests[0] == rough.effects("erp.timeBill", bill["id"])[-2:][0]["rq"]


def test_a_value_the_source_never_had_is_no_older_word(rough: Scene) -> None:
    bill, before = corrected(rough)
    bill["hours"] = before + 1
    assert rough.lost().findings == []
    assert [each.flow for each in rough.conv().findings if each.key == f"time:{entry_of(bill)}"] == ["time.actual"]


def test_only_the_columns_that_stopped_are_told(rough: Scene) -> None:
    bill, before = corrected(rough)
    bill.update(hours=before, tranDate="2031-01-01")
    assert "tranDate" not in only(rough.lost().findings).then


def test_what_was_given_up_is_not_lost_as_well(calm: Scene) -> None:
    bill = february(calm)
    calm.remove("erp.timeBill", bill)
    calm.give_up(f"time:{entry_of(bill)}")
    assert calm.lost().findings == []


def test_a_deal_given_up_by_its_native_id_is_not_lost_as_well(calm: Scene) -> None:
    job = calm.the("erp.job", entityId="ENG-02")
    calm.remove("erp.job", job)
    lost = {each.key for each in calm.lost().findings if each.flow == "project.job"}
    assert lost == {"engagement:ENG-02"}
    calm.give_up(f"opportunity:{calm.the('crm.Opportunity', Engagement_Code__c='ENG-02')['Id']}", "project")
    assert [each for each in calm.lost().findings if each.flow == "project.job"] == []


def test_a_contract_line_given_up_is_not_lost_as_an_obligation(calm: Scene) -> None:
    row = of_eng_02(calm, "revenue.rc_line")
    calm.remove("revenue.rc_line", row)
    lost = {each.key for each in calm.lost().findings if each.flow == "project.obligation"}
    assert lost == {"obligation:ENG-02-L1"}
    calm.give_up("line:ENG-02-L1", "project")
    assert [each for each in calm.lost().findings if each.flow == "project.obligation"] == []


def test_giving_up_one_card_excuses_no_other(calm: Scene) -> None:
    bill, other = february(calm), calm.time_bill("ENG-01", "W-0016", "2026-02-05")
    for each in (bill, other):
        calm.remove("erp.timeBill", each)
    calm.give_up(f"time:{entry_of(bill)}")
    assert only(calm.lost().findings).key == f"time:{entry_of(other)}"


def test_a_stale_record_that_was_given_up_is_left_out(rough: Scene) -> None:
    bill, bill["hours"] = corrected(rough)
    rough.give_up(f"time:{entry_of(bill)}")
    assert rough.lost().findings == []


def test_the_card_that_can_never_be_posted_is_not_lost(calm: Scene) -> None:
    (letter,) = calm.truth["dead_letters"]
    assert calm.lost().findings == []
    calm.truth["dead_letters"] = []
    assert only(calm.lost().findings).key == letter["about"]


# What a firm does at a bad moment loses no message by itself.
@pytest.mark.parametrize(("kind", "met"), [*((kind, int(kind[0] != "B")) for kind in get_args(Kind)), ("X01", 0)])
def test_refusals_disorder_repeats_and_silence_are_hazards(tiny: Scene, kind: str, met: int) -> None:
    tiny.write(
        {"kind": "fault", "t_us": 0, "sys": "psa", "fid": f"{kind}#1", "fkind": kind, "edge": "fire", "rq": None}
    )
    assert tiny.lost().exercised == met


def test_every_fact_is_compared_once_per_flow(tiny: Scene) -> None:
    # Five records of the deal and its link back, three people in three places with manager and cost rate, three
    # cards, four of the invoice, two of
    # the payment, a month's obligation, three batches as journals and three marks that they are transferred.
    assert tiny.lost().compared == 40
