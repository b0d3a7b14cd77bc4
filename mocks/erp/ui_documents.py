"""The person surface for documents: approvals that finance gives at a screen."""

from __future__ import annotations

from datetime import date as date_type
from decimal import Decimal
from typing import Any

from pydantic import Field

from mocks.erp import rules_bills, rules_expenses, rules_payments, rules_reversals
from mocks.erp.books import shown
from mocks.erp.incoming import Incoming, read
from mocks.erp.records_documents import JOURNAL_RECORD, MANUAL, PAYMENT_RECORD
from mocks.erp.records_payables import BILL_PENDING, REPORT_APPROVED, REPORT_REJECTED, VENDOR, VENDOR_BILL
from mocks.erp.ui import Form
from mocks.kit.app import Call
from mocks.kit.person import Actions, FormRefused
from sandbox.core.observe import Row

ACTIONS = Actions()


class ApprovalForm(Form):
    """An expense report by external id or number (``tranId``), the decision, and a note for a rejection."""

    report: str
    approve: bool
    note: str = Field(default="", max_length=300)


class JournalLineForm(Form):
    """One side of a journal: account number, a debit or a credit as a decimal, and what it is about."""

    account: str
    debit: Decimal | None = None
    credit: Decimal | None = None
    engagement: str | None = None
    contract_line: str | None = None
    memo: str | None = None


class JournalForm(Form):
    """A manual journal: entity code, date, why, its lines; ``reversal_date`` takes it back on that day."""

    subsidiary: str
    date: date_type
    memo: str = Field(min_length=1, max_length=300)
    lines: tuple[JournalLineForm, ...]
    reversal_date: date_type | None = None
    reversal_defer: bool = False
    external_id: str | None = None


class ReadyForm(Form):
    """A journal that waits for approval, by number (``tranId``)."""

    journal: str


class ExternalForm(Form):
    """A journal by external id."""

    external_id: str


class BalanceForm(Form):
    """An account by its number, and a project by its number (``entityId``)."""

    account: str
    engagement: str


@ACTIONS.add("account_balance", BalanceForm)
def account_balance(call: Call, form: BalanceForm) -> dict[str, Any]:
    """What an account carries for a project over all periods: debits less credits, as a decimal."""
    books = call.mock.books
    account, job = books.by("account", "acctNumber", form.account), books.by("job", "entityId", form.engagement)
    if account is None:
        raise FormRefused(f"no account {form.account}", field="account", status=404)
    if job is None:
        raise FormRefused(f"no project {form.engagement}", field="engagement", status=404)
    sql = (
        'SELECT COALESCE(SUM(COALESCE("debit", 0) - COALESCE("credit", 0)), 0) FROM "transactionLine" '
        'WHERE "account" = ? AND "job" = ? AND "_deleted" = 0'
    )
    ((balance,),) = call.store.read(sql, (account["id"], job["id"]))
    return {"account": form.account, "engagement": form.engagement, "balance": shown(balance)}


class BillNumberForm(Form):
    """A supplier by name, and the number of its bill."""

    supplier: str
    number: str


class BillForm(BillNumberForm):
    """A supplier's bill: entity code, where the supplier is at home, date, project and contract line, net and tax."""

    supplier: str = Field(min_length=1, max_length=83)
    number: str = Field(min_length=1, max_length=45)
    subsidiary: str
    country: str
    date: date_type
    engagement: str
    contract_line: str | None = None
    net: Decimal
    tax: Decimal = Decimal(0)
    billable: bool = True


@ACTIONS.add("post_journal", JournalForm)
def post_journal(call: Call, form: JournalForm) -> dict[str, Any]:
    """A journal made by hand (J08, J27, J32 to J34 of accounting.md); it carries who prepared it.

    A soft-closed period takes it.
    """
    books = call.mock.books
    body = {
        "subsidiary": {"externalId": form.subsidiary},
        "tranDate": form.date.isoformat(),
        "memo": form.memo,
        "reversalDate": None if form.reversal_date is None else form.reversal_date.isoformat(),
        "reversalDefer": form.reversal_defer,
        "externalId": form.external_id,
        "line": {"items": [_journal_line(line) for line in form.lines]},
    }
    incoming = read(books, JOURNAL_RECORD, body)
    incoming.values |= {"custbody_poster": MANUAL, "custbody_preparer": call.principal.name}
    with books.as_accountant():
        journal = rules_reversals.create_journal(books, incoming)
    return {
        "id": journal["id"],
        "tran_id": journal["tranId"],
        "reversal": journal["reversalEntry"],
        "preparer": journal["custbody_preparer"],
    }


@ACTIONS.add("journals", ExternalForm)
def journals(call: Call, form: ExternalForm) -> list[dict[str, Any]]:
    """The journal of that external id: one, or none."""
    rows = call.store.find("journalEntry", {"externalId": form.external_id})
    return [{"id": row["id"], "tran_id": row["tranId"], "approved": bool(row["approved"])} for row in rows]


@ACTIONS.add("approve_journal", ReadyForm)
def approve_journal(call: Call, form: ReadyForm) -> dict[str, Any]:
    """Approve a journal that was prepared, which posts it; it carries who did. Approved already, it stays as it is."""
    books = call.mock.books
    row = books.store.one("journalEntry", {"tranId": form.journal})
    if row is None:
        raise FormRefused(f"no journal {form.journal}", field="journal", status=404)
    if not row["approved"]:
        values = {"approved": 1, "custbody_poster": MANUAL, "custbody_preparer": call.principal.name}
        with books.as_accountant():
            row = rules_reversals.update_journal(books, row, Incoming(values=values))
    return {"id": row["id"], "tran_id": row["tranId"], "preparer": row["custbody_preparer"]}


def _journal_line(line: JournalLineForm) -> dict[str, Any]:
    return {
        "account": {"externalId": line.account},
        "debit": line.debit,
        "credit": line.credit,
        "custcol_engagement": None if line.engagement is None else {"refName": line.engagement},
        "custcol_contract_line": line.contract_line,
        "memo": line.memo,
    }


class PaymentForm(Form):
    """A payment by external id, check number or number (``tranId``)."""

    payment: str


class ApplyForm(PaymentForm):
    """The invoice it is for, by number; it takes what it can."""

    invoice: str


@ACTIONS.add("payments", PaymentForm)
def payments(call: Call, form: PaymentForm) -> list[dict[str, Any]]:
    """The payment of that name: one, or none."""
    row = _payment(call, form.payment)
    return [] if row is None else [_receipt(row)]


@ACTIONS.add("apply_payment", ApplyForm)
def apply_payment(call: Call, form: ApplyForm) -> dict[str, Any]:
    """Apply unapplied cash to an open invoice of its client (J23 of accounting.md: 2150 to 1100)."""
    books = call.mock.books
    row, invoice = _payment(call, form.payment), books.by("invoice", "tranId", form.invoice)
    if row is None:
        raise FormRefused(f"no payment {form.payment}", field="payment", status=404)
    if invoice is None:
        raise FormRefused(f"no invoice {form.invoice}", field="invoice", status=404)
    body = {"apply": {"items": [{"doc": {"id": invoice["id"]}, "apply": True}]}}
    with books.as_accountant():
        return _receipt(rules_payments.update_payment(books, row, read(books, PAYMENT_RECORD, body)))


def _payment(call: Call, name: str) -> Row | None:
    for column in ("externalId", "checkNum", "tranId"):
        row = call.store.one("customerPayment", {column: name})
        if row is not None:
            return row
    return None


def _receipt(row: Row) -> dict[str, Any]:
    return {
        "id": row["id"],
        "tran_id": row["tranId"],
        "applied": shown(row["applied"]),
        "unapplied": shown(row["unapplied"]),
    }


@ACTIONS.add("vendor_bills", BillNumberForm)
def vendor_bills(call: Call, form: BillNumberForm) -> list[dict[str, Any]]:
    """The bill of that number of a supplier: one, or none."""
    vendor = call.mock.books.by("vendor", "companyName", form.supplier)
    if vendor is None:
        return []
    wanted = {"entity": vendor["id"], "tranId": form.number}
    return [_bill(row, form.supplier) for row in call.store.find("vendorBill", wanted)]


@ACTIONS.add("enter_bill", BillForm)
def enter_bill(call: Call, form: BillForm) -> dict[str, Any]:
    """Enter a supplier's bill for work on a project, to be approved; a supplier who is new is made."""
    books = call.mock.books
    if books.by("job", "entityId", form.engagement) is None:
        raise FormRefused(f"no project {form.engagement}", field="engagement", status=404)
    vendor = books.by("vendor", "companyName", form.supplier)
    if vendor is None:
        about = {
            "companyName": form.supplier,
            "subsidiary": {"externalId": form.subsidiary},
            "custentity_country": form.country,
        }
        vendor = rules_bills.create_vendor(books, read(books, VENDOR, about))
    line = {
        "amount": form.net,
        "tax1Amt": form.tax,
        "customer": {"refName": form.engagement},
        "isBillable": form.billable,
        "memo": f"{form.supplier} {form.number}",
        "custcol_contract_line": form.contract_line,
    }
    body = {
        "entity": {"id": vendor["id"]},
        "tranId": form.number,
        "tranDate": form.date.isoformat(),
        "approvalStatus": {"id": BILL_PENDING},
        "memo": f"{form.supplier} {form.number}",
        "expense": {"items": [line]},
    }
    return _bill(rules_bills.create_bill(books, read(books, VENDOR_BILL, body)), form.supplier)


def _bill(row: Row, supplier: str) -> dict[str, Any]:
    return {
        "id": row["id"],
        "supplier": supplier,
        "number": row["tranId"],
        "approval_status": row["approvalStatus"],
        "total": shown(row["total"]),
    }


@ACTIONS.add("decide_expense_report", ApprovalForm)
def decide_expense_report(call: Call, form: ApprovalForm) -> dict[str, Any]:
    """Approve a submitted expense report, which posts it, or reject it with a note."""
    books = call.mock.books
    row = books.by("expenseReport", "externalId", form.report) or books.by("expenseReport", "tranId", form.report)
    if row is None:
        raise FormRefused(f"no expense report {form.report}", field="report", status=404)
    if not form.approve and not form.note:
        raise FormRefused("a rejection needs a note", field="note")
    decided = {"approvalStatus": REPORT_APPROVED if form.approve else REPORT_REJECTED}
    if form.note:
        decided["rejectionNote"] = form.note
    with books.as_accountant():
        after = rules_expenses.update_report(books, row, Incoming(values=decided))
    return {
        "id": after["id"],
        "tran_id": after["tranId"],
        "approval_status": after["approvalStatus"],
        "total": shown(after["total"]),
    }
