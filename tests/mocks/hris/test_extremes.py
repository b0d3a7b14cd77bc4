"""Dates at the ends of the calendar and parameters of any kind: every surface answers, in its own shape."""

from __future__ import annotations

import string
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mocks.hris.reports_absence import REPORTS
from sandbox.core.wire import Request
from tests.mocks.hris.client import BASE, BASIC, event_of
from tests.mocks.hris.soap import ask, fault, ids, message, pair, request, send, window
from tests.mocks.hris.test_soap import EVERYTHING
from tests.mocks.hris.test_workers import ADA, Desk

ENDS = ["0001-01-01", "9999-12-31"]


@pytest.fixture(scope="module")
def far() -> Desk:
    """Somebody is hired for the last day there is, and leaves on it."""
    desk = Desk()
    event_of(desk.mock, "hire", **{**ADA, "hire_date": "9999-12-31"})
    event_of(desk.mock, "terminate", employee_id="W-0003", termination_date="9999-12-31")
    return desk


@pytest.mark.parametrize("day", ENDS)
@pytest.mark.parametrize("form", ["json", "csv", "simplexml", None])
@pytest.mark.parametrize("name", REPORTS)
def test_reports_stand_the_ends_of_the_calendar(far: Desk, name: str, form: str | None, day: str) -> None:
    wanted = "" if form is None else f"&format={form}"
    query = f"Effective_as_of_Date={day}&From_Date={day}&Through_Date={day}&Updated_From={day}T00:00:00Z{wanted}"
    assert far.mock.handle(Request("GET", BASE + name, query, dict(BASIC))).status == 200


@pytest.mark.parametrize("day", ENDS)
def test_get_workers_stands_the_ends_of_the_calendar(far: Desk, day: str) -> None:
    instants = [f"{day}T00:00:00Z", f"{day}T23:59:59.999999Z"]
    for moment in instants:
        answer = ask(far.mock, window(Updated_From=moment, Effective_Through=moment) + pair(day, moment) + EVERYTHING)
        assert ids(answer) in ([], ["W-0001", "W-0002", "W-0003"])


@pytest.mark.parametrize("moment", ["9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59"])
def test_an_instant_outside_the_calendar_is_refused(far: Desk, moment: str) -> None:
    response = send(far.mock, message(request(pair(known=moment))))
    assert response.status == 500
    assert "As_Of_Entry_DateTime" in fault(response)[1]


@pytest.mark.parametrize("day", ENDS)
def test_rest_stands_the_ends_of_the_calendar(far: Desk, day: str) -> None:
    made = far.wid("W-0003")
    for path in (
        f"common/v1/firm/workers/{made}",
        f"common/v1/firm/workers/{made}/history",
        f"common/v1/firm/workers/{made}/organizations",
        f"staffing/v6/firm/workers/{made}",
        f"absenceManagement/v1/firm/workers/{made}/leavesOfAbsence",
    ):
        assert far.send(f"/ccx/api/{path}").status == 200
    names = [f"{kind}OnOr{end}" for kind in ("initiated", "completed", "created") for end in ("After", "Before")]
    for name in names:
        status = far.send("/ccx/api/businessProcess/v1/firm/events", f"{name}={day}").status
        # A day that ends behind the calendar is no bound.
        assert status == (400 if day == ENDS[1] and name.endswith("Before") else 200)


SHARED = Desk()
NAMES = st.sampled_from(
    ["limit", "offset", "search", "status", "worker", "initiatedOnOrAfter", "format", "Updated_From", "From_Date",
     "Effective_as_of_Date", "Entry_Moment", "wsdl", "xsds", "query"]
)  # fmt: skip
VALUES = st.text(string.printable, max_size=12) | st.sampled_from(
    ["", "1", "-1", "9" * 30, "2026-01-12", "json", "\u0661"]
)
PATHS = st.sampled_from(
    [f"{BASE}{name}" for name in REPORTS]
    + ["/ccx/service/firm/Human_Resources/v44.2"]
    + [
        f"/ccx/api/{path}"
        for path in (
            "common/v1/firm/workers", "common/v1/firm/organizations", "staffing/v6/firm/jobs", "wql/v1/firm/data",
            "businessProcess/v1/firm/events", "common/v1/firm/workers/%00", "staffing/v6/firm/workers/..%2f",
        )
    ]
)  # fmt: skip


@given(PATHS, st.dictionaries(NAMES, VALUES, max_size=4))
def test_whatever_is_asked_the_answer_is_no_error_of_ours(path: str, params: dict[str, Any]) -> None:
    query = "&".join(f"{name}={quote(value)}" for name, value in params.items())
    response = SHARED.send(path, query)
    assert response.status in (200, 400, 404)
    assert response.status == 200 or isinstance(response.json()["errors"], list)
