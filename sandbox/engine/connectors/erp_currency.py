"""What the ERP connector says and hears about currencies: rates, and the two amounts of a foreign journal's lines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Any

from sandbox.engine.canonical import Batch, BatchLine

# Spot rates up to a day, the newest and of it the last version first.
SPOT_RATES = (
    "SELECT f.symbol AS base, t.symbol AS quote, r.exchangerate AS rate FROM currencyrate r "
    "JOIN currency f ON f.id = r.transactioncurrency JOIN currency t ON t.id = r.basecurrency "
    "WHERE r.custrecord_rate_type = 'SPOT' AND TO_CHAR(r.effectivedate, 'YYYY-MM-DD') <= ? "
    "ORDER BY r.effectivedate DESC, r.custrecord_version DESC"
)
# A rate that is turned over keeps as many digits as a rate may have.
_TURNED = Context(prec=15, rounding=ROUND_HALF_UP)


def spot_among(rows: Sequence[Mapping[str, Any]], currency: str, into: str) -> str | None:
    """The first rate of a currency in another, else the first of the other direction turned over; None without one."""
    for base, quote in ((currency, into), (into, currency)):
        for row in rows:
            if (row["base"], row["quote"]) == (base, quote):
                rate = Decimal(str(row["rate"]))
                return plain_rate(rate if base == currency else _TURNED.divide(Decimal(1), rate))
    return None


def plain_rate(number: Any) -> str:
    """A rate as the ERP shows it, without an exponent."""
    return f"{Decimal(str(number)):f}"


def journal_sides(line: BatchLine, batch: Batch) -> dict[str, Decimal]:
    """Debit or credit of a line, of a foreign batch in both currencies; what is nothing is left out."""
    given = {"debit": line.debit, "credit": line.credit}
    if batch.foreign:
        given["custcol_functional_debit"] = line.functional_debit
        given["custcol_functional_credit"] = line.functional_credit
    return {name: amount for name, amount in given.items() if amount}
