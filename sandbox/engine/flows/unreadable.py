"""Events nobody can read: each is given up with its reason, so that the others flow and somebody is told."""

from __future__ import annotations

from sandbox.engine.resilience import Refused
from sandbox.engine.store import NewWork, Work

NAME = "event"


class UnreadableFlow:
    """Unreadable events to dead letters. What they were about, the sweep of their source finds."""

    name = NAME

    async def handle(self, work: Work) -> None:
        """Give up."""
        raise Refused(f"cannot be read: {work.payload['problem']}")


def unreadable(source: str, event_id: str, problem: str) -> NewWork:
    """The work that an unreadable event of a system is."""
    key = f"{source}/{event_id}"
    return NewWork(NAME, key, key, {"problem": problem})
