"""Business faults become deeds of what the seed invents; scripted engagements and their people are left alone."""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache

import pytest

from sandbox.core.calendars import nth_workday
from sandbox.core.clock import DAY_US, MINUTE_US, at_local, epoch_of
from sandbox.core.periods import Period
from sandbox.firm.planning import make_plan
from sandbox.firm.scenarios import load_scenario
from sandbox.plan import Deed, Plan, PlannedFault

MARGIN_US = 7 * MINUTE_US
# Late enough that a change order signed three weeks before lies after the start of the work.
MIDDLE_US = 50 * DAY_US


def fault(kind: str, draw: int = 0, number: int = 1, after_us: int = MIDDLE_US) -> PlannedFault:
    """A planned business fault."""
    params: dict[str, str | int | bool] = {"actors": "engine", "draw": draw, "margin_us": MARGIN_US}
    return PlannedFault(fid=f"{kind}#{number}", kind=kind, system=None, after_us=after_us, nth=0, params=params)


def month_end(*faults: PlannedFault, name: str = "month-end") -> Plan:
    """The plan of the month, or of another story, with these faults."""
    scenario, firm = load_scenario(name)
    return make_plan(scenario, firm, 1, profile="mine", faults=faults)


def let_go(draw: int) -> Plan:
    """The plan of six weeks in which somebody leaves in the fourth."""
    return month_end(fault("B05", draw, after_us=24 * DAY_US), name="first-thread")


@cache
def gone() -> frozenset[str]:
    """Everybody who leaves for one draw or another."""
    return frozenset(str(deed_of(let_go(draw)).args["employee"]) for draw in range(40))


def deed_of(plan: Plan, number: int = 0) -> Deed:
    """The deed that a fault of the plan is."""
    label = plan.faults[number].params["deed"]
    (found,) = [deed for deed in plan.deeds if deed.label == label]
    return found


@pytest.fixture(scope="module")
def plain() -> Plan:
    return month_end()


def test_a_change_order_is_entered_weeks_after_it_was_signed(plain: Plan) -> None:
    plan = month_end(fault("B04"))
    deed = deed_of(plan)
    before = {each.label for each in plain.deeds}
    added = sorted(each.verb for each in plan.deeds if each.label not in before)
    assert deed.verb == "sign_change_order"
    entered = plan.start + timedelta(days=deed.due_us // DAY_US)
    assert entered - date.fromisoformat(str(deed.args["on"])) >= timedelta(days=20)
    assert {"sign_change_order", "approve_change", "decide_change", "draft_fixed"} <= set(added)
    # Everything else is as it was.
    assert {each.label: each for each in plain.deeds}.items() <= {each.label: each for each in plan.deeds}.items()


def test_the_same_engagement_is_not_changed_twice() -> None:
    plan = month_end(*(fault("B04", number=number) for number in range(1, 9)))
    changed = [deed.args["engagement"] for deed in plan.deeds if deed.verb == "sign_change_order"]
    assert len(changed) == len(set(changed))
    assert all("deed" in each.params for each in plan.faults)


@pytest.mark.parametrize(("entry", "after_days"), [(0, 3), (1, 0), (2, -14), (3, -7)])
def test_somebody_leaves_known_late_on_the_day_before_or_not_at_all(entry: int, after_days: int) -> None:
    plan = let_go(entry * len(gone()))
    deed = deed_of(plan)
    last_day = date.fromisoformat(str(deed.args["last_day"]))
    entered = plan.start + timedelta(days=deed.due_us // DAY_US)
    # Entered on a working day, that day or the next one.
    assert timedelta(0) <= entered - last_day - timedelta(days=after_days) <= timedelta(days=4)
    worked = [
        each
        for each in plan.deeds
        if each.verb == "book" and each.person == deed.args["employee"] and each.due_us > 32 * DAY_US
    ]
    assert bool(worked) == (entry == 3)
    assert bool([each for each in plan.deeds if each.verb == "rescind"]) == (entry == 3)


def test_nobody_leaves_who_decides_or_works_on_a_scripted_engagement() -> None:
    scenario, _ = load_scenario("first-thread")
    kept = {each.approver for each in scenario.scripted} | {each.approver for each in scenario.generated}
    kept |= {person for each in scenario.scripted for person in each.team}
    kept |= {each.employee_id for each in scenario.workforce.leavers}
    assert len(gone()) >= 6
    assert gone() & kept == set()


def test_an_approval_moves_to_shortly_before_the_cut_off(plain: Plan) -> None:
    plan = month_end(fault("B06", 1), fault("B06", 1, number=2))
    usual = {each.label: each for each in plain.deeds}
    for number in range(2):
        deed = deed_of(plan, number)
        entity = plan.entity(plan.people[deed.person].entity)
        cutoffs = [
            at_local(
                epoch_of(plan.start), nth_workday(entity.country, Period.parse(text).next(), 1), "12:00", entity.zone
            )
            for text in plan.close
        ]
        assert deed.due_us + MARGIN_US in cutoffs
        assert (deed.verb, deed.args) == ("approve", usual[deed.label].args)
        assert deed.due_us != usual[deed.label].due_us
    assert deed_of(plan, 0).label != deed_of(plan, 1).label


def test_what_finds_nobody_to_strike_is_left_out_and_other_faults_stay() -> None:
    scenario, firm = load_scenario("tiny-thread")
    lost = fault("W04").model_copy(update={"params": {"actors": "engine", "created": True}})
    faults = (fault("B04"), fault("B05"), lost, fault("B06"))
    assert make_plan(scenario, firm, 1, profile="mine", faults=faults).faults == (lost,)
