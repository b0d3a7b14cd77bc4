"""A fork: the same run up to a moment, then with a change, and what it does to the money."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from sandbox.core.errors import HarnessError, UsageError
from sandbox.forks import differences, fork
from sandbox.runs import Wanted, check_again, run

AT = "2026-01-28T12:00Z"


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A story that passes."""
    folder = tmp_path_factory.mktemp("fork") / "original"
    assert run(Wanted("tiny-thread", engine="reference", out=folder)).verdict.result != "fail"
    return folder


def test_an_engine_that_gives_up_in_the_middle_costs_what_the_fork_says(original: Path, tmp_path: Path) -> None:
    forked = fork(original, AT, ["engine=none"], tmp_path / "fork")
    assert forked.verdict.result == "fail"
    (recognised,) = [each for each in forked.differences if each.figure == "recognised_revenue" and not each.part]
    before = json.loads((original / "verdict.json").read_text(encoding="utf-8"))["figures"]["recognised_revenue"]
    assert recognised.before.startswith(before["value"])
    assert recognised.after != recognised.before
    about = json.loads((forked.folder / "run.json").read_text(encoding="utf-8"))
    assert about["command"].endswith(f"original --at {AT} --set engine=none")
    _, again = check_again(forked.folder)
    assert again.result == "fail"


def test_a_fork_that_changes_nothing_differs_in_nothing(original: Path, tmp_path: Path) -> None:
    forked = fork(original, AT, ["faults=none"], tmp_path / "fork")
    assert forked.differences == []
    lines = [(folder / "history.jsonl").read_bytes() for folder in (original, forked.folder)]
    assert lines[0] == lines[1]


def test_a_naive_engine_with_a_lost_answer_bills_twice_and_its_fork_shows_it(original: Path, tmp_path: Path) -> None:
    forked = fork(original, AT, ["engine=naive", "faults=lost-ack"], tmp_path / "fork")
    assert forked.verdict.result == "fail"
    assert {finding.check for check in forked.verdict.checks for finding in check.findings} >= {"ONCE.dup"}
    assert forked.verdict.fired == {"W04": forked.verdict.fired["W04"]}


def test_a_run_of_another_version_is_not_forked(original: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(original, copy)
    plan = json.loads((copy / "plan.json").read_text(encoding="utf-8"))
    plan["deeds"][0]["due_us"] += 1_000_000
    (copy / "plan.json").write_text(json.dumps(plan), encoding="utf-8")
    with pytest.raises(HarnessError, match=r"does not come out again: record \d+ differs"):
        fork(copy, AT, ["engine=none"], tmp_path / "fork")


@pytest.mark.parametrize(
    ("moment", "settings", "told"),
    [
        ("2027-01-01", ["engine=none"], "2027-01-01 is not within the run, which is from 2026-01-19T00:00:00Z to"),
        ("soon", ["engine=none"], "'soon' is no instant"),
        (AT, ["engin=none"], "unknown setting 'engin'; did you mean 'engine'?"),
        (AT, ["engine=nane"], "unknown engine 'nane'; did you mean"),
        (AT, ["faults="], "--set faults=: expected faults=VALUE"),
        (AT, [], "nothing to change"),
    ],
)
def test_a_wrong_change_says_what_was_expected(
    original: Path, tmp_path: Path, moment: str, settings: list[str], told: str
) -> None:
    with pytest.raises(UsageError) as refused:
        fork(original, moment, settings, tmp_path / "fork")
    assert refused.value.message.startswith(told)


def test_differences_are_by_figure_and_part() -> None:
    was = {"figures": {"wip": {"value": None, "unit": "currency", "by": {"USD": "10.00", "EUR": "1.00"}}}}
    now = {"figures": {"wip": {"value": "9.00", "unit": "USD", "by": {"USD": "9.00"}}}}
    shown = [(each.figure, each.part, each.before, each.after) for each in differences(was, now)]
    assert shown == [("wip", "USD", "10.00", "9.00"), ("wip", "EUR", "1.00", ""), ("wip", "", "", "9.00 USD")]
