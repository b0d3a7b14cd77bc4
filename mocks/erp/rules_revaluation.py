"""Remeasurement: open foreign monetary items at the closing rate, taken back on the next period's first day (J37).

Advances (2100) are non-monetary and stay at the rate they came in with (IFRIC 22).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from mocks.erp import errors, postings
from mocks.erp.accounts import account_of
from mocks.erp.books import Books
from mocks.erp.conversion import Entry
from mocks.erp.rates import converted
from mocks.erp.records_currencies import CLOSING
from mocks.erp.records_documents import NATIVE, REVALUATION
from mocks.erp.rules_journals import insert_journal
from mocks.erp.rules_rates import month_rate
from sandbox.core.observe import Row

UNREALISED_FX = "7010"
MONETARY = ("1000", "1100", "1105", "1120", "1200", "2000", "2400")
# What tells one open item from another; a bank account is one item per currency.
_ITEM = ("entity", "customer", "job", "contractLine", "openItem", "toSubsidiary")


@dataclass(frozen=True, slots=True)
class Revaluation:
    """What one run did for one currency: its journal, the reversal, and the gain (at 1e-4, negative a loss)."""

    journal: Row
    reversal: Row
    gain: int


def revalue(books: Books, subsidiary: Row, period: Row) -> list[Revaluation]:
    """Bring every foreign item of a subsidiary to the closing rate, one journal per currency; again posts differences.

    Raises ErpRefusal without a closing rate, or unless this period and the next are open.
    """
    following = books.period_of((date.fromisoformat(period["endDate"]) + timedelta(days=1)).isoformat())
    if following is None or not all(
        postings.is_open(each, accountant=books.accountant) for each in (period, following)
    ):
        raise errors.closed_period()
    done = []
    for currency, items in _open_items(books, subsidiary, period).items():
        rate = month_rate(books, CLOSING, currency, subsidiary["currency"], period)
        places = books.places(subsidiary["currency"])
        changes = [(each, converted(each["document"], rate, places) - each["carried"]) for each in items]
        changes = [(item, change) for item, change in changes if change]
        if changes:
            done.append(_post(books, subsidiary, (period, following), currency, rate, changes))
    return done


def _open_items(books: Books, subsidiary: Row, period: Row) -> Mapping[str, list[Row]]:
    """Items in foreign currency up to the end of a period, by currency: document and carrying amount."""
    bank = "a.\"acctType\" = 'Bank'"
    item = ", ".join(f'CASE WHEN {bank} THEN NULL ELSE l."{name}" END AS "{name}"' for name in _ITEM)
    marks = ", ".join("?" * len(MONETARY))
    rows = books.store.select(
        f'SELECT l."foreignCurrency" AS currency, l."account" AS account, {item}, '
        'SUM(l."foreignAmount") AS document, SUM(l."debit" - l."credit") AS carried '
        'FROM "transactionLine" AS l JOIN "account" AS a ON a."id" = l."account" '
        'JOIN "accountingPeriod" AS p ON p."id" = l."period" '
        f'WHERE l."subsidiary" = ? AND l."_deleted" = 0 AND l."foreignCurrency" <> l."currency" '
        f'AND p."startDate" <= ? AND (a."acctNumber" IN ({marks}) OR {bank}) '
        'GROUP BY 1, a."acctNumber", 2, 3, 4, 5, 6, 7, 8 ORDER BY 1, a."acctNumber", 3, 4, 5, 6, 7, 8',
        (subsidiary["id"], period["startDate"], *MONETARY),
    )
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row["currency"], []).append(row)
    return found


def _post(
    books: Books,
    subsidiary: Row,
    periods: tuple[Row, Row],
    currency: str,
    rate: str,
    changes: Iterable[tuple[Row, int]],
) -> Revaluation:
    period, following = periods
    changes = list(changes)
    wanted = {"type": REVALUATION, "subsidiary": subsidiary["id"], "postingPeriod": period["id"], "currency": currency}
    run = len(books.store.find("transaction", wanted)) + 1
    label = f"revalue {subsidiary['id']} {period['id']} {currency} {run}"
    values = {"subsidiary": subsidiary["id"], "currency": currency, "exchangeRate": rate}
    memo = f"Currency revaluation {period['periodName']}"
    journal = _journal(books, {**values, "tranDate": period["endDate"], "memo": memo}, period, label)
    _write(books, journal, changes)
    memo = f"Reversal of {journal['tranId']}"
    reversal = {**values, "tranDate": following["startDate"], "memo": memo}
    back = _journal(books, reversal, following, f"{label} reversal")
    _write(books, back, [(item, -change) for item, change in changes], journal)
    return Revaluation(journal, back, sum(change for _, change in changes))


def _journal(books: Books, values: Mapping[str, Any], period: Row, label: str) -> Row:
    return insert_journal(
        books, {**values, "postingPeriod": period["id"], "approved": 1, "custbody_poster": NATIVE}, label
    )


def _write(books: Books, journal: Row, changes: Iterable[tuple[Row, int]], reversed_: Row | None = None) -> None:
    header = postings.header(books, REVALUATION, journal, posting=1, status="B", foreignTotal=0)
    unrealised = account_of(books, UNREALISED_FX)
    entries = []
    for number, (item, change) in enumerate(changes, start=1):
        about = {name: item[name] for name in _ITEM}
        dimensions = {
            **about,
            "sourceSystem": "erp",
            "sourceId": (reversed_ or journal)["tranId"],
            "memo": journal["memo"],
        }
        key = " ".join([item["account"], *(str(value or "") for value in about.values())])
        entries.append(Entry(item["account"], 0, 2 * number - 1, key, dimensions, change))
        entries.append(Entry(unrealised, 0, 2 * number, f"fx {key}", dimensions, -change))
    postings.write(books, header, entries)
