"""Which tests run which line, recorded once per state of the tree with coverage's contexts."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

from tests.mutation.targets import AREAS

# Tests of the parts that are mutated; each pair of runs is one process.
RUNS = (("tests/mocks",), ("tests/engine", "tests/checks"))
# Whole stories run nearly every line of them and are too slow to be recorded; asked when the parts notice nothing.
STORIES = ("tests/system/test_stories.py::test_the_reference_meets_the_figures",)
_SLOW = ("seeds", "months", "clients", "determinism", "wheel")
_OPTIONS = ("-q", "-p", "no:xdist", "-m", " and ".join(f"not {each}" for each in _SLOW))


@dataclass(frozen=True, slots=True)
class Coverage:
    """Tests by file and line."""

    tests: tuple[str, ...]
    lines: dict[str, dict[int, tuple[int, ...]]]

    def of(self, file: str, first: int, last: int) -> list[str]:
        """The tests that run one of these lines, those of few lines of the file first: they are about it."""
        lines = self.lines.get(file, {})
        found = {test for line in range(first, last + 1) for test in lines.get(line, ())}
        breadth = dict.fromkeys(found, 0)
        for there in lines.values():
            for test in there:
                if test in breadth:
                    breadth[test] += 1
        return [self.tests[test] for test in sorted(found, key=lambda test: (breadth[test], self.tests[test]))]


def recorded(root: Path, cache: Path) -> Coverage:
    """What was recorded for this state of the tree, or is recorded now."""
    kept = cache / f"{_state(root)}.json"
    if not kept.is_file():
        cache.mkdir(parents=True, exist_ok=True)
        kept.write_text(json.dumps(_record(root, cache)), encoding="utf-8")
    data = json.loads(kept.read_text(encoding="utf-8"))
    lines = {file: {int(line): tuple(tests) for line, tests in there.items()} for file, there in data["lines"].items()}
    return Coverage(tuple(data["tests"]), lines)


def _state(root: Path) -> str:
    digest = blake2b(digest_size=8)
    for folder in ("mocks", "sandbox", "scenarios", "contracts", "tests"):
        for path in sorted((root / folder).rglob("*")):
            if path.suffix in (".py", ".yaml"):
                digest.update(path.relative_to(root).as_posix().encode() + path.read_bytes())
    return digest.hexdigest()


def _record(root: Path, cache: Path) -> dict[str, object]:
    settings = cache / "coverage.ini"
    include = ", ".join(str(root / pattern) for pattern in AREAS)
    settings.write_text(f"[run]\ndynamic_context = test_function\ninclude = {include}\n", encoding="utf-8")
    files = [cache / f"run-{number}.coverage" for number in range(len(RUNS))]
    running = [
        subprocess.Popen(
            [sys.executable, "-m", "coverage", "run", f"--rcfile={settings}", f"--data-file={file}",
             "-m", "pytest", *_OPTIONS, *tests],
            cwd=root,
            env={**os.environ, "PYTHONPATH": _path(root)},
            stdout=subprocess.DEVNULL,
        )
        for file, tests in zip(files, RUNS, strict=True)
    ]  # fmt: skip
    if any(process.wait() for process in running):
        raise SystemExit("the tests are not green without a mutation; nothing can be said about one")
    return _merged(root, files)


def _path(root: Path) -> str:
    return os.pathsep.join(filter(None, (str(root), os.environ.get("PYTHONPATH", ""))))


def _merged(root: Path, files: Iterable[Path]) -> dict[str, object]:
    tests: dict[str, int] = {}
    lines: dict[str, dict[int, set[int]]] = {}
    for file in files:
        with sqlite3.connect(file) as db:
            # The schema is documented: coverage.readthedocs.io, "Coverage.py database schema".
            rows = db.execute(
                "SELECT file.path, context.context, line_bits.numbits FROM line_bits "
                "JOIN file ON file.id = line_bits.file_id JOIN context ON context.id = line_bits.context_id"
            ).fetchall()
        for path, context, bits in rows:
            test = test_of(root, context)
            if test is None:
                continue
            number = tests.setdefault(test, len(tests))
            there = lines.setdefault(Path(path).relative_to(root).as_posix(), {})
            for line in numbered(bits):
                there.setdefault(line, set()).add(number)
    return {
        "tests": list(tests),
        "lines": {file: {line: sorted(of) for line, of in there.items()} for file, there in lines.items()},
    }


def test_of(root: Path, context: str) -> str | None:
    """``tests.checks.test_dlq.test_x`` as pytest names it; None for what belongs to no single test."""
    module, _, function = context.rpartition(".")
    file = root / (module.replace(".", "/") + ".py")
    return f"{file.relative_to(root).as_posix()}::{function}" if module and file.is_file() else None


# Not a test of ours, whatever its name says.
test_of.__test__ = False  # type: ignore[attr-defined]


def numbered(bits: bytes) -> list[int]:
    """The lines that a bitmap of coverage's holds: bit 0 of byte 0 is line 0."""
    return [8 * byte + bit for byte, value in enumerate(bits) for bit in range(8) if value >> bit & 1]
