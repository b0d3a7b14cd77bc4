"""The rows of one system in one SQLite database, with the changes of the running transaction kept in order.

One connection, one transaction at a time, opened by the first write (a request that only reads costs no BEGIN and no
COMMIT), cursors always read to the end (an open cursor survives ROLLBACK), and no ``executescript`` (it commits
silently).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from mocks.kit.records import RecordType
from sandbox.core.errors import HarnessError, SandboxError
from sandbox.core.observe import Announcement, Change, Row
from sandbox.core.wire import canonical

IdMaker = Callable[[RecordType, str], str]

# A query of a user's own may read; anything else is refused.
_READING = {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_RECURSIVE}
_STEPS_PER_CALL = 10_000
_CALLS_MAX = 2_000
_PROVEN_MAX = 2_000


class Clash(SandboxError):
    """A unique field already has that value. ``existing`` is the id of the record that holds it."""

    def __init__(self, record_type: str, field: str, value: object, existing: str) -> None:
        super().__init__(f"{record_type}.{field} {value!r} is taken by {existing}", code="clash")
        self.record_type = record_type
        self.field = field
        self.value = value
        self.existing = existing


class QueryTooLong(SandboxError):
    """A user's query took more steps than allowed."""


class Store:
    """Row store. ``now_us`` stamps rows; ``make_id`` turns (record type, label) into an id in the vendor's shape."""

    def __init__(self, record_types: Iterable[RecordType], make_id: IdMaker, now_us: Callable[[], int]) -> None:
        self.types: dict[str, RecordType] = {each.name: each for each in record_types}
        self._make_id = make_id
        self._now_us = now_us
        self._changes: list[Change] = []
        self._announcements: list[Announcement] = []
        self._statements: dict[tuple[str, ...], str] = {}
        self._proven: set[str] = set()
        self.creator = "sandbox"
        self.db = _connect()
        for record_type in self.types.values():
            for statement in record_type.ddl():
                self.db.execute(statement)

    # -- transactions ---------------------------------------------------------------------------------------------

    def write(self, sql: str, arguments: Sequence[Any] = ()) -> sqlite3.Cursor:
        """A writing statement, in the running transaction; opens it when it is the first."""
        if not self.db.in_transaction:
            self.db.execute("BEGIN")
        return self.db.execute(sql, arguments)

    def read(self, sql: str, arguments: Sequence[Any] | Mapping[str, Any] = ()) -> list[Any]:
        """Tuples of a reading statement, fetched whole."""
        return self.db.execute(sql, arguments).fetchall()

    def commit(self) -> tuple[tuple[Change, ...], tuple[Announcement, ...]]:
        """COMMIT; returns what changed and what was announced. Rolls back and raises HarnessError when COMMIT fails."""
        if self.db.in_transaction:
            try:
                self.db.execute("COMMIT")
            except sqlite3.Error as failed:
                self.rollback()
                raise HarnessError(f"COMMIT failed: {failed}") from failed
        done = tuple(self._changes), tuple(self._announcements)
        self._changes, self._announcements = [], []
        return done

    def rollback(self) -> bool:
        """ROLLBACK; True when something had been changed."""
        had_changes = bool(self._changes)
        self._changes, self._announcements = [], []
        if self.db.in_transaction:
            self.db.execute("ROLLBACK")
        return had_changes

    @property
    def changes(self) -> list[Change]:
        """Changes of the running transaction, in order."""
        return self._changes

    def announced(self, announcement: Announcement) -> None:
        """Something is put on a stream by the running transaction."""
        self._announcements.append(announcement)

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """One item of a batch: undone alone when the block raises."""
        marks = len(self._changes), len(self._announcements)
        self.write("SAVEPOINT item")
        try:
            yield
        except BaseException:
            del self._changes[marks[0] :], self._announcements[marks[1] :]
            self.db.execute("ROLLBACK TO item")
            self.db.execute("RELEASE item")
            raise
        self.db.execute("RELEASE item")

    # -- rows -----------------------------------------------------------------------------------------------------

    def insert(self, type_name: str, values: Mapping[str, Any], label: str | None = None) -> Row:
        """Add a row; missing fields take their default. Raises Clash on a unique field.

        The id derives from ``label``, or from the row's content: the same content again gets the next id.
        """
        record_type = self.types[type_name]
        now = self._now_us()
        row: Row = {
            **record_type.blank,
            **values,
            "_created_us": now,
            "_modified_us": now,
            "_version": 1,
            "_deleted": 0,
            "_creator": self.creator,
        }
        if len(row) != len(record_type.columns):
            raise HarnessError(f"{type_name} has no field {sorted(row.keys() - record_type.blank.keys())}")
        self._insert(record_type, row, label, values)
        self._changes.append(Change(type_name, row[record_type.key], "create", None, row))
        return row

    def update(self, type_name: str, record_id: str, values: Mapping[str, Any], before: Row | None = None) -> Row:
        """Write some fields of a live row; returns it. Raises KeyError when there is none, Clash on a unique field.

        ``before`` is the row as it is now, for a caller who has just read it.
        """
        before = before or self.get(type_name, record_id)
        if before is None:
            raise KeyError(f"{type_name} {record_id}")
        after = {**before, **values, "_modified_us": self._now_us(), "_version": before["_version"] + 1}
        if after.keys() != before.keys():
            raise HarnessError(f"{type_name} has no field {sorted(after.keys() - before.keys())}")
        record_type = self.types[type_name]
        names = [*values, "_modified_us", "_version"]
        key = ("update", type_name, *names)
        statement = self._statement(*key) or self._remember(key, _update_sql(record_type, names))
        try:
            self.write(statement, [*[after[name] for name in names], record_id])
        except sqlite3.IntegrityError as refused:
            self._raise_clash(record_type, after, record_id)
            raise HarnessError(f"{type_name}: {refused}") from refused
        self._changes.append(Change(type_name, record_id, "update", before, after))
        return after

    def delete(self, type_name: str, record_id: str) -> None:
        """Mark a row deleted; raises KeyError when there is no live one."""
        before = self.get(type_name, record_id)
        if before is None:
            raise KeyError(f"{type_name} {record_id}")
        key = self.types[type_name].key
        self.write(
            f'UPDATE "{type_name}" SET "_deleted" = 1, "_modified_us" = ?, "_version" = "_version" + 1 '
            f'WHERE "{key}" = ?',
            [self._now_us(), record_id],
        )
        self._changes.append(Change(type_name, record_id, "delete", before, None))

    def get(self, type_name: str, record_id: str, *, deleted: bool = False) -> Row | None:
        """A row by id; deleted ones only on request."""
        key = self.types[type_name].key
        rows = self.find(type_name, {key: record_id}, deleted=deleted)
        return rows[0] if rows else None

    def find(
        self,
        type_name: str,
        equal: Mapping[str, Any] | None = None,
        *,
        order: str = "",
        limit: int | None = None,
        deleted: bool = False,
    ) -> list[Row]:
        """Rows whose fields equal the given values; ``order`` is SQL over column names of this type."""
        record_type = self.types[type_name]
        equal = equal or {}
        blanks = tuple(name for name, value in equal.items() if value is None)
        key = ("find", type_name, *equal, "/", *blanks, order, str(deleted), str(limit is None))
        statement = self._statement(*key) or self._remember(
            key, self._find_sql(record_type, equal, order, limit, deleted)
        )
        arguments: list[Any] = [value for value in equal.values() if value is not None]
        if limit is not None:
            arguments.append(limit)
        columns = record_type.columns
        return [dict(zip(columns, row, strict=True)) for row in self.db.execute(statement, arguments).fetchall()]

    def one(self, type_name: str, equal: Mapping[str, Any]) -> Row | None:
        """The first row (by id) with these values."""
        rows = self.find(type_name, equal, limit=1)
        return rows[0] if rows else None

    def select(self, sql: str, arguments: Sequence[Any] | Mapping[str, Any] = ()) -> list[Row]:
        """Rows of a statement of our own."""
        cursor = self.db.execute(sql, arguments)
        names = [each[0] for each in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def select_for_user(self, sql: str, arguments: Sequence[Any] = ()) -> list[Row]:
        """Rows of a statement translated from a user's query: reading only, bounded in steps.

        The first run of a text goes through an authorizer, which proves that it only reads. Later runs leave it alone:
        setting one makes SQLite prepare every statement of the connection again. Raises QueryTooLong, or sqlite3.Error
        when the statement does not hold.
        """
        proven = sql in self._proven
        calls = 0

        def over_limit() -> int:
            nonlocal calls
            calls += 1
            return int(calls > _CALLS_MAX)

        if not proven:
            self.db.set_authorizer(_only_reading)
        self.db.set_progress_handler(over_limit, _STEPS_PER_CALL)
        try:
            rows = self.select(sql, arguments)
            self._prove(sql)
            return rows
        except sqlite3.OperationalError as stopped:
            if calls > _CALLS_MAX:
                raise QueryTooLong("the query takes too many steps", code="query_too_long") from stopped
            raise
        finally:
            if not proven:
                self.db.set_authorizer(None)
            self.db.set_progress_handler(None, 0)

    def dump(self) -> dict[str, dict[str, Row]]:
        """Every live row by record type and id."""
        return {
            name: {row[record_type.key]: row for row in self.find(name, order=f'"{record_type.key}"')}
            for name, record_type in self.types.items()
        }

    def serialize(self) -> bytes:
        """The database as bytes; raises HarnessError inside a transaction (it would hold uncommitted rows)."""
        if self.db.in_transaction:
            # serialize() would include uncommitted rows without a word.
            raise HarnessError("a snapshot inside a transaction would hold uncommitted rows")
        return self.db.serialize()

    def deserialize(self, data: bytes) -> None:
        """Replace everything by a serialized database."""
        self.db.close()
        self.db = _connect()
        self.db.deserialize(data)
        self._changes = []
        self._proven.clear()

    # -- inside ---------------------------------------------------------------------------------------------------

    def _find_sql(
        self, record_type: RecordType, equal: Mapping[str, Any], order: str, limit: int | None, deleted: bool
    ) -> str:
        unknown = [name for name in equal if name not in record_type.columns]
        if unknown:
            raise HarnessError(f"{record_type.name} has no field {unknown}")
        # ``IS ?`` would be right for both, but cannot use a partial index.
        terms = [f'"{name}" IS NULL' if value is None else f'"{name}" = ?' for name, value in equal.items()]
        if not deleted:
            terms.append('"_deleted" = 0')
        where = f" WHERE {' AND '.join(terms)}" if terms else ""
        tail = f" ORDER BY {order}" if order else f' ORDER BY "{record_type.key}"'
        columns = ", ".join(_quoted(record_type.columns))
        return f'SELECT {columns} FROM "{record_type.name}"{where}{tail}{"" if limit is None else " LIMIT ?"}'

    def _prove(self, sql: str) -> None:
        if len(self._proven) >= _PROVEN_MAX:
            self._proven.clear()
        self._proven.add(sql)

    def _statement(self, *key: str) -> str | None:
        return self._statements.get(key)

    def _remember(self, key: tuple[str, ...], sql: str) -> str:
        self._statements[key] = sql
        return sql

    def _insert(self, record_type: RecordType, row: Row, label: str | None, values: Mapping[str, Any]) -> None:
        key = record_type.key
        statement = self._statement("insert", record_type.name) or self._remember(
            ("insert", record_type.name), _insert_sql(record_type)
        )
        given = values.get(key)
        base = given or label or canonical(dict(values)).decode()
        row[key] = given or self._make_id(record_type, f"{base}#0")
        try:
            self.write(statement, tuple(row.values()))
        except sqlite3.IntegrityError as refused:
            # The common case needs no look-up: only a refusal asks who holds the value.
            self._raise_clash(record_type, row, None)
            if given:
                raise Clash(record_type.name, key, given, given) from refused
            row[key] = self._first_free_id(record_type, base)
            self.write(statement, tuple(row.values()))

    def _first_free_id(self, record_type: RecordType, base: str) -> str:
        """The id of the first number nobody has under a label. Numbers are given in order and never given back, so it
        is found by doubling and halving: a thousand equal records cost no more than ten looks each."""
        table = f'SELECT 1 FROM "{record_type.name}" WHERE "{record_type.key}" = ?'

        def identity(number: int) -> str:
            return self._make_id(record_type, f"{base}#{number}")

        taken, free = 0, 1
        while self.read(table, (identity(free),)):
            taken, free = free, 2 * free
        while free - taken > 1:
            middle = (taken + free) // 2
            if self.read(table, (identity(middle),)):
                taken = middle
            else:
                free = middle
        return identity(free)

    def _raise_clash(self, record_type: RecordType, row: Row, own_id: str | None) -> None:
        for each in record_type.fields:
            if not (each.unique or each.external_id) or row[each.name] is None:
                continue
            holder = self.one(record_type.name, {each.name: row[each.name]})
            if holder is not None and holder[record_type.key] != own_id:
                raise Clash(record_type.name, each.name, row[each.name], holder[record_type.key])


def _insert_sql(record_type: RecordType) -> str:
    columns = record_type.columns
    names = ", ".join(_quoted(columns))
    return f'INSERT INTO "{record_type.name}" ({names}) VALUES ({", ".join("?" * len(columns))})'


def _update_sql(record_type: RecordType, names: Sequence[str]) -> str:
    settings = ", ".join(f'"{name}" = ?' for name in names)
    return f'UPDATE "{record_type.name}" SET {settings} WHERE "{record_type.key}" = ?'


def _only_reading(action: int, *_: object) -> int:
    return sqlite3.SQLITE_OK if action in _READING else sqlite3.SQLITE_DENY


def _connect() -> sqlite3.Connection:
    db = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False, cached_statements=512)
    db.execute("PRAGMA foreign_keys = ON")
    db.execute("PRAGMA temp_store = MEMORY")
    return db


def _quoted(names: Iterable[str]) -> list[str]:
    return [f'"{name}"' for name in names]
