"""What HR enters: hires, promotions, transfers, leaves, time off, ends of employment, and what is taken back."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from sandbox.core.calendars import workdays
from sandbox.firm.planning_office import Office
from sandbox.plan import Absence, Deed, Hire, Rehire, TimeOff, Transfer
from sandbox.plan.workforce import EventKind

# Names of the business processes a person sees on the screen of the HRIS.
_PROCESSES: dict[EventKind, str] = {
    "hire": "Hire Employee",
    "promotion": "Change Job",
    "transfer": "Transfer",
    "leaver": "Terminate Employee",
    "leave": "Place on Leave",
}


def workforce_deeds(office: Office) -> Iterable[Deed]:
    """All of it, in the order of kinds; a label that occurs twice carries its day the second time."""
    taken: set[str] = set()
    for deed in (*_entries(office), *_amendments(office)):
        label = deed.label if deed.label not in taken else f"{deed.label} {_day_of(deed)}"
        taken.add(label)
        yield deed.model_copy(update={"label": label})


def _day_of(deed: Deed) -> str:
    return str(deed.args.get("effective") or deed.args.get("last_day") or deed.due_us)


def _entries(office: Office) -> Iterable[Deed]:
    workforce = office.scenario.workforce
    for hire in workforce.hires:
        yield _hire(office, hire)
    for promotion in workforce.promotions:
        args = {
            "employee": promotion.employee_id,
            "effective": promotion.effective.isoformat(),
            "grade": promotion.grade,
        }
        yield _by_hr(office, f"promote {promotion.employee_id}", "promote", promotion.entered, "09:40", args)
    for leave in workforce.leavers:
        args = {"employee": leave.employee_id, "last_day": leave.last_day.isoformat()}
        yield _by_hr(office, f"leave {leave.employee_id}", "leave", leave.entered, "09:50", args)
    for transfer in workforce.transfers:
        yield _transfer(office, transfer)
    for again in workforce.rehires:
        yield _rehire(office, again)
    for absence in workforce.leaves:
        yield from _absence(office, absence)
    for time_off in workforce.time_off:
        yield _time_off(office, time_off)


def _by_hr(office: Office, label: str, verb: str, day: date, at: str, args: dict[str, Any]) -> Deed:
    return office.deed(label, "hr", verb, day, at, args)


def _hire(office: Office, hire: Hire) -> Deed:
    args = {"employee": hire.employee_id, "effective": hire.effective.isoformat(), "grade": hire.grade}
    return _by_hr(office, f"hire {hire.employee_id}", "hire", hire.entered, "09:30", args)


def _rehire(office: Office, again: Rehire) -> Deed:
    args = {
        "employee": again.employee_id,
        "effective": again.effective.isoformat(),
        "grade": again.grade,
        "manager": again.manager,
    }
    return _by_hr(office, f"rehire {again.employee_id}", "hire", again.entered, "09:35", args)


def _transfer(office: Office, transfer: Transfer) -> Deed:
    entity = None if transfer.entity is None else office.entity(transfer.entity)
    args = {
        "employee": transfer.employee_id,
        "effective": transfer.effective.isoformat(),
        "entity": transfer.entity,
        "location": transfer.location or (entity.location if entity is not None else None),
        "manager": transfer.manager,
    }
    return _by_hr(office, f"transfer {transfer.employee_id}", "transfer", transfer.entered, "09:45", args)


def _absence(office: Office, absence: Absence) -> Iterable[Deed]:
    label = f"on leave {absence.employee_id} {absence.first_day}"
    first, last = absence.first_day.isoformat(), absence.last_day.isoformat()
    args = {"employee": absence.employee_id, "kind": absence.kind, "first_day": first, "last_day": last}
    yield _by_hr(office, label, "place_on_leave", absence.entered, "09:55", args)
    back = absence.last_day + timedelta(days=1)
    given = {"employee": absence.employee_id, "first_day_back": back.isoformat()}
    yield office.deed(
        f"back {absence.employee_id} {back}", "hr", "return_from_leave", back, "08:30", given, after=(label,)
    )


def _time_off(office: Office, off: TimeOff) -> Deed:
    country = office.entity(office.staff.entity_on(off.employee_id, off.first)).country
    days = [
        day.isoformat()
        for day in workdays(country, off.first, off.last)
        if office.staff.employed_on(off.employee_id, day)
    ]
    args = {"employee": off.employee_id, "kind": off.kind, "days": days, "minutes": off.minutes}
    return _by_hr(office, f"off {off.employee_id} {off.first}", "take_off", off.entered, "10:05", args)


def _amendments(office: Office) -> Iterable[Deed]:
    workforce = office.scenario.workforce
    moved = {(each.employee_id, each.effective) for each in workforce.transfers if each.entity is None}
    for taken_back in workforce.rescissions:
        args = {
            "employee": taken_back.employee_id,
            "process": _process(taken_back.event, (taken_back.employee_id, taken_back.effective) in moved),
            "effective": taken_back.effective.isoformat(),
        }
        label = f"rescind {taken_back.event} {taken_back.employee_id}"
        yield _by_hr(office, label, "rescind", taken_back.entered, "10:15", args)
    for corrected in workforce.corrections:
        args = {
            "employee": corrected.employee_id,
            "process": _process(corrected.event, (corrected.employee_id, corrected.effective) in moved),
            "effective": corrected.effective.isoformat(),
            "to": corrected.to.isoformat(),
        }
        label = f"correct {corrected.event} {corrected.employee_id}"
        yield _by_hr(office, label, "correct", corrected.entered, "10:20", args)


def _process(event: EventKind, stays: bool) -> str:
    """A transfer within the entity is a change of the job to the HRIS."""
    return "Change Job" if event == "transfer" and stays else _PROCESSES[event]
