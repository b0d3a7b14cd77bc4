"""A trial: a mutant that a test notices is killed, one that none notices survives, and the tree stays as it was."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.mutation import trial
from tests.mutation.operators import mutations
from tests.mutation.trial import Bench, diff

RULES = "def older(a, b):\n    return a < b\n\n\ndef spin(n):\n    while n > 0:\n        n -= 1\n    return n\n"
TESTS = """\
from mocks.rules import older, spin


def test_careful():
    assert older(1, 2)
    assert not older(2, 2)


def test_careless():
    older(1, 2)


def test_spinning():
    assert spin(3) == 0
"""


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A tree of one rule and three tests."""
    root = tmp_path / "tree"
    for folder in trial.FOLDERS:
        (root / folder).mkdir(parents=True)
        (root / folder / "__init__.py").touch()
    (root / "mocks" / "rules.py").write_text(RULES)
    (root / "tests" / "test_rules.py").write_text(TESTS)
    (root / "pyproject.toml").write_text("")
    return root


def test_what_a_test_notices_is_killed_and_what_none_notices_survives(tree: Path, tmp_path: Path) -> None:
    swapped = next(each for each in mutations("mocks/rules.py", RULES) if each.after == "(a <= b)")
    bench = Bench(tree, tmp_path / "bench")
    verdict = bench.judge(swapped, ["tests/test_rules.py::test_careless", "tests/test_rules.py::test_careful"], ())
    assert (verdict.fate, verdict.by, verdict.found) == ("killed", "tests/test_rules.py::test_careful", True)
    verdict = bench.judge(swapped, ["tests/test_rules.py::test_careless"], ())
    assert (verdict.fate, verdict.found) == ("survived", False)
    verdict = bench.judge(swapped, [], ())
    assert (verdict.fate, verdict.found) == ("not covered", False)
    assert (tree / "mocks" / "rules.py").read_text() == RULES
    assert (tmp_path / "bench" / "mocks" / "rules.py").read_text() == RULES
    assert diff(tree, swapped) == "@@ -2 +2 @@\n-    return a < b\n+    return (a <= b)"


def test_a_mutant_that_nothing_can_be_imported_with_is_killed_and_an_unknown_test_is_not(
    tree: Path, tmp_path: Path
) -> None:
    source = "def low(a, b):\n    return a < b\n\n\nif not low(1, 2):\n    raise ValueError\n"
    (tree / "mocks" / "rules.py").write_text(source)
    test = "from mocks.rules import low\n\ndef test_low():\n    assert low(1, 2)\n"
    (tree / "tests" / "test_rules.py").write_text(test)
    broken = next(each for each in mutations("mocks/rules.py", source) if each.after == "(a > b)")
    bench = Bench(tree, tmp_path / "bench")
    assert bench.judge(broken, ["tests/test_rules.py::test_low"], ()).fate == "killed"
    harmless = next(each for each in mutations("mocks/rules.py", source) if each.after == "(a <= b)")
    with pytest.raises(RuntimeError, match="pytest ended 4"):
        bench.judge(harmless, ["tests/test_rules.py::test_nobody_wrote"], ())


def test_a_mutant_that_never_ends_is_found(tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trial, "SECONDS_MAX", 4)
    endless = next(each for each in mutations("mocks/rules.py", RULES) if each.before == "n -= 1")
    verdict = Bench(tree, tmp_path / "bench").judge(endless, ["tests/test_rules.py::test_spinning"], ())
    assert (verdict.fate, verdict.found) == ("timed out", True)


def test_what_no_test_of_a_part_notices_is_asked_of_stories(
    tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    swapped = next(each for each in mutations("mocks/rules.py", RULES) if each.after == "(a <= b)")
    bench, careless = Bench(tree, tmp_path / "bench"), ["tests/test_rules.py::test_careless"]
    told = bench.judge(swapped, careless, ["tests/test_rules.py::test_careful"])
    assert (told.fate, told.by) == ("killed", "tests/test_rules.py::test_careful")
    assert bench.judge(swapped, [], ["tests/test_rules.py::test_careful"]).fate == "killed"
    # A story that does not end in time has noticed nothing.
    monkeypatch.setattr(trial, "STORY_SECONDS_MAX", 4)
    endless = next(each for each in mutations("mocks/rules.py", RULES) if each.before == "n -= 1")
    assert bench.judge(endless, [], ["tests/test_rules.py::test_spinning"]).fate == "not covered"
