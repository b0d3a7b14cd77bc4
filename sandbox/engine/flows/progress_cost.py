"""Progress by cost: what the ledger carries of a project's cost over what its lead expects all of it to cost.

Both are read once a night for all projects. An estimate counts for the month it was approved for and those after it;
the PSA shows the last one only, so each is kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from sandbox.core.periods import Period
from sandbox.engine.canonical import CostProgress, ProjectCost
from sandbox.engine.context import Context
from sandbox.engine.flows.change import caught_up_on
from sandbox.engine.flows.obligations import is_signed, work_line

BY_COST = "cost_to_cost"
_ESTIMATES = "estimates"

Estimates = Mapping[Period, Decimal]


async def cost_progress(context: Context, deals: Mapping[str, dict[str, Any]]) -> list[CostProgress]:
    """Cost to date and expected cost of every obligation earned by cost, at the end of each month that has either."""
    mine = {
        code: deal
        for code, deal in deals.items()
        if context.interface.posting[deal["kind"]].release == BY_COST and is_signed(deal)
    }
    if not mine:
        return []
    estimates = await _estimates(context, mine)
    costs: dict[str, list[ProjectCost]] = {code: [] for code in mine}
    for cost in await context.erp.project_costs(context.interface.accounts.costs, sorted(mine)):
        costs[cost.engagement].append(cost)
    found: list[CostProgress] = []
    for code, deal in mine.items():
        of_deal = estimates.get(code, {})
        found += _progress(context, work_line(deal), costs[code], of_deal)
        found += _at_changes(context, deal, costs[code], of_deal)
    return found


def _progress(context: Context, line: str, costs: list[ProjectCost], estimates: Estimates) -> list[CostProgress]:
    found = []
    for month in sorted({*(cost.month for cost in costs), *estimates}):
        source = context.policy.expected_cost_source(month, sorted(estimates))
        if source is not None:
            done = sum((cost.amount for cost in costs if cost.month <= month), Decimal(0))
            found.append(CostProgress(line, month.last, done, estimates[source]))
    return found


def _at_changes(
    context: Context, deal: dict[str, Any], costs: list[ProjectCost], estimates: Estimates
) -> list[CostProgress]:
    """The same on the day a change that counts from the beginning was approved, so that its catch-up is of that day."""
    found = []
    for on in caught_up_on(deal):
        month = Period.of(on)
        source = context.policy.expected_cost_source(month, sorted(estimates))
        if source is not None and on != month.last:
            counted = (cost.amount for cost in costs if cost.month < month or (cost.month == month and cost.on <= on))
            found.append(CostProgress(work_line(deal), on, sum(counted, Decimal(0)), estimates[source]))
    return found


async def _estimates(context: Context, deals: Mapping[str, Any]) -> dict[str, dict[Period, Decimal]]:
    """Engagement -> month -> expected cost, the newest approved for it; what is new is kept."""
    store = context.store
    known: dict[str, dict[str, str]] = await store.documents(_ESTIMATES)
    for workspace_id, (month, cost) in (await context.psa.estimates()).items():
        code = await store.ref("psa", "engagement", workspace_id)
        if code is None or code not in deals:
            continue
        of_deal = known.setdefault(code, {})
        if of_deal.get(str(month)) != str(cost):
            of_deal[str(month)] = str(cost)
            await store.put_document(_ESTIMATES, code, of_deal)
    return {
        code: {Period.parse(month): Decimal(cost) for month, cost in of_deal.items()} for code, of_deal in known.items()
    }
