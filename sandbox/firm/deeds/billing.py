"""The pre-bill and what follows: draft, partner's write-off, approval."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from sandbox.core.money import line_net
from sandbox.firm.deeds.lookups import all_rows, billing_milestone, entries_of, open_workspace_id, story_id
from sandbox.firm.desk import Blocked, Desk, must
from sandbox.plan import Terms

# What is over the cap of a contract is not billed, and given up.
OVER_CAP = "Not to exceed"


async def draft_time(desk: Desk, args: dict[str, Any]) -> None:
    """Draft a pre-bill of the approved, billable, unbilled time up to a day."""
    terms = desk.terms(args["engagement"])
    workspace_id = await open_workspace_id(desk, terms.code)
    if await _pre_bill(desk, workspace_id, args["bill"]):
        return
    query = {
        "workspace_id": workspace_id,
        "approved": "true",
        "uninvoiced": "true",
        "billable": "true",
        "date_performed_between": f"{terms.start}:{args['through']}",
        "order": "date_performed:asc",
    }
    rows = await all_rows(desk, "/time_entries.json", query)
    content = {"time_entry_ids": [row["id"] for row in rows]} if rows else {}
    if rows and terms.kind == "capped_time":
        content = await _within_cap(desk, terms, workspace_id, rows)
    content |= await _expenses(desk, workspace_id, args["through"])
    if content:
        await _draft(desk, workspace_id, args["bill"], content)


async def draft_expenses(desk: Desk, args: dict[str, Any]) -> None:
    """Draft a pre-bill of what was spent for the client up to a day, where time is not billed by the month."""
    workspace_id = await open_workspace_id(desk, args["engagement"])
    if await _pre_bill(desk, workspace_id, args["bill"]):
        return
    content = await _expenses(desk, workspace_id, args["through"])
    if content:
        await _draft(desk, workspace_id, args["bill"], content)


async def _within_cap(desk: Desk, terms: Terms, workspace_id: str, rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Time as content of a pre-bill, less what is over the cap; nothing once the cap is used up."""
    ids = [row["id"] for row in rows]
    left = terms.price - await fees_so_far(desk, workspace_id)
    if left <= 0:
        await desk.screen("psa", "write_off", {"time_entry_ids": ids, "reason": OVER_CAP})
        return {}
    above = sum((value_of(row) for row in rows), Decimal(0)) - left
    items = [{"notes": OVER_CAP, "amount": -above, "story_id": await story_id(desk, terms.code)}] if above > 0 else []
    return {"time_entry_ids": ids, "additional_items": items}


async def fees_so_far(desk: Desk, workspace_id: str) -> Decimal:
    """Net of what was drafted or issued for a project, in the major unit; expenses are beyond a cap on fees."""
    rows = await all_rows(desk, "/invoices.json", {"workspace_id": workspace_id})
    standing = {row["id"]: row for row in rows if row["status"] != "cancelled"}
    spent = await all_rows(desk, "/expenses.json", {"workspace_id": workspace_id}) if standing else []
    billed = sum((_major(row, "subtotal_in_cents") for row in standing.values()), Decimal(0))
    return billed - sum((_major(row, "amount_in_cents") for row in spent if row["invoice_id"] in standing), Decimal(0))


def _major(row: Mapping[str, Any], name: str) -> Decimal:
    return Decimal(row[name]) / int(row["currency_base_unit"])


def value_of(row: Mapping[str, Any]) -> Decimal:
    """What a time entry is worth, in the major unit."""
    return line_net(int(row["time_in_minutes"]), _major(row, "rate_in_cents"), row["currency"]).amount


async def draft_fixed(desk: Desk, args: dict[str, Any]) -> None:
    """Draft a pre-bill of an instalment."""
    workspace_id = await open_workspace_id(desk, args["engagement"])
    if await _pre_bill(desk, workspace_id, args["bill"]):
        return
    item = {
        "notes": args["bill"],
        "amount": Decimal(args["amount"]),
        "story_id": await story_id(desk, args["engagement"], args.get("line")),
    }
    await _draft(desk, workspace_id, args["bill"], {"fixed_fee_items": [item]})


async def draft_milestone(desk: Desk, args: dict[str, Any]) -> None:
    """Draft a pre-bill of a milestone the client accepted."""
    workspace_id = await open_workspace_id(desk, args["engagement"])
    if await _pre_bill(desk, workspace_id, args["bill"]):
        return
    milestone = await billing_milestone(desk, args["engagement"], args["milestone"])
    await _draft(desk, workspace_id, args["bill"], {"billing_milestone_ids": [milestone["id"]]})


async def write_off(desk: Desk, args: dict[str, Any]) -> None:
    """The partner gives up a person's unbilled time on a day."""
    person, day, *_ = args["ref"].split(" ")
    rows = await entries_of(desk, args["engagement"], person, day, day)
    wanted = [row["id"] for row in rows if row["approved"] and row["billable"]]
    if not wanted:
        if any(row["written_off"] for row in rows):
            return
        raise Blocked(f"time {args['ref']!r} is not approved")
    await desk.screen("psa", "write_off", {"time_entry_ids": wanted, "reason": args["reason"]})


async def approve_bill(desk: Desk, args: dict[str, Any]) -> None:
    """The partner approves the pre-bill: it becomes an invoice of that date. Without a pre-bill nothing is due."""
    workspace_id = await open_workspace_id(desk, args["engagement"])
    invoice = await _pre_bill(desk, workspace_id, args["bill"])
    if invoice is None or not invoice["draft"]:
        return
    issued = {"invoice": {"draft": False, "invoice_date": args["invoice_date"]}}
    must(await desk.psa("PUT", f"/invoices/{invoice['id']}.json", json=issued), 200)


async def _pre_bill(desk: Desk, workspace_id: str, title: str) -> dict[str, Any] | None:
    rows = await all_rows(desk, "/invoices.json", {"workspace_id": workspace_id})
    return next((row for row in rows if row["user_invoice_title"] == title), None)


async def _expenses(desk: Desk, workspace_id: str, through: str) -> dict[str, Any]:
    """The approved, billable, unbilled expenses of a project up to a day, as content of a pre-bill."""
    query = {
        "workspace_id": workspace_id,
        "approved": "true",
        "uninvoiced": "true",
        "date_expensed_between": f"2000-01-01:{through}",
        "order": "date:asc",
    }
    rows = [row for row in await all_rows(desk, "/expenses.json", query) if row["is_billable"]]
    return {"expense_ids": [row["id"] for row in rows]} if rows else {}


async def _draft(desk: Desk, workspace_id: str, title: str, content: dict[str, Any]) -> None:
    terms_days = desk.terms(title.split(" ", maxsplit=1)[0]).payment_terms_days
    invoice = {
        "workspace_id": workspace_id,
        "payment_schedule": terms_days,
        "user_invoice_title": title,
        "draft": True,
        "invoice_date": desk.ports.today(desk.plan.entity(desk.person.entity).zone).isoformat(),
        **content,
    }
    must(await desk.psa("POST", "/invoices.json", json={"invoice": invoice}), 200)
