"""A small system on the kit: timecards over HTTP, a feed of them, a job, a screen, and routes that go wrong."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from pydantic import BaseModel

from mocks.kit import person
from mocks.kit.answers import empty_response, external_url, json_response
from mocks.kit.app import Call, Context, Mock, Principal
from mocks.kit.records import Field, RecordType
from mocks.kit.refusal import Refusal
from mocks.kit.routing import Routes
from mocks.kit.store import Clash
from sandbox.core.chance import Chance
from sandbox.core.clock import Clock, ManualClock, epoch_of
from sandbox.core.damage import Damage, FaultPort, NoFaults
from sandbox.core.ids import numeric_id
from sandbox.core.observe import Change, Commit, CommitObserver, Delivery, Unobserved
from sandbox.core.wire import Request, Response, dumps

EPOCH = epoch_of(date(2026, 1, 12))
TOKEN = "Bearer of cards"
PERSON = "ana.lyst"
SECRET = "a secret of the sandbox"

CARD = RecordType("card", (Field("code", external_id=True), Field("minutes", "minutes"), Field("note")))


class Refused(Refusal):
    """How this system says no."""

    def response(self, request: Request) -> Response:
        return json_response(int(str(self.fields["status"])), {"refused": self.message})


class Hours(BaseModel):
    """A screen's form."""

    code: str
    minutes: int


ROUTES = Routes()
SCREENS = person.Actions()


@ROUTES.add("POST", "/cards", "card.create")
def create(call: Call) -> Response:
    body = call.request.json()
    try:
        row = call.store.insert("card", body)
    except Clash as clash:
        raise Refused(f"{clash.field} is taken by {clash.existing}", status=409) from clash
    if row["minutes"] is not None and row["minutes"] < 0:
        raise Refused("minutes are not negative", status=422)
    return json_response(201, {"id": row["id"]}, {"Location": external_url(call.request, f"/cards/{row['code']}")})


@ROUTES.add("GET", "/cards/<code>", "card.read")
def read(call: Call, code: str) -> Response:
    return json_response(200, _card(call, code))


@ROUTES.add("PATCH", "/cards/<code>", "card.update")
def update(call: Call, code: str) -> Response:
    card = _card(call, code)
    return json_response(200, call.store.update("card", card["id"], call.request.json()))


@ROUTES.add("DELETE", "/cards/<code>", "card.delete")
def delete(call: Call, code: str) -> Response:
    call.store.delete("card", _card(call, code)["id"])
    return empty_response(204)


@ROUTES.add("POST", "/batches", "card.batch")
def batch(call: Call) -> Response:
    results: list[str] = []
    for item in call.request.json():
        try:
            with call.store.savepoint():
                _announce_early(call, item)
                results.append(call.store.insert("card", item)["code"])
        except Clash:
            results.append("refused")
    return json_response(200, results)


@ROUTES.add("POST", "/bugs", "card.bug")
def bug(call: Call) -> Response:
    call.store.insert("card", {"code": "of a bug"})
    raise ZeroDivisionError("a bug of ours")


@ROUTES.add("POST", "/orphans", "card.orphan")
def orphan(call: Call) -> Response:
    """A write that is refused only by COMMIT."""
    call.store.insert("card", {"code": "of an orphan"})
    call.store.write("INSERT INTO orphan VALUES ('nobody')")
    return empty_response(204)


@ROUTES.add("GET", "/pages/<int:after>", "card.page")
def page(call: Call, after: int) -> Response:
    rows = call.mock.feeds["cards"].after(after, now_us=call.now_us)
    last = rows[-1].position if rows else after
    handed = call.mock.deliver("cards", rows, lambda row: f"e-{row.position}", str(after), str(last))
    return json_response(200, [row.position for row in handed])


@ROUTES.add("POST", "/visits", "card.visit")
def visit(call: Call) -> Response:
    """Meters outlive the transaction that is rolled back."""
    call.mock.volatile["visits"] = call.mock.volatile.get("visits", 0) + 1
    call.store.insert("card", {"code": "of a visit"})
    raise Refused("come again", status=429)


@ROUTES.add("GET", "/echo/<path:rest>", "echo", needs_login=False)
@ROUTES.add("POST", "/echo/<path:rest>", "echo.post", needs_login=False)
def echo(call: Call, rest: str) -> Response:
    """The request as it came."""
    sent = call.request
    seen = {"path": sent.path, "query": sent.query, "rest": rest, "headers": sent.headers, "body": sent.body.decode()}
    return Response(200, {"X-Odd": "kept"}, dumps(seen))


@SCREENS.add("cards/enter", Hours)
def enter(call: Call, form: Hours) -> dict[str, Any]:
    row = call.store.insert("card", {"code": form.code, "minutes": form.minutes})
    return {"id": row["id"]}


def _card(call: Call, code: str) -> dict[str, Any]:
    card = call.store.one("card", {"code": code})
    if card is None:
        raise Refused(f"no card {code}", status=404)
    return card


def _announce_early(call: Call, item: dict[str, Any]) -> None:
    call.mock.feeds["cards"].append(call.now_us, item, event_id=f"early {item['code']}", covers=())


class Cards(Mock):
    """The system. ``stop_announcing`` makes the hook raise, as a bug or as a refusal."""

    name = "cards"
    record_types = (CARD,)
    routes = ROUTES
    actions = SCREENS
    feed_names = ("cards",)
    statements = ("CREATE TABLE orphan (card TEXT REFERENCES card(id) DEFERRABLE INITIALLY DEFERRED)",)

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.people = {PERSON: SECRET}
        self.jobs = {"remind": self._remind, "fail": self._fail, "again": self._again}
        self.stop_announcing: Exception | None = None
        self.asked_who = 0

    def make_id(self, record_type: RecordType, label: str) -> str:
        return numeric_id(record_type.name, label)

    def authenticate(self, request: Request) -> Principal:
        self.asked_who += 1
        if request.headers.get("authorization") != TOKEN:
            raise Refused("who are you?", status=401)
        return Principal("engine", "user-7")

    def not_found(self, request: Request) -> Response:
        return json_response(404, {"no path": request.path})

    def method_not_allowed(self, request: Request) -> Response:
        return json_response(405, {"no method": request.method})

    def too_large(self, request: Request) -> Response:
        return json_response(413, {"too large": len(request.body)})

    def damaged(self, damage: Damage, request: Request) -> Response:
        return json_response(damage.status, {"damage": damage.kind})

    def announce(self, changes: Iterable[Change]) -> None:
        for change in changes:
            covers = [(change.record_type, change.record_id)]
            self.feeds["cards"].append(
                self.context.clock.now_us(), {"op": change.op}, event_id=f"e-{change.record_id}", covers=covers
            )
        if self.stop_announcing is not None:
            raise self.stop_announcing

    def finish(self, call: Call, response: Response) -> None:
        response.headers["X-Operation"] = call.operation

    def rewrite(self, path: str) -> str:
        return path.replace("/old-cards", "/cards")

    def _remind(self, code: str) -> None:
        self.store.insert("card", {"code": code, "note": "reminded"})

    def _fail(self) -> None:
        self.store.insert("card", {"code": "of a failing job"})
        raise ZeroDivisionError("a bug of a job")

    def _again(self, times: int) -> None:
        self.store.insert("card", {"code": f"again {times}"})
        if times:
            self.agenda.add(self.context.clock.now_us(), "again", times=times - 1)


class Watcher(Unobserved):
    """An observer that keeps what it is told."""

    def __init__(self) -> None:
        super().__init__()
        self.commits: list[Commit] = []
        self.aborts: list[tuple[str, int]] = []
        self.deliveries: list[Delivery] = []

    def committed(self, commit: Commit) -> int:
        self.commits.append(commit)
        return 100 + len(self.commits)

    def aborted(self, system: str, tx: int) -> None:
        self.aborts.append((system, tx))

    def delivered(self, delivery: Delivery) -> None:
        self.deliveries.append(delivery)


def make_cards(
    observer: CommitObserver | None = None, faults: FaultPort | None = None, clock: Clock | None = None
) -> Cards:
    """The system on Monday 2026-01-12, 00:00 UTC, with nothing in it."""
    return Cards(Context(clock or ManualClock(EPOCH), Chance(1), observer or Unobserved(), faults or NoFaults()))


def ask(method: str, path: str, content: Any = None, **headers: str) -> Request:
    """A request of an engine that is logged in."""
    sent = {"authorization": TOKEN, "host": "cards.sandbox.test"}
    sent.update({name.replace("_", "-"): value for name, value in headers.items()})
    return Request(method, path, headers=sent, body=b"" if content is None else dumps(content))


def at_screen(method: str, path: str, content: Any = None) -> Request:
    """A request of a person at a screen."""
    return ask(method, path, content, authorization=f"Sandbox {SECRET}", x_sandbox_person=PERSON)


def codes(mock: Cards) -> list[str]:
    """Codes of all cards there are."""
    return sorted(row["code"] for row in mock.store.find("card"))
