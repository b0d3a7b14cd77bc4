"""The general ledger: which period takes a posting, and the lines of one document written together.

Who posts what is posting-map.md section 2: an invoice never touches an income account, revenue comes by journal.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from mocks.erp import conversion, errors
from mocks.erp.books import Books
from mocks.erp.rates import SAME
from mocks.erp.records_documents import NATIVE
from mocks.erp.taxes import Tax
from sandbox.core.errors import HarnessError
from sandbox.core.observe import Row

Entry = conversion.Entry

BANK, RECEIVABLES, CONTRACT_POSITION, UNAPPLIED_CASH, OUTPUT_TAX = "1000", "1100", "2100", "2150", "2300"
LABOUR_COST, LABOUR_ABSORBED = "5000", "6090"
REFUND_LIABILITY, WITHHELD = "2110", "1140"

_DIMENSIONS = (
    *("entity", "customer", "job", "contractLine", "employee", "serviceDate", "taxCode"),
    *("sourceSystem", "sourceId", "sourceLine", "openItem", "memo"),
)


def is_open(period: Row, *, receivables: bool = False, payables: bool = False, accountant: bool = False) -> bool:
    """Whether a period takes postings; receivables and payables have locks of their own (section 9.4).

    A soft-closed one takes those of an accountant at the screen only.
    """
    shut = (
        period["closed"]
        or period["allLocked"]
        or (receivables and period["arLocked"])
        or (payables and period["apLocked"])
        or (period["custrecord_soft_closed"] and not accountant)
    )
    return not shut


def posting_period(
    books: Books, day: str, given: str | None = None, *, receivables: bool = False, payables: bool = False
) -> Row:
    """The period a document posts to: the given one, else that of its date. Raises ErpRefusal when it is not open."""
    period = books.known("accountingPeriod", given) if given else books.period_of(day)
    shown_open = period is not None and is_open(
        period, receivables=receivables, payables=payables, accountant=books.accountant
    )
    if period is None or not shown_open:
        raise errors.closed_period()
    return period


def must_be_open(books: Books, period_id: str | None, *, receivables: bool = False) -> None:
    """Raises ErpRefusal unless the period of something posted is open."""
    period = None if period_id is None else books.known("accountingPeriod", period_id)
    if period is None or not is_open(period, receivables=receivables, accountant=books.accountant):
        raise errors.closed_period()


def cost_period(books: Books, day: str, wished: str | None) -> Row | None:
    """Where the cost of a day's work goes: the wished period if open, else that of the day, else the next open one.

    None when no period from that day on is open (J42 of accounting.md has late time in the first open period).
    """
    if wished is not None:
        period = books.row("accountingPeriod", wished)
        if period is not None and is_open(period, accountant=books.accountant):
            return period
    later = (each for each in books.periods() if each["endDate"] >= day)
    return next((each for each in later if is_open(each, accountant=books.accountant)), None)


def write(books: Books, header: Row, entries: Iterable[Entry], poster: str = NATIVE) -> None:
    """Post the entries of a document, in its currency. ``header`` is its transaction row.

    Debit and credit are in the subsidiary's currency, at the document's rate. Entries of nothing are left out.
    """
    functional = books.known("subsidiary", header["subsidiary"])["currency"]
    if header["currency"] != functional:
        entries = conversion.in_functional(books, header, entries, functional)
    total = 0
    for entry in entries:
        amount = entry.amount if entry.functional is None else entry.functional
        if amount == 0 and entry.amount == 0:
            continue
        total += amount
        books.insert(
            "transactionLine",
            {
                "transaction": header["id"],
                "line": entry.line,
                "account": entry.account,
                "debit": max(amount, 0),
                "credit": max(-amount, 0),
                "currency": functional,
                "foreignCurrency": header["currency"],
                "foreignAmount": entry.amount,
                "subsidiary": header["subsidiary"],
                "period": header["postingPeriod"],
                "date": header["tranDate"],
                "poster": poster,
                **entry.dimensions,
            },
            label=f"{header['id']} {entry.account} {'debit' if (entry.amount or amount) > 0 else 'credit'} {entry.key}",
        )
    if total:
        # Every way here balances its entries first: a difference is a bug, never a user's mistake.
        raise HarnessError(f"transaction {header['id']} does not balance by {total}")


def tax_entries(
    books: Books, taxes: Iterable[Tax], sign: int, first_line: int, dimensions: dict[str, Any]
) -> list[Entry]:
    """Output tax, one line per code; ``sign`` -1 for what is owed, 1 for what is taken back."""
    account = books.account(OUTPUT_TAX)
    return [
        Entry(
            account,
            sign * tax.amount,
            number,
            "tax" if tax.code is None else f"tax {tax.code}",
            {**dimensions, "taxCode": tax.code},
        )
        for number, tax in enumerate(taxes, start=first_line)
    ]


def mirror(books: Books, header: Row) -> None:
    """Post the opposite of every line of a document, in its own period and at the rates it was booked at."""
    lines = books.store.find("transactionLine", {"transaction": header["id"]}, order='"line"')
    last = max((line["line"] for line in lines), default=0)
    entries = []
    for number, line in enumerate(lines, start=last + 1):
        dimensions = {name: line[name] for name in _DIMENSIONS}
        functional = line["credit"] - line["debit"]
        amount = -line["foreignAmount"]
        entries.append(Entry(line["account"], amount, number, f"void {number}", dimensions, functional))
    write(books, header, entries)


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
        "exchangeRate": document.get("exchangeRate") or SAME,
        "poster": NATIVE,
        **shared,
    }
    return books.insert("transaction", values)
