"""Opportunities and their lines: what a stage implies, what lines add up to, which pricebook entries fit.

Sources: crm-salesforce.md section 10. With lines the amount is theirs, and writing it is ignored without a word.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from mocks.crm import errors
from mocks.crm.organisation import Desk
from mocks.crm.records_organisation import STAGES, UNKNOWN_STAGE
from sandbox.core.money import SCALE, divide_half_away
from sandbox.core.observe import Row

# One minor unit of two decimals, in stored integers.
_CENT = SCALE // 100
_MONEY_MAX = 10**14 * SCALE
_PER_CENT = 100 * SCALE


class OpportunityBehaviour:
    """Stage, forecast, expected revenue, fiscal period; the amount once there are lines."""

    def prepare(self, desk: Desk, old: Row | None, new: Row, given: Mapping[str, Any]) -> None:
        """Derive what stage, amount and close date imply."""
        if old is not None and old["HasOpportunityLineItem"]:
            new["Amount"] = old["Amount"]
            for name in ("CurrencyIsoCode", "Pricebook2Id"):
                if new[name] != old[name]:
                    raise errors.integrity(f"{name} cannot be changed while the opportunity has products", name)
        if old is None or new["StageName"] != old["StageName"]:
            self._enter_stage(new, given)
        if new["Probability"] is None:
            new["Probability"] = STAGES.get(new["StageName"], UNKNOWN_STAGE).probability * SCALE
        new["ExpectedRevenue"] = expected_revenue(new)
        if old is None or new["CloseDate"] != old["CloseDate"]:
            closes = date.fromisoformat(new["CloseDate"])
            quarter = (closes.month + 2) // 3
            new.update(FiscalYear=closes.year, FiscalQuarter=quarter, Fiscal=f"{closes.year} {quarter}")

    def settle(self, desk: Desk, old: Row | None, new: Row | None) -> None:
        """Nothing else depends on an opportunity."""

    def removable(self, desk: Desk, row: Row) -> None:
        """Always; its lines go with it."""

    def _enter_stage(self, new: Row, given: Mapping[str, Any]) -> None:
        stage = STAGES.get(new["StageName"], UNKNOWN_STAGE)
        new["IsClosed"], new["IsWon"] = int(stage.closed), int(stage.won)
        if given.get("Probability") is None:
            new["Probability"] = stage.probability * SCALE
        if given.get("ForecastCategoryName") is None:
            new["ForecastCategoryName"] = stage.forecast


class LineBehaviour:
    """Price, total, and the sum that becomes the opportunity's amount."""

    def prepare(self, desk: Desk, old: Row | None, new: Row, given: Mapping[str, Any]) -> None:
        """Resolve the pricebook entry of a new line; compute the total of any."""
        if old is None:
            self._choose_entry(desk, new)
        if not new["Quantity"]:
            raise errors.integrity("Quantity must not be zero", "Quantity")
        self._price(new, given)

    def settle(self, desk: Desk, old: Row | None, new: Row | None) -> None:
        """Bring the opportunity's amount up to the sum of its lines; the first line decides the pricebook."""
        if old is not None and new is not None and old["TotalPrice"] == new["TotalPrice"]:
            return
        line: Row = new or old or {}
        opportunity = desk.store.get("Opportunity", line["OpportunityId"])
        if opportunity is None:
            return
        totals = desk.store.read(
            'SELECT "TotalPrice" FROM "OpportunityLineItem" WHERE "OpportunityId" = ? AND "_deleted" = 0',
            (opportunity["Id"],),
        )
        amount = sum(total for (total,) in totals)
        if abs(amount) >= _MONEY_MAX:
            raise errors.out_of_range("Amount", "Amount", amount // SCALE)
        after = {**opportunity, "Amount": amount, "HasOpportunityLineItem": int(bool(totals))}
        if after["Pricebook2Id"] is None:
            after["Pricebook2Id"] = _entry(desk, line["PricebookEntryId"])["Pricebook2Id"]
        after["ExpectedRevenue"] = expected_revenue(after)
        written = {name: value for name, value in after.items() if opportunity[name] != value}
        if written:
            desk.store.update("Opportunity", opportunity["Id"], {**written, "LastModifiedById": desk.user_id})

    def removable(self, desk: Desk, row: Row) -> None:
        """Always."""

    def _choose_entry(self, desk: Desk, new: Row) -> None:
        opportunity = desk.store.get("Opportunity", new["OpportunityId"]) or {}
        entry = self._given_entry(desk, new, opportunity)
        if entry["CurrencyIsoCode"] != opportunity["CurrencyIsoCode"]:
            raise errors.integrity(
                f"The pricebook entry is in {entry['CurrencyIsoCode']}, "
                f"the opportunity in {opportunity['CurrencyIsoCode']}",
                "PricebookEntryId",
            )
        if opportunity["Pricebook2Id"] not in (None, entry["Pricebook2Id"]):
            raise errors.integrity(
                "pricebook entry is in a different pricebook than the one assigned to the opportunity",
                "PricebookEntryId",
            )
        if not entry["IsActive"]:
            raise errors.integrity("pricebook entry is inactive", "PricebookEntryId")
        new.update(
            PricebookEntryId=entry["Id"],
            Product2Id=entry["Product2Id"],
            ProductCode=entry["ProductCode"],
            Name=f"{opportunity['Name']} {entry['Name']}",
            ListPrice=entry["UnitPrice"],
            CurrencyIsoCode=entry["CurrencyIsoCode"],
        )

    def _given_entry(self, desk: Desk, new: Row, opportunity: Row) -> Row:
        if new["PricebookEntryId"] is not None:
            entry = _entry(desk, new["PricebookEntryId"])
            if new["Product2Id"] not in (None, entry["Product2Id"]):
                raise errors.integrity("Product2Id is not the product of the pricebook entry", "Product2Id")
            return entry
        if new["Product2Id"] is None:
            raise errors.required_missing(["PricebookEntryId"])
        book = opportunity["Pricebook2Id"] or desk.store.find("Pricebook2", {"IsStandard": 1})[0]["Id"]
        wanted = {
            "Product2Id": new["Product2Id"],
            "Pricebook2Id": book,
            "CurrencyIsoCode": opportunity["CurrencyIsoCode"],
            "IsActive": 1,
        }
        entry_or_none = desk.store.one("PricebookEntry", wanted)
        if entry_or_none is None:
            raise errors.integrity(
                f"no active pricebook entry of the product in {opportunity['CurrencyIsoCode']}", "Product2Id"
            )
        return entry_or_none

    def _price(self, new: Row, given: Mapping[str, Any]) -> None:
        unit, total = given.get("UnitPrice"), given.get("TotalPrice")
        if unit is not None and total is not None:
            raise errors.integrity("Specify UnitPrice or TotalPrice, not both", "UnitPrice", "TotalPrice")
        if total is not None and new["Discount"]:
            raise errors.integrity("TotalPrice cannot be written while there is a Discount", "TotalPrice")
        if total is not None:
            new["UnitPrice"] = _signed_divide(total * SCALE, new["Quantity"] * _CENT) * _CENT
        if new["UnitPrice"] is None:
            raise errors.required_missing(["UnitPrice"])
        new["Subtotal"] = line_total(new["Quantity"], new["UnitPrice"], 0)
        new["TotalPrice"] = (
            total if total is not None else line_total(new["Quantity"], new["UnitPrice"], new["Discount"])
        )
        for name in ("UnitPrice", "Subtotal", "TotalPrice"):
            if abs(new[name]) >= _MONEY_MAX:
                raise errors.out_of_range(name, name, new[name] // SCALE)


def line_total(quantity: int, unit_price: int, discount: int | None) -> int:
    """Quantity x unit price less the discount in per cent, rounded half away from zero to the cent; stored integers."""
    exact = quantity * unit_price * (_PER_CENT - (discount or 0))
    return divide_half_away(exact, SCALE * _PER_CENT * _CENT) * _CENT


def expected_revenue(opportunity: Row) -> int | None:
    """Amount x probability, to the cent; None without an amount."""
    if opportunity["Amount"] is None:
        return None
    return divide_half_away(opportunity["Amount"] * opportunity["Probability"], _PER_CENT * _CENT) * _CENT


def _entry(desk: Desk, entry_id: str) -> Row:
    return desk.store.get("PricebookEntry", entry_id, deleted=True) or {}


def _signed_divide(numerator: int, denominator: int) -> int:
    return divide_half_away(numerator, denominator) if denominator > 0 else divide_half_away(-numerator, -denominator)
