"""Each kind of field takes what it can store and says what it expected of everything else."""

from __future__ import annotations

import re
import sqlite3
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mocks.kit.records import BadValue, Field, RecordType, coerce

LARGEST = 2**63 - 1
STAGES = ("estimate", "project")


@pytest.mark.parametrize(
    ("kind", "value", "stored"),
    [
        ("id", "0012", "0012"),
        ("text", "", ""),
        ("text", "Zürich", "Zürich"),
        ("reference", "7", "7"),
        ("json", '{"a": 1}', '{"a": 1}'),
        ("picklist", "anything", "anything"),
        ("date", "2024-02-29", "2024-02-29"),
        ("int", -3, -3),
        ("int", 0, 0),
        ("minutes", 450, 450),
        ("bool", True, 1),
        ("bool", False, 0),
        ("decimal", Decimal("12.50"), "12.50"),
        ("decimal", 7, "7"),
        ("decimal", Decimal("1E+3"), "1000"),
        ("decimal", Decimal("-0.00001"), "-0.00001"),
        ("money", 12, 120_000),
        ("money", Decimal("12.5"), 125_000),
        ("money", Decimal("-0.0001"), -1),
        ("money", Decimal("1E+3"), 10_000_000),
        ("money", 99_999_999_999_999, 999_999_999_999_990_000),
        ("instant", 1_500_000, 1_500_000),
    ],
)
def test_a_value_that_fits_is_stored_in_its_one_form(kind: str, value: Any, stored: Any) -> None:
    found = coerce(Field("f", kind), value)
    assert (found, type(found)) == (stored, type(stored))


@pytest.mark.parametrize("kind", ["id", "text", "reference", "picklist", "date", "int", "bool", "decimal", "money"])
def test_null_stays_null_whatever_the_kind(kind: str) -> None:
    assert coerce(Field("f", kind, required=True), None) is None


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        ("text", 5, "a string"),
        ("text", True, "a string"),
        ("text", ["a"], "a string"),
        ("id", 12, "a string"),
        ("reference", {"id": "1"}, "a string"),
        ("json", {"a": 1}, "a string"),
        ("picklist", 1, "a string"),
        ("date", 20260112, "a string"),
        ("date", "", "a date YYYY-MM-DD"),
        ("date", "12.01.2026", "a date YYYY-MM-DD"),
        ("date", "2026-02-30", "a date YYYY-MM-DD"),
        ("date", "2026-1-5", "a date YYYY-MM-DD"),
        ("date", "2026-01-12T00:00:00", "a date YYYY-MM-DD"),
        ("int", "5", "an integer"),
        ("int", True, "an integer"),
        ("int", Decimal(5), "an integer"),
        ("minutes", Decimal("7.5"), "an integer"),
        ("bool", 1, "true or false"),
        ("bool", "true", "true or false"),
        ("decimal", "1.5", "a number"),
        ("decimal", False, "a number"),
        ("money", "12.50", "a number"),
        ("money", True, "a number"),
        ("money", [1], "a number"),
        ("money", Decimal("0.00001"), "at most 4 decimals"),
        ("money", Decimal("NaN"), "a number of at most 14 digits"),
        ("money", Decimal("Infinity"), "a number of at most 14 digits"),
        ("money", 100_000_000_000_000, "a number of at most 14 digits"),
        ("money", Decimal("-1E+400"), "a number of at most 14 digits"),
        ("decimal", 10**14, "a number of at most 14 digits"),
        ("decimal", Decimal("1E+1000000"), "a number of at most 14 digits"),
        ("decimal", Decimal("1E-1000000"), "a number of at most 14 digits"),
    ],
)
def test_a_value_that_does_not_fit_is_told_the_field_what_was_expected_and_what_came(
    kind: str, value: Any, expected: str
) -> None:
    with pytest.raises(BadValue, match=re.escape(f"f: expected {expected}, got {value!r}")) as caught:
        coerce(Field("f", kind), value)
    assert (caught.value.code, caught.value.name, caught.value.expected) == ("bad_value", "f", expected)


@pytest.mark.parametrize("kind", ["text", "picklist", "reference"])
def test_a_text_may_be_as_long_as_its_field_and_no_longer(kind: str) -> None:
    spec = Field("f", kind, length=4)
    assert coerce(spec, "Zürc") == "Zürc"
    with pytest.raises(BadValue, match="f: expected at most 4 characters, got 'Zürch'"):
        coerce(spec, "Zürch")


def test_a_restricted_picklist_names_its_choices() -> None:
    spec = Field("stage", "picklist", choices=STAGES, restricted=True)
    assert coerce(spec, "project") == "project"
    with pytest.raises(BadValue, match="stage: expected one of estimate, project, got 'Project'"):
        coerce(spec, "Project")
    # A tenant's own values are allowed where the vendor does not restrict them.
    assert coerce(Field("stage", "picklist", choices=STAGES), "Project") == "Project"


@pytest.mark.parametrize("value", [LARGEST + 1, -LARGEST - 2, 10**30])
@pytest.mark.parametrize("kind", ["int", "minutes"])
def test_a_whole_number_too_large_for_64_bits_is_refused(kind: str, value: int) -> None:
    with pytest.raises(BadValue, match="f: expected"):
        coerce(Field("f", kind), value)


@pytest.mark.parametrize("value", [LARGEST, -LARGEST - 1])
def test_the_largest_whole_numbers_are_stored_as_they_are(value: int) -> None:
    db = sqlite3.connect(":memory:")
    assert db.execute("SELECT ?", (coerce(Field("f", "int"), value),)).fetchone() == (value,)
    db.close()


@pytest.mark.parametrize("value", ["20260112", "2026-W03-1", "2026W031"])
def test_a_date_in_another_iso_form_is_refused(value: str) -> None:
    with pytest.raises(BadValue, match="expected a date YYYY-MM-DD"):
        coerce(Field("f", "date"), value)


@settings(max_examples=200, deadline=None)
@given(st.decimals(allow_nan=False, allow_infinity=False, places=4) | st.integers().map(Decimal))
def test_money_that_is_taken_is_exact_at_one_scale_and_fits_64_bits(value: Decimal) -> None:
    try:
        stored = coerce(Field("f", "money"), value)
    except BadValue:
        # Only size is a reason: nothing here has more than four decimals.
        assert abs(value) >= 10**14
    else:
        assert Decimal(stored) / 10_000 == value
        assert abs(stored) <= LARGEST


@settings(max_examples=100, deadline=None)
@given(st.decimals(min_value=-(10**13), max_value=10**13, allow_nan=False, places=6))
def test_a_decimal_is_kept_to_the_last_digit_and_without_exponent(value: Decimal) -> None:
    stored = coerce(Field("f", "decimal"), value)
    assert re.fullmatch(r"-?\d+\.\d{6}", stored)
    assert Decimal(stored) == value


CARD = RecordType(
    "card",
    (
        Field("number"),
        Field("code", external_id=True),
        Field("email", unique=True),
        Field("project", "reference", refers_to="project"),
        Field("billable", "bool", default=1),
        Field("rate", "money"),
    ),
    key="number",
    indexes=(("project", "billable"),),
)


def test_a_record_type_lists_its_key_first_and_the_stores_own_columns_last() -> None:
    assert CARD.columns == (
        "number", "code", "email", "project", "billable", "rate",
        "_created_us", "_modified_us", "_version", "_deleted", "_creator",
    )  # fmt: skip
    assert list(CARD.blank) == list(CARD.columns)
    assert CARD.blank["billable"] == 1
    assert {name for name, value in CARD.blank.items() if value is not None} == {"billable"}


def test_a_field_is_found_by_name_and_by_any_case_of_it() -> None:
    assert CARD.by_name["code"].external_id
    assert CARD.by_lower["billable"].name == "billable"
    assert RecordType("t", (Field("Contract_Line__c"),)).by_lower["contract_line__c"].name == "Contract_Line__c"


def made() -> sqlite3.Connection:
    db = sqlite3.connect(":memory:", isolation_level=None)
    for statement in CARD.ddl():
        db.execute(statement)
    return db


def test_the_statements_of_a_record_type_make_its_table_and_indexes() -> None:
    db = made()
    columns = {name: kind for _, name, kind, *_ in db.execute('PRAGMA table_info("card")')}
    assert tuple(columns) == CARD.columns
    assert (columns["code"], columns["billable"], columns["rate"]) == ("TEXT", "INTEGER", "INTEGER")
    assert (columns["_version"], columns["_creator"]) == ("INTEGER", "TEXT")
    indexes = {name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'index' AND sql NOT NULL")}
    assert indexes == {"card.code", "card.email", "card.project", "card.project+billable"}
    db.close()


@pytest.mark.parametrize("column", ["code", "email"])
def test_a_unique_value_is_unique_among_live_rows_and_null_is_no_value(column: str) -> None:
    db = made()
    insert = f'INSERT INTO "card" (number, "{column}", _deleted) VALUES (?, ?, ?)'
    db.execute(insert, ("1", "same", 1))
    db.execute(insert, ("2", "same", 0))
    db.execute(insert, ("3", None, 0))
    db.execute(insert, ("4", None, 0))
    with pytest.raises(sqlite3.IntegrityError, match=column):
        db.execute(insert, ("5", "same", 0))
    db.close()
