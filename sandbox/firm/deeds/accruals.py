"""Missing time at the close: finance posts what the engine prepared, or accrues by hand what it can only guess."""

from __future__ import annotations

from typing import Any

from sandbox.core.client import ApiClient, StaticBearer
from sandbox.core.periods import Period
from sandbox.firm.desk import Blocked, Desk
from sandbox.firm.tenants import front_end_token

# Project labour and what is absorbed of it (accounting.md section 1), and the memo by which others know the accrual.
LABOUR, ABSORBED, MEMO = "5000", "6090", "missing time {engagement} {period}"


async def approve_accruals(desk: Desk, args: dict[str, Any]) -> None:
    """Post every journal that the engine's report of a month's close names and nobody made by hand."""
    desk.asked = f"engine close of {args['org']} {args['period']}"
    client = ApiClient(desk.ports, "engine", StaticBearer(front_end_token(desk.plan)))
    response = await client.call("GET", f"/v1/close/{args['org']}/{args['period']}")
    if not response.ok:
        raise Blocked(f"{desk.asked}: answered {response.status}")
    for accrual in response.json()["accruals"]:
        if accrual["journal"] is not None and not accrual["by_hand"]:
            await desk.screen("erp", "approve_journal", {"journal": accrual["journal"]})


async def accrue_by_hand(desk: Desk, args: dict[str, Any]) -> None:
    """A journal of what is missing of an engagement in a month, taken back on the first day of the next (J08).

    It is looked for by its number first, so that doing it again books nothing.
    """
    engagement, period = args["engagement"], Period.parse(args["period"])
    about = {"engagement": engagement, "contract_line": desk.terms(engagement).line}
    number = f"HAND-{engagement}-{period}"
    if await desk.screen("erp", "journals", {"external_id": number}):
        return
    await desk.screen(
        "erp",
        "post_journal",
        {
            "subsidiary": desk.terms(engagement).entity,
            "date": period.last.isoformat(),
            "reversal_date": period.next().first.isoformat(),
            "memo": MEMO.format(engagement=engagement, period=period),
            "external_id": number,
            "lines": [
                {"account": LABOUR, "debit": args["amount"], **about},
                {"account": ABSORBED, "credit": args["amount"], **about},
            ],
        },
    )
