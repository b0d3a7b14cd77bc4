"""Live use: a system's port as a WSGI application. Every request is recorded and may be hurt on its way, as in
simulated time; the world's lock is held while one is served and never while one waits.
"""

from __future__ import annotations

import logging
import time
import traceback
from collections.abc import Callable, Iterable, Mapping
from hashlib import blake2b
from typing import Any, Protocol

from mocks.kit.app import Mock
from mocks.kit.shell import request_of, wsgi_headers
from sandbox.core.clock import SECOND_US
from sandbox.core.damage import Damage
from sandbox.core.wire import Meta, Request, Response
from sandbox.drivers.stage import Stage
from sandbox.faults.desk import FaultDesk
from sandbox.history.recorder import Recorder

_LOG = logging.getLogger(__name__)
# Whoever uses a vendor's surface with no person's credentials is the engine under test.
ENGINE = "engine:live"
# Longest real delay of a slow request (W02): assumed, clients give up at some point.
DELAY_MAX_S = 5
# How long a request without news is held (crm-salesforce.md section 9).
HELD_S = 110

StartResponse = Callable[..., Any]


class Dropped(Exception):
    """The connection is cut without an answer."""


class Staged(Protocol):
    """What a door needs of the world behind it, which a restore may replace."""

    @property
    def systems(self) -> Mapping[str, Mock]:
        """The systems by name."""

    @property
    def recorder(self) -> Recorder:
        """Who keeps the history."""

    @property
    def desk(self) -> FaultDesk:
        """Who strikes."""

    @property
    def now_iso(self) -> str:
        """The simulated instant."""

    @property
    def touched(self) -> Callable[[str], None]:
        """Look at a system's agenda again."""

    def persona(self, mail: str) -> str | None:
        """Name of the person of this firm with that address."""

    def later(self, us: int, call: Callable[[], None]) -> None:
        """Do something after so much simulated time, with the world's lock held."""


class Door:
    """One system's port. ``stage`` holds the lock and says what quiet is; ``world`` gives the world of the moment."""

    def __init__(self, system: str, stage: Stage, world: Callable[[], Staged]) -> None:
        self.system = system
        self._stage = stage
        self._world = world
        # How this port refuses what is no HTTP request.
        self.complaint: Callable[[int, str], Response] | None = None

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        """Serve one request; raises Dropped when its sender shall hear nothing."""
        response = self.serve(request_of(environ))
        response.headers["X-Sim-Time"] = self._world().now_iso
        start_response(*wsgi_headers(response))
        return [response.body]

    def serve(self, request: Request) -> Response:
        """Serve one request of a client; raises Dropped."""
        with self._stage.turn():
            actor = self._actor(request)
            delay_us = self._world().desk.delay_us(self.system, self._signed(request, actor))
        if delay_us:
            time.sleep(min(delay_us // SECOND_US, DELAY_MAX_S))
        self._hold(request)
        with self._stage.turn(), self._stage.in_flight(actor == ENGINE):
            return self._serve(request, actor)

    def _hold(self, request: Request) -> None:
        """Wait while there is no news for a request that the vendor would hold; it is not in flight."""
        if request.method != "POST":
            return
        until = time.monotonic() + HELD_S
        with self._stage.turn():
            while time.monotonic() < until and self._world().systems[self.system].would_wait(request):
                if not self._stage.wait(until - time.monotonic()):
                    return

    def _serve(self, request: Request, actor: str) -> Response:
        world = self._world()
        mock, recorder, desk = world.systems[self.system], world.recorder, world.desk
        found = mock.resolve(request)
        operation = "unknown" if isinstance(found, Response) else found[0].operation
        if not isinstance(found, Response) and found[0].surface == "control":
            return mock.serve(found, request)
        rq = recorder.invoke(self.system, actor, None, request, operation)
        if desk.loses_request(self.system, request):
            recorder.complete(self.system, actor, rq, 0, executed="no", resp="lost")
            raise Dropped
        late_us = desk.executes_after_us(self.system, request, creates=request.method == "POST")
        if late_us:
            recorder.set_aside()
            world.later(late_us, lambda: self._serve_late(world, request, actor, rq))
            raise Dropped
        try:
            response = mock.serve(found, request)
        except Exception:  # noqa: BLE001 - told in full below, and the verdict is withheld
            # Our bug and never the engine's: told on our side, answered in the vendor's words, and no verdict any more.
            self._stage.broken = self._stage.broken or f"{operation} of {self.system}: {traceback.format_exc()}"
            _LOG.exception("%s of %s failed", operation, self.system)
            response = mock.damaged(Damage("HTTP", 500), request)
        outcome = mock.outcome
        lost = desk.loses_answer(self.system, request, committed=outcome.committed, created=outcome.created)
        executed = "yes" if outcome.committed else "no"
        recorder.complete(self.system, actor, rq, response.status, executed=executed, resp="lost" if lost else "seen")
        world.touched(self.system)
        self._stage.served(self._question(request), _digest(response), committed=outcome.committed)
        if lost:
            raise Dropped
        return response

    def _serve_late(self, world: Staged, request: Request, actor: str, rq: int) -> None:
        mock = world.systems[self.system]
        world.recorder.take_up(rq, actor, None)
        response = mock.serve(mock.resolve(request), request)
        executed = "later" if mock.outcome.committed else "no"
        world.recorder.complete(self.system, actor, rq, response.status, executed=executed, resp="lost")
        world.touched(self.system)

    def _actor(self, request: Request) -> str:
        world = self._world()
        mail = request.headers.get("x-sandbox-person") or world.systems[self.system].caller(request)
        persona = world.persona(mail) if mail else None
        return f"biz:{persona}" if persona else ENGINE

    def _signed(self, request: Request, actor: str) -> Request:
        request.meta = Meta(actor, None)
        return request

    def _question(self, request: Request) -> str:
        return f"{self.system} {request.method} {request.path}?{request.query}"


def _digest(response: Response) -> bytes:
    return blake2b(response.body, digest_size=8).digest()


def doors(stage: Stage, world: Callable[[], Staged], systems: Iterable[str]) -> Mapping[str, Door]:
    """A door for each system."""
    return {system: Door(system, stage, world) for system in systems}
