"""Money comes in: the client pays, in full or not; what names no invoice is applied by finance."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from sandbox.core.money import exponent, round_half_away
from sandbox.firm.desk import Blocked, Desk


async def pay(desk: Desk, args: dict[str, Any]) -> None:
    """The client pays an invoice, perhaps short or after keeping tax back; the bank shows it; the line is imported.

    The remittance says what was kept back: ``INV-IN-0001 TDS 10000.00``.
    """
    terms = desk.terms(args["engagement"])
    client = desk.client(terms.client)
    by_file = desk.plan.firm.bank == "file"
    line_id = _line_id(args["bill"])
    if not by_file and await desk.screen("erp", "bank_lines", {"line_id": line_id}):
        return
    due = await _due(desk, args)
    currency = due["currency"]
    percent = Decimal(args.get("withholding_percent", 0))
    kept = round_half_away(Decimal(due["subtotal"]) * percent / 100, exponent(currency))
    amount = Decimal(due["amount_remaining"]) - Decimal(args.get("short_by", 0)) - kept
    reference = f"{due['tran_id']} TDS {kept}" if kept else due["tran_id"]
    if by_file:
        await _transfer(desk, terms.entity, args["paid_on"], str(amount), currency, client.name, reference)
        return
    line = {
        "line_id": line_id,
        "subsidiary": terms.entity,
        "date": args["paid_on"],
        "amount": str(amount),
        "currency": currency,
        "payer": client.name,
        "reference": "consulting fees" if args.get("unidentified") else reference,
    }
    await desk.screen("erp", "import_bank_line", line)


async def _transfer(
    desk: Desk, entity: str, on: str, amount: str, currency: str, remitter: str, reference: str
) -> None:
    """The client's transfer, once; the bank's statement shows it the next morning."""
    account = f"BANK-{entity}"
    for line in await desk.screen("files", "bank_lines", {"account": account}):
        if (line["remitter"], line["reference"]) == (remitter, reference):
            return
    transfer = {"account": account, "amount": amount, "currency": currency, "value_date": on}
    await desk.screen("files", "bank_transfer", {**transfer, "remitter": remitter, "reference": reference})


async def apply_payment(desk: Desk, args: dict[str, Any]) -> None:
    """Finance finds out which invoice a payment was for, and applies it."""
    form = {"payment": _line_id(args["bill"])}
    (shown,) = await desk.screen("erp", "payments", form) or [None]
    if shown is None:
        raise Blocked(f"no payment {form['payment']} yet")
    if Decimal(shown["unapplied"]) and not Decimal(shown["applied"]):
        due = await _due(desk, args)
        await desk.screen("erp", "apply_payment", {**form, "invoice": due["tran_id"]})


def _line_id(bill: str) -> str:
    return "BL-" + bill.replace(" ", "-")


async def _due(desk: Desk, args: dict[str, Any]) -> dict[str, Any]:
    shown: list[dict[str, Any]] = await desk.screen("erp", "open_invoices", {"engagement": args["engagement"]})
    due = [row for row in shown if row["date"] == args["invoice_date"]]
    if len(due) > 1:
        # Two of one day are told apart by their title.
        due = [row for row in due if row["memo"] == args["bill"]]
    if not due:
        raise Blocked(f"the client has no invoice of {args['invoice_date']} for {args['engagement']}")
    return due[0]
