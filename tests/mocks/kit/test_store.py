"""The store keeps transactions whole; each SQLite trap of dependencies.md section 11 is shown here."""

from __future__ import annotations

import sqlite3

import pytest

from mocks.kit.agenda import Agenda
from mocks.kit.records import Field, RecordType
from mocks.kit.store import Clash, QueryTooLong, Store
from sandbox.core.errors import HarnessError
from sandbox.core.ids import numeric_id

THING = RecordType(
    "thing",
    (
        Field("name"),
        Field("code", external_id=True),
        Field("amount", "money"),
        Field("parent", "reference", refers_to="thing"),
    ),
)


def make_store() -> Store:
    clock = iter(range(10**6))
    return Store([THING], lambda record_type, label: numeric_id(record_type.name, label), lambda: next(clock))


@pytest.fixture
def store() -> Store:
    return make_store()


def test_the_same_content_twice_gets_two_ids_that_depend_on_the_content_alone(store: Store) -> None:
    first = store.insert("thing", {"name": "a"})
    second = store.insert("thing", {"name": "a"})
    other = make_store()
    other.insert("thing", {"name": "b"})
    assert other.insert("thing", {"name": "a"})["id"] == first["id"] != second["id"]


def test_a_rolled_back_transaction_leaves_no_row_and_no_change(store: Store) -> None:
    store.insert("thing", {"name": "a"})
    assert store.rollback()
    assert store.find("thing") == []
    assert store.commit() == ((), ())


def test_a_failed_item_of_a_batch_is_undone_alone(store: Store) -> None:
    store.insert("thing", {"name": "a"})
    with pytest.raises(Clash, match="taken"), store.savepoint():
        store.insert("thing", {"name": "b", "code": "1"})
        store.insert("thing", {"name": "c", "code": "1"})
    changes, _ = store.commit()
    assert [change.after["name"] for change in changes if change.after] == ["a"]


def test_a_unique_value_is_free_again_after_its_record_is_deleted(store: Store) -> None:
    first = store.insert("thing", {"code": "1"})
    store.delete("thing", first["id"])
    assert store.insert("thing", {"code": "1"})["id"] != first["id"]


def test_an_update_reports_the_row_before_and_after(store: Store) -> None:
    row = store.insert("thing", {"name": "a", "amount": 10})
    store.update("thing", row["id"], {"amount": 20})
    change = store.commit()[0][-1]
    assert change.before is not None
    assert change.after is not None
    assert (change.before["amount"], change.after["amount"]) == (10, 20)
    assert change.after["_version"] == 2


def test_an_unknown_field_is_a_bug_of_ours(store: Store) -> None:
    row = store.insert("thing", {"name": "a"})
    with pytest.raises(HarnessError, match="no field"):
        store.update("thing", row["id"], {"nmae": "b"})
    with pytest.raises(HarnessError, match="no field"):
        store.find("thing", {"nmae": "b"})


def test_a_snapshot_inside_a_transaction_is_refused(store: Store) -> None:
    store.insert("thing", {"name": "a"})
    with pytest.raises(HarnessError, match="uncommitted"):
        store.serialize()


def test_a_snapshot_brings_back_rows_and_counters(store: Store) -> None:
    row = store.insert("thing", {"name": "a"})
    store.commit()
    other = make_store()
    other.deserialize(store.serialize())
    assert other.get("thing", row["id"]) == row


def test_a_commit_that_fails_leaves_nothing_and_reports_nothing(store: Store) -> None:
    # A deferred foreign key fails only at COMMIT: recording before it would leave a phantom.
    store.db.execute("CREATE TABLE child (parent TEXT REFERENCES thing(id) DEFERRABLE INITIALLY DEFERRED)")
    store.insert("thing", {"name": "a"})
    store.db.execute("INSERT INTO child VALUES ('nobody')")
    with pytest.raises(HarnessError, match="COMMIT failed"):
        store.commit()
    assert store.changes == []
    assert store.find("thing") == []


def test_no_code_of_ours_uses_executescript_which_commits_silently() -> None:
    db = sqlite3.connect(":memory:", isolation_level=None)
    db.execute("CREATE TABLE t (x)")
    db.execute("BEGIN")
    db.execute("INSERT INTO t VALUES (1)")
    db.executescript("SELECT 1;")
    assert not db.in_transaction, "the trap is gone: this guard may be dropped"


def test_reads_are_fetched_whole_because_a_cursor_survives_rollback(store: Store) -> None:
    for number in range(5):
        store.insert("thing", {"name": str(number)})
    rows = store.find("thing")
    store.rollback()
    assert len(rows) == 5


def test_a_users_query_may_not_write(store: Store) -> None:
    with pytest.raises(sqlite3.DatabaseError, match="not authorized"):
        store.select_for_user("DELETE FROM thing")


def test_a_users_query_is_stopped_after_a_bounded_number_of_steps(store: Store) -> None:
    endless = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n"
    with pytest.raises(QueryTooLong):
        store.select_for_user(endless)


def test_after_a_users_query_the_system_writes_again(store: Store) -> None:
    store.select_for_user("SELECT count(*) AS n FROM thing")
    assert store.insert("thing", {"name": "a"})["name"] == "a"


def test_ids_do_not_come_from_counting_rows(store: Store) -> None:
    counted: list[str] = []
    store.db.set_trace_callback(lambda statement: counted.append(statement) if "count(" in statement.lower() else None)
    store.insert("thing", {"name": "a"})
    store.db.set_trace_callback(None)
    assert counted == []


def test_due_jobs_come_earliest_first_and_belong_to_their_transaction() -> None:
    store = make_store()
    agenda = Agenda(store)
    agenda.add(20, "late")
    agenda.add(10, "first", n=1)
    agenda.add(10, "second")
    taken = [agenda.take(15), agenda.take(15), agenda.take(15)]
    assert [due.job if due else None for due in taken] == ["first", "second", None]
    assert agenda.next_due_us() == 20
    store.rollback()
    assert agenda.next_due_us() is None
