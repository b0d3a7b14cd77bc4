"""A task belongs to a project, and time may name it until it is done."""

from __future__ import annotations

from typing import Any

import pytest

from tests.mocks.erp.client import Caller, error, text_of, time_body


def task(erp: Caller, code: str = "PT-1", project: str = "P-1", **more: Any) -> str:
    return erp.put("projectTask", code, {"project": {"externalId": project}, "title": f"Task {code}", **more})


def test_a_task_is_kept_with_its_plan_and_seen_by_suiteql(erp: Caller) -> None:
    task(erp, estimatedWork=241, status={"refName": "In Progress"}, startDateTime="2026-01-12")
    (row,) = erp.rows("SELECT title t, status s, estimatedwork w, BUILTIN.DF(project) p FROM projecttask")
    assert row == {"t": "Task PT-1", "s": "PROGRESS", "w": "241", "p": "PRJ-P-1 Project P-1"}


def test_time_names_a_task_of_its_own_project_that_is_not_done(erp: Caller) -> None:
    erp.project("P-2")
    task(erp)
    task(erp, "PT-2", "P-2")
    erp.time("T-1", caseTaskEvent={"externalId": "PT-1"}, approvalStatus="1")
    assert erp.get("timeBill", "eid:T-1")["caseTaskEvent"]["refName"] == "Task PT-1"
    other = erp.call("PUT", "timeBill/eid:T-2", time_body(caseTaskEvent={"externalId": "PT-2"}))
    assert error(other) == (400, "USER_ERROR", "caseTaskEvent")
    assert "another project" in text_of(other)
    erp.patch("projectTask", "eid:PT-1", {"status": "COMPLETE"})
    done = erp.call("PUT", "timeBill/eid:T-2", time_body(caseTaskEvent={"externalId": "PT-1"}))
    assert "is completed" in text_of(done)
    assert erp.call("DELETE", "projectTask/eid:PT-1").status == 400
    assert erp.patch("projectTask", "eid:PT-1", {"project": {"externalId": "P-2"}}).status == 400
    assert erp.call("DELETE", "projectTask/eid:PT-2").status == 204


@pytest.mark.parametrize(
    ("more", "path"),
    [
        ({"title": None}, ""),
        ({"project": None}, ""),
        ({"status": "LATER"}, "status"),
        ({"estimatedWork": -1}, "estimatedWork"),
        ({"startDateTime": "2026-02-01", "endDate": "2026-01-31"}, "endDate"),
    ],
)
def test_a_task_that_cannot_be_is_refused(erp: Caller, more: dict[str, Any], path: str) -> None:
    before = erp.mock.dump()
    body = {"project": {"externalId": "P-1"}, "title": "Task", **more}
    assert error(erp.call("PUT", "projectTask/eid:PT-1", body)) == (400, "USER_ERROR", path)
    assert erp.mock.dump() == before
