"""The smallest sensible tenant: what finance has set up before any document exists."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from sandbox.core.money import exponent, plain, to_scaled
from sandbox.core.periods import Period

if TYPE_CHECKING:
    from mocks.erp.books import Books
    from mocks.erp.system import Erp
    from sandbox.core.tenants import ErpTenant

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def seed(mock: Erp, tenant: ErpTenant) -> None:
    """Fill a fresh tenant. External ids are the firm's own codes."""
    mock.people.update(tenant.people)
    books = mock.books
    for symbol in dict.fromkeys(each.currency for each in tenant.subsidiaries):
        values = {"name": symbol, "symbol": symbol, "currencyPrecision": exponent(symbol), "externalId": symbol}
        _add(books, "currency", values, symbol)
    for subsidiary in tenant.subsidiaries:
        values = {
            "name": subsidiary.name,
            "country": subsidiary.country,
            "currency": _id(books, "currency", subsidiary.currency),
            "custrecord_tax_rate": plain(subsidiary.tax_rate),
            "externalId": subsidiary.code,
        }
        _add(books, "subsidiary", values, subsidiary.code)
    for account in tenant.chart:
        values = {"acctNumber": account.number, "acctName": account.name, "acctType": account.kind}
        _add(books, "account", {**values, "externalId": account.number}, account.number)
    for item in tenant.items:
        values = {"itemId": item.code, "displayName": item.name, "custitem_role": item.role, "externalId": item.code}
        _add(books, "serviceSaleItem", values, item.code)
    for period in tenant.periods:
        _add_period(books, period, closed=period in tenant.closed)
    _add_people(books, tenant)


def period_name(period: Period) -> str:
    """As NetSuite prints it: ``Jan 2026``."""
    return f"{_MONTHS[period.month - 1]} {period.year}"


def _add_period(books: Books, period: Period, *, closed: bool) -> None:
    shut = int(closed)
    values = {
        "periodName": period_name(period),
        "startDate": period.first.isoformat(),
        "endDate": period.last.isoformat(),
        "closed": shut,
        "allLocked": shut,
        "arLocked": shut,
        "apLocked": shut,
        "closedOnDate": _day(period.next().first) if closed else None,
    }
    _add(books, "accountingPeriod", values, str(period))


def _add_people(books: Books, tenant: ErpTenant) -> None:
    for cost in tenant.standard_costs:
        name = f"{cost.role} {cost.subsidiary} {cost.effective}"
        values = {
            "name": name,
            "custrecord_role": cost.role,
            "custrecord_subsidiary": _id(books, "subsidiary", cost.subsidiary),
            "custrecord_effective": _day(cost.effective),
            "custrecord_cost": to_scaled(cost.cost),
        }
        _add(books, "customrecord_standard_cost", values, name)
    for employee in tenant.employees:
        label = f"external id {employee.employee_id}"
        values = {
            "entityId": books.number_for("employee", label),
            "firstName": employee.first_name,
            "lastName": employee.last_name,
            "email": employee.email,
            "subsidiary": _id(books, "subsidiary", employee.subsidiary),
            "laborcategory": employee.role,
            "hireDate": _day(employee.hire_date),
            "externalId": employee.employee_id,
        }
        books.insert("employee", values)


def _add(books: Books, type_name: str, values: dict[str, object], label: str) -> None:
    books.insert(type_name, values, label=label)


def _id(books: Books, type_name: str, external_id: str) -> str:
    found = books.by(type_name, "externalId", external_id)
    if found is None:
        raise ValueError(f"the tenant names {type_name} {external_id!r} and does not define it")
    return str(found["id"])


def _day(day: date) -> str:
    return day.isoformat()
