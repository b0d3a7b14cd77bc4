"""ERP connector: NetSuite records by external id, SuiteQL for look-ups, native postings left to the ERP."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from sandbox.core.money import round_half_away
from sandbox.core.periods import Period
from sandbox.core.ports import Ports
from sandbox.engine.canonical import (
    BY_THE_HOUR,
    WON,
    Assignment,
    BankLine,
    Batch,
    BilledCost,
    CreditLine,
    Deal,
    LedgerInvoice,
    PreBill,
    ProjectCost,
    StandardCost,
    TimeEntry,
    Worker,
)
from sandbox.engine.connectors.erp_accruals import ErpAccruals
from sandbox.engine.connectors.erp_currency import SPOT_RATES, journal_sides, plain_rate, spot_among
from sandbox.engine.connectors.erp_records import RECORD, STRICT
from sandbox.engine.connectors.erp_spending import ErpSpending
from sandbox.engine.policy import Policy
from sandbox.engine.settings import Settings
from sandbox.engine.store import Store
from sandbox.interface import Interface

# Approved, in the vendor's numbers: of time, and of invoices.
_TIME_APPROVED, _INVOICE_APPROVED = "3", "2"
# Of projects: types, and states.
_CLIENT_JOB, _AT_RISK_JOB = "1", "3"
_IN_PROGRESS, _PENDING = "2", "4"
_RESTLET = "/app/site/hosting/restlet.nl"
_BANK_SCRIPT = {"script": "customscript_bank_lines", "deploy": "customdeploy_bank_lines"}
_EXPANDED = {"expandSubResources": "true"}


class ErpConnector(ErpSpending):
    """The ERP as the engine sees it."""

    def __init__(self, ports: Ports, store: Store, settings: Settings, policy: Policy, interface: Interface) -> None:
        super().__init__(ports, store, settings, policy, interface)
        self.accruals = ErpAccruals(self._caller, store, policy, self, self._rows)

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
            # The ERP knows one employment: somebody hired again keeps the first day, or late time of then is refused.
            "hireDate": (worker.first_hired or worker.hire_date).isoformat(),
            "releasedate": worker.last_day.isoformat() if worker.last_day else None,
        }
        return await self._put("employee", "worker", worker.employee_id, body)

    async def standard_costs(self) -> list[StandardCost]:
        """What an hour costs, by role, entity and the day from which it counts."""
        rows = await self._rows(
            "SELECT c.custrecord_role AS role, s.externalid AS entity, "
            "TO_CHAR(c.custrecord_effective, 'YYYY-MM-DD') AS day, c.custrecord_cost AS cost "
            "FROM customrecord_standard_cost c JOIN subsidiary s ON s.id = c.custrecord_subsidiary "
            "WHERE c.isinactive = 'F' ORDER BY c.id"
        )
        return [
            StandardCost(row["role"], row["entity"], date.fromisoformat(row["day"]), Decimal(row["cost"]))
            for row in rows
        ]

    async def put_task(self, assignment: Assignment, job_id: str, who: str) -> str:
        """Id of the task of a project that an assignment is."""
        body = {
            "project": {"id": job_id},
            "title": f"{who} {assignment.first} to {assignment.last}",
            "startDateTime": assignment.first.isoformat(),
            "endDate": assignment.last.isoformat(),
            "estimatedWork": round_half_away(Decimal(assignment.minutes) / 60, 2),
        }
        return await self._put("projectTask", "assignment", assignment.assignment_id, body)

    async def remove_task(self, assignment_id: str) -> None:
        """Take the task of an assignment away that is no more; one that is gone stays gone."""
        task_id = await self._store.native("assignment", assignment_id, "erp")
        if task_id is not None:
            await self._caller.send("DELETE", f"{RECORD}/projectTask/{task_id}", accept=(404,))

    async def put_customer(self, deal: Deal) -> str:
        """Id of the customer that a deal's client is."""
        body = {
            "companyName": deal.client_name,
            "subsidiary": {"id": await self.subsidiary_id(deal.entity)},
            "currency": {"id": await self.currency_id(deal.currency)},
            "custentity_country": deal.client_country,
            "custentity_state": deal.client_state,
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
        if deal.at_risk:
            won = deal.stage == WON
            body["jobType"] = {"id": _CLIENT_JOB if won else _AT_RISK_JOB}
            body["entityStatus"] = {"id": _IN_PROGRESS if won else _PENDING}
        return await self._put("job", "engagement", deal.code, body)

    async def retire_job(self, job_id: str) -> None:
        """Take a project back that should not have been set up."""
        await self._caller.send("PATCH", f"{RECORD}/job/{job_id}", headers=STRICT, json={"isInactive": True})

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
        await self._caller.send("DELETE", f"{RECORD}/timeBill/{time_id}", accept=(404,))

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
        row = (await self._caller.send("GET", f"{RECORD}/invoice/{native_id}")).json()
        return LedgerInvoice(
            native_id=row["id"],
            number=row["tranId"],
            tax_percent=Decimal(row["taxRate"]),
            net=Decimal(row["subtotal"]),
            total=Decimal(row["total"]),
            open_amount=Decimal(row["amountRemaining"]),
            rate=plain_rate(row["exchangeRate"]),
        )

    async def credit_holds(self) -> dict[str, bool]:
        """Customers somebody decided about -> whether they are on credit hold."""
        rows = await self._rows(
            "SELECT id, creditholdoverride AS hold FROM customer WHERE creditholdoverride <> 'AUTO'"
        )
        return {row["id"]: row["hold"] == "ON" for row in rows}

    async def billed_by(self, time_id: str) -> str | None:
        """Id of the invoice that carries a time record."""
        row = (await self._caller.send("GET", f"{RECORD}/timeBill/{time_id}")).json()
        carried = row.get("invoice")
        return str(carried["id"]) if carried else None

    async def put_credit(self, note: PreBill, invoice_id: str, lines: list[CreditLine], reason: str) -> str:
        """Id of the credit memo of a credit note, applied to its invoice as far as that is open."""
        body = {
            "createdFrom": {"id": invoice_id},
            "tranDate": note.on.isoformat(),
            "memo": note.title,
            "custbody_reason": {"id": reason},
            "item": {
                "items": [
                    {"custcol_time": {"id": line.time_id}}
                    if line.time_id
                    else {
                        "item": {"refName": self._settings.fixed_fee_item},
                        "amount": line.amount,
                        "description": line.notes,
                        "custcol_contract_line": line.line,
                    }
                    for line in lines
                ]
            },
        }
        return await self._post_once("creditMemo", "credit", note.invoice_id, body)

    async def credit(self, native_id: str) -> LedgerInvoice:
        """A credit memo as the ERP computed it; amounts above zero."""
        row = (await self._caller.send("GET", f"{RECORD}/creditMemo/{native_id}")).json()
        return LedgerInvoice(
            native_id=row["id"],
            number=row["tranId"],
            tax_percent=Decimal(row["taxRate"]),
            net=Decimal(row["subtotal"]),
            total=Decimal(row["total"]),
            open_amount=Decimal(row["unapplied"]),
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

    async def put_bank_line(self, line: BankLine, entity: str) -> None:
        """Take a line of the bank's statement over; the ERP knows it by its id."""
        body = {
            "line_id": line.line_id,
            "subsidiary": entity,
            "date": line.on.isoformat(),
            "amount": str(line.amount),
            "currency": line.currency,
            "payer": line.payer,
            "reference": line.reference,
        }
        await self._caller.send("POST", _RESTLET, query=_BANK_SCRIPT, json=body)

    async def invoice_by_number(self, number: str) -> tuple[str, str] | None:
        """(invoice id, customer id) of an invoice number."""
        rows = await self._rows("SELECT id, entity FROM transaction WHERE tranid = ? AND type = 'CustInvc'", number)
        return (rows[0]["id"], rows[0]["entity"]) if rows else None

    async def open_amount(self, invoice_id: str) -> Decimal:
        """What is still to be paid of an invoice."""
        return (await self.invoice(invoice_id)).open_amount

    async def customer_by_name(self, name: str) -> str | None:
        """Id of the only customer of a name."""
        rows = await self._rows("SELECT id FROM customer WHERE companyname = ?", name)
        return rows[0]["id"] if len(rows) == 1 else None

    async def applied(self, payment_id: str) -> list[tuple[str, Decimal]]:
        """What a payment is applied to: (invoice id, amount)."""
        row = (await self._caller.send("GET", f"{RECORD}/customerPayment/{payment_id}", query=_EXPANDED)).json()
        return [(each["doc"]["id"], Decimal(each["amount"])) for each in row["apply"]["items"]]

    async def put_payment(
        self, line: BankLine, invoice_id: str | None, customer_id: str, settles: Decimal, withheld: Decimal
    ) -> str:
        """Id of the payment a bank line is: cash and withheld tax settle that much of its invoice, the rest stays
        unapplied."""
        applied = {"items": [{"doc": {"id": invoice_id}, "apply": True, "amount": settles}]}
        body = {
            "customer": {"id": customer_id},
            "payment": line.amount,
            "currency": {"id": await self.currency_id(line.currency)},
            "tranDate": line.on.isoformat(),
            "checkNum": line.line_id,
            "memo": f"{line.payer} {line.reference}",
            **({"custbody_withholding": withheld} if withheld else {}),
            **({"apply": applied} if settles else {}),
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
                        **journal_sides(line, batch),
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

    async def spot_rate(self, currency: str, into: str, on: date) -> str | None:
        """The last spot rate of a currency in another on or before a day; None without one."""
        return spot_among(await self._rows(SPOT_RATES, on.isoformat()), currency, into)

    # -- cost ----------------------------------------------------------------------------------------------------------

    async def project_costs(self, accounts: Sequence[str], engagements: Sequence[str]) -> list[ProjectCost]:
        """What the ledger carries on some accounts for some projects, by month and day of service; one query."""
        marks, codes = ", ".join("?" for _ in accounts), ", ".join("?" for _ in engagements)
        rows = await self._rows(
            "SELECT j.entityid AS engagement, TO_CHAR(p.startdate, 'YYYY-MM') AS month, "
            "NVL(TO_CHAR(l.custcol_service_date, 'YYYY-MM-DD'), TO_CHAR(t.trandate, 'YYYY-MM-DD')) AS day, "
            "SUM(NVL(a.debit, 0)) AS debit, SUM(NVL(a.credit, 0)) AS credit "
            "FROM transactionaccountingline a "
            "JOIN transactionline l ON l.transaction = a.transaction AND l.id = a.transactionline "
            "JOIN transaction t ON t.id = a.transaction "
            "JOIN accountingperiod p ON p.id = t.postingperiod "
            "JOIN account c ON c.id = a.account "
            "JOIN job j ON j.id = l.custcol_engagement "
            f"WHERE c.acctnumber IN ({marks}) AND j.entityid IN ({codes}) "
            "GROUP BY j.entityid, TO_CHAR(p.startdate, 'YYYY-MM'), "
            "NVL(TO_CHAR(l.custcol_service_date, 'YYYY-MM-DD'), TO_CHAR(t.trandate, 'YYYY-MM-DD')) "
            "ORDER BY j.entityid, month, day",
            *accounts,
            *engagements,
        )
        return [
            ProjectCost(
                row["engagement"],
                Period.parse(row["month"]),
                date.fromisoformat(row["day"]),
                Decimal(row["debit"]) - Decimal(row["credit"]),
            )
            for row in rows
        ]
