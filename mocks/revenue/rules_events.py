"""Whether an event says something about its order line: type and measure have to fit how the line is released."""

from __future__ import annotations

from decimal import Decimal

from mocks.revenue.records import MILESTONE, QUANTITY, REVENUE_EVENT
from mocks.revenue.rules_methods import method_of, takes_event
from mocks.revenue.rules_rows import Staged
from sandbox.core.money import exponent, from_scaled, round_half_away
from sandbox.core.observe import Row


def event_error(row: Staged, line: Row) -> str | None:
    """The rule an event row breaks against its line, collected or waiting; None when it fits."""
    kind, method = row.values["event_type"], method_of(line)
    if not takes_event(method, kind):
        return f"SBX-00009 event type {kind} does not fit a line released by {method}"
    if kind == REVENUE_EVENT:
        if method == QUANTITY and row.values["completed_qty"] is None:
            return "INVALID_QUANTITY_EVENT a line released by quantity needs the completed quantity"
        if method == MILESTONE and row.values["completed_qty"] is not None:
            return "INVALID_PERCENT_EVENT a milestone needs percent or amount"
    amount: Decimal | None = row.values["event_amount"]
    if amount is not None and round_half_away(amount, exponent(line["curr"])) != amount:
        return f"INVALID_AMOUNT_EVENT amount {row.cells['event_amount']} is not rounded to {line['curr']}"
    price = from_scaled(line["ext_sll_prc"] - line.get("reduced", 0))
    if amount is not None and amount > price:
        return f"INVALID_AMOUNT_EVENT amount {row.cells['event_amount']} is more than the price of its line"
    return None
