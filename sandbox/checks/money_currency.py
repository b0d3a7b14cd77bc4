"""Identities of foreign currency: open items stand at the closing rate, and over the life of an item the gain is cash
less what it was booked at."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sandbox.checks.books import Books
from sandbox.checks.case import Case
from sandbox.checks.exchange import CLOSING, Exchange, convert, rates_of_firm
from sandbox.checks.identity import Difference
from sandbox.checks.ledger import Line
from sandbox.core.money import SCALE, exponent
from sandbox.core.periods import Period

# Entity, account, currency, and what tells one open item from another.
Item = tuple[str, ...]


def foreign_items_are_at_closing(books: Books) -> Iterable[Difference]:
    """I25: at the end of a closed month the carrying amount of every open item is its document amount at the closing
    rate; and what a settled foreign invoice gained or lost is its cash less what it was booked at."""
    rates = rates_of_firm(books.case.plan.firm)
    for period in books.closed_periods:
        yield from _carried(books, rates, period)
    yield from _gains(books, rates)


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


@dataclass(frozen=True, slots=True)
class Receipt:
    """What was applied to an invoice (at 1e-4, what was kept back among it), and whether it is a part of the money."""

    amount: int
    day: str
    is_split: bool


# -- from invoice to cash ----------------------------------------------------------------------------------------------


def _gains(books: Books, rates: Exchange) -> Iterable[Difference]:
    """Foreign invoices that are settled: gains on 7000 and 7010 together, against spot rates of both days."""
    case, accounts = books.case, books.case.interface.accounts
    invoices, receipts = case.rows("erp.invoice"), _receipts(case)
    of_item: dict[str, list[Line]] = {}
    for line in books.ledger.lines:
        if line.open_item in invoices:
            of_item.setdefault(str(line.open_item), []).append(line)
    for invoice_id, lines in sorted(of_item.items()):
        receivable = [line for line in lines if line.account == accounts.receivable]
        is_open = sum(line.document for line in receivable) != 0
        if not receivable or is_open or not _is_foreign(books, receivable[0]):
            continue
        gains = (accounts.realised_fx, accounts.unrealised_fx)
        gained = -sum(line.amount for line in lines if line.account in gains)
        row = invoices[invoice_id]
        key = f"{receivable[0].entity} {row['tranId']}"
        yield _over_life(rates, key, gained, receivable[0], row["tranDate"], receipts.get(invoice_id, []))


def _over_life(
    rates: Exchange, key: str, gained: int, line: Line, booked_on: str, receipts: list[Receipt]
) -> Difference:
    own, foreign = line.currency, line.document_currency
    amounts = [(each.amount * 10 ** exponent(foreign) // SCALE, each.day) for each in receipts]
    booked = _at_spot(rates, sum(amount for amount, _ in amounts), foreign, own, booked_on)
    cash = [_at_spot(rates, amount, foreign, own, day) for amount, day in amounts]
    if booked is None or None in cash:
        return Difference(key, 0, 1, "rates", "spot rates of the firm", "needed")
    due = sum(each or 0 for each in cash) - booked
    # Money that pays several invoices is rounded once: a minor unit more or less for each.
    tolerance = sum(each.is_split for each in receipts)
    left_is, right_is = "gain over its life", "cash less what it was booked at"
    return Difference(key, gained, due, own, left_is, right_is, tolerance=tolerance)


def _receipts(case: Case) -> dict[str, list[Receipt]]:
    """Invoice -> everything applied to it."""
    payments, applications = case.rows("erp.customerPayment"), case.rows("erp.paymentApplication").values()
    parts = Counter(row["payment"] for row in applications)
    found: dict[str, list[Receipt]] = {}
    for row in applications:
        payment = payments.get(row["payment"])
        if payment is not None:
            is_split = parts[row["payment"]] > 1
            found.setdefault(row["invoice"], []).append(Receipt(row["amount"], payment["tranDate"], is_split))
    return found


def _at_spot(rates: Exchange, amount: int, base: str, quote: str, day: str) -> int | None:
    rate = rates.spot(base, quote, date.fromisoformat(day))
    return None if rate is None else convert(amount, base, quote, rate)
