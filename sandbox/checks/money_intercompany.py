"""Identities of intercompany: both sides of every document agree, and it charges what deeds and terms demand."""

from __future__ import annotations

from collections.abc import Iterable

from sandbox.checks.books import Books
from sandbox.checks.case import Case
from sandbox.checks.identity import Difference, side_by_side
from sandbox.checks.ledger import period_names, to_minor
from sandbox.core.observe import Row

Sums = dict[tuple[str, ...], int]


def both_sides_agree(books: Books) -> Iterable[Difference]:
    """I27: for each pair and document, receivable and payable, and revenue and cost, are the same in the currency of
    the document; and what a provider charges is cost x (1 + mark-up) of its people by deeds, by engagement and month.
    """
    case = books.case
    accounts = case.interface.accounts
    ours, theirs = _sides(case, accounts.intercompany_receivable), _sides(case, accounts.intercompany_payable)
    yield from _pairs(case, ours, theirs, "receivable of the provider", "payable of the receiver")
    ours, theirs = _sides(case, accounts.intercompany_revenue), _sides(case, accounts.intercompany_cost)
    yield from _pairs(case, ours, theirs, "revenue of the provider", "cost of the receiver")
    charged: Sums = {}
    periods = period_names(case)
    for row in _lines(case, accounts.intercompany_revenue):
        provider, receiver = _who(case, row)
        at = (provider, receiver, periods[row["period"]], case.ref("erp.job", row["job"]) or "?")
        charged[at] = charged.get(at, 0) - _amount(case, row)
    due: Sums = {
        (provider, receiver, str(period), engagement): amount
        for (provider, receiver, period, engagement), amount in books.expected.recharges.items()
        if amount
    }
    currencies = {entity.code: entity.currency for entity in case.plan.firm.entities}
    yield from side_by_side(charged, due, currencies, "charged", "cost and mark-up by deeds")


def _pairs(case: Case, ours: Sums, theirs: Sums, left_is: str, right_is: str) -> Iterable[Difference]:
    """Documents by provider and receiver: what one side has the other has, with the sign turned."""
    currencies = {entity.code: entity.currency for entity in case.plan.firm.entities}
    turned: Sums = {(partner, entity, document): -amount for (entity, partner, document), amount in theirs.items()}
    yield from side_by_side(ours, turned, currencies, left_is, right_is)


def _sides(case: Case, number: str) -> Sums:
    """(Entity, partner, document) -> balance, debit positive, in minor units of the document's currency."""
    found: Sums = {}
    for row in _lines(case, number):
        at = (*_who(case, row), row["openItem"] or "?")
        found[at] = found.get(at, 0) + _amount(case, row)
    return found


def _lines(case: Case, number: str) -> Iterable[Row]:
    account = next((each for each, row in case.rows("erp.account").items() if row["acctNumber"] == number), None)
    return (row for row in case.rows("erp.transactionLine").values() if row["account"] == account)


def _who(case: Case, row: Row) -> tuple[str, str]:
    entities = (case.ref("erp.subsidiary", row[column]) or "?" for column in ("subsidiary", "toSubsidiary"))
    entity, partner = entities
    return entity, partner


def _amount(case: Case, row: Row) -> int:
    return to_minor(case, row["foreignAmount"], case.rows("erp.currency")[row["foreignCurrency"]]["symbol"])
