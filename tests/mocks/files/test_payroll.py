"""The payroll provider takes approved time whole or not at all, and hands back a journal that balances."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mocks.files.rules_payroll import allocation
from mocks.files.system import Files
from sandbox.core.clock import HOUR_US, MINUTE_US, ManualClock, parse_iso
from sandbox.core.money import Money
from sandbox.core.tenants import PayrollEmployee
from tests.mocks.files.client import EPOCH, act, ask, content, make, names, refused, run_to

HEAD = "H,UK,2026-01-12,2026-01-25,{seq},{count},{minutes}"
LINES = ("L,W-0001,2026-01-12,480,regular,PRJ-1", "L,W-0002,2026-01-13,450,regular,")
NAME = "time-UK-2026-01-12-2026-01-25-{seq}"


def deliver(mock: Files, clock: ManualClock, *lines: str, seq: int = 1, head: str | None = None) -> None:
    minutes = sum(int(line.split(",")[3]) for line in lines) if head is None else 0
    first = head or HEAD.format(seq=seq, count=len(lines), minutes=minutes)
    body = "\n".join([first, *lines]) + "\n"
    response = ask(mock, "PUT", f"payroll/in/{NAME.format(seq=seq)}.csv", body.encode())
    assert response.status == 201, response.body
    run_to(mock, clock, clock.now_us() + 5 * MINUTE_US)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(EPOCH, 9 * HOUR_US)


@pytest.fixture
def mock(clock: ManualClock) -> Files:
    return make(clock)


def test_a_file_whose_totals_match_is_accepted_five_minutes_later(mock: Files, clock: ManualClock) -> None:
    # 480 + 450 = 930 minutes
    body = "\n".join([HEAD.format(seq=1, count=2, minutes=930), *LINES])
    ask(mock, "PUT", f"payroll/in/{NAME.format(seq=1)}.csv", body.encode())
    run_to(mock, clock, clock.now_us() + 5 * MINUTE_US - 1)
    assert names(mock, "payroll/out") == []
    run_to(mock, clock, clock.now_us() + 1)
    assert names(mock, "payroll/out") == [f"{NAME.format(seq=1)}.accepted.csv"]
    assert content(mock, f"payroll/out/{NAME.format(seq=1)}.accepted.csv") == [
        ["H", "time-UK-2026-01-12-2026-01-25-1.csv", "accepted", "2", "930"]
    ]


@pytest.mark.parametrize(
    ("head", "lines", "problems"),
    [
        ("H,UK,2026-01-12,2026-01-25,1,3,930", LINES, [("1", "count is 3; the file has 2 lines")]),
        ("H,UK,2026-01-12,2026-01-25,1,2,931", LINES, [("1", "control total is 931; the lines have 930 minutes")]),
        ("H,UK,2026-01-12,2026-01-25,2,2,930", LINES, [("1", "entity; period or sequence differ from the name")]),
        ("H,UK,2026-01-12,soon,1,2,930", LINES, [("1", "period start or end is no date")]),
        ("X", LINES, [("1", "the first line is not H with six more cells")]),
        (
            "H,UK,2026-01-12,2026-01-25,1,3,1410",
            (*LINES, "L,W-0099,2026-01-26,480,regular,"),
            [("4", "employee W-0099 is not known"), ("4", "date 2026-01-26 is not in the pay period")],
        ),
        (
            "H,UK,2026-01-12,2026-01-25,1,2,1441",
            ("L,W-0001,2026-01-12,1441,,", "W-0001"),
            [
                ("2", "minutes 1441 are not 1 to 1440"),
                ("2", "type is blank or too long"),
                ("3", "not L with five more cells"),
            ],
        ),
        ('H,"UK', (), [("0", "not a CSV file: unexpected end of data")]),
    ],
)
def test_a_file_is_refused_as_a_whole_with_every_reason(
    mock: Files, clock: ManualClock, head: str, lines: tuple[str, ...], problems: list[tuple[str, str]]
) -> None:
    deliver(mock, clock, *lines, head=head)
    result = f"payroll/out/{NAME.format(seq=1)}.rejected.csv"
    assert names(mock, "payroll/out") == [f"{NAME.format(seq=1)}.rejected.csv"]
    text = ask(mock, "GET", result).body.decode().replace(", ", "; ").replace('"', "")
    first, *rows = [line.split(",") for line in text.splitlines()]
    assert first == ["H", "time-UK-2026-01-12-2026-01-25-1.csv", "rejected", str(len(problems))]
    assert [(line, reason) for _, line, reason in rows] == problems


def test_a_file_of_another_name_is_refused(mock: Files, clock: ManualClock) -> None:
    ask(mock, "PUT", "payroll/in/hours.csv", "\n".join([HEAD.format(seq=1, count=2, minutes=930), *LINES]).encode())
    run_to(mock, clock, clock.now_us() + 5 * MINUTE_US)
    assert names(mock, "payroll/out") == ["hours.rejected.csv"]


def test_a_pay_period_is_taken_once(mock: Files, clock: ManualClock) -> None:
    deliver(mock, clock, *LINES)
    deliver(mock, clock, *LINES, seq=2)
    assert names(mock, "payroll/out") == [f"{NAME.format(seq=1)}.accepted.csv", f"{NAME.format(seq=2)}.rejected.csv"]
    assert content(mock, f"payroll/out/{NAME.format(seq=2)}.rejected.csv")[1] == [
        "L", "1", "the pay period was delivered by time-UK-2026-01-12-2026-01-25-1.csv"
    ]  # fmt: skip


def test_a_refused_file_can_be_sent_again_under_the_next_number(mock: Files, clock: ManualClock) -> None:
    deliver(mock, clock, *LINES, head="H,UK,2026-01-12,2026-01-25,1,9,930")
    deliver(mock, clock, *LINES, seq=2)
    assert names(mock, "payroll/out")[1] == f"{NAME.format(seq=2)}.accepted.csv"


def test_a_pay_period_nobody_knows_is_refused(mock: Files, clock: ManualClock) -> None:
    body = "H,UK,2026-01-13,2026-01-25,1,0,0\n"
    ask(mock, "PUT", "payroll/in/time-UK-2026-01-13-2026-01-25-1.csv", body.encode())
    run_to(mock, clock, clock.now_us() + 5 * MINUTE_US)
    assert content(mock, "payroll/out/time-UK-2026-01-13-2026-01-25-1.rejected.csv")[1] == [
        "L", "1", "UK has no pay period 2026-01-13 to 2026-01-25"
    ]  # fmt: skip


def test_the_journal_of_a_period_within_a_month_is_one_pair_of_lines(mock: Files) -> None:
    paid = act(mock, "run_payroll", entity="UK", period_end="2026-01-25").json()
    # 60,000 / 26 = 2,307.6923 -> 2,307.69; 52,000 / 26 = 2,000.00; in all 4,307.69
    assert (paid["gross"], paid["employees"], paid["file"]) == ("4307.69", 2, "journal-UK-2026-01-25.csv")
    head, *lines = content(mock, "payroll/out/journal-UK-2026-01-25.csv")
    assert head == ["H", "UK", "2026-01-12", "2026-01-25", "2026-01-28", "GBP", "2", "4307.69"]
    assert [line[2:] for line in lines] == [
        ["6000", "4307.69", "0.00", "2026-01"],
        ["2200", "0.00", "4307.69", "2026-01"],
    ]


def test_a_period_over_the_month_end_is_split_by_working_days(mock: Files) -> None:
    act(mock, "run_payroll", entity="UK", period_end="2026-02-08")
    head, *lines = content(mock, "payroll/out/journal-UK-2026-02-08.csv")
    # 26 to 30 January are 5 working days, 2 to 6 February 5: 430,769 cents x 5 / 10 = 215,384.5, the odd one first
    assert head[6:] == ["4", "4307.69"]
    assert [line[2:] for line in lines] == [
        ["6000", "2153.85", "0.00", "2026-01"],
        ["2200", "0.00", "2153.85", "2026-01"],
        ["6000", "2153.84", "0.00", "2026-02"],
        ["2200", "0.00", "2153.84", "2026-02"],
    ]


def test_a_month_takes_its_share_of_the_working_days() -> None:
    # England: 30 and 31 March are 2 working days; 1, 2 and 7 to 10 April 6 (3 and 6 April are Easter): 2 / 8, 6 / 8.
    parts = allocation(Money(Decimal("1000.00"), "GBP"), "GB", date(2026, 3, 30), date(2026, 4, 12))
    assert [(str(period), part.amount) for period, part in parts] == [
        ("2026-03", Decimal("250.00")),
        ("2026-04", Decimal("750.00")),
    ]


def test_the_pay_run_happens_by_itself_on_the_pay_day_and_once(mock: Files, clock: ManualClock) -> None:
    assert act(mock, "run_payroll", entity="US", period_end="2026-01-25").status == 200
    run_to(mock, clock, parse_iso(EPOCH, "2026-01-28T08:59:00Z"))
    assert names(mock, "payroll/out") == ["journal-US-2026-01-25.csv"]
    run_to(mock, clock, parse_iso(EPOCH, "2026-01-28T09:00:00Z"))
    assert names(mock, "payroll/out") == ["journal-US-2026-01-25.csv", "journal-UK-2026-01-25.csv"]
    # New York's 09:00 is 14:00 UTC; that period has been paid.
    run_to(mock, clock, parse_iso(EPOCH, "2026-01-29T00:00:00Z"))
    assert len(names(mock, "payroll/out")) == 2
    assert refused(mock, "run_payroll", entity="UK", period_end="2026-01-25") == "period_end"


def test_who_joins_is_paid_from_then_on_and_who_left_no_more(mock: Files) -> None:
    form = {"employee_id": "W-0004", "entity": "UK", "annual_gross": "26000", "first_day": "2026-01-26"}
    assert act(mock, "register_employee", **form).status == 200
    leaver = {"employee_id": "W-0002", "entity": "UK", "annual_gross": "52000", "last_day": "2026-01-25"}
    assert act(mock, "register_employee", **leaver).status == 200
    # 2,307.69 + 2,000.00, then 2,307.69 + 1,000.00
    assert act(mock, "run_payroll", entity="UK", period_end="2026-01-25").json()["gross"] == "4307.69"
    assert act(mock, "run_payroll", entity="UK", period_end="2026-02-08").json()["gross"] == "3307.69"


def test_no_file_of_the_provider_names_what_a_person_earns(clock: ManualClock) -> None:
    mock = make(clock, employees=(PayrollEmployee("W-0001", "UK", Decimal(60000)),))
    deliver(mock, clock, LINES[0])
    act(mock, "run_payroll", entity="UK", period_end="2026-01-25")
    for name in names(mock, "payroll/out"):
        assert b"W-0001" not in ask(mock, "GET", f"payroll/out/{name}").body


@pytest.mark.parametrize(
    ("action", "form", "field"),
    [
        ("run_payroll", {"entity": "FR", "period_end": "2026-01-25"}, "entity"),
        ("run_payroll", {"entity": "UK", "period_end": "2026-01-24"}, "period_end"),
        ("register_employee", {"employee_id": "W-0009", "entity": "FR", "annual_gross": 1}, "entity"),
        ("register_employee", {"employee_id": "W,9", "entity": "UK", "annual_gross": 1}, "employee_id"),
        ("register_employee", {"employee_id": "W-0009", "entity": "UK", "annual_gross": -1}, "annual_gross"),
    ],
)
def test_what_the_provider_does_not_know_is_refused(mock: Files, action: str, form: dict[str, Any], field: str) -> None:
    assert refused(mock, action, **form) == field


@given(st.integers(0, 10**9), st.integers(0, 364), st.integers(0, 40), st.sampled_from(["GB", "US", "DE", "IN"]))
def test_the_parts_of_a_period_sum_to_the_whole(cents: int, first: int, length: int, country: str) -> None:
    start = date(2026, 1, 1) + timedelta(days=first)
    end = start + timedelta(days=length)
    total = Money(Decimal(cents).scaleb(-2), "GBP")
    parts = allocation(total, country, start, end)
    assert sum((part.amount for _, part in parts), Decimal(0)) == total.amount
    assert all(period.first <= end and period.last >= start for period, _ in parts)
