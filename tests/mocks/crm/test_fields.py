"""What a field takes from JSON, how it keeps it and how it writes it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mocks.crm.errors import CrmRefusal
from mocks.crm.fields import Column, currency, day, flag, percent, text, whole
from mocks.crm.values import full_id, number_shown, stamp, stored
from sandbox.core.clock import SECOND_US, epoch_of
from sandbox.core.ids import salesforce_checksum


@pytest.mark.parametrize(
    ("column", "value", "kept"),
    [
        (text("T", 5), "abc", "abc"),
        (text("T", 5), "", None),
        (text("T", 5), None, None),
        (currency("C"), 12, 120_000),
        (currency("C"), Decimal("12.345"), 123_500),
        (currency("C"), Decimal("-12.345"), -123_500),
        (currency("C"), "12.5", 125_000),
        (currency("C", 0), Decimal("12.5"), 130_000),
        (percent("P", 3, 0), 100, 1_000_000),
        (whole("W"), Decimal("3.0"), 3),
        (flag("F"), True, 1),
        (flag("F"), None, 0),
        (day("D"), "2026-02-28", "2026-02-28"),
        (Column("R", "reference"), "001D000000IqhSL", "001D000000IqhSLIAZ"),
        (Column("R", "reference"), "001D000000IqhSLIAZ", "001D000000IqhSLIAZ"),
    ],
)
def test_a_value_that_fits_is_kept(column: Column, value: Any, kept: Any) -> None:
    assert stored(column, value) == kept


@pytest.mark.parametrize(
    ("column", "value", "code"),
    [
        (text("T", 5), "abcdef", "STRING_TOO_LONG"),
        (text("T", 5), 5, "JSON_PARSER_ERROR"),
        (text("T", 5), ["a"], "JSON_PARSER_ERROR"),
        (currency("C"), "many", "JSON_PARSER_ERROR"),
        (currency("C"), True, "JSON_PARSER_ERROR"),
        (currency("C"), 10**14, "NUMBER_OUTSIDE_VALID_RANGE"),
        (currency("C"), Decimal("1e999999"), "NUMBER_OUTSIDE_VALID_RANGE"),
        (percent("P", 3, 0), 101, "NUMBER_OUTSIDE_VALID_RANGE"),
        (percent("P", 3, 0), -1, "NUMBER_OUTSIDE_VALID_RANGE"),
        (whole("W"), Decimal("3.5"), "JSON_PARSER_ERROR"),
        (whole("W"), 10**8, "NUMBER_OUTSIDE_VALID_RANGE"),
        (flag("F"), "true", "JSON_PARSER_ERROR"),
        (flag("F"), 1, "JSON_PARSER_ERROR"),
        (day("D"), "28/02/2026", "JSON_PARSER_ERROR"),
        (day("D"), "2026-02-30", "JSON_PARSER_ERROR"),
        (day("D"), "20260228", "JSON_PARSER_ERROR"),
        (day("D"), "1600-01-01", "NUMBER_OUTSIDE_VALID_RANGE"),
        (day("D"), 20260228, "JSON_PARSER_ERROR"),
        (Column("R", "reference"), "001", "MALFORMED_ID"),
        (Column("R", "reference"), "001D000000IqhSLIAA", "MALFORMED_ID"),
        (Column("R", "reference"), 1, "JSON_PARSER_ERROR"),
    ],
)
def test_a_value_that_does_not_fit_is_refused_with_its_code(column: Column, value: Any, code: str) -> None:
    with pytest.raises(CrmRefusal) as refused:
        stored(column, value)
    assert refused.value.code == code
    assert refused.value.status == 400


@pytest.mark.parametrize(
    ("scaled", "shown"), [(120_000_000, "12000.0"), (125_500, "12.55"), (-5000, "-0.5"), (0, "0.0"), (1, "0.0001")]
)
def test_a_number_is_written_with_one_decimal_at_least(scaled: int, shown: str) -> None:
    assert format(number_shown(scaled), "f") == shown


@given(st.decimals(min_value=-(10**13), max_value=10**13, places=6))
def test_an_amount_is_rounded_half_away_from_zero_to_the_cent(value: Decimal) -> None:
    cents = abs(value) * 100
    expected = int(cents) + (1 if cents - int(cents) >= Decimal("0.5") else 0)
    assert stored(currency("C"), value) == (expected if value >= 0 else -expected) * 100


@given(st.from_regex(r"[0-9A-Za-z]{15}", fullmatch=True))
def test_a_short_id_and_its_long_form_are_the_same_id(short: str) -> None:
    long = short + salesforce_checksum(short)
    assert full_id(short) == full_id(long) == long


def test_a_stamp_is_cut_to_the_second() -> None:
    assert stamp(epoch_of(date(2026, 1, 12)), 3 * SECOND_US + 999_999) == "2026-01-12T00:00:03.000+0000"
