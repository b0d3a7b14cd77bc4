"""Cases: an integration's dead letters, filed once, owned by a team, closed and reopened."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.core.clock import HOUR_US, ManualClock
from tests.mocks.crm.client import EPOCH, Client, error, make

PATH = "sobjects/Case/Dead_Letter_Key__c/"


def test_a_case_begins_new_with_a_number_and_an_owner(crm: Client) -> None:
    first, second = crm.create("Case", Subject="One"), crm.create("Case", Subject="One")
    record = crm.get("Case", first)
    assert (record["Status"], record["Priority"], record["IsClosed"], record["ClosedDate"]) == (
        "New", "Medium", False, None,
    )  # fmt: skip
    assert record["OwnerId"] == crm.user_id
    assert len(record["CaseNumber"]) == 8
    assert record["CaseNumber"] != crm.get("Case", second)["CaseNumber"]


def test_a_dead_letter_is_filed_once(crm: Client) -> None:
    body = {
        "Subject": "time entry 17 refused",
        "Origin": "Integration",
        "Owner_Team__c": "Finance",
        "Amount__c": Decimal("1250.5"),
        "CurrencyIsoCode": "USD",
        "Due_Date__c": "2026-01-13T18:00:00+01:00",
        "Flow__c": "time",
        "Record_Key__c": "E-1/T-17",
    }
    assert crm.send("PATCH", PATH + "time%3AE-1%2FT-17", body).status == 201
    transactions = crm.mock.transactions
    assert crm.send("PATCH", PATH + "time%3AE-1%2FT-17", body).status == 200
    assert crm.mock.transactions == transactions
    record = crm.send("GET", PATH + "TIME%3AE-1%2FT-17").json()
    assert record["Due_Date__c"] == "2026-01-13T17:00:00.000+0000"
    assert (record["Amount__c"], record["CurrencyIsoCode"]) == (Decimal("1250.5"), "USD")
    assert (record["Origin"], record["Dead_Letter_Key__c"]) == ("Integration", "time:E-1/T-17")


def test_closing_is_stamped_and_reopening_takes_the_stamp_away() -> None:
    clock = ManualClock(EPOCH)
    crm = Client(make(clock))
    case = crm.create("Case", Subject="One")
    clock.advance_to(HOUR_US)
    crm.update("Case", case, Status="Closed", Resolution__c="Replayed")
    record = crm.get("Case", case)
    assert (record["IsClosed"], record["ClosedDate"]) == (True, "2026-01-12T01:00:00.000+0000")
    clock.advance_to(HOUR_US + HOUR_US // 2)
    crm.update("Case", case, Resolution__c="Waived")
    assert crm.get("Case", case)["ClosedDate"] == "2026-01-12T01:00:00.000+0000"
    crm.update("Case", case, Status="Working", Resolution__c=None)
    record = crm.get("Case", case)
    assert (record["IsClosed"], record["ClosedDate"], record["Resolution__c"]) == (False, None, None)


def test_a_case_may_be_filed_closed(crm: Client) -> None:
    record = crm.get("Case", crm.create("Case", Status="Closed"))
    assert (record["IsClosed"], record["ClosedDate"]) == (True, "2026-01-12T00:00:00.000+0000")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"Status": "Done"}, (400, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", ["Status"])),
        ({"Status": None}, (400, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", ["Status"])),
        ({"Owner_Team__c": "Sales"}, (400, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", ["Owner_Team__c"])),
        ({"Resolution__c": "Ignored"}, (400, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", ["Resolution__c"])),
        ({"Dead_Letter_Key__c": "x" * 81}, (400, "STRING_TOO_LONG", ["Dead_Letter_Key__c"])),
        ({"IsClosed": True}, (400, "INVALID_FIELD_FOR_INSERT_UPDATE", ["IsClosed"])),
        ({"ClosedDate": "2026-01-12T00:00:00Z"}, (400, "INVALID_FIELD_FOR_INSERT_UPDATE", ["ClosedDate"])),
        ({"Due_Date__c": "2026-01-12T00:00:00"}, (400, "JSON_PARSER_ERROR", None)),
        ({"Due_Date__c": "2026-01-12"}, (400, "JSON_PARSER_ERROR", None)),
        ({"Due_Date__c": "2026-02-30T00:00:00Z"}, (400, "JSON_PARSER_ERROR", None)),
        (
            {"Due_Date__c": "0001-01-01T00:00:00+14:00"},
            (400, "NUMBER_OUTSIDE_VALID_RANGE", ["Due_Date__c"]),
        ),
        ({"Due_Date__c": "1600-01-01T00:00:00Z"}, (400, "NUMBER_OUTSIDE_VALID_RANGE", ["Due_Date__c"])),
        ({"Due_Date__c": 5}, (400, "JSON_PARSER_ERROR", None)),
        ({"AccountId": "001000000000001"}, (400, "INVALID_CROSS_REFERENCE_KEY", ["AccountId"])),
    ],
)
def test_a_case_that_does_not_fit_is_refused(
    crm: Client, body: dict[str, Any], expected: tuple[int, str, list[str] | None]
) -> None:
    before = crm.mock.dump()
    assert error(crm.send("POST", "sobjects/Case", body)) == expected
    assert crm.mock.dump() == before


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("2026-03-01T12:30:15Z", "2026-03-01T12:30:15.000+0000"),
        ("2026-03-01T12:30:15.999+0000", "2026-03-01T12:30:15.000+0000"),
        ("2026-03-01T00:30:00-05:00", "2026-03-01T05:30:00.000+0000"),
        ("2025-12-31T23:59:59.5Z", "2025-12-31T23:59:59.000+0000"),
        ("", None),
        (None, None),
    ],
)
def test_an_instant_is_taken_with_any_offset_and_cut_to_the_second(
    crm: Client, written: str | None, shown: str | None
) -> None:
    assert crm.get("Case", crm.create("Case", Due_Date__c=written))["Due_Date__c"] == shown


def test_an_instant_sent_again_with_another_fraction_changes_nothing(crm: Client) -> None:
    case = crm.create("Case", Due_Date__c="2026-03-01T12:30:15.250Z")
    transactions = crm.mock.transactions
    crm.update("Case", case, Due_Date__c="2026-03-01T13:30:15.999+01:00")
    assert crm.mock.transactions == transactions
    assert crm.column("SELECT Id FROM Case WHERE Due_Date__c = 2026-03-01T12:30:15Z", "Id") == [case]


def test_open_cases_of_a_team_are_found_in_order_of_their_deadline(crm: Client) -> None:
    for day, team, status in ((3, "IT", "New"), (1, "IT", "Working"), (2, "IT", "Closed"), (1, "PMO", "New")):
        crm.create(
            "Case", Subject=f"{team} {day}", Owner_Team__c=team, Status=status, Due_Date__c=f"2026-02-0{day}T00:00:00Z"
        )
    soql = (
        "SELECT Subject FROM Case WHERE Owner_Team__c = 'IT' AND IsClosed = false "
        "AND Due_Date__c < 2026-02-04T00:00:00Z ORDER BY Due_Date__c"
    )
    assert crm.column(soql, "Subject") == ["IT 1", "IT 3"]


def test_a_case_is_not_its_own_parent(crm: Client) -> None:
    case = crm.create("Case", Subject="One")
    refused = crm.send("PATCH", f"sobjects/Case/{case}", {"ParentId": case})
    assert error(refused) == (400, "INVALID_CROSS_REFERENCE_KEY", ["ParentId"])


@settings(max_examples=25, deadline=None)
@given(st.lists(st.sampled_from(["New", "Working", "Escalated", "Closed"]), max_size=6))
def test_a_case_is_closed_exactly_while_its_status_says_so(statuses: list[str]) -> None:
    crm = Client()
    case = crm.create("Case", Subject="One")
    for status in statuses:
        crm.update("Case", case, Status=status)
        record = crm.get("Case", case)
        assert (record["IsClosed"], record["ClosedDate"] is not None) == (status == "Closed",) * 2
