"""A simulated run against its floor: an empty Flask POST view (parse JSON, orjson reply, no validation), called
directly through WSGI, measured in the same process, interleaved with the runs.
"""

from __future__ import annotations

import io
import json
import platform
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

from sandbox import __version__
from sandbox.checks.books import Books
from sandbox.checks.case import Case
from sandbox.checks.verdict import judge
from sandbox.core.clock import DAY_US
from sandbox.drivers.collecting import rare_collections
from sandbox.making import Wanted, make
from sandbox.world import World

_FLOOR_CALLS = 5_000
_BODY = json.dumps(
    {
        "time_entries": [
            {"workspace_id": 2249167, "story_id": 900, "date_performed": "2026-12-07", "time_in_minutes": 480}
        ]
    }
).encode()
SCENARIO, FAULTS = "month-end", "rough"
_COLD = "from sandbox.cli import main; main(['run', {name!r}, '--faults', {faults!r}, '--out', {out!r}, '--json'])"


def measure(repetitions: int, say: Callable[[str], None]) -> dict[str, Any]:
    """All figures; ``say`` is told how far it is."""
    wanted = Wanted(SCENARIO, faults=FAULTS)
    floors: list[float] = []
    simulated: list[float] = []
    judged: list[float] = []
    running: list[float] = []
    requests = records = 0
    floor = _floor()
    for number in range(repetitions):
        say(f"bench {number + 1}/{repetitions}: floor and run")
        floors.append(floor())
        plan, interface, policy = make(wanted)
        with rare_collections():
            began = time.perf_counter()
            world = World(plan, interface, policy)
            truth = world.run(piece_us=DAY_US)
            ran = time.perf_counter()
            case = Case(plan, interface, world.recorder.records, truth)
            judge(case, Books(case))
            ended = time.perf_counter()
        requests, records = world.wire.requests, len(world.recorder.records)
        simulated.append((ended - began) / requests)
        judged.append(ended - ran)
        running.append(ran - began)
    say("bench: cold start to verdict in a new process")
    cold = [_cold_start() for _ in range(min(repetitions, 3))]
    per_request, floor_us = statistics.median(simulated), statistics.median(floors)
    return {
        "schema": 1,
        "versions": {"sandbox": __version__, "python": platform.python_version()},
        "scenario": wanted.scenario,
        "requests": requests,
        "records": records,
        "requests_per_s": round(1 / per_request),
        "us_per_request": round(per_request * 1e6, 1),
        "floor_us": round(floor_us * 1e6, 1),
        "ratio_to_floor": round(statistics.median(a / b for a, b in zip(simulated, floors, strict=True)), 2),
        "ratio_aim": 2.0,
        "run_s": round(statistics.median(running), 2),
        "judge_s": round(statistics.median(judged), 2),
        "checks_records_per_s": round(records / statistics.median(judged)),
        "cold_start_to_verdict_s": round(statistics.median(seconds for seconds, _ in cold), 2),
        "cold_start_aim_s": 6.0,
        "peak_memory_mib": round(max(memory for _, memory in cold), 1),
    }


def _floor() -> Callable[[], float]:
    """Seconds per call of an empty Flask POST view."""
    import orjson
    from flask import Flask, Response, request

    app = Flask("floor")

    @app.post("/x")
    def view() -> Response:
        data = orjson.loads(request.get_data())
        return Response(orjson.dumps({"id": "1", "n": len(data)}), 201, mimetype="application/json")

    def start(status: str, headers: list[tuple[str, str]], error: object = None, /) -> Callable[[bytes], object]:
        return lambda data: None

    def call() -> None:
        environ = {
            "REQUEST_METHOD": "POST", "PATH_INFO": "/x", "QUERY_STRING": "", "SERVER_NAME": "localhost",
            "SERVER_PORT": "80", "SERVER_PROTOCOL": "HTTP/1.1", "CONTENT_TYPE": "application/json",
            "CONTENT_LENGTH": str(len(_BODY)), "wsgi.version": (1, 0), "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(_BODY), "wsgi.errors": sys.stderr, "wsgi.multithread": False,
            "wsgi.multiprocess": False, "wsgi.run_once": False,
        }  # fmt: skip
        b"".join(app(environ, start))

    def measured() -> float:
        began = time.perf_counter()
        for _ in range(_FLOOR_CALLS):
            call()
        return (time.perf_counter() - began) / _FLOOR_CALLS

    measured()
    return measured


def _cold_start() -> tuple[float, float]:
    """(seconds, MiB) of a whole run in a new interpreter, verdict and folder included."""
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
        began = time.perf_counter()
        subprocess.run(  # noqa: S603 - our own interpreter and our own code
            [sys.executable, "-c", _COLD.format(name=SCENARIO, faults=FAULTS, out=f"{folder}/run")],
            check=True,
            capture_output=True,
        )
        seconds = time.perf_counter() - began
        after = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    return seconds, max(before, after) / 1024
