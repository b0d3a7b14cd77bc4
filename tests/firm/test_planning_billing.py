"""The deeds of finance: pre-bills, write-offs, payments and the close, on the workdays of the posting map."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.plan import FirmProfile, Plan, Scenario
from tests.firm.builders import bookings_of, by_label, changed, empty_story, labels, local, planned, shipped

Story = tuple[Scenario, FirmProfile]


def deal(scenario: Scenario, code: str, **fields: Any) -> dict[str, Any]:
    """A scripted engagement with other fields."""
    (found,) = [each for each in scenario.model_dump()["scripted"] if each["code"] == code]
    return {**found, **fields}


# -- time and materials ------------------------------------------------------------------------------------------------


def test_a_month_is_drafted_on_the_third_workday_and_approved_on_the_seventh(first_plans: dict[int, Plan]) -> None:
    # Workdays of February 2026 in London: 2, 3, 4, 5, 6, 9, 10.
    plan = first_plans[1]
    deeds = by_label(plan)
    draft, bill, pay = (deeds[f"{verb} ENG-01 2026-01"] for verb in ("draft", "bill", "pay"))
    assert [(each.person, each.verb, local(plan, each), each.after) for each in (draft, bill, pay)] == [
        ("finance-uk", "draft_time", "Wed 2026-02-04 10:00", ("sign ENG-01",)),
        ("W-0013", "approve_bill", "Tue 2026-02-10 11:00", ("draft ENG-01 2026-01",)),
        ("finance-uk", "pay", "Tue 2026-02-17 09:00", ("bill ENG-01 2026-01",)),
    ]
    assert draft.args == {"engagement": "ENG-01", "bill": "ENG-01 2026-01", "through": "2026-01-31"}
    assert bill.args == {"engagement": "ENG-01", "bill": "ENG-01 2026-01", "invoice_date": "2026-02-10"}
    assert pay.args == {**bill.args, "paid_on": "2026-02-17"}


def test_a_bank_holiday_at_the_beginning_of_the_month_moves_the_bill_of_that_office_alone() -> None:
    # Workdays of May 2026: London has no Monday the 4th, New York has.
    scenario, firm = shipped("first-thread")
    spring = {"sold": "2026-04-06", "proposed": "2026-04-07", "signed": "2026-04-08", "start": "2026-04-13",
              "late": [], "write_offs": [], "time": []}  # fmt: skip
    london = deal(scenario, "ENG-01", **spring)
    new_york = {**london, "code": "ENG-02", "entity": "US", "approver": "W-0001", "team": ["W-0002"]}
    story = empty_story(scenario, start="2026-04-06", close=["2026-04"], scripted=[london, new_york])
    plan = planned(story, firm)
    deeds = by_label(plan)
    assert local(plan, deeds["draft ENG-01 2026-04"]) == "Wed 2026-05-06 10:00"
    assert local(plan, deeds["draft ENG-02 2026-04"]) == "Tue 2026-05-05 10:00"
    assert local(plan, deeds["bill ENG-01 2026-04"]) == "Tue 2026-05-12 11:00"
    assert local(plan, deeds["bill ENG-02 2026-04"]) == "Mon 2026-05-11 11:00"


def test_every_closed_month_of_every_engagement_by_the_hour_gets_one_bill(first_plans: dict[int, Plan]) -> None:
    for plan in first_plans.values():
        drafts = [deed.args["bill"] for deed in plan.deeds if deed.verb == "draft_time"]
        assert sorted(drafts) == [f"{code} 2026-01" for code in ("ENG-01", "ENG-03", "ENG-05", "ENG-07")]


def test_a_client_who_does_not_pay_within_the_story_has_no_payment() -> None:
    tiny, firm = shipped("tiny-thread")
    patient = planned(changed(tiny, scripted=[deal(tiny, "ENG-01", pays_after_days=None)]), firm)
    assert "pay ENG-01 2026-01" not in labels(patient.deeds)
    assert "bill ENG-01 2026-01" in labels(patient.deeds)


@pytest.mark.parametrize(("days", "paid"), [(3, True), (4, False)])
def test_a_payment_too_late_to_be_matched_is_left_to_the_time_after(days: int, *, paid: bool) -> None:
    # The bill is of 10 February; the story ends on Sunday the 15th, the last payment counts on Friday the 13th.
    tiny, firm = shipped("tiny-thread")
    plan = planned(changed(tiny, scripted=[deal(tiny, "ENG-01", pays_after_days=days)]), firm)
    assert ("pay ENG-01 2026-01" in labels(plan.deeds)) is paid


# -- write-offs --------------------------------------------------------------------------------------------------------


def test_the_partner_writes_off_after_the_draft_and_before_the_bill(first_plans: dict[int, Plan]) -> None:
    plan = first_plans[1]
    deed = by_label(plan)["write off W-0015 2026-01-19 ENG-01"]
    assert (deed.person, local(plan, deed), deed.after) == (
        "W-0013", "Wed 2026-02-04 14:00", ("draft ENG-01 2026-01",),
    )  # fmt: skip
    assert deed.args == {
        "engagement": "ENG-01",
        "ref": "W-0015 2026-01-19 ENG-01",
        "reason": "kick-off day not chargeable",
    }


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_when_everything_is_written_off_it_is_all_billable_time_of_the_closed_month(
    first_thread: Story, seed: int
) -> None:
    scenario, firm = first_thread
    plan = planned(changed(scenario, habits={"late_percent": 0, "write_off_percent": 100}), firm, seed)
    hourly = {terms.code for terms in plan.terms[2:] if terms.kind == "time_and_materials"}
    expected = {
        booking["ref"]
        for booking in bookings_of(plan)
        if booking["engagement"] in hourly and booking["billable"] and booking["on"] < "2026-02-01"
    }
    written = {deed.args["ref"] for deed in plan.deeds if deed.verb == "write_off"}
    assert written == expected | {"W-0015 2026-01-19 ENG-01"}
    assert len(expected) > 60


def test_without_the_habit_only_what_the_script_says_is_written_off(first_thread: Story) -> None:
    scenario, firm = first_thread
    plan = planned(changed(scenario, habits={"write_off_percent": 0}), firm)
    assert [deed.args["ref"] for deed in plan.deeds if deed.verb == "write_off"] == ["W-0015 2026-01-19 ENG-01"]


def test_write_offs_are_about_as_many_as_the_habit_says(first_thread: Story) -> None:
    scenario, firm = first_thread
    candidates, written = 0, 0
    for seed in (1, 2, 3):
        everything = planned(changed(scenario, habits={"write_off_percent": 100}), firm, seed)
        some = planned(changed(scenario, habits={"write_off_percent": 20}), firm, seed)
        candidates += sum(deed.verb == "write_off" for deed in everything.deeds) - 1
        written += sum(deed.verb == "write_off" for deed in some.deeds) - 1
    assert candidates > 200
    assert 0.12 <= written / candidates <= 0.28


def test_time_is_written_off_in_its_own_month_alone() -> None:
    tiny, firm = shipped("tiny-thread")
    given_up = [{"person": "W-0003", "on": "2026-01-26", "reason": "kick-off"}]
    story = changed(tiny, weeks=8, close=["2026-01", "2026-02"], scripted=[deal(tiny, "ENG-01", write_offs=given_up)])
    plan = planned(story, firm)
    written = [(deed.label, deed.after) for deed in plan.deeds if deed.verb == "write_off"]
    assert written == [("write off W-0003 2026-01-26 ENG-01", ("draft ENG-01 2026-01",))]


# -- fixed fees --------------------------------------------------------------------------------------------------------


def test_an_instalment_is_drafted_on_its_day_and_approved_on_the_next(first_plans: dict[int, Plan]) -> None:
    plan = first_plans[1]
    deeds = by_label(plan)
    bill = "ENG-02 instalment 1"
    chain = [deeds[f"{verb} {bill}"] for verb in ("draft", "bill", "pay")]
    assert [(each.person, each.verb, local(plan, each), each.after) for each in chain] == [
        ("finance-us", "draft_fixed", "Tue 2026-01-20 10:00", ("sign ENG-02",)),
        ("W-0001", "approve_bill", "Wed 2026-01-21 11:00", (f"draft {bill}",)),
        ("finance-us", "pay", "Wed 2026-02-04 09:00", (f"bill {bill}",)),
    ]
    assert chain[0].args == {"engagement": "ENG-02", "bill": bill, "amount": "54000.00"}
    assert deeds["draft ENG-02 instalment 2"].args["amount"] == "63000.00"


def test_an_instalment_beyond_the_story_is_not_drafted(first_plans: dict[int, Plan]) -> None:
    for plan in first_plans.values():
        assert not [label for label in labels(plan.deeds) if label.endswith("instalment 3")]
        drafted = [deed.args["bill"] for deed in plan.deeds if deed.verb == "draft_fixed"]
        assert {f"{code} instalment {n}" for code in ("ENG-02", "ENG-04", "ENG-06", "ENG-08") for n in (1, 2)} == set(
            drafted
        )


@pytest.mark.parametrize(
    ("on", "drafted", "approved"),
    [
        # Presidents' Day, a Friday, a Saturday.
        ("2026-02-16", "Tue 2026-02-17 10:00", "Wed 2026-02-18 11:00"),
        ("2026-01-16", "Fri 2026-01-16 10:00", "Tue 2026-01-20 11:00"),
        ("2026-01-31", "Mon 2026-02-02 10:00", "Tue 2026-02-03 11:00"),
    ],
)
def test_an_instalment_on_a_closed_day_waits_for_the_office_to_open(on: str, drafted: str, approved: str) -> None:
    scenario, firm = shipped("first-thread")
    fee = deal(scenario, "ENG-02", instalments=[{"on": on, "amount": "180000.00"}])
    plan = planned(empty_story(scenario, scripted=[fee]), firm)
    deeds = by_label(plan)
    assert local(plan, deeds["draft ENG-02 instalment 1"]) == drafted
    assert local(plan, deeds["bill ENG-02 instalment 1"]) == approved


def test_a_fixed_fee_is_never_billed_by_the_hour(first_plans: dict[int, Plan]) -> None:
    for plan in first_plans.values():
        kinds = {terms.code: terms.kind for terms in plan.terms}
        for deed in plan.deeds:
            if deed.verb in ("draft_time", "draft_fixed", "write_off"):
                fixed = kinds[deed.args["engagement"]] == "fixed_fee"
                assert fixed == (deed.verb == "draft_fixed")


# -- the close ---------------------------------------------------------------------------------------------------------


def test_revenue_runs_on_the_fourth_workday_and_the_books_close_on_the_fifth(first_plans: dict[int, Plan]) -> None:
    plan = first_plans[1]
    deeds = by_label(plan)
    found = {label: (deeds[label].person, local(plan, deeds[label]), deeds[label].after) for label in deeds
             if deeds[label].verb in ("run_period", "close_revenue", "close_ledger")}  # fmt: skip
    # Posting map: revenue run, batches posted, netting, then close; the accountant and the controller sit in New York.
    assert found == {
        "run US 2026-01": ("revenue-accountant", "Thu 2026-02-05 17:00", ()),
        "run UK 2026-01": ("revenue-accountant", "Thu 2026-02-05 17:00", ()),
        "close revenue US 2026-01": ("revenue-accountant", "Fri 2026-02-06 15:00", ("run US 2026-01",)),
        "close revenue UK 2026-01": ("revenue-accountant", "Fri 2026-02-06 15:00", ("run UK 2026-01",)),
        "close ledger 2026-01": (
            "controller",
            "Fri 2026-02-06 18:00",
            ("close revenue US 2026-01", "close revenue UK 2026-01"),
        ),
    }
    assert deeds["run UK 2026-01"].args == {"org": "UK", "period": "2026-01"}
    assert deeds["close ledger 2026-01"].args == {"period": "2026-01"}


def test_the_ledger_closes_when_the_last_office_has_closed() -> None:
    # April 2026: the fifth workday of May is the 7th in New York and, after a bank holiday, the 8th in London.
    scenario, firm = shipped("first-thread")
    plan = planned(empty_story(scenario, start="2026-04-06", close=["2026-04"]), firm)
    deeds = by_label(plan)
    assert local(plan, deeds["close revenue US 2026-04"]) == "Thu 2026-05-07 15:00"
    assert local(plan, deeds["close revenue UK 2026-04"]) == "Fri 2026-05-08 15:00"
    assert local(plan, deeds["close ledger 2026-04"]) == "Fri 2026-05-08 18:00"


def test_a_story_that_closes_nothing_bills_no_hours_and_runs_no_revenue(first_thread: Story) -> None:
    scenario, firm = first_thread
    plan = planned(changed(scenario, close=[]), firm)
    verbs = {deed.verb for deed in plan.deeds}
    assert not verbs & {"run_period", "close_revenue", "close_ledger", "draft_time", "write_off"}
    assert {"draft_fixed", "approve_bill", "pay"} <= verbs


def test_two_months_are_closed_one_after_the_other() -> None:
    scenario, firm = shipped("first-thread")
    plan = planned(empty_story(scenario, weeks=9, close=["2026-01", "2026-02"]), firm)
    deeds = by_label(plan)
    assert [local(plan, deeds[f"close ledger {month}"]) for month in ("2026-01", "2026-02")] == [
        "Fri 2026-02-06 18:00",
        "Fri 2026-03-06 18:00",
    ]
