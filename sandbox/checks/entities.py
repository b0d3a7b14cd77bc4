"""An entity's months, and the group's, as the ledger shows them; translation at the rates the ERP holds."""

from __future__ import annotations

from sandbox.checks.exchange import AVERAGE, CLOSING, Exchange, convert
from sandbox.checks.expected_books.entities import EntityMonth
from sandbox.checks.ledger import Ledger
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
    sums = _Sums(ledger, accounts)
    for entity in firm.entities:
        receivable = payable = 0
        period = first
        while period <= last:
            receivable += sums.moved(entity.code, period, accounts.intercompany_receivable)
            payable -= sums.moved(entity.code, period, accounts.intercompany_payable)
            month = found[entity.code, period] = sums.month(entity.code, period)
            month.intercompany_receivable, month.intercompany_payable = receivable, payable
            period = period.next()
    if firm.group_currency is not None:
        _add_group(found, firm, rates)
    return found


class _Sums:
    """What moved on each account of an entity in a month, debit positive, in its currency."""

    def __init__(self, ledger: Ledger, accounts: Accounts) -> None:
        self._accounts = accounts
        self._moved: dict[tuple[str, str, str], int] = {}
        # Of unrealised gains, those on claims and debts between entities.
        self._between: dict[tuple[str, str], int] = {}
        for line in ledger.lines:
            at = (line.entity, line.period, line.account)
            self._moved[at] = self._moved.get(at, 0) + line.amount
            if line.partner is not None and line.account == accounts.unrealised_fx:
                self._between[at[:2]] = self._between.get(at[:2], 0) + line.amount

    def moved(self, entity: str, period: Period, *accounts: str) -> int:
        """The sum over some accounts."""
        return sum(self._moved.get((entity, str(period), account), 0) for account in accounts)

    def month(self, entity: str, period: Period) -> EntityMonth:
        """Income, cost and gains."""
        accounts = self._accounts
        return EntityMonth(
            intercompany_revenue=-self.moved(entity, period, accounts.intercompany_revenue),
            intercompany_cost=self.moved(entity, period, accounts.intercompany_cost),
            intercompany_fx=-self._between.get((entity, str(period)), 0),
            revenue=-self.moved(entity, period, *accounts.revenue, accounts.concession),
            cost=self.moved(entity, period, *accounts.costs),
            realised_fx=-self.moved(entity, period, accounts.realised_fx),
            unrealised_fx=-self.moved(entity, period, accounts.unrealised_fx),
            payroll=self.moved(entity, period, accounts.salaries),
            absorbed=-self.moved(entity, period, accounts.absorbed),
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
