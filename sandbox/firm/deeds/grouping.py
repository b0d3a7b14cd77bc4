"""The close of a group: foreign items remeasured, entities' dealings eliminated, books translated.

Only remeasurement posts (J37); elimination and translation are reports (J38, J39 of accounting.md), whose rows the
controller notes as the screen showed them.
"""

from __future__ import annotations

from typing import Any

from sandbox.firm.desk import Desk


async def revalue(desk: Desk, args: dict[str, Any]) -> None:
    """Bring an entity's open foreign items to the closing rate; done again it posts what came since."""
    await desk.screen("erp", "revalue", {"subsidiary": args["entity"], "period": args["period"]})


async def eliminate(desk: Desk, args: dict[str, Any]) -> None:
    """Look at what the entities owe and charge each other, in the currency of the group."""
    rows = await desk.screen("erp", "elimination", {"period": args["period"], "currency": args["currency"]})
    _note(desk, "elimination", args, "", rows)


async def translate(desk: Desk, args: dict[str, Any]) -> None:
    """Look at an entity's books in the currency of the group."""
    await desk.screen("erp", "consolidated_rates", {"period": args["period"]})
    form = {"subsidiary": args["entity"], "period": args["period"], "currency": args["currency"]}
    rows = await desk.screen("erp", "trial_balance", form)
    _note(desk, "translation", args, args["entity"], rows)


def _note(desk: Desk, report: str, args: dict[str, Any], entity: str, rows: Any) -> None:
    desk.ports.note("report", report=report, entity=entity, period=args["period"], currency=args["currency"], rows=rows)
