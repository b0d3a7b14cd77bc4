"""Closing, locking and reopening periods: a person's act, in order, and on record (accounting.md J40, J41, O20)."""

from __future__ import annotations

from mocks.erp.books import Books
from mocks.erp.rules_time import post_time
from mocks.kit.person import FormRefused
from sandbox.core.observe import Row
from sandbox.core.periods import Period

_SHUT = {"closed": 1, "allLocked": 1, "arLocked": 1, "apLocked": 1}
_OPEN = {"closed": 0, "allLocked": 0, "arLocked": 0, "apLocked": 0, "closedOnDate": None}


def close_period(books: Books, period: Period, person: str) -> Row:
    """Post what is approved, then refuse every posting. Raises FormRefused while an earlier period is open."""
    row = required(books, period)
    if row["closed"]:
        raise FormRefused(f"period {period} is closed already", field="period")
    earlier = next((each for each in books.periods() if not each["closed"]), None)
    if earlier is not None and earlier["startDate"] < row["startDate"]:
        raise FormRefused(f"period {period}: {earlier['periodName']} is still open; close it first", field="period")
    post_time(books)
    _log(books, row, "close", person)
    return books.update("accountingPeriod", row["id"], {**_SHUT, "closedOnDate": books.today().isoformat()})


def reopen_period(books: Books, period: Period, person: str, approver: str, reason: str) -> Row:
    """Let a closed period take postings again. Raises FormRefused unless it is the latest closed one."""
    row = required(books, period)
    latest = next((each for each in reversed(books.periods()) if each["closed"]), None)
    if latest is None or not row["closed"]:
        raise FormRefused(f"period {period} is not closed", field="period")
    if latest["id"] != row["id"]:
        raise FormRefused(f"period {period}: reopen {latest['periodName']} first", field="period")
    _log(books, row, "reopen", person, approver, reason)
    after = books.update("accountingPeriod", row["id"], _OPEN)
    if books.unposted_time():
        books.plan_post_time()
    return after


def lock_period(books: Books, period: Period, receivables: bool, everything: bool, person: str) -> Row:
    """Set the two locks short of closing. Raises FormRefused for a closed period."""
    row = required(books, period)
    if row["closed"]:
        raise FormRefused(f"period {period} is closed", field="period")
    _log(books, row, "lock", person)
    locks = {"arLocked": int(receivables), "allLocked": int(everything)}
    return books.update("accountingPeriod", row["id"], locks)


def required(books: Books, period: Period) -> Row:
    """The row of a period; raises FormRefused."""
    row = books.period_of(period.first.isoformat())
    if row is None:
        raise FormRefused(f"no period {period}", field="period", status=404)
    return row


def _log(
    books: Books, row: Row, action: str, person: str, approver: str | None = None, reason: str | None = None
) -> None:
    now = books.clock.now_us()
    values = {
        "period": row["id"],
        "action": action,
        "person": person,
        "approver": approver,
        "reason": reason,
        "done_us": now,
    }
    books.insert("periodLog", values, label=f"{row['id']} {action} {now}")
