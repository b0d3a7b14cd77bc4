"""A desk on a clock to move, with a notebook of what struck."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from sandbox.core.clock import ManualClock, epoch_of
from sandbox.core.wire import Meta, Request
from sandbox.faults.desk import FaultDesk
from sandbox.plan import PlannedFault

EPOCH = epoch_of(date(2026, 1, 12))
ENGINE, PERSON = "engine:1", "biz:ana"

DEFAULTS: dict[str, dict[str, str | int | bool]] = {
    "W01": {"actors": "engine", "window_us": 20_000_000},
    "W02": {"actors": "engine", "delay_us": 5_000_000},
    "W04": {"actors": "engine", "created": False},
    "M01": {"actors": "engine", "window_us": 20_000_000, "form": "seconds"},
    "M05": {"actors": "engine"},
    "E01": {"actors": "engine", "copies": 1},
    "E02": {"actors": "engine", "draw": 12345},
    "W03": {"actors": "engine"},
    "W06": {"actors": "engine", "created": False, "delay_us": 90_000_000},
    "M04": {"actors": "engine"},
    "M08": {"actors": "engine", "items": 1, "draw": 12345},
    "E03": {"actors": "engine", "delay_us": 600_000_000, "latest_us": 10**15},
    "E13": {"actors": "engine", "about": "thing:updated"},
    "E16": {"actors": "engine", "delay_us": 300_000_000, "latest_us": 10**15, "window_us": 20_000_000},
}


def fault(
    kind: str,
    number: int = 1,
    *,
    after_us: int = 0,
    nth: int = 0,
    system: str | None = None,
    **params: str | int | bool,
) -> PlannedFault:
    """A planned fault; what is not said is as usual."""
    return PlannedFault(
        fid=f"{kind}#{number}",
        kind=kind,
        system=system,
        after_us=after_us,
        nth=nth,
        params={**DEFAULTS[kind], **params},
    )


class Rehearsal:
    """A desk, its clock, and (fid, system, effect) of everything that struck."""

    def __init__(self, faults: Iterable[PlannedFault], now_us: int = 0) -> None:
        self.clock = ManualClock(EPOCH, now_us)
        self.struck: list[tuple[str, str, dict[str, Any]]] = []
        self.desk = FaultDesk(faults, self.clock, self._fired)
        self.events = 0

    def _fired(self, planned: PlannedFault, system: str, effect: dict[str, Any]) -> None:
        self.struck.append((planned.fid, system, effect))

    @property
    def fids(self) -> list[str]:
        """Which faults have struck, in order."""
        return [fid for fid, _, _ in self.struck]

    def strikes(self, kind: str, system: str = "erp", actor: str = ENGINE, *, created: bool = True) -> bool:
        """One opportunity for a fault of this kind: whether one of this kind took it."""
        before = len(self.struck)
        sent = request(actor)
        match kind:
            case "W02":
                self.desk.delay_us(system, sent)
            case "W04":
                self.desk.loses_answer(system, sent, committed=True, created=created)
            case "W01" | "W03":
                self.desk.loses_request(system, sent)
            case "W06":
                self.desk.executes_after_us(system, sent, creates=created)
            case "M08":
                self.desk.items(system, "x", sent, 3)
            case "E03" | "E13" | "E16":
                self.event(system)
            case "M01" | "M04":
                self.desk.before(system, "x", sent)
            case "M05":
                self.desk.after(system, "x", sent, True)
            case _:
                self.desk.feed(system, "events", [1, 2, 3])
        return any(fid.startswith(f"{kind}#") for fid in self.fids[before:])

    def event(self, system: str = "psa", kind: str = "thing:updated") -> int:
        """The next event of a system, e-1, e-2 and so on: how much later than usual it is seen."""
        self.events += 1
        return self.desk.event(system, "events", f"e-{self.events}", kind)


def request(actor: str | None = ENGINE, method: str = "POST") -> Request:
    """A request as somebody sends it; None: nobody knows who."""
    return Request(method, "/x", meta=None if actor is None else Meta(actor))
