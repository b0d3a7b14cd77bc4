"""What every source said, version by version: the values each flow had to carry, in the order of commits.

Rebuilt from the history alone. A version is the mapped values of one flow for one thing; rows reached over references
count as part of it. Derived facts have no versions here: what they say is judged at the end (CONV.final).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from sandbox.checks.case import Case, Record
from sandbox.core.observe import Row
from sandbox.history.values import Paths
from sandbox.interface import ByAny, ByFactor, ByKey, ByMap, ByTemplate, Flow, Interface, Value, is_left_out

# Flow and ref: what one register of a target follows.
Register = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Version:
    """The values a flow had to carry from record ``seq`` of the history on, by target column, comparable; ``due``
    while the flow's conditions were met."""

    seq: int
    t_us: int
    values: Mapping[str, Any]
    due: bool


class Versions:
    """All versions of all sources that are records."""

    def __init__(self, case: Case) -> None:
        self._case = case
        self._interface = case.interface
        self._rows: dict[str, dict[str, dict[str, Any]]] = {}
        self._paths = Paths(case.interface, self._rows, case.keybook.refs)
        self._readers = {name: _Reader(flow, case.interface) for name, flow in case.interface.flows.items()}
        self._by_record: dict[str, list[tuple[str, frozenset[str]]]] = {}
        for name, reader in self._readers.items():
            for record, columns in reader.columns.items():
                self._by_record.setdefault(record, []).append((name, frozenset(columns)))
        self._dependents: dict[tuple[str, str, str], dict[str, None]] = {}
        self.of: dict[Register, list[Version]] = {}
        for entry in case.commits_of(*self._by_record):
            self._take(entry)

    def _take(self, entry: Record) -> None:
        record = f"{entry['sys']}.{entry['record']}"
        rows = self._rows.setdefault(record, {})
        if entry["op"] == "delete":
            rows.pop(entry["rec"], None)
            return
        rows.setdefault(entry["rec"], {}).update(entry["after"])
        for name, columns in self._by_record[record]:
            if columns.isdisjoint(entry["after"]):
                continue
            if self._interface.flows[name].source.record == record:
                self._note(name, entry["rec"], entry)
            for source_id in tuple(self._dependents.get((name, record, entry["rec"]), ())):
                self._note(name, source_id, entry)

    def _note(self, name: str, source_id: str, entry: Record) -> None:
        flow, reader = self._interface.flows[name], self._readers[name]
        record = str(flow.source.record)
        row = self._rows[record].get(source_id)
        if row is None:
            return
        for other, other_id in reader.reached(self._rows, self._interface, row):
            self._dependents.setdefault((name, other, other_id), {})[source_id] = None
        key = flow.source.key
        ref = self._paths.ref_of(record, row, key) if key else self._case.ref(record, source_id)
        if ref is None or is_left_out(ref, flow.source.without):
            return
        values = {column: comparable(self._paths.read(record, row, value)) for column, value in flow.fields.items()}
        due = all(self._paths.walk(record, row, path) in accepted for path, accepted in flow.source.where.items())
        versions = self.of.setdefault((name, ref), [])
        if not versions or versions[-1].due != due or versions[-1].values != values:
            versions.append(Version(entry["seq"], entry["t_us"], values, due))


class _Reader:
    """Which columns of which records a flow reads."""

    def __init__(self, flow: Flow, interface: Interface) -> None:
        self.columns: dict[str, set[str]] = {}
        self._record = flow.source.record
        self._walks: set[tuple[str, ...]] = set()
        if flow.source.record is None:
            return
        # A record is a version of its own from its creation on, even when nothing is read of it.
        self.columns[flow.source.record] = {"id", "Id"}
        for path in (*_paths_of(flow), *flow.source.where, *([flow.source.key] if flow.source.key else [])):
            self._add(path, interface)

    def _add(self, path: str, interface: Interface) -> None:
        record, columns = str(self._record), path.split(".")
        for column in columns:
            self.columns.setdefault(record, set()).add(column)
            if column is not columns[-1]:
                record = interface.records[record].references[column]
        if len(columns) > 1:
            self._walks.add(tuple(columns[:-1]))

    def reached(
        self, rows: Mapping[str, Mapping[str, Row]], interface: Interface, row: Row
    ) -> Iterable[tuple[str, str]]:
        """(Record, id) of everything read over references."""
        for walk in self._walks:
            record, at = str(self._record), row
            for column in walk:
                record = interface.records[record].references[column]
                other_id = at.get(column)
                if not other_id:
                    break
                yield record, other_id
                found = rows.get(record, {}).get(other_id)
                if found is None:
                    break
                at = found


def _paths_of(flow: Flow) -> Iterable[str]:
    for value in flow.fields.values():
        yield from _paths_in(value)


def _paths_in(value: Value) -> Iterable[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, ByKey):
        yield value.key
    elif isinstance(value, ByMap | ByFactor):
        yield value.path
    elif isinstance(value, ByAny):
        yield from value.any
    elif isinstance(value, ByTemplate):
        yield from (part.partition("}")[0] for part in value.template.split("{")[1:])


def comparable(value: Any) -> Any:
    """A value in one spelling: numbers as Decimal however they are written, empty text as nothing."""
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return value
    if isinstance(value, int):
        return Decimal(value)
    if isinstance(value, str) and (value[0].isdigit() or value[0] == "-"):
        try:
            return Decimal(value)
        except InvalidOperation:
            return value
    return value


def written(case: Case, flow: Flow, effect: Record) -> dict[str, Any]:
    """The fields of a flow an effect wrote, comparable; references as refs."""
    references = case.interface.records[flow.target].references
    found: dict[str, Any] = {}
    for column, value in effect["after"].items():
        if column in flow.fields:
            by_key = isinstance(flow.fields[column], ByKey)
            found[column] = comparable(case.ref(references[column], value) if by_key else value)
    return found
