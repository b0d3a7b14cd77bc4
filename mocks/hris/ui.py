"""The person surface: hire, change job, terminate and rescind, done by somebody in HR at a screen."""

from __future__ import annotations

from datetime import date
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from mocks.hris import rules
from mocks.kit.app import Call
from mocks.kit.person import Actions

ACTIONS = Actions()


class Form(BaseModel):
    """A form takes the fields it knows and no others."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class HireForm(Form):
    """A new employment from ``hire_date`` on."""

    employee_id: str = Field(pattern=r"^[A-Z]-\d{4,}$")
    first_name: str = Field(min_length=1)
    last_name: str = Field(min_length=1)
    email: str = Field(pattern=r"^[^@\s]+@[^@\s]+$")
    hire_date: date
    grade: str
    company: str
    location: str
    manager_employee_id: str | None = None


class ChangeJobForm(Form):
    """Another grade, company or location from a date on."""

    employee_id: str
    effective_date: date
    grade: str | None = None
    company: str | None = None
    location: str | None = None
    manager_employee_id: str | None = None


class TerminateForm(Form):
    """``termination_date`` is the last day of work."""

    employee_id: str
    termination_date: date


class WorkerForm(Form):
    """Somebody who works here, worked here, or may."""

    employee_id: str


class RescindForm(Form):
    """Take back a completed event."""

    event_wid: str


@ACTIONS.add("hire", HireForm)
def hire(call: Call, form: HireForm) -> dict[str, Any]:
    """Hire somebody."""
    person = form.model_dump(include={"employee_id", "first_name", "last_name", "email"})
    job = form.model_dump(include={"grade", "company", "location", "manager_employee_id"})
    event = rules.hire(call.store, person, job, form.hire_date, call.now_us)
    return {"event_wid": event["wid"], "worker_wid": event["worker_wid"], "status": event["status"]}


@ACTIONS.add("change_job", ChangeJobForm)
def change_job(call: Call, form: ChangeJobForm) -> dict[str, Any]:
    """Promote or transfer somebody."""
    job = form.model_dump(include={"grade", "company", "location", "manager_employee_id"})
    event = rules.change_job(call.store, form.employee_id, job, form.effective_date, call.now_us)
    return {"event_wid": event["wid"], "status": event["status"]}


@ACTIONS.add("terminate", TerminateForm)
def terminate(call: Call, form: TerminateForm) -> dict[str, Any]:
    """End an employment, today, in the future or in the past."""
    event = rules.terminate(call.store, form.employee_id, form.termination_date, call.now_us)
    return {"event_wid": event["wid"], "status": event["status"]}


@ACTIONS.add("worker_history", WorkerForm)
def worker_history(call: Call, form: WorkerForm) -> list[dict[str, Any]]:
    """What was ever entered about a worker, oldest effective date first; nothing for a stranger."""
    return [
        {
            "event_wid": event["wid"],
            "process": event["process"],
            "effective_date": event["effective_date"],
            "status": event["status"],
            "grade": event["grade"],
        }
        for event in rules.history(call.store, form.employee_id)
    ]


@ACTIONS.add("rescind", RescindForm)
def rescind(call: Call, form: RescindForm) -> dict[str, Any]:
    """Rescind a completed event."""
    event = rules.rescind(call.store, form.event_wid, call.now_us)
    return {"event_wid": event["wid"], "status": event["status"]}
