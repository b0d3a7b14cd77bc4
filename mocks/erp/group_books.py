"""The books of one entity or of the group as reports: read only, nothing is posted (J38, J39 of accounting.md).

Balance sheet accounts are translated at the closing rate, income and cost at the average of their month, equity at the
first rate there is (assumed: paid in before the books begin); what remains is the translation reserve.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mocks.erp.books import Books, differing, shown
from mocks.erp.rates import converted
from mocks.erp.records_currencies import AVERAGE, CLOSING
from mocks.erp.rules_intercompany import COST, PAYABLE, RECEIVABLE, REVENUE
from mocks.erp.rules_rates import first_rate, month_rate, symbol_of
from sandbox.core.observe import Row

RETAINED, RESERVE = "3100", "3200"
_SHEET, _EQUITY = ("1", "2"), "3"


def trial_balance(books: Books, subsidiary: Row, period: Row) -> list[dict[str, str]]:
    """Per account with postings: opening, debit, credit, closing in book currency, debits positive.

    Income and cost begin with the calendar year; earlier years are in retained earnings (J40).
    """
    lines: dict[str, list[int]] = {}
    for number, month, debit, credit in _movements(books, subsidiary, period):
        earlier = _earlier_year(number, month, period)
        opening = lines.setdefault(RETAINED if earlier else number, [0, 0, 0])
        if month["id"] == period["id"]:
            opening[1] += debit
            opening[2] += credit
        else:
            opening[0] += debit - credit
    return [
        {
            "account": number,
            "name": _name(books, number),
            "opening": shown(opening),
            "debit": shown(debit),
            "credit": shown(credit),
            "closing": shown(opening + debit - credit),
        }
        for number, (opening, debit, credit) in sorted(lines.items())
    ]


def translated(books: Books, subsidiary: Row, period: Row, into: str) -> list[dict[str, str]]:
    """Per account: closing balance in book currency and translated; 3200 takes what keeps the sum at zero.

    Raises ErpRefusal where a rate is missing.
    """
    book: dict[str, int] = {}
    group: dict[str, int] = {}
    balances: dict[str, int] = {}
    currency, places = subsidiary["currency"], books.places(into)
    for number, month, debit, credit in _movements(books, subsidiary, period):
        key = RETAINED if _earlier_year(number, month, period) else number
        book[key] = book.get(key, 0) + debit - credit
        if _is_result(number):
            rate = month_rate(books, AVERAGE, currency, into, month)
            group[key] = group.get(key, 0) + converted(debit - credit, rate, places)
        else:
            balances[number] = balances.get(number, 0) + debit - credit
    for number, amount in balances.items():
        equity = number[0] == _EQUITY
        rate = first_rate(books, currency, into) if equity else month_rate(books, CLOSING, currency, into, period)
        group[number] = group.get(number, 0) + converted(amount, rate, places)
    group[RESERVE] = group.get(RESERVE, 0) - sum(group.values())
    return [
        {
            "account": number,
            "name": _name(books, number),
            "book": shown(book.get(number, 0)),
            "amount": shown(amount),
        }
        for number, amount in sorted(group.items())
    ]


def elimination(books: Books, period: Row, into: str) -> list[dict[str, str]]:
    """Per pair and account of J38: balance in document, book and group currency. Raises ErpRefusal without a rate.

    Balances (1200, 2400) are of the end of the period at its closing rate, income and cost (4900, 5900) of the period
    itself at its average; the four of a pair cancel out but for listed differences of exchange.
    """
    sql = (
        'SELECT l."subsidiary", l."toSubsidiary", a."acctNumber", '
        'SUM(l."foreignAmount") AS document, SUM(l."debit" - l."credit") AS book '
        'FROM "transactionLine" AS l JOIN "account" AS a ON a."id" = l."account" '
        'JOIN "accountingPeriod" AS p ON p."id" = l."period" WHERE l."toSubsidiary" IS NOT NULL AND l."_deleted" = 0 '
        'AND ((a."acctNumber" IN (?, ?) AND p."startDate" <= ?) OR (a."acctNumber" IN (?, ?) AND p."id" = ?)) '
        "GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"
    )
    values = (RECEIVABLE, PAYABLE, period["startDate"], REVENUE, COST, period["id"])
    found = []
    for own, partner, number, document, book in books.store.read(sql, values):
        subsidiary = books.known("subsidiary", own)
        kind = CLOSING if number in (RECEIVABLE, PAYABLE) else AVERAGE
        rate = month_rate(books, kind, subsidiary["currency"], into, period)
        found.append(
            {
                "subsidiary": subsidiary["externalId"],
                "partner": books.known("subsidiary", partner)["externalId"],
                "account": number,
                "document": shown(document),
                "book": shown(book),
                "amount": shown(converted(book, rate, books.places(into))),
            }
        )
    return found


def consolidated_rates(books: Books, period: Row) -> list[Row]:
    """The rates of a period between every two subsidiaries, stored for queries; a rate that is missing stays empty."""
    table = books.rates()
    span = (period["startDate"], period["endDate"])
    subsidiaries = books.store.find("subsidiary", order='"externalId"')
    rows = []
    for own in subsidiaries:
        for other in subsidiaries:
            if own["id"] == other["id"]:
                continue
            pair = (own["currency"], other["currency"])
            values = {
                "postingPeriod": period["id"],
                "fromSubsidiary": own["id"],
                "toSubsidiary": other["id"],
                "fromCurrency": own["currency"],
                "toCurrency": other["currency"],
                "currentRate": table.of_month(CLOSING, *pair, *span),
                "averageRate": table.of_month(AVERAGE, *pair, *span),
                "historicalRate": table.first(*pair),
            }
            rows.append(_stored(books, values))
    return rows


def bank_balances(books: Books, subsidiary: Row) -> list[dict[str, str]]:
    """Per bank account and currency: what is on it, and what it is carried at."""
    sql = (
        'SELECT a."acctNumber", l."foreignCurrency", SUM(l."foreignAmount"), SUM(l."debit" - l."credit") '
        'FROM "transactionLine" AS l JOIN "account" AS a ON a."id" = l."account" '
        'WHERE a."acctType" = \'Bank\' AND l."subsidiary" = ? AND l."_deleted" = 0 '
        'GROUP BY 1, 2 ORDER BY 1, (SELECT c."symbol" FROM "currency" AS c WHERE c."id" = l."foreignCurrency")'
    )
    return [
        {
            "account": number,
            "currency": symbol_of(books, currency),
            "balance": shown(balance),
            "carried": shown(carried),
        }
        for number, currency, balance, carried in books.store.read(sql, (subsidiary["id"],))
    ]


def _stored(books: Books, values: Mapping[str, Any]) -> Row:
    wanted = {name: values[name] for name in ("postingPeriod", "fromSubsidiary", "toSubsidiary")}
    row = books.store.one("consolidatedExchangeRate", wanted)
    if row is None:
        return books.insert("consolidatedExchangeRate", values, label=" ".join(wanted.values()))
    changes = differing(row, values)
    return books.update("consolidatedExchangeRate", row["id"], changes) if changes else row


def _movements(books: Books, subsidiary: Row, until: Row) -> list[tuple[str, Row, int, int]]:
    """(account number, period, debits, credits) of a subsidiary up to a period."""
    sql = (
        'SELECT a."acctNumber", l."period", SUM(l."debit"), SUM(l."credit") FROM "transactionLine" AS l '
        'JOIN "account" AS a ON a."id" = l."account" JOIN "accountingPeriod" AS p ON p."id" = l."period" '
        'WHERE l."subsidiary" = ? AND p."startDate" <= ? AND l."_deleted" = 0 GROUP BY 1, 2 ORDER BY 1, p."startDate"'
    )
    rows = books.store.read(sql, (subsidiary["id"], until["startDate"]))
    return [(number, books.known("accountingPeriod", month), debit, credit) for number, month, debit, credit in rows]


def _is_result(number: str) -> bool:
    return number[0] not in (*_SHEET, _EQUITY)


def _earlier_year(number: str, month: Row, period: Row) -> bool:
    return _is_result(number) and bool(month["startDate"][:4] < period["startDate"][:4])


def _name(books: Books, number: str) -> str:
    row = books.by("account", "acctNumber", number)
    return "" if row is None else str(row["acctName"])
