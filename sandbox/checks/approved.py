"""Approved time of the PSA, and the month each timecard belongs to."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING

from sandbox.core.observe import Row
from sandbox.core.periods import Period

if TYPE_CHECKING:
    from sandbox.checks.case import Case


def approved_time(case: Case) -> Iterable[tuple[Row, str, str, Period]]:
    """(time entry, engagement, contract line, posting period) of every approved timecard."""
    submissions = case.rows("psa.timesheet_submission")
    # Time that moved is time of where it is now from then on.
    moved: dict[str, int] = {}
    for trail in case.rows("psa.time_transfer").values():
        moved[trail["time_entry_id"]] = max(moved.get(trail["time_entry_id"], 0), trail["_created_us"])
    for entry in case.rows("psa.time_entry").values():
        if not entry["approved"]:
            continue
        engagement = case.ref("psa.workspace", entry["workspace_id"])
        line = case.ref("psa.story", entry["story_id"])
        if engagement is None or line is None or engagement not in case.terms:
            continue
        decided_us = submissions[entry["active_submission_id"]]["current_resolution_us"]
        decided_us = max(decided_us, moved.get(entry["id"], 0))
        entity = case.plan.entity(case.terms[engagement].entity)
        service = date.fromisoformat(entry["date_performed"])
        yield entry, engagement, line, case.interface.posting_period(case.plan.start, entity, service, decided_us)
