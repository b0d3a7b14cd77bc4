"""Quotes and their lines: what a quote takes from its opportunity, what its lines add up to.

A quote is in the currency of its opportunity. Synchronisation is in ``rules_sync.py``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mocks.crm import errors, rules_sync
from mocks.crm.organisation import Desk
from mocks.crm.rules_lines import check_amounts, choose_entry, price
from mocks.crm.rules_numbers import free_number
from mocks.crm.rules_totals import grand_total, refresh_quote
from sandbox.core.observe import Row
from sandbox.core.wire import canonical


class QuoteBehaviour:
    """Number, account and currency of the opportunity, grand total."""

    def prepare(self, desk: Desk, old: Row | None, new: Row, given: Mapping[str, Any]) -> None:
        """Derive what the opportunity decides; the pricebook is fixed while there are lines."""
        if old is None:
            opportunity = desk.store.get("Opportunity", new["OpportunityId"]) or {}
            new.update(
                QuoteNumber=free_number(desk, "Quote", "QuoteNumber", canonical(given).decode()),
                AccountId=opportunity["AccountId"],
                CurrencyIsoCode=opportunity["CurrencyIsoCode"],
                LineItemCount=0,
                Subtotal=0,
                Discount=0,
                TotalPrice=0,
            )
        elif new["Pricebook2Id"] != old["Pricebook2Id"] and old["LineItemCount"]:
            raise errors.integrity("Pricebook2Id cannot be changed while the quote has products", "Pricebook2Id")
        new["GrandTotal"] = grand_total(new)
        check_amounts(new, "GrandTotal")

    def settle(self, desk: Desk, old: Row | None, new: Row | None) -> None:
        """Nothing else depends on a quote itself."""

    def removable(self, desk: Desk, row: Row) -> None:
        """Always; its lines go with it, those of the opportunity stay."""


class QuoteLineBehaviour:
    """Price, totals of the quote, and the twin on the opportunity while the quote is synchronised."""

    def prepare(self, desk: Desk, old: Row | None, new: Row, given: Mapping[str, Any]) -> None:
        """Resolve the pricebook entry of a new line; compute the total of any."""
        if old is None:
            quote = desk.store.get("Quote", new["QuoteId"]) or {}
            choose_entry(desk, new, quote, "quote")
            new["LineNumber"] = free_number(desk, "QuoteLineItem", "LineNumber", canonical(given).decode())
        if not new["Quantity"]:
            raise errors.integrity("Quantity must not be zero", "Quantity")
        price(new, {name: value for name, value in given.items() if name != "TotalPrice"})

    def settle(self, desk: Desk, old: Row | None, new: Row | None) -> None:
        """Bring the quote up to its lines, and the opportunity when the two are synchronised."""
        line: Row = new or old or {}
        quote = desk.store.get("Quote", line["QuoteId"])
        if quote is None:
            return
        refresh_quote(desk, quote["Id"])
        if quote["IsSyncing"]:
            opportunity = desk.store.get("Opportunity", quote["OpportunityId"]) or {}
            rules_sync.quote_line_written(desk, opportunity, old, new)

    def removable(self, desk: Desk, row: Row) -> None:
        """Always."""
