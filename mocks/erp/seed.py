"""The smallest sensible tenant: what finance has set up before any document exists."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date
from typing import TYPE_CHECKING

from mocks.erp.books import percent
from mocks.erp.records_currencies import RATE_TYPES
from mocks.erp.rules_rates import must_be_rate
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
    for symbol in _currencies(tenant):
        values: dict[str, object] = {
            "name": symbol,
            "symbol": symbol,
            "currencyPrecision": exponent(symbol),
            "externalId": symbol,
        }
        _add(books, "currency", values, symbol)
    for subsidiary in tenant.subsidiaries:
        values = {
            "name": subsidiary.name,
            "country": subsidiary.country,
            "currency": _id(books, "currency", subsidiary.currency),
            "custrecord_tax_rate": plain(subsidiary.tax_rate),
            "custrecord_state": subsidiary.state or None,
            "externalId": subsidiary.code,
        }
        _add(books, "subsidiary", values, subsidiary.code)
    for account in tenant.chart:
        values = {"acctNumber": account.number, "acctName": account.name, "acctType": account.kind}
        _add(books, "account", {**values, "externalId": account.number}, account.number)
    for item in tenant.items:
        values = {"itemId": item.code, "displayName": item.name, "custitem_role": item.role, "externalId": item.code}
        _add(books, "serviceSaleItem", values, item.code)
    for category in tenant.expense_categories:
        _add(books, "expenseCategory", {"name": category.name, "externalId": category.code}, category.code)
    _add_taxes(books, tenant)
    for period in tenant.periods:
        _add_period(books, period, closed=period in tenant.closed)
    _add_people(books, tenant)
    _add_rates(books, tenant)
    _add_pairs(books, tenant)


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


def _add_taxes(books: Books, tenant: ErpTenant) -> None:
    codes = {rule.code: rule for rule in tenant.tax_rules}
    for rule in tenant.tax_rules:
        if codes[rule.code].rate != rule.rate:
            raise ValueError(f"tax code {rule.code!r} has two rates; a new rate is a new code")
    for code, rule in codes.items():
        values = {"itemId": code, "description": rule.note or None, "rate": plain(percent(str(rule.rate)))}
        _add(books, "salesTaxItem", {**values, "country": rule.supplier_country, "externalId": code}, code)
    for rule in tenant.tax_rules:
        route = f"{rule.supplier_country} {rule.customer_country} {rule.state}".strip()
        name = f"{route} {rule.effective} {rule.code}"
        conditions: dict[str, object] = {
            "name": name,
            "custrecord_supplier_country": rule.supplier_country,
            "custrecord_customer_country": rule.customer_country,
            "custrecord_state": rule.state or None,
            "custrecord_needs_vat_id": int(rule.needs_vat_id),
            "custrecord_tax_code": _id(books, "salesTaxItem", rule.code),
            "custrecord_effective": _day(rule.effective),
        }
        _add(books, "customrecord_tax_rule", conditions, name)


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


def _currencies(tenant: ErpTenant) -> Iterable[str]:
    """Every currency the tenant names, once, those of its subsidiaries first."""
    rates = (symbol for each in tenant.rates for symbol in (each.base, each.quote))
    return dict.fromkeys((*(each.currency for each in tenant.subsidiaries), *tenant.currencies, *rates))


def _add_rates(books: Books, tenant: ErpTenant) -> None:
    kinds = {label.lower(): kind for kind, label in RATE_TYPES.items()}
    versions: Counter[tuple[str, str, str, date]] = Counter()
    for rate in tenant.rates:
        must_be_rate(plain(rate.rate))
        key = (rate.kind, rate.base, rate.quote, rate.effective)
        versions[key] += 1
        values: dict[str, object] = {
            "baseCurrency": _id(books, "currency", rate.quote),
            "transactionCurrency": _id(books, "currency", rate.base),
            "effectiveDate": _day(rate.effective),
            "exchangeRate": plain(rate.rate.normalize() + 0),
            "custrecord_rate_type": kinds[rate.kind],
            "custrecord_version": versions[key],
        }
        label = f"{rate.kind} {rate.base} {rate.quote} {rate.effective} version {versions[key]}"
        _add(books, "currencyRate", values, label)


def _add_pairs(books: Books, tenant: ErpTenant) -> None:
    for pair in tenant.intercompany:
        name = f"{pair.provider} for {pair.receiver}"
        values: dict[str, object] = {
            "name": name,
            "custrecord_provider": _id(books, "subsidiary", pair.provider),
            "custrecord_receiver": _id(books, "subsidiary", pair.receiver),
            "custrecord_markup": plain(pair.markup),
            "custrecord_reverse_charge_rate": plain(pair.reverse_charge_rate),
        }
        _add(books, "customrecord_intercompany_pair", values, name)


def _add(books: Books, type_name: str, values: Mapping[str, object], label: str) -> None:
    books.insert(type_name, values, label=label)


def _id(books: Books, type_name: str, external_id: str) -> str:
    found = books.by(type_name, "externalId", external_id)
    if found is None:
        raise ValueError(f"the tenant names {type_name} {external_id!r} and does not define it")
    return str(found["id"])


def _day(day: date) -> str:
    return day.isoformat()
