"""The clock of a living world: steps that end in quiet, paces, triggers, snapshots."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest
import yaml

from sandbox.core.errors import UsageError
from sandbox.drivers.stage import Stage
from sandbox.interface import DEFAULT
from tests.live.ports import World, standing


def test_the_firm_lives_while_time_passes() -> None:
    with standing(seed_only=False) as world:
        clock = world.control("GET", "clock").json()
        assert (clock["mode"], clock["now"]) == ("stepped", "2026-01-19T00:00:00Z")
        before = clock["open_deeds"]
        world.advance(by="1w")
        after = world.control("GET", "clock").json()
        assert after["open_deeds"] < before
        assert after["requests"] > 0


@pytest.mark.parametrize(
    ("how", "code", "told"),
    [
        ({"by": "soon"}, "bad_length", "'soon' is no length of time; expected 90s, 15min, 2h, 7d, 1w or 1mo"),
        ({"to": "tomorrow"}, "bad_instant", "'tomorrow' is no instant; expected 2026-01-31 or 2026-01-31T18:00Z"),
        ({"to": "2025-01-01"}, "clock_back", "the clock cannot go back; restore a snapshot instead"),
        ({}, "bad_advance", "give one of to (an instant), by (a length of time) or to_next (true)"),
        ({"by": "1d", "to": "2026-02-01"}, "bad_advance", "give one of to (an instant)"),
    ],
)
def test_a_wrong_advance_says_what_was_expected(world: World, how: dict[str, Any], code: str, told: str) -> None:
    error = world.control("POST", "clock/advance", how).json()["error"]
    assert error["code"] == code
    assert error["message"].startswith(told)


def test_an_engine_that_finds_something_new_all_the_time_never_rests(
    world: World, in_background: Callable[[Callable[[], Any]], Callable[[], Any]]
) -> None:
    over = threading.Event()

    def restless() -> int:
        count = 0
        while not over.is_set():
            world.account(f"Number {count}")
            count += 1
        return count

    counted = in_background(restless)
    time.sleep(0.2)
    answer = world.advance(by="1h", max_wait_s=2)
    over.set()
    assert (answer["state"], answer["asked_most"]) == ("restless", "crm POST /services/data/v59.0/sobjects/Account?")
    assert counted() > 0


def test_asking_the_same_in_vain_is_quiet(
    world: World, in_background: Callable[[Callable[[], Any]], Callable[[], Any]]
) -> None:
    over = threading.Event()

    def poller() -> None:
        while not over.wait(0.05):
            world.psa("GET", "workspaces.json")

    done = in_background(poller)
    time.sleep(0.3)
    answer = world.advance(by="30min", step="15min", max_wait_s=20)
    over.set()
    done()
    assert answer["state"] == "ready"


def test_one_advance_at_a_time_and_none_while_the_clock_runs(world: World) -> None:
    paced = world.control("POST", "clock/pace", {"sim": "1d", "per": "1s"}).json()
    assert (paced["mode"], paced["rate"]) == ("paced", "86400 s per second")
    refused = world.control("POST", "clock/advance", {"by": "1d"})
    assert (refused.status, refused.json()["error"]["code"]) == (409, "clock_runs")
    time.sleep(0.3)
    stood = world.control("POST", "clock/pause").json()
    assert stood["mode"] == "stepped"
    assert stood["now_us"] >= 0.3 * 86_400_000_000
    time.sleep(0.1)
    assert world.control("GET", "clock").json()["now_us"] == stood["now_us"]
    world.control("POST", "clock/resume")
    time.sleep(0.1)
    assert world.control("POST", "clock/pause").json()["now_us"] > stood["now_us"]


def test_a_real_clock_follows_the_walls_within_a_second() -> None:
    with standing(rate=1_000_000) as world:
        began = time.monotonic()
        first = world.control("GET", "clock").json()
        assert first["mode"] == "real"
        time.sleep(0.5)
        passed = world.control("GET", "clock").json()["now_us"] - first["now_us"]
        assert abs(passed / 1e6 - (time.monotonic() - began)) < 0.5


class Jobs(BaseHTTPRequestHandler):
    calls: ClassVar[list[tuple[str, Any]]] = []
    status = 200

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.calls.append((self.headers["X-Sim-Time"], yaml.safe_load(body)["trigger"]))
        self.send_response(self.status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        return


@contextmanager
def engine_with_jobs(status: int = 200) -> Iterator[tuple[str, list[tuple[str, Any]]]]:
    class Handler(Jobs):
        calls: ClassVar[list[tuple[str, Any]]] = []

    Handler.status = status
    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/jobs/nightly", Handler.calls
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def with_trigger(folder: Path, trigger: dict[str, Any]) -> str:
    contract = yaml.safe_load(DEFAULT.read_text(encoding="utf-8"))
    path = folder / "interface.yaml"
    path.write_text(yaml.safe_dump({**contract, "triggers": [trigger]}, sort_keys=False), encoding="utf-8")
    return str(path)


def test_a_trigger_calls_the_users_job_at_its_simulated_time(tmp_path: Path) -> None:
    with engine_with_jobs() as (url, calls):
        path = with_trigger(tmp_path, {"name": "nightly", "url": url, "daily_at": "02:00"})
        with standing(interface=path) as world:
            answer = world.advance(by="3d")
    assert answer["triggers"] == 3
    assert calls == [(f"2026-01-{day}T02:00:00Z", "nightly") for day in (19, 20, 21)]


def test_a_job_that_fails_or_is_not_there_is_told(tmp_path: Path) -> None:
    with engine_with_jobs(500) as (url, _):
        path = with_trigger(tmp_path, {"name": "nightly", "url": url, "every_s": 3600})
        with standing(interface=path) as world:
            failed = world.control("POST", "clock/advance", {"by": "2h"}).json()["error"]
    assert failed == {"code": "trigger_failed", "message": f"trigger nightly: {url} answered 500"}
    with standing(interface=path) as world:
        silent = world.control("POST", "clock/advance", {"by": "2h"}).json()["error"]["message"]
    assert silent.startswith(f"trigger nightly: nobody answers at {url}")


def test_an_engine_that_only_has_jobs_is_not_waited_for_between_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with engine_with_jobs() as (url, calls):
        path = with_trigger(tmp_path, {"name": "often", "url": url, "every_s": 900})
        with standing(interface=path) as world:
            settled: list[Any] = []
            monkeypatch.setattr(world.stand.live.stage, "settle", lambda *_: settled.append(1))
            world.advance(by="1d")
    assert (len(calls), len(settled)) == (96, 1)


def test_a_job_that_has_only_begun_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with engine_with_jobs(202) as (url, calls):
        path = with_trigger(tmp_path, {"name": "often", "url": url, "every_s": 3600})
        with standing(interface=path) as world:
            settled: list[Any] = []
            monkeypatch.setattr(world.stand.live.stage, "settle", lambda *_: settled.append(1))
            world.advance(by="6h")
    assert (len(calls), len(settled)) == (6, 6)


def test_what_a_job_asks_is_no_engine_that_works_by_itself(world: World) -> None:
    stage = world.stand.live.stage
    with stage.job():
        world.account("From a job")
    assert not stage.engine_is_here
    world.account("By itself")
    assert stage.engine_is_here


def test_a_restored_world_has_forgotten_what_came_after(world: World) -> None:
    world.account("Before")
    saved = world.control("POST", "snapshots", {"name": "one"}).json()
    assert saved["at"] == "2026-01-19T00:00:00Z"
    world.account("After")
    world.advance(by="2d")
    assert world.control("POST", "snapshots/restore", {"name": "one"}).status == 200
    names = world.crm("GET", "/services/data/v59.0/query?q=SELECT+Name+FROM+Account").json()["records"]
    assert [each["Name"] for each in names if each["Name"] in ("Before", "After")] == ["Before"]
    assert world.control("GET", "health").json()["now"] == "2026-01-19T00:00:00Z"
    unknown = world.control("POST", "snapshots/restore", {"name": "onn"})
    assert (unknown.status, unknown.json()["error"]["message"]) == (404, "unknown snapshot 'onn'; did you mean 'one'?")
    bad = world.control("POST", "snapshots", {"name": "../escape"}).json()["error"]
    assert bad["code"] == "bad_name"


def test_a_reset_world_begins_again(world: World) -> None:
    world.account("Gone")
    world.advance(by="1d")
    assert world.control("POST", "reset").json()["now"] == "2026-01-19T00:00:00Z"
    found = world.crm("GET", "/services/data/v59.0/query?q=SELECT+Id+FROM+Account+WHERE+Name='Gone'")
    assert found.json()["totalSize"] == 0


def test_a_restored_world_continues_without_a_finding() -> None:
    """The firm and our own engine live on through a restore in the middle, and are judged at the end."""
    with standing(seed_only=False, engine="reference") as world:
        world.advance(by="8d")
        world.control("POST", "snapshots", {"name": "middle"})
        world.advance(by="5d")
        world.control("POST", "snapshots/restore", {"name": "middle"})
        early = world.control("POST", "verdict").json()
        assert (early["over"], early["result"]) == (False, "unknown")
        world.advance(to=world.control("GET", "clock").json()["scenario_ends"])
        verdict = world.control("POST", "verdict").json()
    assert [each for check in verdict["checks"] for each in check["findings"]] == []
    assert (verdict["over"], verdict["result"]) == (True, "pass")


def test_a_world_in_which_nothing_was_synced_is_told_so() -> None:
    with standing(seed_only=False) as world:
        world.advance(to=world.control("GET", "clock").json()["scenario_ends"])
        verdict = world.control("POST", "verdict").json()
    assert verdict["result"] == "fail"
    assert "LOST.update" in {check["id"] for check in verdict["checks"] if check["result"] == "fail"}


def test_settling_ends_by_the_engines_own_word() -> None:
    stage = Stage(lambda: 0, lambda _: None)
    answers = iter([False, False, True, True])
    assert stage.settle(10, lambda: next(answers)) is None
    assert next(answers, None) is None
    assert stage.settle(1, lambda: False) == "nothing"


def test_the_command_line_finds_no_world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from sandbox.live.remote import Remote

    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match="no world is up here; start one with sandbox up"):
        Remote()
    with pytest.raises(UsageError, match="no world answers at http"):
        Remote("127.0.0.1:9").ask("GET", "clock")
    with engine_with_jobs() as (url, _), pytest.raises(UsageError, match="the control port answered 501"):
        Remote(url).ask("GET", "clock")
