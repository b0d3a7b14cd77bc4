"""A query at work: its rows, further pages from a snapshot of ids, and both as nested records of the wire."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mocks.crm import errors
from mocks.crm.objects import url
from mocks.crm.organisation import Org
from mocks.crm.query_literals import Binding
from mocks.crm.query_plan import ChildPlan, Plan, plan_of
from mocks.crm.query_scope import Node
from mocks.crm.soql_grammar import Unparsable, complaint, split
from mocks.crm.values import Renderer
from mocks.kit.store import QueryTooLong, Store
from sandbox.core.observe import Row


@dataclass(frozen=True, slots=True)
class Children:
    """What one subquery found, by id of the parent."""

    child: ChildPlan
    rows: Mapping[str, Sequence[Row]]


class Query:
    """A query as one client asked it: its plan and its literals; ``everything`` with deleted rows."""

    def __init__(self, text: str, org: Org, now_us: int, *, everything: bool = False) -> None:
        shape, literals = split(text)
        try:
            self.plan = plan_of(org.schema, shape, everything)
        except Unparsable:
            raise errors.malformed_query(complaint(text)) from None
        self._binding = Binding(literals, org, now_us)
        self._arguments, self._limit, self._offset = self.plan.bound(self._binding)

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
        sql = f'SELECT {self.plan.columns} FROM {self.plan.tables} WHERE {self.plan.shown} AND t0."Id" IN ({marks})'
        found = {row[self.plan.node.id_key]: row for row in store.select(sql, list(ids))}
        return [found[each] for each in ids if each in found]

    def children(self, store: Store, rows: Sequence[Row]) -> list[Children]:
        """Rows of the subqueries, by id of the parent; LIMIT and OFFSET count per parent."""
        if not rows:
            return []
        ids = [row[self.plan.node.id_key] for row in rows]
        # As many places as the next power of two: few texts for the database to keep.
        places = 1 << (len(ids) - 1).bit_length()
        wanted = f"({', '.join('?' * places)})"
        found: list[Children] = []
        for child in self.plan.children:
            plan = child.plan
            arguments, limit, offset = plan.bound(self._binding)
            where = f"{plan.where} AND {child.reference} IN {wanted}"
            sql = f"SELECT {plan.columns}, {child.reference} AS parent {where} {plan.order}"
            by_parent: dict[str, list[Row]] = {}
            for row in self._run(store, sql, [*arguments, *ids, *[None] * (places - len(ids))]):
                by_parent.setdefault(row["parent"], []).append(row)
            cut = {parent: mine[offset : offset + limit] for parent, mine in by_parent.items()}
            found.append(Children(child, cut))
        return found

    def _select(self, store: Store, sql: str, limit: int) -> list[Row]:
        return self._run(store, sql, [*self._arguments, limit, self._offset])

    def _run(self, store: Store, sql: str, arguments: list[Any]) -> list[Row]:
        try:
            return store.select_for_user(sql, arguments)
        except QueryTooLong:
            raise errors.CrmRefusal(400, "QUERY_TIMEOUT", "Your query request was running for too long.") from None
        except sqlite3.OperationalError as refused:
            if "LIKE or GLOB pattern too complex" in str(refused):
                raise errors.malformed_query("LIKE pattern too long") from None
            if "integer overflow" in str(refused):
                raise errors.CrmRefusal(400, "NUMBER_OUTSIDE_VALID_RANGE", "The sum is too large") from None
            raise


def records(
    plan: Plan,
    rows: Sequence[Row],
    version: str,
    renderers: Mapping[str, Renderer],
    children: Sequence[Children] = (),
) -> list[dict[str, Any]]:
    """Rows as records of the wire, each with its children."""
    shown = [_record(plan.node, row, version, renderers) for row in rows]
    for of_one in children:
        for row, record in zip(rows, shown, strict=True):
            mine = of_one.rows.get(row[plan.node.id_key])
            if mine:
                inner = records(of_one.child.plan, mine, version, renderers)
                record[of_one.child.name] = {"totalSize": len(inner), "done": True, "records": inner}
    return shown


def aggregated(plan: Plan, rows: Sequence[Row], renderers: Mapping[str, Renderer]) -> list[dict[str, Any]]:
    """Rows of an aggregate query."""
    cells = [(name, key, renderers.get(kind)) for name, key, kind in plan.cells or ()]
    shown = []
    for row in rows:
        record: dict[str, Any] = {"attributes": {"type": "AggregateResult"}}
        for name, key, renderer in cells:
            value = row[key]
            record[name] = value if renderer is None or value is None else renderer(value)
        shown.append(record)
    return shown


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
