"""The desk that strikes: it holds the planned faults and answers the wire and the mock kit at their named points.

Every fault is single-shot: armed at its time, it strikes at the nth opportunity that fits, and is then spent (W01, M01
and E16 stay for their window, an event torn by E13 stays torn). It decides from the plan alone and draws nothing at run
time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence, Set
from email.utils import format_datetime
from typing import Any

from sandbox.core.chance import Stream
from sandbox.core.clock import SECOND_US, Clock, moment
from sandbox.core.damage import Damage
from sandbox.core.errors import UsageError
from sandbox.core.wire import Request
from sandbox.plan import PlannedFault

# (fault, system, what it did) to whoever keeps the history.
Fired = Callable[[PlannedFault, str, dict[str, Any]], None]

_NEVER = 2**62
_NOBODY: frozenset[Any] = frozenset()
_WRITING = ("POST", "PUT", "PATCH", "DELETE")


def _is_engine(request: Request) -> bool:
    return request.meta is not None and request.meta.actor.startswith("engine:")


class FaultDesk:
    """FaultPort of the mocks and fault source of the wire."""

    def __init__(self, faults: Iterable[PlannedFault], clock: Clock, fired: Fired) -> None:
        self._clock = clock
        self._fired = fired
        self._waiting: dict[str, list[PlannedFault]] = {}
        for fault in sorted(faults, key=_order):
            self._waiting.setdefault(fault.kind, []).append(fault)
        self._skipped: dict[str, int] = {}
        self._windows: dict[str, tuple[int, PlannedFault]] = {}
        # Systems nobody reaches, until when.
        self._outages: dict[str, tuple[int, PlannedFault]] = {}
        self._skews: dict[str, tuple[int, PlannedFault]] = {}
        # Events that go out torn, by system, stream and id.
        self._torn: set[tuple[str, str, str]] = set()
        self.counts: dict[str, int] = {}
        self._earliest = {kind: _earliest(faults) for kind, faults in self._waiting.items()}

    # -- the wire's side ------------------------------------------------------------------------------------------

    def delay_us(self, system: str, request: Request) -> int:
        """W02: how much longer this request travels."""
        fault = self._strike("W02", system, request)
        if fault is None:
            return 0
        delay = int(fault.params["delay_us"])
        self._report(fault, system, {"delay_us": delay})
        return delay

    def loses_request(self, system: str, request: Request) -> bool:
        """W01: whether nobody reaches this system now. W03: whether this request never arrives."""
        if self._is_down(system, request):
            return True
        fault = self._strike("W03", system, request)
        if fault is None:
            return False
        self._report(fault, system, {})
        return True

    def _is_down(self, system: str, request: Request) -> bool:
        now = self._clock.now_us()
        outage = self._outages.get(system)
        if outage is not None and now >= outage[0]:
            del self._outages[system]
            outage = None
        if outage is None:
            # Its window is absolute: one that passed while nobody asked strikes nobody.
            fault = self._strike("W01", system, request, lambda each: now < _outage_end_us(each))
            if fault is None:
                return False
            outage = self._outages[system] = (_outage_end_us(fault), fault)
        until_us, fault = outage
        if fault.params["actors"] == "engine" and not _is_engine(request):
            return False
        self._report(fault, system, {"since_us": fault.after_us, "until_us": until_us})
        return True

    def executes_after_us(self, system: str, request: Request, *, creates: bool) -> int:
        """W06: how long after its client has given up this request is executed; 0: at once. ``creates`` says whether
        its operation is known to create records."""
        if request.method not in _WRITING:
            return 0
        fault = self._strike("W06", system, request, lambda each: creates or not each.params["created"])
        if fault is None:
            return 0
        delay = int(fault.params["delay_us"])
        self._report(fault, system, {"delay_us": delay})
        return delay

    def loses_answer(self, system: str, request: Request, *, committed: bool, created: bool) -> bool:
        """W04: whether the answer to this executed write is lost."""
        if not committed:
            return False
        fault = self._strike("W04", system, request, lambda each: created or not each.params["created"])
        if fault is None:
            return False
        self._report(fault, system, {"created": created})
        return True

    # -- the mock kit's side --------------------------------------------------------------------------------------

    def before(self, system: str, operation: str, request: Request) -> Damage | None:
        """M01: refused with 429 and a Retry-After, for a window of time. M04: 500, nothing is executed."""
        throttled = self._throttles(system, request)
        if throttled is not None:
            return throttled
        fault = self._strike("M04", system, request)
        if fault is None:
            return None
        self._report(fault, system, {})
        return Damage("M04", 500)

    def _throttles(self, system: str, request: Request) -> Damage | None:
        now = self._clock.now_us()
        window = self._windows.get(system)
        if window is not None and now >= window[0]:
            del self._windows[system]
            window = None
        if window is None:
            fault = self._strike("M01", system, request)
            if fault is None:
                return None
            ends_us = now + int(fault.params["window_us"])
            if fault.params["form"] == "date":
                # A date has whole seconds: whoever waits for it must be let through.
                ends_us = -(-ends_us // SECOND_US) * SECOND_US
            window = self._windows[system] = (ends_us, fault)
        until_us, fault = window
        if fault.params["actors"] == "engine" and not _is_engine(request):
            return None
        if fault.params["form"] == "date":
            retry_after = format_datetime(moment(self._clock.epoch, until_us), usegmt=True)
        else:
            retry_after = str(-((now - until_us) // SECOND_US))
        self._report(fault, system, {"retry_after": retry_after})
        return Damage("M01", 429, {"retry_after": retry_after})

    def after(self, system: str, operation: str, request: Request, committed: bool) -> Damage | None:
        """M05: 500 although it was executed."""
        if not committed or request.method not in _WRITING:
            return None
        fault = self._strike("M05", system, request)
        if fault is None:
            return None
        self._report(fault, system, {})
        return Damage("M05", 500)

    def items(self, system: str, operation: str, request: Request, count: int) -> Set[int]:
        """M08: some items of this batch are refused for now."""
        if not count:
            return _NOBODY
        fault = self._strike("M08", system, request)
        if fault is None:
            return _NOBODY
        order = Stream(int(fault.params["draw"])).shuffled(list(range(count)))
        items = sorted(order[: int(fault.params["items"])])
        self._report(fault, system, {"items": items, "of": count})
        return frozenset(items)

    def event(self, system: str, stream: str, event_id: str, kind: str) -> int:
        """E03 delays an event, E16 every event of a window; E13 tears it, once and for all."""
        told = {"stream": stream, "evid": event_id}
        torn = self._strike("E13", system, None, lambda each: each.params["about"] == kind)
        if torn is not None:
            self._torn.add((system, stream, event_id))
            self._report(torn, system, told)
        delay = 0
        late = self._strike("E03", system, None)
        if late is not None:
            delay = self._bounded(late)
            self._report(late, system, {**told, "delay_us": delay})
        skewed = self._skew(system)
        if skewed is not None:
            skew = self._bounded(skewed)
            self._report(skewed, system, {**told, "delay_us": skew})
            delay += skew
        return delay

    def _skew(self, system: str) -> PlannedFault | None:
        now = self._clock.now_us()
        window = self._skews.get(system)
        if window is not None and now >= window[0]:
            del self._skews[system]
            window = None
        if window is None:
            fault = self._strike("E16", system, None)
            if fault is None:
                return None
            window = self._skews[system] = (now + int(fault.params["window_us"]), fault)
        return window[1]

    def _bounded(self, fault: PlannedFault) -> int:
        """The delay, so that the event can still be seen before the run is over."""
        left = int(fault.params["latest_us"]) - self._clock.now_us()
        return max(0, min(int(fault.params["delay_us"]), left))

    def unreadable(self, system: str, stream: str, event_ids: Sequence[str]) -> Set[str]:
        """E13: the torn ones."""
        if not self._torn:
            return _NOBODY
        return {event_id for event_id in event_ids if (system, stream, event_id) in self._torn}

    def feed(self, system: str, stream: str, rows: list[Any]) -> list[Any]:
        """E01 repeats rows of this page, E02 reorders it."""
        if not rows:
            return rows
        repeated = self._strike("E01", system, None)
        if repeated is not None:
            copies = min(int(repeated.params["copies"]), len(rows))
            self._report(repeated, system, {"stream": stream, "copies": copies})
            rows = [*rows, *rows[:copies]]
        if len(rows) > 1:
            reordered = self._strike("E02", system, None)
            if reordered is not None:
                shuffled = Stream(int(reordered.params["draw"])).shuffled(rows)
                rows = shuffled if shuffled != rows else rows[::-1]
                self._report(reordered, system, {"stream": stream, "rows": len(rows)})
        return rows

    # -- state ----------------------------------------------------------------------------------------------------

    def state(self) -> dict[str, Any]:
        """What has been spent so far, as JSON data."""
        return {
            "waiting": [fault.fid for faults in self._waiting.values() for fault in faults],
            "skipped": dict(self._skipped),
            "windows": {system: [until, fault.fid] for system, (until, fault) in self._windows.items()},
            "outages": {system: [until, fault.fid] for system, (until, fault) in self._outages.items()},
            "skews": {system: [until, fault.fid] for system, (until, fault) in self._skews.items()},
            "torn": [list(each) for each in sorted(self._torn)],
            "counts": dict(self.counts),
        }

    def restore(self, state: dict[str, Any], faults: Iterable[PlannedFault]) -> None:
        """Go on from a saved state of the same plan."""
        by_id = {fault.fid: fault for fault in faults}
        self._waiting = {}
        for fault in sorted((by_id[fid] for fid in state["waiting"]), key=_order):
            self._waiting.setdefault(fault.kind, []).append(fault)
        self._skipped = dict(state["skipped"])
        self._windows = {system: (until, by_id[fid]) for system, (until, fid) in state["windows"].items()}
        self._outages = {system: (until, by_id[fid]) for system, (until, fid) in state["outages"].items()}
        self._skews = {system: (until, by_id[fid]) for system, (until, fid) in state["skews"].items()}
        self._torn = {(system, stream, event_id) for system, stream, event_id in state["torn"]}
        self.counts = dict(state["counts"])
        self._earliest = {kind: _earliest(faults) for kind, faults in self._waiting.items()}

    def add(self, faults: Iterable[PlannedFault]) -> None:
        """More faults, as if they had been planned from the start; none may be armed before now."""
        for fault in faults:
            if fault.after_us < self._clock.now_us():
                raise UsageError(f"fault {fault.fid} would have been armed already", code="bad_fault", fault=fault.fid)
            waiting = self._waiting.setdefault(fault.kind, [])
            waiting.append(fault)
            waiting.sort(key=_order)
            self._earliest[fault.kind] = _earliest(waiting)

    # -- inside ---------------------------------------------------------------------------------------------------

    def _strike(
        self,
        kind: str,
        system: str,
        request: Request | None,
        fits: Callable[[PlannedFault], bool] | None = None,
    ) -> PlannedFault | None:
        now = self._clock.now_us()
        if now < self._earliest.get(kind, _NEVER):
            return None
        waiting = self._waiting[kind]
        for index, fault in enumerate(waiting):
            if fault.after_us > now:
                break
            if fault.system is not None and fault.system != system:
                continue
            if fault.params.get("actors") == "engine" and not (request is None or _is_engine(request)):
                continue
            if "path" in fault.params and (request is None or str(fault.params["path"]) not in request.path):
                continue
            if fits is not None and not fits(fault):
                continue
            skipped = self._skipped.get(fault.fid, 0)
            if skipped < fault.nth:
                self._skipped[fault.fid] = skipped + 1
                return None
            del waiting[index]
            self._earliest[kind] = _earliest(waiting)
            return fault
        return None

    def _report(self, fault: PlannedFault, system: str, effect: dict[str, Any]) -> None:
        self.counts[fault.kind] = self.counts.get(fault.kind, 0) + 1
        self._fired(fault, system, effect)


def _order(fault: PlannedFault) -> tuple[int, str]:
    return fault.after_us, fault.fid


def _outage_end_us(fault: PlannedFault) -> int:
    return fault.after_us + int(fault.params["window_us"])


def _earliest(faults: list[PlannedFault]) -> int:
    return faults[0].after_us if faults else _NEVER
