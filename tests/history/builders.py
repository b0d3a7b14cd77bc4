"""A recorder on a clock to move, and commits as a mock would report them."""

from __future__ import annotations

from datetime import date
from typing import Any

from sandbox.core.clock import ManualClock, epoch_of
from sandbox.core.observe import Announcement, Change, Commit, Row
from sandbox.core.wire import Request
from sandbox.history.recorder import Record, Recorder
from sandbox.interface import Interface, load_interface

EPOCH = epoch_of(date(2026, 1, 12))
INTERFACE: Interface = load_interface()
ENGINE, PERSON = "engine:1", "biz:ana"


class Lines:
    """A sink that keeps what it is given."""

    def __init__(self) -> None:
        self.lines: list[bytes] = []

    def write(self, line: bytes) -> None:
        self.lines.append(line)


def make_recorder(sink: Lines | None = None) -> Recorder:
    """A recorder at 2026-01-12T00:00:00Z with nothing in it."""
    return Recorder("a-run-1", ManualClock(EPOCH), INTERFACE, sink)


def row(record_id: str, version: int = 1, /, **columns: Any) -> Row:
    """A row as a store keeps it, system columns included."""
    return {
        "id": record_id,
        **columns,
        "_created_us": 0,
        "_modified_us": version,
        "_version": version,
        "_deleted": 0,
        "_creator": "somebody",
    }


def create(name: str, record_id: str, /, **columns: Any) -> Change:
    """A record is made."""
    return Change(name, record_id, "create", None, row(record_id, **columns))


def update(name: str, record_id: str, before: dict[str, Any], after: dict[str, Any]) -> Change:
    """A record is changed from some columns to others."""
    return Change(name, record_id, "update", row(record_id, **before), row(record_id, 2, **after))


def delete(name: str, record_id: str, /, **columns: Any) -> Change:
    """A record is gone."""
    return Change(name, record_id, "delete", row(record_id, **columns), None)


def commit(system: str, tx: int, *changes: Change, announced: tuple[Announcement, ...] = ()) -> Commit:
    """One transaction of one system."""
    return Commit(system, tx, 0, changes, announced)


def on_behalf_of(
    recorder: Recorder, actor: str, *commits: Commit, deed: str | None = None, method: str = "POST"
) -> list[Record]:
    """Records of a request during which these commits happened, the request's own two included."""
    began = len(recorder.records)
    system = commits[0].system if commits else "erp"
    rq = recorder.invoke(system, actor, deed, Request(method, "/x"), "x.create")
    for each in commits:
        recorder.committed(each)
    recorder.complete(system, actor, rq, 200, executed="yes" if commits else "no", resp="seen")
    return recorder.records[began:]


def kinds(records: list[Record]) -> list[str]:
    """What kind each record is."""
    return [record["kind"] for record in records]


def account(record_id: str = "001", **columns: Any) -> Change:
    """A client of the CRM comes into being."""
    return create("Account", record_id, **{"Name": "Northwind", "AccountNumber": "C-1", **columns})


def time_entry(record_id: str, **columns: Any) -> Change:
    return create("time_entry", record_id, **{"date_performed": "2026-01-12", "approved": 0, **columns})
