"""Contracts move from draft to activated and compute their end; prices live in pricebooks."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mocks.crm.rules_contracts import end_date
from sandbox.core.clock import HOUR_US, ManualClock
from tests.mocks.crm.client import EPOCH, Client, error, make

STATUSES = ["Draft", "In Approval Process", "Activated"]


def contract(crm: Client, **fields: Any) -> str:
    return crm.create("Contract", **{"AccountId": crm.account(), **fields})


def test_a_contract_begins_as_a_draft_with_a_number_of_its_own(crm: Client) -> None:
    first, second = contract(crm), contract(crm)
    records = [crm.get("Contract", each) for each in (first, second)]
    assert [(each["Status"], each["StatusCode"], each["ActivatedDate"]) for each in records] == [
        ("Draft", "Draft", None)
    ] * 2
    assert len({each["ContractNumber"] for each in records}) == 2
    assert all(len(each["ContractNumber"]) == 8 for each in records)


def test_activation_is_stamped_with_time_and_user() -> None:
    clock = ManualClock(EPOCH)
    crm = Client(make(clock))
    record_id = contract(crm)
    crm.update("Contract", record_id, Status="In Approval Process")
    assert crm.get("Contract", record_id)["StatusCode"] == "InApproval"
    clock.advance_to(HOUR_US)
    crm.update("Contract", record_id, Status="Activated")
    record = crm.get("Contract", record_id)
    assert (record["StatusCode"], record["ActivatedById"]) == ("Activated", crm.user_id)
    assert record["ActivatedDate"] == "2026-01-12T01:00:00.000+0000"
    crm.update("Contract", record_id, Status="Activated", PO_Number__c="PO-1")
    assert crm.get("Contract", record_id)["PO_Number__c"] == "PO-1"


def test_a_contract_cannot_be_created_activated(crm: Client) -> None:
    before = crm.mock.dump()
    response = crm.send("POST", "sobjects/Contract", {"AccountId": crm.account(), "Status": "Activated"})
    assert error(response) == (400, "FAILED_ACTIVATION", ["Status"])
    assert crm.mock.dump() == before


def test_an_activated_contract_is_not_deleted(crm: Client) -> None:
    record_id = contract(crm)
    crm.update("Contract", record_id, Status="Activated")
    assert error(crm.send("DELETE", f"sobjects/Contract/{record_id}")) == (400, "DELETE_FAILED", [])


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"AccountId": None}, (400, "REQUIRED_FIELD_MISSING", ["AccountId"])),
        ({"Status": None}, (400, "REQUIRED_FIELD_MISSING", ["Status"])),
        ({"Status": "Signed"}, (400, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", ["Status"])),
        ({"ContractTerm": 0}, (400, "NUMBER_OUTSIDE_VALID_RANGE", ["ContractTerm"])),
        ({"EndDate": "2026-12-31"}, (400, "INVALID_FIELD_FOR_INSERT_UPDATE", ["EndDate"])),
        ({"ContractNumber": "1"}, (400, "INVALID_FIELD_FOR_INSERT_UPDATE", ["ContractNumber"])),
    ],
)
def test_a_contract_that_does_not_fit_is_refused(
    crm: Client, body: dict[str, Any], expected: tuple[int, str, list[str]]
) -> None:
    assert error(crm.send("POST", "sobjects/Contract", {"AccountId": crm.account(), **body})) == expected


@settings(max_examples=30, deadline=None)
@given(st.lists(st.sampled_from(STATUSES), min_size=1, max_size=6))
def test_only_activation_is_final(wishes: list[str]) -> None:
    crm = Client()
    record_id = contract(crm)
    status = "Draft"
    for wish in wishes:
        response = crm.send("PATCH", f"sobjects/Contract/{record_id}", {"Status": wish})
        if status == "Activated" and wish != status:
            assert error(response) == (400, "FIELD_INTEGRITY_EXCEPTION", ["Status"])
        else:
            assert response.status == 204
            status = wish
        assert crm.get("Contract", record_id)["Status"] == status


@pytest.mark.parametrize(
    ("start", "months", "end"),
    [
        ("2026-01-01", 12, "2026-12-31"),
        ("2026-01-15", 1, "2026-02-14"),
        ("2026-01-31", 1, "2026-02-27"),
        ("2024-02-29", 12, "2025-02-27"),
        ("2026-11-30", 3, "2027-02-27"),
    ],
)
def test_a_contract_ends_the_day_before_its_term_is_over(crm: Client, start: str, months: int, end: str) -> None:
    record_id = contract(crm, StartDate=start, ContractTerm=months)
    assert crm.get("Contract", record_id)["EndDate"] == end


def test_without_start_or_term_there_is_no_end(crm: Client) -> None:
    record_id = contract(crm, StartDate="2026-01-01")
    assert crm.get("Contract", record_id)["EndDate"] is None
    crm.update("Contract", record_id, ContractTerm=6)
    assert crm.get("Contract", record_id)["EndDate"] == "2026-06-30"
    crm.update("Contract", record_id, StartDate=None)
    assert crm.get("Contract", record_id)["EndDate"] is None


@given(st.dates(date(1990, 1, 1), date(2100, 1, 1)), st.integers(1, 60), st.integers(1, 60))
def test_a_term_on_the_first_of_a_month_continues_where_the_one_before_ended(first: date, one: int, two: int) -> None:
    start = first.replace(day=1).isoformat()
    middle = end_date(start, one)
    assert middle is not None
    following = (date.fromisoformat(middle) + timedelta(days=1)).isoformat()
    assert end_date(following, two) == end_date(start, one + two)


# -- prices -----------------------------------------------------------------------------------------------------------


def test_a_price_in_an_own_book_needs_a_standard_price_first(crm: Client) -> None:
    product = crm.create("Product2", Name="Audit", ProductCode="AUD", IsActive=True)
    standard = crm.query("SELECT Id FROM Pricebook2 WHERE IsStandard = true")[0]["Id"]
    own = crm.create("Pricebook2", Name="Own", IsActive=True)
    entry = {"Pricebook2Id": own, "Product2Id": product, "UnitPrice": 90, "IsActive": True}
    assert error(crm.send("POST", "sobjects/PricebookEntry", entry)) == (
        400,
        "STANDARD_PRICE_NOT_DEFINED",
        ["UnitPrice"],
    )
    crm.create("PricebookEntry", **{**entry, "Pricebook2Id": standard, "UnitPrice": 100})
    record_id = crm.create("PricebookEntry", **entry)
    record = crm.get("PricebookEntry", record_id)
    assert (record["Name"], record["ProductCode"], record["UnitPrice"]) == ("Audit", "AUD", 90)
    assert error(crm.send("POST", "sobjects/PricebookEntry", {**entry, "CurrencyIsoCode": "USD"}))[1] == (
        "STANDARD_PRICE_NOT_DEFINED"
    )
    twin = crm.send("POST", "sobjects/PricebookEntry", entry)
    assert error(twin) == (400, "DUPLICATE_VALUE", [])
    assert record_id in twin.json()[0]["message"]
    asleep = crm.create("PricebookEntry", **{**entry, "IsActive": False})
    assert error(crm.send("PATCH", f"sobjects/PricebookEntry/{asleep}", {"IsActive": True}))[1] == "DUPLICATE_VALUE"
    crm.update("PricebookEntry", record_id, UseStandardPrice=True)
    assert crm.get("PricebookEntry", record_id)["UnitPrice"] == 100


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({}, (400, "REQUIRED_FIELD_MISSING", ["Pricebook2Id", "Product2Id"])),
        ({"CurrencyIsoCode": "GBP"}, (400, "REQUIRED_FIELD_MISSING", ["Pricebook2Id", "Product2Id"])),
        ({"ProductCode": "x"}, (400, "INVALID_FIELD_FOR_INSERT_UPDATE", ["ProductCode"])),
    ],
)
def test_an_entry_that_does_not_fit_is_refused(
    crm: Client, body: dict[str, Any], expected: tuple[int, str, list[str]]
) -> None:
    assert error(crm.send("POST", "sobjects/PricebookEntry", body)) == expected


def test_a_price_is_needed_and_keeps_its_currency(crm: Client) -> None:
    entry = crm.entry()
    assert error(crm.send("PATCH", f"sobjects/PricebookEntry/{entry}", {"UnitPrice": None})) == (
        400, "REQUIRED_FIELD_MISSING", ["UnitPrice"],
    )  # fmt: skip
    assert error(crm.send("PATCH", f"sobjects/PricebookEntry/{entry}", {"CurrencyIsoCode": "USD"})) == (
        400, "INVALID_FIELD_FOR_INSERT_UPDATE", ["CurrencyIsoCode"],
    )  # fmt: skip


def test_what_was_sold_cannot_be_deleted_from_the_catalogue(crm: Client) -> None:
    opportunity = crm.opportunity()
    line = crm.line(opportunity)
    record = crm.get("OpportunityLineItem", line)
    book = crm.get("Opportunity", opportunity)["Pricebook2Id"]
    for name, record_id in (
        ("PricebookEntry", record["PricebookEntryId"]),
        ("Product2", record["Product2Id"]),
        ("Pricebook2", book),
    ):
        assert error(crm.send("DELETE", f"sobjects/{name}/{record_id}")) == (400, "DELETE_FAILED", [])
    crm.delete("OpportunityLineItem", line)
    crm.delete("Product2", record["Product2Id"])
    assert crm.query("SELECT Id FROM PricebookEntry WHERE ProductCode = 'CONS'") == []
