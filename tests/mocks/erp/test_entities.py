"""Customers, projects and employees fit together, or are refused with the field that does not."""

from __future__ import annotations

from typing import Any

import pytest

from tests.mocks.erp.client import Caller, error, fixed, invoice_body, text_of


def test_two_clients_may_share_a_name_but_not_a_number(erp: Caller) -> None:
    body = {"companyName": "Twin", "subsidiary": {"externalId": "UK"}}
    first, second = erp.post("customer", body), erp.post("customer", body)
    assert first != second
    numbers = {erp.get("customer", each)["entityId"] for each in (first, second)}
    assert len(numbers) == 2
    assert all(number.isdigit() for number in numbers)
    taken = erp.call("POST", "customer", {**body, "entityId": numbers.pop()})
    assert text_of(taken).endswith("This entity already exists.")


def test_a_client_takes_its_subsidiarys_currency(erp: Caller) -> None:
    erp.client("C-JP", subsidiary="JP", country="JP")
    assert erp.get("customer", "eid:C-JP")["currency"]["refName"] == "JPY"


@pytest.mark.parametrize("country", ["gb", "GBR", "1A"])
def test_a_country_is_two_capital_letters(erp: Caller, country: str) -> None:
    response = erp.patch("customer", "eid:C-1", {"custentity_country": country})
    assert error(response)[:2] in {(400, "USER_ERROR"), (400, "INVALID_CONTENT")}
    assert error(response)[2] == "custentity_country"


@pytest.mark.parametrize(
    ("more", "code", "path"),
    [
        ({"subsidiary": {"externalId": "US"}}, "INVALID_KEY_OR_REF", "parent"),
        ({"currency": {"externalId": "USD"}}, "INVALID_KEY_OR_REF", "currency"),
        ({"parent": {"externalId": "nobody"}}, "USER_ERROR", "parent"),
        ({"entityId": "PRJ-P-1"}, "USER_ERROR", ""),
        ({"startDate": "2026-02-01", "projectedEndDate": "2026-01-01"}, "USER_ERROR", "projectedEndDate"),
        ({"jobBillingType": {"refName": "Barter"}}, "USER_ERROR", "jobBillingType"),
    ],
)
def test_a_project_that_does_not_go_with_its_client_is_refused(
    erp: Caller, more: dict[str, Any], code: str, path: str
) -> None:
    before = erp.mock.dump()
    body = {"companyName": "X", "parent": {"externalId": "C-1"}, "subsidiary": {"externalId": "UK"}, **more}
    assert error(erp.call("POST", "job", body)) == (400, code, path)
    assert erp.mock.dump() == before


def test_a_project_shows_what_it_was_given(erp: Caller) -> None:
    erp.project(
        "P-2",
        jobBillingType={"refName": "Time and Materials"},
        projectExpenseType="-2",
        jobPrice=12000,
        startDate="2026-01-05",
        percentComplete=12,
    )
    job = erp.get("job", "eid:P-2")
    assert job["jobBillingType"] == {"id": "1", "refName": "Time and Materials"}
    assert (job["jobPrice"], job["percentComplete"]) == (12000, 12)
    assert job["allowTime"] is True
    assert job["currency"]["refName"] == "GBP"


def test_no_project_of_an_inactive_client(erp: Caller) -> None:
    erp.patch("customer", "eid:C-1", {"isInactive": True})
    body = {"companyName": "X", "parent": {"externalId": "C-1"}, "subsidiary": {"externalId": "UK"}}
    assert error(erp.call("POST", "job", body)) == (400, "USER_ERROR", "parent")


def test_subsidiary_and_currency_stay_once_something_builds_on_them(erp: Caller) -> None:
    moved = erp.patch("customer", "eid:C-1", {"subsidiary": {"externalId": "US"}})
    assert "dependent records: job" in text_of(moved)
    erp.client("C-2")
    assert erp.patch("customer", "eid:C-2", {"subsidiary": {"externalId": "US"}}).status == 204
    erp.time()
    assert "dependent records: timeBill" in text_of(erp.patch("job", "eid:P-1", {"parent": {"externalId": "C-2"}}))
    moved = erp.patch("employee", "eid:W-1", {"subsidiary": {"externalId": "US"}})
    assert "dependent records: timeBill" in text_of(moved)


def test_a_record_others_refer_to_is_not_deleted(erp: Caller) -> None:
    erp.time()
    for path in ("customer/eid:C-1", "job/eid:P-1", "employee/eid:W-1"):
        response = erp.call("DELETE", path)
        assert error(response)[:2] == (400, "USER_ERROR"), path
        assert "dependent records" in text_of(response)


def test_a_free_record_is_deleted_and_its_external_id_may_be_used_again(erp: Caller) -> None:
    first = erp.client("C-2")
    assert erp.call("DELETE", "customer/eid:C-2").status == 204
    assert erp.call("GET", f"customer/{first}").status == 404
    assert erp.client("C-2") != first
    erp.project("P-9")
    assert erp.call("DELETE", "job/eid:P-9").status == 204
    assert erp.call("DELETE", "employee/eid:W-2").status == 204


def test_ids_of_clients_projects_and_employees_never_meet(erp: Caller) -> None:
    for n in range(30):
        erp.client(f"X-{n}")
        erp.project(f"X-{n}", f"X-{n}")
        erp.put("employee", f"X-{n}", {"firstName": "N", "lastName": str(n), "subsidiary": {"externalId": "UK"}})
    dump = erp.mock.dump()
    ids = [record_id for name in ("customer", "job", "employee") for record_id in dump[name]]
    assert len(ids) == len(set(ids))
    assert all(record_id.isdigit() for record_id in ids)


def test_an_employee_is_hired_before_released(erp: Caller) -> None:
    body = {"hireDate": "2026-01-05", "releasedate": "2026-01-04"}
    assert error(erp.patch("employee", "eid:W-1", body)) == (400, "USER_ERROR", "releasedate")
    assert erp.patch("employee", "eid:W-1", {"releasedate": "2026-06-30"}).status == 204


def test_an_entity_number_stays_when_it_is_not_given_again(erp: Caller) -> None:
    before = erp.get("customer", "eid:C-1")["entityId"]
    erp.patch("customer", "eid:C-1", {"entityId": None, "email": "x@y.example"})
    assert erp.get("customer", "eid:C-1")["entityId"] == before
    erp.patch("customer", "eid:C-1", {"entityId": "GB-77"})
    assert erp.get("customer", "eid:C-1")["entityId"] == "GB-77"


def test_terms_decide_the_due_date(erp: Caller) -> None:
    erp.patch("customer", "eid:C-1", {"terms": {"refName": "Net 30"}})
    erp.put("invoice", "I-1", invoice_body(item=fixed("10")))
    assert erp.get("invoice", "eid:I-1")["dueDate"] == "2026-03-02"
    never = invoice_body(item=fixed("10"), tranDate="9999-12-31")
    assert error(erp.call("PUT", "invoice/eid:I-2", never)) == (400, "USER_ERROR", "tranDate")
