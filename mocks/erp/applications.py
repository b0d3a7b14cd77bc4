"""What a payment or credit is applied to: open invoices of one client, never more than is open or was given."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from mocks.erp import errors
from mocks.erp.books import shown
from mocks.erp.incoming import Line
from mocks.erp.records_documents import INVOICE_APPROVED, INVOICE_VOIDED
from sandbox.core.observe import Row

Application = tuple[Row, int]


def chosen(customer_id: str, lines: Iterable[Line], available: int, already: Mapping[str, int]) -> list[Application]:
    """What is applied beyond ``already``, as (invoice, amount); a line without an amount takes what it can."""
    found: list[Application] = []
    seen: list[str] = []
    for index, line in enumerate(lines):
        if line.get("apply") == 0:
            continue
        path = f"apply.items[{index}]"
        invoice = _open_invoice(customer_id, line, path, seen)
        seen.append(invoice["id"])
        before = already.get(invoice["id"], 0)
        amount = _amount(line, path, min(invoice["amountRemaining"], available) + before)
        if amount == before:
            continue
        if not before < amount <= before + invoice["amountRemaining"]:
            reason = f"{shown(invoice['amountRemaining'])} of the invoice is open."
            raise errors.invalid_value(shown(amount), "amount", f"{path}.amount", reason)
        available -= amount - before
        if available < 0:
            raise errors.invalid_value(shown(amount), "amount", f"{path}.amount", "More is applied than was paid.")
        found.append((invoice, amount - before))
    return found


def summed(stored: Iterable[Row]) -> dict[str, int]:
    """Applied so far, by invoice."""
    already: dict[str, int] = {}
    for each in stored:
        already[each["invoice"]] = already.get(each["invoice"], 0) + each["amount"]
    return already


def _open_invoice(customer_id: str, line: Line, path: str, seen: list[str]) -> Row:
    invoice: Row | None = line.get("doc")
    if invoice is None:
        raise errors.invalid_value("", "doc", f"{path}.doc")
    reason = ""
    if invoice["entity"] != customer_id:
        reason = "It is an invoice of another customer."
    elif invoice["approvalStatus"] != INVOICE_APPROVED:
        reason = "The invoice is not approved."
    elif invoice["status"] == INVOICE_VOIDED:
        reason = "The invoice is void."
    elif invoice["id"] in seen:
        reason = "It is named twice."
    if reason:
        raise errors.invalid_value(invoice["externalId"] or invoice["id"], "doc", f"{path}.doc", reason)
    return invoice


def _amount(line: Line, path: str, otherwise: int) -> int:
    amount = line.get("amount")
    if amount is None:
        return otherwise
    if amount <= 0:
        raise errors.invalid_value(shown(amount), "amount", f"{path}.amount")
    return int(amount)
