"""Change orders: another price or due date of a project waits for a person's approval (psa-kantata.md section 5).

The contract has no resource for them: what is pending is seen on the event feed and at the screen alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mocks.kit.store import Store
from mocks.psa.errors import invalid
from mocks.psa.records import PROJECT
from mocks.psa.records_settings import APPROVED, DECLINED, PENDING
from mocks.psa.rules import change
from sandbox.core.observe import Row


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of change order: its record, and the attribute of the project it is about."""

    type_name: str
    attribute: str


KINDS: Mapping[str, Kind] = {
    "budget": Kind("budget_change_order", "price"),
    "schedule": Kind("schedule_change_order", "due_date"),
}


def propose(store: Store, workspace: Row, values: dict[str, Any], requester_id: str) -> dict[str, Any]:
    """What may be written at once: what needs an approval is taken out and becomes, or changes, a pending order.

    An estimate is nobody's promise yet, and what was blank is no change of anything (assumed). Raises 422 for a price
    that is to vanish.
    """
    enabled = values.get("change_orders_enabled", workspace["change_orders_enabled"])
    if not enabled or workspace["stage"] != PROJECT:
        return values
    left = dict(values)
    for kind in KINDS.values():
        before, after = workspace[kind.attribute], values.get(kind.attribute, workspace[kind.attribute])
        if before is None or after == before:
            continue
        if after is None and kind.attribute == "price":
            raise invalid("price", "price can only be changed by a change order")
        del left[kind.attribute]
        _propose(store, kind, workspace, after, requester_id)
    return left


def _propose(store: Store, kind: Kind, workspace: Row, wanted: Any, requester_id: str) -> None:
    asked = {
        f"from_{kind.attribute}": workspace[kind.attribute],
        f"to_{kind.attribute}": wanted,
        "requester_id": requester_id,
    }
    known = store.one(kind.type_name, {"workspace_id": workspace["id"], "status": PENDING})
    if known is not None:
        change(store, known, kind.type_name, asked)
        return
    if kind.attribute == "price":
        asked["currency"] = workspace["currency"]
    store.insert(kind.type_name, {**asked, "workspace_id": workspace["id"]})


def pending(store: Store, workspace_id: str | None) -> list[tuple[str, Row]]:
    """The orders that wait, each with its kind; of one project or of all."""
    of = {"status": PENDING, **({"workspace_id": workspace_id} if workspace_id is not None else {})}
    return [(name, row) for name, kind in KINDS.items() for row in store.find(kind.type_name, of)]


def resolve(
    store: Store, workspace: Row, kind_name: str | None, resolver_id: str, reason: str | None, *, approve: bool
) -> list[Row]:
    """Approve or decline what waits on a project, of one kind or of both. Raises 422 when nothing does."""
    found = [(name, row) for name, row in pending(store, workspace["id"]) if kind_name in (None, name)]
    if not found:
        raise invalid("workspace_id", f"project {workspace['id']} has no change order that waits")
    decision = {"status": APPROVED if approve else DECLINED, "resolver_id": resolver_id, "reason": reason}
    done = [change(store, row, KINDS[name].type_name, decision) for name, row in found]
    if approve:
        values = {KINDS[name].attribute: row[f"to_{KINDS[name].attribute}"] for name, row in found}
        if values.get("due_date") and workspace["start_date"] and values["due_date"] < workspace["start_date"]:
            raise invalid("due_date", "due_date must not be before start_date")
        change(store, workspace, "workspace", values)
    return done
