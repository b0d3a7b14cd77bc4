"""Screens for leaves of absence and time off."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from mocks.hris import rules, rules_absence
from mocks.hris.ui import ACTIONS, Form, entry_of, shown
from mocks.kit.app import Call
from sandbox.core.observe import Row

# The screens of ``ui.py`` and these.
__all__ = ["ACTIONS"]

# What this tenant offers: assumed.
LeaveType = Literal["Parental", "Medical", "Unpaid", "Sabbatical"]
TimeOffType = Literal["Vacation", "Sick", "Personal", "Training"]


def _whole_minutes(hours: Decimal) -> Decimal:
    if hours * 60 % 1:
        raise ValueError("hours must be whole minutes")
    return hours


Hours = Annotated[Decimal, Field(gt=0, le=24), AfterValidator(_whole_minutes)]


class LeaveForm(Form):
    """A leave of absence from ``first_day`` on."""

    employee_id: str
    leave_type: LeaveType
    first_day: date
    expected_last_day: date


class ReturnForm(Form):
    """``first_day_back`` is the first day at work again."""

    employee_id: str
    first_day_back: date


class TimeOffForm(Form):
    """Hours off on one day."""

    employee_id: str
    date: date
    hours: Hours
    type: TimeOffType = "Vacation"


class CorrectTimeOffForm(Form):
    """Another day, other hours or another type; what is left out stays."""

    time_off_wid: str
    new_date: date | None = None
    hours: Hours | None = None
    type: TimeOffType | None = None


class CancelTimeOffForm(Form):
    """Time off that is taken back."""

    time_off_wid: str


class WorkerForm(Form):
    """Whose time off."""

    employee_id: str


@ACTIONS.add("place_on_leave", LeaveForm)
def place_on_leave(call: Call, form: LeaveForm) -> dict[str, Any]:
    """Somebody goes on leave."""
    event = rules_absence.place_on_leave(
        call.store, form.employee_id, form.leave_type, form.first_day, form.expected_last_day, entry_of(call)
    )
    return shown(event)


@ACTIONS.add("return_from_leave", ReturnForm)
def return_from_leave(call: Call, form: ReturnForm) -> dict[str, Any]:
    """Somebody is back."""
    return shown(rules_absence.return_from_leave(call.store, form.employee_id, form.first_day_back, entry_of(call)))


@ACTIONS.add("request_time_off", TimeOffForm)
def request_time_off(call: Call, form: TimeOffForm) -> dict[str, Any]:
    """Somebody takes hours off."""
    minutes = int(form.hours * 60)
    row = rules_absence.request_time_off(call.store, form.employee_id, form.date, minutes, form.type, entry_of(call))
    return _entry(row)


@ACTIONS.add("correct_time_off", CorrectTimeOffForm)
def correct_time_off(call: Call, form: CorrectTimeOffForm) -> dict[str, Any]:
    """Time off is corrected."""
    minutes = None if form.hours is None else int(form.hours * 60)
    row = rules_absence.correct_time_off(
        call.store, form.time_off_wid, form.new_date, minutes, form.type, entry_of(call)
    )
    return _entry(row)


@ACTIONS.add("cancel_time_off", CancelTimeOffForm)
def cancel_time_off(call: Call, form: CancelTimeOffForm) -> dict[str, Any]:
    """Time off is taken back."""
    return _entry(rules_absence.cancel_time_off(call.store, form.time_off_wid, entry_of(call)))


@ACTIONS.add("time_off_history", WorkerForm)
def time_off_history(call: Call, form: WorkerForm) -> list[dict[str, Any]]:
    """Every row of time off ever entered for a worker, by date and entry."""
    worker = rules.required(call.store, form.employee_id)
    rows = call.store.find("time_off", {"worker_wid": worker["wid"]}, order='"date", "initiated_us", "entered_us"')
    return [_entry(row) for row in rows]


def _entry(row: Row) -> dict[str, Any]:
    return {
        "time_off_wid": rules_absence.time_off_wid(row),
        "date": row["date"],
        "minutes": row["minutes"],
        "type": row["type"],
        "status": row["status"],
    }
