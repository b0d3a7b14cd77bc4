"""Clients pay, statements arrive every banking morning, one of them late."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mocks.files.system import Files
from sandbox.core.clock import DAY_US, HOUR_US, ManualClock, parse_iso
from sandbox.core.money import plain
from sandbox.core.tenants import BankAccount, LateStatement
from tests.mocks.files.client import EPOCH, act, content, make, names, refused, run_to

PAID = {
    "account": "UK-1", "amount": "1200.00", "currency": "GBP", "value_date": "2026-01-12",
    "remitter": "Acme Ltd", "reference": "INV-1",
}  # fmt: skip


def pay(mock: Files, **changes: Any) -> dict[str, str]:
    response = act(mock, "bank_transfer", **{**PAID, **changes})
    assert response.status == 200, response.body
    line: dict[str, str] = response.json()
    return line


def at(text: str) -> int:
    return parse_iso(EPOCH, text)


def test_the_statement_of_a_day_arrives_at_six_on_the_next_banking_morning() -> None:
    clock = ManualClock(EPOCH, 9 * HOUR_US)
    mock = make(clock)
    first = pay(mock)
    second = pay(mock, amount="500.00", fee="12.50", reference="INV-2", value_date="2026-01-11")
    run_to(mock, clock, at("2026-01-13T05:59:59Z"))
    assert names(mock, "bank/out") == []
    run_to(mock, clock, at("2026-01-13T06:00:00Z"))
    assert names(mock, "bank/out") == ["UK-2026-01-12.csv"]
    head, *lines = content(mock, "bank/out/UK-2026-01-12.csv")
    # 500.00 - 12.50 = 487.50; 1,200.00 + 487.50 = 1,687.50; 1,000.50 + 1,687.50 = 2,688.00
    assert head == ["H", "UK-1", "UK", "GBP", "2026-01-12", "1", "1000.50", "2688.00", "2", "1687.50"]
    assert sorted(lines) == sorted(
        [
            ["L", first["line_id"], "2026-01-12", "1200.00", "Acme Ltd", "INV-1", "0.00"],
            ["L", second["line_id"], "2026-01-11", "487.50", "Acme Ltd", "INV-2", "12.50"],
        ]
    )


def test_six_is_local_time() -> None:
    clock = ManualClock(EPOCH, 20 * HOUR_US)
    mock = make(clock)
    pay(mock, account="US-1", currency="USD")
    # 06:00 in New York is 11:00 UTC in winter.
    run_to(mock, clock, at("2026-01-13T10:59:00Z"))
    assert names(mock, "bank/out") == []
    run_to(mock, clock, at("2026-01-13T11:00:00Z"))
    assert names(mock, "bank/out") == ["US-2026-01-12.csv"]


def test_money_that_comes_on_a_weekend_or_holiday_is_booked_on_the_next_banking_day() -> None:
    # Saturday the 17th; Monday the 19th is a holiday in the US, not in the UK.
    clock = ManualClock(EPOCH, 5 * DAY_US + 12 * HOUR_US)
    mock = make(clock)
    assert pay(mock, value_date="2026-01-17")["booked_on"] == "2026-01-19"
    assert pay(mock, account="US-1", currency="USD", value_date="2026-01-17")["booked_on"] == "2026-01-20"
    run_to(mock, clock, at("2026-01-25T00:00:00Z"))
    assert names(mock, "bank/out") == ["UK-2026-01-19.csv", "US-2026-01-20.csv"]


def test_a_quiet_day_has_a_statement_only_when_asked_for() -> None:
    clock = ManualClock(EPOCH, 9 * HOUR_US)
    mock = make(clock, statements_on_quiet_days=True)
    run_to(mock, clock, at("2026-01-17T00:00:00Z"))
    assert [name for name in names(mock, "bank/out") if name.startswith("UK")] == [
        "UK-2026-01-12.csv",
        "UK-2026-01-13.csv",
        "UK-2026-01-14.csv",
        "UK-2026-01-15.csv",
    ]
    assert content(mock, "bank/out/UK-2026-01-15.csv") == [
        ["H", "UK-1", "UK", "GBP", "2026-01-15", "4", "1000.50", "1000.50", "0", "0.00"]
    ]


def test_a_delayed_statement_keeps_its_number_and_comes_after_a_later_one() -> None:
    clock = ManualClock(EPOCH, 9 * HOUR_US)
    mock = make(clock)
    pay(mock)
    assert act(mock, "delay_statement", account="UK-1", date="2026-01-12", until="2026-01-15T12:00:00Z").status == 200
    run_to(mock, clock, at("2026-01-13T09:00:00Z"))
    pay(mock, reference="INV-2")
    run_to(mock, clock, at("2026-01-15T11:59:00Z"))
    assert names(mock, "bank/out") == ["UK-2026-01-13.csv"]
    run_to(mock, clock, at("2026-01-15T12:00:00Z"))
    assert names(mock, "bank/out") == ["UK-2026-01-13.csv", "UK-2026-01-12.csv"]
    heads = [content(mock, f"bank/out/UK-2026-01-{day}.csv")[0] for day in (12, 13)]
    assert [(head[5], head[6], head[7]) for head in heads] == [
        ("1", "1000.50", "2200.50"),
        ("2", "2200.50", "3400.50"),
    ]


def test_the_tenant_can_plan_a_late_statement() -> None:
    clock = ManualClock(EPOCH, 9 * HOUR_US)
    late = LateStatement("UK-1", date(2026, 1, 12), datetime.fromisoformat("2026-01-14T08:00:00+00:00"))
    mock = make(clock, late_statements=(late,))
    pay(mock)
    run_to(mock, clock, at("2026-01-14T07:59:00Z"))
    assert names(mock, "bank/out") == []
    run_to(mock, clock, at("2026-01-14T08:00:00Z"))
    assert names(mock, "bank/out") == ["UK-2026-01-12.csv"]


def test_several_accounts_of_an_entity_have_their_code_in_the_name() -> None:
    clock = ManualClock(EPOCH, 9 * HOUR_US)
    accounts = tuple(BankAccount(f"UK-{n}", "UK", "GBP", "GB", "Europe/London") for n in (1, 2))
    mock = make(clock, bank_accounts=accounts)
    pay(mock)
    pay(mock, account="UK-2")
    run_to(mock, clock, at("2026-01-13T06:00:00Z"))
    assert names(mock, "bank/out") == ["UK-UK-1-2026-01-12.csv", "UK-UK-2-2026-01-12.csv"]


@pytest.mark.parametrize(
    ("action", "form", "field"),
    [
        ("bank_transfer", {**PAID, "account": "FR-1"}, "account"),
        ("bank_transfer", {**PAID, "currency": "USD"}, "currency"),
        ("bank_transfer", {**PAID, "amount": 0}, "amount"),
        ("bank_transfer", {**PAID, "amount": "1.00001"}, "amount"),
        ("bank_transfer", {**PAID, "fee": "1200.00"}, "fee"),
        ("bank_transfer", {**PAID, "value_date": "2026-01-18"}, "value_date"),
        ("bank_transfer", {**PAID, "value_date": "2025-12-11"}, "value_date"),
        ("bank_transfer", {**PAID, "remitter": "two\nlines"}, "remitter"),
        ("bank_lines", {"account": "FR-1"}, "account"),
        ("delay_statement", {"account": "UK-1", "date": "9999-12-31", "until": "2026-01-20T00:00:00Z"}, "date"),
        ("delay_statement", {"account": "UK-1", "date": "2026-01-12", "until": "9999-12-31T23:59:59-12:00"}, "until"),
        ("delay_statement", {"account": "UK-1", "date": "2026-01-17", "until": "2026-01-20T00:00:00Z"}, "date"),
        ("delay_statement", {"account": "UK-1", "date": "2026-01-12", "until": "2026-01-12T00:00:00Z"}, "until"),
        ("delay_statement", {"account": "UK-1", "date": "2026-01-12", "until": "2026-01-14T00:00:00"}, "until"),
    ],
)
def test_what_a_bank_does_not_take_is_refused(action: str, form: dict[str, Any], field: str) -> None:
    assert refused(make(), action, **form) == field


def test_an_issued_statement_is_not_delayed_any_more() -> None:
    clock = ManualClock(EPOCH, 9 * HOUR_US)
    mock = make(clock)
    pay(mock)
    run_to(mock, clock, at("2026-01-13T06:00:00Z"))
    form = {"account": "UK-1", "date": "2026-01-12", "until": "2026-01-20T00:00:00Z"}
    assert refused(mock, "delay_statement", **form) == "date"


def test_whoever_looks_sees_what_was_paid() -> None:
    mock = make()
    line = pay(mock, fee="1.25")
    assert act(mock, "bank_lines", account="UK-1").json() == [line]
    assert (line["amount"], line["fee"], line["value_date"]) == ("1198.75", "1.25", "2026-01-12")


PAYMENTS = st.lists(st.tuples(st.integers(0, 9), st.integers(1, 10**7)), max_size=15)
LATE_DAYS = st.lists(st.integers(0, 9), max_size=3)


@settings(max_examples=40, deadline=None)
@given(PAYMENTS, LATE_DAYS)
def test_statements_chain_without_a_gap_and_hold_every_line_once(
    payments: list[tuple[int, int]], late: list[int]
) -> None:
    clock = ManualClock(EPOCH, 9 * HOUR_US)
    mock = make(clock)
    for day in sorted(set(late)):
        form = {"account": "UK-1", "date": (date(2026, 1, 12) + timedelta(days=day)).isoformat()}
        act(mock, "delay_statement", **form, until="2026-02-01T00:00:00Z")
    total = Decimal("1000.50")
    ids = []
    for number, (day, cents) in enumerate(sorted(payments)):
        run_to(mock, clock, day * DAY_US + 9 * HOUR_US)
        amount = Decimal(cents).scaleb(-2)
        value_date = (date(2026, 1, 12) + timedelta(days=day)).isoformat()
        ids.append(pay(mock, amount=plain(amount), reference=f"R{number}", value_date=value_date)["line_id"])
        total += amount
    run_to(mock, clock, at("2026-02-02T00:00:00Z"))
    files = [content(mock, f"bank/out/{name}") for name in sorted(names(mock, "bank/out"))]
    balance = "1000.50"
    for number, (head, *lines) in enumerate(files, start=1):
        assert head[5:7] == [str(number), balance]
        assert head[8] == str(len(lines))
        assert sum((Decimal(line[3]) for line in lines), Decimal(0)) == Decimal(head[9])
        assert Decimal(head[6]) + Decimal(head[9]) == Decimal(head[7])
        balance = head[7]
    assert Decimal(balance) == total
    assert sorted(line[1] for _, *lines in files for line in lines) == sorted(ids)
