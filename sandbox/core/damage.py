"""The fault port: how a mock asks, at named points, whether something should go wrong here.

A mock knows neither plan nor probability. What it is told to do, it does in its vendor's own shape.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from sandbox.core.wire import Request


@dataclass(frozen=True, slots=True)
class Damage:
    """A refusal to imitate: ``kind`` names the fault (verification.md section 3.1), ``status`` the HTTP status."""

    kind: str
    status: int
    params: Mapping[str, Any] = field(default_factory=dict)


class FaultPort(Protocol):
    """Asked by the mock kit."""

    def before(self, system: str, operation: str, request: Request) -> Damage | None:
        """Refuse this request before anything is executed (M01)?"""

    def after(self, system: str, operation: str, request: Request, committed: bool) -> Damage | None:
        """Answer as if it had failed although it was executed (M05)?"""

    def feed(self, system: str, stream: str, rows: list[Any]) -> list[Any]:
        """The rows of one page of a stream as they go out: repeated (E01), reordered (E02) or as they are."""


class NoFaults:
    """Nothing goes wrong."""

    def before(self, system: str, operation: str, request: Request) -> Damage | None:
        return None

    def after(self, system: str, operation: str, request: Request, committed: bool) -> Damage | None:
        return None

    def feed(self, system: str, stream: str, rows: list[Any]) -> list[Any]:
        return rows
