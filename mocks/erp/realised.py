"""Realised exchange differences: cash at the rate of its receipt, the receivable at the one it is carried at (J21)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from mocks.erp.accounts import account_of
from mocks.erp.applications import Application
from mocks.erp.books import Books
from mocks.erp.conversion import Entry
from mocks.erp.rates import converted
from sandbox.core.observe import Row

REALISED_FX = "7000"


def at_receipt(
    books: Books,
    payment: Row,
    entries: Iterable[Entry],
    applications: Sequence[Application],
    before: int = 0,
) -> list[Entry]:
    """The entries of a payment with functional amounts, and a line on 7000 per invoice that makes a difference.

    ``before`` is what was applied already (at 1e-4). Amounts are converted cumulatively and their differences posted,
    so that an invoice paid in parts clears to zero and unapplied cash does too.
    """
    given = list(entries)
    into = books.known("subsidiary", payment["subsidiary"])["currency"]
    if payment["currency"] == into:
        return given
    places = books.places(into)
    receivables = {invoice["id"]: (invoice, amount) for invoice, amount in applications}
    done: list[Entry] = []
    differences: list[Entry] = []
    position, applied = before, before
    total = before + sum(each.amount for each in given if each.amount > 0)

    def cash(amount: int) -> int:
        return converted(amount, payment["exchangeRate"], places)

    for each in given:
        invoice, amount = receivables.get(each.dimensions.get("openItem", ""), (None, 0))
        if invoice is not None:
            carried = cleared(books, invoice, amount)
            gained = cash(applied + amount) - cash(applied) - carried
            applied += amount
            done.append(replace(each, functional=-carried))
            differences.append(replace(each, amount=0, functional=-gained))
        elif each.amount < 0:
            # What stays unapplied: the whole less what is applied.
            done.append(replace(each, functional=cash(total + each.amount) - cash(total)))
        else:
            # Cash, or unapplied cash of earlier that is applied now.
            done.append(replace(each, functional=cash(position + each.amount) - cash(position)))
            position += each.amount
    return [*done, *_on_fx(books, differences, max(each.line for each in given))]


def cleared(books: Books, invoice: Row, amount: int) -> int:
    """What an amount taken off an invoice clears of its functional value, at the invoice's own rate.

    After remeasurement and its reversal that is what it is carried at. ``invoice`` is the row before.
    """
    into = books.known("subsidiary", invoice["subsidiary"])["currency"]
    if invoice["currency"] == into:
        return amount
    places, rate, before = books.places(into), invoice["exchangeRate"], invoice["amountPaid"]
    if invoice["custbody_credited"]:
        # A credit is off the receivable whether or not it is applied.
        credits_ = books.store.find("creditMemo", {"createdFrom": invoice["id"]})
        before = invoice["amountPaid"] + sum(each["unapplied"] for each in credits_)
    return converted(before + amount, rate, places) - converted(before, rate, places)


def _on_fx(books: Books, differences: Iterable[Entry], last_line: int) -> Iterable[Entry]:
    for number, each in enumerate((one for one in differences if one.functional), start=last_line + 1):
        account = account_of(books, REALISED_FX)
        yield replace(each, account=account, line=number, key=f"fx {each.key}")
