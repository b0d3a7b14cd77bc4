"""What a system will do by itself later: rows with a due time, never processes, so that a snapshot holds them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import orjson

from mocks.kit.store import Store
from sandbox.core.wire import canonical


@dataclass(frozen=True, slots=True)
class DueJob:
    """A job that is due: its name and arguments."""

    row_id: int
    due_us: int
    job: str
    arguments: dict[str, Any]


class Agenda:
    """The agenda table of one system. Earliest due first, then first added."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.touched = True
        store.db.execute(
            'CREATE TABLE IF NOT EXISTS "_agenda" '
            "(row_id INTEGER PRIMARY KEY AUTOINCREMENT, due_us INTEGER, job TEXT, arguments TEXT)"
        )
        store.db.execute('CREATE INDEX IF NOT EXISTS "_agenda.due" ON "_agenda"(due_us, row_id)')

    def add(self, due_us: int, job: str, **arguments: Any) -> None:
        """Plan a job; it is part of the running transaction."""
        self._store.write(
            'INSERT INTO "_agenda" (due_us, job, arguments) VALUES (?, ?, ?)',
            (due_us, job, canonical(arguments).decode()),
        )
        self.touched = True

    def planned(self, job: str) -> list[DueJob]:
        """Jobs of that name still to run."""
        rows = self._store.read(
            'SELECT row_id, due_us, job, arguments FROM "_agenda" WHERE job = ? ORDER BY due_us, row_id', (job,)
        )
        return [DueJob(row_id, due, name, orjson.loads(text)) for row_id, due, name, text in rows]

    def next_due_us(self) -> int | None:
        """When the next job is due, or None."""
        ((due_us,),) = self._store.read('SELECT min(due_us) FROM "_agenda"')
        return None if due_us is None else int(due_us)

    def take(self, now_us: int) -> DueJob | None:
        """Remove and return the next job due at ``now_us``; part of the running transaction."""
        found = self._store.read(
            'SELECT row_id, due_us, job, arguments FROM "_agenda" WHERE due_us <= ? ORDER BY due_us, row_id LIMIT 1',
            (now_us,),
        )
        if not found:
            return None
        row_id, due_us, job, arguments = found[0]
        self._store.write('DELETE FROM "_agenda" WHERE row_id = ?', (row_id,))
        return DueJob(row_id, due_us, job, orjson.loads(arguments))
