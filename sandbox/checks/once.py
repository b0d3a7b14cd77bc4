"""ONCE.dup: a fact stands once. More live records than facts, whatever their ids, is a doubled effect."""

from __future__ import annotations

from collections.abc import Container

from sandbox.checks.case import Case, Fact, Target, money_text
from sandbox.checks.evidence import faults_of, told, trail
from sandbox.checks.findings import CheckResult, Finding
from sandbox.interface import Flow


def check(case: Case) -> CheckResult:
    """Group live records by the fact they are; two of one are one too many."""
    result = CheckResult("ONCE.dup", "every fact stands once in every system it goes to")
    judged: set[str] = set()
    for name, flow in case.interface.flows.items():
        if flow.target in judged:
            continue
        judged.add(flow.target)
        facts = _facts_of_target(case, flow.target)
        groups: dict[str, list[Target]] = {}
        for target in case.targets(name):
            if target.ref is not None:
                groups.setdefault(target.ref, []).append(target)
        result.compared += len(groups)
        for ref, targets in groups.items():
            # What a person added by hand is held against nobody.
            blamed = [target for target in targets if not _made_by_a_person(case, flow, target)]
            if len(blamed) > 1:
                result.findings.append(_finding(case, name, flow, ref, facts.get(ref), blamed))
    result.exercised = _hazards(case)
    return result


def _made_by_a_person(case: Case, flow: Flow, target: Target) -> bool:
    changes = case.changes_of.get((flow.target, target.record_id), ())
    return any(change["op"] == "create" and change["actor"].startswith("biz:") for change in changes)


def _facts_of_target(case: Case, target: str) -> dict[str, Fact]:
    """Facts of every flow into a record type."""
    found: dict[str, Fact] = {}
    for name, flow in case.interface.flows.items():
        if flow.target == target:
            found.update(case.facts(name))
    return found


def _finding(case: Case, name: str, flow: Flow, ref: str, fact: Fact | None, targets: list[Target]) -> Finding:
    targets = sorted(targets, key=lambda target: (target.row["_created_us"], target.record_id))
    effects = [effect for target in targets for effect in trail(case, flow.target, target.record_id)[:1]]
    amounts = [case.amount_of(flow, target.record_id, target.row) for target in targets[1:]]
    delta = sum(amount for amount, _ in amounts)
    currency = amounts[0][1]
    requests = [effect["rq"] for effect in effects]
    kind = case.interface.records[flow.target].kind
    ids = ", ".join(target.record_id for target in targets)
    return Finding(
        check="ONCE.dup",
        severity="S1",
        flow=name,
        key=f"{kind}:{ref}",
        title=f"{len(targets)} live records of {flow.target} are the one {kind} {ref}",
        let=tuple(told(case, effect) for effect in effects),
        then=f"{kind} {ref} is one fact, yet {flow.target} {ids} all stand for it at the end"
        + (f": {money_text(delta, currency)} too much." if delta else "."),
        ruled_out="none of them was deleted or voided before the end, and no second fact has these values",
        delta=delta,
        currency=currency,
        records=tuple(effect["seq"] for effect in effects),
        requests=tuple(requests),
        faults=faults_of(case, requests),
        cause="a create was sent again without a key, and nobody looked whether the first one had arrived",
    )


def _hazards(case: Case) -> int:
    """Creates of engines that were executed although the answer was lost, late or a failure, and repeated events."""
    met = 0
    for fault in case.fired:
        if fault["fkind"] in ("W04", "W06", "M05") and fault["rq"] is not None:
            met += int(created_by(case, fault["rq"]))
        elif fault["fkind"] == "E01":
            met += 1
    return met


def created_by(case: Case, rq: int, records: Container[str] | None = None) -> bool:
    """Whether an engine's request created a record (of some types)."""
    effects = case.effects_of.get(rq, ())
    return any(effect["op"] == "create" and (records is None or effect["record"] in records) for effect in effects)
