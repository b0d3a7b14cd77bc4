"""SELECT, FROM, GROUP BY and ORDER BY in SQL: the plan of a query, compiled once per shape.

A plan holds SQL with placeholders and how each literal of the text is bound. What is not offered (functions, TYPEOF,
...) is refused by name.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from mocks.crm import errors
from mocks.crm.fields import TEXTS, Column
from mocks.crm.objects import SObject
from mocks.crm.query_conditions import Conditions, Slots
from mocks.crm.query_groups import Groups
from mocks.crm.query_literals import Binder, Binding
from mocks.crm.query_scope import Node, Ref, Scope, alias_of, clauses_of, field_of, object_of
from mocks.crm.records import Schema
from mocks.crm.soql_grammar import parse, split
from sandbox.core.clock import SECOND_US
from sandbox.core.errors import HarnessError

if TYPE_CHECKING:
    from lark import Tree

_OFFSET_MAX = 2000
# What FIELDS() shows: whether custom fields, or others, are among them; the largest LIMIT it goes with (section 6).
_FIELDS = {"ALL": (True, False), "STANDARD": (False,), "CUSTOM": (True,)}
_FIELDS_LIMIT_MAX = 200
_ALL = 2**62
_WITH_IGNORED = ("SECURITY_ENFORCED", "USER_MODE", "SYSTEM_MODE")
_NOT_OFFERED = {
    "scope": "USING SCOPE",
    "tail": "FOR VIEW, FOR REFERENCE, FOR UPDATE, UPDATE and ALL ROWS",
}


@dataclass(frozen=True, slots=True)
class Plan:
    """A compiled shape. ``where`` starts with FROM and ends before ``order``; binders fill their placeholders in turn.

    ``cells`` are (name, key, type) of an aggregate query's result and None for records; ``order`` then begins with
    GROUP BY. ``counts`` is COUNT() alone. ``shown`` is the condition that hides what was deleted, unless all is asked
    for. ``limit_max`` is what LIMIT must stay within.
    """

    node: Node
    columns: str
    where: str
    tables: str
    order: str
    binders: tuple[Binder, ...]
    limit_slot: int
    offset_slot: int
    counts: bool = False
    cells: tuple[tuple[str, str, str], ...] | None = None
    children: tuple[ChildPlan, ...] = ()
    shown: str = ""
    limit_max: int = _ALL

    def bound(self, binding: Binding) -> tuple[list[Any], int, int]:
        """Arguments, limit and offset of a run."""
        limit = _count(binding, self.limit_slot, "LIMIT") if self.limit_slot >= 0 else _ALL
        offset = _count(binding, self.offset_slot, "OFFSET") if self.offset_slot >= 0 else 0
        if limit > self.limit_max:
            raise errors.malformed_query(f"The SOQL FIELDS function must have a LIMIT of at most {self.limit_max}")
        if offset > _OFFSET_MAX:
            raise errors.CrmRefusal(400, "NUMBER_OUTSIDE_VALID_RANGE", f"Maximum SOQL offset allowed is {_OFFSET_MAX}")
        return [binder(binding) for binder in self.binders], limit, offset


@dataclass(frozen=True, slots=True)
class ChildPlan:
    """A subquery of the select list: the name of the relationship, the SQL of the reference, its own plan."""

    name: str
    reference: str
    plan: Plan


@lru_cache(maxsize=512)
def plan_of(schema: Schema, shape: str, everything: bool = False) -> Plan:
    """The plan of a shape, ``everything`` with deleted rows; raises Unparsable, or CrmRefusal for what it names."""
    tree, slots = parse(shape), Slots()
    plan = _Compiler(tree, Scope(schema, object_of(schema, tree), alias_of(tree)), slots, everything=everything).plan()
    literals = len(split(shape)[1])
    if slots.taken != literals:
        raise HarnessError(f"{literals} literals, {slots.taken} of them bound")
    return plan


class _Compiler:
    """One query, or one subquery of its select list (``inner``); literals are passed in order of the text."""

    def __init__(
        self, tree: Tree[Any], scope: Scope, slots: Slots, *, inner: bool = False, everything: bool = False
    ) -> None:
        self._clauses = clauses_of(tree)
        self._scope = scope
        self._slots = slots
        self._inner = inner
        self._everything = everything
        self._shown_where = "1" if everything else f'{scope.root.table}."_deleted" = 0'
        self._limit_max = _ALL
        self._root = scope.root
        self._columns: list[str] = []
        self._children: list[ChildPlan] = []
        self._conditions = Conditions(scope, slots)

    def plan(self) -> Plan:
        for clause, words in _NOT_OFFERED.items():
            if clause in self._clauses:
                raise errors.malformed_query(f"{words} is not offered by this sandbox yet")
        self._check_with()
        items = self._clauses["select_list"].children
        counts = len(items) == 1 and items[0].data == "called" and _is_count(items[0])
        called = any(item.data == "called" and not _is_fields(item) for item in items)
        grouped = not counts and ("group" in self._clauses or called)
        if self._inner and (counts or grouped):
            raise errors.malformed_query("a subquery in the select list has no aggregates")
        if "having" in self._clauses and "group" not in self._clauses:
            raise errors.malformed_query("HAVING goes with GROUP BY only")
        if counts:
            return self._finish(order=self._count_order(), counts=True)
        return self._groups(items) if grouped else self._records(items)

    # -- records ------------------------------------------------------------------------------------------------------

    def _records(self, items: list[Tree[Any]]) -> Plan:
        self._root.id_key = self._column(f'{self._root.table}."Id"')
        for item in items:
            self._select(item)
        wheres = self._wheres()
        # Rows that compare equal come in order of their ids: the vendor promises no order, a rehearsal needs one.
        order = [*self._order(self._operand), f'{self._root.table}."Id"']
        return self._finish(wheres, f"ORDER BY {', '.join(order)}")

    def _select(self, item: Tree[Any]) -> None:
        if item.data == "subquery":
            self._select_children(item.children[0])
            return
        if item.data == "typeof":
            raise errors.malformed_query("TYPEOF is not offered by this sandbox yet")
        if item.children[1] is not None:
            raise errors.malformed_query(f"only aggregates and grouped fields take an alias: {item.children[1]}")
        if item.data == "called":
            self._select_fields(item)
            return
        relations, name = self._scope.split(str(item.children[0]))
        self._show(self._shown(relations), name, str(item.children[0]))

    def _select_fields(self, item: Tree[Any]) -> None:
        """FIELDS(): as if the names stood there. All of them, or the custom ones, only with a small LIMIT."""
        words = [str(each).upper() for each in item.children[0].children[1:] if each is not None]
        picked = _FIELDS.get(words[0]) if len(words) == 1 else None
        if picked is None or item.children[1] is not None:
            raise errors.malformed_query("The SOQL FIELDS function takes ALL, STANDARD or CUSTOM")
        if words != ["STANDARD"]:
            self._limit_max = _FIELDS_LIMIT_MAX
        for column in self._root.sobject.columns:
            if column.custom in picked:
                self._show(self._root, column.name, column.name)

    def _show(self, node: Node, name: str, path: str) -> None:
        column = field_of(node.sobject, name)
        if any(kept == column.name for kept, *_ in node.items):
            raise errors.invalid_field(f"duplicate field selected: {path}")
        if column.type == "address":
            parts = ", ".join(f'{node.table}."{part}"' for part in column.parts)
            node.items.append((column.name, self._column(f"json_array({parts})"), "address", None))
        else:
            key = self._column(f'{node.table}."{column.stored_in}"')
            node.items.append((column.name, key, column.type, None))

    def _shown(self, relations: list[str]) -> Node:
        """The table a path leads to; each on the way becomes part of the result."""
        node = self._root
        for reference, parent in self._scope.steps(relations):
            if not parent.id_key:
                parent.id_key = self._column(f'{parent.table}."Id"')
                node.items.append((str(reference.relationship), "", "", parent))
            node = parent
        return node

    def _select_children(self, query: Tree[Any]) -> None:
        """A subquery over a child relationship; its place in the record is kept by a column of nulls."""
        if self._inner:
            raise errors.malformed_query("a subquery inside a subquery is not offered by this sandbox yet")
        child, reference = _relationship(self._scope.schema, self._root.sobject, str(query.children[3]))
        name = str(reference.children)
        if any(kept == name for kept, *_ in self._root.items):
            raise errors.malformed_query(f"duplicate subquery: {name}")
        scope = Scope(self._scope.schema, child, alias_of(query))
        plan = _Compiler(query, scope, self._slots, inner=True, everything=self._everything).plan()
        self._children.append(ChildPlan(name, f'{scope.root.table}."{reference.stored_in}"', plan))
        self._root.items.append((name, self._column("NULL"), "children", None))

    # -- groups -------------------------------------------------------------------------------------------------------

    def _groups(self, items: list[Tree[Any]]) -> Plan:
        groups = Groups(self._scope, self._clauses.get("group"))
        cells: list[tuple[str, str, str]] = []
        unnamed = 0
        for item in items:
            if item.data not in ("field", "called"):
                raise errors.malformed_query("subqueries and TYPEOF do not go with aggregates")
            ref, alias = groups.operand(item), item.children[1]
            if alias is None and item.data == "called":
                alias, unnamed = f"expr{unnamed}", unnamed + 1
            name = str(alias) if alias is not None else self._scope.split(str(item.children[0]))[1]
            if any(kept.lower() == name.lower() for kept, *_ in cells):
                raise errors.malformed_query(f"duplicate alias: {name}")
            cells.append((name, self._column(ref.sql), ref.column.type))
        wheres = self._wheres()
        parts = [f"GROUP BY {', '.join(groups.expressions)}"] if groups.expressions else []
        if "having" in self._clauses:
            parts.append(f"HAVING {self._conditions.having(self._clauses['having'].children[1], groups.operand)}")
        order = [*self._order(groups.operand), *groups.expressions]
        if order:
            parts.append(f"ORDER BY {', '.join(order)}")
        return self._finish(wheres, " ".join(parts), cells=tuple(cells))

    # -- what all have ------------------------------------------------------------------------------------------------

    def _finish(
        self,
        wheres: list[str] | None = None,
        order: str = "",
        *,
        counts: bool = False,
        cells: tuple[tuple[str, str, str], ...] | None = None,
    ) -> Plan:
        wheres = self._wheres() if wheres is None else wheres
        limit_slot = self._slots.take() if "limit" in self._clauses else -1
        offset_slot = self._slots.take() if "offset" in self._clauses else -1
        tables = self._scope.tables
        return Plan(
            node=self._root,
            columns=", ".join(self._columns),
            where=f"FROM {tables} WHERE {' AND '.join(wheres)}",
            tables=tables,
            order=order,
            binders=tuple(self._conditions.binders),
            limit_slot=limit_slot,
            offset_slot=offset_slot,
            counts=counts,
            cells=cells,
            children=tuple(self._children),
            shown=self._shown_where,
            limit_max=self._limit_max,
        )

    def _wheres(self) -> list[str]:
        wheres = [self._shown_where]
        if "where" in self._clauses:
            wheres.append(self._conditions.compile(self._clauses["where"].children[1]))
        return wheres

    def _check_with(self) -> None:
        """Nothing is hidden from anybody here, so asking for security or for none changes nothing."""
        words = str(self._clauses["with_clause"].children[1]) if "with_clause" in self._clauses else "USER_MODE"
        if words.upper() not in _WITH_IGNORED:
            raise errors.malformed_query(f"WITH {words} is not offered by this sandbox yet")

    def _column(self, sql: str) -> str:
        key = f"c{len(self._columns)}"
        self._columns.append(f"{sql} AS {key}")
        return key

    def _count_order(self) -> str:
        if "order" in self._clauses:
            raise errors.malformed_query("COUNT() does not go with ORDER BY")
        return ""

    def _operand(self, tree: Tree[Any]) -> Ref:
        if tree.data == "called":
            raise errors.malformed_query(f"{_call_name(tree)}() sorts groups only")
        return self._scope.ref(str(tree.children[0]))

    def _order(self, operand: Callable[[Tree[Any]], Ref]) -> list[str]:
        if "order" not in self._clauses:
            return []
        return [_sorting(each, operand) for each in self._clauses["order"].children if hasattr(each, "data")]


def _sorting(tree: Tree[Any], operand: Callable[[Tree[Any]], Ref]) -> str:
    key, *rest = tree.children
    ref = operand(key)
    if not ref.column.filterable:
        raise errors.invalid_field(f"field '{ref.column.name}' can not be sorted in a query call")
    words = [str(each).upper() for each in rest if each is not None]
    direction = "DESC" if "DESC" in words else "ASC"
    # Nulls come first by default in both directions, says the vendor's reference.
    nulls = "LAST" if "LAST" in words else "FIRST"
    if ref.column.type == "datetime":
        return f"{ref.sql} / {SECOND_US} {direction} NULLS {nulls}"
    collate = " COLLATE NOCASE" if ref.column.type in TEXTS else ""
    return f"{ref.sql}{collate} {direction} NULLS {nulls}"


def _relationship(schema: Schema, sobject: SObject, wanted: str) -> tuple[SObject, Column]:
    """The children of an object by the name of the relationship, and the reference that makes them its children."""
    for child, reference in schema.children[sobject.name]:
        if reference.children is not None and reference.children.lower() == wanted.lower():
            return child, reference
    raise errors.CrmRefusal(
        400,
        "INVALID_TYPE",
        f"Didn't understand relationship '{wanted}' in FROM part of query call. "
        "A custom relationship ends in __r; see the describe call.",
    )


def _is_count(item: Tree[Any]) -> bool:
    call, alias = item.children
    return alias is None and str(call.children[0]).lower() == "count" and call.children[1:] in ([], [None])


def _is_fields(item: Tree[Any]) -> bool:
    return _call_name(item).upper() == "FIELDS"


def _call_name(item: Tree[Any]) -> str:
    return str(item.children[0].children[0])


def _count(binding: Binding, slot: int, word: str) -> int:
    text = binding.literals[slot]
    if not text.isdigit() or len(text) > 18:
        raise errors.malformed_query(f"{word} takes a whole number, got {text[:40]}")
    return int(text)
