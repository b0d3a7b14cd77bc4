"""Functions of SuiteQL: aggregates, NVL and CASE, texts, TO_DATE and TO_CHAR, BUILTIN.DF."""

from __future__ import annotations

from collections.abc import Sequence

import sqlglot
from sqlglot import exp

from mocks.erp.errors import bad_query
from mocks.erp.query_compiler import (
    Compiler,
    Handler,
    Scope,
    Typed,
    as_number,
    as_text,
    as_truth,
    number,
    unsupported,
)
from mocks.erp.query_kinds import SCALES, parsed_date
from mocks.erp.query_tables import display_sql

# Oracle's date elements in SQLite's strftime; a longer one before those it contains.
_ELEMENTS = (("YYYY", "%Y"), ("HH24", "%H"), ("MM", "%m"), ("DD", "%d"), ("MI", "%M"), ("SS", "%S"))


def scalar(compiler: Compiler, node: exp.Expr, scope: Scope) -> Typed:
    """A subquery of one column as a value."""
    inner, outputs = compiler.subquery(node, scope)
    if len(outputs) != 1:
        raise bad_query("A subquery in an expression must have one column.")
    first = outputs[0]
    return Typed(exp.Subquery(this=inner), first.kind, None, first.targets, first.names)


def count(compiler: Compiler, node: exp.Expr, scope: Scope) -> Typed:
    """COUNT of rows, of values, of distinct values."""
    counted = node.this
    if isinstance(counted, exp.Star):
        return Typed(exp.Count(this=exp.Star()), "int")
    if isinstance(counted, exp.Distinct):
        one = exp.Distinct(expressions=[_only(compiler, counted.expressions, scope).node])
        return Typed(exp.Count(this=one), "int")
    return Typed(exp.Count(this=compiler.value(counted, scope).node), "int")


def aggregate(compiler: Compiler, node: exp.Expr, scope: Scope) -> Typed:
    """SUM, MIN, MAX."""
    inside = compiler.value(node.this, scope)
    if isinstance(node, exp.Sum):
        as_number(inside)
    return Typed(type(node)(this=inside.node), inside.kind, None, inside.targets, inside.names)


def coalesce(compiler: Compiler, node: exp.Expr, scope: Scope) -> Typed:
    """NVL, COALESCE."""
    items = compiler.matched([compiler.compiled(each, scope) for each in (node.this, *node.expressions)])
    nodes = [each.node for each in items]
    return Typed(exp.Coalesce(this=nodes[0], expressions=nodes[1:]), _kind_of(items))


def case(compiler: Compiler, node: exp.Expr, scope: Scope) -> Typed:
    """CASE in both forms."""
    pairs = [(each.this, each.args["true"]) for each in node.args["ifs"]]
    if node.this is not None:
        pairs = [(exp.EQ(this=node.this.copy(), expression=when.copy()), then) for when, then in pairs]
    return _cases(compiler, pairs, node.args.get("default"), scope)


def decode(compiler: Compiler, node: exp.Expr, scope: Scope) -> Typed:
    """DECODE: a CASE of equalities."""
    what, *rest = node.expressions
    pairs = [
        (exp.EQ(this=what.copy(), expression=rest[index].copy()), rest[index + 1])
        for index in range(0, len(rest) - 1, 2)
    ]
    return _cases(compiler, pairs, rest[-1] if len(rest) % 2 else None, scope)


def text_function(compiler: Compiler, node: exp.Expr, scope: Scope) -> Typed:
    """UPPER, LOWER, TRIM, LENGTH."""
    inside = as_text(compiler.value(node.this, scope))
    return Typed(type(node)(this=inside.node), "int" if isinstance(node, exp.Length) else "text")


def substring(compiler: Compiler, node: exp.Expr, scope: Scope) -> Typed:
    """SUBSTR."""
    arguments = [as_text(compiler.value(node.this, scope)).node]
    arguments += [
        compiler.fitted(compiler.compiled(node.args[name], scope), "int").node
        for name in ("start", "length")
        if node.args.get(name) is not None
    ]
    return Typed(exp.Anonymous(this="SUBSTR", expressions=arguments), "text")


def joined(compiler: Compiler, node: exp.Expr, scope: Scope) -> Typed:
    """Texts joined by || or CONCAT; to Oracle a null is an empty text here, to SQLite the whole would be null."""
    items = node.expressions if isinstance(node, exp.Concat) else [node.this, node.expression]
    parts = [
        exp.Coalesce(this=as_text(compiler.value(each, scope)).node, expressions=[exp.Literal.string("")])
        for each in items
    ]
    whole: exp.Expr = parts[0]
    for part in parts[1:]:
        whole = exp.DPipe(this=whole, expression=part)
    return Typed(exp.Paren(this=whole), "text")


def absolute(compiler: Compiler, node: exp.Expr, scope: Scope) -> Typed:
    """ABS."""
    inside = as_number(compiler.value(node.this, scope))
    return Typed(exp.Abs(this=inside.node), inside.kind)


def to_date(compiler: Compiler, node: exp.Expr, scope: Scope) -> Typed:
    """TO_DATE, TO_TIMESTAMP of a literal or a parameter; without a format, the account's."""
    inside = compiler.compiled(node.this, scope)
    wanted = node.args.get("format")
    if inside.kind == "string":
        return Typed(inside.node, "moment", parsed_date(inside.value, wanted and wanted.name))
    if inside.kind == "param":
        compiler.parameters[inside.value].date_format = wanted.name if wanted is not None else "%m/%d/%Y"
        return inside
    raise bad_query("TO_DATE takes a text or a parameter.")


def to_char(compiler: Compiler, node: exp.Expr, scope: Scope) -> Typed:
    """TO_CHAR of a date in a format, or of a text or whole number as it is."""
    inside = compiler.value(node.this, scope)
    wanted = node.args.get("format")
    if inside.kind in ("date", "instant"):
        letters = exp.Literal.string(_strftime("MM/DD/YYYY" if wanted is None else wanted.name))
        arguments: list[exp.Expr] = [letters, inside.node]
        if inside.kind == "instant":
            seconds = exp.IntDiv(this=exp.Paren(this=inside.node), expression=number(1_000_000))
            start = number(int(compiler.epoch.timestamp()))
            arguments = [letters, exp.Add(this=seconds, expression=start), exp.Literal.string("unixepoch")]
        return Typed(exp.Anonymous(this="STRFTIME", expressions=arguments), "text")
    if wanted is not None or inside.kind in SCALES:
        raise bad_query("TO_CHAR is supported for dates, and for texts and whole numbers without a format.")
    return Typed(exp.Cast(this=inside.node, to=exp.DataType.build("TEXT")), "text")


def builtin(compiler: Compiler, node: exp.Expr, scope: Scope) -> Typed:
    """BUILTIN.DF: the name of a list value or of the record a reference names; other values as they are."""
    function = node.expression
    if node.this.name.lower() != "builtin" or not isinstance(function, exp.Anonymous) or function.name.upper() != "DF":
        raise unsupported(node)
    inside = _only(compiler, function.expressions, scope)
    if inside.names:
        ifs = [
            exp.If(
                this=exp.EQ(this=inside.node.copy(), expression=exp.Literal.string(key)), true=exp.Literal.string(name)
            )
            for key, name in inside.names.items()
        ]
        return Typed(exp.Case(ifs=ifs, default=inside.node), "text")
    displays = [_display(target, inside.node) for target in inside.targets]
    if not displays:
        return inside
    first, *others = displays
    return Typed(exp.Coalesce(this=first, expressions=others) if others else first, "text")


def _cases(
    compiler: Compiler,
    pairs: Sequence[tuple[exp.Expr, exp.Expr]],
    default: exp.Expr | None,
    scope: Scope,
) -> Typed:
    conditions = [as_truth(compiler.compiled(condition, scope)).node for condition, _ in pairs]
    results = [compiler.compiled(result, scope) for _, result in pairs]
    if default is not None:
        results.append(compiler.compiled(default, scope))
    matched = compiler.matched(results)
    ifs = [exp.If(this=each, true=then.node) for each, then in zip(conditions, matched, strict=False)]
    return Typed(exp.Case(ifs=ifs, default=None if default is None else matched[-1].node), _kind_of(matched))


def _only(compiler: Compiler, items: Sequence[exp.Expr], scope: Scope) -> Typed:
    if len(items) != 1:
        raise bad_query("The function takes one argument.")
    return compiler.value(items[0], scope)


def _display(target: str, node: exp.Expr) -> exp.Expr:
    parsed = sqlglot.parse_one(display_sql(target, "?"), read="sqlite")
    for place in list(parsed.find_all(exp.Placeholder)):
        place.replace(node.copy())
    return parsed


def _strftime(oracle: str) -> str:
    letters, rest = "", oracle.upper()
    while rest:
        element, letter = next((each for each in _ELEMENTS if rest.startswith(each[0])), (rest[0], rest[0]))
        if element == letter and (letter.isalpha() or letter == "%"):
            raise bad_query(f"The date format '{oracle}' is not supported.")
        letters, rest = letters + letter, rest[len(element) :]
    return letters


def _kind_of(items: Sequence[Typed]) -> str:
    return next((each.kind for each in items if each.kind != "null"), "null")


FUNCTIONS: dict[type, Handler] = {
    exp.Subquery: scalar,
    exp.Count: count,
    **dict.fromkeys((exp.Sum, exp.Min, exp.Max), aggregate),
    exp.Coalesce: coalesce,
    exp.Case: case,
    exp.DecodeCase: decode,
    **dict.fromkeys((exp.Upper, exp.Lower, exp.Length, exp.Trim), text_function),
    exp.Substring: substring,
    exp.DPipe: joined,
    exp.Concat: joined,
    exp.Abs: absolute,
    exp.StrToDate: to_date,
    exp.StrToTime: to_date,
    exp.ToChar: to_char,
    exp.Dot: builtin,
}
