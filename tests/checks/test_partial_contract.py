"""An interface contract of a few flows is judged by the checks it names, and need not hold what the others read."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from sandbox.core.errors import UsageError
from sandbox.interface import DEFAULT
from sandbox.testing import Sandbox

NAMED = ["ONCE.dup", "LOST.update", "CONV.final"]


def without_totals(folder: Path, checks: list[str]) -> str:
    """The default contract without the look that the expected books are worked out by."""
    contract = yaml.safe_load(DEFAULT.read_text(encoding="utf-8"))
    contract["polling"].pop("revenue.totals")
    path = folder / "interface.yaml"
    path.write_text(yaml.safe_dump({**contract, "checks": checks}, sort_keys=False), encoding="utf-8")
    return str(path)


def test_only_the_checks_that_are_named_are_made(tmp_path: Path) -> None:
    outcome = Sandbox().run("tiny-thread", engine="none", interface=without_totals(tmp_path, NAMED))
    assert [check.check for check in outcome.verdict.checks] == [*NAMED, "VAC"]
    assert outcome.figures == {}


def test_a_check_that_is_named_must_exist(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"check 'ONCE.dupe', which does not exist; did you mean 'ONCE.dup'"):
        Sandbox().run("tiny-thread", engine="none", interface=without_totals(tmp_path, ["ONCE.dupe"]))
