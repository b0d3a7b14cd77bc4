"""A sample is the seed's, spread over areas and operators; what cannot be found is argued about, mutant by mutant."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from tests.mutation.covering import Coverage, numbered, test_of
from tests.mutation.operators import Mutation, mutations
from tests.mutation.targets import candidates, drawn, equivalents

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def areas() -> list[list[Mutation]]:
    """Every mutation of the tree."""
    return candidates(ROOT)


def test_a_seed_draws_the_same_sample_and_another_another(areas: list[list[Mutation]]) -> None:
    first, again, other = (drawn(areas, 30, seed) for seed in (1, 1, 2))
    assert first == again
    assert len({(each.file, each.line, each.after) for each in [*first, *other]}) > 55


def test_a_sample_is_spread_over_areas_and_operators(areas: list[list[Mutation]]) -> None:
    sample = drawn(areas, 90, 1)
    assert [sum(each in area for each in sample) for area in areas] == [30, 30, 30]
    operators = Counter(each.operator for each in sample)
    assert len(operators) == 9
    # Ten of each on average; constants are four in ten of what could be drawn.
    assert max(operators.values()) <= 20


def test_a_small_tree_is_drawn_to_the_last_mutant() -> None:
    area = mutations("x.py", "def f(a, b):\n    g(a < b)\n")
    assert len(area) == 5
    assert sorted(each.after for each in drawn([area, []], 99, 1)) == sorted(each.after for each in area)


def test_every_mutation_that_is_argued_about_is_one_of_the_tree(areas: list[list[Mutation]]) -> None:
    everything = [each for area in areas for each in area]
    stale = [known for known in equivalents() if not any(known.is_about(each) for each in everything)]
    assert stale == []
    assert all(len(known.why) > 20 for known in equivalents())


def test_tests_of_few_lines_of_a_file_come_first() -> None:
    coverage = Coverage(("broad", "close", "apart"), {"x.py": {1: (0, 1), 2: (0,), 3: (0, 2), 4: (2,), 5: (2,)}})
    assert coverage.of("x.py", 1, 1) == ["close", "broad"]
    assert coverage.of("x.py", 1, 3) == ["close", "apart", "broad"]
    assert coverage.of("x.py", 6, 9) == coverage.of("y.py", 1, 1) == []


def test_a_context_is_a_test_as_pytest_names_it() -> None:
    assert test_of(ROOT, "tests.mutation.test_sampling.test_x") == "tests/mutation/test_sampling.py::test_x"
    assert test_of(ROOT, "") is None
    assert test_of(ROOT, "hypothesis.stateful.run") is None


def test_a_bitmap_of_lines_is_read_from_its_lowest_bit() -> None:
    # 0b00000110 holds lines 1 and 2, 0b10000000 in the second byte line 15.
    assert numbered(bytes([0b110, 0b1000_0000])) == [1, 2, 15]
