"""How rows lead to other rows: what ``include`` side-loads, and the ids it adds to what is shown.

Belongs-to ids are always sent; has-many ids and side-loaded rows only with ``include`` (psa-kantata.md section 2).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mocks.kit.records import RecordType
from mocks.kit.store import Store
from mocks.psa import records
from mocks.psa.query import in_list
from sandbox.core.observe import Row

ShownRows = Mapping[str, dict[str, Any]]

_SELECT = {
    each.name: "SELECT {} FROM {} WHERE ".format(", ".join(f'"{name}"' for name in each.columns), each.name)
    for each in records.ALL
}


def rows_where(store: Store, record_type: RecordType, sql: str, values: Sequence[Any]) -> list[Row]:
    """Rows of a condition, in SQL over the columns of the type."""
    columns = record_type.columns
    found = store.read(_SELECT[record_type.name] + sql, values)
    return [dict(zip(columns, row, strict=True)) for row in found]


def row_of(store: Store, record_type: RecordType, record_id: str) -> Row | None:
    """A live row by id."""
    found = rows_where(store, record_type, "id = ? AND _deleted = 0", (record_id,))
    return found[0] if found else None


def by_ids(store: Store, record_type: RecordType, ids: Iterable[str | None]) -> list[Row]:
    """The live rows of some ids, each once."""
    wanted = list(dict.fromkeys(each for each in ids if each is not None))
    if not wanted:
        return []
    condition, values = in_list("id", wanted)
    return rows_where(store, record_type, f"{condition} AND _deleted = 0 ORDER BY id", values)


@dataclass(frozen=True, slots=True)
class BelongsTo:
    """The row a column points to."""

    record_type: RecordType
    column: str

    def load(self, store: Store, rows: list[Row], shown: ShownRows) -> list[Row]:
        """The rows pointed to."""
        return by_ids(store, self.record_type, (row[self.column] for row in rows))


@dataclass(frozen=True, slots=True)
class HasMany:
    """The rows that point back, their ids listed under ``ids_name``; ``extra`` is a further condition."""

    record_type: RecordType
    column: str
    ids_name: str
    extra: str = ""

    def load(self, store: Store, rows: list[Row], shown: ShownRows) -> list[Row]:
        """The rows pointing back; writes their ids into what is shown."""
        condition, values = in_list(self.column, [row["id"] for row in rows])
        found = rows_where(store, self.record_type, f"{condition}{self.extra} AND _deleted = 0 ORDER BY id", values)
        for row in rows:
            shown[row["id"]][self.ids_name] = []
        for each in found:
            shown[each[self.column]][self.ids_name].append(each["id"])
        return found


@dataclass(frozen=True, slots=True)
class HasOne:
    """The one row that points back, its id under ``id_name``."""

    record_type: RecordType
    column: str
    id_name: str

    def load(self, store: Store, rows: list[Row], shown: ShownRows) -> list[Row]:
        """The rows pointing back; writes their ids into what is shown."""
        condition, values = in_list(self.column, [row["id"] for row in rows])
        found = rows_where(store, self.record_type, f"{condition} AND _deleted = 0 ORDER BY id", values)
        for each in found:
            shown[each[self.column]][self.id_name] = each["id"]
        return found


@dataclass(frozen=True, slots=True)
class Listed:
    """The rows that a function of store and row names."""

    record_type: RecordType
    ids_name: str
    ids: Callable[[Store, Row], list[str]]

    def load(self, store: Store, rows: list[Row], shown: ShownRows) -> list[Row]:
        """The rows named; writes their ids into what is shown."""
        wanted: list[str] = []
        for row in rows:
            listed = self.ids(store, row)
            shown[row["id"]][self.ids_name] = listed
            wanted += listed
        return by_ids(store, self.record_type, wanted)


Association = BelongsTo | HasMany | HasOne | Listed
