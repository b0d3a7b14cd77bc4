"""The record types REST serves: which rules make, change and remove them, and where their lines are."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from mocks.erp import (
    records,
    records_documents,
    rules_entities,
    rules_invoices,
    rules_journals,
    rules_payments,
    rules_time,
)
from mocks.erp.books import Books
from mocks.erp.incoming import Incoming, Line
from mocks.erp.invoice_lines import stored_lines
from mocks.kit.records import RecordType
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

    @property
    def operations(self) -> list[str]:
        """What may be done, in the vendor's words."""
        return ["create", "load", "edit", "delete"] if self.rules else ["load"]


def _invoice_lines(books: Books, row: Row) -> Lines:
    lines: dict[str, list[dict[str, Any]]] = {"time": [], "item": []}
    for each in stored_lines(books, row["id"]):
        lines[each["sublist"]].append({**each, "apply": 1})
    return lines


def _apply_lines(books: Books, row: Row) -> Lines:
    lines = []
    for each in rules_payments.applications_of(books, row["id"]):
        invoice = books.known("invoice", each["invoice"])
        lines.append({**each, "doc": each["invoice"], "apply": 1, "refNum": invoice["tranId"]})
    return {"apply": lines}


def _journal_lines(books: Books, row: Row) -> Lines:
    return {"line": rules_journals.lines_of(books, row)}


_ALL = (
    Resource(
        records.CUSTOMER,
        Rules(rules_entities.create_customer, rules_entities.update_customer, rules_entities.delete_customer),
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
        records_documents.JOURNAL_RECORD,
        Rules(rules_journals.create_journal, rules_journals.update_journal, rules_journals.delete_journal),
        _journal_lines,
    ),
    Resource(records.PERIOD),
    Resource(records.SUBSIDIARY),
    Resource(records.ACCOUNT),
    Resource(records.CURRENCY),
    Resource(records.ITEM),
    Resource(records.STANDARD_COST),
)

# By lower-case name: record names in a path are case-insensitive (erp-netsuite.md section 1).
RESOURCES: dict[str, Resource] = {each.record_type.name.lower(): each for each in _ALL}
