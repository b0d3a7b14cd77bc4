"""The two amounts of a foreign journal's lines: in its own currency, and what they are in the subsidiary's.

A client gives the functional amounts of every line, or of none: then they follow from the exchange rate. NetSuite's
journals convert at one rate and take no functional amounts; ours do, as a revenue system's batches mix rates.
"""

from __future__ import annotations

from collections.abc import Sequence

from mocks.erp import errors
from mocks.erp.books import AMOUNT_MAX, Books, shown, within
from mocks.erp.incoming import Line
from mocks.erp.rates import converted
from sandbox.core.observe import Row

DEBIT, CREDIT = "custcol_functional_debit", "custcol_functional_credit"
FUNCTIONAL = (DEBIT, CREDIT)


def checked_functional(books: Books, journal: Row, lines: Sequence[Line]) -> None:
    """Raises ErpRefusal unless the functional amounts that are given go with the lines and balance."""
    given = [line for line in lines if _given(line)]
    if not given:
        return
    functional = books.known("subsidiary", journal["subsidiary"])["currency"]
    places = books.places(functional)
    for index, line in enumerate(lines):
        path = f"line.items[{index}]"
        if not _given(line):
            raise errors.user_error("Either every line has a functional amount or none has.", path)
        _check_line(line, path, places, same=journal["currency"] == functional)
    debits, credits_ = (sum(line[name] or 0 for line in lines) for name in FUNCTIONAL)
    if max(debits, credits_) > AMOUNT_MAX:
        raise errors.user_error("The amounts are too large.", "line")
    if debits != credits_:
        raise errors.not_balanced(shown(debits), shown(credits_))


def sides_in_functional(books: Books, journal: Row, lines: Sequence[Line]) -> list[Line]:
    """The lines of a balanced journal with functional amounts; rounding residue goes to the largest line.

    Those of a journal in the subsidiary's own currency have none. Raises ErpRefusal when an amount is too large.
    """
    functional = books.known("subsidiary", journal["subsidiary"])["currency"]
    if journal["currency"] == functional:
        return [{**line, DEBIT: None, CREDIT: None} if _given(line) else line for line in lines]
    if any(_given(line) for line in lines):
        return [{**line, **_sides(net_functional(line) or 0)} for line in lines]
    places = books.places(functional)
    nets = [converted(_net(line), journal["exchangeRate"], places) for line in lines]
    if max(abs(net) for net in nets) > AMOUNT_MAX:
        raise errors.user_error("The amounts are too large.", "exchangeRate")
    largest = max(range(len(nets)), key=lambda index: abs(nets[index]))
    nets[largest] -= sum(nets)
    return [{**line, **_sides(net)} for line, net in zip(lines, nets, strict=True)]


def stored_sides(stored: Row) -> Line:
    """Debit and credit of a posted line in its journal's currency, and in the subsidiary's where that is another."""
    amount = stored["foreignAmount"]
    sides: Line = {"debit": max(amount, 0) or None, "credit": max(-amount, 0) or None, DEBIT: None, CREDIT: None}
    if stored["foreignCurrency"] != stored["currency"]:
        sides |= _sides(stored["debit"] - stored["credit"])
    return sides


def net_functional(line: Line) -> int | None:
    """Functional debit less credit at 1e-4; None where the line has none."""
    return (line[DEBIT] or 0) - (line[CREDIT] or 0) if _given(line) else None


def _given(line: Line) -> bool:
    return any(line.get(name) is not None for name in FUNCTIONAL)


def _net(line: Line) -> int:
    return (line["debit"] or 0) - (line["credit"] or 0)


def _sides(net: int) -> Line:
    return {DEBIT: net if net >= 0 else None, CREDIT: -net if net < 0 else None}


def _check_line(line: Line, path: str, places: int, *, same: bool) -> None:
    amounts = [(name, line[name]) for name in FUNCTIONAL if line[name] is not None]
    for name, amount in amounts:
        if amount < 0 or not within(amount, places):
            reason = "It is negative." if amount < 0 else f"The currency has {places} decimals."
            raise errors.invalid_value(shown(amount), name, f"{path}.{name}", reason)
    net, functional = _net(line), net_functional(line) or 0
    turned = net * functional < 0
    if turned or (same and functional != net) or sum(1 for _, amount in amounts if amount) > 1:
        name, amount = amounts[0]
        reason = "It must be the line's own amount." if same else "It is not on the line's own side."
        raise errors.invalid_value(shown(amount), name, f"{path}.{name}", reason)
