"""Records over REST: create, read, update, delete, external ids, and every refusal these can meet."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from sandbox.core.clock import HOUR_US, ManualClock
from sandbox.core.wire import Request
from tests.mocks.crm.client import EPOCH, Client, V, error, make

NOBODY = "001000000000001AAA"


def everything(crm: Client) -> dict[str, Any]:
    return crm.mock.dump()


# -- create and read --------------------------------------------------------------------------------------------------


def test_a_create_answers_the_long_id_and_where_the_record_is(crm: Client) -> None:
    response = crm.send("POST", "sobjects/Account", {"Name": "New", "attributes": {"type": "Account"}})
    answer = response.json()
    assert response.status == 201
    assert (len(answer["id"]), answer["id"][:3]) == (18, "001")
    assert (answer["success"], answer["errors"]) == (True, [])
    assert response.header("Location") == f"{V}/sobjects/Account/{answer['id']}"


def test_a_read_shows_attributes_first_and_nulls_too(crm: Client) -> None:
    record_id = crm.create("Account", name="New", BILLINGCITY="Kiel", AnnualRevenue=Decimal("1200.4"))
    record = crm.get("Account", record_id)
    assert next(iter(record)) == "attributes"
    assert record["attributes"] == {"type": "Account", "url": f"{V}/sobjects/Account/{record_id}"}
    assert (record["Name"], record["BillingCity"], record["Phone"]) == ("New", "Kiel", None)
    assert record["BillingAddress"]["city"] == "Kiel"
    assert record["AnnualRevenue"] == 1200
    assert (record["CurrencyIsoCode"], record["IsDeleted"]) == ("EUR", False)
    assert crm.get("Account", crm.create("Account", Name="Nowhere"))["BillingAddress"] is None


def test_a_read_may_name_its_fields_in_any_case(crm: Client) -> None:
    record = crm.get("Account", crm.account(), "fields=name,ACCOUNTNUMBER,BillingAddress")
    assert list(record) == ["attributes", "Name", "AccountNumber", "BillingAddress"]
    assert record["BillingAddress"]["country"] == "DE"


def test_short_and_long_ids_are_taken_and_long_ones_given(crm: Client) -> None:
    account = crm.account()
    assert crm.get("Account", account[:15])["Id"] == account
    opportunity = crm.opportunity(AccountId=account[:15])
    assert crm.get("Opportunity", opportunity)["AccountId"] == account
    crm.update("Account", account[:15], Phone="1")
    assert crm.get("Account", account)["Phone"] == "1"


def test_the_same_create_twice_makes_two_records(crm: Client) -> None:
    first, second = (crm.create("Account", Name="Twin") for _ in range(2))
    assert first != second
    assert len(crm.query("SELECT Id FROM Account WHERE Name = 'Twin'")) == 2


def test_stamps_follow_the_clock_in_whole_seconds() -> None:
    clock = ManualClock(EPOCH, 1_500_000)
    crm = Client(make(clock))
    record_id = crm.create("Account", Name="New")
    clock.advance_to(HOUR_US + 999_999)
    crm.update("Account", record_id, Phone="1")
    record = crm.get("Account", record_id)
    assert record["CreatedDate"] == "2026-01-12T00:00:01.000+0000"
    assert record["LastModifiedDate"] == record["SystemModstamp"] == "2026-01-12T01:00:00.000+0000"


# -- refusals of bodies -----------------------------------------------------------------------------------------------

GOOD = {"Name": "Deal", "StageName": "Prospecting", "CloseDate": "2026-03-31"}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"Nmae": "x"}, (400, "INVALID_FIELD", None)),
        ({"Id": NOBODY}, (400, "INVALID_FIELD", None)),
        ({"IsWon": True}, (400, "INVALID_FIELD_FOR_INSERT_UPDATE", ["IsWon"])),
        ({"IsWon": True, "CreatedDate": "x"}, (400, "INVALID_FIELD_FOR_INSERT_UPDATE", ["IsWon", "CreatedDate"])),
        ({"Name": "x" * 121}, (400, "STRING_TOO_LONG", ["Name"])),
        ({"Name": 5}, (400, "JSON_PARSER_ERROR", None)),
        ({"CloseDate": "31.03.2026"}, (400, "JSON_PARSER_ERROR", None)),
        ({"Amount": 10**15}, (400, "NUMBER_OUTSIDE_VALID_RANGE", ["Amount"])),
        ({"Probability": 101}, (400, "NUMBER_OUTSIDE_VALID_RANGE", ["Probability"])),
        ({"AccountId": "001"}, (400, "MALFORMED_ID", ["AccountId"])),
        ({"AccountId": NOBODY}, (400, "INVALID_CROSS_REFERENCE_KEY", ["AccountId"])),
        ({"OwnerId": NOBODY}, (400, "INVALID_CROSS_REFERENCE_KEY", ["OwnerId"])),
        ({"Engagement_Type__c": "Gift"}, (400, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", ["Engagement_Type__c"])),
        ({"CurrencyIsoCode": "XXX"}, (400, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", ["CurrencyIsoCode"])),
        ({"StageName": None}, (400, "REQUIRED_FIELD_MISSING", ["StageName"])),
        ({"StageName": "", "CloseDate": None}, (400, "REQUIRED_FIELD_MISSING", ["StageName", "CloseDate"])),
    ],
)
def test_a_body_that_does_not_fit_is_refused_and_nothing_is_stored(
    crm: Client, change: dict[str, Any], expected: tuple[int, str, list[str] | None]
) -> None:
    opportunity = crm.opportunity()
    before = everything(crm)
    assert error(crm.send("POST", "sobjects/Opportunity", {**GOOD, **change})) == expected
    assert error(crm.send("PATCH", f"sobjects/Opportunity/{opportunity}", change)) == expected
    assert everything(crm) == before


def test_all_missing_fields_are_named_at_once(crm: Client) -> None:
    before = everything(crm)
    response = crm.send("POST", "sobjects/Opportunity", {"Name": "x"})
    assert error(response) == (400, "REQUIRED_FIELD_MISSING", ["StageName", "CloseDate"])
    assert response.json()[0]["message"] == "Required fields are missing: [StageName, CloseDate]"
    assert everything(crm) == before


@pytest.mark.parametrize("body", [b'{"Name": ', b"", b"[]", b'"x"', b"null", b"\xff", b"[" * 100_000])
def test_a_body_that_is_no_object_is_refused(crm: Client, body: bytes) -> None:
    assert error(crm.send("POST", "sobjects/Account", body)) == (400, "JSON_PARSER_ERROR", None)


@pytest.mark.parametrize(
    ("record_id", "expected"),
    [
        ("001", (400, "MALFORMED_ID", None)),
        ("somewhere", (400, "MALFORMED_ID", None)),
        (NOBODY, (404, "NOT_FOUND", None)),
        (NOBODY[:15], (404, "NOT_FOUND", None)),
        (NOBODY[:-1] + "B", (400, "MALFORMED_ID", None)),
    ],
)
@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
def test_an_id_that_leads_nowhere_is_told_from_one_that_is_none(
    crm: Client, method: str, record_id: str, expected: tuple[int, str, None]
) -> None:
    assert error(crm.send(method, f"sobjects/Account/{record_id}", {"Name": "x"})) == expected


def test_an_id_of_another_object_is_not_found(crm: Client) -> None:
    assert error(crm.send("GET", f"sobjects/Opportunity/{crm.account()}")) == (404, "NOT_FOUND", None)


@pytest.mark.parametrize("fields", ["Nothing", "Name,,Id", "Account.Name"])
def test_a_read_of_a_field_nobody_knows_is_refused(crm: Client, fields: str) -> None:
    response = crm.send("GET", f"sobjects/Account/{crm.account()}", query=f"fields={fields}")
    assert error(response) == (400, "INVALID_FIELD", None)


@pytest.mark.parametrize("name", ["User", "Organization", "OpportunityStage", "CurrencyType"])
def test_what_the_tenant_consists_of_is_not_written_over_rest(crm: Client, name: str) -> None:
    before = everything(crm)
    record_id = crm.query(f"SELECT Id FROM {name}")[0]["Id"]
    refused: tuple[int, str, list[str]] = (400, "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", [])
    assert error(crm.send("POST", f"sobjects/{name}", {})) == refused
    assert error(crm.send("PATCH", f"sobjects/{name}/{record_id}", {})) == refused
    assert error(crm.send("DELETE", f"sobjects/{name}/{record_id}")) == refused
    assert everything(crm) == before


# -- update -----------------------------------------------------------------------------------------------------------


def test_an_update_that_changes_nothing_leaves_the_record_as_it_was() -> None:
    clock = ManualClock(EPOCH)
    crm = Client(make(clock))
    account = crm.account()
    clock.advance_to(HOUR_US)
    transactions = crm.mock.transactions
    crm.update("Account", account, Name="Acme", VAT_Number__c="DE123")
    assert crm.mock.transactions == transactions
    assert crm.get("Account", account)["SystemModstamp"] == "2026-01-12T00:00:00.000+0000"


def test_an_empty_string_empties_a_field(crm: Client) -> None:
    account = crm.account()
    crm.update("Account", account, VAT_Number__c="")
    assert crm.get("Account", account)["VAT_Number__c"] is None


@pytest.mark.parametrize("field", ["OwnerId", "CurrencyIsoCode", "Name"])
def test_what_every_record_needs_cannot_be_emptied(crm: Client, field: str) -> None:
    response = crm.send("PATCH", f"sobjects/Account/{crm.account()}", {field: None})
    assert response.status == 400
    assert response.json()[0]["fields"] == [field]


# -- delete -----------------------------------------------------------------------------------------------------------


def test_a_deleted_record_is_gone_for_readers_and_known_as_deleted_to_writers(crm: Client) -> None:
    account = crm.create("Account", Name="Gone")
    crm.delete("Account", account)
    assert error(crm.send("GET", f"sobjects/Account/{account}")) == (404, "NOT_FOUND", None)
    assert error(crm.send("PATCH", f"sobjects/Account/{account}", {})) == (404, "ENTITY_IS_DELETED", [])
    assert error(crm.send("DELETE", f"sobjects/Account/{account}")) == (404, "ENTITY_IS_DELETED", [])
    assert crm.query("SELECT Id FROM Account WHERE Name = 'Gone'") == []


def test_an_account_with_opportunities_or_contracts_stays(crm: Client) -> None:
    account = crm.account()
    opportunity = crm.opportunity("Big deal", AccountId=account)
    before = everything(crm)
    response = crm.send("DELETE", f"sobjects/Account/{account}")
    assert error(response) == (400, "DELETE_FAILED", [])
    assert "Big deal" in response.json()[0]["message"]
    assert everything(crm) == before
    crm.delete("Opportunity", opportunity)
    contract = crm.create("Contract", AccountId=account)
    assert error(crm.send("DELETE", f"sobjects/Account/{account}")) == (400, "DELETE_FAILED", [])
    crm.delete("Contract", contract)
    crm.delete("Account", account)


def test_a_deleted_opportunity_takes_its_lines_and_clears_what_pointed_at_it(crm: Client) -> None:
    opportunity = crm.opportunity()
    line = crm.line(opportunity)
    change_order = crm.opportunity("More", Parent_Opportunity__c=opportunity)
    contract = crm.create("Contract", AccountId=crm.account(), Opportunity__c=opportunity)
    crm.delete("Opportunity", opportunity)
    assert error(crm.send("PATCH", f"sobjects/OpportunityLineItem/{line}", {})) == (404, "ENTITY_IS_DELETED", [])
    assert crm.get("Opportunity", change_order)["Parent_Opportunity__c"] is None
    assert crm.get("Contract", contract)["Opportunity__c"] is None


def test_a_record_cannot_point_at_a_deleted_one(crm: Client) -> None:
    account = crm.create("Account", Name="Gone")
    crm.delete("Account", account)
    response = crm.send("POST", "sobjects/Opportunity", {**GOOD, "AccountId": account})
    assert error(response) == (400, "INVALID_CROSS_REFERENCE_KEY", ["AccountId"])


def test_a_repeated_request_with_a_bug_of_ours_is_not_a_refusal(crm: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(crm.mock.store, "get", broken)
    with pytest.raises(ZeroDivisionError):
        crm.mock.handle(crm.request("GET", f"sobjects/Account/{NOBODY}"))


def test_a_request_without_a_host_is_served(crm: Client) -> None:
    request = Request("GET", f"{V}/limits", headers={"authorization": f"Bearer {crm.token}"})
    assert crm.mock.handle(request).status == 200
