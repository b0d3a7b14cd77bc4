"""MONEY.identity: what must add up, to the minor unit (accounting.md section 6). One function an identity.

Each returns the comparisons it made and the differences it found. Right-hand sides come from deeds and terms or from
another system than the left-hand side; nothing is compared with itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from sandbox.checks import money_billing, money_ledger, money_time
from sandbox.checks.books import Books
from sandbox.checks.case import Case, money_text
from sandbox.checks.findings import CheckResult, Finding
from sandbox.checks.identity import Difference
from sandbox.checks.once import created_by

Identity = Callable[[Books], Iterable[Difference]]


@dataclass(frozen=True, slots=True)
class Named:
    """An identity with its number and what it says to a person."""

    number: str
    says: str
    holds: Identity
    # What can break it: faults on creates of these records, and these hazards of the books.
    records: frozenset[str]
    hazards: tuple[str, ...] = ()


_TIME = frozenset({"timeBill"})
_INVOICE = frozenset({"invoice"})
_PAYMENT = frozenset({"customerPayment"})
_REVENUE = frozenset({"journalEntry", "rc_line", "rc_bill", "stage_txn"})

IDENTITIES = (
    Named(
        "I01",
        "every journal balances, per entity and currency",
        money_ledger.journals_balance,
        _TIME | _INVOICE | _PAYMENT | _REVENUE,
        ("rounding",),
    ),
    Named(
        "I03",
        "receivables are the open invoices, per customer",
        money_ledger.receivables_are_open_invoices,
        _INVOICE | _PAYMENT,
    ),
    Named(
        "I05",
        "approved hours are hours in the ERP, by worker, day and project",
        money_time.hours_arrive,
        _TIME,
        ("late time",),
    ),
    Named(
        "I07",
        "project cost is hours at the standard cost of their day",
        money_time.cost_is_hours_at_cost,
        _TIME,
        ("rounding", "late time"),
    ),
    Named(
        "I09",
        "billable time is unbilled, on one invoice, or written off",
        money_time.time_is_in_one_bucket,
        _TIME | _INVOICE,
        ("rounding", "write-off"),
    ),
    Named(
        "I11",
        "what the PSA billed is what the ERP invoiced, by contract line",
        money_billing.billed_is_invoiced,
        _INVOICE,
        ("rounding", "write-off"),
    ),
    Named(
        "I12",
        "an invoice is net plus tax, the tax is due, both copies agree",
        money_billing.invoices_add_up,
        _INVOICE,
        ("rounding",),
    ),
    Named(
        "I16",
        "revenue in the ledger is revenue in the subledger, by month",
        money_ledger.revenue_is_subledger,
        _REVENUE,
        ("rounding", "late time", "write-off"),
    ),
    Named(
        "I17",
        "contract position is billed less recognised",
        money_ledger.position_is_billed_less_revenue,
        _REVENUE | _INVOICE,
        ("late time", "write-off"),
    ),
    Named("I24", "the bank is its lines, and every receipt is applied", money_billing.cash_is_bank_lines, _PAYMENT),
)


def check(books: Books) -> CheckResult:
    """All identities; ``parts`` says for each how much was compared, and how often it met a hazard."""
    case = books.case
    result = CheckResult("MONEY.identity", "every hour and cent is conserved")
    for named in IDENTITIES:
        compared = 0
        for difference in named.holds(books):
            compared += 1
            if difference.left != difference.right:
                result.findings.append(_finding(case, named, difference))
        met = _struck(case, named.records) + sum(books.expected.hazards[name] for name in named.hazards)
        result.parts[named.number] = {"compared": compared, "exercised": met if compared else 0}
        result.compared += compared
    everything = frozenset[str]().union(*(named.records for named in IDENTITIES))
    result.exercised = _struck(case, everything) + sum(books.expected.hazards.values())
    return result


def _finding(case: Case, named: Named, difference: Difference) -> Finding:
    delta = difference.left - difference.right
    unit = difference.unit
    left, right, gap = (_amount(value, unit) for value in (difference.left, difference.right, delta))
    return Finding(
        check="MONEY.identity",
        severity="S1",
        flow=named.number,
        key=difference.key,
        title=f"{named.number} {named.says}: {difference.key} differs by {gap}",
        let=(f"{difference.left_is} = {left}", f"{difference.right_is} = {right}", *difference.lines[:8]),
        then=f"{named.number} does not hold: difference {gap}",
        ruled_out="compared at rest, after the drain, exact to the minor unit; dead letters are left out",
        delta=delta if unit != "min" else 0,
        currency=unit if unit != "min" else "",
    )


def _amount(value: int, unit: str) -> str:
    return f"{value} min" if unit == "min" else money_text(value, unit)


def _struck(case: Case, records: frozenset[str]) -> int:
    """Creates of these records whose answer was lost, or was a failure although executed."""
    return sum(
        fault["rq"] is not None and created_by(case, fault["rq"], records)
        for fault in case.fired
        if fault["fkind"] in ("W04", "M05")
    )
