"""Conditions of SuiteQL: comparisons, lists, patterns, subqueries, and their combination."""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from mocks.erp.errors import bad_query
from mocks.erp.query_compiler import Compiler, Handler, Scope, Typed, as_truth
from mocks.erp.query_kinds import TEXTUAL, glob

_ORDERED = (exp.GT, exp.GTE, exp.LT, exp.LTE)


def logical(compiler: Compiler, node: exp.Expr, scope: Scope) -> Typed:
    """AND, OR."""
    left, right = compiler.compiled(node.this, scope), compiler.compiled(node.expression, scope)
    return _condition(type(node)(this=as_truth(left).node, expression=as_truth(right).node))


def negation(compiler: Compiler, node: exp.Expr, scope: Scope) -> Typed:
    """NOT."""
    return _condition(exp.Not(this=exp.Paren(this=as_truth(compiler.compiled(node.this, scope)).node)))


def comparison(compiler: Compiler, node: exp.Expr, scope: Scope) -> Typed:
    """=, <>, <, <=, >, >=."""
    pair = compiler.matched([compiler.compiled(node.this, scope), compiler.compiled(node.expression, scope)])
    left, right = _counted(pair) if isinstance(node, _ORDERED) else pair
    return _condition(type(node)(this=left.node, expression=right.node))


def between(compiler: Compiler, node: exp.Expr, scope: Scope) -> Typed:
    """BETWEEN, both ends included."""
    parts = [compiler.compiled(node.args[name], scope) for name in ("this", "low", "high")]
    what, low, high = (each.node for each in _counted(compiler.matched(parts)))
    return _condition(exp.Between(this=what, low=low, high=high))


def inside(compiler: Compiler, node: exp.Expr, scope: Scope) -> Typed:
    """IN a list or a subquery."""
    what = compiler.compiled(node.this, scope)
    query = node.args.get("query")
    if query is not None:
        what = compiler.settled(what)
        inner, outputs = compiler.subquery(query, scope)
        if len(outputs) != 1 or not (what.kind == outputs[0].kind or {what.kind, outputs[0].kind} <= TEXTUAL):
            raise bad_query("A subquery of IN must have one column of the kind it is compared with.")
        return _condition(exp.In(this=what.node, query=exp.Subquery(this=inner)))
    if not node.expressions:
        raise bad_query("IN needs a list or a subquery.")
    first, *rest = compiler.matched([what, *(compiler.compiled(each, scope) for each in node.expressions)])
    return _condition(exp.In(this=first.node, expressions=[each.node for each in rest]))


def is_null(compiler: Compiler, node: exp.Expr, scope: Scope) -> Typed:
    """IS NULL."""
    if not isinstance(node.expression, exp.Null):
        raise bad_query("IS is supported with NULL only.")
    return _condition(exp.Is(this=compiler.value(node.this, scope).node, expression=exp.Null()))


def like(compiler: Compiler, node: exp.Expr, scope: Scope) -> Typed:
    """LIKE with a literal or a parameter; case matters."""
    what, pattern = compiler.value(node.this, scope), compiler.compiled(node.expression, scope)
    if what.kind not in TEXTUAL or pattern.kind not in ("string", "param"):
        raise bad_query("LIKE compares a text with a pattern.")
    if pattern.kind == "param":
        right = compiler.fitted_parameter(pattern, "glob").node
    else:
        right = exp.Literal.string(glob(pattern.value))
    return _condition(exp.Glob(this=what.node, expression=right))


def exists(compiler: Compiler, node: exp.Expr, scope: Scope) -> Typed:
    """EXISTS."""
    inner, _ = compiler.subquery(node.this, scope)
    return _condition(exp.Exists(this=inner))


def _condition(node: exp.Expr) -> Typed:
    return Typed(node, "truth")


def _counted(items: Sequence[Typed]) -> list[Typed]:
    """Ids are text in the store and numbers to NetSuite: compared by size they are numbers."""
    if all(each.kind != "id" for each in items):
        return list(items)
    return [Typed(exp.Cast(this=each.node, to=exp.DataType.build("INT")), "int") for each in items]


PREDICATES: dict[type, Handler] = {
    exp.And: logical,
    exp.Or: logical,
    exp.Not: negation,
    **dict.fromkeys((exp.EQ, exp.NEQ, *_ORDERED), comparison),
    exp.Between: between,
    exp.In: inside,
    exp.Is: is_null,
    exp.Like: like,
    exp.Exists: exists,
}
