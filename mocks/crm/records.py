"""Every object of the tenant, by name as the wire spells it (in any case) and by what refers to it."""

from __future__ import annotations

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
RECORD_TYPES = tuple(each.record_type for each in OBJECTS)
BY_NAME = {each.name: each for each in OBJECTS}
BY_LOWER = {each.name.lower(): each for each in OBJECTS}
BY_PREFIX = {each.prefix: each for each in OBJECTS}
PREFIXES = {each.name: each.prefix for each in OBJECTS}

# What hangs on a record of an object: (object, its reference). References to users are left out.
CHILDREN: dict[str, list[tuple[SObject, Column]]] = {
    parent.name: [
        (child, column)
        for child in OBJECTS
        for column in child.columns
        if column.refers_to == parent.name and column.refers_to != "User"
    ]
    for parent in OBJECTS
}

# Objects whose changes are announced (section 9).
ANNOUNCED = ("Account", "Opportunity", "OpportunityLineItem", "Contract", "Quote", "Order", "OrderItem", "Case")
