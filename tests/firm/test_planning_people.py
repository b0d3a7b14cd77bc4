"""Deeds of HR and of the resource manager: what they enter, when, and who approves for whoever has left."""

from __future__ import annotations

from functools import cache
from typing import Any

from sandbox.plan import Deed, Plan
from tests.firm.builders import by_label, changed, firm_with, planned, shipped


@cache
def plan(name: str) -> Plan:
    return planned(*shipped(name))


def deeds(name: str) -> dict[str, Deed]:
    return by_label(plan(name))


def with_workforce(**workforce: Any) -> dict[str, Deed]:
    scenario, firm = shipped("future-dated-leaver")
    return by_label(planned(changed(scenario, workforce=workforce), firm))


def test_a_leaver_is_entered_and_taken_back_in_the_morning_hr_knows_it() -> None:
    found = deeds("termination-and-rehire")
    assert found["leave W-0004"].args == {"employee": "W-0004", "last_day": "2026-03-13"}
    assert found["rescind leaver W-0004"].args == {
        "employee": "W-0004", "process": "Terminate Employee", "effective": "2026-03-13",
    }  # fmt: skip
    assert found["rehire W-0005"].verb == "hire"
    assert found["rehire W-0005"].args["effective"] == "2026-03-23"


def test_whoever_is_hired_again_is_staffed_again_by_the_project() -> None:
    again = deeds("termination-and-rehire")["staff ENG-02 W-0005 again"]
    assert (again.args["team"], again.after) == (["W-0005"], ("staff ENG-02", "rehire W-0005"))


def test_after_the_last_day_the_manager_decides() -> None:
    found = deeds("future-dated-leaver")
    assert [found[f"approve ENG-02 W-0004 2026-W{week}"].person for week in (11, 12, 13)] == [
        "W-0003", "W-0003", "W-0002",
    ]  # fmt: skip
    assert found["bill ENG-02 2026-03"].person == "W-0002"
    assert found["staff ENG-02"].args["approver"] == "W-0003"
    assert "approver" not in found["staff ENG-01"].args


def test_nobody_books_beyond_the_last_day_and_all_of_it_is_handed_in_by_then() -> None:
    booked = [
        (deed.label, booking["on"])
        for deed in plan("future-dated-leaver").deeds
        if deed.verb == "book" and deed.person == "W-0003"
        for sheet in deed.args["sheets"]
        for booking in sheet["bookings"]
    ]
    assert len(booked) == 15
    assert booked[-1] == ("book W-0003 2026-W13", "2026-03-27")


def test_a_move_within_the_entity_changes_the_job_and_one_to_another_is_a_transfer() -> None:
    move = {"employee_id": "W-0004", "entered": "2026-03-03", "effective": "2026-03-16"}
    found = with_workforce(transfers=[{**move, "location": "Boston"}])["transfer W-0004"]
    assert found.args == {
        "employee": "W-0004", "effective": "2026-03-16", "entity": None, "location": "Boston", "manager": None,
    }  # fmt: skip
    found = with_workforce(
        transfers=[{**move, "location": "Boston"}],
        rescissions=[
            {"employee_id": "W-0004", "event": "transfer", "effective": "2026-03-16", "entered": "2026-03-04"}
        ],
    )["rescind transfer W-0004"]
    assert found.args["process"] == "Change Job"
    abroad = with_workforce(transfers=[{**move, "entity": "US"}])["transfer W-0004"]
    assert (abroad.args["entity"], abroad.args["location"]) == ("US", "New York")


def test_a_leave_is_entered_and_its_return_on_the_morning_after() -> None:
    leave = {
        "employee_id": "W-0004", "kind": "Medical", "entered": "2026-03-05", "first_day": "2026-03-09",
        "last_day": "2026-03-13",
    }  # fmt: skip
    found = with_workforce(leaves=[leave])
    back = found["back W-0004 2026-03-14"]
    assert (back.args["first_day_back"], back.after) == ("2026-03-14", ("on leave W-0004 2026-03-09",))
    assert "book W-0004 2026-W11" not in found
    assert "book W-0004 2026-W12" in found


def test_time_off_is_entered_for_working_days_alone() -> None:
    off = {
        "employee_id": "W-0004",
        "entered": "2026-03-05",
        "first": "2026-03-13",
        "last": "2026-03-16",
        "minutes": 240,
    }
    found = with_workforce(time_off=[off])["off W-0004 2026-03-13"]
    assert (found.args["days"], found.args["minutes"]) == (["2026-03-13", "2026-03-16"], 240)


def test_two_ends_of_one_person_have_two_labels() -> None:
    leaver = {"employee_id": "W-0004", "entered": "2026-03-05", "last_day": "2026-03-13"}
    again = {"employee_id": "W-0004", "grade": "analyst", "entered": "2026-03-16", "effective": "2026-03-23"}
    later = {"employee_id": "W-0004", "entered": "2026-03-24", "last_day": "2026-03-27"}
    found = with_workforce(leavers=[leaver, later], rehires=[again])
    assert {"leave W-0004", "leave W-0004 2026-03-27"} <= set(found)


def test_an_allocation_is_the_weekly_minutes_over_the_weekdays_of_its_span() -> None:
    found = deeds("staffing-conflict")
    # Two weeks of 40 hours; hard; entered by the resource manager once the project is staffed.
    first = found["allocate ENG-01 1"]
    assert (first.person, first.after) == ("resource-manager", ("staff ENG-01",))
    assert (first.args["person"], first.args["minutes"], first.args["hard"]) == ("W-0003", 4800, True)
    wanted = found["allocate ENG-02 2"].args
    assert (wanted["person"], wanted["role"], wanted["skill"], wanted["minutes"]) == (
        None,
        "analyst",
        "Reporting",
        2400,
    )


def test_skills_are_entered_once_and_only_where_somebody_has_one() -> None:
    assert deeds("staffing-conflict")["skills"].args == {"skills": {"W-0004": [{"name": "Reporting", "level": 4}]}}
    scenario, firm = shipped("future-dated-leaver")
    members = [{**each.model_dump(), "skills": []} for each in firm.members]
    bare = planned(scenario, firm_with(firm, members=members))
    assert "skills" not in by_label(bare)
    assert "resource-manager" not in bare.people


def test_only_where_front_ends_ask_is_a_sheet_asked_for() -> None:
    asking = deeds("asks-first")["book W-0003 2026-W11"]
    assert asking.args["asks_first"] is True
    assert "asks_first" not in deeds("future-dated-leaver")["book W-0003 2026-W11"].args
    hold, release = (deeds("asks-first")[label] for label in ("hold client of ENG-01 1", "release client of ENG-01 1"))
    assert (hold.person, hold.args["hold"], release.args["hold"], release.after) == (
        "finance-us", True, False, ("hold client of ENG-01 1",),
    )  # fmt: skip
