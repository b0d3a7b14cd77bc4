"""What a mock reports of itself: committed raw changes, to an observer that is handed in.

A mock knows nothing of keys, flows or checks; the recorder behind the observer resolves them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Change:
    """One record before and after, as full rows; ``op`` is create, update or delete."""

    record_type: str
    record_id: str
    op: str
    before: Row | None
    after: Row | None


@dataclass(frozen=True, slots=True)
class Announcement:
    """One event a transaction put on a stream: position, the id a consumer sees, and which records it is about."""

    stream: str
    position: int
    event_id: str
    covers: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Commit:
    """What one transaction of one system changed and announced, in order. ``tx`` counts its commits from 1."""

    system: str
    tx: int
    t_us: int
    changes: tuple[Change, ...]
    announcements: tuple[Announcement, ...] = ()


@dataclass(frozen=True, slots=True)
class Delivery:
    """One page of a stream as it was handed out. Cursors are the stream's own, as text."""

    system: str
    stream: str
    event_ids: tuple[str, ...]
    cursor_in: str
    cursor_out: str


class CommitObserver(Protocol):
    """Told after every COMMIT, under the lock that held it. Must not fail: a failure is a harness error."""

    def committed(self, commit: Commit) -> int:
        """Record the commit; returns its sequence number, which the system keeps as ``last_seq``."""

    def aborted(self, system: str, tx: int) -> None:
        """A business transaction rolled back; nothing of it may appear in the record."""

    def delivered(self, delivery: Delivery) -> None:
        """A page of a stream is part of the answer that is being made."""


class Unobserved:
    """An observer for a mock used alone."""

    def __init__(self) -> None:
        self._seq = 0

    def committed(self, commit: Commit) -> int:
        self._seq += 1
        return self._seq

    def aborted(self, system: str, tx: int) -> None:
        return None

    def delivered(self, delivery: Delivery) -> None:
        return None
