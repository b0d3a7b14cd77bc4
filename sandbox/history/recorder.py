"""The recorder: told of every request, commit, delivery and fault, it writes the history in one order.

It draws nothing and schedules nothing. A record is written after the COMMIT it is about, so nothing is recorded that
did not happen. Records are canonical JSON lines; nothing in them depends on paths, wall time or the process.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import Any, Protocol

from sandbox.core.clock import Clock
from sandbox.core.observe import Change, Commit, Delivery, Row
from sandbox.core.wire import Request, canonical
from sandbox.history.keybook import UNKNOWN, KeyBook
from sandbox.interface import Interface

Record = dict[str, Any]


class Sink(Protocol):
    """Where lines go."""

    def write(self, line: bytes) -> Any:
        """Take one line with its newline."""


class Recorder:
    """Observer of all five systems, tap of the wire, notebook of all actors. ``records`` is the history so far."""

    def __init__(self, run: str, clock: Clock, interface: Interface, sink: Sink | None = None) -> None:
        self.run = run
        self.records: list[Record] = []
        self.keybook = KeyBook(interface)
        self.phase = "warmup"
        self._clock = clock
        self._groups = interface.versioned
        self._sink = sink
        self._digest = blake2b(digest_size=16)
        self._versions: dict[tuple[str, str], int] = {}
        self._last_rq = -1
        # Who is being served: request number, actor and deed; nobody when a system acts by itself.
        self._serving: tuple[int, str, str | None] | None = None
        self._faults: dict[int, list[str]] = {}
        self._faults_of_events: dict[tuple[str, str], list[str]] = {}

    @property
    def digest(self) -> str:
        """Digest of all lines so far."""
        return self._digest.hexdigest()

    @property
    def requests(self) -> int:
        """How many requests there were so far."""
        return self._last_rq + 1

    # -- the wire's side -----------------------------------------------------------------------------------------------

    def invoke(self, system: str, actor: str, deed: str | None, request: Request, operation: str) -> int:
        """A request is at the system's door; returns its number. What commits until ``complete`` is on its behalf."""
        self._last_rq += 1
        self._serving = (self._last_rq, actor, deed)
        record: Record = {
            "rq": self._last_rq,
            "verb": request.method,
            "route": operation,
            "path": request.path,
            "body_digest": blake2b(request.body, digest_size=8).hexdigest() if request.body else None,
        }
        if deed is not None:
            record["deed"] = deed
        self._write("invoke", system, actor, record)
        return self._last_rq

    def set_aside(self) -> None:
        """The request being served waits inside the system: what commits now is not on its behalf."""
        self._serving = None

    def take_up(self, rq: int, actor: str, deed: str | None) -> None:
        """A request that waited is served now."""
        self._serving = (rq, actor, deed)

    def complete(self, system: str, actor: str, rq: int, status: int, *, executed: str, resp: str) -> None:
        """The system is done with a request. ``executed``: yes, no, or later than its sender waited; ``resp``: seen
        or lost. A request that was lost before anybody answered has status 0."""
        self._serving = None
        record: Record = {"rq": rq, "status": status, "executed": executed, "resp": resp}
        struck = self._faults.pop(rq, None)
        if struck:
            record["faults"] = struck
        self._write("complete", system, actor, record)

    def fault(self, fid: str, kind: str, system: str, effect: dict[str, Any]) -> None:
        """A fault has struck: at the event that ``effect`` names, else at the request being served if there is one."""
        record: Record = {"fid": fid, "fkind": kind, "edge": "fire", "effect": effect}
        rq = self._serving[0] if self._serving is not None else None
        if "evid" in effect:
            rq = None
            self._faults_of_events.setdefault((system, effect["evid"]), []).append(fid)
        record["rq"] = rq
        if rq is not None:
            self._faults.setdefault(rq, []).append(fid)
        self._write("fault", system, "sandbox", record)

    # -- the systems' side ---------------------------------------------------------------------------------------------

    def committed(self, commit: Commit) -> int:
        """One transaction of one system; returns the number of its last record."""
        rq, actor, deed = self._serving if self._serving is not None else (None, "sandbox", None)
        system = commit.system
        for change in commit.changes:
            if change.record_type == "external_reference":
                self.keybook.learn(f"{system}.{change.record_type}", change.record_id, change.after)
        for position, change in enumerate(commit.changes):
            record = self._change(system, commit.tx, position, change)
            if rq is None:
                self._write("change", system, "sandbox", record)
            elif actor.startswith("engine:"):
                record["rq"] = rq
                self._write("effect", system, actor, record)
            else:
                record["rq"] = rq
                if deed is not None:
                    record["deed"] = deed
                self._write("change", system, actor, record)
        for announcement in commit.announcements:
            covers = [self._covered(system, name, record_id) for name, record_id in announcement.covers]
            emitted: Record = {
                "stream": announcement.stream,
                "pos": str(announcement.position),
                "evid": announcement.event_id,
                "covers": covers,
                "etype": "change",
            }
            struck = self._faults_of_events.pop((system, announcement.event_id), None)
            if struck:
                emitted["faults"] = struck
            self._write("emit", system, "sandbox", emitted)
        return len(self.records) - 1

    def aborted(self, system: str, tx: int) -> None:
        """A transaction rolled back."""
        self._write("abort", system, "sandbox", {"tx": tx})

    def delivered(self, delivery: Delivery) -> None:
        """A page of a stream goes out."""
        record = {
            "stream": delivery.stream,
            "evids": list(delivery.event_ids),
            "mode": "pull",
            "cursor_in": delivery.cursor_in,
            "cursor_out": delivery.cursor_out,
            "rq": self._serving[0] if self._serving is not None else None,
        }
        if delivery.event_ids:
            self._write("deliver", delivery.system, "sandbox", record)

    # -- the actors' side ----------------------------------------------------------------------------------------------

    def note(self, actor: str, kind: str, fields: dict[str, Any]) -> None:
        """A line an actor writes about itself."""
        system = "engine" if actor.startswith("engine:") else "sandbox"
        self._write(kind, system, actor, fields)

    def final(self, system: str, counts: dict[str, int]) -> None:
        """How many records of each type a system holds at the end; the records themselves are the truth file's."""
        self._write("final", system, "sandbox", {"counts": counts})

    def resume(self, records: list[Record], dumps: dict[str, Any]) -> None:
        """Go on from an earlier history: its records, and the states they led to."""
        self.records = []
        self._digest = blake2b(digest_size=16)
        self._versions.clear()
        self._last_rq = -1
        for record in records:
            self._keep(record)
            for group, version in record.get("ver", {}).items():
                self._versions[f"{record['sys']}.{record['record']}/{record['rec']}", group] = version
            rq = record.get("rq")
            if isinstance(rq, int):
                self._last_rq = max(self._last_rq, rq)
        self.keybook = KeyBook(self.keybook.interface)
        self.keybook.load(dumps)

    # -- inside --------------------------------------------------------------------------------------------------------

    def _change(self, system: str, tx: int, position: int, change: Change) -> Record:
        name = f"{system}.{change.record_type}"
        ref = self.keybook.learn(name, change.record_id, change.after)
        before, after = _differences(change.before, change.after)
        record: Record = {
            "key": self.keybook.key(name, change.record_id) if ref != UNKNOWN else UNKNOWN,
            "record": change.record_type,
            "rec": change.record_id,
            "op": change.op,
            "tx": tx,
            "tx_seq": position,
            "before": before,
            "after": after,
        }
        groups = self._groups.get(name)
        if groups is not None:
            record["ver"] = self._count_versions(name, change.record_id, groups, after or before)
        return record

    def _count_versions(
        self, name: str, record_id: str, groups: dict[str, tuple[str, ...]], touched: Row
    ) -> dict[str, int]:
        versions: dict[str, int] = {}
        for group, columns in groups.items():
            if any(column in touched for column in columns):
                key = (f"{name}/{record_id}", group)
                self._versions[key] = versions[group] = self._versions.get(key, 0) + 1
        return versions

    def _covered(self, system: str, name: str, record_id: str) -> list[Any]:
        record = f"{system}.{name}"
        groups = self._groups.get(record, {})
        versions = {group: self._versions.get((f"{record}/{record_id}", group), 0) for group in groups}
        known = record in self.keybook.interface.records
        return [self.keybook.key(record, record_id) if known else UNKNOWN, name, record_id, versions]

    def _write(self, kind: str, system: str, actor: str, fields: Record) -> None:
        record: Record = {
            "seq": len(self.records),
            "kind": kind,
            "t_us": self._clock.now_us(),
            "sys": system,
            "actor": actor,
            "phase": self.phase,
            **fields,
        }
        self._keep(record)

    def _keep(self, record: Record) -> None:
        line = canonical(record, line=True)
        self._digest.update(line)
        self.records.append(record)
        if self._sink is not None:
            self._sink.write(line)


def _differences(before: Row | None, after: Row | None) -> tuple[Row, Row]:
    """Business columns that changed; system columns start with an underscore."""
    if before is None:
        return {}, {name: value for name, value in (after or {}).items() if value is not None and name[0] != "_"}
    if after is None:
        return {name: value for name, value in before.items() if value is not None and name[0] != "_"}, {}
    changed = [name for name, value in after.items() if value != before[name] and name[0] != "_"]
    return {name: before[name] for name in changed}, {name: after[name] for name in changed}
