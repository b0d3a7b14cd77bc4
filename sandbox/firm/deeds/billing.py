"""The pre-bill and what follows: draft, partner's write-off, approval."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from sandbox.core.money import line_net
from sandbox.firm.deeds.lookups import all_rows, billing_milestone, entries_of, open_workspace_id, story_id
from sandbox.firm.desk import Blocked, Desk, must

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
    ids = [row["id"] for row in rows]
    if not rows:
        return
    if terms.kind != "capped_time":
        await _draft(desk, workspace_id, args["bill"], {"time_entry_ids": ids})
        return
    left = terms.price - await billed_so_far(desk, workspace_id)
    if left <= 0:
        await desk.screen("psa", "write_off", {"time_entry_ids": ids, "reason": OVER_CAP})
        return
    above = sum((value_of(row) for row in rows), Decimal(0)) - left
    items = [{"notes": OVER_CAP, "amount": -above, "story_id": await story_id(desk, terms.code)}] if above > 0 else []
    await _draft(desk, workspace_id, args["bill"], {"time_entry_ids": ids, "additional_items": items})


async def billed_so_far(desk: Desk, workspace_id: str) -> Decimal:
    """Net of what was drafted or issued for a project, in the major unit."""
    rows = await all_rows(desk, "/invoices.json", {"workspace_id": workspace_id})
    standing = (row for row in rows if row["status"] != "cancelled")
    return sum((Decimal(row["subtotal_in_cents"]) / int(row["currency_base_unit"]) for row in standing), Decimal(0))


def value_of(row: dict[str, Any]) -> Decimal:
    """What a time entry is worth, in the major unit."""
    rate = Decimal(row["rate_in_cents"]) / int(row["currency_base_unit"])
    return line_net(int(row["time_in_minutes"]), rate, row["currency"]).amount


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
