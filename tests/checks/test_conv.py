"""CONV.final: at rest both sides say the same, and nothing an engine made stands there without a source."""

from __future__ import annotations

from typing import Any

import pytest

from tests.checks.builders import PENNY, Recorded, Scene, of_eng_02, only, record


def test_a_differing_field_is_found_with_both_values_and_the_last_requests(calm: Scene) -> None:
    job = calm.the("erp.job", entityId="ENG-02")
    job["jobPrice"] += PENNY
    finding = only(calm.conv().findings)
    effects = calm.effects("erp.job", job["id"])
    assert (finding.check, finding.severity, finding.flow) == ("CONV.final", "S1", "change.job")
    assert (finding.key, finding.title) == ("engagement:ENG-02", f"erp.job {job['id']} differs from engagement ENG-02")
    assert finding.then == "at the end: jobPrice 180000.01, expected 180000"
    assert finding.requests == tuple(effect["rq"] for effect in effects[-2:])
    assert finding.records == tuple(effect["seq"] for effect in effects[-2:])


def test_every_differing_field_is_told_in_one_finding(calm: Scene) -> None:
    job = calm.the("erp.job", entityId="ENG-02")
    job.update(companyName="Nothing", startDate="2026-01-21")
    told = only(calm.conv().findings).then
    assert told.startswith("at the end: companyName 'Nothing', expected 'Cascade Mutual Inc")
    assert told.endswith("startDate '2026-01-21', expected '2026-01-20'")


@pytest.fixture(scope="module")
def late_run() -> Recorded:
    return record("late-time-closed-period")


# Record, a column of its flow, a wrong value, the flow that must tell, what it tells: amounts in major units,
# references by what they refer to.
WRONG: list[tuple[str, str, Any, str, str]] = [
    ("psa.workspace_group", "name", "Somebody Else plc", "project.client", "'Somebody Else plc', expected 'Cascade"),
    ("psa.workspace", "stage", "estimate", "project.workspace", "'estimate', expected 'project'"),
    ("psa.workspace", "time_trackable", 0, "project.workspace", "0, expected 1"),
    ("psa.story", "time_estimate_in_minutes", 1, "change.task", "1, expected "),
    ("psa.workspace", "price", 100, "change.project", "0.01, expected 180000"),
    ("erp.job", "jobPrice", 100, "change.job", "0.01, expected 180000"),
    ("psa.story", "workspace_id", "1", "project.task", "None, expected 'ENG-02'"),
    ("erp.customer", "vatRegNumber", "GB000000000", "project.customer", "'GB000000000', expected None"),
    ("erp.job", "parent", "1", "project.job", "None, expected 'CL-ENG-02'"),
    ("revenue.rc_line", "ext_sll_prc", 100, "project.obligation", "0.01, expected 180000"),
    ("crm.Opportunity", "External_Project_Id__c", "1", "project.link", "'1', expected "),
    ("crm.Opportunity", "Billed_Amount__c", 100, "billing.deal", "0.01, expected 117000"),
    ("crm.Opportunity", "Paid_Amount__c", 100, "billing.deal", "0.01, expected 54000"),
    ("psa.user", "full_name", "Nobody At All", "workforce.user", "'Nobody At All', expected "),
    ("psa.account_membership", "disabled", 1, "workforce.membership", "1, expected 0"),
    ("erp.employee", "laborcategory", "partner", "workforce.employee", "'partner', expected 'consultant'"),
    ("erp.timeBill", "isBillable", 0, "time.actual", "0, expected 1"),
    ("erp.timeBill", "employee", "1", "time.actual", "None, expected 'W-0003'"),
    ("erp.invoice", "subtotal", 100, "billing.invoice", "0.01, expected 54000"),
    ("psa.invoice", "user_invoice_number", "INV-XX-0001", "billing.number", "'INV-XX-0001', expected 'INV-US-000"),
    ("revenue.rc_bill", "inv_date", "2031-01-01", "billing.bill", "'2031-01-01', expected '2026-01-21'"),
    ("erp.customerPayment", "tranDate", "2031-01-01", "cash.payment", "'2031-01-01', expected '2026-02-04'"),
    ("psa.external_payment", "amount", 100, "cash.status", "0.01, expected 54000"),
    ("erp.journalEntry", "tranDate", "2031-01-01", "revenue.journal", "'2031-01-01', expected '2026-01-31'"),
    ("revenue.batch", "status", "READY", "revenue.transferred", "'READY', expected 'TRANSFERRED'"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "column", "wrong", "flow", "told"), WRONG, ids=[f"{each[0]}.{each[1]}" for each in WRONG]
)
def test_every_flow_is_compared_field_by_field(
    calm: Scene, name: str, column: str, wrong: Any, flow: str, told: str
) -> None:
    row = of_eng_02(calm, name)
    assert row[column] != wrong
    row[column] = wrong
    calm.names = True
    finding = only(each for each in calm.conv().findings if each.flow == flow)
    assert f"{column} {told}" in finding.then


def test_names_of_people_are_told_only_when_asked_for(calm: Scene) -> None:
    of_eng_02(calm, "psa.user")["full_name"] = "Nobody At All"
    told = only(calm.conv().findings).then
    assert told == "at the end: full_name (masked), expected (masked)"


def test_a_computed_number_is_told_as_a_number(calm: Scene) -> None:
    of_eng_02(calm, "psa.story")["time_estimate_in_minutes"] = 1
    assert only(calm.conv().findings).then == "at the end: time_estimate_in_minutes 1, expected 36900"


def test_every_flow_has_a_wrong_field_above(calm: Scene) -> None:
    # Neither milestones nor work earned by cost are sold in this story.
    untried = {"revenue.usage", "revenue.progress", "project.milestone", "revenue.cost", "letters.case"}
    untried |= {"workforce.absence", "workforce.cost", "workforce.manager"}
    untried |= {"cash.hold", "cash.hold_project", "cash.line", "billing.credit", "billing.credit_number"}
    untried |= {"staffing.assignment", "close.estimate", "close.accrual"}
    # In test_money_spend and test_money_payroll: first-thread neither spends nor pays.
    untried |= {"expense.report", "expense.line", "subcontract.expense", "subcontract.approval", "revenue.rebill"}
    untried |= {"payroll.time", "payroll.journal"}
    assert set(calm.interface.flows) - {each[3] for each in WRONG} == untried


def test_the_time_of_a_month_must_reach_the_revenue_system_to_the_penny(calm: Scene) -> None:
    calm.the("revenue.rc_line", so_line_id="ENG-01-L1-2026-01")["ext_sll_prc"] += PENNY
    finding = only(calm.conv().findings)
    assert (finding.flow, finding.key) == ("revenue.usage", "obligation:ENG-01-L1-2026-01")
    assert finding.then == "at the end: ext_sll_prc 14737.54, expected 14737.53"


@pytest.mark.parametrize(
    ("name", "column", "wrong", "ref", "told"),
    [
        ("erp.journalEntry", "reversalDate", "2026-02-02", "batch:ACC-ENG-01-2026-01-US",
         "reversalDate '2026-02-02', expected '2026-02-01'"),
        ("revenue.rc_line", "ext_sll_prc", 72_000_100, "obligation:ENG-01-L1-2026-01-missing",
         "ext_sll_prc 7200.01, expected 7200"),
    ],
)  # fmt: skip
def test_what_stands_in_for_missing_time_is_compared(
    late_run: Recorded, name: str, column: str, wrong: Any, ref: str, told: str
) -> None:
    late = late_run.scene()
    assert late.conv().findings == []
    named = "externalId" if name == "erp.journalEntry" else "so_line_id"
    late.the(name, **{named: ref.partition(":")[2]})[column] = wrong
    finding = only(late.conv().findings)
    assert (finding.key, finding.then) == (ref, f"at the end: {told}")


def test_the_last_progress_of_a_month_counts_and_not_its_forerunners(calm: Scene) -> None:
    events = calm.find("revenue.pob_event", so_line_id="ENG-02-L1", event_date="2026-01-31")
    last = max(events, key=lambda event: event["position"])
    assert (last["completed_qty"], last["total_qty"]) == ("9600", "36900")
    for event in events:
        if event is not last:
            event["completed_qty"] = "1"
    assert calm.conv().findings == []
    last["completed_qty"] = "9599"
    finding = only(calm.conv().findings)
    assert (finding.flow, finding.key) == ("revenue.progress", "progress:ENG-02-L1 Budgeted Hours 2026-01-31")
    assert finding.then == "at the end: completed_qty '9599', expected 9600"


def test_the_same_number_in_another_spelling_is_no_difference(calm: Scene) -> None:
    calm.the("erp.job", entityId="ENG-02")["jobPrice"] = "1800000000.00"
    calm.the("erp.customer", externalId="CRM-CL-ENG-02")["vatRegNumber"] = ""
    assert calm.conv().findings == []


def test_what_was_given_up_is_not_compared(calm: Scene) -> None:
    bill = calm.time_bill("ENG-02", "W-0003", "2026-02-04")
    bill["isBillable"] = 0
    compared = calm.conv().compared
    calm.give_up(f"time:{bill['externalId'].removeprefix('PSA-T-')}")
    result = calm.conv()
    assert result.findings == []
    assert result.compared == compared - 6


# -- records without a source ------------------------------------------------------------------------------------------


def test_a_record_of_an_engine_without_a_source_is_found_with_its_request(calm: Scene) -> None:
    bill = calm.time_bill("ENG-02", "W-0003", "2026-02-04")
    extra = calm.insert("erp.timeBill", bill, externalId=None, hours=17)
    rq = calm.engine_made("erp.timeBill", extra)
    finding = only(calm.conv().findings)
    assert (finding.flow, finding.key) == ("time.actual", "time:?")
    assert finding.title == f"erp.timeBill {extra} has no source"
    assert finding.then == "no fact of any flow is this record at the end"
    assert finding.requests == (rq,)


def test_a_record_whose_fact_is_gone_has_no_source(calm: Scene) -> None:
    bill = calm.time_bill("ENG-02", "W-0003", "2026-02-04")
    entry = calm.the("psa.time_entry", id=bill["externalId"].removeprefix("PSA-T-"))
    entry["approved"] = 0
    told = [each for each in calm.conv().findings if each.flow == "time.actual"]
    assert only(told).title == f"erp.timeBill {bill['id']} has no source"


def test_an_obligation_is_explained_by_any_flow_into_it(calm: Scene) -> None:
    # Fixed fees come from deals, months of time from timecards; neither flow knows the other's.
    for ref in ("ENG-02-L1", "ENG-01-L1-2026-01"):
        calm.engine_made("revenue.rc_line", calm.the("revenue.rc_line", so_line_id=ref)["id"])
    assert calm.conv().findings == []


def test_an_invoice_nobody_asked_for_has_no_source(calm: Scene) -> None:
    invoice = calm.invoice("ENG-02 instalment 1")
    extra = calm.insert("erp.invoice", invoice, externalId=None, memo="unasked", job=None, amountRemaining=0)
    calm.engine_made("erp.invoice", extra)
    assert only(calm.conv().findings).title == f"erp.invoice {extra} has no source"


def test_a_journal_nobody_asked_for_has_no_source(calm: Scene) -> None:
    journal = calm.find("erp.journalEntry", memo="Post time")[0]
    extra = calm.insert("erp.journalEntry", journal, memo="adjustment")
    calm.engine_made("erp.journalEntry", extra)
    assert only(calm.conv().findings).title == f"erp.journalEntry {extra} has no source"


def test_a_project_nobody_asked_for_has_no_source(calm: Scene) -> None:
    extra = calm.insert("psa.workspace", of_eng_02(calm, "psa.workspace"), title="ENG-99 Wishful", stage="estimate")
    calm.engine_made("psa.workspace", extra)
    assert only(calm.conv().findings).title == f"psa.workspace {extra} has no source"


def test_a_record_a_person_created_needs_no_source(calm: Scene) -> None:
    group = of_eng_02(calm, "psa.workspace_group")
    extra = calm.insert("psa.workspace_group", group, name="A prospect of the partner's")
    calm.person_made("psa.workspace_group", extra)
    assert calm.conv().findings == []


def test_a_record_a_person_created_and_an_engine_touched_needs_no_source(calm: Scene) -> None:
    group = of_eng_02(calm, "psa.workspace_group")
    extra = calm.insert("psa.workspace_group", group, name="A prospect of the partner's")
    calm.person_made("psa.workspace_group", extra)
    calm.engine_made("psa.workspace_group", extra, op="update")
    assert calm.conv().findings == []


# -- hazards -----------------------------------------------------------------------------------------------------------


def test_hazards_are_things_written_about_in_a_struck_request(tiny: Scene) -> None:
    assert tiny.conv().exercised == 0
    (invoice,) = tiny.rows("erp.invoice")
    effects = tiny.effects("erp.invoice", invoice)
    tiny.strike("M05#1", "M05", effects[0]["rq"])
    tiny.strike("W04#1", "W04", effects[0]["rq"])
    struck = {each["key"] for each in tiny.history if each["kind"] == "effect" and each["rq"] == effects[0]["rq"]}
    assert len(struck) >= 1
    assert tiny.conv().exercised == len(struck)
    tiny.write({"kind": "fault", "t_us": 0, "sys": "psa", "fid": "W02#1", "fkind": "W02", "edge": "fire", "rq": None})
    assert tiny.conv().exercised == len(struck)
