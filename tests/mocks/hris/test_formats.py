"""A report says the same in every format; its schema is what the vendor's clients read."""

from __future__ import annotations

import csv
import io
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode
from xml.etree.ElementTree import Element

import pytest
from defusedxml.ElementTree import fromstring

from mocks.hris.columns import columns_of
from mocks.hris.reports_absence import REPORTS
from mocks.hris.system import Hris
from sandbox.core.clock import DAY_US, ManualClock
from sandbox.core.tenants import HrisCostRate
from sandbox.core.wire import Request, Response
from tests.mocks.hris.client import BASE, BASIC, EPOCH, act, event_of, make, report

XSD = {"xsd": "http://www.w3.org/2001/XMLSchema"}
DAYS = {"From_Date": "2026-01-12", "Through_Date": "2026-01-31"}


def get(mock: Hris, name: str, **params: str) -> Response:
    return mock.handle(Request("GET", BASE + name, urlencode(params), dict(BASIC)))


def local(node: Element) -> str:
    return node.tag.rpartition("}")[2]


def entries_of(root: Element) -> list[dict[str, str]]:
    return [{local(each): each.text or "" for each in row} for row in root]


@pytest.fixture
def mock() -> Hris:
    rates = (HrisCostRate("consultant", "US", Decimal("61.5"), "USD", EPOCH.date()),)
    made = make(ManualClock(EPOCH, DAY_US), countries={"New York": "US"}, cost_rates=rates)
    leave = {"leave_type": "Parental", "first_day": "2026-01-14", "expected_last_day": "2026-02-01"}
    event_of(made, "place_on_leave", employee_id="W-0001", **leave)
    event_of(made, "terminate", employee_id="W-0002", termination_date="2026-01-20")
    act(made, "request_time_off", employee_id="W-0002", date="2026-01-15", hours=4)
    rescinded = event_of(made, "change_job", employee_id="W-0001", effective_date="2026-02-09", grade="partner")
    act(made, "rescind", event_wid=rescinded)
    return made


@pytest.mark.parametrize("salaries", [False, True])
@pytest.mark.parametrize("name", REPORTS)
def test_every_column_of_every_report_is_declared(mock: Hris, name: str, salaries: bool) -> None:
    mock.setup = type(mock.setup)(mock.setup.epoch, mock.setup.countries, 40, salaries)
    declared = list(columns_of(name, with_salaries=salaries))
    entries = report(mock, name, **DAYS)
    assert entries
    for each in entries:
        assert list(each) == [column for column in declared if column in each]


@pytest.mark.parametrize("name", REPORTS)
def test_every_format_says_the_same(mock: Hris, name: str) -> None:
    expected = report(mock, name, **DAYS)
    table = get(mock, name, format="csv", **DAYS)
    assert table.header("Content-Type") == "text/csv;charset=UTF-8"
    assert table.body.endswith(b"\r\n")
    records = list(csv.DictReader(io.StringIO(table.body.decode(), newline="")))
    assert [{key: value for key, value in each.items() if value} for each in records] == expected
    assert list(records[0]) == list(columns_of(name, with_salaries=False))
    simple = get(mock, name, format="simplexml", **DAYS)
    assert entries_of(fromstring(simple.body)) == expected
    root = fromstring(get(mock, name, **DAYS).body)
    assert root.tag == f"{{urn:com.workday.report/{name}}}Report_Data"
    kinds = columns_of(name, with_salaries=False)
    undated = [
        {key: value[:10] if kinds[key] == "date" else value for key, value in each.items()} for each in entries_of(root)
    ]
    assert undated == expected


def test_a_date_in_workday_xml_carries_the_tenants_offset_of_that_day(mock: Hris) -> None:
    event_of(mock, "change_job", employee_id="W-0002", effective_date="2026-01-15", grade="manager")
    rows = entries_of(fromstring(get(mock, "Assignments_Effective_Dated").body))
    assert [row["Effective_Date"] for row in rows] == ["2024-05-01-07:00", "2024-05-02-07:00", "2026-01-15-08:00"]


def test_text_with_commas_quotes_and_marks_survives(mock: Hris) -> None:
    person = {"employee_id": "W-0009", "first_name": 'Zo"e, <b>\x01', "last_name": "O'Neil & Søn\n2"}
    form = {"hire_date": "2026-01-13", "grade": "analyst", "company": "US", "location": "New York"}
    assert act(mock, "hire", **person, **form, email="z@firm.example").status == 200
    rows = list(csv.DictReader(io.StringIO(get(mock, "Workers_Full", format="csv").body.decode(), newline="")))
    assert (rows[-1]["Legal_First_Name"], rows[-1]["Legal_Last_Name"]) == (person["first_name"], person["last_name"])
    for params in ({}, {"format": "simplexml"}):
        root = fromstring(get(mock, "Workers_Full", **params).body)
        names = [(row["Legal_First_Name"], row["Legal_Last_Name"]) for row in entries_of(root)]
        assert names[-1] == ('Zo"e, <b>\ufffd', person["last_name"])


def schema_of(mock: Hris, name: str, query: str = "xsds") -> tuple[Element, dict[str, str]]:
    """The schema, and its columns as the vendor's Singer tap reads them."""
    response = mock.handle(Request("GET", BASE + name, query, dict(BASIC)))
    assert response.status == 200
    root: Element = fromstring(response.body)
    found = root.findall("./xsd:complexType[@name='Report_EntryType']/xsd:sequence/xsd:element", XSD)
    assert all(each.attrib["minOccurs"] == "0" for each in found)
    assert all(each.get("maxOccurs") in (None, "unbounded") for each in root.iter(f"{{{XSD['xsd']}}}element"))
    return root, {each.attrib["name"]: each.attrib["type"] for each in found}


@pytest.mark.parametrize("name", REPORTS)
def test_the_schema_of_a_report_has_its_columns(mock: Hris, name: str) -> None:
    root, columns = schema_of(mock, name)
    assert columns == {key: f"xsd:{kind}" for key, kind in columns_of(name, with_salaries=False).items()}
    types = {each.attrib["name"] for each in root.findall("./xsd:complexType", XSD)}
    assert types == {"Report_EntryType", "Report_DataType"}


def test_the_schema_needs_no_prompt_and_shows_salaries_only_where_the_tenant_does(mock: Hris) -> None:
    _, columns = schema_of(mock, "Workers_Full")
    assert columns["Active"] == "xsd:boolean"
    assert columns["Hire_Date"] == "xsd:date"
    assert columns["Last_Functionally_Updated"] == "xsd:dateTime"
    assert columns["FTE"] == "xsd:decimal"
    assert "Annual_Base" not in columns
    _, careless = schema_of(make(salary_in_workers_report=True), "Workers_Full")
    assert careless["Annual_Base"] == "xsd:decimal"


@pytest.mark.parametrize(
    ("query", "text"),
    [("format=jsom", "Did you mean 'json'"), ("format=rss", "'rss'"), ("format=", "''"), ("wsdl", "WSDL")],
)
def test_a_format_that_is_not_offered_is_refused_by_name(mock: Hris, query: str, text: str) -> None:
    response = mock.handle(Request("GET", BASE + "Workers_Full", query, dict(BASIC)))
    assert response.status == 400
    assert text in response.json()["error"]


def test_unknown_parameters_are_ignored(mock: Hris) -> None:
    assert report(mock, "Workers_Full", Supervisory_Organization="x", nonsense="y") == report(mock, "Workers_Full")


def test_cost_rates_end_where_the_next_begins_and_move_by_their_window(mock: Hris) -> None:
    second = {"job_profile": "consultant", "company": "US", "amount": 64, "currency": "USD"}
    assert act(mock, "set_cost_rate", **second, effective_date="2026-02-01").status == 200
    shown = [
        (each["Amount"], each["Effective_Date"], each.get("End_Date"), each["Last_Functionally_Updated"][:10])
        for each in report(mock, "Cost_Rates")
    ]
    assert shown == [
        ("61.50", "2026-01-12", "2026-01-31", "2026-01-13"),
        ("64.00", "2026-02-01", None, "2026-01-13"),
    ]
    before = report(mock, "Cost_Rates", Entry_Moment="2026-01-12T23:00:00Z")
    assert [(each["Amount"], each.get("End_Date")) for each in before] == [("61.50", None)]
    assert report(mock, "Cost_Rates", Updated_Through="2026-01-12T00:00:00Z") == []
    # Entered again for the same day: the later entry counts, the earlier one stays known as of before.
    assert act(mock, "set_cost_rate", **{**second, "amount": 65}, effective_date="2026-02-01").status == 200
    assert [each["Amount"] for each in report(mock, "Cost_Rates")] == ["61.50", "65.00"]


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({"job_profile": "consultant", "employee_id": "W-0001"}, "job_profile"),
        ({}, "job_profile"),
        ({"employee_id": "W-9999"}, "employee_id"),
        ({"job_profile": "consultant", "effective_date": "2020-01-01"}, "effective_date"),
        ({"job_profile": "consultant", "amount": 0}, "amount"),
        ({"job_profile": "consultant", "rate_type": "Free"}, "rate_type"),
    ],
)
def test_a_cost_rate_that_does_not_fit_is_refused(mock: Hris, form: dict[str, Any], field: str) -> None:
    before = mock.dump()
    response = act(mock, "set_cost_rate", **{"amount": 10, "currency": "USD", "effective_date": "2026-02-01", **form})
    assert response.status in (404, 422)
    assert response.json()["errors"][0]["field"] == field
    assert mock.dump() == before
