"""The firm at work: every deed of the plan as a short coroutine that waits for its time and its preconditions.

A deed that meets a closed door is blocked, recorded as such, and tried again until its deadline. Which deeds are done
is the plan's cursor: a restored world starts the others. Every verb looks before it acts, so doing one again is safe.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sandbox.core.clock import HOUR_US, MINUTE_US
from sandbox.core.errors import NoAnswer, UsageError, unknown_name
from sandbox.core.kernel import Future, Task
from sandbox.core.ports import Ports, Surroundings
from sandbox.firm.deeds import VERBS
from sandbox.firm.desk import Blocked, Desk, Records
from sandbox.interface import Interface
from sandbox.plan import Deed, Plan, PlannedFault

# How soon a person tries again, and how seldom in the end; the wait doubles: assumed.
RETRY_US, RETRY_MAX_US = 20 * MINUTE_US, 8 * HOUR_US


# (fault, system, what it did) to whoever keeps the history.
Fired = Callable[[PlannedFault, str, dict[str, Any]], None]
# Where a business fault is first seen.
_STRUCK = {"B04": "crm", "B05": "hris", "B06": "psa"}


class Firm:
    """Everybody who works here. ``outcomes`` is the cursor of the plan: label -> done or abandoned."""

    def __init__(
        self,
        plan: Plan,
        around: Surroundings,
        outcomes: Mapping[str, str] | None = None,
        interface: Interface | None = None,
        fired: Fired | None = None,
    ) -> None:
        self._plan = plan
        self._around = around
        self._records = Records(plan, interface)
        self.outcomes: dict[str, str] = dict(outcomes or {})
        # A world that goes on from saved databases: what a person was about to do may have arrived.
        self._resumed_us = around.kernel.now_us() if outcomes is not None else -1
        self._fired = fired
        self._faults = {fault.params["deed"]: fault for fault in plan.faults if "deed" in fault.params}
        self._waited: dict[str, Future[None]] = {}
        self.acting = 0
        for deed in plan.deeds:
            if deed.verb not in VERBS:
                raise UsageError(
                    f"deed {deed.label!r}: {unknown_name('verb', deed.verb, VERBS).message}", code="unknown_verb"
                )

    def start(self, watch: Callable[[Task[None]], None]) -> None:
        """One task per deed that is not over yet, in the lane of its person; ``watch`` is shown each."""
        for deed in self._plan.deeds:
            if deed.label not in self.outcomes:
                watch(self._around.kernel.spawn(self._perform(deed), f"biz:{deed.person}/{deed.label}"))

    def open_deeds(self) -> list[str]:
        """Labels of deeds that are not over."""
        return [deed.label for deed in self._plan.deeds if deed.label not in self.outcomes]

    async def _perform(self, deed: Deed) -> None:
        ports = Ports(f"biz:{deed.person}", self._around, deed.label)
        await ports.sleep_until(deed.due_us)
        for label in deed.after:
            if await self._outcome(label) != "done":
                self._finish(ports, deed, "abandoned")
                return
        desk = Desk(self._plan, ports, self._records, deed.person)
        desk.attempts = int(deed.due_us <= self._resumed_us)
        blocked_since: int | None = None
        while True:
            if ports.now_us() >= self._plan.end_us:
                # The scenario is over: whatever is not done stays open.
                return
            need = await self._try(desk, deed)
            if need is None:
                outcome = "done"
                break
            if blocked_since is None:
                blocked_since = ports.now_us()
                ports.note("blocked", deed=deed.label, need=need, since_us=blocked_since, until_us=None)
            wait = min(RETRY_US << desk.attempts, RETRY_MAX_US)
            if ports.now_us() + wait > deed.deadline_us:
                outcome = "abandoned"
                break
            await ports.sleep(wait)
            desk.attempts += 1
        if blocked_since is not None:
            ports.note("blocked", deed=deed.label, need="", since_us=blocked_since, until_us=ports.now_us())
        self._finish(ports, deed, outcome)

    async def _try(self, desk: Desk, deed: Deed) -> str | None:
        """None when the deed is done, else what it waits for."""
        self.acting += 1
        try:
            await VERBS[deed.verb](desk, deed.args)
        except Blocked as blocked:
            return blocked.message
        except NoAnswer:
            return f"{desk.asked}: no answer"
        finally:
            self.acting -= 1
        return None

    async def _outcome(self, label: str) -> str:
        if label not in self.outcomes:
            if label not in self._waited:
                self._waited[label] = self._around.kernel.future()
            await self._waited[label]
        return self.outcomes[label]

    def _finish(self, ports: Ports, deed: Deed, outcome: str) -> None:
        self.outcomes[deed.label] = outcome
        ports.note("deed", deed=deed.label, verb=deed.verb, outcome=outcome)
        fault = self._faults.get(deed.label)
        if fault is not None and self._fired is not None and outcome == "done":
            self._fired(fault, _STRUCK[fault.kind], {"deed": deed.label})
        waited = self._waited.pop(deed.label, None)
        if waited is not None:
            waited.set_result(None)
