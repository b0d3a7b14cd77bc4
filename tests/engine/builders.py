"""A room to try the engine in: five mocks, simulated time, and a wire that hurts requests as it is told to."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import Any, TypeVar

from mocks.crm.system import Crm
from mocks.erp.system import Erp
from mocks.hris.system import Hris
from mocks.kit.app import Context as MockContext
from mocks.kit.app import Mock
from mocks.psa.system import Psa
from mocks.revenue.system import Revenue
from sandbox.core.chance import Chance
from sandbox.core.clock import Clock, epoch_of
from sandbox.core.documents import parse_document
from sandbox.core.errors import NoAnswer
from sandbox.core.kernel import Killed
from sandbox.core.ports import Ports, Surroundings
from sandbox.core.wire import Request, Response
from sandbox.drivers.simulated import AgendaWaker
from sandbox.drivers.simulated_kernel import SimulatedKernel
from sandbox.engine.context import Context
from sandbox.engine.engine import Engine
from sandbox.engine.policy import Policy
from sandbox.engine.settings import Settings
from sandbox.engine.store import Store, Work
from sandbox.firm.deeds import VERBS
from sandbox.firm.desk import Desk, Records
from sandbox.firm.planning import make_plan
from sandbox.firm.scenarios import load_firm
from sandbox.firm.tenants import Tenants, login_of, tenants_of
from sandbox.hosting import engine_settings
from sandbox.interface import Interface, load_interface
from sandbox.plan import Plan, Scenario
from sandbox.world import WorldClock

T = TypeVar("T")

# Two engagements of one London office: hours at 85.00 for Harbour Rail, a fixed fee of 9,000.00 for Cinder Press.
SCENARIO = """
schema: 1
name: room
title: Two deals for one desk
firm: one-desk
start: 2026-01-19
weeks: 6
close: ["2026-01"]
scripted:
  - code: ENG-01
    title: Health check
    client: Harbour Rail plc
    entity: UK
    kind: time_and_materials
    price: "5000.00"
    budget_minutes: 2400
    sold: 2026-01-19
    proposed: 2026-01-19
    signed: 2026-01-20
    start: 2026-01-21
    end: 2026-02-27
    approver: W-0001
    team: [W-0003]
    payment_terms_days: 14
  - code: ENG-02
    title: Archive move
    client: Cinder Press plc
    entity: UK
    kind: fixed_fee
    price: "9000.00"
    budget_minutes: 6000
    sold: 2026-01-19
    proposed: 2026-01-19
    signed: 2026-01-20
    start: 2026-01-21
    end: 2026-03-31
    approver: W-0001
    team: [W-0002]
    payment_terms_days: 30
workforce:
  hires:
    - {employee_id: W-0004, entity: UK, grade: analyst, entered: 2026-01-20, effective: 2026-01-26}
"""


@cache
def plan() -> Plan:
    """The plan of the room's scenario; seed 1."""
    scenario = parse_document(SCENARIO, "room", Scenario)
    return make_plan(scenario, load_firm("one-desk"), 1, profile="none")


@cache
def interface() -> Interface:
    """The interface contract that ships."""
    return load_interface()


@cache
def settings() -> Settings:
    """What an engine of the room is installed with."""
    return engine_settings(plan(), "1")


@cache
def tenants() -> Tenants:
    """The room's five tenants."""
    return tenants_of(plan())


# -- what can happen to a request ------------------------------------------------------------------------------------

Serve = Callable[[], Response]
Fate = Callable[[Serve], Response]


def delivered(serve: Serve) -> Response:
    """Nothing happens to it."""
    return serve()


def never_arrives(serve: Serve) -> Response:
    """It is lost on its way."""
    raise NoAnswer("the request was lost")


def answer_lost(serve: Serve) -> Response:
    """It is executed, and nobody learns."""
    serve()
    raise NoAnswer("the answer was lost")


def killed_before(serve: Serve) -> Response:
    """The sender dies before it arrives."""
    raise Killed


def killed_after(serve: Serve) -> Response:
    """It is executed, and the sender dies before the answer."""
    serve()
    raise Killed


def answered(status: int, body: bytes = b"", **headers: str) -> Fate:
    """It is not executed; somebody answers in the system's place."""
    return lambda serve: Response(status, {name.replace("_", "-"): value for name, value in headers.items()}, body)


def executed_but(status: int) -> Fate:
    """It is executed, and the answer says otherwise."""

    def fate(serve: Serve) -> Response:
        serve()
        return Response(status)

    return fate


@dataclass(frozen=True, slots=True)
class Late:
    """It is executed, some time after it was sent."""

    us: int

    def __call__(self, serve: Serve) -> Response:
        return serve()


def cut_short(serve: Serve) -> Response:
    """Half of the answer's body is missing."""
    response = serve()
    return Response(response.status, response.headers, response.body[: len(response.body) // 2])


@dataclass(slots=True)
class Sent:
    """A request that was sent: when, where, and the status of its answer (None: no answer)."""

    at_us: int
    system: str
    request: Request
    status: int | None = None

    @property
    def what(self) -> str:
        """``POST /journal``."""
        return f"{self.request.method} {self.request.path}"


@dataclass(slots=True)
class _Rule:
    system: str
    method: str
    part: str
    fates: list[Fate]
    always: bool

    def take(self, system: str, request: Request) -> Fate | None:
        fits = self.system in ("*", system) and self.method in ("*", request.method) and self.part in request.path
        if not fits or not self.fates:
            return None
        return self.fates[0] if self.always else self.fates.pop(0)


class ScriptedWire:
    """Carries requests to mocks in process, in no time. ``meets`` writes down what happens to the next ones."""

    def __init__(self, kernel: SimulatedKernel, systems: dict[str, Mock], touched: Callable[[str], None]) -> None:
        self._kernel = kernel
        self._systems = systems
        self._touched = touched
        self._rules: list[_Rule] = []
        self.log: list[Sent] = []

    def meets(self, system: str, method: str, part: str, *fates: Fate) -> None:
        """The next requests to a system by a method (``*``: any) whose path has a text meet these fates, one each."""
        self._rules.append(_Rule(system, method, part, list(fates), always=False))

    def always(self, system: str, method: str, part: str, fate: Fate) -> None:
        """All such requests meet this fate until the wire is healed."""
        self._rules.append(_Rule(system, method, part, [fate], always=True))

    def heal(self) -> None:
        """From now on nothing happens to requests."""
        self._rules.clear()

    async def send(self, system: str, request: Request) -> Response:
        """The answer; raises NoAnswer or Killed as written down."""
        await self._kernel.sleep(0)
        sent = Sent(self._kernel.now_us(), system, request)
        self.log.append(sent)

        def serve() -> Response:
            response = self._systems[system].handle(request)
            self._touched(system)
            return response

        fate = next((found for rule in self._rules if (found := rule.take(system, request))), delivered)
        if isinstance(fate, Late):
            await self._kernel.sleep(fate.us)
        response = fate(serve)
        await self._kernel.sleep(0)
        sent.status = response.status
        return response

    def sent(self, system: str, method: str = "*", part: str = "") -> list[Sent]:
        """The requests sent so far, in order."""
        return [
            each
            for each in self.log
            if each.system == system and method in ("*", each.request.method) and part in each.request.path
        ]


@dataclass(slots=True)
class Notes:
    """What actors noted, as (kind, fields)."""

    lines: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def note(self, actor: str, kind: str, fields: dict[str, Any]) -> None:
        """Keep a line."""
        self.lines.append((kind, fields))

    def events(self, name: str) -> list[dict[str, Any]]:
        """Notes of the engine about one kind of event."""
        return [fields for kind, fields in self.lines if kind == "engine" and fields.get("event") == name]


class _Systems(dict[str, Mock]):
    """The five systems, each made when somebody first asks for it."""

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self._clock = clock

    def __missing__(self, name: str) -> Mock:
        context = MockContext(self._clock, Chance(1).under("mock", name))
        seeds = tenants()
        made: dict[str, Callable[[], Mock]] = {
            "crm": lambda: Crm(context, seeds.crm),
            "psa": lambda: Psa(context, seeds.psa),
            "hris": lambda: Hris(context, seeds.hris),
            "erp": lambda: Erp(context, seeds.erp),
            "revenue": lambda: Revenue(context, seeds.revenue),
        }
        self[name] = system = made[name]()
        return system


@dataclass(frozen=True, slots=True)
class Saved:
    """A room at one instant: databases of systems and engine, and the clock."""

    clock_us: int
    systems: dict[str, dict[str, Any]]
    store: bytes


class Room:
    """One world to try the engine in, moved by hand.

    ``clock`` other than the kernel's: systems whose time stands. ``saved``: as an earlier room was, the engine new.
    """

    def __init__(self, policy: type[Policy] = Policy, clock: Clock | None = None, saved: Saved | None = None) -> None:
        self.plan = plan()
        self.kernel = SimulatedKernel(saved.clock_us if saved else 0)
        self.clock = clock or WorldClock(epoch_of(self.plan.start), self.kernel)
        self.systems = _Systems(self.clock)
        touched = AgendaWaker(self.kernel, self.systems).touch if clock is None else _untouched
        self.wire = ScriptedWire(self.kernel, self.systems, touched)
        self.notes = Notes()
        self.around = Surroundings(self.kernel, self.clock, self.wire, Chance(1), self.notes)
        self.policy = policy
        self.store = Store(saved.store if saved else None)
        for name, state in saved.systems.items() if saved else ():
            self.systems[name].deserialize(state)
        self._instances = 0
        self.context = self.installed()
        self.engine: Engine | None = None
        self._records = Records(self.plan)

    def save(self) -> Saved:
        """The room as it is now."""
        systems = {name: dict(mock.serialize()) for name, mock in self.systems.items()}
        return Saved(self.kernel.now_us(), systems, self.store.serialize())

    def installed(self) -> Context:
        """A fresh instance's surroundings on the store as it is: sessions and caches are gone, memory is not."""
        self._instances += 1
        ports = Ports(f"engine:{self._instances}", self.around)
        self.context = Context(ports, self.store, self.policy(), interface(), settings())
        return self.context

    def ports(self, actor: str = "engine:1") -> Ports:
        """The room as an actor sees it."""
        return Ports(actor, self.around)

    # -- time ---------------------------------------------------------------------------------------------------------

    def do(self, coro: Awaitable[T]) -> T:
        """The result of a coroutine, however long it takes in the room; raises what it raises."""

        async def awaited() -> T:
            return await coro

        task = self.kernel.spawn(awaited(), "test/do")
        while not task.done:
            due_us = self.kernel.due_us()
            assert due_us is not None, f"waits for ever: {self.kernel.stuck()}"
            self.kernel.run_to(due_us)
        awaiting = task.__await__()
        try:
            next(awaiting)
        except StopIteration as ended:
            value: T = ended.value
            return value
        raise AssertionError("the task is not done")

    def fails(self, coro: Awaitable[Any]) -> BaseException:
        """What a coroutine raises."""
        try:
            self.do(coro)
        except BaseException as failed:
            return failed
        raise AssertionError("nothing was raised")

    def wait(self, us: int) -> None:
        """Let time pass."""
        self.kernel.run_to(self.kernel.now_us() + us)

    def wait_until(self, us: int) -> None:
        """Let time pass up to an instant."""
        self.kernel.run_to(us)

    # -- people -------------------------------------------------------------------------------------------------------

    def deed(self, label: str, **changed: Any) -> None:
        """A deed of the plan, done now, with other particulars when given; raises Blocked when no system allows it."""
        deed = next(each for each in self.plan.deeds if each.label == label)
        self.act(deed.person, deed.verb, **{**deed.args, **changed})

    def act(self, who: str, verb: str, **particulars: Any) -> None:
        """Something a person does now."""
        desk = Desk(self.plan, self.ports(f"biz:{who}"), self._records, who)
        self.do(VERBS[verb](desk, particulars))

    def at_desk(self, person: str, system: str, method: str, path: str, json: Any = None, **query: Any) -> Any:
        """A call of CRM or PSA as a person; returns the answer's JSON."""
        desk = Desk(self.plan, self.ports(f"biz:{person}"), self._records, person)
        call = desk.crm if system == "crm" else desk.psa
        response = self.do(call(method, path, json=json, query=query))
        assert response.ok, response.body
        return response.json() if response.body else None

    def screen(self, person: str, system: str, action: str, **form: Any) -> Any:
        """A form on a person surface."""
        desk = Desk(self.plan, self.ports(f"biz:{person}"), self._records, person)
        return self.do(desk.screen(system, action, form))

    def psa_login(self, person: str) -> str:
        """A person's token of the PSA."""
        return login_of(self.plan, person).psa_token

    # -- what there is ------------------------------------------------------------------------------------------------

    def rows(self, system: str, record: str) -> list[dict[str, Any]]:
        """Live records of a system, as stored: amounts at 1e-4, booleans as 0 and 1."""
        return list(self.systems[system].dump()[record].values())

    def row(self, system: str, record: str) -> dict[str, Any]:
        """The only live record of a kind."""
        (only,) = self.rows(system, record)
        return only

    def dump(self, *systems: str) -> dict[str, Any]:
        """Final states of some systems."""
        return {name: self.systems[name].dump() for name in systems}

    # -- the engine ---------------------------------------------------------------------------------------------------

    def start(self) -> Engine:
        """Start an instance on the store."""
        self.engine = Engine(self.context)
        self.engine.start(_shown)
        return self.engine

    def crash(self) -> None:
        """Kill -9 and a fresh instance on what the store holds; it is not started yet."""
        database = self.store.serialize()
        self.store.close()
        self.kernel.cancel_all(f"engine:{self._instances}/")
        self.store = Store(database)
        self.installed()

    def close(self) -> None:
        """End everything that still runs."""
        self.kernel.cancel_all("")
        self.kernel.run_to(self.kernel.now_us())


def _untouched(system: str) -> None:
    """Nothing is ever due where time stands."""


def _shown(task: Any) -> None:
    """A task of the engine that fails ends the test."""

    def ended() -> None:
        if task.error is not None:
            raise AssertionError(f"task {task.label} failed: {task.error!r}") from task.error

    task.on_done(ended)


async def work_off(room: Room) -> None:
    """Do all work that is due, once each, by the flows alone; raises what a flow raises."""
    engine = Engine(room.context)
    for work in await room.store.due_work(room.kernel.now_us(), 100):
        await engine._flows[work.flow].handle(work)
        await room.store.finish_work(work)


def work(flow: str, key: str, payload: Any = None, *, lane: str | None = None, since_us: int = 0) -> Work:
    """Work as a flow is handed it."""
    return Work(flow, lane or key, key, payload, 0, 0, since_us)


def book(
    room: Room, person: str, engagement: str, role: str, *cards: tuple[str, int], approve: bool = True, **more: Any
) -> None:
    """A sheet of (day, minutes), submitted and approved by the partner. ``more`` goes into every card."""
    title = f"{engagement} {person} {cards[0][0]}"
    bookings = [
        {"engagement": engagement, "on": on, "minutes": minutes, "role": role, "billable": True, **more}
        for on, minutes in cards
    ]
    room.act(person, "book", sheets=[{"engagement": engagement, "title": title, "bookings": bookings}])
    if approve:
        room.act("W-0001", "approve", engagement=engagement, person=person, title=title)


def day(text: str) -> date:
    """A date by its ISO text."""
    return date.fromisoformat(text)
