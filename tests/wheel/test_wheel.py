"""The built distribution installs elsewhere and runs without the repository."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.repo.bans import ROOT

pytestmark = pytest.mark.wheel


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from this checkout."""
    out = tmp_path_factory.mktemp("dist")
    built = subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--outdir", str(out), str(ROOT)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert built.returncode == 0, built.stdout + built.stderr
    (found,) = out.glob("*.whl")
    return found


def test_it_holds_the_packages_and_their_data_and_no_tests(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    for needed in (
        "sandbox/cli.py",
        "sandbox/report/templates/report.html.j2",
        "mocks/erp/system.py",
        "scenarios/first-thread.yaml",
        "scenarios/faults/rough.yaml",
        "scenarios/firms/two-offices.yaml",
        "contracts/interface.yaml",
    ):
        assert needed in names
    assert not [name for name in names if name.startswith("tests/")]


def test_it_runs_where_the_repository_is_not(wheel: Path, tmp_path: Path) -> None:
    venv = tmp_path / "venv"
    subprocess.run([sys.executable, "-m", "venv", str(venv)], check=True)
    subprocess.run([str(venv / "bin" / "pip"), "install", "--quiet", str(wheel)], check=True)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    ended = subprocess.run(
        [str(venv / "bin" / "sandbox"), "run", "tiny-thread", "--json"],
        cwd=elsewhere,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    assert json.loads(ended.stdout)["result"] == "pass"
    assert (elsewhere / "runs" / "tiny-thread-reference-none-1" / "report.html").is_file()
