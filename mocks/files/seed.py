"""The smallest sensible tenant: the accounts, pay calendars and employees the firm hands in."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from mocks.files import rules_bank, rules_payroll
from sandbox.core.clock import instant, local_date
from sandbox.core.money import to_scaled

if TYPE_CHECKING:
    from mocks.files.system import Files
    from sandbox.core.tenants import BankAccount, FilesTenant, PayrollEntity


def seed(mock: Files, tenant: FilesTenant) -> None:
    """Fill a fresh tenant and plan what the partners will do by themselves."""
    mock.people.update(tenant.people)
    accounts = Counter(account.entity for account in tenant.bank_accounts)
    for account in tenant.bank_accounts:
        _account(mock, account, several=accounts[account.entity] > 1)
    for late in tenant.late_statements:
        row = rules_bank.account_of(mock.store, late.account)
        rules_bank.delay(
            mock.store, row, late.day, instant(mock.context.clock.epoch, late.until), mock.context.clock.now_us()
        )
    for entity in tenant.payroll_entities:
        _entity(mock, entity)
    for employee in tenant.employees:
        values = {
            "employee_id": employee.employee_id,
            "entity": employee.entity,
            "annual_gross": to_scaled(employee.annual_gross),
            "first_day": None if employee.first_day is None else employee.first_day.isoformat(),
            "last_day": None if employee.last_day is None else employee.last_day.isoformat(),
        }
        rules_payroll.register(mock.store, values)


def _account(mock: Files, account: BankAccount, *, several: bool) -> None:
    values = {
        "code": account.code,
        "entity": account.entity,
        "currency": account.currency,
        "country": account.country,
        "zone": account.zone,
        "file_stem": f"{account.entity}-{account.code}" if several else account.entity,
        "balance": to_scaled(account.opening_balance),
    }
    row = mock.store.insert("bank_account", values, label=f"account {account.code}")
    if mock.statements_on_quiet_days:
        today = local_date(mock.context.clock.epoch, mock.context.clock.now_us(), account.zone)
        mock.plan_statement(row, rules_bank.banking_day(row, today))


def _entity(mock: Files, entity: PayrollEntity) -> None:
    values = {
        "code": entity.code,
        "currency": entity.currency,
        "country": entity.country,
        "zone": entity.zone,
        "periods_per_year": entity.periods_per_year,
    }
    row = mock.store.insert("payroll_entity", values, label=f"entity {entity.code}")
    for period in entity.periods:
        span = {
            "entity": entity.code,
            "start": period.start.isoformat(),
            "end": period.end.isoformat(),
            "pay_day": period.pay_day.isoformat(),
        }
        mock.store.insert("pay_period", span, label=f"period {entity.code} {period.end}")
        mock.plan_run(row, period.end, period.pay_day)
