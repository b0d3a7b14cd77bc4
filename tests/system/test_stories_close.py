"""Stories of the close: what the figures of the month's end alone do not show."""

from __future__ import annotations

from datetime import date
from typing import Any, cast

import pytest

from sandbox.core.calendars import nth_workday
from sandbox.core.clock import at_local, epoch_of
from sandbox.core.periods import Period
from sandbox.firm.planning_billing import DRAFT_WD, RUN_WD
from tests.system.worlds import Judged, run

pytestmark = pytest.mark.stories

OUTAGE = "outage-at-cut-off"
ALL_MINUTES, WEEK_MINUTES, RATE = 1_480 * 60, 310 * 60, 180


def posted_minutes(judged: Judged, day: date, clock_time: str) -> int:
    """Minutes of time in the ERP at an instant in New York."""
    until_us = at_local(epoch_of(judged.world.plan.start), day, clock_time, "America/New_York")
    rows = judged.case.rows("erp.timeBill").values()
    return sum(row["hours"] for row in rows if row["_created_us"] <= until_us)


def workday(number: int) -> date:
    """A workday of February."""
    return nth_workday("US", Period.parse("2026-02"), number)


def test_a_week_is_missing_at_the_cut_off_and_there_when_revenue_is_run() -> None:
    judged = run(OUTAGE, faults=OUTAGE)
    assert posted_minutes(judged, workday(1), "12:00") == ALL_MINUTES - WEEK_MINUTES
    assert WEEK_MINUTES * RATE // 60 == 55_800
    assert posted_minutes(judged, workday(RUN_WD), "17:00") == ALL_MINUTES
    assert {fault["fkind"] for fault in judged.case.fired} == {"W01"}
    # Nothing was given up: it only waited.
    assert judged.case.letters == set()


def closed(judged: Judged, entity: str, month: str) -> dict[str, Any]:
    """The engine's last report of the close of a month."""
    reports = [entry["report"] for entry in judged.case.history if entry.get("event") == "close"]
    return cast("dict[str, Any]", [each for each in reports if (each["entity"], each["period"]) == (entity, month)][-1])


def ledger(judged: Judged, account: str, month: str) -> int:
    """What an account moved in a month, in minor units, debit positive."""
    return judged.books.ledger.total(account, where=lambda line: line.period == month)


def test_the_close_report_says_what_is_not_billed_and_revenue_is_that_of_all_hours() -> None:
    judged = run(OUTAGE, faults=OUTAGE)
    totals = closed(judged, "US", "2026-01")["at_cutoff"]
    assert (totals["approved"]["minutes"], totals["posted"]["minutes"]) == (ALL_MINUTES, ALL_MINUTES - WEEK_MINUTES)
    assert totals["unposted_value"] == {"USD": "55800.00"}
    # When the ERP is asked, the backlog is on its way.
    assert ALL_MINUTES - WEEK_MINUTES < closed(judged, "US", "2026-01")["in_erp"]["minutes"] <= ALL_MINUTES
    assert -ledger(judged, "4000", "2026-01") == 1_480 * RATE * 100
    calm = closed(run(OUTAGE, faults="none"), "US", "2026-01")["at_cutoff"]
    assert (calm["posted"], calm["unposted_value"]) == (calm["approved"], {})


def test_who_gives_up_misses_it_until_the_pre_bill() -> None:
    wrong = run(OUTAGE, engine="no-retry", faults=OUTAGE)
    assert posted_minutes(wrong, workday(DRAFT_WD), "10:00") == ALL_MINUTES - WEEK_MINUTES
    # Ten people, five days.
    assert len(wrong.verdict.by_name("DEADL.late").findings) == 50
    # Revenue is counted from approvals: it stands in January all the same.
    assert [each for each in wrong.verdict.by_name("FIGURES.worked").findings if each.key.endswith("revenue")] == []


DOWN = "erp-down-at-close"


def test_what_finance_guessed_is_taken_back_and_the_real_cost_is_left() -> None:
    judged = run(DOWN, faults=DOWN)
    assert {fault["fkind"] for fault in judged.case.fired} == {"W01"}
    (accrual,) = closed(judged, "US", "2026-03")["accruals"]
    assert (accrual["cost"], accrual["by_hand"]) == ("78400.00", True)
    march, april = (ledger(judged, "5000", month) for month in ("2026-03", "2026-04"))
    assert (march, april, march + april) == (8_000_000, -160_000, 7_840_000)
    assert ledger(judged, "6090", "2026-03") == -march


def test_who_does_not_look_accrues_on_top_of_it() -> None:
    wrong = run(DOWN, engine="accrues-twice", faults=DOWN)
    assert ledger(wrong, "5000", "2026-03") == 15_840_000
    titles = {each.key: each.title for each in wrong.verdict.by_name("FIGURES.worked").findings}
    assert titles["ENG-01 2026-03 cost"].endswith("cost is 158,400.00 USD, expected 80,000.00 USD")


LATE_STORY = "late-time-closed-period"


@pytest.mark.parametrize("faults", ["none", "lost-accrual"])
def test_an_accrual_stands_once_and_is_taken_back_once(faults: str) -> None:
    judged = run(LATE_STORY, faults=faults)
    named = [row for row in judged.case.rows("erp.journalEntry").values() if row["reversalDate"]]
    assert sorted(row["externalId"] for row in named) == ["ACC-ENG-01-2026-01-US", "ACC-ENG-02-2026-01-US"]
    assert {(row["tranDate"], row["reversalDate"], row["custbody_poster"]) for row in named} == {
        ("2026-01-31", "2026-02-01", "manual")
    }
    assert len({row["reversalEntry"] for row in named}) == 2
    # 3,600.00 and 2,880.00 are in January; February has 3,375.00 + 2,880.00 of late time, less both.
    assert [ledger(judged, "5000", month) for month in ("2026-01", "2026-02")] == [2_952_000, -22_500]
    assert {fault["fkind"] for fault in judged.case.fired} == (set() if faults == "none" else {"W04"})


def test_who_accrues_without_a_key_leaves_a_second_journal() -> None:
    wrong = run(LATE_STORY, engine="no-key", faults="lost-accrual")
    extra = [each for each in wrong.verdict.by_name("CONV.final").findings if "journalEntry" in each.title]
    assert extra
