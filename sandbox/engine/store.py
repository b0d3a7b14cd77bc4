"""The engine's memory, on SQLite: what was seen, what is to be done, who is who, what was sent, what failed for good.

Every method is one transaction and async, so that Postgres is possible. Nothing is awaited inside a transaction: no
external call may happen there. A killed engine's store refuses every further call.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import orjson

from sandbox.core.kernel import Killed

# Ids in one query: SQLite takes 32,766 parameters, a page of a feed has far fewer.
_IN_MAX = 1000
_SCHEMA = (
    "CREATE TABLE seen (source TEXT, event_id TEXT, PRIMARY KEY (source, event_id)) WITHOUT ROWID",
    "CREATE TABLE watermark (source TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID",
    """CREATE TABLE work (flow TEXT, lane TEXT, key TEXT, payload TEXT, generation INTEGER, attempts INTEGER,
       due_us INTEGER, since_us INTEGER, tier INTEGER, PRIMARY KEY (flow, lane)) WITHOUT ROWID""",
    "CREATE INDEX work_due ON work (tier, since_us, flow, lane, due_us)",
    """CREATE TABLE xref (kind TEXT, ref TEXT, system TEXT, native TEXT, PRIMARY KEY (kind, ref, system))
       WITHOUT ROWID""",
    "CREATE INDEX xref_native ON xref (system, kind, native)",
    "CREATE TABLE effect (effect_id TEXT PRIMARY KEY, native TEXT) WITHOUT ROWID",
    "CREATE TABLE sent (key TEXT PRIMARY KEY, digest TEXT) WITHOUT ROWID",
    "CREATE TABLE document (kind TEXT, ref TEXT, body TEXT, PRIMARY KEY (kind, ref)) WITHOUT ROWID",
    """CREATE TABLE timecard (entry_id TEXT PRIMARY KEY, engagement TEXT, line TEXT, period TEXT, minutes INTEGER,
       value INTEGER, billable INTEGER, posted INTEGER) WITHOUT ROWID""",
    "CREATE INDEX timecard_line ON timecard (line, period)",
    """CREATE TABLE dead_letter (letter_id TEXT PRIMARY KEY, flow TEXT, key TEXT, reason TEXT, owner TEXT,
       amount TEXT, raised_us INTEGER, due_us INTEGER, payload TEXT, state TEXT, acted TEXT, settled_us INTEGER)
       WITHOUT ROWID""",
)
# How a dead letter stands: nobody has dealt with it; its work is under way again; done after all; given up for good.
OPEN, REPLAYED, RESOLVED, WAIVED = "open", "replayed", "resolved", "waived"


@dataclass(frozen=True, slots=True)
class Work:
    """Something to be done about a key. ``generation`` rises when more came in while it was under way."""

    flow: str
    lane: str
    key: str
    payload: Any
    generation: int
    attempts: int
    since_us: int


@dataclass(frozen=True, slots=True)
class NewWork:
    """Work to be added, or news for work that waits."""

    flow: str
    lane: str
    key: str
    payload: Any = None
    due_us: int = 0
    tier: int = 0
    # News about work that waits already makes it run once more, unless it only says what is known.
    is_news: bool = True


@dataclass(frozen=True, slots=True)
class Timecard:
    """Approved time as the engine accounts for it: ``value`` at 1e-4 of the major unit, 0 when not billable."""

    entry_id: str
    engagement: str
    line: str
    period: str
    minutes: int
    value: int
    billable: bool
    posted: bool


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """Given up, with reason, owner, amount and due date, and all that is needed to try again.

    ``acted`` names the word of its owner that was acted on last; ``settled_us`` is when it was resolved or waived.
    """

    letter_id: str
    flow: str
    key: str
    reason: str
    owner: str
    amount: str
    raised_us: int
    due_us: int
    payload: Any
    state: str = OPEN
    acted: str = ""
    settled_us: int | None = None


_LETTER = (
    "letter_id", "flow", "key", "reason", "owner", "amount", "raised_us", "due_us", "payload", "state", "acted",
    "settled_us",
)  # fmt: skip


class Store:
    """One engine's database."""

    def __init__(self, database: bytes | None = None) -> None:
        self._db = sqlite3.connect(":memory:", isolation_level=None, cached_statements=256, check_same_thread=False)
        self._closed = False
        # Counts the pieces of work that came in: whoever works them off need not look when nothing did.
        self.arrivals = 0
        if database is not None:
            self._db.deserialize(database)
            return
        for statement in _SCHEMA:
            self._db.execute(statement)

    def serialize(self) -> bytes:
        """The database as bytes."""
        return self._db.serialize()

    def close(self) -> None:
        """Refuse everything from now on."""
        self._closed = True

    # -- taking in -----------------------------------------------------------------------------------------------------

    async def unseen(self, source: str, event_ids: Sequence[str]) -> list[str]:
        """Those of the events that were never taken, in order, each once."""
        known = {
            row[0]
            for event_id in event_ids
            for row in self._rows("SELECT event_id FROM seen WHERE source = ? AND event_id = ?", (source, event_id))
        }
        return [event_id for event_id in dict.fromkeys(event_ids) if event_id not in known]

    async def take(
        self, source: str, event_ids: Iterable[str], work: Iterable[NewWork], watermark: str | None, now_us: int
    ) -> None:
        """Remember the events, add the work they mean and move the watermark: all or nothing."""
        ids, items = list(event_ids), list(work)
        if not ids and not items:
            if watermark is not None:
                self._write("INSERT OR REPLACE INTO watermark VALUES (?, ?)", (source, watermark))
            return
        with self._transaction() as db:
            db.executemany("INSERT OR IGNORE INTO seen VALUES (?, ?)", [(source, each) for each in ids])
            for item in items:
                self._put_work(db, item, now_us)
            if watermark is not None:
                db.execute("INSERT OR REPLACE INTO watermark VALUES (?, ?)", (source, watermark))

    async def watermark(self, source: str) -> str | None:
        """How far a source has been read."""
        found = self._rows("SELECT value FROM watermark WHERE source = ?", (source,))
        return found[0][0] if found else None

    # -- work ----------------------------------------------------------------------------------------------------------

    async def add_work(self, item: NewWork, now_us: int) -> None:
        """Add one piece of work."""
        with self._transaction() as db:
            self._put_work(db, item, now_us)

    async def due_work(self, now_us: int, limit: int) -> list[Work]:
        """What is due, most urgent tier first, then longest waiting."""
        rows = self._rows(
            "SELECT flow, lane, key, payload, generation, attempts, since_us FROM work WHERE due_us <= ? "
            "ORDER BY tier, since_us, flow, lane LIMIT ?",
            (now_us, limit),
        )
        return [Work(row[0], row[1], row[2], orjson.loads(row[3]), *row[4:]) for row in rows]

    async def next_due_after(self, now_us: int) -> int | None:
        """When work that is not due yet will be; None when there is none."""
        ((due_us,),) = self._rows("SELECT min(due_us) FROM work WHERE due_us > ?", (now_us,))
        return None if due_us is None else int(due_us)

    async def pending(self, horizon_us: int) -> int:
        """How many pieces of work are due by an instant."""
        ((count,),) = self._rows("SELECT count(*) FROM work WHERE due_us <= ?", (horizon_us,))
        return int(count)

    async def finish_work(self, work: Work, now_us: int | None = None, then: NewWork | None = None) -> bool:
        """Done, unless more came in meanwhile: then it is due again. A dead letter about it is resolved, which is what
        is answered, and ``then`` is to be done."""
        at_us = work.since_us if now_us is None else now_us
        with self._transaction() as db:
            resolved = db.execute(
                "UPDATE dead_letter SET state = ?, settled_us = ? WHERE flow = ? AND key = ? AND state != ?",
                (RESOLVED, at_us, work.flow, work.key, RESOLVED),
            ).rowcount
            gone = db.execute(
                "DELETE FROM work WHERE flow = ? AND lane = ? AND generation = ?",
                (work.flow, work.lane, work.generation),
            )
            if not gone.rowcount:
                db.execute(
                    "UPDATE work SET attempts = 0, due_us = 0 WHERE flow = ? AND lane = ?", (work.flow, work.lane)
                )
            if resolved and then is not None:
                self._put_work(db, then, at_us)
        return bool(resolved)

    async def postpone_work(self, work: Work, due_us: int) -> None:
        """Try again later."""
        self._write(
            "UPDATE work SET attempts = attempts + 1, due_us = ? WHERE flow = ? AND lane = ?",
            (due_us, work.flow, work.lane),
        )

    async def bury_work(self, work: Work, letter: DeadLetter, then: NewWork | None = None) -> None:
        """Give up: the work becomes a dead letter, and ``then`` is to be done.

        Given up again before it was resolved, it keeps the day it was raised and the word that was acted on.
        """
        with self._transaction() as db:
            db.execute(
                "DELETE FROM work WHERE flow = ? AND lane = ? AND generation = ?",
                (work.flow, work.lane, work.generation),
            )
            db.execute(
                "INSERT INTO dead_letter VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL) ON CONFLICT (letter_id) "
                "DO UPDATE SET reason = excluded.reason, owner = excluded.owner, amount = excluded.amount, "
                "due_us = excluded.due_us, payload = excluded.payload, state = excluded.state, settled_us = NULL, "
                f"raised_us = iif(state IN ('{OPEN}', '{REPLAYED}'), raised_us, excluded.raised_us)",
                (
                    letter.letter_id, letter.flow, letter.key, letter.reason, letter.owner, letter.amount,
                    letter.raised_us, letter.due_us, orjson.dumps(letter.payload).decode(), OPEN, "",
                ),
            )  # fmt: skip
            if then is not None:
                self._put_work(db, then, letter.raised_us)

    async def replay_letter(self, letter: DeadLetter, acted: str, again: NewWork, now_us: int) -> None:
        """Try again, because its owner said so; work about it that waits already is enough."""
        with self._transaction() as db:
            db.execute(
                "UPDATE dead_letter SET state = ?, acted = ? WHERE letter_id = ?", (REPLAYED, acted, letter.letter_id)
            )
            self._put_work(db, again, now_us)

    async def waive_letter(self, letter: DeadLetter, acted: str, now_us: int) -> None:
        """Give up for good, because its owner said so."""
        self._write(
            "UPDATE dead_letter SET state = ?, acted = ?, settled_us = ? WHERE letter_id = ?",
            (WAIVED, acted, now_us, letter.letter_id),
        )

    async def letter(self, letter_id: str) -> DeadLetter | None:
        """A dead letter, however it stands."""
        rows = self._rows("SELECT * FROM dead_letter WHERE letter_id = ?", (letter_id,))
        return _letter(rows[0]) if rows else None

    async def dead_letters(self) -> list[DeadLetter]:
        """Dead letters that are not resolved, oldest first."""
        return self.letters()

    def waiting(self) -> int:
        """How much work there is, due or postponed, for whoever is outside the engine."""
        ((count,),) = self._db.execute("SELECT count(*) FROM work").fetchall()
        return int(count)

    def letters(self) -> list[DeadLetter]:
        """The same for whoever is outside the engine, even when it is not running."""
        return [letter for letter in self.all_letters() if letter.state != RESOLVED]

    def all_letters(self) -> list[DeadLetter]:
        """Every dead letter there ever was, oldest first."""
        return [_letter(row) for row in self._db.execute("SELECT * FROM dead_letter ORDER BY raised_us, letter_id")]

    # -- who is who ----------------------------------------------------------------------------------------------------

    async def native(self, kind: str, ref: str, system: str) -> str | None:
        """The native id of a thing in a system."""
        found = self._rows("SELECT native FROM xref WHERE kind = ? AND ref = ? AND system = ?", (kind, ref, system))
        return found[0][0] if found else None

    async def ref(self, system: str, kind: str, native: str) -> str | None:
        """The thing a native id means."""
        found = self._rows("SELECT ref FROM xref WHERE system = ? AND kind = ? AND native = ?", (system, kind, native))
        return found[0][0] if found else None

    async def link(self, kind: str, ref: str, system: str, native: str) -> None:
        """Remember that a thing has this native id in a system."""
        self._write("INSERT OR REPLACE INTO xref VALUES (?, ?, ?, ?)", (kind, ref, system, native))

    # -- effects -------------------------------------------------------------------------------------------------------

    async def begin_effect(self, effect_id: str) -> tuple[bool, str | None]:
        """Announce a create before it is sent. (begun before, native id if it is known to be done)."""
        found = self._rows("SELECT native FROM effect WHERE effect_id = ?", (effect_id,))
        if found:
            return True, found[0][0]
        self._write("INSERT INTO effect VALUES (?, NULL)", (effect_id,))
        return False, None

    async def end_effect(self, effect_id: str, native: str) -> None:
        """The create has arrived."""
        self._write("INSERT OR REPLACE INTO effect VALUES (?, ?)", (effect_id, native))

    async def sent(self, key: str) -> str | None:
        """Digest of what a target was last told about a key."""
        found = self._rows("SELECT digest FROM sent WHERE key = ?", (key,))
        return found[0][0] if found else None

    async def all_sent(self, keys: Sequence[str]) -> dict[str, str]:
        """The same of many keys; those nobody was told about are left out."""
        return {row[0]: row[1] for row in self._rows_of("SELECT key, digest FROM sent WHERE key IN", keys)}

    async def mark_sent(self, digests: dict[str, str]) -> None:
        """Remember what targets were told."""
        with self._transaction() as db:
            db.executemany("INSERT OR REPLACE INTO sent VALUES (?, ?)", list(digests.items()))

    # -- documents and time --------------------------------------------------------------------------------------------

    async def document(self, kind: str, ref: str) -> Any:
        """A document of the engine's own, None when there is none."""
        found = self._rows("SELECT body FROM document WHERE kind = ? AND ref = ?", (kind, ref))
        return orjson.loads(found[0][0]) if found else None

    async def documents(self, kind: str) -> dict[str, Any]:
        """All documents of a kind by ref."""
        rows = self._rows("SELECT ref, body FROM document WHERE kind = ? ORDER BY ref", (kind,))
        return {ref: orjson.loads(body) for ref, body in rows}

    async def put_document(self, kind: str, ref: str, body: Any) -> None:
        """Keep a document."""
        self._write("INSERT OR REPLACE INTO document VALUES (?, ?, ?)", (kind, ref, orjson.dumps(body).decode()))

    async def forget_timecard(self, entry_id: str) -> None:
        """Time whose approval was taken back does not count."""
        self._write("DELETE FROM timecard WHERE entry_id = ?", (entry_id,))

    async def timecard(self, entry_id: str) -> Timecard | None:
        """Approved time by the PSA's id."""
        found = self._rows("SELECT * FROM timecard WHERE entry_id = ?", (entry_id,))
        return Timecard(*found[0]) if found else None

    async def timecards(self, entry_ids: Sequence[str]) -> dict[str, Timecard]:
        """Approved time by the PSA's ids; those not known are left out."""
        rows = self._rows_of("SELECT * FROM timecard WHERE entry_id IN", entry_ids)
        return {row[0]: Timecard(*row) for row in rows}

    async def put_timecard(self, card: Timecard) -> None:
        """Keep approved time."""
        self._write(
            "INSERT OR REPLACE INTO timecard VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (card.entry_id, card.engagement, card.line, card.period, card.minutes, card.value,
             int(card.billable), int(card.posted)),
        )  # fmt: skip

    async def mark_posted(self, entry_id: str) -> None:
        """The ERP has this time."""
        self._write("UPDATE timecard SET posted = 1 WHERE entry_id = ?", (entry_id,))

    async def time_totals(self) -> list[tuple[str, str, int, int]]:
        """(line, posting period, approved minutes, billable value), per line and period in order."""
        rows = self._rows(
            "SELECT line, period, sum(minutes), sum(value) FROM timecard GROUP BY line, period ORDER BY line, period"
        )
        return [(line, period, int(minutes), int(value)) for line, period, minutes, value in rows]

    # -- inside --------------------------------------------------------------------------------------------------------

    def _rows(self, sql: str, arguments: Sequence[Any] = ()) -> list[Any]:
        if self._closed:
            raise Killed
        return self._db.execute(sql, arguments).fetchall()

    def _rows_of(self, sql: str, keys: Sequence[str]) -> Iterator[Any]:
        """Rows of a statement that ends in ``IN``, for any number of keys."""
        for start in range(0, len(keys), _IN_MAX):
            part = tuple(keys[start : start + _IN_MAX])
            yield from self._rows(f"{sql} ({', '.join('?' * len(part))})", part)

    def _write(self, sql: str, arguments: Sequence[Any]) -> None:
        """One statement, which is a transaction of its own."""
        if self._closed:
            raise Killed
        self._db.execute(sql, arguments)

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        if self._closed:
            raise Killed
        self._db.execute("BEGIN")
        try:
            yield self._db
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    def _put_work(self, db: sqlite3.Connection, item: NewWork, now_us: int) -> None:
        due_us = max(item.due_us, now_us)
        self.arrivals += 1
        news = (
            "DO UPDATE SET payload = excluded.payload, generation = generation + 1, "
            "due_us = min(due_us, excluded.due_us), since_us = excluded.since_us"
        )
        db.execute(
            "INSERT INTO work VALUES (?, ?, ?, ?, 0, 0, ?, ?, ?) ON CONFLICT (flow, lane) "
            + (news if item.is_news else "DO NOTHING"),
            (item.flow, item.lane, item.key, orjson.dumps(item.payload).decode(), due_us, now_us, item.tier),
        )


def _letter(row: Sequence[Any]) -> DeadLetter:
    named = dict(zip(_LETTER, row, strict=True))
    return DeadLetter(**{**named, "payload": orjson.loads(named["payload"])})
