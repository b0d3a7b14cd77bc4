"""Money is exact, rounds half away from zero and never loses a minor unit."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.core.money import (
    CurrencyMismatch,
    Money,
    divide_half_away,
    from_minor,
    from_scaled,
    line_net,
    minor,
    quantize,
    round_half_away,
    split,
    to_scaled,
)

CURRENCIES = st.sampled_from(["USD", "GBP", "JPY", "KWD"])


def test_half_a_cent_rounds_away_from_zero() -> None:
    assert round_half_away(Decimal("0.125"), 2) == Decimal("0.13")
    assert round_half_away(Decimal("-0.125"), 2) == Decimal("-0.13")


def test_the_minor_unit_depends_on_the_currency() -> None:
    assert quantize(Decimal("10.4567"), "JPY") == Decimal(10)
    assert quantize(Decimal("10.4567"), "USD") == Decimal("10.46")
    assert quantize(Decimal("10.4567"), "KWD") == Decimal("10.457")


def test_two_currencies_do_not_add_up() -> None:
    with pytest.raises(CurrencyMismatch, match="USD with GBP"):
        Money(Decimal(1), "USD") + Money(Decimal(1), "GBP")


def test_money_refuses_a_float() -> None:
    with pytest.raises(TypeError, match="Decimal"):
        Money(1.5, "USD")  # type: ignore[arg-type]


def test_seven_and_a_half_hours_at_a_rate() -> None:
    assert line_net(450, Decimal("210.00"), "USD") == Money(Decimal("1575.00"), "USD")


def test_twenty_minutes_round_once_at_the_end() -> None:
    # 20/60 x 100.01 = 33.33666...
    assert line_net(20, Decimal("100.01"), "USD").amount == Decimal("33.34")


def test_an_amount_finer_than_the_currency_is_no_minor_amount() -> None:
    with pytest.raises(ValueError, match="more decimals"):
        minor(Money(Decimal("1.005"), "USD"))


def test_a_rate_finer_than_the_scale_is_refused() -> None:
    with pytest.raises(ValueError, match="more than 4"):
        to_scaled(Decimal("1.00001"))


@given(st.integers(-(10**12), 10**12), st.lists(st.integers(0, 1000), min_size=1, max_size=12), CURRENCIES)
def test_a_split_never_loses_a_minor_unit(units: int, weights: list[int], currency: str) -> None:
    weights[0] += 1
    parts = split(from_minor(units, currency), weights)
    assert sum(minor(part) for part in parts) == units
    assert all(abs(minor(part)) <= abs(units) for part in parts)


@given(st.integers(-(10**9), 10**9), st.lists(st.integers(1, 50), min_size=2, max_size=6))
def test_equal_weights_give_the_odd_cents_to_the_earlier_parts(units: int, weights: list[int]) -> None:
    parts = [abs(minor(part)) for part in split(from_minor(units, "USD"), [1] * len(weights))]
    assert parts == sorted(parts, reverse=True)
    assert parts[0] - parts[-1] <= 1


@given(st.integers(-(10**15), 10**15), st.integers(1, 10**6))
def test_integer_division_rounds_half_away(numerator: int, denominator: int) -> None:
    expected = round_half_away(Decimal(numerator) / Decimal(denominator), 0)
    # Decimal division is inexact only past 28 digits, far from a half here.
    assert divide_half_away(numerator, denominator) == int(expected)


@given(st.decimals(min_value=-(10**9), max_value=10**9, places=4))
def test_the_database_scale_keeps_four_decimals(amount: Decimal) -> None:
    assert from_scaled(to_scaled(amount)) == amount
