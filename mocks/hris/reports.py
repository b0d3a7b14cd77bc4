"""The custom reports this tenant publishes: columns are ours, modelled on typical feeds (hris-workday.md 3.3)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from mocks.hris.records import COMPLETED, HIRE, JOB_FIELDS, TERMINATE
from mocks.hris.rules import counted_at, state_on
from mocks.kit.store import Store
from sandbox.core.clock import iso_ms, local_date, parse_iso
from sandbox.core.observe import Row

_EVER = (-(2**62), 2**62)
TENANT_ZONE = "America/Los_Angeles"
Entry = dict[str, str]


@dataclass(frozen=True, slots=True)
class Prompts:
    """A report run: the as-of pair, and the window of entry moments (both ends inclusive)."""

    as_of: date
    known_us: int
    updated_from_us: int | None
    updated_through_us: int | None


def prompts(params: dict[str, str], epoch: Any, now_us: int) -> Prompts:
    """Read the prompts; raises ValueError naming the one that does not fit. Unknown ones are ignored, as by Workday."""
    read: dict[str, int | None] = {}
    for name in ("Updated_From", "Updated_Through", "Entry_Moment"):
        text = params.get(name)
        try:
            read[name] = parse_iso(epoch, text) if text else None
        except ValueError as wrong:
            raise ValueError(f"{name}: expected a date-time with a zone, got {text!r}") from wrong
    effective = params.get("Effective_as_of_Date")
    try:
        as_of = date.fromisoformat(effective) if effective else local_date(epoch, now_us, TENANT_ZONE)
    except ValueError as wrong:
        raise ValueError(f"Effective_as_of_Date: expected YYYY-MM-DD, got {effective!r}") from wrong
    known = read["Entry_Moment"]
    return Prompts(as_of, now_us if known is None else known, read["Updated_From"], read["Updated_Through"])


def workers(store: Store, epoch: Any, prompts: Prompts) -> Iterator[Entry]:
    """``Workers_Full`` and ``Workers_Delta``: one entry per worker; blank columns are left out."""
    for worker, events, last_us in _touched(store, prompts):
        state = state_on(events, prompts.as_of)
        if state["hire_date"] is None:
            # A rescinded hire: the worker vanishes, without a tombstone.
            continue
        yield _without_blanks(
            {
                "Worker_WID": worker["wid"],
                "Employee_ID": worker["employee_id"],
                "Worker_Type": "Employee",
                "Legal_First_Name": worker["first_name"],
                "Legal_Last_Name": worker["last_name"],
                "Work_Email": worker["email"],
                "Active": "1" if state["active"] else "0",
                "Hire_Date": state["hire_date"],
                "Original_Hire_Date": state["original_hire_date"],
                "Termination_Date": state["termination_date"],
                "Last_Day_of_Work": state["termination_date"],
                "Job_Profile": state["grade"],
                "Company": state["company"],
                "Location": state["location"],
                "Manager_Employee_ID": state["manager_employee_id"],
                "Effective_Date": state["job_since"],
                "FTE": "1",
                "Last_Functionally_Updated": iso_ms(epoch, last_us) + "Z",
                "Future_Effective": "1" if state["future"] else "0",
            }
        )


def assignments(store: Store, epoch: Any, prompts: Prompts) -> Iterator[Entry]:
    """``Assignments_Effective_Dated``: every dated job row of the touched workers, with its end date."""
    for worker, events, _ in _touched(store, prompts):
        jobs = [event for event in events if event["process"] != TERMINATE]
        ends = [event["effective_date"] for event in events if event["process"] == TERMINATE]
        held: dict[str, Any] = dict.fromkeys(JOB_FIELDS)
        for index, event in enumerate(jobs):
            held = {name: event[name] if event[name] is not None else held[name] for name in JOB_FIELDS}
            following = jobs[index + 1] if index + 1 < len(jobs) else None
            end = following["effective_date"] if following is not None and following["process"] != HIRE else None
            if end is None:
                end = next((day for day in ends if day >= event["effective_date"]), None)
            yield _without_blanks(
                {
                    "Employee_ID": worker["employee_id"],
                    "Effective_Date": event["effective_date"],
                    "End_Date": end,
                    "Event_WID": event["wid"],
                    "Business_Process_Type": event["process"],
                    "Event_Status": COMPLETED,
                    "Company_ID": held["company"],
                    "Job_Profile": held["grade"],
                    "Location_ID": held["location"],
                }
            )


# Workers with an entry in the window; whether it was their last, and known then, is looked at one by one.
_CANDIDATES = """
    SELECT "wid", "employee_id", "first_name", "last_name", "email" FROM "worker" WHERE "wid" IN (
        SELECT "worker_wid" FROM "event" WHERE "entered_us" BETWEEN :first AND :last
        UNION SELECT "worker_wid" FROM "event" WHERE "rescinded_us" BETWEEN :first AND :last
    ) ORDER BY "employee_id"
"""


def _touched(store: Store, prompts: Prompts) -> Iterator[tuple[Row, list[Row], int]]:
    first = prompts.updated_from_us if prompts.updated_from_us is not None else _EVER[0]
    last = prompts.updated_through_us if prompts.updated_through_us is not None else _EVER[1]
    for worker in store.select(_CANDIDATES, {"first": first, "last": last}):
        rows = store.find("event", {"worker_wid": worker["wid"]}, order='"effective_date", "entered_us", "wid"')
        moments = [row["entered_us"] for row in rows if row["entered_us"] <= prompts.known_us]
        moments += [row["rescinded_us"] for row in rows if row["rescinded_us"] is not None]
        moments = [moment for moment in moments if moment <= prompts.known_us]
        if not moments or not _in_window(max(moments), prompts):
            continue
        yield worker, [row for row in rows if counted_at(row, prompts.known_us)], max(moments)


def _in_window(moment: int, prompts: Prompts) -> bool:
    after = prompts.updated_from_us is None or moment >= prompts.updated_from_us
    return after and (prompts.updated_through_us is None or moment <= prompts.updated_through_us)


def _without_blanks(entry: dict[str, Any]) -> Entry:
    return {name: value for name, value in entry.items() if value is not None}


REPORTS: dict[str, Callable[[Store, Any, Prompts], Iterator[Entry]]] = {
    "Workers_Full": workers,
    "Workers_Delta": workers,
    "Assignments_Effective_Dated": assignments,
}
