"""Orders and their products: drafts are written, activated ones stay as they were signed (section 10).

An order of type ``Change Order`` may take away: its products may have negative prices. The vendor's reduction orders
are an option that is switched off here, as in a new organisation.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mocks.crm import errors
from mocks.crm.organisation import Desk
from mocks.crm.records_orders import CHANGE_ORDER
from mocks.crm.records_sales import ACTIVATED, DRAFT
from mocks.crm.rules_lines import check_amounts, check_order, choose_entry, line_total
from mocks.crm.rules_numbers import free_number
from mocks.crm.rules_totals import refresh_order
from sandbox.core.observe import Row
from sandbox.core.wire import canonical

# Editable in a draft only.
_SIGNED = ("AccountId", "ContractId", "EffectiveDate")
# Not even there once it has products, and an activated order has some.
_PRICED = ("Pricebook2Id", "CurrencyIsoCode", "Type")


class OrderBehaviour:
    """Status, number, and what account and contract must agree on."""

    def prepare(self, desk: Desk, old: Row | None, new: Row, given: Mapping[str, Any]) -> None:
        """Check the move between statuses and who the order is for."""
        if old is None:
            if new["Status"] != DRAFT:
                raise _failed("Choose a valid order status and save your changes: an order begins as a draft.")
            new["OrderNumber"] = free_number(desk, "Order", "OrderNumber", canonical(given).decode())
        else:
            self._change(desk, old, new)
        new["StatusCode"] = new["Status"]
        check_order(new, "EffectiveDate", "EndDate")
        if old is None or any(new[name] != old[name] for name in ("AccountId", "ContractId", "EffectiveDate")):
            self._check_contract(desk, new)

    def settle(self, desk: Desk, old: Row | None, new: Row | None) -> None:
        """Nothing else depends on an order."""

    def removable(self, desk: Desk, row: Row) -> None:
        """Not once it is activated."""
        if row["Status"] == ACTIVATED:
            raise errors.delete_failed(str(row["OrderNumber"]), "its activation")

    def _change(self, desk: Desk, old: Row, new: Row) -> None:
        if old["Status"] == ACTIVATED:
            self._keep(old, new, _SIGNED, "once the order is activated")
        if any(new[name] != old[name] for name in _PRICED) and _has_products(desk, old["Id"]):
            self._keep(old, new, _PRICED, "while the order has products")
        if new["Status"] == old["Status"]:
            return
        if new["Status"] == DRAFT:
            new["ActivatedDate"] = new["ActivatedById"] = None
            return
        if not _has_products(desk, old["Id"]):
            raise _failed("An order must have at least one product.")
        new["ActivatedDate"], new["ActivatedById"] = desk.now_us, desk.user_id

    def _keep(self, old: Row, new: Row, names: tuple[str, ...], when: str) -> None:
        for name in names:
            if new[name] != old[name]:
                raise errors.integrity(f"{name} cannot be changed {when}", name)

    def _check_contract(self, desk: Desk, new: Row) -> None:
        if new["ContractId"] is None:
            return
        contract = desk.store.get("Contract", new["ContractId"]) or {}
        if contract["AccountId"] != new["AccountId"]:
            raise errors.integrity("The order's account is not the account of its contract", "ContractId")
        if contract["StartDate"] is not None and new["EffectiveDate"] < contract["StartDate"]:
            raise errors.integrity("Order Start Date can't be earlier than the contract's start date", "EffectiveDate")


class OrderItemBehaviour:
    """Price and total of a product of a draft."""

    def prepare(self, desk: Desk, old: Row | None, new: Row, given: Mapping[str, Any]) -> None:
        """Resolve the pricebook entry of a new product; check signs; compute the total."""
        order = desk.store.get("Order", new["OrderId"]) or {}
        if order["Status"] == ACTIVATED:
            raise errors.integrity("The products of an activated order cannot be added or changed", "OrderId")
        if old is None:
            choose_entry(desk, new, order, "order")
            new["OrderItemNumber"] = free_number(desk, "OrderItem", "OrderItemNumber", canonical(given).decode())
        if new["Quantity"] <= 0:
            raise errors.integrity("Quantity must be more than zero", "Quantity")
        if new["UnitPrice"] < 0 and order["Type"] != CHANGE_ORDER:
            raise errors.integrity(f"Only an order of type {CHANGE_ORDER} may have negative prices", "UnitPrice")
        check_order(new, "ServiceDate", "EndDate")
        new["TotalPrice"] = line_total(new["Quantity"], new["UnitPrice"], 0)
        check_amounts(new, "UnitPrice", "TotalPrice")

    def settle(self, desk: Desk, old: Row | None, new: Row | None) -> None:
        """Bring the order's total up to the sum of its products."""
        if old is not None and new is not None and old["TotalPrice"] == new["TotalPrice"]:
            return
        item: Row = new or old or {}
        order = desk.store.get("Order", item["OrderId"])
        if order is not None:
            refresh_order(desk, order)

    def removable(self, desk: Desk, row: Row) -> None:
        """Not once the order is activated."""
        order = desk.store.get("Order", row["OrderId"])
        if order is not None and order["Status"] == ACTIVATED:
            raise errors.delete_failed(str(row["OrderItemNumber"]), f"the activated order {order['OrderNumber']}")


def _has_products(desk: Desk, order_id: str) -> bool:
    sql = 'SELECT 1 FROM "OrderItem" WHERE "OrderId" = ? AND "_deleted" = 0 LIMIT 1'
    return bool(desk.store.read(sql, (order_id,)))


def _failed(message: str) -> errors.CrmRefusal:
    return errors.CrmRefusal(400, "FAILED_ACTIVATION", message, ["Status"])
