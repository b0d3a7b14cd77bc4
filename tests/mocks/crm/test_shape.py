"""What a tenant adds to its objects: fields, objects and rules that describe, writes and queries then know."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from mocks.crm.records import STANDARD
from mocks.crm.shape import schema_of
from mocks.crm.system import Crm
from mocks.kit.app import Context
from sandbox.core.chance import Chance
from sandbox.core.clock import MINUTE_US, ManualClock
from sandbox.core.tenant_shape import CrmShape, ShapeMistake
from tests.mocks.crm.client import EPOCH, Client, error, tenant
from tests.mocks.crm.streams import Subscriber

SHAPE = CrmShape.model_validate({
    "fields": {
        "Opportunity": [
            {"name": "Practice__c", "type": "picklist", "choices": ["Cloud", "Data"], "restricted": True,
             "required": True},
            {"name": "Reserve__c", "type": "currency", "precision": 12, "scale": 2},
            {"name": "Site__c", "type": "lookup", "to": "Site__c", "children": "Deals"},
            {"name": "Tender_No__c", "type": "text", "length": 20, "external_id": True, "unique": True},
            {"name": "Strategic__c", "type": "checkbox", "default": True},
        ],
        "Account": [{"name": "Segment__c", "type": "text", "required": True}],
    },
    "objects": [
        {"name": "Site__c", "label": "Site", "plural": "Sites",
         "fields": [{"name": "Account__c", "type": "lookup", "to": "Account", "children": "Sites", "required": True},
                    {"name": "Floors__c", "type": "number", "precision": 4, "scale": 0, "label": "Storeys"}]},
    ],
    "validation_rules": [
        {"name": "Cloud_Reserve", "object": "Opportunity", "condition": "Practice__c = 'Cloud' AND Reserve__c = null",
         "message": "Cloud work has a reserve", "field": "Reserve__c"},
    ],
})  # fmt: skip
DEAL = {"Name": "x", "StageName": "Prospecting", "CloseDate": "2026-03-31"}


@pytest.fixture
def crm() -> Client:
    changed = replace(tenant(), shape=SHAPE)
    return Client(Crm(Context(ManualClock(EPOCH), Chance(1)), changed))


def described(crm: Client, name: str) -> dict[str, Any]:
    fields: dict[str, Any] = {
        each["name"]: each for each in crm.send("GET", f"sobjects/{name}/describe").json()["fields"]
    }
    return fields


def site(crm: Client, **values: Any) -> str:
    account = crm.query("SELECT Id FROM Account LIMIT 1")[0]["Id"]
    made = crm.send("POST", "sobjects/Site__c", {"Name": "Harbour", "Account__c": account, **values})
    return str(made.json()["id"])


def test_describe_shows_custom_fields_as_the_vendor_does(crm: Client) -> None:
    fields = described(crm, "Opportunity")
    practice = fields["Practice__c"]
    assert (practice["type"], practice["custom"], practice["nillable"]) == ("picklist", True, False)
    assert practice["restrictedPicklist"] is True
    assert [each["value"] for each in practice["picklistValues"]] == ["Cloud", "Data"]
    assert (fields["Reserve__c"]["precision"], fields["Reserve__c"]["scale"]) == (12, 2)
    assert (fields["Site__c"]["referenceTo"], fields["Site__c"]["relationshipName"]) == (["Site__c"], "Site__r")
    assert (fields["Tender_No__c"]["externalId"], fields["Tender_No__c"]["unique"]) == (True, True)
    assert (fields["Strategic__c"]["defaultValue"], fields["Strategic__c"]["defaultedOnCreate"]) == (True, True)


def test_a_custom_object_is_listed_described_and_has_ids_of_its_own_prefix(crm: Client) -> None:
    listed = {each["name"]: each for each in crm.send("GET", "sobjects").json()["sobjects"]}
    assert (listed["Site__c"]["custom"], listed["Site__c"]["keyPrefix"]) == (True, "a00")
    assert (listed["Site__c"]["label"], listed["Site__c"]["labelPlural"]) == ("Site", "Sites")
    assert listed["Account"]["custom"] is False
    assert described(crm, "Site__c")["Floors__c"]["label"] == "Storeys"
    assert site(crm).startswith("a00")
    children = crm.send("GET", "sobjects/Account/describe").json()["childRelationships"]
    assert ("Site__c", "Account__c", "Sites__r") in [
        (each["childSObject"], each["field"], each["relationshipName"]) for each in children
    ]


def test_a_create_without_a_required_custom_field_is_refused_in_the_vendors_words(crm: Client) -> None:
    refused = crm.send("POST", "sobjects/Opportunity", DEAL)
    assert error(refused) == (400, "REQUIRED_FIELD_MISSING", ["Practice__c"])
    outside = crm.send("POST", "sobjects/Opportunity", {**DEAL, "Practice__c": "Audit"})
    assert error(outside) == (400, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", ["Practice__c"])
    assert crm.query("SELECT Id FROM Opportunity") == []
    assert crm.send("POST", "sobjects/Opportunity", {**DEAL, "Practice__c": "Data"}).status == 201


def test_a_validation_rule_of_the_shape_looks_at_custom_fields(crm: Client) -> None:
    refused = crm.send("POST", "sobjects/Opportunity", {**DEAL, "Practice__c": "Cloud"})
    assert error(refused) == (400, "FIELD_CUSTOM_VALIDATION_EXCEPTION", ["Reserve__c"])
    assert refused.json()[0]["message"] == "Cloud work has a reserve"


def test_clients_there_were_before_a_field_was_required_stay_and_lack_it(crm: Client) -> None:
    assert {row["Segment__c"] for row in crm.query("SELECT Segment__c FROM Account")} == {None}


def test_queries_reach_custom_fields_parents_and_children(crm: Client) -> None:
    place = site(crm, Floors__c=4)
    values = {**DEAL, "Practice__c": "Data", "Reserve__c": 10.5, "Site__c": place, "Tender_No__c": "T-1"}
    crm.send("POST", "sobjects/Opportunity", values)
    row = crm.query("SELECT Reserve__c, Strategic__c, Site__r.Floors__c FROM Opportunity WHERE Practice__c = 'Data'")[0]
    assert (str(row["Reserve__c"]), row["Strategic__c"], str(row["Site__r"]["Floors__c"])) == ("10.5", True, "4.0")
    parent = crm.query("SELECT Name, (SELECT Tender_No__c FROM Deals__r) FROM Site__c")[0]
    assert [each["Tender_No__c"] for each in parent["Deals__r"]["records"]] == ["T-1"]
    joined = crm.query("SELECT Id FROM Account WHERE Id IN (SELECT Account__c FROM Site__c)")
    assert len(joined) == 1


def test_a_tree_plants_a_custom_object_with_what_hangs_on_it(crm: Client) -> None:
    account = crm.query("SELECT Id FROM Account LIMIT 1")[0]["Id"]
    deal = {**DEAL, "Practice__c": "Data", "attributes": {"type": "Opportunity", "referenceId": "deal"}}
    root = {
        "attributes": {"type": "Site__c", "referenceId": "site"},
        "Name": "Harbour",
        "Account__c": account,
        "Deals__r": {"records": [deal]},
    }
    planted = crm.send("POST", "composite/tree/Site__c", {"records": [root]})
    assert planted.json()["hasErrors"] is False
    assert crm.query("SELECT Site__r.Name FROM Opportunity")[0]["Site__r"]["Name"] == "Harbour"


def test_rows_of_a_bulk_job_fill_custom_fields_and_lack_required_ones_alone(crm: Client) -> None:
    job = crm.send("POST", "jobs/ingest", {"object": "Opportunity", "operation": "insert", "lineEnding": "LF"}).json()
    rows = b"Name,StageName,CloseDate,Practice__c\na,Prospecting,2026-03-31,Data\nb,Prospecting,2026-03-31,\n"
    path = f"jobs/ingest/{job['id']}"
    crm.send("PUT", f"{path}/batches", rows, **{"content-type": "text/csv"})
    crm.send("PATCH", path, {"state": "UploadComplete"})
    clock = crm.mock.context.clock
    assert isinstance(clock, ManualClock)
    for _ in range(3):
        clock.advance_to(clock.now_us() + 10 * MINUTE_US)
        crm.mock.run_due()
    done = crm.send("GET", path).json()
    assert (done["state"], done["numberRecordsProcessed"], done["numberRecordsFailed"]) == ("JobComplete", 2, 1)
    assert crm.query("SELECT Name, Practice__c FROM Opportunity")[0]["Practice__c"] == "Data"


def test_a_custom_external_id_upserts_and_a_unique_one_does_not_repeat(crm: Client) -> None:
    values = {**DEAL, "Practice__c": "Data"}
    assert crm.send("PATCH", "sobjects/Opportunity/Tender_No__c/T-1", values).status == 201
    assert crm.send("PATCH", "sobjects/Opportunity/Tender_No__c/T-1", {"Name": "y"}).json()["created"] is False
    assert error(crm.send("POST", "sobjects/Opportunity", {**values, "Tender_No__c": "t-1"}))[1] == "DUPLICATE_VALUE"


def test_a_required_lookup_keeps_its_parent(crm: Client) -> None:
    place = site(crm)
    account = crm.get("Site__c", place)["Account__c"]
    assert error(crm.send("DELETE", f"sobjects/Account/{account}"))[1] == "DELETE_FAILED"


def test_change_events_carry_custom_fields_and_custom_objects(crm: Client) -> None:
    everything, sites = Subscriber(crm, "/data/ChangeEvents"), Subscriber(crm, "/data/Site__ChangeEvent")
    place = site(crm, Floors__c=3)
    crm.send("POST", "sobjects/Opportunity", {**DEAL, "Practice__c": "Data"})
    told = [event["data"]["payload"] for event in everything.connect()]
    assert [each["ChangeEventHeader"]["entityName"] for each in told] == ["Site__c", "Opportunity"]
    assert told[1]["Practice__c"] == "Data"
    (event,) = sites.connect()
    assert event["data"]["payload"]["ChangeEventHeader"]["recordIds"] == [place]


def test_without_additions_the_objects_are_those_of_every_tenant() -> None:
    assert schema_of(CrmShape()) is STANDARD


@pytest.mark.parametrize(
    ("fields", "place", "message"),
    [
        ({"Oportunity": []}, ("crm", "fields", "Oportunity"), "did you mean 'Opportunity'"),
        ({"User": []}, ("crm", "fields", "User"), "takes no custom fields"),
        ({"Account": [{"name": "A__c", "type": "lookup", "to": "Acount"}]},
         ("crm", "fields", "Account", 0, "to"), "did you mean 'Account'"),
        ({"Account": [{"name": "A__c", "type": "picklist"}]}, ("crm", "fields", "Account", 0, "choices"), "choices"),
        ({"Account": [{"name": "A__c", "type": "checkbox", "required": True}]},
         ("crm", "fields", "Account", 0, "required"), "always has a value"),
        ({"Account": [{"name": "A__c", "type": "number", "unique": True}]},
         ("crm", "fields", "Account", 0, "unique"), "only text and email"),
        ({"Account": [{"name": "A__c", "type": "number", "precision": 2, "scale": 2}]},
         ("crm", "fields", "Account", 0, "scale"), "below precision"),
        ({"Account": [{"name": "A__c", "type": "date", "default": "x"}]},
         ("crm", "fields", "Account", 0, "default"), "no default of a date"),
        ({"Account": [{"name": "A__c", "type": "picklist", "choices": ["Gold"], "default": "Glod"}]},
         ("crm", "fields", "Account", 0, "default"), "did you mean 'Gold'"),
        ({"Account": [{"name": "VAT_Number__c", "type": "text"}]}, ("crm", "fields", "Account"), "already"),
    ],
)  # fmt: skip
def test_what_the_vendor_does_not_take_is_refused_with_its_place(
    fields: dict[str, Any], place: tuple[str | int, ...], message: str
) -> None:
    with pytest.raises(ShapeMistake) as refused:
        schema_of(CrmShape.model_validate({"fields": fields}))
    assert refused.value.place == place
    assert message in refused.value.message
