"""Loss information: lines measured by cost whose expected cost is above their price (accounting.md J32, J33).

Nothing is posted here: a finance person books the provision. Costs are in the currency of the line, as they were sent.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from mocks.kit.store import Store
from mocks.revenue.records import BUDGETED_COST, CONCESSION, CONCESSION_DELIVERED, COST
from mocks.revenue.rules_methods import price_of
from mocks.revenue.rules_release import event_at
from sandbox.core.money import from_scaled, quantize
from sandbox.core.observe import Row
from sandbox.core.periods import Period

AMOUNTS = (
    "price",
    "expected_cost",
    "cost_to_date",
    "revenue_to_date",
    "expected_loss",
    "loss_in_books",
    "provision_needed",
)

# Released through the period, and conceded by its end.
_LINES = """
    SELECT l.*,
           COALESCE((SELECT SUM(amount) FROM schedule WHERE rc_line_id = l.id AND period <= ? AND _deleted = 0), 0)
               AS revenue,
           COALESCE((SELECT SUM(ext_sll_prc) FROM rc_bill WHERE rc_line_id = l.id AND inv_date <= ?
                     AND credit_rule IN (?, ?) AND _deleted = 0), 0) AS conceded
    FROM rc_line l
    WHERE l.org_id = ? AND l.event_type = ? AND l.pob_template = ? AND l.held = 0 AND l.lead_line_id IS NULL
          AND l._deleted = 0
    ORDER BY l.so_num, l.so_line_id
"""


@dataclass(frozen=True, slots=True)
class Loss:
    """A line that loses: ``expected_loss`` is expected cost less price, ``loss_in_books`` cost less revenue to date."""

    so_num: str
    so_line_id: str
    currency: str
    price: Decimal
    expected_cost: Decimal
    cost_to_date: Decimal
    revenue_to_date: Decimal
    expected_loss: Decimal
    loss_in_books: Decimal
    provision_needed: Decimal


def losses(store: Store, org: Row, period: Period) -> list[Loss]:
    """Lines whose expected cost is above their price at the end of a period, by the revenue posted until then.

    Lines that joined an obligation count with the one that leads it.
    """
    last = period.last.isoformat()
    arguments = (str(period), last, CONCESSION, CONCESSION_DELIVERED, org["org_id"], BUDGETED_COST, COST)
    rows = store.select(_LINES, arguments)
    found = (_loss(store, row, period) for row in rows)
    return [loss for loss in found if loss is not None]


def _loss(store: Store, line: Row, period: Period) -> Loss | None:
    event = event_at(store, line, period.last)
    if event["total_qty"] is None:
        return None
    price, revenue = price_of(line) + line["conceded"], line["revenue"]
    for each in store.find("rc_line", {"rc_id": line["rc_id"], "lead_line_id": line["id"]}):
        price += price_of(each)
        ((released,),) = store.read(
            'SELECT COALESCE(SUM(amount), 0) FROM schedule WHERE rc_line_id = ? AND period <= ? AND "_deleted" = 0',
            (each["id"], str(period)),
        )
        revenue += released
    currency = line["curr"]
    expected_cost = quantize(Decimal(event["total_qty"]), currency)
    cost = quantize(Decimal(event["completed_qty"]), currency)
    expected_loss = expected_cost - from_scaled(price)
    if expected_loss <= 0:
        return None
    in_books = cost - from_scaled(revenue)
    return Loss(
        so_num=line["so_num"],
        so_line_id=line["so_line_id"],
        currency=currency,
        price=from_scaled(price),
        expected_cost=expected_cost,
        cost_to_date=cost,
        revenue_to_date=from_scaled(revenue),
        expected_loss=expected_loss,
        loss_in_books=in_books,
        provision_needed=expected_loss - in_books,
    )
