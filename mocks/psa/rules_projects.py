"""Projects, who is on them, and the client groups they belong to."""

from __future__ import annotations

import re

import orjson

from mocks.kit.app import Principal
from mocks.kit.store import Store
from mocks.psa import rules_change_orders, rules_custom_fields, rules_status
from mocks.psa.errors import invalid
from mocks.psa.present import ACCOUNT_CURRENCY, minor_scale, workspace_group_ids
from mocks.psa.records import BUYER, ESTIMATE, MAVEN, PROJECT, STATUSES
from mocks.psa.rules import Given, change, delete_with_references, picked, pointed_to, refer
from mocks.psa.rules_people import active_membership
from mocks.psa.rules_people import invite as invite_user
from sandbox.core.observe import Row

_CURRENCY = re.compile(r"[A-Z]{3}")
_PLAIN = (
    "title",
    "description",
    "stage",
    "archived",
    "start_date",
    "due_date",
    "access_level",
    "budgeted",
    "price",
    "rate_card_id",
    "change_orders_enabled",
    "require_time_approvals",
    "require_expense_approvals",
    "time_trackable",
    "tasks_default_non_billable",
    "stories_are_fixed_fee_by_default",
    "status_key",
    "primary_workspace_group_id",
)
# What goes with a project nobody has worked on.
_PLANNED = {
    "BillingMilestone": "billing_milestone",
    "BudgetChangeOrder": "budget_change_order",
    "ScheduleChangeOrder": "schedule_change_order",
    "WorkspaceAllocation": "workspace_allocation",
    "WorkspaceResource": "workspace_resource",
}
_GROUP = ("name", "company", "contact_name", "email", "phone_number", "address", "website", "notes")


# -- client groups --------------------------------------------------------------------------------------------------


def create_group(store: Store, given: Given) -> Row:
    """A client company, or another group."""
    group = store.insert("workspace_group", picked(given, _GROUP))
    refer(store, "WorkspaceGroup", group, given)
    return group


def change_group(store: Store, group: Row, given: Given) -> Row:
    """Other particulars of a group."""
    refer(store, "WorkspaceGroup", group, given)
    return change(store, group, "workspace_group", picked(given, _GROUP))


# -- projects -------------------------------------------------------------------------------------------------------


def create_workspace(store: Store, given: Given, principal: Principal) -> Row:
    """A project; its creator takes part in it. Two with one external reference are allowed: the vendor's trap."""
    values = {
        "change_orders_enabled": given.get("budgeted", 0),
        **picked(given, _PLAIN),
        "currency": _currency(store, given),
        "creator_id": principal.user_id,
        "workspace_group_ids": _groups(store, given, []),
        **_approvers(store, given),
    }
    if values.get("access_level") == "admins":
        values["access_level"] = "admin"
    _check(store, {**_BLANK, **values}, values)
    workspace = store.insert("workspace", values)
    role = BUYER if given.get("creator_role") in (BUYER, "client") else MAVEN
    user_id = principal.user_id
    participant = {"workspace_id": workspace["id"], "user_id": user_id, "role": role, "access_level": "admin"}
    store.insert("participation", participant, label=f"{workspace['id']} {user_id}")
    refer(store, "Workspace", workspace, given)
    _fill_fields(store, workspace, given, principal)
    rules_custom_fields.demand_required(store, "Workspace", workspace["id"])
    return workspace


def change_workspace(store: Store, workspace: Row, given: Given, principal: Principal) -> Row:
    """Other attributes of a project; under change orders, price and due date wait for their approval.

    Raises 422 for a move that section 15 does not have, 403 for one that only project leads may make.
    """
    values = picked(given, _PLAIN)
    if "access_level" in values:
        values["access_level"] = values["access_level"].replace("admins", "admin")
    if values.get("stage") == ESTIMATE and workspace["stage"] == PROJECT:
        raise invalid("stage", "a project cannot go back to the estimate stage")
    if given.get("currency") not in (None, workspace["currency"]):
        raise invalid("currency", "the currency of a project cannot be changed")
    if "workspace_group_ids" in given or "primary_workspace_group_id" in given:
        values["workspace_group_ids"] = _groups(store, given, workspace_group_ids(workspace))
    values |= _approvers(store, given)
    _check(store, {**workspace, **values}, values)
    values = rules_change_orders.propose(store, workspace, values, principal.user_id)
    if values.get("status_key", workspace["status_key"]) != workspace["status_key"]:
        rules_status.note(store, workspace, values["status_key"], principal)
    refer(store, "Workspace", workspace, given)
    _fill_fields(store, workspace, given, principal)
    return change(store, workspace, "workspace", values)


def _fill_fields(store: Store, workspace: Row, given: Given, principal: Principal) -> None:
    """The inline ``custom_fields`` of a body, if there are any."""
    for item in given.get("custom_fields", []):
        subject = {"subject_type": "Workspace", "subject_id": workspace["id"]}
        rules_custom_fields.put_value(store, {**item, **subject}, principal)


def _approvers(store: Store, given: Given) -> dict[str, str]:
    """Who decides on the timesheets and expense reports of a project; raises 422 for somebody who may not work."""
    ids = list(given.get("approver_ids", []))
    if given.get("approver_id") is not None and given["approver_id"] not in ids:
        ids.append(given["approver_id"])
    if not ids and "approver_ids" not in given:
        return {}
    for user_id in ids:
        active_membership(store, user_id, "approver_ids")
    return {"approver_ids": orjson.dumps(ids).decode()}


def delete_workspace(store: Store, workspace: Row) -> None:
    """A project with its plan, tasks and participations (assumed). Raises 422 once it has time, expenses, invoices."""
    workspace_id = workspace["id"]
    for kind in ("time_entry", "timesheet_submission", "expense", "expense_report_submission", "invoice"):
        if store.one(kind, {"workspace_id": workspace_id}) is not None:
            raise invalid("base", "a project with time, expenses or invoices cannot be deleted; archive it")
    for subject_type, kind in _PLANNED.items():
        for row in store.find(kind, {"workspace_id": workspace_id}):
            delete_with_references(store, subject_type, row["id"])
    rules_custom_fields.delete_values_of(store, workspace_id)
    for story in store.find("story", {"workspace_id": workspace_id}):
        delete_with_references(store, "Story", story["id"])
    for participation in store.find("participation", {"workspace_id": workspace_id}):
        delete_with_references(store, "Participation", participation["id"])
    delete_with_references(store, "Workspace", workspace_id)


_BLANK = {"start_date": None, "due_date": None, "budgeted": 0, "price": None, "rate_card_id": None}


def _check(store: Store, after: Given, values: Given) -> None:
    """What must hold of a project whatever changed, and of the attributes that did."""
    start, due = after["start_date"], after["due_date"]
    if start is not None and due is not None and due < start:
        raise invalid("due_date", "due_date must not be before start_date")
    price, currency = after["price"], after["currency"]
    if price is None and after["budgeted"]:
        raise invalid("price", "price can't be blank when the project is budgeted")
    if price is not None:
        if not after["budgeted"]:
            raise invalid("price", "price needs a budgeted project")
        if price < 0 or price % minor_scale(currency):
            raise invalid("price", f"price must be an amount of {currency}, in main units")
    if "status_key" in values and values["status_key"] not in STATUSES:
        raise invalid("status_key", f"status_key must be one of {', '.join(STATUSES)}")
    if values.get("rate_card_id") is not None:
        card = pointed_to(store, "rate_card", values["rate_card_id"], "rate_card_id")
        if card["currency"] != currency:
            raise invalid("rate_card_id", f"the rate card is in {card['currency']}, the project in {currency}")


def _currency(store: Store, given: Given) -> str:
    """The currency of the rate card wins (section 5); without one, the given currency."""
    if given.get("rate_card_id") is not None:
        return str(pointed_to(store, "rate_card", given["rate_card_id"], "rate_card_id")["currency"])
    currency = given.get("currency") or ACCOUNT_CURRENCY
    if _CURRENCY.fullmatch(currency) is None:
        raise invalid("currency", f"currency must be an ISO 4217 code, got {currency!r}")
    return str(currency)


def _groups(store: Store, given: Given, known: list[str]) -> str:
    """The groups of a project as stored, its primary group among them; raises 422 for one that does not exist."""
    ids = list(given.get("workspace_group_ids", known))
    primary = given.get("primary_workspace_group_id")
    for group_id in given.get("workspace_group_ids", []):
        pointed_to(store, "workspace_group", group_id, "workspace_group_ids")
    if primary is not None:
        pointed_to(store, "workspace_group", primary, "primary_workspace_group_id")
        ids += [] if primary in ids else [primary]
    return orjson.dumps(ids).decode()


# -- participations -------------------------------------------------------------------------------------------------

_PARTICIPATION = ("role", "access_level", "is_team_lead")


def join(store: Store, given: Given) -> Row:
    """Somebody takes part in a project. Raises 422 for a stranger, a disabled user, or one who is there already."""
    workspace_id, user_id = given["workspace_id"], given["user_id"]
    pointed_to(store, "workspace", workspace_id, "workspace_id")
    active_membership(store, user_id)
    if store.one("participation", {"workspace_id": workspace_id, "user_id": user_id}) is not None:
        raise invalid("user_id", f"user {user_id} already takes part in this project")
    values = {"workspace_id": workspace_id, "user_id": user_id, **picked(given, _PARTICIPATION)}
    return store.insert("participation", values, label=f"{workspace_id} {user_id}")


def invite(store: Store, workspace: Row, given: Given) -> Row:
    """Somebody joins a project by e-mail: a stranger becomes a collaborator of the account, at once.

    Raises 422 for somebody who takes part already, and for a stranger without full_name.
    """
    email = given["email_address"].lower()
    user = store.one("user", {"email_address": email})
    if user is None:
        if not given.get("full_name"):
            raise invalid("full_name", "full_name can't be blank")
        stranger = {"email_address": email, "full_name": given["full_name"], "permission": "collaborator"}
        user = invite_user(store, stranger)
    role = given.get("invitee_role", MAVEN)
    return join(store, {"workspace_id": workspace["id"], "user_id": user["id"], "role": role})


def change_participation(store: Store, participation: Row, given: Given) -> Row:
    """Another role on the project."""
    return change(store, participation, "participation", picked(given, _PARTICIPATION))
