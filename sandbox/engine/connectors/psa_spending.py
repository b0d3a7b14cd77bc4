"""Spending in Kantata: expenses with the tax their notes speak of, vendors, and suppliers' bills as expenses."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from sandbox.core.money import exponent
from sandbox.engine.canonical import Expense, SupplierBill
from sandbox.engine.connectors.psa_records import BASE, PAGE, PsaRecords, first_of, listed, main_units


class PsaSpending(PsaRecords):
    """What projects spend, as the PSA knows it."""

    async def expenses(self, expense_ids: Sequence[str]) -> list[Expense]:
        """Expenses as they are now, with the instant of their approval; those that are gone are left out."""
        rows: list[dict[str, Any]] = []
        for start in range(0, len(expense_ids), PAGE):
            query = {"only": ",".join(expense_ids[start : start + PAGE]), "per_page": PAGE}
            rows += listed(await self._get("/expenses.json", query))
        return await self._with_decision(rows)

    async def expenses_since(self, since: str) -> list[Expense]:
        """Expenses changed since an instant: what the sweep compares."""
        return await self._with_decision(
            await self._all("/expenses.json", {"updated_after": since, "order": "date:asc"})
        )

    async def _with_decision(self, rows: list[dict[str, Any]]) -> list[Expense]:
        decided = await self._decided("/expense_report_submissions.json", rows)
        return [_expense(row, decided, self._tax_after) for row in rows]

    async def ensure_vendor(self, name: str) -> str:
        """Id of a supplier; names are unique."""

        async def find() -> str | None:
            rows = await self._all("/vendors.json", {"search": name})
            return next((str(row["id"]) for row in rows if row["name"] == name), None)

        found = await find()
        if found is not None:
            return found
        return await self._caller.create(
            self._store,
            f"psa vendor {name}",
            find,
            "POST",
            f"{BASE}/vendors.json",
            lambda response: first_of(response, "vendors"),
            json={"vendor": {"name": name}},
        )

    async def ensure_bill(
        self, bill: SupplierBill, *, workspace_id: str, story_id: str, vendor_id: str, category: str, currency: str
    ) -> str:
        """Id of the expense that a supplier's bill is; made once, known by the bill's id in the ERP."""
        body = {
            "workspace_id": workspace_id,
            "story_id": story_id,
            "vendor_id": vendor_id,
            "date": bill.on.isoformat(),
            "category": category,
            "amount_in_cents": int(bill.net.scaleb(exponent(currency))),
            "notes": f"{bill.supplier} {bill.number}",
            "billable": bill.billable,
            "reimbursable": False,
            "external_reference": _ledger_reference(bill),
        }
        return await self._ensure(
            f"psa bill {bill.bill_id}", "/expenses.json", "expenses", {"expense": body}, bill.bill_id
        )

    async def ensure_bill_report(self, bill: SupplierBill, expense_id: str, workspace_id: str) -> str:
        """Id of the report by which a supplier's bill is handed in for approval."""
        body = {
            "workspace_id": workspace_id,
            "title": f"{bill.supplier} {bill.number}",
            "line_item_ids": [expense_id],
            "external_reference": _ledger_reference(bill),
        }
        return await self._ensure(
            f"psa bill report {bill.bill_id}",
            "/expense_report_submissions.json",
            "expense_report_submissions",
            {"expense_report_submission": body},
            bill.bill_id,
        )


def _ledger_reference(bill: SupplierBill) -> dict[str, str]:
    reference = {"service_name": "netsuite", "service_model": "VendorBill", "service_model_ref": bill.bill_id}
    return {**reference, "status": "successful"}


def _expense(row: dict[str, Any], decided: dict[str, int], tax_after: str) -> Expense:
    notes = row["notes"] or ""
    return Expense(
        expense_id=row["id"],
        workspace_id=str(row["workspace_id"]),
        story_id=str(row["story_id"] or ""),
        user_id=str(row["user_id"]),
        vendor_id=str(row["vendor_id"] or ""),
        on=date.fromisoformat(row["date"]),
        category=row["category"],
        net=main_units(row, "amount_in_cents"),
        tax=_amount_in(notes.rpartition(tax_after)[2]) if tax_after in notes else Decimal(0),
        currency=row["currency"],
        notes=notes,
        billable=bool(row["is_billable"]),
        approved_us=decided.get(row["active_submission_id"]) if row["approved"] else None,
    )


def _amount_in(text: str) -> Decimal:
    """An amount people wrote down; none when it is not one."""
    found = re.match(r"\d+(\.\d+)?", text)
    return Decimal(found[0]) if found else Decimal(0)
