"""The custom reports this tenant publishes: columns are ours, modelled on typical feeds (hris-workday.md 3.3).

Booleans are ``1`` and ``0``, every value is text, blank columns are left out. A report is the truth of the moment it
is asked: what was entered is in it at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from mocks.hris.prompts import Prompts
from mocks.hris.records import COMPLETED, HIRE, JOB_FIELDS, JOB_PROCESSES, TERMINATE
from mocks.hris.rules_state import counted_at, event_wid, in_order, state_on
from mocks.kit.store import Store
from sandbox.core.clock import iso_ms
from sandbox.core.money import from_scaled, plain, round_half_away
from sandbox.core.observe import Row

Entry = dict[str, str]
_WEEKDAYS = 5


@dataclass(frozen=True, slots=True)
class Setup:
    """What the tenant has set up: country by location, hours of a full week, whether salaries stand with the rest."""

    epoch: datetime
    countries: Mapping[str, str]
    weekly_hours: int
    salary_in_workers_report: bool

    def stamp(self, us: int | None) -> str | None:
        """An instant on the wire."""
        return None if us is None else iso_ms(self.epoch, us) + "Z"

    def day_minutes(self, fte: str | None) -> int:
        """Scheduled minutes of a working day: a fifth of the week, by part-time share; fractions are cut off."""
        return int(self.weekly_hours * 60 * as_decimal(fte) // _WEEKDAYS)


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a report."""

    store: Store
    setup: Setup
    prompts: Prompts
    params: dict[str, str]


def workers(run: Run) -> Iterator[Entry]:
    """``Workers_Full`` and ``Workers_Delta``: one entry per worker who was ever hired, as known."""
    setup = run.setup
    for worker, events, last_us in touched(run):
        state = state_on(events, run.prompts.as_of)
        if state["hire_date"] is None:
            # A rescinded hire: the worker vanishes, without a tombstone.
            continue
        fte = as_decimal(state["fte"])
        yield without_blanks(
            {
                "Worker_WID": worker["wid"],
                "Employee_ID": worker["employee_id"],
                "Worker_Type": "Employee",
                "Legal_First_Name": worker["first_name"],
                "Legal_Last_Name": worker["last_name"],
                "Work_Email": worker["email"],
                "Active": flag(state["active"]),
                "Hire_Date": state["hire_date"],
                "Original_Hire_Date": state["original_hire_date"],
                "Is_Rehire": flag(state["is_rehire"]),
                "Termination_Date": state["termination_date"],
                "Last_Day_of_Work": state["termination_date"],
                "Job_Profile": state["grade"],
                "Company": state["company"],
                "Location": state["location"],
                "Country_ISO": setup.countries.get(state["location"] or ""),
                "Manager_Employee_ID": state["manager_employee_id"],
                "Effective_Date": state["job_since"],
                "FTE": plain(fte),
                "Scheduled_Weekly_Hours": hours(int(fte * setup.weekly_hours * 60)),
                "On_Leave": flag(state["on_leave"]),
                "Leave_Type": state["leave_type"],
                "Leave_First_Day": state["leave_first_day"],
                "Leave_Expected_Last_Day": state["expected_last_day"],
                "Last_Functionally_Updated": setup.stamp(last_us),
                "Future_Effective": flag(state["future"]),
                **(_pay(state) if setup.salary_in_workers_report else {}),
            }
        )


def compensation(run: Run) -> Iterator[Entry]:
    """``Workers_Compensation``: salaries, for whoever may read them; no integration here has a reason to."""
    for worker, events, last_us in touched(run):
        state = state_on(events, run.prompts.as_of)
        if state["hire_date"] is not None:
            yield without_blanks(
                {
                    "Worker_WID": worker["wid"],
                    "Employee_ID": worker["employee_id"],
                    "Active": flag(state["active"]),
                    **_pay(state),
                    "Last_Functionally_Updated": run.setup.stamp(last_us),
                }
            )


def _pay(state: Row) -> dict[str, str | None]:
    base = state["annual_base"]
    return {
        "Annual_Base": None if base is None else plain(from_scaled(base)),
        "Annual_Base_Currency": state["currency"],
    }


def assignments(run: Run) -> Iterator[Entry]:
    """``Assignments_Effective_Dated``: every dated job row of the touched workers, with its end date."""
    for worker, events, _ in touched(run):
        jobs = [event for event in events if event["process"] in JOB_PROCESSES]
        ends = [event["effective_date"] for event in events if event["process"] == TERMINATE]
        held: Row = dict.fromkeys(JOB_FIELDS)
        for index, event in enumerate(jobs):
            held = {name: event[name] if event[name] is not None else held[name] for name in JOB_FIELDS}
            following = jobs[index + 1] if index + 1 < len(jobs) else None
            end = following["effective_date"] if following is not None and following["process"] != HIRE else None
            if end is None:
                end = next((day for day in ends if day >= event["effective_date"]), None)
            yield without_blanks(
                {
                    "Employee_ID": worker["employee_id"],
                    "Effective_Date": event["effective_date"],
                    "End_Date": end,
                    "Event_WID": event_wid(event),
                    "Business_Process_Type": event["process"],
                    "Event_Status": COMPLETED,
                    "Company_ID": held["company"],
                    "Job_Profile": held["grade"],
                    "FTE": plain(as_decimal(held["fte"])),
                    "Location_ID": held["location"],
                    "Manager_Employee_ID": held["manager_employee_id"],
                }
            )


# Workers with an entry in the window; whether it was their last, and known then, is looked at one by one.
_TOUCHED = """
    SELECT "worker_wid" FROM "event" WHERE "entered_us" BETWEEN :first AND :last
    UNION SELECT "worker_wid" FROM "event" WHERE "rescinded_us" BETWEEN :first AND :last
"""
_WORKERS = f'SELECT * FROM "worker" WHERE "wid" IN ({_TOUCHED}) ORDER BY "employee_id"'
_EVENTS = f'SELECT * FROM "event" WHERE "worker_wid" IN ({_TOUCHED})'
_ALL_WORKERS = 'SELECT * FROM "worker" ORDER BY "employee_id"'
_ALL_EVENTS = 'SELECT * FROM "event"'


def touched(run: Run) -> Iterator[tuple[Row, list[Row], int]]:
    """Workers last changed within the window: worker, the events that counted, the moment of the last change."""
    asked = run.prompts
    windowed = asked.updated_from_us is not None or asked.updated_through_us is not None
    first, last = asked.window
    arguments = {"first": first, "last": last} if windowed else {}
    found = run.store.select(_WORKERS if windowed else _ALL_WORKERS, arguments)
    if not found:
        # The common case of a poll.
        return
    by_worker: dict[str, list[Row]] = {}
    for row in run.store.select(_EVENTS if windowed else _ALL_EVENTS, arguments):
        by_worker.setdefault(row["worker_wid"], []).append(row)
    known_us = asked.known_us
    for worker in found:
        rows = by_worker.get(worker["wid"], [])
        moments = [row[name] for row in rows for name in ("entered_us", "rescinded_us") if row[name] is not None]
        moment = max((each for each in moments if each <= known_us), default=None)
        if moment is not None and asked.in_window(moment):
            yield worker, in_order(row for row in rows if counted_at(row, known_us)), moment


def as_decimal(fte: str | None) -> Decimal:
    """The part-time share of a job, 1 where nothing is said."""
    return Decimal(fte or "1")


def hours(minutes: int) -> str:
    """Minutes as hours without trailing zeros: ``450`` -> ``7.5``; to the hundredth, half away from zero."""
    text = plain(round_half_away(Decimal(minutes) / 60, 2))
    return text.rstrip("0").rstrip(".")


def flag(value: Any) -> str:
    """A boolean on the wire."""
    return "1" if value else "0"


def without_blanks(entry: Mapping[str, Any]) -> Entry:
    """An entry without its blank columns."""
    return {name: value for name, value in entry.items() if value is not None}


Report = Callable[[Run], Iterator[Entry]]
