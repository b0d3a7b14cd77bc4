"""The part of I08 that is about payroll: salaries in the ledger are those of the provider, and of deeds, once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from sandbox.checks.books import Books
from sandbox.checks.identity import Difference, side_by_side
from sandbox.checks.ledger import to_minor


def payroll_is_posted(books: Books) -> Iterable[Difference]:
    """6000 of an entity is the debits of the provider's journals, every line once, and 2200 their credits; by month it
    is what salaries and working days come to, and 6000 less 6090 the bench and absorption variance of deeds (I08)."""
    case, accounts = books.case, books.case.interface.accounts
    if not case.plan.firm.payroll:
        return
    currencies = {entity.code: entity.currency for entity in case.plan.firm.entities}
    runs = case.rows("files.payroll_run")
    provider: dict[str, dict[tuple[str, ...], int]] = {accounts.salaries: {}, accounts.payroll_payable: {}}
    for line in case.rows("files.payroll_journal_line").values():
        entity = runs[line["run"]]["entity"]
        sums = provider.setdefault(line["account"], {})
        amount = to_minor(case, (line["debit"] or 0) - (line["credit"] or 0), currencies[entity])
        sums[entity,] = sums.get((entity,), 0) + amount
    for account, sums in provider.items():
        ledger: dict[tuple[str, ...], int] = {}
        for posted in books.ledger.lines:
            if posted.account == account:
                ledger[posted.entity,] = ledger.get((posted.entity,), 0) + posted.amount
        yield from side_by_side(ledger, sums, currencies, f"ledger {account}", "journals of the payroll provider")
    numbers = {row["id"] for row in case.rows("erp.account").values() if row["acctNumber"] in provider}
    there = Counter(
        row["sourceLine"]
        for row in case.rows("erp.transactionLine").values()
        if row["account"] in numbers and row["sourceSystem"] == "payroll"
    )
    for line_id in sorted(there.keys() | case.rows("files.payroll_journal_line").keys()):
        due = int(line_id in case.rows("files.payroll_journal_line"))
        yield Difference(f"payroll {line_id}", there[line_id], due, "postings", "postings in the ledger", "said once")
    paid = {payroll.entity for payroll in case.plan.firm.payroll}
    for at in sorted(books.entities.keys() | books.expected.entities.keys()):
        entity, period = at
        if entity not in paid:
            continue
        actual, expected = books.entities.get(at), books.expected.entities.get(at)
        for name in ("payroll", "variance"):
            left, right = getattr(actual, name, 0), getattr(expected, name, 0)
            yield Difference(f"{entity} {period} {name}", left, right, currencies[entity], f"{name} in the ledger",
                             f"{name} by deeds")  # fmt: skip
