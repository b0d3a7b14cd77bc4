"""Spending and payroll in NetSuite: expense reports, suppliers' bills, and the journals of pay runs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from sandbox.core.periods import Period
from sandbox.engine.canonical import Expense, JournalLine, PayrollJournal, SupplierBill
from sandbox.engine.connectors.erp_records import RECORD, STRICT, ErpRecords
from sandbox.engine.resilience import Unavailable

# Approved, in the vendor's numbers.
_REPORT_APPROVED, _BILL_APPROVED = "2", "2"
# What the refs of payroll journals begin with.
PAYROLL_PREFIX = "PAY-"


class ErpSpending(ErpRecords):
    """What the firm spends, as the ERP posts it."""

    # -- spending ------------------------------------------------------------------------------------------------------

    async def put_expense(
        self, expense: Expense, *, employee_id: str, job_id: str, category: str, line: str, period: Period
    ) -> str:
        """Id of the expense report of an approved expense, posted by the ERP in a month (J05, J06)."""
        body = {
            "entity": {"id": employee_id},
            "tranDate": expense.on.isoformat(),
            "postingPeriod": {"id": await self.period_id(period)},
            "approvalStatus": {"id": _REPORT_APPROVED},
            "memo": expense.notes,
            "expense": {
                "items": [
                    {
                        "expensedate": expense.on.isoformat(),
                        "category": {"externalId": category},
                        # Refused where the employee's entity has another: better than a rate of 1.
                        "currency": {"id": await self.currency_id(expense.currency)},
                        "amount": expense.net,
                        "tax1Amt": expense.tax,
                        "customer": {"id": job_id},
                        "isBillable": expense.billable,
                        "memo": expense.notes,
                        "custcol_contract_line": line,
                        "custcol_source_id": expense.expense_id,
                    }
                ]
            },
        }
        return await self._put("expenseReport", "expense", expense.expense_id, body)

    async def supplier_bills(self) -> list[SupplierBill]:
        """Suppliers' bills for projects, in the order of their ids."""
        rows = await self._rows(
            "SELECT t.id, t.tranid, TO_CHAR(t.trandate, 'YYYY-MM-DD') AS day, v.companyname, l.amount, l.tax1amt, "
            "l.customer, l.isbillable, l.custcol_contract_line FROM transaction t JOIN vendor v ON v.id = t.entity "
            "JOIN expenseline l ON l.document = t.id WHERE t.type = 'VendBill' AND l.customer IS NOT NULL "
            "ORDER BY t.id, l.line"
        )
        return [
            SupplierBill(
                bill_id=row["id"],
                supplier=row["companyname"],
                number=row["tranid"],
                on=date.fromisoformat(row["day"]),
                net=Decimal(row["amount"]),
                tax=Decimal(row.get("tax1amt", "0")),
                job_id=row["customer"],
                line=row.get("custcol_contract_line", ""),
                billable=row["isbillable"] == "T",
            )
            for row in rows
        ]

    async def approve_bill(self, bill_id: str, period: Period) -> None:
        """Approve a supplier's bill, which posts it in a month (J07, J43); one that is approved already stays so."""
        path = f"{RECORD}/vendorBill/{bill_id}"
        shown = (await self._caller.send("GET", path)).json()
        if shown["approvalStatus"]["id"] == _BILL_APPROVED:
            return
        body = {"approvalStatus": {"id": _BILL_APPROVED}, "postingPeriod": {"id": await self.period_id(period)}}
        await self._caller.send("PATCH", path, headers=STRICT, json=body)

    # -- payroll -------------------------------------------------------------------------------------------------------

    async def open_month(self, wished: Period) -> Period:
        """The first month from one on that takes postings; raises Unavailable when none does."""
        rows = await self._rows(
            "SELECT TO_CHAR(startdate, 'YYYY-MM') AS name FROM accountingperiod "
            "WHERE closed = 'F' AND alllocked = 'F' AND custrecord_soft_closed = 'F'"
        )
        months = sorted(Period.parse(row["name"]) for row in rows)
        found = next((month for month in months if month >= wished), None)
        if found is None:
            raise Unavailable(f"no month from {wished} on is open")
        return found

    async def post_payroll(
        self, journal: PayrollJournal, month: Period, posted_in: Period, lines: Sequence[JournalLine]
    ) -> str:
        """Id of the journal of a month of a pay run; one that is posted already is found, not posted again."""
        ref = f"{PAYROLL_PREFIX}{journal.entity}-{journal.period_end}-{month}"
        body = {
            "subsidiary": {"id": await self.subsidiary_id(journal.entity)},
            "currency": {"id": await self.currency_id(journal.currency)},
            "tranDate": min(max(journal.pay_day, posted_in.first), posted_in.last).isoformat(),
            "postingPeriod": {"id": await self.period_id(posted_in)},
            "memo": f"{ref} payroll",
            "line": {
                "items": [
                    {
                        "account": {"id": await self.account_id(line.account)},
                        **({"debit": line.debit} if line.debit else {"credit": line.credit}),
                        "custcol_source_system": "payroll",
                        "custcol_source_id": journal.name,
                        "custcol_source_line": line.line_id,
                    }
                    for line in lines
                ]
            },
        }
        return await self._post_once("journalEntry", "batch", ref, body)
