"""The general ledger: which period takes a posting, and the lines of one document written together.

Who posts what is posting-map.md section 2: an invoice never touches an income account, revenue comes by journal.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from mocks.erp import errors
from mocks.erp.books import Books
from mocks.erp.records_documents import NATIVE
from sandbox.core.errors import HarnessError
from sandbox.core.observe import Row

BANK, RECEIVABLES, CONTRACT_POSITION, UNAPPLIED_CASH, OUTPUT_TAX = "1000", "1100", "2100", "2150", "2300"
LABOUR_COST, LABOUR_ABSORBED = "5000", "6090"


@dataclass(frozen=True, slots=True)
class Entry:
    """One side of a posting: account id, amount at 1e-4 (positive a debit, negative a credit), dimensions.

    ``key`` tells the lines of one document apart in their ids: by source where there is one, so that leaving out one
    source moves no other line's id.
    """

    account: str
    amount: int
    line: int
    key: str
    dimensions: dict[str, Any]


def is_open(period: Row, *, receivables: bool = False) -> bool:
    """Whether a period takes postings; documents of receivables have a lock of their own (section 9.4)."""
    shut = period["closed"] or period["allLocked"] or (receivables and period["arLocked"])
    return not shut


def posting_period(books: Books, day: str, given: str | None = None, *, receivables: bool = False) -> Row:
    """The period a document posts to: the given one, else that of its date. Raises ErpRefusal when it is not open."""
    period = books.known("accountingPeriod", given) if given else books.period_of(day)
    if period is None or not is_open(period, receivables=receivables):
        raise errors.closed_period()
    return period


def must_be_open(books: Books, period_id: str | None, *, receivables: bool = False) -> None:
    """Raises ErpRefusal unless the period of something posted is open."""
    if period_id is None or not is_open(books.known("accountingPeriod", period_id), receivables=receivables):
        raise errors.closed_period()


def cost_period(books: Books, day: str, wished: str | None) -> Row | None:
    """Where the cost of a day's work goes: the wished period if open, else that of the day, else the next open one.

    None when no period from that day on is open (J42 of accounting.md has late time in the first open period).
    """
    if wished is not None:
        period = books.row("accountingPeriod", wished)
        if period is not None and is_open(period):
            return period
    return next((each for each in books.periods() if each["endDate"] >= day and is_open(each)), None)


def write(books: Books, header: Row, entries: Iterable[Entry], poster: str = NATIVE) -> None:
    """Post the entries of a document. ``header`` is its transaction row; entries of nothing are left out."""
    total = 0
    for entry in entries:
        if entry.amount == 0:
            continue
        total += entry.amount
        books.insert(
            "transactionLine",
            {
                "transaction": header["id"],
                "line": entry.line,
                "account": entry.account,
                "debit": max(entry.amount, 0),
                "credit": max(-entry.amount, 0),
                "currency": header["currency"],
                "subsidiary": header["subsidiary"],
                "period": header["postingPeriod"],
                "date": header["tranDate"],
                "poster": poster,
                **entry.dimensions,
            },
            label=f"{header['id']} {entry.account} {'debit' if entry.amount > 0 else 'credit'} {entry.key}",
        )
    if total:
        # Every way here balances its entries first: a difference is a bug, never a user's mistake.
        raise HarnessError(f"transaction {header['id']} does not balance by {total}")


def unpost(books: Books, transaction_id: str) -> None:
    """Take the lines of a document out of the ledger again."""
    for line in books.store.find("transactionLine", {"transaction": transaction_id}):
        books.delete("transactionLine", line["id"])


def header(books: Books, kind: str, document: Row, **shared: Any) -> Row:
    """The transaction row of a document: same id, what all kinds share, and what this kind adds."""
    values = {
        "id": document["id"],
        "type": kind,
        **{name: document[name] for name in ("tranId", "externalId", "tranDate", "postingPeriod")},
        **{name: document[name] for name in ("subsidiary", "currency", "memo")},
        "poster": NATIVE,
        **shared,
    }
    return books.insert("transaction", values)
