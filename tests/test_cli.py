"""The command line: every exit code by a real case, results on stdout, progress on stderr, and no traceback ever."""

from __future__ import annotations

import json
import re
import shutil
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from sandbox import __version__, runs
from sandbox.bench import figures as bench
from sandbox.cli import app, exit_code
from sandbox.firm.scenarios import SCHEMA_FILE, schema_text
from tests.report.interrupting import interrupted_after_a_day

# What a shell may have set that changes how a screen looks.
_SHELL = ("COLUMNS", "LINES", "FORCE_COLOR", "NO_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE")


@dataclass(frozen=True)
class Ended:
    """How a command ended, and what it said where."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """What it printed as JSON."""
        return json.loads(self.out)


class Shell:
    """Runs command lines in a folder of its own."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    def __call__(self, *words: str) -> Ended:
        self._capsys.readouterr()
        code = exit_code(list(words))
        said = self._capsys.readouterr()
        assert "Traceback" not in said.out + said.err
        # Nothing is cut off, and no screen of a run is wider than eighty columns.
        assert "…" not in said.out
        if words[:1] == ("run",) and not said.out.startswith("{"):
            assert max((len(line) for line in said.out.splitlines()), default=0) <= 80
        return Ended(code, said.out, said.err)


@pytest.fixture
def sandbox(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Shell:
    """A shell of eighty columns without settings, in an empty folder."""
    import os

    for name in [*_SHELL, *(name for name in os.environ if name.startswith("SANDBOX_"))]:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    return Shell(capsys)


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that passed, to be copied."""
    path = tmp_path_factory.mktemp("cli") / "good"
    runs.run(runs.Wanted(scenario="tiny-thread", seed=3, out=path))
    return path


@pytest.fixture
def good(saved: Path, tmp_path: Path) -> str:
    """A run that passed, to be damaged."""
    shutil.copytree(saved, tmp_path / "good")
    return "good"


# -- exit codes --------------------------------------------------------------------------------------------------------


def test_a_good_engine_ends_with_0(sandbox: Shell) -> None:
    ended = sandbox("run", "tiny-thread", "--seed", "3")
    assert ended.code == 0
    lines = [" ".join(line.split()) for line in ended.out.splitlines()]
    assert lines[0] == "tiny-thread seed 3 engine reference faults none"
    assert "ENG-01 T&M GBP 5,000.00 1,700.01 1,700.01 0.00 50.0%" in lines
    assert "Verdict: pass" in lines
    assert lines[-1] == "Run folder: runs/tiny-thread-reference-none-3"
    assert (Path("runs/tiny-thread-reference-none-3") / "verdict.json").is_file()


def test_a_naive_engine_whose_answers_are_lost_ends_with_1_and_says_what_stands_twice(sandbox: Shell) -> None:
    ended = sandbox("run", "tiny-thread", "--seed", "3", "--engine", "naive", "--faults", "lost-ack")
    assert ended.code == 1
    assert "Verdict: fail" in ended.out
    words = " ".join(ended.out.split())
    assert re.search(r"S1 ONCE\.dup 2 live records of erp\.\w+ are the one \w+ ", words)
    assert "answer lost (W04#" in words


def test_no_engine_at_all_ends_with_1_although_nothing_was_lost_on_the_way(sandbox: Shell) -> None:
    ended = sandbox("run", "tiny-thread", "--engine", "none")
    assert ended.code == 1
    assert "LOST.update" in ended.out


def test_a_run_whose_required_hazards_were_never_met_ends_with_2(sandbox: Shell) -> None:
    # Nobody's work in the shortest thread can ever be given up.
    ended = sandbox("run", "tiny-thread", "--seed", "3", "--faults", "lost-ack")
    assert ended.code == 2
    assert "Verdict: unknown" in ended.out
    assert "Required, but met no hazard or had nothing to compare: DLQ.account" in ended.out


def test_a_plan_that_requires_what_was_never_exercised_ends_with_2(sandbox: Shell, good: str) -> None:
    path = Path(good) / "plan.json"
    plan = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**plan, "requires": [*plan["requires"], "ONCE.dup"]}), encoding="utf-8")
    ended = sandbox("check", good)
    assert ended.code == 2
    assert "Required, but met no hazard or had nothing to compare: ONCE.dup" in ended.out


def test_a_damaged_history_ends_with_3_and_names_the_record(sandbox: Shell, good: str) -> None:
    history = Path(good) / "history.jsonl"
    lines = history.read_bytes().splitlines(keepends=True)
    history.write_bytes(b"".join([*lines[:100], lines[100][:20] + b"\n", *lines[101:]]))
    ended = sandbox("check", good)
    assert (ended.code, ended.out) == (3, "")
    assert ended.err.startswith("sandbox: the sandbox itself is broken: good/history.jsonl: record 100 is damaged: ")


@pytest.mark.parametrize("name", ["plan.json", "truth.json", "run.json"])
def test_any_other_damaged_file_ends_with_3(sandbox: Shell, good: str, name: str) -> None:
    (Path(good) / name).write_text('{"schema": 1', encoding="utf-8")
    ended = sandbox("check", good)
    assert (ended.code, ended.out) == (3, "")
    assert f"good/{name} is damaged" in ended.err


def test_final_states_without_systems_end_with_3(sandbox: Shell, good: str) -> None:
    (Path(good) / "truth.json").write_text("{}", encoding="utf-8")
    assert sandbox("check", good).code == 3


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["run", "tiny-thred"], "unknown scenario 'tiny-thred'; did you mean 'tiny-thread'?"),
        (["run", "--engine", "refrence"], "unknown engine 'refrence'; did you mean 'reference'?"),
        (["run", "--faults", "lostack"], "unknown fault profile 'lostack'; did you mean 'lost-ack'?"),
        (["run", "--faults", "zzz"], "unknown fault profile 'zzz'; known: business, erp-down-at-close, "),
        (["run", "--sed", "3"], "No such option '--sed'. Did you mean '--seed'?"),
        (["run", "--seed", "three"], "Invalid value for '--seed': 'three'"),
        (["run", "--seed", "-1"], "Invalid value for '--seed': -1"),
        (["run", "nowhere.yaml"], "there is no scenario file nowhere.yaml"),
        (["run", "--interface", "nowhere.yaml"], "there is no interface contract nowhere.yaml"),
        (["run", "one", "two"], "unexpected extra argument"),
        (["rnu"], "unknown command 'rnu'; did you mean 'run'?"),
        (["zzz"], "unknown command 'zzz'; known: bench, check, clock, fork, gateway, run, scenarios, snapshot, up"),
        (["--versoin"], "No such option '--versoin'. Did you mean '--version'?"),
        (["check"], "give a RUN folder, or --live URL"),
        (["check", "nowhere"], "nowhere is no run folder: run.json is missing"),
        (["scenarios", "lst"], "unknown command 'lst'; did you mean 'list'?"),
        (["scenarios", "validate", "frist-thread"], "unknown scenario 'frist-thread'; did you mean 'first-thread'?"),
        (["bench", "--runs", "0"], "Invalid value for '--runs': 0"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_mistake_ends_with_64_and_says_what_was_meant(sandbox: Shell, words: list[str], told: str) -> None:
    ended = sandbox(*words)
    assert (ended.code, ended.out) == (64, "")
    assert ended.err.startswith("sandbox: ")
    assert told in ended.err
    assert list(Path().iterdir()) == []


def test_a_folder_that_holds_something_else_ends_with_64_and_is_left_alone(sandbox: Shell) -> None:
    Path("mine").mkdir()
    Path("mine/thesis.txt").write_text("years of work", encoding="utf-8")
    for words in (["--out", "mine"], ["--out", "mine", "--force"]):
        ended = sandbox("run", "tiny-thread", *words)
        assert (ended.code, ended.out) == (64, "")
        assert "mine holds something else (thesis.txt)" in ended.err
    assert Path("mine/thesis.txt").read_text(encoding="utf-8") == "years of work"


def test_an_earlier_run_is_replaced_by_force_alone(sandbox: Shell, good: str) -> None:
    ended = sandbox("run", "tiny-thread", "--out", good)
    assert (ended.code, "good holds a run already; --force replaces it" in ended.err) == (64, True)
    assert sandbox("run", "tiny-thread", "--out", good, "--force", "--engine", "none").code == 1
    assert json.loads((Path(good) / "run.json").read_text(encoding="utf-8"))["engine"] == "none"


@pytest.mark.parametrize("words", [[], ["scenarios"]])
def test_no_command_ends_with_64_and_shows_the_help(sandbox: Shell, words: list[str]) -> None:
    ended = sandbox(*words)
    assert ended.code == 64
    assert "Usage: sandbox" in ended.out


def test_an_interrupted_run_ends_with_130_and_can_be_replaced(sandbox: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    with interrupted_after_a_day(monkeypatch):
        ended = sandbox("run", "tiny-thread", "--out", "run")
    assert (ended.code, ended.out) == (130, "")
    assert "interrupted; the run folder holds what was done so far" in ended.err
    assert "holds a run that was interrupted" in sandbox("check", "run").err
    assert sandbox("run", "tiny-thread", "--engine", "none", "--out", "run").code == 64
    assert sandbox("run", "tiny-thread", "--engine", "none", "--out", "run", "--force").code == 1


# -- output ------------------------------------------------------------------------------------------------------------


def test_progress_is_on_stderr_alone_a_line_a_week(sandbox: Shell) -> None:
    ended = sandbox("run", "tiny-thread", "--engine", "none")
    # Four weeks from 19 January, and the drain.
    assert ended.err.splitlines() == [
        "simulated 2026-01-26 (23%)",
        "simulated 2026-02-02 (47%)",
        "simulated 2026-02-09 (71%)",
        "simulated 2026-02-16 (95%)",
        "simulated 2026-02-17 (100%)",
    ]
    assert "simulated" not in ended.out


def test_on_a_terminal_progress_is_a_bar_on_stderr_alone(sandbox: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    ended = sandbox("run", "tiny-thread", "--engine", "none", "--json")
    assert ended.code == 1
    assert "simulated" in ended.err
    assert "(23%)" not in ended.err
    assert ended.json["result"] == "fail"


def test_run_as_json_is_the_verdict_file_and_the_folder(sandbox: Shell) -> None:
    ended = sandbox("run", "tiny-thread", "--engine", "none", "--json")
    written = json.loads(Path("runs/tiny-thread-none-none-1/verdict.json").read_text(encoding="utf-8"))
    assert ended.json == {**written, "folder": "runs/tiny-thread-none-none-1"}
    assert ended.json["figures"]["recognised_revenue"]["by"] == {"GBP": "0.00"}
    assert ended.out.endswith("}\n")


def test_check_as_json_is_what_the_verdict_file_says_of_the_checks(sandbox: Shell, good: str) -> None:
    ended = sandbox("check", good, "--json")
    written = json.loads((Path(good) / "verdict.json").read_text(encoding="utf-8"))
    assert ended.code == 0
    assert ended.json == {name: written[name] for name in ended.json}
    assert {"result", "faults", "checks", "controls"} <= set(ended.json)


def test_check_gives_the_verdict_of_the_run(sandbox: Shell) -> None:
    ran = sandbox("run", "tiny-thread", "--engine", "none", "--faults", "rough", "--out", "run")
    checked = sandbox("check", "run")
    assert (ran.code, checked.code) == (1, 1)
    table = checked.out[: checked.out.index("Verdict: fail")]
    assert table in ran.out
    assert checked.err == ""


def test_a_check_writes_nothing_into_the_folder(sandbox: Shell, good: str) -> None:
    before = {path.name: path.read_bytes() for path in Path(good).iterdir()}
    sandbox("check", good)
    assert {path.name: path.read_bytes() for path in Path(good).iterdir()} == before


def test_two_runs_are_the_same_or_part_at_a_record(sandbox: Shell, good: str) -> None:
    same = sandbox("check", good, "--same-as", good)
    assert (same.code, same.out) == (0, "the histories are the same\n")
    shutil.copytree(good, "other")
    history = Path("other/history.jsonl")
    lines = history.read_bytes().splitlines(keepends=True)
    history.write_bytes(b"".join([*lines[:100], *lines[101:]]))
    other = sandbox("check", good, "--same-as", "other")
    assert other.code == 1
    assert "100" in other.out
    assert sandbox("check", good, "--same-as", "nowhere").code == 64


def test_databases_are_kept_when_asked(sandbox: Shell) -> None:
    assert sandbox("run", "tiny-thread", "--engine", "none", "--keep-databases", "--out", "run").code == 1
    kept = sorted(path.name for path in Path("run").glob("*.sqlite"))
    assert kept == ["crm.sqlite", "erp.sqlite", "files.sqlite", "hris.sqlite", "psa.sqlite", "revenue.sqlite"]


# -- settings ----------------------------------------------------------------------------------------------------------


def test_every_option_of_run_has_a_twin_in_the_environment(sandbox: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    import contracts

    own = Path("mine.yaml")
    own.write_bytes((Path(contracts.__path__[0]) / "interface.yaml").read_bytes())
    twins = {
        "SCENARIO": "tiny-thread", "SEED": "5", "ENGINE": "none", "FAULTS": "lost-ack", "INTERFACE": "mine.yaml",
        "OUT": "elsewhere", "KEEP_DATABASES": "1", "RUN_JSON": "1",
    }  # fmt: skip
    for name, value in twins.items():
        monkeypatch.setenv(f"SANDBOX_{name}", value)
    ended = sandbox("run")
    assert ended.code == 1
    told = {name: ended.json[name] for name in ("scenario", "seed", "engine", "profile", "folder")}
    assert told == {
        "scenario": "tiny-thread", "seed": 5, "engine": "none", "profile": "lost-ack", "folder": "elsewhere",
    }  # fmt: skip
    assert json.loads(Path("elsewhere/run.json").read_text(encoding="utf-8"))["interface"] == "mine.yaml"
    assert Path("elsewhere/crm.sqlite").is_file()
    assert sandbox("run").code == 64
    monkeypatch.setenv("SANDBOX_FORCE", "1")
    assert sandbox("run").code == 1


def test_an_option_beats_its_twin(sandbox: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SANDBOX_ENGINE", "reference")
    monkeypatch.setenv("SANDBOX_SEED", "5")
    ended = sandbox("run", "tiny-thread", "--engine", "none", "--json")
    assert (ended.json["engine"], ended.json["seed"]) == ("none", 5)


def test_a_wrong_twin_is_refused_like_its_option(sandbox: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SANDBOX_ENGINE", "refrence")
    ended = sandbox("run", "tiny-thread")
    assert (ended.code, "did you mean 'reference'?" in ended.err) == (64, True)


def test_check_prints_json_when_the_environment_says_so(
    sandbox: Shell, good: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SANDBOX_CHECK_JSON", "1")
    assert sandbox("check", good).json["result"] == "pass"


def test_an_engine_of_ones_own_is_run_by_file_and_class(sandbox: Shell) -> None:
    Path("mine.py").write_text(
        "from sandbox.engine.policy import POLICIES\n\n\nclass Mine(POLICIES['none']):\n    pass\n", encoding="utf-8"
    )
    ended = sandbox("run", "tiny-thread", "--engine", "mine.py:Mine")
    assert ended.code == 1
    assert Path("runs/tiny-thread-Mine-none-1").is_dir()
    wrong = sandbox("run", "tiny-thread", "--engine", "mine.py:Theirs")
    assert (wrong.code, "mine.py has no class Theirs" in wrong.err) == (64, True)
    missing = sandbox("run", "tiny-thread", "--engine", "nowhere.py:Mine")
    assert (missing.code, "cannot be loaded" in missing.err) == (64, True)


# -- scenarios ---------------------------------------------------------------------------------------------------------


def test_the_scenarios_that_ship_are_listed(sandbox: Shell) -> None:
    ended = sandbox("scenarios", "list")
    assert ended.code == 0
    listed = [line.split()[0] for line in ended.out.splitlines()]
    assert listed == sorted(listed)
    assert {"first-thread", "lost-acknowledgement", "tiny-thread"} <= set(listed)
    assert "One deal, three days, one invoice, one close" in ended.out
    as_json = sandbox("scenarios", "list", "--json").json
    assert [each["name"] for each in as_json] == listed
    assert {"name": "tiny-thread", "title": "One deal, three days, one invoice, one close"} in as_json


def test_the_schema_of_a_scenario_is_printed(sandbox: Shell) -> None:
    ended = sandbox("scenarios", "schema")
    assert ended.code == 0
    assert ended.out == schema_text()
    assert {"schema", "name", "firm", "scripted"} <= set(ended.json["properties"])


def test_the_schema_is_written_beside_the_scenarios_when_asked(
    sandbox: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sandbox.firm import scenarios

    monkeypatch.setattr(scenarios, "SCHEMA_FILE", tmp_path / SCHEMA_FILE.name)
    ended = sandbox("scenarios", "schema", "--write")
    assert (ended.code, ended.out, ended.err) == (0, "", "wrote scenario.schema.json\n")
    assert (tmp_path / "scenario.schema.json").read_text(encoding="utf-8") == schema_text()


def test_a_scenario_is_validated_without_a_run(sandbox: Shell) -> None:
    ended = sandbox("scenarios", "validate", "first-thread")
    assert (ended.code, ended.out) == (0, "first-thread: 8 engagements, 20 people, 6 weeks: valid\n")
    assert list(Path().iterdir()) == []


def test_a_scenario_that_is_wrong_is_refused_with_file_and_place(sandbox: Shell) -> None:
    text = (Path(SCHEMA_FILE).parent / "tiny-thread.yaml").read_text(encoding="utf-8")
    Path("mine.yaml").write_text(text.replace("entity: UK", "entity: UKK"), encoding="utf-8")
    ended = sandbox("scenarios", "validate", "mine.yaml")
    assert (ended.code, ended.out) == (64, "")
    assert "mine.yaml:14: scripted.0.entity: unknown entity 'UKK'; did you mean 'UK'?" in ended.err


# -- help --------------------------------------------------------------------------------------------------------------


def test_the_version_is_told(sandbox: Shell) -> None:
    assert sandbox("--version") == Ended(0, f"sandbox {__version__}\n", "")


@pytest.mark.parametrize("word", ["-h", "--help"])
def test_help_names_every_command_and_the_exit_codes(sandbox: Shell, word: str) -> None:
    ended = sandbox(word)
    assert ended.code == 0
    for name in app.commands:
        assert re.search(rf"^  {name} ", ended.out, re.MULTILINE)
    assert "Exit codes: 0 pass, 1 fail, 2 unknown, 3 harness broken, 64 usage." in " ".join(ended.out.split())


def test_the_oldest_click_that_is_allowed_knows_what_the_command_line_catches() -> None:
    project = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    (click,) = (each for each in project["dependencies"] if each.startswith("click>="))
    oldest = click.removeprefix("click>=").partition(",")[0]
    # NoArgsIsHelpError came with 8.2.0.
    assert [int(part) for part in oldest.split(".")] >= [8, 2]


def test_help_cuts_no_sentence_off(sandbox: Shell) -> None:
    assert "..." not in sandbox("--help").out.replace("[ARGS]...", "")


@pytest.mark.parametrize("name", ["run", "check", "bench"])
def test_every_command_has_a_sentence_an_example_and_json(sandbox: Shell, name: str) -> None:
    ended = sandbox(name, "--help")
    assert ended.code == 0
    assert f"Example: sandbox {name} " in ended.out
    assert "--json" in ended.out


def test_validate_speaks_json_too(sandbox: Shell) -> None:
    assert sandbox("scenarios", "validate", "tiny-thread", "--json").json


# -- bench -------------------------------------------------------------------------------------------------------------

FIGURES = {
    "scenario": "month-end", "run_s": 1.0, "judge_s": 0.4,
    "requests_per_s": 5_000, "us_per_request": 200.1, "floor_us": 100.2, "ratio_to_floor": 1.99,
    "cold_start_to_verdict_s": 1.5, "peak_memory_mib": 98.7, "checks_records_per_s": 123_456, "requests": 12_973,
    "records": 33_920, "ready_s": 0.9, "memory_of_records_mib": 400.0, "save_s": 1.0, "restore_s": 1.1, "ports": {},
}  # fmt: skip


def test_a_benchmark_is_written_and_shown(sandbox: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    def measured(repetitions: int, say: Any) -> dict[str, Any]:
        say(f"{repetitions} repetitions")
        return FIGURES

    monkeypatch.setattr(bench, "measure", measured)
    ended = sandbox("bench", "--runs", "2", "--out", "figures.json")
    assert (ended.code, ended.err) == (0, "2 repetitions\n")
    assert "123,456" in ended.out
    assert json.loads(Path("figures.json").read_text(encoding="utf-8")) == FIGURES
    assert sandbox("bench", "--json").json == FIGURES
    assert Path("bench.json").is_file()
