"""Workers live on two clocks: when a change takes effect, and when it was entered."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mocks.hris.system import Hris
from sandbox.core.clock import DAY_US, ManualClock
from sandbox.core.damage import Damage, NoFaults
from sandbox.core.wire import Request
from tests.mocks.hris.client import BASE, BASIC, EPOCH, HR, act, make, report

READ = {"format": "json"}


def entry(mock: Hris, employee_id: str, **prompts: str) -> dict[str, str] | None:
    return next((each for each in report(mock, **prompts) if each["Employee_ID"] == employee_id), None)


def test_a_report_answers_strings_and_leaves_blanks_out(mock: Hris) -> None:
    first = report(mock)[0]
    assert first["Employee_ID"] == "W-0001"
    assert first["Active"] == "1"
    assert re.fullmatch(r"[0-9a-f]{32}", first["Worker_WID"])
    assert "Termination_Date" not in first
    assert all(isinstance(value, str) for value in first.values())


def test_the_seed_is_outside_every_window_of_the_scenario(mock: Hris) -> None:
    assert report(mock, "Workers_Delta", Updated_From="2026-01-12T00:00:00Z") == []


def test_a_future_hire_is_seen_at_entry_and_active_only_from_its_date(mock: Hris) -> None:
    form = {
        "employee_id": "W-0021", "first_name": "Ada", "last_name": "New", "email": "ada@firm.example",
        "hire_date": "2026-01-19", "grade": "analyst", "company": "UK", "location": "London",
    }  # fmt: skip
    assert act(mock, "hire", **form).status == 200
    delta = report(mock, "Workers_Delta", Updated_From="2026-01-12T00:00:00Z", Effective_as_of_Date="2026-01-12")
    assert [(each["Employee_ID"], each["Active"], each["Future_Effective"]) for each in delta] == [("W-0021", "0", "1")]
    later = entry(mock, "W-0021", Effective_as_of_Date="2026-01-19")
    assert later is not None
    assert (later["Active"], later["Future_Effective"]) == ("1", "0")


def test_a_future_termination_fills_its_date_while_the_worker_stays_active(mock: Hris) -> None:
    act(mock, "terminate", employee_id="W-0001", termination_date="2026-02-13")
    before = entry(mock, "W-0001", Effective_as_of_Date="2026-02-13")
    after = entry(mock, "W-0001", Effective_as_of_Date="2026-02-14")
    assert before is not None
    assert after is not None
    assert (before["Active"], before["Termination_Date"]) == ("1", "2026-02-13")
    assert after["Active"] == "0"


def test_a_promotion_changes_the_grade_from_its_date_on(mock: Hris) -> None:
    act(mock, "change_job", employee_id="W-0002", effective_date="2026-02-01", grade="senior consultant")
    grades = [
        (entry(mock, "W-0002", Effective_as_of_Date=day) or {})["Job_Profile"] for day in ("2026-01-31", "2026-02-01")
    ]
    assert grades == ["consultant", "senior consultant"]
    rows = [row for row in report(mock, "Assignments_Effective_Dated") if row["Employee_ID"] == "W-0002"]
    assert [(row["Effective_Date"], row.get("End_Date"), row["Job_Profile"]) for row in rows] == [
        ("2024-05-02", "2026-02-01", "consultant"),
        ("2026-02-01", None, "senior consultant"),
    ]


def test_a_rescinded_event_is_undone_but_stays_known_as_of_before() -> None:
    clock = ManualClock(EPOCH, DAY_US)
    mock = make(clock)
    event = act(mock, "terminate", employee_id="W-0001", termination_date="2026-01-15").json()["event_wid"]
    clock.advance_to(3 * DAY_US)
    assert act(mock, "rescind", event_wid=event).status == 200
    now = entry(mock, "W-0001", Effective_as_of_Date="2026-01-20")
    then = entry(mock, "W-0001", Effective_as_of_Date="2026-01-20", Entry_Moment="2026-01-14T00:00:00Z")
    assert now is not None
    assert then is not None
    assert (now["Active"], then["Active"]) == ("1", "0")
    second = act(mock, "rescind", event_wid=event)
    assert second.status == 422
    assert b"A219" in second.body


def test_a_rescinded_hire_vanishes_without_a_tombstone(mock: Hris) -> None:
    form = {
        "employee_id": "W-0021", "first_name": "Ada", "last_name": "New", "email": "ada@firm.example",
        "hire_date": "2026-01-19", "grade": "analyst", "company": "UK", "location": "London",
    }  # fmt: skip
    event = act(mock, "hire", **form).json()["event_wid"]
    act(mock, "rescind", event_wid=event)
    assert entry(mock, "W-0021") is None


@pytest.mark.parametrize(
    ("action", "form", "field"),
    [
        ("terminate", {"employee_id": "W-9999", "termination_date": "2026-01-15"}, "employee_id"),
        ("terminate", {"employee_id": "W-0001", "termination_date": "2020-01-15"}, "termination_date"),
        ("change_job", {"employee_id": "W-0001", "effective_date": "soon"}, "effective_date"),
        ("hire", {"employee_id": "W-0001"}, "first_name"),
        ("rescind", {"event_wid": "0" * 32}, "event_wid"),
    ],
)
def test_a_form_that_does_not_fit_is_refused_with_its_field_and_stores_nothing(
    mock: Hris, action: str, form: dict[str, str], field: str
) -> None:
    before = mock.dump()
    response = act(mock, action, **form)
    assert response.status in (404, 422)
    assert response.json()["errors"][0]["field"] == field
    assert mock.dump() == before


def test_an_unknown_screen_is_refused_with_the_nearest(mock: Hris) -> None:
    response = act(mock, "terminat")
    assert response.status == 404
    assert b"did you mean 'terminate'" in response.body


def test_an_engine_has_no_way_to_the_person_surface(mock: Hris) -> None:
    response = mock.handle(Request("POST", "/_sandbox/ui/hire", headers=dict(BASIC), body=b"{}"))
    assert response.status == 401


@pytest.mark.parametrize(
    ("path", "query", "headers", "status"),
    [
        (BASE + "Workers_Full", "format=json", {}, 401),
        (BASE + "Workers_Full", "format=json", {"authorization": "Basic !!"}, 401),
        (BASE + "Nothing", "format=json", BASIC, 404),
        (BASE + "Workers_Full", "format=gdata", BASIC, 400),
        (BASE + "Workers_Full", "format=json&Updated_From=yesterday", BASIC, 400),
        (BASE + "Workers_Full", "format=json&Effective_as_of_Date=1", BASIC, 400),
    ],
)
def test_bad_requests_get_workdays_status(
    mock: Hris, path: str, query: str, headers: dict[str, str], status: int
) -> None:
    assert mock.handle(Request("GET", path, query, dict(headers))).status == status


def test_throttling_answers_429_with_the_header_only_when_the_fault_says_so() -> None:
    class Throttled(NoFaults):
        def before(self, system: str, operation: str, request: Request) -> Damage | None:
            return Damage("M01", 429, {"retry_after": "30"})

    response = make(faults=Throttled()).handle(Request("GET", BASE + "Workers_Full", "format=json", dict(BASIC)))
    assert (response.status, response.header("Retry-After")) == (429, "30")


def test_a_snapshot_goes_on_where_it_was_saved(mock: Hris) -> None:
    act(mock, "terminate", employee_id="W-0001", termination_date="2026-02-13")
    other = make()
    other.deserialize(mock.serialize())
    assert report(other) == report(mock)
    assert other.transactions == mock.transactions


def test_the_flask_shell_answers_like_the_mock(mock: Hris) -> None:
    shell = mock.flask.test_client()
    answer = shell.get(BASE + "Workers_Full", query_string=READ, headers=BASIC)
    assert answer.status_code == 200
    assert len(answer.get_json()["Report_Entry"]) == 2
    assert shell.get("/nowhere", headers=BASIC).get_json() == {
        "error": "The requested resource was not found.",
        "errors": [],
    }


DAYS = st.integers(0, 60).map(lambda n: date(2026, 1, 1) + timedelta(days=n))


@given(st.lists(st.tuples(DAYS, st.sampled_from(["analyst", "manager", "partner"])), max_size=6), DAYS)
def test_the_grade_on_a_day_is_that_of_the_latest_change_effective_by_then(
    changes: list[tuple[date, str]], day: date
) -> None:
    clock = ManualClock(EPOCH)
    mock = make(clock)
    expected = "consultant"
    for number, (effective, grade) in enumerate(changes):
        clock.advance_to(number + 1)
        act(mock, "change_job", employee_id="W-0001", effective_date=effective.isoformat(), grade=grade)
    for effective, grade in sorted(changes, key=lambda change: change[0]):
        expected = grade if effective <= day else expected
    found = entry(mock, "W-0001", Effective_as_of_Date=day.isoformat())
    assert found is not None
    assert found["Job_Profile"] == expected


def test_a_person_of_another_system_is_not_let_in(mock: Hris) -> None:
    headers = {**HR, "authorization": "Sandbox other"}
    assert mock.handle(Request("GET", "/_sandbox/ui", headers=headers)).status == 401


def test_whoever_sits_at_the_screen_sees_everything_that_was_entered_about_a_worker(mock: Hris) -> None:
    act(mock, "change_job", employee_id="W-0002", effective_date="2026-02-01", grade="senior consultant")
    event = act(mock, "terminate", employee_id="W-0002", termination_date="2026-03-31").json()["event_wid"]
    act(mock, "rescind", event_wid=event)
    shown = act(mock, "worker_history", employee_id="W-0002").json()
    assert [(each["process"], each["effective_date"], each["status"]) for each in shown] == [
        ("Hire Employee", "2024-05-02", "Successfully Completed"),
        ("Change Job", "2026-02-01", "Successfully Completed"),
        ("Terminate Employee", "2026-03-31", "Rescinded"),
    ]
    assert act(mock, "worker_history", employee_id="W-9999").json() == []
