"""CONV.final: at rest, source and target say the same, and nothing stands there without a source."""

from __future__ import annotations

from sandbox.checks.case import Case, Fact, Target
from sandbox.checks.evidence import faults_of, shown, told, trail
from sandbox.checks.findings import CheckResult, Finding
from sandbox.checks.lost import given_up
from sandbox.history.values import same
from sandbox.interface import Flow


def check(case: Case) -> CheckResult:
    """Compare every field of every flow, and find records of engines that no fact explains."""
    result = CheckResult("CONV.final", "sources and targets agree at the end")
    explained: dict[str, set[str]] = {}
    for name, flow in case.interface.flows.items():
        facts = case.facts(name)
        explained.setdefault(flow.target, set()).update(facts)
        for target in case.targets(name):
            fact = facts.get(target.ref or "")
            if fact is not None and not given_up(case, flow, fact.ref):
                result.compared += len(fact.values)
                result.findings += _differences(case, name, flow, fact, target)
    for target_name, refs in explained.items():
        result.findings += _extras(case, target_name, refs)
    result.exercised = len(_touched(case))
    return result


def _differences(case: Case, name: str, flow: Flow, fact: Fact, target: Target) -> list[Finding]:
    wrong = [column for column, value in fact.values.items() if not same(target.values[column], value)]
    if not wrong:
        return []
    effects = trail(case, flow.target, target.record_id)
    requests = [effect["rq"] for effect in effects]
    kind = case.interface.records[flow.target].kind
    parts = ", ".join(
        f"{column} {shown(case, flow, column, target.values[column])}, "
        f"expected {shown(case, flow, column, fact.values[column])}"
        for column in wrong
    )
    return [
        Finding(
            check="CONV.final",
            severity="S1",
            flow=name,
            key=f"{kind}:{fact.ref}",
            title=f"{flow.target} {target.record_id} differs from {kind} {fact.ref}",
            let=tuple(told(case, effect) for effect in effects[-2:]),
            then=f"at the end: {parts}",
            ruled_out="compared after the drain, normalised as the interface contract says",
            records=tuple(effect["seq"] for effect in effects[-2:]),
            requests=tuple(requests[-2:]),
            faults=faults_of(case, requests),
        )
    ]


def _extras(case: Case, target_name: str, refs: set[str]) -> list[Finding]:
    """Records an engine created that no fact explains."""
    found = []
    # Flows into one record may each see some of its rows only.
    seen: set[str] = set()
    names = [name for name, flow in case.interface.flows.items() if flow.target == target_name]
    for name, target in ((each, target) for each in names for target in case.targets(each)):
        if target.record_id in seen:
            continue
        seen.add(target.record_id)
        effects = trail(case, target_name, target.record_id)
        if target.ref in refs or not effects or effects[0]["op"] != "create":
            continue
        found.append(
            Finding(
                check="CONV.final",
                severity="S1",
                flow=name,
                key=f"{case.interface.records[target_name].kind}:{target.ref or '?'}",
                title=f"{target_name} {target.record_id} has no source",
                let=tuple(told(case, effect) for effect in effects[:2]),
                then="no fact of any flow is this record at the end",
                records=tuple(effect["seq"] for effect in effects[:2]),
                requests=tuple(effect["rq"] for effect in effects[:2]),
            )
        )
    return found


def _touched(case: Case) -> set[str]:
    """Things an engine wrote about in a request that a fault struck."""
    struck = {fault["rq"] for fault in case.fired if fault["rq"] is not None}
    return {effect["key"] for effects in case.effects.values() for effect in effects if effect["rq"] in struck}
