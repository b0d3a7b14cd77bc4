"""Money received: applied to open invoices, the rest kept as unapplied cash (J20, J23 of accounting.md)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from mocks.erp import errors, postings, rules
from mocks.erp.books import Books, differing, require, shown, within
from mocks.erp.incoming import Incoming, Line
from mocks.erp.records_documents import INVOICE_APPROVED, MATCHED, PAYMENT, UNMATCHED
from mocks.erp.rules_invoices import paid
from sandbox.core.observe import Row

_SOFT = ("memo", "checkNum")
Application = tuple[Row, int]


def create_payment(books: Books, incoming: Incoming) -> Row:
    """A payment, posted at once. Raises ErpRefusal when more is applied than is open or was paid."""
    values = {**rules.defaults(books, "customerPayment"), **incoming.values}
    require(books.store, "customerPayment", values)
    whole = _head(books, values)
    applications = _applications(whole, incoming.sublists.get("apply", []), whole["payment"], {})
    applied = sum(amount for _, amount in applications)
    label = None if whole["externalId"] else rules.label_of({**incoming.values, "apply": _pairs(applications)})
    whole |= {
        "applied": applied,
        "unapplied": whole["payment"] - applied,
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
    postings.write(books, header, entries)
    _match(books, payment)
    return payment


def update_payment(books: Books, row: Row, incoming: Incoming) -> Row:
    """A change. Unapplied cash may be applied to more invoices in the payment's own period; all else is final."""
    changes = differing(row, incoming.values)
    hard = [name for name in changes if name not in _SOFT]
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
    if currency != customer["currency"] or currency != subsidiary["currency"]:
        # Foreign currency is not built yet: refused, never booked at a rate of 1.
        raise errors.wrong_combination("currency", currency, subsidiary["id"])
    amount = whole["payment"]
    if amount <= 0 or not within(amount, books.places(currency)):
        raise errors.invalid_value(shown(amount), "payment", "payment")
    day = whole["tranDate"] or books.today().isoformat()
    return {
        **whole,
        "currency": currency,
        "subsidiary": subsidiary["id"],
        "tranDate": day,
        "account": whole["account"] or books.account(postings.BANK),
        "postingPeriod": postings.posting_period(books, day, whole["postingPeriod"], receivables=True)["id"],
    }


def _applications(whole: Row, lines: Iterable[Line], available: int, already: Mapping[str, int]) -> list[Application]:
    """What is applied beyond ``already``, as (invoice, amount); a line without an amount takes what it can."""
    found: list[Application] = []
    seen: list[str] = []
    for index, line in enumerate(lines):
        if line.get("apply") == 0:
            continue
        path = f"apply.items[{index}]"
        invoice = _open_invoice(whole, line, path, seen)
        seen.append(invoice["id"])
        before = already.get(invoice["id"], 0)
        amount = _amount(line, path, min(invoice["amountRemaining"], available) + before)
        if amount == before:
            continue
        if not before < amount <= before + invoice["amountRemaining"]:
            reason = f"{shown(invoice['amountRemaining'])} of the invoice is open."
            raise errors.invalid_value(shown(amount), "amount", f"{path}.amount", reason)
        available -= amount - before
        if available < 0:
            raise errors.invalid_value(shown(amount), "amount", f"{path}.amount", "More is applied than was paid.")
        found.append((invoice, amount - before))
    return found


def _open_invoice(whole: Row, line: Line, path: str, seen: list[str]) -> Row:
    invoice: Row | None = line.get("doc")
    if invoice is None:
        raise errors.invalid_value("", "doc", f"{path}.doc")
    reason = ""
    if invoice["entity"] != whole["customer"]:
        reason = "It is an invoice of another customer."
    elif invoice["approvalStatus"] != INVOICE_APPROVED:
        reason = "The invoice is not approved."
    elif invoice["id"] in seen:
        reason = "It is named twice."
    if reason:
        raise errors.invalid_value(invoice["externalId"] or invoice["id"], "doc", f"{path}.doc", reason)
    return invoice


def _amount(line: Line, path: str, otherwise: int) -> int:
    amount = line.get("amount")
    if amount is None:
        return otherwise
    if amount <= 0:
        raise errors.invalid_value(shown(amount), "amount", f"{path}.amount")
    return int(amount)


def _apply_more(books: Books, row: Row, incoming: Incoming) -> Row:
    stored = applications_of(books, row["id"])
    already: dict[str, int] = {}
    for each in stored:
        already[each["invoice"]] = already.get(each["invoice"], 0) + each["amount"]
    lines = incoming.sublists["apply"]
    named = {line["doc"]["id"] for line in lines if line.get("doc") and line.get("apply") != 0}
    if "apply" in incoming.replaced and not named.issuperset(already):
        raise errors.locked("apply", "posted")
    applications = _applications(row, lines, row["unapplied"], already)
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
