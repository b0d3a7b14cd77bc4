"""Every story that ships: right under the reference whatever happens, and wrong in the way its YAML names."""

from __future__ import annotations

from decimal import Decimal

import pytest

from sandbox.firm.scenarios import load_scenario, scenario_names
from sandbox.plan import BreaksWith
from tests.system.worlds import problems, run

pytestmark = pytest.mark.stories

# The long ones have tests of their own.
LONG = ("first-thread", "tiny-thread", "month-end")
STORIES = [name for name in scenario_names() if name not in LONG]
BREAKS = [(name, breaks) for name in STORIES for breaks in load_scenario(name)[0].breaks_with]
SEEDS = range(3)


@pytest.mark.parametrize("name", STORIES)
@pytest.mark.parametrize("faults", ["none", pytest.param("rough", marks=pytest.mark.seeds)])
def test_the_reference_meets_the_figures(name: str, faults: str) -> None:
    for seed in SEEDS:
        assert problems(run(name, seed, faults=faults).verdict, unmet=False) == []


@pytest.mark.parametrize(("name", "breaks"), BREAKS, ids=lambda each: each if isinstance(each, str) else each.engine)
def test_it_breaks_with_what_its_document_names(name: str, breaks: BreaksWith) -> None:
    for seed in SEEDS:
        right = run(name, seed, faults=breaks.faults).verdict
        assert problems(right, unmet=False) == []
        wrong = run(name, seed, breaks.engine, breaks.faults).verdict
        assert wrong.by_name(breaks.check).result == "fail"


def test_the_lost_invoice_doubles_what_the_client_owes() -> None:
    wrong = run("lost-acknowledgement", engine="naive", faults="lost-invoice")
    (finding,) = wrong.verdict.by_name("ONCE.dup").findings
    assert finding.delta == Decimal("57600.00").scaleb(2)
    assert finding.faults == ("W04#1",)
    figures = {each.key: each.title for each in wrong.verdict.by_name("FIGURES.worked").findings}
    assert figures["ENG-01 2026-01 receivable"].endswith("receivable is 115,200.00 GBP, expected 57,600.00 GBP")
