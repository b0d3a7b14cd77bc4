"""Each operator makes the mistakes it is named after, in the text of one node, and no others."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.mutation.operators import Mutation, mutations
from tests.mutation.targets import candidates

ROOT = Path(__file__).resolve().parents[2]


def of(body: str, operator: str | None = None) -> list[str]:
    """The mistakes in the body of a function, as told."""
    source = f"def f(a, b, c):\n    {body}\n"
    return [each.told for each in mutations("x.py", source) if operator in (None, each.operator)]


@pytest.mark.parametrize(
    ("body", "operator", "told"),
    [
        ("g(a < b)", "comparison swap", ["a < b -> (a <= b)", "a < b -> (a > b)"]),
        ("g(a == b)", "comparison swap", ["a == b -> (a != b)"]),
        ("g(a not in b)", "comparison swap", ["a not in b -> (a in b)"]),
        ("g(a is None)", "comparison swap", ["a is None -> (a is not None)"]),
        ("g(a >= b)", "boundary", ["a >= b -> (a >= (b) + 1)", "a >= b -> (a >= (b) - 1)"]),
        ("g(a == b)", "boundary", []),
        ("g(a + b * c)", "arithmetic", ["a + b * c -> (a - b * c)", "b * c -> (b // c)"]),
        ("g(a + 'text')", "arithmetic", []),
        ("g(a and b)", "boolean swap", ["a and b -> (a or b)"]),
        ("g(not a)", "boolean negation", ["not a -> (a)"]),
        ("g(b if a else c)", "boolean negation", ["a -> not (a)"]),
        ("if a: g()", "boolean negation", ["a -> not (a)"]),
        ("g(7)", "constant", ["7 -> 8"]),
        ("g(True)", "constant", ["True -> False"]),
        ("g('status')", "constant", ["'status' -> 'statusx'"]),
        ("g('a sentence for people')", "constant", []),
        ("g(f'{a} is 7')", "constant", []),
        ("raise E('code', 7)", "constant", []),
        ("raise E('code')", "statement deletion", ["raise E('code') -> pass"]),
        ("a[0] = b", "statement deletion", ["a[0] = b -> pass"]),
        ("a = b", "statement deletion", []),
        ("a += b", "statement deletion", ["a += b -> pass"]),
        ("g()", "statement deletion", ["g() -> pass"]),
        ("g(a, b, c)", "argument swap", ["g(a, b, c) -> g(b, a, c)"]),
        ("g(a, a)", "argument swap", []),
        ("g(*a, b)", "argument swap", []),
        ("return a", "return none", ["return a -> return None"]),
        ("return None", "return none", []),
    ],
)
def test_an_operator_makes_its_mistakes(body: str, operator: str, told: list[str]) -> None:
    assert of(body, operator) == told


def test_docstrings_annotations_and_defaults_are_left_alone() -> None:
    source = 'def f(a: int = 3, b: "Name" = "word") -> "Word":\n    """Seven."""\n    c: "Kind" = a\n'
    assert mutations("x.py", source) == []


def test_a_mutant_differs_in_one_place_and_says_where() -> None:
    source = "class A:\n    def f(self, ä):\n        # é\n        return ä < 1  # kept\n"
    (first, *_) = [each for each in mutations("a/x.py", source) if each.operator == "comparison swap"]
    assert first == Mutation(
        file="a/x.py",
        function="A.f",
        line=4,
        last_line=4,
        operator="comparison swap",
        before="ä < 1",
        after="(ä <= 1)",
        source=source.replace("ä < 1", "(ä <= 1)"),
    )


def test_every_mutant_of_the_tree_is_python_and_is_not_what_was_there() -> None:
    for area in candidates(ROOT):
        assert len(area) > 400
        # One in eleven: all would take longer than they are worth.
        for each in area[::11]:
            original = ast.dump(ast.parse((ROOT / each.file).read_text(encoding="utf-8")))
            assert ast.dump(ast.parse(each.source)) != original, each.told
