"""The group at the close: what entities owe and charge each other, at the closing rate, eliminated and translated."""

from __future__ import annotations

from collections.abc import Iterable

from sandbox.checks.books import Books
from sandbox.checks.exchange import rates_of_ledger
from sandbox.checks.ledger import Line
from sandbox.checks.money_group import TRANSLATION, listed_residues, minor_of, reports_of, translated_sides
from sandbox.core.periods import Period
from sandbox.report.pages.page import Page, Row, Sum, Table, add, number, shown, sums_of

_NAMES = ("receivable", "payable", "revenue", "cost")


def intercompany(books: Books) -> Page:
    """What entities owe each other and earned from each other; its remeasurement, elimination and translation."""
    balances, owed = _balances(books)
    eliminated, left = _elimination(books)
    translated, funded = _translation(books)
    tables = (balances, _documents(books), _remeasurement(books), eliminated, translated)
    return Page(
        "intercompany",
        "Intercompany",
        "Balances between the entities of the firm, debit positive, each entity in its own currency; foreign items at "
        "the closing rate, taken back on the first day of the next month; the group in its currency.",
        (balances, *(table for table in tables[1:] if table.rows)),
        (*owed, *left, *funded),
        "No entity worked for another.",
    )


def _accounts(books: Books) -> tuple[str, ...]:
    accounts = books.case.interface.accounts
    return (
        accounts.intercompany_receivable,
        accounts.intercompany_payable,
        accounts.intercompany_revenue,
        accounts.intercompany_cost,
    )


def _balances(books: Books) -> tuple[Table, tuple[Sum, ...]]:
    accounts = _accounts(books)
    found: dict[tuple[str, str, str], list[int]] = {}
    for line in books.ledger.lines:
        if line.account in accounts:
            at = (line.entity, line.engagement or "-", line.currency)
            found.setdefault(at, [0] * len(accounts))[accounts.index(line.account)] += line.amount
    rows = tuple((*at, *shown(values, at[2])) for at, values in sorted(found.items()))
    owed, owing = dict[str, int](), dict[str, int]()
    for (_, _, currency), values in found.items():
        add(owed, currency, values[0])
        add(owing, currency, -values[1])
    titles = (f"{name} {account}" for name, account in zip(_NAMES, accounts, strict=True))
    sums = sums_of("what is owed is what is owing", owed, owing) if len({at[2] for at in found}) == 1 else ()
    return Table("", ("entity", "engagement", "in", *titles), 3, rows), sums


def _documents(books: Books) -> Table:
    """Every document with both its sides, in its own currency."""
    accounts = _accounts(books)
    found: dict[tuple[str, str], list[int]] = {}
    for line in books.ledger.lines:
        if line.account in accounts and line.open_item is not None:
            at = (line.open_item, line.document_currency)
            found.setdefault(at, [0] * len(accounts))[accounts.index(line.account)] += line.document
    rows = tuple((*at, *shown(values, at[1])) for at, values in sorted(found.items()))
    titles = (f"{name} {account}" for name, account in zip(_NAMES, accounts, strict=True))
    return Table("Documents, in the currency of the provider", ("document", "in", *titles), 2, rows)


def _remeasurement(books: Books) -> Table:
    """Foreign items by entity, month, account and currency: document, carried before and at closing, gain."""
    found: dict[Row, list[int]] = {}
    for period in books.closed_periods:
        for line in _foreign(books, period):
            at = (line.entity, str(period), line.account, line.document_currency, line.currency)
            sums = found.setdefault(at, [0, 0, 0])
            sums[0] += line.document
            # Remeasurements have no document amount, and those of earlier months are taken back.
            sums[1] += line.amount if line.document else 0
            sums[2] += line.amount
    rows = tuple(
        (*at, number(document, at[3]), *shown((before, after, after - before), at[4]))
        for at, (document, before, after) in sorted(found.items())
        if document or before or after
    )
    columns = ("entity", "month", "account", "of", "in", "document", "carried before", "at closing", "gain")
    return Table("Remeasurement of foreign items", columns, 5, rows)


def _foreign(books: Books, period: Period) -> Iterable[Line]:
    """Lines up to a month; what was remeasured before it is taken back in it."""
    monetary = books.case.interface.accounts.monetary
    for line in books.ledger.lines:
        if line.account in monetary and line.document_currency != line.currency and line.period <= str(period):
            yield line


def _elimination(books: Books) -> tuple[Table, list[Sum]]:
    """Pair by pair and month by month: both sides translated, what is left, what rates alone leave."""
    firm, accounts = books.case.plan.firm, _accounts(books)
    currency, rows, sums = firm.group_currency or "", [], []
    for period in books.closed_periods if currency and firm.intercompany else ():
        sides = translated_sides(books, period, rates_of_ledger(books.case))
        left_over = listed_over = 0
        for (provider, receiver), listed in listed_residues(books, period).items():
            for name, ours, theirs, due in (
                ("income and cost", accounts[2], accounts[3], listed[0]),
                ("claim and debt", accounts[0], accounts[1], listed[1]),
            ):
                pair = (sides.get((provider, receiver, ours), 0), sides.get((receiver, provider, theirs), 0))
                rows.append(
                    (str(period), provider, receiver, name, currency, *shown((*pair, sum(pair), due), currency))
                )
                left_over += sum(pair)
                listed_over += due
        says = f"what elimination leaves is listed differences of exchange, {period}, {currency}"
        sums.append(Sum(says, number(left_over, currency), number(listed_over, currency)))
    columns = ("month", "provider", "receiver", "what", "in", "of the provider", "of the receiver", "left", "listed FX")
    return Table("Elimination", columns, 5, tuple(rows)), sums


def _translation(books: Books) -> tuple[Table, list[Sum]]:
    """Entity by entity and month by month, as the ERP's screen showed it."""
    reserve, rows, sums = books.case.interface.accounts.translation_reserve, [], []
    for (report, entity, period), told in sorted(reports_of(books.case).items(), key=lambda each: each[0]):
        if report != TRANSLATION:
            continue
        own, into = books.case.plan.entity(entity).currency, told["currency"]
        lines = [(row["account"], minor_of(row["book"], own), minor_of(row["amount"], into)) for row in told["rows"]]
        assets = [each for each in lines if each[0][0] in ("1", "2")]
        held = sum(amount for account, _, amount in lines if account == reserve)
        funded = -sum(amount for _, _, amount in lines) + sum(amount for *_, amount in assets)
        net = sum(amount for *_, amount in assets)
        books_say = number(sum(book for _, book, _ in assets), own)
        rows.append((str(period), entity, own, books_say, into, *shown((net, funded + held, -held), into)))
        says = f"equity, result and reserve are net assets at closing, {entity} {period}, {into}"
        sums.append(Sum(says, number(funded, into), number(net, into)))
    columns = ("month", "entity", "in", "net assets", "into", "at closing", "equity and result", "reserve 3200")
    return Table("Translation", columns, 3, tuple(rows)), sums
