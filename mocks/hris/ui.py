"""The person surface: what somebody in HR does at a screen. Every process completes at once."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from mocks.hris import rules
from mocks.hris.prompts import TENANT_ZONE
from mocks.hris.records import JOB_FIELDS
from mocks.hris.rules_state import event_wid
from mocks.kit.app import Call
from mocks.kit.person import Actions
from sandbox.core.clock import local_date
from sandbox.core.money import plain, to_scaled
from sandbox.core.observe import Row

ACTIONS = Actions()

# Share of full time, and a salary of a full year.
Share = Annotated[Decimal, Field(gt=0, le=1, decimal_places=2)]
Salary = Annotated[Decimal, Field(gt=0, max_digits=14, decimal_places=4)]
Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
Named = Annotated[str, Field(min_length=1)]


class Form(BaseModel):
    """A form takes the fields it knows and no others."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class JobForm(Form):
    """What may be said about a job; what is left out stays as it is."""

    grade: Named | None = None
    company: Named | None = None
    location: Named | None = None
    manager_employee_id: Named | None = None
    fte: Share | None = None
    annual_base: Salary | None = None
    currency: Currency | None = None


class HireForm(Form):
    """A new employment from ``hire_date`` on; for a former worker, a rehire."""

    employee_id: str = Field(pattern=r"^[A-Z]-\d{4,}$")
    first_name: Named
    last_name: Named
    email: str = Field(pattern=r"^[^@\s]+@[^@\s]+$")
    hire_date: date
    grade: Named
    company: Named
    location: Named
    manager_employee_id: Named | None = None
    fte: Share | None = None
    annual_base: Salary | None = None
    currency: Currency | None = None


class ChangeJobForm(JobForm):
    """Another grade, company, location, manager or part-time share from a date on."""

    employee_id: str
    effective_date: date


class TransferForm(JobForm):
    """To another company from a date on."""

    employee_id: str
    effective_date: date
    company: Named


class ChangePayForm(Form):
    """Another salary from a date on."""

    employee_id: str
    effective_date: date
    annual_base: Salary
    currency: Currency | None = None


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


class CorrectForm(JobForm):
    """Replace the date or values of a completed event; what is left out stays."""

    event_wid: str
    effective_date: date | None = None
    leave_type: Named | None = None
    expected_last_day: date | None = None


def entry_of(call: Call) -> rules.Entry:
    """The moment somebody presses the button, and how far back they may enter something."""
    today = local_date(call.mock.context.clock.epoch, call.now_us, TENANT_ZONE)
    return rules.Entry.on(call.now_us, today, call.mock.retroactive_days_max)


def shown(event: Row) -> dict[str, Any]:
    """What the screen says when a process is completed."""
    return {"event_wid": event_wid(event), "worker_wid": event["worker_wid"], "status": event["status"]}


def _values(form: BaseModel) -> dict[str, Any]:
    """Job and salary of a form as stored, without what is left out."""
    values = form.model_dump(include={*JOB_FIELDS, "annual_base", "currency"}, exclude_none=True)
    if "fte" in values:
        values["fte"] = plain(values["fte"].normalize())
    if "annual_base" in values:
        values["annual_base"] = to_scaled(values["annual_base"])
    return values


@ACTIONS.add("hire", HireForm)
def hire(call: Call, form: HireForm) -> dict[str, Any]:
    """Hire somebody, or somebody again."""
    person = form.model_dump(include={"employee_id", "first_name", "last_name", "email"})
    job = {**call.mock.job_defaults, **_values(form)}
    return shown(rules.hire(call.store, person, job, form.hire_date, entry_of(call)))


@ACTIONS.add("change_job", ChangeJobForm)
def change_job(call: Call, form: ChangeJobForm) -> dict[str, Any]:
    """Promote or move somebody, give them another manager or another part-time share."""
    return shown(rules.change_job(call.store, form.employee_id, _values(form), form.effective_date, entry_of(call)))


@ACTIONS.add("transfer", TransferForm)
def transfer(call: Call, form: TransferForm) -> dict[str, Any]:
    """Transfer somebody to another company."""
    return shown(rules.transfer(call.store, form.employee_id, _values(form), form.effective_date, entry_of(call)))


@ACTIONS.add("change_compensation", ChangePayForm)
def change_compensation(call: Call, form: ChangePayForm) -> dict[str, Any]:
    """Change a salary."""
    return shown(rules.change_pay(call.store, form.employee_id, _values(form), form.effective_date, entry_of(call)))


@ACTIONS.add("terminate", TerminateForm)
def terminate(call: Call, form: TerminateForm) -> dict[str, Any]:
    """End an employment, today, in the future or in the past."""
    return shown(rules.terminate(call.store, form.employee_id, form.termination_date, entry_of(call)))


@ACTIONS.add("worker_history", WorkerForm)
def worker_history(call: Call, form: WorkerForm) -> list[dict[str, Any]]:
    """What was ever entered about a worker, oldest effective date first; nothing for a stranger."""
    return [
        {
            "event_wid": event_wid(event),
            "process": event["process"],
            "effective_date": event["effective_date"],
            "status": event["status"],
            "leave_type": event["leave_type"],
            "expected_last_day": event["expected_last_day"],
            **{name: event[name] for name in JOB_FIELDS},
        }
        for event in rules.history(call.store, form.employee_id)
    ]


@ACTIONS.add("rescind", RescindForm)
def rescind(call: Call, form: RescindForm) -> dict[str, Any]:
    """Rescind a completed event."""
    return shown(rules.rescind(call.store, form.event_wid, entry_of(call)))


@ACTIONS.add("correct", CorrectForm)
def correct(call: Call, form: CorrectForm) -> dict[str, Any]:
    """Correct a completed event."""
    values = _values(form)
    if form.leave_type is not None:
        values["leave_type"] = form.leave_type
    if form.expected_last_day is not None:
        values["expected_last_day"] = form.expected_last_day.isoformat()
    return shown(rules.correct(call.store, form.event_wid, values, form.effective_date, entry_of(call)))
