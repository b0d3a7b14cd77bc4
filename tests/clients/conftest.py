from __future__ import annotations

import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.clients.environments import ROOT, clean_environment
from tests.clients.up import Up


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    """``sandbox up`` as its users start it: another process, real ports, a gateway, and nobody acting."""
    folder = tmp_path_factory.mktemp("up")
    with started(folder, "--seed-only", "--gateway") as told:
        yield Up(told)


@pytest.fixture
def free_port() -> int:
    """A port nobody listens on, for a server of the test's own."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture(scope="module")
def paced(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    """A world in which time passes by itself: a bulk job is done some simulated seconds after its upload."""
    with started(tmp_path_factory.mktemp("paced"), "--seed-only", "--clock", "paced", "--pace", "20s") as told:
        yield Up(told)


class started:  # noqa: N801 - reads as a verb
    """A process of ``sandbox up --json``, ended with SIGTERM."""

    def __init__(self, folder: Path, *options: str) -> None:
        self._folder = folder
        self._command = [sys.executable, "-m", "sandbox.cli", "up", "--json", *options]

    def __enter__(self) -> Any:
        self._errors = (self._folder / "up.err").open("w")
        self._process = subprocess.Popen(
            self._command, cwd=self._folder, stdout=subprocess.PIPE, stderr=self._errors, text=True,
            env=clean_environment({"PYTHONPATH": str(ROOT)}),
        )  # fmt: skip
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, (self._folder / "up.err").read_text(encoding="utf-8")
        return json.loads(line)

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.communicate(timeout=60)
        self._errors.close()
