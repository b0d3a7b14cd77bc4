"""Journals that take themselves back: dated ahead at once, or made on their day (J08, O21 of accounting.md)."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Any

from mocks.erp import errors, postings, rules_journals
from mocks.erp.books import Books
from mocks.erp.incoming import Incoming, Line
from mocks.erp.journal_sides import CREDIT, DEBIT
from sandbox.core.clock import DAY_US, instant
from sandbox.core.observe import Row

REVERSE = "reverse_journal"


def create_journal(books: Books, incoming: Incoming) -> Row:
    """A journal, and the entry that reverses it where a reversal date is given."""
    _check(incoming.values)
    return _settled(books, rules_journals.create_journal(books, incoming))


def update_journal(books: Books, row: Row, incoming: Incoming) -> Row:
    """A change of a journal; approving a draft plans its reversal as well."""
    _check({**row, **incoming.values})
    return _settled(books, rules_journals.update_journal(books, row, incoming))


def reverse(books: Books, journal: str) -> None:
    """The job: reverse a journal whose day has come, in the period of that day or the first open one after it."""
    row = books.row("journalEntry", journal)
    if row is None or row["reversalEntry"] is not None:
        return
    period = postings.cost_period(books, row["reversalDate"], None)
    if period is None:
        books.agenda.add(books.clock.now_us() + DAY_US, REVERSE, journal=journal)
        return
    _reverse(books, row, period["id"])


def _check(values: dict[str, Any]) -> None:
    reversal, day = values.get("reversalDate"), values.get("tranDate")
    if reversal is not None and day is not None and reversal < day:
        raise errors.invalid_value(reversal, "reversalDate", "reversalDate", "It is before the date of the journal.")


def _settled(books: Books, row: Row) -> Row:
    if not row["approved"] or row["reversalDate"] is None or row["reversalEntry"] is not None:
        return row
    if row["reversalDefer"]:
        day = datetime.combine(date.fromisoformat(row["reversalDate"]), time(), UTC)
        due = instant(books.clock.epoch, day)
        if not any(each.arguments == {"journal": row["id"]} for each in books.agenda.planned(REVERSE)):
            books.agenda.add(max(due, books.clock.now_us()), REVERSE, journal=row["id"])
        return row
    return _reverse(books, row, None)


def _reverse(books: Books, row: Row, period_id: str | None) -> Row:
    """Post the mirror of a journal; both then name each other. Returns the journal as it is now."""
    values = {
        "subsidiary": row["subsidiary"],
        "currency": row["currency"],
        "exchangeRate": row["exchangeRate"],
        "tranDate": row["reversalDate"],
        "postingPeriod": period_id,
        "memo": f"Reversal of {row['tranId']}",
        "custbody_poster": row["custbody_poster"],
        "custbody_preparer": row["custbody_preparer"],
        "reversalEntry": row["id"],
    }
    lines = [_swapped(line) for line in rules_journals.lines_of(books, row)]
    mirrored = rules_journals.create_journal(books, Incoming(values=values, sublists={"line": lines}))
    return books.update("journalEntry", row["id"], {"reversalEntry": mirrored["id"]})


def _swapped(line: Line) -> Line:
    return {**line, "debit": line["credit"], "credit": line["debit"], DEBIT: line[CREDIT], CREDIT: line[DEBIT]}
