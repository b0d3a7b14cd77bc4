"""LOST.update: the last word of a source arrives; a finding is a fact without a record, or one that stopped short."""

from __future__ import annotations

from typing import Any

from sandbox.checks.case import Case, Fact, Record, Target, money_text
from sandbox.checks.evidence import faults_of, shown, told, trail
from sandbox.checks.findings import CheckResult, Finding
from sandbox.history.values import same
from sandbox.interface import Flow

# Faults that can make an engine miss something: refusals, disorder, repeats, silence, delay, torn events.
_HAZARDS = ("W01", "W02", "W03", "W04", "W06", "M01", "M04", "M05", "M08", "E01", "E02", "E03", "E13", "E16")


def check(case: Case) -> CheckResult:
    """Every fact has its record, and the record has the fact's last values."""
    result = CheckResult("LOST.update", "the last word of every source has arrived")
    for name, flow in case.interface.flows.items():
        by_ref: dict[str, list[Target]] = {}
        for target in case.targets(name):
            if target.ref is not None:
                by_ref.setdefault(target.ref, []).append(target)
        facts = case.facts(name)
        result.compared += len(facts)
        for ref, fact in facts.items():
            if given_up(case, flow, ref):
                continue
            targets = by_ref.get(ref)
            if targets is None:
                result.findings.append(_missing(case, name, flow, fact))
            else:
                stale = _stale(case, name, flow, fact, targets[0])
                result.findings += [stale] if stale else []
    result.exercised = sum(fault["fkind"] in _HAZARDS for fault in case.fired)
    return result


def given_up(case: Case, flow: Flow, ref: str) -> bool:
    """Whether the engine reported a dead letter about this; DLQ.account judges whether rightly."""
    return any(f"{kind}:{ref}" in case.letters for kind in kinds_of(case, flow))


def kinds_of(case: Case, flow: Flow) -> set[str]:
    """The kinds of thing a dead letter about a fact of a flow may name."""
    kinds = {case.interface.records[flow.target].kind}
    if flow.source.record is not None:
        kinds.add(case.interface.records[flow.source.record].kind)
    if flow.source.about is not None:
        kinds.add(flow.source.about)
    return kinds


def _missing(case: Case, name: str, flow: Flow, fact: Fact) -> Finding:
    kind = case.interface.records[flow.target].kind
    changes = _changes(case, flow, fact)
    amount = _worth(case, flow, fact)
    return Finding(
        check="LOST.update",
        severity="S1",
        flow=name,
        key=f"{kind}:{fact.ref}",
        title=f"{kind} {fact.ref} never became a {flow.target}",
        let=tuple(_said(case, change) for change in changes[-2:]),
        then=f"no {flow.target} is {kind} {fact.ref} at the end; the flow says: {flow.title}"
        + (f" ({money_text(*amount)})." if amount[0] else "."),
        ruled_out="the fact stood when the last deed was done, the drain gave it time, and no dead letter names it",
        delta=amount[0],
        currency=amount[1],
        records=tuple(change["seq"] for change in changes[-2:]),
        cause="an event, a page or a refused write was dropped on the way",
    )


def _stale(case: Case, name: str, flow: Flow, fact: Fact, target: Target) -> Finding | None:
    """A finding when the target shows what the source said before its last word."""
    wrong = [column for column, value in fact.values.items() if not same(target.values[column], value)]
    if not wrong or flow.source.record is None:
        return None
    older = [column for column in wrong if _was_said(case, flow, fact, column, target.values[column])]
    if not older:
        return None
    effects = trail(case, flow.target, target.record_id)
    kind = case.interface.records[flow.target].kind
    requests = [effect["rq"] for effect in effects]
    parts = ", ".join(
        f"{column} {shown(case, flow, column, target.values[column])} "
        f"instead of {shown(case, flow, column, fact.values[column])}"
        for column in older
    )
    return Finding(
        check="LOST.update",
        severity="S1",
        flow=name,
        key=f"{kind}:{fact.ref}",
        title=f"{flow.target} {target.record_id} stopped at an older word of {kind} {fact.ref}",
        let=tuple(told(case, effect) for effect in effects[-2:]),
        then=f"it still shows {parts}",
        ruled_out="the older value is one the source had before its last change",
        records=tuple(effect["seq"] for effect in effects[-2:]),
        requests=tuple(requests[-2:]),
        faults=faults_of(case, requests),
        cause="a later change was dropped or overwritten by an earlier one",
    )


def _changes(case: Case, flow: Flow, fact: Fact) -> list[Record]:
    return case.changes_of.get((str(flow.source.record), fact.source_id), [])


def _was_said(case: Case, flow: Flow, fact: Fact, column: str, shown: Any) -> bool:
    """Whether the value shown is one the source's own column had before."""
    value = flow.fields[column]
    if not isinstance(value, str) or "." in value:
        return False
    return any(
        value in change["before"] and same(change["before"][value], shown) for change in _changes(case, flow, fact)
    )


def _said(case: Case, change: Record) -> str:
    deed = f" ({change['deed']})" if change.get("deed") else ""
    what = f"{change['op']} {change['record']} {change['rec']}"
    return f"{case.at(change['t_us'])} {change['actor']} {change['sys']} {what}{deed}"


def _worth(case: Case, flow: Flow, fact: Fact) -> tuple[int, str]:
    """What the missing record would have been worth, when the fact carries the same columns."""
    wanted = {**fact.row, **fact.values}
    try:
        return case.amount_of(flow, "", wanted)
    except (KeyError, TypeError):
        return 0, ""
