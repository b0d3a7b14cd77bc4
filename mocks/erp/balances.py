"""What a client owes: open, and open past its due date. Computed when asked for; nothing is stored."""

from __future__ import annotations

from typing import Any

from mocks.erp.books import Books
from sandbox.core.observe import Row

# The SQL function that SuiteQL's views ask for the account's date, ``YYYY-MM-DD``.
TODAY = "erp_today"

_OPEN = (
    '(SELECT COALESCE(SUM(i."amountRemaining"), 0) FROM "invoice" AS i WHERE i."entity" = {customer} '
    'AND i."status" = \'open\' AND i."_deleted" = 0{more})'
)
_UNAPPLIED = (
    '(SELECT COALESCE(SUM(p."unapplied"), 0) FROM "{table}" AS p WHERE p."{field}" = {customer} AND p."_deleted" = 0)'
)


def balance_sql(customer: str) -> str:
    """Open invoices less what is unapplied, at 1e-4; ``customer`` is an SQL expression for the client's id."""
    payments = _UNAPPLIED.format(table="customerPayment", field="customer", customer=customer)
    credits_ = _UNAPPLIED.format(table="creditMemo", field="entity", customer=customer)
    return f"({_OPEN.format(customer=customer, more='')} - {payments} - {credits_})"


def overdue_sql(customer: str) -> str:
    """Open invoices whose due date is before today, at 1e-4."""
    return _OPEN.format(customer=customer, more=f' AND i."dueDate" < {TODAY}()')


def of_customer(books: Books, row: Row) -> dict[str, Any]:
    """The computed fields of a customer."""
    sql = f"SELECT {balance_sql('?1')}, {overdue_sql('?1')}"
    ((balance, overdue),) = books.store.read(sql, (row["id"],))
    return {"balance": balance, "overdueBalance": overdue}
