"""A tenant of two organisations in January 2026, with an engine and an accountant before it."""

from __future__ import annotations

import pytest

from tests.mocks.revenue.client import Desk


@pytest.fixture
def desk() -> Desk:
    return Desk()
