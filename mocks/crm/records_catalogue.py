"""What can be sold, and at which list price: products, pricebooks and their entries (section 10)."""

from __future__ import annotations

from mocks.crm.fields import Column, currency, flag, lookup, picklist, shown, text
from mocks.crm.objects import SObject

PRODUCT = SObject(
    "Product2",
    "01t",
    "Products",
    (
        text("Name", 255, required=True, indexed=True),
        text("ProductCode", 255, indexed=True),
        Column("Description", "textarea", length=4000),
        flag("IsActive"),
        picklist("Family"),
    ),
)

PRICEBOOK = SObject(
    "Pricebook2",
    "01s",
    "Price Books",
    (
        text("Name", 255, required=True, indexed=True),
        flag("IsActive"),
        text("Description", 255),
        shown(flag("IsStandard")),
    ),
    currency="none",
)

PRICEBOOK_ENTRY = SObject(
    "PricebookEntry",
    "01u",
    "Price Book Entries",
    (
        shown(text("Name", 255)),
        lookup("Pricebook2Id", "Pricebook2", "PricebookEntries", required=True, updateable=False, on_delete="cascade"),
        lookup("Product2Id", "Product2", "PricebookEntries", required=True, updateable=False, on_delete="cascade"),
        currency("UnitPrice"),
        flag("IsActive"),
        flag("UseStandardPrice"),
        shown(text("ProductCode", 255)),
    ),
    currency="fixed",
)
