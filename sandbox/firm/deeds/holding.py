"""Credit hold: finance puts a client on hold and takes it off; people do not book on projects that are on hold."""

from __future__ import annotations

from typing import Any

from sandbox.firm.deeds.lookups import workspace_of
from sandbox.firm.desk import Blocked, Desk

ON_HOLD = "400"


async def set_credit_hold(desk: Desk, args: dict[str, Any]) -> None:
    """Say whether the client of an engagement is on hold; the same again changes nothing."""
    client = desk.client(desk.terms(args["engagement"]).client)
    form = {"customer": client.name, "hold": args["hold"], "reason": args["reason"]}
    await desk.screen("erp", "set_credit_hold", form)


async def demand_not_held(desk: Desk, engagements: set[str]) -> None:
    """Raises Blocked while a project is on hold."""
    for engagement in sorted(engagements):
        if (await workspace_of(desk, engagement))["status"]["key"] == ON_HOLD:
            raise Blocked(f"project {engagement} is on hold")
