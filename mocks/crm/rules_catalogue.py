"""Pricebooks and their entries: a standard price first, one active entry per product, book and currency."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mocks.crm import errors
from mocks.crm.organisation import Desk
from sandbox.core.observe import Row


class PricebookBehaviour:
    """The standard pricebook is there for good."""

    def prepare(self, desk: Desk, old: Row | None, new: Row, given: Mapping[str, Any]) -> None:
        """Nothing to derive."""

    def settle(self, desk: Desk, old: Row | None, new: Row | None) -> None:
        """Nothing else depends on it."""

    def removable(self, desk: Desk, row: Row) -> None:
        """Not the standard one."""
        if row["IsStandard"]:
            raise errors.delete_failed(row["Name"], "the organization: it is the standard price book")


class PricebookEntryBehaviour:
    """A price of one product in one book and currency."""

    def prepare(self, desk: Desk, old: Row | None, new: Row, given: Mapping[str, Any]) -> None:
        """Take the product's name, and the standard price where that is asked for."""
        if old is None:
            product = desk.store.get("Product2", new["Product2Id"]) or {}
            new.update(Name=product["Name"], ProductCode=product["ProductCode"])
        book = desk.store.get("Pricebook2", new["Pricebook2Id"]) or {}
        same = {name: new[name] for name in ("Product2Id", "CurrencyIsoCode")}
        if not book["IsStandard"]:
            self._follow_standard(desk, new, same)
        if new["UnitPrice"] is None:
            raise errors.required_missing(["UnitPrice"])
        if new["IsActive"] or book["IsStandard"]:
            active = {} if book["IsStandard"] else {"IsActive": 1}
            twin = desk.store.one("PricebookEntry", {**same, "Pricebook2Id": book["Id"], **active})
            if twin is not None and twin["Id"] != new.get("Id"):
                message = f"This price definition already exists in this price book: {twin['Id']}"
                raise errors.CrmRefusal(400, "DUPLICATE_VALUE", message, [])

    def settle(self, desk: Desk, old: Row | None, new: Row | None) -> None:
        """Lines keep the price they were sold at."""

    def removable(self, desk: Desk, row: Row) -> None:
        """Always; lines that use it are looked at by the caller."""

    def _follow_standard(self, desk: Desk, new: Row, same: Mapping[str, Any]) -> None:
        standard_id = desk.store.find("Pricebook2", {"IsStandard": 1})[0]["Id"]
        standard = desk.store.one("PricebookEntry", {**same, "Pricebook2Id": standard_id})
        if standard is None:
            message = "No standard price defined for this product in this currency"
            raise errors.CrmRefusal(400, "STANDARD_PRICE_NOT_DEFINED", message, ["UnitPrice"])
        if new["UseStandardPrice"]:
            new["UnitPrice"] = standard["UnitPrice"]
