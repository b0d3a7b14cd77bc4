"""Mutation operators: every small mistake that can be made in a source file, each as the text that it puts in place.

A mutant differs in the text of one node; the rest of the file stays byte for byte, so that a diff shows the mistake.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

_COMPARISONS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.Gt),
    ast.LtE: (ast.Lt, ast.GtE),
    ast.Gt: (ast.GtE, ast.Lt),
    ast.GtE: (ast.Gt, ast.LtE),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
}
_ARITHMETIC: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.FloorDiv: ast.Mult,
    ast.Div: ast.Mult,
    ast.Mod: ast.FloorDiv,
}
_ORDERED = (ast.Lt, ast.LtE, ast.Gt, ast.GtE)
# Names, codes and keys; sentences for people are not behaviour.
_WORD = re.compile(r"^[\w.:-]{1,30}$")


@dataclass(frozen=True, slots=True)
class Mutation:
    """One mistake: where it stands, what it is, and the file with it."""

    file: str
    function: str
    line: int
    last_line: int
    operator: str
    before: str
    after: str
    source: str

    @property
    def told(self) -> str:
        """The mistake in a line: ``a < b -> a <= b``."""
        return f"{_short(self.before)} -> {_short(self.after)}"


def mutations(file: str, source: str) -> list[Mutation]:
    """Every mistake the operators know in a file, in order of their places."""
    return list(_Finder(file, source).all())


class _Finder:
    def __init__(self, file: str, source: str) -> None:
        self._file = file
        self._source = source
        self._tree = ast.parse(source)
        self._starts = _line_starts(source)

    def all(self) -> Iterator[Mutation]:
        seen: set[tuple[int, int, str]] = set()
        for function, node in _functions(self._tree):
            for part, operator, after in _mistakes(node):
                start, end = self._span(part)
                if (start, end, after) not in seen:
                    seen.add((start, end, after))
                    yield self._mutation(function, part, operator, after)

    def _mutation(self, function: str, node: ast.expr | ast.stmt, operator: str, after: str) -> Mutation:
        start, end = self._span(node)
        text = self._source.encode()
        return Mutation(
            file=self._file,
            function=function,
            line=node.lineno,
            last_line=node.end_lineno or node.lineno,
            operator=operator,
            before=text[start:end].decode(),
            after=after,
            source=(text[:start] + after.encode() + text[end:]).decode(),
        )

    def _span(self, node: ast.expr | ast.stmt) -> tuple[int, int]:
        end_line, end_col = node.end_lineno or node.lineno, node.end_col_offset or 0
        return self._starts[node.lineno - 1] + node.col_offset, self._starts[end_line - 1] + end_col


def _functions(tree: ast.Module) -> Iterator[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef]]:
    """Every function with its dotted name; one inside another belongs to the outer one as well."""

    def walk(node: ast.AST, prefix: str) -> Iterator[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef]]:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
                yield f"{prefix}{child.name}", child
            elif isinstance(child, ast.ClassDef):
                yield from walk(child, f"{prefix}{child.name}.")

    return walk(tree, "")


Mistake = tuple[ast.expr | ast.stmt, str, str]


def _mistakes(function: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[Mistake]:
    for statement in function.body:
        for node in _behaviour(statement):
            if isinstance(node, ast.stmt):
                yield from _in_statement(node)
            elif isinstance(node, ast.expr):
                yield from _in_expression(node)


def _behaviour(node: ast.AST) -> Iterator[ast.AST]:
    """A node and what is in it, without docstrings, annotations, messages of errors and inner defaults."""
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return
    yield node
    if isinstance(node, ast.Raise | ast.JoinedStr | ast.Assert):
        return
    for name, value in ast.iter_fields(node):
        if name in ("annotation", "returns", "args") and not isinstance(node, ast.Call):
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST):
                yield from _behaviour(child)


def _in_statement(node: ast.stmt) -> Iterator[Mistake]:
    if isinstance(node, ast.Return) and node.value is not None and not _is_none(node.value):
        yield node, "return none", "return None"
    elif _can_go(node):
        yield node, "statement deletion", "pass"
    elif isinstance(node, ast.If | ast.While):
        yield node.test, "boolean negation", f"not ({ast.unparse(node.test)})"


def _can_go(node: ast.stmt) -> bool:
    """Whether a statement can be missing without a name missing too."""
    if isinstance(node, ast.Expr):
        return isinstance(node.value, ast.Call | ast.Await)
    if isinstance(node, ast.Assign):
        return not isinstance(node.targets[0], ast.Name | ast.Tuple)
    return isinstance(node, ast.AugAssign | ast.Continue | ast.Break | ast.Raise)


def _in_expression(node: ast.expr) -> Iterator[Mistake]:
    if isinstance(node, ast.Compare) and len(node.ops) == 1:
        yield from _in_comparison(node)
    elif isinstance(node, ast.BinOp):
        yield from _in_arithmetic(node)
    elif isinstance(node, ast.BoolOp):
        other = ast.Or() if isinstance(node.op, ast.And) else ast.And()
        yield node, "boolean swap", f"({ast.unparse(ast.BoolOp(other, node.values))})"
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield node, "boolean negation", f"({ast.unparse(node.operand)})"
    elif isinstance(node, ast.IfExp):
        yield node.test, "boolean negation", f"not ({ast.unparse(node.test)})"
    elif isinstance(node, ast.Constant):
        yield from _in_constant(node)
    elif isinstance(node, ast.Call):
        yield from _in_call(node)


def _in_comparison(node: ast.Compare) -> Iterator[Mistake]:
    left, right = ast.unparse(node.left), node.comparators[0]
    for other in _COMPARISONS[type(node.ops[0])]:
        yield node, "comparison swap", f"({ast.unparse(ast.Compare(node.left, [other()], [right]))})"
    if isinstance(node.ops[0], _ORDERED):
        sign = ast.unparse(ast.Compare(ast.Name("x"), [node.ops[0]], [ast.Name("y")]))[1:-1]
        for step in ("+ 1", "- 1"):
            yield node, "boundary", f"({left}{sign}({ast.unparse(right)}) {step})"


def _in_arithmetic(node: ast.BinOp) -> Iterator[Mistake]:
    other = _ARITHMETIC.get(type(node.op))
    if other is None or any(map(_is_text, (node.left, node.right))):
        return
    yield node, "arithmetic", f"({ast.unparse(ast.BinOp(node.left, other(), node.right))})"


def _in_constant(node: ast.Constant) -> Iterator[Mistake]:
    value = node.value
    if isinstance(value, bool):
        yield node, "constant", repr(not value)
    elif isinstance(value, int):
        yield node, "constant", repr(value + 1)
    elif isinstance(value, str) and _WORD.match(value):
        yield node, "constant", repr(f"{value}x")


def _in_call(node: ast.Call) -> Iterator[Mistake]:
    if len(node.args) < 2 or any(isinstance(each, ast.Starred) for each in node.args[:2]):
        return
    first, second = node.args[:2]
    if ast.dump(first) != ast.dump(second):
        swapped = ast.Call(node.func, [second, first, *node.args[2:]], node.keywords)
        yield node, "argument swap", ast.unparse(swapped)


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _is_text(node: ast.expr) -> bool:
    """Whether a node shows that it is no number."""
    if isinstance(node, ast.Constant):
        return isinstance(node.value, str | bytes)
    return isinstance(node, ast.JoinedStr | ast.List | ast.Tuple | ast.ListComp)


def _line_starts(source: str) -> list[int]:
    """Where each line begins, in bytes: columns of the syntax tree count bytes."""
    starts = [0]
    for line in source.splitlines(keepends=True):
        starts.append(starts[-1] + len(line.encode()))
    return starts


def _short(text: str) -> str:
    return " ".join(text.split())
