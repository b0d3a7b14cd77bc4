"""Timecards as planned: who books which days, when the week is handed in, what is rejected and comes back."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from sandbox.core.clock import DAY_US
from sandbox.plan import Deed, FirmProfile, Plan, Scenario
from tests.firm.builders import (
    bookings_of,
    busy_desk,
    by_label,
    changed,
    empty_story,
    labels,
    local,
    local_time,
    planned,
    sheets_of,
    shipped,
)

Story = tuple[Scenario, FirmProfile]
LONDON = ("W-0013", "W-0014", "W-0015", "W-0016", "W-0017", "W-0018", "W-0019", "W-0020", "W-0021")
NEVER = {"late_percent": 0, "rejected_percent": 0, "write_off_percent": 0}


def days_of(plan: Plan, person: str) -> list[str]:
    """Days somebody books, in order."""
    return sorted({booking["on"] for booking in bookings_of(plan) if booking["person"] == person})


def deal(scenario: Scenario, **fields: Any) -> dict[str, Any]:
    """The first scripted engagement with other fields."""
    return {**scenario.model_dump()["scripted"][0], **fields}


# -- what is worked ----------------------------------------------------------------------------------------------------


def test_a_rule_books_every_working_day_of_its_span(first_plans: dict[int, Plan]) -> None:
    # The analyst works to 29 January, books the 30th late, and goes on on 2 February.
    january = [f"2026-01-{day}" for day in (19, 20, 21, 22, 23, 26, 27, 28, 29, 30)]
    february = [f"2026-02-{day:02d}" for day in (2, 3, 4, 5, 6, 9, 10, 11, 12, 13, 16, 17, 18, 19, 20)]
    assert days_of(first_plans[1], "W-0016") == january + february


def test_a_rule_for_some_weekdays_books_only_them(first_plans: dict[int, Plan]) -> None:
    wednesdays = ["2026-01-21", "2026-01-28", "2026-02-04", "2026-02-11", "2026-02-18"]
    assert days_of(first_plans[1], "W-0014") == wednesdays


def test_new_york_books_nothing_on_its_holidays_while_london_works(first_plans: dict[int, Plan]) -> None:
    for plan in first_plans.values():
        for holiday in ("2026-01-19", "2026-02-16"):
            at_work = {booking["person"] for booking in bookings_of(plan) if booking["on"] == holiday}
            assert "W-0015" in at_work
            assert at_work <= set(LONDON)


def test_nobody_books_before_being_hired_or_after_the_last_day(first_plans: dict[int, Plan]) -> None:
    for plan in first_plans.values():
        assert all(day >= "2026-01-26" for day in days_of(plan, "W-0021"))
        assert days_of(plan, "W-0021")[0] <= "2026-01-27"
        assert days_of(plan, "W-0010")[-1] == "2026-02-06"


def test_a_booking_carries_the_grade_of_its_day(first_plans: dict[int, Plan]) -> None:
    for plan in first_plans.values():
        roles = {(booking["on"] >= "2026-02-01", booking["role"]) for booking in bookings_of(plan)
                 if booking["person"] == "W-0012"}  # fmt: skip
        assert roles == {(False, "analyst"), (True, "consultant")}


def test_a_booking_is_named_after_person_day_and_engagement(first_plans: dict[int, Plan]) -> None:
    bookings = bookings_of(first_plans[1])
    assert {"W-0015 2026-01-19 ENG-01", "W-0016 2026-01-30 ENG-01"} <= {booking["ref"] for booking in bookings}
    assert len({booking["ref"] for booking in bookings}) == len(bookings)


def test_a_rule_may_name_another_role_and_be_free_of_charge(first_thread: Story) -> None:
    scenario, firm = first_thread
    rule = {"person": "W-0014", "first": "2026-01-19", "last": "2026-01-19", "minutes": 60}
    time = [{**rule, "role": "partner", "billable": False}]
    plan = planned(empty_story(scenario, scripted=[deal(scenario, time=time, late=[], write_offs=[])]), firm)
    (booking,) = bookings_of(plan)
    assert (booking["role"], booking["billable"], booking["minutes"]) == ("partner", False, 60)


def test_a_rule_that_goes_on_stops_with_the_scenario() -> None:
    tiny, firm = shipped("tiny-thread")
    time = [{"person": "W-0003", "first": "2026-02-12", "last": "2026-03-31", "minutes": 60}]
    plan = planned(changed(tiny, scripted=[deal(tiny, time=time)]), firm)
    assert days_of(plan, "W-0003") == ["2026-02-12", "2026-02-13"]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_invented_days_have_eight_hours_give_or_take_half_an_hour_per_engagement(
    first_plans: dict[int, Plan], seed: int
) -> None:
    plan = first_plans[seed]
    shares: dict[tuple[str, str], list[int]] = {}
    for each in bookings_of(plan):
        if each["engagement"] not in ("ENG-01", "ENG-02") and each["ref"] not in plan.unpostable:
            shares.setdefault((each["person"], each["on"]), []).append(each["minutes"])
    bounds = {1: (450, 510), 2: (210, 270), 3: (130, 190)}
    for minutes in shares.values():
        low, high = bounds[len(minutes)]
        assert all(low <= each <= high for each in minutes)
        assert all(each % 5 == 0 for each in minutes)
    assert {450, 510} <= {each for minutes in shares.values() for each in minutes if len(minutes) == 1}
    assert {len(minutes) for minutes in shares.values()} >= {1, 2}


def test_two_engagements_of_one_day_take_more_or_less_independently(first_plans: dict[int, Plan]) -> None:
    shares: dict[str, list[int]] = {}
    for each in bookings_of(first_plans[1]):
        if each["person"] == "W-0011":
            shares.setdefault(each["on"], []).append(each["minutes"])
    # Thirteen values each: of 22 days a few have the same twice.
    assert len(shares) == 22
    assert sum(one != other for one, other in shares.values()) >= 15


def test_an_invented_engagement_is_worked_on_from_its_start(first_plans: dict[int, Plan]) -> None:
    for plan in first_plans.values():
        for terms in plan.terms[2:]:
            first = min(each["on"] for each in bookings_of(plan) if each["engagement"] == terms.code)
            assert date.fromisoformat(first) >= terms.start


def test_a_scripted_engagement_without_time_rules_has_no_time() -> None:
    tiny, firm = shipped("tiny-thread")
    assert bookings_of(planned(changed(tiny, scripted=[deal(tiny, time=[])]), firm)) == []


def test_time_in_a_role_the_erp_does_not_know_stands_on_the_sheet_of_its_week(first_plans: dict[int, Plan]) -> None:
    for plan in first_plans.values():
        (sheet,) = [each for each in sheets_of(plan) if each["title"] == "ENG-03 W-0006 2026-W04"]
        (odd,) = [each for each in sheet["bookings"] if each["role"] == "advisor"]
        assert odd == {
            "ref": "W-0006 2026-01-22 ENG-03 unpostable", "engagement": "ENG-03", "on": "2026-01-22", "minutes": 240,
            "role": "advisor", "billable": False, "line": None,
        }  # fmt: skip
        assert len(sheet["bookings"]) >= 2


# -- how a week is handed in -------------------------------------------------------------------------------------------


def test_a_careful_week_is_handed_in_on_friday_at_half_past_four(first_plans: dict[int, Plan]) -> None:
    plan = first_plans[1]
    deeds = by_label(plan)
    assert local(plan, deeds["book W-0015 2026-W04"]) == "Fri 2026-01-23 16:30"
    assert local(plan, deeds["book W-0003 2026-W04"]) == "Fri 2026-01-23 16:30"
    # New York is five hours behind.
    assert deeds["book W-0003 2026-W04"].due_us - deeds["book W-0015 2026-W04"].due_us == 5 * DAY_US // 24
    # Even if nothing was worked after Wednesday.
    assert local(plan, deeds["book W-0014 2026-W04"]) == "Fri 2026-01-23 16:30"


def test_a_week_is_one_deed_with_one_sheet_per_engagement(first_plans: dict[int, Plan]) -> None:
    plan = first_plans[1]
    deed = by_label(plan)["book W-0011 2026-W04"]
    titles = [sheet["title"] for sheet in deed.args["sheets"]]
    assert titles == ["ENG-04 W-0011 2026-W04", "ENG-08 W-0011 2026-W04"]
    assert deed.after == ("staff ENG-04", "staff ENG-08")
    for sheet in deed.args["sheets"]:
        assert {booking["engagement"] for booking in sheet["bookings"]} == {sheet["engagement"]}
        assert [booking["on"] for booking in sheet["bookings"]] == ["2026-01-21", "2026-01-22", "2026-01-23"]


def test_weeks_go_by_the_iso_calendar_over_the_turn_of_the_year() -> None:
    tiny, firm = shipped("tiny-thread")
    time = [{"person": "W-0003", "first": "2025-12-22", "last": "2026-01-09", "minutes": 60}]
    story = changed(tiny, start="2025-12-15", close=["2025-12"], scripted=[deal(tiny, time=time)], expectations={})
    weeks = {
        sheet["title"][-8:]: [each["on"] for each in sheet["bookings"]] for sheet in sheets_of(planned(story, firm))
    }
    assert weeks == {
        "2025-W52": ["2025-12-22", "2025-12-23", "2025-12-24"],
        "2026-W01": ["2025-12-29", "2025-12-30", "2025-12-31", "2026-01-02"],
        "2026-W02": ["2026-01-05", "2026-01-06", "2026-01-07", "2026-01-08", "2026-01-09"],
    }


def easter() -> Plan:
    """A week in London that ends with Good Friday, 3 April 2026."""
    tiny, firm = shipped("tiny-thread")
    time = [{"person": "W-0003", "first": "2026-03-30", "last": "2026-04-02", "minutes": 60}]
    deal_in_spring = deal(tiny, time=time, start="2026-03-30")
    return planned(changed(tiny, start="2026-03-23", close=[], scripted=[deal_in_spring], expectations={}), firm)


def test_before_good_friday_the_week_is_handed_in_on_thursday_and_approved_after_easter() -> None:
    plan = easter()
    deeds = by_label(plan)
    assert local(plan, deeds["book W-0003 2026-W14"]) == "Thu 2026-04-02 16:30"
    assert local(plan, deeds["approve ENG-01 W-0003 2026-W14"]) == "Tue 2026-04-07 10:00"


def test_an_approver_in_another_office_decides_on_its_next_working_day(first_thread: Story) -> None:
    # Handed in in London on Friday; Monday 19 January is a holiday in New York.
    scenario, firm = first_thread
    time = [{"person": "W-0015", "first": "2026-01-16", "last": "2026-01-16", "minutes": 60}]
    story = empty_story(scenario, scripted=[deal(scenario, time=time, late=[], write_offs=[], approver="W-0001")])
    plan = planned(story, firm)
    assert local(plan, by_label(plan)["approve ENG-01 W-0015 2026-W03"]) == "Tue 2026-01-20 10:00"


def test_every_sheet_is_decided_by_the_approver_of_its_engagement_within_two_hours_of_ten(
    first_plans: dict[int, Plan],
) -> None:
    for plan in first_plans.values():
        approvers = {terms.code: terms.approver for terms in plan.terms}
        for deed in plan.deeds:
            if deed.verb in ("approve", "reject") and "late" not in deed.label:
                assert deed.person == approvers[deed.args["engagement"]]
                at = local_time(plan, deed)
                assert at.weekday() < 5
                assert 600 <= at.hour * 60 + at.minute < 700


def test_late_time_is_a_sheet_of_its_own_booked_and_approved_when_the_script_says(first_plans: dict[int, Plan]) -> None:
    plan = first_plans[1]
    deeds = by_label(plan)
    book, approve = deeds["book W-0016 2026-01-30 late"], deeds["approve ENG-01 W-0016 2026-01-30 late"]
    assert [local(plan, book), local(plan, approve)] == ["Tue 2026-02-03 11:00", "Tue 2026-02-03 16:00"]
    (sheet,) = book.args["sheets"]
    assert (sheet["title"], [each["minutes"] for each in sheet["bookings"]]) == ("ENG-01 W-0016 2026-01-30 late", [400])
    assert approve.after == (book.label,)
    assert approve.args["title"] == sheet["title"]
    assert (book.person, approve.person, book.after) == ("W-0016", "W-0013", ("staff ENG-01",))


def test_two_late_cards_of_one_week_are_two_sheets() -> None:
    tiny, firm = shipped("tiny-thread")
    late = {"person": "W-0003", "minutes": 60, "booked_on": "2026-02-03", "approved_on": "2026-02-03"}
    cards = [{**late, "on": "2026-01-29"}, {**late, "on": "2026-01-30"}]
    plan = planned(changed(tiny, scripted=[deal(tiny, late=cards)]), firm)
    titles = [sheet["title"] for sheet in sheets_of(plan)]
    assert len(set(titles)) == 3
    assert len(set(labels(plan.deeds))) == len(plan.deeds)


# -- habits ------------------------------------------------------------------------------------------------------------


def crowded(seed: int = 1, **habits: int) -> Plan:
    """Five weeks of twelve invented engagements in two offices."""
    scenario, firm = shipped("first-thread")
    offices = {"US": [f"W-{n:04d}" for n in range(1, 13)], "UK": [f"W-{n:04d}" for n in range(13, 21)]}
    generated = [
        {
            "code": f"GEN-{n:02d}",
            "entity": entity,
            "kind": "time_and_materials",
            "approver": offices[entity][0],
            "pool": offices[entity],
            "team_size": 4,
        }
        for n, entity in enumerate(["US", "UK"] * 6)
    ]
    return planned(empty_story(scenario, generated=generated, habits={**NEVER, **habits}), firm, seed)


ON_TIME = crowded()


def booked(plan: Plan) -> dict[str, Deed]:
    return {deed.label: deed for deed in plan.deeds if deed.verb == "book"}


def late_days(plan: Plan, punctual: Plan = ON_TIME) -> list[int]:
    """Days between handing in and the last working day of the week, for every week of everybody."""
    on_time = booked(punctual)
    found = []
    for label, deed in booked(plan).items():
        days, odd = divmod(deed.due_us - on_time[label].due_us, DAY_US)
        assert odd == 0
        found.append(days)
    return found


def test_without_the_habit_of_being_late_every_week_is_handed_in_on_its_friday_before_six() -> None:
    for deed in booked(ON_TIME).values():
        at = local_time(ON_TIME, deed)
        assert at.weekday() == 4
        assert 16 * 60 + 30 <= at.hour * 60 + at.minute < 18 * 60
    assert len({deed.due_us for deed in booked(ON_TIME).values()}) > len(booked(ON_TIME)) // 2


def test_when_everybody_is_late_nobody_is_on_time() -> None:
    days = late_days(crowded(late_percent=100))
    # Glossary section 4: one day, two to three, up to seven, into the next period.
    assert set(days) == {1, 2, 3, 5, 7, 9}


def test_late_weeks_are_about_as_many_as_the_habit_says_and_mostly_one_day_late() -> None:
    days = [day for seed in (1, 2, 3) for day in late_days(crowded(seed, late_percent=28), crowded(seed))]
    assert len(days) >= 250
    assert 0.20 <= sum(day > 0 for day in days) / len(days) <= 0.36
    everybody = late_days(crowded(late_percent=100))
    # 12 of 28 weights stand on one day.
    assert 0.30 <= everybody.count(1) / len(everybody) <= 0.56


def test_without_rejections_every_sheet_is_approved_once() -> None:
    decided = [deed for deed in ON_TIME.deeds if deed.verb in ("approve", "reject", "resubmit")]
    assert {deed.verb for deed in decided} == {"approve"}
    assert len({deed.args["title"] for deed in decided}) == len(decided) > 100


def test_when_every_sheet_is_rejected_each_comes_back_and_is_approved() -> None:
    plan = crowded(rejected_percent=100)
    deeds = by_label(plan)
    first = [sheet["title"] for sheet in sheets_of(plan) if f"reject {sheet['title']}" in deeds]
    assert {deed.args["title"] for deed in plan.deeds if deed.verb == "approve"} <= {f"{each} (2)" for each in first}
    assert not [title for title in first if f"approve {title}" in deeds]
    assert len(first) > 100


def test_rejections_are_about_as_many_as_the_habit_says() -> None:
    plan = crowded(rejected_percent=25)
    rejected = sum(deed.verb == "reject" for deed in plan.deeds)
    decided = rejected + sum(deed.verb == "approve" and not deed.label.endswith("(2)") for deed in plan.deeds)
    assert decided > 100
    assert 0.13 <= rejected / decided <= 0.37


def test_a_rejected_sheet_is_corrected_next_morning_and_approved_the_day_after(busy_plan: Plan) -> None:
    deeds = by_label(busy_plan)
    chain = [f"{verb} ENG-03 W-0002 2026-W05" for verb in ("reject", "resubmit", "approve")]
    reject, resubmit, approve = deeds[chain[0]], deeds[chain[1]], deeds[f"{chain[2]} (2)"]
    # Handed in on Friday 30 January.
    assert local(busy_plan, reject).startswith("Mon 2026-02-02 1")
    assert local(busy_plan, resubmit) == "Tue 2026-02-03 09:15"
    assert local(busy_plan, approve).startswith("Wed 2026-02-04 1")
    assert (resubmit.after, approve.after) == ((reject.label,), (resubmit.label,))
    assert (reject.person, resubmit.person, approve.person) == ("W-0001", "W-0002", "W-0001")
    assert approve.args["title"] == "ENG-03 W-0002 2026-W05 (2)"


def test_the_correction_takes_a_quarter_of_an_hour_off_the_first_booking(busy_plan: Plan) -> None:
    deeds = by_label(busy_plan)
    (sheet,) = deeds["book W-0002 2026-W05"].args["sheets"]
    resubmit = deeds["resubmit ENG-03 W-0002 2026-W05"]
    assert resubmit.args["sheet"] == sheet
    assert resubmit.args["correction"] == {
        "ref": sheet["bookings"][0]["ref"],
        "minutes": sheet["bookings"][0]["minutes"] - 15,
    }
    assert sheet["bookings"][0]["ref"] == "W-0002 2026-01-28 ENG-03"


def test_a_correction_leaves_five_minutes_at_least() -> None:
    scenario, firm = busy_desk()
    first, second, *_ = scenario.model_dump()["scripted"]
    first |= {"team": ["W-0002"], "late": [], "write_offs": []}
    first |= {"time": [{"person": "W-0002", "first": "2026-01-28", "last": "2026-01-28", "minutes": 12}]}
    plan = planned(changed(scenario, scripted=[first, second], unpostable=[], remedies=[]), firm)
    # W-0002 works on the invented ENG-03 too, and is careless in that week with both.
    assert by_label(plan)["resubmit ENG-01 W-0002 2026-W05"].args["correction"]["minutes"] == 5


def test_a_week_of_scripted_work_alone_is_never_late_nor_rejected() -> None:
    scenario, firm = busy_desk()
    plan = planned(changed(scenario, habits={"late_percent": 100, "rejected_percent": 100}), firm)
    deeds = by_label(plan)
    assert local(plan, deeds["book W-0003 2026-W05"]) == "Fri 2026-01-30 16:30"
    assert local(plan, deeds["approve ENG-01 W-0003 2026-W05"]) == "Mon 2026-02-02 10:00"
    assert local(plan, deeds["approve ENG-02 W-0003 2026-W05"]) == "Mon 2026-02-02 10:00"


def test_whoever_leaves_hands_in_everything_before_leaving(first_thread: Story) -> None:
    scenario, firm = first_thread
    plan = planned(changed(scenario, habits={"late_percent": 100}), firm)
    last = by_label(plan)["book W-0010 2026-W06"]
    assert local(plan, last).startswith("Fri 2026-02-06 1")
    assert "book W-0010 2026-W07" not in by_label(plan)
