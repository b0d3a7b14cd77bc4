"""What a query's FROM spans: its object and the parents its paths lead to, joined as they are named."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from mocks.crm import errors
from mocks.crm.fields import Column
from mocks.crm.objects import SObject
from mocks.crm.records import Schema

if TYPE_CHECKING:
    from lark import Tree

_LEVELS_MAX = 5
_TABLES_MAX = 40


@dataclass(slots=True)
class Node:
    """One object of the result tree: cells and parents in order of the select list."""

    sobject: SObject
    table: str
    id_key: str = ""
    items: list[tuple[str, str, str, Node | None]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Ref:
    """A field in the query's tables, or an aggregate of one: its SQL, a column that tells the type, whose it is."""

    sql: str
    column: Column
    sobject: str = ""


class Scope:
    """The tables of one query. ``prefix`` keeps the tables of an inner query apart from those around it."""

    def __init__(self, schema: Schema, sobject: SObject, alias: str | None, prefix: str = "t") -> None:
        self.schema = schema
        self._prefix = prefix
        self._names = {sobject.name.lower()} if alias is None else {sobject.name.lower(), alias.lower()}
        self.root = Node(sobject, f"{prefix}0")
        self._nodes: dict[str, Node] = {}
        self._joins = [f'"{sobject.name}" AS {self.root.table}']

    @property
    def tables(self) -> str:
        """What stands behind FROM in SQL; raises CrmRefusal when it is too much."""
        if len(self._joins) > _TABLES_MAX:
            raise errors.CrmRefusal(400, "QUERY_TOO_COMPLICATED", "The query reaches over too many relationships")
        return " ".join(self._joins)

    def split(self, path: str) -> tuple[list[str], str]:
        """Relations and the field of a dotted path, without the alias; raises CrmRefusal when it is too long."""
        *relations, name = path.split(".")
        if relations and relations[0].lower() in self._names:
            relations = relations[1:]
        if len(relations) > _LEVELS_MAX:
            raise errors.invalid_field(f"'{path}' reaches over more than {_LEVELS_MAX} levels")
        return relations, name

    def steps(self, relations: list[str]) -> list[tuple[Column, Node]]:
        """Each reference on the way and the table it leads to, joined when it is not yet."""
        node, key = self.root, ""
        found = []
        for relation in relations:
            reference = node.sobject.parents.get(relation.lower())
            if reference is None:
                raise errors.invalid_field(
                    f"Didn't understand relationship '{relation}' in field path. "
                    "A custom relationship ends in __r, a custom field in __c."
                )
            key += f".{reference.relationship}"
            if key not in self._nodes:
                self._nodes[key] = self._join(node, reference)
            node = self._nodes[key]
            found.append((reference, node))
        return found

    def ref(self, path: str) -> Ref:
        """The field a path leads to."""
        relations, name = self.split(path)
        steps = self.steps(relations)
        node = steps[-1][1] if steps else self.root
        column = field_of(node.sobject, name)
        return Ref(f'{node.table}."{column.stored_in}"', column, node.sobject.name)

    def _join(self, node: Node, reference: Column) -> Node:
        parent = Node(self.schema.by_name[str(reference.refers_to)], f"{self._prefix}{len(self._joins)}")
        self._joins.append(
            f'LEFT JOIN "{parent.sobject.name}" AS {parent.table} '
            f'ON {parent.table}."Id" = {node.table}."{reference.stored_in}"'
        )
        return parent


def object_of(schema: Schema, tree: Tree[Any]) -> SObject:
    """The object a query is FROM; raises CrmRefusal."""
    name = str(tree.children[3])
    sobject = schema.by_lower.get(name.lower())
    if sobject is None:
        raise errors.CrmRefusal(400, "INVALID_TYPE", f"sObject type '{name}' is not supported.")
    return sobject


def alias_of(tree: Tree[Any]) -> str | None:
    """The alias a query gives its object."""
    alias = tree.children[4]
    return None if alias is None else str(alias)


def clauses_of(tree: Tree[Any]) -> dict[str, Tree[Any]]:
    """A query's clauses by the name of their rule."""
    return {each.data: each for each in tree.children if hasattr(each, "data")}


def field_of(sobject: SObject, name: str) -> Column:
    """A field of an object; raises CrmRefusal."""
    column = sobject.by_lower.get(name.lower())
    if column is None:
        raise errors.invalid_field(
            f"No such column '{name}' on entity '{sobject.name}'. A custom field ends in __c; see the describe call."
        )
    return column
