"""NetSuite's master records as data: who is dealt with, and the lists finance keeps (erp-netsuite.md section 9)."""

from __future__ import annotations

from mocks.erp.properties import Property, enum, external_id, record, reference, text

TERMS = {
    "1": "Due on receipt",
    "2": "Net 10",
    "3": "Net 14",
    "4": "Net 15",
    "5": "Net 30",
    "6": "Net 45",
    "7": "Net 60",
    "8": "Net 90",
}
# The ids have no public mapping; ours (erp-netsuite.md section 9.1 leaves it to us).
BILLING_TYPES = {
    "1": "Time and Materials",
    "2": "Fixed Bid, Interval",
    "3": "Fixed Bid, Milestone",
    "4": "Charge-Based",
    "5": "Retainer",
}
# Only -2 is seen in samples; both names are assumed.
EXPENSE_TYPES = {"-1": "Capitalized", "-2": "Regular"}
_INACTIVE = Property("isInactive", "bool", default=0)

CUSTOMER = record(
    "customer",
    (
        text("entityId", unique=True, length=80, derived=True),
        text("companyName", required=True, length=83),
        reference("subsidiary", "subsidiary", required=True),
        reference("currency", "currency", derived=True),
        enum("terms", TERMS),
        text("email", length=254),
        text("vatRegNumber", length=40),
        text("custentity_country", length=2),
        _INACTIVE,
        external_id(),
    ),
    display=("entityId", "companyName"),
)

JOB = record(
    "job",
    (
        text("entityId", unique=True, length=80, derived=True),
        text("companyName", required=True, length=83),
        reference("parent", "customer", required=True, indexed=True, label="Customer"),
        reference("subsidiary", "subsidiary", required=True),
        reference("currency", "currency", derived=True),
        enum("jobBillingType", BILLING_TYPES),
        Property("jobPrice", "money"),
        enum("projectExpenseType", EXPENSE_TYPES),
        Property("startDate", "date"),
        Property("projectedEndDate", "date"),
        Property("allowTime", "bool", default=1),
        Property("percentComplete", "number"),
        _INACTIVE,
        external_id(),
    ),
    display=("entityId", "companyName"),
)

EMPLOYEE = record(
    "employee",
    (
        text("entityId", unique=True, length=80, derived=True),
        text("firstName", length=32),
        text("lastName", length=32),
        text("email", length=254),
        reference("subsidiary", "subsidiary", required=True),
        text("laborcategory"),
        Property("hireDate", "date"),
        Property("releasedate", "date"),
        _INACTIVE,
        external_id(),
    ),
    display=("firstName", "lastName"),
)

SUBSIDIARY = record(
    "subsidiary",
    (
        text("name"),
        text("country"),
        reference("currency", "currency"),
        Property("custrecord_tax_rate", "decimal"),
        _INACTIVE,
        external_id(),
    ),
    display=("name",),
)

ACCOUNT = record(
    "account",
    (text("acctNumber", unique=True), text("acctName"), text("acctType"), _INACTIVE, external_id()),
    display=("acctNumber", "acctName"),
)

CURRENCY = record(
    "currency",
    (text("name", unique=True), text("symbol"), Property("currencyPrecision", "int"), _INACTIVE, external_id()),
    display=("name",),
)

ITEM = record(
    "serviceSaleItem",
    (text("itemId", unique=True), text("displayName"), text("custitem_role"), _INACTIVE, external_id()),
    display=("itemId",),
)

STANDARD_COST = record(
    "customrecord_standard_cost",
    (
        text("name"),
        text("custrecord_role"),
        reference("custrecord_subsidiary", "subsidiary"),
        Property("custrecord_effective", "date"),
        Property("custrecord_cost", "money"),
        _INACTIVE,
    ),
    display=("name",),
)

PERIOD = record(
    "accountingPeriod",
    (
        text("periodName", unique=True),
        Property("startDate", "date"),
        Property("endDate", "date"),
        Property("isPosting", "bool", default=1),
        Property("isYear", "bool", default=0),
        Property("isQuarter", "bool", default=0),
        Property("isAdjust", "bool", default=0),
        Property("closed", "bool", default=0),
        Property("allLocked", "bool", default=0),
        Property("arLocked", "bool", default=0),
        Property("apLocked", "bool", default=0),
        Property("closedOnDate", "date"),
        _INACTIVE,
    ),
    display=("periodName",),
)

# Every close and reopening a person did, with approver and reason (accounting.md J41).
PERIOD_LOG = record(
    "periodLog",
    (
        reference("period", "accountingPeriod"),
        text("action"),
        text("person"),
        text("approver"),
        text("reason"),
        Property("done_us", "instant"),
    ),
)

# What is looked up over and over and seldom written: kept in memory between writes.
MASTERS = (CUSTOMER, JOB, EMPLOYEE, SUBSIDIARY, ACCOUNT, CURRENCY, ITEM, STANDARD_COST, PERIOD)
ENTITIES = ("customer", "job", "employee")
