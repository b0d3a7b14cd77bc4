"""The bitemporal rules: what may happen to a worker, and the state of the world on date E as known at moment M."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from mocks.hris.records import CHANGE_JOB, COMPLETED, HIRE, JOB_FIELDS, RESCINDED, TERMINATE
from mocks.kit.person import FormRefused
from mocks.kit.store import Store
from sandbox.core.observe import Row

_BY_DATE = '"effective_date", "entered_us", "wid"'


def hire(store: Store, person: Mapping[str, Any], job: Mapping[str, Any], hire_date: date, now_us: int) -> Row:
    """A new worker, or a former one again. Raises FormRefused when the id or email belongs to an active worker."""
    known = store.one("worker", {"employee_id": person["employee_id"]})
    if known is None:
        if store.one("worker", {"email": person["email"]}) is not None:
            raise FormRefused(f"{person['email']} belongs to another worker", field="email")
        known = store.insert("worker", dict(person), label=f"worker {person['employee_id']}")
    elif employed_on(store, known["wid"], hire_date, now_us):
        raise FormRefused(f"worker {person['employee_id']} is employed on {hire_date}", field="employee_id")
    return add_event(store, known["wid"], HIRE, hire_date, now_us, job)


def change_job(store: Store, employee_id: str, job: Mapping[str, Any], effective: date, now_us: int) -> Row:
    """Promotion or transfer from a date on. Raises FormRefused for a stranger, or a date outside the employment."""
    worker = required(store, employee_id)
    if not employed_on(store, worker["wid"], effective, now_us):
        raise FormRefused(f"worker {employee_id} is not employed on {effective}", field="effective_date")
    return add_event(store, worker["wid"], CHANGE_JOB, effective, now_us, job)


def terminate(store: Store, employee_id: str, last_day: date, now_us: int) -> Row:
    """The employment ends with ``last_day`` as last day of work. Raises FormRefused when there is none on that day."""
    worker = required(store, employee_id)
    if not employed_on(store, worker["wid"], last_day, now_us):
        raise FormRefused(f"worker {employee_id} is not employed on {last_day}", field="termination_date")
    return add_event(store, worker["wid"], TERMINATE, last_day, now_us, {})


def rescind(store: Store, event_wid: str, now_us: int) -> Row:
    """Take a completed event back. Raises FormRefused (vendor code A219) unless it is completed."""
    event = store.get("event", event_wid)
    if event is None:
        raise FormRefused(f"no event {event_wid}", field="event_wid", status=404)
    if event["status"] != COMPLETED:
        raise FormRefused("A219: only an event that is Successfully Completed can be rescinded", field="event_wid")
    return store.update("event", event_wid, {"status": RESCINDED, "rescinded_us": now_us})


def history(store: Store, employee_id: str) -> list[Row]:
    """Every event of a worker, rescinded ones too, by effective date, then entry."""
    worker = store.one("worker", {"employee_id": employee_id})
    if worker is None:
        return []
    return store.find("event", {"worker_wid": worker["wid"]}, order=_BY_DATE)


def required(store: Store, employee_id: str) -> Row:
    """The worker of an employee id; raises FormRefused."""
    worker = store.one("worker", {"employee_id": employee_id})
    if worker is None:
        raise FormRefused(f"no worker {employee_id}", field="employee_id", status=404)
    return worker


def add_event(store: Store, worker_wid: str, process: str, effective: date, now_us: int, job: Mapping[str, Any]) -> Row:
    """Write a completed business process."""
    values = {
        "worker_wid": worker_wid,
        "process": process,
        "effective_date": effective.isoformat(),
        "entered_us": now_us,
        "status": COMPLETED,
        "initiator": store.creator,
        **{name: job.get(name) for name in JOB_FIELDS},
    }
    return store.insert("event", values, label=f"{worker_wid} {process} {effective} {now_us}")


def events_known(store: Store, worker_wid: str, known_us: int) -> list[Row]:
    """Events of a worker that counted at moment ``known_us``, by effective date, then entry."""
    rows = store.find("event", {"worker_wid": worker_wid}, order=_BY_DATE)
    return [row for row in rows if counted_at(row, known_us)]


def counted_at(event: Row, known_us: int) -> bool:
    """Entered by then and not rescinded by then."""
    return event["entered_us"] <= known_us and (event["rescinded_us"] is None or event["rescinded_us"] > known_us)


def employed_on(store: Store, worker_wid: str, day: date, known_us: int) -> bool:
    """Whether the worker is employed on a day, as known at a moment. The last day of work still counts."""
    return bool(state_on(events_known(store, worker_wid, known_us), day)["active"])


def state_on(events: list[Row], day: date) -> dict[str, Any]:
    """Projection of events (by effective date) on a day: employment dates and the job then held.

    A future hire is not active before its date; a future termination fills ``termination_date`` at entry while the
    worker stays active through that day (hris-workday.md section 7).
    """
    text = day.isoformat()
    state: dict[str, Any] = {
        "active": False,
        "hire_date": None,
        "original_hire_date": None,
        "termination_date": None,
        "job_since": None,
        "future": False,
        **dict.fromkeys(JOB_FIELDS),
    }
    for event in events:
        effective = event["effective_date"]
        begun = effective <= text
        state["future"] = state["future"] or not begun
        if event["process"] == HIRE:
            if begun or state["hire_date"] is None:
                state.update(hire_date=effective, termination_date=None, active=begun)
                state["original_hire_date"] = state["original_hire_date"] or effective
        elif event["process"] == TERMINATE:
            state["termination_date"] = effective
            state["active"] = state["active"] and text <= effective
        first_job = state["job_since"] is None
        if event["process"] in (HIRE, CHANGE_JOB) and (begun or first_job):
            state["job_since"] = effective
            state.update({name: event[name] for name in JOB_FIELDS if event[name] is not None})
    return state
