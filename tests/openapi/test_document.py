"""The OpenAPI documents: complete, of one piece, with ids of the tenant; the page asks the network for nothing."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from mocks.crm.system import Crm
from mocks.erp.system import Erp
from mocks.kit import openapi
from mocks.kit.app import Context, Mock
from mocks.kit.routing import Routes
from sandbox.core.chance import Chance
from sandbox.core.clock import ManualClock
from sandbox.core.wire import SYSTEMS, Request, Response
from tests.mocks.adapters import Adapter, adapters
from tests.mocks.crm import client as crm_client
from tests.mocks.crm import test_shape as crm_shape
from tests.mocks.erp import client as erp_client
from tests.mocks.erp import test_shape as erp_shape
from tests.mocks.kit.cards import Cards, make_cards
from tests.mocks.revenue import client as revenue_client
from tests.mocks.revenue import test_shape as revenue_shape
from tests.mocks.revenue.client import Desk


@pytest.fixture(params=adapters(), ids=lambda adapter: adapter.name)
def mock(request: pytest.FixtureRequest) -> Mock:
    adapter: Adapter = request.param
    return adapter.make()


def document_of(mock: Mock) -> dict[str, Any]:
    response = mock.handle(Request("GET", "/_sandbox/openapi.json"))
    assert response.status == 200
    document: dict[str, Any] = response.json()
    return document


def operations_of(document: dict[str, Any]) -> list[dict[str, Any]]:
    return [operation for methods in document["paths"].values() for operation in methods.values()]


def test_every_vendor_operation_appears(mock: Mock) -> None:
    document = document_of(mock)
    assert document["openapi"] == "3.1.0"
    there = {operation["x-operation"] for operation in operations_of(document)}
    assert there == {route.operation for route in mock.all_routes if route.surface == "vendor"}


def test_operation_ids_are_unique_and_links_lead_to_one(mock: Mock) -> None:
    operations = operations_of(document_of(mock))
    ids = [operation["operationId"] for operation in operations]
    assert len(ids) == len(set(ids))
    links = [
        link
        for operation in operations
        for answer in operation["responses"].values()
        for link in answer.get("links", {}).values()
    ]
    assert {link["operationId"] for link in links} <= set(ids)


def test_every_reference_within_the_document_leads_somewhere(mock: Mock) -> None:
    document = document_of(mock)

    def references(part: Any) -> list[str]:
        if isinstance(part, dict):
            own = [part["$ref"]] if isinstance(part.get("$ref"), str) else []
            return own + [each for value in part.values() for each in references(value)]
        return [each for value in part for each in references(value)] if isinstance(part, list) else []

    for reference in references({name: document[name] for name in ("paths", "components")}):
        if not reference.startswith("#/components/"):
            continue
        found: Any = document
        for name in reference.removeprefix("#/").split("/"):
            found = found[name]
        assert found, reference


def test_every_parameter_of_a_path_is_described(mock: Mock) -> None:
    for path, methods in document_of(mock)["paths"].items():
        for operation in methods.values():
            named = {each["name"] for each in operation.get("parameters", ()) if each["in"] == "path"}
            assert named == set(re.findall(r"{(\w+)}", path)), path


def test_faults_and_refusals_have_the_vendors_body(mock: Mock) -> None:
    document = document_of(mock)
    for operation in operations_of(document):
        for status in ("401", "404", "405", "429", "500", "503"):
            assert status in operation["responses"], operation["operationId"]
    for answer in document["components"]["responses"].values():
        assert answer["content"]


def test_the_page_shows_every_operation_and_needs_no_network(mock: Mock) -> None:
    response = mock.handle(Request("GET", "/_sandbox/docs"))
    assert response.status == 200
    page = response.body.decode()
    assert not re.search(r"<(script|link|img|iframe)|src=|@import|url\(", page)
    assert page.count("<details><summary><code>") == len(operations_of(document_of(mock)))


def test_a_create_leads_to_what_reads_changes_and_removes_its_record() -> None:
    by_name = {adapter.name: adapter for adapter in adapters()}
    document = document_of(by_name["psa"].make())
    links = document["paths"]["/api/v1/workspaces"]["post"]["responses"]["200"]["links"]
    assert {"workspaces.show", "workspaces.update", "workspaces.delete"} <= links.keys()
    assert links["workspaces.show"]["parameters"] == {"record_id": "$response.body#/results/0/id"}


def test_ids_in_the_document_are_those_of_records() -> None:
    by_name = {adapter.name: adapter for adapter in adapters()}
    mock = by_name["erp"].make()
    parameters = document_of(mock)["paths"]["/services/rest/record/v1/subsidiary/{key}"]["get"]["parameters"]
    (key,) = [each for each in parameters if each["name"] == "key"]
    assert set(key["schema"]["examples"]) == {row["id"] for row in mock.store.find("subsidiary")}


def test_objects_and_fields_of_a_tenant_of_its_own_are_in_its_document() -> None:
    context = Context(ManualClock(crm_client.EPOCH), Chance(1))
    shaped = Crm(context, replace(crm_client.tenant(), shape=crm_shape.SHAPE))
    paths = document_of(shaped)["paths"]
    assert "/services/data/{version}/sobjects/Site__c/{record_id}" in paths
    new = paths["/services/data/{version}/sobjects/Opportunity"]["post"]["requestBody"]["content"]
    assert "Practice__c" in new["application/json"]["schema"]["required"]


def test_custom_fields_of_an_account_are_in_its_document() -> None:
    context = Context(ManualClock(erp_client.EPOCH), Chance(1))
    shaped = Erp(context, replace(erp_client.tenant(), shape=erp_shape.SHAPE))
    new = document_of(shaped)["paths"]["/services/rest/record/v1/customer"]["post"]["requestBody"]["content"]
    assert "custentity_segment" in new["application/json"]["schema"]["properties"]


def test_attributes_of_a_tenants_upload_templates_are_in_its_document() -> None:
    shaped = Desk(given=replace(revenue_client.tenant(), shape=revenue_shape.SHAPE)).mock
    upload = document_of(shaped)["paths"]["/api/integration/v1/csv/upload"]["post"]
    (file,) = upload["requestBody"]["content"]["text/csv"]["schema"]["examples"]
    assert '"Client PO"' in file


def test_calls_of_soap_say_their_own_faults_and_no_other_route_does(mock: Mock) -> None:
    for path, methods in document_of(mock)["paths"].items():
        for method, operation in methods.items():
            called = operation["x-operation"].startswith("soap.") and method == "post"
            assert operation.get("x-soap", False) == called, path
            assert not called or "text/xml" in operation["responses"]["500"]["content"]


def test_a_route_nobody_described_appears_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """A mock without a module of descriptions, and a route added later."""
    mock = make_cards()
    later = Routes()
    later.include(Cards.routes)
    later.add("GET", "/later/<thing>", "later.read")(lambda call, thing: Response(200))
    monkeypatch.setattr(Cards, "routes", later)
    Cards.table.cache_clear()
    try:
        document = openapi.document(mock)
    finally:
        monkeypatch.undo()
        Cards.table.cache_clear()
    assert document["paths"]["/later/{thing}"]["get"]["responses"]["200"]


def test_there_is_a_document_for_every_system() -> None:
    assert {adapter.name for adapter in adapters()} == set(SYSTEMS)
