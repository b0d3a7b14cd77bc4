"""Invoices as pre-bills: drafted from approved time and fixed amounts, issued, cancelled, paid (psa-kantata.md 11)."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from mocks.kit.store import Store
from mocks.psa.associations import by_ids
from mocks.psa.errors import invalid
from mocks.psa.present import minor_scale
from mocks.psa.records import INVOICE_CANCELLED, NEW, PAID, TIME_ENTRY
from mocks.psa.rules import Given, change, picked, pointed_to, refer
from mocks.psa.rules_rates import net_minor
from sandbox.core.money import plain, round_half_away
from sandbox.core.observe import Row

_TEXTS = ("user_invoice_number", "user_invoice_title", "message", "purchase_order", "project_code")
_TAX_PLACES = 4
_SCHEDULE_DAYS_MAX = 365
# A billion, at 1e-4: keeps sums within SQLite's integers.
_AMOUNT_MAX = 10**13


def create(store: Store, given: Given, today: date) -> Row:
    """An invoice over approved, billable, uninvoiced entries and fixed amounts of one project."""
    workspace = pointed_to(store, "workspace", given["workspace_id"], "workspace_id")
    items = given.get("fixed_fee_items") or []
    entries = _billable(store, given.get("time_entry_ids") or [], workspace["id"])
    if not entries and not items:
        raise invalid("time_entry_ids", "an invoice needs at least one time entry or fixed fee item")
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
    lines = [_item(store, item, workspace) for item in items]
    values.update(
        amounts(sum(map(net_minor, entries)) * minor_scale(currency) + _sum(lines), values["tax_rate"], currency, 0)
    )
    # The running number is no part of the label: an invoice left out would move the ids of all later ones.
    parts = [entry["id"] for entry in entries] + [f"{line['amount']} {line['notes']}" for line in lines]
    label = f"{workspace['id']} {values['invoice_date']} {'|'.join(parts)}"
    invoice = store.insert("invoice", values, label=label)
    for entry in entries:
        store.update("time_entry", entry["id"], {"invoice_id": invoice["id"]})
    for position, line in enumerate(lines):
        store.insert("fixed_fee_item", {**line, "invoice_id": invoice["id"]}, label=f"{invoice['id']} {position}")
    refer(store, "Invoice", invoice, given)
    return invoice


def alter(store: Store, invoice: Row, given: Given) -> Row:
    """Change or issue an invoice. Raises 422 for a cancelled one, and for what an issued one does not allow."""
    if invoice["status"] == INVOICE_CANCELLED:
        raise invalid("base", "a cancelled invoice cannot be changed")
    if given.get("workspace_id", invoice["workspace_id"]) != invoice["workspace_id"]:
        raise invalid("workspace_id", "an invoice cannot move to another project")
    if "fixed_fee_items" in given:
        raise invalid("fixed_fee_items", "fixed fee items cannot be changed here; cancel the invoice and make another")
    values: dict[str, Any] = picked(given, _TEXTS)
    if given.get("invoice_date") is not None:
        values["invoice_date"] = given["invoice_date"]
    if given.get("payment_schedule") is not None:
        values["payment_schedule"] = given["payment_schedule"]
    after = {**invoice, **values}
    values["due_date"] = _due_date(after["invoice_date"], after["payment_schedule"])
    if given.get("tax_rate") is not None:
        values["tax_rate"] = _tax_rate(given["tax_rate"])
        if invoice["paid"] and values["tax_rate"] != invoice["tax_rate"]:
            raise invalid("tax_rate", "the tax rate of an invoice with payments cannot be changed")
    if "time_entry_ids" in given:
        _replace_entries(store, invoice, given["time_entry_ids"])
    if "draft" in given and given["draft"] != invoice["draft"]:
        _demand_issuable(store, invoice)
        values["draft"] = 0
    refer(store, "Invoice", invoice, given)
    return recompute(store, invoice, values)


def cancel(store: Store, invoice: Row) -> Row:
    """Void an invoice and free its entries. Raises 422 when it is cancelled already."""
    if invoice["status"] == INVOICE_CANCELLED:
        raise invalid("base", f"invoice {invoice['id']} is already cancelled")
    for entry in store.find("time_entry", {"invoice_id": invoice["id"]}):
        store.update("time_entry", entry["id"], {"invoice_id": None})
    return store.update("invoice", invoice["id"], {"status": INVOICE_CANCELLED})


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
    """Write some attributes, with the amounts that follow from the lines as they now are."""
    entries = store.find("time_entry", {"invoice_id": invoice["id"]})
    items = store.find("fixed_fee_item", {"invoice_id": invoice["id"]})
    currency = invoice["currency"]
    subtotal = sum(map(net_minor, entries)) * minor_scale(currency) + _sum(items)
    tax_rate = values.get("tax_rate", invoice["tax_rate"])
    return change(store, invoice, "invoice", {**values, **amounts(subtotal, tax_rate, currency, invoice["paid"])})


def amounts(subtotal: int, tax_rate: str, currency: str, paid: int) -> dict[str, int]:
    """Amounts of a document at 1e-4: tax is rounded once, half away from zero, to the minor unit (posting-map 3)."""
    scale = minor_scale(currency)
    tax = int(round_half_away(Decimal(subtotal // scale) * Decimal(tax_rate) / 100, 0)) * scale
    return {
        "subtotal": subtotal,
        "tax_amount": tax,
        "total": subtotal + tax,
        "balance": subtotal + tax - paid,
    }


def _sum(lines: list[Row]) -> int:
    return sum(line["amount"] for line in lines)


def _billable(store: Store, entry_ids: list[str], workspace_id: str) -> list[Row]:
    """Entries that may go on an invoice; raises 422 for one that may not."""
    entries = by_ids(store, TIME_ENTRY, entry_ids)
    if len(entries) != len(entry_ids):
        raise invalid("time_entry_ids", "a time entry of these does not exist")
    for entry in entries:
        if entry["workspace_id"] != workspace_id:
            raise invalid("time_entry_ids", f"time entry {entry['id']} belongs to another project")
        if not (entry["approved"] and entry["billable"]):
            raise invalid("time_entry_ids", f"time entry {entry['id']} is not approved and billable")
        if entry["invoice_id"] is not None:
            raise invalid("time_entry_ids", f"time entry {entry['id']} is already on an invoice")
    return entries


def _replace_entries(store: Store, invoice: Row, entry_ids: list[str]) -> None:
    """Another set of entries on a draft: holds come off it, others go on."""
    before = [entry["id"] for entry in store.find("time_entry", {"invoice_id": invoice["id"]})]
    added = [entry_id for entry_id in entry_ids if entry_id not in before]
    removed = [entry_id for entry_id in before if entry_id not in entry_ids]
    if not invoice["draft"] and (added or removed):
        raise invalid("time_entry_ids", "the lines of an issued invoice cannot be changed")
    for entry in _billable(store, added, invoice["workspace_id"]):
        store.update("time_entry", entry["id"], {"invoice_id": invoice["id"]})
    for entry_id in removed:
        store.update("time_entry", entry_id, {"invoice_id": None})


def _demand_issuable(store: Store, invoice: Row) -> None:
    if not invoice["draft"]:
        raise invalid("draft", "an issued invoice cannot become a draft again")
    lines = ("time_entry", "fixed_fee_item")
    if not any(store.one(kind, {"invoice_id": invoice["id"]}) for kind in lines):
        raise invalid("time_entry_ids", "an invoice needs at least one time entry or fixed fee item")


def _item(store: Store, given: Given, workspace: Row) -> Row:
    """A fixed amount; ``amount`` comes in main units."""
    currency = workspace["currency"]
    if not 0 < given["amount"] <= _AMOUNT_MAX or given["amount"] % minor_scale(currency):
        raise invalid("fixed_fee_items", f"amount must be a positive amount of {currency}, in main units")
    story_id = given.get("story_id")
    if story_id is not None:
        story = pointed_to(store, "story", story_id, "fixed_fee_items")
        if story["workspace_id"] != workspace["id"]:
            raise invalid("fixed_fee_items", f"task {story_id} belongs to another project")
    return {
        "workspace_id": workspace["id"],
        "story_id": story_id,
        "notes": given.get("notes"),
        "amount": given["amount"],
        "currency": currency,
        "taxable": given.get("taxable", 0),
    }


def _tax_rate(text: str) -> str:
    rate = Decimal(text)
    if not 0 <= rate <= 100 or rate != round_half_away(rate, _TAX_PLACES):
        raise invalid("tax_rate", f"tax_rate must be a percentage with at most {_TAX_PLACES} decimals")
    return plain(rate.normalize()) if rate else "0"


def _due_date(invoice_date: str, payment_schedule: int) -> str:
    if not 0 <= payment_schedule <= _SCHEDULE_DAYS_MAX:
        raise invalid("payment_schedule", f"payment_schedule must be between 0 and {_SCHEDULE_DAYS_MAX} days")
    return (date.fromisoformat(invoice_date) + timedelta(days=payment_schedule)).isoformat()
