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
    """What a record type is called in event types, where its project is named, and which columns are nobody's news."""

    prefix: str
    workspace_column: str | None
    quiet: tuple[str, ...] = ()


SUBJECTS: Mapping[str, Subject] = {
    "workspace": Subject("workspace", "id"),
    "story": Subject("story", "workspace_id"),
    # Being submitted is news of the timesheet, not of the entry.
    "time_entry": Subject("time_entry", "workspace_id", ("active_submission_id", "recent_submission_id")),
    "timesheet_submission": Subject("timesheet", "workspace_id"),
    "invoice": Subject("invoice", "workspace_id"),
    "participation": Subject("participation", "workspace_id"),
    "account_membership": Subject("account_membership", None),
    "workspace_group": Subject("workspace_group", None),
}
_DONE = {"create": "created", "update": "updated", "delete": "deleted"}
TIME_ENTRY_ADDED = "timesheet:time_entry_added"

EVENT_TYPES = tuple(
    sorted(
        [f"{subject.prefix}:{done}" for subject in SUBJECTS.values() for done in _DONE.values()] + [TIME_ENTRY_ADDED]
    )
)

_SYSTEM = ("_modified_us", "_version")
# When the last of all events is or was recorded: most polls of a quiet night need not ask the database.
_NEWEST = "events_newest_us"
_ROWS_MAX = 10_000_000


def announce(mock: Psa, changes: Iterable[Change]) -> None:
    """Put the events of a transaction on the feed."""
    now = mock.context.clock.now_us()
    _forget(mock, now)
    created: list[tuple[str, str]] = []
    submitted: dict[str, list[tuple[str, str]]] = {}
    for change in changes:
        subject = SUBJECTS.get(change.record_type)
        if subject is None:
            continue
        key = (change.record_type, change.record_id)
        if change.op == "create":
            created.append(key)
            _append(mock, now, change, f"{subject.prefix}:created", [key], {})
        elif change.op == "delete":
            _append(mock, now, change, f"{subject.prefix}:deleted", [key], {})
        elif key not in created:
            differing = _differing(change)
            if any(name not in subject.quiet for name in differing):
                _append(mock, now, change, f"{subject.prefix}:updated", [key], differing)
            elif differing.get("active_submission_id", (None, None))[1] is not None:
                submitted.setdefault(differing["active_submission_id"][1], []).append(key)
    for submission_id, entries in submitted.items():
        row = mock.store.get("timesheet_submission", submission_id)
        covers = [("timesheet_submission", submission_id), *entries]
        _append(
            mock, now, Change("timesheet_submission", submission_id, "update", row, row), TIME_ENTRY_ADDED, covers, {}
        )


def _append(
    mock: Psa, now: int, change: Change, event_type: str, covers: list[tuple[str, str]], differing: Mapping[str, Any]
) -> None:
    row: Row = change.after or change.before or {}
    label = f"{event_type} {change.record_id} {row['_version']}"
    event_id = numeric_id(mock.context.seed_label, mock.name, "event", label, digits=_ID_DIGITS)
    column = SUBJECTS[change.record_type].workspace_column
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
    lag = mock.context.chance.stream(mock.name, "lag", label).between(1, LAG_S_MAX) * SECOND_US
    mock.feeds[FEED].append(now, content, event_id=event_id, covers=covers, kind=event_type, delay_us=lag)
    mock.volatile[_NEWEST] = max(mock.volatile.get(_NEWEST, now), now + lag)


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
    resource = BY_TYPE[content["subject"]]
    now_row = {**resource.record_type.blank, **content["row"]}
    then_row = {**now_row, **{name: values[0] for name, values in content["differing"].items()}}
    current = resource.present(now_row, mock.frame)
    previous = resource.present(then_row, mock.frame)
    operation = content["event_type"].partition(":")[2]
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
