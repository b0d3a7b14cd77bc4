"""What sales leave behind in the CRM: client, opportunity, line and contract, as agreed."""

from __future__ import annotations

from decimal import Decimal

import pytest

from sandbox.firm.deeds import Verb, selling
from sandbox.firm.desk import Blocked
from tests.firm.builders import planned, shipped
from tests.firm.played import Played
from tests.firm.stage import LOGGED_IN, Stage, records, reply


def test_the_client_is_entered_with_country_currency_and_vat_number(tiny: Played) -> None:
    (client,) = tiny.world.plan.clients
    account = tiny.row("crm", "Account")
    assert (account["Name"], account["AccountNumber"], account["BillingCountry"], account["CurrencyIsoCode"]) == (
        "Harbour Rail plc", "CL-ENG-01", "GB", "GBP",
    )  # fmt: skip
    assert account["VAT_Number__c"] == client.vat_number
    assert client.vat_number is not None


def test_the_opportunity_says_what_is_sold_until_when(tiny: Played) -> None:
    opportunity = tiny.row("crm", "Opportunity")
    expected = {
        "Name": "Harbour Rail plc - Health check", "StageName": "Closed Won", "CloseDate": "2026-01-21",
        "Engagement_Code__c": "ENG-01", "Engagement_Type__c": "T&M", "Legal_Entity__c": "UK",
        "Project_Start__c": "2026-01-26", "Project_End__c": "2026-02-27", "CurrencyIsoCode": "GBP",
    }  # fmt: skip
    assert {name: opportunity[name] for name in expected} == expected


def test_the_line_carries_price_and_budget_of_the_contract_line(tiny: Played) -> None:
    line = tiny.row("crm", "OpportunityLineItem")
    # Money and hours at four decimals: 5,000.00, and 2,400 minutes are 40 hours.
    assert (line["Contract_Line_Code__c"], line["ProductCode"]) == ("ENG-01-L1", "TM")
    assert (line["UnitPrice"], line["Quantity"], line["Budget_Hours__c"]) == (50_000_000, 10_000, 400_000)


def test_the_contract_is_activated_with_terms_and_order_number_and_the_deal_won_by_it(tiny: Played) -> None:
    contract, opportunity = tiny.row("crm", "Contract"), tiny.row("crm", "Opportunity")
    assert (contract["Status"], contract["Payment_Terms_Days__c"], contract["PO_Number__c"]) == (
        "Activated", 2, "PO-ENG-01",
    )  # fmt: skip
    assert (contract["StartDate"], contract["ContractTerm"]) == ("2026-01-26", 12)
    assert opportunity["ContractId"] == contract["Id"]
    assert contract["Opportunity__c"] == opportunity["Id"]


def test_the_deal_goes_through_its_stages_at_the_hours_of_the_plan(tiny: Played) -> None:
    stages = [
        (record["t_us"] // 3_600_000_000, record["after"]["StageName"])
        for record in tiny.history
        if record["kind"] == "change" and record["record"] == "Opportunity" and "StageName" in record["after"]
    ]
    # Hours since Monday 00:00 in London: Monday 10, Tuesday 11, Wednesday 14.
    assert stages == [(10, "Qualification"), (35, "Proposal/Price Quote"), (62, "Closed Won")]


def test_a_fixed_fee_is_sold_as_one(busy: Played) -> None:
    opportunity = busy.row("crm", "Opportunity", Engagement_Code__c="ENG-02")
    line = busy.row("crm", "OpportunityLineItem", Contract_Line_Code__c="ENG-02-L1")
    assert opportunity["Engagement_Type__c"] == "Fixed Fee"
    assert (line["ProductCode"], line["UnitPrice"]) == ("FF", 90_000_000)


def test_each_deal_has_a_client_of_its_own_and_the_seller_owns_it(busy: Played) -> None:
    assert len({row["AccountId"] for row in busy.rows("crm", "Opportunity")}) == 7
    seller = busy.row("crm", "User", Username="sales.uk@sandbox-consulting.example")
    assert {row["OwnerId"] for row in busy.rows("crm", "Opportunity")} == {seller["Id"]}


# -- at the desk -------------------------------------------------------------------------------------------------------

TINY = planned(*shipped("tiny-thread"))
DEAL = {"engagement": "ENG-01", "client": "CL-ENG-01"}


@pytest.mark.parametrize("verb", [selling.propose, selling.sign])
def test_what_was_never_sold_cannot_be_proposed_nor_signed(verb: Verb) -> None:
    stage = Stage(TINY)
    stage.wire.answers = [LOGGED_IN, records()]
    with pytest.raises(Blocked, match="opportunity ENG-01 is not in the CRM"):
        stage.does(verb(stage.desk("sales-uk"), DEAL))


def test_a_deal_already_won_is_not_proposed_again() -> None:
    stage = Stage(TINY)
    stage.wire.answers = [LOGGED_IN, records({"Id": "006", "StageName": "Closed Won", "AccountId": "001"})]
    stage.does(selling.propose(stage.desk("sales-uk"), DEAL))
    assert len(stage.wire.asked) == 2


def test_a_client_who_is_there_already_is_not_entered_again() -> None:
    stage = Stage(TINY)
    stage.wire.answers = [LOGGED_IN, records({"Id": "001"}), records({"Id": "006"}), records({"Id": "00k"})]
    stage.does(selling.sell(stage.desk("sales-uk"), DEAL))
    assert {request.method for _, request in stage.wire.asked[1:]} == {"GET"}


def test_a_client_in_a_state_is_entered_with_it() -> None:
    (client,) = TINY.clients
    stage = Stage(TINY.model_copy(update={"clients": (client.model_copy(update={"state": "MH"}),)}))
    stage.wire.answers = [
        LOGGED_IN,
        records(),
        reply(201, {"id": "001"}),
        records({"Id": "006"}),
        records({"Id": "00k"}),
    ]
    stage.does(selling.sell(stage.desk("sales-uk"), DEAL))
    (account,) = [request.json() for _, request in stage.wire.asked[1:] if request.path.endswith("/sobjects/Account")]
    assert (account["BillingCountry"], account["BillingState"]) == (client.country, "MH")


def test_a_deal_already_signed_is_not_signed_again() -> None:
    stage = Stage(TINY)
    won = records({"Id": "006", "StageName": "Closed Won", "AccountId": "001"})
    stage.wire.answers = [LOGGED_IN, won, records({"Id": "800", "Status": "Activated"})]
    stage.does(selling.sign(stage.desk("sales-uk"), DEAL))
    assert {request.method for _, request in stage.wire.asked[1:]} == {"GET"}


def test_budget_hours_have_two_decimals() -> None:
    # 2,455 minutes are 40.91666... hours.
    (terms,) = TINY.terms
    stage = Stage(TINY.model_copy(update={"terms": (terms.model_copy(update={"budget_minutes": 2455}),)}))
    stage.wire.answers = [LOGGED_IN, records({"Id": "001"}), records({"Id": "006"}), records()]
    stage.wire.answers += [records({"Id": "01u"}), reply(201, {"id": "00k"})]
    stage.does(selling.sell(stage.desk("sales-uk"), DEAL))
    line = stage.wire.asked[-1][1].json()
    assert (line["Budget_Hours__c"], line["UnitPrice"], line["PricebookEntryId"], line["OpportunityId"]) == (
        Decimal("40.92"), Decimal("5000.00"), "01u", "006",
    )  # fmt: skip


def test_a_refused_record_is_a_closed_door_with_what_the_crm_said() -> None:
    stage = Stage(TINY)
    stage.wire.answers = [LOGGED_IN, records(), reply(400, [{"message": "bad country", "errorCode": "INVALID"}])]
    with pytest.raises(Blocked, match=r"answered 400: .*bad country"):
        stage.does(selling.sell(stage.desk("sales-uk"), DEAL))
