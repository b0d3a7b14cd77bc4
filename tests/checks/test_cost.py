"""What judging costs grows no faster than the run: lines of Python executed for n deals and for four times as many."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable
from datetime import date
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

import sandbox
from sandbox.checks.books import Books
from sandbox.checks.case import Case
from sandbox.checks.expected_books import expected_books
from sandbox.checks.verdict import judge
from sandbox.firm.planning import make_plan
from sandbox.firm.scenarios import load_scenario
from sandbox.interface import load_interface
from tests.checks.builders import Recorded, record_plan
from tests.checks.deeds import INTERFACE, Story

FOLDER = str(Path(sandbox.__file__).parent)
FEW, MANY = 2, 8
# verification.md: steps(4n) / steps(n).
RATIO_MAX = 4.4


def steps(work: Callable[[], object]) -> Counter[str]:
    """Lines executed in each module of the sandbox: the same on every machine."""
    counted: Counter[str] = Counter()

    def local(frame: FrameType, event: str, argument: Any) -> Any:
        if event == "line":
            counted[Path(frame.f_code.co_filename).stem] += 1
        return local

    def entered(frame: FrameType, event: str, argument: Any) -> Any:
        return local if frame.f_code.co_filename.startswith(FOLDER) else None

    before = sys.gettrace()
    sys.settrace(entered)
    try:
        work()
    finally:
        sys.settrace(before)
    return counted


def deals(count: int) -> Recorded:
    """The shortest thread with several deals, each ten days of twenty minutes."""
    scenario, firm = load_scenario("tiny-thread")
    (one,) = scenario.scripted
    rule = one.time[0].model_copy(update={"minutes": 20, "last": date(2026, 2, 6)})
    many = tuple(
        one.model_copy(update={"code": f"ENG-{number:02d}", "client": f"Client {number:02d} plc", "time": (rule,)})
        for number in range(1, count + 1)
    )
    scenario = scenario.model_copy(update={"scripted": many, "expectations": {}})
    return record_plan(make_plan(scenario, firm, 3, profile="none"), load_interface())


def judged(run: Recorded) -> Callable[[], object]:
    def work() -> object:
        case = Case(run.plan, run.interface, run.history, run.truth)
        return judge(case, Books(case))

    return work


@pytest.fixture(scope="module")
def runs() -> tuple[Recorded, Recorded]:
    return deals(FEW), deals(MANY)


def test_four_times_the_deals_are_four_times_the_comparisons(runs: tuple[Recorded, Recorded]) -> None:
    compared = []
    for run, count in zip(runs, (FEW, MANY), strict=True):
        verdict = run.scene().verdict()
        assert verdict.by_name("MONEY.identity").result == "pass"
        assert len(run.truth["systems"]["erp"]["timeBill"]) == 10 * count
        compared.append(sum(check.compared for check in verdict.checks))
    assert compared[1] <= RATIO_MAX * compared[0]
    assert compared[1] >= 3 * compared[0]


def test_no_module_of_the_checks_takes_more_steps_than_the_run_has_grown(runs: tuple[Recorded, Recorded]) -> None:
    few, many = (steps(judged(run)) for run in runs)
    modules = [name for name, count in many.items() if count > 1_000]
    assert {"case", "keybook", "once", "lost", "conv", "money_time", "money_ledger", "books"} <= set(modules)
    slow = {name: round(many[name] / few[name], 1) for name in modules if many[name] > RATIO_MAX * few[name]}
    assert {name: ratio for name, ratio in slow.items() if name != "expected_books"} == {}


def many_engagements(count: int) -> Story:
    """Engagements with four days each, a bill each, one run."""
    story = Story()
    for number in range(count):
        code = f"ENG-{number:03d}"
        story.sold(code)
        for day in range(4):
            story.worked(f"2026-01-{20 + day}", 60, code)
        story.drafted(code, "2026-01-31", "2026-02-04 09:00", code).billed(code, "2026-02-10", code)
    return story.recognised("2026-01", "2026-02-05 22:00")


def expecting(story: Story) -> Callable[[], object]:
    plan, history = story.plan, story.history
    return lambda: expected_books(plan, INTERFACE, history)


def test_expected_books_take_no_more_steps_than_the_plan_has_grown() -> None:
    spent = [steps(expecting(many_engagements(count))).total() for count in (20, 80)]
    assert spent[1] <= RATIO_MAX * spent[0]
