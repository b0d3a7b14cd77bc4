"""Identities of the ledger: balance, receivables, revenue, contract position."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from sandbox.checks.books import Books
from sandbox.checks.identity import Difference, side_by_side
from sandbox.checks.ledger import Ledger, Line, period_names, to_minor
from sandbox.checks.money_payroll import payroll_is_posted
from sandbox.core.periods import Period


def journals_balance(books: Books) -> Iterable[Difference]:
    """I01: debit equals credit in every transaction, per entity and currency."""
    groups: dict[tuple[str, str, str], list[Line]] = {}
    for line in books.ledger.lines:
        groups.setdefault((line.transaction, line.entity, line.currency), []).append(line)
    for (transaction, _, currency), lines in sorted(groups.items()):
        yield Difference(
            key=f"transaction {transaction}",
            left=sum(line.amount for line in lines if line.amount > 0),
            right=-sum(line.amount for line in lines if line.amount < 0),
            unit=currency,
            left_is="debit",
            right_is="credit",
            lines=tuple(f"{line.account} {line.amount}" for line in lines[:8]),
        )


def trial_balance_carries_forward(books: Books) -> Iterable[Difference]:
    """I02: the trial balance of an entity and month sums to 0, and what a month's documents moved is what its lines
    moved, so that every month opens with the balances the one before closed with."""
    debit: dict[tuple[str, str, str], int] = {}
    credit: dict[tuple[str, str, str], int] = {}
    documented: dict[tuple[str, str, str], int] = {}
    periods = period_names(books.case)
    transactions = books.case.rows("erp.transaction")
    for line in books.ledger.lines:
        at = (line.entity, line.period, line.currency)
        side = debit if line.amount > 0 else credit
        side[at] = side.get(at, 0) + abs(line.amount)
        document = transactions.get(line.transaction)
        if document is not None:
            at = (line.entity, periods[document["postingPeriod"]], line.currency)
            documented[at] = documented.get(at, 0) + abs(line.amount)
    for at in sorted({*debit, *credit, *documented}):
        key = " ".join(at[:2])
        moved = debit.get(at, 0) + credit.get(at, 0)
        yield Difference(key, debit.get(at, 0), credit.get(at, 0), at[2], "debit balances", "credit balances")
        yield Difference(
            f"{key} moved", moved, documented.get(at, 0), at[2], "moved by lines", "moved by documents of the month"
        )


def labour_is_absorbed(books: Books) -> Iterable[Difference]:
    """I08: labour absorbed into projects is the project labour cost, per entity and month; what is left of payroll is
    bench and absorption variance."""
    accounts, ledger = books.case.interface.accounts, books.ledger
    currencies = {entity.code: entity.currency for entity in books.case.plan.firm.entities}
    credited: dict[tuple[str, ...], int] = {at: -amount for at, amount in _by_month(ledger, accounts.absorbed).items()}
    cost = _by_month(ledger, accounts.labour)
    yield from side_by_side(credited, cost, currencies, f"ledger {accounts.absorbed}", f"ledger {accounts.labour}")
    yield from payroll_is_posted(books)


def _by_month(ledger: Ledger, account: str) -> dict[tuple[str, ...], int]:
    found: dict[tuple[str, ...], int] = {}
    for line in ledger.lines:
        if line.account == account:
            found[line.entity, line.period] = found.get((line.entity, line.period), 0) + line.amount
    return found


def receivables_are_open_invoices(books: Books) -> Iterable[Difference]:
    """I03: the balance of trade receivables is the sum of what is open on invoices, per customer and currency."""
    case = books.case
    account = case.interface.accounts.receivable
    ledger: dict[tuple[str, ...], int] = {}
    for line in books.ledger.lines:
        if line.account == account:
            key = (line.document_currency or line.currency, line.customer or "?")
            ledger[key] = ledger.get(key, 0) + line.own
    open_amounts: dict[tuple[str, ...], int] = {}
    for row in case.rows("erp.invoice").values():
        currency = case.currency_of(row)
        key = (currency, case.ref("erp.customer", row["entity"]) or "?")
        open_amounts[key] = open_amounts.get(key, 0) + to_minor(case, row["amountRemaining"], currency)
    for row in case.rows("erp.creditMemo").values():
        if row["unapplied"]:
            currency = case.currency_of(row)
            key = (currency, case.ref("erp.customer", row["entity"]) or "?")
            open_amounts[key] = open_amounts.get(key, 0) - to_minor(case, row["unapplied"], currency)
    units = {currency: currency for currency, _ in (*ledger, *open_amounts)}
    yield from side_by_side(ledger, open_amounts, units, f"ledger {account}", "open invoices")


def revenue_is_subledger(books: Books) -> Iterable[Difference]:
    """I16: revenue in the ledger by engagement and month is what the revenue system released, in the entity's
    currency, and what is due, in the contract's."""
    case = books.case
    ledger: dict[tuple[str, ...], int] = {}
    agreed: dict[tuple[str, ...], int] = {}
    for line in books.ledger.lines:
        if line.account in (*case.interface.accounts.revenue, case.interface.accounts.concession):
            key = (line.engagement or "?", line.period)
            ledger[key] = ledger.get(key, 0) - line.amount
            agreed[key] = agreed.get(key, 0) - line.own
    subledger: dict[tuple[str, ...], int] = {}
    lines = case.rows("revenue.rc_line")
    for row in case.rows("revenue.schedule").values():
        key = (lines[row["rc_line_id"]]["so_num"], row["period"])
        subledger[key] = subledger.get(key, 0) + to_minor(case, row["accounted"], row["f_cur"])
    currency = {**books.currency, "?": next(iter(books.currency.values()))}
    functional = {code: case.plan.entity(terms.entity).currency for code, terms in case.terms.items()}
    yield from side_by_side(ledger, subledger, {**currency, **functional}, "ledger revenue", "revenue subledger")
    due: dict[tuple[str, ...], int] = {
        (engagement, str(period)): month.revenue
        for (engagement, period), month in books.expected.months.items()
        if month.revenue
    }
    yield from side_by_side(agreed, due, currency, "ledger revenue", "revenue due by deeds and contracts")


def position_is_billed_less_revenue(books: Books) -> Iterable[Difference]:
    """I17: what 2100, 1105 and 1120 hold of an engagement is billed less recognised.

    At the end of a closed month: 2100 (credit) less 1120 = billed - revenue + unconditional unbilled in 1105, and a
    contract shows either an asset or a liability, never both (IFRS 15.105).
    """
    case, accounts = books.case, books.case.interface.accounts
    held = (accounts.position, accounts.unbilled, accounts.contract_asset)
    by_engagement: dict[tuple[str | None, str, str], int] = {}
    for line in books.ledger.lines:
        if line.account in held:
            at = (line.engagement, line.period, line.account)
            by_engagement[at] = by_engagement.get(at, 0) + line.own
    last = max((period for _, period in books.expected.months), default=Period.of(case.plan.start))
    for engagement, currency in sorted(books.currency.items()):
        balance = dict.fromkeys(held, 0)
        for period in _months(case.plan.start, last):
            for account in held:
                balance[account] += by_engagement.get((engagement, str(period), account), 0)
            expected = books.expected.months.get((engagement, period))
            position = expected.position if expected is not None else 0
            key = f"{engagement} {period}"
            yield Difference(
                key, -sum(balance.values()), position, currency, "-(2100 + 1105 + 1120)", "billed less recognised"
            )
            if str(period) in case.plan.close:
                both = min(max(balance[accounts.contract_asset], 0), max(-balance[accounts.position], 0))
                yield Difference(f"{key} asset and liability", both, 0, currency, "shown on both sides", "nothing")


def _months(start: date, last: Period) -> Iterable[Period]:
    period = Period.of(start)
    while period <= last:
        yield period
        period = period.next()
