"""Vendors and their bills: each number of a vendor once, reverse charge by country (J07, J43 of accounting.md)."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from mocks.erp import errors, postings, rules
from mocks.erp.accounts import account_of
from mocks.erp.books import Books, differing, require
from mocks.erp.incoming import Incoming, Line
from mocks.erp.payable_lines import (
    INPUT_TAX,
    PAYABLES,
    REVERSE_CHARGE,
    SUBCONTRACTORS,
    clear_payable_lines,
    line_entries,
    meant,
    payable_lines,
    same_payable,
    stored_payable_lines,
    totals,
    write_payable_lines,
)
from mocks.erp.records_payables import BILL, BILL_APPROVED
from mocks.erp.rules_entities import numbered
from mocks.erp.taxes import domestic_rate, tax_amount
from sandbox.core.money import plain
from sandbox.core.observe import Row

_COUNTRY = re.compile(r"[A-Z]{2}")
_VENDOR_USES = (("vendorBill", "entity"), ("transactionLine", "entity"))
_SOFT = ("memo", "dueDate")
_SHARED = ("tranId", "externalId", "tranDate", "postingPeriod", "subsidiary", "currency", "memo", "dueDate")


def create_vendor(books: Books, incoming: Incoming) -> Row:
    """Somebody who bills the firm."""
    return rules.create(books, "vendor", numbered(books, "vendor", incoming.values), _check_vendor)


def update_vendor(books: Books, row: Row, incoming: Incoming) -> Row:
    """A change of a vendor; the subsidiary stays once it has billed."""
    if incoming.values.get("subsidiary") not in (None, row["subsidiary"]):
        rules.unused(books, _VENDOR_USES, row["id"])
    return rules.update(books, "vendor", row, numbered(books, "vendor", incoming.values, row), _check_vendor)


def delete_vendor(books: Books, row: Row) -> None:
    """Remove a vendor nothing refers to."""
    rules.unused(books, _VENDOR_USES, row["id"])
    books.delete("vendor", row["id"])


def create_bill(books: Books, incoming: Incoming) -> Row:
    """A bill; an approved one is in the ledger with the same commit. A vendor's number is taken once."""
    values = {**rules.defaults(books, "vendorBill"), **incoming.values}
    require(books.store, "vendorBill", values)
    _check_number(books, values, None)
    whole, lines = _whole(books, values, incoming.sublists.get("expense", []))
    label = None if whole["externalId"] else f"{whole['entity']} {whole['tranId']}"
    bill = books.insert("vendorBill", whole, label)
    header = postings.header(books, BILL, bill, dueDate=bill["dueDate"], **_header_values(bill))
    write_payable_lines(books, bill["id"], lines)
    if bill["approvalStatus"] == BILL_APPROVED:
        _post(books, header, bill, lines)
    return bill


def update_bill(books: Books, row: Row, incoming: Incoming) -> Row:
    """A change of a pending bill; an approved one keeps everything but memo and due date."""
    changes = differing(row, incoming.values)
    approved = row["approvalStatus"] == BILL_APPROVED
    hard = rules.hard(books, "vendorBill", changes, _SOFT)
    if approved and hard:
        raise errors.locked(hard[0], "approved")
    before = stored_payable_lines(books, row["id"])
    given: list[Line] = [*before]
    if "expense" in incoming.sublists:
        given = meant(books, row["id"], incoming)
    if not changes and same_payable(_lines(books, row, given)) == same_payable(before):
        return row
    if approved:
        if same_payable(_lines(books, row, given)) != same_payable(before):
            raise errors.locked("expense", "approved")
        after = books.update("vendorBill", row["id"], changes)
        books.update("transaction", row["id"], {"memo": after["memo"], "dueDate": after["dueDate"]})
        return after
    return _rewritten(books, row, {**row, **changes}, given)


def delete_bill(books: Books, row: Row) -> None:
    """Remove a pending bill."""
    if row["approvalStatus"] == BILL_APPROVED:
        raise errors.dependent_records("it is posted")
    clear_payable_lines(books, row["id"])
    books.delete("transaction", row["id"])
    books.delete("vendorBill", row["id"])


def _rewritten(books: Books, row: Row, whole: Row, given: list[Line]) -> Row:
    require(books.store, "vendorBill", whole)
    _check_number(books, whole, row["id"])
    if whole["tranDate"] != row["tranDate"] and whole["postingPeriod"] == row["postingPeriod"]:
        # The period followed the date it was derived from.
        whole = {**whole, "postingPeriod": None}
    whole, lines = _whole(books, whole, given)
    after = books.update("vendorBill", row["id"], differing(row, whole))
    shared = {name: after[name] for name in _SHARED}
    header = books.update("transaction", row["id"], {**shared, **_header_values(after)})
    if same_payable(lines) != same_payable(stored_payable_lines(books, row["id"])):
        write_payable_lines(books, row["id"], lines)
    if after["approvalStatus"] == BILL_APPROVED:
        _post(books, header, after, lines)
    return after


def _check_vendor(books: Books, whole: Row) -> dict[str, Any]:
    country = whole["custentity_country"]
    if country is not None and not _COUNTRY.fullmatch(country):
        raise errors.invalid_value(country, "custentity_country", "custentity_country", "Expected two capital letters.")
    currency = books.known("subsidiary", whole["subsidiary"])["currency"]
    if whole["currency"] not in (None, currency):
        # Bills in foreign currency are not built: refused, never booked at a rate of 1.
        raise errors.wrong_combination("currency", whole["currency"], whole["subsidiary"])
    return {"currency": currency}


def _check_number(books: Books, whole: Row, own_id: str | None) -> None:
    holder = books.store.one("vendorBill", {"entity": whole["entity"], "tranId": whole["tranId"]})
    if holder is not None and holder["id"] != own_id:
        raise errors.user_error("This record already exists: the vendor's bill of that number.", "tranId")


def _whole(books: Books, values: Row, given: list[Line]) -> tuple[Row, list[Row]]:
    vendor = books.known("vendor", values["entity"])
    if vendor["isInactive"]:
        raise errors.invalid_value(vendor["id"], "entity", "entity", "The vendor is inactive.")
    lines = _lines(books, values, given)
    subsidiary = books.known("subsidiary", vendor["subsidiary"])
    whole = {**values, **totals(lines), "subsidiary": vendor["subsidiary"], "currency": vendor["currency"]}
    whole |= _reverse_charge(books, whole, vendor, subsidiary)
    if whole["approvalStatus"] == BILL_APPROVED:
        period = postings.posting_period(books, whole["tranDate"], whole["postingPeriod"], payables=True)
        whole["postingPeriod"] = period["id"]
    elif whole["postingPeriod"] is None:
        found = books.period_of(whole["tranDate"])
        whole["postingPeriod"] = None if found is None else found["id"]
    return whole, lines


def _reverse_charge(books: Books, whole: Row, vendor: Row, subsidiary: Row) -> Row:
    """Services from abroad are taxed at the buyer's rate by the buyer, who usually gets it back (J43)."""
    country = vendor["custentity_country"]
    wanted = whole["custbody_reverse_charge"]
    if wanted is None:
        wanted = int(country not in (None, subsidiary["country"]) and not whole["taxTotal"])
    if wanted and whole["taxTotal"]:
        name = "custbody_reverse_charge"
        raise errors.invalid_value("true", name, name, "The bill shows tax of the vendor.")
    rate = domestic_rate(books, subsidiary, whole["tranDate"]) if wanted else Decimal(0)
    tax = tax_amount(whole["amount"], plain(rate), books.places(whole["currency"])) if rate else 0
    return {"custbody_reverse_charge": wanted, "custbody_reverse_charge_tax": tax}


def _lines(books: Books, whole: Row, given: list[Line]) -> list[Row]:
    subsidiary = books.known("vendor", whole["entity"])["subsidiary"]
    default = account_of(books, SUBCONTRACTORS)
    return payable_lines(books, subsidiary, [{**line, "account": line.get("account") or default} for line in given])


def _header_values(bill: Row) -> dict[str, Any]:
    approved = bill["approvalStatus"] == BILL_APPROVED
    return {
        "posting": int(approved),
        "entity": bill["entity"],
        "status": "A" if approved else "D",
        "foreignTotal": bill["total"],
        "foreignAmountUnpaid": bill["total"],
    }


def _post(books: Books, header: Row, bill: Row, lines: list[Row]) -> None:
    """Dr 5010 (or the line's account), Dr 1150, Cr 2000; reverse charge Dr 1150 Cr 2310."""
    shared = {"entity": bill["entity"], "sourceSystem": "erp", "sourceId": bill["externalId"] or bill["id"]}
    whole = {**shared, "memo": bill["memo"]}
    entries = [postings.Entry(account_of(books, PAYABLES), -bill["total"], 0, "total", whole)]
    entries += line_entries(books, lines, shared)
    tax, line = bill["custbody_reverse_charge_tax"], 2 * len(lines) + 1
    if tax:
        entries.append(postings.Entry(account_of(books, INPUT_TAX), tax, line, "reverse charge", whole))
        entries.append(postings.Entry(account_of(books, REVERSE_CHARGE), -tax, line + 1, "reverse charge", whole))
    postings.write(books, header, entries)
