"""Kantata over plain HTTP: what kantata-assist sends, byte for byte where it matters (real-clients.md 1.4).

The client is on no package index, so its requests are made here with the standard library: the suffix ``.json``, plural
bodies, paging on every list.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import pytest

from tests.clients.up import Up
from tests.live.ports import Answer, ask

pytestmark = pytest.mark.clients

PAGED = {"page": 1, "per_page": 100}


class Kantata:
    """The client's way of asking: ``KANTATA_API_BASE`` and ``KANTATA_ACCESS_TOKEN``, and nothing else."""

    def __init__(self, up: Up, token: str) -> None:
        self._base = f"{up.url('psa')}/api/v1/"
        self._token = token

    def send(self, method: str, path: str, body: Any = None, token: str = "", **query: Any) -> Answer:
        """An answer of whatever status; everything but an empty one is JSON."""
        asked = f"{self._base}{path}{'?' + urlencode(query) if query else ''}"
        authorization = f"Bearer {token or self._token}"
        answer = ask(asked, method, body, authorization=authorization, accept="application/json")
        assert answer.status == 204 or answer.headers["content-type"].startswith("application/json")
        return answer

    def rows(self, method: str, path: str, body: Any = None, **query: Any) -> list[dict[str, Any]]:
        """The records of a good answer, in the order of its results."""
        answer = self.send(method, path, body, **query)
        assert answer.status == 200, answer.body
        content = answer.json()
        return [{"_type": each["key"], **content[each["key"]][each["id"]]} for each in content["results"]]

    def make(self, kind: str, **given: Any) -> str:
        """The id of a new record, with a plural body of one."""
        (made,) = self.rows("POST", f"{kind}.json", {kind: [given]})
        return str(made["id"])

    def refused(self, method: str, path: str, body: Any = None, **query: Any) -> tuple[int, dict[str, Any]]:
        """Status and first error of a refusal."""
        answer = self.send(method, path, body, **query)
        return answer.status, answer.json()["errors"][0]


@pytest.fixture(scope="module")
def admin(up: Up) -> Kantata:
    """The integration's user, who may set up projects."""
    return Kantata(up, up.given("psa")["access_token"])


@pytest.fixture(scope="module")
def kantata(up: Up) -> Kantata:
    """A consultant of the firm, who lets the client log time."""
    people = up.control("GET", "people")["people"].values()
    return Kantata(up, next(each["psa_token"] for each in people if each["grade"] == "consultant"))


@pytest.fixture
def projects(admin: Kantata, kantata: Kantata) -> tuple[str, str]:
    """Two projects with the consultant on them."""
    (card, *_) = admin.rows("GET", "rate_cards.json", **PAGED)
    (me,) = kantata.rows("GET", "users/me.json")
    ids = [admin.make("workspaces", title=title, rate_card_id=card["id"]) for title in ("Rollout", "Review")]
    for workspace_id in ids:
        admin.make("participations", workspace_id=workspace_id, user_id=me["id"])
    return ids[0], ids[1]


def entry(workspace_id: str, day: str, **more: Any) -> dict[str, Any]:
    """Time as ``log_time`` sends it."""
    return {"workspace_id": int(workspace_id), "date_performed": day, "time_in_minutes": 90, **more}


def test_26_whoami_is_a_user_with_a_string_id(kantata: Kantata) -> None:
    (me,) = kantata.rows("GET", "users/me.json")
    assert (me["_type"], isinstance(me["id"], str)) == ("users", True)
    assert me["email_address"]


def test_26_a_bad_token_is_told_as_an_oauth_error(kantata: Kantata) -> None:
    answer = kantata.send("GET", "users/me.json", token="nobody")
    assert answer.status == 401
    assert [each["type"] for each in answer.json()["errors"]] == ["oauth"]


def test_27_time_without_a_known_project_is_a_validation_of_workspace_id(kantata: Kantata) -> None:
    for given in ({"date_performed": "2026-01-12", "time_in_minutes": 90}, entry("999", "2026-01-12")):
        status, error = kantata.refused("POST", "time_entries.json", {"time_entries": [given]})
        assert status in (404, 422)
        assert (error["type"], error["field"]) == ("validation", "workspace_id")
    assert kantata.rows("GET", "time_entries.json", date_performed_between="2026-01-12:2026-01-12", **PAGED) == []


@pytest.mark.parametrize("billable", [True, False])
def test_27_time_is_one_row_and_billable_as_its_task(
    admin: Kantata, kantata: Kantata, projects: tuple[str, str], billable: bool
) -> None:
    story = admin.make(
        "stories", workspace_id=int(projects[0]), title="Interviews", story_type="task", billable=billable
    )
    made = kantata.make("time_entries", **entry(projects[0], "2026-01-13", story_id=int(story)))
    (row,) = kantata.rows(
        "GET", "time_entries.json", workspace_id=projects[0], date_performed_between="2026-01-13:2026-01-13", **PAGED
    )
    assert (row["_type"], row["id"], row["time_in_minutes"]) == ("time_entries", made, 90)
    assert (row["billable"], row["workspace_id"], row["story_id"]) == (billable, projects[0], story)


def test_27_the_range_of_days_takes_in_both_of_its_ends(kantata: Kantata, projects: tuple[str, str]) -> None:
    days = ["2026-01-05", "2026-01-06", "2026-01-07"]
    for day in ["2026-01-04", *days, "2026-01-08"]:
        kantata.make("time_entries", **entry(projects[1], day))
    found = kantata.rows(
        "GET", "time_entries.json", workspace_id=projects[1], date_performed_between="2026-01-05:2026-01-07", **PAGED
    )
    assert sorted(row["date_performed"] for row in found) == days


def test_a_logged_entry_is_taken_back(kantata: Kantata, projects: tuple[str, str]) -> None:
    made = kantata.make("time_entries", **entry(projects[0], "2026-01-09"))
    gone = kantata.send("DELETE", f"time_entries/{made}.json")
    assert (gone.status, gone.body) == (204, b"")
    assert kantata.send("GET", f"time_entries/{made}.json").status == 404


def test_ones_projects_are_found_although_participations_want_a_project(
    kantata: Kantata, projects: tuple[str, str]
) -> None:
    (me,) = kantata.rows("GET", "users/me.json")
    # The client knows this answer and goes on without it.
    status, error = kantata.refused("GET", "participations.json", user_id=me["id"], **PAGED)
    assert (status, error["field"]) == (422, "workspace_id")
    found = kantata.rows("GET", "workspaces.json", only=",".join(projects), include="participants", **PAGED)
    mine = {row["id"] for row in found if row["_type"] == "workspaces" and me["id"] in row["participant_ids"]}
    assert mine == set(projects)


def test_a_timesheet_is_submitted_with_its_lines(kantata: Kantata, projects: tuple[str, str]) -> None:
    line = kantata.make("time_entries", **entry(projects[0], "2026-01-14"))
    given = {"workspace_id": int(projects[0]), "start_date": "2026-01-11", "end_date": "2026-01-17"}
    status, _ = kantata.refused("POST", "timesheet_submissions.json", {"timesheet_submissions": [given]})
    assert status == 422
    whole = {**given, "title": "Week 3", "line_item_ids": [int(line)]}
    (sheet,) = kantata.rows("POST", "timesheet_submissions.json", {"timesheet_submissions": [whole]})
    assert (sheet["_type"], sheet["status"], sheet["title"]) == ("timesheet_submissions", "pending", "Week 3")


def test_a_task_is_made_and_then_changed(admin: Kantata, projects: tuple[str, str]) -> None:
    made = admin.make("stories", workspace_id=int(projects[0]), title="Interview")
    (after,) = admin.rows("PUT", f"stories/{made}.json", {"story": {"title": "Interviews"}})
    assert (after["id"], after["title"], after["story_type"]) == (made, "Interviews", "task")
