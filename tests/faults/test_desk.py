"""A fault strikes once: from its time on, at the nth opportunity that fits, and whoever obeys it gets through."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from sandbox.core.clock import SECOND_US
from sandbox.core.errors import UsageError
from sandbox.plan import PlannedFault
from tests.faults.builders import PERSON, Rehearsal, fault, request

KINDS = ("W01", "W02", "W03", "W04", "W06", "M01", "M04", "M05", "M08", "E01", "E02", "E03", "E13", "E16")
# What concerns requests; an event and a page of a feed have no sender.
OF_REQUESTS = ("W01", "W02", "W03", "W04", "W06", "M01", "M04", "M05", "M08")
# Strikes once and is gone; W01, M01 and E16 stay for their window.
SINGLE = ("W02", "W03", "W04", "W06", "M04", "M05", "M08", "E01", "E02", "E03", "E13")

IDLE: dict[str, Any] = {
    "waiting": [],
    "skipped": {},
    "windows": {},
    "outages": {},
    "skews": {},
    "torn": [],
    "counts": {},
}


# -- when --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_a_fault_is_armed_at_its_time_and_not_a_microsecond_earlier(kind: str) -> None:
    rehearsal = Rehearsal([fault(kind, after_us=1_000)], now_us=999)
    assert not rehearsal.strikes(kind)
    rehearsal.clock.advance_to(1_000)
    assert rehearsal.strikes(kind)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("nth", [0, 1, 2])
def test_a_fault_lets_n_opportunities_pass_and_strikes_the_next(kind: str, nth: int) -> None:
    rehearsal = Rehearsal([fault(kind, nth=nth)])
    assert [rehearsal.strikes(kind) for _ in range(nth + 1)] == [False] * nth + [True]


@pytest.mark.parametrize("kind", SINGLE)
def test_a_fault_that_has_struck_is_spent(kind: str) -> None:
    rehearsal = Rehearsal([fault(kind)])
    assert [rehearsal.strikes(kind) for _ in range(4)] == [True, False, False, False]


@pytest.mark.parametrize("kind", KINDS)
def test_opportunities_before_its_time_do_not_count(kind: str) -> None:
    rehearsal = Rehearsal([fault(kind, after_us=1_000, nth=1)])
    for _ in range(3):
        assert not rehearsal.strikes(kind)
    rehearsal.clock.advance_to(1_000)
    assert [rehearsal.strikes(kind) for _ in range(2)] == [False, True]


@pytest.mark.parametrize("kind", SINGLE)
def test_faults_of_one_kind_strike_one_opportunity_each_in_order_of_their_times(kind: str) -> None:
    rehearsal = Rehearsal([fault(kind, 2, after_us=20), fault(kind, 3, after_us=10), fault(kind, 1, after_us=20)])
    rehearsal.clock.advance_to(100)
    assert [rehearsal.strikes(kind) for _ in range(4)] == [True, True, True, False]
    assert rehearsal.fids == [f"{kind}#3", f"{kind}#1", f"{kind}#2"]


def test_a_fault_that_waits_does_not_hold_up_one_of_another_system() -> None:
    rehearsal = Rehearsal([fault("M05", 1, system="psa"), fault("M05", 2, after_us=5, system="erp")], now_us=5)
    assert rehearsal.strikes("M05", "erp")
    assert rehearsal.fids == ["M05#2"]
    assert rehearsal.strikes("M05", "psa")


# -- where -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_a_fault_of_one_system_leaves_the_others_alone_and_does_not_count_them(kind: str) -> None:
    rehearsal = Rehearsal([fault(kind, system="erp", nth=1)])
    for _ in range(3):
        assert not rehearsal.strikes(kind, "psa")
    assert [rehearsal.strikes(kind, "erp") for _ in range(2)] == [False, True]
    assert rehearsal.struck[0][1] == "erp"


@pytest.mark.parametrize("kind", KINDS)
def test_a_fault_of_no_system_strikes_anywhere(kind: str) -> None:
    rehearsal = Rehearsal([fault(kind)])
    assert rehearsal.strikes(kind, "revenue")
    assert rehearsal.struck[0][1] == "revenue"


@pytest.mark.parametrize("kind", OF_REQUESTS)
def test_a_fault_for_engines_passes_over_people_and_does_not_count_them(kind: str) -> None:
    rehearsal = Rehearsal([fault(kind, nth=1)])
    for _ in range(3):
        assert not rehearsal.strikes(kind, actor=PERSON)
    assert [rehearsal.strikes(kind, actor="engine:2") for _ in range(2)] == [False, True]


@pytest.mark.parametrize("kind", OF_REQUESTS)
def test_a_fault_for_anybody_strikes_people_too(kind: str) -> None:
    assert Rehearsal([fault(kind, actors="any")]).strikes(kind, actor=PERSON)


def test_a_request_of_unknown_sender_is_no_engines() -> None:
    rehearsal = Rehearsal([fault("W02"), fault("M05")])
    assert rehearsal.desk.delay_us("erp", request(None)) == 0
    assert rehearsal.desk.after("erp", "x", request(None), True) is None


@pytest.mark.parametrize("kind", OF_REQUESTS)
def test_kinds_do_not_take_each_others_opportunities(kind: str) -> None:
    # Throttling comes before every other refusal, an outage before the loss of a single request.
    before = ({"M01", "M04"}, {"W01", "W03"})
    others = [fault(other) for other in KINDS if other != kind and {kind, other} not in before]
    assert not Rehearsal(others).strikes(kind)
    rehearsal = Rehearsal([*others, fault(kind)])
    assert rehearsal.strikes(kind)
    assert rehearsal.fids == [f"{kind}#1"]


# -- counting and state ------------------------------------------------------------------------------------------------


def test_strikes_are_counted_by_kind() -> None:
    rehearsal = Rehearsal([fault("M01"), fault("M05"), fault("W02", 1), fault("W02", 2)])
    assert rehearsal.desk.counts == {}
    for kind in ("M01", "M01", "W02", "W02", "W02", "M05", "M05"):
        rehearsal.strikes(kind)
    # A window counts each request it refused.
    assert rehearsal.desk.counts == {"M01": 2, "W02": 2, "M05": 1}


def plan() -> list[PlannedFault]:
    """Several of each kind, so that some are spent, some half counted and some still to come."""
    return [
        fault(kind, number, after_us=number * 10 * SECOND_US, nth=number % 3, system=("erp", None)[number % 2])
        for kind in KINDS
        for number in range(4)
    ]


def play(rehearsal: Rehearsal, seconds: range) -> list[tuple[str, str, dict[str, Any]]]:
    """Every kind of opportunity, twice a second; what struck meanwhile."""
    began = len(rehearsal.struck)
    for second in seconds:
        rehearsal.clock.advance_to(second * SECOND_US)
        for system in ("erp", "psa"):
            for kind in KINDS:
                rehearsal.strikes(kind, system)
    return rehearsal.struck[began:]


@pytest.mark.parametrize("stop", [1, 12, 25, 41])
def test_a_desk_restored_midway_strikes_as_the_first_would_have(stop: int) -> None:
    straight = Rehearsal(plan())
    play(straight, range(stop))
    saved = orjson.loads(orjson.dumps(straight.desk.state()))
    restored = Rehearsal(plan(), now_us=(stop - 1) * SECOND_US)
    restored.desk.restore(saved, plan())
    restored.events = straight.events
    later = play(straight, range(stop, 60))
    assert later
    assert play(restored, range(stop, 60)) == later
    assert restored.desk.counts == straight.desk.counts
    assert restored.desk.state() == straight.desk.state()


def test_a_state_is_taken_and_not_shared() -> None:
    rehearsal = Rehearsal([fault("W02", 1), fault("W02", 2, nth=2)])
    saved = rehearsal.desk.state()
    rehearsal.strikes("W02")
    rehearsal.strikes("W02")
    assert saved == {**IDLE, "waiting": ["W02#1", "W02#2"]}


def test_a_desk_may_go_back_to_an_earlier_state_of_its_own() -> None:
    faults = [fault("W02", 1), fault("W02", 2)]
    rehearsal = Rehearsal(faults)
    saved = rehearsal.desk.state()
    assert [rehearsal.strikes("W02") for _ in range(3)] == [True, True, False]
    rehearsal.desk.restore(saved, faults)
    assert [rehearsal.strikes("W02") for _ in range(3)] == [True, True, False]


def test_a_fault_that_is_added_strikes_as_if_it_had_been_planned() -> None:
    faults = [fault("W02", 1, after_us=10), fault("W02", 2, after_us=30), fault("M05", 1, after_us=30)]
    planned, added = Rehearsal(faults), Rehearsal(faults[1:2])
    added.desk.add([faults[2], faults[0]])
    for now_us in (9, 10, 29, 30, 31):
        for rehearsal in (planned, added):
            rehearsal.clock.advance_to(now_us)
            for kind in ("W02", "M05"):
                rehearsal.strikes(kind)
    assert added.struck == planned.struck
    assert added.fids == ["W02#1", "W02#2", "M05#1"]


def test_a_fault_whose_time_has_passed_cannot_be_added() -> None:
    rehearsal = Rehearsal([], now_us=10)
    rehearsal.desk.add([fault("W02", 1, after_us=10)])
    with pytest.raises(UsageError, match="fault W02#2 would have been armed already") as caught:
        rehearsal.desk.add([fault("W02", 2, after_us=9)])
    assert (caught.value.code, caught.value.fields) == ("bad_fault", {"fault": "W02#2"})
    assert [rehearsal.strikes("W02") for _ in range(2)] == [True, False]


def test_a_desk_without_faults_does_nothing() -> None:
    rehearsal = Rehearsal([])
    assert [rehearsal.strikes(kind) for kind in KINDS] == [False] * 14
    assert rehearsal.desk.state() == IDLE
