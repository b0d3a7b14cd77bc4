"""The metadata catalogue: record types as links, JSON Schema and OpenAPI."""

from __future__ import annotations

from typing import Any

import pytest

from mocks.erp.resources import RESOURCES
from sandbox.core.wire import Response
from tests.mocks.erp.client import HOST, RECORD, Caller, error

CATALOG = "metadata-catalog"
SCHEMA = {"accept": "application/schema+json"}
SWAGGER = {"accept": "application/swagger+json"}


def schema(erp: Caller, record: str) -> dict[str, Any]:
    response = erp.call("GET", f"{CATALOG}/{record}", headers=SCHEMA)
    assert (response.status, response.header("Content-Type")) == (200, "application/schema+json")
    content: dict[str, Any] = response.json()
    return content


def test_the_catalogue_lists_every_record_type_with_links_on_the_host_that_was_called(erp: Caller) -> None:
    items = erp.call("GET", CATALOG).json()["items"]
    assert {each["name"] for each in items} == {each.record_type.name for each in RESOURCES.values()}
    (job,) = [each for each in items if each["name"] == "job"]
    assert {link["href"] for link in job["links"]} == {
        f"https://{HOST}{RECORD}/metadata-catalog/job",
        f"https://{HOST}{RECORD}/job",
    }


def test_a_selection_is_those_record_types(erp: Caller) -> None:
    chosen = erp.call("GET", CATALOG, query="select=job,Customer").json()["items"]
    assert [each["name"] for each in chosen] == ["job", "customer"]
    assert error(erp.call("GET", CATALOG, query="select=job,nothing")) == (404, "NOT_FOUND", "")


def test_a_schema_has_the_types_of_its_properties(erp: Caller) -> None:
    job = schema(erp, "job")
    assert job["type"] == "object"
    properties = job["properties"]
    assert properties["lastModifiedDate"]["format"] == "date-time"
    assert properties["jobBillingType"]["properties"]["refName"]["enum"][0] == "Time and Materials"
    links = properties["parent"]["properties"]["links"]["items"]
    assert links == {"$ref": "/services/rest/record/v1/metadata-catalog/nsLink"}
    assert properties["allowTime"]["type"] == "boolean"
    assert properties["jobPrice"] == {
        "title": "Job Price",
        "type": "number",
        "format": "double",
        "nullable": True,
        "x-ns-filterable": True,
    }
    assert "nullable" not in properties["companyName"]
    customer = schema(erp, "customer")["properties"]
    assert customer["custentity_country"]["x-ns-custom-field"] is True
    assert "x-ns-filterable" not in customer["balance"]
    assert customer["balance"]["readOnly"] is True


def test_a_sublist_is_described_by_its_lines(erp: Caller) -> None:
    item = schema(erp, "salesOrder")["properties"]["item"]["properties"]["items"]["items"]["properties"]
    assert item["quantity"]["type"] == "number"
    assert "x-ns-filterable" not in item["quantity"]


def test_every_reference_within_a_schema_leads_to_another(erp: Caller) -> None:
    for record in RESOURCES:
        for ref in references(schema(erp, record)):
            assert erp.call("GET", ref.removeprefix(f"{RECORD}/"), headers=SCHEMA).status == 200


def test_every_record_read_fits_its_schema(erp: Caller) -> None:
    erp.time()
    for record, key in (("customer", "eid:C-1"), ("job", "eid:P-1"), ("timeBill", "eid:T-1"), ("employee", "eid:W-1")):
        assert erp.get(record, key).keys() <= schema(erp, record)["properties"].keys()


@pytest.mark.parametrize("path", [f"{CATALOG}/job", CATALOG])
def test_openapi_is_served_when_asked_for(erp: Caller, path: str) -> None:
    response: Response = erp.call("GET", path, headers=SWAGGER, query="" if "/job" in path else "select=job")
    assert response.header("Content-Type") == "application/swagger+json"
    document = response.json()
    assert document["openapi"].startswith("3.")
    assert document["paths"].keys() == {"/job", "/job/{id}"}
    assert document["servers"] == [{"url": f"https://{HOST}{RECORD}"}]
    for ref in references(document):
        assert ref.rpartition("/")[2] in document["components"]["schemas"]


def test_openapi_of_all_types_names_transforms_and_no_writes_of_finances_lists(erp: Caller) -> None:
    paths = erp.call("GET", CATALOG, headers=SWAGGER).json()["paths"]
    assert "/invoice/{id}/!transform/creditMemo" in paths
    assert paths["/account"].keys() == {"get"}
    assert paths["/invoice/{id}"].keys() == {"get", "patch", "put", "delete"}


def test_a_type_there_is_not_has_no_metadata(erp: Caller) -> None:
    assert error(erp.call("GET", f"{CATALOG}/chargeRule", headers=SCHEMA)) == (404, "NOT_FOUND", "")


def references(content: Any) -> set[str]:
    if isinstance(content, dict):
        own = {content["$ref"]} if isinstance(content.get("$ref"), str) else set()
        return own.union(*map(references, content.values()))
    return set().union(*map(references, content)) if isinstance(content, list) else set()
