"""The file partners: wiring of folders, bank, payroll and what they do by themselves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from hmac import compare_digest
from typing import Any

from mocks.files import errors, events, records, rules_bank, rules_payroll, seed, ui
from mocks.files.errors import FilesRefusal
from mocks.files.routes import ROUTES
from mocks.kit.app import Context, Mock, Principal
from mocks.kit.records import RecordType
from sandbox.core.clock import SECOND_US, at_local
from sandbox.core.damage import Damage
from sandbox.core.ids import numeric_id
from sandbox.core.observe import Change, Row
from sandbox.core.tenants import FilesTenant
from sandbox.core.wire import Request, Response

# Local wall-clock times of the statement and of the pay run: assumed.
STATEMENT_TIME = "06:00"
RUN_TIME = "09:00"


class Files(Mock):
    """A bank and a payroll provider, reached by one customer through drop folders."""

    name = "files"
    record_types = records.ALL
    routes = ROUTES
    actions = ui.ACTIONS

    def __init__(self, context: Context, tenant: FilesTenant) -> None:
        super().__init__(context)
        self._token = tenant.customer_token
        self._processing_us = tenant.processing_s * SECOND_US
        self.statements_on_quiet_days = tenant.statements_on_quiet_days
        self.jobs = {
            "statement": self._issue,
            "late_statement": self._deliver,
            "time_file": self._take_time,
            "pay_run": self._run,
        }
        self.seeding(lambda: seed.seed(self, tenant))

    # -- what happens later -------------------------------------------------------------------------------------------

    def plan_statement(self, account: Row, day: date) -> None:
        """At 06:00 of the next banking day the statement of ``day`` is issued; planned once."""
        planned = {(job.arguments["account"], job.arguments["day"]) for job in self.agenda.planned("statement")}
        if (account["code"], day.isoformat()) not in planned:
            morning = rules_bank.next_banking_day(account, day)
            self.agenda.add(
                self._at(morning, STATEMENT_TIME, account["zone"]),
                "statement",
                account=account["code"],
                day=day.isoformat(),
            )

    def plan_run(self, entity: Row, period_end: date, pay_day: date) -> None:
        """At 09:00 of the pay day the period is paid, unless somebody did it before; a past one is left out."""
        due_us = self._at(pay_day, RUN_TIME, entity["zone"])
        if due_us > self.context.clock.now_us():
            self.agenda.add(due_us, "pay_run", entity=entity["code"], period_end=period_end.isoformat())

    def file_received(self, file: Row) -> None:
        """The provider looks at a time file a little later."""
        self.agenda.add(self.context.clock.now_us() + self._processing_us, "time_file", path=file["path"])

    def _at(self, day: date, clock_time: str, zone: str) -> int:
        return at_local(self.context.clock.epoch, day, clock_time, zone)

    def _issue(self, account: str, day: str) -> None:
        row = rules_bank.account_of(self.store, account)
        covered = date.fromisoformat(day)
        statement = rules_bank.issue(self.store, row, covered, even_quiet=self.statements_on_quiet_days)
        if self.statements_on_quiet_days:
            self.plan_statement(row, rules_bank.next_banking_day(row, covered))
        if statement is None:
            return
        until_us = rules_bank.held_until(self.store, row, covered)
        if until_us is not None and until_us > self.context.clock.now_us():
            self.agenda.add(until_us, "late_statement", statement=statement["id"])
        else:
            rules_bank.deliver(self.store, statement, self.context.clock.now_us())

    def _deliver(self, statement: str) -> None:
        (row,) = self.store.find("bank_statement", {"id": statement})
        rules_bank.deliver(self.store, row, self.context.clock.now_us())

    def _take_time(self, path: str) -> None:
        (file,) = self.store.find("file", {"path": path})
        rules_payroll.take_time(self.store, file, self.context.clock.now_us())

    def _run(self, entity: str, period_end: str) -> None:
        if self.store.one("payroll_run", {"entity": entity, "period_end": period_end}) is None:
            row = rules_payroll.entity_of(self.store, entity)
            period = rules_payroll.period_of(self.store, entity, date.fromisoformat(period_end))
            rules_payroll.run(self.store, row, period, self.context.clock.now_us())

    # -- hooks --------------------------------------------------------------------------------------------------------

    def make_id(self, record_type: RecordType, label: str) -> str:
        return numeric_id(self.context.seed_label, self.name, record_type.name, label, digits=10)

    def authenticate(self, request: Request) -> Principal:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not compare_digest(token.strip().encode(), self._token.encode()):
            raise FilesRefusal(401, "unauthorized", "no customer has this token")
        return Principal("customer")

    def not_found(self, request: Request) -> Response:
        return errors.envelope(404, "no_such_path", "there is nothing at this address")

    def method_not_allowed(self, request: Request) -> Response:
        return errors.envelope(405, "method_not_allowed", "files are listed, read and put; nothing else")

    def too_large(self, request: Request) -> Response:
        return errors.envelope(413, "too_large", f"a request has at most {self.body_max} bytes")

    def damaged(self, damage: Damage, request: Request) -> Response:
        return errors.damaged(damage)

    def announce(self, changes: Iterable[Change]) -> None:
        events.announce(changes)

    def manual(self) -> Mapping[str, Any]:
        return {
            "delivery": "files in folders",
            "retention": events.RETENTION,
            "paging": False,
            "search_lag_s": 0,
            "processing_s": self._processing_us // SECOND_US,
            "idempotency": "a name is used once; the same content again changes nothing",
        }
