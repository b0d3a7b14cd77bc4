"""The control port: clock, faults, snapshots, requests, people and verdict of a living world, as JSON under
``/_sandbox/``. Errors are ``{"error": {"code", "message"}}``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from hmac import compare_digest
from typing import Any

from flask import Flask, Response, request
from pydantic import ValidationError
from werkzeug.exceptions import HTTPException

from sandbox import __version__
from sandbox.core.clock import epoch_of, iso_z
from sandbox.core.durations import after, at, length_us
from sandbox.core.errors import HarnessError, SandboxError, UsageError
from sandbox.core.wire import dumps, loads
from sandbox.faults.legality import objection
from sandbox.faults.shapes import FaultRule
from sandbox.live.advancing import MAX_WAIT_S, STEP_US, Advancing
from sandbox.live.saving import Shelf
from sandbox.live.world import LiveWorld

_STATUS = {"clock_busy": 409, "clock_runs": 409, "clock_back": 409, "unknown_snapshot": 404, "no_token": 401}
_LAST_MAX = 1000


class Control:
    """What the control port can do. ``describe`` says where the systems are; ``token`` None asks for none."""

    def __init__(
        self,
        live: LiveWorld,
        advancing: Advancing,
        shelf: Shelf,
        describe: Callable[[], Mapping[str, Any]],
        token: str | None,
    ) -> None:
        self.live = live
        self.advancing = advancing
        self.shelf = shelf
        self.describe = describe
        self._token = token

    def app(self) -> Flask:
        """The WSGI application."""
        app = Flask("sandbox.control", static_folder=None)
        for method, path, view, open_to_all in (
            ("GET", "health", self._health, True),
            ("GET", "systems", lambda _: self.describe(), False),
            ("GET", "people", self._people, False),
            ("GET", "clock", self._clock, False),
            ("POST", "clock/advance", self._advance, False),
            ("POST", "clock/pace", self._pace, False),
            ("POST", "clock/pause", self._pause, False),
            ("POST", "clock/resume", self._resume, False),
            ("GET", "requests", self._requests, False),
            ("GET", "faults", self._faults, False),
            ("POST", "faults", self._add_fault, False),
            ("GET", "snapshots", lambda _: {"snapshots": self.shelf.listed()}, False),
            ("POST", "snapshots", lambda sent: self.shelf.save(_text(sent, "name")), False),
            ("POST", "snapshots/restore", lambda sent: self.shelf.restore(_text(sent, "name")), False),
            ("POST", "reset", self._reset, False),
            ("POST", "verdict", self._verdict, False),
        ):
            app.add_url_rule(
                f"/_sandbox/{path}", f"{method} {path}", self._answered(view, open_to_all), methods=[method]
            )
        app.register_error_handler(HTTPException, lambda wrong: _refused(wrong.code or 500, wrong.name, wrong.name))
        return app

    def _answered(self, view: Callable[[dict[str, Any]], Any], open_to_all: bool) -> Callable[[], Response]:
        @wraps(view)
        def answer() -> Response:
            try:
                if not open_to_all:
                    self._check_token()
                return _json(200, view(_sent()))
            except UsageError as mistake:
                return _refused(_STATUS.get(mistake.code, 400), mistake.code, mistake.message)
            except HarnessError as broken:
                return _refused(500, broken.code, broken.message)
            except SandboxError as failed:
                return _refused(502, failed.code, failed.message)

        return answer

    def _check_token(self) -> None:
        if self._token is None:
            return
        shown = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if not compare_digest(shown.encode(), self._token.encode()):
            raise UsageError("this needs the control token: Authorization: Bearer <token>", code="no_token")

    # -- who and when ----------------------------------------------------------------------------------------------

    def _health(self, _: dict[str, Any]) -> dict[str, Any]:
        return {"status": "ok", "version": __version__, "now": self.live.now_iso}

    def _people(self, _: dict[str, Any]) -> dict[str, Any]:
        found = {}
        for name, person in self.live.cast.plan.people.items():
            login = self.live.login(name)
            found[name] = {
                "name": person.full_name,
                "email": person.email,
                "entity": person.entity,
                "grade": person.grade,
                "crm_password": login.crm_password,
                "psa_token": login.psa_token,
                "screen_token": login.screen_token,
            }
        return {"people": found}

    def _clock(self, _: dict[str, Any]) -> dict[str, Any]:
        live = self.live
        epoch = epoch_of(live.cast.plan.start)
        with live.turn():
            due, rate = live.due_us(), live.stage.rate
            return {
                "now": live.now_iso,
                "now_us": live.now_us,
                "mode": "stepped" if rate is None else "real" if rate == 1_000_000 else "paced",
                "rate": None if rate is None else f"{rate / 1_000_000:g} s per second",
                "next": None if due is None else iso_z(epoch, due),
                "scenario_ends": iso_z(epoch, live.end_us),
                **live.counts(),
            }

    def _advance(self, sent: dict[str, Any]) -> dict[str, Any]:
        live = self.live
        epoch, now = epoch_of(live.cast.plan.start), live.now_us
        ways = [way for way in ("to", "by", "to_next") if sent.get(way)]
        if len(ways) != 1:
            raise UsageError("give one of to (an instant), by (a length of time) or to_next (true)", code="bad_advance")
        if ways == ["to"]:
            to_us = at(epoch, _text(sent, "to"))
        elif ways == ["by"]:
            to_us = after(epoch, now, _text(sent, "by"))
        else:
            to_us = live.due_us() or now
        step_us = length_us(_text(sent, "step")) if sent.get("step") else STEP_US
        done = self.advancing.advance(to_us, step_us, int(sent.get("max_wait_s") or MAX_WAIT_S))
        answer = {
            "state": "ready" if done.restless is None else "restless",
            "from": iso_z(epoch, done.from_us),
            "now": iso_z(epoch, done.now_us),
            "steps": done.steps,
            "triggers": done.triggers,
        }
        if done.restless is not None:
            answer["asked_most"] = done.restless
        return answer

    def _pace(self, sent: dict[str, Any]) -> dict[str, Any]:
        sim, per = length_us(str(sent.get("sim", "1h"))), length_us(str(sent.get("per", "1s")))
        self.live.stage.pace(max(1, sim * 1_000_000 // per))
        return self._clock(sent)

    def _pause(self, sent: dict[str, Any]) -> dict[str, Any]:
        self.live.stage.pause()
        return self._clock(sent)

    def _resume(self, sent: dict[str, Any]) -> dict[str, Any]:
        self.live.stage.resume()
        return self._clock(sent)

    # -- what happened ---------------------------------------------------------------------------------------------

    def _requests(self, _: dict[str, Any]) -> dict[str, Any]:
        last = request.args.get("last", 50, type=int)
        with self.live.turn() as world:
            kept = [record for record in world.recorder.records[-20 * _LAST_MAX :] if record["kind"] in _SHOWN]
            return {"requests": kept[-min(last, _LAST_MAX) :]}

    def _faults(self, _: dict[str, Any]) -> dict[str, Any]:
        with self.live.turn() as world:
            state = world.desk.state()
            return {"fired": state["counts"], "waiting": state["waiting"], "profile": self.live.cast.plan.profile}

    def _add_fault(self, sent: dict[str, Any]) -> dict[str, Any]:
        try:
            rule = FaultRule.model_validate({"count": 1, "nth": 0, **sent})
        except ValidationError as wrong:
            first = wrong.errors(include_url=False)[0]
            where = ".".join(map(str, first["loc"]))
            raise UsageError(f"{where}: {first['msg']}", code="bad_fault") from wrong
        objected = objection(rule, self.live.cast.interface)
        if objected is not None:
            raise UsageError(f"{objected[0]}: {objected[1]}", code="bad_fault")
        return {"fids": self.live.strike(rule)}

    def _reset(self, _: dict[str, Any]) -> dict[str, Any]:
        self.live.restore(None)
        # The first session of a world is the one that was told when it was started.
        self.describe()
        return self._health({})

    def _verdict(self, sent: dict[str, Any]) -> dict[str, Any]:
        _, _, verdict = self.live.judge(names=bool(sent.get("names")))
        ends = iso_z(epoch_of(self.live.cast.plan.start), self.live.end_us)
        return {"at": self.live.now_iso, "scenario_ends": ends, **verdict.as_json()}


_SHOWN = ("invoke", "complete", "fault")


def _sent() -> dict[str, Any]:
    if not request.data:
        return {}
    try:
        sent = loads(request.data)
    except ValueError as broken:
        raise UsageError(f"the body is no JSON: {broken}", code="bad_body") from broken
    if not isinstance(sent, dict):
        raise UsageError("the body is no JSON object", code="bad_body")
    return sent


def _text(sent: Mapping[str, Any], name: str) -> str:
    value = sent.get(name)
    if not isinstance(value, str) or not value:
        raise UsageError(f"{name} is missing", code=f"no_{name}")
    return value


def _json(status: int, content: Any) -> Response:
    return Response(dumps(content), status, mimetype="application/json")


def _refused(status: int, code: str, message: str) -> Response:
    return _json(status, {"error": {"code": code, "message": message}})
