"""How changes leave Salesforce: change events, one per record and transaction, on one feed kept for 72 hours.

Written with the change, read after it (crm-salesforce.md section 9). Values are kept as stored and spelled when an
event goes out. Replay ids grow but are not contiguous; the gap derives from the id before it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from typing import Any

from mocks.crm.records import Schema
from mocks.crm.values import Renderer
from mocks.kit.app import Mock
from mocks.kit.feeds import FeedRow
from sandbox.core.clock import DAY_US, HOUR_US, instant
from sandbox.core.ids import digest64, secret_for
from sandbox.core.observe import Change, Row

FEED = "changes"
RETENTION_US = 72 * HOUR_US
_GAP_MAX = 7
# Changes of one transaction that have an event each; of what comes after them only the kind of record is said.
CHANGES_MAX = 100_000
# Commit numbers of an organisation are large and grow (shape only: assumed).
_COMMIT_BASE = 10_000_000_000_000
_UNIX = datetime(1970, 1, 1, tzinfo=UTC)
_UNTRACKED = ("LastModifiedDate", "LastModifiedById")


@dataclass(frozen=True, slots=True)
class Merged:
    """All that one transaction did to one record."""

    entity: str
    record_id: str
    before: Row | None
    after: Row | None


def announce(mock: Mock, schema: Schema, changes: Iterable[Change], origin: str) -> None:
    """Append the events of a transaction to the feed."""
    now_us = mock.context.clock.now_us()
    transaction = mock.transactions + 1
    secret = secret_for(mock.context.seed_label, "crm", "transaction", str(transaction))
    common: dict[str, Any] = {
        "key": "-".join((secret[:8], secret[8:12], secret[12:16], secret[16:20], secret[20:])),
        "commit": _COMMIT_BASE + transaction,
        "user": mock.store.creator,
        "origin": origin,
    }
    sequence = 0
    beyond: dict[str, list[tuple[str, str]]] = {}
    for merged in merge(changes, schema):
        content = content_of(merged, schema)
        if content is None:
            continue
        about = (merged.entity, merged.record_id)
        if sequence >= CHANGES_MAX:
            beyond.setdefault(merged.entity, []).append(about)
            continue
        sequence += 1
        _append(mock, {**content, **common, "sequence": sequence}, [about])
    for entity, covers in beyond.items():
        sequence += 1
        overflow = {"entity": entity, "id": "", "type": "GAP_OVERFLOW", "fields": {}, "changed": [], "nulled": []}
        _append(mock, {**overflow, **common, "sequence": sequence}, covers)
    if sequence:
        _forget_old(mock, now_us)


def _append(mock: Mock, content: dict[str, Any], covers: list[tuple[str, str]]) -> None:
    replay_id = _next_replay_id(mock)
    mock.feeds[FEED].append(
        mock.context.clock.now_us(),
        content,
        event_id=f"{content['entity']}:{replay_id}",
        covers=covers,
        position=replay_id,
    )


def gap(row: FeedRow) -> FeedRow:
    """The same event without its content: a header that says which record to fetch again."""
    kind = row.content["type"]
    if kind.startswith("GAP_"):
        return row
    return replace(row, content={**row.content, "type": f"GAP_{kind}", "fields": {}, "changed": [], "nulled": []})


def merge(changes: Iterable[Change], schema: Schema) -> list[Merged]:
    """One entry per announced record, in order of its first change; nothing for what was made and deleted at once."""
    found: dict[tuple[str, str], Merged] = {}
    for change in changes:
        if change.record_type not in schema.announced:
            continue
        key = (change.record_type, change.record_id)
        first = found.get(key)
        before = change.before if first is None else first.before
        found[key] = Merged(change.record_type, change.record_id, before, change.after)
    return [merged for merged in found.values() if merged.before is not None or merged.after is not None]


def content_of(merged: Merged, schema: Schema) -> dict[str, Any] | None:
    """What the feed keeps of a change: kind, id and stored values; None when no field value changed."""
    common = {"entity": merged.entity, "id": merged.record_id}
    before, after = merged.before, merged.after
    if after is None:
        return {**common, "type": "DELETE", "fields": {}, "changed": [], "nulled": []}
    cells = schema.by_name[merged.entity].tracked
    if before is None:
        fields = {name: after[column] for name, column, _ in cells if after[column] is not None}
        return {**common, "type": "CREATE", "fields": fields, "changed": [], "nulled": []}
    changed = {name: after[column] for name, column, _ in cells if before[column] != after[column]}
    if all(name in _UNTRACKED for name in changed):
        return None
    fields = {**changed, "LastModifiedDate": after["_modified_us"]}
    names = [name for name, _, _ in cells if name in fields]
    nulled = [name for name in names if fields[name] is None]
    return {**common, "type": "UPDATE", "fields": fields, "changed": names, "nulled": nulled}


def message(
    row: FeedRow, channel: str, epoch: datetime, renderers: Mapping[str, Renderer], schema: Schema
) -> dict[str, Any]:
    """An event as CometD carries it."""
    content = row.content
    kinds = schema.by_name[content["entity"]].tracked_kinds
    payload: dict[str, Any] = {}
    for name, kind in kinds.items():
        if name in content["fields"]:
            value = content["fields"][name]
            renderer = renderers.get(kind)
            payload[name] = value if renderer is None or value is None else renderer(value)
    header: dict[str, Any] = {
        "entityName": content["entity"],
        # An overflow names no records: all of that kind may have changed.
        "recordIds": [content["id"]] if content["id"] else [],
        "changeType": content["type"],
        "changeOrigin": content["origin"],
        "transactionKey": content["key"],
        "sequenceNumber": content["sequence"],
        "commitTimestamp": unix_ms(epoch, row.t_us),
        "commitNumber": content["commit"],
        "commitUser": content["user"],
    }
    if content["type"] == "UPDATE":
        header["changedFields"] = content["changed"]
        header["nulledFields"] = content["nulled"]
    payload["ChangeEventHeader"] = header
    data = {"schema": _schema(content["entity"]), "payload": payload, "event": {"replayId": row.position}}
    return {"channel": channel, "data": data}


def last_replay_id(mock: Mock) -> int:
    """The newest replay id given out, 0 before the first. Kept apart from the feed, whose old rows are dropped."""
    return int(mock.volatile.get("replay_id", 0))


def unix_ms(epoch: datetime, us: int) -> int:
    """An instant in milliseconds since 1970."""
    return (us - instant(epoch, _UNIX)) // 1000


def _next_replay_id(mock: Mock) -> int:
    last = last_replay_id(mock)
    gap = 1 + digest64(mock.context.seed_label, "crm", "replay", str(last)) % _GAP_MAX
    mock.volatile["replay_id"] = last + gap
    return last + gap


def _forget_old(mock: Mock, now_us: int) -> None:
    """Once a day is often enough: what is too old is not read anyway."""
    if now_us - mock.volatile.get("forgotten_us", 0) > DAY_US:
        mock.volatile["forgotten_us"] = now_us
        mock.feeds[FEED].forget_before(now_us - RETENTION_US)


@cache
def _schema(entity: str) -> str:
    return secret_for("schema", entity)[:22]
