"""What of a sales order or billing schedule invoices have taken: asked of the invoices, never kept twice."""

from __future__ import annotations

from collections.abc import Iterable

from mocks.erp import errors
from mocks.erp.books import Books, shown
from mocks.erp.records_orders import BY_MILESTONES, ORDER_BILLED, ORDER_PENDING
from sandbox.core.observe import Row

# Invoices that count, pending ones too: they will be sent.
_COUNTING = """FROM "invoiceLine" AS l JOIN "invoice" AS i ON i."id" = l."invoice"
    WHERE i."_deleted" = 0 AND l."_deleted" = 0 AND i."status" <> 'voided'"""
_BILLED = f"""SELECT l."orderLine", sum(l."amount") {_COUNTING}
    AND i."createdFrom" = ? AND l."orderLine" IS NOT NULL AND i."id" <> ? GROUP BY l."orderLine" """
_SCHEDULED = f"""SELECT l."scheduleLine", i."id" {_COUNTING} AND l."billingSchedule" = ? AND i."id" <> ?"""


def billed_by_line(books: Books, order_id: str, without: str = "") -> dict[int, int]:
    """What is billed of each line of an order, at 1e-4; ``without`` leaves an invoice out."""
    return dict(books.store.read(_BILLED, (order_id, without)))


def invoice_by_line(books: Books, schedule_id: str, without: str = "") -> dict[int, str]:
    """The invoice that took each line of a schedule."""
    return dict(books.store.read(_SCHEDULED, (schedule_id, without)))


def check_sources(books: Books, invoice: Row, lines: list[Row], own_id: str = "") -> None:
    """Raises ErpRefusal when lines take more of an order than is left, or what a schedule does not let go."""
    if invoice["createdFrom"] is None:
        stray = next((line for line in lines if line["orderLine"] is not None), None)
        if stray is not None:
            path = f"{stray['path']}.orderLine"
            raise errors.invalid_value(stray["orderLine"], "orderLine", path, "No sales order.")
    if invoice["createdFrom"] is not None:
        _check_order(books, invoice, lines, own_id)
    if any(line["billingSchedule"] is not None for line in lines):
        _check_schedules(books, invoice, lines, own_id)


def refresh(books: Books, order_id: str | None) -> None:
    """Set the state of an order to what its invoices make it."""
    if order_id is None:
        return
    order = books.known("salesOrder", order_id)
    billed = billed_by_line(books, order_id)
    lines = books.store.find("salesOrderLine", {"salesOrder": order_id})
    done = all(billed.get(line["line"], 0) >= line["amount"] for line in lines)
    status = ORDER_BILLED if done else ORDER_PENDING
    if order["status"] != status:
        books.update("salesOrder", order_id, {"status": status})
        books.update("transaction", order_id, {"status": "G" if done else "F"})


def _check_order(books: Books, invoice: Row, lines: Iterable[Row], own_id: str) -> None:
    order = books.known("salesOrder", invoice["createdFrom"])
    if order["entity"] != invoice["entity"]:
        name = order["externalId"] or order["id"]
        raise errors.invalid_value(name, "createdFrom", "createdFrom", "It is an order of another customer.")
    left = {line["line"]: line["amount"] for line in books.store.find("salesOrderLine", {"salesOrder": order["id"]})}
    for number, amount in billed_by_line(books, order["id"], own_id).items():
        left[number] = left.get(number, 0) - amount
    for line in lines:
        number = line["orderLine"]
        if number is None:
            continue
        path = f"{line['path']}.orderLine"
        if number not in left:
            raise errors.invalid_value(number, "orderLine", path, "The order has no such line.")
        if line["amount"] > left[number]:
            reason = f"{shown(left[number])} of the order's line is not billed yet."
            raise errors.invalid_value(shown(line["amount"]), "amount", f"{line['path']}.amount", reason)
        left[number] -= line["amount"]


def _check_schedules(books: Books, invoice: Row, lines: Iterable[Row], own_id: str) -> None:
    seen: set[tuple[str, int]] = set()
    for line in lines:
        if line["billingSchedule"] is None:
            continue
        schedule = books.known("billingSchedule", line["billingSchedule"])
        number = line["scheduleLine"]
        equal = {"billingSchedule": schedule["id"], "line": number}
        planned = books.store.one("billingScheduleLine", equal) if number is not None else None
        reason = _schedule_reason(books, invoice, schedule, planned, line["amount"], own_id)
        if (schedule["id"], number) in seen:
            reason = "It is named twice."
        seen.add((schedule["id"], number))
        if reason:
            path = f"{line['path']}.scheduleLine"
            raise errors.invalid_value("" if number is None else number, "scheduleLine", path, reason)


def _schedule_reason(books: Books, invoice: Row, schedule: Row, planned: Row | None, amount: int, own_id: str) -> str:
    """Why a line of a schedule is not billed, or an empty text: no acceptance, no invoice (O13)."""
    if planned is None:
        return "The schedule has no such line."
    if schedule["job"] != invoice["job"]:
        return "It is a schedule of another project than the invoice's."
    if schedule["scheduleType"] == BY_MILESTONES and not planned["completed"]:
        return "The milestone is not completed."
    if amount != planned["amount"]:
        return f"The schedule bills {shown(planned['amount'])}."
    if planned["line"] in invoice_by_line(books, schedule["id"], own_id):
        return "It is billed already."
    return ""
