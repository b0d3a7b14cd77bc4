"""Opportunities and their lines: what a stage implies, what lines add up to, which pricebook entries fit.

Sources: crm-salesforce.md section 10. With lines the amount is theirs, and writing it is ignored without a word.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from mocks.crm import errors, rules_sync
from mocks.crm.organisation import Desk
from mocks.crm.records_organisation import STAGES, UNKNOWN_STAGE
from mocks.crm.rules_lines import choose_entry, line_total, price
from mocks.crm.rules_totals import expected_revenue, refresh_opportunity
from sandbox.core.money import SCALE
from sandbox.core.observe import Row

__all__ = ["LineBehaviour", "OpportunityBehaviour", "line_total"]


class OpportunityBehaviour:
    """Stage, forecast, expected revenue, fiscal period; the amount once there are lines."""

    def prepare(self, desk: Desk, old: Row | None, new: Row, given: Mapping[str, Any]) -> None:
        """Derive what stage, amount and close date imply."""
        if old is not None and old["HasOpportunityLineItem"]:
            new["Amount"] = old["Amount"]
            for name in ("CurrencyIsoCode", "Pricebook2Id"):
                if new[name] != old[name]:
                    raise errors.integrity(f"{name} cannot be changed while the opportunity has products", name)
        if old is not None:
            self._check_quotes(desk, old, new)
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
        """A quote that is chosen or let go: lines of both sides follow."""
        if old is not None and new is not None and old["SyncedQuoteId"] != new["SyncedQuoteId"]:
            rules_sync.switch(desk, old, new)

    def removable(self, desk: Desk, row: Row) -> None:
        """Always; its lines and quotes go with it."""

    def _check_quotes(self, desk: Desk, old: Row, new: Row) -> None:
        if new["SyncedQuoteId"] not in (None, old["SyncedQuoteId"]):
            rules_sync.check_quote(desk, new)
        if new["CurrencyIsoCode"] != old["CurrencyIsoCode"] and desk.store.one("Quote", {"OpportunityId": old["Id"]}):
            raise errors.integrity(
                "CurrencyIsoCode cannot be changed while the opportunity has quotes", "CurrencyIsoCode"
            )

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
            opportunity = desk.store.get("Opportunity", new["OpportunityId"]) or {}
            entry = choose_entry(desk, new, opportunity, "opportunity")
            new.update(ProductCode=entry["ProductCode"], Name=f"{opportunity['Name']} {entry['Name']}")
        if not new["Quantity"]:
            raise errors.integrity("Quantity must not be zero", "Quantity")
        price(new, given)

    def settle(self, desk: Desk, old: Row | None, new: Row | None) -> None:
        """Bring the opportunity's amount up to the sum of its lines, and its synchronised quote up to them."""
        line: Row = new or old or {}
        opportunity = desk.store.get("Opportunity", line["OpportunityId"])
        if opportunity is None:
            return
        if old is None or new is None or old["TotalPrice"] != new["TotalPrice"]:
            refresh_opportunity(desk, opportunity, line["PricebookEntryId"])
        if opportunity["SyncedQuoteId"] is not None:
            rules_sync.deal_line_written(desk, opportunity, old, new)

    def removable(self, desk: Desk, row: Row) -> None:
        """Always."""
