"""Kill -9 in simulated time: an engine dies at the nth time it reaches a point of the protocol, and starts again.

Points (fault X01): effect done, response sent, before checkpoint, event acknowledged.
"""

from __future__ import annotations

from typing import Protocol

from sandbox.core.clock import SECOND_US
from sandbox.core.ports import Surroundings
from sandbox.drivers.simulated import EFFECT, RESPONSE, SimulatedWire

CHECKPOINT, ACKNOWLEDGED = "before checkpoint", "event acknowledged"
POINTS = (EFFECT, RESPONSE, CHECKPOINT, ACKNOWLEDGED)
# How long the engine is down: assumed.
DOWN_US = 30 * SECOND_US


class Victim(Protocol):
    """An engine that can be killed."""

    @property
    def actor(self) -> str:
        """Its name on the wire."""

    def kill(self, restart_after_us: int) -> None:
        """End every task of it at once; start again later on what its store holds."""


class Assassin:
    """Counts how often an engine passes a point, and kills it at the nth time. ``nth`` None only counts."""

    def __init__(
        self, wire: SimulatedWire, around: Surroundings, victim: Victim, point: str, nth: int | None = None
    ) -> None:
        self._victim = victim
        self._point = point
        self._nth = nth
        self.passed = 0
        if point in (EFFECT, RESPONSE):
            wire.hook = self._on_request
        else:
            around.killed_at = self._on_point

    def _on_request(self, point: str, actor: str, committed: bool) -> bool:
        return point == self._point and committed and actor == self._victim.actor and self._strike()

    def _on_point(self, point: str) -> bool:
        return point == self._point and self._strike()

    def _strike(self) -> bool:
        self.passed += 1
        if self.passed - 1 != self._nth:
            return False
        self._victim.kill(DOWN_US)
        return True
