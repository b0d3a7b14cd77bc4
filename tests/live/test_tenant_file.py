"""A tenant file: refused with file and line, and what it adds is what clients see through ports."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox.core.errors import UsageError
from sandbox.core.tenant_shape import AS_SOLD
from sandbox.core.wire import dumps
from sandbox.live.starting import cast_of, serve
from sandbox.live.tenant_file import load_shape
from sandbox.testing import LiveSandbox
from tests.live.ports import World, ask, standing
from tests.live.test_up import erp
from tests.repo.bans import ROOT

EXAMPLE = ROOT / "docs" / "examples" / "tenant.yaml"
DATA = "/services/data/v59.0"
LOOKUP = """crm:
  fields:
    Account:
      - {name: A__c, type: text}
      - name: B__c
        type: lookup
        to: Contct
"""
RULE = """crm:
  validation_rules:
    - name: R
      object: Account
      condition: {condition}
      message: m
      field: {field}
"""


@pytest.fixture(scope="module")
def ours() -> Iterator[World]:
    with standing(tenant=EXAMPLE) as world:
        yield world


def token_of(world: World) -> str:
    """A token of the revenue system, from its log-in."""
    known = world.credentials("revenue")
    address = world.url("revenue", "/api/integration/v1/authenticate")
    login = world.basic("revenue", "user")
    answer = ask(address, "POST", authorization=login, role=known["role"], clientname=known["clientname"])
    return answer.headers["revpro-token"]


def test_the_crm_describes_and_demands_what_the_file_adds(ours: World) -> None:
    fields = {each["name"]: each for each in ours.crm("GET", f"{DATA}/sobjects/Opportunity/describe").json()["fields"]}
    assert [each["value"] for each in fields["Practice__c"]["picklistValues"]] == ["Cloud", "Data", "Security"]
    assert ours.crm("GET", f"{DATA}/sobjects/Site__c/describe").json()["custom"] is True
    deal = {"Name": "x", "StageName": "Prospecting", "CloseDate": "2026-03-31"}
    refused = ours.crm("POST", f"{DATA}/sobjects/Opportunity", deal)
    assert (refused.status, refused.json()[0]["errorCode"]) == (400, "REQUIRED_FIELD_MISSING")
    assert refused.json()[0]["fields"] == ["Practice__c"]
    ruled = ours.crm("POST", f"{DATA}/sobjects/Opportunity", {**deal, "Practice__c": "Cloud"})
    assert ruled.json()[0]["message"] == "Cloud work needs a risk reserve."
    made = ours.crm("POST", f"{DATA}/sobjects/Opportunity", {**deal, "Practice__c": "Cloud", "Risk_Reserve__c": 5})
    assert made.status == 201
    query = "SELECT+Practice__c,Risk_Reserve__c+FROM+Opportunity"
    (row,) = ours.crm("GET", f"{DATA}/query?q={query}").json()["records"]
    assert (row["Practice__c"], row["Risk_Reserve__c"]) == ("Cloud", 5.0)


def test_the_psa_lists_and_demands_what_the_file_adds(ours: World) -> None:
    names = {each["name"] for each in ours.psa("GET", "custom_fields?per_page=200").json()["custom_fields"].values()}
    assert {"Practice", "Client PO", "Badge Number"} <= names
    refused = ours.psa("POST", "workspaces", {"workspace": {"title": "Bare"}})
    assert refused.status == 422
    assert refused.json()["errors"][0] == {
        "type": "validation",
        "message": "Practice can't be blank",
        "field": "custom_fields",
    }


def test_the_hris_has_the_columns_the_file_adds(ours: World) -> None:
    base = f"/ccx/service/customreport2/{ours.credentials('hris')['tenant']}/ISU_PSA/Workers_Full"
    login = ours.basic("hris", "username")
    schema = ask(ours.url("hris", f"{base}?xsds"), authorization=login).body.decode()
    assert 'name="Clearance_Until" type="xsd:date"' in schema
    entries = ask(ours.url("hris", f"{base}?format=json"), authorization=login).json()["Report_Entry"]
    assert {each["Practice"] for each in entries} == {"Cloud"}


def test_the_erp_catalogues_and_demands_what_the_file_adds(ours: World) -> None:
    record = "/services/rest/record/v1"
    schema = erp(ours, "GET", f"{record}/metadata-catalog/job?x=1")
    assert schema.status == 200
    found = ours.stand.live.systems["erp"].store.find("subsidiary")[0]["id"]
    client = erp(ours, "POST", f"{record}/customer", dumps({"companyName": "C", "subsidiary": {"id": found}}))
    parent = client.headers["location"].rpartition("/")[2]
    project: dict[str, Any] = {"companyName": "P", "parent": {"id": parent}, "subsidiary": {"id": found}}
    refused = erp(ours, "POST", f"{record}/job", dumps(project))
    assert refused.status == 400
    assert "Please enter value(s) for: Practice." in refused.json()["o:errorDetails"][0]["detail"]
    assert erp(ours, "POST", f"{record}/job", dumps({**project, "custentity_practice": {"id": "2"}})).status == 204


def test_the_revenue_system_maps_what_the_file_adds(ours: World) -> None:
    address = ours.url("revenue", "/api/integration/v1/upload/mapping?templatename=PSA_TXN")
    mapping = ask(address, token=token_of(ours)).json()["mapping"]
    assert [each["label"] for each in mapping[-2:]] == ["Practice", "Client PO"]


def test_a_world_on_disk_goes_on_in_its_own_shape_alone(tmp_path: Path) -> None:
    with standing(tenant=EXAMPLE, data=tmp_path):
        pass
    with standing(tenant=EXAMPLE, data=tmp_path) as again:
        assert again.stand.resumed
        assert again.crm("GET", f"{DATA}/sobjects/Site__c/describe").status == 200
    settings: dict[str, Any] = {
        "json": True, "scenario": "tiny-thread", "seed_only": True, "seed": 1, "engine": "none", "faults": "none",
        "interface": None, "host": "127.0.0.1", "port_base": 0, "data": tmp_path, "clock": "stepped", "pace": "1h",
        "token": None, "gateway": False,
    }  # fmt: skip
    with pytest.raises(UsageError, match="made with a tenant file other than this one") as refused:
        serve(**settings, tenant=None)
    assert refused.value.code == "other_tenant"


def test_without_a_file_nothing_is_added() -> None:
    assert cast_of("tiny-thread").shape == AS_SOLD
    assert AS_SOLD.mark == ""


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("crm:\n  feilds: {}\n", 2, "unknown key 'feilds'; did you mean 'fields'?"),
        ("crm:\n  fields:\n    Acount:\n      - {name: A__c, type: text}\n", 3, "did you mean 'Account'"),
        ("crm:\n  fields:\n    Account:\n      - name: A\n        type: text\n", 4, "name"),
        ("crm:\n  fields:\n    Account:\n      - name: A__c\n        type: txt\n", 5, "'text'"),
        (LOOKUP, 7, "did you mean 'Contact'"),
        (RULE.format(condition="Nme = 'x'", field="Name"), 3, "No such column 'Nme'"),
        (RULE.format(condition="Name = 'x'", field="Nam"), 7, "did you mean 'Name'"),
        ("psa:\n  custom_fields:\n    - subject: Workspce\n      name: X\n      type: string\n", 3, "'Workspace'"),
        ("erp:\n  fields:\n    job:\n      - name: custbody_x\n        type: text\n", 4, "begins with custentity_"),
        ("hris:\n  worker_fields:\n    - name: X\n      value: a\n      reports: [Workers_Ful]\n", 5, "'Workers_Full'"),
        ("revenue:\n  templates:\n    PSA_TNX:\n      - {name: Atr1, label: X}\n", 3, "did you mean 'PSA_TXN'"),
        ("revenue:\n  templates:\n    PSA_TXN:\n      - {name: Atr61, label: X}\n", 4, "name"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_file_and_line(tmp_path: Path, text: str, line: int, message: str) -> None:
    path = tmp_path / "tenant.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(UsageError) as wrong:
        load_shape(path)
    assert wrong.value.message.startswith(f"{path}:{line}: ")
    assert message in wrong.value.message


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read: No such file"):
        load_shape(tmp_path / "none.yaml")


def test_a_world_of_a_test_takes_a_tenant_file_too() -> None:
    with LiveSandbox("tiny-thread", seed_only=True, tenant=EXAMPLE) as up:
        token = up.credentials("crm")["access_token"]
        described = ask(f"{up.url('crm')}{DATA}/sobjects/Site__c/describe", authorization=f"Bearer {token}")
        assert described.json()["label"] == "Site"
