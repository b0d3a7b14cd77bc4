"""A tenant that deals in foreign currencies and between its entities, for tests."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from mocks.erp.system import Erp
from mocks.kit.app import Context
from sandbox.core.chance import Chance
from sandbox.core.clock import Clock, ManualClock
from sandbox.core.damage import NoFaults
from sandbox.core.observe import Unobserved
from sandbox.core.tenants import (
    ErpAccount,
    ErpEmployee,
    ErpIntercompany,
    ErpRate,
    ErpSubsidiary,
    ErpTenant,
    StandardCost,
)
from tests.mocks.erp.client import CHART, EPOCH, Caller, tenant
from tests.mocks.erp.whole import MORE_CHART, TAX_RULES

MORE = (
    ("1120", "Contract asset", "OthCurrAsset"),
    ("1150", "Input VAT", "OthCurrAsset"),
    ("1200", "Intercompany receivable", "OthCurrAsset"),
    ("2000", "Trade payables", "AcctPay"),
    ("2310", "Reverse-charge VAT due", "OthCurrLiab"),
    ("2400", "Intercompany payable", "OthCurrLiab"),
    ("3000", "Share capital", "Equity"),
    ("4900", "Intercompany revenue", "Income"),
    ("5900", "Intercompany cost", "COGS"),
    ("7000", "Realised FX", "OthIncome"),
    ("7010", "Unrealised FX", "OthIncome"),
    ("7900", "Rounding", "OthExpense"),
)
JANUARY, FEBRUARY = date(2026, 1, 1), date(2026, 2, 1)


def rate(base: str, quote: str, value: str, effective: date = JANUARY, kind: str = "spot") -> ErpRate:
    return ErpRate(base, quote, kind, effective, Decimal(value))


RATES = (
    # A pound costs 1.25 dollars, so a dollar 0.8 pounds; from the 20th 1.28 and 0.78125.
    rate("GBP", "USD", "1.25"),
    rate("GBP", "USD", "1.28", date(2026, 1, 20)),
    rate("GBP", "USD", "1.3", kind="closing"),
    rate("GBP", "USD", "1.3333", FEBRUARY, kind="closing"),
    rate("EUR", "GBP", "0.851234"),
    rate("JPY", "GBP", "0.00521", date(2026, 1, 10)),
    rate("USD", "INR", "83.2", kind="average"),
    rate("USD", "INR", "83.5", kind="closing"),
)


def fx_tenant(**more: Any) -> ErpTenant:
    """The small tenant with India, the accounts of foreign currency, rates of January, and India working for the US."""
    base = tenant()
    values: dict[str, Any] = {
        "subsidiaries": (*base.subsidiaries, ErpSubsidiary("IN", "Firm Pvt", "IN", "INR", Decimal("0.18"))),
        "chart": tuple(ErpAccount(*each) for each in (*CHART, *MORE)),
        "standard_costs": (
            *base.standard_costs,
            StandardCost("consultant", "IN", date(2025, 1, 1), Decimal(1_000_000)),
        ),
        "employees": (
            *base.employees,
            ErpEmployee("W-3", "Asha", "Rao", "asha@firm.example", "IN", "consultant", date(2024, 5, 1)),
        ),
        "currencies": ("EUR",),
        "rates": RATES,
        "intercompany": (ErpIntercompany("IN", "US", Decimal("0.12")), ErpIntercompany("JP", "UK", Decimal("0.05"))),
    }
    return replace(base, **{**values, **more})


def taxed_tenant() -> ErpTenant:
    """That tenant with tax by rule and every account that corrections and payables need."""
    chart = {each.number: each for each in (*fx_tenant().chart, *(ErpAccount(*one) for one in MORE_CHART))}
    return fx_tenant(chart=tuple(chart.values()), tax_rules=TAX_RULES)


def fx_caller(clock: Clock | None = None, **more: Any) -> Caller:
    context = Context(clock or ManualClock(EPOCH), Chance(1), Unobserved(), NoFaults())
    return Caller(Erp(context, fx_tenant(**more)))


LEDGER = (
    "SELECT a.acctnumber n, l.netamount net, l.foreignamount doc, BUILTIN.DF(l.currency) c FROM transactionline l "
    "JOIN transactionaccountingline t ON t.transaction = l.transaction AND t.transactionline = l.id "
    "JOIN account a ON a.id = t.account WHERE l.transaction = ? ORDER BY l.id"
)


def ledger(erp: Caller, document: str) -> list[tuple[str, str, str, str]]:
    """Account, functional amount, document amount and document currency of every line."""
    return [(row["n"], row["net"], row["doc"], row["c"]) for row in erp.rows(LEDGER, document)]


def balance(erp: Caller, account: str, subsidiary: str, until: str = "2099-12-31") -> int:
    """Functional balance of an account at 1e-4, of periods that begin by a day."""
    sql = (
        'SELECT sum(l."debit" - l."credit") FROM "transactionLine" AS l JOIN "account" AS a ON a."id" = l."account" '
        'JOIN "subsidiary" AS s ON s."id" = l."subsidiary" JOIN "accountingPeriod" AS p ON p."id" = l."period" '
        'WHERE a."acctNumber" = ? AND s."externalId" = ? AND p."startDate" <= ? AND l."_deleted" = 0'
    )
    ((total,),) = erp.mock.store.read(sql, (account, subsidiary, until))
    return int(total or 0)
