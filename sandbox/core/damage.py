"""The fault port: how a mock asks, at named points, whether something should go wrong here.

A mock knows neither plan nor probability. What it is told to do, it does in its vendor's own shape.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import Any, Protocol

from sandbox.core.wire import Request

_NONE: frozenset[Any] = frozenset()


@dataclass(frozen=True, slots=True)
class Damage:
    """A refusal to imitate: ``kind`` names the fault (verification.md section 3.1), ``status`` the HTTP status."""

    kind: str
    status: int
    params: Mapping[str, Any] = field(default_factory=dict)


class FaultPort(Protocol):
    """Asked by the mock kit."""

    def before(self, system: str, operation: str, request: Request) -> Damage | None:
        """Refuse this request before anything is executed (M01, M04)?"""

    def after(self, system: str, operation: str, request: Request, committed: bool) -> Damage | None:
        """Answer as if it had failed although it was executed (M05)?"""

    def items(self, system: str, operation: str, request: Request, count: int) -> Set[int]:
        """Which of the items of a batch, counted from 0, are refused for now while the others are done (M08)?"""

    def event(self, system: str, stream: str, event_id: str, kind: str) -> int:
        """How much later than usual an event becomes visible, in microseconds (E03, E16). What is struck by E13 is
        decided here too. ``kind`` is what readers of the stream pick by."""

    def unreadable(self, system: str, stream: str, event_ids: Sequence[str]) -> Set[str]:
        """Those events of a page whose content goes out torn, every time (E13)."""

    def feed(self, system: str, stream: str, rows: list[Any]) -> list[Any]:
        """The rows of one page of a stream as they go out: repeated (E01), reordered (E02) or as they are."""


class NoFaults:
    """Nothing goes wrong."""

    def before(self, system: str, operation: str, request: Request) -> Damage | None:
        return None

    def after(self, system: str, operation: str, request: Request, committed: bool) -> Damage | None:
        return None

    def items(self, system: str, operation: str, request: Request, count: int) -> Set[int]:
        return _NONE

    def event(self, system: str, stream: str, event_id: str, kind: str) -> int:
        return 0

    def unreadable(self, system: str, stream: str, event_ids: Sequence[str]) -> Set[str]:
        return _NONE

    def feed(self, system: str, stream: str, rows: list[Any]) -> list[Any]:
        return rows
