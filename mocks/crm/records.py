"""Every object of a tenant, by name as the wire spells it (in any case) and by what refers to it."""

from __future__ import annotations

from collections.abc import Iterable

from mocks.crm.fields import Column
from mocks.crm.objects import SObject
from mocks.crm.records_catalogue import PRICEBOOK, PRICEBOOK_ENTRY, PRODUCT
from mocks.crm.records_contacts import CONTACT
from mocks.crm.records_orders import ORDER, ORDER_ITEM
from mocks.crm.records_organisation import CURRENCY_TYPE, OPPORTUNITY_STAGE, ORGANIZATION, USER
from mocks.crm.records_quotes import QUOTE, QUOTE_LINE_ITEM
from mocks.crm.records_sales import ACCOUNT, CONTRACT, OPPORTUNITY, OPPORTUNITY_LINE_ITEM
from mocks.crm.records_service import CASE

OBJECTS = (
    ACCOUNT,
    CONTACT,
    OPPORTUNITY,
    OPPORTUNITY_LINE_ITEM,
    CONTRACT,
    QUOTE,
    QUOTE_LINE_ITEM,
    ORDER,
    ORDER_ITEM,
    CASE,
    PRODUCT,
    PRICEBOOK,
    PRICEBOOK_ENTRY,
    USER,
    ORGANIZATION,
    OPPORTUNITY_STAGE,
    CURRENCY_TYPE,
)

# Objects of every tenant whose changes are announced (section 9).
_ANNOUNCED = ("Account", "Opportunity", "OpportunityLineItem", "Contract", "Quote", "Order", "OrderItem", "Case")


class Schema:
    """The objects of one tenant: those every tenant has, and what it adds to them (``shape.py``)."""

    def __init__(self, objects: Iterable[SObject]) -> None:
        self.objects = tuple(objects)
        self.record_types = tuple(each.record_type for each in self.objects)
        self.by_name = {each.name: each for each in self.objects}
        self.by_lower = {each.name.lower(): each for each in self.objects}
        self.by_prefix = {each.prefix: each for each in self.objects}
        # What hangs on a record of an object: (object, its reference). References to users are left out.
        self.children: dict[str, list[tuple[SObject, Column]]] = {
            parent.name: [
                (child, column)
                for child in self.objects
                for column in child.columns
                if column.refers_to == parent.name and column.refers_to != "User"
            ]
            for parent in self.objects
        }
        # Custom objects are selected for change data capture too (assumed): Site__c announces Site__ChangeEvent.
        custom = {each.name.removesuffix("c"): each.name for each in self.objects if each.custom}
        named = {**dict(zip(_ANNOUNCED, _ANNOUNCED, strict=True)), **custom}
        self.announced = frozenset(named.values())
        # Channel -> entity, None for all.
        self.channels: dict[str, str | None] = {
            "/data/ChangeEvents": None,
            **{f"/data/{name}ChangeEvent": entity for name, entity in named.items()},
        }


STANDARD = Schema(OBJECTS)
