"""What kantata-assist sends, over plain HTTP requests: cases 26 and 27 of real-clients.md and the calls around them.

The client is on no package index; these are its requests, with the ``.json`` suffix and the plural bodies it uses.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest

from mocks.psa.system import Psa
from sandbox.core.wire import Request, Response, dumps
from tests.mocks.psa.client import ADMIN, ANA, BASE, headers, ok, rows, task, user_id


def send(mock: Psa, method: str, path: str, body: Any = None, token: str = ANA) -> Response:
    """The path with its query, as the client writes it."""
    address, _, query = path.partition("?")
    content = b"" if body is None else dumps(body)
    sent = {**headers(token), "accept": "application/json"}
    response = mock.handle(Request(method, BASE + address, query, sent, content))
    if response.status != 204:
        assert (response.header("Content-Type") or "").startswith("application/json")
    return response


def entry(workspace_id: str | None, **more: Any) -> dict[str, Any]:
    given = {"date_performed": "2026-01-12", "time_in_minutes": 90, **more}
    return given if workspace_id is None else {"workspace_id": int(workspace_id), **given}


def errors(response: Response) -> list[tuple[str, str | None]]:
    return [(each["type"], each.get("field")) for each in response.json()["errors"]]


def test_26_whoami_is_the_user_with_a_string_id(mock: Psa) -> None:
    content = ok(send(mock, "GET", "users/me.json"))
    (me,) = content["results"]
    assert (me["key"], isinstance(me["id"], str)) == ("users", True)
    assert content["users"][me["id"]]["full_name"] == "Ana Analyst"


def test_26_a_bad_token_is_an_oauth_error(mock: Psa) -> None:
    response = send(mock, "GET", "users/me.json", token="nobody")
    assert response.status == 401
    assert response.json() == {"errors": [{"type": "oauth", "message": "Invalid OAuth 2 Request"}]}


def test_27_time_without_a_project_is_a_validation_of_workspace_id(mock: Psa) -> None:
    before = mock.dump()
    response = send(mock, "POST", "time_entries.json", {"time_entries": [entry(None)]})
    assert response.status == 422
    assert errors(response) == [("validation", "workspace_id")]
    unknown = send(mock, "POST", "time_entries.json", {"time_entries": [entry("999")]})
    assert unknown.status in (404, 422)
    assert errors(unknown) == [("validation", "workspace_id")]
    assert mock.dump() == before


@pytest.mark.parametrize("billable", [True, False])
def test_27_logged_time_is_one_row_billable_as_its_task(mock: Psa, workspace_id: str, billable: bool) -> None:
    story = task(mock, workspace_id, billable=billable)
    (made,) = rows(
        ok(send(mock, "POST", "time_entries.json", {"time_entries": [entry(workspace_id, story_id=int(story))]}))
    )
    assert (made["time_in_minutes"], made["billable"]) == (90, billable)


def test_27_the_date_filter_takes_in_both_ends(mock: Psa, workspace_id: str) -> None:
    for day in (11, 12, 13, 14):
        body = {"time_entries": [entry(workspace_id, date_performed=f"2026-01-{day}")]}
        ok(send(mock, "POST", "time_entries.json", body))
    between = quote("2026-01-12:2026-01-13", safe="")
    found = rows(ok(send(mock, "GET", f"time_entries.json?date_performed_between={between}&page=1&per_page=100")))
    assert sorted(each["date_performed"] for each in found) == ["2026-01-12", "2026-01-13"]


def test_an_entry_is_taken_back(mock: Psa, workspace_id: str) -> None:
    (made,) = rows(ok(send(mock, "POST", "time_entries.json", {"time_entries": [entry(workspace_id)]})))
    response = send(mock, "DELETE", f"time_entries/{made['id']}.json")
    assert (response.status, response.body) == (204, b"")
    assert send(mock, "GET", f"time_entries/{made['id']}.json").status == 404


def test_ones_projects_are_found_by_the_way_around_participations(mock: Psa, workspace_id: str) -> None:
    me = user_id(mock, ANA)
    refused = send(mock, "GET", f"participations.json?user_id={me}&page=1&per_page=100")
    # The client looks for this status and this word to take the other way.
    assert refused.status == 422
    assert "workspace_id" in refused.body.decode()
    content = ok(send(mock, "GET", f"workspaces.json?only={workspace_id}&include=participants&page=1&per_page=100"))
    (found,) = rows(content)
    assert me in found["participant_ids"]
    assert content["meta"]["page_count"] == 1


def test_a_timesheet_without_its_lines_is_refused_and_with_them_submitted(mock: Psa, workspace_id: str) -> None:
    (made,) = rows(ok(send(mock, "POST", "time_entries.json", {"time_entries": [entry(workspace_id)]})))
    bare = {"workspace_id": int(workspace_id), "start_date": "2026-01-11", "end_date": "2026-01-17"}
    refused = send(mock, "POST", "timesheet_submissions.json", {"timesheet_submissions": [bare]})
    assert refused.status == 422
    assert ("validation", "title") in errors(refused)
    whole = {**bare, "title": "Week 3", "line_item_ids": [int(made["id"])]}
    (sheet,) = rows(ok(send(mock, "POST", "timesheet_submissions.json", {"timesheet_submissions": [whole]})))
    assert (sheet["status"], sheet["start_date"], sheet["end_date"]) == ("pending", "2026-01-11", "2026-01-17")


def test_a_task_without_a_type_is_a_task(mock: Psa, workspace_id: str) -> None:
    body = {"stories": [{"workspace_id": int(workspace_id), "title": "Interview"}]}
    (made,) = rows(ok(send(mock, "POST", "stories.json", body, ADMIN)))
    assert made["story_type"] == "task"
    changed = {"story": {"title": "Interviews", "percentage_complete": 10}}
    (after,) = rows(ok(send(mock, "PUT", f"stories/{made['id']}.json", changed, ADMIN)))
    assert (after["title"], after["state"]) == ("Interviews", "started")
