"""Progress by cost from what the ledger and the PSA hold: cost of a project to date, and the expected cost its lead
approved, month by month. Written apart from the engine, like all of ``derived``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from sandbox.checks.derived_change import SEPARATE, approved_orders
from sandbox.core.money import exponent, from_scaled
from sandbox.core.observe import Row
from sandbox.core.periods import Period
from sandbox.core.wire import loads

if TYPE_CHECKING:
    from sandbox.checks.case import Case

_COST, _MONTH = "EAC Cost", "EAC Approved For"


def by_cost(case: Case) -> list[str]:
    """Engagements that were won and are earned by cost, in order."""
    won = {
        row["Engagement_Code__c"] for row in case.rows("crm.Opportunity").values() if row["StageName"] == "Closed Won"
    }
    return sorted(
        code
        for code, terms in case.terms.items()
        if code in won and case.interface.posting[terms.kind].release == "cost_to_cost"
    )


def cost_progress(case: Case) -> dict[str, Row]:
    """Cost to date over expected cost per line and month end, for months with cost or a new estimate."""
    approved, by_day, days = estimates(case), costs(case), _change_days(case)
    found: dict[str, Row] = {}
    for code in by_cost(case):
        of_deal = approved.get(code, {})
        by_month: dict[Period, Decimal] = {}
        for entry in by_day.get(code, ()):
            by_month[entry.month] = by_month.get(entry.month, Decimal(0)) + entry.amount
        for month in sorted({*by_month, *of_deal}):
            expected = estimate_for(of_deal, month)
            if expected is not None:
                done = sum((amount for each, amount in by_month.items() if each <= month), Decimal(0))
                found[f"{case.terms[code].line} Budgeted Cost {month.last}"] = {"completed": done, "total": expected}
        for on in days.get(code, ()):
            month = Period.of(on)
            expected = estimate_for(of_deal, month)
            if expected is not None and on != month.last:
                entries = by_day.get(code, ())
                counted = (each.amount for each in entries if each.month < month or each.is_of(month, on))
                found[f"{case.terms[code].line} Budgeted Cost {on}"] = {
                    "completed": sum(counted, Decimal(0)),
                    "total": expected,
                }
    return found


def _change_days(case: Case) -> dict[str, list[date]]:
    """Engagement -> days on which changes that count from the beginning were approved."""
    deals = case.rows("crm.Opportunity")
    found: dict[str, list[date]] = {}
    for row in approved_orders(case):
        code = deals.get(row["OpportunityId"] or "", {}).get("Engagement_Code__c")
        if code and row["Change_Treatment__c"] not in ("Prospective", SEPARATE):
            found.setdefault(code, []).append(date.fromisoformat(row["Approved_On__c"]))
    return found


def estimate_for(approved: Mapping[Period, Decimal], month: Period) -> Decimal | None:
    """The expected cost approved for a month or the latest one before it."""
    latest = max((each for each in approved if each <= month), default=None)
    return None if latest is None else approved[latest]


def estimates(case: Case) -> dict[str, dict[Period, Decimal]]:
    """Engagement -> month -> expected cost approved for it last, from the history of the project's fields."""
    fields: dict[str, dict[str, str]] = {}
    moved: dict[tuple[str, int], dict[str, str]] = {}
    for entry in case.commits_of("psa.custom_field_value"):
        if entry["op"] == "delete":
            continue
        known = fields.setdefault(entry["rec"], {})
        known.update(entry["after"])
        moved.setdefault((known["subject_id"], entry["t_us"]), {})[known["custom_field_name"]] = known["value"]
    found: dict[str, dict[Period, Decimal]] = {}
    now: dict[str, dict[str, str]] = {}
    for (workspace_id, _), values in moved.items():
        code, held = case.ref("psa.workspace", workspace_id), now.setdefault(workspace_id, {})
        held.update(values)
        if code is not None and _COST in held and _MONTH in held:
            amount, currency = loads(held[_COST].encode())
            month = Period.parse(loads(held[_MONTH].encode()))
            found.setdefault(code, {})[month] = Decimal(amount).scaleb(-exponent(currency))
    return found


@dataclass(frozen=True, slots=True)
class Cost:
    """A ledger line of project cost: posting month, day of service."""

    month: Period
    on: date
    amount: Decimal

    def is_of(self, month: Period, day: date) -> bool:
        """Whether it is of a month, and of a day up to this one."""
        return self.month == month and self.on <= day


def costs(case: Case) -> dict[str, list[Cost]]:
    """Engagement -> cost in the ledger, line by line."""
    accounts = {
        record_id
        for record_id, row in case.rows("erp.account").items()
        if row["acctNumber"] in case.interface.accounts.costs
    }
    months = {record_id: row["startDate"][:7] for record_id, row in case.rows("erp.accountingPeriod").items()}
    documents = case.rows("erp.transaction")
    found: dict[str, list[Cost]] = {}
    for row in case.rows("erp.transactionLine").values():
        code = case.ref("erp.job", row["job"]) if row["account"] in accounts else None
        if code is not None:
            on = row["serviceDate"] or documents[row["transaction"]]["tranDate"]
            amount = from_scaled((row["debit"] or 0) - (row["credit"] or 0))
            month = Period.parse(months[row["period"]])
            found.setdefault(code, []).append(Cost(month, date.fromisoformat(on), amount))
    return found
