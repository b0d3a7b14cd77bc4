"""Credit memos as data: what is taken off an invoice, why, and where it was applied (erp-netsuite.md section 9.3)."""

from __future__ import annotations

from typing import Any

from mocks.erp.properties import Property, Sublist, enum, external_id, record, reference, sublist, text

CREDIT = "CustCred"
CONCESSION, BILLING_ERROR, CANCELLATION, REBATE = "concession", "billing_error", "cancellation", "rebate"
# A custom list of ours: the reason decides which account the revenue side meets (accounting.md J24, J25, J29).
REASONS = {
    CONCESSION: "Price concession",
    BILLING_ERROR: "Billing error",
    CANCELLATION: "Cancellation",
    REBATE: "Rebate",
}
CREDIT_OPEN, CREDIT_APPLIED = "open", "fullyApplied"
CREDIT_STATUS = {CREDIT_OPEN: "Open", CREDIT_APPLIED: "Fully Applied"}


def _computed(name: str, kind: str = "money", **rest: Any) -> Property:
    return Property(name, kind, writable=False, **rest)


CREDIT_LINES = sublist(
    "item",
    reference("item", "serviceSaleItem"),
    Property("quantity", "number"),
    Property("rate", "money"),
    Property("amount", "money"),
    text("description"),
    text("custcol_contract_line"),
    Property("custcol_time", "document", targets=("timeBill",)),
    _computed("taxCode", "reference", targets=("salesTaxItem",)),
    Property("line", "int"),
)


def credit_record(apply: Sublist, taxes: Sublist) -> Any:
    """The record type; ``apply`` is the sublist payments have as well, ``taxes`` that of invoices."""
    return record(
        "creditMemo",
        (
            reference("entity", "customer", derived=True, indexed=True, label="Customer"),
            reference("createdFrom", "invoice", derived=True, indexed=True),
            Property("tranDate", "date", derived=True, label="Date"),
            reference("postingPeriod", "accountingPeriod", derived=True),
            Property("exchangeRate", "decimal", derived=True),
            text("memo"),
            enum("custbody_reason", REASONS, required=True, label="Reason"),
            external_id(),
            _computed("job", "reference", targets=("job",)),
            _computed("subsidiary", "reference", targets=("subsidiary",)),
            _computed("currency", "reference", targets=("currency",)),
            _computed("tranId", "text"),
            _computed("subtotal"),
            _computed("taxTotal"),
            _computed("taxRate", "decimal"),
            _computed("total"),
            _computed("applied"),
            _computed("unapplied"),
            _computed("status", "enum", names=CREDIT_STATUS),
            _computed("sequence", "int", shown=False),
            _computed("taxes", "json", shown=False),
        ),
        display=("tranId",),
        sublists=(CREDIT_LINES, apply, taxes),
    )


CREDIT_LINE = record(
    "creditMemoLine",
    (
        reference("creditMemo", "creditMemo", indexed=True),
        Property("line", "int"),
        reference("item", "serviceSaleItem"),
        Property("quantity", "number"),
        Property("rate", "money"),
        Property("amount", "money"),
        text("description"),
        text("custcol_contract_line"),
        reference("custcol_time", "timeBill"),
    ),
)

CREDIT_APPLICATION = record(
    "creditApplication",
    (
        reference("creditMemo", "creditMemo", indexed=True),
        reference("invoice", "invoice", indexed=True),
        Property("amount", "money"),
        Property("line", "int"),
    ),
)

# Ours: cost of moved time that the posting job is still to take back, as it was posted.
TIME_REVERSAL = record(
    "timeReversal",
    (
        reference("timeBill", "timeBill"),
        reference("customer", "job"),
        text("custcol_contract_line"),
        reference("custcol_posting_period", "accountingPeriod"),
        Property("posted", "int"),
    ),
)

CREDIT_INDEXES = ('CREATE INDEX "creditMemo.sequence" ON "creditMemo"("subsidiary", "sequence")',)
