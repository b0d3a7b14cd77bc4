"""Calls that survive a bad network: retries that honour the server's wish, and creates that never double.

Outcomes a flow can meet: an answer, Unavailable (not now), Refused (never like this), Missing (something else first).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from sandbox.core.client import ApiClient, Auth, retry_after_us
from sandbox.core.errors import NoAnswer, SandboxError
from sandbox.core.ports import Ports
from sandbox.core.wire import Response
from sandbox.engine.policy import Policy
from sandbox.engine.store import Store

Finder = Callable[[], Awaitable[str | None]]


class Unavailable(SandboxError):
    """The system does not answer, or says not now; the work goes back to the queue, ``wait_us`` at least."""

    def __init__(self, message: str, status: int | None = None, wait_us: int = 0) -> None:
        super().__init__(message, code="unavailable", status=status)
        self.status = status
        self.wait_us = wait_us


class Refused(SandboxError):
    """The system will never take this as it stands; the work becomes a dead letter."""

    def __init__(self, message: str, status: int | None = None) -> None:
        super().__init__(message, code="refused", status=status)
        self.status = status


class Missing(SandboxError):
    """Something this depends on is not there yet; the work waits."""

    def __init__(self, message: str) -> None:
        super().__init__(message, code="missing")


class Caller:
    """One system as the engine reaches it."""

    def __init__(self, ports: Ports, system: str, auth: Auth, policy: Policy, capability: str) -> None:
        self._ports = ports
        self._policy = policy
        self._client = ApiClient(ports, system, auth)
        self._stream = ports.stream("retry", system)
        self._locks = ports.keyed_lock()
        self.system = system
        self.capability = capability

    async def send(self, method: str, path: str, *, accept: tuple[int, ...] = (), **sent: Any) -> Response:
        """Send what may be sent twice: reads, sets, upserts. Answers below 400, or listed in ``accept``, come back.

        Raises Unavailable after the policy's patience, Refused for any other answer.
        """
        attempt = 0
        while True:
            attempt += 1
            outcome = await self._once(method, path, sent)
            if isinstance(outcome, Response) and not self._policy.is_transient(outcome.status):
                return self._settled(outcome, method, path, accept)
            await self._wait(attempt, outcome, f"{method} {path}")

    async def send_anew(self, method: str, path: str, make: Callable[[], Awaitable[dict[str, Any]]]) -> Response:
        """Send what must not be sent twice as it is: ``make`` prepares every attempt from the start."""
        attempt = 0
        while True:
            attempt += 1
            outcome = await self._once(method, path, await make())
            if isinstance(outcome, Response) and not self._policy.is_transient(outcome.status):
                return self._settled(outcome, method, path, ())
            await self._wait(attempt, outcome, f"{method} {path}")

    async def create(
        self,
        store: Store,
        effect_id: str,
        find: Finder,
        method: str,
        path: str,
        native: Callable[[Response], str],
        **sent: Any,
    ) -> str:
        """Create a record that must stand once; returns its native id.

        The intention is stored before the first send. While the outcome of an earlier send is unknown, the record is
        looked for before it is sent again, if the policy says so.
        """
        if not self._policy.one_create_at_a_time():
            return await self._create(store, effect_id, find, method, path, native, sent)
        async with self._locks.hold(effect_id):
            return await self._create(store, effect_id, find, method, path, native, sent)

    async def _create(
        self,
        store: Store,
        effect_id: str,
        find: Finder,
        method: str,
        path: str,
        native: Callable[[Response], str],
        sent: dict[str, Any],
    ) -> str:
        in_doubt, done = await store.begin_effect(effect_id)
        if done is not None:
            return done
        looks_up = self._policy.looks_up_before_retry(self.capability)
        attempt = 0
        while True:
            attempt += 1
            found = await find() if in_doubt and looks_up else None
            if found is None:
                outcome = await self._once(method, path, sent)
                if isinstance(outcome, Response) and not self._policy.is_transient(outcome.status):
                    found = native(self._settled(outcome, method, path, ()))
            if found is not None:
                await store.end_effect(effect_id, found)
                return found
            # A 429 says it was not executed; silence and a 500 say nothing.
            in_doubt = in_doubt or not (isinstance(outcome, Response) and outcome.status == 429)
            await self._wait(attempt, outcome, f"{method} {path}")

    async def _once(self, method: str, path: str, sent: dict[str, Any]) -> Response | NoAnswer:
        try:
            response = await self._client.call(method, path, **sent)
        except NoAnswer as silence:
            return silence
        if response.ok and response.body and "json" in (response.header("Content-Type") or ""):
            try:
                response.json()
            except ValueError:
                # Cut short on its way: executed or not, it says nothing.
                return NoAnswer(f"{self.system} {method} {path}: the answer is cut short", system=self.system)
        return response

    def _settled(self, response: Response, method: str, path: str, accept: tuple[int, ...]) -> Response:
        if response.status < 400 or response.status in accept:
            return response
        raise Refused(
            f"{self.system} {method} {path} answered {response.status}: {complaint(response)}", response.status
        )

    async def _wait(self, attempt: int, outcome: Response | NoAnswer, what: str) -> None:
        status = outcome.status if isinstance(outcome, Response) else None
        wish = None
        if isinstance(outcome, Response):
            wish = retry_after_us(outcome, self._ports.now_us(), self._ports.clock.epoch)
        delay = self._policy.retry_delay_us(attempt, wish, self._stream)
        if delay is None:
            said = f"{self.system} {what}: {status or 'no answer'} after {attempt} attempts"
            raise Unavailable(said, status, wish or 0)
        await self._ports.sleep(delay)


# Where the five vendors put what they have to say, and how much of it a person wants to read.
_SAID = ("o:errorDetails", "errors", "error_description", "error", "result", "detail", "message", "Message", "title")
_SAID_MAX = 200


def complaint(response: Response) -> str:
    """What a refusal says, in one line, out of whatever envelope the vendor uses."""
    try:
        said = _said(response.json())
    except ValueError:
        said = response.body.decode("utf-8", "replace")
    return " ".join((said or "no reason given").split())[:_SAID_MAX]


def _said(content: Any) -> str:
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        return "; ".join(filter(None, map(_said, content)))
    if isinstance(content, dict):
        return next(filter(None, (_said(content.get(name)) for name in _SAID)), "")
    return ""
