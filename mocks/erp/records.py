"""NetSuite's master records as data: who is dealt with, and the lists finance keeps (erp-netsuite.md section 9)."""

from __future__ import annotations

from mocks.erp.properties import Property, enum, external_id, record, reference, text
from mocks.erp.records_payables import CATEGORY, VENDOR
from mocks.erp.records_taxes import TAX_ITEM, TAX_RULE

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
CREDIT_HOLD = {"AUTO": "Auto", "ON": "On", "OFF": "Off"}
# Ids of section 9.1, the labels ours; time is refused on a closed and on a lost project, and before it is awarded
# unless the work is done at risk.
JOB_PENDING, JOB_SHUT = "4", ("1", "3")
JOB_STATUS = {"1": "Closed", "2": "In Progress", "3": "Not Awarded", JOB_PENDING: "Pending", "5": "Awarded"}
AT_RISK = "3"
JOB_TYPES = {"1": "Client", "2": "Internal", AT_RISK: "At Risk"}
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
        text("custentity_state", length=40),
        enum("creditHoldOverride", CREDIT_HOLD, default="AUTO"),
        text("custentity_hold_reason"),
        # Computed when asked for; the columns stay empty.
        Property("balance", "money", writable=False),
        Property("overdueBalance", "money", writable=False),
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
        enum("entityStatus", JOB_STATUS, default="2"),
        enum("jobType", JOB_TYPES),
        reference("billingSchedule", "billingSchedule"),
        Property("allowTime", "bool", default=1),
        Property("allowExpenses", "bool", default=1),
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
        text("custrecord_state"),
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
        # Ours: feeds are refused, accountants at their screens are not (accounting.md section 4.10).
        Property("custrecord_soft_closed", "bool", default=0),
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
MASTERS = (
    CUSTOMER,
    JOB,
    EMPLOYEE,
    SUBSIDIARY,
    ACCOUNT,
    CURRENCY,
    ITEM,
    STANDARD_COST,
    PERIOD,
    TAX_ITEM,
    TAX_RULE,
    VENDOR,
    CATEGORY,
)
ENTITIES = ("customer", "job", "employee", "vendor")
