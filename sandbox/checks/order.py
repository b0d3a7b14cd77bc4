"""ORD.regress and STALE.overwrite: a target never goes back to what its source said before.

Per register (target record, flow) the engine's effects must be explained by source versions that do not descend: the
smallest feasible version is chosen for each effect, which is the choice that leaves most room for the next, so when
it fails every other fails as well. Versions may be skipped and repeated; what was committed after a request arrived
cannot explain it; an effect no version explains is no matter of order.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

from sandbox.checks.case import Case, Record, Target
from sandbox.checks.evidence import faults_of, shown, told
from sandbox.checks.findings import CheckResult, Finding
from sandbox.checks.lost import given_up
from sandbox.checks.versions import Version, Versions, comparable, written
from sandbox.interface import Flow


@dataclass(frozen=True, slots=True)
class Regress:
    """An effect that went back: which, the effect that had gone further, both versions of the source."""

    name: str
    ref: str
    record_id: str
    effect: Record
    earlier: Record
    back_to: Version
    from_: Version
    columns: tuple[str, ...]


@dataclass(slots=True)
class Order:
    """What the walk over all registers found."""

    regresses: list[Regress]
    compared: int = 0
    # Effects at which the source had said more than one thing: an older one could have been written.
    choices: int = 0


def walk(case: Case, versions: Versions) -> Order:
    """Greedy smallest feasible version per register; O(N log N)."""
    order = Order([])
    into: dict[str, list[tuple[str, Flow]]] = {}
    for name, flow in case.interface.flows.items():
        into.setdefault(flow.target, []).append((name, flow))
    for (record, record_id), effects in case.effects.items():
        for name, flow in into.get(record, ()):
            ref = case.ref(record, record_id) or effects[0]["key"].partition(":")[2]
            said = versions.of.get((name, ref))
            if said and not given_up(case, flow, ref):
                in_order = sorted(effects, key=itemgetter("seq"))
                _Register(case, name, flow, ref, record_id, said).judge(in_order, order)
    return order


class Rising:
    """The smallest choice of versions so far that never descends: it leaves most room for the next effect."""

    def __init__(self) -> None:
        self.lowest = 0

    def admits(self, fitting: Sequence[int], visible: int) -> bool:
        """Whether one more effect can be explained by one of ``fitting`` (ascending), of which those below ``visible``
        had been said; an effect that none of them explains is not a matter of order, and admitted."""
        if not fitting or fitting[0] >= visible:
            return True
        at = bisect_left(fitting, self.lowest)
        if at == len(fitting) or fitting[at] >= visible:
            return False
        self.lowest = fitting[at]
        return True


class _Register:
    """One target record as one flow writes it."""

    def __init__(self, case: Case, name: str, flow: Flow, ref: str, record_id: str, said: list[Version]) -> None:
        self._case, self._name, self._flow, self._ref, self._record_id = case, name, flow, ref, record_id
        self._said = said
        self._seqs = [version.seq for version in said]
        # From here on the source had said more than one thing.
        self._other = next((at for at, version in enumerate(said) if version.values != said[0].values), len(said))
        # Written columns -> values -> ascending numbers of versions; built when first asked.
        self._indexes: dict[tuple[str, ...], dict[tuple[Any, ...], list[int]]] = {}

    def judge(self, effects: list[Record], order: Order) -> None:
        rising, furthest = Rising(), None
        for effect in effects:
            values = written(self._case, self._flow, effect)
            complete = self._case.completes.get(effect["rq"], {})
            # What executes after its sender has given up is not in the sender's hand.
            if not values or complete.get("executed") == "later":
                continue
            order.compared += 1
            visible = bisect_left(self._seqs, self._case.invokes[effect["rq"]]["seq"])
            order.choices += visible > self._other
            fitting, before = self._fitting(values), rising.lowest
            if rising.admits(fitting, visible):
                furthest = effect if furthest is None or rising.lowest > before else furthest
            elif furthest is not None:
                back = max(number for number in fitting if number < visible)
                order.regresses.append(
                    Regress(
                        self._name, self._ref, self._record_id, effect, furthest,
                        self._said[back], self._said[rising.lowest], tuple(values),
                    )
                )  # fmt: skip
                return

    def _fitting(self, values: dict[str, Any]) -> list[int]:
        columns = tuple(sorted(values))
        index = self._indexes.get(columns)
        if index is None:
            index = self._indexes[columns] = {}
            for number, version in enumerate(self._said):
                index.setdefault(tuple(version.values[column] for column in columns), []).append(number)
        return index.get(tuple(values[column] for column in columns), [])


# -- checks ------------------------------------------------------------------------------------------------------------


def check_regress(case: Case, order: Order) -> CheckResult:
    """Every register whose effects no rising choice of versions explains."""
    result = CheckResult("ORD.regress", "no target goes back to what its source said before")
    result.compared, result.exercised = order.compared, order.choices
    result.findings = [_finding(case, each, stands=_stands(case, each)) for each in order.regresses]
    return result


def check_overwrite(case: Case, order: Order) -> CheckResult:
    """Of those, the registers that still show the older value at the end."""
    result = CheckResult("STALE.overwrite", "no older value is left over a newer one")
    result.compared, result.exercised = order.compared, order.choices
    for each in order.regresses:
        if _stands(case, each):
            result.findings.append(_overwrite(case, each))
    return result


def _stands(case: Case, regress: Regress) -> bool:
    """Whether the target still shows what it went back to, and the source says something else."""
    target, fact = _final(case, regress), case.facts(regress.name).get(regress.ref)
    if target is None or fact is None:
        return False
    return any(
        comparable(target.values[column]) == regress.back_to.values[column] != comparable(fact.values[column])
        for column in regress.columns
    )


def _final(case: Case, regress: Regress) -> Target | None:
    targets = case.targets(regress.name)
    return next((target for target in targets if target.record_id == regress.record_id), None)


def _finding(case: Case, regress: Regress, *, stands: bool) -> Finding:
    flow = case.interface.flows[regress.name]
    effects = (regress.earlier, regress.effect)
    requests = [effect["rq"] for effect in effects]
    return Finding(
        check="ORD.regress",
        severity="S1" if stands else "S2",
        flow=regress.name,
        key=_key(case, regress),
        title=f"{flow.target} {regress.record_id} went back to an older word of {_key(case, regress)}",
        let=(
            _said(case, flow, regress, regress.back_to),
            _said(case, flow, regress, regress.from_),
            *(told(case, effect) for effect in effects),
        ),
        then="no rising choice of versions of the source explains these writes in this order",
        ruled_out="skipped and repeated versions are allowed; the smallest version that fits was taken for every write",
        records=(regress.back_to.seq, regress.from_.seq, *(effect["seq"] for effect in effects)),
        requests=tuple(requests),
        faults=faults_of(case, requests),
        cause="a late or repeated message was applied without asking whether a newer one had been",
    )


def _overwrite(case: Case, regress: Regress) -> Finding:
    flow = case.interface.flows[regress.name]
    fact = case.facts(regress.name)[regress.ref]
    lasted_us = case.truth["end_us"] - regress.effect["t_us"]
    parts = ", ".join(
        f"{column} {shown(case, flow, column, _plain(regress.back_to.values[column]))} "
        f"instead of {shown(case, flow, column, fact.values[column])}"
        for column in regress.columns
        if regress.back_to.values[column] != comparable(fact.values[column])
    )
    return Finding(
        check="STALE.overwrite",
        severity="S1",
        flow=regress.name,
        key=_key(case, regress),
        title=f"{flow.target} {regress.record_id} was overwritten with an older word of {_key(case, regress)}",
        let=(told(case, regress.earlier), told(case, regress.effect)),
        then=f"{lasted_us // 3_600_000_000} hours later, at the end, it still shows {parts}",
        ruled_out="the newer value had been written before, and nobody has written since",
        records=(regress.earlier["seq"], regress.effect["seq"]),
        requests=(regress.earlier["rq"], regress.effect["rq"]),
        faults=faults_of(case, [regress.earlier["rq"], regress.effect["rq"]]),
        cause="a late or repeated message was applied without asking whether a newer one had been",
    )


def _key(case: Case, regress: Regress) -> str:
    return f"{case.interface.records[case.interface.flows[regress.name].target].kind}:{regress.ref}"


def _said(case: Case, flow: Flow, regress: Regress, version: Version) -> str:
    values = ", ".join(
        f"{column} {shown(case, flow, column, _plain(version.values[column]))}" for column in regress.columns
    )
    return f"{case.at(version.t_us)} {flow.source.record} says {values}"


def _plain(value: Any) -> Any:
    """A number as the database holds it."""
    return int(value) if hasattr(value, "as_tuple") and value == int(value) else value
