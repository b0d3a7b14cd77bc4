"""A finding tells what was sent, what was committed, and what its sender learned."""

from __future__ import annotations

import pytest

from sandbox.checks.evidence import faults_of, told, trail
from sandbox.core.clock import HOUR_US
from tests.checks.builders import Scene


def sent(scene: Scene, name: str = "erp.timeBill", record_id: str = "9931") -> int:
    """A create of the engine at nine on the first day."""
    rq = scene.engine_made(name, record_id)
    for each in scene.history[-3:]:
        scene.rewrite(each, t_us=9 * HOUR_US)
    return rq


def test_an_effect_is_told_in_one_line(tiny: Scene) -> None:
    rq = sent(tiny)
    case = tiny.case
    (effect,) = trail(case, "erp.timeBill", "9931")
    assert told(case, effect) == (
        f"r{rq} 2026-01-19T09:00:00Z engine:1 erp POST timeBill.create -> create timeBill 9931; "
        "answered 204, answer seen"
    )


def test_a_lost_answer_is_told_with_the_fault_that_lost_it(tiny: Scene) -> None:
    rq = sent(tiny)
    tiny.strike("W04#3", "W04", rq)
    case = tiny.case
    (effect,) = trail(case, "erp.timeBill", "9931")
    assert told(case, effect).endswith("; answered 204, answer lost (W04#3)")


def test_a_request_that_was_never_answered_is_told_as_such(tiny: Scene) -> None:
    rq = sent(tiny)
    tiny.history.remove(tiny.record_of("complete", rq))
    case = tiny.case
    (effect,) = trail(case, "erp.timeBill", "9931")
    assert told(case, effect).endswith("-> create timeBill 9931; never answered")


def test_the_trail_of_a_record_is_its_own_and_in_order(tiny: Scene) -> None:
    first, other = sent(tiny), sent(tiny, record_id="9932")
    second = sent(tiny)
    sent(tiny, "psa.invoice", "9931")
    case = tiny.case
    assert [effect["rq"] for effect in trail(case, "erp.timeBill", "9931")] == [first, second]
    assert [effect["rq"] for effect in trail(case, "erp.timeBill", "9932")] == [other]
    assert trail(case, "erp.timeBill", "9933") == []


def test_what_people_did_is_no_trail_of_an_engine(tiny: Scene) -> None:
    tiny.person_made("erp.timeBill", "9931")
    assert trail(tiny.case, "erp.timeBill", "9931") == []


def test_faults_are_named_once_each_in_the_order_of_the_requests(tiny: Scene) -> None:
    first, second = sent(tiny), sent(tiny)
    tiny.rewrite(tiny.record_of("complete", first), faults=["W04#3", "M05#1"])
    tiny.rewrite(tiny.record_of("complete", second), faults=["M05#1", "W02#2"])
    case = tiny.case
    assert faults_of(case, [first, second]) == ("W04#3", "M05#1", "W02#2")
    assert faults_of(case, [second, first]) == ("M05#1", "W02#2", "W04#3")
    assert faults_of(case, [-1]) == ()


@pytest.mark.parametrize(("us", "text"), [(0, "2026-01-19T00:00:00Z"), (90_000_000, "2026-01-19T00:01:30Z")])
def test_instants_are_told_as_dates_of_the_scenario(tiny: Scene, us: int, text: str) -> None:
    assert tiny.case.at(us) == text
