"""A pytest plugin: a fresh world per test, in process and simulated, or living on ports.

Loaded by its entry point wherever the sandbox is installed, so it imports nothing until a fixture is asked for. Worlds
share nothing and take free ports: tests may run side by side (pytest-xdist).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from sandbox.testing import LiveSandbox, Sandbox


def pytest_addoption(parser: pytest.Parser) -> None:
    """``--sandbox-seed``: another seed for every world of this session."""
    group = parser.getgroup("sandbox", "psa-integration-sandbox")
    group.addoption("--sandbox-seed", type=int, default=1, help="Seed of the worlds of this session (1).")


@pytest.fixture
def sandbox(request: pytest.FixtureRequest) -> Sandbox:
    """Scenarios in simulated time: ``sandbox.run("first-thread", engine=MyPolicy, faults="lost-ack").passes()``."""
    from sandbox.testing import Sandbox

    return Sandbox(seed=request.config.getoption("--sandbox-seed"))


@pytest.fixture
def sandbox_live(request: pytest.FixtureRequest) -> Iterator[Any]:
    """Start worlds on ports: ``up = sandbox_live("first-thread")``; they are gone when the test is over."""
    from sandbox.testing import LiveSandbox

    with ExitStack() as running:

        def start(scenario: str = "first-thread", **wanted: Any) -> LiveSandbox:
            wanted.setdefault("seed", request.config.getoption("--sandbox-seed"))
            return running.enter_context(LiveSandbox(scenario, **wanted))

        yield start
