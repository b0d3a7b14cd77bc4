"""SYNC.answer: what people ask the engine is answered as the systems were lately, and people do what was agreed.

An answer may be as old as the interface contract says, no older. Whoever gets no answer within the deadline goes on or
stops as the contract says; a no stops them.
"""

from __future__ import annotations

from sandbox.checks.case import Case, Record
from sandbox.checks.findings import CheckResult, Finding
from sandbox.core.clock import SECOND_US

# Values with the instant from which they hold, oldest first.
Line = list[tuple[int, bool]]


def check(case: Case) -> CheckResult:
    """Every question and what became of it."""
    result = CheckResult("SYNC.answer", "who asks before saving is answered right, in time, and heeds it")
    agreed = case.interface.synchronous.get("project_status")
    asked = case.of_kind("asked")
    if agreed is None or not asked:
        return result
    opened, held = _opened(case), _held(case)
    by_client = {terms.code: terms.client for terms in case.plan.terms}
    for note in asked:
        result.compared += 1
        answer, code = note["answer"], note["code"]
        result.exercised += answer is None or answer.get("client_on_hold", False) or not answer.get("open", False)
        if answer is None:
            wanted = "proceeded" if agreed.when_silent == "open" else "stopped"
        else:
            wanted = "proceeded" if answer["open"] and not answer["client_on_hold"] else "stopped"
            since_us = note["t_us"] - agreed.fresh_s * SECOND_US
            truths = {
                "open": _within(opened.get(code, []), since_us, note["t_us"]),
                "client_on_hold": _within(held.get(by_client.get(code, ""), []), since_us, note["t_us"]),
            }
            for name, values in truths.items():
                if answer[name] not in values:
                    result.findings.append(_wrong(case, note, name, values))
        if note["did"] != wanted:
            then = f"{note['did']}, although the contract says: {wanted}"
            result.findings.append(_finding(case, note, f"{note['actor']} {note['did']}", then))
        if note["waited_us"] > agreed.deadline_s * SECOND_US:
            then = f"waited {note['waited_us'] // 1000} ms, {agreed.deadline_s} s at most"
            result.findings.append(_finding(case, note, f"{note['actor']} waited too long", then))
    return result


def _opened(case: Case) -> dict[str, Line]:
    """Engagement -> whether its project takes time, over time."""
    found: dict[str, Line] = {}
    for entry in case.commits_of("psa.workspace"):
        if "time_trackable" in entry["after"]:
            ref = case.ref("psa.workspace", entry["rec"])
            if ref is not None:
                found.setdefault(ref, []).append((entry["t_us"], bool(entry["after"]["time_trackable"])))
    return found


def _held(case: Case) -> dict[str, Line]:
    """Client -> whether it is on hold, over time."""
    found: dict[str, Line] = {}
    for entry in case.commits_of("erp.customer"):
        if "creditHoldOverride" in entry["after"]:
            ref = case.ref("erp.customer", entry["rec"])
            if ref is not None:
                found.setdefault(ref, []).append((entry["t_us"], entry["after"]["creditHoldOverride"] == "ON"))
    return found


def _within(line: Line, since_us: int, until_us: int) -> set[bool]:
    """The values that held at some time of a span; before the first of them it was neither open nor on hold."""
    at_start, values = False, set()
    for at_us, value in line:
        if at_us <= since_us:
            at_start = value
        elif at_us <= until_us:
            values.add(value)
    return {at_start, *values}


def _wrong(case: Case, note: Record, name: str, values: set[bool]) -> Finding:
    said = f"{name} of {note['code']} was answered as {note['answer'][name]}"
    truth = " or ".join(map(str, sorted(values)))
    return _finding(case, note, said, f"it was {truth} all the time an answer may be old")


def _finding(case: Case, note: Record, title: str, then: str) -> Finding:
    return Finding(
        check="SYNC.answer",
        severity="S2",
        flow="",
        key=f"engagement:{note['code']}",
        title=title,
        let=(f"{case.at(note['t_us'])} {note['actor']} asked about {note['code']}",),
        then=then,
        ruled_out="an answer may be as old as the interface contract says",
        records=(note["seq"],),
        cause="the answer was kept, and what it rests on has changed",
    )
