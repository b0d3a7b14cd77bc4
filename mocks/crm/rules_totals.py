"""What lines add up to on the record they belong to: an opportunity's amount, the totals of a quote or an order.

Sums of the lines' rounded totals, so that a document is the sum of what it shows.
"""

from __future__ import annotations

from mocks.crm import errors
from mocks.crm.organisation import Desk
from mocks.crm.rules_lines import CENT, MONEY_MAX, PER_CENT, entry_of
from sandbox.core.money import SCALE, divide_half_away
from sandbox.core.observe import Row


def refresh_opportunity(desk: Desk, opportunity: Row, entry_id: str | None) -> None:
    """Amount and what follows from it; without a pricebook it takes that of the entry."""
    totals = _lines(desk, "OpportunityLineItem", "OpportunityId", opportunity["Id"], '"TotalPrice"')
    amount = sum(total for (total,) in totals)
    if abs(amount) >= MONEY_MAX:
        raise errors.out_of_range("Amount", "Amount", amount // SCALE)
    after = {**opportunity, "Amount": amount, "HasOpportunityLineItem": int(bool(totals))}
    if after["Pricebook2Id"] is None and entry_id is not None:
        after["Pricebook2Id"] = entry_of(desk, entry_id)["Pricebook2Id"]
    after["ExpectedRevenue"] = expected_revenue(after)
    _write(desk, "Opportunity", opportunity, after)


def expected_revenue(opportunity: Row) -> int | None:
    """Amount x probability, to the cent; None without an amount."""
    if opportunity["Amount"] is None:
        return None
    return divide_half_away(opportunity["Amount"] * opportunity["Probability"], PER_CENT * CENT) * CENT


def refresh_quote(desk: Desk, quote_id: str) -> None:
    """Subtotal, total and what the discounts come to in per cent."""
    quote = desk.store.get("Quote", quote_id)
    if quote is None:
        return
    lines = _lines(desk, "QuoteLineItem", "QuoteId", quote_id, '"Subtotal", "TotalPrice"')
    after = {**quote, "LineItemCount": len(lines)}
    after["Subtotal"] = sum(subtotal for subtotal, _ in lines)
    after["TotalPrice"] = sum(total for _, total in lines)
    after["Discount"] = discount(after["Subtotal"], after["TotalPrice"])
    after["GrandTotal"] = grand_total(after)
    if abs(after["GrandTotal"]) >= MONEY_MAX:
        raise errors.out_of_range("Grand Total", "GrandTotal", after["GrandTotal"] // SCALE)
    _write(desk, "Quote", quote, after)


def discount(subtotal: int, total: int) -> int:
    """By how many per cent of the subtotal the total is lower, to two decimals; 0 where that says nothing."""
    if subtotal <= 0 or not 0 <= total <= subtotal:
        return 0
    return divide_half_away((subtotal - total) * PER_CENT, subtotal * CENT) * CENT


def grand_total(quote: Row) -> int:
    """Total, tax, shipping and handling."""
    return int(quote["TotalPrice"] + (quote["Tax"] or 0) + (quote["ShippingHandling"] or 0))


def refresh_order(desk: Desk, order: Row) -> None:
    """The order's total."""
    total = sum(each for (each,) in _lines(desk, "OrderItem", "OrderId", order["Id"], '"TotalPrice"'))
    if abs(total) >= MONEY_MAX:
        raise errors.out_of_range("Order Amount", "TotalAmount", total // SCALE)
    _write(desk, "Order", order, {**order, "TotalAmount": total})


def _lines(desk: Desk, child: str, reference: str, parent_id: str, columns: str) -> list[tuple[int, ...]]:
    sql = f'SELECT {columns} FROM "{child}" WHERE "{reference}" = ? AND "_deleted" = 0'
    return desk.store.read(sql, (parent_id,))


def _write(desk: Desk, name: str, before: Row, after: Row) -> None:
    written = {field: value for field, value in after.items() if before[field] != value}
    if written:
        desk.store.update(name, before["Id"], {**written, "LastModifiedById": desk.user_id}, before)
