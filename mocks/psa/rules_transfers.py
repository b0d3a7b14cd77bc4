"""Time that was logged on the wrong project: a person moves it, approvals and all. The vendor's API does not."""

from __future__ import annotations

from mocks.kit.store import Store
from mocks.psa import rules_invoices
from mocks.psa.associations import by_ids
from mocks.psa.errors import invalid
from mocks.psa.records import INVOICE, TIME_ENTRY
from mocks.psa.rules import change, demand_open, pointed_to
from mocks.psa.rules_rates import RateBook
from sandbox.core.observe import Row


def transfer(
    store: Store, rates: RateBook, entry_ids: list[str], workspace_id: str, story_id: str | None, reason: str
) -> list[Row]:
    """Move entries to a project and, if named, a task of it; off the drafts they may be on, whose totals follow.

    They are priced anew by the project they come to, at their own day and role. Raises 422 for an entry that is
    unknown, written off, on an issued invoice or there already, for a project that takes no time, and without a rate.
    """
    workspace = pointed_to(store, "workspace", workspace_id, "workspace_id")
    demand_open(workspace)
    if story_id is not None:
        story = pointed_to(store, "story", story_id, "story_id")
        if story["workspace_id"] != workspace["id"]:
            raise invalid("story_id", f"task {story_id} belongs to another project")
    entries = by_ids(store, TIME_ENTRY, entry_ids)
    if len(entries) != len(dict.fromkeys(entry_ids)):
        raise invalid("time_entry_ids", "a time entry of these does not exist")
    drafts = by_ids(store, INVOICE, (entry["invoice_id"] for entry in entries))
    for invoice in drafts:
        if not invoice["draft"]:
            raise invalid("time_entry_ids", f"invoice {invoice['id']} is issued")
    moved = [_move(store, rates, entry, workspace, story_id, reason) for entry in entries]
    for invoice in drafts:
        rules_invoices.recompute(store, invoice, {})
    return moved


def _move(store: Store, rates: RateBook, entry: Row, workspace: Row, story_id: str | None, reason: str) -> Row:
    if entry["workspace_id"] == workspace["id"] or entry["written_off"]:
        raise invalid("time_entry_ids", f"time entry {entry['id']} is on this project already, or written off")
    if workspace["start_date"] is not None and entry["date_performed"] < workspace["start_date"]:
        raise invalid("time_entry_ids", f"the project starts on {workspace['start_date']}")
    rate = rates.rate(workspace["rate_card_id"], entry["role_id"], entry["date_performed"])
    if rate is None and entry["billable"]:
        raise invalid("time_entry_ids", f"no rate for role {entry['role_id']} on {entry['date_performed']}")
    trail = {
        "time_entry_id": entry["id"],
        "from_workspace_id": entry["workspace_id"],
        "from_story_id": entry["story_id"],
        "to_workspace_id": workspace["id"],
        "to_story_id": story_id,
        "reason": reason,
    }
    store.insert("time_transfer", trail)
    values = {
        "workspace_id": workspace["id"],
        "story_id": story_id,
        "rate": rate or 0,
        "currency": workspace["currency"],
        "invoice_id": None,
    }
    return change(store, entry, "time_entry", values)
