"""A user's query may read and nothing else: whatever was asked before it, and however often it is asked."""

from __future__ import annotations

import sqlite3

import pytest

from mocks.kit.records import Field, RecordType
from mocks.kit.store import QueryTooLong, Store
from sandbox.core.errors import HarnessError

CARD = RecordType("card", (Field("code", external_id=True),))
COUNT = "SELECT count(*) AS n FROM card"
WRITES = [
    "DELETE FROM card",
    "UPDATE card SET code = 'x'",
    "INSERT INTO card (id) VALUES ('9')",
    "INSERT INTO card (id) VALUES ('9') RETURNING id",
    "DROP TABLE card",
    "CREATE TABLE theirs (x)",
    "CREATE TEMP TABLE theirs AS SELECT * FROM card",
    "ALTER TABLE card ADD COLUMN theirs TEXT",
    "PRAGMA foreign_keys = OFF",
    "ATTACH ':memory:' AS theirs",
    "BEGIN",
    "SAVEPOINT theirs",
    "REINDEX",
    "VACUUM",
    "WITH gone AS (SELECT id FROM card) DELETE FROM card WHERE id IN (SELECT id FROM gone)",
    "EXPLAIN DELETE FROM card",
]


@pytest.fixture
def store() -> Store:
    made = Store([CARD], lambda record_type, label: label, lambda: 0)
    made.insert("card", {"id": "1", "code": "a"})
    made.commit()
    return made


def refused(store: Store, sql: str) -> None:
    with pytest.raises(sqlite3.DatabaseError, match=r"not authorized|authorization denied|prohibited"):
        store.select_for_user(sql)


@pytest.mark.parametrize("sql", WRITES)
def test_a_text_that_would_write_is_refused_every_time_also_after_a_proven_read(store: Store, sql: str) -> None:
    refused(store, sql)
    refused(store, sql)
    for _ in range(2):
        assert store.select_for_user(COUNT) == [{"n": 1}]
    refused(store, sql)
    assert store.select("SELECT id, code FROM card") == [{"id": "1", "code": "a"}]
    assert not store.db.in_transaction


def test_a_text_of_our_own_that_is_kept_prepared_is_refused_to_a_user(store: Store) -> None:
    # The connection remembers prepared statements by text: the remembered one must be looked at as well.
    ours = "DELETE FROM card"
    store.write(ours)
    store.rollback()
    refused(store, ours)
    store.write(ours)
    store.rollback()
    store.select_for_user(COUNT)
    refused(store, ours)
    assert store.select_for_user(COUNT) == [{"n": 1}]


def test_a_second_statement_behind_a_read_is_refused(store: Store) -> None:
    with pytest.raises((sqlite3.Error, sqlite3.Warning), match="one statement at a time"):
        store.select_for_user(f"{COUNT}; DELETE FROM card")
    assert store.select_for_user(COUNT) == [{"n": 1}]


def test_the_system_writes_again_after_a_refused_and_after_a_broken_query(store: Store) -> None:
    refused(store, "DELETE FROM card")
    store.insert("card", {"id": "2", "code": "b"})
    with pytest.raises(sqlite3.OperationalError, match="no such column: cod"):
        store.select_for_user("SELECT cod FROM card")
    store.insert("card", {"id": "3", "code": "c"})
    store.commit()
    assert store.select_for_user(COUNT) == [{"n": 3}]


def test_a_proven_read_sees_what_has_been_written_since(store: Store) -> None:
    store.select_for_user(COUNT)
    store.insert("card", {"id": "2", "code": "b"})
    assert store.select_for_user(COUNT) == [{"n": 2}]
    store.rollback()
    assert store.select_for_user(COUNT) == [{"n": 1}]


def test_values_are_bound_and_never_part_of_the_text(store: Store) -> None:
    sql = "SELECT id FROM card WHERE code = ?"
    assert store.select_for_user(sql, ["a"]) == [{"id": "1"}]
    assert store.select_for_user(sql, ["a' OR '1' = '1"]) == []


def test_a_proven_read_is_bounded_in_steps_like_the_first(store: Store) -> None:
    endless = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < ?) SELECT count(*) AS n FROM n"
    assert store.select_for_user(endless, [10]) == [{"n": 10}]
    with pytest.raises(QueryTooLong) as caught:
        store.select_for_user(endless, [10**9])
    assert caught.value.code == "query_too_long"
    # Nothing of the limit stays behind for our own statements.
    assert store.select(endless, [50_000]) == [{"n": 50_000}]
    assert store.select_for_user(endless, [10]) == [{"n": 10}]


def test_a_text_proven_on_one_database_is_proven_anew_on_the_restored_one(store: Store) -> None:
    store.select_for_user(COUNT)
    store.deserialize(store.serialize())
    refused(store, "DELETE FROM card")
    assert store.select_for_user(COUNT) == [{"n": 1}]


def test_a_read_is_fetched_whole_because_an_open_cursor_survives_a_rollback(store: Store) -> None:
    for number in range(2, 6):
        store.insert("card", {"id": str(number), "code": str(number)})
    found, selected = store.read("SELECT id FROM card"), store.select_for_user("SELECT id FROM card")
    store.rollback()
    assert (len(found), len(selected)) == (5, 5)
    assert store.read("SELECT id FROM card") == [("1",)]


def test_a_snapshot_inside_a_transaction_would_hold_rows_that_may_never_be(store: Store) -> None:
    store.insert("card", {"id": "2", "code": "half done"})
    with pytest.raises(HarnessError, match="a snapshot inside a transaction would hold uncommitted rows"):
        store.serialize()
    # The trap itself: SQLite says nothing.
    naive = sqlite3.connect(":memory:")
    naive.deserialize(store.db.serialize())
    assert naive.execute("SELECT count(*) FROM card").fetchone() == (2,)
    naive.close()
    store.rollback()
    assert len(store.serialize()) > 0
