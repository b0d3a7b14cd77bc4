"""What is signed after the win: orders and their products, change orders among them (section 10)."""

from __future__ import annotations

from mocks.crm.fields import Column, currency, day, flag, lookup, number, picklist, shown, text
from mocks.crm.objects import SObject
from mocks.crm.records_sales import ACTIVATED, DRAFT, LINE_TERMS

CHANGE_ORDER = "Change Order"
TREATMENTS = ("Cumulative Catch-up", "Prospective", "Separate Contract")

ORDER = SObject(
    "Order",
    "801",
    "Orders",
    (
        lookup("AccountId", "Account", "Orders", required=True, on_delete="restrict"),
        lookup("ContractId", "Contract", "Orders"),
        lookup("OpportunityId", "Opportunity", "Orders"),
        lookup("QuoteId", "Quote", "Orders"),
        lookup("Pricebook2Id", "Pricebook2", "Orders", on_delete="restrict"),
        text("Name", 80),
        day("EffectiveDate", required=True),
        day("EndDate"),
        # Required on create, as by the vendor, though only a draft can be created.
        picklist("Status", DRAFT, ACTIVATED, restricted=True, required=True),
        shown(picklist("StatusCode", DRAFT, ACTIVATED, defaulted=True)),
        picklist("Type", "New Business", CHANGE_ORDER),
        Column("Description", "textarea", length=32000),
        text("PoNumber", 80),
        day("PoDate"),
        text("OrderReferenceNumber", 80),
        shown(flag("IsReductionOrder")),
        shown(Column("ActivatedDate", "datetime")),
        shown(lookup("ActivatedById", "User")),
        shown(text("OrderNumber", 30, defaulted=True, indexed=True)),
        shown(currency("TotalAmount", defaulted=True, default=0)),
        text("Change_Order_Number__c", 20, external_id=True, unique=True),
        picklist("Change_Treatment__c", *TREATMENTS, restricted=True),
        number("Budget_Hours_Change__c", 10, 2),
        day("Project_End__c"),
        day("Approved_On__c"),
    ),
    owned=True,
    name_field="OrderNumber",
)

ORDER_ITEM = SObject(
    "OrderItem",
    "802",
    "OrderProducts",
    (
        lookup("OrderId", "Order", "OrderItems", required=True, updateable=False, on_delete="cascade"),
        shown(text("OrderItemNumber", 30, defaulted=True, indexed=True)),
        lookup(
            "PricebookEntryId", "PricebookEntry", "OrderItems", required=True, updateable=False, on_delete="restrict"
        ),
        shown(lookup("Product2Id", "Product2", "OrderItems", on_delete="restrict")),
        number("Quantity", 12, 2, required=True),
        currency("UnitPrice", required=True),
        shown(currency("ListPrice")),
        shown(currency("TotalPrice")),
        day("ServiceDate"),
        day("EndDate"),
        text("Description", 255),
        # The line of the engagement that the order adds to or takes from: any number of order products name it.
        text("Contract_Line_Code__c", 30, external_id=True),
        *LINE_TERMS,
    ),
    currency="inherited",
    name_field="OrderItemNumber",
)
