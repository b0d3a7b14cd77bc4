"""Resources of projects and their allocations (psa-kantata.md section 7). Nobody is kept from being booked twice."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from mocks.kit.store import Store
from mocks.psa.errors import invalid
from mocks.psa.present_staffing import workdays
from mocks.psa.rules import Given, change, delete_with_references, picked, pointed_to, refer
from mocks.psa.rules_people import active_membership
from sandbox.core.observe import Row

MINUTES_MAX = 10**6
_DAYS_MAX = 3700


# -- resources ------------------------------------------------------------------------------------------------------


def create_resource(store: Store, given: Given) -> Row:
    """Somebody on a project, or a role still without a name. Raises 422 without either, and for somebody there."""
    workspace = pointed_to(store, "workspace", given["workspace_id"], "workspace_id")
    if given.get("user_id") is None and given.get("role_id") is None:
        raise invalid("user_id", "user_id or role_id is needed")
    values = {
        "workspace_id": workspace["id"],
        **picked(given, ("label",)),
        **_person(store, workspace["id"], given.get("user_id")),
    }
    usual = values.pop("default_role_id", None)
    values |= _role(store, given.get("role_id") or usual)
    return store.insert("workspace_resource", values)


def alter_resource(store: Store, resource: Row, given: Given) -> Row:
    """Another label or role, or a name for the unnamed: its allocations go with it."""
    if given.get("workspace_id", resource["workspace_id"]) != resource["workspace_id"]:
        raise invalid("workspace_id", "a resource cannot move to another project")
    values: dict[str, Any] = picked(given, ("label",))
    user_id = given.get("user_id", resource["user_id"])
    if user_id != resource["user_id"]:
        if user_id is None:
            raise invalid("user_id", "a named resource cannot lose its name")
        values |= _person(store, resource["workspace_id"], user_id)
        values.pop("default_role_id", None)
    if given.get("role_id") is not None:
        values |= _role(store, given["role_id"])
    return change(store, resource, "workspace_resource", values)


def delete_resource(store: Store, resource: Row) -> None:
    """A resource with its allocations."""
    for allocation in store.find("workspace_allocation", {"workspace_resource_id": resource["id"]}):
        delete_with_references(store, "WorkspaceAllocation", allocation["id"])
    delete_with_references(store, "WorkspaceResource", resource["id"])


def _person(store: Store, workspace_id: str, user_id: str | None) -> dict[str, Any]:
    if user_id is None:
        return {}
    membership = active_membership(store, user_id)
    if store.one("workspace_resource", {"workspace_id": workspace_id, "user_id": user_id}) is not None:
        raise invalid("user_id", f"user {user_id} is a resource of this project already")
    user = pointed_to(store, "user", user_id, "user_id")
    return {"user_id": user_id, "full_name": user["full_name"], "default_role_id": membership["default_role_id"]}


def _role(store: Store, role_id: str | None) -> dict[str, Any]:
    if role_id is None:
        return {}
    return {"role_id": role_id, "role_name": pointed_to(store, "role", role_id, "role_id")["name"]}


# -- allocations ----------------------------------------------------------------------------------------------------


def allocate(store: Store, given: Given, updater_id: str) -> Row:
    """Minutes of a resource over some days, soft unless told otherwise."""
    resource = pointed_to(store, "workspace_resource", given["resource_id"], "resource_id")
    values = {
        "workspace_resource_id": resource["id"],
        "workspace_id": resource["workspace_id"],
        "updater_id": updater_id,
        **picked(given, ("start_date", "end_date", "minutes", "hard", "notes")),
    }
    _check(values)
    allocation = store.insert("workspace_allocation", values)
    _total(store, resource["id"])
    refer(store, "WorkspaceAllocation", allocation, given)
    return allocation


def alter_allocation(store: Store, allocation: Row, given: Given, updater_id: str) -> Row:
    """Other days or minutes, soft or hard; it stays with its resource."""
    if given.get("resource_id", allocation["workspace_resource_id"]) != allocation["workspace_resource_id"]:
        raise invalid("resource_id", "an allocation cannot move to another resource")
    values = picked(given, ("start_date", "end_date", "minutes", "hard", "notes"))
    _check({**allocation, **values})
    refer(store, "WorkspaceAllocation", allocation, given)
    if all(allocation[name] == value for name, value in values.items()):
        return allocation
    after = change(store, allocation, "workspace_allocation", {**values, "updater_id": updater_id})
    _total(store, allocation["workspace_resource_id"])
    return after


def delete_allocation(store: Store, allocation: Row) -> None:
    """Free a resource again."""
    delete_with_references(store, "WorkspaceAllocation", allocation["id"])
    _total(store, allocation["workspace_resource_id"])


def split(store: Store, allocation: Row, split_date: str, updater_id: str) -> list[Row]:
    """Two allocations out of one: the second begins on the day. Minutes follow the working days, none is lost."""
    if not allocation["start_date"] < split_date <= allocation["end_date"]:
        raise invalid("split_date", "split_date must lie after the start and not after the end of the allocation")
    before = (date.fromisoformat(split_date) - timedelta(days=1)).isoformat()
    total = workdays(allocation["start_date"], allocation["end_date"])
    earlier = allocation["minutes"] * workdays(allocation["start_date"], before) // total if total else 0
    later = {name: allocation[name] for name in ("workspace_resource_id", "workspace_id", "end_date", "hard", "notes")}
    later |= {"start_date": split_date, "minutes": allocation["minutes"] - earlier, "updater_id": updater_id}
    shortened = {"end_date": before, "minutes": earlier, "updater_id": updater_id}
    first = change(store, allocation, "workspace_allocation", shortened)
    second = store.insert("workspace_allocation", later, label=f"{allocation['id']} {split_date}")
    _total(store, allocation["workspace_resource_id"])
    return [first, second]


def _check(after: Given) -> None:
    first, last = after["start_date"], after["end_date"]
    days = (date.fromisoformat(last) - date.fromisoformat(first)).days
    if not 0 <= days <= _DAYS_MAX:
        raise invalid("end_date", f"end_date must be within {_DAYS_MAX} days from start_date on")
    if not 0 <= after["minutes"] <= MINUTES_MAX:
        raise invalid("minutes", f"minutes must be between 0 and {MINUTES_MAX}")


def _total(store: Store, resource_id: str) -> None:
    """Carry what is allocated to the resource, which shows it."""
    ((count, minutes),) = store.read(
        "SELECT count(*), coalesce(sum(minutes), 0) FROM workspace_allocation "
        "WHERE workspace_resource_id = ? AND _deleted = 0",
        (resource_id,),
    )
    resource = pointed_to(store, "workspace_resource", resource_id, "resource_id")
    change(store, resource, "workspace_resource", {"allocations_count": count, "total_allocated_minutes": minutes})
