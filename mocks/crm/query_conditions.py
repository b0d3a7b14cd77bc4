"""WHERE in SQL: comparisons by type, negation pushed down to them, literals bound at run time.

SOQL knows true and false only: a comparison with a null field is false, its negation true. So NOT is moved inwards
and what remains negative says ``OR ... IS NULL``. What is positive keeps a form an index can serve.

A semi-join is an inner query of its own tables, whose literals stand between those around it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from mocks.crm import errors, query_dates
from mocks.crm.fields import TEXTS
from mocks.crm.query_literals import Binder, Operand, binder, like_pattern, span_of, wrong_type
from mocks.crm.query_scope import Ref, Scope, alias_of, clauses_of, object_of

if TYPE_CHECKING:
    from lark import Tree

_NEGATED = {"=": "!=", "!=": "=", "<": ">=", "<=": ">", ">": "<=", ">=": "<"}
_DEPTH_MAX = 50
_TERMS_MAX = 800
# Semi- and anti-joins of one query (the vendor's limit: general knowledge).
_INNER_MAX = 2


class Slots:
    """Counts the literals of a query's text, in order of appearance."""

    def __init__(self) -> None:
        self.taken = 0

    def take(self) -> int:
        """The position of the next literal."""
        self.taken += 1
        return self.taken - 1


class Conditions:
    """Compiles the conditions of one query over ``scope``."""

    def __init__(self, scope: Scope, slots: Slots) -> None:
        self._scope = scope
        self._inside = False
        self._operand: Callable[[Tree[Any]], Ref] = self._where_operand
        self._slots = slots
        self._terms = 0
        self._inner_queries = 0
        self._not_alone = 0
        self.binders: list[Binder] = []

    def having(self, tree: Tree[Any], operand: Callable[[Tree[Any]], Ref]) -> str:
        """SQL of a condition on groups; ``operand`` resolves what stands on the left of a comparison."""
        self._operand = operand
        self._not_alone += 1
        return self.compile(tree)

    def compile(self, tree: Tree[Any], negated: bool = False, depth: int = 0) -> str:
        """SQL of a condition; raises CrmRefusal for what is not offered or does not fit."""
        if depth > _DEPTH_MAX or self._terms > _TERMS_MAX:
            raise errors.CrmRefusal(400, "QUERY_TOO_COMPLICATED", "The query has too many conditions")
        if tree.data == "negation":
            self._not_alone += 1
            negative = self.compile(tree.children[1], not negated, depth + 1)
            self._not_alone -= 1
            return negative
        if tree.data in ("all_of", "any_of"):
            conjunction = (tree.data == "all_of") is not negated
            self._not_alone += tree.data == "any_of"
            parts = [self.compile(each, negated, depth + 1) for each in tree.children if hasattr(each, "data")]
            self._not_alone -= tree.data == "any_of"
            return "(" + (" AND " if conjunction else " OR ").join(parts) + ")"
        self._terms += 1
        return self._term(tree, negated)

    def literal(self, tree: Tree[Any]) -> Operand:
        """The next literal of the text."""
        kind = str(tree.data)
        if kind in ("null", "true", "false"):
            return Operand(kind)
        if kind == "date_word":
            word, number = tree.children
            return self._date_word(str(word), number)
        if kind == "string" and tree.children[0] == "''":
            return Operand("empty")
        return Operand(kind, self._slots.take())

    def _date_word(self, word: str, number: Any) -> Operand:
        upper = word.upper()
        if not query_dates.known(upper) or query_dates.counted(upper) is (number is None):
            raise errors.malformed_query(f"unexpected token: '{word}'")
        return Operand("date_word", -1 if number is None else self._slots.take(), upper)

    def _term(self, tree: Tree[Any], negated: bool) -> str:
        ref = self._field(tree.children[0])
        if tree.data == "compared":
            operator = str(tree.children[1]).replace("<>", "!=")
            return self._compare(ref, operator, self.literal(tree.children[2]), negated)
        if tree.data == "like":
            return self._like(ref, self.literal(tree.children[2]), negated)
        if tree.data in ("within", "without"):
            literals = [each for each in tree.children[1:] if hasattr(each, "data")]
            return self._within(ref, [self.literal(each) for each in literals], negated is not (tree.data == "without"))
        if tree.data in ("semi_join", "anti_join"):
            return self._joined(ref, tree.children[-1], negated=tree.data == "anti_join")
        raise errors.malformed_query("INCLUDES and EXCLUDES apply to multi-select picklists only")

    def _field(self, tree: Tree[Any]) -> Ref:
        ref = self._operand(tree)
        if not ref.column.filterable:
            raise errors.invalid_field(f"field '{ref.column.name}' can not be filtered in a query call")
        return ref

    def _where_operand(self, tree: Tree[Any]) -> Ref:
        if tree.data == "called":
            name = tree.children[0].children[0]
            raise errors.malformed_query(f"{name}() in a condition is not offered by this sandbox yet")
        return self._scope.ref(str(tree.children[0]))

    # -- semi-joins ---------------------------------------------------------------------------------------------------

    def _joined(self, ref: Ref, query: Tree[Any], *, negated: bool) -> str:
        """IN and NOT IN with an inner query, within the vendor's limits: two, none in another, no OR, no NOT."""
        if self._inside or self._not_alone:
            raise errors.malformed_query("a semi-join goes neither with OR or NOT nor into another semi-join or HAVING")
        self._inner_queries += 1
        if self._inner_queries > _INNER_MAX:
            raise errors.malformed_query(f"a query has at most {_INNER_MAX} semi-joins")
        sobject = object_of(self._scope.schema, query)
        if sobject is self._scope.root.sobject:
            raise errors.malformed_query("The inner and outer selects should not be on the same object type")
        inner = Scope(self._scope.schema, sobject, alias_of(query), f"s{self._inner_queries}_")
        chosen = _chosen(inner, query)
        if _target(ref) != _target(chosen):
            both = f"'{ref.column.name}' and '{chosen.column.name}'"
            raise errors.malformed_query(f"{both} are no ids of the same object")
        wheres = [f'{inner.root.table}."_deleted" = 0', f"{chosen.sql} IS NOT NULL"]
        clauses = clauses_of(query)
        if "where" in clauses:
            outer, self._scope, self._inside = self._scope, inner, True
            wheres.append(self.compile(clauses["where"].children[1]))
            self._scope, self._inside = outer, False
        found = f"(SELECT {chosen.sql} FROM {inner.tables} WHERE {' AND '.join(wheres)})"
        return f"({ref.sql} NOT IN {found} OR {ref.sql} IS NULL)" if negated else f"{ref.sql} IN {found}"

    # -- comparisons --------------------------------------------------------------------------------------------------

    def _compare(self, ref: Ref, operator: str, operand: Operand, negated: bool) -> str:
        if operand.kind == "null" or (operand.kind == "empty" and operator in ("=", "!=")):
            if operator not in ("=", "!="):
                raise errors.CrmRefusal(400, "INVALID_QUERY_FILTER_OPERATOR", "null compares with = and != only")
            return f"{ref.sql} IS NULL" if (operator == "=") is not negated else f"{ref.sql} IS NOT NULL"
        with_null = (operator == "!=") is not negated
        effective = _NEGATED[operator] if negated else operator
        sql = self._by_type(ref, effective, operand)
        return f"({sql} OR {ref.sql} IS NULL)" if with_null else sql

    def _by_type(self, ref: Ref, operator: str, operand: Operand) -> str:
        kind = ref.column.type
        if kind in ("date", "datetime"):
            return self._in_time(ref, operator, operand)
        if kind == "boolean":
            return self._boolean(ref, operator, operand)
        self.binders.append(binder(ref.column, operator, operand))
        collate = " COLLATE NOCASE" if kind in TEXTS else ""
        return f"{ref.sql} {_sql(operator)} ?{collate}"

    def _boolean(self, ref: Ref, operator: str, operand: Operand) -> str:
        if operand.kind not in ("true", "false") or operator not in ("=", "!="):
            raise wrong_type(ref.column)
        return f"{ref.sql} {_sql(operator)} {int(operand.kind == 'true')}"

    def _in_time(self, ref: Ref, operator: str, operand: Operand) -> str:
        """A literal is a span; below it, in it, above it."""
        span = span_of(ref.column, operand)
        if operator in ("<", ">="):
            self.binders.append(lambda binding: span(binding)[0])
            return f"{ref.sql} {operator} ?"
        if operator in ("<=", ">"):
            self.binders.append(lambda binding: span(binding)[1])
            return f"{ref.sql} {'<' if operator == '<=' else '>='} ?"
        self.binders += [lambda binding: span(binding)[0], lambda binding: span(binding)[1]]
        if operator == "=":
            return f"({ref.sql} >= ? AND {ref.sql} < ?)"
        return f"({ref.sql} < ? OR {ref.sql} >= ?)"

    def _like(self, ref: Ref, operand: Operand, negated: bool) -> str:
        if ref.column.type not in TEXTS:
            raise errors.CrmRefusal(400, "INVALID_QUERY_FILTER_OPERATOR", f"LIKE does not apply to {ref.column.name}")
        if operand.kind not in ("string", "empty"):
            raise wrong_type(ref.column)
        slot = operand.slot
        self.binders.append(lambda binding: like_pattern(binding.literals[slot]) if slot >= 0 else "")
        if negated:
            return f"({ref.sql} NOT LIKE ? ESCAPE '\\' OR {ref.sql} IS NULL)"
        return f"{ref.sql} LIKE ? ESCAPE '\\'"

    def _within(self, ref: Ref, operands: list[Operand], negated: bool) -> str:
        self._terms += len(operands)
        nulls = any(operand.kind in ("null", "empty") for operand in operands)
        values = [operand for operand in operands if operand.kind not in ("null", "empty")]
        joint = " AND " if negated else " OR "
        if ref.column.type in ("date", "datetime", "boolean"):
            parts = [self._by_type(ref, "!=" if negated else "=", value) for value in values]
        elif values:
            self.binders += [binder(ref.column, "=", value) for value in values]
            collate = " COLLATE NOCASE" if ref.column.type in TEXTS else ""
            marks = ", ".join("?" * len(values))
            parts = [f"{ref.sql}{collate} {'NOT ' if negated else ''}IN ({marks})"]
        else:
            parts = []
        if nulls:
            parts.append(f"{ref.sql} IS {'NOT ' if negated else ''}NULL")
            return "(" + joint.join(parts) + ")"
        sql = "(" + joint.join(parts) + ")"
        return f"({sql} OR {ref.sql} IS NULL)" if negated else sql


def _chosen(inner: Scope, query: Tree[Any]) -> Ref:
    """The only field an inner query selects."""
    clauses = clauses_of(query)
    items = clauses["select_list"].children
    # WITH is the only clause beside WHERE that changes nothing.
    if clauses.keys() - {"select_list", "where", "with_clause"} or len(items) != 1 or items[0].data != "field":
        raise errors.malformed_query("an inner query selects one field and has no clause but WHERE")
    path = str(items[0].children[0])
    if items[0].children[1] is not None or inner.split(path)[0]:
        raise errors.malformed_query("an inner query selects a field of its own object, without an alias")
    return inner.ref(path)


def _target(ref: Ref) -> str:
    """The object whose ids a field holds."""
    if ref.column.type == "reference":
        return str(ref.column.refers_to)
    if ref.column.type == "id":
        return ref.sobject
    raise errors.malformed_query(f"'{ref.column.name}' is no id: semi-joins compare ids and references")


def _sql(operator: str) -> str:
    return "<>" if operator == "!=" else operator
