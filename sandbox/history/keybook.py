"""Which thing a native record is: canonical refs by the rules of the interface contract, kept up to date row by row.

Used by the recorder while things happen and by the checks on final states. A record's key is ``kind:ref``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any

from sandbox.core.observe import Row
from sandbox.history.values import Paths, read_value
from sandbox.interface import Flow, Interface, RecordRule

UNKNOWN = "?"
# The PSA keeps references to other systems in records of their own.
_EXTERNAL = "psa.external_reference"


class KeyBook:
    """Rows as they stand, and the ref of each as far as it is known."""

    def __init__(self, interface: Interface) -> None:
        self.interface = interface
        self.rows: dict[str, dict[str, Row]] = {}
        self.refs: dict[str, dict[str, str]] = {}
        self.paths = Paths(interface, self.rows, self.refs)
        self._external: dict[tuple[str, str], tuple[str, str]] = {}
        self._same: dict[str, dict[Any, str]] = {}
        self._waiting: dict[str, list[str]] = {}
        self._natural: dict[str, dict[tuple[Any, ...], list[str]]] = {}
        self._holders: dict[str, dict[str, set[str]]] = {}

    # -- learning ----------------------------------------------------------------------------------------------------

    def load(self, dumps: Mapping[str, Mapping[str, Mapping[str, Row]]]) -> None:
        """Take final states: system -> record type -> id -> row."""
        for system in ("files", "crm", "hris", "psa", "erp", "revenue"):
            types = dumps.get(system, {})
            # References first: the records they are about are resolved by them.
            for name in sorted(types, key=lambda each: (f"{system}.{each}" != _EXTERNAL, each)):
                for record_id, row in types[name].items():
                    self.learn(f"{system}.{name}", record_id, row)
        for record in self._unresolved():
            self._learn_ref(record, *self._pending(record))

    def learn(self, record: str, record_id: str, row: Row | None) -> str:
        """Take a row (None: it is gone); returns its ref, or ``?``."""
        if record == _EXTERNAL and row is not None:
            self._learn_external(row)
        if row is None:
            return self._forget(record, record_id)
        self.rows.setdefault(record, {})[record_id] = row
        rule = self.interface.records.get(record)
        if rule is None:
            return UNKNOWN
        ref = self._ref(record, rule, record_id, row)
        self._note(record, record_id, row, ref)
        return ref or UNKNOWN

    def ref(self, record: str, record_id: str) -> str | None:
        """The ref of a record, None when it is not known."""
        return self.refs.get(record, {}).get(record_id)

    def key(self, record: str, record_id: str) -> str:
        """The canonical key of a record, ``?`` when it is not known."""
        ref = self.ref(record, record_id)
        return f"{self.interface.records[record].kind}:{ref}" if ref is not None else UNKNOWN

    # -- inside --------------------------------------------------------------------------------------------------------

    def _note(self, record: str, record_id: str, row: Row, ref: str | None) -> None:
        if ref is not None:
            self.refs.setdefault(record, {})[record_id] = ref
            self._holders.setdefault(record, {}).setdefault(ref, set()).add(record_id)
            for column in self._same_columns.get(record, ()):
                if row.get(column) is not None:
                    self._same.setdefault(f"{record}.{column}", {})[row[column]] = ref
        for name in self._natural_sources.get(record, ()):
            self._waiting.setdefault(name, []).append(record_id)

    def _forget(self, record: str, record_id: str) -> str:
        self.rows.get(record, {}).pop(record_id, None)
        ref = self.refs.get(record, {}).get(record_id)
        if ref is None:
            return UNKNOWN
        self._holders.get(record, {}).get(ref, set()).discard(record_id)
        return ref

    def _learn_external(self, row: Row) -> None:
        subject, subject_id = row["subject_type"], row["subject_id"]
        self._external[subject, subject_id] = (row["service_model"], row["service_model_ref"])
        for record, rule in self._by_subject.get(subject, ()):
            known = self.rows.get(record, {}).get(subject_id)
            if known is not None:
                self._note(record, subject_id, known, self._ref(record, rule, subject_id, known))

    def _ref(self, record: str, rule: RecordRule, record_id: str, row: Row) -> str | None:
        if rule.ref is not None and not (rule.ref == "id" and rule.external is not None):
            return record_id if rule.ref == "id" else _text(row.get(rule.ref)) or None
        found = self._agreed(rule, record_id, row)
        if rule.ref is not None:
            # Itself, unless it says that it is a record of another system.
            return found or record_id
        if found is None:
            found = self.refs.get(record, {}).get(record_id)
        if found is None:
            found = self._guessed(record, rule, record_id, row)
        return found

    def _agreed(self, rule: RecordRule, record_id: str, row: Row) -> str | None:
        """By external id or external reference."""
        if rule.own_ids and (row.get("externalId") or "").startswith(rule.own_ids):
            return _text(row["externalId"])
        if rule.external_id is not None and row.get("externalId"):
            return _unspelled(rule.external_id, row["externalId"])
        if rule.external is not None:
            model, native = self._external.get((rule.external.subject, record_id), ("", ""))
            if model == rule.external.model:
                return native if rule.external.native is None else self.ref(rule.external.native, native)
        return None

    def _guessed(self, record: str, rule: RecordRule, record_id: str, row: Row) -> str | None:
        """By what the record says of itself: a code, a reference in a text, the same value, natural fields."""
        if rule.via is not None:
            owner = self.ref(rule.references[rule.via], row[rule.via])
            return owner and " ".join((owner, *(_text(row.get(column)) for column in rule.with_)))
        if rule.code_in is not None:
            return (row[rule.code_in] or "").partition(" ")[0] or None
        if rule.ref_in is not None and rule.own_ids and (row[rule.ref_in.column] or "").startswith(rule.own_ids):
            return _text(row[rule.ref_in.column]).partition(" ")[0]
        if rule.ref_in is not None and (row[rule.ref_in.column] or "").startswith(rule.ref_in.prefix):
            return _text(row[rule.ref_in.column])[len(rule.ref_in.prefix) :] or None
        for column, other in rule.same.items():
            ref = self._same.get(other, {}).get(row[column])
            if ref is not None:
                return ref
        return self._by_nature(record, record_id, row)

    def _by_nature(self, record: str, record_id: str, row: Row) -> str | None:
        for name, flow in self._natural_targets.get(record, ()):
            self._catch_up(name, flow)
            wanted = self.paths.target_values(flow, row, flow.natural)
            refs = self._natural.get(name, {}).get(wanted, [])
            holders = self._holders.get(record, {})
            # Facts that look alike are given out one by one; the next record that fits none is one too many.
            free = [ref for ref in refs if not holders.get(ref, set()) - {record_id}]
            if refs:
                return (free or refs)[0]
        return None

    def _catch_up(self, name: str, flow: Flow) -> None:
        record = str(flow.source.record)
        index = self._natural.setdefault(name, {})
        for record_id in self._waiting.pop(name, ()):
            row, ref = self.rows[record].get(record_id), self.ref(record, record_id)
            if row is None or ref is None:
                continue
            refs = index.setdefault(self.paths.source_values(flow, record, row, flow.natural), [])
            if ref not in refs:
                refs.append(ref)

    def _unresolved(self) -> list[str]:
        return [
            record
            for record in self.rows
            if record in self.interface.records and len(self.refs.get(record, {})) < len(self.rows[record])
        ]

    def _pending(self, record: str) -> tuple[RecordRule, list[str]]:
        known = self.refs.get(record, {})
        return self.interface.records[record], [each for each in self.rows[record] if each not in known]

    def _learn_ref(self, record: str, rule: RecordRule, record_ids: Iterable[str]) -> None:
        for record_id in record_ids:
            row = self.rows[record][record_id]
            self._note(record, record_id, row, self._ref(record, rule, record_id, row))

    @cached_property
    def _same_columns(self) -> dict[str, list[str]]:
        """Which columns of which record others may be told by."""
        found: dict[str, list[str]] = {}
        for rule in self.interface.records.values():
            for other in rule.same.values():
                record, _, column = other.rpartition(".")
                found.setdefault(record, []).append(column)
        return found

    @cached_property
    def _by_subject(self) -> dict[str, list[tuple[str, RecordRule]]]:
        found: dict[str, list[tuple[str, RecordRule]]] = {}
        for record, rule in self.interface.records.items():
            if rule.external is not None:
                found.setdefault(rule.external.subject, []).append((record, rule))
        return found

    @cached_property
    def _natural_sources(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for name, flow in self.interface.flows.items():
            if flow.natural and flow.source.record is not None:
                found.setdefault(flow.source.record, []).append(name)
        return found

    @cached_property
    def _natural_targets(self) -> dict[str, list[tuple[str, Flow]]]:
        found: dict[str, list[tuple[str, Flow]]] = {}
        for name, flow in self.interface.flows.items():
            if flow.natural and flow.source.record is not None:
                found.setdefault(flow.target, []).append((name, flow))
        return found


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def _unspelled(pattern: str, external_id: str) -> str | None:
    before, _, after = pattern.partition("{ref}")
    found = re.fullmatch(f"{re.escape(before)}(.+){re.escape(after)}", external_id)
    return found[1] if found else None


__all__ = ["UNKNOWN", "KeyBook", "read_value"]
