"""Windows of the transaction log: entered against effective, both ends inclusive; the cases of section 7."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mocks.hris.system import Hris
from sandbox.core.clock import DAY_US, HOUR_US, ManualClock, iso_z
from tests.mocks.hris.client import EPOCH, act, event_of, make
from tests.mocks.hris.soap import WD, ask, ids, pair, texts, window

ADA = {
    "employee_id": "W-0003", "first_name": "Ada", "last_name": "New", "email": "ada@firm.example",
    "hire_date": "2026-01-19", "grade": "analyst", "company": "UK", "location": "London",
}  # fmt: skip
ACTIVE = "Response_Data/Worker/Worker_Data/Employment_Data/Worker_Status_Data/Active"
GRADE = "Response_Data/Worker/Worker_Data/Employment_Data/Worker_Job_Data/Position_Data/Position_Title"
JOBS = "<wd:Response_Group><wd:Include_Employment_Information>1</wd:Include_Employment_Information></wd:Response_Group>"


class Desk:
    """A tenant on 13 January, 12:00 UTC, and its clock."""

    def __init__(self) -> None:
        self.clock = ManualClock(EPOCH, DAY_US + 12 * HOUR_US)
        self.mock: Hris = make(self.clock)

    def later(self, days: int = 1) -> None:
        self.clock.advance_to(self.clock.now_us() + days * DAY_US)

    def entered(self, first: str, last: str) -> list[str]:
        return ids(ask(self.mock, window(Updated_From=first, Updated_Through=last)))

    def effective(self, first: str, last: str) -> list[str]:
        return ids(ask(self.mock, window(Effective_From=first, Effective_Through=last)))


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_a_future_hire_is_seen_at_entry_and_again_on_the_hire_date(desk: Desk) -> None:
    event_of(desk.mock, "hire", **ADA)
    assert desk.entered("2026-01-13T00:00:00Z", "2026-01-14T00:00:00Z") == ["W-0003"]
    assert desk.entered("2026-01-19T00:00:00Z", "2026-01-20T00:00:00Z") == []
    assert desk.effective("2026-01-13T00:00:00Z", "2026-01-14T00:00:00Z") == []
    assert desk.effective("2026-01-19T00:00:00Z", "2026-01-20T00:00:00Z") == ["W-0003"]
    wanted = window(Updated_From="2026-01-13T00:00:00Z")
    assert texts(ask(desk.mock, wanted + JOBS), ACTIVE) == ["0"]
    assert texts(ask(desk.mock, wanted + pair("2026-01-19") + JOBS), ACTIVE) == ["1"]


def test_inactive_workers_are_left_out_unless_asked_for(desk: Desk) -> None:
    event_of(desk.mock, "hire", **ADA)
    open_window = window(Updated_From="2026-01-13T00:00:00Z")
    assert ids(ask(desk.mock, open_window)) == ["W-0003"]
    for flag in ("<wd:Exclude_Inactive_Workers>true</wd:Exclude_Inactive_Workers>", ""):
        narrow = open_window.replace("<wd:Exclude_Inactive_Workers>false</wd:Exclude_Inactive_Workers>", flag)
        assert ids(ask(desk.mock, narrow)) == []
        assert ids(ask(desk.mock, narrow + pair("2026-01-19"))) == ["W-0003"]


def test_there_are_no_contingent_workers(desk: Desk) -> None:
    for flag, expected in (("Exclude_Employees", []), ("Exclude_Contingent_Workers", ["W-0001", "W-0002"])):
        assert ids(ask(desk.mock, f"<wd:Request_Criteria><wd:{flag}>1</wd:{flag}></wd:Request_Criteria>")) == expected


def test_a_future_termination_is_seen_at_entry_and_on_its_date(desk: Desk) -> None:
    event_of(desk.mock, "terminate", employee_id="W-0001", termination_date="2026-01-30")
    assert desk.entered("2026-01-13T00:00:00Z", "2026-01-14T00:00:00Z") == ["W-0001"]
    # The deactivation produces no new entry.
    assert desk.entered("2026-01-30T00:00:00Z", "2026-02-02T00:00:00Z") == []
    assert desk.effective("2026-01-30T00:00:00Z", "2026-01-31T00:00:00Z") == ["W-0001"]


def test_a_retroactive_change_is_found_by_its_entry_alone(desk: Desk) -> None:
    event_of(desk.mock, "change_job", employee_id="W-0001", effective_date="2025-12-01", grade="manager")
    assert desk.entered("2026-01-13T00:00:00Z", "2026-01-14T00:00:00Z") == ["W-0001"]
    assert desk.effective("2026-01-13T00:00:00Z", "2026-01-14T00:00:00Z") == []
    assert desk.effective("2025-12-01T00:00:00Z", "2025-12-02T00:00:00Z") == ["W-0001"]


def test_a_correction_is_entered_anew_and_the_old_value_stays_known_as_of_before(desk: Desk) -> None:
    event = event_of(desk.mock, "change_job", employee_id="W-0001", effective_date="2026-01-12", grade="manager")
    desk.later()
    act(desk.mock, "correct", event_wid=event, grade="partner")
    assert desk.entered("2026-01-14T00:00:00Z", "2026-01-15T00:00:00Z") == ["W-0001"]
    assert desk.effective("2026-01-12T00:00:00Z", "2026-01-13T00:00:00Z") == ["W-0001"]
    criteria = window(Updated_From="2026-01-13T00:00:00Z")
    assert texts(ask(desk.mock, criteria + JOBS), GRADE) == ["partner"]
    before = pair(known="2026-01-14T00:00:00Z")
    assert texts(ask(desk.mock, criteria + before + JOBS), GRADE) == ["manager"]


def test_a_corrected_date_leaves_its_old_place(desk: Desk) -> None:
    event = event_of(desk.mock, "change_job", employee_id="W-0001", effective_date="2026-01-20", grade="manager")
    desk.later()
    act(desk.mock, "correct", event_wid=event, effective_date="2026-01-22")
    assert desk.effective("2026-01-20T00:00:00Z", "2026-01-21T00:00:00Z") == []
    assert desk.effective("2026-01-22T00:00:00Z", "2026-01-23T00:00:00Z") == ["W-0001"]


def test_a_rescind_is_seen_at_its_entry_and_takes_the_event_out_of_effect(desk: Desk) -> None:
    event = event_of(desk.mock, "terminate", employee_id="W-0001", termination_date="2026-01-30")
    desk.later(2)
    act(desk.mock, "rescind", event_wid=event)
    assert desk.entered("2026-01-15T00:00:00Z", "2026-01-16T00:00:00Z") == ["W-0001"]
    assert desk.effective("2026-01-30T00:00:00Z", "2026-01-31T00:00:00Z") == []
    # As known before the rescind it still takes effect, and the rescind has not happened.
    known = pair(known="2026-01-14T00:00:00Z")
    effect = window(Effective_From="2026-01-30T00:00:00Z", Effective_Through="2026-01-31T00:00:00Z")
    assert ids(ask(desk.mock, effect + known)) == ["W-0001"]
    assert ids(ask(desk.mock, window(Updated_From="2026-01-15T00:00:00Z") + known)) == []
    group = (
        "<wd:Response_Group><wd:Include_Transaction_Log_Data>1</wd:Include_Transaction_Log_Data></wd:Response_Group>"
    )
    answer = ask(desk.mock, window(Updated_From="2026-01-15T00:00:00Z") + group)
    assert [each.text for each in answer.iter(WD + "Is_Rescinded")] == ["0", "1"]
    assert [each.text for each in answer.iter(WD + "Rescinded_Moment")] == ["2026-01-15T12:00:00Z"]


def test_a_rescinded_hire_is_nowhere(desk: Desk) -> None:
    event = event_of(desk.mock, "hire", **ADA)
    desk.later()
    act(desk.mock, "rescind", event_wid=event)
    assert desk.entered("2026-01-13T00:00:00Z", "2026-01-15T00:00:00Z") == []
    assert ids(ask(desk.mock, window(Updated_From="2026-01-13T00:00:00Z") + pair(known="2026-01-13T13:00:00Z"))) == [
        "W-0003"
    ]


def test_a_record_on_the_boundary_is_in_both_windows(desk: Desk) -> None:
    event_of(desk.mock, "change_job", employee_id="W-0001", effective_date="2026-01-12", grade="manager")
    edge = "2026-01-13T12:00:00Z"
    assert desk.entered("2026-01-12T12:00:00Z", edge) == ["W-0001"]
    assert desk.entered(edge, "2026-01-14T12:00:00Z") == ["W-0001"]
    # Midnight in the tenant's zone (US Pacific) is where an effective date begins.
    assert desk.effective("2026-01-11T00:00:00Z", "2026-01-12T08:00:00Z") == ["W-0001"]
    assert desk.effective("2026-01-12T08:00:00Z", "2026-01-13T00:00:00Z") == ["W-0001"]
    assert desk.effective("2026-01-12T08:00:01Z", "2026-01-13T00:00:00Z") == []


def test_process_types_narrow_a_window_and_several_windows_add_up(desk: Desk) -> None:
    event_of(desk.mock, "hire", **ADA)
    event_of(desk.mock, "terminate", employee_id="W-0001", termination_date="2026-01-30")
    entered = (
        "<wd:Transaction_Log_Criteria_Data><wd:Transaction_Date_Range_Data>"
        "<wd:Updated_From>2026-01-13T00:00:00Z</wd:Updated_From></wd:Transaction_Date_Range_Data>"
        "<wd:Transaction_Type_References><wd:Transaction_Type_Reference>"
        '<wd:ID wd:type="Business_Process_Type">{}</wd:ID></wd:Transaction_Type_Reference>'
        "</wd:Transaction_Type_References></wd:Transaction_Log_Criteria_Data>"
    )
    everybody = "<wd:Exclude_Inactive_Workers>false</wd:Exclude_Inactive_Workers>"
    hires, leavers = entered.format("Hire Employee"), entered.format("Terminate Employee")
    for log, expected in ((hires, ["W-0003"]), (leavers, ["W-0001"]), (hires + leavers, ["W-0001", "W-0003"])):
        assert ids(ask(desk.mock, f"<wd:Request_Criteria>{log}{everybody}</wd:Request_Criteria>")) == expected
    unknown = entered.format("Hire Employee").replace("Business_Process_Type", "WID")
    assert b"Business_Process_Type" in _refused(desk.mock, f"<wd:Request_Criteria>{unknown}</wd:Request_Criteria>")


def _refused(mock: Hris, content: str) -> bytes:
    from tests.mocks.hris.soap import message, request, send

    response = send(mock, message(request(content)))
    assert response.status == 500
    return response.body


@given(st.lists(st.integers(0, 240), min_size=1, max_size=5, unique=True).map(sorted), st.integers(0, 240), st.data())
def test_consecutive_windows_lose_nobody(hours: list[int], cut: int, data: st.DataObject) -> None:
    """Whoever was touched is in the window before the cut or in the one from it on."""
    clock = ManualClock(EPOCH)
    mock = make(clock)
    touched: dict[str, list[int]] = {}
    for number, hour in enumerate(hours):
        clock.advance_to(hour * HOUR_US)
        employee = data.draw(st.sampled_from(["W-0001", "W-0002"]))
        event_of(mock, "change_job", employee_id=employee, effective_date="2026-01-05", grade=f"g{number}")
        touched.setdefault(employee, []).append(hour)
    edge = iso_z(EPOCH, cut * HOUR_US)
    clock.advance_to(241 * HOUR_US)
    before = ids(ask(mock, window(Updated_From="2026-01-12T00:00:00Z", Updated_Through=edge)))
    after = ids(ask(mock, window(Updated_From=edge)))
    assert before == sorted(each for each, when in touched.items() if min(when) <= cut)
    assert after == sorted(each for each, when in touched.items() if max(when) >= cut)
