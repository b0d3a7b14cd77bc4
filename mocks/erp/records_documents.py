"""NetSuite's documents and the ledger they post to, as data (erp-netsuite.md sections 9.2 to 9.4)."""

from __future__ import annotations

from typing import Any

from mocks.erp.properties import Property, Sublist, enum, external_id, record, reference, sublist, text
from mocks.erp.records import ENTITIES, MASTERS, PERIOD_LOG
from mocks.erp.records_async import ASYNC_RECORDS
from mocks.erp.records_credits import (
    CREDIT,
    CREDIT_APPLICATION,
    CREDIT_INDEXES,
    CREDIT_LINE,
    CREDIT_LINES,
    TIME_REVERSAL,
    credit_record,
)
from mocks.erp.records_currencies import CURRENCY_MASTERS
from mocks.erp.records_orders import MILESTONES, ORDER, ORDER_INDEXES, ORDER_LINES, ORDERS, RECURRENCES
from mocks.erp.records_payables import BILL, BILL_LINES, EXPENSE, PAYABLE_INDEXES, PAYABLES, REPORT_LINES
from mocks.kit.records import RecordType

OPEN, PENDING, APPROVED, REJECTED = "1", "2", "3", "4"
TIME_APPROVAL = {OPEN: "Open", PENDING: "Pending Approval", APPROVED: "Approved", REJECTED: "Rejected"}
INVOICE_PENDING, INVOICE_APPROVED = "1", "2"
INVOICE_APPROVAL = {INVOICE_PENDING: "Pending Approval", INVOICE_APPROVED: "Approved"}
INVOICE_VOIDED = "voided"
INVOICE_STATUS = {
    "open": "Open",
    "paidInFull": "Paid In Full",
    "pendingApproval": "Pending Approval",
    INVOICE_VOIDED: "Voided",
}
TIME_TYPES = {"A": "Actual Time", "P": "Planned Time"}
INVOICE, PAYMENT, JOURNAL = "CustInvc", "CustPymt", "Journal"
REVALUATION = "FxReval"
TRANSACTION_TYPES = {
    INVOICE: "Invoice",
    PAYMENT: "Payment",
    JOURNAL: "Journal",
    CREDIT: "Credit Memo",
    BILL: "Bill",
    EXPENSE: "Expense Report",
    ORDER: "Sales Order",
    REVALUATION: "Currency Revaluation",
}
NATIVE, BY_JOURNAL, MANUAL = "native", "journal", "manual"


def _computed(name: str, kind: str = "money", **rest: Any) -> Property:
    return Property(name, kind, writable=False, **rest)


TIME_BILL = record(
    "timeBill",
    (
        reference("employee", "employee", required=True),
        reference("customer", "job", required=True, indexed=True, label="Customer:Project"),
        Property("hours", "hours", required=True, label="Duration"),
        Property("tranDate", "date", required=True, label="Date"),
        reference("item", "serviceSaleItem", label="Service Item"),
        Property("isBillable", "bool", default=0),
        Property("rate", "money"),
        text("memo"),
        enum("approvalStatus", TIME_APPROVAL, default=OPEN),
        enum("timeType", TIME_TYPES, default="A"),
        text("custcol_contract_line"),
        reference("caseTaskEvent", "projectTask", label="Task"),
        reference("custcol_posting_period", "accountingPeriod"),
        external_id(),
        reference("subsidiary", "subsidiary", writable=False),
        Property("posted", "bool", writable=False, default=0),
        reference("invoice", "invoice", writable=False),
    ),
)

TIME_LINES = sublist(
    "time",
    Property("apply", "bool"),
    Property("doc", "document", targets=("timeBill",)),
    Property("rate", "money"),
    _computed("amount"),
    _computed("hours", "hours"),
    _computed("custcol_contract_line", "text"),
    _computed("taxCode", "reference", targets=("salesTaxItem",)),
    Property("line", "int"),
)
ITEM_LINES = sublist(
    "item",
    reference("item", "serviceSaleItem"),
    Property("quantity", "number"),
    Property("rate", "money"),
    Property("amount", "money"),
    text("description"),
    text("custcol_contract_line"),
    Property("orderLine", "int"),
    reference("billingSchedule", "billingSchedule"),
    Property("scheduleLine", "int"),
    _computed("taxCode", "reference", targets=("salesTaxItem",)),
    Property("line", "int"),
)
COST_LINES = sublist(
    "expCost",
    Property("apply", "bool"),
    Property("doc", "document", targets=("expenseReport", "vendorBill")),
    Property("docLine", "int"),
    Property("amount", "money"),
    text("description"),
    text("custcol_contract_line"),
    _computed("taxCode", "reference", targets=("salesTaxItem",)),
    Property("line", "int"),
)
# One line per tax code of the document; without code where the entity has a single rate.
TAX_LINES = sublist(
    "taxDetails",
    _computed("taxCode", "reference", targets=("salesTaxItem",)),
    _computed("taxRate", "decimal"),
    _computed("taxBasis"),
    _computed("taxAmount"),
    _computed("line", "int"),
)

INVOICE_RECORD = record(
    "invoice",
    (
        reference("entity", "customer", required=True, indexed=True, label="Customer"),
        reference("job", "job", indexed=True, label="Project"),
        reference("subsidiary", "subsidiary", derived=True),
        reference("currency", "currency", derived=True),
        Property("exchangeRate", "decimal", derived=True),
        Property("tranDate", "date", required=True, label="Date"),
        Property("dueDate", "date", derived=True),
        text("memo"),
        text("otherRefNum", length=45),
        reference("createdFrom", "salesOrder"),
        enum("approvalStatus", INVOICE_APPROVAL, default=INVOICE_APPROVED),
        reference("postingPeriod", "accountingPeriod", derived=True),
        external_id(),
        _computed("tranId", "text"),
        _computed("subtotal"),
        _computed("taxTotal"),
        _computed("taxRate", "decimal"),
        _computed("total"),
        _computed("amountPaid"),
        _computed("amountRemaining"),
        _computed("custbody_credited"),
        _computed("status", "enum", names=INVOICE_STATUS),
        _computed("sequence", "int", shown=False),
        _computed("taxes", "json", shown=False),
    ),
    display=("tranId",),
    sublists=(TIME_LINES, ITEM_LINES, COST_LINES, TAX_LINES),
)

# Lines of both sublists: a time line names the time entry, an item line the item.
INVOICE_LINE = record(
    "invoiceLine",
    (
        reference("invoice", "invoice", indexed=True),
        text("sublist"),
        Property("line", "int"),
        reference("doc", "timeBill", "expenseLine"),
        reference("item", "serviceSaleItem"),
        Property("hours", "hours"),
        Property("quantity", "number"),
        Property("rate", "money"),
        Property("amount", "money"),
        text("description"),
        text("custcol_contract_line"),
        Property("orderLine", "int"),
        reference("billingSchedule", "billingSchedule"),
        Property("scheduleLine", "int"),
    ),
)

APPLY_LINES = sublist(
    "apply",
    Property("doc", "document", targets=("invoice",)),
    Property("apply", "bool"),
    Property("amount", "money"),
    _computed("refNum", "text"),
    Property("line", "int"),
)

PAYMENT_RECORD = record(
    "customerPayment",
    (
        reference("customer", "customer", required=True, indexed=True),
        Property("payment", "money", required=True, label="Payment Amount"),
        Property("custbody_withholding", "money"),
        reference("currency", "currency", derived=True),
        Property("exchangeRate", "decimal", derived=True),
        Property("tranDate", "date", derived=True, label="Date"),
        reference("account", "account", derived=True),
        reference("postingPeriod", "accountingPeriod", derived=True),
        text("memo"),
        text("checkNum"),
        external_id(),
        _computed("subsidiary", "reference", targets=("subsidiary",)),
        _computed("tranId", "text"),
        _computed("total"),
        _computed("applied"),
        _computed("unapplied"),
    ),
    display=("tranId",),
    sublists=(APPLY_LINES,),
)

APPLICATION = record(
    "paymentApplication",
    (
        reference("payment", "customerPayment", indexed=True),
        reference("invoice", "invoice", indexed=True),
        Property("amount", "money"),
        Property("line", "int"),
    ),
)

CREDIT_RECORD = credit_record(APPLY_LINES, TAX_LINES)

JOURNAL_LINES = sublist(
    "line",
    reference("account", "account"),
    Property("debit", "money"),
    Property("credit", "money"),
    Property("custcol_functional_debit", "money"),
    Property("custcol_functional_credit", "money"),
    reference("entity", *ENTITIES),
    text("memo"),
    reference("custcol_engagement", "job"),
    text("custcol_contract_line"),
    text("custcol_source_system"),
    text("custcol_source_id"),
    text("custcol_source_line"),
    Property("line", "int"),
)

JOURNAL_RECORD = record(
    "journalEntry",
    (
        reference("subsidiary", "subsidiary", required=True),
        Property("tranDate", "date", required=True, label="Date"),
        reference("postingPeriod", "accountingPeriod", derived=True),
        reference("currency", "currency", derived=True),
        Property("exchangeRate", "decimal", derived=True),
        text("memo"),
        Property("approved", "bool", default=1),
        Property("reversalDate", "date"),
        Property("reversalDefer", "bool", default=0),
        _computed("toSubsidiary", "reference", targets=("subsidiary",)),
        _computed("custbody_intercompany_document", "text"),
        external_id(),
        _computed("reversalEntry", "reference", targets=("journalEntry",)),
        _computed("custbody_poster", "text", default=BY_JOURNAL),
        _computed("custbody_preparer", "text"),
        _computed("tranId", "text"),
        # Lines of a journal that is not approved yet; the ledger holds nothing but what is posted.
        _computed("draft", "json", shown=False),
    ),
    display=("tranId",),
    sublists=(JOURNAL_LINES,),
)

# One row per document that posts, with the document's id; what SuiteQL calls a transaction.
TRANSACTION = record(
    "transaction",
    (
        enum("type", TRANSACTION_TYPES),
        text("tranId"),
        text("externalId"),
        Property("tranDate", "date"),
        reference("postingPeriod", "accountingPeriod"),
        Property("posting", "bool"),
        reference("subsidiary", "subsidiary"),
        reference("currency", "currency"),
        Property("exchangeRate", "decimal"),
        reference("toSubsidiary", "subsidiary"),
        text("custbody_intercompany_document"),
        reference("entity", *ENTITIES),
        reference("job", "job"),
        text("memo"),
        text("status"),
        text("otherRefNum"),
        Property("dueDate", "date"),
        Property("foreignTotal", "money"),
        Property("foreignAmountPaid", "money"),
        Property("foreignAmountUnpaid", "money"),
        text("poster"),
    ),
    display=("tranId",),
)

# The general ledger: every posted line and nothing else. Debit, credit and ``currency`` are the subsidiary's, the
# foreign ones the document's. ``openItem`` is the document that a receivable or payable belongs to.
TRANSACTION_LINE = record(
    "transactionLine",
    (
        reference("transaction", "transaction", indexed=True),
        Property("line", "int"),
        reference("account", "account"),
        Property("debit", "money"),
        Property("credit", "money"),
        reference("currency", "currency"),
        reference("foreignCurrency", "currency"),
        Property("foreignAmount", "money"),
        text("openItem"),
        reference("toSubsidiary", "subsidiary"),
        reference("subsidiary", "subsidiary"),
        reference("period", "accountingPeriod"),
        Property("date", "date"),
        reference("entity", *ENTITIES),
        reference("customer", "customer"),
        reference("job", "job", indexed=True),
        text("contractLine"),
        reference("employee", "employee"),
        Property("serviceDate", "date"),
        reference("taxCode", "salesTaxItem"),
        text("sourceSystem"),
        text("sourceId"),
        text("sourceLine"),
        text("memo"),
        text("poster"),
    ),
)

# Ours: the bank's lines as finance imports them. NetSuite has no REST resource for them.
UNMATCHED, MATCHED = "unmatched", "matched"
BANK_LINE = record(
    "bankStatementLine",
    (
        text("lineId", unique=True),
        reference("subsidiary", "subsidiary"),
        Property("date", "date"),
        Property("amount", "money"),
        reference("currency", "currency"),
        text("payer"),
        text("reference"),
        text("status", default=UNMATCHED),
        reference("payment", "customerPayment"),
    ),
)

DOCUMENTS: tuple[RecordType, ...] = (
    TIME_BILL,
    INVOICE_RECORD,
    INVOICE_LINE,
    PAYMENT_RECORD,
    APPLICATION,
    CREDIT_RECORD,
    CREDIT_LINE,
    CREDIT_APPLICATION,
    TIME_REVERSAL,
    *PAYABLES,
    *ORDERS,
    JOURNAL_RECORD,
    TRANSACTION,
    TRANSACTION_LINE,
    BANK_LINE,
    *ASYNC_RECORDS,
)
ALL: tuple[RecordType, ...] = (*MASTERS, *CURRENCY_MASTERS, PERIOD_LOG, *DOCUMENTS)
SUBLISTS: tuple[Sublist, ...] = (
    *(TIME_LINES, ITEM_LINES, COST_LINES, TAX_LINES, APPLY_LINES, CREDIT_LINES, JOURNAL_LINES),
    *(REPORT_LINES, BILL_LINES, ORDER_LINES, MILESTONES, RECURRENCES),
)

# Indexes beyond the kit's own: what jobs, number series and polls look for.
INDEXES = (
    """CREATE INDEX "timeBill.unposted" ON "timeBill"("tranDate", "id")
    WHERE "approvalStatus" = '3' AND "posted" = 0 AND "_deleted" = 0""",
    'CREATE INDEX "timeBill.modified" ON "timeBill"("_modified_us")',
    'CREATE INDEX "transaction.modified" ON "transaction"("_modified_us")',
    'CREATE INDEX "transaction.externalId" ON "transaction"("externalId") WHERE "externalId" IS NOT NULL',
    'CREATE INDEX "invoice.sequence" ON "invoice"("subsidiary", "sequence")',
    *CREDIT_INDEXES,
    *PAYABLE_INDEXES,
    *ORDER_INDEXES,
    """CREATE INDEX "transactionLine.foreign" ON "transactionLine"("subsidiary")
    WHERE "foreignCurrency" <> "currency" AND "_deleted" = 0""",
    """CREATE INDEX "transactionLine.partner" ON "transactionLine"("account", "period")
    WHERE "toSubsidiary" IS NOT NULL AND "_deleted" = 0""",
)
