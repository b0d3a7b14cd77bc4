"""SELECT, FROM and ORDER BY in SQL: the plan of a query, compiled once per shape.

A plan holds SQL with placeholders and how each literal of the text is bound. What is not offered (aggregates other
than COUNT(), GROUP BY, subqueries, ...) is refused by name.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from mocks.crm import errors
from mocks.crm.fields import Column
from mocks.crm.objects import SObject
from mocks.crm.query_conditions import Conditions, Ref
from mocks.crm.query_literals import Binder, Binding
from mocks.crm.records import BY_LOWER, BY_NAME
from mocks.crm.soql_grammar import parse, split
from sandbox.core.clock import SECOND_US
from sandbox.core.errors import HarnessError

if TYPE_CHECKING:
    from lark import Tree

_LEVELS_MAX = 5
_TABLES_MAX = 40
_OFFSET_MAX = 2000
_ALL = 2**62
_ID_LAST = 't0."Id"'
_WITH_IGNORED = ("SECURITY_ENFORCED", "USER_MODE", "SYSTEM_MODE")
_NOT_OFFERED = {
    "group": "GROUP BY",
    "having": "HAVING",
    "scope": "USING SCOPE",
    "tail": "FOR VIEW, FOR REFERENCE, FOR UPDATE, UPDATE and ALL ROWS",
}


@dataclass(slots=True)
class Node:
    """One object of the result tree: cells and parents in order of the select list."""

    sobject: SObject
    table: str
    id_key: str = ""
    items: list[tuple[str, str, str, Node | None]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Plan:
    """A compiled shape. ``where`` starts with FROM and ends before ORDER BY; binders fill its placeholders."""

    node: Node
    columns: str
    where: str
    tables: str
    order: str
    binders: tuple[Binder, ...]
    limit_slot: int
    offset_slot: int
    counts: bool

    def bound(self, binding: Binding) -> tuple[list[Any], int, int]:
        """Arguments, limit and offset of a run."""
        limit = _count(binding, self.limit_slot, "LIMIT") if self.limit_slot >= 0 else _ALL
        offset = _count(binding, self.offset_slot, "OFFSET") if self.offset_slot >= 0 else 0
        if offset > _OFFSET_MAX:
            raise errors.CrmRefusal(400, "NUMBER_OUTSIDE_VALID_RANGE", f"Maximum SOQL offset allowed is {_OFFSET_MAX}")
        return [binder(binding) for binder in self.binders], limit, offset


@lru_cache(maxsize=512)
def plan_of(shape: str) -> Plan:
    """The plan of a shape; raises Unparsable, or CrmRefusal for what it names or asks."""
    return _Compiler(parse(shape), len(split(shape)[1])).plan()


class _Compiler:
    def __init__(self, tree: Tree[Any], literals: int) -> None:
        self._literals = literals
        self._clauses: dict[str, Tree[Any]] = {each.data: each for each in tree.children if hasattr(each, "data")}
        name, alias = tree.children[3], tree.children[4]
        sobject = BY_LOWER.get(str(name).lower())
        if sobject is None:
            raise errors.CrmRefusal(400, "INVALID_TYPE", f"sObject type '{name}' is not supported.")
        self._prefixes = {sobject.name.lower()} if alias is None else {sobject.name.lower(), str(alias).lower()}
        self._root = Node(sobject, "t0")
        self._nodes = {"": self._root}
        self._joins = [f'"{sobject.name}" AS t0']
        self._columns: list[str] = []
        self._conditions = Conditions(self._ref)

    def plan(self) -> Plan:
        for clause, words in _NOT_OFFERED.items():
            if clause in self._clauses:
                raise errors.malformed_query(f"{words} is not offered by this sandbox yet")
        self._check_with()
        counts = self._select_list(self._clauses["select_list"].children)
        wheres = ['t0."_deleted" = 0']
        if "where" in self._clauses:
            wheres.append(self._conditions.compile(self._clauses["where"].children[1]))
        order = self._order()
        if counts and order:
            raise errors.malformed_query("COUNT() does not go with ORDER BY")
        limit_slot = self._conditions.take() if "limit" in self._clauses else -1
        offset_slot = self._conditions.take() if "offset" in self._clauses else -1
        if self._conditions.slots != self._literals:
            raise HarnessError(f"{self._literals} literals, {self._conditions.slots} of them bound")
        if len(self._joins) > _TABLES_MAX:
            raise errors.CrmRefusal(400, "QUERY_TOO_COMPLICATED", "The query reaches over too many relationships")
        tables = " ".join(self._joins)
        return Plan(
            node=self._root,
            columns=", ".join(self._columns),
            where=f"FROM {tables} WHERE {' AND '.join(wheres)}",
            tables=tables,
            # Rows that compare equal come in order of their ids: the vendor promises no order, a rehearsal needs one.
            order=f"ORDER BY {', '.join([*order, _ID_LAST])}",
            binders=tuple(self._conditions.binders),
            limit_slot=limit_slot,
            offset_slot=offset_slot,
            counts=counts,
        )

    def _check_with(self) -> None:
        """Nothing is hidden from anybody here, so asking for security or for none changes nothing."""
        words = str(self._clauses["with_clause"].children[1]) if "with_clause" in self._clauses else "USER_MODE"
        if words.upper() not in _WITH_IGNORED:
            raise errors.malformed_query(f"WITH {words} is not offered by this sandbox yet")

    def _select_list(self, items: list[Tree[Any]]) -> bool:
        if len(items) == 1 and items[0].data == "called" and _is_count(items[0]):
            return True
        self._root.id_key = self._column('t0."Id"')
        for item in items:
            self._select(item)
        return False

    def _select(self, item: Tree[Any]) -> None:
        if item.data == "subquery":
            raise errors.malformed_query("a subquery in the select list is not offered by this sandbox yet")
        if item.data == "typeof":
            raise errors.malformed_query("TYPEOF is not offered by this sandbox yet")
        if item.data == "called":
            raise errors.malformed_query(f"{_call_name(item)}() is not offered by this sandbox yet")
        path, name = self._split(str(item.children[0]))
        node = self._node(path, shown=True)
        column = _field(node.sobject, name)
        if any(kept == column.name for kept, *_ in node.items):
            raise errors.invalid_field(f"duplicate field selected: {item.children[0]}")
        if column.type == "address":
            parts = ", ".join(f'{node.table}."{part}"' for part in column.parts)
            node.items.append((column.name, self._column(f"json_array({parts})"), "address", None))
        else:
            node.items.append((column.name, self._column(_sql(node, column)), column.type, None))

    def _column(self, sql: str) -> str:
        key = f"c{len(self._columns)}"
        self._columns.append(f"{sql} AS {key}")
        return key

    def _split(self, path: str) -> tuple[list[str], str]:
        *relations, name = path.split(".")
        if relations and relations[0].lower() in self._prefixes:
            relations = relations[1:]
        if len(relations) > _LEVELS_MAX:
            raise errors.invalid_field(f"'{path}' reaches over more than {_LEVELS_MAX} levels")
        return relations, name

    def _node(self, relations: list[str], *, shown: bool) -> Node:
        """The table a path leads to, joined when it is not yet; ``shown`` makes it part of the result too."""
        node, key = self._root, ""
        for relation in relations:
            reference = node.sobject.parents.get(relation.lower())
            if reference is None:
                raise errors.invalid_field(
                    f"Didn't understand relationship '{relation}' in field path. "
                    "A custom relationship ends in __r, a custom field in __c."
                )
            key += f".{reference.relationship}"
            parent = self._nodes.get(key)
            if parent is None:
                parent = self._nodes[key] = self._join(node, reference)
            if shown and not parent.id_key:
                parent.id_key = self._column(f'{parent.table}."Id"')
                node.items.append((str(reference.relationship), "", "", parent))
            node = parent
        return node

    def _join(self, node: Node, reference: Column) -> Node:
        parent = Node(BY_NAME[str(reference.refers_to)], f"t{len(self._joins)}")
        self._joins.append(
            f'LEFT JOIN "{parent.sobject.name}" AS {parent.table} '
            f'ON {parent.table}."Id" = {node.table}."{reference.stored_in}"'
        )
        return parent

    def _ref(self, path: str) -> Ref:
        relations, name = self._split(path)
        node = self._node(relations, shown=False)
        column = _field(node.sobject, name)
        return Ref(f'{node.table}."{column.stored_in}"', column)

    def _order(self) -> list[str]:
        if "order" not in self._clauses:
            return []
        return [self._sorting(each) for each in self._clauses["order"].children if hasattr(each, "data")]

    def _sorting(self, tree: Tree[Any]) -> str:
        key, *rest = tree.children
        if key.data == "called":
            raise errors.malformed_query(f"{_call_name(key)}() is not offered by this sandbox yet")
        ref = self._ref(str(key.children[0]))
        if not ref.column.filterable:
            raise errors.invalid_field(f"field '{ref.column.name}' can not be sorted in a query call")
        words = [str(each).upper() for each in rest if each is not None]
        direction = "DESC" if "DESC" in words else "ASC"
        # Nulls come first by default in both directions, says the vendor's reference.
        nulls = "LAST" if "LAST" in words else "FIRST"
        if ref.column.type == "datetime":
            return f"{ref.sql} / {SECOND_US} {direction} NULLS {nulls}"
        collate = " COLLATE NOCASE" if ref.column.type not in ("id", "reference") else ""
        return f"{ref.sql}{collate} {direction} NULLS {nulls}"


def _sql(node: Node, column: Column) -> str:
    return f'{node.table}."{column.stored_in}"'


def _field(sobject: SObject, name: str) -> Column:
    column = sobject.by_lower.get(name.lower())
    if column is None:
        raise errors.invalid_field(
            f"No such column '{name}' on entity '{sobject.name}'. A custom field ends in __c; see the describe call."
        )
    return column


def _is_count(item: Tree[Any]) -> bool:
    call, alias = item.children
    return alias is None and str(call.children[0]).lower() == "count" and call.children[1:] in ([], [None])


def _call_name(item: Tree[Any]) -> str:
    return str(item.children[0].children[0])


def _count(binding: Binding, slot: int, word: str) -> int:
    text = binding.literals[slot]
    if not text.isdigit() or len(text) > 18:
        raise errors.malformed_query(f"{word} takes a whole number, got {text[:40]}")
    return int(text)
