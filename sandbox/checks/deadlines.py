"""DEADL.late: what is due is applied in time, and a dated leave not before its day.

A flow's effect is due from the commit at which its conditions were met, within the hours of its tier; the time that
faults of the plan held up its two systems in between is added, and the time its dead letter lay with a person. A leaver
is let go after the end of the last day and the last sheet that waits for a decision. A dead letter is a case within the
hours of tier 1, and dealt with when it is due unless it can never be applied.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from sandbox.checks.case import Case, Record
from sandbox.checks.dlq import read_by_engines, torn_events, unpostable
from sandbox.checks.evidence import faults_of
from sandbox.checks.findings import CheckResult, Finding
from sandbox.checks.lost import given_up, kinds_of
from sandbox.checks.versions import Versions
from sandbox.checks.workforce import employments, workers
from sandbox.core.clock import HOUR_US, MINUTE_US, SECOND_US, at_local, moment
from sandbox.interface import Deadlines, Flow


class _Hindrances:
    """How long faults held up a system, to be summed over spans in O(log n)."""

    def __init__(self, case: Case) -> None:
        self._at: dict[str, list[int]] = {}
        self._total: dict[str, list[int]] = {}
        # Outages by system, each once whatever ran into it.
        self._outages: dict[str, set[tuple[int, int]]] = {}
        for fault in sorted(case.fired, key=lambda fault: (fault["t_us"], fault["seq"])):
            totals = self._total.setdefault(fault["sys"], [0])
            self._at.setdefault(fault["sys"], []).append(fault["t_us"])
            effect = fault.get("effect") or {}
            totals.append(totals[-1] + _held_us(effect))
            if "until_us" in effect:
                self._outages.setdefault(fault["sys"], set()).add((effect["since_us"], effect["until_us"]))

    def between(self, system: str, first_us: int, last_us: int) -> tuple[int, int]:
        """(Faults, microseconds) of a system in a span."""
        at, totals = self._at.get(system), self._total.get(system)
        if at is None or totals is None:
            return 0, 0
        low, high = bisect_left(at, first_us), bisect_right(at, last_us)
        away = self._outages.get(system, ())
        down = sum(max(0, min(until, last_us) - max(since, first_us)) for since, until in away)
        return high - low, totals[high] - totals[low] + down


def _held_us(effect: dict[str, Any]) -> int:
    if isinstance(effect.get("delay_us"), int):
        return int(effect["delay_us"])
    wish = str(effect.get("retry_after", ""))
    return int(wish) * SECOND_US if wish.isdigit() else 0


def check(case: Case, versions: Versions) -> CheckResult:
    """Every flow whose source is a record, thing by thing, and every leaver."""
    result = CheckResult("DEADL.late", "what is due is applied in time")
    bounds = case.interface.deadlines
    if bounds is None:
        return result
    hindrances = _Hindrances(case)
    lay = lay_with_people(case)
    applied = applied_effects(case)
    for (name, ref), said in versions.of.items():
        flow = case.interface.flows[name]
        due = next((version for version in said if version.due), None)
        if due is None or given_up(case, flow, ref):
            continue
        effect = first_effect(applied.get((flow.target, ref), ()), flow, due.t_us)
        if effect is None:
            # Never is LOST.update's word, not this one's.
            continue
        done_us = effect["t_us"]
        spans = [hindrances.between(system, due.t_us, done_us) for system in _systems(flow)]
        deadline_us = due.t_us + bounds.tiers.get(flow.tier, 48) * HOUR_US + sum(held for _, held in spans)
        deadline_us += sum(lay.get(f"{kind}:{ref}", 0) for kind in kinds_of(case, flow))
        result.compared += 1
        result.exercised += any(count for count, _ in spans)
        if done_us > deadline_us:
            result.findings.append(_late(case, name, flow, ref, due.t_us, deadline_us, effect))
    _leavers(case, bounds, result)
    _letters(case, bounds, hindrances, result)
    return result


def lags(case: Case, versions: Versions) -> Iterable[tuple[int, int | None]]:
    """(Instant an effect was due, instant it was there or None) of every flow whose source is a record; what was given
    up or made by somebody else is left out."""
    applied = applied_effects(case)
    for (name, ref), said in versions.of.items():
        flow = case.interface.flows[name]
        due = next((version for version in said if version.due), None)
        if due is None or given_up(case, flow, ref):
            continue
        effect = first_effect(applied.get((flow.target, ref), ()), flow, due.t_us)
        if effect is not None or not _there(case, name, ref):
            yield due.t_us, effect["t_us"] if effect is not None else None


def _systems(flow: Flow) -> set[str]:
    return {str(flow.source.record).partition(".")[0], flow.target.partition(".")[0]}


def applied_effects(case: Case) -> dict[tuple[str, str], list[Record]]:
    """Effects by target record type and ref, in the order of commits."""
    found: dict[tuple[str, str], list[Record]] = {}
    for (record, record_id), effects in case.effects.items():
        ref = case.ref(record, record_id)
        if ref is not None:
            found.setdefault((record, ref), []).extend(effects)
    return found


def first_effect(effects: Any, flow: Flow, due_us: int) -> Record | None:
    """The first effect that carries the flow, from its due moment on."""
    fitting = [
        effect
        for effect in effects
        if effect["t_us"] >= due_us and (effect["op"] == "create" or not flow.fields.keys().isdisjoint(effect["after"]))
    ]
    return min(fitting, key=lambda effect: effect["seq"], default=None)


def _there(case: Case, name: str, ref: str) -> bool:
    """Whether the target is there without an effect of an engine in time: somebody else made it, or it was before."""
    return any(target.ref == ref for target in case.targets(name))


def _late(case: Case, name: str, flow: Flow, ref: str, due_us: int, deadline_us: int, effect: Record) -> Finding:
    kind = case.interface.records[flow.target].kind
    late = (effect["t_us"] - deadline_us) // MINUTE_US
    return Finding(
        check="DEADL.late",
        severity="S1" if flow.tier == 0 else "S2",
        flow=name,
        key=f"{kind}:{ref}",
        title=f"{flow.target} of {kind} {ref} came {late} minutes late",
        let=(f"{case.at(due_us)} {flow.title}", f"{case.at(deadline_us)} was the deadline"),
        then=f"it came {case.at(effect['t_us'])}",
        ruled_out="the deadline was extended by the time faults held up both systems; no dead letter names it",
        records=(effect["seq"],),
        requests=(effect["rq"],),
        faults=faults_of(case, [effect["rq"]]),
        cause="it was looked at too seldom, or stood behind something else",
    )


# -- leavers -----------------------------------------------------------------------------------------------------------


def _leavers(case: Case, bounds: Deadlines, result: CheckResult) -> None:
    decided: dict[str, int] = {}
    waiting: set[str] = set()
    for row in case.rows("psa.timesheet_submission").values():
        user = row["user_id"]
        if row["status"] == "pending":
            waiting.add(user)
        decided[user] = max(decided.get(user, 0), row["current_resolution_us"] or 0)
    memberships = {row["user_id"]: row_id for row_id, row in case.rows("psa.account_membership").items()}
    known, entered = workers(case), _entered(case)
    for user_id in sorted(case.rows("psa.user")):
        ref, membership = case.ref("psa.user", user_id), memberships.get(user_id)
        worker = known.get(ref or "")
        if worker is None or membership is None or f"worker:{ref}" in case.letters:
            continue
        effects = case.effects.get(("psa.account_membership", membership), ())
        offs = [each for each in effects if each["after"].get("disabled")]
        _early(case, str(ref), offs, result)
        if worker["last_day"] is None:
            continue
        ended_us = _midnight(case, worker["last_day"], 1)
        began_us = _midnight(case, worker["hire_date"], 0)
        off = next((each for each in offs if each["t_us"] >= began_us), None)
        deadline_us = max(ended_us, decided.get(user_id, 0), entered.get(str(ref), 0)) + bounds.termination_h * HOUR_US
        done_us = off["t_us"] if off is not None else case.truth["end_us"]
        result.compared += 1
        result.exercised += 1
        if done_us > deadline_us and user_id not in waiting:
            how = f"{(done_us - deadline_us) // MINUTE_US} minutes late"
            result.findings.append(_leaver(case, str(ref), ended_us, off, how))


def _early(case: Case, ref: str, offs: list[Record], result: CheckResult) -> None:
    """Nobody is let go on a day they are employed, as far as was known at that moment."""
    for off in offs:
        result.compared += 1
        at_us, day = off["t_us"], moment(case.epoch, off["t_us"]).date().isoformat()
        spell = next((each for each in employments(case, at_us).get(ref, ()) if each.covers(day)), None)
        if spell is None:
            continue
        ended_us = _midnight(case, spell.last, 1) if spell.last is not None else None
        how = "while employed" if ended_us is None else f"{(ended_us - at_us) // MINUTE_US} minutes early"
        result.findings.append(_leaver(case, ref, ended_us, off, how))


def _midnight(case: Case, day: str, days: int) -> int:
    """The beginning of a day in UTC, some days later."""
    return at_local(case.epoch, date.fromisoformat(day) + timedelta(days=days), "00:00", "UTC")


def _entered(case: Case) -> dict[str, int]:
    """Worker -> when HR entered the latest leave."""
    names = {wid: row["employee_id"] for wid, row in case.rows("hris.worker").items()}
    found: dict[str, int] = {}
    for row in case.rows("hris.event").values():
        if row["process"] == "Terminate Employee" and row["worker_wid"] in names:
            ref = names[row["worker_wid"]]
            found[ref] = max(found.get(ref, 0), row["entered_us"])
    return found


def _leaver(case: Case, ref: str, ended_us: int | None, off: Record | None, how: str) -> Finding:
    requests = [off["rq"]] if off is not None else []
    return Finding(
        check="DEADL.late",
        severity="S1",
        flow="workforce.membership",
        key=f"worker:{ref}",
        title=f"worker {ref} was let go {how}" if off is not None else f"worker {ref} is still a user, {how}",
        let=("no last day was known" if ended_us is None else f"{case.at(ended_us)} the last day was over",),
        then=f"switched off {case.at(off['t_us'])}" if off is not None else "never switched off",
        ruled_out="sheets that wait for a decision hold it up, and are counted",
        records=(off["seq"],) if off is not None else (),
        requests=tuple(requests),
        faults=faults_of(case, requests),
        cause="a dated change announces nothing: whoever waits for an event misses its day",
    )


# -- dead letters ------------------------------------------------------------------------------------------------------


def lay_with_people(case: Case) -> dict[str, int]:
    """How long the case of a dead letter waited for its owner's word: what it is about -> microseconds."""
    found: dict[str, int] = {}
    for (record, record_id), effects in case.effects.items():
        row = case.rows(record).get(record_id) if record == "crm.Case" else None
        if row is None or not row["Record_Key__c"]:
            continue
        opened_us = effects[0]["t_us"]
        for change in case.changes_of.get((record, record_id), ()):
            if change["after"].get("IsClosed"):
                found[row["Record_Key__c"]] = change["t_us"] - opened_us
    return found


def _letters(case: Case, bounds: Deadlines, hindrances: _Hindrances, result: CheckResult) -> None:
    filed = {
        case.ref(record, record_id): effects[0]["t_us"]
        for (record, record_id), effects in case.effects.items()
        if record == "crm.Case"
    }
    for_ever = unpostable(case) | read_by_engines(case, torn_events(case))
    end_us = case.truth["end_us"]
    for letter in case.truth.get("letters", ()):
        deadline_us = letter["raised_us"] + bounds.tiers.get(1, 24) * HOUR_US
        filed_us = filed.get(letter["case"], end_us)
        deadline_us += hindrances.between("crm", letter["raised_us"], filed_us)[1]
        result.compared += 1
        if filed_us > deadline_us:
            result.findings.append(_letter(case, letter, deadline_us, "has no case that its owner could see"))
        elif letter["state"] == "open" and letter["due_us"] < end_us and letter["about"] not in for_ever:
            result.findings.append(_letter(case, letter, letter["due_us"], "is past due and nobody has dealt with it"))


def _letter(case: Case, letter: dict[str, Any], deadline_us: int, how: str) -> Finding:
    amount = f", {letter['amount']}" if letter["amount"] else ""
    return Finding(
        check="DEADL.late",
        severity="S2",
        flow="letters.case",
        key=letter["about"],
        title=f"the dead letter about {letter['about']} {how}",
        let=(f"{case.at(letter['raised_us'])} {letter['owner']}{amount}: {letter['reason']}",),
        then=f"{case.at(deadline_us)} was the deadline",
        ruled_out="it can be applied once its cause is mended",
        cause="whoever owns it was not told, or did not find the time",
    )
