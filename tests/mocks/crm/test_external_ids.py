"""External ids: upserts that repeat harmlessly, values several records share, values only one may hold."""

from __future__ import annotations

from typing import Any

import pytest

from tests.mocks.crm.client import Client, V, error

NOBODY = "001000000000001AAA"
GOOD = {"Name": "Deal", "StageName": "Prospecting", "CloseDate": "2026-03-31"}
CODE = "sobjects/Opportunity/Engagement_Code__c/"
CUSTOMER = "sobjects/Account/ERP_Customer_Id__c/"


def test_an_upsert_creates_then_updates_then_changes_nothing(crm: Client) -> None:
    created = crm.send("PATCH", CODE + "E-1", GOOD)
    assert created.status == 201
    assert created.json()["created"] is True
    record_id = created.json()["id"]
    assert created.header("Location") == f"{V}/sobjects/Opportunity/{record_id}"
    updated = crm.send("PATCH", CODE + "E-1", {"Name": "Renamed"})
    assert (updated.status, updated.json()) == (200, {"id": record_id, "success": True, "errors": [], "created": False})
    before, transactions = crm.mock.dump(), crm.mock.transactions
    again = crm.send("PATCH", CODE + "E-1", {"Name": "Renamed"})
    assert (again.status, again.json()) == (updated.status, updated.json())
    assert (crm.mock.dump(), crm.mock.transactions) == (before, transactions)
    assert crm.get("Opportunity", record_id)["Engagement_Code__c"] == "E-1"


def test_an_upsert_before_version_46_answers_an_update_without_a_body(crm: Client) -> None:
    path = "/services/data/v45.0/" + CODE + "E-1"
    created = crm.send("PATCH", path, GOOD)
    assert (created.status, set(created.json())) == (201, {"id", "success", "errors"})
    updated = crm.send("PATCH", path, {"Name": "Renamed"})
    assert (updated.status, updated.body) == (204, b"")


def test_update_only_never_creates(crm: Client) -> None:
    before = crm.mock.dump()
    assert error(crm.send("PATCH", CODE + "E-1", GOOD, "updateOnly=true")) == (404, "NOT_FOUND", None)
    assert crm.mock.dump() == before
    crm.send("PATCH", CODE + "E-1", GOOD)
    assert crm.send("PATCH", CODE + "E-1", {"Name": "Renamed"}, "updateOnly=true").status == 200


def test_external_ids_ignore_case_and_may_need_escapes(crm: Client) -> None:
    first = crm.send("PATCH", CODE + "E%20%2F1", GOOD).json()["id"]
    assert crm.send("PATCH", CODE + "e%20/1", {"Name": "Same"}).json() == {
        "id": first, "success": True, "errors": [], "created": False,
    }  # fmt: skip
    assert crm.send("GET", CODE + "e /1").json()["Engagement_Code__c"] == "E /1"


def test_several_records_with_one_external_id_are_answered_by_their_addresses(crm: Client) -> None:
    ids = sorted(crm.create("Account", Name=name, ERP_Customer_Id__c="K-1") for name in ("One", "Two"))
    addresses = [f"{V}/sobjects/Account/{each}" for each in ids]
    before = crm.mock.dump()
    for response in (crm.send("GET", CUSTOMER + "K-1"), crm.send("PATCH", CUSTOMER + "k-1", {"Name": "x"})):
        assert (response.status, response.json()) == (300, addresses)
    assert crm.mock.dump() == before
    crm.delete("Account", ids[0])
    assert crm.send("GET", CUSTOMER + "K-1").json()["Id"] == ids[1]


def test_a_unique_external_id_held_by_another_record_is_refused_with_its_id(crm: Client) -> None:
    holder = crm.opportunity(Engagement_Code__c="E-1")
    other = crm.opportunity("Other")
    before = crm.mock.dump()
    for response in (
        crm.send("POST", "sobjects/Opportunity", {**GOOD, "Engagement_Code__c": "e-1"}),
        crm.send("PATCH", f"sobjects/Opportunity/{other}", {"Engagement_Code__c": "E-1"}),
    ):
        assert error(response) == (400, "DUPLICATE_VALUE", [])
        assert holder in response.json()[0]["message"]
    assert crm.mock.dump() == before
    crm.update("Opportunity", holder, Engagement_Code__c="e-1")
    crm.delete("Opportunity", holder)
    crm.update("Opportunity", other, Engagement_Code__c="E-1")


@pytest.mark.parametrize(
    ("method", "path", "body", "expected"),
    [
        ("GET", CODE + "nobody", None, (404, "NOT_FOUND", None)),
        ("GET", "sobjects/Opportunity/Name/Deal", None, (404, "NOT_FOUND", None)),
        ("PATCH", "sobjects/Opportunity/Nothing__c/1", GOOD, (404, "NOT_FOUND", None)),
        ("PATCH", CODE + "E-1", {**GOOD, "engagement_code__c": "E-1"}, (400, "INVALID_FIELD", None)),
        ("PATCH", CODE + "E-1", {**GOOD, "Id": NOBODY}, (400, "INVALID_FIELD", None)),
        ("PATCH", CODE + "E-1", {"Name": "x"}, (400, "REQUIRED_FIELD_MISSING", ["StageName", "CloseDate"])),
        ("PATCH", CODE + "x" * 21, GOOD, (400, "STRING_TOO_LONG", ["Engagement_Code__c"])),
        ("PATCH", "sobjects/User/Username/x", {}, (400, "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", [])),
    ],
)
def test_an_upsert_that_does_not_fit_is_refused(
    crm: Client, method: str, path: str, body: Any, expected: tuple[int, str, list[str] | None]
) -> None:
    before = crm.mock.dump()
    assert error(crm.send(method, path, body)) == expected
    assert crm.mock.dump() == before


def test_the_live_shell_takes_the_same_addresses(crm: Client) -> None:
    crm.send("PATCH", CODE + "E%201", GOOD)
    shell = crm.mock.flask.test_client()
    headers = {"Authorization": f"Bearer {crm.token}"}
    answer = shell.get(f"{V}/{CODE}E%201/", headers=headers)
    assert answer.status_code == 200
    assert answer.get_json()["Engagement_Code__c"] == "E 1"
    assert shell.head(f"{V}/sobjects/Account/{crm.account()}", headers=headers).data == b""


def test_by_external_id_a_record_is_deleted_and_several_are_not(crm: Client) -> None:
    made = crm.send("PATCH", CODE + "E-1", GOOD).json()["id"]
    deleted = crm.send("DELETE", CODE + "e-1")
    assert (deleted.status, deleted.body) == (204, b"")
    assert crm.send("GET", f"sobjects/Opportunity/{made}").status == 404
    assert error(crm.send("DELETE", CODE + "E-1")) == (404, "NOT_FOUND", None)
    twins = {crm.create("Account", Name=name, ERP_Customer_Id__c="C-1") for name in ("a", "b")}
    several = crm.send("DELETE", CUSTOMER + "C-1")
    assert several.status == 300
    assert {url[-18:] for url in several.json()} == twins


def test_the_id_of_a_record_is_an_external_id_too(crm: Client) -> None:
    created = crm.send("POST", "sobjects/Account/Id", {"Name": "x"})
    account = created.json()["id"]
    assert created.status == 201
    path = f"sobjects/Account/Id/{account[:15]}"
    assert crm.send("PATCH", path, {"Phone": "1"}).status == 204
    assert crm.send("GET", path).json()["Phone"] == "1"
    assert crm.send("DELETE", path).status == 204
    assert error(crm.send("PATCH", path, {"Phone": "2"})) == (404, "ENTITY_IS_DELETED", [])
