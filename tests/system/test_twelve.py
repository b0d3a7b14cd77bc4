"""The engagements of month-end that are written down to the last deed: all their kinds, and out of chance's way."""

from __future__ import annotations

import pytest

from sandbox.faults.profiles import profile_names
from sandbox.firm.scenarios import load_scenario
from sandbox.plan import Deed, FirmProfile, Plan, PlannedFault, Scenario, ScriptedEngagement
from tests.firm.builders import engagements_of
from tests.system.worlds import made, problems, run

SCENARIO, FIRM = load_scenario("month-end")
TWELVE = {each.code: each for each in SCENARIO.scripted}
KINDS = {
    "ENG-01": "time_and_materials",
    "ENG-02": "fixed_fee",
    "ENG-03": "milestone",
    "ENG-04": "prepaid_hours",
    "ENG-05": "stand_ready",
    "ENG-06": "capped_time",
    "ENG-07": "milestone_over_time",
    "ENG-08": "at risk",
    "ENG-09": "change order: catch_up",
    "ENG-10": "change order: prospective",
    "ENG-11": "change order: separate",
    "ENG-12": "loss-making",
}
# What every month that closes must say of each of them.
FOR_EVERY_MONTH = ("minutes", "revenue", "invoiced_net", "cash", "position", "receivable")


def kind_of(terms: ScriptedEngagement) -> str:
    """What an engagement is there to show: beside its way of charging what happens to it."""
    if terms.change_orders:
        return f"change order: {terms.change_orders[0].treatment}"
    if terms.at_risk_from is not None:
        return "at risk"
    return "loss-making" if any(each.cost > terms.price for each in terms.estimates) else terms.kind


def lent(scenario: Scenario, firm: FirmProfile) -> list[str]:
    """Scripted engagements whose people belong to another entity."""
    homes = {member.employee_id: member.entity for member in firm.members}
    return [each.code for each in scenario.scripted if {homes[person] for person in each.team} != {each.entity}]


def abroad(scenario: Scenario, firm: FirmProfile) -> list[str]:
    """Scripted engagements in another currency than their entity's."""
    own = {entity.code: entity.currency for entity in firm.entities}
    return [each.code for each in scenario.scripted if each.currency not in (None, own[each.entity])]


def aimed_at(plan: Plan) -> list[str]:
    """Faults of a plan that name one of the twelve, somebody of their teams, their client, or a deed about them."""
    names = {code.lower() for code in TWELVE} | {person.lower() for each in TWELVE.values() for person in each.team}
    names |= {each.client.lower() for each in TWELVE.values()}
    of_theirs = {deed.label for deed in deeds_of_the_twelve(plan)}
    found = []
    for fault in plan.faults:
        said = [part for value in fault.params.values() for part in str(value).lower().replace("/", " ").split(" ")]
        if names & set(said) or fault.params.get("deed") in of_theirs:
            found.append(fault.fid)
    return found


def deeds_of_the_twelve(plan: Plan) -> list[Deed]:
    """Every deed about one of them."""
    return [deed for deed in plan.deeds if engagements_of(deed) & set(TWELVE)]


def test_all_kinds_are_there_among_twenty_four() -> None:
    assert {code: kind_of(terms) for code, terms in TWELVE.items()} == KINDS
    assert len(SCENARIO.scripted) + len(SCENARIO.generated) == 24
    assert lent(SCENARIO, FIRM) == ["ENG-10"]
    assert abroad(SCENARIO, FIRM) == ["ENG-06", "ENG-07"]


@pytest.mark.parametrize("code", sorted(TWELVE))
@pytest.mark.parametrize("month", SCENARIO.close)
def test_every_month_has_its_figures(code: str, month: str) -> None:
    figures = SCENARIO.expectations[code][month]
    assert [name for name in FOR_EVERY_MONTH if getattr(figures, name) is None] == []
    # What is not plain has its operands.
    assert {name for name in ("minutes", "revenue") if getattr(figures, name)} <= {*figures.how}
    assert not figures.invoiced_net or figures.invoiced_tax is not None
    if code in abroad(SCENARIO, FIRM):
        assert None not in (figures.revenue_functional, figures.realised_fx)


def test_nobody_works_for_one_of_the_twelve_and_for_a_generated_one() -> None:
    drawn = {person for each in SCENARIO.generated for person in each.pool}
    assert [
        terms.code for terms in TWELVE.values() if {*terms.team, *(each.person for each in terms.time)} & drawn
    ] == []
    changing = SCENARIO.workforce
    moved = {each.employee_id for each in changing.promotions} | {each.employee_id for each in changing.leavers}
    assert {person for terms in TWELVE.values() for person in (*terms.team, terms.approver)} & moved == set()


def test_no_seed_and_no_fault_profile_changes_a_deed_of_theirs() -> None:
    plain, _, _ = made("month-end", 1, faults="none")
    wanted = deeds_of_the_twelve(plain)
    assert {code for deed in wanted for code in engagements_of(deed)} == set(TWELVE)
    for seed, profile in ((0, "rough"), (2, "storm"), (5, "rough"), (1, "business"), (4, "business")):
        plan, _, _ = made("month-end", seed, faults=profile)
        assert deeds_of_the_twelve(plan) == wanted


@pytest.mark.parametrize("profile", profile_names())
def test_no_fault_is_aimed_at_them(profile: str) -> None:
    plan, _, _ = made("month-end", 3, faults=profile)
    assert aimed_at(plan) == []


def test_business_faults_strike_the_others() -> None:
    struck: set[str] = set()
    for seed in range(4):
        plan, _, _ = made("month-end", seed, faults="business")
        struck |= {fault.kind for fault in plan.faults}
        assert aimed_at(plan) == []
    assert struck == {"B04", "B05", "B06"}


@pytest.mark.parametrize(
    "params",
    [
        {"engagement": "ENG-03"},
        {"person": "W-1010"},
        {"path": "/services/rest/record/v1/job/ENG-12"},
        {"deed": "sign ENG-09 CO1"},
        {"deed": "approve ENG-09 W-1030 2026-W05"},
    ],
)
def test_a_business_fault_aimed_at_one_of_them_is_seen(params: dict[str, str | int | bool]) -> None:
    plan, _, _ = made("month-end", 3, faults="none")
    surprise = PlannedFault(fid="B04#1", kind="B04", system=None, after_us=0, nth=0, params=params)
    elsewhere = surprise.model_copy(update={"fid": "B04#2", "params": {"engagement": "ENG-24"}})
    assert aimed_at(plan.model_copy(update={"faults": (surprise, elsewhere)})) == ["B04#1"]
    moved = plan.deeds[-1].model_copy(update={"args": {"engagement": "ENG-03"}, "label": "surprise"})
    surprised = plan.model_copy(update={"deeds": (*plan.deeds, moved)})
    assert deeds_of_the_twelve(surprised) != deeds_of_the_twelve(plan)


# -- met to the cent ---------------------------------------------------------------------------------------------------


def check(seed: int, faults: str) -> None:
    judged = run("month-end", seed, faults=faults)
    assert problems(judged.verdict, unmet=False) == []
    worked = judged.verdict.by_name("FIGURES.worked")
    given = [getattr(each, name) for months in SCENARIO.expectations.values() for each in months.values()
             for name in type(each).model_fields if name != "how"]  # fmt: skip
    assert worked.compared >= len([each for each in given if each is not None]) > 300


def test_their_figures_are_met_in_a_bad_month() -> None:
    check(1, "rough")


@pytest.mark.seeds
@pytest.mark.parametrize(("seed", "faults"), [(0, "none"), (2, "storm"), (3, "business"), (4, "rough"), (5, "storm")])
def test_their_figures_are_met_whatever_the_seed_and_the_faults(seed: int, faults: str) -> None:
    check(seed, faults)
