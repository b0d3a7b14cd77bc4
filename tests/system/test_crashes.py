"""Kill -9 at every point of a whole small story: effect done, response sent, before checkpoint, event acknowledged."""

from __future__ import annotations

import pytest

from sandbox.drivers.crashing import CHECKPOINT, POINTS, Assassin
from sandbox.drivers.simulated import EFFECT
from sandbox.engine.policy import Policy
from sandbox.interface import Interface
from sandbox.plan import Plan
from sandbox.world import World
from tests.system.worlds import ended, made, problems

# Fewer empty polls in office hours, so that every crash costs a third of a second.
SLOW_POLL_S = 3600


def story() -> tuple[Plan, Interface, type[Policy]]:
    """The smallest whole thread, with a lazy engine."""
    plan, interface, policy = made("tiny-thread", faults="none")
    polling = {
        source: rule.model_copy(update={"office_s": SLOW_POLL_S}) if rule.office_s else rule
        for source, rule in interface.polling.items()
    }
    return plan, interface.model_copy(update={"polling": polling}), policy


def passes(point: str) -> int:
    """How often the engine passes a point when nobody kills it."""
    world = World(*story())
    assassin = Assassin(world.wire, world.around, world.host, point)
    world.run()
    return assassin.passed


def complaints(point: str, nth: int) -> list[str]:
    """What the verdict complains of when the engine dies the nth time it passes a point."""
    world = World(*story())
    assassin = Assassin(world.wire, world.around, world.host, point, nth)
    judged = ended(world)
    assert assassin.passed > nth, "the engine never came there"
    crashes = [record for record in world.recorder.records if record.get("event") == "crash"]
    assert len(crashes) == 1
    return problems(judged.verdict)


def test_the_story_has_at_least_twenty_effects() -> None:
    assert passes(EFFECT) >= 20


@pytest.mark.seeds
@pytest.mark.parametrize("point", POINTS)
def test_an_engine_killed_anywhere_leaves_no_finding(point: str) -> None:
    count = passes(point)
    assert count >= 20
    found = {nth: told for nth in range(count) if (told := complaints(point, nth))}
    assert found == {}


def test_a_crash_hurts_an_engine_that_does_not_look_before_it_retries() -> None:
    # The alarm rings: the same crash is a finding for the naive engine.
    plan, interface, _ = story()
    naive = made("tiny-thread", engine="naive", faults="none")[2]

    def finds(nth: int) -> list[str]:
        world = World(plan, interface, naive)
        Assassin(world.wire, world.around, world.host, EFFECT, nth)
        return [finding.check for each in ended(world).verdict.checks for finding in each.findings]

    told = {check for nth in range(8) for check in finds(nth)}
    assert "ONCE.dup" in told


def test_a_killed_engine_starts_again_on_what_its_store_holds() -> None:
    world = World(*story())
    Assassin(world.wire, world.around, world.host, CHECKPOINT, 3)
    world.run()
    events = [record["event"] for record in world.recorder.records if record["kind"] == "engine" and "event" in record]
    assert events.count("start") == 2
    assert events.count("crash") == 1
