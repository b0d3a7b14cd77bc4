"""Identities of billing and cash: what was billed is invoiced, invoices add up, receipts are applied."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from sandbox.checks.books import Books
from sandbox.checks.case import Case
from sandbox.checks.derived import issued
from sandbox.checks.expected_books.rates import tax_due, tax_rate
from sandbox.checks.identity import Difference, side_by_side
from sandbox.checks.ledger import to_minor
from sandbox.checks.money_spend import spent_is_billed_on


def billed_is_invoiced(books: Books) -> Iterable[Difference]:
    """I11: issued pre-bills by contract line are ERP invoice nets by contract line, and what deeds demand."""
    case = books.case
    invoiced: dict[tuple[str, ...], int] = {}
    invoices = case.rows("erp.invoice")
    for row in case.rows("erp.invoiceLine").values():
        engagement = case.ref("erp.job", invoices[row["invoice"]]["job"])
        if engagement in books.currency:
            key = (str(engagement), row["custcol_contract_line"] or "?")
            amount = to_minor(case, row["amount"], books.currency[str(engagement)])
            invoiced[key] = invoiced.get(key, 0) + amount
    billed: dict[tuple[str, ...], int] = dict(_billed_by_line(case).items())
    yield from side_by_side(invoiced, billed, books.currency, "ERP invoices", "issued pre-bills")
    due: dict[tuple[str, ...], int] = {}
    for invoice in books.expected.invoices.values():
        if invoice.issued:
            key = (invoice.engagement, invoice.line or case.terms[invoice.engagement].line)
            due[key] = due.get(key, 0) + invoice.net
    yield from side_by_side(invoiced, due, books.currency, "ERP invoices", "billing due by deeds")
    yield from spent_is_billed_on(books)


def _billed_by_line(case: Case) -> dict[tuple[str, str], int]:
    """Net of issued pre-bills by engagement and contract line: milestones and fixed amounts on theirs, the rest on the
    work."""
    on_invoice: dict[str, list[tuple[str, int]]] = {}
    for milestone_id, row in case.rows("psa.billing_milestone").items():
        if row["invoice_id"]:
            line = case.ref("psa.billing_milestone", milestone_id) or "?"
            on_invoice.setdefault(row["invoice_id"], []).append((line, row["amount"]))
    for row in case.rows("psa.fixed_fee_item").values():
        task = case.ref("psa.story", row["story_id"]) if row["story_id"] else None
        if task is not None:
            on_invoice.setdefault(row["invoice_id"], []).append((task, row["amount"]))
    billed: dict[tuple[str, str], int] = {}
    for invoice_id, row in issued(case).items():
        engagement = case.ref("psa.workspace", row["workspace_id"])
        if engagement not in case.terms:
            continue
        named = on_invoice.get(invoice_id, [])
        rest = row["subtotal"] - sum(amount for _, amount in named)
        for line, amount in (*named, (case.terms[str(engagement)].line, rest)):
            if amount:
                key = (str(engagement), line)
                billed[key] = billed.get(key, 0) + to_minor(case, amount, row["currency"])
    return billed


def invoices_add_up(books: Books) -> Iterable[Difference]:
    """I12: lines add to net, net plus tax is the total, tax is the rule's, and the PSA's copy is the same."""
    case = books.case
    lines: dict[str, int] = {}
    for row in case.rows("erp.invoiceLine").values():
        lines[row["invoice"]] = lines.get(row["invoice"], 0) + row["amount"]
    copies = case.rows("psa.invoice")
    clients = {client.code: client for client in case.plan.clients}
    for invoice_id, row in sorted(case.rows("erp.invoice").items(), key=lambda item: item[1]["tranId"]):
        engagement = case.ref("erp.job", row["job"])
        if engagement not in books.currency:
            continue
        currency = books.currency[str(engagement)]
        entity = case.plan.entity(case.terms[str(engagement)].entity)
        net, tax, total, of_lines = (
            to_minor(case, value, currency)
            for value in (row["subtotal"], row["taxTotal"], row["total"], lines.get(invoice_id, 0))
        )
        name = row["tranId"]
        yield Difference(f"{name} lines", of_lines, net, currency, "sum of lines", "net")
        yield Difference(f"{name} total", total, net + tax, currency, "total", "net plus tax")
        client = clients[case.terms[str(engagement)].client]
        rate = tax_rate(case.plan, entity, client, date.fromisoformat(row["tranDate"]))
        due = tax_due(case.plan, entity, client, date.fromisoformat(row["tranDate"]), of_lines)
        yield Difference(f"{name} tax", tax, due, currency, "tax", f"{rate:.0%} of the lines")
        copy = copies.get(case.ref("erp.invoice", invoice_id) or "")
        if copy is not None:
            yield Difference(
                f"{name} copy",
                to_minor(case, copy["total"], currency),
                total,
                currency,
                "total in the PSA",
                "in the ERP",
            )


def cash_is_bank_lines(books: Books) -> Iterable[Difference]:
    """I24: the bank account is the sum of bank lines, by entity and currency; receipts are applied or held as
    unapplied; and every invoice is paid what deeds paid."""
    case, accounts = books.case, books.case.interface.accounts
    currencies = {entity.code: entity.currency for entity in case.plan.firm.entities}
    ledger = _in_the_bank(books)
    bank: dict[tuple[str, ...], int] = {}
    for row in case.rows("erp.bankStatementLine").values():
        entity, currency = case.ref("erp.subsidiary", row["subsidiary"]) or "?", case.currency_of(row)
        key = _account(entity, currency, currencies)
        bank[key] = bank.get(key, 0) + to_minor(case, row["amount"], currency)
    units = {name: currencies.get(name, name[-3:]) for (name,) in (*ledger, *bank)}
    yield from side_by_side(ledger, bank, units, f"ledger {accounts.bank}", "bank lines")
    if case.plan.firm.bank == "file":
        own: dict[tuple[str, ...], int] = {}
        for row in case.rows("files.bank_line").values():
            entity = row["account"].removeprefix("BANK-")
            own[entity,] = own.get((entity,), 0) + to_minor(case, row["amount"], currencies[entity])
        yield from side_by_side(ledger, own, currencies, f"ledger {accounts.bank}", "lines at the bank")
    unapplied = books.ledger.by(lambda line: line.entity, accounts.unapplied)
    for entity, currency in currencies.items():
        payments = [
            row
            for row in case.rows("erp.customerPayment").values()
            if case.ref("erp.subsidiary", row["subsidiary"]) == entity
        ]
        received = sum(
            to_minor(case, row["payment"] + (row["custbody_withholding"] or 0), currency) for row in payments
        )
        used = sum(to_minor(case, row["applied"], currency) for row in payments) - unapplied.get(entity, 0)
        yield Difference(
            f"{entity} receipts", received, used, currency, "receipts and tax kept back", "applied and unapplied"
        )
    yield from _tax_kept_back(books, currencies)
    yield from _held_for_clients(books, currencies)
    paid: dict[tuple[str, ...], int] = {}
    for (engagement, _), month in books.actual.items():
        paid[engagement,] = paid.get((engagement,), 0) + month.cash
    due: dict[tuple[str, ...], int] = {}
    for invoice in books.expected.invoices.values():
        due[invoice.engagement,] = due.get((invoice.engagement,), 0) + invoice.paid
    yield from side_by_side(paid, due, books.currency, "cash applied", "cash by deeds")


def _in_the_bank(books: Books) -> dict[tuple[str, ...], int]:
    """What the ledger has in the bank, in the currency it came in."""
    currencies = {entity.code: entity.currency for entity in books.case.plan.firm.entities}
    found: dict[tuple[str, ...], int] = {}
    for line in books.ledger.lines:
        # Remeasured, money in another currency is worth more or less, and as much of it is there.
        if line.account == books.case.interface.accounts.bank:
            key = _account(line.entity, line.document_currency or line.currency, currencies)
            found[key] = found.get(key, 0) + line.own
    return found


def _account(entity: str, currency: str, currencies: Mapping[str, str]) -> tuple[str, ...]:
    return (entity,) if currency == currencies.get(entity) else (f"{entity} {currency}",)


def _tax_kept_back(books: Books, currencies: Mapping[str, str]) -> Iterable[Difference]:
    """What the tax authority owes of an entity in the ledger is what its clients kept back by deeds (J22)."""
    plan, account = books.case.plan, books.case.interface.accounts.withheld
    held = books.ledger.by(lambda line: line.entity, account)
    ledger: dict[tuple[str, ...], int] = {(str(entity),): amount for entity, amount in held.items()}
    due: dict[tuple[str, ...], int] = {}
    for invoice in books.expected.invoices.values():
        entity = books.case.terms[invoice.engagement].entity
        if invoice.withheld and books.currency[invoice.engagement] == plan.entity(entity).currency:
            due[entity,] = due.get((entity,), 0) + invoice.withheld
    yield from side_by_side(ledger, due, currencies, f"ledger {account}", "tax kept back by deeds")


def _held_for_clients(books: Books, currencies: Mapping[str, str]) -> Iterable[Difference]:
    """Unapplied cash of an entity in the ledger is what clients paid that is on no invoice, by deeds (J23)."""
    account, expected = books.case.interface.accounts.unapplied, books.expected
    held = books.ledger.by(lambda line: line.entity, account)
    ledger: dict[tuple[str, ...], int] = {(str(entity),): -amount for entity, amount in held.items()}
    due: dict[tuple[str, ...], int] = {}
    for bill, amount in expected.held.items():
        terms = books.case.terms[expected.invoices[bill].engagement]
        if books.currency[terms.code] == currencies[terms.entity]:
            due[terms.entity,] = due.get((terms.entity,), 0) + amount
    yield from side_by_side(ledger, due, currencies, f"ledger {account}", "paid by clients and on no invoice")
