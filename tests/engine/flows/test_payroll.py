"""Payroll files as the engine reads them: whole, with the control totals they say, or not at all."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from sandbox.core.csvfiles import read_records, write_records
from sandbox.core.periods import Period
from sandbox.engine.flows.payroll import _journal, _stem
from sandbox.engine.policy import FINANCE, Policy
from sandbox.engine.resilience import Refused
from sandbox.engine.weakened import PayDay

GOOD = """H,UK,2026-01-21,2026-02-03,2026-02-05,GBP,4,8904.31
L,1,6000,7123.45,0.00,2026-01
L,2,2200,0.00,7123.45,2026-01
L,3,6000,1780.86,0.00,2026-02
L,4,2200,0.00,1780.86,2026-02
"""
NAME = "journal-UK-2026-02-03.csv"


def test_a_journal_is_read_line_by_line_with_its_months() -> None:
    journal = _journal(NAME, read_records(GOOD))
    assert (journal.entity, journal.period_end, journal.pay_day) == ("UK", date(2026, 2, 3), date(2026, 2, 5))
    assert [(line.account, line.debit, line.period) for line in journal.lines[::2]] == [
        ("6000", Decimal("7123.45"), Period(2026, 1)),
        ("6000", Decimal("1780.86"), Period(2026, 2)),
    ]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (",4,8904.31", ",5,8904.31", "says 5 lines and 8904.31, and has 4 lines"),
        (",4,8904.31", ",4,8904.30", "says 4 lines and 8904.30"),
        ("L,1,6000,7123.45", "L,1,6000,7123.46", "debit 8904.32, credit 8904.31"),
        ("L,2,2200,0.00,7123.45", "L,2,2200,0.00,7123.44", "credit 8904.30"),
        ("L,4,2200,0.00,1780.86,2026-02\n", "", "has 3 lines"),
        ("7123.45", "seven", "is no payroll journal"),
        ("L,1,6000,7123.45,0.00,2026-01", "L,1,6000", "is no payroll journal"),
        (",2026-02-05,", ",soon,", "is no payroll journal"),
        (GOOD, "", "is no payroll journal"),
    ],
)
def test_a_journal_that_is_not_what_it_says_is_refused_for_finance(old: str, new: str, told: str) -> None:
    with pytest.raises(Refused) as refused:
        _journal(NAME, read_records(GOOD.replace(old, new)))
    assert told in refused.value.message
    assert Policy().owner("payroll", refused.value.status) == FINANCE


def test_the_name_of_a_file_without_its_number_is_the_pay_period() -> None:
    assert _stem("time-UK-2026-01-21-2026-02-03-12.csv") == "time-UK-2026-01-21-2026-02-03"


def test_the_reference_posts_where_the_provider_says_and_the_weakened_one_on_pay_day() -> None:
    said, pay_day = Period(2026, 1), date(2026, 2, 5)
    assert Policy().payroll_month(said, pay_day) == said
    assert PayDay().payroll_month(said, pay_day) == Period(2026, 2)


def test_records_come_back_as_they_were_written() -> None:
    records = [["H", "a,b", 'say "yes"'], ["L", "", "ä"]]
    assert read_records(write_records(records)) == records
    assert write_records([("L", "1")]) == "L,1\n"
    with pytest.raises(ValueError, match="unexpected end"):
        read_records('"open')
