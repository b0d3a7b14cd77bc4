"""month-end, seed after seed: it passes under every profile, and the suite meets every kind of fault."""

from __future__ import annotations

from typing import get_args

import pytest

from sandbox.faults.profiles import load_profile, profile_names
from sandbox.faults.shapes import Kind
from tests.system.worlds import Judged, problems, run


def check(seed: int, faults: str) -> Judged:
    judged = run("month-end", seed, faults=faults)
    assert problems(judged.verdict) == []
    assert judged.verdict.result == "pass"
    return judged


def struck(judged: Judged) -> set[str]:
    """Kinds that struck at least once."""
    return {kind for kind, count in judged.verdict.fired.items() if count}


def test_the_profiles_have_every_kind_between_them() -> None:
    assert {kind for name in profile_names() for kind in load_profile(name).kinds} == set(get_args(Kind))


@pytest.mark.months
@pytest.mark.parametrize("seed", range(100))
def test_it_passes_under_rough_and_every_kind_of_it_strikes(seed: int) -> None:
    assert struck(check(seed, "rough")) == set(load_profile("rough").kinds)


@pytest.mark.months
@pytest.mark.parametrize("seed", range(10))
def test_it_passes_when_the_firm_acts_at_bad_moments(seed: int) -> None:
    assert struck(check(seed, "business")) == {"B04", "B05", "B06"}


@pytest.mark.months
@pytest.mark.parametrize("seed", range(5))
def test_it_passes_while_the_ledger_is_out_of_reach(seed: int) -> None:
    judged = run("month-end", seed, faults="outage-at-cut-off")
    assert problems(judged.verdict, unmet=False) == []
    assert struck(judged) == {"W01"}
