"""The same plan gives the same bytes in any process: hash seed, time zone, locale, folder, Python version."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from sandbox.history.difference import first_difference
from tests.determinism.processes import ROOT, recorded, sandbox

pytestmark = pytest.mark.determinism

MINORS = ("3.12", "3.13", "3.14")


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The history every other must equal."""
    return recorded(tmp_path_factory.mktemp("first") / "run", env={"PYTHONHASHSEED": "0", "TZ": "UTC"})


def same(first: bytes, other: bytes) -> None:
    """Fails with the first record that differs."""
    parted = first_difference(first.splitlines(), other.splitlines())
    assert parted is None, parted.told("first", "other")


@pytest.mark.parametrize(
    "env",
    [
        {"PYTHONHASHSEED": "1"},
        {"PYTHONHASHSEED": "4294967295"},
        {"TZ": "Asia/Kolkata"},
        {"TZ": "America/St_Johns", "PYTHONHASHSEED": "7"},
        {"LC_ALL": "C"},
        {"LC_ALL": "tr_TR.UTF-8", "LANG": "tr_TR.UTF-8"},
        {"PYTHONUTF8": "0", "PYTHONIOENCODING": "latin-1"},
        {"PYTHONOPTIMIZE": "1"},
    ],
    ids=lambda env: " ".join(f"{name}={value}" for name, value in env.items()),
)
def test_the_surroundings_of_a_process_change_no_byte(first: bytes, env: dict[str, str], tmp_path: Path) -> None:
    same(first, recorded(tmp_path / "run", env=env))


def test_the_working_directory_and_the_run_folder_change_no_byte(first: bytes, tmp_path: Path) -> None:
    elsewhere = tmp_path / "some where else"
    elsewhere.mkdir()
    ended = sandbox("run", "first-thread", "--seed", "7", "--faults", "rough", "--out", "a run", cwd=elsewhere)
    assert ended.returncode == 0, ended.stderr
    same(first, (elsewhere / "a run" / "history.jsonl").read_bytes())


def other_pythons() -> list[str]:
    """Interpreters of other minor versions on this machine: on the path, or under pyenv."""
    found: list[str] = []
    for minor in MINORS:
        candidates = [shutil.which(f"python{minor}"), *map(str, _pyenv(minor))]
        usable = [each for each in candidates if each is not None and _runs(each, minor)]
        found += usable[:1]
    return found


def _pyenv(minor: str) -> list[Path]:
    return sorted((Path.home() / ".pyenv" / "versions").glob(f"{minor}.*/bin/python"))


def _runs(python: str, minor: str) -> bool:
    if sys.version.startswith(minor):
        return False
    asked = subprocess.run([python, "--version"], capture_output=True, text=True, check=False)
    return asked.returncode == 0 and asked.stdout.startswith(f"Python {minor}")


def named(python: str | None) -> str:
    """Name of an interpreter in the list of tests: its version."""
    if python is None:
        return "none found"
    return Path(python).name if "pyenv" not in python else Path(python).parts[-3]


@pytest.mark.parametrize("python", other_pythons() or [None], ids=named)
def test_another_python_changes_no_byte(first: bytes, python: str | None, tmp_path: Path) -> None:
    if python is None:
        pytest.skip(f"no other Python of {', '.join(MINORS)} on this machine")
    venv = tmp_path / "venv"
    subprocess.run([python, "-m", "venv", str(venv)], check=True, capture_output=True)
    installed = subprocess.run(
        [str(venv / "bin" / "pip"), "install", "--quiet", str(ROOT)], capture_output=True, text=True, check=False
    )
    assert installed.returncode == 0, installed.stderr
    same(first, recorded(tmp_path / "run", python=str(venv / "bin" / "python")))
