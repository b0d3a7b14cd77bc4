"""The lines of expense reports and vendor bills: net and recoverable tax, a project or none, to be billed or not."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from mocks.erp import errors, postings
from mocks.erp.accounts import account_of
from mocks.erp.books import AMOUNT_MAX, Books, shown, within
from mocks.erp.incoming import Incoming, Line
from mocks.erp.jobs import closed_reason
from sandbox.core.observe import Row

# Sides of the lines, and where they go.
PAYABLES, EMPLOYEE_PAYABLE, INPUT_TAX, REVERSE_CHARGE = "2000", "2020", "1150", "2310"
SUBCONTRACTORS, PROJECT_EXPENSE, OWN_EXPENSE = "5010", "5020", "6400"

_STORED = (
    *("expensedate", "category", "account", "amount", "tax1Amt", "customer", "isBillable", "memo"),
    *("custcol_contract_line", "custcol_source_id"),
)


def payable_lines(books: Books, subsidiary: str, given: Iterable[Line]) -> list[Row]:
    """The lines of a subsidiary's document, numbered from 1.

    Raises ErpRefusal for one without an amount, or of a project that takes no expenses or none of that subsidiary.
    """
    lines = [_checked(books, subsidiary, line, f"expense.items[{index}]") for index, line in enumerate(given)]
    if not lines:
        raise errors.user_error("You must enter at least one line item for this transaction.", "expense")
    net, tax = sum(line["amount"] for line in lines), sum(line["tax1Amt"] for line in lines)
    if not 0 < net + tax <= AMOUNT_MAX:
        reason = "It is too large." if net + tax > 0 else "The total must be positive."
        raise errors.invalid_value(shown(net + tax), "amount", "expense", reason)
    return [{**line, "line": number} for number, line in enumerate(lines, start=1)]


def totals(lines: Iterable[Row]) -> Row:
    """Net, recoverable tax and their sum."""
    lines = list(lines)
    net, tax = sum(line["amount"] for line in lines), sum(line["tax1Amt"] for line in lines)
    return {"amount": net, "taxTotal": tax, "total": net + tax}


def meant(books: Books, document_id: str, incoming: Incoming) -> list[Line]:
    """The lines as a change means them: as given when replaced, else keyed lines changed and others added."""
    given = incoming.sublists["expense"]
    if "expense" in incoming.replaced:
        return given
    keyed: dict[int, Line] = {line["line"]: dict(line) for line in stored_payable_lines(books, document_id)}
    added: list[Line] = []
    for line in given:
        number = line.get("line")
        if number in keyed:
            keyed[number] |= line
        else:
            added.append(line)
    return [*keyed.values(), *added]


def same_payable(lines: Iterable[Row]) -> list[list[Any]]:
    """What makes two sets of lines the same document."""
    return [[line[name] for name in _STORED] for line in lines]


def stored_payable_lines(books: Books, document_id: str) -> list[Row]:
    """The lines of a document in order."""
    return books.store.find("expenseLine", {"document": document_id}, order='"line"')


def write_payable_lines(books: Books, document_id: str, lines: Iterable[Row]) -> None:
    """Store the lines of a document instead of those it has."""
    clear_payable_lines(books, document_id)
    for line in lines:
        values = {"document": document_id, "line": line["line"], **{name: line[name] for name in _STORED}}
        books.insert("expenseLine", values, label=f"{document_id} {line['custcol_source_id'] or line['line']}")


def clear_payable_lines(books: Books, document_id: str) -> None:
    """Remove the lines of a document."""
    for line in stored_payable_lines(books, document_id):
        books.delete("expenseLine", line["id"])


def line_entries(books: Books, lines: Iterable[Row], shared: Row) -> Iterable[postings.Entry]:
    """Debits of the lines: cost, then recoverable tax, each under the line's number (taxes after all costs)."""
    lines = list(lines)
    for line in lines:
        account = line["account"] or account_of(books, PROJECT_EXPENSE if line["isBillable"] else OWN_EXPENSE)
        about = _dimensions(books, line, shared)
        yield postings.Entry(account, line["amount"], line["line"], f"cost {line['line']}", about)
    for number, line in enumerate(lines, start=len(lines) + 1):
        if line["tax1Amt"]:
            about = _dimensions(books, line, shared)
            yield postings.Entry(
                account_of(books, INPUT_TAX), line["tax1Amt"], number, f"input tax {line['line']}", about
            )


def _dimensions(books: Books, line: Row, shared: Row) -> dict[str, Any]:
    job = books.known("job", line["customer"]) if line["customer"] else None
    return {
        **shared,
        "customer": None if job is None else job["parent"],
        "job": line["customer"],
        "contractLine": line["custcol_contract_line"],
        "serviceDate": line["expensedate"],
        "sourceLine": line["custcol_source_id"] or str(line["line"]),
        "memo": line["memo"],
    }


def _checked(books: Books, subsidiary: str, line: Line, path: str) -> Row:
    amount, tax = line.get("amount"), line.get("tax1Amt") or 0
    if amount is None:
        raise errors.missing(["Amount"])
    currency = books.known("subsidiary", subsidiary)["currency"]
    places = books.places(currency)
    for name, value in (("amount", amount), ("tax1Amt", tax)):
        if not within(value, places):
            raise errors.invalid_value(shown(value), name, f"{path}.{name}", f"The currency has {places} decimals.")
    if amount == 0 or amount * tax < 0:
        name = "tax1Amt" if amount else "amount"
        raise errors.invalid_value(shown(line.get(name) or 0), name, f"{path}.{name}")
    if line.get("currency") not in (None, currency):
        # Foreign receipts are not built: refused, never booked at a rate of 1.
        raise errors.invalid_value(line["currency"], "currency", f"{path}.currency", "It is not the document's.")
    billable = int(line.get("isBillable") or 0)
    job = books.known("job", line["customer"]) if line.get("customer") else None
    if job is None and billable:
        raise errors.invalid_value("", "customer", path, "A billable expense needs a project.")
    reason = "" if job is None else _project_reason(books, job)
    if job is not None and reason:
        raise errors.invalid_value(job["id"], "customer", path, reason)
    if job is not None and not books.may_charge(subsidiary, job["subsidiary"]):
        raise errors.wrong_combination(f"{path}.customer", job["id"], subsidiary)
    return {**{name: line.get(name) for name in _STORED}, "tax1Amt": tax, "isBillable": billable}


def _project_reason(books: Books, job: Row) -> str:
    if not job["allowExpenses"]:
        return "The project does not allow expenses."
    return closed_reason(job)
