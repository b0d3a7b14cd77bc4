"""Rates as the ERP shows them, and the sides of a foreign journal's lines."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from sandbox.core.periods import Period
from sandbox.engine.canonical import Batch, BatchLine
from sandbox.engine.connectors.erp_currency import journal_sides, plain_rate, spot_among

ROWS = [
    {"base": "GBP", "quote": "USD", "rate": "1.28"},
    {"base": "EUR", "quote": "GBP", "rate": "0.85"},
    {"base": "GBP", "quote": "USD", "rate": "1.25"},
    {"base": "GBP", "quote": "EUR", "rate": "1.20"},
]


@pytest.mark.parametrize(
    ("currency", "into", "rate"),
    [
        ("GBP", "USD", "1.28"),
        ("USD", "GBP", "0.78125"),
        ("EUR", "GBP", "0.85"),
        ("GBP", "EUR", "1.20"),
        ("EUR", "USD", None),
    ],
)
def test_the_newest_rate_counts_in_its_direction_else_turned_over(currency: str, into: str, rate: str | None) -> None:
    assert spot_among(ROWS, currency, into) == rate


def test_a_rate_that_is_turned_over_has_fifteen_digits_and_no_exponent() -> None:
    assert spot_among([{"base": "USD", "quote": "INR", "rate": 83.1}], "INR", "USD") == "0.0120336943441637"
    assert plain_rate(Decimal("1E-7")) == "0.0000001"


def batch(*, foreign: bool) -> Batch:
    return Batch("1", "UK", "USD" if foreign else "GBP", Period(2026, 1), date(2026, 1, 31), (), foreign)


def test_a_line_of_a_foreign_batch_has_both_amounts_one_at_home_its_own_alone() -> None:
    line = BatchLine("1", "2100", Decimal(10), Decimal(0), "ENG-01", "ENG-01-L1", Decimal(8), Decimal(0))
    assert journal_sides(line, batch(foreign=False)) == {"debit": Decimal(10)}
    assert journal_sides(line, batch(foreign=True)) == {"debit": Decimal(10), "custcol_functional_debit": Decimal(8)}


def test_what_is_left_of_a_position_is_functional_alone() -> None:
    line = BatchLine("1", "7000", Decimal(0), Decimal(0), "ENG-01", "", Decimal(0), Decimal("1.50"))
    assert journal_sides(line, batch(foreign=True)) == {"custcol_functional_credit": Decimal("1.50")}
