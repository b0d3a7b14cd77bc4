"""Dead letters as work: a cause that is corrected ends as if nothing had been wrong, whatever else goes wrong."""

from __future__ import annotations

import pytest

from sandbox.checks.books import Books
from sandbox.drivers.crashing import POINTS, Assassin
from sandbox.world import World
from tests.system.worlds import ended, made, problems, run

pytestmark = pytest.mark.stories

STORY = "dead-letter-replayed"
SEEDS = range(3)


@pytest.mark.parametrize("faults", ["none", "rough"])
def test_the_corrected_cards_end_as_in_a_clean_run(faults: str) -> None:
    for seed in SEEDS:
        judged = run(STORY, seed, faults=faults)
        assert problems(judged.verdict, unmet=False) == []
        clean = run("tiny-thread", seed, faults="none")
        assert Books(judged.case).actual == Books(clean.case).actual
        ours = [letter for letter in judged.case.truth["letters"] if letter["flow"] == "time"]
        assert [letter["state"] for letter in ours] == ["resolved"] * 3 + ["waived"]
        assert [letter["amount"] for letter in ours] == ["566.67 GBP"] * 3 + ["120 min"]


def test_every_letter_is_one_case_of_finance_that_is_closed_with_its_word() -> None:
    judged = run(STORY, faults="none")
    cases = list(judged.case.rows("crm.Case").values())
    assert sorted(case["Resolution__c"] for case in cases) == ["Corrected"] * 3 + ["Waived"]
    assert {case["Owner_Team__c"] for case in cases} == {"Finance"}
    assert len({case["Dead_Letter_Key__c"] for case in cases}) == 4


def complaints(point: str, nth: int) -> list[str]:
    """What the verdict complains of when the engine dies there."""
    world = World(*made(STORY, faults="none"))
    assassin = Assassin(world.wire, world.around, world.host, point, nth)
    judged = ended(world)
    assert assassin.passed > nth
    return problems(judged.verdict)


@pytest.mark.parametrize("point", POINTS)
def test_an_engine_killed_around_its_letters_leaves_no_finding(point: str) -> None:
    # Letters are raised, filed, replayed and waived in the last three quarters of the story: a sample of its points.
    world = World(*made(STORY, faults="none"))
    counter = Assassin(world.wire, world.around, world.host, point)
    world.run()
    found = {nth: told for nth in range(counter.passed // 4, counter.passed, 9) if (told := complaints(point, nth))}
    assert found == {}
