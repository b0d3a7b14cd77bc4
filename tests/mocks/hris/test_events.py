"""What happens to a worker: dated, future-dated, retroactive, rescinded, corrected; nothing known is ever forgotten."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mocks.hris.system import Hris
from sandbox.core.clock import DAY_US, ManualClock
from tests.mocks.hris.client import EPOCH, act, entry_of, event_of, make, on, refused, report

TERMINATE = {"employee_id": "W-0001", "termination_date": "2026-02-13"}
REHIRE = {
    "employee_id": "W-0001", "first_name": "First1", "last_name": "Last1", "email": "w1@firm.example",
    "hire_date": "2026-03-02", "grade": "manager", "company": "US", "location": "New York",
}  # fmt: skip


def test_a_job_change_gives_another_manager_and_a_part_time_share_from_its_date_on(mock: Hris) -> None:
    event_of(
        mock, "change_job", employee_id="W-0001", effective_date="2026-02-01", manager_employee_id="W-0002", fte=0.8
    )
    before, after = on(mock, "W-0001", "2026-01-31"), on(mock, "W-0001", "2026-02-01")
    assert "Manager_Employee_ID" not in before
    assert (before["FTE"], before["Scheduled_Weekly_Hours"]) == ("1", "40")
    # 40 h x 0.8 = 32 h
    assert (after["Manager_Employee_ID"], after["FTE"], after["Scheduled_Weekly_Hours"]) == ("W-0002", "0.8", "32")
    assert after["Job_Profile"] == "consultant"


def test_a_transfer_changes_the_company_and_is_its_own_process(mock: Hris) -> None:
    event_of(mock, "transfer", employee_id="W-0001", effective_date="2026-02-01", company="UK", location="London")
    assert on(mock, "W-0001", "2026-01-31")["Company"] == "US"
    assert on(mock, "W-0001", "2026-02-01")["Company"] == "UK"
    rows = [row for row in report(mock, "Assignments_Effective_Dated") if row["Employee_ID"] == "W-0001"]
    assert [(row["Business_Process_Type"], row["Company_ID"], row.get("End_Date")) for row in rows] == [
        ("Hire Employee", "US", "2026-02-01"),
        ("Transfer", "UK", None),
    ]


@pytest.mark.parametrize(
    ("action", "form", "field"),
    [
        ("transfer", {"employee_id": "W-0001", "effective_date": "2026-02-01", "company": "US"}, "company"),
        ("change_job", {"employee_id": "W-0001", "effective_date": "2026-02-01", "fte": 1.5}, "fte"),
        ("change_job", {"employee_id": "W-0001", "effective_date": "2026-02-01", "fte": 0}, "fte"),
        (
            "change_job",
            {"employee_id": "W-0001", "effective_date": "2026-02-01", "manager_employee_id": "W-0001"},
            "manager_employee_id",
        ),
        (
            "change_job",
            {"employee_id": "W-0001", "effective_date": "2026-02-01", "manager_employee_id": "W-9999"},
            "manager_employee_id",
        ),
        ("correct", {"event_wid": "0" * 32}, "event_wid"),
        ("change_compensation", {"employee_id": "W-0001", "effective_date": "2026-02-01"}, "annual_base"),
    ],
)
def test_what_makes_no_sense_is_refused_with_its_field(
    mock: Hris, action: str, form: dict[str, Any], field: str
) -> None:
    assert refused(mock, action, **form)[0] == field


def test_an_entry_takes_effect_at_most_a_year_back(mock: Hris) -> None:
    # Today is 2026-01-11 in the tenant's zone (US Pacific, eight hours behind); 365 days before is 2025-01-11.
    too_far = {"employee_id": "W-0001", "effective_date": "2025-01-10", "grade": "manager"}
    field, message = refused(mock, "change_job", **too_far)
    assert (field, message) == ("effective_date", "2025-01-10 is too far back; the earliest date is 2025-01-11")
    assert act(mock, "change_job", **{**too_far, "effective_date": "2025-01-11"}).status == 200


def test_a_retroactive_termination_is_seen_in_the_window_of_its_entry_with_its_past_date() -> None:
    clock = ManualClock(EPOCH, 20 * DAY_US)
    mock = make(clock)
    event_of(mock, "terminate", employee_id="W-0001", termination_date="2026-01-16")
    (delta,) = report(mock, "Workers_Delta", Updated_From="2026-02-01T00:00:00Z", Effective_as_of_Date="2026-02-01")
    assert (delta["Employee_ID"], delta["Active"], delta["Termination_Date"]) == ("W-0001", "0", "2026-01-16")
    assert delta["Last_Functionally_Updated"] == "2026-02-01T00:00:00.000Z"
    # As known the day before, the worker was employed on the day after the last one.
    assert on(mock, "W-0001", "2026-01-17", Entry_Moment="2026-01-31T00:00:00Z")["Active"] == "1"


def test_an_employment_ends_once(mock: Hris) -> None:
    event_of(mock, "terminate", **TERMINATE)
    for day in ("2026-02-06", "2026-02-13"):
        field, message = refused(mock, "terminate", employee_id="W-0001", termination_date=day)
        assert field == "termination_date"
        assert message.startswith("the employment ends on ")


def test_a_rehire_keeps_the_worker_and_has_a_new_hire_date(mock: Hris) -> None:
    before = on(mock, "W-0001", "2026-01-12")
    event_of(mock, "terminate", **TERMINATE)
    event_of(mock, "hire", **REHIRE)
    between, after = on(mock, "W-0001", "2026-03-01"), on(mock, "W-0001", "2026-03-02")
    assert (between["Active"], between["Hire_Date"], between["Is_Rehire"]) == ("0", "2024-05-01", "0")
    assert (after["Active"], after["Hire_Date"], after["Is_Rehire"]) == ("1", "2026-03-02", "1")
    assert "Termination_Date" not in after
    assert after["Original_Hire_Date"] == "2024-05-01"
    assert after["Worker_WID"] == before["Worker_WID"]


def test_nobody_is_hired_into_an_employment(mock: Hris) -> None:
    event_of(mock, "terminate", **TERMINATE)
    assert refused(mock, "hire", **{**REHIRE, "hire_date": "2026-02-13"})[0] == "employee_id"
    taken = {**REHIRE, "email": "w2@firm.example"}
    assert refused(mock, "hire", **taken)[0] == "email"


def test_a_termination_before_a_rehire_is_rescinded_after_it(mock: Hris) -> None:
    end = event_of(mock, "terminate", **TERMINATE)
    again = event_of(mock, "hire", **REHIRE)
    field, message = refused(mock, "rescind", event_wid=end)
    assert field == "event_wid"
    assert message == (
        "rescind the later events first: without this one the hire on 2026-03-02 falls into an employment"
    )
    event_of(mock, "rescind", event_wid=again)
    event_of(mock, "rescind", event_wid=end)
    assert on(mock, "W-0001", "2026-03-02")["Active"] == "1"


def test_a_rescinded_event_stays_visible_as_rescinded() -> None:
    clock = ManualClock(EPOCH, DAY_US)
    mock = make(clock)
    event = event_of(mock, "terminate", **TERMINATE)
    clock.advance_to(2 * DAY_US)
    event_of(mock, "rescind", event_wid=event)
    (row,) = report(mock, "Business_Process_Events", Updated_From="2026-01-12T00:00:00Z")
    assert row == {
        "Event_WID": event,
        "Business_Process_Type": "Terminate Employee",
        "Worker": "W-0001",
        "Effective_Date": "2026-02-13",
        "Initiated_On": "2026-01-13T00:00:00.000Z",
        "Completed_On": "2026-01-13T00:00:00.000Z",
        "Status": "Rescinded",
        "Rescinded_On": "2026-01-14T00:00:00.000Z",
    }
    (then,) = report(
        mock, "Business_Process_Events", Updated_From="2026-01-12T00:00:00Z", Entry_Moment="2026-01-13T12:00:00Z"
    )
    assert then["Status"] == "Successfully Completed"
    assert "Rescinded_On" not in then


def test_a_correction_replaces_the_values_and_the_old_ones_stay_known() -> None:
    clock = ManualClock(EPOCH, DAY_US)
    mock = make(clock)
    event = event_of(mock, "change_job", employee_id="W-0001", effective_date="2026-02-01", grade="manager")
    clock.advance_to(2 * DAY_US)
    assert event_of(mock, "correct", event_wid=event, grade="partner", effective_date="2026-01-20") == event
    assert on(mock, "W-0001", "2026-01-20")["Job_Profile"] == "partner"
    old = "2026-01-13T12:00:00Z"
    assert on(mock, "W-0001", "2026-01-20", Entry_Moment=old)["Job_Profile"] == "consultant"
    assert on(mock, "W-0001", "2026-02-01", Entry_Moment=old)["Job_Profile"] == "manager"
    shown = act(mock, "worker_history", employee_id="W-0001").json()
    assert [(row["event_wid"] == event, row["effective_date"], row["status"]) for row in shown] == [
        (False, "2024-05-01", "Successfully Completed"),
        (True, "2026-01-20", "Successfully Completed"),
        (True, "2026-02-01", "Corrected"),
    ]


def test_a_corrected_event_is_corrected_and_rescinded_by_its_first_wid(mock: Hris) -> None:
    event = event_of(mock, "change_job", employee_id="W-0001", effective_date="2026-02-01", grade="manager")
    event_of(mock, "correct", event_wid=event, grade="partner")
    event_of(mock, "correct", event_wid=event, grade="analyst")
    assert on(mock, "W-0001", "2026-02-01")["Job_Profile"] == "analyst"
    event_of(mock, "rescind", event_wid=event)
    assert on(mock, "W-0001", "2026-02-01")["Job_Profile"] == "consultant"
    assert refused(mock, "correct", event_wid=event, grade="partner")[0] == "event_wid"


@pytest.mark.parametrize(
    ("correction", "field"),
    [
        ({}, "event_wid"),
        ({"effective_date": "2026-02-13"}, "event_wid"),
        ({"effective_date": "2024-04-30"}, "effective_date"),
        ({"grade": "partner"}, "grade"),
        ({"leave_type": "Medical"}, "leave_type"),
    ],
)
def test_a_correction_must_change_something_the_event_has(mock: Hris, correction: dict[str, str], field: str) -> None:
    event = event_of(mock, "terminate", **TERMINATE)
    assert refused(mock, "correct", event_wid=event, **correction)[0] == field


def test_a_correction_must_agree_with_the_other_events(mock: Hris) -> None:
    end = event_of(mock, "terminate", **TERMINATE)
    event_of(mock, "hire", **REHIRE)
    assert refused(mock, "correct", event_wid=end, effective_date="2026-03-02")[0] == "effective_date"
    event_of(mock, "correct", event_wid=end, effective_date="2026-03-01")
    assert on(mock, "W-0001", "2026-03-01")["Active"] == "1"


def test_salaries_are_in_their_own_report_alone_unless_the_tenant_is_careless() -> None:
    mock = make()
    event_of(mock, "change_compensation", employee_id="W-0001", effective_date="2026-02-01", annual_base=72000.5)
    assert not [name for row in report(mock) for name in row if name.startswith("Annual")]
    rows = report(mock, "Workers_Compensation", Effective_as_of_Date="2026-02-01")
    assert [(row["Employee_ID"], row["Annual_Base"], row["Annual_Base_Currency"]) for row in rows] == [
        ("W-0001", "72000.50", "USD"),
        ("W-0002", "60000.00", "USD"),
    ]
    careless = make(salary_in_workers_report=True)
    assert {row["Annual_Base"] for row in report(careless)} == {"60000.00"}


def test_a_change_on_the_day_of_the_hire_comes_after_it_also_when_both_are_entered_at_once(mock: Hris) -> None:
    for number in range(21, 29):
        person = {"employee_id": f"W-00{number}", "email": f"w{number}@firm.example", "hire_date": "2026-01-19"}
        event_of(mock, "hire", **{**REHIRE, **person, "grade": "analyst"})
        change = {"employee_id": f"W-00{number}", "effective_date": "2026-01-19", "grade": "partner"}
        event_of(mock, "change_job", **change)
        assert on(mock, f"W-00{number}", "2026-01-19")["Job_Profile"] == "partner"


# Whatever is done: the world as of any day, as known at an earlier moment, is what it was said to be at that moment.

DAYS = st.integers(0, 80).map(lambda n: (date(2026, 1, 1) + timedelta(days=n)).isoformat())
GRADES = st.sampled_from(["analyst", "manager", "partner"])
DEEDS = st.one_of(
    st.tuples(st.just("change_job"), DAYS, GRADES),
    st.tuples(st.just("terminate"), DAYS, GRADES),
    st.tuples(st.just("hire"), DAYS, GRADES),
    st.tuples(st.just("place_on_leave"), DAYS, GRADES),
    st.tuples(st.just("return_from_leave"), DAYS, GRADES),
    st.tuples(st.just("rescind"), DAYS, GRADES),
    st.tuples(st.just("correct"), DAYS, GRADES),
)
LOOKS = ("2025-12-31", "2026-01-15", "2026-02-10", "2026-03-20", "2026-06-30")


def perform(mock: Hris, deed: tuple[str, str, str], events: list[str]) -> None:
    action, day, grade = deed
    who = {"employee_id": "W-0001"}
    target = events[len(day + grade) % len(events)] if events else "0" * 32
    forms: dict[str, dict[str, Any]] = {
        "change_job": {**who, "effective_date": day, "grade": grade},
        "terminate": {**who, "termination_date": day},
        "hire": {**REHIRE, "hire_date": day, "grade": grade},
        "place_on_leave": {**who, "first_day": day, "expected_last_day": "2026-12-31", "leave_type": "Medical"},
        "return_from_leave": {**who, "first_day_back": day},
        "rescind": {"event_wid": target},
        "correct": {"event_wid": target, "effective_date": day},
    }
    response = act(mock, action, **forms[action])
    assert response.status in (200, 404, 422), response.body
    if response.status == 200:
        events.append(response.json()["event_wid"])


@settings(max_examples=60, deadline=None)
@given(st.lists(DEEDS, max_size=10))
def test_what_was_known_at_a_moment_never_changes(deeds: list[tuple[str, str, str]]) -> None:
    clock = ManualClock(EPOCH)
    mock = make(clock)
    events: list[str] = []
    known: list[tuple[str, list[dict[str, str] | None]]] = []
    for number, deed in enumerate(deeds, start=1):
        clock.advance_to(number * DAY_US)
        perform(mock, deed, events)
        moment = f"{date(2026, 1, 12) + timedelta(days=number)}T00:00:00Z"
        known.append((moment, [entry_of(mock, "W-0001", Effective_as_of_Date=day) for day in LOOKS]))
    for moment, expected in known:
        again = [entry_of(mock, "W-0001", Effective_as_of_Date=day, Entry_Moment=moment) for day in LOOKS]
        assert again == expected


@settings(max_examples=60, deadline=None)
@given(st.lists(DEEDS, max_size=8))
def test_rescinding_everything_from_the_last_back_restores_the_beginning(deeds: list[tuple[str, str, str]]) -> None:
    clock = ManualClock(EPOCH)
    mock = make(clock)
    first = [{**on(mock, "W-0001", day), "Last_Functionally_Updated": ""} for day in LOOKS]
    events: list[str] = []
    for number, deed in enumerate(deed for deed in deeds if deed[0] not in ("correct", "rescind")):
        clock.advance_to((number + 1) * DAY_US)
        perform(mock, deed, events)
    for event in reversed(events):
        assert act(mock, "rescind", event_wid=event).status == 200
    assert [{**on(mock, "W-0001", day), "Last_Functionally_Updated": ""} for day in LOOKS] == first
