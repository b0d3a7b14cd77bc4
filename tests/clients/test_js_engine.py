"""The engine of docs/examples/js-engine, another process in another language: set-up of projects and time against
``sandbox up``, judged by ``sandbox check --live``.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml

from sandbox.interface import DEFAULT
from tests.clients.conftest import started
from tests.clients.environments import ROOT, clean_environment
from tests.clients.up import Up

NODE = shutil.which("node") or ""

pytestmark = [
    pytest.mark.clients,
    pytest.mark.skipif(not NODE, reason="node is not installed"),
]

EXAMPLE = ROOT / "docs" / "examples" / "js-engine"
# After the last deed and its drain.
THE_END = "2026-02-03T12:00Z"
# The answers to a time record of the ERP and to a task of the PSA are lost, once each.
LOST = [{"kind": "W04", "created": True, "system": system, "path": path}
        for system, path in (("erp", "timeBill"), ("psa", "stories"))]  # fmt: skip


@contextmanager
def engine(folder: Path, told: Mapping[str, Any], port: int, **environment: str) -> Iterator[None]:
    """The engine on its port, gone afterwards."""
    (folder / "up.json").write_text(json.dumps(told), encoding="utf-8")
    with (folder / "engine.log").open("w") as log:
        process = subprocess.Popen(
            [NODE, str(EXAMPLE / "engine.mjs"), "up.json"], cwd=folder, stdout=subprocess.PIPE, stderr=log, text=True,
            env=clean_environment({"PORT": str(port), **environment}),
        )  # fmt: skip
        try:
            assert process.stdout is not None
            said = process.stdout.readline()
            assert said == f"Ready http://127.0.0.1:{port}/jobs/sync\n", (folder / "engine.log").read_text("utf-8")
            yield
        finally:
            process.terminate()
            process.communicate(timeout=30)


@contextmanager
def world(folder: Path, port: int) -> Iterator[Up]:
    """The example's firm, calling the engine on a port."""
    options = ("--scenario", str(EXAMPLE / "two-projects.yaml"), "--interface", str(EXAMPLE / "interface.yaml"))
    with started(folder, *options, "--trigger", f"sync=http://127.0.0.1:{port}/jobs/sync") as told:
        yield Up(told)


def checked(folder: Path, up: Up) -> tuple[int, dict[str, Any]]:
    """Exit code and verdict of ``sandbox check --live``."""
    done = subprocess.run(
        [sys.executable, "-m", "sandbox.cli", "check", "--live", up.told["control"]["url"], "--json"], check=False,
        cwd=folder, capture_output=True, text=True, timeout=60, env=clean_environment({"PYTHONPATH": str(ROOT)}),
    )  # fmt: skip
    return done.returncode, json.loads(done.stdout)


def by_name(verdict: Mapping[str, Any]) -> dict[str, Any]:
    return {check["id"]: check for check in verdict["checks"]}


def test_the_engine_keeps_projects_and_time_in_step_and_survives_its_own_restart(
    tmp_path: Path, free_port: int
) -> None:
    with world(tmp_path, free_port) as up:
        with engine(tmp_path, up.told, free_port):
            up.control("POST", "clock/advance", {"to": "2026-01-26T12:00Z"})
        with engine(tmp_path, up.told, free_port):
            up.control("POST", "clock/advance", {"to": THE_END})
        code, verdict = checked(tmp_path, up)
    assert (code, verdict["result"], verdict["over"]) == (0, "pass", True)
    compared = {name: check["compared"] for name, check in by_name(verdict).items()}
    asked = yaml.safe_load((EXAMPLE / "interface.yaml").read_text(encoding="utf-8"))["checks"]
    assert list(compared) == [*asked, "VAC"]
    # Two clients, projects, tasks, customers, jobs and links, and six days of time.
    assert compared["ONCE.dup"] == 6 * 2 + 6


def test_an_answer_that_is_lost_doubles_nothing(tmp_path: Path, free_port: int) -> None:
    with world(tmp_path, free_port) as up, engine(tmp_path, up.told, free_port):
        for fault in LOST:
            up.control("POST", "faults", fault)
        up.control("POST", "clock/advance", {"to": THE_END})
        code, verdict = checked(tmp_path, up)
    assert (code, verdict["result"], verdict["faults"]) == (0, "pass", {"W04": 2})
    assert by_name(verdict)["ONCE.dup"]["exercised"] == 2


def test_without_the_look_up_before_a_retry_the_verdict_names_what_stands_twice(tmp_path: Path, free_port: int) -> None:
    with world(tmp_path, free_port) as up, engine(tmp_path, up.told, free_port, NO_LOOKUP="1"):
        for fault in LOST:
            up.control("POST", "faults", fault)
        up.control("POST", "clock/advance", {"to": THE_END})
        code, verdict = checked(tmp_path, up)
    assert (code, verdict["result"]) == (1, "fail")
    titles = [finding["title"] for finding in by_name(verdict)["ONCE.dup"]["findings"]]
    assert len(titles) == 2
    assert any(title.startswith("2 live records of psa.story are the one line ENG-0") for title in titles)
    assert any(title.startswith("2 live records of erp.timeBill are the one time ") for title in titles)


def test_its_interface_contract_is_a_part_of_the_default_one() -> None:
    whole = yaml.safe_load(DEFAULT.read_text(encoding="utf-8"))
    part = yaml.safe_load((EXAMPLE / "interface.yaml").read_text(encoding="utf-8"))
    # What is its own, and the two that name records of flows it does not have.
    for name in ("name", "checks", "triggers", "composites", "closed_periods"):
        part.pop(name)
    for section, content in part.items():
        kept = {name: whole[section][name] for name in content} if isinstance(content, dict) else whole[section]
        assert content == kept, section
