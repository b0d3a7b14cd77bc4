"""Faults are spelled out from profile and seed: each by a stream of its own, so that none moves another."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.core.chance import Chance
from sandbox.core.clock import DAY_US, SECOND_US
from sandbox.faults.planning import log_between, plan_faults
from sandbox.faults.profiles import FaultProfile, FaultRule, load_profile
from sandbox.plan import PlannedFault

MONTH_US = 28 * DAY_US
KINDS = ["W01", "W02", "W03", "W04", "W06", "M01", "M04", "M05", "M08", "E01", "E02", "E03", "E13", "E16"]


def planned(*rules: dict[str, Any], seed: int = 1, start_us: int = 0, end_us: int = MONTH_US) -> list[PlannedFault]:
    """The faults of a profile of these rules."""
    profile = FaultProfile(
        name="mine", title="mine", requires=(), faults=tuple(FaultRule.model_validate(rule) for rule in rules)
    )
    return plan_faults(profile, Chance(seed).under("plan"), start_us, end_us)


def test_faults_are_numbered_by_kind_across_the_rules() -> None:
    found = planned({"kind": "W04", "count": 2}, {"kind": "M01", "count": 1}, {"kind": "W04", "count": 1})
    assert [fault.fid for fault in found] == ["W04#1", "W04#2", "M01#1", "W04#3"]
    assert [fault.kind for fault in found] == ["W04", "W04", "M01", "W04"]


def test_a_fault_says_what_its_rule_says() -> None:
    (late,) = planned({"kind": "W02", "count": 1, "system": "crm", "actors": "any", "delay_s": [7, 7]})
    assert (late.system, late.params) == ("crm", {"actors": "any", "delay_us": 7 * SECOND_US})
    (lost,) = planned({"kind": "W04", "count": 1, "created": True})
    assert (lost.system, lost.params) == (None, {"actors": "engine", "created": True})
    (throttled,) = planned({"kind": "M01", "count": 1, "window_s": [20, 20], "retry_after": "date"})
    assert throttled.params == {"actors": "engine", "window_us": 20 * SECOND_US, "form": "date"}
    (failed,) = planned({"kind": "M05", "count": 1})
    assert failed.params == {"actors": "engine"}
    (repeated,) = planned({"kind": "E01", "count": 1, "copies": [3, 3]})
    assert repeated.params == {"actors": "engine", "copies": 3}
    (reordered,) = planned({"kind": "E02", "count": 1})
    assert reordered.params.keys() == {"actors", "draw"}
    # It must fit a signed 64-bit number of the plan's JSON.
    assert 0 <= int(reordered.params["draw"]) < 2**63


def test_a_fault_of_the_second_set_says_what_its_rule_says() -> None:
    (lost,) = planned({"kind": "W03", "count": 1, "system": "psa"})
    assert (lost.system, lost.params) == ("psa", {"actors": "engine"})
    (late,) = planned({"kind": "W06", "count": 1, "system": "erp", "created": True, "delay_s": [9, 9]})
    assert late.params == {"actors": "engine", "created": True, "delay_us": 9 * SECOND_US}
    (failed,) = planned({"kind": "M04", "count": 1, "actors": "any"})
    assert failed.params == {"actors": "any"}
    (partial,) = planned({"kind": "M08", "count": 1, "items": [2, 2]})
    assert (partial.params["items"], sorted(partial.params)) == (2, ["actors", "draw", "items"])
    (outage,) = planned({"kind": "W01", "count": 1, "system": "erp", "window_s": [7200, 7200], "between": [50, 50]})
    assert (outage.after_us, outage.nth) == (MONTH_US // 2, 0)
    assert outage.params == {"actors": "engine", "window_us": 7200 * SECOND_US}
    assert 0 <= int(partial.params["draw"]) < 2**63
    (delayed,) = planned({"kind": "E03", "count": 1, "delay_s": [60, 60]})
    assert delayed.params == {"actors": "engine", "delay_us": 60 * SECOND_US, "latest_us": MONTH_US}
    (torn,) = planned({"kind": "E13", "count": 1, "about": "time_entry:updated"})
    assert torn.params == {"actors": "engine", "about": "time_entry:updated"}
    (skewed,) = planned({"kind": "E16", "count": 1, "delay_s": [60, 60], "window_s": [90, 90]}, end_us=5)
    assert skewed.params == {
        "actors": "engine", "delay_us": 60 * SECOND_US, "window_us": 90 * SECOND_US, "latest_us": 5
    }  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(seed=st.integers(0, 10**6), span=st.tuples(st.integers(1, 5000), st.integers(1, 5000)).map(sorted))
def test_a_log_uniform_draw_stays_in_its_span(seed: int, span: list[int]) -> None:
    low, high = span
    stream = Chance(seed).stream("x")
    assert low <= log_between(stream, low, high) <= high
    # Two draws, whatever came out: what is drawn next does not depend on it.
    assert stream.draws == 2


def test_a_log_uniform_draw_is_as_often_small_as_great() -> None:
    stream = Chance(1).stream("x")
    drawn = [log_between(stream, 1, 1023) for _ in range(2000)]
    # 1, 2-3, 4-7, ... 512-1023: ten doublings, 200 each.
    octaves = [sum(each.bit_length() == bits for each in drawn) for bits in range(1, 11)]
    assert all(150 < count < 250 for count in octaves), octaves


def test_the_same_seed_plans_the_same_faults_and_another_seed_others() -> None:
    rough = load_profile("rough")
    first, again, other = (plan_faults(rough, Chance(seed), 0, MONTH_US) for seed in (1, 1, 2))
    assert first == again
    assert [fault.fid for fault in first] == [fault.fid for fault in other]
    moved = sum(left.after_us != right.after_us for left, right in zip(first, other, strict=True))
    assert moved == len(first) == 88
    assert {fault.nth for fault in first} == {0, 1, 2}


def test_what_else_is_drawn_from_the_seed_moves_no_fault() -> None:
    chance = Chance(1).under("plan")
    before = plan_faults(load_profile("rough"), chance, 0, MONTH_US)
    for _ in range(10):
        chance.stream("clients").u64()
    assert plan_faults(load_profile("rough"), chance, 0, MONTH_US) == before


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_taken_out_moves_no_fault_of_another(kind: str) -> None:
    rough = load_profile("rough")
    without = rough.model_copy(update={"faults": tuple(rule for rule in rough.faults if rule.kind != kind)})
    whole = plan_faults(rough, Chance(3), 0, MONTH_US)
    assert plan_faults(without, Chance(3), 0, MONTH_US) == [fault for fault in whole if fault.kind != kind]


@pytest.mark.parametrize("kind", KINDS)
def test_a_fault_more_moves_none_that_was_there(kind: str) -> None:
    fewer = planned({"kind": kind, "count": 4}, {"kind": "M05" if kind != "M05" else "W02", "count": 3}, seed=5)
    more = planned({"kind": kind, "count": 5}, {"kind": "M05" if kind != "M05" else "W02", "count": 3}, seed=5)
    assert [fault for fault in more if fault.fid != f"{kind}#5"] == fewer


def test_a_change_to_a_rule_leaves_the_times_of_its_faults() -> None:
    short = planned({"kind": "W02", "count": 5, "delay_s": [1, 1]})
    long = planned({"kind": "W02", "count": 5, "delay_s": [60, 90], "system": "erp", "actors": "any"})
    assert [(fault.after_us, fault.nth) for fault in short] == [(fault.after_us, fault.nth) for fault in long]


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    span=st.tuples(st.integers(0, 100), st.integers(0, 100)).map(sorted),
    start_us=st.integers(0, 10 * DAY_US),
)
def test_every_fault_is_armed_within_its_part_of_the_span(seed: int, span: list[int], start_us: int) -> None:
    low, high = span
    found = planned(
        {"kind": "E01", "count": 6, "between": span, "copies": [2, 4]},
        {"kind": "W02", "count": 6, "between": span, "delay_s": [2, 5]},
        {"kind": "M01", "count": 6, "between": span, "window_s": [20, 90]},
        seed=seed,
        start_us=start_us,
        end_us=start_us + 1000 * SECOND_US,
    )
    for fault in found:
        first, last = start_us + low * 10 * SECOND_US, start_us + high * 10 * SECOND_US
        assert first <= fault.after_us <= max(first, last - 1)
        assert 0 <= fault.nth <= 2
    assert all(2 <= int(fault.params["copies"]) <= 4 for fault in found[:6])
    assert all(2 <= int(fault.params["delay_us"]) / SECOND_US <= 5 for fault in found[6:12])
    assert all(20 <= int(fault.params["window_us"]) / SECOND_US <= 90 for fault in found[12:])


def test_times_and_sizes_spread_over_what_is_allowed() -> None:
    found = planned({"kind": "W02", "count": 200, "delay_s": [1, 3], "between": [0, 100]})
    assert {int(fault.params["delay_us"]) // SECOND_US for fault in found} == {1, 2, 3}
    weeks = [fault.after_us // (7 * DAY_US) for fault in found]
    assert all(weeks.count(week) > 25 for week in range(4))


def test_a_profile_without_faults_plans_none() -> None:
    assert plan_faults(load_profile("none"), Chance(1), 0, MONTH_US) == []
