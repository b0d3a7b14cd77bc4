"""The person surface: what finance does at a screen because REST has no resource for it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, field_validator

from mocks.erp import rules_invoices, rules_periods
from mocks.erp.books import differing, shown
from mocks.erp.records_documents import INVOICE_APPROVED
from mocks.kit.app import Call
from mocks.kit.person import Actions, FormRefused
from sandbox.core.money import exponent, to_scaled
from sandbox.core.observe import Row
from sandbox.core.periods import Period

ACTIONS = Actions()
_PERIOD = r"^\d{4}-(0[1-9]|1[0-2])$"


class Form(BaseModel):
    """A form takes the fields it knows and no others."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class BankLineForm(Form):
    """One line of a bank statement; the amount as a decimal text, money in positive."""

    line_id: str = Field(min_length=1, max_length=300)
    subsidiary: str
    date: date
    amount: str
    currency: str
    payer: str
    reference: str

    @field_validator("amount")
    @classmethod
    def _is_amount(cls, text: str) -> str:
        if not text.replace(".", "", 1).removeprefix("-").isdecimal() or not text.isascii() or len(text) > 16:
            raise ValueError("expected a decimal amount")
        return text


class LineForm(Form):
    """A bank line by its id."""

    line_id: str


class PeriodForm(Form):
    """A period, ``YYYY-MM``."""

    period: str = Field(pattern=_PERIOD)


class ReopenForm(PeriodForm):
    """A period, who approved its reopening, and why."""

    approver: str = Field(min_length=1)
    reason: str = Field(min_length=1)


class LockForm(PeriodForm):
    """A period and its locks."""

    receivables: bool
    everything: bool
    payables: bool = False


class EngagementForm(Form):
    """A project by its number (``entityId``)."""

    engagement: str


class VoidForm(Form):
    """An invoice by its number (``tranId``), and why it is void."""

    invoice: str
    reason: str = Field(min_length=1, max_length=290)


class HoldForm(Form):
    """A client by external id, number or name, whether it is on hold, and why."""

    customer: str
    hold: bool
    reason: str = Field(min_length=1, max_length=300)


class InactiveForm(Form):
    """An employee by external id."""

    employee_external_id: str
    inactive: bool


class ItemForm(Form):
    """A service item: its code, what it is called, and the role whose time it sells, if any."""

    item_id: str = Field(min_length=1, max_length=60)
    display_name: str = Field(min_length=1, max_length=60)
    role: str | None = None


@ACTIONS.add("import_bank_line", BankLineForm)
def import_bank_line(call: Call, form: BankLineForm) -> dict[str, Any]:
    """Take over a line of the bank's statement; each line once."""
    if call.store.one("bankStatementLine", {"lineId": form.line_id}) is not None:
        raise FormRefused(f"bank line {form.line_id} is imported already", field="line_id")
    return put_bank_line(call, form)


def put_bank_line(call: Call, form: BankLineForm) -> dict[str, Any]:
    """A line of the statement, once. Raises FormRefused for one that is there and says otherwise."""
    books = call.mock.books
    amount = _amount(form)
    values = {
        "lineId": form.line_id,
        "subsidiary": _coded(call, "subsidiary", form.subsidiary),
        "date": form.date.isoformat(),
        "amount": amount,
        "currency": _coded(call, "currency", form.currency),
        "payer": form.payer,
        "reference": form.reference,
    }
    row = call.store.one("bankStatementLine", {"lineId": form.line_id})
    if row is None:
        row = books.insert("bankStatementLine", values, label=form.line_id)
    elif differing(row, values):
        raise FormRefused(f"bank line {form.line_id} is imported and says otherwise", field="line_id")
    return {"id": row["id"], "line_id": row["lineId"], "status": row["status"]}


@ACTIONS.add("bank_lines", LineForm)
def bank_lines(call: Call, form: LineForm) -> list[dict[str, Any]]:
    """The imported lines of that id: one, or none."""
    rows = call.store.find("bankStatementLine", {"lineId": form.line_id})
    return [{"id": row["id"], "line_id": row["lineId"], "status": row["status"]} for row in rows]


@ACTIONS.add("period_status", PeriodForm)
def period_status(call: Call, form: PeriodForm) -> dict[str, Any]:
    """How a period stands."""
    return _period(rules_periods.required(call.mock.books, Period.parse(form.period)))


@ACTIONS.add("close_period", PeriodForm)
def close_period(call: Call, form: PeriodForm) -> dict[str, Any]:
    """Post what is approved and close a period."""
    row = rules_periods.close_period(call.mock.books, Period.parse(form.period), call.principal.name)
    return _period(row)


@ACTIONS.add("soft_close_period", PeriodForm)
def soft_close_period(call: Call, form: PeriodForm) -> dict[str, Any]:
    """Post what is approved and shut a period to feeds; accountants go on at their screens."""
    row = rules_periods.soft_close_period(call.mock.books, Period.parse(form.period), call.principal.name)
    return _period(row)


@ACTIONS.add("reopen_period", ReopenForm)
def reopen_period(call: Call, form: ReopenForm) -> dict[str, Any]:
    """Open the latest closed or soft-closed period again."""
    period = Period.parse(form.period)
    row = rules_periods.reopen_period(call.mock.books, period, call.principal.name, form.approver, form.reason)
    return _period(row)


@ACTIONS.add("lock_period", LockForm)
def lock_period(call: Call, form: LockForm) -> dict[str, Any]:
    """Lock receivables, payables or everything in an open period; or take the locks off."""
    period = Period.parse(form.period)
    locks = {"arLocked": form.receivables, "apLocked": form.payables, "allLocked": form.everything}
    return _period(rules_periods.lock_period(call.mock.books, period, locks, call.principal.name))


@ACTIONS.add("open_invoices", EngagementForm)
def open_invoices(call: Call, form: EngagementForm) -> list[dict[str, Any]]:
    """What the client of an engagement was sent and has not paid in full, oldest number first."""
    job = call.mock.books.by("job", "entityId", form.engagement)
    if job is None:
        raise FormRefused(f"no project {form.engagement}", field="engagement", status=404)
    wanted = {"job": job["id"], "approvalStatus": INVOICE_APPROVED, "status": "open"}
    rows = call.store.find("invoice", wanted, order='"sequence"')
    return [_sent(call, job, row) for row in rows]


@ACTIONS.add("void_invoice", VoidForm)
def void_invoice(call: Call, form: VoidForm) -> dict[str, Any]:
    """Make an unpaid invoice of an open period void; it keeps its number."""
    books = call.mock.books
    row = books.store.one("invoice", {"tranId": form.invoice})
    if row is None:
        raise FormRefused(f"no invoice {form.invoice}", field="invoice", status=404)
    after = rules_invoices.void_invoice(books, row)
    books.update("transaction", row["id"], {"memo": f"VOID: {form.reason}"})
    return {"id": after["id"], "tran_id": after["tranId"], "status": after["status"]}


@ACTIONS.add("set_credit_hold", HoldForm)
def set_credit_hold(call: Call, form: HoldForm) -> dict[str, Any]:
    """Put a client on credit hold, or take it off."""
    books = call.mock.books
    row = books.by("customer", "externalId", form.customer) or books.by("customer", "entityId", form.customer)
    row = row or books.store.one("customer", {"companyName": form.customer})
    if row is None:
        raise FormRefused(f"no customer {form.customer}", field="customer", status=404)
    wanted = {"creditHoldOverride": "ON" if form.hold else "OFF", "custentity_hold_reason": form.reason}
    if differing(row, wanted):
        row = books.update("customer", row["id"], wanted)
    return {"id": row["id"], "customer": row["entityId"], "hold": form.hold}


@ACTIONS.add("set_employee_inactive", InactiveForm)
def set_employee_inactive(call: Call, form: InactiveForm) -> dict[str, Any]:
    """An inactive employee takes no new time."""
    books = call.mock.books
    row = books.by("employee", "externalId", form.employee_external_id)
    if row is None:
        raise FormRefused(f"no employee {form.employee_external_id}", field="employee_external_id", status=404)
    if bool(row["isInactive"]) != form.inactive:
        books.update("employee", row["id"], {"isInactive": int(form.inactive)})
    return {"id": row["id"], "inactive": form.inactive}


@ACTIONS.add("add_item", ItemForm)
def add_item(call: Call, form: ItemForm) -> dict[str, Any]:
    """Add a service item to sell by; the same item again changes nothing."""
    books = call.mock.books
    row = books.by("serviceSaleItem", "itemId", form.item_id)
    if row is not None and row["custitem_role"] != form.role:
        raise FormRefused(f"item {form.item_id} is there already, for role {row['custitem_role']!r}", field="item_id")
    if row is None:
        values = {
            "itemId": form.item_id,
            "displayName": form.display_name,
            "custitem_role": form.role,
            "externalId": form.item_id,
        }
        row = books.insert("serviceSaleItem", values, label=form.item_id)
    return {"id": row["id"], "item_id": row["itemId"], "role": row["custitem_role"]}


def _sent(call: Call, job: Row, row: Row) -> dict[str, Any]:
    return {
        "tran_id": row["tranId"],
        "job": job["entityId"],
        "subtotal": shown(row["subtotal"]),
        "total": shown(row["total"]),
        "amount_remaining": shown(row["amountRemaining"]),
        "currency": call.mock.books.known("currency", row["currency"])["symbol"],
        "due_date": row["dueDate"],
        "date": row["tranDate"],
        "memo": row["memo"],
    }


def _amount(form: BankLineForm) -> int:
    amount = Decimal(form.amount)
    if amount == 0 or amount != amount.quantize(Decimal(1).scaleb(-exponent(form.currency))):
        raise FormRefused(f"{form.amount} is no amount of {form.currency}", field="amount")
    return to_scaled(amount)


def _coded(call: Call, type_name: str, code: str) -> str:
    row = call.mock.books.by(type_name, "externalId", code)
    if row is None:
        raise FormRefused(f"no {type_name} {code}", field=type_name)
    return str(row["id"])


def _period(row: Row) -> dict[str, Any]:
    return {
        "id": row["id"],
        "period": row["periodName"],
        "closed": bool(row["closed"]),
        "soft_closed": bool(row["custrecord_soft_closed"]),
        "receivables_locked": bool(row["arLocked"]),
        "payables_locked": bool(row["apLocked"]),
        "everything_locked": bool(row["allLocked"]),
    }
