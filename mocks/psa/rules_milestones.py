"""Billing milestones: amounts that fall due at a date or with a task (psa-kantata.md section 11)."""

from __future__ import annotations

from typing import Any

from mocks.kit.store import Store
from mocks.psa.errors import invalid
from mocks.psa.present import minor_scale
from mocks.psa.records_billing import FIXED_DATE, UPON_COMPLETION
from mocks.psa.rules import Given, change, delete_with_references, picked, pointed_to, refer
from mocks.psa.rules_invoice_lines import AMOUNT_MAX
from sandbox.core.observe import Row

_PLAIN = ("title", "billing_type", "date_to_invoice", "story_id")


def create(store: Store, given: Given) -> Row:
    """A milestone of a project, in its currency; the amount may be negative (contract)."""
    workspace = pointed_to(store, "workspace", given["workspace_id"], "workspace_id")
    values: dict[str, Any] = {
        "workspace_id": workspace["id"],
        "currency": workspace["currency"],
        "date_to_invoice": None,
        "story_id": None,
        **picked(given, _PLAIN),
        **_amount(given, workspace["currency"]),
    }
    _check(store, values)
    milestone = store.insert("billing_milestone", values)
    refer(store, "BillingMilestone", milestone, given)
    return milestone


def alter(store: Store, milestone: Row, given: Given) -> Row:
    """Other attributes. Raises 422 once it is on an invoice, but for its title."""
    if given.get("workspace_id", milestone["workspace_id"]) != milestone["workspace_id"]:
        raise invalid("workspace_id", "a billing milestone cannot move to another project")
    values = {**picked(given, _PLAIN), **_amount(given, milestone["currency"])}
    for name, value in values.items():
        if milestone["invoice_id"] is not None and name != "title" and value != milestone[name]:
            field = "amount_in_cents" if name == "amount" else name
            raise invalid(field, f"billing milestone {milestone['id']} is on an invoice")
    _check(store, {**milestone, **values})
    refer(store, "BillingMilestone", milestone, given)
    return change(store, milestone, "billing_milestone", values)


def delete(store: Store, milestone: Row) -> None:
    """Take a milestone off the schedule. Raises 422 once it is on an invoice."""
    if milestone["invoice_id"] is not None:
        raise invalid("base", f"billing milestone {milestone['id']} is on an invoice")
    delete_with_references(store, "BillingMilestone", milestone["id"])


def _check(store: Store, after: Given) -> None:
    """A fixed date needs the date, the other kind its task in the same project."""
    if after["billing_type"] == FIXED_DATE and after["date_to_invoice"] is None:
        raise invalid("date_to_invoice", "date_to_invoice can't be blank for a fixed date")
    if after["story_id"] is None:
        if after["billing_type"] == UPON_COMPLETION:
            raise invalid("story_id", "story_id can't be blank upon completion")
        return
    story = pointed_to(store, "story", after["story_id"], "story_id")
    if story["workspace_id"] != after["workspace_id"]:
        raise invalid("story_id", f"task {story['id']} belongs to another project")


def _amount(given: Given, currency: str) -> dict[str, int]:
    if "amount_in_cents" not in given:
        return {}
    amount: int = given["amount_in_cents"] * minor_scale(currency)
    if not 0 < abs(amount) <= AMOUNT_MAX:
        raise invalid("amount_in_cents", f"amount_in_cents must be an amount of {currency} other than zero")
    return {"amount": amount}
