"""A run is one folder: what stands in it, what is refused, and what is noticed when it is read again."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sandbox.core.errors import HarnessError, UsageError
from sandbox.report.folder import RunFolder
from sandbox.runs import check_again
from tests.report.conftest import Saved

FILES = ["history.jsonl", "junit.xml", "plan.json", "report.html", "run.json", "truth.json", "verdict.json"]


# -- contents ----------------------------------------------------------------------------------------------------------


def test_a_run_that_passes_leaves_seven_files_and_the_databases_it_was_asked_to_keep(good: Saved) -> None:
    databases = ["crm.sqlite", "erp.sqlite", "files.sqlite", "hris.sqlite", "psa.sqlite", "revenue.sqlite"]
    assert sorted(each.name for each in good.path.iterdir()) == sorted([*FILES, *databases])


def test_a_run_that_fails_leaves_what_reproduces_it_as_well(bad: Saved) -> None:
    assert sorted(each.name for each in bad.path.iterdir()) == sorted([*FILES, "repro.json"])
    repro = bad.json("repro.json")
    assert repro["command"] == "sandbox run tiny-thread --seed 3 --engine naive --faults lost-ack"
    assert repro["plan"] == bad.json("plan.json")


def test_run_json_says_how_the_run_came_about(good: Saved) -> None:
    about = good.json("run.json")
    assert {name: about[name] for name in ("schema", "command", "scenario", "seed", "engine", "faults", "result")} == {
        "schema": 1,
        "command": "sandbox run tiny-thread --seed 3 --engine reference --faults none",
        "scenario": "tiny-thread",
        "seed": 3,
        "engine": "reference",
        "faults": "none",
        "result": "pass",
    }
    assert about["records"] == len((good.path / "history.jsonl").read_bytes().splitlines())
    assert sorted(about["versions"]) == ["python", "sandbox"]


def test_verdict_json_has_the_shape_others_read(bad: Saved) -> None:
    verdict = bad.json("verdict.json")
    assert {
        "schema",
        "result",
        "seed",
        "scenario",
        "engine",
        "faults",
        "requests",
        "records",
        "sim_s",
        "figures",
    } <= set(verdict)
    assert (verdict["schema"], verdict["result"], verdict["seed"]) == (1, "fail", 3)
    assert (verdict["scenario"], verdict["engine"]) == ("tiny-thread", "naive")
    # Four weeks and a drain of thirty hours.
    assert verdict["sim_s"] == (28 * 24 + 30) * 3600
    assert sum(verdict["faults"].values()) == sum(
        json.loads(line)["kind"] == "fault" for line in (bad.path / "history.jsonl").read_bytes().splitlines()
    )
    assert set(verdict["faults"]) == {"W04"}
    for check in verdict["checks"]:
        assert {"id", "result", "required", "exercised", "findings"} <= set(check)
    results = {check["id"]: check["result"] for check in verdict["checks"]}
    assert results["ONCE.dup"] == "fail"


def test_verdict_json_says_how_long_it_took_in_the_unit_of_the_design(good: Saved) -> None:
    assert "wall_s" in good.json("verdict.json")


def test_figures_have_value_unit_and_parts_under_names_of_the_design(good: Saved) -> None:
    names = {
        "backlog", "utilisation", "realisation", "margin", "margin_variance", "wip", "unbilled", "billing_readiness",
        "unposted_time", "deferred_revenue", "contract_assets", "recognised_revenue", "project_setup_time",
        "time_to_invoice", "billing_accuracy", "days_to_close", "exception_resolution_time", "straight_through_share",
        "event_lag", "queue_depth",
    }  # fmt: skip
    figures = good.json("verdict.json")["figures"]
    assert figures
    assert set(figures) <= names
    assert all(sorted(figure) == ["by", "unit", "value"] for figure in figures.values())


def test_the_databases_are_sqlite_files_with_the_systems_records(good: Saved) -> None:
    counted = {}
    for name, table in [
        ("crm", "Opportunity"),
        ("psa", "time_entry"),
        ("hris", "worker"),
        ("erp", "invoice"),
        ("revenue", "batch"),
    ]:
        database = sqlite3.connect(f"file:{good.path / name}.sqlite?mode=ro", uri=True)
        try:
            assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            counted[name] = database.execute(f'SELECT count(*) FROM "{table}"').fetchone()[0]
        finally:
            database.close()
    assert counted == {"crm": 1, "psa": 3, "hris": 3, "erp": 1, "revenue": 3}


def test_truth_and_plan_are_read_back_as_they_were(good: Saved) -> None:
    plan, history, truth = RunFolder(good.path).read()
    assert plan == good.outcome.plan
    assert history == good.outcome.case.history
    assert truth == good.outcome.case.truth


# -- where a run may go ------------------------------------------------------------------------------------------------


def test_a_new_and_an_empty_folder_are_taken(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for name in ("empty", "new/deep"):
        folder = RunFolder.create(tmp_path / name, force=False)
        assert [each.name for each in folder.path.iterdir()] == ["run.json"]


@pytest.mark.parametrize("force", [False, True])
def test_a_folder_that_holds_something_else_is_refused_and_left_alone(tmp_path: Path, force: bool) -> None:
    for name in ("thesis.txt", "a.txt", "b.txt", "c.txt"):
        (tmp_path / name).write_text("years of work", encoding="utf-8")
    with pytest.raises(UsageError, match=r"holds something else \(a\.txt, b\.txt, c\.txt\); choose another --out"):
        RunFolder.create(tmp_path, force=force)
    assert len(list(tmp_path.iterdir())) == 4


@pytest.mark.parametrize("force", [False, True])
def test_a_file_is_refused_and_left_alone(tmp_path: Path, force: bool) -> None:
    (tmp_path / "run").write_text("years of work", encoding="utf-8")
    with pytest.raises(UsageError, match="is not a folder"):
        RunFolder.create(tmp_path / "run", force=force)
    assert (tmp_path / "run").read_text(encoding="utf-8") == "years of work"


def test_an_earlier_run_is_replaced_by_force_alone_and_completely(tmp_path: Path) -> None:
    RunFolder.create(tmp_path / "run", force=False).history.close()
    (tmp_path / "run" / "repro.json").write_text("{}", encoding="utf-8")
    with pytest.raises(UsageError, match="holds a run already; --force replaces it"):
        RunFolder.create(tmp_path / "run", force=False)
    assert (tmp_path / "run" / "repro.json").exists()
    RunFolder.create(tmp_path / "run", force=True)
    assert [each.name for each in (tmp_path / "run").iterdir()] == ["run.json"]


def test_force_does_not_delete_what_somebody_laid_beside_a_run(tmp_path: Path) -> None:
    RunFolder.create(tmp_path, force=False)
    (tmp_path / "thesis.txt").write_text("years of work", encoding="utf-8")
    with pytest.raises(UsageError, match=r"thesis\.txt"):
        RunFolder.create(tmp_path, force=True)


def test_force_does_not_take_another_programs_run_json_for_a_run(tmp_path: Path) -> None:
    (tmp_path / "run.json").write_text('{"scripts": {"start": "node ."}}', encoding="utf-8")
    with pytest.raises(UsageError, match="holds something else"):
        RunFolder.create(tmp_path, force=True)


def test_an_interrupted_run_is_known_as_one_and_can_be_replaced(tmp_path: Path) -> None:
    folder = RunFolder.create(tmp_path / "run", force=False)
    folder.history.write(b'{"seq":0}\n')
    folder.history.close()
    with pytest.raises(UsageError, match="holds a run that was interrupted"):
        folder.read_about()
    RunFolder.create(tmp_path / "run", force=True)
    assert not (tmp_path / "run" / "history.jsonl").exists()


# -- damage ------------------------------------------------------------------------------------------------------------

Lines = list[bytes]


def rewritten(path: Path, change: Callable[[Lines], Lines]) -> None:
    """Change the lines of the history."""
    history = path / "history.jsonl"
    history.write_bytes(b"".join(line + b"\n" for line in change(history.read_bytes().splitlines())))


def without(number: int) -> Callable[[Lines], Lines]:
    return lambda lines: [*lines[:number], *lines[number + 1 :]]


def with_line(number: int, line: bytes) -> Callable[[Lines], Lines]:
    return lambda lines: [*lines[:number], line, *lines[number + 1 :]]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (without(100), "record 100 has sequence number 101"),
        (without(0), "record 0 has sequence number 1"),
        (lambda lines: [*lines[:100], lines[100], *lines[100:]], "record 101 has sequence number 100"),
        (lambda lines: [*lines[:100], lines[101], lines[100], *lines[102:]], "record 100 has sequence number 101"),
        (with_line(100, b'{"seq": 100, "kind": "ch'), "record 100 is damaged: "),
        (with_line(100, b""), "record 100 is damaged: "),
        (with_line(100, b'{"seq": 100, "kind": "\xff"}'), "record 100 is damaged: "),
        (with_line(100, b'{"kind": "change"}'), "record 100 is damaged: it is no record"),
        # The counts of six systems stand at the end.
        (lambda lines: lines[:-6], "is cut off after record "),
        (lambda lines: [], "is cut off after record -1"),
    ],
    ids=[
        "lost",
        "first lost",
        "twice",
        "swapped",
        "cut",
        "empty",
        "no text",
        "no number",
        "end missing",
        "all missing",
    ],
)
def test_a_damaged_history_is_told_by_its_first_wrong_record(
    good: Saved, tmp_path: Path, change: Callable[[Lines], Lines], message: str
) -> None:
    path = good.copy(tmp_path / "run")
    rewritten(path, change)
    with pytest.raises(HarnessError) as broken:
        check_again(path)
    assert message in broken.value.message
    assert "history.jsonl" in broken.value.message


@pytest.mark.parametrize("line", [b"[]", b"7", b'{"seq": 100}'], ids=["a list", "a number", "no kind"])
def test_a_record_that_is_no_record_is_told_as_damage(good: Saved, tmp_path: Path, line: bytes) -> None:
    path = good.copy(tmp_path / "run")
    rewritten(path, with_line(100, line))
    with pytest.raises(HarnessError, match="record 100 is damaged"):
        check_again(path)


def test_a_history_that_was_altered_is_told_as_damage(good: Saved, tmp_path: Path) -> None:
    path = good.copy(tmp_path / "run")
    rewritten(path, lambda lines: [line.replace(b'"hours":400', b'"hours":401') for line in lines])
    assert (path / "history.jsonl").read_bytes() != (good.path / "history.jsonl").read_bytes()
    with pytest.raises(HarnessError, match=r"history\.jsonl"):
        check_again(path)


def rewritten_json(path: Path, change: Callable[[Any], Any]) -> None:
    """Change one of the JSON files."""
    path.write_text(json.dumps(change(json.loads(path.read_text(encoding="utf-8")))), encoding="utf-8")


@pytest.mark.parametrize("name", ["plan.json", "truth.json", "run.json"])
def test_a_file_that_is_cut_off_is_told_as_damage(good: Saved, tmp_path: Path, name: str) -> None:
    path = good.copy(tmp_path / "run")
    (path / name).write_bytes((path / name).read_bytes()[:100])
    with pytest.raises(HarnessError, match=f"{name} is damaged"):
        check_again(path)


@pytest.mark.parametrize("name", ["plan.json", "truth.json", "run.json", "history.jsonl"])
def test_a_file_that_is_missing_is_named(good: Saved, tmp_path: Path, name: str) -> None:
    path = good.copy(tmp_path / "run")
    (path / name).unlink()
    with pytest.raises(UsageError, match=f"is no run folder: {name} is missing"):
        check_again(path)


@pytest.mark.parametrize(
    "change", [lambda plan: {**plan, "seed": "three"}, lambda plan: [], lambda plan: {**plan, "x": 1}]
)
def test_a_plan_of_another_shape_is_told_as_damage(good: Saved, tmp_path: Path, change: Callable[[Any], Any]) -> None:
    path = good.copy(tmp_path / "run")
    rewritten_json(path / "plan.json", change)
    with pytest.raises(HarnessError, match=r"plan\.json is damaged: "):
        check_again(path)


@pytest.mark.parametrize(
    "change",
    [
        lambda truth: [],
        lambda truth: {},
        lambda truth: {name: value for name, value in truth.items() if name != "dead_letters"},
        lambda truth: {**truth, "systems": {name: rows for name, rows in truth["systems"].items() if name != "psa"}},
    ],
    ids=["a list", "nothing", "no dead letters", "a system missing"],
)
def test_final_states_of_another_shape_are_told_as_damage(
    good: Saved, tmp_path: Path, change: Callable[[Any], Any]
) -> None:
    path = good.copy(tmp_path / "run")
    rewritten_json(path / "truth.json", change)
    with pytest.raises(HarnessError, match=r"truth\.json is damaged"):
        check_again(path)


def test_a_folder_that_is_none_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"nowhere is no run folder: run\.json is missing"):
        check_again(tmp_path / "nowhere")


def test_a_recorded_run_is_judged_as_it_was(good: Saved, bad: Saved) -> None:
    for saved in (good, bad):
        _, verdict = check_again(saved.path)
        assert verdict.as_json() == saved.outcome.verdict.as_json()


def test_a_run_that_moved_is_judged_as_it_was(good: Saved, tmp_path: Path) -> None:
    moved = shutil.move(good.copy(tmp_path / "run"), tmp_path / "elsewhere")
    assert check_again(Path(moved))[1].result == "pass"
