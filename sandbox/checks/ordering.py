"""ORDER.rules: the rules O01 to O26 of accounting.md section 5 that today's flows can break, by number.

O01, O02, O03, O06, O14 and O15 are data of the interface contract (what stood when something was done); the others are
functions here, one each, those of the close in closing_order. O11, O12, O13, O16, O23, O25 and O26 need flows that do
not exist yet.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from sandbox.checks.books import Books
from sandbox.checks.case import Case, Record
from sandbox.checks.closing_order import accruals_are_taken_back, intercompany_in_one_month
from sandbox.checks.evidence import faults_of
from sandbox.checks.findings import CheckResult, Finding
from sandbox.checks.ledger import period_names
from sandbox.checks.order import Order
from sandbox.checks.ordering_group import remeasured_before_the_group
from sandbox.checks.precedence import Judged, Precedence, add_parts
from sandbox.checks.workforce import employments
from sandbox.core.clock import DAY_US
from sandbox.core.observe import Row
from sandbox.core.periods import Period

Rule = Callable[[Books, "Scribe"], None]


class Scribe:
    """Writes down what one rule compares and finds."""

    def __init__(self, case: Case, number: str) -> None:
        self.judged = Judged()
        self._case, self._number = case, number

    def met(self, *, holds: bool, key: str, then: str, entries: Iterable[Record] = (), hazard: bool = False) -> None:
        """One comparison; a finding when it does not hold."""
        self.judged.compared += 1
        self.judged.exercised += hazard
        if holds:
            return
        told = list(entries)
        requests = [entry["rq"] for entry in told if isinstance(entry.get("rq"), int)]
        self.judged.findings.append(
            Finding(
                check="ORDER.rules",
                severity="S1",
                flow=self._number,
                key=key,
                title=f"{self._number} {TITLES[self._number]}: {key}",
                let=tuple(
                    f"{self._case.at(entry['t_us'])} {entry['actor']} {entry['sys']} {entry['op']} "
                    f"{entry['record']} {entry['rec']}"
                    for entry in told
                ),
                then=then,
                ruled_out="judged in the order of commits, and at the end",
                records=tuple(entry["seq"] for entry in told),
                requests=tuple(requests),
                faults=faults_of(self._case, requests),
            )
        )


def check(books: Books, order: Order) -> CheckResult:
    """All rules; ``parts`` says for each how much was compared and how often it was close."""
    case = books.case
    result = CheckResult("ORDER.rules", "things are done in the order the books need")
    precedence = Precedence(case, case.interface.order, "ORDER.rules")
    precedence.walk()
    judged: dict[str, Judged] = dict(precedence.judged)
    for number, rule in RULES.items():
        scribe = Scribe(case, number)
        rule(books, scribe)
        before = judged.setdefault(number, Judged())
        before.compared += scribe.judged.compared
        before.exercised += scribe.judged.exercised
        before.findings += scribe.judged.findings
    seven = judged.setdefault("O07", Judged())
    scribe = Scribe(case, "O07")
    for each in order.regresses:
        flow = case.interface.flows[each.name]
        key = f"{case.interface.records[flow.target].kind}:{each.ref}"
        scribe.met(
            holds=False,
            key=key,
            then="an older version was applied after a newer one",
            entries=(each.earlier, each.effect),
        )
    seven.compared, seven.exercised, seven.findings = order.compared, order.choices, scribe.judged.findings
    add_parts(result, judged)
    return result


# -- projects and people -----------------------------------------------------------------------------------------------


def one_project_per_deal(books: Books, scribe: Scribe) -> None:
    """O02: one project per opportunity."""
    case = books.case
    holders: dict[str, list[str]] = {}
    for each in case.rows("psa.workspace"):
        ref = case.ref("psa.workspace", each)
        made = case.effects.get(("psa.workspace", each), ())
        if ref is not None and any(effect["op"] == "create" for effect in made):
            holders.setdefault(ref, []).append(each)
    for ref, ids in sorted(holders.items()):
        scribe.met(holds=len(ids) == 1, key=f"engagement:{ref}", then=f"projects {', '.join(sorted(ids))} are one deal")


def time_is_within_the_project(books: Books, scribe: Scribe) -> None:
    """O03: time lies between first and last day of its project."""
    case, jobs = books.case, books.case.rows("erp.job")
    for bill_id, row in case.rows("erp.timeBill").items():
        job = jobs.get(row["customer"])
        if job is None:
            continue
        day, first, last = row["tranDate"], job["startDate"], job["projectedEndDate"]
        holds = (not first or first <= day) and (not last or day <= last)
        scribe.met(
            holds=holds,
            key=f"time:{case.ref('erp.timeBill', bill_id) or bill_id}",
            then=f"worked {day}, the project runs from {first} to {last}",
        )


def workers_are_employed(books: Books, scribe: Scribe) -> None:
    """O04: the worker is employed on the service date, in whichever employment."""
    case, known = books.case, employments(books.case)
    for bill_id, row in case.rows("erp.timeBill").items():
        spells = known.get(case.ref("erp.employee", row["employee"]) or "")
        if spells is None:
            continue
        day = row["tranDate"]
        spans = " and ".join(f"from {spell.first} to {spell.last or 'now'}" for spell in spells)
        scribe.met(
            holds=any(spell.covers(day) for spell in spells),
            key=f"time:{case.ref('erp.timeBill', bill_id) or bill_id}",
            then=f"worked {day}, employed {spans}",
            hazard=any(spell.last is not None for spell in spells),
        )


def rates_are_of_the_day(books: Books, scribe: Scribe) -> None:
    """O05: time is priced with the rate card version of its day. A rate no version has is agreed, not late."""
    case = books.case
    versions = case.rows("psa.rate_card_version")
    rates: dict[tuple[str, str], list[tuple[str, int]]] = {}
    for row in case.rows("psa.rate_card_role").values():
        version = versions[row["rate_card_version_id"]]
        at = (version["rate_card_id"], row["role_id"])
        rates.setdefault(at, []).append((version["effective_date"], row["rate"]))
    projects = case.rows("psa.workspace")
    entries = case.rows("psa.time_entry")
    for bill_id, bill in case.rows("erp.timeBill").items():
        ref = case.ref("erp.timeBill", bill_id) or bill_id
        entry = entries.get(ref)
        if entry is None or entry["workspace_id"] not in projects:
            continue
        known = sorted(rates.get((projects[entry["workspace_id"]]["rate_card_id"], entry["role_id"]), ()))
        valid = [rate for effective, rate in known if effective <= entry["date_performed"]]
        others = {rate for _, rate in known}
        if not valid:
            continue
        scribe.met(
            holds=bill["rate"] == valid[-1] or bill["rate"] not in others,
            key=f"time:{ref}",
            then=f"priced with the rate of another day than {entry['date_performed']}",
            hazard=len(known) > 1,
        )


# -- versions ----------------------------------------------------------------------------------------------------------


def created_before_changed(books: Books, scribe: Scribe) -> None:
    """O08: what an engine changes was created before, and nothing waits for its beginning at the end."""
    for created, entry in _walk(books.case, deleted=False):
        scribe.met(
            holds=created, key=f"{entry['sys']}.{entry['record']}:{entry['rec']}",
            then="it was changed before it was created", entries=(entry,),
        )  # fmt: skip
    pending = int(books.case.truth.get("pending", 0))
    scribe.met(holds=not pending, key="queue", then=f"{pending} pieces of work still wait for something to arrive")


def no_change_after_the_end(books: Books, scribe: Scribe) -> None:
    """O09: nothing is changed after it was deleted."""
    for gone, entry in _walk(books.case, deleted=True):
        scribe.met(
            holds=not gone, key=f"{entry['sys']}.{entry['record']}:{entry['rec']}",
            then="it had been deleted, and nobody had brought it back", entries=(entry,),
        )  # fmt: skip


def _walk(case: Case, *, deleted: bool) -> Iterable[tuple[bool, Record]]:
    """(Whether the record was created, or was deleted, before; engine effect that changes it)."""
    states: dict[tuple[str, str, str], bool] = {}
    for entry in case.commits:
        at = (entry["sys"], entry["record"], entry["rec"])
        if entry["kind"] == "effect" and entry["op"] == "update":
            state = states.get(at)
            yield (state is False) if deleted else (state is not None), entry
        states[at] = entry["op"] != "delete"


# -- close -------------------------------------------------------------------------------------------------------------


def cost_is_in_before_the_run(books: Books, scribe: Scribe) -> None:
    """O10: cost of a month is posted before its revenue run, or a later run follows."""
    case, periods = books.case, period_names(books.case)
    for bill_id, row in case.rows("erp.timeBill").items():
        terms = case.terms.get(case.ref("erp.job", row["customer"]) or "")
        month = periods[row["custcol_posting_period"]]
        run_us = books.revenue_runs.get((terms.entity, Period.parse(month))) if terms is not None else None
        if run_us is not None:
            scribe.met(
                holds=row["_created_us"] <= run_us,
                key=f"time:{case.ref('erp.timeBill', bill_id) or bill_id}",
                then=f"it came after the last run of {month}, and stays in that month",
                hazard=run_us - row["_created_us"] < 3 * DAY_US,
            )


def months_close_in_order(books: Books, scribe: Scribe) -> None:
    """O20: a month of the ledger closes after the ones before it, and opens again before them."""
    rows: dict[str, dict[str, Any]] = {}
    for entry in books.case.commits_of("erp.accountingPeriod"):
        row = rows.setdefault(entry["rec"], {})
        was = row.get("closed")
        row.update(entry["after"])
        if entry["phase"] == "warmup" or "closed" not in entry["after"] or was == row["closed"]:
            continue
        earlier = [each for each in rows.values() if each["startDate"] < row["startDate"]]
        later = [each for each in rows.values() if each["startDate"] > row["startDate"]]
        wrong = [each for each in earlier if not each["closed"]] if row["closed"] else [e for e in later if e["closed"]]
        month = row["startDate"][:7]
        word = "closed" if row["closed"] else "reopened"
        others = ", ".join(sorted(each["startDate"][:7] for each in wrong))
        scribe.met(
            holds=not wrong, key=f"period:{month}", then=f"{word} out of order: {others}", entries=(entry,), hazard=True
        )


def subledger_closes_first(books: Books, scribe: Scribe) -> None:
    """O17: the revenue system closes a month for every entity before the ledger does."""
    revenue: dict[str, dict[str, Any]] = {}
    for entry in books.case.commits_of("revenue.period", "erp.accountingPeriod"):
        record = f"{entry['sys']}.{entry['record']}"
        if record == "revenue.period":
            revenue.setdefault(entry["rec"], {}).update(entry["after"])
        if record != "erp.accountingPeriod" or not entry["after"].get("closed") or entry["phase"] == "warmup":
            continue
        month = books.case.rows("erp.accountingPeriod")[entry["rec"]]["startDate"][:7]
        still_open = [row for row in revenue.values() if row["name"] == month and row["status"] != "Closed"]
        scribe.met(
            holds=not still_open, key=f"period:{month}", then="the revenue system had not closed it for every entity",
            entries=(entry,), hazard=True,
        )  # fmt: skip


# -- leavers and numbers -----------------------------------------------------------------------------------------------


def approvals_before_the_door(books: Books, scribe: Scribe) -> None:
    """O22: a user is switched off when no sheet of theirs waits for a decision, and no project for theirs."""
    case = books.case
    rows: dict[tuple[str, str], dict[str, Any]] = {}
    for entry in case.commits_of("psa.timesheet_submission", "psa.workspace", "psa.account_membership"):
        record = f"{entry['sys']}.{entry['record']}"
        if record in ("psa.timesheet_submission", "psa.workspace"):
            row = rows.setdefault((record, entry["rec"]), {})
            row.update(entry["after"])
        if record == "psa.account_membership" and entry["kind"] == "effect" and entry["after"].get("disabled"):
            user = case.rows(record).get(entry["rec"], {}).get("user_id")
            waiting = sum((row.get("user_id"), row.get("status")) == (user, "pending") for row in rows.values())
            deciding = sum(f'"{user}"' in row.get("approver_ids", "") for row in rows.values())
            scribe.met(
                holds=not waiting and not deciding, key=f"worker:{case.ref('psa.user', user) or user}",
                then=f"{waiting} sheets still waited for a decision, {deciding} projects for theirs",
                entries=(entry,), hazard=True,
            )  # fmt: skip


def numbers_follow_each_other(books: Books, scribe: Scribe) -> None:
    """O24: the invoices of an entity are numbered in the order they are made, one after the other."""
    last: dict[str, int] = {}
    rows: Iterable[Row] = books.case.rows("erp.invoice").values()
    made = {entry["rec"]: entry for entry in books.case.commits_of("erp.invoice") if entry["op"] == "create"}
    for row in sorted(rows, key=lambda row: (row["_created_us"], made.get(row["id"], {"seq": 0})["seq"], row["id"])):
        head, _, number = (row["tranId"] or "").rpartition("-")
        if not number.isdigit():
            continue
        before = last.get(head, 0)
        scribe.met(
            holds=int(number) == before + 1, key=row["tranId"], then=f"the number before it is {before}",
            entries=[made[row["id"]]] if row["id"] in made else (), hazard=before > 0,
        )  # fmt: skip
        last[head] = int(number)


RULES: dict[str, Rule] = {
    "O02": one_project_per_deal,
    "O03": time_is_within_the_project,
    "O04": workers_are_employed,
    "O05": rates_are_of_the_day,
    "O08": created_before_changed,
    "O09": no_change_after_the_end,
    "O10": cost_is_in_before_the_run,
    "O17": subledger_closes_first,
    "O18": remeasured_before_the_group,
    "O19": intercompany_in_one_month,
    "O20": months_close_in_order,
    "O21": accruals_are_taken_back,
    "O22": approvals_before_the_door,
    "O24": numbers_follow_each_other,
}
TITLES = {
    "O02": "one project per deal",
    "O03": "time within its project",
    "O04": "time while employed",
    "O05": "the rate of the day",
    "O07": "versions in rising order",
    "O08": "created before changed",
    "O09": "no change after the end",
    "O10": "cost before the revenue run",
    "O17": "subledger before ledger",
    "O18": "remeasured, then eliminated, then translated",
    "O19": "intercompany in one month",
    "O20": "months in order",
    "O21": "accruals taken back",
    "O22": "approvals before the door",
    "O24": "numbers one after the other",
}
