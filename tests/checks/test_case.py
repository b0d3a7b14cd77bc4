"""A case answers every check's questions: which thing a record is, what it is worth, what was given up."""

from __future__ import annotations

import pytest

from sandbox.checks.case import Case, money_text
from tests.checks.builders import Scene, of_eng_02


@pytest.mark.parametrize(
    ("minor", "currency", "text"),
    [
        (157_500, "USD", "1,575.00 USD"),
        (-157_500, "USD", "-1,575.00 USD"),
        (-5, "GBP", "-0.05 GBP"),
        (0, "GBP", "0.00 GBP"),
        (123_456_789_01, "EUR", "123,456,789.01 EUR"),
        (1_575, "JPY", "1,575 JPY"),
        (-7, "JPY", "-7 JPY"),
        (1_234, "KWD", "1.234 KWD"),
        (5, "KWD", "0.005 KWD"),
    ],
)
def test_an_amount_is_told_with_the_decimals_of_its_currency(minor: int, currency: str, text: str) -> None:
    assert money_text(minor, currency) == text


@pytest.mark.parametrize(
    ("name", "flow", "minor"),
    [
        # 8 h x 212.00.
        ("erp.timeBill", "time.actual", 169_600),
        ("erp.invoice", "billing.invoice", 5_400_000),
        ("erp.job", "project.job", 18_000_000),
        ("erp.customer", "project.customer", 0),
        ("revenue.rc_line", "project.obligation", 18_000_000),
        ("psa.external_payment", "cash.status", 5_400_000),
    ],
)
def test_a_record_is_worth_what_its_flow_says_in_its_own_currency(
    calm: Scene, name: str, flow: str, minor: int
) -> None:
    row = of_eng_02(calm, name)
    assert calm.case.amount_of(calm.interface.flows[flow], row["id"], row) == (minor, "USD")


def test_a_time_line_has_the_currency_of_its_project(calm: Scene) -> None:
    case = calm.case
    assert case.currency_of(calm.time_bill("ENG-01", "W-0016", "2026-02-04")) == "GBP"
    assert case.currency_of(calm.time_bill("ENG-02", "W-0003", "2026-02-04")) == "USD"


@pytest.mark.parametrize(
    ("name", "columns"),
    [
        ("erp.job", {"entityId": "ENG-01"}),
        ("erp.customer", {"companyName": "Harbour Rail plc"}),
        ("revenue.rc_line", {"so_line_id": "ENG-01-L1-2026-01"}),
        ("psa.invoice", {"user_invoice_title": "ENG-01 2026-01"}),
        ("crm.Opportunity", {"Engagement_Code__c": "ENG-01"}),
    ],
)
def test_a_record_names_its_currency_in_one_of_several_columns(calm: Scene, name: str, columns: dict[str, str]) -> None:
    assert calm.case.currency_of(calm.the(name, **columns)) == "GBP"


def test_a_record_that_names_no_currency_has_the_firms_first(calm: Scene) -> None:
    assert calm.case.currency_of({"companyName": "Somebody plc"}) == "USD"


def test_a_missing_rate_is_worth_nothing(calm: Scene) -> None:
    bill = {**calm.time_bill("ENG-01", "W-0016", "2026-02-04"), "rate": None}
    assert calm.case.amount_of(calm.interface.flows["time.actual"], bill["id"], bill) == (0, "GBP")


def test_a_deal_is_a_fact_only_once_it_is_won(calm: Scene) -> None:
    assert "ENG-02" in calm.case.facts("project.job")
    calm.the("crm.Opportunity", Engagement_Code__c="ENG-02")["StageName"] = "Proposal/Price Quote"
    case = calm.case
    assert "ENG-02" not in case.facts("project.job")
    assert case.facts("project.workspace")["ENG-02"].values["stage"] == "estimate"


def test_a_fact_says_what_the_target_must_hold(calm: Scene) -> None:
    fact = calm.case.facts("project.job")["ENG-02"]
    assert fact.values == {
        "entityId": "ENG-02",
        "companyName": "Cascade Mutual Inc - Claims platform migration",
        "parent": "CL-ENG-02",
        "startDate": "2026-01-20",
    }
    assert fact.source_id == calm.the("crm.Opportunity", Engagement_Code__c="ENG-02")["Id"]


def test_a_target_says_which_fact_it_is_and_what_it_holds(calm: Scene) -> None:
    job = calm.the("erp.job", entityId="ENG-02")
    target = next(each for each in calm.case.targets("project.job") if each.record_id == job["id"])
    assert (target.ref, target.values["parent"]) == ("ENG-02", "CL-ENG-02")


def test_a_record_type_a_system_does_not_have_has_no_rows(calm: Scene) -> None:
    case = calm.case
    assert case.rows("erp.timeBil") == {}
    assert case.rows("fax.page") == {}
    assert case.ref("erp.job", None) is None
    assert case.ref("erp.job", "0") is None


def test_letters_about_deals_are_told_by_engagement_and_others_as_they_are(calm: Scene) -> None:
    deal = calm.the("crm.Opportunity", Engagement_Code__c="ENG-02")["Id"]
    calm.truth["dead_letters"] = []
    for about in (f"opportunity:{deal}", "opportunity:006unknown", "time:17"):
        calm.give_up(about)
    assert calm.case.letters == {"engagement:ENG-02", "opportunity:006unknown", "time:17"}


def test_what_people_did_and_what_engines_did_are_told_apart(tiny: Scene) -> None:
    tiny.person_made("erp.timeBill", "1")
    tiny.engine_made("erp.timeBill", "2")
    case: Case = tiny.case
    assert ("erp.timeBill", "1") in case.changes_of
    assert ("erp.timeBill", "1") not in case.effects
    assert ("erp.timeBill", "2") in case.effects
    assert ("erp.timeBill", "2") not in case.changes_of
