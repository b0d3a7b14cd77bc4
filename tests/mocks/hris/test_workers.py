"""REST: workers of today page by page; what was rescinded or corrected shows as such."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from mocks.hris.system import Hris
from sandbox.core.clock import DAY_US, HOUR_US, ManualClock
from sandbox.core.wire import Request, Response
from tests.mocks.hris.client import BASIC, EPOCH, act, entry_of, event_of, make
from tests.mocks.hris.test_query import API, login

COMMON = "/ccx/api/common/v1/firm/"
STAFFING = "/ccx/api/staffing/v6/firm/"
ADA = {
    "employee_id": "W-0003", "first_name": "Ada", "last_name": "New", "email": "ada@firm.example",
    "hire_date": "2026-01-13", "grade": "analyst", "company": "UK", "location": "London",
    "manager_employee_id": "W-0001",
}  # fmt: skip


class Desk:
    """A tenant, its clock, and a client with a token."""

    def __init__(self) -> None:
        self.clock = ManualClock(EPOCH, DAY_US + 12 * HOUR_US)
        self.mock = make(self.clock, **API)

    def send(self, path: str, query: str = "", **headers: str) -> Response:
        bearer = {"authorization": f"Bearer {login(self.mock).json()['access_token']}", "host": "hris.sandbox.test"}
        return self.mock.handle(Request("GET", path, query, {**bearer, **headers}))

    def get(self, path: str, query: str = "") -> Any:
        response = self.send(path, query)
        assert response.status == 200, response.body
        return response.json()

    def wid(self, employee_id: str) -> str:
        found = entry_of(self.mock, employee_id)
        assert found is not None
        return found["Worker_WID"]

    def later(self, days: int) -> None:
        self.clock.advance_to(self.clock.now_us() + days * DAY_US)


@pytest.fixture
def desk() -> Desk:
    made = Desk()
    event_of(made.mock, "hire", **ADA)
    return made


def names(answer: Any) -> list[str]:
    return [each["descriptor"] for each in answer["data"]]


def test_workers_come_by_page_with_the_total(desk: Desk) -> None:
    first, rest = desk.get(COMMON + "workers", "limit=2"), desk.get(COMMON + "workers", "limit=2&offset=2")
    assert (first["total"], names(first)) == (3, ["First1 Last1", "First2 Last2"])
    assert (rest["total"], names(rest)) == (3, ["Ada New"])
    assert desk.get(COMMON + "workers", "offset=3") == {"total": 3, "data": []}


def test_a_worker_has_what_clients_read(desk: Desk) -> None:
    found = desk.get(COMMON + "workers/" + desk.wid("W-0003"))
    assert found["href"] == f"https://hris.sandbox.test{COMMON}workers/{found['id']}"
    assert (found["descriptor"], found["businessTitle"], found["primaryWorkEmail"]) == (
        "Ada New", "analyst", "ada@firm.example",
    )  # fmt: skip
    assert (found["isManager"], found["yearsOfService"]) == (False, 0)
    assert found["location"]["descriptor"] == "London"
    assert found["primarySupervisoryOrganization"]["descriptor"] == "Supervisory Organization of First1 Last1"
    lead = desk.get(COMMON + "workers/" + desk.wid("W-0001"))
    assert (lead["isManager"], lead["yearsOfService"]) == (True, 1)


def test_both_prefixes_mean_the_same(desk: Desk) -> None:
    for path in (COMMON + "workers", STAFFING + "workers"):
        assert desk.get(path) == desk.get(path.removeprefix("/ccx"))


def test_search_looks_into_names(desk: Desk) -> None:
    assert names(desk.get(COMMON + "workers", "search=ADA")) == ["Ada New"]


def test_direct_reports_follow_the_manager(desk: Desk) -> None:
    path = COMMON + f"workers/{desk.wid('W-0001')}/directReports"
    assert names(desk.get(path)) == ["Ada New"]
    event_of(desk.mock, "change_job", employee_id="W-0003", effective_date="2026-01-15", manager_employee_id="W-0002")
    assert names(desk.get(path)) == ["Ada New"]
    desk.later(3)
    assert names(desk.get(path)) == []


def test_a_future_hire_is_no_worker_of_today_but_can_be_read(desk: Desk) -> None:
    person = {**ADA, "employee_id": "W-0004", "email": "f@firm.example", "hire_date": "2026-01-20"}
    event_of(desk.mock, "hire", **person)
    assert desk.get(COMMON + "workers")["total"] == 3
    assert desk.get(COMMON + "workers/" + desk.wid("W-0004"))["businessTitle"] == "analyst"
    desk.later(8)
    assert desk.get(COMMON + "workers")["total"] == 4


def test_who_left_is_not_listed_from_the_day_after(desk: Desk) -> None:
    event_of(desk.mock, "terminate", employee_id="W-0002", termination_date="2026-01-14")
    assert "First2 Last2" in names(desk.get(COMMON + "workers"))
    desk.later(2)
    assert "First2 Last2" not in names(desk.get(COMMON + "workers"))
    assert desk.get(COMMON + "workers/" + desk.wid("W-0002"))["descriptor"] == "First2 Last2"


def test_a_rescinded_hire_is_gone(desk: Desk) -> None:
    person = {**ADA, "employee_id": "W-0005", "email": "g@firm.example"}
    event = act(desk.mock, "hire", **person).json()
    assert desk.get(COMMON + "workers/" + event["worker_wid"])["descriptor"] == "Ada New"
    act(desk.mock, "rescind", event_wid=event["event_wid"])
    assert desk.send(COMMON + "workers/" + event["worker_wid"]).status == 404
    assert desk.get(COMMON + "workers")["total"] == 3


def test_history_shows_a_correction_as_it_stands_and_a_rescind_as_such(desk: Desk) -> None:
    promoted = event_of(desk.mock, "change_job", employee_id="W-0001", effective_date="2026-01-14", grade="manager")
    left = event_of(desk.mock, "terminate", employee_id="W-0001", termination_date="2026-01-30")
    desk.later(1)
    act(desk.mock, "correct", event_wid=promoted, effective_date="2026-01-15")
    act(desk.mock, "rescind", event_wid=left)
    answer = desk.get(COMMON + f"workers/{desk.wid('W-0001')}/history")
    assert answer["total"] == 3
    shown = {each["id"]: (each["descriptor"], each["effective"], each["initiated"][:10]) for each in answer["data"]}
    assert shown[promoted] == ("Change Job: First1 Last1 (Corrected)", "2026-01-15", "2026-01-13")
    assert shown[left] == ("Terminate Employee: First1 Last1 (Rescinded)", "2026-01-30", "2026-01-13")
    assert answer["data"][0]["descriptor"] == "Hire Employee: First1 Last1"
    assert answer["data"][1]["subject"]["id"] == desk.wid("W-0001")
    assert answer["data"][1]["initiator"]["descriptor"] == "hr@firm.example"


def test_time_off_shows_corrections_and_cancellations(desk: Desk) -> None:
    kept, dropped = (
        act(desk.mock, "request_time_off", employee_id="W-0001", date=day, hours=8).json()["time_off_wid"]
        for day in ("2026-01-15", "2026-01-16")
    )
    act(desk.mock, "correct_time_off", time_off_wid=kept, hours=4.5)
    act(desk.mock, "cancel_time_off", time_off_wid=dropped)
    answer = desk.get(COMMON + f"workers/{desk.wid('W-0001')}/timeOffEntries")
    shown = [
        (
            each["id"],
            each["date"],
            each["units"],
            each["timeOffRequest"]["status"],
            each["timeOff"]["plan"]["descriptor"],
        )
        for each in answer["data"]
    ]
    assert shown == [
        (kept, "2026-01-15", Decimal("4.5"), "Corrected", "Vacation"),
        (dropped, "2026-01-16", Decimal(8), "Canceled", "Vacation"),
    ]


def test_organisations_are_companies_and_those_of_managers(desk: Desk) -> None:
    mine = desk.get(COMMON + f"workers/{desk.wid('W-0003')}/organizations")
    assert [(each["code"], each["organizationType"]["descriptor"]) for each in mine["data"]] == [
        ("SUP_W-0001", "Supervisory"),
        ("UK", "Company"),
    ]
    everybody = desk.get(COMMON + "organizations")
    assert [each["code"] for each in everybody["data"]] == ["UK", "US", "SUP_W-0001", "SUP_TOP"]
    assert mine["data"][0] in everybody["data"]


def test_staffing_shows_the_primary_job(desk: Desk) -> None:
    listed = desk.get(STAFFING + "workers", "limit=1&offset=2")
    job = listed["data"][0]["primaryJob"]
    assert (listed["total"], job["businessTitle"], job["jobProfile"]["descriptor"]) == (3, "analyst", "analyst")
    assert job["supervisoryOrganization"]["descriptor"] == "Supervisory Organization of First1 Last1"
    assert desk.get(STAFFING + "workers/" + desk.wid("W-0003")) == listed["data"][0]


@pytest.mark.parametrize(
    ("path", "query", "status"),
    [
        (COMMON + "workers", "limit=101", 400),
        (COMMON + "workers", "limit=0", 400),
        (COMMON + "workers", "limit=-1", 400),
        (COMMON + "workers", "offset=x", 400),
        (COMMON + "workers/" + "0" * 32, "", 404),
        (COMMON + "workers/" + "0" * 32 + "/history", "", 404),
        (COMMON + "workers/..", "", 404),
        ("/ccx/api/common/v1/other/workers", "", 401),
        (COMMON + "paySlips", "", 404),
    ],
)
def test_what_does_not_fit_is_refused_in_the_envelope(desk: Desk, path: str, query: str, status: int) -> None:
    response = desk.send(path, query)
    assert response.status == status
    assert isinstance(response.json()["errors"], list)


@pytest.mark.parametrize("path", [COMMON + "workers", COMMON.removeprefix("/ccx") + "workers", STAFFING + "workers"])
def test_a_password_opens_no_rest(path: str) -> None:
    mock: Hris = make(**API)
    for headers in (dict(BASIC), {}):
        assert mock.handle(Request("GET", path, headers=headers)).status == 401
