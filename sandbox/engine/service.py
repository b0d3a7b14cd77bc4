"""What the engine answers itself, version 1: whether a project takes time and its client is on credit hold, and how the
close of a month stands.

Asked by people's front ends before they save time, and by finance before it posts accruals, so it answers at once, from
the engine's own store: what flows and looks have learned so far, with the instant of it. It calls no system.
"""

from __future__ import annotations

import re

from sandbox.core.clock import iso_z
from sandbox.core.wire import Request, Response, dumps
from sandbox.engine.context import Context
from sandbox.engine.flows.close import REPORT

_STATUS = re.compile(r"/v1/projects/([A-Za-z0-9-]{1,40})/status")
_CLOSE = re.compile(r"/v1/close/([A-Za-z0-9-]{1,40})/(\d{4}-\d\d)")
_JSON = {"content-type": "application/json"}


class StatusService:
    """Handlers of the engine's endpoint; whoever serves them (a driver) gives requests and takes answers."""

    def __init__(self, context: Context) -> None:
        self._c = context

    async def handle(self, request: Request) -> Response:
        """The answer to one request."""
        close = _CLOSE.fullmatch(request.path)
        found = close or _STATUS.fullmatch(request.path)
        if found is None:
            return _answer(404, {"error": "not_found", "message": f"there is nothing at {request.path}"})
        if request.headers.get("authorization") != f"Bearer {self._c.settings.front_end_token}":
            return _answer(401, {"error": "unauthorized", "message": "a front end's bearer token is needed"})
        if request.method != "GET":
            return _answer(405, {"error": "method_not_allowed", "message": "a status is read"})
        return await self._report(close) if close is not None else await self._status(found[1])

    async def _report(self, asked: re.Match[str]) -> Response:
        report = await self._c.store.document(REPORT, f"{asked[1]} {asked[2]}")
        if report is None:
            return _answer(404, {"error": "not_closed", "message": f"the time of {asked[2]} is not worked out yet"})
        return _answer(200, report)

    async def _status(self, code: str) -> Response:
        context = self._c
        gate = await context.store.document("gate", code)
        if gate is None:
            return _answer(404, {"error": "unknown_project", "message": f"no project {code} is known"})
        holds = await context.store.document("holds", "clients") or {"clients": []}
        status = {"code": code, "open": gate["open"], "client_on_hold": gate["client"] in holds["clients"]}
        if not context.policy.answers_anew():
            status = await context.store.document("answer", code) or status
            await context.store.put_document("answer", code, status)
        as_of = iso_z(context.ports.clock.epoch, context.ports.now_us())
        return _answer(200, {**status, "as_of": as_of})


def _answer(status: int, body: dict[str, object]) -> Response:
    return Response(status, dict(_JSON), dumps(body))
