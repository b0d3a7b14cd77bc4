"""Invoices as pre-bills: drafted from approved lines and amounts, issued, cancelled, paid (psa-kantata.md 11)."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from mocks.kit.store import Store
from mocks.psa import rules_invoice_lines as lines
from mocks.psa.errors import invalid
from mocks.psa.present import minor_scale
from mocks.psa.records import INVOICE_CANCELLED, NEW, PAID
from mocks.psa.rules import Given, change, delete_with_references, picked, pointed_to, refer
from sandbox.core.money import plain, round_half_away
from sandbox.core.observe import Row

_TEXTS = ("user_invoice_number", "user_invoice_title", "message", "purchase_order", "project_code")
# Enough for the effective rate of a document whose tax is several rounded parts.
_TAX_PLACES = 8
_SCHEDULE_DAYS_MAX = 365


def create(store: Store, given: Given, today: date) -> Row:
    """An invoice over approved, billable, uninvoiced lines, due milestones and amounts of one project."""
    workspace = pointed_to(store, "workspace", given["workspace_id"], "workspace_id")
    currency = workspace["currency"]
    values: dict[str, Any] = {
        "workspace_id": workspace["id"],
        "currency": currency,
        "draft": given.get("draft", 0),
        "number": next_number(store),
        "invoice_date": given.get("invoice_date") or today.isoformat(),
        "payment_schedule": given["payment_schedule"],
        "tax_rate": _tax_rate(given.get("tax_rate") or "0"),
        **picked(given, _TEXTS),
    }
    values["due_date"] = _due_date(values["invoice_date"], values["payment_schedule"])
    taken = {
        kind: lines.takeable(store, kind, given.get(kind.name) or [], workspace["id"], values["invoice_date"])
        for kind in lines.TAKEN
    }
    made = {kind: [kind.row(store, item, workspace) for item in given.get(kind.name) or []] for kind in lines.MADE}
    total = lines.Sum.of(taken, made)
    if not total.count:
        raise invalid("time_entry_ids", lines.NO_LINES)
    total.demand_fit()
    values.update(amounts(total.net, values["tax_rate"], currency, 0, total.exempt))
    # The running number is no part of the label: an invoice left out would move the ids of all later ones.
    parts = [row["id"] for rows in taken.values() for row in rows]
    parts += [f"{row['amount']} {row['notes']}" for rows in made.values() for row in rows]
    label = f"{workspace['id']} {values['invoice_date']} {'|'.join(parts)}"
    invoice = store.insert("invoice", values, label=label)
    for kind, rows in taken.items():
        lines.put_on(store, kind, rows, invoice["id"])
    for each, rows in made.items():
        lines.add(store, each, rows, invoice["id"])
    refer(store, "Invoice", invoice, given)
    return invoice


def alter(store: Store, invoice: Row, given: Given) -> Row:
    """Change or issue an invoice. Raises 422 for a cancelled one, and for what an issued one does not allow."""
    if invoice["status"] == INVOICE_CANCELLED:
        raise invalid("base", "a cancelled invoice cannot be changed")
    if given.get("workspace_id", invoice["workspace_id"]) != invoice["workspace_id"]:
        raise invalid("workspace_id", "an invoice cannot move to another project")
    values = _particulars(invoice, given)
    _replace_lines(store, {**invoice, **values}, given)
    if "draft" in given and given["draft"] != invoice["draft"]:
        _demand_issuable(store, invoice)
        values["draft"] = 0
    refer(store, "Invoice", invoice, given)
    return recompute(store, invoice, values)


def _particulars(invoice: Row, given: Given) -> dict[str, Any]:
    """What a document says beside its lines."""
    values: dict[str, Any] = picked(given, _TEXTS)
    for name in ("invoice_date", "payment_schedule"):
        if given.get(name) is not None:
            values[name] = given[name]
    after = {**invoice, **values}
    values["due_date"] = _due_date(after["invoice_date"], after["payment_schedule"])
    if given.get("tax_rate") is not None:
        values["tax_rate"] = _tax_rate(given["tax_rate"])
        if invoice["paid"] and values["tax_rate"] != invoice["tax_rate"]:
            raise invalid("tax_rate", "the tax rate of an invoice with payments cannot be changed")
    return values


def _replace_lines(store: Store, invoice: Row, given: Given) -> None:
    if "fixed_fee_items" in given:
        raise invalid("fixed_fee_items", "fixed fee items cannot be changed here; cancel the invoice and make another")
    for kind in lines.TAKEN:
        if kind.name in given:
            lines.replace_taken(store, kind, invoice, given[kind.name])
    if "additional_items" in given:
        lines.replace_made(store, lines.ADDITIONAL_ITEMS, invoice, given["additional_items"])


def cancel(store: Store, invoice: Row) -> Row:
    """Void an invoice and free its lines. Raises 422 when it is cancelled already."""
    if invoice["status"] == INVOICE_CANCELLED:
        raise invalid("base", f"invoice {invoice['id']} is already cancelled")
    lines.free(store, invoice["id"])
    return store.update("invoice", invoice["id"], {"status": INVOICE_CANCELLED})


def discard(store: Store, invoice: Row) -> None:
    """Delete a draft with its own items and free its lines. Raises 422 for an issued one, which is cancelled."""
    if not invoice["draft"]:
        raise invalid("base", f"invoice {invoice['id']} is issued; cancel it")
    lines.free(store, invoice["id"])
    for kind in lines.MADE:
        for row in store.find(kind.type_name, {"invoice_id": invoice["id"]}):
            store.delete(kind.type_name, row["id"])
    delete_with_references(store, "Invoice", invoice["id"])


def pay(store: Store, given: Given, today: date) -> tuple[Row, Row]:
    """Record cash against an issued invoice; twice the same is two payments. Returns payment and invoice."""
    invoice = pointed_to(store, "invoice", given["invoice_id"], "invoice_id")
    if invoice["draft"] or invoice["status"] == INVOICE_CANCELLED:
        raise invalid("invoice_id", "only an issued invoice that is not cancelled can be paid")
    if given.get("workspace_id") not in (None, invoice["workspace_id"]):
        raise invalid("workspace_id", "the invoice belongs to another project")
    amount = given["amount_in_cents"] * minor_scale(invoice["currency"])
    if not 0 < amount <= invoice["balance"]:
        raise invalid("amount_in_cents", "amount_in_cents must be positive and at most the balance of the invoice")
    values = {
        "invoice_id": invoice["id"],
        "workspace_id": invoice["workspace_id"],
        "amount": amount,
        "currency": invoice["currency"],
        "date": given.get("date") or today.isoformat(),
        "notes": given.get("notes"),
    }
    payment = store.insert("external_payment", values)
    paid, balance = invoice["paid"] + amount, invoice["balance"] - amount
    settled = {"paid": paid, "balance": balance, "status": NEW if balance else PAID}
    return payment, change(store, invoice, "invoice", settled)


def next_number(store: Store) -> int:
    """The number the next invoice gets, drafts and cancelled ones counted."""
    ((number,),) = store.read("SELECT max(number) FROM invoice")
    return int(number or 0) + 1


def recompute(store: Store, invoice: Row, values: Given) -> Row:
    """Write some attributes, with the amounts that follow from the lines as they now are.

    Raises 422 when what is taken off exceeds what there is to take it from.
    """
    total = lines.Sum.on(store, invoice["id"])
    total.demand_fit()
    tax_rate = values.get("tax_rate", invoice["tax_rate"])
    # An issued document stands as it was issued, whatever a credit note gave back since.
    net = total.net if invoice["draft"] else invoice["subtotal"]
    figures = amounts(net, tax_rate, invoice["currency"], invoice["paid"], total.exempt)
    return change(store, invoice, "invoice", {**values, **figures})


def amounts(subtotal: int, tax_rate: str, currency: str, paid: int, exempt: int = 0) -> dict[str, int]:
    """Amounts of a document at 1e-4: tax on all but the exempt lines is rounded once, half away from zero, to the
    minor unit (posting-map 3)."""
    scale = minor_scale(currency)
    tax = int(round_half_away(Decimal((subtotal - exempt) // scale) * Decimal(tax_rate) / 100, 0)) * scale
    return {
        "subtotal": subtotal,
        "tax_amount": tax,
        "total": subtotal + tax,
        "balance": subtotal + tax - paid,
    }


def write_down(store: Store, invoice: Row, amount: int, reason: str, story_id: str | None) -> Row:
    """Take an amount (minor units) off a draft, as a negative additional item that keeps the reason.

    Raises 422 for an issued invoice, and when more is taken off than the draft has.
    """
    if not invoice["draft"] or invoice["status"] == INVOICE_CANCELLED:
        raise invalid("invoice_id", f"invoice {invoice['id']} is no draft")
    workspace = pointed_to(store, "workspace", invoice["workspace_id"], "invoice_id")
    item = {
        "amount": -amount * minor_scale(invoice["currency"]),
        "notes": f"Write-down: {reason}",
        "story_id": story_id,
    }
    row = {**lines.ADDITIONAL_ITEMS.row(store, item, workspace), "write_down_reason": reason}
    store.insert("additional_item", {**row, "invoice_id": invoice["id"]}, label=f"{invoice['id']} {amount} {reason}")
    return recompute(store, invoice, {})


def _demand_issuable(store: Store, invoice: Row) -> None:
    if not invoice["draft"]:
        raise invalid("draft", "an issued invoice cannot become a draft again")
    if not lines.Sum.on(store, invoice["id"]).count:
        raise invalid("time_entry_ids", lines.NO_LINES)


def _tax_rate(text: str) -> str:
    rate = Decimal(text)
    if not 0 <= rate <= 100 or rate != round_half_away(rate, _TAX_PLACES):
        raise invalid("tax_rate", f"tax_rate must be a percentage with at most {_TAX_PLACES} decimals")
    return plain(rate.normalize()) if rate else "0"


def _due_date(invoice_date: str, payment_schedule: int) -> str:
    if not 0 <= payment_schedule <= _SCHEDULE_DAYS_MAX:
        raise invalid("payment_schedule", f"payment_schedule must be between 0 and {_SCHEDULE_DAYS_MAX} days")
    return (date.fromisoformat(invoice_date) + timedelta(days=payment_schedule)).isoformat()
