"""Staffing: who takes part in a project."""

from __future__ import annotations

from typing import Any

from sandbox.firm.deeds.lookups import open_workspace_id, user_id
from sandbox.firm.desk import Desk, listed, must


async def staff(desk: Desk, args: dict[str, Any]) -> None:
    """Let the team take part in the project, once it is open and everybody has a user."""
    workspace_id = await open_workspace_id(desk, args["engagement"])
    rows = listed(await desk.psa("GET", "/participations.json", query={"workspace_id": workspace_id, "per_page": 200}))
    there = {row["user_id"] for row in rows}
    team = [await user_id(desk, person) for person in args["team"]]
    missing = [
        {"workspace_id": workspace_id, "user_id": member, "role": "maven"} for member in team if member not in there
    ]
    if missing:
        must(await desk.psa("POST", "/participations.json", json={"participations": missing}), 200)
