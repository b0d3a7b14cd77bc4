"""An entity's months, and the group's, as the ledger shows them; translation at the rates the ERP holds."""

from __future__ import annotations

from sandbox.checks.exchange import AVERAGE, CLOSING, Exchange, convert
from sandbox.checks.expected_books.entities import EntityMonth
from sandbox.checks.ledger import Ledger, Line
from sandbox.core.periods import Period
from sandbox.interface import Accounts
from sandbox.plan import FirmProfile
from sandbox.plan.figures import GROUP

EntityMonths = dict[tuple[str, Period], EntityMonth]
# What the group's month is the sum of, translated at the average of the month.
_INCOME = ("revenue", "cost", "realised_fx", "unrealised_fx")


def entity_months(firm: FirmProfile, accounts: Accounts, ledger: Ledger, rates: Exchange) -> EntityMonths:
    """Every entity in every month from the first one with postings to the last; ``GROUP`` where the firm has one."""
    found: EntityMonths = {}
    if not ledger.lines:
        return found
    first, last = (Period.parse(pick(line.period for line in ledger.lines)) for pick in (min, max))
    for entity in firm.entities:
        lines = [line for line in ledger.lines if line.entity == entity.code]
        period = first
        while period <= last:
            found[entity.code, period] = _month(lines, period, accounts)
            period = period.next()
    if firm.group_currency is not None:
        _add_group(found, firm, rates)
    return found


def _month(lines: list[Line], period: Period, accounts: Accounts) -> EntityMonth:
    """Balances up to a month; of the month itself income, cost and gains."""
    balances = dict.fromkeys((accounts.intercompany_receivable, accounts.intercompany_payable), 0)
    moved: dict[str, int] = {}
    between = 0
    for line in lines:
        if line.account in balances and Period.parse(line.period) <= period:
            balances[line.account] += line.amount
        if Period.parse(line.period) == period:
            moved[line.account] = moved.get(line.account, 0) + line.amount
            between += line.amount if line.partner is not None and line.account == accounts.unrealised_fx else 0
    return EntityMonth(
        intercompany_revenue=-moved.get(accounts.intercompany_revenue, 0),
        intercompany_cost=moved.get(accounts.intercompany_cost, 0),
        intercompany_receivable=balances[accounts.intercompany_receivable],
        intercompany_payable=-balances[accounts.intercompany_payable],
        intercompany_fx=-between,
        revenue=-sum(moved.get(account, 0) for account in (*accounts.revenue, accounts.concession)),
        cost=sum(moved.get(account, 0) for account in accounts.costs),
        realised_fx=-moved.get(accounts.realised_fx, 0),
        unrealised_fx=-moved.get(accounts.unrealised_fx, 0),
    )


def _add_group(found: EntityMonths, firm: FirmProfile, rates: Exchange) -> None:
    """The group in every month all of whose rates are known, and what of each entity is translated for it."""
    currency = firm.group_currency or ""
    for period in sorted({period for _, period in found}):
        group = EntityMonth()
        known = True
        for entity in firm.entities:
            pair = (entity.currency, currency)
            average, closing = (rates.of_month(kind, *pair, period) for kind in (AVERAGE, CLOSING))
            if average is None or closing is None:
                known = False
                continue
            month = found[entity.code, period]
            month.intercompany_revenue_translated = convert(month.intercompany_revenue, *pair, average)
            month.intercompany_receivable_translated = convert(month.intercompany_receivable, *pair, closing)
            for name in _INCOME:
                setattr(group, name, getattr(group, name) + convert(getattr(month, name), *pair, average))
            group.elimination_residue += (
                month.intercompany_revenue_translated
                - convert(month.intercompany_cost, *pair, average)
                + month.intercompany_receivable_translated
                - convert(month.intercompany_payable, *pair, closing)
            )
        if known:
            found[GROUP, period] = group
