"""Whole SuiteQL statements: sources, joins, grouping, order, and the columns that come out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlglot import exp

from mocks.erp.errors import bad_query
from mocks.erp.query_compiler import VALUES, Compiler, Handler, Scope, Typed, as_truth, unsupported
from mocks.erp.query_functions import FUNCTIONS
from mocks.erp.query_predicates import PREDICATES
from mocks.erp.query_tables import Catalogue

_HANDLERS: dict[type, Handler] = {**VALUES, **PREDICATES, **FUNCTIONS}
_CLAUSES = {
    "expressions",
    "from",
    "from_",
    "joins",
    "where",
    "group",
    "having",
    "order",
    "limit",
    "offset",
    "distinct",
    "with",
    "with_",
}
# What a common table expression of a statement stands for.
Tables = dict[str, dict[str, Typed]]


class Statement:
    """Compiles one statement; afterwards ``compiler.parameters`` says what its parameters are."""

    def __init__(self, epoch: datetime, parameters: int, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self.compiler = Compiler(epoch, parameters, _HANDLERS, self._subquery)
        self._tables: Tables = {}

    def query(self, node: exp.Expr, outer: Scope | None = None) -> tuple[exp.Query, dict[str, Typed]]:
        """A query and its columns by name; raises ErpRefusal."""
        while isinstance(node, exp.Subquery) and not node.alias:
            node = node.this
        if isinstance(node, exp.SetOperation):
            return self._combined(node, outer)
        if isinstance(node, exp.Select):
            return self._select(node, outer)
        raise bad_query("Only SELECT statements are supported.")

    # -- inside ---------------------------------------------------------------------------------------------------

    def _subquery(self, node: exp.Expr, scope: Scope) -> tuple[exp.Expr, list[Typed]]:
        compiled, columns = self.query(node, scope)
        return compiled, list(columns.values())

    def _combined(self, node: exp.SetOperation, outer: Scope | None) -> tuple[exp.Query, dict[str, Typed]]:
        common = self._common(node)
        left, columns = self.query(node.this, outer)
        right, others = self.query(node.expression, outer)
        if [each.kind for each in columns.values()] != [each.kind for each in others.values()]:
            raise bad_query("Both sides of a set operation need the same kinds of columns.")
        whole: exp.Query = type(node)(this=left, expression=right, distinct=node.args.get("distinct"))
        for name, query in common:
            whole = whole.with_(exp.to_identifier(name, quoted=True), as_=query)
        return self._ordered(whole, node, Scope(), columns), columns

    def _select(self, node: exp.Select, outer: Scope | None) -> tuple[exp.Query, dict[str, Typed]]:
        _refuse_others(node, _CLAUSES)
        select = exp.Select()
        for name, query in self._common(node):
            select = select.with_(exp.to_identifier(name, quoted=True), as_=query)
        scope = Scope(outer=outer)
        select = self._sources(select, node, scope)
        outputs = self._outputs(node, scope)
        where, limit = self._where(node, scope)
        groups = [self.compiler.value(each, scope).node for each in _expressions(_clause(node, "group"))]
        having = _clause(node, "having")
        kept = None if having is None else as_truth(self.compiler.compiled(having.this, scope)).node
        keys = [self._order_key(each.this, scope, outputs) for each in _expressions(_clause(node, "order"))]
        nodes = [*(each.node for each in outputs.values()), *keys, *([] if kept is None else [kept])]
        _check_grouping(nodes, groups, scope)
        for name, typed in outputs.items():
            select = select.select(exp.alias_(typed.node, name, quoted=True))
        if where is not None:
            select = select.where(where)
        if groups:
            select = select.group_by(*groups)
        if kept is not None:
            select = select.having(kept)
        distinct = _clause(node, "distinct")
        if distinct is not None:
            _refuse_others(distinct, set())
            select = select.distinct()
        if limit is not None:
            if groups or _clause(node, "order") is not None or _aggregates(outputs.values()):
                raise bad_query("ROWNUM counts before grouping and sorting; use FETCH FIRST.")
            select = select.limit(limit)
        return self._ordered(select, node, scope, outputs), outputs

    def _common(self, node: exp.Query) -> list[tuple[str, exp.Query]]:
        """The common table expressions of a query, compiled, from now on known by name."""
        common = []
        for each in _expressions(_clause(node, "with")):
            if not isinstance(each, exp.CTE) or each.args["alias"].columns:
                raise unsupported(each)
            query, columns = self.query(each.this)
            self._tables[each.alias.lower()] = columns
            common.append((each.alias.lower(), query))
        return common

    def _sources(self, select: exp.Select, node: exp.Select, scope: Scope) -> exp.Select:
        first = _clause(node, "from")
        if first is None:
            raise bad_query("A query needs FROM.")
        select = select.from_(self._source(first.this, scope))
        joins = node.args.get("joins") or []
        # All sources before the first condition: Oracle lets it name any of them.
        sources = [self._source(join.this, scope) for join in joins]
        for join, source in zip(joins, sources, strict=True):
            _refuse_others(join, {"this", "on", "side", "kind"})
            condition = join.args.get("on")
            on = None if condition is None else as_truth(self.compiler.compiled(condition, scope)).node
            kind = " ".join(each for each in (join.side, join.kind) if each) or ("INNER" if on else "CROSS")
            select = select.join(source, on=on, join_type=kind)
        return select

    def _source(self, node: exp.Expr, scope: Scope) -> exp.Expr:
        alias = (node.alias or node.name).lower()
        if alias in scope.sources:
            raise bad_query(f"The alias '{alias}' is used twice.")
        if isinstance(node, exp.Subquery):
            _refuse_others(node, {"this", "alias"})
            # A derived table sees no sources beside it.
            query, columns = self.query(node.this)
            alias = alias or f"derived_{len(scope.sources)}"
            scope.sources[alias] = columns
            return exp.alias_(exp.Subquery(this=query), alias, quoted=True, table=True)
        if not isinstance(node, exp.Table):
            raise unsupported(node)
        _refuse_others(node, {"this", "alias"})
        name = node.name.lower()
        known = self._tables.get(name)
        view = name
        if known is None:
            table = self._catalogue.tables.get(name)
            if table is None:
                raise bad_query(f"Record '{name}' was not found.")
            view = table.view
            known = {
                each.name: Typed(exp.Null(), each.kind, None, each.targets, each.names)
                for each in table.columns.values()
            }
        scope.sources[alias] = known
        return exp.alias_(exp.to_table(view).transform(_quoted), alias, quoted=True, table=True)

    def _outputs(self, node: exp.Select, scope: Scope) -> dict[str, Typed]:
        outputs: dict[str, Typed] = {}
        for position, each in enumerate(node.expressions, start=1):
            for name, typed in self._output(each, scope, f"expr{position}"):
                free, number = name, 0
                while free in outputs:
                    number += 1
                    free = f"{name}_{number}"
                outputs[free] = typed
        if not outputs:
            raise bad_query("A query needs columns.")
        return outputs

    def _output(self, node: exp.Expr, scope: Scope, otherwise: str) -> Iterable[tuple[str, Typed]]:
        if isinstance(node, exp.Star) or (isinstance(node, exp.Column) and isinstance(node.this, exp.Star)):
            qualifier = "" if isinstance(node, exp.Star) else node.text("table").lower()
            sources = {alias: columns for alias, columns in scope.sources.items() if qualifier in ("", alias)}
            if not sources:
                raise bad_query(f"Record '{qualifier}' was not found.")
            for alias, columns in sources.items():
                for name in columns:
                    yield name, self.compiler.compiled(exp.column(name, alias), scope)
            return
        if isinstance(node, exp.Alias):
            yield node.alias.lower(), self.compiler.value(node.this, scope)
            return
        yield node.name.lower() if isinstance(node, exp.Column) else otherwise, self.compiler.value(node, scope)

    def _where(self, node: exp.Select, scope: Scope) -> tuple[exp.Expr | None, int | None]:
        """The condition, and the limit that ROWNUM sets in it."""
        clause = _clause(node, "where")
        conditions, limit = [], None
        for each in _conjuncts(None if clause is None else clause.this):
            rows = _rownum(each)
            if rows is None:
                conditions.append(as_truth(self.compiler.compiled(each, scope)).node)
            else:
                limit = rows if limit is None else min(limit, rows)
        return (exp.and_(*conditions) if conditions else None), limit

    def _ordered(self, query: exp.Query, node: exp.Query, scope: Scope, outputs: dict[str, Typed]) -> exp.Query:
        order = _clause(node, "order")
        for each in _expressions(order):
            _refuse_others(each, {"this", "desc", "nulls_first"})
            ordered = exp.Ordered(
                this=self._order_key(each.this, scope, outputs),
                desc=bool(each.args.get("desc")),
                nulls_first=bool(each.args.get("nulls_first")),
            )
            query = query.order_by(ordered)
        for name in ("limit", "offset"):
            clause = _clause(node, name)
            if clause is not None:
                _refuse_others(clause, {"expression", "count", "direction", "limit_options"})
                _refuse_others(clause.args.get("limit_options") or exp.Null(), {"rows"})
                rows = _whole(clause.args.get("count") or clause.args.get("expression"))
                query = query.limit(rows) if name == "limit" else query.offset(rows)
        return query

    def _order_key(self, node: exp.Expr, scope: Scope, outputs: dict[str, Typed]) -> exp.Expr:
        if isinstance(node, exp.Literal) and not node.is_string:
            position = _whole(node)
            if not 1 <= position <= len(outputs):
                raise bad_query(f"ORDER BY {position} names no column.")
            return exp.Literal.number(position)
        if isinstance(node, exp.Column) and not node.text("table") and node.name.lower() in outputs:
            return exp.to_identifier(node.name.lower(), quoted=True)
        return self.compiler.value(node, scope).node


def _clause(node: exp.Expr, name: str) -> Any:
    # The parser's releases differ in how they spell clauses whose names are Python's keywords.
    return node.args.get(f"{name}_") or node.args.get(name)


def _expressions(clause: Any) -> Sequence[exp.Expr]:
    if clause is None:
        return []
    _refuse_others(clause, {"expressions"})
    expressions: Sequence[exp.Expr] = clause.expressions
    return expressions


def _refuse_others(node: exp.Expr, known: set[str]) -> None:
    """Raises ErpRefusal when a node carries anything that would be dropped silently."""
    if any(value for name, value in node.args.items() if name not in known):
        raise unsupported(node)


def _conjuncts(condition: Any) -> Sequence[exp.Expr]:
    if condition is None:
        return []
    return list(condition.flatten()) if isinstance(condition, exp.And) else [condition]


def _rownum(node: exp.Expr) -> int | None:
    if not isinstance(node, exp.LT | exp.LTE) or node.this.name.lower() != "rownum":
        return None
    return max(0, _whole(node.expression) - (1 if isinstance(node, exp.LT) else 0))


def _whole(node: Any) -> int:
    if not isinstance(node, exp.Literal) or node.is_string or not node.name.isdigit() or len(node.name) > 9:
        raise bad_query("A number of rows is expected.")
    return int(node.name)


def _quoted(node: exp.Expr) -> exp.Expr:
    if isinstance(node, exp.Identifier):
        node.set("quoted", True)
    return node


def _aggregates(outputs: Iterable[Typed]) -> bool:
    return any(each.node.find(exp.AggFunc) for each in outputs)


def _check_grouping(nodes: Sequence[exp.Expr], groups: Sequence[exp.Expr], scope: Scope) -> None:
    """Raises ErpRefusal for a column that is neither grouped nor aggregated: SQLite would pick a row's value."""
    if not groups and not any(node.find(exp.AggFunc) for node in nodes):
        return
    for node in nodes:
        for inner in node.walk(prune=lambda each: isinstance(each, exp.AggFunc) or each in groups):
            if isinstance(inner, exp.Column) and inner not in groups and inner.table in scope.sources:
                raise bad_query(f"Field '{inner.name}' must be grouped or aggregated.")
