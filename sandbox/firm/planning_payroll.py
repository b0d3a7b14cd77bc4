"""Payroll: whoever joins, is promoted or leaves is told to the payroll provider by finance, on the day it is known."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from sandbox.firm.planning_office import Office
from sandbox.plan import Deed


def payroll_deeds(office: Office) -> Iterable[Deed]:
    """Enrolments of everybody whose entity is paid by the provider."""
    workforce = office.scenario.workforce
    known = [
        *((each.employee_id, each.entered, each.effective, f"hire {each.employee_id}") for each in workforce.hires),
        *((each.employee_id, each.effective, each.effective, "") for each in workforce.promotions),
        *((each.employee_id, each.entered, each.last_day, "") for each in workforce.leavers),
    ]
    for employee, told_on, effective, after in known:
        yield from _enrolment(office, employee, told_on, effective, after)


def _enrolment(office: Office, employee: str, told_on: date, effective: date, after: str) -> Iterable[Deed]:
    person = office.people[employee]
    salaries = next((each.salaries for each in office.firm.payroll if each.entity == person.entity), None)
    if salaries is None:
        return
    left = [each for each in office.scenario.workforce.leavers if each.employee_id == employee]
    last_day = min((each.last_day for each in left if each.entered <= told_on), default=None)
    args = {
        "employee": employee,
        "entity": person.entity,
        "annual_gross": str(salaries[office.grade_on(employee, effective)]),
        "first_day": person.hired.isoformat() if person.hired else None,
        "last_day": last_day.isoformat() if last_day else None,
    }
    finance, day = (
        f"finance-{person.entity.lower()}",
        office.next_workday(f"finance-{person.entity.lower()}", told_on, 0),
    )
    label = f"enrol {employee} {effective}"
    yield office.deed(label, finance, "enrol", day, "11:30", args, after=(after,) if after else ())
