"""Timesheets and expense reports: pending -> approved, rejected or cancelled; approved -> rejected or cancelled.

Both live the same life (psa-kantata.md sections 10 and 15); a ``Kind`` says what they differ in.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import orjson

from mocks.kit.app import Principal
from mocks.kit.records import RecordType
from mocks.kit.store import Store
from mocks.psa.associations import by_ids
from mocks.psa.errors import forbidden, invalid
from mocks.psa.present import minor_scale
from mocks.psa.records import APPROVED, CANCELLED, PENDING, REJECTED, TIME_ENTRY
from mocks.psa.records_expenses import EXPENSE
from mocks.psa.rules import ADMINISTRATORS, LEADING, Given, may, pointed_to, refer
from mocks.psa.rules_rates import net_minor
from sandbox.core.observe import Row


@dataclass(frozen=True, slots=True)
class Decision:
    """A decision: the state it leads to, the states it may come from, and what the vendor calls the resolution."""

    status: str
    sources: tuple[str, ...]
    resolution: str


@dataclass(frozen=True, slots=True)
class Kind:
    """What is handed in: the record, its lines, their day, the flag of the project that wants it, a line's worth."""

    type_name: str
    subject_type: str
    noun: str
    line: RecordType
    line_noun: str
    day: str
    wanted: str
    worth: Callable[[Row], int]


def _spent(expense: Row) -> int:
    return int(expense["amount"]) // minor_scale(expense["currency"])


TIMESHEET = Kind(
    "timesheet_submission",
    "TimesheetSubmission",
    "timesheet",
    TIME_ENTRY,
    "time entry",
    "date_performed",
    "require_time_approvals",
    net_minor,
)
EXPENSE_REPORT = Kind(
    "expense_report_submission",
    "ExpenseReportSubmission",
    "expense report",
    EXPENSE,
    "expense",
    "date",
    "require_expense_approvals",
    _spent,
)

DECISIONS: Mapping[str, Decision] = {
    "approve": Decision(APPROVED, (PENDING,), "approval"),
    "reject": Decision(REJECTED, (PENDING, APPROVED), "rejection"),
    "cancel": Decision(CANCELLED, (PENDING, APPROVED), "cancellation"),
}


def submit(store: Store, kind: Kind, given: Given, principal: Principal, locked_to: str = "") -> Row:
    """Hand in own lines of one project. Raises 422 for one of somebody else, elsewhere, submitted already or locked."""
    workspace = pointed_to(store, "workspace", given["workspace_id"], "workspace_id")
    line_ids = given.get("line_item_ids")
    if not line_ids:
        raise invalid("line_item_ids", "line_item_ids can't be blank")
    if not workspace[kind.wanted]:
        raise invalid("workspace_id", f"this project does not want a {kind.noun} to be approved")
    lines = by_ids(store, kind.line, line_ids)
    if len(lines) != len(line_ids):
        raise invalid("line_item_ids", f"one {kind.line_noun} of these does not exist")
    for line in lines:
        if line["user_id"] != principal.user_id or line["workspace_id"] != workspace["id"]:
            raise invalid("line_item_ids", f"{kind.line_noun} {line['id']} is not yours on this project")
        if line["active_submission_id"] is not None or line["invoice_id"] is not None:
            raise invalid("line_item_ids", f"{kind.line_noun} {line['id']} is already submitted")
        # Expenses are never locked (contract).
        if kind is TIMESHEET and line[kind.day] < locked_to:
            raise invalid("line_item_ids", f"time before {locked_to} is locked")
    currency = workspace["currency"]
    values = {
        "workspace_id": workspace["id"],
        "user_id": principal.user_id,
        "title": given["title"],
        "comment": given.get("comment"),
        **_week([line[kind.day] for line in lines]),
        "line_item_total": sum(map(kind.worth, lines)) * minor_scale(currency),
        "currency": currency,
    }
    label = f"{workspace['id']} {principal.user_id} {','.join(line['id'] for line in lines)}"
    submission = store.insert(kind.type_name, values, label=label)
    link = {"active_submission_id": submission["id"], "recent_submission_id": submission["id"]}
    for line in lines:
        store.update(kind.line.name, line["id"], link, line)
    refer(store, kind.subject_type, submission, given)
    return submission


def decide(
    store: Store,
    kind: Kind,
    submission: Row,
    verb: str,
    principal: Principal,
    description: str | None,
    now_us: int,
    locked_to: str = "",
) -> tuple[Row, Row]:
    """Approve, reject or cancel; returns the submission and the resolution.

    Raises 403 for somebody who may not decide, 422 for what is one's own (which may only be cancelled while it is
    pending), for a decided one, and for an approved line that is on an invoice or locked.
    """
    decision = DECISIONS[verb]
    status = submission["status"]
    if submission["user_id"] == principal.user_id:
        if verb != "cancel" or status != PENDING:
            raise invalid("base", f"you cannot decide on your own {kind.noun}")
    elif not _may_decide(store, submission, principal):
        raise forbidden()
    if status not in decision.sources:
        raise invalid("base", f"{kind.noun} {submission['id']} is {status}")
    if decision.status == APPROVED:
        _approve(store, kind, submission)
    else:
        _release(store, kind, submission, locked_to)
    values = {
        "status": decision.status,
        "current_resolution_creator_id": principal.user_id,
        "current_resolution_us": now_us,
        "current_resolution_description": description,
    }
    after = store.update(kind.type_name, submission["id"], values, submission)
    return after, _resolve(store, kind, submission, decision, principal, description)


def _may_decide(store: Store, submission: Row, principal: Principal) -> bool:
    """The approvers of the project if it names some, else everybody who leads; administrators always (assumed)."""
    ((named,),) = store.read("SELECT approver_ids FROM workspace WHERE id = ?", (submission["workspace_id"],))
    if named == "[]" or may(principal, ADMINISTRATORS):
        return may(principal, LEADING)
    return principal.user_id in orjson.loads(named)


def _approve(store: Store, kind: Kind, submission: Row) -> None:
    for line in store.find(kind.line.name, {"active_submission_id": submission["id"]}):
        store.update(kind.line.name, line["id"], {"approved": 1}, line)


def _release(store: Store, kind: Kind, submission: Row, locked_to: str) -> None:
    lines = store.find(kind.line.name, {"active_submission_id": submission["id"]})
    for line in lines:
        if line["invoice_id"] is not None:
            raise invalid("base", f"{kind.line_noun} {line['id']} is on an invoice")
        # Nobody could hand it in again (assumed).
        if kind is TIMESHEET and line[kind.day] < locked_to:
            raise invalid("base", f"time before {locked_to} is locked")
    freed = {"active_submission_id": None, "approved": 0} if submission["status"] == APPROVED else _UNSUBMITTED
    for line in lines:
        store.update(kind.line.name, line["id"], freed, line)


_UNSUBMITTED = {"active_submission_id": None}


def _resolve(
    store: Store, kind: Kind, submission: Row, decision: Decision, principal: Principal, description: str | None
) -> Row:
    if submission["status"] != PENDING:
        for former in store.find("resolution", {"target_id": submission["id"], "current": 1}):
            store.update("resolution", former["id"], {"current": 0})
    values = {
        "type": decision.resolution,
        "target_type": kind.subject_type,
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
