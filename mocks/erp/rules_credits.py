"""Credit memos: taken off a posted invoice, at its tax, never more than it was (J24, J25, O15 of accounting.md)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from mocks.erp import errors, postings, rules
from mocks.erp.accounts import account_of
from mocks.erp.applications import Application, chosen, summed
from mocks.erp.books import Books, differing, require, shown
from mocks.erp.credit_lines import (
    check_billed,
    credit_lines,
    same_credit,
    stored_credit_lines,
    whole_invoice,
    write_credit_lines,
)
from mocks.erp.incoming import Incoming, Line
from mocks.erp.realised import cleared
from mocks.erp.records_credits import BILLING_ERROR, CREDIT, CREDIT_APPLIED, CREDIT_OPEN, REBATE
from mocks.erp.records_documents import INVOICE_APPROVED, INVOICE_VOIDED
from mocks.erp.rules_invoices import paid
from mocks.erp.taxes import Tax, packed, percent_text, tax_amount, unpacked
from sandbox.core.observe import Row

_SOFT = ("memo",)
_STATUS_CODES = {CREDIT_OPEN: "A", CREDIT_APPLIED: "B"}


def create_credit(books: Books, incoming: Incoming) -> Row:
    """A credit memo with its number, posted at once and applied to its invoice as far as that is open."""
    values = {**rules.defaults(books, "creditMemo"), **incoming.values}
    require(books.store, "creditMemo", values)
    invoice = _invoice(books, values, incoming.sublists.get("apply", []))
    whole = _head(books, values, invoice)
    lines = credit_lines(books, invoice, incoming.sublists.get("item", []))
    freeing = whole["custbody_reason"] == BILLING_ERROR
    check_billed(invoice, lines, freeing=freeing)
    whole |= _totals(books, invoice, sum(line["amount"] for line in lines))
    given = incoming.sublists.get("apply", [{"doc": invoice}])
    applied = chosen(invoice["entity"], given, whole["total"], {})
    _check_rate(books, whole, applied)
    # What it clears depends on what was taken off before it, so it is worked out before it is stored.
    carried = cleared(books, invoice, whole["total"])
    sequence = books.next_sequence("creditMemo", whole["subsidiary"])
    code = books.known("subsidiary", whole["subsidiary"])["externalId"]
    whole |= {"sequence": sequence, "tranId": f"CM-{code}-{sequence:04d}", **_applied(whole["total"], applied)}
    label = None if whole["externalId"] else rules.label_of({**incoming.values, "lines": same_credit(lines)})
    credit = books.insert("creditMemo", whole, label)
    header = postings.header(books, CREDIT, credit, posting=1, **_header_values(credit))
    write_credit_lines(books, credit, lines)
    if freeing:
        for line in lines:
            if line["custcol_time"] is not None:
                books.update("timeBill", line["custcol_time"], {"invoice": None})
    # The invoice remembers the whole credit, also what is not applied to it.
    paid(books, invoice, 0, credit["total"])
    _apply(books, credit, applied)
    _post(books, header, credit, invoice, lines, carried)
    return credit


def update_credit(books: Books, row: Row, incoming: Incoming) -> Row:
    """A change. A credit keeps everything but its memo; what is unapplied may be applied to other invoices."""
    changes = differing(row, incoming.values)
    hard = rules.hard(books, "creditMemo", changes, _SOFT)
    if hard:
        raise errors.locked(hard[0], "posted")
    if "item" in incoming.sublists:
        invoice = books.known("invoice", row["createdFrom"])
        meant = same_credit(credit_lines(books, invoice, incoming.sublists["item"]))
        if meant != same_credit(stored_credit_lines(books, row["id"])):
            raise errors.locked("item", "posted")
    if changes:
        row = books.update("creditMemo", row["id"], changes)
        books.update("transaction", row["id"], {"memo": row["memo"]})
    return _apply_more(books, row, incoming) if "apply" in incoming.sublists else row


def delete_credit(books: Books, row: Row) -> None:
    """Never: a credit is posted when it is made, and its number is one of a series. Raises ErpRefusal."""
    raise errors.dependent_records("it is posted")


def of_invoice(books: Books, invoice: Row, incoming: Incoming) -> Row:
    """The transform of an invoice: a credit of all its lines unless some are given.

    ``apply`` must name the invoice (erp-netsuite.md section 9.3). Raises ErpRefusal.
    """
    named = [line["doc"]["id"] for line in incoming.sublists.get("apply", []) if line.get("doc")]
    if invoice["id"] not in named:
        raise errors.user_error("The sublist apply must name the invoice that is credited.", "apply")
    incoming.values.setdefault("createdFrom", invoice["id"])
    if "item" not in incoming.sublists:
        incoming.sublists["item"] = whole_invoice(books, invoice)
    return create_credit(books, incoming)


def applications_of(books: Books, credit_id: str) -> list[Row]:
    """What a credit memo is applied to, in order."""
    return books.store.find("creditApplication", {"creditMemo": credit_id}, order='"line"')


def _invoice(books: Books, values: Row, apply: list[Line]) -> Row:
    """The invoice that is credited: ``createdFrom``, else the first that is applied to."""
    given = values["createdFrom"] or next((line["doc"]["id"] for line in apply if line.get("doc")), None)
    if given is None:
        raise errors.missing(["Created From"])
    invoice = books.known("invoice", given)
    reason = ""
    if invoice["approvalStatus"] != INVOICE_APPROVED:
        reason = "The invoice is not approved."
    elif invoice["status"] == INVOICE_VOIDED:
        reason = "The invoice is void."
    elif values["entity"] not in (None, invoice["entity"]):
        reason = "It is an invoice of another customer."
    if reason:
        name = invoice["externalId"] or invoice["id"]
        raise errors.invalid_value(name, "createdFrom", "createdFrom", reason)
    return invoice


def _head(books: Books, values: Row, invoice: Row) -> Row:
    day = values["tranDate"] or books.today().isoformat()
    if day < invoice["tranDate"]:
        raise errors.invalid_value(day, "tranDate", "tranDate", "It is before the date of the invoice.")
    if values["exchangeRate"] not in (None, invoice["exchangeRate"]):
        reason = f"The invoice was booked at {invoice['exchangeRate']}."
        raise errors.invalid_value(values["exchangeRate"], "exchangeRate", "exchangeRate", reason)
    return {
        **values,
        **{name: invoice[name] for name in ("entity", "job", "subsidiary", "currency", "exchangeRate")},
        "createdFrom": invoice["id"],
        "tranDate": day,
        "postingPeriod": postings.posting_period(books, day, values["postingPeriod"], receivables=True)["id"],
    }


def _totals(books: Books, invoice: Row, net: int) -> Row:
    """Net and tax at the invoice's own codes. Raises ErpRefusal when more is credited than was invoiced (O15).

    Tax is rounded once per code; the credit that completes the invoice takes the rest of its tax, so both cancel out.
    """
    earlier = books.store.find("creditMemo", {"createdFrom": invoice["id"]})
    net_left = invoice["subtotal"] - sum(each["subtotal"] for each in earlier)
    if net > net_left:
        reason = f"{shown(net_left)} of the invoice is not credited yet."
        raise errors.user_error(f"The credit is larger than what it credits. {reason}", "item")
    places = books.places(invoice["currency"])
    credited = [unpacked(each["taxes"]) for each in earlier]
    taxes = []
    for position, each in enumerate(unpacked(invoice["taxes"])):
        left = each.amount - sum(one[position].amount for one in credited)
        amount = left if net == net_left else min(left, tax_amount(net, each.rate, places))
        taxes.append(Tax(each.code, each.rate, net, amount))
    tax = sum(each.amount for each in taxes)
    return {
        "subtotal": net,
        "taxTotal": tax,
        "taxRate": percent_text(taxes),
        "total": net + tax,
        "taxes": packed(taxes),
    }


def _check_rate(books: Books, credit: Row, applied: Iterable[Application]) -> None:
    """Raises ErpRefusal where a foreign credit is to pay another invoice, which was booked at a rate of its own."""
    if credit["currency"] == books.known("subsidiary", credit["subsidiary"])["currency"]:
        return
    other = next((invoice for invoice, _ in applied if invoice["id"] != credit["createdFrom"]), None)
    if other is not None:
        reason = "A credit in foreign currency is applied to the invoice it credits only."
        raise errors.invalid_value(other["externalId"] or other["id"], "doc", "apply", reason)


def _applied(total: int, applied: Iterable[Application], before: int = 0) -> dict[str, Any]:
    amount = before + sum(each for _, each in applied)
    status = CREDIT_OPEN if amount < total else CREDIT_APPLIED
    return {"applied": amount, "unapplied": total - amount, "status": status}


def _apply(books: Books, credit: Row, applied: Iterable[Application], after_line: int = 0) -> None:
    """Both sides are receivables: applying moves no account, only what is open."""
    for number, (invoice, amount) in enumerate(applied, start=after_line + 1):
        values = {"creditMemo": credit["id"], "invoice": invoice["id"], "amount": amount, "line": number}
        books.insert("creditApplication", values, label=f"{credit['id']} {invoice['id']} {number}")
        paid(books, books.known("invoice", invoice["id"]), amount)


def _apply_more(books: Books, row: Row, incoming: Incoming) -> Row:
    stored = applications_of(books, row["id"])
    already = summed(stored)
    lines = incoming.sublists["apply"]
    named = {line["doc"]["id"] for line in lines if line.get("doc") and line.get("apply") != 0}
    if "apply" in incoming.replaced and not named.issuperset(already):
        raise errors.locked("apply", "posted")
    applied = chosen(row["entity"], lines, row["unapplied"], already)
    if not applied:
        return row
    _check_rate(books, row, applied)
    after = books.update("creditMemo", row["id"], _applied(row["total"], applied, row["applied"]))
    moved = {"status", "foreignAmountPaid", "foreignAmountUnpaid"}
    header = _header_values(after)
    books.update("transaction", row["id"], {name: header[name] for name in sorted(moved)})
    _apply(books, after, applied, len(stored))
    return after


def _header_values(credit: Row) -> dict[str, Any]:
    return {
        "entity": credit["entity"],
        "job": credit["job"],
        "status": _STATUS_CODES[credit["status"]],
        "foreignTotal": credit["total"],
        "foreignAmountPaid": credit["applied"],
        "foreignAmountUnpaid": credit["unapplied"],
    }


def _post(books: Books, header: Row, credit: Row, invoice: Row, lines: list[Row], carried: int) -> None:
    """Cr 1100 total, ``carried`` in functional currency; Dr 2100 per line (2110 for a rebate), Dr 2300 per code."""
    dimensions = {
        "entity": credit["entity"],
        "customer": credit["entity"],
        "job": credit["job"],
        "sourceSystem": "erp",
        "sourceId": credit["externalId"] or credit["id"],
        "memo": credit["memo"],
    }
    own = {**dimensions, "sourceLine": invoice["tranId"], "openItem": invoice["id"]}
    receivables = books.account(postings.RECEIVABLES)
    entries = [postings.Entry(receivables, -credit["total"], 0, "total", own, -carried)]
    rebate = credit["custbody_reason"] == REBATE
    account = account_of(books, postings.REFUND_LIABILITY if rebate else postings.CONTRACT_POSITION)
    for line in lines:
        entry = line["entry"]
        about = {
            "contractLine": line["custcol_contract_line"],
            "employee": None if entry is None else entry["employee"],
            "serviceDate": None if entry is None else entry["tranDate"],
            "sourceLine": str(line["line"]) if entry is None else entry["externalId"] or entry["id"],
            "memo": line["description"],
        }
        entries.append(
            postings.Entry(account, line["amount"], line["line"], str(line["line"]), {**dimensions, **about})
        )
    entries += postings.tax_entries(books, unpacked(credit["taxes"]), 1, len(lines) + 1, dimensions)
    postings.write(books, header, entries)
