"""Collections: many records in one request, aligned answers, all or none."""

from __future__ import annotations

from collections.abc import Set
from typing import Any

import pytest

from sandbox.core.damage import NoFaults
from sandbox.core.wire import Request
from tests.mocks.crm.client import Client, error, make
from tests.mocks.crm.streams import Subscriber

OK: dict[str, Any] = {"attributes": {"type": "Account"}, "Name": "Good"}
BAD: dict[str, Any] = {"attributes": {"type": "Account"}, "Phone": "1"}
S = "composite/sobjects"


def names(crm: Client) -> list[Any]:
    return crm.column("SELECT Name FROM Account ORDER BY Name")


def posted(crm: Client, *records: Any, **more: Any) -> list[dict[str, Any]]:
    response = crm.send("POST", S, {"records": list(records), **more})
    assert response.status == 200, response.body
    results: list[dict[str, Any]] = response.json()
    return results


def codes(results: list[dict[str, Any]]) -> list[str]:
    return [result["errors"][0]["statusCode"] if result["errors"] else "" for result in results]


def test_results_stand_in_the_order_of_the_records_and_a_bad_one_spoils_no_other(crm: Client) -> None:
    first, bad, third = posted(crm, OK, BAD, {**OK, "Name": "Other"})
    assert (first["success"], first["errors"], len(first["id"])) == (True, [], 18)
    assert bad == {
        "success": False,
        "errors": [
            {
                "statusCode": "REQUIRED_FIELD_MISSING",
                "message": "Required fields are missing: [Name]",
                "fields": ["Name"],
            }
        ],
    }
    assert third["success"] is True
    assert {"Good", "Other"} < set(names(crm))


def test_all_or_none_stores_nothing_and_says_so_of_the_good_ones(crm: Client) -> None:
    before = names(crm)
    results = posted(crm, OK, BAD, OK, allOrNone=True)
    code = "ALL_OR_NONE_OPERATION_ROLLED_BACK"
    assert codes(results) == [code, "REQUIRED_FIELD_MISSING", code]
    assert [result["success"] for result in results] == [False] * 3
    assert not any("id" in result for result in results)
    assert names(crm) == before
    assert codes(posted(crm, OK, OK, allOrNone=True)) == ["", ""]


def test_the_records_of_a_request_are_announced_as_one_transaction(crm: Client) -> None:
    client = Subscriber(crm, "/data/AccountChangeEvent")
    posted(crm, OK, BAD, {**OK, "Name": "Other"})
    headers = [each["data"]["payload"]["ChangeEventHeader"] for each in client.connect()]
    assert len({header["transactionKey"] for header in headers}) == 1
    assert [header["sequenceNumber"] for header in headers] == [1, 2]


@pytest.mark.parametrize("record", [None, "x", {}, {"Name": "x"}, {"attributes": {"type": 1}}, {"attributes": []}])
def test_a_record_without_an_object_is_refused_alone(crm: Client, record: Any) -> None:
    assert codes(posted(crm, record, OK)) == ["INVALID_TYPE", ""]


def test_an_unknown_object_and_a_read_only_one_are_refused_alone(crm: Client) -> None:
    results = posted(crm, {"attributes": {"type": "Nothing"}}, {"attributes": {"type": "User"}}, OK)
    assert codes(results) == ["INVALID_TYPE", "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", ""]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"[", "JSON_PARSER_ERROR"),
        ([], "JSON_PARSER_ERROR"),
        ({}, "JSON_PARSER_ERROR"),
        ({"records": {}}, "JSON_PARSER_ERROR"),
        ({"records": [], "allOrNone": "yes"}, "JSON_PARSER_ERROR"),
        ({"records": [OK] * 201}, "EXCEEDED_ID_LIMIT"),
    ],
)
def test_a_request_that_is_no_collection_is_refused_as_a_whole(crm: Client, body: Any, code: str) -> None:
    before = names(crm)
    for method in ("POST", "PATCH"):
        assert error(crm.send(method, S, body)) == (400, code, None)
    assert names(crm) == before


def test_updates_carry_their_ids_in_any_case_and_length(crm: Client) -> None:
    first, second, gone = (crm.create("Account", Name=name) for name in ("1", "2", "3"))
    crm.delete("Account", gone)
    account = {"attributes": {"type": "Account"}}
    records = [
        {**account, "id": first, "Name": "one"},
        {**account, "Id": second[:15], "Name": "two"},
        {**account, "id": gone, "Name": "three"},
        {**account, "id": "001" + "0" * 12, "Name": "four"},
        {**account, "id": "x", "Name": "five"},
        {**account, "Name": "six"},
        {**account, "id": crm.opportunity(), "Name": "seven"},
    ]
    results = crm.send("PATCH", S, {"records": records}).json()
    assert codes(results) == [
        "", "", "ENTITY_IS_DELETED", "INVALID_CROSS_REFERENCE_KEY", "MALFORMED_ID", "MISSING_ARGUMENT",
        "INVALID_CROSS_REFERENCE_KEY",
    ]  # fmt: skip
    assert [result["id"] for result in results[:2]] == [first, second]
    assert (crm.get("Account", first)["Name"], crm.get("Account", second)["Name"]) == ("one", "two")


def test_upserts_say_whether_they_created(crm: Client) -> None:
    account = {"attributes": {"type": "Account"}}
    records = [{**account, "Name": name, "ERP_Customer_Id__c": code} for name, code in (("a", "E-1"), ("b", "E-2"))]

    def sent(*changed: dict[str, Any]) -> list[dict[str, Any]]:
        response = crm.send("PATCH", S + "/Account/ERP_Customer_Id__c", {"records": changed})
        results: list[dict[str, Any]] = response.json()
        return results

    made = sent(*records)
    again = sent({**records[0], "Name": "c"}, {**account, "Name": "no code"}, {**account, "erp_customer_id__c": "E-9"})
    assert [result["created"] for result in made] == [True, True]
    assert (again[0]["id"], again[0]["created"]) == (made[0]["id"], False)
    assert codes(again) == ["", "MISSING_ARGUMENT", "REQUIRED_FIELD_MISSING"]
    assert crm.get("Account", made[0]["id"])["Name"] == "c"
    crm.create("Account", Name="twin", ERP_Customer_Id__c="E-1")
    assert codes(sent(records[0])) == ["DUPLICATE_EXTERNAL_ID"]
    other = {"attributes": {"type": "Opportunity"}, "ERP_Customer_Id__c": "E-1"}
    assert codes(sent(other)) == ["INVALID_TYPE"]


def test_by_id_an_upsert_with_one_updates_and_without_creates(crm: Client) -> None:
    known = crm.create("Account", Name="known")
    records = [{**OK, "id": known, "Name": "renamed"}, {**OK, "Name": "new"}]
    results = crm.send("PATCH", S + "/Account/Id", {"records": records}).json()
    assert [result["created"] for result in results] == [False, True]
    assert crm.get("Account", known)["Name"] == "renamed"
    assert error(crm.send("PATCH", S + "/Account/Name", {"records": records})) == (404, "NOT_FOUND", None)


def test_deletes_take_ids_of_any_object(crm: Client) -> None:
    account, opportunity = crm.create("Account", Name="x"), crm.opportunity()
    kept = crm.create("Account", Name="kept")
    crm.opportunity(AccountId=kept)
    ids = f"{account},{opportunity[:15]},{kept},zzz000000000000,nothing"
    results = crm.send("DELETE", S, query=f"ids={ids}&allOrNone=false").json()
    assert codes(results) == ["", "", "DELETE_FAILED", "INVALID_CROSS_REFERENCE_KEY", "MALFORMED_ID"]
    assert (results[0]["id"], results[1]["id"]) == (account, opportunity)
    assert crm.send("GET", f"sobjects/Account/{account}").status == 404
    both = crm.send("DELETE", S, query=f"ids={crm.create('Account', Name='y')},{kept}&allOrNone=true").json()
    assert codes(both) == ["ALL_OR_NONE_OPERATION_ROLLED_BACK", "DELETE_FAILED"]
    assert "y" in names(crm)
    assert error(crm.send("DELETE", S)) == (400, "MISSING_ARGUMENT", None)


def test_records_are_read_in_the_order_of_their_ids_with_null_for_who_is_not_there(crm: Client) -> None:
    first, gone = crm.create("Account", Name="first"), crm.create("Account", Name="gone")
    crm.delete("Account", gone)
    asked = {"ids": [gone, first[:15]], "fields": ["Name", "Id", "Phone"]}
    by_post = crm.send("POST", S + "/Account", asked).json()
    by_get = crm.send("GET", S + "/Account", query=f"ids={gone},{first}&fields=Name,Phone").json()
    assert by_post == by_get
    assert by_post[0] is None
    assert {key: by_post[1][key] for key in ("Id", "Name", "Phone")} == {"Id": first, "Name": "first", "Phone": None}
    assert by_post[1]["attributes"]["type"] == "Account"
    assert error(crm.send("POST", S + "/Account", {**asked, "fields": ["Nmae"]})) == (400, "INVALID_FIELD", None)
    assert error(crm.send("POST", S + "/Account", {**asked, "ids": [1]})) == (400, "MALFORMED_ID", None)
    assert error(crm.send("POST", S + "/Account", {"ids": [first]})) == (400, "JSON_PARSER_ERROR", None)


class Partial(NoFaults):
    """The second item of every collection is refused for now."""

    def items(self, system: str, operation: str, request: Request, count: int) -> Set[int]:
        return {1} if operation == "collections.create" else frozenset()


def test_an_item_that_is_refused_for_now_is_a_row_nobody_can_lock() -> None:
    crm = Client(make(faults=Partial()))
    assert codes(posted(crm, OK, {**OK, "Name": "later"}, {**OK, "Name": "3"})) == ["", "UNABLE_TO_LOCK_ROW", ""]
    assert "later" not in names(crm)
