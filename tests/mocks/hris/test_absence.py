"""Leaves, time off and calendars."""

from __future__ import annotations

from typing import Any

import pytest

from mocks.hris.system import Hris
from sandbox.core.clock import DAY_US, ManualClock
from sandbox.core.wire import Request
from tests.mocks.hris.client import BASE, BASIC, EPOCH, act, event_of, make, on, refused, report

LEAVE = {
    "employee_id": "W-0001", "leave_type": "Parental", "first_day": "2026-02-02", "expected_last_day": "2026-02-27",
}  # fmt: skip
OFF = {"employee_id": "W-0001", "date": "2026-01-20", "hours": 8}
SPAN = {"From_Date": "2026-01-01", "Through_Date": "2026-03-31"}


def days(mock: Hris, **prompts: str) -> list[tuple[str, str, str]]:
    return [(row["Date"], row["Absence_Type"], row["Hours"]) for row in report(mock, "Absence_Days", **prompts)]


def test_a_leave_lasts_until_a_return_is_entered_and_the_worker_stays_active(mock: Hris) -> None:
    event_of(mock, "place_on_leave", **LEAVE)
    assert on(mock, "W-0001", "2026-02-01")["On_Leave"] == "0"
    during = on(mock, "W-0001", "2026-03-15")
    assert (during["Active"], during["On_Leave"], during["Leave_Type"]) == ("1", "1", "Parental")
    assert (during["Leave_First_Day"], during["Leave_Expected_Last_Day"]) == ("2026-02-02", "2026-02-27")
    event_of(mock, "return_from_leave", employee_id="W-0001", first_day_back="2026-03-02")
    assert on(mock, "W-0001", "2026-03-01")["On_Leave"] == "1"
    back = on(mock, "W-0001", "2026-03-02")
    assert back["On_Leave"] == "0"
    assert "Leave_Type" not in back


def test_a_leave_ends_with_the_employment(mock: Hris) -> None:
    event_of(mock, "place_on_leave", **LEAVE)
    event_of(mock, "terminate", employee_id="W-0001", termination_date="2026-02-13")
    assert on(mock, "W-0001", "2026-02-13")["On_Leave"] == "1"
    assert on(mock, "W-0001", "2026-02-14")["On_Leave"] == "0"


@pytest.mark.parametrize(
    ("action", "form", "field"),
    [
        ("place_on_leave", {**LEAVE, "first_day": "2026-02-20"}, "first_day"),
        ("place_on_leave", {**LEAVE, "employee_id": "W-0002", "expected_last_day": "2026-02-01"}, "expected_last_day"),
        ("place_on_leave", {**LEAVE, "employee_id": "W-0002", "leave_type": "Moonlight"}, "leave_type"),
        ("return_from_leave", {"employee_id": "W-0002", "first_day_back": "2026-02-20"}, "first_day_back"),
        ("request_time_off", {**OFF, "date": "2026-02-10"}, "date"),
        ("request_time_off", {**OFF, "date": "2024-04-30"}, "date"),
        ("request_time_off", {**OFF, "hours": 17}, "hours"),
        ("request_time_off", {**OFF, "hours": 0.333}, "hours"),
        ("request_time_off", {**OFF, "employee_id": "W-0099"}, "employee_id"),
        ("cancel_time_off", {"time_off_wid": "0" * 32}, "time_off_wid"),
    ],
)
def test_absence_that_makes_no_sense_is_refused(mock: Hris, action: str, form: dict[str, Any], field: str) -> None:
    event_of(mock, "place_on_leave", **LEAVE)
    assert act(mock, "request_time_off", **OFF).status == 200
    assert refused(mock, action, **form)[0] == field


def test_a_leave_is_corrected_and_rescinded_like_any_event(mock: Hris) -> None:
    event = event_of(mock, "place_on_leave", **LEAVE)
    event_of(mock, "correct", event_wid=event, effective_date="2026-02-09", leave_type="Medical")
    assert on(mock, "W-0001", "2026-02-08")["On_Leave"] == "0"
    assert on(mock, "W-0001", "2026-02-09")["Leave_Type"] == "Medical"
    assert refused(mock, "correct", event_wid=event, expected_last_day="2026-02-08")[0] == "expected_last_day"
    event_of(mock, "rescind", event_wid=event)
    assert on(mock, "W-0001", "2026-02-09")["On_Leave"] == "0"


def test_absence_is_reported_per_worker_and_day_in_hours() -> None:
    mock = make(countries={"New York": "US"})
    act(mock, "change_job", employee_id="W-0002", effective_date="2026-01-12", fte=0.6)
    # Monday 2026-01-19 is a public holiday in the US, the 17th and 18th are a weekend.
    event_of(
        mock, "place_on_leave", employee_id="W-0002", leave_type="Medical", first_day="2026-01-16",
        expected_last_day="2026-01-21",
    )  # fmt: skip
    event_of(mock, "return_from_leave", employee_id="W-0002", first_day_back="2026-01-21")
    assert act(mock, "request_time_off", **{**OFF, "hours": 7.5}).status == 200
    # 40 h x 0.6 / 5 days = 4.8 h
    assert days(mock, **SPAN) == [
        ("2026-01-20", "Vacation", "7.5"),
        ("2026-01-16", "Medical", "4.8"),
        ("2026-01-20", "Medical", "4.8"),
    ]
    assert days(mock, From_Date="2026-01-17", Through_Date="2026-01-19") == []


def test_time_off_is_corrected_and_canceled_and_stays_known_as_of_before() -> None:
    clock = ManualClock(EPOCH, DAY_US)
    mock = make(clock)
    wid = act(mock, "request_time_off", **OFF).json()["time_off_wid"]
    clock.advance_to(2 * DAY_US)
    corrected = act(mock, "correct_time_off", time_off_wid=wid, hours=4, type="Sick").json()
    assert (corrected["time_off_wid"], corrected["minutes"]) == (wid, 240)
    clock.advance_to(3 * DAY_US)
    assert days(mock, **SPAN) == [("2026-01-20", "Sick", "4")]
    assert act(mock, "cancel_time_off", time_off_wid=wid).json()["status"] == "Canceled"
    assert days(mock, **SPAN) == []
    assert days(mock, **SPAN, Entry_Moment="2026-01-14T12:00:00Z") == [("2026-01-20", "Sick", "4")]
    assert days(mock, **SPAN, Entry_Moment="2026-01-13T12:00:00Z") == [("2026-01-20", "Vacation", "8")]
    (last,) = report(mock, "Time_Off_Delta", Updated_From="2026-01-12T00:00:00Z")
    assert last == {
        "Employee_ID": "W-0001",
        "Time_Off_Entry_WID": wid,
        "Time_Off_Type": "Sick",
        "Date": "2026-01-20",
        "Units": "4",
        "Unit_of_Time": "Hours",
        "Status": "Canceled",
        "Entered_On": "2026-01-13T00:00:00.000Z",
        "Last_Functionally_Updated": "2026-01-15T00:00:00.000Z",
    }
    (second,) = report(mock, "Time_Off_Delta", Updated_From="2026-01-12T00:00:00Z", Entry_Moment="2026-01-14T12:00:00Z")
    assert (second["Status"], second["Units"]) == ("Corrected", "4")
    assert refused(mock, "cancel_time_off", time_off_wid=wid)[0] == "time_off_wid"
    assert refused(mock, "correct_time_off", time_off_wid=wid, hours=1)[0] == "time_off_wid"


def test_a_correction_of_time_off_counts_the_other_entries_of_the_day(mock: Hris) -> None:
    wid = act(mock, "request_time_off", **OFF).json()["time_off_wid"]
    act(mock, "request_time_off", **{**OFF, "hours": 10, "type": "Training"})
    # 10 h are left beside it, so 14 h fit and 14 h and a minute do not.
    assert refused(mock, "correct_time_off", time_off_wid=wid, hours="14.05")[0] == "hours"
    assert act(mock, "correct_time_off", time_off_wid=wid, hours=14).status == 200
    assert refused(mock, "correct_time_off", time_off_wid=wid, hours=14)[0] == "time_off_wid"
    shown = act(mock, "time_off_history", employee_id="W-0001").json()
    assert sorted((row["minutes"], row["status"]) for row in shown) == [
        (480, "Corrected"),
        (600, "Approved"),
        (840, "Approved"),
    ]


def test_holidays_are_reported_per_location() -> None:
    mock = make(countries={"New York": "US", "London": "GB"})
    rows = report(mock, "Holiday_Calendar", From_Date="2026-01-01", Through_Date="2026-01-31")
    assert [(row["Location"], row["Date"]) for row in rows] == [
        ("London", "2026-01-01"),
        ("New York", "2026-01-01"),
        ("New York", "2026-01-19"),
    ]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("Through_Date=2026-01-31", "From_Date"),
        ("From_Date=2026-01-01", "Through_Date"),
        ("From_Date=2026-01-02&Through_Date=2026-01-01", "Through_Date"),
        ("From_Date=2020-01-02&Through_Date=2026-01-01", "Through_Date"),
        ("From_Date=9999-12-30&Through_Date=2026-01-01", "Through_Date"),
        ("From_Date=soon&Through_Date=2026-01-01", "From_Date"),
    ],
)
def test_a_missing_required_prompt_is_an_error_and_not_everything(mock: Hris, query: str, field: str) -> None:
    for name in ("Absence_Days", "Holiday_Calendar"):
        response = mock.handle(Request("GET", BASE + name, f"format=json&{query}", dict(BASIC)))
        assert response.status == 400
        assert response.json()["errors"][0]["field"] == field


def test_a_leave_of_an_employment_that_ended_is_over_for_the_next_one(mock: Hris) -> None:
    event_of(mock, "place_on_leave", **LEAVE)
    event_of(mock, "terminate", employee_id="W-0001", termination_date="2026-02-13")
    form = {
        "employee_id": "W-0001", "first_name": "First1", "last_name": "Last1", "email": "w1@firm.example",
        "hire_date": "2026-03-02", "grade": "manager", "company": "US", "location": "New York",
    }  # fmt: skip
    event_of(mock, "hire", **form)
    assert on(mock, "W-0001", "2026-03-02")["On_Leave"] == "0"
    assert refused(mock, "return_from_leave", employee_id="W-0001", first_day_back="2026-03-09")[0] == "first_day_back"
    event_of(mock, "place_on_leave", **{**LEAVE, "first_day": "2026-03-09", "expected_last_day": "2026-03-20"})
    assert on(mock, "W-0001", "2026-03-09")["On_Leave"] == "1"


def test_time_off_after_the_last_day_of_work_is_no_absence(mock: Hris) -> None:
    assert act(mock, "request_time_off", **OFF).status == 200
    event_of(mock, "terminate", employee_id="W-0001", termination_date="2026-01-19")
    assert days(mock, **SPAN) == []
