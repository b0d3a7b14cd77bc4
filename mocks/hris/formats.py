"""A report as JSON, CSV or XML, and its schema (hris-workday.md section 3.2).

JSON and CSV carry every value as text; Workday's own XML puts the tenant's offset behind a date.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime, time

from mocks.hris.columns import DATE, Columns
from mocks.hris.markup import element, escaped
from mocks.hris.prompts import TENANT_ZONE
from mocks.kit.answers import json_response
from sandbox.core.clock import zone_of
from sandbox.core.wire import Response

Entry = Mapping[str, str]
XML = "text/xml;charset=UTF-8"
_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'
_SCHEMA = "http://www.w3.org/2001/XMLSchema"


def report_namespace(report: str) -> str:
    """The XML namespace of a report."""
    return f"urn:com.workday.report/{report}"


def as_json(report: str, columns: Columns, entries: Sequence[Entry]) -> Response:
    """One object, one key."""
    return json_response(200, {"Report_Entry": entries}, content_type="application/json")


def as_csv(report: str, columns: Columns, entries: Sequence[Entry]) -> Response:
    """A heading of column aliases, then one record per entry; a blank is an empty cell (RFC 4180)."""
    text = io.StringIO()
    writer = csv.DictWriter(text, list(columns), restval="", lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(entries)
    return Response(200, {"Content-Type": "text/csv;charset=UTF-8"}, text.getvalue().encode())


def as_workday_xml(report: str, columns: Columns, entries: Sequence[Entry]) -> Response:
    """Workday XML, what a report answers without a format."""
    rows = (
        element("wd:Report_Entry", *(element(f"wd:{name}", _dated(columns[name], text)) for name, text in each.items()))
        for each in entries
    )
    return _document("wd:Report_Data", {"xmlns:wd": report_namespace(report)}, rows)


def as_simple_xml(report: str, columns: Columns, entries: Sequence[Entry]) -> Response:
    """XML without prefixes and offsets."""
    rows = (element("Report_Entry", *(element(name, escaped(text)) for name, text in each.items())) for each in entries)
    return _document("Report_Data", {"xmlns": report_namespace(report)}, rows)


def schema(report: str, columns: Columns) -> Response:
    """The XML schema of a report: two complex types by the names that clients look for, every column optional."""
    declared = (element("xsd:element", name=name, type=f"xsd:{kind}", minOccurs="0") for name, kind in columns.items())
    rows = element("xsd:element", name="Report_Entry", type="wd:Report_EntryType", minOccurs="0", maxOccurs="unbounded")
    parts = (
        element("xsd:element", name="Report_Data", type="wd:Report_DataType"),
        element("xsd:complexType", element("xsd:sequence", *declared), name="Report_EntryType"),
        element("xsd:complexType", element("xsd:sequence", rows), name="Report_DataType"),
    )
    namespace = report_namespace(report)
    attributes = {
        "xmlns:xsd": _SCHEMA,
        "xmlns:wd": namespace,
        "targetNamespace": namespace,
        "elementFormDefault": "qualified",
    }
    return _document("xsd:schema", attributes, parts)


def _document(name: str, attributes: Mapping[str, str], children: Iterable[str]) -> Response:
    return Response(200, {"Content-Type": XML}, (_DECLARATION + element(name, *children, **attributes)).encode())


def _dated(kind: str, text: str) -> str:
    if kind != DATE:
        return escaped(text)
    noon = datetime.combine(date.fromisoformat(text), time(12), zone_of(TENANT_ZONE))
    return text + noon.isoformat()[-6:]


Render = Callable[[str, Columns, Sequence[Entry]], Response]
# Formats by the value of the parameter; no parameter is Workday XML.
FORMATS: Mapping[str | None, Render] = {
    None: as_workday_xml,
    "json": as_json,
    "csv": as_csv,
    "simplexml": as_simple_xml,
}
