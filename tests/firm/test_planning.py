"""From scenario and seed to plan: the same seed gives the same plan, and taking one thing out moves no other."""

from __future__ import annotations

import re
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.core.clock import DAY_US
from sandbox.firm.deeds import VERBS
from sandbox.firm.planning import make_plan
from sandbox.plan import Deed, FirmProfile, Plan, PlannedFault, Scenario, Terms
from tests.firm.builders import (
    bookings_of,
    busy_desk,
    by_label,
    changed,
    empty_story,
    engagements_of,
    labels,
    local,
    planned,
    sheets_of,
    shipped,
)

Story = tuple[Scenario, FirmProfile]
SCRIPTED = {"ENG-01", "ENG-02"}


def without(scenario: Scenario, code: str) -> Scenario:
    """The scenario without a generated engagement."""
    generated = scenario.model_dump()["generated"]
    return changed(scenario, generated=[each for each in generated if each["code"] != code])


# -- seeds -------------------------------------------------------------------------------------------------------------


def test_the_same_seed_gives_the_same_plan_to_the_byte(first_thread: Story, first_plans: dict[int, Plan]) -> None:
    assert planned(*first_thread, 2).model_dump_json() == first_plans[2].model_dump_json()


def test_scripted_engagements_have_the_same_terms_and_deeds_under_every_seed(first_plans: dict[int, Plan]) -> None:
    terms = [plan.terms[:2] for plan in first_plans.values()]
    deeds = [[deed for deed in plan.deeds if engagements_of(deed) & SCRIPTED] for plan in first_plans.values()]
    assert terms[0] == terms[1] == terms[2]
    assert deeds[0] == deeds[1] == deeds[2]
    # Two deals of 4 deeds; 5 weeks of 3 people each, of which the last week's sheets are decided after the end; a late
    # card booked and approved; a bill drafted, written off, approved and paid; two instalments, the second unpaid.
    assert len(deeds[0]) == 8 + 2 * (15 + 12) + 2 + 4 + 3 + 2


def test_another_seed_invents_other_engagements(first_plans: dict[int, Plan]) -> None:
    for one, other in zip(first_plans[1].terms[2:], first_plans[2].terms[2:], strict=True):
        assert one.code == other.code
        assert one.price != other.price
    assert bookings_of(first_plans[1]) != bookings_of(first_plans[2])


def test_hr_and_the_close_are_the_same_under_every_seed(first_plans: dict[int, Plan]) -> None:
    verbs = {"hire", "promote", "leave", "run_period", "close_revenue", "close_ledger"}
    deeds = [[deed for deed in plan.deeds if deed.verb in verbs] for plan in first_plans.values()]
    assert deeds[0] == deeds[1] == deeds[2]
    assert len(deeds[0]) == 3 + 5


# -- taking something out ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_without_the_last_engagement_all_deeds_of_other_people_are_the_same(
    first_thread: Story, first_plans: dict[int, Plan], seed: int
) -> None:
    scenario, firm = first_thread
    full, fewer = first_plans[seed], planned(without(scenario, "ENG-08"), firm, seed)
    (gone,) = [terms for terms in full.terms if terms.code == "ENG-08"]
    assert fewer.terms == full.terms[:-1]
    assert fewer.clients == full.clients[:-1]

    def untouched(plan: Plan) -> list[Deed]:
        return [d for d in plan.deeds if "ENG-08" not in engagements_of(d) and not (set(gone.team) & person_of(d))]

    assert untouched(fewer) == untouched(full)
    assert len(untouched(full)) > 200
    assert not any("ENG-08" in engagements_of(deed) for deed in fewer.deeds)


def person_of(deed: Deed) -> set[str]:
    """Whose time a deed is about."""
    return {deed.person if deed.verb == "book" else str(deed.args.get("person", deed.args.get("ref", "")[:6]))}


def test_whoever_worked_on_two_engagements_works_the_other_half_too_when_one_is_gone(
    first_thread: Story, first_plans: dict[int, Plan]
) -> None:
    # Under seed 1 W-0011 works on ENG-04 and ENG-08 from the same day on: 240 minutes of each, give or take the same.
    scenario, firm = first_thread
    fewer = planned(without(scenario, "ENG-08"), firm, 1)

    def minutes(plan: Plan) -> dict[str, int]:
        mine = [each for each in bookings_of(plan) if each["person"] == "W-0011" and each["engagement"] == "ENG-04"]
        return {each["ref"]: each["minutes"] for each in mine}

    half = minutes(first_plans[1])
    assert len(half) == 22
    assert minutes(fewer) == {ref: each + 240 for ref, each in half.items()}


def test_without_an_engagement_in_the_middle_all_deeds_of_other_people_are_the_same(
    first_thread: Story, first_plans: dict[int, Plan]
) -> None:
    scenario, firm = first_thread
    full, fewer = first_plans[1], planned(without(scenario, "ENG-05"), firm, 1)
    (gone,) = [terms for terms in full.terms if terms.code == "ENG-05"]

    def untouched(plan: Plan) -> list[dict[str, Any]]:
        deeds = [d for d in plan.deeds if "ENG-05" not in engagements_of(d) and not (set(gone.team) & person_of(d))]
        # The code of the client counts positions: tests of people.
        return [{**d.model_dump(), "args": {**d.args, "client": None}} for d in deeds]

    assert untouched(fewer) == untouched(full)
    assert len(untouched(full)) > 150


def test_without_a_promotion_only_the_roles_of_the_promoted_change(first_thread: Story) -> None:
    scenario, firm = first_thread
    workforce = {**scenario.workforce.model_dump(), "promotions": []}
    full, fewer = planned(scenario, firm), planned(changed(scenario, workforce=workforce), firm)
    assert set(labels(full.deeds)) - set(labels(fewer.deeds)) == {"promote W-0012"}
    here = by_label(full)
    moved = {deed.label for deed in fewer.deeds if deed != here[deed.label]}
    # February's sheets alone carry the new role; one of them may be the resubmission of a rejected sheet.
    weeks = {f"2026-W0{week}" for week in range(6, 9)}
    assert moved
    assert all("W-0012" in label and set(label.split()) & weeks for label in moved)


@pytest.mark.parametrize("habit", ["late_percent", "rejected_percent", "write_off_percent"])
def test_a_habit_moves_nothing_but_what_it_is_about(first_thread: Story, habit: str) -> None:
    scenario, firm = first_thread
    habits = {"late_percent": 0, "rejected_percent": 0, "write_off_percent": 0}
    never = planned(changed(scenario, habits=habits), firm)
    always = planned(changed(scenario, habits={**habits, habit: 100}), firm)
    verbs = {
        "late_percent": {"book", "approve"},
        "rejected_percent": {"reject", "resubmit", "approve"},
        "write_off_percent": {"write_off"},
    }[habit]
    keep = [[deed for deed in plan.deeds if deed.verb not in verbs] for plan in (never, always)]
    assert keep[0] == keep[1]
    assert always.terms == never.terms
    assert always != never
    if habit != "late_percent":
        assert bookings_of(always) == bookings_of(never)


# -- the plan as a whole -----------------------------------------------------------------------------------------------


def check_order(plan: Plan) -> None:
    """Deeds stand in the order of their time, then label; each after what it waits for."""
    deeds = by_label(plan)
    assert len(deeds) == len(plan.deeds), "a label stands for two deeds"
    assert list(plan.deeds) == sorted(plan.deeds, key=lambda deed: (deed.due_us, deed.label))
    for deed in plan.deeds:
        assert 0 <= deed.due_us < plan.end_us
        assert deed.deadline_us == deed.due_us + 10 * DAY_US
        assert deed.person in plan.people
        assert deed.verb in VERBS
        for before in deed.after:
            assert deeds[before].due_us < deed.due_us, f"{deed.label} before {before}"


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_deeds_stand_in_the_order_of_their_time_each_after_what_it_waits_for(
    first_plans: dict[int, Plan], seed: int
) -> None:
    check_order(first_plans[seed])


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**40), st.integers(0, 100), st.integers(0, 100), st.integers(0, 100))
def test_the_order_holds_under_any_seed_and_any_habits(seed: int, late: int, rejected: int, written_off: int) -> None:
    scenario, firm = busy_desk()
    habits = {"late_percent": late, "rejected_percent": rejected, "write_off_percent": written_off}
    check_order(planned(changed(scenario, habits=habits), firm, seed))


def test_what_would_be_due_after_the_last_day_is_not_planned(first_plans: dict[int, Plan]) -> None:
    plan = first_plans[1]
    assert plan.end_us == 42 * DAY_US
    planned_labels = labels(plan.deeds)
    # The week to 20 February is booked, and would be approved on Monday the 23rd.
    assert "book W-0015 2026-W08" in planned_labels
    assert "approve ENG-01 W-0015 2026-W07" in planned_labels
    assert "approve ENG-01 W-0015 2026-W08" not in planned_labels


def test_a_plan_carries_what_the_scenario_says(first_thread: Story, first_plans: dict[int, Plan]) -> None:
    scenario, firm = first_thread
    plan = first_plans[3]
    assert (plan.scenario, plan.seed, plan.start, plan.close) == ("first-thread", 3, date(2026, 1, 12), ("2026-01",))
    assert plan.firm == firm
    assert plan.expectations == scenario.expectations
    assert plan.unpostable == ("W-0006 2026-01-22 ENG-03 unpostable",)
    assert [each["minutes"] for each in bookings_of(plan) if each["ref"] in plan.unpostable] == [240]


def test_faults_and_required_checks_are_handed_in_and_named_once() -> None:
    scenario, firm = shipped("tiny-thread")
    fault = PlannedFault(fid="W04#1", kind="W04", system="erp", after_us=0, nth=0, params={"created": True})
    plan = make_plan(scenario, firm, 1, profile="mine", faults=(fault,), requires=("ONCE.dup", "BOOKS.expected"))
    assert (plan.profile, plan.faults) == ("mine", (fault,))
    assert plan.requires == ("BOOKS.expected", "FIGURES.worked", "ONCE.dup")


def test_the_terms_of_a_plan_name_the_client_by_code_and_hold_no_script(first_plans: dict[int, Plan]) -> None:
    plan = first_plans[1]
    assert [type(terms) for terms in plan.terms] == [Terms] * 8
    assert [terms.client for terms in plan.terms] == [client.code for client in plan.clients]
    assert plan.terms[0].price == Decimal("60000.00")


# -- selling and staffing ----------------------------------------------------------------------------------------------


def test_a_deal_goes_from_hand_to_hand_at_local_times(first_plans: dict[int, Plan]) -> None:
    plan = first_plans[1]
    deeds = by_label(plan)
    expected = [
        ("sell ENG-02", "sales-us", "Mon 2026-01-12 10:00", ()),
        ("propose ENG-02", "sales-us", "Tue 2026-01-13 11:00", ("sell ENG-02",)),
        ("sign ENG-02", "sales-us", "Wed 2026-01-14 14:00", ("propose ENG-02",)),
        ("staff ENG-02", "W-0001", "Wed 2026-01-14 16:00", ("sign ENG-02",)),
    ]
    assert [(d.label, d.person, local(plan, d), d.after) for d in (deeds[label] for label, *_ in expected)] == expected
    assert deeds["sell ENG-02"].args == {"engagement": "ENG-02", "client": "CL-ENG-02"}
    assert deeds["sell ENG-01"].person == "sales-uk"
    assert deeds["staff ENG-02"].args == {"engagement": "ENG-02", "team": ["W-0002", "W-0003", "W-0004"]}
    # New York is five hours behind.
    assert deeds["sell ENG-02"].due_us - deeds["sell ENG-01"].due_us == 5 * DAY_US // 24


# -- people ------------------------------------------------------------------------------------------------------------


def test_hr_enters_what_happens_to_people_in_the_morning_it_is_known(first_plans: dict[int, Plan]) -> None:
    plan = first_plans[1]
    deeds = by_label(plan)
    assert [local(plan, deeds[label]) for label in ("hire W-0021", "promote W-0012", "leave W-0010")] == [
        "Thu 2026-01-15 09:30",
        "Wed 2026-01-28 09:40",
        "Thu 2026-01-22 09:50",
    ]
    assert deeds["hire W-0021"].args == {"employee": "W-0021", "effective": "2026-01-26", "grade": "analyst"}
    assert deeds["promote W-0012"].args == {"employee": "W-0012", "effective": "2026-02-01", "grade": "consultant"}
    assert deeds["leave W-0010"].args == {"employee": "W-0010", "last_day": "2026-02-06"}
    assert {deeds[label].person for label in ("hire W-0021", "promote W-0012", "leave W-0010")} == {"hr"}


# -- invented engagements ----------------------------------------------------------------------------------------------


def crowded(kind: str, entity: str, pool: list[str], team_size: int, count: int = 60) -> Plan:
    """A first week in which so many engagements of one kind are sold."""
    scenario, firm = shipped("first-thread")
    wanted = {"entity": entity, "kind": kind, "approver": pool[0], "pool": pool, "team_size": team_size}
    generated = [{**wanted, "code": f"GEN-{n:02d}"} for n in range(count)]
    return planned(empty_story(scenario, generated=generated, weeks=1, close=[]), firm)


FIXED = crowded("fixed_fee", "UK", ["W-0013", "W-0014", "W-0015"], 2)
HOURLY = crowded("time_and_materials", "US", ["W-0001", "W-0002", "W-0003", "W-0004"], 3)


def test_an_invented_deal_takes_a_few_working_days_from_sale_to_start() -> None:
    # 12 January is a Monday; the 19th is a holiday in New York and none in London.
    january = {n: date(2026, 1, n) for n in range(12, 24)}
    found = {(terms.sold.day, terms.proposed.day, terms.signed.day, terms.start.day) for terms in FIXED.terms}
    london = {12: 13, 13: 14, 14: 15, 15: 16, 16: 19, 19: 20, 20: 21, 21: 22}
    for sold, proposed, signed, start in found:
        assert sold in (12, 13)
        assert proposed == london[sold]
        assert signed in (london[proposed], london[london[proposed]])
        assert start in (london[london[signed]], london[london[london[signed]]])
    assert len(found) == 8, "every combination of the three draws comes up in sixty deals"
    assert {terms.end - terms.start for terms in FIXED.terms} == {timedelta(days=120)}
    assert {terms.start for terms in HOURLY.terms} <= {january[16], january[20], january[21], january[22], january[23]}


def test_an_invented_price_is_that_of_its_hours_and_a_little_more() -> None:
    # Midway between consultant and senior consultant: (105 + 125) / 2 in London, (212 + 258) / 2 in New York.
    for plan, per_hour in ((FIXED, 115), (HOURLY, 235)):
        for terms in plan.terms:
            hours, odd = divmod(terms.budget_minutes, 60)
            assert 320 <= hours <= 900
            assert odd in (0, 15, 30, 45)
            more = terms.price - hours * per_hour
            assert more % 10 == 0
            assert 0 <= more <= 990
    assert {terms.budget_minutes % 60 for terms in (*FIXED.terms, *HOURLY.terms)} == {0, 15, 30, 45}


def test_an_invented_team_comes_out_of_the_pool_without_repeats() -> None:
    for plan, pool, size in ((FIXED, {"W-0013", "W-0014", "W-0015"}, 2),
                             (HOURLY, {"W-0001", "W-0002", "W-0003", "W-0004"}, 3)):  # fmt: skip
        for terms in plan.terms:
            assert len(set(terms.team)) == len(terms.team) == size
            assert list(terms.team) == sorted(terms.team)
        assert {person for terms in plan.terms for person in terms.team} == pool


def test_a_pool_smaller_than_the_team_works_as_a_whole() -> None:
    plan = crowded("fixed_fee", "UK", ["W-0013", "W-0014"], 5, count=3)
    assert [terms.team for terms in plan.terms] == [("W-0013", "W-0014")] * 3


def test_a_fixed_fee_is_billed_at_thirty_thirty_five_and_thirty_five_percent() -> None:
    for terms in FIXED.terms:
        first, second, third = terms.instalments
        assert first.amount + second.amount + third.amount == terms.price
        for part, percent in ((first, 30), (second, 35), (third, 35)):
            assert abs(part.amount - terms.price * percent / 100) < Decimal("0.01")
        assert (first.on, third.on) == (terms.start, terms.end)
        # Three weeks after a working day of January comes a working day of February.
        assert second.on == terms.start + timedelta(days=21)
    assert {terms.instalments for terms in HOURLY.terms} == {()}


def test_a_second_instalment_that_would_fall_on_a_holiday_waits_a_day() -> None:
    scenario, firm = shipped("first-thread")
    pool = ["W-0001", "W-0002"]
    wanted = {"entity": "US", "kind": "fixed_fee", "approver": "W-0001", "pool": pool, "team_size": 1}
    # Sold on Tuesday 20 or Wednesday 21 January; starting on Monday 26 January puts it on Presidents' Day.
    generated = [{**wanted, "code": f"GEN-{n:02d}"} for n in range(40)]
    plan = planned(empty_story(scenario, generated=generated, weeks=1, close=[], start="2026-01-20"), firm)
    started = {terms.start: terms.instalments[1].on for terms in plan.terms}
    assert started[date(2026, 1, 26)] == date(2026, 2, 17)
    assert started[date(2026, 1, 27)] == date(2026, 2, 17)


def test_invented_terms_of_payment_and_titles_are_those_of_the_trade() -> None:
    everything = (*FIXED.terms, *HOURLY.terms)
    assert {terms.payment_terms_days for terms in everything} == {7, 14, 30}
    assert len({terms.title[:-3] for terms in everything}) == 10
    assert all(re.fullmatch(r"[A-Z][a-z -]+ \d\d", terms.title) for terms in everything)
    assert all(terms.title.endswith(terms.code[-2:]) for terms in everything)


def test_every_sheet_is_of_somebody_on_the_team(first_plans: dict[int, Plan]) -> None:
    for plan in first_plans.values():
        teams = {terms.code: terms.team for terms in plan.terms}
        for deed in plan.deeds:
            if deed.verb == "book":
                assert all(deed.person in teams[sheet["engagement"]] for sheet in deed.args["sheets"])
        assert sheets_of(plan)
