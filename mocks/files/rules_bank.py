"""The bank: lines booked on banking days, one numbered statement per account and day, some of them late."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from mocks.files.rules import csv_text, write
from mocks.kit.person import FormRefused
from mocks.kit.store import Store
from sandbox.core.calendars import add_workdays
from sandbox.core.money import from_scaled, plain
from sandbox.core.observe import Row

FOLDER = "bank/out"
# A value date may differ from the booking date by so many days: assumed.
_VALUE_DAYS_BEFORE = 31
_VALUE_DAYS_AFTER = 5


def account_of(store: Store, code: str) -> Row:
    """The account of a code; raises FormRefused."""
    account = store.one("bank_account", {"code": code})
    if account is None:
        raise FormRefused(f"no account {code}", field="account", status=404)
    return account


def banking_day(account: Row, day: date) -> date:
    """The day itself, or the next banking day."""
    return add_workdays(account["country"], day, 0)


def book(store: Store, account: Row, transfer: Mapping[str, Any], today: date) -> Row:
    """Credit a transfer, less the fee, on today or the next banking day.

    ``transfer`` has amount and fee (at 1e-4), currency, value_date, remitter, reference. Raises FormRefused: another
    currency, a fee that leaves nothing, a value date far from the booking date.
    """
    if transfer["currency"] != account["currency"]:
        raise FormRefused(f"account {account['code']} is in {account['currency']}", field="currency")
    if transfer["fee"] >= transfer["amount"]:
        raise FormRefused("the fee leaves nothing of the amount", field="fee")
    booked_on = banking_day(account, today)
    value_date: date = transfer["value_date"]
    distance = (value_date - booked_on).days
    if not -_VALUE_DAYS_BEFORE <= distance <= _VALUE_DAYS_AFTER:
        raise FormRefused(f"{value_date} is too far from {booked_on}, the day of booking", field="value_date")
    values = {
        "account": account["code"],
        "booked_on": booked_on.isoformat(),
        "value_date": value_date.isoformat(),
        "amount": transfer["amount"] - transfer["fee"],
        "fee": transfer["fee"],
        "currency": account["currency"],
        "remitter": transfer["remitter"],
        "reference": transfer["reference"],
    }
    return store.insert("bank_line", values)


def delay(store: Store, account: Row, day: date, until_us: int, now_us: int) -> Row:
    """The statement of a day will come only at an instant. Raises FormRefused when it has been issued, or is past."""
    if until_us <= now_us:
        raise FormRefused("the instant is past", field="until")
    if banking_day(account, day) != day:
        raise FormRefused(f"{day} is no banking day of {account['code']}", field="date")
    # Statements are issued in order: one of a later day means that this day's time has passed.
    if day.isoformat() <= last_day(store, account):
        raise FormRefused(f"the statement of {day} has been issued", field="date")
    values = {"account": account["code"], "day": day.isoformat(), "until_us": until_us}
    return store.insert("statement_delay", values, label=f"delay {account['code']} {day}")


def last_day(store: Store, account: Row) -> str:
    """Day of the newest statement, empty before the first."""
    newest = store.find("bank_statement", {"account": account["code"]}, order='"day" DESC', limit=1)
    return newest[0]["day"] if newest else ""


def issue(store: Store, account: Row, day: date, *, even_quiet: bool) -> Row | None:
    """The statement of a banking day with the next number; None on a day without lines unless ``even_quiet``."""
    lines = lines_of(store, account["code"], day.isoformat())
    if not lines and not even_quiet:
        return None
    total = sum(line["amount"] for line in lines)
    number = account["statement_number"] + 1
    values = {
        "account": account["code"],
        "day": day.isoformat(),
        "number": number,
        "opening": account["balance"],
        "closing": account["balance"] + total,
        "count": len(lines),
        "control_total": total,
        "file_name": f"{account['file_stem']}-{day}.csv",
    }
    store.update("bank_account", account["id"], {"balance": account["balance"] + total, "statement_number": number})
    return store.insert("bank_statement", values, label=f"statement {account['code']} {day}")


def held_until(store: Store, account: Row, day: date) -> int | None:
    """Until when the file of a statement is held back, None when it is not."""
    delays = store.find("statement_delay", {"account": account["code"], "day": day.isoformat()})
    return max((each["until_us"] for each in delays), default=None)


def deliver(store: Store, statement: Row, now_us: int) -> Row:
    """Write the file of a statement.

    ``H,account,entity,currency,day,number,opening,closing,count,control total``, then for every line
    ``L,line id,value date,amount,remitter,reference,fee``.
    """
    account = store.find("bank_account", {"code": statement["account"]})[0]
    money = {name: _text(statement[name]) for name in ("opening", "closing", "control_total")}
    head = ("H", account["code"], account["entity"], account["currency"], statement["day"], statement["number"])
    records: list[tuple[object, ...]] = [
        (*head, money["opening"], money["closing"], statement["count"], money["control_total"])
    ]
    for line in lines_of(store, account["code"], statement["day"]):
        said = (line["remitter"], line["reference"], _text(line["fee"]))
        records.append(("L", line["id"], line["value_date"], _text(line["amount"]), *said))
    return write(store, FOLDER, statement["file_name"], csv_text(records), now_us)


def lines_of(store: Store, account: str, day: str) -> list[Row]:
    """Lines of an account booked on a day, as they were booked."""
    return store.find("bank_line", {"account": account, "booked_on": day}, order='"_created_us", "id"')


def next_banking_day(account: Row, day: date) -> date:
    """The banking day after a day."""
    return add_workdays(account["country"], day, 1)


def _text(scaled: int) -> str:
    return plain(from_scaled(scaled))
