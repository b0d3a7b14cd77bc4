"""A tenant of four users, a clock to move, and a project with two people on it."""

from __future__ import annotations

import pytest

from mocks.psa.system import Psa
from sandbox.core.clock import ManualClock
from tests.mocks.psa.client import ANA, BEN, EPOCH, make, project


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(EPOCH)


@pytest.fixture
def mock(clock: ManualClock) -> Psa:
    return make(clock)


@pytest.fixture
def workspace_id(mock: Psa) -> str:
    return project(mock, ANA, BEN)
