"""A foreign document in its subsidiary's currency: every line converted, the whole still balanced (J45)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from mocks.erp import errors
from mocks.erp.accounts import account_of
from mocks.erp.books import AMOUNT_MAX, Books, scaled_of_minor
from mocks.erp.rates import converted
from sandbox.core.observe import Row

ROUNDING = "7900"


@dataclass(frozen=True, slots=True)
class Entry:
    """One side of a posting: account id, amount at 1e-4 (positive a debit, negative a credit), dimensions.

    ``key`` tells the lines of one document apart in their ids: by source where there is one, so that leaving out one
    source moves no other line's id. ``amount`` is in the document's currency; ``functional`` in the subsidiary's, None
    to convert at the document's rate.
    """

    account: str
    amount: int
    line: int
    key: str
    dimensions: dict[str, Any]
    functional: int | None = None


def in_functional(books: Books, header: Row, entries: Iterable[Entry], functional: str) -> list[Entry]:
    """The entries with their functional amounts.

    The control account (line 0) is converted from the document's total, then the lines; what rounding leaves goes to
    the largest line, or to 7900 where that would turn the line over (accounting.md section 4.3). Raises ErpRefusal
    when an amount is too large.
    """
    places = books.places(functional)
    given = list(entries)
    done = [
        each
        if each.functional is not None
        else replace(each, functional=converted(each.amount, header["exchangeRate"], places))
        for each in given
    ]
    if any(abs(each.functional or 0) > AMOUNT_MAX for each in done):
        raise errors.user_error("The amounts are too large.", "exchangeRate")
    open_lines = [index for index, each in enumerate(given) if each.functional is None and each.line != 0]
    residue = sum(each.functional or 0 for each in done)
    fixed = all(each.functional is not None for each in given)
    if residue == 0 or fixed or abs(residue) * 2 > scaled_of_minor(len(done), places):
        # No rounding left it here: whoever made the entries has a bug, and posting them says so.
        return done
    largest = max(open_lines, key=lambda index: abs(done[index].functional or 0), default=None)
    if largest is not None and abs(done[largest].functional or 0) > abs(residue):
        done[largest] = replace(done[largest], functional=(done[largest].functional or 0) - residue)
        return done
    last = max(each.line for each in done)
    dimensions = {name: done[0].dimensions.get(name) for name in ("entity", "customer", "job", "sourceId")}
    return [*done, Entry(account_of(books, ROUNDING), 0, last + 1, "rounding", dimensions, -residue)]
