"""What every line of a deal, quote or order has: a pricebook entry that fits its parent, a price, a total."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mocks.crm import errors
from mocks.crm.organisation import Desk
from sandbox.core.money import SCALE, divide_half_away
from sandbox.core.observe import Row

# One minor unit of two decimals, in stored integers.
CENT = SCALE // 100
MONEY_MAX = 10**14 * SCALE
PER_CENT = 100 * SCALE


def choose_entry(desk: Desk, new: Row, parent: Row, called: str) -> Row:
    """Resolve the pricebook entry of a new line and copy what the line takes from it; returns the entry.

    ``called`` is what the parent is called in refusals. An opportunity without a pricebook takes any entry's; a quote
    or an order must have one before its first line (by the vendor too, as far as known).
    """
    entry = _given_entry(desk, new, parent)
    if entry["CurrencyIsoCode"] != parent["CurrencyIsoCode"]:
        raise errors.integrity(
            f"The pricebook entry is in {entry['CurrencyIsoCode']}, the {called} in {parent['CurrencyIsoCode']}",
            "PricebookEntryId",
        )
    if parent["Pricebook2Id"] is None and called != "opportunity":
        raise errors.integrity(f"the {called} has no pricebook assigned", "PricebookEntryId")
    if parent["Pricebook2Id"] not in (None, entry["Pricebook2Id"]):
        raise errors.integrity(
            f"pricebook entry is in a different pricebook than the one assigned to the {called}", "PricebookEntryId"
        )
    if not entry["IsActive"]:
        raise errors.integrity("pricebook entry is inactive", "PricebookEntryId")
    new.update(
        PricebookEntryId=entry["Id"],
        Product2Id=entry["Product2Id"],
        ListPrice=entry["UnitPrice"],
        CurrencyIsoCode=entry["CurrencyIsoCode"],
    )
    return entry


def price(new: Row, given: Mapping[str, Any]) -> None:
    """Unit price, subtotal and total of a line with a discount; a total may be given instead of a unit price."""
    unit, total = given.get("UnitPrice"), given.get("TotalPrice")
    if unit is not None and total is not None:
        raise errors.integrity("Specify UnitPrice or TotalPrice, not both", "UnitPrice", "TotalPrice")
    if total is not None and new["Discount"]:
        raise errors.integrity("TotalPrice cannot be written while there is a Discount", "TotalPrice")
    if total is not None:
        new["UnitPrice"] = _signed_divide(total * SCALE, new["Quantity"] * CENT) * CENT
    if new["UnitPrice"] is None:
        raise errors.required_missing(["UnitPrice"])
    new["Subtotal"] = line_total(new["Quantity"], new["UnitPrice"], 0)
    new["TotalPrice"] = total if total is not None else line_total(new["Quantity"], new["UnitPrice"], new["Discount"])
    check_amounts(new, "UnitPrice", "Subtotal", "TotalPrice")


def line_total(quantity: int, unit_price: int, discount: int | None) -> int:
    """Quantity x unit price less the discount in per cent, rounded half away from zero to the cent; stored integers."""
    exact = quantity * unit_price * (PER_CENT - (discount or 0))
    return divide_half_away(exact, SCALE * PER_CENT * CENT) * CENT


def check_amounts(row: Row, *names: str) -> None:
    """Raises CrmRefusal for an amount of more digits than the field holds."""
    for name in names:
        if abs(row[name] or 0) >= MONEY_MAX:
            raise errors.out_of_range(name, name, row[name] // SCALE)


def check_order(row: Row, first: str, last: str) -> None:
    """Raises CrmRefusal when one date lies after the other."""
    if row[first] is not None and row[last] is not None and row[first] > row[last]:
        raise errors.integrity(f"{last} {row[last]} lies before {first} {row[first]}", last)


def entry_of(desk: Desk, entry_id: str) -> Row:
    """A pricebook entry, also one in the bin: lines outlive it."""
    return desk.store.get("PricebookEntry", entry_id, deleted=True) or {}


def _given_entry(desk: Desk, new: Row, parent: Row) -> Row:
    if new["PricebookEntryId"] is not None:
        entry = entry_of(desk, new["PricebookEntryId"])
        if new["Product2Id"] not in (None, entry["Product2Id"]):
            raise errors.integrity("Product2Id is not the product of the pricebook entry", "Product2Id")
        return entry
    if new["Product2Id"] is None:
        raise errors.required_missing(["PricebookEntryId"])
    book = parent["Pricebook2Id"] or desk.store.find("Pricebook2", {"IsStandard": 1})[0]["Id"]
    wanted = {
        "Product2Id": new["Product2Id"],
        "Pricebook2Id": book,
        "CurrencyIsoCode": parent["CurrencyIsoCode"],
        "IsActive": 1,
    }
    entry_or_none = desk.store.one("PricebookEntry", wanted)
    if entry_or_none is None:
        raise errors.integrity(f"no active pricebook entry of the product in {parent['CurrencyIsoCode']}", "Product2Id")
    return entry_or_none


def _signed_divide(numerator: int, denominator: int) -> int:
    return divide_half_away(numerator, denominator) if denominator > 0 else divide_half_away(-numerator, -denominator)
