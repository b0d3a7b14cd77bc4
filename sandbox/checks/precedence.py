"""CAU.before and the rules of ORDER.rules that are data: what stood when something was done, by order of commits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sandbox.checks.case import Case, Record
from sandbox.checks.evidence import faults_of
from sandbox.checks.findings import CheckResult, Finding
from sandbox.core.clock import HOUR_US
from sandbox.history.keybook import UNKNOWN
from sandbox.interface import Accepted, Before, is_left_out

# An effect that came within this time of its cause would have come first, had nobody waited.
_CLOSE_US = HOUR_US


@dataclass(slots=True)
class Judged:
    """What one rule saw."""

    compared: int = 0
    exercised: int = 0
    findings: list[Finding] = field(default_factory=list)


@dataclass(slots=True)
class _Standing:
    """A row as it stands, its key, and the last entry of the history that changed it."""

    row: dict[str, Any]
    key: str
    last: Record


class Precedence:
    """One walk over the history for all rules, keeping only the records they need."""

    def __init__(self, case: Case, rules: Mapping[str, Before], check: str) -> None:
        self._case, self._check = case, check
        self.judged = {name: Judged() for name in rules}
        self._by_effect: dict[str, list[tuple[str, Before]]] = {}
        for name, rule in rules.items():
            self._by_effect.setdefault(rule.effect, []).append((name, rule))
        kept = {rule.needs for rule in rules.values()} | {rule.effect for rule in rules.values()}
        self._rows: dict[str, dict[str, _Standing]] = {name: {} for name in kept}
        # Key -> native ids, for what is found by being the same thing or by its ref.
        self._holders: dict[str, dict[str, dict[str, None]]] = {name: {} for name in kept}

    def walk(self) -> None:
        """Judge every effect by what stood when it was committed."""
        for entry in self._case.commits_of(*self._rows):
            record = f"{entry['sys']}.{entry['record']}"
            rows = self._rows[record]
            if entry["op"] == "delete":
                rows.pop(entry["rec"], None)
                continue
            standing = self._take(record, rows, entry)
            for name, rule in self._by_effect.get(record, ()):
                if self._applies(rule, entry, standing.row):
                    self._judge(name, rule, entry, standing)

    def _take(self, record: str, rows: dict[str, _Standing], entry: Record) -> _Standing:
        ref = self._case.ref(record, entry["rec"])
        key = ref if ref is not None else _ref_of(entry["key"])
        standing = rows.get(entry["rec"])
        if standing is None:
            standing = rows[entry["rec"]] = _Standing({}, key, entry)
        standing.row.update(entry["after"])
        standing.last = entry
        if key:
            self._holders[record].setdefault(key, {})[entry["rec"]] = None
        return standing

    def _applies(self, rule: Before, entry: Record, row: Mapping[str, Any]) -> bool:
        if not rule.when:
            return bool(entry["op"] == "create") and entry["phase"] != "warmup"
        return accepted(row, rule.when) and not rule.when.keys().isdisjoint(entry["after"])

    def _judge(self, name: str, rule: Before, entry: Record, standing: _Standing) -> None:
        judged, cause, wanted = self.judged[name], None, None
        if rule.via is not None:
            wanted = standing.row.get(rule.via)
            cause = self._rows[rule.needs].get(wanted or "")
        else:
            wanted = standing.row.get(rule.named) if rule.named is not None else standing.key
            ids = self._holders[rule.needs].get(wanted or "", ())
            found = [self._rows[rule.needs][each] for each in ids if each in self._rows[rule.needs]]
            cause = next((each for each in found if accepted(each.row, rule.state)), found[0] if found else None)
        if not wanted or (rule.via is None and wanted == UNKNOWN) or is_left_out(str(wanted), rule.without):
            # It names nothing, or nobody knows what it is: no proof of anything.
            return
        judged.compared += 1
        excused = cause is not None and bool(rule.unless) and accepted(cause.row, rule.unless)
        if cause is not None and (excused or accepted(cause.row, rule.state)):
            judged.exercised += entry["t_us"] - cause.last["t_us"] < _CLOSE_US
            return
        judged.findings.append(self._finding(name, rule, entry, cause, str(wanted)))

    def _finding(self, name: str, rule: Before, entry: Record, cause: _Standing | None, wanted: str) -> Finding:
        kind = self._case.interface.records.get(rule.needs)
        what = f"{kind.kind if kind and rule.via is None else rule.needs} {wanted}"
        then = f"no {rule.needs} was {what}"
        let = [_done(self._case, entry)]
        if cause is not None:
            let.append(_done(self._case, cause.last))
            then = f"{what} was {_state(cause.row, rule.state)}, expected {_wanted(rule.state)}"
        requests = [entry["rq"]] if isinstance(entry.get("rq"), int) else []
        return Finding(
            check=self._check,
            severity="S1" if rule.money else "S2",
            flow=name,
            key=f"{rule.effect}:{_name(entry)}",
            title=f"{name}: {rule.effect} {_name(entry)} came before {what} was ready",
            let=tuple(let),
            then=f"when it was committed, {then}",
            ruled_out="judged in the order of commits, which is the order of the record",
            records=tuple(each["seq"] for each in (entry, *((cause.last,) if cause else ()))),
            requests=tuple(requests),
            faults=faults_of(self._case, requests),
            cause="an effect did not wait for what it rests on",
        )


def check(case: Case) -> CheckResult:
    """The named instances of the interface contract."""
    result = CheckResult("CAU.before", "nothing is done before what it rests on")
    precedence = Precedence(case, case.interface.before, "CAU.before")
    precedence.walk()
    add_parts(result, precedence.judged)
    return result


def add_parts(result: CheckResult, judged: Mapping[str, Judged]) -> None:
    """Sum up what rules saw."""
    for name, each in sorted(judged.items()):
        result.parts[name] = {"compared": each.compared, "exercised": each.exercised}
        result.compared += each.compared
        result.exercised += each.exercised
        result.findings += each.findings


def accepted(row: Mapping[str, Any], wanted: Accepted) -> bool:
    """Whether a row has accepted values in all columns."""
    return all(row.get(column) in values for column, values in wanted.items())


def _ref_of(key: str) -> str:
    return "" if key == UNKNOWN else key.partition(":")[2]


def _name(entry: Record) -> str:
    ref = _ref_of(entry["key"])
    return ref or str(entry["rec"])


def _done(case: Case, entry: Record) -> str:
    deed = f" ({entry['deed']})" if entry.get("deed") else ""
    return (
        f"{case.at(entry['t_us'])} {entry['actor']} {entry['sys']} {entry['op']} {entry['record']} {entry['rec']}{deed}"
    )


def _state(row: Mapping[str, Any], wanted: Accepted) -> str:
    return ", ".join(f"{column} {row.get(column)!r}" for column in wanted) or "there"


def _wanted(wanted: Accepted) -> str:
    return ", ".join(f"{column} {' or '.join(repr(value) for value in values)}" for column, values in wanted.items())
