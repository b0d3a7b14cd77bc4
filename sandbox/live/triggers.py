"""Triggers: at simulated times the sandbox calls a job of the engine under test, and waits until it has answered."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sandbox.interface import Trigger

Caller = Callable[[str, str, str], None]


class Triggers:
    """The triggers of one interface contract. ``call`` is the driver's: name, address, simulated instant."""

    def __init__(self, triggers: Sequence[Trigger], caller: Caller) -> None:
        self.all = tuple(triggers)
        self._caller = caller

    def due(self, now_us: int) -> tuple[int, list[Trigger]] | None:
        """When the next ones ring after an instant, and which; None without any."""
        if not self.all:
            return None
        times = [(trigger.next_us(now_us), trigger) for trigger in self.all]
        earliest = min(at for at, _ in times)
        return earliest, [trigger for at, trigger in times if at == earliest]

    def call(self, trigger: Trigger, now_iso: str) -> None:
        """Call a job; raises UsageError when nobody answers there or it fails."""
        self._caller(trigger.name, trigger.url, now_iso)


__all__ = ["Caller", "Trigger", "Triggers"]
