"""Identities of foreign currency: open items stand at the closing rate, and over the life of an item the gain is cash
less what it was booked at."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from sandbox.checks.books import Books
from sandbox.checks.exchange import CLOSING, Exchange, convert, rates_of_firm
from sandbox.checks.identity import Difference
from sandbox.checks.ledger import Line, to_minor
from sandbox.core.observe import Row
from sandbox.core.periods import Period

# Entity, account, currency, and what tells one open item from another.
Item = tuple[str, ...]


def foreign_items_are_at_closing(books: Books) -> Iterable[Difference]:
    """I25: at the end of a closed month the carrying amount of every open item is its document amount at the closing
    rate; and what a settled foreign invoice gained or lost is its cash less what it was booked at."""
    rates = rates_of_firm(books.case.plan.firm)
    for period in books.closed_periods:
        yield from _carried(books, rates, period)
    for invoice_id, row in books.case.rows("erp.invoice").items():
        yield from _over_life(books, rates, invoice_id, row)


def _carried(books: Books, rates: Exchange, period: Period) -> Iterable[Difference]:
    currencies = {entity.code: entity.currency for entity in books.case.plan.firm.entities}
    items: dict[Item, list[int]] = {}
    for line in books.ledger.lines:
        if _is_foreign(books, line) and Period.parse(line.period) <= period:
            sums = items.setdefault(_item(books, line), [0, 0])
            sums[0] += line.document
            sums[1] += line.amount
    for item, (document, carried) in sorted(items.items()):
        if not document and not carried:
            continue
        own, foreign = currencies[item[0]], item[2]
        rate = rates.of_month(CLOSING, foreign, own, period)
        key = f"{period} {' '.join(part for part in item if part)}"
        if rate is None:
            yield Difference(key, 0, 1, "rates", "closing rates of the firm", "needed")
            continue
        due = convert(document, foreign, own, rate)
        yield Difference(key, carried, due, own, "carried", "document amount at the closing rate")


def _is_foreign(books: Books, line: Line) -> bool:
    return line.document_currency != line.currency and line.account in books.case.interface.accounts.monetary


def _item(books: Books, line: Line) -> Item:
    """A bank account is one item per currency; elsewhere a document, a contract line or a partner is one."""
    if line.account == books.case.interface.accounts.bank:
        return (line.entity, line.account, line.document_currency)
    parts = (line.customer, line.engagement, line.contract_line, line.open_item, line.partner)
    return (line.entity, line.account, line.document_currency, *(part or "" for part in parts))


# -- from invoice to cash ----------------------------------------------------------------------------------------------


def _over_life(books: Books, rates: Exchange, invoice_id: str, row: Row) -> Iterable[Difference]:
    """A foreign invoice that is settled: gains on 7000 and 7010 together, against spot rates of both days."""
    case, accounts = books.case, books.case.interface.accounts
    entity = case.ref("erp.subsidiary", row["subsidiary"]) or "?"
    lines = [line for line in books.ledger.lines if line.open_item == invoice_id]
    receivable = [line for line in lines if line.account == accounts.receivable]
    if not receivable or receivable[0].document_currency == receivable[0].currency:
        return
    if sum(line.document for line in receivable):
        return
    own, foreign = receivable[0].currency, receivable[0].document_currency
    gained = -sum(line.amount for line in lines if line.account in (accounts.realised_fx, accounts.unrealised_fx))
    receipts = _receipts(books, invoice_id, foreign)
    settled = sum(amount for amount, _ in receipts)
    booked = _at_spot(rates, settled, foreign, own, row["tranDate"])
    cash = [_at_spot(rates, amount, foreign, own, day) for amount, day in receipts]
    if booked is None or None in cash:
        yield Difference(f"{entity} {row['tranId']}", 0, 1, "rates", "spot rates of the firm", "needed")
        return
    due = sum(each or 0 for each in cash) - booked
    # Each further receipt is rounded for itself: one minor unit.
    tolerance = max(len(receipts) - 1, 0)
    yield Difference(
        f"{entity} {row['tranId']}", gained, due, own, "gain over its life", "cash less what it was booked at",
        tolerance=tolerance,
    )  # fmt: skip


def _receipts(books: Books, invoice_id: str, currency: str) -> list[tuple[int, str]]:
    """(Amount, day) of what was applied to an invoice, what was kept back among it."""
    case = books.case
    payments = case.rows("erp.customerPayment")
    return [
        (to_minor(case, row["amount"], currency), payments[row["payment"]]["tranDate"])
        for row in case.rows("erp.paymentApplication").values()
        if row["invoice"] == invoice_id and row["payment"] in payments
    ]


def _at_spot(rates: Exchange, amount: int, base: str, quote: str, day: str) -> int | None:
    rate = rates.spot(base, quote, date.fromisoformat(day))
    return None if rate is None else convert(amount, base, quote, rate)
