"""Deals as their change orders leave them, from the CRM's records alone: prices, hours, ends."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING

from sandbox.core.money import SCALE
from sandbox.core.observe import Row

if TYPE_CHECKING:
    from sandbox.checks.case import Case

# What the CRM calls a change that is a contract of its own: its products name a new line.
SEPARATE = "Separate Contract"
_LIVE = ("Proposal/Price Quote", "Negotiation/Review", "Closed Won")


def approved_orders(case: Case) -> Iterable[Row]:
    """Change orders the client approved."""
    for row in case.rows("crm.Order").values():
        if row["Type"] == "Change Order" and row["Status"] == "Activated":
            yield row


def added_lines(case: Case) -> dict[str, str]:
    """Contract line that an approved change order added -> the deal it belongs to."""
    separate = {
        row["Id"]: row["OpportunityId"] for row in approved_orders(case) if row["Change_Treatment__c"] == SEPARATE
    }
    return {
        item["Contract_Line_Code__c"]: separate[item["OrderId"]]
        for item in case.rows("crm.OrderItem").values()
        if item["OrderId"] in separate and item["Contract_Line_Code__c"]
    }


def changed_by_engagement(case: Case) -> dict[str, int]:
    """Engagement -> what approved change orders add to its price, at 1e-4, lines of their own included."""
    deals = case.rows("crm.Opportunity")
    approved = {row["Id"]: deals[row["OpportunityId"]]["Engagement_Code__c"] for row in approved_orders(case)}
    found: dict[str, int] = {}
    for item in case.rows("crm.OrderItem").values():
        code = approved.get(item["OrderId"])
        if code:
            found[code] = found.get(code, 0) + item["TotalPrice"]
    return found


def changed_by_line(case: Case) -> dict[str, int]:
    """Contract line -> what approved change orders add to its price, at 1e-4."""
    approved = {row["Id"] for row in approved_orders(case)}
    found: dict[str, int] = {}
    for item in case.rows("crm.OrderItem").values():
        line = item["Contract_Line_Code__c"]
        if item["OrderId"] in approved and line:
            found[line] = found.get(line, 0) + item["TotalPrice"]
    return found


def changed_minutes(case: Case, by: date = date.max) -> dict[str, int]:
    """Contract line -> minutes that change orders approved by a day add to its budget; an order is about the line of
    its products."""
    line_of = {item["OrderId"]: item["Contract_Line_Code__c"] for item in case.rows("crm.OrderItem").values()}
    found: dict[str, int] = {}
    for row in approved_orders(case):
        line = line_of.get(row["Id"])
        if line and date.fromisoformat(row["Approved_On__c"]) <= by:
            found[line] = found.get(line, 0) + int(row["Budget_Hours_Change__c"] or 0) * 60 // SCALE
    return found


def sold_minutes(case: Case, engagement: str, line: str, by: date) -> int:
    """Minutes a line of an engagement was sold on as of a day, its change orders up to then included."""
    terms = case.terms[engagement]
    return (terms.budget_minutes if line == terms.line else 0) + changed_minutes(case, by).get(line, 0)


def agreed(case: Case) -> dict[str, Row]:
    """Engagement -> price and end in force, for deals from the proposal on."""
    added: dict[str, int] = {}
    ends: dict[str, str] = {}
    amounts: dict[str, int] = {}
    for item in case.rows("crm.OrderItem").values():
        amounts[item["OrderId"]] = amounts.get(item["OrderId"], 0) + item["TotalPrice"]
    for row in approved_orders(case):
        deal = row["OpportunityId"] or ""
        added[deal] = added.get(deal, 0) + amounts.get(row["Id"], 0)
        ends[deal] = max(ends.get(deal, ""), row["Project_End__c"] or "")
    return {
        row["Engagement_Code__c"]: {
            "price": (row["Amount"] or 0) + added.get(deal, 0),
            "end": max(row["Project_End__c"] or "", ends.get(deal, "")),
        }
        for deal, row in case.rows("crm.Opportunity").items()
        if row["StageName"] in _LIVE and row["Engagement_Code__c"]
    }


def budgets(case: Case) -> dict[str, Row]:
    """Contract line of a won deal -> minutes it was sold on and those of its change orders, some lines' only ones."""
    won = {deal for deal, row in case.rows("crm.Opportunity").items() if row["StageName"] == "Closed Won"}
    added = changed_minutes(case)
    found = {
        line["Contract_Line_Code__c"]: {
            "minutes": int(line["Budget_Hours__c"] or 0) * 60 // SCALE + added.get(line["Contract_Line_Code__c"], 0)
        }
        for line in case.rows("crm.OpportunityLineItem").values()
        if line["OpportunityId"] in won and line["Contract_Line_Code__c"]
    }
    of_changes = {line: {"minutes": added.get(line, 0)} for line, deal in added_lines(case).items() if deal in won}
    return found | of_changes


def undecided_of(case: Case) -> dict[str, Row]:
    """Obligation -> its last modification that no run has applied yet."""
    rows = case.rows("revenue.modification").values()
    waiting = (row for row in sorted(rows, key=lambda each: each["position"]) if row["status"] != "Applied")
    return {row["so_line_id"]: row for row in waiting}
