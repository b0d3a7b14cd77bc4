"""Credit notes: what a person takes back of an issued invoice. The vendor has none (README).

Here it is a document below zero that names the original, with an additional item for each entry of time it gives back.
"""

from __future__ import annotations

from datetime import date

from mocks.kit.store import Store
from mocks.psa import rules_invoice_lines as lines
from mocks.psa.associations import by_ids
from mocks.psa.errors import invalid
from mocks.psa.present import minor_scale
from mocks.psa.records import INVOICE_CANCELLED, NEW, TIME_ENTRY
from mocks.psa.rules import change
from mocks.psa.rules_invoices import amounts, next_number
from mocks.psa.rules_rates import net_minor
from sandbox.core.observe import Row


def credit(store: Store, invoice: Row, reason: str, amount: int | None, entry_ids: list[str], today: date) -> Row:
    """The credit note over an amount (minor units) or time entries, which are unbilled from then on.

    Raises 422 for a draft, a cancelled document or another credit note, time that is not on the invoice, both or
    neither of amount and time, and more than is left of the invoice.
    """
    if invoice["draft"] or invoice["status"] == INVOICE_CANCELLED or invoice["credited_invoice_id"] is not None:
        raise invalid("invoice_id", f"invoice {invoice['id']} is not an issued invoice")
    if (amount is None) == (not entry_ids):
        raise invalid("amount_in_cents", "credit an amount or time entries")
    entries = by_ids(store, TIME_ENTRY, entry_ids)
    if len(entries) != len(dict.fromkeys(entry_ids)) or any(each["invoice_id"] != invoice["id"] for each in entries):
        raise invalid("time_entry_ids", f"a time entry of these is not on invoice {invoice['id']}")
    scale = minor_scale(invoice["currency"])
    taken = [(each["id"], net_minor(each) * scale) for each in entries] or [(None, (amount or 0) * scale)]
    total = sum(each for _, each in taken)
    before = store.find("invoice", {"credited_invoice_id": invoice["id"]})
    if total > invoice["subtotal"] + sum(each["subtotal"] for each in before):
        raise invalid("amount_in_cents", "more is credited than is left of the invoice")
    note = _document(store, invoice, reason, total, today, len(before) + 1)
    for entry_id, value in taken:
        item = {
            "invoice_id": note["id"],
            "workspace_id": invoice["workspace_id"],
            "story_id": None,
            "notes": f"Credit: {reason}",
            "amount": -value,
            "currency": invoice["currency"],
            "taxable": None,
            "time_entry_id": entry_id,
        }
        store.insert(lines.ADDITIONAL_ITEMS.type_name, item, label=f"{note['id']} {entry_id}")
    for entry in entries:
        change(store, entry, "time_entry", {"invoice_id": None})
    return note


def _document(store: Store, invoice: Row, reason: str, total: int, today: date, position: int) -> Row:
    values = {
        "workspace_id": invoice["workspace_id"],
        "currency": invoice["currency"],
        "draft": 0,
        "status": NEW,
        "number": next_number(store),
        "user_invoice_title": f"Credit {position} of {invoice['user_invoice_title']}",
        "invoice_date": today.isoformat(),
        "due_date": today.isoformat(),
        "payment_schedule": 0,
        "tax_rate": invoice["tax_rate"],
        "credited_invoice_id": invoice["id"],
        "credit_reason": reason,
        **amounts(-total, invoice["tax_rate"], invoice["currency"], 0),
    }
    return store.insert("invoice", values, label=f"credit {position} {invoice['id']} {reason} {total}")
