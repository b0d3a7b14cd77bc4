"""Spending: consultants hand in expenses, finance enters suppliers' bills, project leads approve both in the PSA."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from sandbox.core.money import exponent
from sandbox.firm.deeds.lookups import all_rows, open_workspace_id, story_id, user_id
from sandbox.firm.desk import Blocked, Desk, listed, must


async def spend(desk: Desk, args: dict[str, Any]) -> None:
    """Enter expenses in one go, and hand them in as one report."""
    workspace_id = await open_workspace_id(desk, args["engagement"])
    ids: list[str] = []
    if desk.attempts:
        # Tried before: what got through stays.
        ids = [row["id"] for row in await _entered(desk, workspace_id, args["expenses"])]
    if not ids:
        bodies = [await _expense(desk, args["engagement"], each) for each in args["expenses"]]
        ids = [row["id"] for row in listed(await desk.psa("POST", "/expenses.json", json={"expenses": bodies}))]
    if desk.attempts and await _reports(desk, workspace_id, args["title"]):
        return
    report = {"workspace_id": workspace_id, "title": args["title"], "line_item_ids": ids}
    body = {"expense_report_submission": report}
    must(await desk.psa("POST", "/expense_report_submissions.json", json=body), 200)


async def approve_expenses(desk: Desk, args: dict[str, Any]) -> None:
    """Approve an expense report."""
    await _approve(desk, args["engagement"], args["title"])


async def receive_bill(desk: Desk, args: dict[str, Any]) -> None:
    """Enter a supplier's bill in the ERP; it is not posted before it is approved."""
    form = {"supplier": args["supplier"], "number": args["number"]}
    if await desk.screen("erp", "vendor_bills", form):
        return
    terms = desk.terms(args["engagement"])
    entered = {
        **form,
        "subsidiary": terms.entity,
        "country": args["country"],
        "date": args["on"],
        "engagement": terms.code,
        "contract_line": terms.line,
        "net": args["net"],
        "tax": args["tax"],
        "billable": args["billable"],
    }
    await desk.screen("erp", "enter_bill", entered)


async def approve_subcontract(desk: Desk, args: dict[str, Any]) -> None:
    """Approve a supplier's bill, which is in the PSA as an expense report by then."""
    await _approve(desk, args["engagement"], f"{args['supplier']} {args['number']}")


async def _expense(desk: Desk, engagement: str, spending: dict[str, Any]) -> dict[str, Any]:
    currency = desk.plan.currency_of(desk.terms(engagement))
    return {
        "workspace_id": await open_workspace_id(desk, engagement),
        "story_id": await story_id(desk, engagement),
        "date": spending["on"],
        "category": spending["category"],
        "amount_in_cents": int(Decimal(spending["net"]).scaleb(exponent(currency))),
        "notes": _notes(spending),
        "billable": spending["billable"],
    }


def _notes(spending: dict[str, Any]) -> str:
    """The PSA has one amount for an expense, so the tax on the receipt stands in its notes (decision 0015)."""
    return f"{spending['ref']}, input tax {spending['tax']}"


async def _entered(desk: Desk, workspace_id: str, expenses: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Those of one's own expenses that are these, told by their notes."""
    query = {"workspace_id": workspace_id, "user_id": await user_id(desk, desk.person.name), "order": "date:asc"}
    wanted = {_notes(each) for each in expenses}
    return [row for row in await all_rows(desk, "/expenses.json", query) if row["notes"] in wanted]


async def _reports(desk: Desk, workspace_id: str, title: str) -> list[dict[str, Any]]:
    query = {"workspace_id": workspace_id, "per_page": 200, "order": "created_at:desc"}
    rows = listed(await desk.psa("GET", "/expense_report_submissions.json", query=query))
    return [row for row in rows if row["title"] == title]


async def _approve(desk: Desk, engagement: str, title: str) -> None:
    found = await _reports(desk, await open_workspace_id(desk, engagement), title)
    if not found:
        raise Blocked(f"expense report {title!r} is not submitted")
    if found[0]["status"] == "approved":
        return
    resolution = {"resolution": {"description": "checked"}}
    path = f"/expense_report_submissions/{found[0]['id']}/approve.json"
    must(await desk.psa("PUT", path, json=resolution), 200)
