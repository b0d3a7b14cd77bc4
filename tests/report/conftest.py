"""A run in its folder, the same run as plain data, and a longer one with faults."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from sandbox.runs import Outcome, Wanted, run
from tests.checks.builders import Recorded, Scene, record


@dataclass(frozen=True)
class Saved:
    """A run that was written down."""

    outcome: Outcome
    path: Path

    def json(self, name: str) -> Any:
        """One of its files."""
        return json.loads((self.path / name).read_text(encoding="utf-8"))

    def copy(self, to: Path) -> Path:
        """The folder again, to be damaged."""
        return Path(shutil.copytree(self.path, to))


@pytest.fixture(scope="session")
def good(tmp_path_factory: pytest.TempPathFactory) -> Saved:
    """The shortest thread with the reference engine: it passes."""
    path = tmp_path_factory.mktemp("good") / "run"
    return Saved(run(Wanted(scenario="tiny-thread", seed=3, out=path, keep_databases=True)), path)


@pytest.fixture(scope="session")
def bad(tmp_path_factory: pytest.TempPathFactory) -> Saved:
    """The shortest thread with the naive engine and lost answers: it fails."""
    path = tmp_path_factory.mktemp("bad") / "run"
    wanted = Wanted(scenario="tiny-thread", seed=3, engine="naive", faults="lost-ack", out=path)
    return Saved(run(wanted), path)


@pytest.fixture(scope="session")
def tiny_run() -> Recorded:
    return record("tiny-thread")


@pytest.fixture(scope="session")
def long_run() -> Recorded:
    return record("first-thread")


@pytest.fixture
def tiny(tiny_run: Recorded) -> Scene:
    return tiny_run.scene()


@pytest.fixture
def long(long_run: Recorded) -> Scene:
    return long_run.scene()
