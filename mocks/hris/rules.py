"""What may happen to a worker: hire, change job, transfer, change pay, terminate; rescind and correct.

One rule decides about all of them: with the new entry, the events of a worker must still make sense together.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from mocks.hris.records import (
    CHANGE_JOB,
    CHANGE_PAY,
    COMPLETED,
    CORRECTED,
    HIRE,
    JOB_FIELDS,
    PAY_FIELDS,
    PLACE_ON_LEAVE,
    RESCINDED,
    TERMINATE,
    TRANSFER,
    VALUED_PROCESSES,
)
from mocks.hris.rules_state import contradiction, counted_at, event_wid, in_order, state_on
from mocks.kit.person import FormRefused
from mocks.kit.store import Store
from sandbox.core.observe import Row

_VALUES = (*JOB_FIELDS, *PAY_FIELDS)
_ABSENCE_VALUES = ("leave_type", "expected_last_day")


@dataclass(frozen=True, slots=True)
class Entry:
    """When somebody sits at the screen: the entry moment, and the earliest effective date accepted then."""

    now_us: int
    earliest: date

    @classmethod
    def on(cls, now_us: int, today: date, days_back_max: int) -> Entry:
        """An entry today; retroactive dates at most ``days_back_max`` days back."""
        return cls(now_us, today - timedelta(days=days_back_max))

    def check(self, effective: date, field: str) -> None:
        """Raises FormRefused for a date further back than is accepted."""
        if effective < self.earliest:
            raise FormRefused(f"{effective} is too far back; the earliest date is {self.earliest}", field=field)


def hire(store: Store, person: Mapping[str, Any], job: Mapping[str, Any], hire_date: date, entry: Entry) -> Row:
    """A new worker, or a former one again (same worker, ``is_rehire``).

    Raises FormRefused when the id belongs to somebody employed on that date or the email to another worker.
    """
    entry.check(hire_date, "hire_date")
    known = store.one("worker", {"employee_id": person["employee_id"]})
    holder = store.one("worker", {"email": person["email"]})
    if holder is not None and holder["employee_id"] != person["employee_id"]:
        raise FormRefused(f"{person['email']} belongs to another worker", field="email")
    _check_manager(store, person["employee_id"], job)
    again = False
    events: list[Row] = []
    if known is None:
        known = store.insert("worker", dict(person), label=f"worker {person['employee_id']}")
    else:
        events = events_known(store, known["wid"], entry.now_us)
        if state_on(events, hire_date)["active"]:
            raise FormRefused(f"worker {person['employee_id']} is employed on {hire_date}", field="employee_id")
        again = any(event["process"] == HIRE for event in events)
    values = {**job, "is_rehire": int(again)}
    return add_event(store, known["wid"], HIRE, hire_date, entry, values, events, field="hire_date")


def change_job(store: Store, employee_id: str, job: Mapping[str, Any], effective: date, entry: Entry) -> Row:
    """Another grade, location, company, manager or part-time share from a date on. Raises FormRefused."""
    worker, events = employed(store, employee_id, effective, entry, "effective_date")
    _check_manager(store, employee_id, job)
    return add_event(store, worker["wid"], CHANGE_JOB, effective, entry, job, events)


def transfer(store: Store, employee_id: str, job: Mapping[str, Any], effective: date, entry: Entry) -> Row:
    """To another company of the group from a date on. Raises FormRefused when it is the one the worker is in."""
    worker, events = employed(store, employee_id, effective, entry, "effective_date")
    _check_manager(store, employee_id, job)
    if state_on(events, effective)["company"] == job["company"]:
        raise FormRefused(f"worker {employee_id} is in {job['company']} on {effective}", field="company")
    return add_event(store, worker["wid"], TRANSFER, effective, entry, job, events)


def change_pay(store: Store, employee_id: str, pay: Mapping[str, Any], effective: date, entry: Entry) -> Row:
    """Another salary from a date on. Raises FormRefused."""
    worker, events = employed(store, employee_id, effective, entry, "effective_date")
    return add_event(store, worker["wid"], CHANGE_PAY, effective, entry, pay, events)


def terminate(store: Store, employee_id: str, last_day: date, entry: Entry) -> Row:
    """The employment ends with ``last_day`` as last day of work, today, later or earlier. Raises FormRefused."""
    worker, events = employed(store, employee_id, last_day, entry, "termination_date")
    return add_event(store, worker["wid"], TERMINATE, last_day, entry, {}, events, field="termination_date")


def rescind(store: Store, wid: str, entry: Entry) -> Row:
    """Take a completed event back. Raises FormRefused (vendor code A219) unless it is completed.

    An event that later ones rest on (a hire, a termination before a rehire) is rescinded after them.
    """
    event = current(store, wid)
    if event["status"] != COMPLETED:
        raise FormRefused("A219: only an event that is Successfully Completed can be rescinded", field="event_wid")
    others = [each for each in events_known(store, event["worker_wid"], entry.now_us) if each["wid"] != event["wid"]]
    problem = contradiction(others)
    if problem is not None:
        raise FormRefused(f"rescind the later events first: without this one {problem}", field="event_wid")
    return store.update("event", event["wid"], {"status": RESCINDED, "rescinded_us": entry.now_us}, before=event)


def correct(store: Store, wid: str, values: Mapping[str, Any], effective: date | None, entry: Entry) -> Row:
    """Replace values or the date of a completed event; what stood there stays known as of earlier moments.

    ``values`` holds only what is to change. Raises FormRefused for an event that is not completed, a value the process
    does not have, a correction that changes nothing, or one that the worker's other events contradict.
    """
    event = current(store, wid)
    if event["status"] != COMPLETED:
        raise FormRefused("only an event that is Successfully Completed can be corrected", field="event_wid")
    for name in values:
        if name not in _values_of(event["process"]):
            raise FormRefused(f"{event['process']} has no {name}", field=name)
    changed = {name: value for name, value in values.items() if event[name] != value}
    if effective is not None and effective.isoformat() != event["effective_date"]:
        entry.check(effective, "effective_date")
        changed["effective_date"] = effective.isoformat()
    if not changed:
        raise FormRefused("nothing is corrected", field="event_wid")
    worker = store.get("worker", event["worker_wid"]) or {}
    _check_manager(store, worker["employee_id"], changed)
    return _replace(store, event, changed, entry)


def _replace(store: Store, event: Row, changed: Mapping[str, Any], entry: Entry) -> Row:
    new = {name: event[name] for name in event if not name.startswith("_") and name != "wid"}
    new |= {
        **changed,
        "entered_us": entry.now_us,
        "corrects_wid": event_wid(event),
        "initiator": store.creator,
    }
    check_leave_dates(new)
    others = [each for each in events_known(store, event["worker_wid"], entry.now_us) if each["wid"] != event["wid"]]
    problem = contradiction(in_order([*others, {**new, "wid": event_wid(event)}]))
    if problem is not None:
        raise FormRefused(problem, field="effective_date")
    store.update("event", event["wid"], {"status": CORRECTED, "corrected_us": entry.now_us}, before=event)
    return store.insert("event", new, label=f"{event_wid(event)} corrected {entry.now_us}")


def _values_of(process: str) -> tuple[str, ...]:
    if process == PLACE_ON_LEAVE:
        return _ABSENCE_VALUES
    if process == CHANGE_PAY:
        return PAY_FIELDS
    return _VALUES if process in VALUED_PROCESSES else ()


def check_leave_dates(event: Mapping[str, Any]) -> None:
    """Raises FormRefused for a leave that is expected to end before it begins."""
    if event["process"] == PLACE_ON_LEAVE and event["expected_last_day"] < event["effective_date"]:
        raise FormRefused(f"a leave from {event['effective_date']} cannot end before", field="expected_last_day")


def current(store: Store, wid: str) -> Row:
    """The row that now stands for an event; raises FormRefused when there is no such event."""
    event = store.get("event", wid)
    if event is None:
        raise FormRefused(f"no event {wid}", field="event_wid", status=404)
    if event["status"] != CORRECTED:
        return event
    later = store.find("event", {"corrects_wid": event_wid(event)}, order='"entered_us", "wid"')
    return next(each for each in later if each["corrected_us"] is None)


def history(store: Store, employee_id: str) -> list[Row]:
    """Every row ever entered about a worker, rescinded and replaced ones too, by effective date."""
    worker = store.one("worker", {"employee_id": employee_id})
    return [] if worker is None else in_order(store.find("event", {"worker_wid": worker["wid"]}))


def required(store: Store, employee_id: str) -> Row:
    """The worker of an employee id; raises FormRefused."""
    worker = store.one("worker", {"employee_id": employee_id})
    if worker is None:
        raise FormRefused(f"no worker {employee_id}", field="employee_id", status=404)
    return worker


def add_event(
    store: Store,
    worker_wid: str,
    process: str,
    effective: date,
    entry: Entry,
    values: Mapping[str, Any],
    events: list[Row],
    field: str = "effective_date",
) -> Row:
    """Write a completed business process. ``events`` are those of the worker that count now.

    Raises FormRefused at ``field`` when they deny it.
    """
    row: Row = {
        "worker_wid": worker_wid,
        "process": process,
        "effective_date": effective.isoformat(),
        "entered_us": entry.now_us,
        "initiated_us": entry.now_us,
        "status": COMPLETED,
        "initiator": store.creator,
        **values,
    }
    check_leave_dates(row)
    problem = contradiction(in_order([*events, {**row, "wid": "~"}]))
    if problem is not None:
        raise FormRefused(problem, field=field)
    return store.insert("event", row, label=f"{worker_wid} {process} {effective} {entry.now_us}")


def events_known(store: Store, worker_wid: str, known_us: int) -> list[Row]:
    """Events of a worker that counted at moment ``known_us``, in order."""
    rows = store.find("event", {"worker_wid": worker_wid})
    return in_order(row for row in rows if counted_at(row, known_us))


def employed(store: Store, employee_id: str, day: date, entry: Entry, field: str) -> tuple[Row, list[Row]]:
    """A worker employed on a day (the last day of work still counts), and the events that count now.

    Raises FormRefused for a stranger, a day too far back, a day without employment.
    """
    worker = required(store, employee_id)
    entry.check(day, field)
    events = events_known(store, worker["wid"], entry.now_us)
    if not state_on(events, day)["active"]:
        raise FormRefused(f"worker {employee_id} is not employed on {day}", field=field)
    return worker, events


def _check_manager(store: Store, employee_id: str, job: Mapping[str, Any]) -> None:
    manager = job.get("manager_employee_id")
    if manager is None:
        return
    if manager == employee_id:
        raise FormRefused("nobody is their own manager", field="manager_employee_id")
    if store.one("worker", {"employee_id": manager}) is None:
        raise FormRefused(f"no worker {manager}", field="manager_employee_id")
