"""Nothing of ours asks the machine for time or chance while a world runs: callers are checked, not only the source."""

from __future__ import annotations

import os
import random
import sys
import time
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest

from sandbox.world import World
from tests.system.worlds import made

OURS = ("sandbox", "mocks", "scenarios", "contracts")
WATCHED: tuple[tuple[ModuleType, str], ...] = (
    (time, "time"),
    (time, "time_ns"),
    (time, "monotonic"),
    (time, "monotonic_ns"),
    (time, "perf_counter"),
    (time, "sleep"),
    (random, "random"),
    (random, "randint"),
    (random, "choice"),
    (random, "shuffle"),
    (os, "urandom"),
    (os, "getpid"),
)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Who of ours asked the machine for what, while this test runs."""
    found: list[str] = []

    def watched(name: str, original: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **named: Any) -> Any:
            caller = str(sys._getframe(1).f_globals.get("__name__", ""))
            if caller.partition(".")[0] in OURS:
                found.append(f"{caller} {name}")
            return original(*arguments, **named)

        return call

    for module, name in WATCHED:
        monkeypatch.setattr(module, name, watched(f"{module.__name__}.{name}", getattr(module, name)))
    return found


def test_a_simulated_world_asks_the_machine_for_nothing(asked: list[str]) -> None:
    World(*made("tiny-thread")).run()
    assert asked == []


def test_a_module_of_ours_that_asked_would_be_caught(asked: list[str]) -> None:
    planted: dict[str, Any] = {"__name__": "sandbox.engine.planted", "time": time}
    exec("now = time.time()", planted)  # noqa: S102 - a module of ours as it must not be
    assert asked == ["sandbox.engine.planted time.time"]
