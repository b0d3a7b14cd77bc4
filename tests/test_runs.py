"""A run from a wish to its verdict: what is asked is run, the same wish runs the same, and it is judged again."""

from __future__ import annotations

import json
import shlex
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.bench import figures as bench_figures
from sandbox.bench import simulated as bench
from sandbox.cli import exit_code
from sandbox.core.clock import DAY_US
from sandbox.core.errors import UsageError
from sandbox.engine.policy import Policy
from sandbox.plan import Plan
from sandbox.runs import Outcome, Wanted, check_again, difference, make, run
from tests.report.interrupting import interrupted_after_a_day

# Nobody syncs: a tenth of a second.
IDLE = Wanted(scenario="tiny-thread", engine="none")


@pytest.fixture(scope="module")
def rough(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    """The shortest thread with everything going wrong, in its folder."""
    path = tmp_path_factory.mktemp("runs") / "rough"
    return run(Wanted(scenario="tiny-thread", seed=3, faults="rough", out=path))


# -- what was asked ----------------------------------------------------------------------------------------------------


def test_a_run_is_named_after_what_was_asked() -> None:
    assert Wanted().folder == Path("runs/first-thread-reference-none-1")
    wanted = Wanted(scenario="stories/mine.yaml", seed=7, engine="naive", faults="storms/bad.yaml")
    assert wanted.folder == Path("runs/mine-naive-bad-7")
    assert Wanted(out=Path("elsewhere")).folder == Path("elsewhere")


def test_the_command_says_everything_that_decides_the_run() -> None:
    wanted = Wanted(scenario="tiny-thread", seed=7, engine="naive", faults="rough", interface="mine.yaml", force=True)
    assert wanted.command == "sandbox run tiny-thread --seed 7 --engine naive --faults rough --interface mine.yaml"
    assert Wanted().command == "sandbox run first-thread --seed 1 --engine reference --faults none"


def test_the_command_can_be_pasted_into_a_shell() -> None:
    assert shlex.split(Wanted(scenario="my stories/one.yaml").command)[2] == "my stories/one.yaml"


def test_the_defaults_are_those_of_the_design() -> None:
    wanted = Wanted()
    assert (wanted.seed, wanted.engine, wanted.faults, wanted.force) == (1, "reference", "none", False)


def test_a_wish_becomes_plan_interface_and_engine() -> None:
    plan, interface, policy = make(Wanted(scenario="tiny-thread", seed=9, faults="lost-ack"))
    assert (plan.scenario, plan.seed, plan.profile, interface.name) == ("tiny-thread", 9, "lost-ack", "default-firm")
    assert issubclass(policy, Policy)
    assert len(plan.faults) == 12
    # What the scenario requires comes first, then what the profile does; nothing stands there twice.
    assert plan.requires == (
        "BOOKS.expected", "FIGURES.worked", "ONCE.dup", "LOST.update", "CONV.final", "DLQ.account", "MONEY.identity",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        (Wanted(scenario="tiny-thred"), "unknown scenario 'tiny-thred'; did you mean 'tiny-thread'?"),
        (Wanted(engine="refrence"), "unknown engine 'refrence'; did you mean 'reference'?"),
        (Wanted(faults="lostack"), "unknown fault profile 'lostack'; did you mean 'lost-ack'?"),
        (Wanted(scenario="nowhere.yaml"), "there is no scenario file nowhere.yaml"),
        (Wanted(interface="nowhere.yaml"), "there is no interface contract nowhere.yaml"),
    ],
)
def test_an_unknown_name_is_refused_with_the_nearest(wanted: Wanted, message: str) -> None:
    with pytest.raises(UsageError) as refused:
        make(wanted)
    assert refused.value.message == message


def test_a_refused_wish_leaves_no_folder_and_no_earlier_run_is_lost(tmp_path: Path) -> None:
    path = tmp_path / "run"
    with pytest.raises(UsageError):
        run(Wanted(scenario="tiny-thred", out=path))
    assert not path.exists()
    path.mkdir()
    (path / "run.json").write_text("{}", encoding="utf-8")
    with pytest.raises(UsageError):
        run(Wanted(scenario="tiny-thred", out=path, force=True))
    assert (path / "run.json").read_text(encoding="utf-8") == "{}"


# -- running -----------------------------------------------------------------------------------------------------------


def test_a_run_that_is_not_saved_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    outcome = run(IDLE, save=False)
    assert (outcome.verdict.result, outcome.folder) == ("fail", None)
    assert list(tmp_path.iterdir()) == []


def test_the_same_wish_has_the_same_history_and_another_seed_another() -> None:
    first, again = run(IDLE, save=False), run(IDLE, save=False)
    assert again.document["digest"] == first.document["digest"]
    assert again.verdict.as_json() == first.verdict.as_json()
    other = run(Wanted(scenario="tiny-thread", engine="none", seed=2), save=False)
    assert other.document["digest"] != first.document["digest"]


def test_progress_is_told_day_by_day_to_the_end(tmp_path: Path) -> None:
    told: list[tuple[str, int, int]] = []

    def progress(plan: Plan, us: int, end_us: int) -> None:
        told.append((plan.scenario, us, end_us))

    outcome = run(IDLE, progress, save=False)
    end_us = outcome.document["sim_s"] * 1_000_000
    assert told[0] == ("tiny-thread", DAY_US, end_us)
    assert told[-1] == ("tiny-thread", end_us, end_us)
    assert [us for _, us, _ in told] == sorted({us for _, us, _ in told})
    assert len(told) == 30


def test_a_document_counts_what_was_recorded(rough: Outcome) -> None:
    document, history = rough.document, rough.case.history
    assert document["records"] == len(history)
    assert document["requests"] == sum(each["kind"] == "invoke" for each in history)
    assert document["faults"] == rough.verdict.fired
    assert document["result"] == rough.verdict.result


def test_an_interrupted_run_keeps_its_folder_and_is_no_run_to_judge(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with interrupted_after_a_day(monkeypatch), pytest.raises(KeyboardInterrupt):
        run(Wanted(scenario="tiny-thread", out=tmp_path / "run"))
    assert json.loads((tmp_path / "run" / "run.json").read_text(encoding="utf-8"))["result"] == "interrupted"
    with pytest.raises(UsageError, match="holds a run that was interrupted"):
        check_again(tmp_path / "run")


def test_what_was_recorded_before_an_interruption_is_in_the_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with interrupted_after_a_day(monkeypatch) as begun:
        with pytest.raises(KeyboardInterrupt):
            run(Wanted(scenario="tiny-thread", out=tmp_path / "run"))
        assert begun[0].history.closed
        assert (tmp_path / "run" / "history.jsonl").read_bytes().endswith(b"}\n")


# -- judging again -----------------------------------------------------------------------------------------------------


def test_a_recorded_run_is_judged_as_it_was(rough: Outcome) -> None:
    assert rough.folder is not None
    case, verdict = check_again(rough.folder)
    assert verdict.as_json() == rough.verdict.as_json()
    assert case.plan == rough.plan


def test_the_command_in_the_folder_runs_the_same_again(
    rough: Outcome, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert rough.folder is not None
    monkeypatch.chdir(tmp_path)
    words = json.loads((rough.folder / "run.json").read_text(encoding="utf-8"))["command"].split()
    assert exit_code([*words[1:], "--out", "again"]) == rough.verdict.exit_code
    assert difference(rough.folder, tmp_path / "again") is None


def test_two_histories_part_at_the_first_record_that_differs(rough: Outcome, tmp_path: Path) -> None:
    assert rough.folder is not None
    (tmp_path / "history.jsonl").write_bytes(
        (rough.folder / "history.jsonl").read_bytes().replace(b'"seq":7,', b'"seq":7 ,', 1)
    )
    assert difference(rough.folder, rough.folder) is None
    parted = difference(rough.folder, tmp_path)
    assert parted is not None
    assert "7" in parted.told("one", "two")


def test_a_run_with_an_interface_contract_of_ones_own_is_judged_by_it_again(tmp_path: Path) -> None:
    import contracts

    own = tmp_path / "mine.yaml"
    text = (Path(contracts.__path__[0]) / "interface.yaml").read_text(encoding="utf-8")
    own.write_text(text.replace("name: default-firm", "name: my-firm"), encoding="utf-8")
    outcome = run(Wanted(scenario="tiny-thread", engine="none", interface=str(own), out=tmp_path / "run"))
    assert outcome.case.truth["interface"] == "my-firm"
    case, verdict = check_again(tmp_path / "run")
    assert (case.interface.name, verdict.result) == ("my-firm", outcome.verdict.result)
    own.unlink()
    with pytest.raises(UsageError, match="there is no interface contract"):
        check_again(tmp_path / "run")


# -- the benchmark -----------------------------------------------------------------------------------------------------


@pytest.fixture
def stopwatch(monkeypatch: pytest.MonkeyPatch) -> None:
    """A benchmark of the shortest thread by a watch that says 0, 3 and 4 seconds, beside a floor of 100 us."""
    seconds: Iterator[float] = iter([0.0, 3.0, 4.0])
    monkeypatch.setattr(time, "perf_counter", lambda: next(seconds))
    monkeypatch.setattr(bench, "_floor", lambda: lambda: 0.0001)
    monkeypatch.setattr(bench, "_cold_start", lambda: (1.5, 98.76))
    monkeypatch.setattr(bench, "Wanted", lambda scenario, **asked: Wanted("tiny-thread", engine="none", **asked))


@pytest.mark.usefixtures("stopwatch")
def test_a_benchmark_divides_what_it_measured_by_what_was_done(capsys: pytest.CaptureFixture[str]) -> None:
    said: list[str] = []
    figures = bench.measure(1, said.append)
    requests, records = figures["requests"], figures["records"]
    assert requests > 50
    assert records > requests
    # Run and checks took four seconds, the checks one of them.
    assert figures["requests_per_s"] == round(requests / 4)
    assert figures["us_per_request"] == round(4e6 / requests, 1)
    assert figures["ratio_to_floor"] == round(4 / requests / 0.0001, 2)
    assert figures["checks_records_per_s"] == records
    assert (figures["floor_us"], figures["cold_start_to_verdict_s"], figures["peak_memory_mib"]) == (100.0, 1.5, 98.8)
    assert figures["ratio_aim"] == 2.0
    assert said == ["bench 1/1: floor and run", "bench: cold start to verdict in a new process"]
    live = {"ready_s": 0.9, "memory_of_records_mib": 400.0, "save_s": 1.0, "restore_s": 1.1}
    ports = {"crm": {"read": 900, "read_ratio": 0.7}}
    bench_figures.show({**figures, **live, "ports": ports})
    shown = capsys.readouterr().out
    assert "crm      read 900 (0.70)" in shown
    assert f"{requests:,}" in shown
    assert "1.5" in shown
    assert max(len(line) for line in shown.splitlines()) <= 80
