"""Invoices: what goes on one, what it says, and what of it is final (J10, J13, J16 of posting-map.md section 2)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from mocks.erp import errors, postings, rules
from mocks.erp.books import AMOUNT_MAX, Books, differing, require
from mocks.erp.incoming import Incoming
from mocks.erp.invoice_lines import (
    as_given,
    check_free,
    clear_lines,
    free_sources,
    merged,
    priced,
    same_lines,
    stored_lines,
    write_lines,
)
from mocks.erp.order_billing import check_sources, refresh
from mocks.erp.records import TERMS
from mocks.erp.records_documents import INVOICE, INVOICE_APPROVED, INVOICE_VOIDED
from mocks.erp.rules_rates import exchange_rate, rederived
from mocks.erp.taxes import packed, percent_text, taxes_of, unpacked
from sandbox.core.observe import Row

# What an approved invoice may still change: nothing that moves money.
_SOFT = ("memo", "otherRefNum", "dueDate")
_DAYS = re.compile(r"Net (\d+)")
_STATUS_CODES = {"open": "A", "paidInFull": "B", "pendingApproval": "D", INVOICE_VOIDED: "V"}
_SHARED = (
    *("memo", "otherRefNum", "dueDate", "tranDate", "postingPeriod", "subsidiary"),
    *("currency", "exchangeRate", "entity", "job"),
)


def create_invoice(books: Books, incoming: Incoming) -> Row:
    """An invoice with its number; an approved one is in the ledger with the same commit."""
    values = {**rules.defaults(books, "invoice"), **incoming.values}
    require(books.store, "invoice", values)
    whole = _head(books, values)
    lines = priced(books, whole, incoming.sublists)
    check_free(books, lines)
    check_sources(books, whole, lines)
    whole = _totalled(books, whole, lines)
    period = _period(books, whole)
    subsidiary = books.known("subsidiary", whole["subsidiary"])
    sequence = books.next_sequence("invoice", subsidiary["id"])
    whole |= {
        "postingPeriod": period,
        "sequence": sequence,
        "tranId": f"INV-{subsidiary['externalId']}-{sequence:04d}",
    }
    label = None if whole["externalId"] else rules.label_of({**incoming.values, "lines": same_lines(lines)})
    invoice = books.insert("invoice", whole, label)
    header = postings.header(books, INVOICE, invoice, **_header_values(invoice))
    write_lines(books, invoice, lines)
    refresh(books, invoice["createdFrom"])
    if invoice["approvalStatus"] == INVOICE_APPROVED:
        _post(books, header, invoice, lines)
    return invoice


def update_invoice(books: Books, row: Row, incoming: Incoming) -> Row:
    """A change. An approved invoice keeps its money; the same content again changes nothing."""
    changes = differing(row, incoming.values)
    approved = row["approvalStatus"] == INVOICE_APPROVED
    if approved:
        hard = rules.hard(books, "invoice", changes, _SOFT)
        if hard:
            raise errors.locked(hard[0], "approved")
    whole = {**row, **changes}
    require(books.store, "invoice", whole)
    if changes and not approved:
        whole = _head(books, rederived(whole, changes, incoming))
    before = stored_lines(books, row["id"])
    lines = None
    if incoming.sublists:
        lines = priced(books, whole, merged(as_given(books, before, incoming.replaced), incoming))
        if same_lines(lines) == same_lines(before):
            lines = None
    if lines is not None and approved:
        raise errors.locked(next(iter(incoming.sublists)), "approved")
    if approved or (lines is None and not changes):
        return _changed(books, row, changes)
    return _rewritten(books, row, whole, lines)


def delete_invoice(books: Books, row: Row) -> None:
    """Take an unpaid invoice back in an open period: its time is free again, its number stays used."""
    _must_be_unpaid(row)
    if row["status"] == INVOICE_VOIDED:
        raise errors.locked("status", "void")
    if row["approvalStatus"] == INVOICE_APPROVED:
        postings.must_be_open(books, row["postingPeriod"], receivables=True)
    clear_lines(books, row["id"])
    postings.unpost(books, row["id"])
    books.delete("transaction", row["id"])
    books.delete("invoice", row["id"])
    refresh(books, row["createdFrom"])


def void_invoice(books: Books, row: Row) -> Row:
    """The mirror of its posting in its own period; the number stays, the time is free again (accounting.md J44).

    Raises ErpRefusal unless it is posted, unpaid, uncredited, and its period open.
    """
    if row["approvalStatus"] != INVOICE_APPROVED or row["status"] == INVOICE_VOIDED:
        raise errors.locked("status", "void" if row["status"] == INVOICE_VOIDED else "not approved")
    _must_be_unpaid(row)
    postings.must_be_open(books, row["postingPeriod"], receivables=True)
    free_sources(books, row["id"])
    nothing = dict.fromkeys(("subtotal", "taxTotal", "total", "amountRemaining"), 0)
    after = books.update("invoice", row["id"], {**nothing, "status": INVOICE_VOIDED})
    header = books.update("transaction", row["id"], _header_values(after))
    postings.mirror(books, header)
    refresh(books, row["createdFrom"])
    return after


def _must_be_unpaid(row: Row) -> None:
    if row["amountPaid"] or row["custbody_credited"]:
        raise errors.dependent_records("creditMemo" if row["custbody_credited"] else "customerPayment")


def paid(books: Books, invoice: Row, amount: int, credited: int = 0) -> None:
    """A payment or credit (at 1e-4) is applied; ``credited`` is what a credit memo takes off the invoice."""
    remaining = invoice["amountRemaining"] - amount
    status = "open" if remaining else "paidInFull"
    values = {"amountPaid": invoice["amountPaid"] + amount, "amountRemaining": remaining, "status": status}
    if credited:
        values["custbody_credited"] = invoice["custbody_credited"] + credited
    after = books.update("invoice", invoice["id"], values)
    header = _header_values(after)
    moved = ("status", "foreignAmountPaid", "foreignAmountUnpaid")
    books.update("transaction", invoice["id"], {name: header[name] for name in moved})


def _changed(books: Books, row: Row, changes: Mapping[str, Any]) -> Row:
    if not changes:
        return row
    after = books.update("invoice", row["id"], changes)
    books.update("transaction", row["id"], {name: after[name] for name in _SHARED if name in changes})
    return after


def _rewritten(books: Books, row: Row, whole: Row, lines: list[Row] | None) -> Row:
    """A pending invoice as it is meant now (``lines`` None when they stay); approving it posts it."""
    if lines is not None:
        check_free(books, lines, row["id"])
        check_sources(books, whole, lines, row["id"])
        clear_lines(books, row["id"])
    now = priced(books, whole, as_given(books, stored_lines(books, row["id"]))) if lines is None else lines
    if row["tranDate"] != whole["tranDate"] and whole["postingPeriod"] == row["postingPeriod"]:
        # The period followed the date it was derived from.
        whole = {**whole, "postingPeriod": None}
    whole = _totalled(books, whole, now)
    whole["postingPeriod"] = _period(books, whole)
    after = books.update("invoice", row["id"], differing(row, whole))
    header = books.known("transaction", row["id"])
    shared = {name: after[name] for name in _SHARED}
    header = books.update("transaction", row["id"], differing(header, {**_header_values(after), **shared}))
    if lines is not None:
        write_lines(books, after, lines)
    for order in dict.fromkeys((row["createdFrom"], after["createdFrom"])):
        refresh(books, order)
    if after["approvalStatus"] == INVOICE_APPROVED:
        _post(books, header, after, now)
    return after


def _head(books: Books, whole: Mapping[str, Any]) -> Row:
    """The header with what it takes from client and project; refuses what does not go together."""
    customer = books.known("customer", whole["entity"])
    if customer["isInactive"]:
        raise errors.invalid_value(customer["id"], "entity", "entity", "The customer is inactive.")
    job = books.known("job", whole["job"]) if whole["job"] else None
    if job is not None and job["parent"] != customer["id"]:
        raise errors.invalid_value(job["id"], "job", "job", "It is a project of another customer.")
    subsidiary = whole["subsidiary"] or customer["subsidiary"]
    if subsidiary != customer["subsidiary"]:
        raise errors.wrong_combination("entity", customer["id"], subsidiary)
    currency = whole["currency"] or customer["currency"]
    if currency != customer["currency"]:
        raise errors.wrong_combination("currency", currency, subsidiary)
    entity = books.known("subsidiary", subsidiary)
    rate = exchange_rate(books, entity, currency, whole["tranDate"], whole["exchangeRate"])
    due = whole["dueDate"] or _due(customer, whole["tranDate"])
    return {**whole, "subsidiary": subsidiary, "currency": currency, "exchangeRate": rate, "dueDate": due}


def _due(customer: Row, day: str) -> str:
    found = _DAYS.fullmatch(TERMS.get(customer["terms"] or "", ""))
    try:
        return (date.fromisoformat(day) + timedelta(days=int(found[1]) if found else 0)).isoformat()
    except OverflowError as beyond:
        raise errors.invalid_value(day, "tranDate", "tranDate") from beyond


def _totalled(books: Books, whole: Mapping[str, Any], lines: list[Row]) -> Row:
    """Net is the sum of rounded lines, tax is rounded once on the document (accounting.md section 4.3)."""
    net = sum(line["amount"] for line in lines)
    subsidiary = books.known("subsidiary", whole["subsidiary"])
    customer = books.known("customer", whole["entity"])
    taxes = taxes_of(books, subsidiary, customer, whole["tranDate"], net, books.places(whole["currency"]))
    tax = sum(each.amount for each in taxes)
    total = net + tax
    if net < 0:
        raise errors.user_error("The total of an invoice cannot be negative.", "item")
    if max(total, *(abs(line["amount"]) for line in lines)) > AMOUNT_MAX:
        raise errors.user_error("The amounts are too large.", "item")
    pending = whole["approvalStatus"] != INVOICE_APPROVED
    return {
        **whole,
        "subtotal": net,
        "taxTotal": tax,
        "taxRate": percent_text(taxes),
        "taxes": packed(taxes),
        "total": total,
        "amountPaid": 0,
        "custbody_credited": 0,
        "amountRemaining": total,
        "status": "pendingApproval" if pending else "open" if total else "paidInFull",
    }


def _period(books: Books, whole: Row) -> str | None:
    if whole["approvalStatus"] == INVOICE_APPROVED:
        period_id: str = postings.posting_period(books, whole["tranDate"], whole["postingPeriod"], receivables=True)[
            "id"
        ]
        return period_id
    period = books.period_of(whole["tranDate"])
    return whole["postingPeriod"] or (None if period is None else period["id"])


def _header_values(invoice: Row) -> dict[str, Any]:
    return {
        "posting": int(invoice["approvalStatus"] == INVOICE_APPROVED),
        "entity": invoice["entity"],
        "job": invoice["job"],
        "status": _STATUS_CODES[invoice["status"]],
        "otherRefNum": invoice["otherRefNum"],
        "dueDate": invoice["dueDate"],
        "foreignTotal": invoice["total"],
        "foreignAmountPaid": invoice["amountPaid"],
        "foreignAmountUnpaid": invoice["amountRemaining"],
    }


def _post(books: Books, header: Row, invoice: Row, lines: list[Row]) -> None:
    """Dr 1100 total, Cr 2100 per line, Cr 2300 tax."""
    dimensions = {
        "entity": invoice["entity"],
        "customer": invoice["entity"],
        "job": invoice["job"],
        "sourceSystem": "erp",
        "sourceId": invoice["externalId"] or invoice["id"],
        "memo": invoice["memo"],
    }
    owed = {**dimensions, "openItem": invoice["id"]}
    entries = [postings.Entry(books.account(postings.RECEIVABLES), invoice["total"], 0, "total", owed)]
    position = books.account(postings.CONTRACT_POSITION)
    for line in lines:
        own = {
            "contractLine": line["custcol_contract_line"],
            "employee": line["employee"],
            "serviceDate": line["serviceDate"],
            "sourceLine": line["source"] or str(line["line"]),
            "memo": line["description"],
        }
        key = line["doc"] or str(line["line"])
        entries.append(postings.Entry(position, -line["amount"], line["line"], key, {**dimensions, **own}))
    entries += postings.tax_entries(books, unpacked(invoice["taxes"]), -1, len(lines) + 1, dimensions)
    postings.write(books, header, entries)
