"""Passing runs to plant things in: six weeks with and without faults, and the shortest thread there is."""

from __future__ import annotations

import pytest

from tests.checks.builders import Recorded, Scene, record


@pytest.fixture(scope="session")
def rough_run() -> Recorded:
    return record("first-thread", "rough")


@pytest.fixture(scope="session")
def calm_run() -> Recorded:
    return record("first-thread").without_looks()


@pytest.fixture(scope="session")
def tiny_run() -> Recorded:
    return record("tiny-thread")


@pytest.fixture
def rough(rough_run: Recorded) -> Scene:
    return rough_run.scene()


@pytest.fixture
def calm(calm_run: Recorded) -> Scene:
    return calm_run.scene()


@pytest.fixture
def tiny(tiny_run: Recorded) -> Scene:
    return tiny_run.scene()
