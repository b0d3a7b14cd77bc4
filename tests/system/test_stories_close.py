"""Stories of the close: what the figures of the month's end alone do not show."""

from __future__ import annotations

from datetime import date

from sandbox.core.calendars import nth_workday
from sandbox.core.clock import at_local, epoch_of
from sandbox.core.periods import Period
from sandbox.firm.planning_billing import DRAFT_WD, RUN_WD
from tests.system.worlds import Judged, run

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


def test_who_gives_up_misses_it_until_the_pre_bill() -> None:
    wrong = run(OUTAGE, engine="no-retry", faults=OUTAGE)
    assert posted_minutes(wrong, workday(DRAFT_WD), "10:00") == ALL_MINUTES - WEEK_MINUTES
    # Ten people, five days.
    assert len(wrong.verdict.by_name("DEADL.late").findings) == 50
    # Revenue is counted from approvals: it stands in January all the same.
    assert [each for each in wrong.verdict.by_name("FIGURES.worked").findings if each.key.endswith("revenue")] == []
