"""What people do at the partners: clients pay, the bank is late, the provider pays salaries."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Annotated, Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from mocks.files import rules_bank, rules_payroll
from mocks.kit.app import Call
from mocks.kit.person import Actions
from sandbox.core.clock import instant, iso_z, local_date
from sandbox.core.money import from_scaled, plain, to_scaled
from sandbox.core.observe import Row

ACTIONS = Actions()

# Beyond these there are no calendars to speak of.
_FIRST_DAY, _LAST_DAY = date(2000, 1, 1), date(2200, 1, 1)
Amount = Annotated[Decimal, Field(gt=0, max_digits=14, decimal_places=4)]
Fee = Annotated[Decimal, Field(ge=0, max_digits=14, decimal_places=4)]
Text = Annotated[str, Field(min_length=1, max_length=140, pattern=r"^[^\r\n]*$")]


class Form(BaseModel):
    """A form takes the fields it knows and no others."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class TransferForm(Form):
    """A client pays ``amount``; the bank credits it less ``fee``."""

    account: str
    amount: Amount
    currency: str
    value_date: date
    remitter: Text
    reference: Text
    fee: Fee = Decimal(0)


class AccountForm(Form):
    """An account."""

    account: str


class DelayForm(Form):
    """The statement of ``date`` arrives only at ``until`` (date-time with a zone)."""

    account: str
    date: Annotated[date, Field(ge=_FIRST_DAY, lt=_LAST_DAY)]
    until: Annotated[AwareDatetime, Field(lt=datetime(2200, 1, 1, tzinfo=UTC))]


class RunForm(Form):
    """The pay period of an entity that ends on ``period_end``."""

    entity: str
    period_end: date


class EmployeeForm(Form):
    """Somebody on the payroll; what was said before is replaced."""

    employee_id: Annotated[str, Field(min_length=1, max_length=40, pattern=r"^[^,\s]+$")]
    entity: str
    annual_gross: Amount
    first_day: date | None = None
    last_day: date | None = None


@ACTIONS.add("bank_transfer", TransferForm)
def bank_transfer(call: Call, form: TransferForm) -> dict[str, Any]:
    """A client pays."""
    account = rules_bank.account_of(call.store, form.account)
    today = local_date(call.mock.context.clock.epoch, call.now_us, account["zone"])
    transfer = form.model_dump(exclude={"account"})
    transfer.update(amount=to_scaled(form.amount), fee=to_scaled(form.fee))
    line = rules_bank.book(call.store, account, transfer, today)
    call.mock.plan_statement(account, date.fromisoformat(line["booked_on"]))
    return _line(line)


@ACTIONS.add("bank_lines", AccountForm)
def bank_lines(call: Call, form: AccountForm) -> list[dict[str, Any]]:
    """Every line of an account, as booked."""
    account = rules_bank.account_of(call.store, form.account)
    return [
        _line(line) for line in call.store.find("bank_line", {"account": account["code"]}, order='"_created_us", "id"')
    ]


@ACTIONS.add("delay_statement", DelayForm)
def delay_statement(call: Call, form: DelayForm) -> dict[str, Any]:
    """The file of a statement will be late."""
    account = rules_bank.account_of(call.store, form.account)
    epoch = call.mock.context.clock.epoch
    row = rules_bank.delay(call.store, account, form.date, instant(epoch, form.until), call.now_us)
    return {"account": row["account"], "date": row["day"], "until": iso_z(epoch, row["until_us"])}


@ACTIONS.add("run_payroll", RunForm)
def run_payroll(call: Call, form: RunForm) -> dict[str, Any]:
    """Pay a period."""
    entity = rules_payroll.entity_of(call.store, form.entity)
    period = rules_payroll.period_of(call.store, form.entity, form.period_end)
    paid = rules_payroll.run(call.store, entity, period, call.now_us)
    return {
        "run_id": paid["id"],
        "employees": paid["employees"],
        "gross": plain(from_scaled(paid["gross"])),
        "currency": paid["currency"],
        "file": paid["file_name"],
    }


@ACTIONS.add("register_employee", EmployeeForm)
def register_employee(call: Call, form: EmployeeForm) -> dict[str, Any]:
    """Put somebody on the payroll."""
    values = {
        "employee_id": form.employee_id,
        "entity": form.entity,
        "annual_gross": to_scaled(form.annual_gross),
        "first_day": None if form.first_day is None else form.first_day.isoformat(),
        "last_day": None if form.last_day is None else form.last_day.isoformat(),
    }
    row = rules_payroll.register(call.store, values)
    return {"employee_id": row["employee_id"], "entity": row["entity"]}


def _line(line: Row) -> dict[str, Any]:
    return {
        "line_id": line["id"],
        "booked_on": line["booked_on"],
        "value_date": line["value_date"],
        "amount": plain(from_scaled(line["amount"])),
        "fee": plain(from_scaled(line["fee"])),
        "currency": line["currency"],
        "remitter": line["remitter"],
        "reference": line["reference"],
    }
