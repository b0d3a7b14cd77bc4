"""Reports about absence and calendars, about what was entered, and about what work costs."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from mocks.hris.prompts import Prompts, span
from mocks.hris.records import CANCELED, COMPLETED, CORRECTED, RESCINDED
from mocks.hris.reports import (
    Entry,
    Report,
    Run,
    assignments,
    compensation,
    hours,
    touched,
    without_blanks,
    workers,
)
from mocks.hris.rules_absence import off_at, time_off_wid
from mocks.hris.rules_rates import as_known
from mocks.hris.rules_state import counted_at, event_wid, state_on
from sandbox.core.calendars import is_known, is_workday
from sandbox.core.money import from_scaled, plain
from sandbox.core.observe import Row

_DAY = timedelta(days=1)
_SATURDAY = 5


def absence_days(run: Run) -> Iterator[Entry]:
    """``Absence_Days``: hours of absence per worker and day from ``From_Date`` to ``Through_Date``.

    A leave takes the scheduled hours of every working day of the worker's location, time off the hours entered.
    """
    first, last = span(run.params)
    off = _time_off_by_worker(run, first, last)
    everybody = Run(run.store, run.setup, Prompts(run.prompts.as_of, run.prompts.known_us, None, None), run.params)
    for worker, events, _ in touched(everybody):
        mine = off.get(worker["wid"], {})
        leaves = any(event["leave_type"] is not None for event in events)
        if not mine and not leaves:
            continue
        for day in _days(first, last):
            if not leaves and day.isoformat() not in mine:
                continue
            state = state_on(events, day)
            if not state["active"]:
                continue
            if state["on_leave"]:
                if _works(run, state["location"], day):
                    minutes = run.setup.day_minutes(state["fte"])
                    yield _absence(worker, day, "Leave of Absence", state["leave_type"], minutes)
                continue
            for row in mine.get(day.isoformat(), ()):
                yield _absence(worker, day, "Time Off", row["type"], row["minutes"])


def _absence(worker: Row, day: date, kind: str, name: str, minutes: int) -> Entry:
    return {
        "Employee_ID": worker["employee_id"],
        "Date": day.isoformat(),
        "Absence_Kind": kind,
        "Absence_Type": name,
        "Hours": hours(minutes),
    }


def _time_off_by_worker(run: Run, first: date, last: date) -> dict[str, dict[str, list[Row]]]:
    found: dict[str, dict[str, list[Row]]] = {}
    rows = run.store.select(
        'SELECT * FROM "time_off" WHERE "date" BETWEEN ? AND ? ORDER BY "date", "initiated_us", "wid"',
        (first.isoformat(), last.isoformat()),
    )
    for row in rows:
        if off_at(row, run.prompts.known_us):
            found.setdefault(row["worker_wid"], {}).setdefault(row["date"], []).append(row)
    return found


def time_off(run: Run) -> Iterator[Entry]:
    """``Time_Off_Delta``: every time-off entry written or canceled within the window, as it stood at the moment."""
    first, last = run.prompts.window
    rows = run.store.select(
        'SELECT t.*, w."employee_id" FROM "time_off" t JOIN "worker" w ON w."wid" = t."worker_wid" '
        'WHERE t."entered_us" BETWEEN :first AND :last OR t."canceled_us" BETWEEN :first AND :last '
        'ORDER BY w."employee_id", t."date", t."initiated_us", t."entered_us", t."wid"',
        {"first": first, "last": last},
    )
    known_us = run.prompts.known_us
    for row in rows:
        if row["entered_us"] > known_us or (row["corrected_us"] is not None and row["corrected_us"] <= known_us):
            continue
        canceled = row["canceled_us"] is not None and row["canceled_us"] <= known_us
        moment = row["canceled_us"] if canceled else row["entered_us"]
        if not run.prompts.in_window(moment):
            continue
        corrected = CORRECTED if row["corrects_wid"] is not None else "Approved"
        yield without_blanks(
            {
                "Employee_ID": row["employee_id"],
                "Time_Off_Entry_WID": time_off_wid(row),
                "Time_Off_Type": row["type"],
                "Date": row["date"],
                "Units": hours(row["minutes"]),
                "Unit_of_Time": "Hours",
                "Status": CANCELED if canceled else corrected,
                "Entered_On": run.setup.stamp(row["initiated_us"]),
                "Last_Functionally_Updated": run.setup.stamp(moment),
            }
        )


def processes(run: Run) -> Iterator[Entry]:
    """``Business_Process_Events``: every event completed or rescinded within the window; a rescinded one stays."""
    first, last = run.prompts.window
    rows = run.store.select(
        'SELECT e.*, w."employee_id" FROM "event" e JOIN "worker" w ON w."wid" = e."worker_wid" '
        'WHERE e."entered_us" BETWEEN :first AND :last OR e."rescinded_us" BETWEEN :first AND :last '
        'ORDER BY w."employee_id", e."effective_date", e."initiated_us", e."wid"',
        {"first": first, "last": last},
    )
    known_us = run.prompts.known_us
    for row in rows:
        rescinded = row["rescinded_us"] is not None and row["rescinded_us"] <= known_us
        if not rescinded and not counted_at(row, known_us):
            continue
        if not run.prompts.in_window(row["rescinded_us"] if rescinded else row["entered_us"]):
            continue
        yield without_blanks(
            {
                "Event_WID": event_wid(row),
                "Business_Process_Type": row["process"],
                "Worker": row["employee_id"],
                "Effective_Date": row["effective_date"],
                "Initiated_On": run.setup.stamp(row["initiated_us"]),
                "Completed_On": run.setup.stamp(row["entered_us"]),
                "Status": RESCINDED if rescinded else COMPLETED,
                "Rescinded_On": run.setup.stamp(row["rescinded_us"]) if rescinded else None,
            }
        )


def holidays(run: Run) -> Iterator[Entry]:
    """``Holiday_Calendar``: public holidays per location from ``From_Date`` to ``Through_Date``, weekends left out."""
    first, last = span(run.params)
    for location, country in sorted(run.setup.countries.items()):
        if not is_known(country):
            continue
        for day in _days(first, last):
            if day.weekday() < _SATURDAY and not is_workday(country, day):
                yield {"Location": location, "Country_ISO": country, "Date": day.isoformat()}


def _works(run: Run, location: str | None, day: date) -> bool:
    country = run.setup.countries.get(location or "")
    if country is None or not is_known(country):
        return day.weekday() < _SATURDAY
    return is_workday(country, day)


def _days(first: date, last: date) -> Iterator[date]:
    for number in range((last - first).days + 1):
        yield first + number * _DAY


def cost_rates(run: Run) -> Iterator[Entry]:
    """``Cost_Rates``: what work costs, per worker or job profile, from a date on; those changed within the window."""
    for rate in as_known(run.store.find("cost_rate"), run.prompts.known_us):
        if run.prompts.in_window(rate.changed_us):
            row = rate.row
            yield without_blanks(
                {
                    "Employee_ID": row["employee_id"],
                    "Job_Profile": row["job_profile"],
                    "Company": row["company"],
                    "Rate_Type": row["rate_type"],
                    "Amount": plain(from_scaled(row["amount"])),
                    "Currency": row["currency"],
                    "Effective_Date": row["effective_date"],
                    "End_Date": rate.end_date,
                    "Last_Functionally_Updated": run.setup.stamp(rate.changed_us),
                }
            )


REPORTS: dict[str, Report] = {
    "Workers_Full": workers,
    "Workers_Delta": workers,
    "Workers_Compensation": compensation,
    "Assignments_Effective_Dated": assignments,
    "Cost_Rates": cost_rates,
    "Absence_Days": absence_days,
    "Time_Off_Delta": time_off,
    "Business_Process_Events": processes,
    "Holiday_Calendar": holidays,
}
