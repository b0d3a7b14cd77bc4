"""What the firm owes, as data: expense reports of employees, bills of vendors (erp-netsuite.md sections 9.2, 9.3)."""

from __future__ import annotations

from typing import Any

from mocks.erp.properties import Property, enum, external_id, record, reference, sublist, text

BILL, EXPENSE = "VendBill", "ExpRept"
# Ids of section 9.2; the labels are general knowledge there.
REPORT_OPEN, REPORT_PENDING, REPORT_APPROVED, REPORT_REJECTED = "11", "1", "2", "3"
REPORT_APPROVAL = {
    REPORT_PENDING: "Pending Approval",
    REPORT_APPROVED: "Approved",
    REPORT_REJECTED: "Rejected",
    REPORT_OPEN: "Open",
}
BILL_PENDING, BILL_APPROVED = "1", "2"
BILL_APPROVAL = {BILL_PENDING: "Pending Approval", BILL_APPROVED: "Approved"}


def _computed(name: str, kind: str = "money", **rest: Any) -> Property:
    return Property(name, kind, writable=False, **rest)


VENDOR = record(
    "vendor",
    (
        text("entityId", unique=True, length=80, derived=True),
        text("companyName", required=True, length=83),
        reference("subsidiary", "subsidiary", required=True),
        reference("currency", "currency", derived=True),
        text("email", length=254),
        text("vatRegNumber", length=40),
        text("custentity_country", length=2),
        Property("isInactive", "bool", default=0),
        external_id(),
    ),
    display=("entityId", "companyName"),
)

CATEGORY = record(
    "expenseCategory",
    (text("name", unique=True), Property("isInactive", "bool", default=0), external_id()),
    display=("name",),
)

_LINE = (
    Property("amount", "money"),
    Property("tax1Amt", "money"),
    _computed("grossAmt"),
    reference("customer", "job"),
    Property("isBillable", "bool"),
    text("memo"),
    text("custcol_contract_line"),
    text("custcol_source_id"),
    _computed("invoice", "reference", targets=("invoice",)),
    Property("line", "int"),
)
REPORT_LINES = sublist(
    "expense",
    Property("expensedate", "date"),
    reference("category", "expenseCategory"),
    reference("currency", "currency"),
    *_LINE,
)
BILL_LINES = sublist("expense", reference("account", "account"), *_LINE)

EXPENSE_REPORT = record(
    "expenseReport",
    (
        reference("entity", "employee", required=True, indexed=True, label="Employee"),
        Property("tranDate", "date", required=True, label="Date"),
        reference("postingPeriod", "accountingPeriod", derived=True),
        enum("approvalStatus", REPORT_APPROVAL, default=REPORT_PENDING),
        text("memo"),
        text("rejectionNote"),
        external_id(),
        _computed("subsidiary", "reference", targets=("subsidiary",)),
        _computed("expensereportcurrency", "reference", targets=("currency",)),
        _computed("tranId", "text"),
        _computed("amount"),
        _computed("taxTotal"),
        _computed("total"),
        _computed("complete", "bool"),
        _computed("supervisorapproval", "bool"),
        _computed("accountingapproval", "bool"),
    ),
    display=("tranId",),
    sublists=(REPORT_LINES,),
)

VENDOR_BILL = record(
    "vendorBill",
    (
        reference("entity", "vendor", required=True, indexed=True, label="Vendor"),
        text("tranId", required=True, length=45, label="Reference No."),
        Property("tranDate", "date", required=True, label="Date"),
        Property("dueDate", "date"),
        reference("postingPeriod", "accountingPeriod", derived=True),
        enum("approvalStatus", BILL_APPROVAL, default=BILL_APPROVED),
        Property("custbody_reverse_charge", "bool", derived=True),
        text("memo"),
        external_id(),
        _computed("subsidiary", "reference", targets=("subsidiary",)),
        _computed("currency", "reference", targets=("currency",)),
        _computed("amount"),
        _computed("taxTotal"),
        _computed("total"),
        _computed("custbody_reverse_charge_tax"),
    ),
    display=("tranId",),
    sublists=(BILL_LINES,),
)

# Lines of both documents; ``document`` is the id of the report or bill.
EXPENSE_LINE = record(
    "expenseLine",
    (
        reference("document", "expenseReport", "vendorBill", indexed=True),
        Property("line", "int"),
        Property("expensedate", "date"),
        reference("category", "expenseCategory"),
        reference("account", "account"),
        Property("amount", "money"),
        Property("tax1Amt", "money"),
        reference("customer", "job"),
        Property("isBillable", "bool"),
        text("memo"),
        text("custcol_contract_line"),
        text("custcol_source_id"),
        reference("invoice", "invoice"),
    ),
    display=("memo",),
)

PAYABLES = (EXPENSE_REPORT, VENDOR_BILL, EXPENSE_LINE)
PAYABLE_INDEXES = (
    'CREATE INDEX "vendorBill.number" ON "vendorBill"("entity", "tranId")',
    """CREATE INDEX "expenseLine.billable" ON "expenseLine"("customer")
    WHERE "isBillable" = 1 AND "invoice" IS NULL AND "_deleted" = 0""",
)
