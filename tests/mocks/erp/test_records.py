"""The record surface: addresses, formats, pages, and how a request that does not fit is told so."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from sandbox.core.damage import Damage, NoFaults
from sandbox.core.wire import Request
from tests.mocks.erp.client import HOST, RECORD, Caller, created, error, fixed, invoice_body, make, signed, text_of

STRICT = {"x-netsuite-propertynamevalidation": "error"}


def test_a_create_answers_204_with_the_id_in_the_location_only(erp: Caller) -> None:
    body = {"companyName": "New", "subsidiary": {"externalId": "UK"}}
    response = erp.call("POST", "customer", body)
    assert (response.status, response.body) == (204, b"")
    record_id = created(response)
    assert response.header("Location") == f"https://{HOST}{RECORD}/customer/{record_id}"
    assert record_id.isdigit()
    assert erp.get("customer", record_id)["companyName"] == "New"


def test_record_names_in_a_path_are_case_insensitive(erp: Caller) -> None:
    erp.time()
    assert erp.get("TIMEBILL", "eid:T-1") == erp.get("timeBill", "eid:T-1")


def test_a_record_is_read_with_references_dates_numbers_and_durations_in_the_vendors_form(erp: Caller) -> None:
    erp.time(rate=Decimal("150.25"))
    read = erp.get("timeBill", "eid:T-1")
    employee = erp.get("employee", "eid:W-1")
    assert read["employee"] == {
        "links": [{"rel": "self", "href": f"https://{HOST}{RECORD}/employee/{employee['id']}"}],
        "id": employee["id"],
        "refName": "Ada Byron",
    }
    assert read["hours"] == "2:30"
    assert read["tranDate"] == "2026-01-13"
    assert read["rate"] == Decimal("150.25")
    assert read["isBillable"] is True
    assert read["approvalStatus"] == {"id": "3", "refName": "Approved"}
    assert read["lastModifiedDate"] == "2026-01-12T00:00:00Z"
    assert "memo" not in read


def test_enumerations_come_bare_and_fields_few_on_request(erp: Caller) -> None:
    erp.time()
    assert erp.get("timeBill", "eid:T-1", "simpleEnumFormat=true")["approvalStatus"] == "3"
    few = erp.get("timeBill", "eid:T-1", "fields=hours,externalId")
    assert few.keys() == {"links", "hours", "externalId"}


def test_sublists_are_links_until_expanded(erp: Caller) -> None:
    invoice = erp.put("invoice", "I-1", invoice_body(item=fixed("10")))
    href = f"https://{HOST}{RECORD}/invoice/{invoice}/item"
    assert erp.get("invoice", invoice)["item"] == {"links": [{"rel": "self", "href": href}]}
    expanded = erp.get("invoice", invoice, "expandSubResources=True")
    assert expanded["time"]["items"] == []
    (line,) = expanded["item"]["items"]
    assert (line["line"], line["quantity"], line["rate"], line["amount"]) == (1, 1, 10, 10)
    alone = erp.call("GET", f"invoice/{invoice}/item")
    assert alone.json() == expanded["item"]
    assert erp.call("GET", f"invoice/{invoice}/nothing").status == 404


@pytest.mark.parametrize(
    "reference",
    [{"id": "ID"}, {"externalId": "C-1"}, "ID", "NUMBER", {"refName": "GB-1"}],
    ids=["id", "externalId", "bare text", "bare number", "name"],
)
def test_a_reference_may_be_given_in_every_way_the_vendor_takes(erp: Caller, reference: Any) -> None:
    customer = erp.client("C-1", entityId="GB-1")
    if reference == {"id": "ID"}:
        reference = {"id": customer}
    elif reference in ("ID", "NUMBER"):
        reference = customer if reference == "ID" else int(customer)
    job = erp.post("job", {"companyName": "X", "parent": reference, "subsidiary": {"externalId": "UK"}})
    assert erp.get("job", job)["parent"]["id"] == customer


@pytest.mark.parametrize("value", ["3", 3, {"id": "3"}, {"refName": "Approved"}, "Approved"])
def test_an_enumeration_may_be_given_as_id_or_name(erp: Caller, value: Any) -> None:
    erp.time(approvalStatus=value)
    assert erp.get("timeBill", "eid:T-1")["approvalStatus"]["id"] == "3"


def test_a_list_shows_ids_and_links_page_by_page(erp: Caller) -> None:
    ids = [erp.client(f"L-{n}") for n in range(4)]
    first = erp.call("GET", "customer", query="limit=2&offset=0").json()
    assert (first["count"], first["offset"], first["hasMore"], first["totalResults"]) == (2, 0, True, 5)
    assert [link["rel"] for link in first["links"]] == ["self", "next", "last"]
    assert first["links"][1]["href"] == f"https://{HOST}{RECORD}/customer?limit=2&offset=2"
    last = erp.call("GET", "customer", query="limit=2&offset=4").json()
    assert (last["count"], last["hasMore"]) == (1, False)
    assert [link["rel"] for link in last["links"]] == ["self", "first", "prev"]
    every = erp.call("GET", "customer").json()["items"]
    assert {item["id"] for item in every} >= set(ids)
    assert every[0]["links"] == [{"rel": "self", "href": f"https://{HOST}{RECORD}/customer/{every[0]['id']}"}]


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("limit=0", "limit"),
        ("limit=1001", "limit"),
        ("limit=ten", "limit"),
        ("limit=2&offset=1", "offset"),
        ("offset=-2", "offset"),
        ("expandRecords=true&ids=1", "expandRecords"),
    ],
)
def test_a_page_that_cannot_be_is_refused_with_the_parameter(erp: Caller, query: str, name: str) -> None:
    response = erp.call("GET", "customer", query=query.replace(" ", "%20"))
    assert error(response) == (400, "INVALID_PARAMETER", name)


def test_an_upsert_creates_once_then_changes_and_the_same_again_changes_nothing(erp: Caller) -> None:
    first = erp.client("C-7", companyName="One")
    second = erp.client("C-7", companyName="Two")
    assert first == second
    before = erp.mock.dump()
    assert erp.client("C-7", companyName="Two") == first
    assert erp.mock.dump() == before
    assert erp.mock.outcome.committed is False
    assert erp.get("customer", "eid:C-7")["companyName"] == "Two"


def test_a_null_gives_a_field_its_default_back_and_leaves_a_derived_one(erp: Caller) -> None:
    erp.client("C-7", email="a@b.example", isInactive=True)
    before = erp.get("customer", "eid:C-7")
    assert erp.patch("customer", "eid:C-7", {"email": None, "isInactive": None, "currency": None}).status == 204
    after = erp.get("customer", "eid:C-7")
    assert "email" not in after
    assert after["isInactive"] is False
    assert after["currency"] == before["currency"]
    assert after["companyName"] == before["companyName"]


def test_an_unknown_property_is_ignored_and_named_or_refused_or_ignored_without_a_word(erp: Caller) -> None:
    body = {"companyName": "New", "subsidiary": {"externalId": "UK"}, "colour\r\nx": 1, "links": [], "refName": "x"}
    warned = erp.call("POST", "customer", body)
    assert warned.header("X-NetSuite-PropertyNameValidation") == "warning; ignored=colour%0D%0Ax"
    refused = erp.call("POST", "customer", body, headers=STRICT)
    assert error(refused) == (400, "NONEXISTENT_FIELD", "colour\r\nx")
    ignored = erp.call("POST", "customer", body, headers={"x-netsuite-propertynamevalidation": "ignore"})
    assert ignored.header("X-NetSuite-PropertyNameValidation") is None
    wrong = erp.call("POST", "customer", body, headers={"x-netsuite-propertynamevalidation": "perhaps"})
    assert error(wrong) == (400, "INVALID_HEADER", "X-NetSuite-PropertyNameValidation")


def test_an_unknown_property_of_a_line_is_named_with_its_path(erp: Caller) -> None:
    body = invoice_body(item=fixed("10", colour="blue"))
    assert error(erp.call("POST", "invoice", body, headers=STRICT)) == (
        400,
        "NONEXISTENT_FIELD",
        "item.items[0].colour",
    )


def test_a_duplicate_is_refused_in_the_words_for_its_kind(erp: Caller) -> None:
    entity = {"companyName": "New", "subsidiary": {"externalId": "UK"}, "externalId": "C-1"}
    assert text_of(erp.call("POST", "customer", entity)).endswith("This entity already exists.")
    erp.put("invoice", "I-1", invoice_body(item=fixed("10")))
    document = erp.call("POST", "invoice", invoice_body(item=fixed("10"), externalId="I-1"))
    assert error(document)[:2] == (400, "USER_ERROR")
    assert text_of(document).endswith("This record already exists.")


@pytest.mark.parametrize(
    ("body", "code", "path"),
    [
        (b"{", "INVALID_CONTENT", ""),
        (b"", "INVALID_CONTENT", ""),
        (b"[" * 100_000, "INVALID_CONTENT", ""),
        (b"[]", "INVALID_CONTENT", ""),
        (b'{"companyName": 5}', "INVALID_CONTENT", "companyName"),
        (b'{"companyName": "' + b"x" * 84 + b'"}', "INVALID_CONTENT", "companyName"),
        (b'{"isInactive": "T"}', "INVALID_CONTENT", "isInactive"),
        (b'{"subsidiary": {"id": "9999"}}', "USER_ERROR", "subsidiary"),
        (b'{"subsidiary": {}}', "USER_ERROR", "subsidiary"),
        (b'{"subsidiary": [1]}', "USER_ERROR", "subsidiary"),
        (b'{"terms": "Net 31"}', "USER_ERROR", "terms"),
        (b'{"companyName": "x"}', "USER_ERROR", ""),
    ],
)
def test_a_body_that_does_not_fit_is_refused_and_nothing_is_stored(
    erp: Caller, body: bytes, code: str, path: str
) -> None:
    before = erp.mock.dump()
    response = erp.call("POST", "customer", body)
    assert error(response) == (400, code, path)
    assert erp.mock.dump() == before


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("jobPrice", Decimal("1.00001"), "INVALID_CONTENT"),
        ("jobPrice", 10**13, "USER_ERROR"),
        ("jobPrice", Decimal(10**30), "INVALID_CONTENT"),
        ("jobPrice", "12", "INVALID_CONTENT"),
        ("startDate", "13/1/2026", "INVALID_CONTENT"),
        ("startDate", "", "INVALID_CONTENT"),
        ("allowTime", 1, "INVALID_CONTENT"),
        ("allowTime", "", "INVALID_CONTENT"),
        ("currency", "GBX", "USER_ERROR"),
        ("parent", "000", "USER_ERROR"),
    ],
)
def test_a_value_of_the_wrong_form_is_refused_with_its_field(erp: Caller, field: str, value: Any, code: str) -> None:
    assert error(erp.patch("job", "eid:P-1", {field: value})) == (400, code, field)


def test_every_missing_field_is_named() -> None:
    response = Caller(make()).call("POST", "timeBill", {})
    assert text_of(response).endswith("Please enter value(s) for: Employee, Customer:Project, Duration, Date.")


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "customer/999", 404, "NONEXISTENT_ID"),
        ("GET", "customer/eid:nobody", 404, "NONEXISTENT_ID"),
        ("PATCH", "customer/999", 404, "NONEXISTENT_ID"),
        ("DELETE", "customer/999", 404, "NONEXISTENT_ID"),
        ("GET", "accountingPeriod/eid:x", 404, "NONEXISTENT_ID"),
        ("GET", "chargeRule", 404, "NOT_FOUND"),
        ("POST", "chargeRule", 404, "NOT_FOUND"),
        ("PUT", "customer/107", 400, "INVALID_REQUEST"),
        ("PUT", "customer/eid:A|B", 400, "INVALID_REQUEST"),
        ("POST", "accountingPeriod", 405, "INVALID_METHOD"),
        ("PUT", "account/eid:1000", 405, "INVALID_METHOD"),
        ("DELETE", "serviceSaleItem/1", 405, "INVALID_METHOD"),
        ("POST", "invoice/1/!transform/creditMemo", 404, "NONEXISTENT_ID"),
        ("POST", "invoice/1/!attach/file/2", 404, "INVALID_REQUEST"),
    ],
)
def test_an_address_that_leads_nowhere_is_answered_with_its_code(
    erp: Caller, method: str, path: str, status: int, code: str
) -> None:
    response = erp.call(method, path, {} if method in ("PATCH", "PUT", "POST") else None)
    assert error(response)[:2] == (status, code)


def test_an_external_id_in_the_body_must_be_that_of_the_address(erp: Caller) -> None:
    body = {"companyName": "x", "subsidiary": {"externalId": "UK"}, "externalId": "C-8"}
    assert error(erp.call("PUT", "customer/eid:C-9", body)) == (400, "INVALID_CONTENT", "externalId")
    assert erp.call("PUT", "customer/eid:C-8", body).status == 204


def test_prefer_transient_on_a_record_changes_nothing(erp: Caller) -> None:
    body = {"companyName": "x", "subsidiary": {"externalId": "UK"}}
    assert erp.call("POST", "customer", body, headers={"prefer": "transient"}).status == 204


def test_selected_fields_are_cleared_and_others_kept(erp: Caller) -> None:
    erp.client("C-7", email="a@b.example", vatRegNumber="GB1")
    selected = "replace=email&replaceSelectedFields=true"
    assert erp.patch("customer", "eid:C-7", {"vatRegNumber": None, "companyName": "New"}, selected).status == 204
    after = erp.get("customer", "eid:C-7")
    assert (after.get("email"), after["vatRegNumber"], after["companyName"]) == (None, "GB1", "New")
    erp.patch("customer", "eid:C-7", {"vatRegNumber": None}, "replace=vatRegNumber&replaceSelectedFields=true")
    assert "vatRegNumber" not in erp.get("customer", "eid:C-7")


def test_an_idempotency_key_is_ignored_on_a_synchronous_request(erp: Caller) -> None:
    body = {"companyName": "x", "subsidiary": {"externalId": "UK"}}
    key = {"x-netsuite-idempotency-key": "cac827ea"}
    assert erp.post("customer", body, headers=key) != erp.post("customer", body, headers=key)


def test_an_unknown_body_field_cannot_be_asked_for(erp: Caller) -> None:
    assert error(erp.call("GET", "customer/eid:C-1", query="fields=item")) == (400, "INVALID_PARAMETER", "fields")


@pytest.mark.parametrize(
    ("damage", "code", "title"),
    [
        (Damage("M01", 429), "CONCURRENCY_LIMIT_EXCEEDED", "Bad Request"),
        (Damage("M05", 500), "UNEXPECTED_ERROR", "Internal Server Error"),
        (Damage("M05", 503), "SERVICE_UNAVAILABLE", "Service Unavailable"),
    ],
)
def test_damage_has_the_vendors_envelope(damage: Damage, code: str, title: str) -> None:
    class Damaged(NoFaults):
        def before(self, system: str, operation: str, request: Request) -> Damage | None:
            return damage

    response = make(faults=Damaged()).handle(signed("GET", f"{RECORD}/customer"))
    body = response.json()
    assert error(response)[:2] == (damage.status, code)
    assert body["title"] == title
    assert body.get("o:errorCode") == ("USER_ERROR" if damage.status == 429 else None)
    assert ("Error ID: " in text_of(response)) == (damage.status == 500)
    assert response.header("Retry-After") is None


def test_the_manual_tells_an_engine_the_limits() -> None:
    manual = make().handle(Request("GET", "/_sandbox/manual")).json()
    assert manual["concurrency"] == 5
    assert manual["search_lag_s"] == 0
    assert manual["paging"]["limit_max"] == 1000
    assert "externalId" in manual["idempotency"]
