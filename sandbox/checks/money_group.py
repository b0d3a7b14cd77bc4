"""Identities of the group: what is left when dealings inside it are taken out, and every entity's books translated.

Left are the ledger at the rates the ERP holds and the reports as its screens showed them, right are deeds and the rates
finance decided on.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction

from sandbox.checks.books import Books
from sandbox.checks.case import Case, Record
from sandbox.checks.exchange import AVERAGE, CLOSING, Exchange, convert, rates_of_firm, rates_of_ledger
from sandbox.checks.identity import Difference
from sandbox.core.money import exponent
from sandbox.core.periods import Period

ELIMINATION, TRANSLATION = "elimination", "translation"
_SHEET, _EQUITY = ("1", "2"), "3"
# Entity, partner, account.
Side = tuple[str, str, str]


def reports_of(case: Case) -> dict[tuple[str, str, Period], Record]:
    """(Report, entity or nothing, month) -> the last one the controller looked at."""
    shown = (record for record in case.history if record["kind"] == "report")
    return {(each["report"], each["entity"], Period.parse(each["period"])): each for each in shown}


# -- elimination -------------------------------------------------------------------------------------------------------


def elimination_leaves_nothing(books: Books) -> Iterable[Difference]:
    """I28: after elimination income and cost between entities, and claims and debts, are nothing but differences of
    exchange: those that the firm's rates leave of what was charged; and the report shows what the ledger holds."""
    firm = books.case.plan.firm
    if firm.group_currency is None or not firm.intercompany:
        return
    reports = reports_of(books.case)
    for period in books.closed_periods:
        yield from _residues(books, period)
        report = reports.get((ELIMINATION, "", period))
        if report is not None:
            yield from _as_reported(books, period, report)


def _residues(books: Books, period: Period) -> Iterable[Difference]:
    accounts, currency = books.case.interface.accounts, str(books.case.plan.firm.group_currency)
    sides = translated_sides(books, period, rates_of_ledger(books.case))
    for (provider, receiver), (income, balances) in listed_residues(books, period).items():
        for name, listed, ours, theirs in (
            ("income", income, accounts.intercompany_revenue, accounts.intercompany_cost),
            ("balances", balances, accounts.intercompany_receivable, accounts.intercompany_payable),
        ):
            left = sides.get((provider, receiver, ours), 0) + sides.get((receiver, provider, theirs), 0)
            key = f"{period} {provider} {receiver} {name}"
            yield Difference(key, left, listed, currency, "left after elimination", "listed differences of exchange")


def listed_residues(books: Books, period: Period) -> dict[tuple[str, str], tuple[int, int]]:
    """(Provider, receiver) -> what the firm's own rates leave of income and of balances, in the group's currency."""
    plan, rates = books.case.plan, rates_of_firm(books.case.plan.firm)
    into = str(plan.firm.group_currency)
    found = {}
    for (provider, receiver, month), dealing in books.expected.dealings.items():
        if month != period:
            continue
        ours, theirs = plan.entity(provider).currency, plan.entity(receiver).currency
        income = _into(rates, AVERAGE, dealing.booked, theirs, into, period)
        income -= _into(rates, AVERAGE, dealing.charged, ours, into, period)
        balances = _into(rates, CLOSING, dealing.owed, ours, into, period)
        balances -= _into(rates, CLOSING, dealing.carried, theirs, into, period)
        found[provider, receiver] = (income, balances)
    return found


def translated_sides(books: Books, period: Period, rates: Exchange) -> dict[Side, int]:
    """What the ledger holds between entities, debit positive, in the group's currency: income and cost of the month at
    its average rate, claims and debts at its closing rate."""
    accounts, into = books.case.interface.accounts, str(books.case.plan.firm.group_currency)
    balances = (accounts.intercompany_receivable, accounts.intercompany_payable)
    income = (accounts.intercompany_revenue, accounts.intercompany_cost)
    sums: dict[Side, int] = {}
    currencies: dict[str, str] = {}
    for line in books.ledger.lines:
        month = Period.parse(line.period)
        counts = (line.account in balances and month <= period) or (line.account in income and month == period)
        if counts and line.partner is not None:
            at = (line.entity, line.partner, line.account)
            sums[at] = sums.get(at, 0) + line.amount
            currencies[line.entity] = line.currency
    return {
        at: _into(rates, CLOSING if at[2] in balances else AVERAGE, amount, currencies[at[0]], into, period)
        for at, amount in sums.items()
    }


def _as_reported(books: Books, period: Period, report: Record) -> Iterable[Difference]:
    currency = report["currency"]
    shown = {(row["subsidiary"], row["partner"], row["account"]): minor_of(row["amount"], currency)
             for row in report["rows"]}  # fmt: skip
    due = translated_sides(books, period, rates_of_firm(books.case.plan.firm))
    for at in sorted(shown.keys() | due.keys()):
        key = f"{period} {' '.join(at)}"
        yield Difference(key, shown.get(at, 0), due.get(at, 0), currency, "shown for elimination", "ledger, translated")


# -- translation -------------------------------------------------------------------------------------------------------


def translation_balances(books: Books) -> Iterable[Difference]:
    """I29: of every translated entity equity, result and translation reserve are its net assets at the closing rate;
    and every account is translated at its own rate: closing, average of the month, or that of its beginning."""
    reserve = books.case.interface.accounts.translation_reserve
    for (report, entity, period), shown in sorted(reports_of(books.case).items(), key=lambda each: each[0]):
        if report != TRANSLATION:
            continue
        currency = shown["currency"]
        amounts = {row["account"]: minor_of(row["amount"], currency) for row in shown["rows"]}
        due = translated_accounts(books, entity, period, currency)
        funded = -sum(amount for account, amount in amounts.items() if account[0] not in _SHEET)
        assets = sum(amount for account, amount in due.items() if account[0] in _SHEET)
        where = f"{period} {entity}"
        yield Difference(where, funded, assets, currency, "equity, result and 3200 as shown", "net assets at closing")
        for account in sorted((amounts.keys() | due.keys()) - {reserve}):
            key = f"{where} {account}"
            left, right = amounts.get(account, 0), due.get(account, 0)
            yield Difference(key, left, right, currency, "shown in translation", "ledger at its rate")


def translated_accounts(books: Books, entity: str, period: Period, into: str) -> dict[str, int]:
    """Account -> what the ledger of an entity holds at the end of a month, debit positive, in another currency."""
    own, rates = books.case.plan.entity(entity).currency, rates_of_firm(books.case.plan.firm)
    moved: dict[tuple[str, Period], int] = {}
    for line in books.ledger.lines:
        month = Period.parse(line.period)
        if line.entity == entity and month <= period:
            moved[line.account, month] = moved.get((line.account, month), 0) + line.amount
    found: dict[str, int] = {}
    balances: dict[str, int] = {}
    for (account, month), amount in moved.items():
        if account[0] in (*_SHEET, _EQUITY):
            balances[account] = balances.get(account, 0) + amount
        else:
            # The result of an earlier year is in retained earnings (J40).
            at = account if month.year == period.year else books.case.interface.accounts.retained
            found[at] = found.get(at, 0) + _into(rates, AVERAGE, amount, own, into, month)
    for account, amount in balances.items():
        rate = rates.first(own, into) if account[0] == _EQUITY else rates.of_month(CLOSING, own, into, period)
        found[account] = found.get(account, 0) + _at(rate, amount, own, into)
    return found


def _into(rates: Exchange, kind: str, amount: int, base: str, quote: str, period: Period) -> int:
    return _at(rates.of_month(kind, base, quote, period), amount, base, quote)


def _at(rate: Fraction | None, amount: int, base: str, quote: str) -> int:
    """Nothing without a rate: then the other side, which has one, is a difference."""
    return 0 if rate is None else convert(amount, base, quote, rate)


def minor_of(text: str, currency: str) -> int:
    """Minor units of an amount as a screen shows it."""
    return int(Decimal(text).scaleb(exponent(currency)))
