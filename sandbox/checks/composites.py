"""ATOM.partial: what is built in several systems stands as a whole, or was taken back as a whole."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sandbox.checks.case import Case, Record
from sandbox.checks.findings import CheckResult, Finding
from sandbox.checks.precedence import accepted
from sandbox.core.clock import HOUR_US
from sandbox.interface import Composite, Part


@dataclass(slots=True)
class _Whole:
    """One composite while the history goes by: which parts are built, since when it is half-built, what was seen."""

    ref: str
    built: dict[str, dict[str, bool]] = field(default_factory=dict)
    first: dict[str, Record] = field(default_factory=dict)
    half_since: Record | None = None
    longest: tuple[int, Record] | None = None
    early: Record | None = None
    requests: list[int] = field(default_factory=list)

    def has(self, part: str) -> bool:
        return any(self.built.get(part, {}).values())


class _Walk:
    """All composites of one kind."""

    def __init__(self, case: Case, name: str, composite: Composite) -> None:
        self._case, self.name, self._composite = case, name, composite
        self.wholes: dict[str, _Whole] = {}
        self.records = (str(composite.source.record), *composite.parts)
        self._wanted: dict[str, bool] = {}
        self._rows: dict[tuple[str, str], dict[str, Any]] = {}

    def take(self, record: str, entry: Record) -> None:
        """One commit."""
        source = self._composite.source
        part = self._composite.parts.get(record)
        row = self._rows.setdefault((record, entry["rec"]), {})
        row.update(entry["after"])
        if record == source.record:
            ref = self._case.ref(record, entry["rec"])
            if ref is not None:
                self._wanted[ref] = entry["op"] != "delete" and accepted(row, source.where)
                self._weigh(self._whole(ref), entry)
        if part is not None:
            ref = self._belongs(record, part, entry["rec"], row)
            if ref:
                self._take_part(record, part, self._whole(ref), entry, row)

    def _whole(self, ref: str) -> _Whole:
        return self.wholes.setdefault(ref, _Whole(ref))

    def _belongs(self, record: str, part: Part, record_id: str, row: Mapping[str, Any]) -> str | None:
        if part.named is not None:
            return row.get(part.named)
        if part.via is not None:
            return self._case.ref(self._case.interface.records[record].references[part.via], row.get(part.via))
        return self._case.ref(record, record_id)

    def _take_part(self, record: str, part: Part, whole: _Whole, entry: Record, row: dict[str, Any]) -> None:
        if isinstance(entry.get("rq"), int):
            whole.requests.append(entry["rq"])
        was = whole.has(record)
        is_built = entry["op"] != "delete" and accepted(row, part.built)
        whole.built.setdefault(record, {})[entry["rec"]] = is_built
        if is_built and not was:
            whole.first[record] = entry
        opened = record == self._composite.gate and is_built and not was
        if opened and whole.early is None and not all(whole.has(each) for each in self._composite.parts):
            whole.early = entry
        self._weigh(whole, entry)

    def _weigh(self, whole: _Whole, entry: Record) -> None:
        """Half-built is: wanted, and some but not all parts there."""
        parts = [whole.has(each) for each in self._composite.parts]
        half = self._wanted.get(whole.ref, False) and any(parts) and not all(parts)
        if half and whole.half_since is None:
            whole.half_since = entry
        elif not half and whole.half_since is not None:
            self._close(whole, entry["t_us"])

    def _close(self, whole: _Whole, now_us: int) -> None:
        since = whole.half_since
        if since is not None and (whole.longest is None or now_us - since["t_us"] > whole.longest[0]):
            whole.longest = (now_us - since["t_us"], since)
        whole.half_since = None

    def judge(self, result: CheckResult) -> None:
        """Findings at the end: what stands is asked of the final states, how it came about of the history."""
        case, source = self._case, self._composite.source
        struck = {fault["rq"] for fault in case.fired if fault["rq"] is not None}
        record = str(source.record)
        wanted = {case.ref(record, each) for each, row in case.rows(record).items() if accepted(row, source.where)}
        early_when = self._composite.early_when
        rows = case.rows(record).items() if early_when else ()
        excused = {case.ref(record, each) for each, row in rows if accepted(row, early_when)}
        standing = {part: self._standing(part) for part in self._composite.parts}
        kind = case.interface.records[record].kind
        for ref, whole in sorted(self.wholes.items()):
            result.compared += 1
            is_off = ref not in wanted
            result.exercised += not struck.isdisjoint(whole.requests) or (is_off and bool(whole.first))
            missing = [part for part, refs in standing.items() if ref not in refs]
            if is_off or f"{kind}:{ref}" in case.letters:
                self._taken_back(whole, missing, result, "it is off" if is_off else "it was given up")
            else:
                if ref in excused:
                    whole.early = None
                self._stands(whole, missing, result)

    def _standing(self, record: str) -> set[str]:
        """What a part stands for at the end."""
        part, found = self._composite.parts[record], set()
        for each, row in self._case.rows(record).items():
            ref = self._belongs(record, part, each, row) if accepted(row, part.built) else None
            if ref:
                found.add(ref)
        return found

    def _taken_back(self, whole: _Whole, missing: list[str], result: CheckResult, why: str) -> None:
        """What can be taken back is, all of it."""
        left = [part for part, rule in self._composite.parts.items() if rule.built and part not in missing]
        if left:
            what = f"taken back by half: {', '.join(left)} still stands"
            result.findings.append(self._finding(whole, "S1", what, f"{why}, and {left[0]} is still in use"))

    def _stands(self, whole: _Whole, missing: list[str], result: CheckResult) -> None:
        """Wanted at the end: all parts are there, came within the bound, and the gate opened last."""
        bound_us = self._composite.within_h * HOUR_US
        if missing and whole.half_since is not None:
            self._close(whole, self._case.truth["end_us"])
        late = whole.longest is not None and whole.longest[0] > bound_us
        what = then = None
        if missing and late:
            what, then = f"half-built at the end: no {', '.join(missing)}", "some parts stand and others never came"
        elif whole.early is not None:
            what = f"{self._composite.gate} was opened before the rest stood"
            then = "others could use a part before the whole was there"
        elif late and whole.longest is not None:
            what = f"half-built for {whole.longest[0] // HOUR_US} hours"
            then = f"allowed are {self._composite.within_h} hours"
        if what is not None and then is not None:
            result.findings.append(self._finding(whole, "S1" if missing else "S2", what, then))

    def _finding(self, whole: _Whole, severity: str, what: str, then: str) -> Finding:
        first = sorted(whole.first.items(), key=lambda item: item[1]["seq"])
        return Finding(
            check="ATOM.partial",
            severity=severity,
            flow=self.name,
            key=f"{self.name}:{whole.ref}",
            title=f"{self.name} {whole.ref}: {what}",
            let=tuple(f"{self._case.at(entry['t_us'])} {part} {entry['rec']} stands" for part, entry in first),
            then=then,
            ruled_out="a part that was taken back counts as not there; dead letters must be taken back as a whole",
            records=tuple(entry["seq"] for _, entry in first),
            cause="a step failed, and the steps before it were neither finished nor taken back",
        )


def check(case: Case) -> CheckResult:
    """Every composite of the interface contract, thing by thing."""
    result = CheckResult("ATOM.partial", "what is built in several systems stands as a whole or not at all")
    walks = [_Walk(case, name, composite) for name, composite in case.interface.composites.items()]
    for walk in walks:
        for entry in case.commits_of(*walk.records):
            walk.take(f"{entry['sys']}.{entry['record']}", entry)
        walk.judge(result)
    return result
