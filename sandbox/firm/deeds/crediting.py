"""After the invoice: credits of it, and time that belongs to another project."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from sandbox.core.money import exponent
from sandbox.firm.deeds.edits import pre_bill_of, rows_of
from sandbox.firm.deeds.lookups import all_rows, open_workspace_id, story_id
from sandbox.firm.desk import Blocked, Desk


async def credit(desk: Desk, args: dict[str, Any]) -> None:
    """Make the credit note of an issued pre-bill, over an amount or billed time, once."""
    invoice = await pre_bill_of(desk, args["engagement"], args["bill"])
    if invoice["draft"]:
        raise Blocked(f"pre-bill {args['bill']!r} is not issued")
    form: dict[str, Any] = {"invoice_id": invoice["id"], "reason": args["reason"]}
    if args.get("refs"):
        rows = await rows_of(desk, args["engagement"], args["refs"])
        billed = [row["id"] for row in rows if row["invoice_id"] == invoice["id"]]
        if not billed:
            return
        form["time_entry_ids"] = billed
    else:
        form["amount_in_cents"] = int(Decimal(args["amount"]).scaleb(exponent(invoice["currency"])))
        notes = await all_rows(desk, "/invoices.json", {"workspace_id": invoice["workspace_id"]})
        mine = [row for row in notes if row["credited_invoice_id"] == invoice["id"]]
        if any(row["subtotal_in_cents"] == -form["amount_in_cents"] for row in mine):
            return
    await desk.screen("psa", "credit", form)


async def transfer_time(desk: Desk, args: dict[str, Any]) -> None:
    """Move a person's time to the project it belongs to; the screen refuses what is on an issued invoice."""
    to = await open_workspace_id(desk, args["to"])
    rows = await rows_of(desk, args["engagement"], args["refs"], also_in=args["to"])
    staying = [row for row in rows if row["workspace_id"] != to]
    if staying:
        form = {
            "time_entry_ids": [row["id"] for row in staying],
            "workspace_id": to,
            "story_id": await story_id(desk, args["to"]),
            "reason": args["reason"],
        }
        await desk.screen("psa", "transfer_time", form)
