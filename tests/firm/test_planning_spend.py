"""Spending in the plan: reports and bills as written, expenses by habit in proportion to fees, enrolments."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from sandbox.firm.tenants import tenants_of
from sandbox.plan import Deed, FirmProfile, Plan, Scenario
from tests.firm.builders import bookings_of, by_label, changed, local, planned, shipped

Story = tuple[Scenario, FirmProfile]


@pytest.fixture(scope="module")
def story() -> Plan:
    return planned(*shipped("subcontractor-bill-twice"))


def of_verb(plan: Plan, verb: str) -> list[Deed]:
    return [deed for deed in plan.deeds if deed.verb == verb]


# -- scripted ----------------------------------------------------------------------------------------------------------


def test_what_a_person_hands_in_on_one_day_is_one_report(story: Plan) -> None:
    reports = {deed.args["title"]: [each["ref"] for each in deed.args["expenses"]] for deed in of_verb(story, "spend")}
    assert reports == {
        "ENG-01 W-0003 expenses 1": ["ENG-01 X1", "ENG-01 X2"],
        "ENG-01 W-0002 expenses 2": ["ENG-01 X3"],
        "ENG-01 W-0002 expenses 3": ["ENG-01 X4"],
    }


def test_a_report_is_handed_in_by_its_person_and_approved_by_the_lead(story: Plan) -> None:
    deeds = by_label(story)
    spend, approve = deeds["spend ENG-01 W-0003 expenses 1"], deeds["approve ENG-01 W-0003 expenses 1"]
    assert [(each.person, local(story, each), each.after) for each in (spend, approve)] == [
        ("W-0003", "Fri 2026-01-30 17:15", ("staff ENG-01",)),
        ("W-0001", "Mon 2026-02-02 17:45", ("spend ENG-01 W-0003 expenses 1",)),
    ]
    assert spend.args["expenses"][1] == {
        "ref": "ENG-01 X2", "on": "2026-01-27", "category": "Lodging", "net": "145.00", "tax": "29.00",
        "billable": True,
    }  # fmt: skip


def test_a_suppliers_bill_is_entered_by_finance_and_approved_by_the_lead(story: Plan) -> None:
    deeds = by_label(story)
    receive, approve = deeds["receive Studio Nord GmbH 77"], deeds["approve Studio Nord GmbH 77"]
    assert (receive.person, approve.person) == ("finance-uk", "W-0001")
    assert (receive.args["country"], receive.args["billable"], receive.args["tax"]) == ("DE", False, "0")
    assert deeds["receive Kestrel Surveys Ltd KS-2041"].args["country"] == "GB"
    assert approve.after == ("receive Studio Nord GmbH 77",)


def as_fixed_fee(scenario: Scenario, **changes: Any) -> Scenario:
    document = scenario.model_dump()
    (terms,) = document["scripted"]
    fee = {"kind": "fixed_fee", "instalments": [{"on": "2026-01-26", "amount": terms["price"]}]}
    return changed(scenario, scripted=[{**terms, **fee, **changes}], expectations={})


def test_where_time_is_not_billed_by_the_month_what_was_spent_has_a_pre_bill_of_its_own() -> None:
    scenario, firm = shipped("subcontractor-bill-twice")
    plan = planned(as_fixed_fee(scenario), firm)
    deeds = by_label(plan)
    # The expense of January that was approved after the draft waits for the one of February.
    assert [deed.args["bill"] for deed in of_verb(plan, "draft_expenses")] == [
        "ENG-01 expenses 2026-01", "ENG-01 expenses 2026-02",
    ]  # fmt: skip
    assert local(plan, deeds["draft ENG-01 expenses 2026-01"]) == "Wed 2026-02-04 10:30"
    assert local(plan, deeds["bill ENG-01 expenses 2026-01"]) == "Tue 2026-02-10 11:00"


def test_without_anything_for_the_client_there_is_none() -> None:
    scenario, firm = shipped("subcontractor-bill-twice")
    assert of_verb(planned(as_fixed_fee(scenario, expenses=[], subcontracts=[]), firm), "draft_expenses") == []


# -- by habit ----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def habitual(first_thread: Story) -> list[Plan]:
    scenario, firm = first_thread
    habits = {**scenario.model_dump()["habits"], "expense_percent": 6}
    return [planned(changed(scenario, habits=habits), firm, seed) for seed in range(6)]


def spent(plan: Plan) -> list[dict[str, Any]]:
    return [{**each, "person": deed.person} for deed in of_verb(plan, "spend") for each in deed.args["expenses"]]


def test_by_habit_nobody_spends_unless_the_scenario_says_so(first_plans: dict[int, Plan]) -> None:
    assert all(of_verb(plan, "spend") == [] for plan in first_plans.values())


def test_expenses_are_about_six_percent_of_fees_and_most_of_them_the_clients(habitual: list[Plan]) -> None:
    everything = [each for plan in habitual for each in spent(plan)]
    assert 0.6 <= sum(each["billable"] for each in everything) / len(everything) <= 0.8
    # Middle rate of both offices, roughly: 200 an hour. What is handed in after the story is not in it, nor are the
    # scripted engagements.
    hours = sum(each["minutes"] for plan in habitual for each in bookings_of(plan)) / 60
    share = float(sum(Decimal(each["net"]) for each in everything)) / (hours * 200)
    assert 0.02 <= share <= 0.06


def test_they_are_made_on_a_day_of_work_and_handed_in_later_and_once(habitual: list[Plan]) -> None:
    for plan in habitual:
        worked = {(each["person"], each["on"]) for each in bookings_of(plan)}
        assert {(each["person"], each["on"]) for each in spent(plan)} <= worked
        titles = [deed.args["title"] for deed in of_verb(plan, "spend")]
        assert len(titles) == len(set(titles))
        for deed in of_verb(plan, "spend"):
            handed_in = local(plan, deed).split(" ")[1]
            assert all(each["on"] <= handed_in for each in deed.args["expenses"])


def test_taking_one_deed_out_moves_no_other_and_the_rest_of_the_plan_is_the_same(
    habitual: list[Plan], first_thread: Story
) -> None:
    plain = by_label(planned(*first_thread, 3))
    with_expenses = by_label(habitual[3])
    assert plain.keys() <= with_expenses.keys()
    assert all(with_expenses[label] == deed for label, deed in plain.items())


# -- payroll -----------------------------------------------------------------------------------------------------------


def test_whoever_joins_is_promoted_or_leaves_is_told_to_the_payroll(busy_plan: Plan) -> None:
    told = [
        (local(busy_plan, deed)[4:], deed.args["employee"], deed.args["annual_gross"], deed.args["last_day"])
        for deed in of_verb(busy_plan, "enrol")
    ]
    assert told == [
        ("2026-01-20 11:30", "W-0004", "39000.00", None),
        # Promoted on Sunday the 1st, told on the next working day.
        ("2026-02-02 11:30", "W-0003", "62512.00", None),
        ("2026-02-03 11:30", "W-0004", "39000.00", "2026-02-10"),
    ]


def test_a_firm_without_payroll_tells_nobody(first_plans: dict[int, Plan]) -> None:
    assert all(of_verb(plan, "enrol") == [] for plan in first_plans.values())


def test_the_provider_knows_old_hands_with_the_salary_the_hris_has() -> None:
    tenants = tenants_of(planned(*shipped("payroll-crossing-month")))
    salaries = {each.employee_id: each.annual_gross for each in tenants.files.employees}
    assert salaries == {each.employee_id: each.annual_base for each in tenants.hris.workers}
    assert salaries["W-0002"] == Decimal("62512.00")
    (entity,) = tenants.files.payroll_entities
    assert [period.end for period in entity.periods] == [date(2026, 2, 3), date(2026, 2, 17)]
