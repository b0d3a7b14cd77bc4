"""Exchange rates: dated, versioned, and found or refused; a missing one is never 0 or 1 (O16 of accounting.md)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from mocks.erp import errors, rules
from mocks.erp.books import Books, differing, require
from mocks.erp.incoming import Incoming
from mocks.erp.rates import RATE_DIGITS, SAME
from mocks.erp.records_currencies import RATE_TYPES, SPOT
from sandbox.core.observe import Row

_NAME = "currencyRate"


def create_rate(books: Books, incoming: Incoming) -> Row:
    """A rate, or a new version of one. Raises ErpRefusal for the version that is in force already."""
    values = {**rules.defaults(books, _NAME), **incoming.values}
    require(books.store, _NAME, values)
    if values["baseCurrency"] == values["transactionCurrency"]:
        raise errors.invalid_value(values["baseCurrency"], "baseCurrency", "baseCurrency", "Both currencies are one.")
    must_be_rate(values["exchangeRate"])
    return add_rate(books, values)


def add_rate(books: Books, values: dict[str, Any]) -> Row:
    """Store the next version of a rate; the same rate again is refused as a duplicate."""
    kind, day = values["custrecord_rate_type"], values["effectiveDate"]
    before = books.rates().current(kind, values["transactionCurrency"], values["baseCurrency"], day)
    if before is not None and before["exchangeRate"] == values["exchangeRate"]:
        raise errors.already_exists(books.store.types[_NAME])
    version = 1 if before is None else before["custrecord_version"] + 1
    label = f"{kind} {values['transactionCurrency']} {values['baseCurrency']} {day} version {version}"
    return books.insert(_NAME, {**values, "custrecord_version": version}, label)


def update_rate(books: Books, row: Row, incoming: Incoming) -> Row:
    """Never a change: documents were booked at it. Raises ErpRefusal unless nothing differs."""
    changes = differing(row, incoming.values)
    if changes:
        raise errors.locked(next(iter(changes)), "in force; a correction is a new currencyRate of the same date")
    return row


def delete_rate(books: Books, row: Row) -> None:
    """Never: raises ErpRefusal."""
    raise errors.dependent_records("documents were booked at it")


def must_be_rate(rate: str, path: str = "exchangeRate") -> None:
    """Raises ErpRefusal unless it is positive and has at most 15 significant digits."""
    value = Decimal(rate)
    if value <= 0 or len(value.as_tuple().digits) > RATE_DIGITS:
        reason = f"Expected a positive rate of at most {RATE_DIGITS} digits."
        raise errors.invalid_value(rate, "exchangeRate", path, reason)


def exchange_rate(books: Books, subsidiary: Row, currency: str, day: str, given: str | None) -> str:
    """The rate of a document, its currency into its subsidiary's: the given one, else the spot rate of its date.

    Raises ErpRefusal where there is neither.
    """
    into = subsidiary["currency"]
    if currency == into:
        if given not in (None, SAME):
            reason = "The document is in the currency of its subsidiary."
            raise errors.invalid_value(given, "exchangeRate", "exchangeRate", reason)
        return SAME
    if given is not None:
        must_be_rate(given)
        return given
    rate = books.rates().spot(currency, into, day)
    if rate is None:
        raise _no_rate(books, SPOT, currency, into, f"on {day}")
    return rate


def month_rate(books: Books, kind: str, currency: str, into: str, period: Row) -> str:
    """The average or closing rate of a period. Raises ErpRefusal where there is none."""
    rate = books.rates().of_month(kind, currency, into, period["startDate"], period["endDate"])
    if rate is None:
        raise _no_rate(books, kind, currency, into, f"in {period['periodName']}")
    return rate


def first_rate(books: Books, currency: str, into: str) -> str:
    """The earliest rate there is. Raises ErpRefusal where there is none."""
    rate = books.rates().first(currency, into)
    if rate is None:
        raise _no_rate(books, SPOT, currency, into, "at all")
    return rate


def symbol_of(books: Books, currency: str) -> str:
    """The code of a currency."""
    return str(books.known("currency", currency)["symbol"])


def rederived(whole: Row, changes: dict[str, Any], incoming: Incoming) -> Row:
    """A pending document whose date or currency changed takes the rate of its new date, unless one is given."""
    moved = "tranDate" in changes or "currency" in changes
    return {**whole, "exchangeRate": None} if moved and "exchangeRate" not in incoming.values else whole


def _no_rate(books: Books, kind: str, currency: str, into: str, when: str) -> errors.ErpRefusal:
    return errors.no_rate(RATE_TYPES[kind].lower(), symbol_of(books, currency), symbol_of(books, into), when)
