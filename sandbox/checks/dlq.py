"""DLQ.account: what was given up could never be applied, nothing else was given up, and nothing is pending."""

from __future__ import annotations

from sandbox.checks.case import Case
from sandbox.checks.findings import CheckResult, Finding

_WAIVED = "Waived"


def check(case: Case) -> CheckResult:
    """Dead letters against what the plan declared impossible, and the queue against zero."""
    result = CheckResult("DLQ.account", "dead letters are exactly what can never be applied, and the queue is empty")
    torn = torn_events(case)
    poison = unpostable(case) | read_by_engines(case, torn)
    words = said_of_letters(case)
    # What its owner gave up for good may stay, and what its owner had corrected may not.
    waived = {about for about, word in words.items() if word == _WAIVED}
    poison -= words.keys() - waived
    unjustified = sorted(case.letters - poison - torn - waived - rejected_files(case))
    missing = sorted(poison - case.letters)
    pending = int(case.truth.get("pending", 0))
    result.compared = len(case.letters | poison | words.keys()) + 1
    result.findings += [_unjustified(case, about) for about in unjustified]
    result.findings += [_vanished(about) for about in missing]
    if pending:
        result.findings.append(
            Finding(
                check="DLQ.account",
                severity="S1",
                flow="",
                key="queue",
                title=f"{pending} pieces of work are still pending after the drain",
                then="the drain lasted as long as the interface contract allows",
            )
        )
    result.exercised = len(poison) + len(case.letters - poison) + len(words.keys() - waived)
    return result


def said_of_letters(case: Case) -> dict[str, str]:
    """What a person said last when closing the case of a dead letter: what it is about -> resolution."""
    found: dict[str, str] = {}
    for (record, record_id), changes in case.changes_of.items():
        row = case.rows(record).get(record_id) if record == "crm.Case" else None
        for change in changes if row is not None and row["Record_Key__c"] else ():
            by_person = str(change["actor"]).startswith("biz:")
            if by_person and change["after"].get("IsClosed") and change["after"].get("Resolution__c"):
                found[str(row["Record_Key__c"] if row else "")] = change["after"]["Resolution__c"]
    return found


def unpostable(case: Case) -> set[str]:
    """Time approved with a role the ERP had no item for by then: it cannot be posted unless somebody mends that."""
    roles = {
        role_id: row["name"]
        for role_id, row in case.rows("psa.role").items()
        if row["name"] in case.plan.firm.unposted_roles
    }
    gained = {
        change["after"].get("custitem_role"): change["t_us"]
        for (record, _), changes in case.changes_of.items()
        for change in changes
        if record == "erp.serviceSaleItem" and change["op"] == "create"
    }
    decided = case.rows("psa.timesheet_submission")
    return {
        f"time:{entry['id']}"
        for entry in case.rows("psa.time_entry").values()
        if entry["approved"]
        and entry["role_id"] in roles
        and (decided[entry["active_submission_id"]]["current_resolution_us"] or 0)
        < gained.get(roles[entry["role_id"]], case.truth["end_us"] + 1)
    }


def rejected_files(case: Case) -> set[str]:
    """Time files that were rejected because somebody in them was not on the payroll when they were looked at."""
    enrolled = {row["employee_id"]: row["_created_us"] for row in case.rows("files.payroll_employee").values()}
    worked: dict[str, set[str]] = {}
    for entry in case.rows("psa.time_entry").values():
        if entry["approved"]:
            worked.setdefault(case.ref("psa.user", entry["user_id"]) or "?", set()).add(entry["date_performed"])
    return {
        f"payroll:{row['file_name']}"
        for row in case.rows("files.time_delivery").values()
        if row["status"] == "rejected"
        and any(
            enrolled.get(who, row["_created_us"] + 1) > row["_created_us"]
            and any(row["period_start"] <= day <= row["period_end"] for day in days)
            for who, days in worked.items()
        )
    }


def torn_events(case: Case) -> set[str]:
    """Events that go out unreadable, as the fault plan has it."""
    return {f"event:{fault['sys']}/{fault['effect']['evid']}" for fault in case.fired if fault["fkind"] == "E13"}


def read_by_engines(case: Case, events: set[str]) -> set[str]:
    """Those of the events that an engine was handed, and the page reached it."""
    if not events:
        return set()
    return {
        f"event:{record['sys']}/{event_id}"
        for record in case.of_kind("deliver")
        if _reached_an_engine(case, record["rq"])
        for event_id in record["evids"]
    } & events


def _reached_an_engine(case: Case, rq: int | None) -> bool:
    if rq is None or rq not in case.completes:
        return False
    complete = case.completes[rq]
    by_engine = str(complete["actor"]).startswith("engine:")
    return by_engine and complete["resp"] == "seen" and int(complete["status"]) < 400


def _unjustified(case: Case, about: str) -> Finding:
    letters = [letter for letter in case.truth["dead_letters"] if letter["about"] == about]
    reason = letters[0]["reason"] if letters else ""
    return Finding(
        check="DLQ.account",
        severity="S1",
        flow=letters[0]["flow"] if letters else "",
        key=about,
        title=f"{about} was given up although it could be applied",
        let=(reason,) if reason else (),
        then="nothing in the scenario makes it impossible",
        cause="a passing refusal was taken for a final one",
    )


def _vanished(about: str) -> Finding:
    return Finding(
        check="DLQ.account",
        severity="S1",
        flow="" if about.startswith("event:") else "time.actual",
        key=about,
        title=f"{about} can never be applied, and nobody was told",
        then="it is neither in the target nor among the dead letters",
        cause="a refusal was swallowed",
    )
