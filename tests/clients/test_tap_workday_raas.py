"""tap-workday-raas, unmodified: ``report_url`` takes it to the sandbox (cases W01 and W02 of real-clients.md).

It pins ijson 3.1.4, which has no wheel with the C backend it imports for Python 3.11; a newer ijson on top is enough.
"""

from __future__ import annotations

import json
from base64 import b64encode
from pathlib import Path
from typing import Any

import pytest

from tests.clients.environments import PythonClient
from tests.clients.up import Up
from tests.live.ports import ask

pytestmark = pytest.mark.clients

CLIENT = PythonClient("tap-workday-raas", ["tap-workday-raas==1.0.3"], after=["ijson==3.6.0"])

TYPES = {
    "Worker_WID": {"type": ["string", "null"]},
    "Work_Email": {"type": ["string", "null"]},
    "Hire_Date": {"type": ["string", "null"], "format": "date-time"},
    "Last_Functionally_Updated": {"type": ["string", "null"], "format": "date-time"},
    "FTE": {"type": ["number", "null"]},
    "Active": {"type": ["boolean", "null"]},
}


def report_of(up: Up) -> str:
    hris = up.given("hris")
    return f"{hris['url']}/ccx/service/customreport2/{hris['tenant']}/ISU_PSA/Workers_Full"


def on_the_wire(up: Up, query: str) -> bytes:
    """The report as plain HTTP shows it."""
    hris = up.given("hris")
    login = "Basic " + b64encode(f"{hris['username']}:{hris['password']}".encode()).decode()
    answer = ask(f"{report_of(up)}?{query}", authorization=login)
    assert answer.status == 200
    return answer.body


def tap(up: Up, folder: Path, *options: str) -> str:
    """What the tap prints; its reports are JSON within JSON."""
    hris = up.given("hris")
    report = {
        "report_name": "workers",
        "report_url": f"{report_of(up)}?Effective_as_of_Date=2026-01-12&format=csv",
        "key_properties": ["Worker_WID"],
    }
    config = {"username": hris["username"], "password": hris["password"], "reports": json.dumps([report])}
    path = folder / "config.json"
    path.write_text(json.dumps(config), encoding="utf-8")
    return CLIENT.command("tap-workday-raas", "--config", str(path), *options)


@pytest.fixture(scope="module")
def catalog(up: Up, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """What ``--discover`` finds."""
    return json.loads(tap(up, tmp_path_factory.mktemp("tap"), "--discover"))


def test_w01_discovery_finds_every_column_with_its_type(up: Up, catalog: Any) -> None:
    (stream,) = catalog["streams"]
    properties = stream["schema"]["properties"]
    declared = on_the_wire(up, "xsds").decode().partition('name="Report_DataType"')[0]
    assert [f'name="{name}" type="xsd:' in declared for name in properties] == [True] * declared.count("minOccurs")
    assert {name: properties[name] for name in TYPES} == TYPES
    of_stream = {tuple(each["breadcrumb"]): each["metadata"] for each in stream["metadata"]}
    assert of_stream[()]["table-key-properties"] == ["Worker_WID"]
    assert of_stream["properties", "Worker_WID"]["inclusion"] == "automatic"


def test_w02_a_sync_gives_one_record_per_worker_with_true_booleans(up: Up, catalog: Any, tmp_path: Path) -> None:
    for each in catalog["streams"][0]["metadata"]:
        each["metadata"]["selected"] = True
    path = tmp_path / "catalog.json"
    path.write_text(json.dumps(catalog), encoding="utf-8")
    messages = [json.loads(line) for line in tap(up, tmp_path, "--catalog", str(path)).splitlines()]
    wire = json.loads(on_the_wire(up, "format=json&Effective_as_of_Date=2026-01-12"))["Report_Entry"]
    records = {each["record"]["Worker_WID"]: each["record"] for each in messages if each["type"] == "RECORD"}
    assert len([each for each in messages if each["type"] == "RECORD"]) == len(wire) == len(records) > 0
    for row in wire:
        record = records[row["Worker_WID"]]
        assert row["Active"] in ("0", "1")
        assert record["Active"] is (row["Active"] == "1")
        assert record["Is_Rehire"] is (row["Is_Rehire"] == "1")
        assert record.get("Manager_Employee_ID") == row.get("Manager_Employee_ID")
    assert any("Manager_Employee_ID" not in row for row in wire)
    assert [each["stream"] for each in messages if each["type"] == "ACTIVATE_VERSION"] == ["workers"]
