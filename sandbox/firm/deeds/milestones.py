"""Milestones: the client accepts a result, or sends it back; the project lead enters it in the PSA."""

from __future__ import annotations

from typing import Any

from sandbox.firm.deeds.lookups import billing_milestone
from sandbox.firm.desk import Desk, listed, must

_DONE, _SENT_BACK = "completed", "needs info"


async def accept_milestone(desk: Desk, args: dict[str, Any]) -> None:
    """Enter the day of acceptance, then complete the milestone: from then on it may be billed."""
    milestone = await billing_milestone(desk, args["engagement"], args["milestone"])
    if milestone["date_to_invoice"] != args["on"]:
        dated = {"billing_milestone": {"date_to_invoice": args["on"]}}
        must(await desk.psa("PUT", f"/billing_milestones/{milestone['id']}.json", json=dated), 200)
    await _set_state(desk, milestone["story_id"], _DONE)


async def reject_milestone(desk: Desk, args: dict[str, Any]) -> None:
    """The client is not satisfied: the milestone is not completed."""
    milestone = await billing_milestone(desk, args["engagement"], args["milestone"])
    await _set_state(desk, milestone["story_id"], _SENT_BACK)


async def _set_state(desk: Desk, story_id: str, state: str) -> None:
    (story,) = listed(await desk.psa("GET", f"/stories/{story_id}.json"))
    if story["state"] != state:
        must(await desk.psa("PUT", f"/stories/{story_id}.json", json={"story": {"state": state}}), 200)
