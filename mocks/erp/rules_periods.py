"""Closing, locking and reopening periods: a person's act, in order, and on record (accounting.md J40, J41, O20)."""

from __future__ import annotations

from collections.abc import Mapping

from mocks.erp.books import Books
from mocks.erp.rules_time import post_time
from mocks.kit.person import FormRefused
from sandbox.core.observe import Row
from sandbox.core.periods import Period

_SHUT = {"closed": 1, "allLocked": 1, "arLocked": 1, "apLocked": 1}
_OPEN = dict.fromkeys(("closed", "allLocked", "arLocked", "apLocked", "custrecord_soft_closed"), 0)


def close_period(books: Books, period: Period, person: str) -> Row:
    """Post what is approved, then refuse every posting. Raises FormRefused while an earlier period is open."""
    row = required(books, period)
    if row["closed"]:
        raise FormRefused(f"period {period} is closed already", field="period")
    earlier = next((each for each in books.periods() if not each["closed"]), None)
    if earlier is not None and earlier["startDate"] < row["startDate"]:
        raise FormRefused(f"period {period}: {earlier['periodName']} is still open; close it first", field="period")
    with books.as_accountant():
        post_time(books)
    _log(books, row, "close", person)
    return books.update("accountingPeriod", row["id"], {**_SHUT, "closedOnDate": books.today().isoformat()})


def soft_close_period(books: Books, period: Period, person: str) -> Row:
    """Post what is approved, then refuse postings of feeds. Raises FormRefused while an earlier period is open."""
    row = required(books, period)
    if row["closed"] or row["custrecord_soft_closed"]:
        raise FormRefused(f"period {period} is closed already", field="period")
    earlier = next((each for each in books.periods() if not (each["closed"] or each["custrecord_soft_closed"])), None)
    if earlier is not None and earlier["startDate"] < row["startDate"]:
        raise FormRefused(f"period {period}: {earlier['periodName']} is still open; close it first", field="period")
    post_time(books)
    _log(books, row, "soft close", person)
    return books.update("accountingPeriod", row["id"], {"custrecord_soft_closed": 1})


def reopen_period(books: Books, period: Period, person: str, approver: str, reason: str) -> Row:
    """Let a shut period take postings again. Raises FormRefused unless it is the latest closed or soft-closed one."""
    row = required(books, period)
    shut = [each for each in books.periods() if each["closed"] or each["custrecord_soft_closed"]]
    latest = shut[-1] if shut else None
    if latest is None or row not in shut:
        raise FormRefused(f"period {period} is not closed", field="period")
    if latest["id"] != row["id"]:
        raise FormRefused(f"period {period}: reopen {latest['periodName']} first", field="period")
    _log(books, row, "reopen", person, approver, reason)
    after = books.update("accountingPeriod", row["id"], {**_OPEN, "closedOnDate": None})
    if books.unposted_time():
        books.plan_post_time()
    return after


def lock_period(books: Books, period: Period, locks: Mapping[str, bool], person: str) -> Row:
    """Set the locks short of closing, by their fields. Raises FormRefused for a closed period."""
    row = required(books, period)
    if row["closed"]:
        raise FormRefused(f"period {period} is closed", field="period")
    _log(books, row, "lock", person)
    return books.update("accountingPeriod", row["id"], {name: int(locked) for name, locked in locks.items()})


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
