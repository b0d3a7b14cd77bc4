"""Cost rates: what finance says an hour of a role costs in an entity is what the PSA knows of everybody's hour.

A standard cost has a date, and a dated change announces nothing: the whole table is read once a day.
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from decimal import Decimal
from typing import Any

from sandbox.engine.canonical import StandardCost
from sandbox.engine.context import Context
from sandbox.engine.store import NewWork, Work

SOURCE = "erp.standard_costs"


class CostRateFlow:
    """Standard costs to cost rates."""

    name = "cost_rate"

    def __init__(self, context: Context) -> None:
        self._c = context

    async def look(self) -> None:
        """Read the table, and compare what it means for everybody with what was told."""
        context = self._c
        costs = await context.erp.standard_costs()
        table = [{**asdict(each), "effective": each.effective.isoformat(), "cost": str(each.cost)} for each in costs]
        await context.store.put_document("costs", "standard", table)
        work = []
        for employee_id, document in (await context.store.documents("worker")).items():
            rate = _rate_of(document, costs, context.today())
            if rate is not None and await context.store.sent(f"cost {employee_id}") != str(rate):
                lane = context.policy.lane(employee_id, str(rate))
                work.append(NewWork(self.name, lane, employee_id, tier=2, is_news=False))
        await context.take(SOURCE, (), work)

    async def handle(self, work: Work) -> None:
        """Tell the PSA what an hour of somebody costs today; nothing while finance has no rate, or of whoever left."""
        context = self._c
        document = await context.store.document("worker", work.key)
        table = await context.store.document("costs", "standard")
        rate = _rate_of(document, [_cost(each) for each in table], context.today())
        if rate is None or await context.store.sent(f"cost {work.key}") == str(rate):
            return
        user_id = await context.native("worker", work.key, "psa")
        currency = context.entity(rate.entity).currency
        await context.psa.people.set_cost_rate(user_id, rate.cost, currency)
        await context.store.mark_sent({f"cost {work.key}": str(rate)})


def _rate_of(document: Any, costs: list[StandardCost], today: date) -> StandardCost | None:
    """The rate of a worker's role and entity that counts on a day."""
    if document["gone"]:
        return None
    worker = document["worker"]
    fitting = [
        each
        for each in costs
        if (each.role, each.entity) == (worker["grade"], worker["entity"]) and each.effective <= today
    ]
    return max(fitting, key=lambda each: each.effective, default=None)


def _cost(row: dict[str, Any]) -> StandardCost:
    return StandardCost(row["role"], row["entity"], date.fromisoformat(row["effective"]), Decimal(row["cost"]))
