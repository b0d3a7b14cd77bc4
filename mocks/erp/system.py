"""The ERP system: wiring of books, records, SuiteQL, the posting job and the person surface."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from weakref import WeakMethod

from mocks.erp import errors, events, records_documents, seed, ui, ui_currencies, ui_documents
from mocks.erp.assertions import Assertions
from mocks.erp.balances import TODAY
from mocks.erp.books import POST_TIME, Books
from mocks.erp.deferred import RUN_TASK, run_task
from mocks.erp.governance import Governor
from mocks.erp.query import ROWS_MAX, Queries
from mocks.erp.routes import PAGE_MAX, ROUTES
from mocks.erp.routes_async import ASYNC_ROUTES
from mocks.erp.routes_bank import BANK_ROUTES
from mocks.erp.routes_metadata import METADATA_ROUTES
from mocks.erp.routes_oauth2 import OAUTH2_ROUTES, TOKEN_LIFETIME_S, bearers
from mocks.erp.routes_query import QUERY_ROUTES
from mocks.erp.rules_reversals import REVERSE, reverse
from mocks.erp.rules_time import post_time
from mocks.erp.shape import account_of
from mocks.erp.signatures import BadSignature, Verifier
from mocks.kit.app import Context, Mock, Principal
from mocks.kit.person import Actions
from mocks.kit.records import RecordType
from mocks.kit.routing import Routes
from sandbox.core.damage import Damage
from sandbox.core.ids import numeric_id
from sandbox.core.observe import Change
from sandbox.core.tenants import ErpTenant
from sandbox.core.wire import Request, Response

# Digits of a derived id, and a last digit that keeps apart what shares an id space: customers, projects and employees
# are all entities, invoices, payments and journals are all transactions. Wide enough that two labels seldom meet.
_ID_SHAPES = {
    "customer": (8, "1"),
    "job": (8, "2"),
    "employee": (8, "3"),
    "vendor": (8, "4"),
    "invoice": (9, "1"),
    "customerPayment": (9, "2"),
    "journalEntry": (9, "3"),
    "creditMemo": (9, "4"),
    "expenseReport": (9, "5"),
    "vendorBill": (9, "6"),
    "salesOrder": (9, "7"),
    "projectTask": (10, ""),
    "billingSchedule": (8, ""),
    "billingScheduleLine": (11, ""),
    "salesOrderLine": (11, ""),
    "timeBill": (11, ""),
    "transactionLine": (13, ""),
    "invoiceLine": (13, ""),
    "paymentApplication": (13, ""),
    "creditMemoLine": (13, ""),
    "expenseLine": (11, ""),
    "creditApplication": (13, ""),
    "bankStatementLine": (10, ""),
    "currencyRate": (10, ""),
    "consolidatedExchangeRate": (10, ""),
    "timeReversal": (13, ""),
    "asyncJob": (8, ""),
    "asyncTask": (12, ""),
}
_LIST_ID = (6, "")
# Requests at once on the Standard service tier (section 7).
_CONCURRENCY = 5

_PRINCIPAL = Principal("integration")


def _all_routes() -> Routes:
    routes = Routes()
    routes.include(ROUTES)
    routes.include(QUERY_ROUTES)
    routes.include(METADATA_ROUTES)
    routes.include(ASYNC_ROUTES)
    routes.include(OAUTH2_ROUTES)
    routes.include(BANK_ROUTES)
    return routes


def _all_actions() -> Actions:
    actions = Actions()
    actions.all = {**ui.ACTIONS.all, **ui_documents.ACTIONS.all, **ui_currencies.ACTIONS.all}
    return actions


class Erp(Mock):
    """NetSuite: records by REST, SuiteQL, a ledger that posts natively, and finance people at their screens."""

    name = "erp"
    record_types = records_documents.ALL
    routes = _all_routes()
    actions = _all_actions()
    statements = records_documents.INDEXES

    def __init__(self, context: Context, tenant: ErpTenant) -> None:
        self.account = account_of(tenant.shape)
        super().__init__(context, self.account.record_types)
        for statement in self.account.catalogue.views:
            self.store.db.execute(statement)
        self.books = Books(self.store, self.agenda, context.clock, context.seed_label)
        self.queries = Queries(self.store, context.clock.epoch, self.account.catalogue)
        self.verifier = Verifier(
            tenant.account, tenant.consumer_key, tenant.consumer_secret, tenant.token_id, tenant.token_secret
        )
        self.assertions = Assertions(tenant.oauth2_clients)
        self.governor = Governor(tenant.tier) if tenant.tier else None
        self._functions()
        self.jobs = {POST_TIME: self.post_time, REVERSE: self.reverse_journal, RUN_TASK: self.run_task}
        self.seeding(lambda: seed.seed(self, tenant))

    def post_time(self) -> None:
        """The job: cost of approved time into the ledger."""
        post_time(self.books)

    def reverse_journal(self, journal: str) -> None:
        """The job: a deferred reversal on its day."""
        reverse(self.books, journal)

    def run_task(self, job_id: str, number: int) -> None:
        """The job: a request that was sent asynchronously."""
        run_task(self, job_id, number)

    def make_id(self, record_type: RecordType, label: str) -> str:
        digits, kind = _ID_SHAPES.get(record_type.name, _LIST_ID)
        return numeric_id(self.context.seed_label, self.name, record_type.name, label, digits=digits) + kind

    def authenticate(self, request: Request) -> Principal:
        scheme, _, bearer = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            expires_us = bearers(self.volatile)["expires_us"].get(bearer.strip(), 0)
            if expires_us <= self.context.clock.now_us():
                raise errors.invalid_bearer()
        else:
            try:
                self.verifier.verify(request, self.volatile)
            except BadSignature as bad:
                raise errors.invalid_login(self.verifier.account, bad.problem) from bad
        if self.governor is not None:
            self.governor.admit(request, self.volatile, self.context.clock.now_us())
        return _PRINCIPAL

    def not_found(self, request: Request) -> Response:
        return errors.envelope(404, "INVALID_REQUEST", "The requested resource does not exist.")

    def method_not_allowed(self, request: Request) -> Response:
        return errors.envelope(405, "INVALID_METHOD", f"The method {request.method} is not allowed here.")

    def too_large(self, request: Request) -> Response:
        return errors.envelope(413, "INVALID_CONTENT", "The request body is too large.", "Payload Too Large")

    def damaged(self, damage: Damage, request: Request) -> Response:
        return errors.damaged(damage, request)

    def announce(self, changes: Iterable[Change]) -> None:
        self.books.noticed(changes)
        events.announce(changes)

    def deserialize(self, saved: Mapping[str, Any]) -> None:
        super().deserialize(saved)
        self._functions()
        self.books.forget()

    def _functions(self) -> None:
        """What SuiteQL's views ask of the running system.

        Held weakly: the collector does not look into a connection, and would never free a system its own connection
        refers to.
        """
        today = WeakMethod(self.books.today)

        def now() -> str:
            ask = today()
            assert ask is not None, "a system outlives its connection's calls"
            return ask().isoformat()

        self.store.db.create_function(TODAY, 0, now)

    def manual(self) -> Mapping[str, Any]:
        return {
            "delivery": "poll SuiteQL by lastmodifieddate",
            "retention": events.RETENTION,
            "paging": {"limit_max": PAGE_MAX, "rule": "offset is a multiple of limit", "rows_max": ROWS_MAX},
            "concurrency": self.governor.limit if self.governor else _CONCURRENCY,
            "bearer_lifetime_s": TOKEN_LIFETIME_S,
            "idempotency": "externalId upsert: PUT /services/rest/record/v1/{record}/eid:{externalId}",
            "search_lag_s": 0,
        }
