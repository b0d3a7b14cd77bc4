"""The record types REST serves: which rules make, change and remove them, and where their lines are."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from mocks.erp import (
    balances,
    records,
    records_currencies,
    records_documents,
    records_orders,
    records_payables,
    records_taxes,
    rules_bills,
    rules_credits,
    rules_entities,
    rules_expenses,
    rules_invoices,
    rules_journals,
    rules_orders,
    rules_payments,
    rules_rates,
    rules_reversals,
    rules_schedules,
    rules_tasks,
    rules_time,
)
from mocks.erp.books import Books, percent
from mocks.erp.credit_lines import stored_credit_lines
from mocks.erp.incoming import Incoming, Line
from mocks.erp.invoice_lines import stored_lines
from mocks.erp.payable_lines import stored_payable_lines
from mocks.erp.taxes import Tax, unpacked
from mocks.kit.records import RecordType
from sandbox.core.money import plain
from sandbox.core.observe import Row

Lines = Mapping[str, Iterable[Line]]


def _no_lines(books: Books, row: Row) -> Lines:
    return {}


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules that write a record type."""

    create: Callable[[Books, Incoming], Row]
    update: Callable[[Books, Row, Incoming], Row]
    delete: Callable[[Books, Row], None]


@dataclass(frozen=True, slots=True)
class Resource:
    """A record type under its REST name; read only without rules."""

    record_type: RecordType
    rules: Rules | None = None
    lines: Callable[[Books, Row], Lines] = _no_lines
    computed: Callable[[Books, Row], dict[str, Any]] | None = None

    @property
    def operations(self) -> list[str]:
        """What may be done, in the vendor's words."""
        return ["create", "load", "edit", "delete"] if self.rules else ["load"]


def _invoice_lines(books: Books, row: Row) -> Lines:
    taxes = unpacked(row["taxes"])
    lines: dict[str, list[dict[str, Any]]] = {"time": [], "item": [], "expCost": []}
    for each in stored_lines(books, row["id"]):
        line = {**each, "apply": 1, "taxCode": taxes[0].code}
        if each["sublist"] == "expCost":
            cost = books.known("expenseLine", each["doc"])
            line |= {"doc": cost["document"], "docLine": cost["line"]}
        lines[each["sublist"]].append(line)
    return {**lines, "taxDetails": tax_lines(taxes)}


def tax_lines(taxes: Iterable[Tax]) -> list[Line]:
    """Taxes of a document as lines of ``taxDetails``."""
    return [
        {
            "line": number,
            "taxCode": tax.code,
            "taxRate": plain(percent(tax.rate)),
            "taxBasis": tax.basis,
            "taxAmount": tax.amount,
        }
        for number, tax in enumerate(taxes, start=1)
    ]


def _apply_lines(books: Books, row: Row) -> Lines:
    lines = []
    for each in rules_payments.applications_of(books, row["id"]):
        invoice = books.known("invoice", each["invoice"])
        lines.append({**each, "doc": each["invoice"], "apply": 1, "refNum": invoice["tranId"]})
    return {"apply": lines}


def _credit_lines(books: Books, row: Row) -> Lines:
    taxes = unpacked(row["taxes"])
    lines = [{**each, "taxCode": taxes[0].code} for each in stored_credit_lines(books, row["id"])]
    apply = [
        {**each, "doc": each["invoice"], "apply": 1, "refNum": books.known("invoice", each["invoice"])["tranId"]}
        for each in rules_credits.applications_of(books, row["id"])
    ]
    return {"item": lines, "apply": apply, "taxDetails": tax_lines(taxes)}


def _payable_lines(books: Books, row: Row) -> Lines:
    stored = stored_payable_lines(books, row["id"])
    return {"expense": [{**each, "grossAmt": each["amount"] + each["tax1Amt"]} for each in stored]}


def _journal_lines(books: Books, row: Row) -> Lines:
    return {"line": rules_journals.lines_of(books, row)}


_ALL = (
    Resource(
        records.CUSTOMER,
        Rules(rules_entities.create_customer, rules_entities.update_customer, rules_entities.delete_customer),
        computed=balances.of_customer,
    ),
    Resource(records.JOB, Rules(rules_entities.create_job, rules_entities.update_job, rules_entities.delete_job)),
    Resource(
        records.EMPLOYEE,
        Rules(rules_entities.create_employee, rules_entities.update_employee, rules_entities.delete_employee),
    ),
    Resource(
        records_documents.TIME_BILL, Rules(rules_time.create_time, rules_time.update_time, rules_time.delete_time)
    ),
    Resource(
        records_documents.INVOICE_RECORD,
        Rules(rules_invoices.create_invoice, rules_invoices.update_invoice, rules_invoices.delete_invoice),
        _invoice_lines,
    ),
    Resource(
        records_documents.PAYMENT_RECORD,
        Rules(rules_payments.create_payment, rules_payments.update_payment, rules_payments.delete_payment),
        _apply_lines,
    ),
    Resource(
        records_documents.CREDIT_RECORD,
        Rules(rules_credits.create_credit, rules_credits.update_credit, rules_credits.delete_credit),
        _credit_lines,
    ),
    Resource(records_orders.TASK, Rules(rules_tasks.create_task, rules_tasks.update_task, rules_tasks.delete_task)),
    Resource(
        records_orders.SALES_ORDER,
        Rules(rules_orders.create_order, rules_orders.update_order, rules_orders.delete_order),
        lambda books, row: {"item": rules_orders.shown_lines(books, row["id"])},
    ),
    Resource(
        records_orders.SCHEDULE,
        Rules(rules_schedules.create_schedule, rules_schedules.update_schedule, rules_schedules.delete_schedule),
        rules_schedules.shown_schedule,
        rules_schedules.next_bill,
    ),
    Resource(
        records_payables.VENDOR, Rules(rules_bills.create_vendor, rules_bills.update_vendor, rules_bills.delete_vendor)
    ),
    Resource(
        records_payables.VENDOR_BILL,
        Rules(rules_bills.create_bill, rules_bills.update_bill, rules_bills.delete_bill),
        _payable_lines,
    ),
    Resource(
        records_payables.EXPENSE_REPORT,
        Rules(rules_expenses.create_report, rules_expenses.update_report, rules_expenses.delete_report),
        _payable_lines,
    ),
    Resource(
        records_documents.JOURNAL_RECORD,
        Rules(rules_reversals.create_journal, rules_reversals.update_journal, rules_journals.delete_journal),
        _journal_lines,
    ),
    Resource(records.PERIOD),
    Resource(records.SUBSIDIARY),
    Resource(records.ACCOUNT),
    Resource(records.CURRENCY),
    Resource(records.ITEM),
    Resource(records.STANDARD_COST),
    Resource(records_payables.CATEGORY),
    Resource(records_taxes.TAX_ITEM),
    Resource(records_taxes.TAX_RULE),
    Resource(
        records_currencies.CURRENCY_RATE,
        Rules(rules_rates.create_rate, rules_rates.update_rate, rules_rates.delete_rate),
    ),
    Resource(records_currencies.CONSOLIDATED_RATE),
    Resource(records_currencies.INTERCOMPANY_PAIR),
)

# A transform makes a record of the second type from one of the first (erp-netsuite.md section 3).
Transform = Callable[[Books, Row, Incoming], Row]
TRANSFORMS: dict[tuple[str, str], Transform] = {
    ("invoice", "creditMemo"): rules_credits.of_invoice,
    ("invoice", "customerPayment"): rules_payments.of_invoice,
    ("salesOrder", "invoice"): rules_orders.to_invoice,
}

# A record action by name: the values it sets (erp-netsuite.md sections 3 and 12.1).
ACTIONS: dict[tuple[str, str], dict[str, Any]] = {
    ("timeBill", "submit"): {"approvalStatus": records_documents.PENDING},
    ("timeBill", "approve"): {"approvalStatus": records_documents.APPROVED},
    ("timeBill", "reject"): {"approvalStatus": records_documents.REJECTED},
    ("invoice", "approve"): {"approvalStatus": records_documents.INVOICE_APPROVED},
    ("journalEntry", "approve"): {"approved": 1},
    ("vendorBill", "approve"): {"approvalStatus": records_payables.BILL_APPROVED},
    ("expenseReport", "submit"): {"approvalStatus": records_payables.REPORT_PENDING},
    ("expenseReport", "approve"): {"approvalStatus": records_payables.REPORT_APPROVED},
    ("expenseReport", "reject"): {"approvalStatus": records_payables.REPORT_REJECTED},
}

# By lower-case name: record names in a path are case-insensitive (erp-netsuite.md section 1).
RESOURCES: dict[str, Resource] = {each.record_type.name.lower(): each for each in _ALL}
