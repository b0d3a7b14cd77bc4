"""The status of a project: any to any, but a closed or cancelled one is opened again by project leads only."""

from __future__ import annotations

from mocks.kit.app import Principal
from mocks.kit.store import Store
from mocks.psa.errors import forbidden, invalid
from mocks.psa.records import CLOSED_STATUSES, STATUSES
from mocks.psa.rules import FINANCIAL, Given, change, may, pointed_to
from sandbox.core.observe import Row


def change_status(store: Store, given: Given, principal: Principal) -> Row:
    """The explicit way: raises 422 for the status a project has already (section 5). Returns the status change."""
    workspace = pointed_to(store, "workspace", given["workspace_id"], "workspace_id")
    key = given["to_status_key"]
    if key not in STATUSES:
        raise invalid("to_status_key", f"to_status_key must be one of {', '.join(STATUSES)}")
    if key == workspace["status_key"]:
        raise invalid("to_status_key", f"the project is {STATUSES[key][0]} already")
    record = note(store, workspace, key, principal)
    change(store, workspace, "workspace", {"status_key": key})
    return record


def note(store: Store, workspace: Row, key: str, principal: Principal) -> Row:
    """Keep a change of status, which the caller writes. Raises 403 where the caller may not open a project again."""
    before = workspace["status_key"]
    if before in CLOSED_STATUSES and key not in CLOSED_STATUSES and not may(principal, FINANCIAL):
        raise forbidden()
    values = {
        "workspace_id": workspace["id"],
        "from_status_key": before,
        "to_status_key": key,
        "user_id": principal.user_id,
    }
    # Back and forth is the same content again and again: the version tells them apart.
    label = f"{workspace['id']} {workspace['_version']} {key}"
    return store.insert("workspace_status_change", values, label=label)
