"""Timesheet submissions: pending -> approved, rejected or cancelled; approved -> rejected or cancelled (section 15)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from mocks.kit.app import Principal
from mocks.kit.store import Store
from mocks.psa.associations import by_ids
from mocks.psa.errors import forbidden, invalid
from mocks.psa.present import minor_scale
from mocks.psa.records import APPROVED, CANCELLED, PENDING, REJECTED, TIME_ENTRY
from mocks.psa.rules import LEADING, Given, may, pointed_to, refer
from mocks.psa.rules_rates import net_minor
from sandbox.core.observe import Row


@dataclass(frozen=True, slots=True)
class Decision:
    """A decision: the state it leads to, the states it may come from, and what the vendor calls the resolution."""

    status: str
    sources: tuple[str, ...]
    resolution: str


DECISIONS: Mapping[str, Decision] = {
    "approve": Decision(APPROVED, (PENDING,), "approval"),
    "reject": Decision(REJECTED, (PENDING, APPROVED), "rejection"),
    "cancel": Decision(CANCELLED, (PENDING, APPROVED), "cancellation"),
}


def submit(store: Store, given: Given, principal: Principal) -> Row:
    """Hand in own entries of one project. Raises 422 for an entry of somebody else, elsewhere or already submitted."""
    workspace = pointed_to(store, "workspace", given["workspace_id"], "workspace_id")
    entry_ids = given.get("line_item_ids")
    if not entry_ids:
        raise invalid("line_item_ids", "line_item_ids can't be blank")
    if not workspace["require_time_approvals"]:
        raise invalid("workspace_id", "this project does not want time to be approved")
    entries = by_ids(store, TIME_ENTRY, entry_ids)
    if len(entries) != len(entry_ids):
        raise invalid("line_item_ids", "a time entry of these does not exist")
    for entry in entries:
        if entry["user_id"] != principal.user_id or entry["workspace_id"] != workspace["id"]:
            raise invalid("line_item_ids", f"time entry {entry['id']} is not yours on this project")
        if entry["active_submission_id"] is not None or entry["invoice_id"] is not None:
            raise invalid("line_item_ids", f"time entry {entry['id']} is already submitted")
    currency = workspace["currency"]
    values = {
        "workspace_id": workspace["id"],
        "user_id": principal.user_id,
        "title": given["title"],
        "comment": given.get("comment"),
        **_week([entry["date_performed"] for entry in entries]),
        "line_item_total": sum(net_minor(entry) for entry in entries) * minor_scale(currency),
        "currency": currency,
    }
    label = f"{workspace['id']} {principal.user_id} {','.join(entry['id'] for entry in entries)}"
    submission = store.insert("timesheet_submission", values, label=label)
    link = {"active_submission_id": submission["id"], "recent_submission_id": submission["id"]}
    for entry in entries:
        store.update("time_entry", entry["id"], link)
    refer(store, "TimesheetSubmission", submission, given)
    return submission


def decide(
    store: Store, submission: Row, verb: str, principal: Principal, description: str | None, now_us: int
) -> tuple[Row, Row]:
    """Approve, reject or cancel; returns the submission and the resolution.

    Raises 403 for somebody who may not decide, 422 for one's own timesheet (which may only be cancelled while it is
    pending), for a decided one, and for approved time that is on an invoice.
    """
    decision = DECISIONS[verb]
    status = submission["status"]
    if submission["user_id"] == principal.user_id:
        if verb != "cancel" or status != PENDING:
            raise invalid("base", "you cannot decide on your own timesheet")
    elif not may(principal, LEADING):
        raise forbidden()
    if status not in decision.sources:
        raise invalid("base", f"timesheet {submission['id']} is {status}")
    if decision.status == APPROVED:
        _approve(store, submission)
    else:
        _release(store, submission)
    values = {
        "status": decision.status,
        "current_resolution_creator_id": principal.user_id,
        "current_resolution_us": now_us,
        "current_resolution_description": description,
    }
    after = store.update("timesheet_submission", submission["id"], values)
    return after, _resolve(store, submission, decision, principal, description)


def _approve(store: Store, submission: Row) -> None:
    for entry in store.find("time_entry", {"active_submission_id": submission["id"]}):
        store.update("time_entry", entry["id"], {"approved": 1})


def _release(store: Store, submission: Row) -> None:
    entries = store.find("time_entry", {"active_submission_id": submission["id"]})
    for entry in entries:
        if entry["invoice_id"] is not None:
            raise invalid("base", f"time entry {entry['id']} is on an invoice")
    freed = {"active_submission_id": None, "approved": 0} if submission["status"] == APPROVED else _UNSUBMITTED
    for entry in entries:
        store.update("time_entry", entry["id"], freed)


_UNSUBMITTED = {"active_submission_id": None}


def _resolve(store: Store, submission: Row, decision: Decision, principal: Principal, description: str | None) -> Row:
    if submission["status"] != PENDING:
        for former in store.find("resolution", {"target_id": submission["id"], "current": 1}):
            store.update("resolution", former["id"], {"current": 0})
    values = {
        "type": decision.resolution,
        "target_type": "TimesheetSubmission",
        "target_id": submission["id"],
        "user_id": principal.user_id,
        "description": description,
    }
    return store.insert("resolution", values, label=f"{submission['id']} {decision.resolution}")


def _week(days: list[str]) -> dict[str, str]:
    """Bounds of the weeks the days lie in: Sunday to Saturday (assumed, section 14)."""
    first, last = date.fromisoformat(min(days)), date.fromisoformat(max(days))
    return {
        "start_date": (first - timedelta(days=first.isoweekday() % 7)).isoformat(),
        "end_date": (last + timedelta(days=6 - last.isoweekday() % 7)).isoformat(),
    }
