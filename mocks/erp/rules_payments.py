"""Money received: applied to open invoices, the rest kept as unapplied cash (J20, J22, J23 of accounting.md)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from mocks.erp import errors, postings, rules
from mocks.erp.accounts import account_of
from mocks.erp.applications import Application, chosen, summed
from mocks.erp.books import Books, differing, require, shown, within
from mocks.erp.incoming import Incoming
from mocks.erp.realised import at_receipt
from mocks.erp.records_documents import MATCHED, PAYMENT, UNMATCHED
from mocks.erp.rules_invoices import paid
from mocks.erp.rules_rates import exchange_rate
from sandbox.core.observe import Row

_SOFT = ("memo", "checkNum")


def create_payment(books: Books, incoming: Incoming) -> Row:
    """A payment, posted at once. Raises ErpRefusal when more is applied than is open or was paid."""
    values = {**rules.defaults(books, "customerPayment"), **incoming.values}
    require(books.store, "customerPayment", values)
    whole = _head(books, values)
    applications = chosen(whole["customer"], incoming.sublists.get("apply", []), whole["total"], {})
    applied = sum(amount for _, amount in applications)
    if (whole["custbody_withholding"] or 0) > applied:
        withheld, path = shown(whole["custbody_withholding"]), "custbody_withholding"
        raise errors.invalid_value(withheld, path, path, f"More is withheld than is applied: {shown(applied)}.")
    label = None if whole["externalId"] else rules.label_of({**incoming.values, "apply": _pairs(applications)})
    whole |= {
        "applied": applied,
        "unapplied": whole["total"] - applied,
        "tranId": books.document_number("PYMT", label or rules.label_of(whole)),
    }
    payment = books.insert("customerPayment", whole, label)
    header = postings.header(
        books, PAYMENT, payment, posting=1, entity=payment["customer"], status="C", foreignTotal=payment["payment"]
    )
    _apply(books, payment, applications)
    entries = [
        postings.Entry(payment["account"], payment["payment"], 0, "bank", _dimensions(payment)),
        *_receivable_entries(books, payment, applications, 1),
        postings.Entry(
            books.account(postings.UNAPPLIED_CASH),
            -payment["unapplied"],
            len(applications) + 1,
            "unapplied",
            _dimensions(payment),
        ),
    ]
    if payment["custbody_withholding"]:
        # Tax the client keeps back for the authority (J22): a receivable until its certificate is used.
        withheld = account_of(books, postings.WITHHELD)
        amount, line = payment["custbody_withholding"], len(applications) + 2
        entries.append(postings.Entry(withheld, amount, line, "withheld", _dimensions(payment)))
    postings.write(books, header, at_receipt(books, payment, entries, applications))
    _match(books, payment)
    return payment


def of_invoice(books: Books, invoice: Row, incoming: Incoming) -> Row:
    """The transform of an invoice: a payment of what is open, or of as much as the body says. Raises ErpRefusal."""
    incoming.values.setdefault("customer", invoice["entity"])
    incoming.values.setdefault("payment", invoice["amountRemaining"])
    incoming.sublists.setdefault("apply", [{"doc": invoice, "apply": 1}])
    return create_payment(books, incoming)


def update_payment(books: Books, row: Row, incoming: Incoming) -> Row:
    """A change. Unapplied cash may be applied to more invoices in the payment's own period; all else is final."""
    changes = differing(row, incoming.values)
    hard = rules.hard(books, "customerPayment", changes, _SOFT)
    if hard:
        raise errors.locked(hard[0], "posted")
    if changes:
        row = books.update("customerPayment", row["id"], changes)
        books.update("transaction", row["id"], {"memo": row["memo"]})
        _match(books, row)
    if "apply" in incoming.sublists:
        row = _apply_more(books, row, incoming)
    return row


def delete_payment(books: Books, row: Row) -> None:
    """Never: a payment is posted when it is made. Raises ErpRefusal."""
    raise errors.dependent_records("it is posted")


def applications_of(books: Books, payment_id: str) -> list[Row]:
    """What a payment is applied to, in order."""
    return books.store.find("paymentApplication", {"payment": payment_id}, order='"line"')


def _head(books: Books, whole: Mapping[str, Any]) -> Row:
    customer = books.known("customer", whole["customer"])
    subsidiary = books.known("subsidiary", customer["subsidiary"])
    currency = whole["currency"] or customer["currency"]
    if currency != customer["currency"]:
        raise errors.wrong_combination("currency", currency, subsidiary["id"])
    amount = whole["payment"]
    if amount <= 0 or not within(amount, books.places(currency)):
        raise errors.invalid_value(shown(amount), "payment", "payment")
    withheld = whole["custbody_withholding"] or 0
    if withheld < 0 or not within(withheld, books.places(currency)):
        raise errors.invalid_value(shown(withheld), "custbody_withholding", "custbody_withholding")
    day = whole["tranDate"] or books.today().isoformat()
    return {
        **whole,
        "currency": currency,
        "total": amount + withheld,
        "exchangeRate": exchange_rate(books, subsidiary, currency, day, whole["exchangeRate"]),
        "subsidiary": subsidiary["id"],
        "tranDate": day,
        "account": whole["account"] or books.account(postings.BANK),
        "postingPeriod": postings.posting_period(books, day, whole["postingPeriod"], receivables=True)["id"],
    }


def _apply_more(books: Books, row: Row, incoming: Incoming) -> Row:
    stored = applications_of(books, row["id"])
    already = summed(stored)
    lines = incoming.sublists["apply"]
    named = {line["doc"]["id"] for line in lines if line.get("doc") and line.get("apply") != 0}
    if "apply" in incoming.replaced and not named.issuperset(already):
        raise errors.locked("apply", "posted")
    applications = chosen(row["customer"], lines, row["unapplied"], already)
    if not applications:
        return row
    postings.must_be_open(books, row["postingPeriod"], receivables=True)
    amount = sum(each for _, each in applications)
    values = {"applied": row["applied"] + amount, "unapplied": row["unapplied"] - amount}
    after = books.update("customerPayment", row["id"], values)
    _apply(books, after, applications, len(stored))
    ((last,),) = books.store.read('SELECT max("line") FROM "transactionLine" WHERE "transaction" = ?', (row["id"],))
    unapplied = books.account(postings.UNAPPLIED_CASH)
    entries = [
        postings.Entry(unapplied, amount, last + 1, f"applied {last + 1}", _dimensions(after)),
        *_receivable_entries(books, after, applications, last + 2),
    ]
    entries = at_receipt(books, after, entries, applications, row["applied"])
    postings.write(books, books.known("transaction", row["id"]), entries)
    return after


def _apply(books: Books, payment: Row, applications: Iterable[Application], after_line: int = 0) -> None:
    for number, (invoice, amount) in enumerate(applications, start=after_line + 1):
        values = {"payment": payment["id"], "invoice": invoice["id"], "amount": amount, "line": number}
        books.insert("paymentApplication", values, label=f"{payment['id']} {invoice['id']} {number}")
        paid(books, invoice, amount)


def _receivable_entries(
    books: Books, payment: Row, applications: Iterable[Application], first_line: int
) -> Iterable[postings.Entry]:
    account = books.account(postings.RECEIVABLES)
    for number, (invoice, amount) in enumerate(applications, start=first_line):
        dimensions = {**_dimensions(payment), "job": invoice["job"], "sourceLine": invoice["tranId"]}
        dimensions["openItem"] = invoice["id"]
        yield postings.Entry(account, -amount, number, f"{invoice['id']} {number}", dimensions)


def _dimensions(payment: Row) -> dict[str, Any]:
    return {
        "entity": payment["customer"],
        "customer": payment["customer"],
        "sourceSystem": "erp",
        "sourceId": payment["externalId"] or payment["id"],
        "memo": payment["memo"],
    }


def _match(books: Books, payment: Row) -> None:
    """The bank line whose id the payment carries (as external id or check number) is accounted for."""
    for line_id in dict.fromkeys((payment["externalId"], payment["checkNum"])):
        line = books.store.one("bankStatementLine", {"lineId": line_id}) if line_id else None
        if line is not None and line["status"] == UNMATCHED:
            books.update("bankStatementLine", line["id"], {"status": MATCHED, "payment": payment["id"]})


def _pairs(applications: Iterable[Application]) -> list[list[Any]]:
    return [[invoice["id"], amount] for invoice, amount in applications]
