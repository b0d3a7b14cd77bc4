"""What tests of time need: one look, all work done, and what stands where afterwards."""

from __future__ import annotations

from typing import Any

from sandbox.engine.flows.time import TimeFlow
from sandbox.engine.store import Work
from tests.engine.builders import Room, work_off


def look(room: Room) -> list[Work]:
    room.do(TimeFlow(room.context).look())
    return room.do(room.store.due_work(room.kernel.now_us(), 100))


def sync(room: Room) -> None:
    """Look and do."""
    look(room)
    room.do(work_off(room))


def entry_on(room: Room, on: str, person: str = "W-0003") -> dict[str, Any]:
    email = room.plan.people[person].email
    user = next(row["id"] for row in room.rows("psa", "user") if row["email_address"] == email)
    return next(row for row in room.rows("psa", "time_entry") if (row["date_performed"], row["user_id"]) == (on, user))


def posted(room: Room) -> dict[str, dict[str, Any]]:
    """Time records of the ERP by external id."""
    return {row["externalId"]: row for row in room.rows("erp", "timeBill")}


def period_of(room: Room, on: str, person: str = "W-0003") -> str:
    """The month a card was accounted in."""
    card = room.do(room.store.timecard(entry_on(room, on, person)["id"]))
    assert card is not None
    return card.period
