"""A staged row by what it says itself: cells to values, the rules many rows share, and the first one it breaks.

Codes are the vendor's predefined ones (revenue-zuora.md section 5.1); what has no published code is refused with an
``SBX-`` code of our own. Which rules a row has: ``rules_rows_transactions``, ``rules_rows_events``. Rules that need the
rows already there are in ``rules_staging``.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any

from mocks.revenue.currencies import CODES
from mocks.revenue.templates import Template
from sandbox.core.money import exponent, round_half_away, to_scaled
from sandbox.core.observe import Row

_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_VENDOR_DATE = re.compile(r"([0-9]{2})-([A-Za-z]{3})-([0-9]{4})")
_ISO_DATE = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_AMOUNT = re.compile(r"-?[0-9]{1,12}(?:\.[0-9]{1,8})?")
_QUANTITY = re.compile(r"-?[0-9]{1,9}(?:\.[0-9]{1,12})?")
_RATE = re.compile(r"[0-9]{1,8}(?:\.[0-9]{1,12})?")
# In either currency, so that the sums of a ledger at 1e-4 stay far inside 64 bits.
_AMOUNT_LIMIT = 10**12


@dataclass(frozen=True, slots=True)
class Staged:
    """A row being staged: its cells as sent, and the values read from them (None when blank or unreadable)."""

    cells: dict[str, str]
    values: dict[str, Any]

    def blank(self, name: str) -> bool:
        """Nothing stands in that cell."""
        return not self.cells[name]

    def unreadable(self, name: str) -> bool:
        """Something stands there that is not what the column holds."""
        return bool(self.cells[name]) and self.values[name] is None


Check = Callable[[Staged, Row | None], str | None]


def read_row(template: Template, cells: list[str]) -> Staged:
    """The values of a row's cells, in the template's order."""
    named = dict(zip(template.names, cells, strict=True))
    values = {
        column.name: _READERS[column.kind](text) if text else None
        for column, text in zip(template.columns, cells, strict=True)
    }
    return Staged(named, values)


def own_error(row: Staged, org: Row | None, checks: tuple[Check, ...]) -> str | None:
    """The first rule the row breaks by itself, as ``CODE text``; ``org`` is its organisation if there is one."""
    for check in checks:
        broken = check(row, org)
        if broken is not None:
            return broken
    return None


def stored_values(template: Template, row: Staged) -> dict[str, Any]:
    """The values as the staging table holds them."""
    stored = dict(row.values)
    for column in template.columns:
        value = stored[column.name]
        if isinstance(value, Decimal):
            stored[column.name] = _scaled_or_none(value) if column.kind == "amount" else format(value, "f")
    return stored


# -- reading cells ----------------------------------------------------------------------------------------------------


@lru_cache(maxsize=4096)
def read_date(text: str) -> str | None:
    """ISO text of ``31-JAN-2026`` (any letter case) or ``2026-01-31``; None when it is no date."""
    vendor = _VENDOR_DATE.fullmatch(text)
    iso = None if vendor else _ISO_DATE.fullmatch(text)
    try:
        if vendor:
            return date(int(vendor[3]), _MONTHS.index(vendor[2].upper()) + 1, int(vendor[1])).isoformat()
        if iso:
            return date(int(iso[1]), int(iso[2]), int(iso[3])).isoformat()
    except ValueError:
        return None
    return None


def _number(pattern: re.Pattern[str]) -> Callable[[str], Decimal | None]:
    def read(text: str) -> Decimal | None:
        return Decimal(text) if pattern.fullmatch(text) else None

    return read


def _rate(text: str) -> Decimal | None:
    value = Decimal(text) if _RATE.fullmatch(text) else None
    return value or None


_READERS: dict[str, Callable[[str], Any]] = {
    "text": str,
    "date": read_date,
    "amount": _number(_AMOUNT),
    "quantity": _number(_QUANTITY),
    "rate": _rate,
}


def _scaled_or_none(value: Decimal) -> int | None:
    try:
        return to_scaled(value)
    except ValueError:
        # Finer than the database keeps; such a row is in error anyway (RPRO-0009).
        return None


# -- rules many rows share ---------------------------------------------------------------------------------------------


def known_org(row: Staged, org: Row | None) -> str | None:
    """The business unit is an organisation."""
    if org is None:
        return f"RPRO-00053 no organisation has the business unit {row.cells['business_unit']!r}"
    return None


def needs(name: str, code: str, text: str) -> Check:
    """A check that a column is filled with something readable."""

    def check(row: Staged, org: Row | None) -> str | None:
        if row.values[name] is not None:
            return None
        return f"{code} {text} {row.cells[name]!r} is not valid" if row.cells[name] else f"{code} {text} is missing"

    return check


def currencies(row: Staged, org: Row | None) -> str | None:
    """Currency known, functional currency that of the organisation."""
    currency, functional = row.values["curr"], row.values["f_cur"]
    if currency not in CODES:
        return f"RPRO-0009 currency {row.cells['curr']!r} is not valid"
    if org is not None and functional != org["currency"]:
        return f"RPRO-0009 functional currency {row.cells['f_cur']!r} is not {org['currency']} of {org['code']}"
    return None


def rate_valid(row: Staged, org: Row | None) -> str | None:
    """A rate, unless both currencies are one."""
    same = row.values["curr"] == row.values["f_cur"]
    rate = row.values["f_ex_rate"]
    if rate is None and row.blank("f_ex_rate") and not same:
        return "RPRO-00076 exchange rate is missing"
    if rate is None and not row.blank("f_ex_rate"):
        return f"RPRO-00011 functional exchange rate {row.cells['f_ex_rate']!r} is not valid"
    if same and rate is not None and rate != 1:
        return f"RPRO-00011 functional exchange rate {row.cells['f_ex_rate']} of a currency with itself is not 1"
    return None


def quantity(name: str, code: str, text: str) -> Check:
    """A check that a quantity is there and not below zero."""
    needed = needs(name, code, text)

    def check(row: Staged, org: Row | None) -> str | None:
        missing = needed(row, org)
        if missing is None and row.values[name] < 0:
            return f"{code} {text} {row.cells[name]} is negative"
        return missing

    return check


def prices_rounded(row: Staged, org: Row | None) -> str | None:
    """Prices have no more decimals than their currency."""
    places = exponent(row.values["curr"])
    for name, label in (("ext_lst_prc", "list"), ("ext_sll_prc", "sell")):
        value = row.values[name]
        if value is not None and round_half_away(value, places) != value:
            return f"RPRO-0009 extended {label} price {row.cells[name]} is not rounded to {row.values['curr']}"
    return None


def prices_fit(row: Staged, org: Row | None) -> str | None:
    """Prices that fit a ledger, in either currency."""
    rate = row.values["f_ex_rate"] or 1
    for name, label in (("ext_lst_prc", "list"), ("ext_sll_prc", "sell")):
        value = abs(row.values[name] or 0)
        if max(value, value * rate) >= _AMOUNT_LIMIT:
            return f"SBX-00007 extended {label} price {row.cells[name]} is too large"
    return None


def dates(row: Staged, org: Row | None) -> str | None:
    """Start and end date come together, in order."""
    if row.unreadable("start_date"):
        return f"RPRO-00015 start date {row.cells['start_date']!r} is not valid"
    if row.unreadable("end_date"):
        return f"RPRO-00016 end date {row.cells['end_date']!r} is not valid"
    start, end = row.values["start_date"], row.values["end_date"]
    if start is None and end is not None:
        return "RPRO-00018 start date is missing"
    if start is not None and end is None:
        return "RPRO-00016 end date is missing"
    if start is not None and end < start:
        return f"RPRO-00013 end date {row.cells['end_date']} is before start date {row.cells['start_date']}"
    return None


SEGMENTS = (
    needs("def_segments", "RPRO-00021", "deferred segments"),
    needs("rev_segments", "RPRO-00023", "revenue segments"),
)
PRICES = (
    needs("ext_lst_prc", "SBX-00003", "extended list price"),
    needs("ext_sll_prc", "RPRO-00059", "extended sell price"),
    prices_rounded,
    prices_fit,
)
