"""Versions, resources, limits, descriptions; spellings of addresses; damage; the manual."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from mocks.crm.system import Crm
from mocks.kit.app import Context
from sandbox.core.chance import Chance
from sandbox.core.clock import DAY_US, ManualClock
from sandbox.core.damage import Damage, NoFaults
from sandbox.core.wire import Request
from tests.mocks.crm.client import EPOCH, Client, V, error, keep_alive, make, tenant


def test_versions_are_listed_without_a_login() -> None:
    versions = make().handle(Request("GET", "/services/data")).json()
    assert versions[0] == {"label": "Spring '14", "url": "/services/data/v30.0", "version": "30.0"}
    assert versions[29] == {"label": "Winter '24", "url": "/services/data/v59.0", "version": "59.0"}
    assert versions[-1]["version"] == "66.0"


@pytest.mark.parametrize(("version", "status"), [("v30.0", 200), ("v66.0", 200), ("v29.0", 404), ("v67.0", 404)])
def test_versions_30_to_66_are_spoken(crm: Client, version: str, status: int) -> None:
    response = crm.send("GET", f"/services/data/{version}/limits")
    assert response.status == status
    if status == 404:
        assert error(response) == (404, "NOT_FOUND", None)


def test_resources_lead_to_what_is_there(crm: Client) -> None:
    resources = crm.send("GET", V).json()
    assert resources["sobjects"] == V + "/sobjects"
    assert all(crm.send("GET", url, query="q=SELECT+Id+FROM+Account").status == 200 for url in resources.values())


def test_every_data_answer_carries_the_meter_and_refusals_count_too(crm: Client) -> None:
    used = [
        crm.send("GET", "limits"),
        crm.send("GET", "sobjects/Nothing"),
        crm.send("DELETE", f"sobjects/Account/{'0' * 15}"),
        crm.ask("SELECT Nothing FROM Account"),
        crm.send("PATCH", "sobjects/Account/AccountNumber/1", {}),
    ]
    assert [each.header("Sforce-Limit-Info") for each in used] == [f"api-usage={n}/15000" for n in range(1, 6)]
    limits = crm.send("GET", "limits").json()
    assert limits["DailyApiRequests"] == {"Max": 15000, "Remaining": 14994}
    assert limits["DailyBulkApiBatches"].keys() == {"Max", "Remaining"}


def test_where_the_tenant_says_so_the_calls_of_a_day_run_out() -> None:
    clock = ManualClock(EPOCH)
    crm = Client(Crm(Context(clock, Chance(1)), replace(tenant(), calls_per_day=2)))
    keep_alive(crm.mock)
    answers = [crm.send("GET", "limits") for _ in range(3)]
    assert [answer.status for answer in answers] == [200, 200, 403]
    assert error(answers[2]) == (403, "REQUEST_LIMIT_EXCEEDED", None)
    assert answers[1].json()["DailyApiRequests"] == {"Max": 2, "Remaining": 0}
    assert answers[1].header("Sforce-Limit-Info") == "api-usage=2/2"
    clock.advance_to(DAY_US)
    assert crm.send("GET", "limits").status == 200
    assert crm.mock.manual()["limits"] == {"calls_per_day": 2, "enforced": True}


def test_the_meter_starts_again_each_day() -> None:
    clock = ManualClock(EPOCH)
    crm = Client(make(clock))
    keep_alive(crm.mock)
    crm.send("GET", "limits")
    clock.advance_to(DAY_US)
    assert crm.send("GET", "limits").header("Sforce-Limit-Info") == "api-usage=1/15000"


@pytest.mark.parametrize(
    "path", ["limits/", "sobjects/", "sobjects/Account/", "sobjects/Account/describe/", "query/", "sobjects/aCCount"]
)
def test_a_trailing_slash_and_the_case_of_an_object_mean_nothing(crm: Client, path: str) -> None:
    assert crm.send("GET", path, query="q=SELECT+Id+FROM+Account").status == 200


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("GET", "nothing", (404, "NOT_FOUND", None)),
        ("GET", "/", (404, "NOT_FOUND", None)),
        ("GET", "sobjects/Nothing", (404, "NOT_FOUND", None)),
        ("POST", "sobjects/Nothing", (404, "NOT_FOUND", None)),
        ("PUT", "sobjects/Account", (405, "METHOD_NOT_ALLOWED", None)),
        ("DELETE", "query", (405, "METHOD_NOT_ALLOWED", None)),
    ],
)
def test_a_wrong_address_or_method_is_said_in_the_vendors_words(
    crm: Client, method: str, path: str, expected: tuple[int, str, None]
) -> None:
    assert error(crm.send(method, path)) == expected


def test_objects_are_listed_with_the_keys_clients_read(crm: Client) -> None:
    listing = crm.send("GET", "sobjects").json()
    assert (listing["encoding"], listing["maxBatchSize"]) == ("UTF-8", 200)
    by_name = {each["name"]: each for each in listing["sobjects"]}
    assert set(by_name) == {
        "Account", "Contact", "Opportunity", "OpportunityLineItem", "Contract", "Quote", "QuoteLineItem", "Order",
        "OrderItem", "Case", "Product2", "Pricebook2", "PricebookEntry",
        "User", "Organization", "OpportunityStage", "CurrencyType",
    }  # fmt: skip
    account = by_name["Account"]
    assert (account["keyPrefix"], account["queryable"], account["customSetting"]) == ("001", True, False)
    assert account["urls"]["describe"] == V + "/sobjects/Account/describe"
    assert by_name["User"]["createable"] is False
    assert crm.send("GET", "sobjects/Account").json() == {"objectDescribe": account, "recentItems": []}


def described(crm: Client, name: str) -> dict[str, dict[str, Any]]:
    fields = crm.send("GET", f"sobjects/{name}/describe").json()["fields"]
    return {each["name"]: each for each in fields}


def test_a_description_names_every_field_of_a_read(crm: Client) -> None:
    record = crm.get("Account", crm.account())
    assert list(described(crm, "Account")) == [name for name in record if name != "attributes"]


def test_a_description_says_what_a_create_needs(crm: Client) -> None:
    needed = {
        name: [
            field["name"]
            for field in described(crm, name).values()
            if not field["nillable"] and field["createable"] and not field["defaultedOnCreate"]
        ]
        for name in ("Account", "Opportunity", "OpportunityLineItem", "Contract")
    }
    assert needed == {
        "Account": ["Name"],
        "Opportunity": ["Name", "StageName", "CloseDate"],
        "OpportunityLineItem": ["OpportunityId", "Quantity"],
        "Contract": ["AccountId"],
    }


@pytest.mark.parametrize(
    ("name", "needed"),
    [
        ("Quote", ["Name", "OpportunityId"]),
        ("QuoteLineItem", ["QuoteId", "Quantity", "UnitPrice"]),
        ("Order", ["AccountId", "EffectiveDate", "Status"]),
        ("OrderItem", ["OrderId", "PricebookEntryId", "Quantity", "UnitPrice"]),
        ("Case", []),
    ],
)
def test_a_description_says_what_a_document_needs_and_which_number_it_gets(
    crm: Client, name: str, needed: list[str]
) -> None:
    fields = described(crm, name).values()
    assert needed == [
        field["name"]
        for field in fields
        if not field["nillable"] and field["createable"] and not field["defaultedOnCreate"]
    ]
    assert sum(field["autoNumber"] for field in fields) == 1


def test_a_description_tells_the_kinds_of_fields_apart(crm: Client) -> None:
    fields = described(crm, "Opportunity")
    assert (fields["Amount"]["type"], fields["Amount"]["precision"], fields["Amount"]["scale"]) == ("currency", 18, 2)
    assert fields["AccountId"]["referenceTo"] == ["Account"]
    assert fields["AccountId"]["relationshipName"] == "Account"
    assert fields["Parent_Opportunity__c"]["relationshipName"] == "Parent_Opportunity__r"
    assert (fields["IsWon"]["createable"], fields["IsWon"]["defaultValue"]) == (False, False)
    code = fields["Engagement_Code__c"]
    assert (code["externalId"], code["unique"], code["custom"], code["length"]) == (True, True, True, 20)
    kinds = fields["Engagement_Type__c"]
    assert [choice["value"] for choice in kinds["picklistValues"]] == ["Fixed Fee", "T&M", "Milestone", "Retainer"]
    assert kinds["restrictedPicklist"] is True
    assert [choice["value"] for choice in fields["CurrencyIsoCode"]["picklistValues"]] == ["EUR", "USD"]
    assert len(fields["StageName"]["picklistValues"]) == 10
    assert fields["StageName"]["restrictedPicklist"] is False
    account = described(crm, "Account")
    assert account["BillingCity"]["compoundFieldName"] == "BillingAddress"
    assert account["Name"]["compoundFieldName"] is None
    assert (account["ERP_Customer_Id__c"]["externalId"], account["ERP_Customer_Id__c"]["unique"]) == (True, False)


def test_a_description_names_child_relationships(crm: Client) -> None:
    children = crm.send("GET", "sobjects/Opportunity/describe").json()["childRelationships"]
    lines = next(each for each in children if each["childSObject"] == "OpportunityLineItem")
    assert (lines["field"], lines["relationshipName"], lines["cascadeDelete"]) == (
        "OpportunityId",
        "OpportunityLineItems",
        True,
    )


def test_a_description_is_not_sent_again_to_who_has_it(crm: Client) -> None:
    header = {"if-modified-since": "Mon, 12 Jan 2026 00:00:00 GMT"}
    unchanged = crm.send("GET", "sobjects/Account/describe", **header)
    assert (unchanged.status, unchanged.body) == (304, b"")
    assert crm.send("GET", "sobjects/Account/describe", **{"if-modified-since": "soon"}).status == 200


@pytest.mark.parametrize(
    ("status", "code"), [(429, "REQUEST_LIMIT_EXCEEDED"), (500, "UNKNOWN_EXCEPTION"), (503, "SERVER_UNAVAILABLE")]
)
def test_damage_is_spelled_as_an_error_array(status: int, code: str) -> None:
    class Broken(NoFaults):
        def before(self, system: str, operation: str, request: Request) -> Damage | None:
            return Damage("M01", status, {"retry_after": "9"}) if operation == "limits.read" else None

    response = Client(make(faults=Broken())).send("GET", "limits")
    assert error(response) == (status, code, None)
    assert response.header("Retry-After") == "9"


def test_the_manual_says_what_an_engine_may_rely_on() -> None:
    manual = make().handle(Request("GET", "/_sandbox/manual")).json()
    assert manual["paging"] is True
    assert manual["retention"] == {"change_events_s": 259_200}
    assert manual["session_idle_s"] == 7200
    assert manual["search_lag_s"] == 0
    assert manual["limits"] == {"calls_per_day": 15_000, "enforced": False}
    assert "/data/OpportunityChangeEvent" in manual["streaming"]["channels"]


def test_there_is_no_screen(crm: Client) -> None:
    assert crm.mock.actions.all == {}
    assert crm.mock.people == {}
