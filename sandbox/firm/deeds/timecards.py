"""Timecards: booked and submitted by consultants, approved or rejected by project leads, corrected and sent again."""

from __future__ import annotations

from typing import Any

from sandbox.firm.deeds.asking import ask_first
from sandbox.firm.deeds.holding import demand_not_held
from sandbox.firm.deeds.lookups import entries_of, open_workspace_id, role_id, story_id
from sandbox.firm.desk import Blocked, Desk, listed, must


async def book(desk: Desk, args: dict[str, Any]) -> None:
    """Enter a week's time in one go, and submit one sheet per project."""
    sheets = args["sheets"]
    if args.get("asks_first"):
        for engagement in dict.fromkeys(sheet["engagement"] for sheet in sheets):
            await ask_first(desk, engagement)
    else:
        await demand_not_held(desk, {sheet["engagement"] for sheet in sheets} & desk.records.holds)
    entries: dict[str, list[str]] = {}
    if desk.attempts:
        # Tried before: what got through stays.
        for sheet in sheets:
            entries[sheet["title"]] = [row["id"] for row in await _booked(desk, sheet["engagement"], sheet["bookings"])]
    missing = [sheet for sheet in sheets if not entries.get(sheet["title"])]
    if missing:
        wanted = [(sheet["title"], booking) for sheet in missing for booking in sheet["bookings"]]
        bodies = [await _entry(desk, booking) for _, booking in wanted]
        created = listed(await desk.psa("POST", "/time_entries.json", json={"time_entries": bodies}))
        for (title, _), row in zip(wanted, created, strict=True):
            entries.setdefault(title, []).append(row["id"])
    for sheet in sheets:
        await _submit(desk, sheet["engagement"], sheet["title"], entries[sheet["title"]])


async def approve(desk: Desk, args: dict[str, Any]) -> None:
    """Approve a sheet."""
    await _decide(desk, args, "approve", "approved", "checked")


async def reject(desk: Desk, args: dict[str, Any]) -> None:
    """Reject a sheet."""
    await _decide(desk, args, "reject", "rejected", "please check the hours of the first day")


async def resubmit(desk: Desk, args: dict[str, Any]) -> None:
    """Correct the time that was wrong and submit the sheet again."""
    sheet, correction = args["sheet"], args["correction"]
    mine = await _booked(desk, sheet["engagement"], sheet["bookings"])
    (wrong,) = await _booked(desk, sheet["engagement"], sheet["bookings"][:1])
    if wrong["time_in_minutes"] != correction["minutes"]:
        corrected = {"time_entry": {"time_in_minutes": correction["minutes"]}}
        must(await desk.psa("PUT", f"/time_entries/{wrong['id']}.json", json=corrected), 200)
    await _submit(desk, sheet["engagement"], f"{sheet['title']} (2)", [row["id"] for row in mine])


async def _entry(desk: Desk, booking: dict[str, Any]) -> dict[str, Any]:
    return {
        "workspace_id": await open_workspace_id(desk, booking["engagement"]),
        "story_id": await story_id(desk, booking["engagement"], booking.get("line")),
        "role_id": await role_id(desk, booking["role"]),
        "date_performed": booking["on"],
        "time_in_minutes": booking["minutes"],
        "billable": booking["billable"],
    }


async def _booked(desk: Desk, engagement: str, bookings: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The person's time entries that are these bookings, told by what a person sees: day, task, role, billable or
    not."""
    wanted = {
        (
            each["on"],
            await story_id(desk, engagement, each.get("line")),
            await role_id(desk, each["role"]),
            each["billable"],
        )
        for each in bookings
    }
    days = sorted(each["on"] for each in bookings)
    rows = await entries_of(desk, engagement, desk.person.name, days[0], days[-1])
    seen = ("date_performed", "story_id", "role_id", "billable")
    return [row for row in rows if tuple(row[name] for name in seen) in wanted]


async def _submissions(desk: Desk, workspace_id: str, title: str, **only: str) -> list[dict[str, Any]]:
    query = {"workspace_id": workspace_id, "per_page": 200, "order": "created_at:desc", **only}
    rows = listed(await desk.psa("GET", "/timesheet_submissions.json", query=query))
    return [row for row in rows if row["title"] == title]


async def _submit(desk: Desk, engagement: str, title: str, entry_ids: list[str]) -> None:
    workspace_id = await open_workspace_id(desk, engagement)
    if desk.attempts and await _submissions(desk, workspace_id, title):
        return
    submission = {"workspace_id": workspace_id, "title": title, "line_item_ids": entry_ids}
    must(await desk.psa("POST", "/timesheet_submissions.json", json={"timesheet_submission": submission}), 200)


async def _decide(desk: Desk, args: dict[str, Any], verb: str, decided: str, words: str) -> None:
    workspace_id = await open_workspace_id(desk, args["engagement"])
    # What waits for a decision first; what was decided only when it is not there.
    found = await _submissions(desk, workspace_id, args["title"], statuses="new")
    found = found or await _submissions(desk, workspace_id, args["title"])
    if not found:
        raise Blocked(f"sheet {args['title']!r} is not submitted")
    submission = found[0]
    if submission["status"] == decided:
        return
    resolution = {"resolution": {"description": words}}
    must(await desk.psa("PUT", f"/timesheet_submissions/{submission['id']}/{verb}.json", json=resolution), 200)
