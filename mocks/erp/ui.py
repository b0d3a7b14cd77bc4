"""The person surface: what finance does at a screen because REST has no resource for it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, field_validator

from mocks.erp import rules_periods
from mocks.erp.books import shown
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
    """A period and its two locks."""

    receivables: bool
    everything: bool


class EngagementForm(Form):
    """A project by its number (``entityId``)."""

    engagement: str


class InactiveForm(Form):
    """An employee by external id."""

    employee_external_id: str
    inactive: bool


@ACTIONS.add("import_bank_line", BankLineForm)
def import_bank_line(call: Call, form: BankLineForm) -> dict[str, Any]:
    """Take over a line of the bank's statement; each line once."""
    books = call.mock.books
    amount = _amount(form)
    if call.store.one("bankStatementLine", {"lineId": form.line_id}) is not None:
        raise FormRefused(f"bank line {form.line_id} is imported already", field="line_id")
    values = {
        "lineId": form.line_id,
        "subsidiary": _coded(call, "subsidiary", form.subsidiary),
        "date": form.date.isoformat(),
        "amount": amount,
        "currency": _coded(call, "currency", form.currency),
        "payer": form.payer,
        "reference": form.reference,
    }
    row = books.insert("bankStatementLine", values, label=form.line_id)
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


@ACTIONS.add("reopen_period", ReopenForm)
def reopen_period(call: Call, form: ReopenForm) -> dict[str, Any]:
    """Open the latest closed period again."""
    period = Period.parse(form.period)
    row = rules_periods.reopen_period(call.mock.books, period, call.principal.name, form.approver, form.reason)
    return _period(row)


@ACTIONS.add("lock_period", LockForm)
def lock_period(call: Call, form: LockForm) -> dict[str, Any]:
    """Lock receivables, or everything, in an open period; or take the locks off."""
    period = Period.parse(form.period)
    row = rules_periods.lock_period(call.mock.books, period, form.receivables, form.everything, call.principal.name)
    return _period(row)


@ACTIONS.add("open_invoices", EngagementForm)
def open_invoices(call: Call, form: EngagementForm) -> list[dict[str, Any]]:
    """What the client of an engagement was sent and has not paid in full, oldest number first."""
    job = call.mock.books.by("job", "entityId", form.engagement)
    if job is None:
        raise FormRefused(f"no project {form.engagement}", field="engagement", status=404)
    wanted = {"job": job["id"], "approvalStatus": INVOICE_APPROVED, "status": "open"}
    rows = call.store.find("invoice", wanted, order='"sequence"')
    return [_sent(call, job, row) for row in rows]


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


def _sent(call: Call, job: Row, row: Row) -> dict[str, Any]:
    return {
        "tran_id": row["tranId"],
        "job": job["entityId"],
        "total": shown(row["total"]),
        "amount_remaining": shown(row["amountRemaining"]),
        "currency": call.mock.books.known("currency", row["currency"])["symbol"],
        "due_date": row["dueDate"],
        "date": row["tranDate"],
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
        "receivables_locked": bool(row["arLocked"]),
        "everything_locked": bool(row["allLocked"]),
    }
