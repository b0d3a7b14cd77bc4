from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.live.ports import World, standing


@pytest.fixture
def world() -> Iterator[World]:
    """A firm's tenants on ports; nobody acts but the test."""
    with standing() as world:
        yield world


@pytest.fixture
def in_background() -> Iterator[Callable[[Callable[[], Any]], Callable[[], Any]]]:
    """Start something in a thread; calling what comes back waits for its result."""
    with ThreadPoolExecutor(4) as pool:
        yield lambda work: pool.submit(work).result
