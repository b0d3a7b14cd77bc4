"""A project takes time while it is open, from its start on; before the contract only when the work is at risk."""

from __future__ import annotations

from typing import Any

import pytest

from tests.mocks.erp.client import Caller, error, text_of, time_body

AT = "2026-01-13"


@pytest.mark.parametrize(
    ("job", "reason"),
    [
        ({"entityStatus": "1"}, "The project is closed"),
        ({"entityStatus": {"refName": "Not Awarded"}}, "The project is closed"),
        ({"entityStatus": "4"}, "not one of work at risk"),
        ({"entityStatus": "4", "jobType": "1"}, "not one of work at risk"),
        ({"isInactive": True}, "The project is inactive"),
        ({"allowTime": False}, "does not allow time"),
    ],
)
def test_time_on_a_project_that_is_not_open_is_refused(erp: Caller, job: dict[str, Any], reason: str) -> None:
    erp.project("P-1", **job)
    before = erp.mock.dump()
    response = erp.call("PUT", "timeBill/eid:T-1", time_body())
    assert error(response) == (400, "USER_ERROR", "customer")
    assert reason in text_of(response)
    assert erp.mock.dump() == before


@pytest.mark.parametrize(
    "job",
    [{}, {"entityStatus": "5"}, {"entityStatus": "4", "jobType": {"refName": "At Risk"}}, {"startDate": AT}],
)
def test_time_on_an_open_project_is_taken(erp: Caller, job: dict[str, Any]) -> None:
    erp.project("P-1", **job)
    erp.time("T-1")


def test_time_before_the_projects_start_is_refused(erp: Caller) -> None:
    erp.project("P-1", startDate="2026-01-14")
    response = erp.call("PUT", "timeBill/eid:T-1", time_body())
    assert error(response) == (400, "USER_ERROR", "tranDate")
    assert "starts on 2026-01-14" in text_of(response)


def test_a_closed_project_keeps_what_it_has_and_its_approved_time_is_still_posted(erp: Caller) -> None:
    erp.time("T-1")
    erp.patch("job", "eid:P-1", {"entityStatus": {"refName": "Closed"}})
    assert erp.patch("timeBill", "eid:T-1", {"memo": "done"}).status == 204
    erp.act("close_period", period="2026-01")
    assert erp.rows("SELECT posted FROM timebill") == [{"posted": "T"}]
    assert erp.rows("SELECT entitystatus s, BUILTIN.DF(entitystatus) n FROM job") == [{"s": "1", "n": "Closed"}]
