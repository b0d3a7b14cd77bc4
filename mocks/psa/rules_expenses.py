"""Expenses: who may spend what on which project, and until when an expense may change (psa-kantata.md section 10)."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from mocks.kit.app import Principal
from mocks.kit.store import Store
from mocks.psa.errors import forbidden, invalid
from mocks.psa.present import minor_scale
from mocks.psa.rules import (
    ADMINISTRATORS,
    FINANCIAL,
    Given,
    change,
    delete_with_references,
    demand_open,
    may,
    picked,
    pointed_to,
    refer,
)
from mocks.psa.rules_invoice_lines import AMOUNT_MAX
from mocks.psa.rules_people import active_membership
from sandbox.core.money import exponent, from_scaled, plain, round_half_away
from sandbox.core.observe import Row

_CURRENCY = re.compile(r"[A-Z]{3}")
_PLAIN = ("story_id", "vendor_id", "receipt_id", "date", "notes", "billable", "reimbursable", "taxable")
_RATE_PLACES = 8


def record(store: Store, given: Given, principal: Principal) -> Row:
    """A new expense. ``user_id`` is ignored without financial rights, as for time (section 9)."""
    workspace = _workspace(store, given["workspace_id"])
    user_id = (given.get("user_id") if may(principal, FINANCIAL) else None) or principal.user_id
    active_membership(store, user_id)
    if store.one("participation", {"workspace_id": workspace["id"], "user_id": user_id}) is None:
        raise invalid("user_id", f"user {user_id} does not take part in this project")
    values: dict[str, Any] = {
        # What a vendor is paid for, nobody gets back (assumed).
        "reimbursable": int(given.get("vendor_id") is None),
        **picked(given, _PLAIN),
        "workspace_id": workspace["id"],
        "user_id": user_id,
        "currency": workspace["currency"],
        "approved": 1 - workspace["require_expense_approvals"],
        **_category(store, given),
        **_amount(given, workspace["currency"]),
    }
    if "category" not in values:
        raise invalid("category", "category can't be blank")
    if "amount" not in values:
        raise invalid("amount_in_cents", "amount_in_cents can't be blank")
    _check(store, workspace, values)
    expense = store.insert("expense", values)
    refer(store, "Expense", expense, given)
    return expense


def alter(store: Store, expense: Row, given: Given, principal: Principal) -> Row:
    """Another day, amount or category; it stays on its project and with its person."""
    _demand_open(expense, principal)
    for name in ("workspace_id", "user_id"):
        if given.get(name, expense[name]) != expense[name]:
            raise invalid(name, f"{name} of an expense cannot be changed")
    workspace = _workspace(store, expense["workspace_id"])
    values = {**picked(given, _PLAIN), **_category(store, given), **_amount(given, expense["currency"])}
    _check(store, workspace, values)
    refer(store, "Expense", expense, given)
    return change(store, expense, "expense", values)


def delete(store: Store, expense: Row, principal: Principal) -> None:
    """Take an open expense back."""
    _demand_open(expense, principal)
    delete_with_references(store, "Expense", expense["id"])


def _workspace(store: Store, workspace_id: str) -> Row:
    workspace = pointed_to(store, "workspace", workspace_id, "workspace_id")
    demand_open(workspace)
    return workspace


def _demand_open(expense: Row, principal: Principal) -> None:
    """Own or with financial rights; neither submitted nor invoiced (section 15, as for time)."""
    if expense["user_id"] != principal.user_id and not may(principal, FINANCIAL):
        raise forbidden()
    if expense["invoice_id"] is not None:
        raise invalid("base", f"expense {expense['id']} is invoiced and cannot be changed")
    if expense["active_submission_id"] is not None:
        state = "approved" if expense["approved"] else "submitted"
        raise invalid("base", f"expense {expense['id']} is {state} and cannot be changed")


def _check(store: Store, workspace: Row, values: Given) -> None:
    if values.get("story_id") is not None:
        story = pointed_to(store, "story", values["story_id"], "story_id")
        if story["workspace_id"] != workspace["id"]:
            raise invalid("story_id", f"task {story['id']} belongs to another project")
    if values.get("vendor_id") is not None:
        pointed_to(store, "vendor", values["vendor_id"], "vendor_id")


def _category(store: Store, given: Given) -> dict[str, str]:
    """By id or by name; raises 422 for one the account does not have."""
    if given.get("expense_category_id") is not None:
        category = pointed_to(store, "expense_category", given["expense_category_id"], "expense_category_id")
    elif given.get("category"):
        found = store.one("expense_category", {"name": given["category"]})
        if found is None:
            raise invalid("category", f"there is no expense category {given['category']!r}")
        category = found
    else:
        return {}
    return {"expense_category_id": category["id"], "category": category["name"]}


def _amount(given: Given, currency: str) -> dict[str, Any]:
    """The amount in the project's currency: as given, else what was paid abroad at its rate, rounded half away."""
    values: dict[str, Any] = {}
    foreign = given.get("foreign_exchange_amount")
    if foreign is not None:
        rate = Decimal(foreign["rate"])
        if rate <= 0 or rate != round_half_away(rate, _RATE_PLACES):
            raise invalid("foreign_exchange_amount", f"rate must be positive, with at most {_RATE_PLACES} decimals")
        if _CURRENCY.fullmatch(foreign["source_currency"]) is None or foreign["source_value"] <= 0:
            raise invalid("foreign_exchange_amount", "source_currency and a positive source_value are needed")
        values = {
            "source_currency": foreign["source_currency"],
            "source_value": foreign["source_value"],
            "source_rate": plain(rate),
            "source_date": foreign.get("date") or given.get("date"),
        }
        here = round_half_away(from_scaled(foreign["source_value"]) * rate, exponent(currency))
        values["amount"] = int(here.scaleb(exponent(currency))) * minor_scale(currency)
    if given.get("amount_in_cents") is not None:
        values["amount"] = given["amount_in_cents"] * minor_scale(currency)
    if "amount" in values and not 0 < values["amount"] <= AMOUNT_MAX:
        raise invalid("amount_in_cents", f"amount_in_cents must be a positive amount of {currency}")
    return values


# -- vendors --------------------------------------------------------------------------------------------------------


def create_vendor(store: Store, given: Given, principal: Principal) -> Row:
    """Somebody to be paid; raises 422 for a name that is taken (assumed)."""
    _demand_name(store, given["name"], None, principal)
    vendor = store.insert("vendor", {"name": given["name"]})
    refer(store, "Vendor", vendor, given)
    return vendor


def alter_vendor(store: Store, vendor: Row, given: Given, principal: Principal) -> Row:
    """Another name."""
    _demand_name(store, given.get("name", vendor["name"]), vendor["id"], principal)
    refer(store, "Vendor", vendor, given)
    return change(store, vendor, "vendor", picked(given, ("name",)))


def _demand_name(store: Store, name: str, own_id: str | None, principal: Principal) -> None:
    if not may(principal, ADMINISTRATORS):
        raise forbidden()
    known = store.one("vendor", {"name": name})
    if known is not None and known["id"] != own_id:
        raise invalid("name", f"there is already a vendor {name!r}")
