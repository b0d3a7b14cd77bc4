"""A tenant with a client and a project, and somebody who calls it."""

from __future__ import annotations

import pytest

from sandbox.core.clock import ManualClock
from tests.mocks.erp.client import EPOCH, Caller, make


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(EPOCH)


@pytest.fixture
def erp(clock: ManualClock) -> Caller:
    return Caller(make(clock)).world()
