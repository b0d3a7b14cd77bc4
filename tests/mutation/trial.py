"""A mutant on trial: put into a copy of the tree, and the tests that run its lines run there."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from difflib import unified_diff
from pathlib import Path
from typing import Literal

from tests.mutation.covering import STORIES
from tests.mutation.operators import Mutation

Fate = Literal["killed", "timed out", "survived", "not covered"]
FOLDERS = ("mocks", "sandbox", "scenarios", "contracts", "tests")
# Tests asked at most: those that are about the line come first, and the first failure ends it.
TESTS_MAX = 150
SECONDS_MAX = 150
STORY_SECONDS_MAX = 120
# Status codes of pytest: a test failed; interrupted, as by an import that fails.
_FAILED = (1, 2)
# Tests asked for by name whose module no longer imports; an unknown name ends so too, without that message.
_USAGE = 4


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a mutant, and by which tests."""

    mutation: Mutation
    fate: Fate
    by: str = ""

    @property
    def found(self) -> bool:
        """Whether the tests noticed: a test that never ends is noticed too."""
        return self.fate in ("killed", "timed out")


class Bench:
    """A copy of the tree, for one trial at a time."""

    def __init__(self, root: Path, folder: Path) -> None:
        self._folder = folder
        for name in FOLDERS:
            shutil.copytree(root / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copy(root / "pyproject.toml", folder)
        # By content: a mutant written within the second of its original would else pass for it.
        compiled = (sys.executable, "-m", "compileall", "-q", "--invalidation-mode", "checked-hash", *FOLDERS)
        subprocess.run(compiled, cwd=folder, check=True)

    def judge(self, mutation: Mutation, tests: list[str]) -> Verdict:
        """Run the tests on the mutant."""
        if not tests:
            return Verdict(mutation, "not covered")
        file = self._folder / mutation.file
        original = file.read_bytes()
        file.write_text(mutation.source, encoding="utf-8")
        try:
            parts = [test for test in tests if not test.startswith(STORIES)]
            verdict = self._run(mutation, parts[:TESTS_MAX], SECONDS_MAX) if parts else None
            if verdict is not None and verdict.found:
                return verdict
            told = self._by_stories(mutation, [test for test in tests if test.startswith(STORIES)])
            return told or verdict or Verdict(mutation, "survived", "nothing that runs it")
        finally:
            file.write_bytes(original)

    def _by_stories(self, mutation: Mutation, tests: list[str]) -> Verdict | None:
        """Whole stories on the mutant. Out of time says nothing: stories are long; None when they notice nothing."""
        if not tests:
            return None
        verdict = self._run(mutation, tests, STORY_SECONDS_MAX)
        return verdict if verdict.fate == "killed" else Verdict(mutation, "survived", f"{len(tests)} stories")

    def _run(self, mutation: Mutation, tests: list[str], seconds: int) -> Verdict:
        # Our own plugin may be what is broken, and a small tree has none.
        quiet = ("-x", "-q", "--no-header", "-p", "no:xdist", "-p", "no:sandbox")
        command = (sys.executable, "-m", "pytest", *quiet, *tests)
        path = os.pathsep.join(filter(None, (str(self._folder), os.environ.get("PYTHONPATH", ""))))
        env = {**os.environ, "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"}
        try:
            ran = subprocess.run(
                command, cwd=self._folder, env=env, capture_output=True, text=True, timeout=seconds, check=False
            )
        except subprocess.TimeoutExpired:
            return Verdict(mutation, "timed out")
        if ran.returncode in _FAILED or (ran.returncode == _USAGE and "ERROR collecting" in ran.stdout):
            return Verdict(mutation, "killed", _first_failure(ran.stdout))
        if ran.returncode:
            raise RuntimeError(f"pytest ended {ran.returncode}: {ran.stdout[-2000:]}{ran.stderr[-2000:]}")
        return Verdict(mutation, "survived", f"{len(tests)} tests")


def _first_failure(output: str) -> str:
    for line in output.splitlines():
        if line.startswith(("FAILED ", "ERROR ")):
            return line.split(" - ")[0].partition(" ")[2]
    return "import"


def diff(root: Path, mutation: Mutation) -> str:
    """The mistake as a unified diff without context."""
    before = (root / mutation.file).read_text(encoding="utf-8").splitlines()
    lines = unified_diff(before, mutation.source.splitlines(), mutation.file, mutation.file, n=0, lineterm="")
    return "\n".join(list(lines)[2:])
