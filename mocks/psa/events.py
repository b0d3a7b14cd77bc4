"""How changes leave Kantata: a feed of subscribed events to be pulled, late, unordered (psa-kantata.md section 13).

An event is done when its change commits and recorded 1 to 40 seconds later; only then it can be read. Events are kept
for 9 days. What it says of its subject is kept with it: the row as it then was, and what differed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mocks.kit.feeds import FeedRow
from mocks.psa.resources import BY_TYPE
from sandbox.core.clock import DAY_US, SECOND_US
from sandbox.core.ids import numeric_id
from sandbox.core.observe import Change, Row

if TYPE_CHECKING:
    from mocks.psa.system import Psa

FEED = "events"
RETENTION_US = 9 * DAY_US
LAG_S_MAX = 40
# Wide enough that no two of a firm's years of events meet, and exact in any client's numbers.
_ID_DIGITS = 15


@dataclass(frozen=True, slots=True)
class Subject:
    """What a record type is called in event types, where its project is named, and which columns are nobody's news.

    Lines that are handed in are news of their submission: its type, and the event that stands for all of them.
    """

    prefix: str
    workspace_column: str | None
    quiet: tuple[str, ...] = ()
    submission: str = ""
    added: str = ""
    # What can happen to it; a lock, for one, is never taken back.
    done: tuple[str, ...] = ("created", "updated", "deleted")


# Being submitted is news of the submission, not of the line.
_HANDED_IN = ("active_submission_id", "recent_submission_id")
STATUS_SELECTED = "story:status_selected"
FIELD_VALUE = "custom_field_value"

SUBJECTS: Mapping[str, Subject] = {
    "workspace": Subject("workspace", "id"),
    "story": Subject("story", "workspace_id", ("selections",)),
    "time_entry": Subject(
        "time_entry", "workspace_id", _HANDED_IN, "timesheet_submission", "timesheet:time_entry_added"
    ),
    "timesheet_submission": Subject("timesheet", "workspace_id"),
    "expense": Subject(
        "expense", "workspace_id", _HANDED_IN, "expense_report_submission", "expense_report:expense_added"
    ),
    "expense_report_submission": Subject("expense_report", "workspace_id"),
    "invoice": Subject("invoice", "workspace_id"),
    "billing_milestone": Subject("billing_milestone", "workspace_id"),
    "line_item_lock": Subject("line_item_lock", None, done=("created",)),
    "budget_change_order": Subject("budget_change_order", "workspace_id"),
    "schedule_change_order": Subject("schedule_change_order", "workspace_id"),
    "workspace_allocation": Subject("workspace_allocation", "workspace_id", ("updater_id",)),
    # Its totals are news of the allocation.
    "workspace_resource": Subject(
        "workspace_resource", "workspace_id", ("allocations_count", "total_allocated_minutes")
    ),
    "cost_rate": Subject("cost_rate", None),
    "participation": Subject("participation", "workspace_id"),
    "account_membership": Subject("account_membership", None),
    "workspace_group": Subject("workspace_group", None),
}
_DONE = {"create": "created", "update": "updated", "delete": "deleted"}

EVENT_TYPES = tuple(
    sorted(
        [
            *(f"{subject.prefix}:{done}" for subject in SUBJECTS.values() for done in subject.done),
            *(f"workspace:{FIELD_VALUE}_{done}" for done in _DONE.values()),
            *(subject.added for subject in SUBJECTS.values() if subject.added),
            STATUS_SELECTED,
        ]
    )
)

_SYSTEM = ("_modified_us", "_version")
# When the last of all events is or was recorded: most polls of a quiet night need not ask the database.
_NEWEST = "events_newest_us"
_ROWS_MAX = 10_000_000


Key = tuple[str, str]


def announce(mock: Psa, changes: Iterable[Change]) -> None:
    """Put the events of a transaction on the feed."""
    now = mock.context.clock.now_us()
    _forget(mock, now)
    created: list[Key] = []
    submitted: dict[tuple[str, str, str], list[Key]] = {}
    for change in changes:
        subject = SUBJECTS.get(change.record_type)
        if subject is None:
            if change.record_type == FIELD_VALUE:
                _announce_field(mock, now, change)
            continue
        key = (change.record_type, change.record_id)
        if change.op == "create":
            created.append(key)
            _append(mock, now, change, f"{subject.prefix}:created", [key], {})
        elif change.op == "delete":
            _append(mock, now, change, f"{subject.prefix}:deleted", [key], {})
        elif key not in created:
            sheet = _announce_update(mock, now, change, subject)
            if sheet is not None:
                submitted.setdefault((subject.added, subject.submission, sheet), []).append(key)
    for (event_type, kind, submission_id), lines in submitted.items():
        row = mock.store.get(kind, submission_id)
        covers = [(kind, submission_id), *lines]
        _append(mock, now, Change(kind, submission_id, "update", row, row), event_type, covers, {})


def _announce_update(mock: Psa, now: int, change: Change, subject: Subject) -> str | None:
    """An update is news unless all of it is quiet; returns the submission that a line was handed in with."""
    key = (change.record_type, change.record_id)
    differing = _differing(change)
    if "selections" in differing:
        _append(mock, now, change, STATUS_SELECTED, [key], differing)
    if any(name not in subject.quiet for name in differing):
        _append(mock, now, change, f"{subject.prefix}:updated", [key], differing)
        return None
    sheet: str | None = differing.get("active_submission_id", (None, None))[1]
    return sheet


def _announce_field(mock: Psa, now: int, change: Change) -> None:
    """A value of a project's custom field is news of the project; of other subjects it is none (README)."""
    row: Row = change.after or change.before or {}
    if row["subject_type"] == "Workspace":
        event_type = f"workspace:{FIELD_VALUE}_{_DONE[change.op]}"
        differing = _differing(change) if change.op == "update" else {}
        _append(mock, now, change, event_type, [(FIELD_VALUE, change.record_id)], differing)


def _append(
    mock: Psa, now: int, change: Change, event_type: str, covers: list[tuple[str, str]], differing: Mapping[str, Any]
) -> None:
    row: Row = change.after or change.before or {}
    label = f"{event_type} {change.record_id} {row['_version']}"
    event_id = numeric_id(mock.context.seed_label, mock.name, "event", label, digits=_ID_DIGITS)
    subject = SUBJECTS.get(change.record_type)
    column = subject.workspace_column if subject is not None else "workspace_id"
    content = {
        "id": event_id,
        "event_type": event_type,
        "user_id": mock.store.creator if mock.store.creator.isdigit() else None,
        "context_workspace_id": row[column] if column else None,
        "subject": change.record_type,
        "subject_id": change.record_id,
        # Blanks are put back when somebody asks for the payload.
        "row": {name: value for name, value in row.items() if value is not None},
        "differing": differing,
    }
    if subject is None:
        # The event is about the project, its payload about the value.
        content |= {"subject": "workspace", "subject_id": row["workspace_id"], "payload": change.record_type}
    lag = mock.context.chance.stream(mock.name, "lag", label).between(1, LAG_S_MAX) * SECOND_US
    mock.feeds[FEED].append(now, content, event_id=event_id, covers=covers, kind=event_type, delay_us=lag)
    mock.volatile[_NEWEST] = max(mock.volatile.get(_NEWEST, now), mock.feeds[FEED].visible_us)


def _differing(change: Change) -> dict[str, tuple[Any, Any]]:
    before, after = change.before or {}, change.after or {}
    return {
        name: (value, after[name]) for name, value in before.items() if after[name] != value and name not in _SYSTEM
    }


def recorded(mock: Psa, since_us: int, until_us: int, event_types: Collection[str]) -> list[FeedRow]:
    """Events, of some types or of all, recorded within a span of time, both ends included."""
    if since_us > mock.volatile.get(_NEWEST, since_us - 1):
        return []
    return mock.feeds[FEED].between(since_us, until_us, kinds=event_types, limit=_ROWS_MAX)


def _forget(mock: Psa, now: int) -> None:
    """Once a day, drop what nobody can read any more."""
    if now - mock.volatile.setdefault("events_forgotten_us", now) >= DAY_US:
        mock.volatile["events_forgotten_us"] = now
        mock.feeds[FEED].forget_before(now - RETENTION_US - LAG_S_MAX * SECOND_US)


# -- payloads -------------------------------------------------------------------------------------------------------


def payloads(mock: Psa, content: Mapping[str, Any]) -> dict[str, Any]:
    """``current_payload``, ``previous_payload`` and ``payload_changes`` of an event, as JSON data."""
    resource = BY_TYPE[content.get("payload", content["subject"])]
    now_row = {**resource.record_type.blank, **content["row"]}
    then_row = {**now_row, **{name: values[0] for name, values in content["differing"].items()}}
    current = resource.present(now_row, mock.frame)
    previous = resource.present(then_row, mock.frame)
    operation = content["event_type"].rpartition("_" if "payload" in content else ":")[2]
    if operation == "created":
        return {"current_payload": current, "previous_payload": None, "payload_changes": None}
    if operation == "deleted":
        return {"current_payload": None, "previous_payload": current, "payload_changes": None}
    changes = {
        name: [previous[name], value]
        for name, value in current.items()
        if previous[name] != value and name != "updated_at"
    }
    return {"current_payload": current, "previous_payload": previous, "payload_changes": changes}
