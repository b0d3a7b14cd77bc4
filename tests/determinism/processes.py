"""Runs of the command in processes of their own, under whatever surroundings a test wants."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).parents[2]


def sandbox(
    *arguments: str,
    python: str = sys.executable,
    env: Mapping[str, str] | None = None,
    cwd: Path = ROOT,
    code: str = "from sandbox.cli import main; main()",
) -> subprocess.CompletedProcess[str]:
    """Run ``sandbox`` with our source on the path. ``code`` may plant something before it calls main."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "SANDBOX", "LC_"))}
    surroundings = {**inherited, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1", **(env or {})}
    return subprocess.run(
        [python, "-c", code, *arguments], env=surroundings, cwd=cwd, capture_output=True, text=True, check=False
    )


def recorded(out: Path, scenario: str = "first-thread", faults: str = "rough", seed: str = "7", **how: object) -> bytes:
    """Bytes of the history of a run; fails when the run did not pass."""
    ended = sandbox("run", scenario, "--seed", seed, "--faults", faults, "--out", str(out), **how)  # type: ignore[arg-type]
    assert ended.returncode == 0, ended.stderr
    return (out / "history.jsonl").read_bytes()
