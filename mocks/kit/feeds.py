"""Streams a system announces its changes on: an outbox written in the transaction, read after it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from mocks.kit.store import Store
from sandbox.core.observe import Announcement
from sandbox.core.wire import canonical


@dataclass(frozen=True, slots=True)
class FeedRow:
    """One announcement: position in its stream, when it happened, when it became visible, and its content."""

    position: int
    t_us: int
    visible_us: int
    content: dict[str, Any]


class Feed:
    """One stream of one system. Rows of a rolled-back transaction never existed."""

    def __init__(self, store: Store, name: str) -> None:
        self._store = store
        self._table = f'"_feed_{name}"'
        self.name = name
        store.db.execute(
            f"CREATE TABLE IF NOT EXISTS {self._table} "
            "(position INTEGER PRIMARY KEY AUTOINCREMENT, t_us INTEGER, visible_us INTEGER, content TEXT)"
        )
        store.db.execute(f'CREATE INDEX IF NOT EXISTS "_feed_{name}.visible" ON {self._table}(visible_us)')

    def append(
        self,
        t_us: int,
        content: dict[str, Any],
        *,
        event_id: str,
        covers: Sequence[tuple[str, str]],
        delay_us: int = 0,
        position: int | None = None,
    ) -> int:
        """Add a row to the running transaction; returns its position. ``content`` is canonical JSON data.

        ``event_id`` is what a consumer can tell repeats by; ``covers`` names (record type, record id) it is about.
        """
        cursor = self._store.write(
            f"INSERT INTO {self._table} (position, t_us, visible_us, content) VALUES (?, ?, ?, ?)",
            (position, t_us, t_us + delay_us, canonical(content).decode()),
        )
        given = cursor.lastrowid or 0
        self._store.announced(Announcement(self.name, given, event_id, tuple(covers)))
        return given

    def read(
        self, *, now_us: int, after_position: int = 0, visible_from_us: int | None = None, limit: int = 2000
    ) -> list[FeedRow]:
        """Visible rows after a position, and visible since an instant if given, in order of position."""
        rows = self._store.read(
            f"SELECT position, t_us, visible_us, content FROM {self._table} "
            "WHERE position > ? AND visible_us <= ? AND visible_us >= ? ORDER BY position LIMIT ?",
            (after_position, now_us, visible_from_us if visible_from_us is not None else -(2**62), limit),
        )
        return [FeedRow(position, t_us, visible, orjson.loads(text)) for position, t_us, visible, text in rows]

    def last_position(self) -> int:
        """The newest position, 0 when the stream is empty."""
        ((position,),) = self._store.read(f"SELECT max(position) FROM {self._table}")
        return int(position or 0)

    def forget_before(self, t_us: int) -> None:
        """Drop rows older than the retention of the stream."""
        self._store.write(f"DELETE FROM {self._table} WHERE t_us < ?", (t_us,))
