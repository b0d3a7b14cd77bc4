"""A tenant of three clients, two products and two users, and a session with it."""

from __future__ import annotations

import pytest

from tests.mocks.crm.client import Client


@pytest.fixture
def crm() -> Client:
    return Client()
