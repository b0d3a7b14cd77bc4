"""Aggregates and GROUP BY in SQL (crm-salesforce.md section 6).

Texts that differ only in case are one group and are shown by the first of their spellings. Everything is reckoned in
integers: an average is rounded half away from zero to 1e-4, the same when it is shown, compared and sorted.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from mocks.crm import errors
from mocks.crm.fields import NUMBERS, TEXTS, Column
from mocks.crm.query_scope import Ref, Scope
from sandbox.core.money import SCALE

if TYPE_CHECKING:
    from lark import Tree

_AGGREGATES = ("COUNT", "COUNT_DISTINCT", "SUM", "AVG", "MIN", "MAX")
_COUNTED = Column("count", "int")


class Groups:
    """The fields a query groups by: what may be selected, compared and sorted beside aggregates."""

    def __init__(self, scope: Scope, tree: Tree[Any] | None) -> None:
        self._scope = scope
        self._grouped: dict[str, Ref] = {}
        self.expressions: list[str] = []
        # Behind the words GROUP and BY.
        for each in [] if tree is None else tree.children[2:]:
            if hasattr(each, "data"):
                raise errors.malformed_query(f"{each.children[0]}() is not offered by this sandbox yet")
            self._add(str(each))

    def operand(self, tree: Tree[Any]) -> Ref:
        """A grouped field or an aggregate; raises CrmRefusal for any other."""
        if tree.data == "called":
            return self.aggregate(tree.children[0])
        return self.field(str(tree.children[0]))

    def field(self, path: str) -> Ref:
        """A grouped field, as one value per group."""
        ref = self._grouped.get(self._scope.ref(path).sql)
        if ref is None:
            raise errors.malformed_query(f"Field must be grouped or aggregated: {path}")
        return ref

    def aggregate(self, call: Tree[Any]) -> Ref:
        """An aggregate of one field."""
        name = str(call.children[0]).upper()
        arguments: list[Any] = [each for each in call.children[1:] if each is not None]
        if name not in _AGGREGATES:
            raise errors.malformed_query(f"{call.children[0]}() is not offered by this sandbox yet")
        if len(arguments) != 1 or getattr(arguments[0], "type", "") != "NAME":
            raise errors.malformed_query(f"{name}() takes one field here; COUNT() stands alone")
        ref = self._scope.ref(str(arguments[0]))
        column = ref.column
        numeric = column.type in (*NUMBERS, "int")
        if not column.filterable or column.type == "boolean" or (name in ("SUM", "AVG") and not numeric):
            raise errors.malformed_query(f"field {column.name} does not support aggregate operator {name}")
        collate = " COLLATE NOCASE" if column.type in TEXTS else ""
        if name == "COUNT":
            return Ref(f"COUNT({ref.sql})", _COUNTED)
        if name == "COUNT_DISTINCT":
            return Ref(f"COUNT(DISTINCT {ref.sql}{collate})", _COUNTED)
        if name == "AVG":
            return Ref(_average(ref), replace(column, type="double"))
        return Ref(f"{name}({ref.sql}{collate})", column)

    def _add(self, path: str) -> None:
        ref = self._scope.ref(path)
        if not ref.column.groupable:
            raise errors.invalid_field(f"field '{ref.column.name}' can not be grouped in a query call")
        if ref.column.type in TEXTS:
            self.expressions.append(f"{ref.sql} COLLATE NOCASE")
            self._grouped[ref.sql] = Ref(f"MIN({ref.sql})", ref.column)
        else:
            self.expressions.append(ref.sql)
            self._grouped[ref.sql] = ref


def _average(ref: Ref) -> str:
    """Sum by count, rounded half away from zero; quotient and remainder apart, so that nothing overflows."""
    total = f"SUM({ref.sql})" if ref.column.type in NUMBERS else f"(SUM({ref.sql}) * {SCALE})"
    count = f"COUNT({ref.sql})"
    away = f"(ABS({total} % {count}) * 2 >= {count}) * (CASE WHEN {total} < 0 THEN -1 ELSE 1 END)"
    return f"({total} / {count} + {away})"
