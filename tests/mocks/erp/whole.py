"""A tenant with all that documents of payables, credits and tax by rule need."""

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
from sandbox.core.tenants import ErpAccount, ErpEmployee, ErpSubsidiary, ErpTaxRule, ErpTenant
from tests.mocks.erp.client import EPOCH, Caller, tenant

MORE_CHART = (
    ("1140", "Withholding tax receivable", "OthCurrAsset"),
    ("1150", "Input VAT/GST", "OthCurrAsset"),
    ("2000", "Trade payables", "AcctPay"),
    ("2010", "Accrued expense", "OthCurrLiab"),
    ("2020", "Employee expense payable", "OthCurrLiab"),
    ("2110", "Refund liability", "OthCurrLiab"),
    ("2120", "Loss-contract provision", "OthCurrLiab"),
    ("2310", "Reverse-charge VAT due", "OthCurrLiab"),
    ("5010", "Subcontractor cost", "COGS"),
    ("5020", "Project expense", "COGS"),
    ("5030", "Loss-contract charge", "COGS"),
    ("6400", "Non-billable travel and expense", "Expense"),
)
_LONG_AGO = date(2020, 1, 1)


def _rule(supplier: str, customer: str, code: str, rate: str, **more: Any) -> ErpTaxRule:
    return ErpTaxRule(supplier, customer, code, Decimal(rate), **{"effective": _LONG_AGO, **more})


TAX_RULES = (
    _rule("US", "US", "US-0", "0"),
    _rule("US", "*", "US-EXP", "0"),
    _rule("GB", "GB", "GB-S", "0.20"),
    _rule("GB", "*", "GB-RC", "0", needs_vat_id=True, note="reverse charge"),
    _rule("DE", "DE", "DE-16", "0.16"),
    _rule("DE", "DE", "DE-19", "0.19", effective=date(2026, 2, 1)),
    _rule("DE", "EU", "DE-RC", "0", needs_vat_id=True, note="reverse charge"),
    _rule("DE", "FR", "DE-FR", "0", needs_vat_id=True, note="reverse charge, France"),
    _rule("DE", "*", "DE-OUT", "0"),
    _rule("DE", "*", "DE-OUT-26", "0", effective=date(2026, 2, 1)),
    _rule("IN", "IN", "CGST", "0.09", state="same"),
    _rule("IN", "IN", "SGST", "0.09", state="same"),
    _rule("IN", "IN", "IGST", "0.18", state="other"),
    _rule("IN", "*", "IN-EXP", "0", note="export under LUT"),
)


def whole_tenant() -> ErpTenant:
    """The small tenant with Germany and India, tax by rule (but for Japan), and the whole chart."""
    small = tenant()
    return replace(
        small,
        subsidiaries=(
            *small.subsidiaries,
            ErpSubsidiary("DE", "Firm GmbH", "DE", "EUR", Decimal("0.19")),
            ErpSubsidiary("IN", "Firm Pvt", "IN", "INR", Decimal("0.18"), state="KA"),
        ),
        chart=(*small.chart, *(ErpAccount(*each) for each in MORE_CHART)),
        tax_rules=TAX_RULES,
        employees=(
            *small.employees,
            ErpEmployee("W-3", "Uma", "Rao", "uma@firm.example", "IN", "consultant", date(2024, 5, 1)),
        ),
    )


def whole(clock: Clock | None = None) -> Caller:
    """A caller of that tenant, with a client and a project in the UK."""
    context = Context(clock or ManualClock(EPOCH), Chance(1), Unobserved(), NoFaults())
    return Caller(Erp(context, whole_tenant())).world()


POSTED = "SELECT a.acctnumber n, t.debit d, t.credit c FROM transactionaccountingline t \
JOIN account a ON a.id = t.account WHERE t.transaction = ? ORDER BY t.transactionline"


def sides(firm: Caller, transaction: str) -> list[tuple[str, str]]:
    """Account and amount (negative a credit) of every line of a document, in order."""
    return [(row["n"], row.get("d") or "-" + row["c"]) for row in firm.rows(POSTED, transaction)]
