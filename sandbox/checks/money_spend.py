"""Identities of spending: what is owed to employees and suppliers, the tax on it, and what of it was billed on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable

from sandbox.checks.books import Books
from sandbox.checks.case import Case
from sandbox.checks.derived import issued
from sandbox.checks.derived_spend import billed_expenses
from sandbox.checks.expected_books import Outlay
from sandbox.checks.identity import Difference, side_by_side
from sandbox.checks.ledger import to_minor
from sandbox.core.observe import Row

_APPROVED = "2"


def payables_are_what_is_owed(books: Books) -> Iterable[Difference]:
    """I04: 2020 is the approved expenses of employees, by the PSA with the tax on their receipts and by deeds; 2000 is
    the approved bills of suppliers, by the ERP's documents and by deeds. Nothing of either is paid so far."""
    case, accounts, ledger = books.case, books.case.interface.accounts, books.ledger
    currencies = {entity.code: entity.currency for entity in case.plan.firm.entities}
    employees = _negated(ledger.by(lambda line: (line.entity,), accounts.employee_payable))
    name = f"ledger {accounts.employee_payable}"
    yield from side_by_side(employees, _claims(case, currencies), currencies, name, "approved expenses of the PSA")
    due = _owed(books, lambda outlay: outlay.person is not None)
    yield from side_by_side(employees, due, currencies, name, "approved expenses by deeds")
    suppliers = _negated(ledger.by(lambda line: (line.entity,), accounts.payables))
    bills: dict[tuple[str, ...], int] = {}
    for row in case.rows("erp.vendorBill").values():
        if row["approvalStatus"] == _APPROVED:
            _add(bills, _entity(case, row), to_minor(case, row["total"], case.currency_of(row)))
    name = f"ledger {accounts.payables}"
    yield from side_by_side(suppliers, bills, currencies, name, "approved bills")
    due = _owed(books, lambda outlay: outlay.person is None)
    yield from side_by_side(suppliers, due, currencies, name, "approved bills by deeds")
    numbers = Counter((row["entity"], row["tranId"]) for row in case.rows("erp.vendorBill").values())
    twice = tuple(f"{number} of {case.ref('erp.vendor', vendor)}" for (vendor, number), n in numbers.items() if n > 1)
    if numbers:
        yield Difference("suppliers' numbers", len(twice), 0, "numbers", "there more than once", "none", twice[:8])
    yield from _input_tax_is_on_receipts(books)


def _input_tax_is_on_receipts(books: Books) -> Iterable[Difference]:
    """J05 to J07 and J43: input tax of an entity and month is the tax on its approved receipts and bills and what it
    owes for services from abroad, which stands on 2310 as well."""
    case, accounts = books.case, books.case.interface.accounts
    currencies = {entity.code: entity.currency for entity in case.plan.firm.entities}
    tax: dict[tuple[str, ...], int] = {}
    reverse: dict[tuple[str, ...], int] = {}
    for outlay in _posted(books):
        at = (case.terms[outlay.engagement].entity, str(outlay.period))
        tax[at] = tax.get(at, 0) + outlay.tax + outlay.reverse_charge
        reverse[at] = reverse.get(at, 0) + outlay.reverse_charge
    there = {at: amount for at, amount in _by_month(books, accounts.input_tax).items() if amount}
    yield from side_by_side(there, tax, currencies, f"ledger {accounts.input_tax}", "tax on receipts by deeds")
    owed = {at: -amount for at, amount in _by_month(books, accounts.reverse_charge).items()}
    yield from side_by_side(owed, reverse, currencies, f"ledger {accounts.reverse_charge}", "reverse charge by deeds")


def spent_is_billed_on(books: Books) -> Iterable[Difference]:
    """J19, as part of I11: what was spent for the client stands on one invoice at cost, and is revenue of its own
    (4040) once it is billed: by engagement, PSA, ERP and deeds agree, and no more of it is revenue than was billed."""
    case = books.case
    there: dict[tuple[str, ...], int] = {}
    for (engagement, _), month in books.actual.items():
        _add(there, engagement, month.expense_billed)
    shown: dict[tuple[str, ...], int] = {}
    for expense, _, _ in billed_expenses(case, issued(case)):
        engagement = case.ref("psa.workspace", expense["workspace_id"]) or "?"
        _add(shown, engagement, to_minor(case, expense["amount"], expense["currency"]))
    due: dict[tuple[str, ...], int] = {}
    for outlay in books.expected.outlays.values():
        if outlay.billed is not None:
            _add(due, outlay.engagement, outlay.net)
    yield from side_by_side(_nonzero(there), shown, books.currency, "ERP invoices", "issued pre-bills")
    yield from side_by_side(_nonzero(there), due, books.currency, "ERP invoices", "billed on by deeds")
    account = case.interface.posting[case.interface.expenses.posting].revenue_account
    earned: dict[tuple[str, ...], int] = {}
    for line in books.ledger.lines:
        if line.account == account and line.engagement is not None:
            _add(earned, line.engagement, -line.amount)
    for at, amount in sorted(earned.items()):
        above = max(amount - there.get(at, 0), 0)
        yield Difference(" ".join(at), above, 0, books.currency[at[0]], f"revenue in {account} above it", "nothing")


# -- sums --------------------------------------------------------------------------------------------------------------


def _claims(case: Case, currencies: dict[str, str]) -> dict[tuple[str, ...], int]:
    """Approved expenses of employees by their project's entity, with the tax in their notes."""
    found: dict[tuple[str, ...], int] = {}
    rule = case.interface.expenses.input_tax
    for row in case.rows("psa.expense").values():
        terms = case.terms.get(case.ref("psa.workspace", row["workspace_id"]) or "")
        if terms is None or not (row["approved"] and row["reimbursable"]) or f"expense:{row['id']}" in case.letters:
            continue
        currency = currencies[terms.entity]
        _add(found, terms.entity, to_minor(case, row["amount"], currency) + _noted(row[rule.column], rule.prefix))
    return found


def _noted(notes: str | None, prefix: str) -> int:
    """Minor units of the amount behind a prefix: an amount as people write it, point and decimals."""
    digits = (notes or "").rpartition(prefix)[2] if prefix in (notes or "") else ""
    return int(digits.replace(".", "") or 0)


def _owed(books: Books, fits: Callable[[Outlay], bool]) -> dict[tuple[str, ...], int]:
    found: dict[tuple[str, ...], int] = {}
    for outlay in _posted(books):
        if fits(outlay):
            _add(found, books.case.terms[outlay.engagement].entity, outlay.net + outlay.tax)
    return found


def _posted(books: Books) -> Iterable[Outlay]:
    return (outlay for outlay in books.expected.outlays.values() if outlay.approved_us is not None)


def _by_month(books: Books, account: str) -> dict[tuple[str, ...], int]:
    found: dict[tuple[str, ...], int] = {}
    for line in books.ledger.lines:
        if line.account == account:
            at = (line.entity, line.period)
            found[at] = found.get(at, 0) + line.amount
    return found


def _entity(case: Case, row: Row) -> str:
    return case.ref("erp.subsidiary", row["subsidiary"]) or "?"


def _negated(found: dict[object, int]) -> dict[tuple[str, ...], int]:
    return {(str(entity[0]),): -amount for entity, amount in found.items() if isinstance(entity, tuple)}


def _nonzero(found: dict[tuple[str, ...], int]) -> dict[tuple[str, ...], int]:
    return {at: amount for at, amount in found.items() if amount}


def _add(found: dict[tuple[str, ...], int], name: str, amount: int) -> None:
    found[name,] = found.get((name,), 0) + amount
