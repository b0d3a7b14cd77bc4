"""Edits of a pre-bill before it is approved: time held back for the next one, an amount written down."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from sandbox.core.money import exponent
from sandbox.firm.deeds.lookups import all_rows, entries_of, open_workspace_id
from sandbox.firm.desk import Blocked, Desk, must


async def hold_time(desk: Desk, args: dict[str, Any]) -> None:
    """Take time off a draft: it stays unbilled until the next one."""
    invoice = await draft_of(desk, args["engagement"], args["bill"])
    held = {row["id"] for row in await rows_of(desk, args["engagement"], args["refs"])}
    kept = [each for each in invoice["time_entry_ids"] if each not in held]
    if len(kept) < len(invoice["time_entry_ids"]):
        body = {"invoice": {"time_entry_ids": kept}}
        must(await desk.psa("PUT", f"/invoices/{invoice['id']}.json", json=body), 200)


async def write_down(desk: Desk, args: dict[str, Any]) -> None:
    """Take an amount off a draft, once."""
    invoice = await draft_of(desk, args["engagement"], args["bill"])
    items = await all_rows(desk, "/additional_items.json", {"invoice_id": invoice["id"]})
    if any(item["write_down_reason"] == args["reason"] for item in items):
        return
    cents = int(Decimal(args["amount"]).scaleb(exponent(invoice["currency"])))
    form = {"invoice_id": invoice["id"], "amount_in_cents": cents, "reason": args["reason"]}
    await desk.screen("psa", "write_down", form)


async def pre_bill_of(desk: Desk, engagement: str, title: str) -> dict[str, Any]:
    """A pre-bill by its title; raises Blocked while there is none."""
    workspace_id = await open_workspace_id(desk, engagement)
    rows = await all_rows(desk, "/invoices.json", {"workspace_id": workspace_id, "include": "time_entries"})
    for row in rows:
        if row["user_invoice_title"] == title:
            return row
    raise Blocked(f"there is no pre-bill {title!r}")


async def draft_of(desk: Desk, engagement: str, title: str) -> dict[str, Any]:
    """A pre-bill that is still a draft; raises Blocked for one that is issued."""
    invoice = await pre_bill_of(desk, engagement, title)
    if not invoice["draft"]:
        raise Blocked(f"pre-bill {title!r} is issued")
    return invoice


async def rows_of(desk: Desk, engagement: str, refs: list[str], also_in: str | None = None) -> list[dict[str, Any]]:
    """The approved time entries that bookings are, some of them perhaps moved to another engagement already; raises
    Blocked while one is missing."""
    people: dict[str, list[str]] = {}
    for ref in refs:
        person, day, *_ = ref.split(" ")
        people.setdefault(person, []).append(day)
    found: list[dict[str, Any]] = []
    for person, days in people.items():
        rows = await entries_of(desk, engagement, person, min(days), max(days))
        if also_in is not None:
            rows += await entries_of(desk, also_in, person, min(days), max(days))
        found += [row for row in rows if row["date_performed"] in days and row["approved"]]
    if len(found) < len(refs):
        raise Blocked(f"time of {refs[0]!r} and others is not approved")
    return found
