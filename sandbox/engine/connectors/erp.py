"""ERP connector: NetSuite records by external id, SuiteQL for look-ups, native postings left to the ERP."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from sandbox.core.client import OAuth1
from sandbox.core.periods import Period
from sandbox.core.ports import Ports
from sandbox.core.wire import Response
from sandbox.engine.canonical import (
    BY_THE_HOUR,
    BankLine,
    Batch,
    BilledCost,
    Deal,
    Expense,
    JournalLine,
    LedgerInvoice,
    PayrollJournal,
    PreBill,
    SupplierBill,
    TimeEntry,
    Worker,
)
from sandbox.engine.policy import Policy
from sandbox.engine.resilience import Caller, Missing, Refused, Unavailable
from sandbox.engine.settings import Settings
from sandbox.engine.store import Store
from sandbox.interface import Interface

_RECORD = "/services/rest/record/v1"
_SUITEQL = "/services/rest/query/v1/suiteql"
# Approved, in the vendor's numbers: of time, and of invoices.
_TIME_APPROVED, _INVOICE_APPROVED = "3", "2"
_REPORT_APPROVED, _BILL_APPROVED = "2", "2"
# What the refs of payroll journals begin with.
PAYROLL_PREFIX = "PAY-"
_STRICT = {"x-netsuite-propertynamevalidation": "error"}


class ErpConnector:
    """The ERP as the engine sees it."""

    def __init__(self, ports: Ports, store: Store, settings: Settings, policy: Policy, interface: Interface) -> None:
        auth = OAuth1(
            settings.erp_account,
            settings.erp_consumer_key,
            settings.erp_consumer_secret,
            settings.erp_token_id,
            settings.erp_token_secret,
        )
        self._store = store
        self._settings = settings
        self._policy = policy
        self._interface = interface
        self._caller = Caller(ports, "erp", auth, policy, interface.capabilities["erp"])
        self._lists: dict[str, dict[str, str]] = {}

    # -- reference data ------------------------------------------------------------------------------------------------

    async def subsidiary_id(self, entity: str) -> str:
        """Id of a legal entity."""
        return await self._listed("subsidiary", "SELECT id, externalid AS name FROM subsidiary", entity)

    async def account_id(self, number: str) -> str:
        """Id of a ledger account."""
        return await self._listed("account", "SELECT id, acctnumber AS name FROM account", number)

    async def currency_id(self, code: str) -> str:
        """Id of a currency."""
        return await self._listed("currency", "SELECT id, symbol AS name FROM currency", code)

    async def period_id(self, period: Period) -> str:
        """Id of an accounting period."""
        query = "SELECT id, TO_CHAR(startdate, 'YYYY-MM') AS name FROM accountingperiod"
        return await self._listed("period", query, str(period))

    async def _listed(self, kind: str, query: str, name: str) -> str:
        known = self._lists.get(kind, {})
        if name not in known:
            known = self._lists[kind] = {row["name"]: row["id"] for row in await self._rows(query)}
        if name not in known:
            raise Refused(f"the ERP has no {kind} {name!r}")
        return known[name]

    # -- people and projects -------------------------------------------------------------------------------------------

    async def find_employee(self, email: str) -> str | None:
        """Id of an employee by address."""
        rows = await self._rows("SELECT id FROM employee WHERE email = ?", email)
        return rows[0]["id"] if rows else None

    async def put_employee(self, worker: Worker) -> str:
        """Id of the employee that a worker is, brought up to date."""
        body = {
            "firstName": worker.first_name,
            "lastName": worker.last_name,
            "email": worker.email,
            "subsidiary": {"id": await self.subsidiary_id(worker.entity)},
            "laborcategory": worker.grade,
            "hireDate": worker.hire_date.isoformat(),
            "releasedate": worker.last_day.isoformat() if worker.last_day else None,
        }
        return await self._put("employee", "worker", worker.employee_id, body)

    async def put_customer(self, deal: Deal) -> str:
        """Id of the customer that a deal's client is."""
        body = {
            "companyName": deal.client_name,
            "subsidiary": {"id": await self.subsidiary_id(deal.entity)},
            "currency": {"id": await self.currency_id(deal.currency)},
            "custentity_country": deal.client_country,
            "vatRegNumber": deal.client_vat,
        }
        return await self._put("customer", "client", deal.client_code, body)

    async def put_job(self, deal: Deal, customer_id: str) -> str:
        """Id of the project that a deal is."""
        fixed = deal.kind not in BY_THE_HOUR
        body = {
            "entityId": deal.code,
            "companyName": deal.name,
            "parent": {"id": customer_id},
            "subsidiary": {"id": await self.subsidiary_id(deal.entity)},
            "currency": {"id": await self.currency_id(deal.currency)},
            "jobBillingType": {"refName": "Fixed Bid, Interval" if fixed else "Time and Materials"},
            "jobPrice": deal.amount,
            "projectExpenseType": {"id": "-2"},
            "startDate": deal.start.isoformat(),
            "projectedEndDate": deal.end.isoformat(),
            "allowTime": True,
            "isInactive": False,
        }
        return await self._put("job", "engagement", deal.code, body)

    async def retire_job(self, job_id: str) -> None:
        """Take a project back that should not have been set up."""
        await self._caller.send("PATCH", f"{_RECORD}/job/{job_id}", headers=_STRICT, json={"isInactive": True})

    # -- time ----------------------------------------------------------------------------------------------------------

    async def put_time(
        self, entry: TimeEntry, *, employee_id: str, job_id: str, role: str, line: str, period: Period
    ) -> str:
        """Id of the time record of an approved timecard."""
        hours, minutes = divmod(entry.minutes, 60)
        item = self._settings.role_item.replace("{role}", role.upper().replace(" ", "-"))
        body = {
            "employee": {"id": employee_id},
            "customer": {"id": job_id},
            "item": {"refName": item},
            "hours": f"{hours}:{minutes:02d}",
            "tranDate": entry.on.isoformat(),
            "isBillable": entry.billable,
            "rate": entry.rate,
            "memo": f"PSA time entry {entry.entry_id}",
            "approvalStatus": {"id": _TIME_APPROVED},
            "custcol_contract_line": line,
            "custcol_posting_period": {"id": await self.period_id(period)},
        }
        return await self._put("timeBill", "time", entry.entry_id, body)

    async def remove_time(self, time_id: str) -> None:
        """Take a time record back; raises Refused once its cost is posted or it is billed."""
        await self._caller.send("DELETE", f"{_RECORD}/timeBill/{time_id}", accept=(404,))

    # -- invoices and cash ---------------------------------------------------------------------------------------------

    async def put_invoice(
        self,
        bill: PreBill,
        *,
        job_id: str,
        customer_id: str,
        entity: str,
        time_ids: list[str],
        lines: dict[str, str],
        costs: Sequence[BilledCost] = (),
    ) -> str:
        """Id of the invoice of an approved pre-bill. ``lines``: task of the PSA -> contract line."""
        body: dict[str, Any] = {
            "entity": {"id": customer_id},
            "job": {"id": job_id},
            "subsidiary": {"id": await self.subsidiary_id(entity)},
            "currency": {"id": await self.currency_id(bill.currency)},
            "tranDate": bill.on.isoformat(),
            "dueDate": date.fromordinal(bill.on.toordinal() + bill.terms_days).isoformat(),
            "memo": bill.title,
            "approvalStatus": {"id": _INVOICE_APPROVED},
        }
        if time_ids:
            body["time"] = {"items": [{"apply": True, "doc": {"id": time_id}} for time_id in time_ids]}
        if bill.items:
            body["item"] = {
                "items": [
                    {
                        "item": {"refName": self._settings.fixed_fee_item},
                        "quantity": 1,
                        "rate": item.amount,
                        "description": item.notes,
                        "custcol_contract_line": lines[item.story_id],
                    }
                    for item in bill.items
                ]
            }
        if costs:
            body["expCost"] = {
                "items": [
                    {
                        "apply": True,
                        "doc": {"id": cost.document_id},
                        "docLine": cost.number,
                        "custcol_contract_line": cost.line,
                    }
                    for cost in costs
                ]
            }
        return await self._put("invoice", "invoice", bill.invoice_id, body)

    async def invoice(self, native_id: str) -> LedgerInvoice:
        """An invoice as the ERP computed it."""
        row = (await self._caller.send("GET", f"{_RECORD}/invoice/{native_id}")).json()
        return LedgerInvoice(
            native_id=row["id"],
            number=row["tranId"],
            tax_percent=Decimal(row["taxRate"]),
            net=Decimal(row["subtotal"]),
            total=Decimal(row["total"]),
            open_amount=Decimal(row["amountRemaining"]),
        )

    async def unmatched_bank_lines(self) -> list[BankLine]:
        """Lines of the bank statement nobody has matched."""
        rows = await self._rows(
            "SELECT b.lineid, TO_CHAR(b.date, 'YYYY-MM-DD') AS day, b.amount, c.symbol, b.reference, b.payer "
            "FROM bankstatementline b JOIN currency c ON c.id = b.currency "
            "WHERE b.status = 'unmatched' ORDER BY b.lineid"
        )
        return [
            BankLine(
                row["lineid"],
                date.fromisoformat(row["day"]),
                Decimal(row["amount"]),
                row["symbol"],
                row.get("reference", ""),
                row.get("payer", ""),
            )
            for row in rows
        ]

    async def invoice_by_number(self, number: str) -> tuple[str, str] | None:
        """(invoice id, customer id) of an invoice number."""
        rows = await self._rows("SELECT id, entity FROM transaction WHERE tranid = ? AND type = 'CustInvc'", number)
        return (rows[0]["id"], rows[0]["entity"]) if rows else None

    async def put_payment(self, line: BankLine, invoice_id: str, customer_id: str) -> str:
        """Id of the payment a bank line is, applied to its invoice."""
        body = {
            "customer": {"id": customer_id},
            "payment": line.amount,
            "currency": {"id": await self.currency_id(line.currency)},
            "tranDate": line.on.isoformat(),
            "checkNum": line.line_id,
            "memo": f"{line.payer} {line.reference}",
            "apply": {"items": [{"doc": {"id": invoice_id}, "apply": True, "amount": line.amount}]},
        }
        return await self._put("customerPayment", "payment", line.line_id, body)

    # -- ledger --------------------------------------------------------------------------------------------------------

    async def post_journal(self, batch: Batch, jobs: dict[str, str]) -> str:
        """Id of the journal of a revenue batch; a batch that is posted already is found, not posted again."""
        body = {
            "subsidiary": {"id": await self.subsidiary_id(batch.entity)},
            "currency": {"id": await self.currency_id(batch.currency)},
            "tranDate": batch.on.isoformat(),
            "postingPeriod": {"id": await self.period_id(batch.period)},
            "memo": f"revenue batch {batch.batch_id}",
            "line": {
                "items": [
                    {
                        "account": {"id": await self.account_id(line.account)},
                        **({"debit": line.debit} if line.debit else {"credit": line.credit}),
                        "custcol_engagement": {"id": jobs[line.engagement]},
                        "custcol_contract_line": line.obligation,
                        "custcol_source_system": "revenue",
                        "custcol_source_id": batch.batch_id,
                        "custcol_source_line": line.line_id,
                    }
                    for line in batch.lines
                ]
            },
        }
        return await self._post_once("journalEntry", "batch", batch.batch_id, body)

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
        path = f"{_RECORD}/vendorBill/{bill_id}"
        shown = (await self._caller.send("GET", path)).json()
        if shown["approvalStatus"]["id"] == _BILL_APPROVED:
            return
        body = {"approvalStatus": {"id": _BILL_APPROVED}, "postingPeriod": {"id": await self.period_id(period)}}
        await self._caller.send("PATCH", path, headers=_STRICT, json=body)

    # -- inside --------------------------------------------------------------------------------------------------------

    async def _put(self, record: str, kind: str, ref: str, body: dict[str, Any]) -> str:
        """Create or update by external id; without one, create and remember, or update what is remembered."""
        key = self._policy.create_key(self._interface.external_id(f"erp.{record}", ref))
        if key is not None:
            response = await self._caller.send("PUT", f"{_RECORD}/{record}/eid:{key}", headers=_STRICT, json=body)
            native = _located(response)
            await self._store.link(kind, ref, "erp", native)
            return native
        known = await self._store.native(kind, ref, "erp")
        if known is None:
            known = await self._create(record, kind, ref, body)
        elif record in ("employee", "customer", "job", "timeBill"):
            await self._caller.send("PATCH", f"{_RECORD}/{record}/{known}", headers=_STRICT, json=body)
        return known

    async def _post_once(self, record: str, kind: str, ref: str, body: dict[str, Any]) -> str:
        key = self._policy.create_key(self._interface.external_id(f"erp.{record}", ref))
        if key is not None:
            body = {**body, "externalId": key}
        return await self._create(record, kind, ref, body, key)

    async def _create(self, record: str, kind: str, ref: str, body: dict[str, Any], key: str | None = None) -> str:
        async def find() -> str | None:
            if key is None:
                return None
            response = await self._caller.send("GET", f"{_RECORD}/{record}/eid:{key}", accept=(404,))
            return str(response.json()["id"]) if response.status == 200 else None

        native = await self._caller.create(
            self._store,
            f"erp {record} {ref}",
            find,
            "POST",
            f"{_RECORD}/{record}",
            _located,
            headers=_STRICT,
            json=body,
        )
        await self._store.link(kind, ref, "erp", native)
        return native

    async def _rows(self, query: str, *params: str) -> list[dict[str, str]]:
        rows: list[dict[str, str]] = []
        while True:
            response = await self._caller.send(
                "POST",
                _SUITEQL,
                query={"limit": 1000, "offset": len(rows)},
                headers={"prefer": "transient"},
                json={"q": query, "params": list(params)},
            )
            page = response.json()
            rows += page["items"]
            if not page["hasMore"]:
                return rows


def _located(response: Response) -> str:
    location = response.header("Location")
    if location is None:
        raise Missing("the ERP named no location of the record")
    return location.rpartition("/")[2]
