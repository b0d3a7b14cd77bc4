"""A mutant on trial: put into a copy of the tree, and the tests that run its lines run there."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
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
STORY_SECONDS_MAX = 180
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

    def judge(self, mutation: Mutation, tests: list[str], stories: Sequence[str] = STORIES) -> Verdict:
        """Run the tests on the mutant, and whole stories when those notice nothing."""
        file = self._folder / mutation.file
        original = file.read_bytes()
        file.write_text(mutation.source, encoding="utf-8")
        try:
            verdict = Verdict(mutation, "not covered")
            if tests:
                verdict = self._run(mutation, tests[:TESTS_MAX], SECONDS_MAX)
            if verdict.found or not stories:
                return verdict
            told = self._run(mutation, list(stories), STORY_SECONDS_MAX)
            # Out of time says nothing of stories: they are long.
            return told if told.fate == "killed" else verdict
        finally:
            file.write_bytes(original)

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
