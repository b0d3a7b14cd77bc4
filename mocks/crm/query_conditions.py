"""WHERE in SQL: comparisons by type, negation pushed down to them, literals bound at run time.

SOQL knows true and false only: a comparison with a null field is false, its negation true. So NOT is moved inwards
and what remains negative says ``OR ... IS NULL``. What is positive keeps a form an index can serve.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mocks.crm import errors, query_dates
from mocks.crm.fields import TEXTS, Column
from mocks.crm.query_literals import Binder, Operand, binder, like_pattern, span_of, wrong_type

if TYPE_CHECKING:
    from lark import Tree

_NEGATED = {"=": "!=", "!=": "=", "<": ">=", "<=": ">", ">": "<=", ">=": "<"}
_DEPTH_MAX = 50
_TERMS_MAX = 800


@dataclass(frozen=True, slots=True)
class Ref:
    """A field in the query's tables."""

    sql: str
    column: Column


class Conditions:
    """Compiles the conditions of one query. ``slots`` counts the literals passed so far, in order of the text."""

    def __init__(self, resolve: Callable[[str], Ref]) -> None:
        self._resolve = resolve
        self.slots = 0
        self._terms = 0
        self.binders: list[Binder] = []

    def compile(self, tree: Tree[Any], negated: bool = False, depth: int = 0) -> str:
        """SQL of a condition; raises CrmRefusal for what is not offered or does not fit."""
        if depth > _DEPTH_MAX or self._terms > _TERMS_MAX:
            raise errors.CrmRefusal(400, "QUERY_TOO_COMPLICATED", "The query has too many conditions")
        if tree.data == "negation":
            return self.compile(tree.children[1], not negated, depth + 1)
        if tree.data in ("all_of", "any_of"):
            conjunction = (tree.data == "all_of") is not negated
            parts = [self.compile(each, negated, depth + 1) for each in tree.children if hasattr(each, "data")]
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
        return Operand(kind, self.take())

    def take(self) -> int:
        """The position of the next literal."""
        self.slots += 1
        return self.slots - 1

    def _date_word(self, word: str, number: Any) -> Operand:
        upper = word.upper()
        if not query_dates.known(upper) or query_dates.counted(upper) is (number is None):
            raise errors.malformed_query(f"unexpected token: '{word}'")
        return Operand("date_word", -1 if number is None else self.take(), upper)

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
        if tree.data == "semi_join":
            raise errors.malformed_query("semi-joins (IN with a subquery) are not offered by this sandbox yet")
        raise errors.malformed_query("INCLUDES and EXCLUDES apply to multi-select picklists only")

    def _field(self, tree: Tree[Any]) -> Ref:
        if tree.data == "called":
            name = tree.children[0].children[0]
            raise errors.malformed_query(f"{name}() in a condition is not offered by this sandbox yet")
        ref = self._resolve(str(tree.children[0]))
        if not ref.column.filterable:
            raise errors.invalid_field(f"field '{ref.column.name}' can not be filtered in a query call")
        return ref

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


def _sql(operator: str) -> str:
    return "<>" if operator == "!=" else operator
