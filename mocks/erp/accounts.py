"""Ledger accounts a document needs and a small tenant's chart may lack."""

from __future__ import annotations

from mocks.erp import errors
from mocks.erp.books import Books


def account_of(books: Books, number: str) -> str:
    """The id of an account; raises ErpRefusal where the chart has none of that number."""
    found = books.by("account", "acctNumber", number)
    if found is None:
        raise errors.user_error(f"The chart of accounts has no account {number}.")
    return str(found["id"])
