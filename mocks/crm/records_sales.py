"""What is sold, to whom and on which terms: accounts, opportunities with their lines, contracts (section 10).

Custom fields are the firm's own (design of the engagement life cycle), the rest is the vendor's.
"""

from __future__ import annotations

from mocks.crm.fields import Column, currency, day, flag, lookup, number, percent, picklist, shown, text, whole
from mocks.crm.objects import SObject

FORECASTS = ("Omitted", "Pipeline", "Best Case", "Commit", "Closed")
DRAFT, IN_APPROVAL, ACTIVATED = "Draft", "In Approval Process", "Activated"
METHODS = ("Right to Invoice", "Over Time - Cost", "Over Time - Hours", "Point in Time", "Ratable", "Prepaid Hours")
BILLING_PLANS = ("Time", "Fixed Schedule", "On Acceptance", "In Advance Monthly", "In Advance Quarterly")
_ADDRESS = ("BillingStreet", "BillingCity", "BillingState", "BillingPostalCode", "BillingCountry")

ACCOUNT = SObject(
    "Account",
    "001",
    "Accounts",
    (
        text("Name", 255, required=True, indexed=True),
        picklist("Type", "Prospect", "Customer - Direct", "Customer - Channel", "Technology Partner", "Other"),
        lookup("ParentId", "Account", "ChildAccounts"),
        Column("BillingStreet", "textarea", length=255, compound="BillingAddress"),
        text("BillingCity", 40, compound="BillingAddress"),
        text("BillingState", 80, compound="BillingAddress"),
        text("BillingPostalCode", 20, compound="BillingAddress"),
        text("BillingCountry", 80, compound="BillingAddress"),
        shown(Column("BillingAddress", "address", parts=_ADDRESS)),
        Column("Phone", "phone", length=40),
        text("AccountNumber", 40, indexed=True),
        Column("Website", "url", length=255),
        picklist("Industry", "Banking", "Consulting", "Energy", "Healthcare", "Manufacturing", "Retail", "Technology"),
        currency("AnnualRevenue", 0),
        text("ERP_Customer_Id__c", 40, external_id=True),
        text("VAT_Number__c", 20),
        flag("Credit_Hold__c"),
        number("Withholding_Percent__c", 5, 2),
    ),
    owned=True,
)

OPPORTUNITY = SObject(
    "Opportunity",
    "006",
    "Opportunities",
    (
        lookup("AccountId", "Account", "Opportunities", on_delete="restrict"),
        text("Name", 120, required=True, indexed=True),
        Column("Description", "textarea", length=32000),
        picklist("StageName", required=True),
        currency("Amount"),
        percent("Probability", 3, 0),
        shown(currency("ExpectedRevenue")),
        day("CloseDate", required=True),
        picklist("Type", "New Business", "Existing Customer - Upgrade", "Existing Customer - Replacement"),
        text("NextStep", 255),
        picklist("LeadSource", "Web", "Phone Inquiry", "Partner Referral", "Purchased List", "Other"),
        shown(flag("IsClosed")),
        shown(flag("IsWon")),
        picklist("ForecastCategoryName", *FORECASTS, restricted=True),
        lookup("Pricebook2Id", "Pricebook2", "Opportunities", on_delete="restrict"),
        lookup("ContractId", "Contract", "Opportunities"),
        # Setting it starts the synchronisation, emptying it ends it (rules_sync.py).
        lookup("SyncedQuoteId", "Quote", createable=False),
        shown(flag("HasOpportunityLineItem")),
        shown(whole("FiscalQuarter")),
        shown(whole("FiscalYear")),
        shown(text("Fiscal", 6)),
        text("Engagement_Code__c", 20, external_id=True, unique=True),
        picklist("Engagement_Type__c", "Fixed Fee", "T&M", "Milestone", "Retainer", restricted=True),
        day("Project_Start__c"),
        day("Project_End__c"),
        text("Legal_Entity__c", 10),
        text("Rate_Card__c", 40),
        text("External_Project_Id__c", 40, external_id=True, unique=True),
        currency("Billed_Amount__c"),
        currency("Paid_Amount__c"),
        text("Last_Invoice__c", 40),
        lookup("Parent_Opportunity__c", "Opportunity", "Change_Orders__r"),
        text("Change_Order_Number__c", 20),
        currency("Cap_Amount__c"),
        picklist("Revenue_Method__c", *METHODS, restricted=True),
        flag("At_Risk_Start__c"),
        text("Delivery_Entity__c", 10),
        flag("Acceptance_Required__c"),
        text("Service_Region__c", 20),
    ),
    owned=True,
)

# The terms a line is sold on; a line of a quote or of an order carries the same ones.
LINE_TERMS = (
    number("Budget_Hours__c", 10, 2),
    day("Service_Start__c"),
    day("Service_End__c"),
    picklist("Billing_Plan__c", *BILLING_PLANS, restricted=True),
    day("Milestone_Date__c"),
    currency("Stand_Alone_Price__c"),
)

OPPORTUNITY_LINE_ITEM = SObject(
    "OpportunityLineItem",
    "00k",
    "OpportunityLineItems",
    (
        lookup(
            "OpportunityId",
            "Opportunity",
            "OpportunityLineItems",
            required=True,
            updateable=False,
            on_delete="cascade",
        ),
        whole("SortOrder"),
        lookup("PricebookEntryId", "PricebookEntry", "OpportunityLineItems", updateable=False, on_delete="restrict"),
        lookup("Product2Id", "Product2", "OpportunityLineItems", updateable=False, on_delete="restrict"),
        shown(text("ProductCode", 255)),
        shown(text("Name", 376)),
        number("Quantity", 12, 2, required=True),
        percent("Discount", 5, 2),
        shown(currency("Subtotal")),
        currency("TotalPrice"),
        currency("UnitPrice"),
        shown(currency("ListPrice")),
        day("ServiceDate"),
        text("Description", 255),
        text("Contract_Line_Code__c", 30, external_id=True, unique=True),
        *LINE_TERMS,
    ),
    currency="inherited",
)

CONTRACT = SObject(
    "Contract",
    "800",
    "Contracts",
    (
        lookup("AccountId", "Account", "Contracts", required=True, on_delete="restrict"),
        picklist("OwnerExpirationNotice", "15", "30", "45", "60", "90", "120", restricted=True),
        day("StartDate"),
        shown(day("EndDate")),
        whole("ContractTerm", bounds=(1, 1200)),
        picklist(
            "Status",
            DRAFT,
            IN_APPROVAL,
            ACTIVATED,
            restricted=True,
            required=True,
            defaulted=True,
            default=DRAFT,
        ),
        Column("SpecialTerms", "textarea", length=4000),
        shown(lookup("ActivatedById", "User")),
        shown(Column("ActivatedDate", "datetime")),
        shown(picklist("StatusCode", "Draft", "InApproval", "Activated", defaulted=True)),
        shown(text("ContractNumber", 30, defaulted=True, indexed=True)),
        lookup("Opportunity__c", "Opportunity", "Contracts__r"),
        whole("Payment_Terms_Days__c"),
        text("PO_Number__c", 40),
    ),
    owned=True,
    name_field="ContractNumber",
)
