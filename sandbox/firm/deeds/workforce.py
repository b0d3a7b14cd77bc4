"""Human resources: hires, moves, promotions, leaves, time off, ends, and what is taken back or corrected.

Whoever enters something looks first whether it is there already.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from sandbox.firm.desk import Blocked, Desk

_RESCINDED = "Rescinded"


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
    manager = args.get("manager") or person.manager
    if manager is not None:
        form["manager_employee_id"] = manager
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


async def transfer(desk: Desk, args: dict[str, Any]) -> None:
    """To another entity, or within one to another place or manager, from a date on."""
    named = {"company": args["entity"], "location": args["location"], "manager_employee_id": args["manager"]}
    process, action = ("Transfer", "transfer") if args["entity"] else ("Change Job", "change_job")
    if await _is_entered(desk, args["employee"], process, args["effective"]):
        return
    form = {"employee_id": args["employee"], "effective_date": args["effective"]}
    await desk.screen("hris", action, {**form, **{name: value for name, value in named.items() if value}})


async def place_on_leave(desk: Desk, args: dict[str, Any]) -> None:
    """Somebody goes on leave."""
    if await _is_entered(desk, args["employee"], "Place on Leave", args["first_day"]):
        return
    form = {
        "employee_id": args["employee"],
        "leave_type": args["kind"],
        "first_day": args["first_day"],
        "expected_last_day": args["last_day"],
    }
    await desk.screen("hris", "place_on_leave", form)


async def return_from_leave(desk: Desk, args: dict[str, Any]) -> None:
    """Somebody is back at work."""
    if await _is_entered(desk, args["employee"], "Return from Leave", args["first_day_back"]):
        return
    form = {"employee_id": args["employee"], "first_day_back": args["first_day_back"]}
    await desk.screen("hris", "return_from_leave", form)


async def take_off(desk: Desk, args: dict[str, Any]) -> None:
    """Enter time off, day by day; days that are there already stay."""
    entered = await desk.screen("hris", "time_off_history", {"employee_id": args["employee"]})
    there = {row["date"] for row in entered if row["type"] == args["kind"]}
    for day in args["days"]:
        if day not in there:
            form = {
                "employee_id": args["employee"],
                "date": day,
                "type": args["kind"],
                "hours": _hours(args["minutes"]),
            }
            await desk.screen("hris", "request_time_off", form)


async def rescind(desk: Desk, args: dict[str, Any]) -> None:
    """Take back what was entered; raises Blocked while it is not there."""
    event = await _event(desk, args)
    if event["status"] != _RESCINDED:
        await desk.screen("hris", "rescind", {"event_wid": event["event_wid"]})


async def correct(desk: Desk, args: dict[str, Any]) -> None:
    """Correct the date of what was entered; raises Blocked while it is not there."""
    if await _is_entered(desk, args["employee"], args["process"], args["to"]):
        return
    event = await _event(desk, args)
    await desk.screen("hris", "correct", {"event_wid": event["event_wid"], "effective_date": args["to"]})


def _hours(minutes: int) -> str:
    """Hours as the screen takes them."""
    return str(Decimal(minutes) / 60)


async def _event(desk: Desk, args: dict[str, Any]) -> dict[str, Any]:
    events = await _history(desk, args["employee"])
    named = [
        event
        for event in events
        if event["process"] == args["process"] and event["effective_date"] == args["effective"]
    ]
    if not named:
        raise Blocked(f"{args['process']} of {args['employee']} on {args['effective']} is not entered")
    return named[-1]


async def _is_entered(desk: Desk, employee: str, process: str, effective: str) -> bool:
    events = await _history(desk, employee)
    return any(event["process"] == process and event["effective_date"] == effective for event in events)


async def _history(desk: Desk, employee: str) -> list[dict[str, Any]]:
    events: list[dict[str, Any]] = await desk.screen("hris", "worker_history", {"employee_id": employee})
    return events
