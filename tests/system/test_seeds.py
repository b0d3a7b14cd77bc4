"""first-thread under rough, seed after seed: it passes, every kind of fault strikes, no check is idle."""

from __future__ import annotations

from typing import get_args

import pytest

from sandbox.faults.profiles import load_profile
from sandbox.faults.shapes import Kind
from tests.system.worlds import Judged, problems, run

FIRED_MIN = 3


def hit_erp_creates(judged: Judged) -> int:
    """Lost acknowledgements of creates in the ERP."""
    return sum(
        record["fkind"] == "W04" and record["sys"] == "erp" and record["effect"]["created"]
        for record in judged.case.fired
    )


def check(seed: int) -> None:
    judged = run(seed=seed)
    assert problems(judged.verdict) == []
    assert judged.verdict.result == "pass"
    fired = {kind: judged.verdict.fired.get(kind, 0) for kind in load_profile("rough").kinds}
    # Neither an outage nor what a firm does at a bad moment is a part of rough.
    assert set(fired) == {kind for kind in get_args(Kind) if kind[0] != "B"} - {"W01"}
    assert min(fired.values()) >= FIRED_MIN, fired
    assert hit_erp_creates(judged) >= 1
    idle = [each.check for each in judged.verdict.checks if each.required and not each.exercised]
    assert idle == []


@pytest.mark.parametrize("seed", [1, 2])
def test_the_shipped_scenario_passes_under_rough(seed: int) -> None:
    check(seed)


@pytest.mark.seeds
@pytest.mark.parametrize("seed", range(50))
def test_it_passes_under_rough_for_this_seed(seed: int) -> None:
    check(seed)


@pytest.mark.parametrize("seed", [1, 2])
def test_it_passes_in_a_storm_around_the_close(seed: int) -> None:
    judged = run(seed=seed, faults="storm")
    assert problems(judged.verdict) == []
    assert judged.verdict.result == "pass"
    assert min(judged.verdict.fired.values()) >= FIRED_MIN


def test_it_passes_without_faults() -> None:
    judged = run(faults="none")
    assert problems(judged.verdict) == []
    assert judged.verdict.fired == {}


def test_one_dead_letter_exists_and_says_what_is_at_stake() -> None:
    judged = run(faults="none")
    (letter,) = judged.case.truth["dead_letters"]
    assert letter["about"].startswith("time:")
    assert letter["amount"] == "240 min"
    assert letter["owner"] == "finance"
    assert "ROLE-ADVISOR" in letter["reason"]
