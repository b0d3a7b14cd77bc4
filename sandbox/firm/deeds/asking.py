"""Asking before saving: a front end asks the engine whether a project takes time and its client is on hold.

The interface contract says how long it waits and what silence means; what was asked, answered and done is noted.
"""

from __future__ import annotations

from typing import Any

from sandbox.core.client import ApiClient, StaticBearer
from sandbox.core.clock import SECOND_US
from sandbox.core.errors import NoAnswer
from sandbox.core.kernel import TimeoutExpired
from sandbox.firm.desk import Blocked, Desk
from sandbox.firm.tenants import front_end_token
from sandbox.interface import Synchronous

# What is agreed where a contract says nothing: assumed.
_AGREED = Synchronous(deadline_s=2, when_silent="open", fresh_s=29400)


async def ask_first(desk: Desk, engagement: str) -> None:
    """Go on when time may be saved; raises Blocked when the answer, or silence, says no."""
    agreed = desk.records.synchronous.get("project_status", _AGREED)
    desk.asked = f"engine status of {engagement}"
    began_us = desk.ports.now_us()
    answer = await _answer(desk, engagement, agreed.deadline_s * SECOND_US)
    if answer is None:
        goes_on, reason = agreed.when_silent == "open", "no answer from the engine"
    else:
        goes_on = answer["open"] and not answer["client_on_hold"]
        reason = f"{engagement} takes no time" if not answer["open"] else f"the client of {engagement} is on hold"
    desk.ports.note(
        "asked",
        code=engagement,
        answer=answer,
        waited_us=desk.ports.now_us() - began_us,
        did="proceeded" if goes_on else "stopped",
    )
    if not goes_on:
        raise Blocked(reason)


async def _answer(desk: Desk, engagement: str, deadline_us: int) -> dict[str, Any] | None:
    """What the engine says of a project; a project it does not know is not open. None: nothing in time."""
    client = ApiClient(desk.ports, "engine", StaticBearer(front_end_token(desk.plan)))
    try:
        response = await desk.ports.timeout(deadline_us, client.call("GET", f"/v1/projects/{engagement}/status"))
    except (TimeoutExpired, NoAnswer):
        return None
    if response.status == 404:
        return {"open": False, "client_on_hold": False}
    if not response.ok:
        return None
    body = response.json()
    return {"open": bool(body["open"]), "client_on_hold": bool(body["client_on_hold"])}
