"""A mock system: ``handle(Request) -> Response`` over one store, one agenda, its feeds and a Flask routing table.

One function does transaction, commit, record and announcement (decision 16). A bug in a view is not turned into a
500: it would look like a fault, so it propagates and breaks the run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Set
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any, ClassVar

import orjson

from mocks.kit import control, person
from mocks.kit.agenda import Agenda
from mocks.kit.feeds import Feed
from mocks.kit.records import RecordType
from mocks.kit.refusal import Refusal
from mocks.kit.routing import Found, MethodNotAllowed, Route, Routes, RoutingTable
from mocks.kit.store import Store
from sandbox.core.chance import Chance
from sandbox.core.clock import Clock, iso_z
from sandbox.core.damage import Damage, FaultPort, NoFaults
from sandbox.core.observe import Change, Commit, CommitObserver, Delivery, Unobserved
from sandbox.core.wire import Request, Response

if TYPE_CHECKING:
    from flask import Flask


@dataclass(frozen=True, slots=True)
class Principal:
    """Who is calling: a user name, the id of the user's record if there is one, and what the caller may do."""

    name: str
    user_id: str = ""
    roles: tuple[str, ...] = ()


@dataclass(slots=True)
class Context:
    """What a mock is given: time, chance, somebody to report to, somebody to be hurt by, and the world's seed label."""

    clock: Clock
    chance: Chance
    observer: CommitObserver = field(default_factory=Unobserved)
    faults: FaultPort = field(default_factory=NoFaults)

    @property
    def seed_label(self) -> str:
        """The seed as a label for derived ids and secrets."""
        return str(self.chance.seed)


@dataclass(slots=True)
class Call:
    """One request being served: the request, who sent it, and the system's parts a view needs."""

    mock: Any
    request: Request
    principal: Principal
    operation: str

    @property
    def store(self) -> Store:
        store: Store = self.mock.store
        return store

    @property
    def now_us(self) -> int:
        now: int = self.mock.context.clock.now_us()
        return now

    def refused_items(self, count: int) -> Set[int]:
        """Which items of a batch of this size are refused for now, as the fault port decides (M08); counted from 0."""
        refused: Set[int] = self.mock.context.faults.items(self.mock.name, self.operation, self.request, count)
        return refused


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the last request did: whether it committed changes, and whether a record was created among them."""

    committed: bool
    created: bool


_NOTHING = Outcome(committed=False, created=False)
NOBODY = Principal("nobody")
Job = Callable[..., None]


class Mock:
    """Base of the five systems. A subclass sets the class variables and overrides the hooks marked as such."""

    name: ClassVar[str]
    record_types: ClassVar[tuple[RecordType, ...]]
    routes: ClassVar[Routes]
    actions: ClassVar[person.Actions] = person.Actions()
    feed_names: ClassVar[tuple[str, ...]] = ()
    # Bytes of a body: as many as Salesforce's Bulk API takes in a job, assumed for every vendor.
    body_max: ClassVar[int] = 150_000_000
    # Run once on the fresh database: indexes and views the record types do not bring.
    statements: ClassVar[tuple[str, ...]] = ()

    def __init__(self, context: Context, record_types: Iterable[RecordType] | None = None) -> None:
        self.context = context
        # A tenant with fields of its own brings its record types along.
        own = self.record_types if record_types is None else record_types
        self.store = Store(own, self.make_id, context.clock.now_us)
        for statement in self.statements:
            self.store.db.execute(statement)
        self.agenda = Agenda(self.store)
        self.feeds = {name: Feed(self.store, name, self._event_lag_us) for name in self.feed_names}
        self.jobs: dict[str, Job] = {}
        # Sessions, nonces, meters: what a rolled-back business transaction must not undo. JSON data, saved by snapshot.
        self.volatile: dict[str, Any] = {}
        self.transactions = 0
        self.last_seq = 0
        self.people: dict[str, str] = {}
        self.served = 0
        self.outcome = _NOTHING

    # -- hooks ----------------------------------------------------------------------------------------------------

    def make_id(self, record_type: RecordType, label: str) -> str:
        """Hook: an id in the vendor's shape."""
        raise NotImplementedError

    def authenticate(self, request: Request) -> Principal:
        """Hook: who sends this vendor request; raises the vendor's Refusal."""
        raise NotImplementedError

    def not_found(self, request: Request) -> Response:
        """Hook: no such path, in the vendor's shape."""
        raise NotImplementedError

    def method_not_allowed(self, request: Request) -> Response:
        """Hook: the path exists for another method."""
        raise NotImplementedError

    def too_large(self, request: Request) -> Response:
        """Hook: the body has more bytes than ``body_max``."""
        raise NotImplementedError

    def damaged(self, damage: Damage, request: Request) -> Response:
        """Hook: the vendor's shape of a fault (429, 500, 503)."""
        raise NotImplementedError

    def announce(self, changes: Iterable[Change]) -> None:
        """Hook: append to feeds what these changes announce; runs in their transaction."""

    def caller(self, request: Request) -> str:
        """Hook: the user name or mail address of who sends this vendor request, empty when it cannot be told from the
        request alone; decides nothing but whose work the history says it was."""
        return ""

    def would_wait(self, request: Request) -> bool:
        """Hook: whether the vendor holds this request until there is news for its sender (design 4.6). Live drivers
        ask, and wait outside lock and transaction; in simulated time nothing is held."""
        return False

    def finish(self, call: Call, response: Response) -> None:
        """Hook: headers every vendor answer carries."""

    def rewrite(self, path: str) -> str:
        """Hook: spellings of a path that mean the same."""
        return path

    def torn(self, stream: str, row: Any) -> Any:
        """Hook: a row of a page as it goes out when its content is unreadable (E13)."""
        return row

    def manual(self) -> Mapping[str, Any]:
        """Hook: what an engine may rely on (limits, retention, key lifetime, redelivery horizon, search lag)."""
        return {}

    # -- serving --------------------------------------------------------------------------------------------------

    @classmethod
    @cache
    def table(cls) -> RoutingTable:
        """The routing table: the vendor's routes, the control surface and the person surface."""
        return RoutingTable((*cls.routes.all, *control.ROUTES.all, *person.ROUTES.all))

    @property
    def all_routes(self) -> list[Route]:
        """Every route, in order of registration."""
        return self.table().all

    def resolve(self, request: Request) -> Found | Response:
        """The route a request means, or the vendor's answer that there is none."""
        try:
            found = self.table().find(request.method, self.rewrite(request.path))
        except MethodNotAllowed:
            return self.method_not_allowed(request)
        return found or self.not_found(request)

    def handle(self, request: Request) -> Response:
        """Serve one request as one transaction."""
        return self.serve(self.resolve(request), request)

    def serve(self, found: Found | Response, request: Request) -> Response:
        """Serve a request whose route is known. ``outcome`` then says what it committed."""
        self.served += 1
        self.outcome = _NOTHING
        if isinstance(found, Response):
            return found
        route, values = found
        if route.surface == "control":
            return route.view(Call(self, request, NOBODY, route.operation), **values)
        if len(request.body) > self.body_max:
            return self.too_large(request)
        faults = self.context.faults
        if route.surface == "vendor":
            damage = faults.before(self.name, route.operation, request)
            if damage is not None:
                return self.damaged(damage, request)
        response, committed = self._transact(route, request, values)
        if route.surface == "vendor":
            damage = faults.after(self.name, route.operation, request, committed)
            if damage is not None:
                return self.damaged(damage, request)
        return response

    def _transact(self, route: Route, request: Request, values: dict[str, Any]) -> tuple[Response, bool]:
        call = Call(self, request, NOBODY, route.operation)
        try:
            if route.surface == "person":
                call.principal = person.authenticate(self, request)
            elif route.needs_login:
                call.principal = self.authenticate(request)
            self.store.creator = call.principal.user_id or call.principal.name
            response = route.view(call, **values)
            self.finish(call, response)
            return response, self._commit()
        except Refusal as refusal:
            self._abandon()
            return refusal.response(request), False
        except BaseException:
            self._abandon()
            raise

    def _abandon(self) -> None:
        if self.store.rollback():
            self.context.observer.aborted(self.name, self.transactions + 1)

    def _commit(self) -> bool:
        if self.store.changes:
            self.announce(self.store.changes)
        changes, announcements = self.store.commit()
        if not changes:
            return False
        # Only what COMMIT accepted is reported, and after it: an earlier report could be of something that never was.
        self.transactions += 1
        commit = Commit(self.name, self.transactions, self.context.clock.now_us(), changes, announcements)
        self.last_seq = self.context.observer.committed(commit)
        self.outcome = Outcome(True, any(change.op == "create" for change in changes))
        return True

    # -- by itself ------------------------------------------------------------------------------------------------

    def next_due_us(self) -> int | None:
        """When the system next does something by itself."""
        return self.agenda.next_due_us()

    def run_due(self) -> int:
        """Run every job that is due, each as its own transaction; returns how many ran."""
        ran = 0
        while True:
            self.store.creator = "sandbox"
            try:
                due = self.agenda.take(self.context.clock.now_us())
                if due is not None:
                    self.jobs[due.job](**due.arguments)
                self._commit()
            except BaseException:
                self._abandon()
                raise
            if due is None:
                return ran
            ran += 1

    def seeding(self, fill: Callable[[], None]) -> None:
        """Fill a fresh tenant in one transaction that is reported like any other."""
        self.store.creator = "sandbox"
        try:
            fill()
            self._commit()
        except BaseException:
            self._abandon()
            raise

    def deliver(
        self, stream: str, rows: list[Any], event_ids: Callable[[Any], str], cursor_in: str, cursor_out: str
    ) -> list[Any]:
        """The rows of one page as they go out: what the fault port makes of them, reported to the observer."""
        faults = self.context.faults
        handed = faults.feed(self.name, stream, rows)
        ids = tuple(event_ids(row) for row in handed)
        unreadable = faults.unreadable(self.name, stream, ids)
        if unreadable:
            handed = [
                self.torn(stream, row) if event_id in unreadable else row
                for event_id, row in zip(ids, handed, strict=True)
            ]
        self.context.observer.delivered(Delivery(self.name, stream, ids, cursor_in, cursor_out))
        return handed

    def _event_lag_us(self, stream: str, event_id: str, kind: str) -> int:
        return self.context.faults.event(self.name, stream, event_id, kind)

    # -- state ----------------------------------------------------------------------------------------------------

    def dump(self) -> dict[str, dict[str, dict[str, Any]]]:
        """Every live record by type and id, as stored."""
        return self.store.dump()

    def serialize(self) -> dict[str, Any]:
        """Everything needed to go on elsewhere: database, counters, sessions."""
        state = {
            "transactions": self.transactions,
            "last_seq": self.last_seq,
            "people": self.people,
            "volatile": self.volatile,
        }
        return {"database": self.store.serialize(), "state": orjson.dumps(state, option=orjson.OPT_SORT_KEYS)}

    def deserialize(self, saved: Mapping[str, Any]) -> None:
        """Go on from a serialized system."""
        self.store.deserialize(saved["database"])
        self.agenda.touched = True
        for feed in self.feeds.values():
            feed.reload()
        state = orjson.loads(saved["state"])
        self.transactions = state["transactions"]
        self.last_seq = state["last_seq"]
        self.people = state["people"]
        self.volatile = state["volatile"]

    @cached_property
    def flask(self) -> Flask:
        """The same views as a Flask application, for live time and WSGI tools."""
        from mocks.kit.shell import flask_app

        return flask_app(self)

    def now_iso(self) -> str:
        """The instant as ``2026-01-12T09:00:00Z``."""
        clock = self.context.clock
        return iso_z(clock.epoch, clock.now_us())
