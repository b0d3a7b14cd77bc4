"""Output tax: which codes an invoice bears and what they come to (accounting.md section 3, O25).

Chosen once per document, since client and date decide; each code is rounded once, on the document (section 4.3).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any

import orjson

from mocks.erp import errors
from mocks.erp.books import Books, percent, scaled_of_minor
from sandbox.core.money import SCALE, divide_half_away, plain
from sandbox.core.observe import Row
from sandbox.core.wire import canonical

# Member states by ISO 3166 code; Greece writes its VAT ids with EL (Council Directive 2006/112/EC, article 215).
_EU = frozenset(
    (
        "AT",
        "BE",
        "BG",
        "CY",
        "CZ",
        "DE",
        "DK",
        "EE",
        "ES",
        "FI",
        "FR",
        "GR",
        "HR",
        "HU",
        "IE",
        "IT",
        "LT",
        "LU",
        "LV",
        "MT",
        "NL",
        "PL",
        "PT",
        "RO",
        "SE",
        "SI",
        "SK",
    )
)
_VAT_PREFIXES = {"GR": "EL"}
_VAT_ID = re.compile(r"[A-Z0-9+*]{2,12}")
_ANYWHERE = "*"
_UNION = "EU"


@dataclass(frozen=True, slots=True)
class Tax:
    """One code on a document: rate as a fraction, basis and amount at 1e-4. Code None is the entity's single rate."""

    code: str | None
    rate: str
    basis: int
    amount: int


def taxes_of(books: Books, subsidiary: Row, customer: Row, day: str, basis: int, places: int) -> list[Tax]:
    """The taxes of a document's net. Raises ErpRefusal when the entity's rules have none for that client and day."""
    return [
        Tax(code, rate, basis, tax_amount(basis, rate, places))
        for code, rate in _codes(books, subsidiary, customer, day)
    ]


def domestic_rate(books: Books, subsidiary: Row, day: str) -> Decimal:
    """What the entity's country takes on services: the rate of a reverse charge (J43), a fraction."""
    rules = _rules(books, subsidiary, day)
    if not rules:
        return Decimal(subsidiary["custrecord_tax_rate"])
    return sum((Decimal(rate) for _, rate in _priced(books, _at_home(rules, subsidiary, state=None))), Decimal(0))


def tax_amount(basis: int, rate: str, places: int) -> int:
    """Round half away of basis x rate, at 1e-4."""
    numerator, denominator = _ratio(rate)
    minor = divide_half_away(basis * numerator * 10**places, SCALE * denominator)
    return scaled_of_minor(minor, places)


@lru_cache
def _ratio(rate: str) -> tuple[int, int]:
    # The few rates of a firm come back on every document: integers then are a fifth of the cost of decimals.
    return Decimal(rate).as_integer_ratio()


def percent_text(taxes: Iterable[Tax]) -> str:
    """The sum of the rates as per cent."""
    return _percent_text(tuple(each.rate for each in taxes))


@lru_cache
def _percent_text(rates: tuple[str, ...]) -> str:
    return plain(percent(str(sum(map(Decimal, rates), Decimal(0)))))


def packed(taxes: Iterable[Tax]) -> str:
    """Taxes as they are stored with their document."""
    return canonical([[each.code, each.rate, each.basis, each.amount] for each in taxes]).decode()


def unpacked(stored: str) -> list[Tax]:
    """The taxes of a stored document."""
    return [Tax(*each) for each in orjson.loads(stored)]


def has_vat_id(customer: Row) -> bool:
    """Whether the client's VAT id is evidence of a business: there is one, and an EU member's has its prefix."""
    number = (customer["vatRegNumber"] or "").replace(" ", "")
    country: str = customer["custentity_country"] or ""
    if country not in _EU:
        return bool(number)
    prefix = _VAT_PREFIXES.get(country, country)
    return bool(number.startswith(prefix) and _VAT_ID.fullmatch(number.removeprefix(prefix)))


def _codes(books: Books, subsidiary: Row, customer: Row, day: str) -> list[tuple[str | None, str]]:
    """Codes and rates (fractions) for a client on a day."""
    rules = _rules(books, subsidiary, day)
    if not rules:
        home = customer["custentity_country"] == subsidiary["country"]
        return [(None, subsidiary["custrecord_tax_rate"] if home else "0")]
    chosen = _chosen(rules, subsidiary, customer)
    if not chosen:
        country = customer["custentity_country"] or "an unknown country"
        raise errors.user_error(f"There is no tax code on {day} for a customer in {country}.", "entity")
    return [*_priced(books, chosen)]


def _chosen(rules: list[Row], subsidiary: Row, customer: Row) -> list[Row]:
    country, state = customer["custentity_country"], customer["custentity_state"]
    if country is not None and country != subsidiary["country"]:
        for where in (country, *((_UNION,) if country in _EU else ()), _ANYWHERE):
            there = [each for each in rules if each["custrecord_customer_country"] == where]
            proven = [each for each in there if not each["custrecord_needs_vat_id"] or has_vat_id(customer)]
            if proven:
                # A rule for those who prove to be a business is meant before one for anybody.
                return _newest([each for each in proven if each["custrecord_needs_vat_id"]] or proven)
            if there:
                # Without evidence the client counts as a consumer, taxed where the supplier is.
                break
        return _at_home(rules, subsidiary, state=None)
    return _at_home(rules, subsidiary, state)


def _at_home(rules: list[Row], subsidiary: Row, state: str | None) -> list[Row]:
    same = state is not None and state == subsidiary["custrecord_state"]
    wanted = (None, "same" if same else "other")
    return _newest(
        [
            each
            for each in rules
            if each["custrecord_customer_country"] == subsidiary["country"] and each["custrecord_state"] in wanted
        ]
    )


def _rules(books: Books, subsidiary: Row, day: str) -> list[Row]:
    """The entity's rules that hold by that day; none only when the table does not name its country."""
    named = books.tax_rules(subsidiary["country"])
    rules = [each for each in named if each["custrecord_effective"] <= day]
    if named and not rules:
        raise errors.user_error(f"There is no tax code of {subsidiary['country']} on {day}.", "tranDate")
    return rules


def _newest(rules: list[Row]) -> list[Row]:
    latest = max((each["custrecord_effective"] for each in rules), default=None)
    return [each for each in rules if each["custrecord_effective"] == latest]


def _priced(books: Books, rules: Iterable[Row]) -> Iterable[tuple[Any, str]]:
    for each in rules:
        code = books.known("salesTaxItem", each["custrecord_tax_code"])
        yield code["id"], str(Decimal(code["rate"]).scaleb(-2))
