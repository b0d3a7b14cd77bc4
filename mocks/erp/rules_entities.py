"""Customers, projects and employees: what finance must know before a document can name them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from mocks.erp import errors, rules
from mocks.erp.books import Books, differing
from mocks.erp.incoming import Incoming
from sandbox.core.observe import Row

_COUNTRY = re.compile(r"[A-Z]{2}")
_CUSTOMER_USES = (
    *(("job", "parent"), ("invoice", "entity"), ("customerPayment", "customer")),
    *(("creditMemo", "entity"), ("salesOrder", "entity")),
)
_JOB_USES = (
    *(("timeBill", "customer"), ("invoice", "job"), ("transactionLine", "job"), ("expenseLine", "customer")),
    *(("projectTask", "project"), ("salesOrder", "job"), ("billingSchedule", "job")),
)
_EMPLOYEE_USES = (("timeBill", "employee"), ("expenseReport", "entity"), ("transactionLine", "employee"))


def create_customer(books: Books, incoming: Incoming) -> Row:
    """A client. Two may share a name, not a number or an external id."""
    return rules.create(books, "customer", numbered(books, "customer", incoming.values), _check_customer)


def update_customer(books: Books, row: Row, incoming: Incoming) -> Row:
    """A change of a client; subsidiary and currency stay once anything builds on them."""
    _keep(books, row, incoming.values, ("subsidiary", "currency"), _CUSTOMER_USES)
    return rules.update(books, "customer", row, numbered(books, "customer", incoming.values, row), _check_customer)


def delete_customer(books: Books, row: Row) -> None:
    """Remove a client nothing refers to."""
    rules.unused(books, _CUSTOMER_USES, row["id"])
    books.delete("customer", row["id"])


def create_job(books: Books, incoming: Incoming) -> Row:
    """A project of a client, in the client's subsidiary and currency."""
    return rules.create(books, "job", numbered(books, "job", incoming.values), _check_job)


def update_job(books: Books, row: Row, incoming: Incoming) -> Row:
    """A change of a project; client, subsidiary and currency stay once anything builds on them."""
    _keep(books, row, incoming.values, ("parent", "subsidiary", "currency"), _JOB_USES)
    return rules.update(books, "job", row, numbered(books, "job", incoming.values, row), _check_job)


def delete_job(books: Books, row: Row) -> None:
    """Remove a project nothing refers to."""
    rules.unused(books, _JOB_USES, row["id"])
    books.delete("job", row["id"])


def create_employee(books: Books, incoming: Incoming) -> Row:
    """Somebody whose time is costed; ``laborcategory`` is the role."""
    return rules.create(books, "employee", numbered(books, "employee", incoming.values), _check_employee)


def update_employee(books: Books, row: Row, incoming: Incoming) -> Row:
    """A change of an employee; an inactive one stays in history and takes no new time."""
    _keep(books, row, incoming.values, ("subsidiary",), _EMPLOYEE_USES)
    return rules.update(books, "employee", row, numbered(books, "employee", incoming.values, row), _check_employee)


def delete_employee(books: Books, row: Row) -> None:
    """Remove an employee nothing refers to."""
    rules.unused(books, _EMPLOYEE_USES, row["id"])
    books.delete("employee", row["id"])


def numbered(books: Books, type_name: str, values: Mapping[str, Any], row: Row | None = None) -> dict[str, Any]:
    """The values with an entity number: the given one, the one it has, or a derived one."""
    if values.get("entityId") is not None or (row is not None and "entityId" not in values):
        return dict(values)
    number = row["entityId"] if row is not None else books.number_for(type_name, rules.label_of(values))
    return {**values, "entityId": number}


def _check_customer(books: Books, whole: Row) -> dict[str, Any]:
    country = whole["custentity_country"]
    if country is not None and not _COUNTRY.fullmatch(country):
        raise errors.invalid_value(country, "custentity_country", "custentity_country", "Expected two capital letters.")
    return {"currency": whole["currency"] or books.known("subsidiary", whole["subsidiary"])["currency"]}


def _check_job(books: Books, whole: Row) -> dict[str, Any]:
    parent = books.known("customer", whole["parent"])
    if parent["isInactive"] and not whole["isInactive"]:
        raise errors.invalid_value(parent["id"], "parent", "parent", "The customer is inactive.")
    if parent["subsidiary"] != whole["subsidiary"]:
        raise errors.wrong_combination("parent", parent["id"], whole["subsidiary"])
    currency = whole["currency"] or parent["currency"]
    if currency != parent["currency"]:
        raise errors.wrong_combination("currency", currency, whole["subsidiary"])
    start, end = whole["startDate"], whole["projectedEndDate"]
    if start is not None and end is not None and end < start:
        raise errors.invalid_value(end, "projectedEndDate", "projectedEndDate", "It is before the start date.")
    return {"currency": currency}


def _check_employee(books: Books, whole: Row) -> dict[str, Any]:
    hired, released = whole["hireDate"], whole["releasedate"]
    if hired is not None and released is not None and released < hired:
        raise errors.invalid_value(released, "releasedate", "releasedate", "It is before the hire date.")
    return {}


def _keep(
    books: Books, row: Row, values: Mapping[str, Any], names: tuple[str, ...], uses: tuple[tuple[str, str], ...]
) -> None:
    if differing(row, {name: values[name] for name in names if values.get(name) is not None}):
        rules.unused(books, uses, row["id"])
