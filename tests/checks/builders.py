"""A recorded run as plain data, and a scene: a copy of it that a test may change before it is judged again."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from sandbox.checks import (
    composites,
    conv,
    deadlines,
    dlq,
    leak,
    lost,
    money,
    once,
    order,
    ordering,
    period,
    precedence,
)
from sandbox.checks.books import Books
from sandbox.checks.case import Case
from sandbox.checks.findings import CheckResult, Finding
from sandbox.checks.verdict import Verdict, judge
from sandbox.checks.versions import Versions
from sandbox.drivers.collecting import rare_collections
from sandbox.engine.policy import Policy
from sandbox.interface import Interface
from sandbox.plan import Plan
from sandbox.runs import Wanted, make
from sandbox.world import World

Record = dict[str, Any]
Rows = dict[str, Record]

# One minor unit of a currency with two decimals, as databases hold it.
PENNY = 100


@dataclass(frozen=True)
class Recorded:
    """What a run leaves behind. Nobody changes it."""

    plan: Plan
    interface: Interface
    history: list[Record]
    truth: Record

    def scene(self) -> Scene:
        """A copy to plant something in."""
        return Scene(self)

    def without_looks(self) -> Recorded:
        """The same without requests that changed nothing and met no fault: most of them, and no check asks."""
        told = {each.get("rq") for each in self.history if each["kind"] in ("effect", "change", "fault")}
        history = [each for each in self.history if each["kind"] not in ("invoke", "complete") or each["rq"] in told]
        return Recorded(self.plan, self.interface, history, self.truth)


def record(scenario: str, faults: str = "none", engine: str = "reference", seed: int = 3) -> Recorded:
    """Run a scenario and keep what it leaves behind."""
    return record_plan(*make(Wanted(scenario=scenario, seed=seed, engine=engine, faults=faults)))


def record_plan(plan: Plan, interface: Interface, policy: type[Policy] = Policy) -> Recorded:
    """Run a plan and keep what it leaves behind."""
    with rare_collections():
        world = World(plan, interface, policy)
        truth = world.run()
    # It stays to the end: nobody needs to look through it for garbage again and again.
    gc.freeze()
    return Recorded(plan, interface, world.recorder.records, truth)


class Scene:
    """A recorded run that a test changes. Every question is put to the scene as it stands then."""

    def __init__(self, recorded: Recorded) -> None:
        self.interface = recorded.interface
        self.names = False
        self.plan = recorded.plan
        self.history = list(recorded.history)
        systems = {
            system: {name: {each: dict(row) for each, row in rows.items()} for name, rows in types.items()}
            for system, types in recorded.truth["systems"].items()
        }
        letters = [dict(letter) for letter in recorded.truth["dead_letters"]]
        self.truth: Record = {**recorded.truth, "systems": systems, "dead_letters": letters}
        self._next_id = 7_000_000_000
        self._last_rq = next(each["rq"] for each in reversed(self.history) if each["kind"] == "invoke")

    # -- looking -------------------------------------------------------------------------------------------------------

    def rows(self, name: str) -> Rows:
        """Final rows of a record type, ``erp.timeBill``, to be changed in place."""
        system, _, record_type = name.partition(".")
        rows: Rows = self.truth["systems"][system].setdefault(record_type, {})
        return rows

    def find(self, name: str, /, **columns: Any) -> list[Record]:
        """Rows with these values, oldest id first."""
        return [row for row in self.rows(name).values() if all(row[key] == value for key, value in columns.items())]

    def the(self, name: str, /, **columns: Any) -> Record:
        """The one row with these values."""
        found = self.find(name, **columns)
        assert len(found) == 1, f"{len(found)} rows of {name} have {columns}"
        return found[0]

    def id_of(self, name: str, row: Record) -> str:
        """Native id of a row."""
        return next(each for each, known in self.rows(name).items() if known is row)

    def invoice(self, title: str) -> Record:
        """The ERP invoice of a pre-bill, by its title ``ENG-01 2026-01``."""
        return self.the("erp.invoice", memo=title)

    def time_bill(self, code: str, employee: str, on: str) -> Record:
        """The time line of an engagement, a person and a day."""
        job, person = self.the("erp.job", entityId=code), self.the("erp.employee", externalId=employee)
        return self.the("erp.timeBill", customer=job["id"], employee=person["id"], tranDate=on)

    def ledger(self, account: str, **columns: Any) -> list[Record]:
        """Posted lines on an account."""
        number = self.the("erp.account", acctNumber=account)["id"]
        return self.find("erp.transactionLine", account=number, **columns)

    def effects(self, name: str, record_id: str) -> list[Record]:
        """What the engine did to a record."""
        system, _, record_type = name.partition(".")
        return [
            each
            for each in self.history
            if each["kind"] == "effect"
            and (each["sys"], each["record"], each["rec"]) == (system, record_type, record_id)
        ]

    def record_of(self, kind: str, rq: int) -> Record:
        """The ``invoke`` or ``complete`` of a request."""
        return next(each for each in self.history if each["kind"] == kind and each["rq"] == rq)

    # -- changing ------------------------------------------------------------------------------------------------------

    def remove(self, name: str, row: Record) -> None:
        """Take a row out of the final states."""
        del self.rows(name)[self.id_of(name, row)]

    def insert(self, name: str, row: Record, /, **columns: Any) -> str:
        """Put a copy of a row under a new id, with some values changed; nobody in the history made it."""
        self._next_id += 1
        new = str(self._next_id)
        key = next(column for column, value in row.items() if value == self.id_of(name, row))
        self.rows(name)[new] = {**row, key: new, **columns}
        return new

    def post(self, transaction: str, account: str, amount: int, /, **columns: Any) -> None:
        """Add a line to a transaction, debit positive, at 1e-4; engagement and month as its other lines."""
        like = self.find("erp.transactionLine", transaction=transaction)[0]
        number = self.the("erp.account", acctNumber=account)["id"]
        self.insert(
            "erp.transactionLine", like, account=number, debit=max(amount, 0), credit=max(-amount, 0), **columns
        )

    def engine_made(self, name: str, record_id: str, op: str = "create", actor: str = "engine:1") -> int:
        """Write a request of the engine that made a record into the history; returns its number."""
        system, _, record_type = name.partition(".")
        rq = self.next_rq()
        at = {"t_us": self.plan.end_us, "sys": system, "actor": actor, "phase": "load"}
        self.write({"kind": "invoke", **at, "rq": rq, "verb": "POST", "route": f"{record_type}.create", "path": "/"})
        effect = {"key": "?", "record": record_type, "rec": record_id, "op": op, "tx": 0, "tx_seq": 0}
        self.write({"kind": "effect", **at, **effect, "before": {}, "after": {}, "rq": rq})
        self.write({"kind": "complete", **at, "rq": rq, "status": 204, "executed": "yes", "resp": "seen"})
        return rq

    def engine_wrote(self, name: str, record_id: str, op: str = "update", **after: Any) -> Record:
        """Write a request of the engine into the history that changed a record to these values; returns the effect."""
        self.engine_made(name, record_id, op)
        at = next(index for index in range(len(self.history) - 1, 0, -1) if self.history[index]["kind"] == "effect")
        key = self.case.keybook.key(name, record_id)
        self.history[at] = {**self.history[at], "key": key, "after": after}
        return self.history[at]

    def person_wrote(self, name: str, record_id: str, op: str = "update", **after: Any) -> Record:
        """Write into the history that a person changed a record to these values; returns the change."""
        self.person_made(name, record_id)
        key = self.case.keybook.key(name, record_id)
        self.history[-1] = {**self.history[-1], "key": key, "op": op, "after": after}
        return self.history[-1]

    def commits(self, name: str, record_id: str) -> list[Record]:
        """Everything anybody did to a record, oldest first."""
        system, _, record_type = name.partition(".")
        return [
            each
            for each in self.history
            if each["kind"] in ("change", "effect")
            and (each["sys"], each["record"], each["rec"]) == (system, record_type, record_id)
        ]

    def swap(self, one: Record, other: Record) -> None:
        """Let two records of the history have happened in each other's place."""
        first, second = one["seq"], other["seq"]
        self.rewrite(one, seq=second)
        self.rewrite(other, seq=first)

    def next_rq(self) -> int:
        """A request number nobody has used."""
        self._last_rq += 1
        return int(self._last_rq)

    def person_made(self, name: str, record_id: str) -> None:
        """Write into the history that a person created a record."""
        system, _, record_type = name.partition(".")
        at = {"t_us": self.plan.end_us, "sys": system, "actor": "biz:W-0001", "phase": "load"}
        made = {"key": "?", "record": record_type, "rec": record_id, "op": "create", "tx": 0, "tx_seq": 0}
        self.write({"kind": "change", **at, **made, "before": {}, "after": {}, "rq": 0})

    def write(self, entry: Record) -> int:
        """Add a record to the history; returns its sequence number."""
        seq = int(self.history[-1]["seq"]) + 1
        self.history.append({"seq": seq, **entry})
        return seq

    def rewrite(self, old: Record, **fields: Any) -> None:
        """Change a record of the history."""
        at = next(index for index, each in enumerate(self.history) if each is old)
        self.history[at] = {**old, **fields}

    def strike(self, fid: str, kind: str, rq: int) -> None:
        """A fault strikes at a request, and its answer is lost."""
        complete = self.record_of("complete", rq)
        self.rewrite(complete, resp="lost", faults=[fid])
        at = {"t_us": complete["t_us"], "sys": complete["sys"], "actor": "sandbox", "phase": "load"}
        self.write({"kind": "fault", **at, "fid": fid, "fkind": kind, "edge": "fire", "effect": {}, "rq": rq})

    def give_up(self, about: str, flow: str = "time", reason: str = "erp answered 400") -> None:
        """Add a dead letter."""
        self.truth["dead_letters"].append(
            {"id": about, "about": about, "flow": flow, "key": about, "reason": reason, "owner": "finance",
             "amount": "", "raised_us": 0, "due_us": 0}
        )  # fmt: skip

    def alter_plan(self, **fields: Any) -> None:
        """Replace fields of the plan."""
        self.plan = self.plan.model_copy(update=fields)

    # -- judging -------------------------------------------------------------------------------------------------------

    @property
    def case(self) -> Case:
        """The case as it stands now."""
        return Case(self.plan, self.interface, self.history, self.truth, names=self.names)

    @property
    def books(self) -> Books:
        """Its books."""
        return Books(self.case)

    def verdict(self) -> Verdict:
        """All checks."""
        case = self.case
        return judge(case, Books(case))

    def once(self) -> CheckResult:
        """ONCE.dup."""
        return once.check(self.case)

    def lost(self) -> CheckResult:
        """LOST.update."""
        return lost.check(self.case)

    def conv(self) -> CheckResult:
        """CONV.final."""
        return conv.check(self.case)

    def dlq(self) -> CheckResult:
        """DLQ.account."""
        return dlq.check(self.case)

    def money(self) -> CheckResult:
        """MONEY.identity."""
        return money.check(self.books)

    def check(self, name: str) -> CheckResult:
        """One of the checks of order, time and discretion by name, and nothing else: a verdict takes longer."""
        case = self.case
        simple: dict[str, Callable[[Case], CheckResult]] = {
            "CAU.before": precedence.check,
            "ATOM.partial": composites.check,
            "PERIOD.closed": period.check,
            "LEAK.field": leak.check,
        }
        if name in simple:
            return simple[name](case)
        versions = Versions(case)
        if name == "DEADL.late":
            return deadlines.check(case, versions)
        walked = order.walk(case, versions)
        if name == "ORDER.rules":
            return ordering.check(Books(case), walked)
        return order.check_regress(case, walked) if name == "ORD.regress" else order.check_overwrite(case, walked)

    def red(self) -> set[str]:
        """The identities that do not hold."""
        return {finding.flow for finding in self.money().findings}


def of_eng_02(scene: Scene, name: str) -> Record:
    """A record of ENG-02, its client, its consultant W-0003 or its first instalment."""
    job = scene.the("erp.job", entityId="ENG-02")
    invoice = scene.invoice("ENG-02 instalment 1")
    employee = scene.the("erp.employee", externalId="W-0003")
    user = scene.the("psa.user", email_address=employee["email"])
    batch = scene.the("revenue.batch", org_code="US", kind="Revenue", run_period="2026-01", run=1)
    title = {"psa.workspace": "ENG-02 ", "psa.story": "ENG-02-L1 "}
    if name in title:
        return next(row for row in scene.rows(name).values() if row["title"].startswith(title[name]))
    wanted: dict[str, dict[str, Any]] = {
        "psa.workspace_group": {"name": "Cascade Mutual Inc"},
        "erp.customer": {"id": job["parent"]},
        "erp.job": {"entityId": "ENG-02"},
        "revenue.rc_line": {"so_line_id": "ENG-02-L1"},
        "crm.Opportunity": {"Engagement_Code__c": "ENG-02"},
        "psa.user": {"id": user["id"]},
        "psa.account_membership": {"user_id": user["id"]},
        "erp.employee": {"id": employee["id"]},
        "erp.timeBill": {"id": scene.time_bill("ENG-02", "W-0003", "2026-02-04")["id"]},
        "erp.invoice": {"id": invoice["id"]},
        "psa.invoice": {"user_invoice_title": "ENG-02 instalment 1"},
        "revenue.rc_bill": {"inv_num": invoice["tranId"]},
        "erp.customerPayment": {"checkNum": "BL-ENG-02-instalment-1"},
        "psa.external_payment": {"notes": "bank line BL-ENG-02-instalment-1"},
        "erp.journalEntry": {"memo": f"revenue batch {batch['id']}"},
        "revenue.batch": {"id": batch["id"]},
    }
    return scene.the(name, **wanted[name])


def only(findings: Iterable[Finding]) -> Finding:
    """The one finding there is."""
    found = list(findings)
    assert len(found) == 1, [each.title for each in found]
    return found[0]


def failed(verdict: Verdict) -> set[str]:
    """The checks that fail."""
    return {check.check for check in verdict.checks if check.result == "fail"}


def gaps(result: CheckResult) -> dict[str, dict[str, set[str]]]:
    """Identity -> key -> differences as told, ``-0.01 GBP`` or ``1 min``."""
    found: dict[str, dict[str, set[str]]] = {}
    for each in result.findings:
        found.setdefault(each.flow, {}).setdefault(each.key, set()).add(each.then.rpartition("difference ")[2])
    return found
