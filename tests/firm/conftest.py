"""Plans and worlds that several tests look at; nobody changes them."""

from __future__ import annotations

import pytest

from sandbox.engine.policy import NoPolicy
from sandbox.plan import FirmProfile, Plan, Scenario
from tests.firm.builders import busy_desk, planned, shipped
from tests.firm.played import Again, Played, play, play_losing_first_answers, twice


@pytest.fixture(scope="session")
def first_thread() -> tuple[Scenario, FirmProfile]:
    """The scenario with two offices."""
    return shipped("first-thread")


@pytest.fixture(scope="session")
def first_plans(first_thread: tuple[Scenario, FirmProfile]) -> dict[int, Plan]:
    """Its plans under three seeds."""
    return {seed: planned(*first_thread, seed) for seed in (1, 2, 3)}


@pytest.fixture(scope="session")
def busy_plan() -> Plan:
    """The plan of the desk that does everything."""
    return planned(*busy_desk())


@pytest.fixture(scope="session")
def busy(busy_plan: Plan) -> Played:
    """The busy desk, played to the end."""
    return play(busy_plan)


@pytest.fixture(scope="session")
def doubled(busy_plan: Plan) -> Again:
    """The busy desk with everything done twice."""
    with twice() as again:
        again.played = play(busy_plan)
    return again


@pytest.fixture(scope="session")
def unanswered(busy_plan: Plan) -> Played:
    """The busy desk where the first answer to every write is lost."""
    return play_losing_first_answers(busy_plan)


@pytest.fixture(scope="session")
def tiny() -> Played:
    """The smallest thread, played to the end."""
    return play(planned(*shipped("tiny-thread")))


@pytest.fixture(scope="session")
def alone() -> Played:
    """The smallest thread with no engine: people wait for what nobody brings."""
    return play(planned(*shipped("tiny-thread")), NoPolicy)
