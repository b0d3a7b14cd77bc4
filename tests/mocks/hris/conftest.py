"""A tenant of two workers."""

from __future__ import annotations

import pytest

from mocks.hris.system import Hris
from tests.mocks.hris.client import make


@pytest.fixture
def mock() -> Hris:
    return make()
