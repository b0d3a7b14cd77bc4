"""Values of fields are read through references, tables, templates and factors, and compared as what they mean."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.history.values import Paths, read_value, same
from sandbox.interface import ByFactor, ByKey, ByMap, ByTemplate, Constant, Value
from tests.history.builders import INTERFACE

ROWS: dict[str, dict[str, dict[str, Any]]] = {
    "crm.Account": {"001": {"Name": "Northwind", "BillingCountry": None}},
    "crm.Opportunity": {
        "006": {"AccountId": "001", "Engagement_Code__c": "NORTH", "Name": "Rollout", "StageName": "Closed Won"},
        "007": {"AccountId": None, "Engagement_Code__c": "SOUTH", "Name": "Idea", "StageName": "Prospecting"},
    },
    "crm.OpportunityLineItem": {"00k": {"OpportunityId": "006", "Budget_Hours__c": 800_000}},
}
REFS = {"crm.Account": {"001": "C-1"}, "crm.Opportunity": {"006": "NORTH"}, "psa.workspace": {"40": "NORTH"}}
PATHS = Paths(INTERFACE, ROWS, REFS)
LINE = ROWS["crm.OpportunityLineItem"]["00k"]


def walk(path: str, record: str = "crm.OpportunityLineItem", row: dict[str, Any] = LINE) -> Any:
    return PATHS.walk(record, row, path)


def test_a_path_walks_references_to_a_column() -> None:
    assert walk("Budget_Hours__c") == 800_000
    assert walk("OpportunityId.StageName") == "Closed Won"
    assert walk("OpportunityId.AccountId.Name") == "Northwind"
    assert walk("OpportunityId.AccountId.BillingCountry") is None


def test_a_reference_that_leads_nowhere_is_nothing() -> None:
    assert walk("OpportunityId.StageName", row={"OpportunityId": "gone"}) is None
    assert walk("OpportunityId.StageName", row={"OpportunityId": None}) is None
    assert walk("OpportunityId.StageName", row={}) is None
    assert walk("AccountId.Name", "crm.Opportunity", ROWS["crm.Opportunity"]["007"]) is None
    assert walk("no_such_column") is None


def test_the_ref_of_a_record_is_found_along_a_path() -> None:
    assert PATHS.ref_of("crm.OpportunityLineItem", LINE, "OpportunityId") == "NORTH"
    assert PATHS.ref_of("crm.OpportunityLineItem", LINE, "OpportunityId.AccountId") == "C-1"
    assert PATHS.ref_of("crm.OpportunityLineItem", {"OpportunityId": "007"}, "OpportunityId") is None
    assert PATHS.ref_of("crm.OpportunityLineItem", {"OpportunityId": "007"}, "OpportunityId.AccountId") is None
    assert PATHS.ref_of("crm.OpportunityLineItem", {}, "OpportunityId") is None


STAGES: dict[str, str | int] = {"Closed Won": "project", "*": "estimate"}


@pytest.mark.parametrize(
    ("value", "read"),
    [
        ("Budget_Hours__c", 800_000),
        (ByKey(key="OpportunityId"), "NORTH"),
        (ByMap(map=STAGES, path="OpportunityId.StageName"), "project"),
        (ByMap(map={"Lost": 1, "*": 0}, path="OpportunityId.StageName"), 0),
        (ByMap(map={"Lost": 1}, path="OpportunityId.StageName"), None),
        (ByMap(map={"800000": "a lot"}, path="Budget_Hours__c"), "a lot"),
        (ByMap(map={"None": "nothing", "*": "other"}, path="no_such_column"), "nothing"),
        (ByTemplate(template="{OpportunityId.Engagement_Code__c} {OpportunityId.Name}!"), "NORTH Rollout!"),
        (ByFactor(times=60, over=10_000, path="Budget_Hours__c"), Decimal(4_800)),
        (ByFactor(times=60, path="no_such_column"), None),
        (Constant(constant="TRANSFERRED"), "TRANSFERRED"),
    ],
)
def test_a_value_is_read_as_the_interface_contract_describes_it(value: Value, read: Any) -> None:
    assert PATHS.read("crm.OpportunityLineItem", LINE, value) == read


def test_a_factor_loses_nothing_to_binary_fractions() -> None:
    value = ByFactor(times=60, over=10_000, path="hours")
    assert read_value(value, {"hours": 75_125}.get) == Decimal("450.75")
    assert read_value(value, {"hours": "0.1"}.get) == Decimal("0.0006")


def test_both_sides_of_a_flow_are_read_field_by_field() -> None:
    flow = INTERFACE.flows["project.task"]
    assert PATHS.source_values(flow, "crm.OpportunityLineItem", LINE, ["workspace_id"]) == ("NORTH",)
    story = {"workspace_id": "40", "fixed_fee": 0}
    # A reference is read as the thing it refers to, any other column as it stands.
    assert PATHS.target_values(flow, story, ["workspace_id", "fixed_fee"]) == ("NORTH", 0)
    assert PATHS.target_value(flow, {"workspace_id": "41"}, "workspace_id") is None


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("NORTH", "NORTH"),
        (None, None),
        (None, ""),
        ("", None),
        (1200, "1200"),
        ("1200.50", "1200.5"),
        (Decimal("1200.50"), "1200.5000"),
        (Decimal(7), 7),
        ("-0", 0),
        ("0012", 12),
        (True, True),
    ],
)
def test_the_same_written_differently_is_the_same(left: Any, right: Any) -> None:
    assert same(left, right)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("NORTH", "north"),
        ("NORTH", "NORTH "),
        (None, 0),
        ("", 0),
        (None, False),
        ("", " "),
        (1200, "1200.01"),
        ("1200", "-1200"),
        ("1,200", "1200"),
        ("1200.", "1200"),
        ("12e2", "1200"),
        ("2026-01-12", "2026-01-13"),
        (True, "1"),
        (True, "True"),
        (False, "0"),
        (False, ""),
    ],
)
def test_what_differs_is_not_the_same(left: Any, right: Any) -> None:
    assert not same(left, right)
    assert not same(right, left)


@settings(max_examples=200, deadline=None)
@given(left=st.none() | st.text("01.-", max_size=4) | st.integers(-20, 20), right=st.text("01.-", max_size=4))
def test_sameness_has_no_side(left: str | int | None, right: str) -> None:
    assert same(left, right) == same(right, left)


@settings(max_examples=200, deadline=None)
@given(st.integers(-(10**9), 10**9), st.integers(-(10**9), 10**9), st.integers(0, 4), st.integers(0, 4))
def test_numbers_are_the_same_when_their_values_are(left: int, right: int, zeros: int, places: int) -> None:
    written = f"{left}.{'0' * zeros}" if zeros else str(left)
    assert same(written, Decimal(left))
    other = f"{Decimal(right).scaleb(-places):f}"
    assert same(written, other) == (left * 10**places == right)
