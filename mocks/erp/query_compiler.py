"""The heart of SuiteQL's compiler: typed expressions, and how a literal or parameter takes the kind of its neighbour.

Expressions are compiled node by node by handlers handed in; a node without a handler is refused, never passed through.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlglot import exp

from mocks.erp.errors import bad_query
from mocks.erp.query_kinds import NUMERIC, SCALES, TEXTUAL, Parameter, account_date, checked, date_text, scaled
from sandbox.core.clock import instant
from sandbox.core.money import plain

LITERALS = frozenset({"numeral", "string", "moment", "param", "null"})


@dataclass(frozen=True, slots=True)
class Typed:
    """A compiled expression and its kind.

    ``value`` is that of a literal, ``targets`` and ``names`` say what a value refers to or is called. Literals have
    the kinds numeral, string, moment, param and null until they are fitted to something; a condition is a truth.
    """

    node: exp.Expr
    kind: str
    value: Any = None
    targets: tuple[str, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Scope:
    """What a query may name: its sources by alias, each with typed columns, and the query around it."""

    sources: dict[str, dict[str, Typed]] = field(default_factory=dict)
    outer: Scope | None = None


Handler = Callable[["Compiler", "exp.Expr", Scope], Typed]
Subquery = Callable[["exp.Expr", Scope], tuple["exp.Expr", list[Typed]]]


class Compiler:
    """Compiles the expressions of one statement; ``parameters`` collects what its ``?`` turn out to be."""

    def __init__(self, epoch: datetime, parameters: int, handlers: Mapping[type, Handler], subquery: Subquery) -> None:
        self.epoch = epoch
        self.parameters = [Parameter() for _ in range(parameters)]
        self.subquery = subquery
        self._handlers = handlers

    def compiled(self, node: exp.Expr, scope: Scope) -> Typed:
        """An expression with its kind; raises ErpRefusal for anything unknown."""
        handler = self._handlers.get(type(node))
        if handler is None:
            raise unsupported(node) if isinstance(node, exp.Expression) else bad_query("An argument is missing.")
        return handler(self, node, scope)

    def value(self, node: exp.Expr, scope: Scope) -> Typed:
        """An expression that stands alone: a literal takes its own kind, a condition is refused."""
        typed = self.settled(self.compiled(node, scope))
        if typed.kind == "truth":
            raise bad_query("A condition is no value; use CASE.")
        return typed

    def settled(self, typed: Typed) -> Typed:
        """A literal as a value of its own."""
        if typed.kind == "numeral":
            whole = typed.value == typed.value.to_integral_value()
            return self.fitted(typed, "int" if whole else "number")
        if typed.kind == "moment":
            return self.fitted(typed, "date")
        return self.fitted(typed, "text") if typed.kind in ("string", "param") else typed

    def fitted(self, typed: Typed, kind: str) -> Typed:
        """The expression as one of another kind; raises ErpRefusal when it cannot be."""
        pair = {typed.kind, kind}
        if typed.kind in (kind, "null") or pair <= TEXTUAL or pair <= {"money", "number"}:
            return typed
        if typed.kind == "param":
            return self.fitted_parameter(typed, kind)
        if kind in SCALES and typed.kind == "int":
            product = exp.Mul(this=exp.Paren(this=typed.node), expression=number(SCALES[kind]))
            return Typed(exp.Paren(this=product), kind)
        node = self._fitted_literal(typed, kind)
        if node is None:
            raise bad_query(f"A value of kind {typed.kind} cannot be used as {kind}.")
        return Typed(node, kind)

    def fitted_parameter(self, typed: Typed, kind: str) -> Typed:
        """A parameter that will be bound as a value of this kind."""
        parameter = self.parameters[typed.value]
        if parameter.date_format is not None and kind not in ("date", "instant"):
            kind = "date" if kind == "text" else kind
            if kind != "date":
                raise bad_query(f"A date cannot be used as {kind}.")
        if parameter.kind not in (None, kind):
            raise bad_query("A parameter is used as two kinds of value.")
        parameter.kind = kind
        return Typed(typed.node, kind)

    def matched(self, items: Sequence[Typed]) -> list[Typed]:
        """Expressions of one kind: that of the first that is no literal, an amount before a whole number."""
        kinds = [each.kind for each in items if each.kind not in LITERALS]
        if kinds:
            kind = next((each for each in kinds if each in SCALES), kinds[0])
            return [self.fitted(each, kind) for each in items]
        settled = [self.settled(each) for each in items]
        kinds = [each.kind for each in settled if each.kind != "null"]
        if all(kind == kinds[0] for kind in kinds):
            return settled
        return [self.fitted(each, "text") for each in items]

    def _fitted_literal(self, typed: Typed, kind: str) -> exp.Expr | None:
        value = typed.value
        if typed.kind == "numeral":
            if kind in SCALES:
                return number(scaled(value, kind))
            if kind == "int":
                return typed.node
            return exp.Literal.string(plain(value)) if kind in TEXTUAL else None
        if typed.kind == "string" and kind in TEXTUAL:
            return typed.node
        if typed.kind in ("string", "moment") and kind in ("date", "instant"):
            when = account_date(value) if typed.kind == "string" else value
            if kind == "instant":
                return number(instant(self.epoch, when))
            return exp.Literal.string(date_text(when))
        if typed.kind == "string" and kind == "int" and value.isascii() and value.isdigit():
            return number(int(value))
        return None


def unsupported(node: exp.Expr) -> Exception:
    """The refusal of a construct this compiler does not know."""
    spoken = node.sql(dialect="oracle")[:80] or type(node).__name__.upper()
    return bad_query(f"{spoken} is not supported.")


def number(value: int) -> exp.Expr:
    """A whole number as a literal."""
    return exp.Literal.number(value)


def as_number(typed: Typed) -> Typed:
    """The expression, refused unless it is a number or an amount."""
    if typed.kind not in NUMERIC:
        raise bad_query(f"A value of kind {typed.kind} is no number.")
    return typed


def as_text(typed: Typed) -> Typed:
    """The expression, refused unless it can stand in a text."""
    if typed.kind not in TEXTUAL | {"int", "null"}:
        raise bad_query(f"A value of kind {typed.kind} is no text; use TO_CHAR.")
    return typed


def as_truth(typed: Typed) -> Typed:
    """The expression, refused unless it is a condition."""
    if typed.kind != "truth":
        raise bad_query("A condition is expected.")
    return typed


def column(compiler: Compiler, node: exp.Expr, scope: Scope) -> Typed:
    """A column of a source of this query or one around it."""
    if node.args.get("join_mark"):
        raise bad_query("The outer join mark (+) is not supported.")
    name, qualifier = node.name.lower(), node.text("table").lower()
    around: Scope | None = scope
    while around is not None:
        candidates = {alias: columns for alias, columns in around.sources.items() if qualifier in ("", alias)}
        found = [(alias, columns[name]) for alias, columns in candidates.items() if name in columns]
        if len(found) > 1:
            raise bad_query(f"Field '{name}' is ambiguous.")
        if found:
            alias, known = found[0]
            return Typed(exp.column(name, alias, quoted=True), known.kind, None, known.targets, known.names)
        around = around.outer
    raise bad_query(f"Field '{node.name.lower()}' not found.")


def literal(compiler: Compiler, node: exp.Expr, scope: Scope) -> Typed:
    """A text or a number."""
    if node.is_string:
        return Typed(exp.Literal.string(node.name), "string", node.name)
    value = checked(Decimal(node.name))
    return Typed(exp.Literal.number(plain(value)), "numeral", value)


def null(compiler: Compiler, node: exp.Expr, scope: Scope) -> Typed:
    """Nothing."""
    return Typed(exp.Null(), "null")


def parameter(compiler: Compiler, node: exp.Expr, scope: Scope) -> Typed:
    """A ``?``, named ``:p<index>`` by the parser's caller so that its position is never in doubt."""
    index = int(node.name[1:])
    return Typed(exp.Var(this=f"?{index + 1}"), "param", index)


def paren(compiler: Compiler, node: exp.Expr, scope: Scope) -> Typed:
    """Parentheses, kept around anything but a literal."""
    inside = compiler.compiled(node.this, scope)
    if inside.kind in LITERALS:
        return inside
    return Typed(exp.Paren(this=inside.node), inside.kind, None, inside.targets, inside.names)


def negative(compiler: Compiler, node: exp.Expr, scope: Scope) -> Typed:
    """A minus sign."""
    inside = compiler.compiled(node.this, scope)
    if inside.kind == "numeral":
        return Typed(exp.Literal.number(plain(-inside.value)), "numeral", -inside.value)
    return Typed(exp.Neg(this=exp.Paren(this=as_number(inside).node)), inside.kind)


def addition(compiler: Compiler, node: exp.Expr, scope: Scope) -> Typed:
    """Sum or difference of two numbers or two amounts of a kind."""
    pair = compiler.matched([compiler.compiled(node.this, scope), compiler.compiled(node.expression, scope)])
    left, right = (as_number(compiler.settled(each)) for each in pair)
    return Typed(type(node)(this=left.node, expression=exp.Paren(this=right.node)), left.kind)


def product(compiler: Compiler, node: exp.Expr, scope: Scope) -> Typed:
    """A number or amount times a whole number."""
    pair = [as_number(compiler.value(each, scope)) for each in (node.this, node.expression)]
    if all(each.kind != "int" for each in pair):
        raise bad_query("Only whole numbers can be multiplied with amounts.")
    kind = next((each.kind for each in pair if each.kind != "int"), "int")
    left, right = (exp.Paren(this=each.node) for each in pair)
    return Typed(exp.Mul(this=left, expression=right), kind)


VALUES: dict[type, Handler] = {
    exp.Column: column,
    exp.Literal: literal,
    exp.Null: null,
    exp.Placeholder: parameter,
    exp.Paren: paren,
    exp.Neg: negative,
    exp.Add: addition,
    exp.Sub: addition,
    exp.Mul: product,
}
