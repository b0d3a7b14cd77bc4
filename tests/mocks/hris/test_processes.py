"""Events and absence by REST: a rescind leaves a tombstone, a request is entered whole or not at all."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.core.wire import Request, Response, dumps
from tests.mocks.hris.client import act, event_of, report
from tests.mocks.hris.test_query import login
from tests.mocks.hris.test_workers import ADA, STAFFING, Desk

EVENTS = "/ccx/api/businessProcess/v1/firm/events"
ABSENCE = "/ccx/api/absenceManagement/v1/firm/workers/"


def post(desk: Desk, path: str, body: Any = None) -> Response:
    bearer = {"authorization": f"Bearer {login(desk.mock).json()['access_token']}"}
    content = body if isinstance(body, bytes) else b"" if body is None else dumps(body)
    return desk.mock.handle(Request("POST", path, "", bearer, content))


@pytest.fixture
def desk() -> Desk:
    return Desk()


def shown(desk: Desk, query: str = "") -> list[tuple[str, str]]:
    answer = desk.get(EVENTS, query)
    assert answer["total"] == len(answer["data"])
    return [(each["descriptor"], each["status"]["descriptor"]) for each in answer["data"]]


SEEDED = [
    ("Hire Employee: First1 Last1", "Successfully Completed"),
    ("Hire Employee: First2 Last2", "Successfully Completed"),
]


def test_a_rescinded_hire_leaves_its_event(desk: Desk) -> None:
    event = event_of(desk.mock, "hire", **ADA)
    desk.later(1)
    answer = post(desk, f"{EVENTS}/{event}/rescind")
    assert (answer.status, answer.json()["status"]["descriptor"]) == (200, "Rescinded")
    assert answer.json()["rescindedOn"] == "2026-01-14T12:00:00.000Z"
    assert [each["Employee_ID"] for each in report(desk.mock)] == ["W-0001", "W-0002"]
    assert sorted(shown(desk)) == sorted([*SEEDED, ("Hire Employee: Ada New", "Rescinded")])
    again = post(desk, f"{EVENTS}/{event}/rescind")
    assert again.status == 400
    assert again.json()["errors"][0]["code"] == "A219"
    assert desk.get(f"{EVENTS}/{event}")["worker"]["descriptor"] == "Ada New"


def test_an_event_that_later_ones_rest_on_is_not_rescinded(desk: Desk) -> None:
    event = event_of(desk.mock, "hire", **ADA)
    event_of(desk.mock, "change_job", employee_id="W-0003", effective_date="2026-02-01", grade="manager")
    before = desk.mock.dump()
    answer = post(desk, f"{EVENTS}/{event}/rescind")
    assert answer.status == 400
    assert "later events first" in answer.json()["error"]
    assert desk.mock.dump() == before


def test_nothing_is_in_progress_so_nothing_is_cancelled(desk: Desk) -> None:
    event = event_of(desk.mock, "hire", **ADA)
    answer = post(desk, f"{EVENTS}/{event}/cancel")
    assert (answer.status, answer.json()["errors"][0]["code"]) == (400, "A219")
    for path in ("/rescind", "/cancel"):
        assert post(desk, f"{EVENTS}/{'0' * 32}{path}").status == 404


def test_a_correction_goes_by_the_id_of_its_event(desk: Desk) -> None:
    event = event_of(desk.mock, "change_job", employee_id="W-0001", effective_date="2026-01-12", grade="manager")
    act(desk.mock, "correct", event_wid=event, effective_date="2026-01-13")
    found = desk.get(f"{EVENTS}/{event}")
    assert (found["effectiveDate"], found["corrected"]) == ("2026-01-13", True)
    assert len(shown(desk)) == 3
    assert post(desk, f"{EVENTS}/{event}/rescind").json()["status"]["descriptor"] == "Rescinded"


def test_events_are_filtered(desk: Desk) -> None:
    event_of(desk.mock, "hire", **ADA)
    desk.later(1)
    left = event_of(desk.mock, "terminate", employee_id="W-0001", termination_date="2026-01-30")
    found = desk.get(f"{EVENTS}/{left}")
    leaves = [("Terminate Employee: First1 Last1", "Successfully Completed")]
    for query in (
        f"businessProcess={found['businessProcess']['id']}",
        "businessProcess=Terminate%20Employee",
        "initiatedOnOrAfter=2026-01-14",
        "completedOnOrAfter=2026-01-14T12:00:00Z",
        f"worker={desk.wid('W-0001')}&createdOnOrAfter=2026-01-01",
    ):
        assert shown(desk, query) == leaves, query
    assert shown(desk, "status=Rescinded") == []
    assert len(shown(desk, "initiator=hr@firm.example")) == 2
    assert len(shown(desk, "initiatedOnOrBefore=2026-01-13")) == 3
    assert len(shown(desk, "initiatedOnOrBefore=2026-01-12")) == 2
    assert desk.send(EVENTS, "initiatedOnOrAfter=soon").status == 400


def kinds(desk: Desk) -> dict[str, str]:
    answer = desk.get(f"{ABSENCE}{desk.wid('W-0001')}/eligibleAbsenceTypes")
    return {each["descriptor"]: each["id"] for each in answer["data"]}


def day(desk: Desk, on: str, hours: str = "8", kind: str = "Vacation") -> dict[str, Any]:
    return {"date": on, "dailyQuantity": hours, "timeOffType": {"id": kinds(desk)[kind]}, "comment": "away"}


def test_time_off_is_requested_for_some_days(desk: Desk) -> None:
    path = f"{ABSENCE}{desk.wid('W-0001')}/requestTimeOff"
    answer = post(desk, path, {"days": [day(desk, "2026-01-15"), day(desk, "2026-01-16", "4.5", "Sick")]})
    assert answer.status == 201
    assert [each["descriptor"] for each in answer.json()["days"]] == ["Vacation on 2026-01-15", "Sick on 2026-01-16"]
    entries = [(each["Date"], each["Units"], each["Time_Off_Type"]) for each in report(desk.mock, "Time_Off_Delta")]
    assert entries == [("2026-01-15", "8", "Vacation"), ("2026-01-16", "4.5", "Sick")]
    # No key makes a repetition harmless.
    assert post(desk, path, {"days": [day(desk, "2026-01-15")]}).status == 201
    assert len(report(desk.mock, "Time_Off_Delta")) == 3


def test_a_request_that_does_not_fit_is_refused_whole(desk: Desk) -> None:
    path = f"{ABSENCE}{desk.wid('W-0001')}/requestTimeOff"
    before, good = desk.mock.dump(), day(desk, "2026-01-15")
    for body, text in (
        ({"days": [good, {**good, "date": "1999-01-01"}]}, "too far back"),
        ({"days": [good, {**good, "dailyQuantity": "25"}]}, "24"),
        ({"days": [good, {**good, "timeOffType": {"id": kinds(desk)["Parental"]}}]}, "no type"),
        ({"days": [good] * 4}, "more than 24 hours"),
        ({"days": []}, "at least 1"),
        ({}, "required"),
        (b"{", "JSON"),
    ):
        answer = post(desk, path, body)
        assert answer.status == 400, text
        assert text in answer.json()["error"]
        assert desk.mock.dump() == before
    assert post(desk, f"{ABSENCE}{'0' * 32}/requestTimeOff", {"days": [good]}).status == 404


def leaves(desk: Desk) -> list[tuple[str, str, str | None, str]]:
    answer = desk.get(f"{ABSENCE}{desk.wid('W-0001')}/leavesOfAbsence")
    return [
        (
            each["leaveType"]["descriptor"],
            each["firstDayOfLeave"],
            each["actualEndOfLeave"],
            each["status"]["descriptor"],
        )
        for each in answer["data"]
    ]


def test_leaves_show_how_far_they_are(desk: Desk) -> None:
    leave = {"employee_id": "W-0001", "leave_type": "Medical", "expected_last_day": "2026-02-01"}
    event = event_of(desk.mock, "place_on_leave", first_day="2026-01-14", **leave)
    assert leaves(desk) == [("Medical", "2026-01-14", None, "Scheduled")]
    desk.later(2)
    assert leaves(desk) == [("Medical", "2026-01-14", None, "Active")]
    back = event_of(desk.mock, "return_from_leave", employee_id="W-0001", first_day_back="2026-01-15")
    assert leaves(desk) == [("Medical", "2026-01-14", "2026-01-15", "Completed")]
    for rescinded in (back, event):
        act(desk.mock, "rescind", event_wid=rescinded)
    assert leaves(desk) == []


def test_jobs_and_profiles_are_those_held_today(desk: Desk) -> None:
    event_of(desk.mock, "hire", **{**ADA, "hire_date": "2026-01-12"})
    jobs = desk.get(STAFFING + "jobs")
    assert [(each["businessTitle"], each["worker"]["descriptor"]) for each in jobs["data"]] == [
        ("consultant", "First1 Last1"), ("consultant", "First2 Last2"), ("analyst", "Ada New"),
    ]  # fmt: skip
    profiles = desk.get(STAFFING + "jobProfiles")
    assert [each["descriptor"] for each in profiles["data"]] == ["analyst", "consultant"]
    assert jobs["data"][2]["jobProfile"]["id"] == profiles["data"][0]["id"]
