"""All figures of the benchmark, and their table."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from sandbox.bench import ports, simulated, storage


def measure(repetitions: int, say: Callable[[str], None]) -> dict[str, Any]:
    """All figures; ``say`` is told how far it is."""
    found = simulated.measure(repetitions, say)
    say("bench: five systems ready on ports")
    found["ready_s"] = round(ports.ready_seconds(repetitions), 2)
    found["ready_aim_s"] = 1.0
    found["ports"] = ports.rates(say)
    say("bench: many records")
    return {**found, **storage.figures()}


NAMES = {
    "scenario": "{scenario}",
    "requests per second, engine and checks included": "{requests_per_s:,}",
    "microseconds per request": "{us_per_request}",
    "empty Flask POST view, microseconds": "{floor_us}",
    "ratio per request to that view (aim 2.0)": "{ratio_to_floor}x",
    "cold start to verdict, seconds (aim 6.0)": "{cold_start_to_verdict_s}",
    "of it the run, seconds": "{run_s}",
    "of it the verdict, seconds": "{judge_s}",
    "peak memory, MiB": "{peak_memory_mib}",
    "checks, records per second": "{checks_records_per_s:,}",
    "requests of the run": "{requests:,}",
    "records of the run": "{records:,}",
}
LIVE_NAMES = {
    "five systems ready on ports, seconds (aim 1.0)": "{ready_s}",
    "memory of 100,000 records, MiB": "{memory_of_records_mib}",
    "100,000 records saved, seconds (aim 2.0)": "{save_s}",
    "100,000 records restored, seconds (aim 2.0)": "{restore_s}",
}
KINDS = ("create", "read", "filtered list", "validated create")


def show(figures: dict[str, Any]) -> None:
    """The figures as a table, then what each port serves."""
    width = max(len(name) for name in (*NAMES, *LIVE_NAMES))
    for name, pattern in (*NAMES.items(), *LIVE_NAMES.items()):
        sys.stdout.write(f"{name:{width}}  {pattern.format(**figures):>10}\n")
    sys.stdout.write("\nrequests per second (and ratio to empty views of the same server, aim 0.60)\n")
    for system, found in figures["ports"].items():
        shown = [f"{kind} {found[kind]:,} ({found[f'{kind}_ratio']:.2f})" for kind in KINDS if kind in found]
        sys.stdout.write(f"{system:8} {', '.join(shown)}\n")
