"""Subcontractors: a supplier's bill of the ERP becomes an expense of its project in the PSA, handed in for approval.

The ERP owns the bill and refuses a supplier's number twice; the PSA takes the same expense as often as it is sent.
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from decimal import Decimal
from typing import Any

from sandbox.engine.canonical import SupplierBill
from sandbox.engine.context import Context
from sandbox.engine.flows.expense import SPENT
from sandbox.engine.flows.obligations import work_line
from sandbox.engine.resilience import Refused
from sandbox.engine.store import NewWork, Work

SOURCE = "erp.bills"
# Nothing IT could mend: for finance.
_UNFIT = 422


class SubcontractFlow:
    """Suppliers' bills to expenses."""

    name = "subcontract"

    def __init__(self, context: Context) -> None:
        self._c = context

    async def look(self) -> None:
        """Read the bills for projects and queue those not taken before."""
        context = self._c
        bills: dict[str, list[SupplierBill]] = {}
        for bill in await context.erp.supplier_bills():
            bills.setdefault(bill.bill_id, []).append(bill)
        fresh = list(bills)
        if not context.policy.forgets_events():
            fresh = await context.store.unseen(SOURCE, fresh)
        work = [
            NewWork(self.name, context.policy.lane(each, each), each, _payload(bills[each]), tier=1) for each in fresh
        ]
        await context.take(SOURCE, fresh, work)

    async def handle(self, work: Work) -> None:
        """Enter a bill as an expense and hand it in, once."""
        context = self._c
        if work.payload["lines"] != 1:
            raise Refused(
                f"bill {work.key} is for {work.payload['lines']} lines of projects: enter one bill each", _UNFIT
            )
        bill = _bill(work.payload["bill"])
        engagement = await context.known("erp", "engagement", bill.job_id)
        deal = await context.deal(engagement)
        line = bill.line or work_line(deal)
        workspace_id = await context.native("engagement", engagement, "psa")
        expense_id = await context.psa.ensure_bill(
            bill,
            workspace_id=workspace_id,
            story_id=await context.native("line", line, "psa"),
            vendor_id=await context.psa.ensure_vendor(bill.supplier),
            category=context.interface.expenses.subcontract_category,
            currency=deal["currency"],
        )
        if await context.store.document(SPENT, expense_id) is None:
            document = {"net": str(bill.net), "line": line, "posted": False, "bill": bill.bill_id}
            await context.store.put_document(SPENT, expense_id, document)
        await context.psa.ensure_bill_report(bill, expense_id, workspace_id)


def _payload(bills: list[SupplierBill]) -> dict[str, Any]:
    bill = bills[0]
    fields = {**asdict(bill), "on": bill.on.isoformat(), "net": str(bill.net), "tax": str(bill.tax)}
    return {"lines": len(bills), "bill": fields, "amount": str(bill.net)}


def _bill(fields: dict[str, Any]) -> SupplierBill:
    return SupplierBill(
        **{
            **fields,
            "on": date.fromisoformat(fields["on"]),
            "net": Decimal(fields["net"]),
            "tax": Decimal(fields["tax"]),
        }
    )
