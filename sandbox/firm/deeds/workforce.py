"""Human resources: hire, promote, leave. Whoever enters something looks first whether it is there already."""

from __future__ import annotations

from typing import Any

from sandbox.firm.desk import Desk


async def hire(desk: Desk, args: dict[str, Any]) -> None:
    """Hire somebody from a date on."""
    person = desk.plan.people[args["employee"]]
    if await _is_entered(desk, person.name, "Hire Employee", args["effective"]):
        return
    first, _, last = person.full_name.partition(" ")
    form = {
        "employee_id": person.name,
        "first_name": first,
        "last_name": last,
        "email": person.email,
        "hire_date": args["effective"],
        "grade": args["grade"],
        "company": person.entity,
        "location": desk.plan.entity(person.entity).location,
    }
    await desk.screen("hris", "hire", form)


async def promote(desk: Desk, args: dict[str, Any]) -> None:
    """Promote somebody from a date on."""
    if await _is_entered(desk, args["employee"], "Change Job", args["effective"]):
        return
    form = {"employee_id": args["employee"], "effective_date": args["effective"], "grade": args["grade"]}
    await desk.screen("hris", "change_job", form)


async def leave(desk: Desk, args: dict[str, Any]) -> None:
    """Enter that somebody leaves."""
    if await _is_entered(desk, args["employee"], "Terminate Employee", args["last_day"]):
        return
    await desk.screen("hris", "terminate", {"employee_id": args["employee"], "termination_date": args["last_day"]})


async def _is_entered(desk: Desk, employee: str, process: str, effective: str) -> bool:
    events = await desk.screen("hris", "worker_history", {"employee_id": employee})
    return any(event["process"] == process and event["effective_date"] == effective for event in events)
