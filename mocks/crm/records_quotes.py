"""What is offered before the win: quotes and their lines (section 10)."""

from __future__ import annotations

from mocks.crm.fields import Column, currency, day, flag, lookup, number, percent, picklist, shown, text, whole
from mocks.crm.objects import SObject
from mocks.crm.records_sales import LINE_TERMS

# The vendor's default values; here nothing else is taken (an organisation may restrict them: assumed).
STATUSES = ("Draft", "Needs Review", "In Review", "Approved", "Rejected", "Presented", "Accepted", "Denied")

QUOTE = SObject(
    "Quote",
    "0Q0",
    "Quotes",
    (
        text("Name", 255, required=True, indexed=True),
        lookup("OpportunityId", "Opportunity", "Quotes", required=True, updateable=False, on_delete="cascade"),
        shown(lookup("AccountId", "Account", "Quotes")),
        lookup("Pricebook2Id", "Pricebook2", "Quotes", on_delete="restrict"),
        lookup("ContractId", "Contract", "Quotes"),
        shown(text("QuoteNumber", 30, defaulted=True, indexed=True)),
        shown(flag("IsSyncing")),
        picklist("Status", *STATUSES, restricted=True, defaulted=True, default="Draft"),
        day("ExpirationDate"),
        Column("Description", "textarea", length=32000),
        shown(currency("Subtotal")),
        shown(percent("Discount", 5, 2)),
        shown(currency("TotalPrice")),
        currency("ShippingHandling"),
        currency("Tax"),
        shown(currency("GrandTotal")),
        shown(whole("LineItemCount")),
    ),
    owned=True,
    currency="inherited",
)

QUOTE_LINE_ITEM = SObject(
    "QuoteLineItem",
    "0QL",
    "QuoteLineItems",
    (
        lookup("QuoteId", "Quote", "QuoteLineItems", required=True, updateable=False, on_delete="cascade"),
        shown(text("LineNumber", 30, defaulted=True, indexed=True)),
        # Set while the quote is synchronised, and only then: so a line deleted on one side goes on the other too.
        shown(lookup("OpportunityLineItemId", "OpportunityLineItem", on_delete="cascade")),
        whole("SortOrder"),
        lookup("PricebookEntryId", "PricebookEntry", "QuoteLineItems", updateable=False, on_delete="restrict"),
        lookup("Product2Id", "Product2", "QuoteLineItems", updateable=False, on_delete="restrict"),
        number("Quantity", 12, 2, required=True),
        currency("UnitPrice", required=True),
        percent("Discount", 5, 2),
        shown(currency("ListPrice")),
        shown(currency("Subtotal")),
        shown(currency("TotalPrice")),
        day("ServiceDate"),
        text("Description", 255),
        text("Contract_Line_Code__c", 30, external_id=True),
        *LINE_TERMS,
    ),
    currency="inherited",
    name_field="LineNumber",
)
