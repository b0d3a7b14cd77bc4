"""Streams a system announces its changes on: an outbox written in the transaction, read after it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
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


# Asked of every event: stream, event id, what readers pick it by. How much later than usual it becomes visible.
Late = Callable[[str, str, str], int]


def on_time(stream: str, event_id: str, kind: str) -> int:
    """No event is late."""
    return 0


class Feed:
    """One stream of one system. Rows of a rolled-back transaction never existed."""

    def __init__(self, store: Store, name: str, late: Late = on_time) -> None:
        self._store = store
        self._late = late
        # When the newest row of a stream that is read by position is seen; None: ask the database.
        self._held_us: int | None = None
        # When the row appended last becomes visible.
        self.visible_us = 0
        self._table = f'"_feed_{name}"'
        self.name = name
        store.db.execute(
            f"CREATE TABLE IF NOT EXISTS {self._table} "
            "(position INTEGER PRIMARY KEY AUTOINCREMENT, t_us INTEGER, visible_us INTEGER, kind TEXT, content TEXT)"
        )
        store.db.execute(f'CREATE INDEX IF NOT EXISTS "_feed_{name}.visible" ON {self._table}(visible_us)')
        store.db.execute(f'CREATE INDEX IF NOT EXISTS "_feed_{name}.kind" ON {self._table}(kind, visible_us)')

    def append(
        self,
        t_us: int,
        content: dict[str, Any],
        *,
        event_id: str,
        covers: Sequence[tuple[str, str]],
        kind: str = "",
        delay_us: int = 0,
        position: int | None = None,
    ) -> int:
        """Add a row to the running transaction; returns its position. ``content`` is canonical JSON data.

        ``event_id`` is what a consumer can tell repeats by; ``covers`` names (record type, record id) it is about;
        ``kind`` is what a reader may pick by. A given ``position`` says that the stream is read in its order: what
        comes after a late row waits for it.
        """
        visible_us = t_us + delay_us + self._late(self.name, event_id, kind)
        if position is not None:
            self._held_us = visible_us = max(visible_us, self._newest_visible_us())
        self.visible_us = visible_us
        cursor = self._store.write(
            f"INSERT INTO {self._table} (position, t_us, visible_us, kind, content) VALUES (?, ?, ?, ?, ?)",
            (position, t_us, visible_us, kind, canonical(content).decode()),
        )
        given = cursor.lastrowid or 0
        self._store.announced(Announcement(self.name, given, event_id, tuple(covers)))
        return given

    def after(self, position: int, *, now_us: int, since_us: int = -(2**62), limit: int = 2000) -> list[FeedRow]:
        """Rows after a position that became visible by now and not before ``since_us``, in order of position."""
        where = "position > ? AND visible_us <= ? AND visible_us >= ? ORDER BY position LIMIT ?"
        return self._rows(where, (position, now_us, since_us, limit))

    def between(self, from_us: int, until_us: int, *, kinds: Collection[str] = (), limit: int = 2000) -> list[FeedRow]:
        """Rows, of some kinds or of all, that became visible within a span of time, ends included, as they did."""
        picked = f"kind IN ({', '.join('?' * len(kinds))}) AND " if kinds else ""
        where = f"{picked}visible_us BETWEEN ? AND ? ORDER BY visible_us, position LIMIT ?"
        return self._rows(where, (*kinds, from_us, until_us, limit))

    def _rows(self, where: str, arguments: tuple[Any, ...]) -> list[FeedRow]:
        rows = self._store.read(
            f"SELECT position, t_us, visible_us, content FROM {self._table} WHERE {where}", arguments
        )
        return [FeedRow(position, t_us, visible, orjson.loads(text)) for position, t_us, visible, text in rows]

    def last_position(self) -> int:
        """The newest position, 0 when the stream is empty."""
        ((position,),) = self._store.read(f"SELECT max(position) FROM {self._table}")
        return int(position or 0)

    def reload(self) -> None:
        """The database is another one: what was known of it is asked again."""
        self._held_us = None

    def _newest_visible_us(self) -> int:
        if self._held_us is None:
            ((newest,),) = self._store.read(f"SELECT max(visible_us) FROM {self._table}")
            self._held_us = -(2**62) if newest is None else int(newest)
        return self._held_us

    def forget_before(self, t_us: int) -> None:
        """Drop rows older than the retention of the stream."""
        self._store.write(f"DELETE FROM {self._table} WHERE t_us < ?", (t_us,))
