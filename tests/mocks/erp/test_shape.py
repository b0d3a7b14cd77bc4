"""Custom fields of an account, and what its forms make mandatory: catalogue, records, filters and SuiteQL agree."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from mocks.erp.resources import RESOURCES
from mocks.erp.shape import account_of
from mocks.erp.system import Erp
from mocks.kit.app import Context
from sandbox.core.chance import Chance
from sandbox.core.clock import ManualClock
from sandbox.core.tenant_shape import ErpShape, ShapeMistake
from tests.mocks.erp.client import EPOCH, Caller, error, fixed, invoice_body, tenant, text_of, time_body

PRACTICE = {"name": "custentity_practice", "type": "list", "choices": {"1": "Cloud", "2": "Data"}, "mandatory": True,
            "label": "Practice"}  # fmt: skip
SHAPE = ErpShape.model_validate({
    "fields": {
        "customer": [
            {"name": "custentity_segment", "type": "text", "length": 10},
            {"name": "custentity_strategic", "type": "checkbox"},
            {"name": "custentity_owner", "type": "record", "to": "employee"},
        ],
        "job": [PRACTICE],
        "invoice": [{"name": "custbody_batch", "type": "text"}, {"name": "custbody_fee", "type": "currency"}],
        "salesOrder": [{"name": "custbody_batch", "type": "text"}],
        "journalEntry": [{"name": "custbody_batch", "type": "text"}],
        "customerPayment": [{"name": "custbody_batch", "type": "text"}],
        "timeBill": [{"name": "custcol_shift", "type": "integer"}],
    },
    "mandatory": {"invoice": ["memo"]},
})  # fmt: skip


@pytest.fixture
def erp() -> Caller:
    firm = Caller(Erp(Context(ManualClock(EPOCH), Chance(1)), replace(tenant(), shape=SHAPE)))
    firm.client(custentity_segment="Gold", custentity_owner={"externalId": "W-1"})
    firm.project(custentity_practice={"id": "1"})
    return firm


def schema(erp: Caller, record: str) -> dict[str, Any]:
    answer = erp.call("GET", f"metadata-catalog/{record}", headers={"accept": "application/schema+json"})
    properties: dict[str, Any] = answer.json()["properties"]
    return properties


def test_the_catalogue_shows_custom_fields_as_such(erp: Caller) -> None:
    practice = schema(erp, "job")["custentity_practice"]
    assert (practice["title"], practice["x-ns-custom-field"], practice["x-ns-filterable"]) == ("Practice", True, True)
    assert practice["properties"]["refName"]["enum"] == ["Cloud", "Data"]
    assert "nullable" not in practice
    assert schema(erp, "customer")["custentity_segment"]["maxLength"] == 10
    assert schema(erp, "invoice")["custbody_fee"]["type"] == "number"


def test_a_record_without_a_mandatory_custom_field_is_refused_and_not_stored(erp: Caller) -> None:
    body = {"companyName": "X", "parent": {"externalId": "C-1"}, "subsidiary": {"externalId": "UK"}}
    refused = erp.call("POST", "job", body)
    assert error(refused)[:2] == (400, "USER_ERROR")
    assert text_of(refused).endswith(" Please enter value(s) for: Practice.")
    assert len(erp.rows("SELECT id FROM job")) == 1
    cleared = erp.patch("job", "eid:P-1", {"custentity_practice": None})
    assert text_of(cleared).endswith(" Please enter value(s) for: Practice.")


def test_a_standard_field_the_account_made_mandatory_is_asked_for(erp: Caller) -> None:
    refused = erp.call("POST", "invoice", invoice_body(item=fixed("100")))
    assert text_of(refused).endswith(" Please enter value(s) for: Memo.")
    assert erp.rows("SELECT id FROM transaction") == []


def test_values_are_kept_shown_filtered_and_queried(erp: Caller) -> None:
    client = erp.get("customer", "eid:C-1")
    assert (client["custentity_segment"], client["custentity_strategic"]) == ("Gold", False)
    assert client["custentity_owner"]["refName"] == "Ada Byron"
    assert erp.get("job", "eid:P-1")["custentity_practice"] == {"id": "1", "refName": "Cloud"}
    found = erp.call("GET", "customer", query='q=custentity_segment IS "Gold"').json()
    assert found["totalResults"] == 1
    sql = "SELECT BUILTIN.DF(custentity_practice) p, custentity_practice k FROM job"
    assert erp.rows(sql) == [{"p": "Cloud", "k": "1"}]
    assert erp.rows("SELECT custentity_strategic s FROM customer WHERE custentity_segment = 'Gold'") == [{"s": "F"}]


def test_documents_of_every_kind_carry_them_into_the_transaction_table(erp: Caller) -> None:
    batch: dict[str, Any] = {"custbody_batch": "B-1"}
    invoice = erp.post("invoice", invoice_body(item=fixed("100"), memo="m", custbody_fee=Decimal("1.5"), **batch))
    item = {"item": {"externalId": "FIXED"}, "rate": 5, "custcol_contract_line": "CL-2"}
    head = {"entity": {"externalId": "C-1"}, "job": {"externalId": "P-1"}, "tranDate": "2026-01-12"}
    erp.post("salesOrder", {**head, "item": {"items": [item]}, **batch})
    apply = {"items": [{"doc": {"id": invoice}, "amount": 10, "apply": True}]}
    paid = {"customer": {"externalId": "C-1"}, "payment": 10, "tranDate": "2026-01-20", "apply": apply, **batch}
    erp.post("customerPayment", paid)
    sides = [{"account": {"refName": "6000"}, "debit": 5}, {"account": {"refName": "6090"}, "credit": 5}]
    journal = {"subsidiary": {"externalId": "UK"}, "tranDate": "2026-01-20", "line": {"items": sides}, **batch}
    erp.post("journalEntry", journal)
    rows = erp.rows("SELECT type t, custbody_fee f FROM transaction WHERE custbody_batch = 'B-1' ORDER BY type")
    assert rows == [{"t": "CustInvc", "f": "1.50"}, {"t": "CustPymt"}, {"t": "Journal"}, {"t": "SalesOrd"}]
    assert erp.get("invoice", invoice)["custbody_fee"] == Decimal("1.5")


def test_a_custom_field_of_a_posted_document_may_still_change_and_its_money_may_not(erp: Caller) -> None:
    invoice = erp.post("invoice", invoice_body(item=fixed("100"), memo="m", approvalStatus={"id": "2"}))
    assert erp.patch("invoice", invoice, {"custbody_batch": "B-2"}).status == 204
    assert erp.rows("SELECT custbody_batch b FROM transaction") == [{"b": "B-2"}]
    assert erp.patch("invoice", invoice, {"tranDate": "2026-01-30"}).status == 400


def test_time_carries_a_custom_column(erp: Caller) -> None:
    erp.put("timeBill", "T-1", time_body(custcol_shift=2))
    assert erp.rows("SELECT custcol_shift s FROM timebill") == [{"s": "2"}]


def test_without_additions_the_account_is_that_of_every_tenant() -> None:
    assert account_of(ErpShape()).resources is RESOURCES


@pytest.mark.parametrize(
    ("shape", "place", "message"),
    [
        ({"fields": {"jobb": []}}, ("erp", "fields", "jobb"), "did you mean 'job'"),
        ({"fields": {"job": [{**PRACTICE, "name": "custbody_x"}]}}, ("erp", "fields", "job", 0, "name"), "custentity_"),
        ({"fields": {"job": [PRACTICE, PRACTICE]}}, ("erp", "fields", "job", 1, "name"), "already"),
        ({"fields": {"job": [{**PRACTICE, "choices": {}}]}}, ("erp", "fields", "job", 0, "choices"), "list fields"),
        ({"fields": {"job": [{"name": "custentity_x", "type": "record", "to": "custmer"}]}},
         ("erp", "fields", "job", 0, "to"), "did you mean 'customer'"),
        ({"mandatory": {"invoice": ["mmeo"]}}, ("erp", "mandatory", "invoice", 0), "did you mean 'memo'"),
        ({"mandatory": {"account": ["acctName"]}}, ("erp", "mandatory", "account"), "takes custom fields"),
    ],
)  # fmt: skip
def test_what_netsuite_does_not_take_is_refused_with_its_place(
    shape: dict[str, Any], place: tuple[str | int, ...], message: str
) -> None:
    with pytest.raises(ShapeMistake) as wrong:
        account_of(ErpShape.model_validate(shape))
    assert wrong.value.place == place
    assert message in wrong.value.message
