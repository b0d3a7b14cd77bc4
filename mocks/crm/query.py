"""A query at work: its rows, further pages from a snapshot of ids, and both as nested records of the wire."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any

from mocks.crm import errors
from mocks.crm.objects import url
from mocks.crm.organisation import Org
from mocks.crm.query_literals import Binding
from mocks.crm.query_plan import Node, Plan, plan_of
from mocks.crm.soql_grammar import Unparsable, complaint, split
from mocks.crm.values import Renderer
from mocks.kit.store import QueryTooLong, Store
from sandbox.core.observe import Row


class Query:
    """A query as one client asked it: its plan and its literals."""

    def __init__(self, text: str, org: Org, now_us: int) -> None:
        shape, literals = split(text)
        try:
            self.plan = plan_of(shape)
        except Unparsable:
            raise errors.malformed_query(complaint(text)) from None
        self._arguments, self._limit, self._offset = self.plan.bound(Binding(literals, org, now_us))

    def count(self, store: Store) -> int:
        """How many rows ``COUNT()`` finds."""
        inner = f"SELECT 1 {self.plan.where} LIMIT ? OFFSET ?"
        rows = self._select(store, f"SELECT count(*) AS c FROM ({inner})", self._limit)
        return int(rows[0]["c"])

    def rows(self, store: Store, at_most: int) -> list[Row]:
        """The first rows, at most so many."""
        sql = f"SELECT {self.plan.columns} {self.plan.where} {self.plan.order} LIMIT ? OFFSET ?"
        return self._select(store, sql, min(at_most, self._limit))

    def ids(self, store: Store) -> list[str]:
        """Ids of all rows in order: the snapshot that further pages are read from."""
        sql = f'SELECT t0."Id" AS c {self.plan.where} {self.plan.order} LIMIT ? OFFSET ?'
        return [str(row["c"]) for row in self._select(store, sql, self._limit)]

    def rows_of(self, store: Store, ids: Sequence[str]) -> list[Row]:
        """Fresh rows of these ids in their order; what has been deleted since is left out."""
        marks = ", ".join("?" * len(ids))
        sql = f'SELECT {self.plan.columns} FROM {self.plan.tables} WHERE t0."_deleted" = 0 AND t0."Id" IN ({marks})'
        found = {row[self.plan.node.id_key]: row for row in store.select(sql, list(ids))}
        return [found[each] for each in ids if each in found]

    def _select(self, store: Store, sql: str, limit: int) -> list[Row]:
        try:
            return store.select_for_user(sql, [*self._arguments, limit, self._offset])
        except QueryTooLong:
            raise errors.CrmRefusal(400, "QUERY_TIMEOUT", "Your query request was running for too long.") from None
        except sqlite3.OperationalError as refused:
            if "LIKE or GLOB pattern too complex" in str(refused):
                raise errors.malformed_query("LIKE pattern too long") from None
            raise


def records(plan: Plan, rows: Sequence[Row], version: str, renderers: Mapping[str, Renderer]) -> list[dict[str, Any]]:
    """Rows as records of the wire."""
    return [_record(plan.node, row, version, renderers) for row in rows]


def _record(node: Node, row: Row, version: str, renderers: Mapping[str, Renderer]) -> dict[str, Any]:
    name = node.sobject.name
    shown: dict[str, Any] = {"attributes": {"type": name, "url": url(version, name, row[node.id_key])}}
    for item, key, kind, parent in node.items:
        if parent is not None:
            shown[item] = None if row[parent.id_key] is None else _record(parent, row, version, renderers)
            continue
        value = row[key]
        renderer = renderers.get(kind)
        shown[item] = value if renderer is None or value is None else renderer(value)
    return shown
