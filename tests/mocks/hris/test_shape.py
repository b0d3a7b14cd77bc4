"""Custom fields of workers: columns of reports in every format and their schema, fields of the query language."""

from __future__ import annotations

from typing import Any

import pytest

from mocks.hris.shape import fields_of
from mocks.hris.system import Hris
from sandbox.core.clock import ManualClock
from sandbox.core.tenant_shape import HrisShape, ShapeMistake
from sandbox.core.wire import Request
from tests.mocks.hris.client import BASE, BASIC, EPOCH, make, report
from tests.mocks.hris.test_query import API, DATA, ask, login, rows

PRACTICE = {"name": "Practice", "value": "Cloud", "values": {"W-0002": "Data"}}
SHAPE = HrisShape.model_validate({
    "worker_fields": [
        PRACTICE,
        {"name": "Badge_Until", "type": "date", "values": {"W-0001": "2026-12-31"}},
        {"name": "Bonus_Share", "type": "number", "value": "0.1", "reports": ["Workers_Full"]},
        {"name": "Union", "type": "boolean", "values": {"W-0002": "1"}, "reports": []},
    ]
})  # fmt: skip


@pytest.fixture
def mock() -> Hris:
    return make(ManualClock(EPOCH), shape=SHAPE, **API)


def test_a_report_has_them_behind_its_own_columns_and_blank_ones_are_left_out(mock: Hris) -> None:
    first, second = report(mock)
    assert list(first)[-3:] == ["Practice", "Badge_Until", "Bonus_Share"]
    assert (first["Practice"], first["Badge_Until"], first["Bonus_Share"]) == ("Cloud", "2026-12-31", "0.1")
    assert (second["Practice"], "Badge_Until" in second, "Union" in second) == ("Data", False, False)
    assert "Bonus_Share" not in report(mock, "Workers_Delta")[0]
    assert "Practice" not in report(mock, "Workers_Compensation")[0]


def test_the_schema_and_the_heading_name_them_with_their_types(mock: Hris) -> None:
    schema = mock.handle(Request("GET", BASE + "Workers_Full", "xsds", dict(BASIC))).body.decode()
    assert '<xsd:element name="Practice" type="xsd:string" minOccurs="0"/>' in schema
    assert '<xsd:element name="Badge_Until" type="xsd:date" minOccurs="0"/>' in schema
    assert '<xsd:element name="Bonus_Share" type="xsd:decimal" minOccurs="0"/>' in schema
    heading = mock.handle(Request("GET", BASE + "Workers_Full", "format=csv", dict(BASIC))).body.decode()
    assert heading.split("\r\n")[0].endswith(",Practice,Badge_Until,Bonus_Share")


def test_the_query_language_selects_and_filters_by_them(mock: Hris) -> None:
    text = "SELECT employeeID, cf_Practice, cf_Union FROM allWorkers WHERE cf_Practice = 'Data'"
    assert rows(mock, text) == [{"employeeID": "W-0002", "cf_Practice": "Data", "cf_Union": True}]
    assert len(rows(mock, "SELECT employeeID FROM allWorkers WHERE cf_Bonus_Share >= 0.1")) == 2
    assert ask(mock, "SELECT cf_Nothing FROM allWorkers").status == 400


def test_the_fields_of_a_source_list_them(mock: Hris) -> None:
    bearer = {"authorization": f"Bearer {login(mock).json()['access_token']}"}
    base = DATA.removesuffix("/data") + "/dataSources"
    source = mock.handle(Request("GET", base, "", dict(bearer))).json()["data"][0]["id"]
    listed = mock.handle(Request("GET", f"{base}/{source}/fields", "", dict(bearer))).json()["data"]
    assert [(each["alias"], each["type"]) for each in listed][-4:] == [
        ("cf_Practice", "Text"), ("cf_Badge_Until", "Date"), ("cf_Bonus_Share", "Numeric"), ("cf_Union", "Boolean"),
    ]  # fmt: skip


def test_another_tenant_does_not_know_them() -> None:
    plain = make(ManualClock(EPOCH), **API)
    assert "Practice" not in report(plain)[0]
    assert ask(plain, "SELECT cf_Practice FROM allWorkers").status == 400


@pytest.mark.parametrize(
    ("field", "part", "message"),
    [
        ({"reports": ["Workers_Ful"]}, ("reports", 0), "did you mean 'Workers_Full'"),
        ({"reports": ["Holiday_Calendar"]}, ("reports", 0), "report about workers"),
        ({"name": "Company"}, ("name",), "Workers_Full has a column Company already"),
        ({"type": "date"}, ("value",), "'Cloud' is no date"),
        ({"type": "number", "value": "1", "values": {"W-1": "0.001"}}, ("values", "W-1"), "'0.001' is no number"),
        ({"type": "boolean", "value": "true"}, ("value",), "'true' is no boolean"),
    ],
)
def test_what_workday_does_not_take_is_refused_with_its_place(
    field: dict[str, Any], part: tuple[str | int, ...], message: str
) -> None:
    with pytest.raises(ShapeMistake) as wrong:
        fields_of(HrisShape.model_validate({"worker_fields": [{**PRACTICE, **field}]}))
    assert wrong.value.place == ("hris", "worker_fields", 0, *part)
    assert message in wrong.value.message
