"""The close: revenue run with netting, revenue period, ledger period."""

from __future__ import annotations

from typing import Any

from sandbox.firm.desk import Desk


async def run_period(desk: Desk, args: dict[str, Any]) -> None:
    """Run the revenue period of an entity: release, netting, batches to transfer."""
    await desk.screen("revenue", "run_period", {"org": args["org"], "period": args["period"]})


async def close_revenue(desk: Desk, args: dict[str, Any]) -> None:
    """Close the revenue period of an entity; the screen refuses while batches wait for transfer."""
    shown = await desk.screen("revenue", "period_status", {"org": args["org"]})
    if {"period": args["period"], "status": "Closed"} not in shown["periods"]:
        await desk.screen("revenue", "close_period", {"org": args["org"], "period": args["period"]})


async def intercompany(desk: Desk, args: dict[str, Any]) -> None:
    """Recharge what people of one entity cost others, cost plus; done again it charges what came since."""
    await desk.screen("erp", "intercompany", {"period": args["period"]})


async def close_ledger(desk: Desk, args: dict[str, Any]) -> None:
    """Close the period in the ledger."""
    shown = await desk.screen("erp", "period_status", {"period": args["period"]})
    if not shown["closed"]:
        await desk.screen("erp", "close_period", {"period": args["period"]})
