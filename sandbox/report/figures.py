"""Business figures of a run, from the systems' own surfaces: what ``verdict.json`` calls ``figures``.

Amounts are given by currency; a figure over several currencies has no single value.
"""

from __future__ import annotations

from typing import Any

from sandbox.checks.books import Books
from sandbox.checks.case import money_text


def business_figures(books: Books) -> dict[str, Any]:
    """``name -> {value, unit, by}``; ``by`` is currency -> amount in major units as text."""
    accounts = books.case.interface.accounts
    position = _by_engagement(books, accounts.position, accounts.unbilled, accounts.contract_asset)
    recognised = _by_engagement(books, *accounts.revenue, accounts.concession)
    cost = _by_engagement(books, accounts.labour)
    return {
        "recognised_revenue": _figure(_sum(books, {code: -value for code, value in recognised.items()})),
        "deferred_revenue": _figure(_sum(books, {code: max(-value, 0) for code, value in position.items()})),
        "contract_assets": _figure(_sum(books, {code: max(value, 0) for code, value in position.items()})),
        "margin": _figure(_sum(books, {code: -recognised.get(code, 0) - cost.get(code, 0) for code in books.currency})),
        "unbilled": _figure(_unbilled(books)),
    }


def _by_engagement(books: Books, *accounts: str) -> dict[str, int]:
    totals = books.ledger.by(lambda line: line.engagement, *accounts)
    return {str(code): amount for code, amount in totals.items() if code in books.currency}


def _sum(books: Books, by_engagement: dict[str, int]) -> dict[str, int]:
    found = dict.fromkeys(sorted(set(books.currency.values())), 0)
    for code, amount in by_engagement.items():
        found[books.currency[code]] += amount
    return found


def _unbilled(books: Books) -> dict[str, int]:
    """Approved billable time neither invoiced nor given up, at contract rate."""
    found = dict.fromkeys(sorted(set(books.currency.values())), 0)
    for code, currency in books.currency.items():
        value = written = net = 0
        for (engagement, _), month in books.actual.items():
            if engagement == code and books.case.terms[code].kind == "time_and_materials":
                value, written, net = (
                    value + month.billable_value,
                    written + month.written_off,
                    net + month.invoiced_net,
                )
        found[currency] += value - written - net
    return found


def _figure(amounts: dict[str, int]) -> dict[str, Any]:
    by = {currency: _plain(amount, currency) for currency, amount in amounts.items()}
    used = [currency for currency, amount in amounts.items() if amount] or list(amounts)
    if len(used) != 1:
        return {"value": None, "unit": "currency", "by": by}
    return {"value": by[used[0]], "unit": used[0], "by": by}


def _plain(amount: int, currency: str) -> str:
    return money_text(amount, currency).partition(" ")[0].replace(",", "")
