"""Tasks: their attributes, and the states that move with progress, time and sub-tasks."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mocks.psa.rules_stories import moved
from mocks.psa.system import Psa
from tests.mocks.psa.client import ANA, get, ids, listed, log, make, ok, post, project, put, refused, send


def create(mock: Psa, workspace_id: str, **attributes: Any) -> dict[str, Any]:
    return post(mock, "stories", {"story": {"workspace_id": workspace_id, "title": "Build", **attributes}})


def change(mock: Psa, story_id: str, **attributes: Any) -> dict[str, Any]:
    return put(mock, f"stories/{story_id}", {"story": attributes})


def state_of(mock: Psa, story_id: str) -> tuple[str, int]:
    story = listed(mock, "stories", only=story_id)[0]
    return story["state"], story["percentage_complete"]


def test_a_new_task_takes_its_defaults_from_the_project(mock: Psa) -> None:
    plain = create(mock, project(mock))
    assert (plain["story_type"], plain["billable"], plain["fixed_fee"]) == ("task", True, False)
    assert (plain["state"], plain["status"], plain["percentage_complete"]) == ("not started", "Not Started", 0)
    fixed = create(mock, project(mock, stories_are_fixed_fee_by_default=True, tasks_default_non_billable=True))
    assert (fixed["billable"], fixed["fixed_fee"]) == (False, True)


def test_a_milestone_keeps_what_it_was_given(mock: Psa, workspace_id: str) -> None:
    attributes = {
        "story_type": "milestone",
        "description": "signed",
        "start_date": "2026-02-01",
        "due_date": "2026-02-28",
        "billable": False,
        "fixed_fee": True,
        "budget_estimate_in_cents": 12000000,
        "time_estimate_in_minutes": 4800,
        "percentage_complete": 40,
        "external_reference": {"service_name": "crm", "service_model": "Line", "service_model_ref": "00k"},
    }
    made = create(mock, workspace_id, **attributes)
    del attributes["external_reference"]
    assert {name: made[name] for name in attributes} == attributes
    assert made["state"] == "started"
    assert ids(get(mock, "stories", external_reference_service_model_ref="00k")) == [made["id"]]
    cleared = change(mock, made["id"], budget_estimate_in_cents=None, time_estimate_in_minutes=None)
    assert (cleared["budget_estimate_in_cents"], cleared["time_estimate_in_minutes"]) == (None, None)


@pytest.mark.parametrize(
    ("attributes", "field"),
    [
        ({"title": ""}, "title"),
        ({"workspace_id": 1}, "workspace_id"),
        ({"parent_id": 1}, "parent_id"),
        ({"story_type": "epic"}, "story_type"),
        ({"percentage_complete": 101}, "percentage_complete"),
        ({"percentage_complete": -1}, "percentage_complete"),
        ({"state": "done"}, "state"),
        ({"state": "resolved"}, "state"),
        ({"start_date": "2026-02-02", "due_date": "2026-02-01"}, "due_date"),
        ({"time_estimate_in_minutes": -1}, "time_estimate_in_minutes"),
        ({"budget_estimate_in_cents": "1"}, "budget_estimate_in_cents"),
    ],
)
def test_a_task_that_does_not_fit_is_refused(
    mock: Psa, workspace_id: str, attributes: dict[str, Any], field: str
) -> None:
    before = mock.dump()
    body = {"workspace_id": workspace_id, "title": "Build", **attributes}
    refused(send(mock, "POST", "stories", {"story": body}), 422, field)
    assert mock.dump() == before


def test_issues_have_states_of_their_own(mock: Psa, workspace_id: str) -> None:
    issue = create(mock, workspace_id, story_type="issue", state="in progress")
    assert issue["state"] == "in progress"
    assert change(mock, issue["id"], state="resolved")["status"] == "Resolved"
    refused(send(mock, "PUT", f"stories/{issue['id']}", {"story": {"story_type": "task"}}), 422, "state")


def test_a_task_neither_moves_to_another_project_nor_to_another_parent(mock: Psa, workspace_id: str) -> None:
    other = project(mock, title="Other")
    top, sub = create(mock, workspace_id), create(mock, workspace_id, title="Second")
    elsewhere = create(mock, other)
    refused(send(mock, "PUT", f"stories/{top['id']}", {"story": {"workspace_id": other}}), 422, "workspace_id")
    refused(send(mock, "PUT", f"stories/{sub['id']}", {"story": {"parent_id": top["id"]}}), 422, "parent_id")
    body = {"workspace_id": workspace_id, "title": "Sub", "parent_id": elsewhere["id"]}
    refused(send(mock, "POST", "stories", {"story": body}), 422, "parent_id")


def test_tasks_nest_four_deep(mock: Psa, workspace_id: str) -> None:
    parent_id = create(mock, workspace_id)["id"]
    for depth in range(1, 5):
        parent_id = create(mock, workspace_id, title=f"Depth {depth}", parent_id=parent_id)["id"]
    body = {"workspace_id": workspace_id, "title": "Depth 5", "parent_id": parent_id}
    refused(send(mock, "POST", "stories", {"story": body}), 422, "parent_id")


def test_progress_moves_the_state_and_the_state_moves_the_progress(mock: Psa, workspace_id: str) -> None:
    story_id = create(mock, workspace_id)["id"]
    steps: list[tuple[dict[str, Any], tuple[str, int]]] = [
        ({"percentage_complete": 30}, ("started", 30)),
        ({"state": "needs info"}, ("needs info", 30)),
        ({"percentage_complete": 60}, ("needs info", 60)),
        ({"percentage_complete": 100}, ("completed", 100)),
        ({"percentage_complete": 80}, ("started", 80)),
        ({"state": "completed"}, ("completed", 100)),
        ({"state": "started"}, ("started", 0)),
        ({"state": "completed"}, ("completed", 100)),
        ({"percentage_complete": 0}, ("not started", 0)),
        ({"state": "started", "percentage_complete": 20}, ("started", 20)),
        ({"state": "not started"}, ("not started", 0)),
    ]
    for step, expected in steps:
        change(mock, story_id, **step)
        assert state_of(mock, story_id) == expected


def test_time_starts_a_task_and_the_tasks_above_it(mock: Psa, workspace_id: str) -> None:
    top = create(mock, workspace_id, title="Top")["id"]
    middle = create(mock, workspace_id, title="Middle", parent_id=top)["id"]
    leaf = create(mock, workspace_id, title="Leaf", parent_id=middle)["id"]
    log(mock, workspace_id, story_id=leaf)
    assert [state_of(mock, each)[0] for each in (top, middle, leaf)] == ["started"] * 3


def test_a_task_is_started_once_by_a_bulk_of_time(mock: Psa, workspace_id: str) -> None:
    story_id = create(mock, workspace_id)["id"]
    day = {"workspace_id": workspace_id, "story_id": story_id, "date_performed": "2026-01-12", "time_in_minutes": 30}
    ok(send(mock, "POST", "time_entries", {"time_entries": [day, day]}, ANA))
    row = mock.dump()["story"][story_id]
    assert (row["state"], row["_version"]) == ("started", 2)


def test_time_does_not_restart_a_finished_task(mock: Psa, workspace_id: str) -> None:
    story_id = create(mock, workspace_id, state="completed")["id"]
    log(mock, workspace_id, story_id=story_id)
    assert state_of(mock, story_id) == ("completed", 100)


def test_a_subtask_under_way_starts_its_parent_whatever_started_it(mock: Psa, workspace_id: str) -> None:
    top = create(mock, workspace_id, title="Top")["id"]
    create(mock, workspace_id, title="Begun", parent_id=top, percentage_complete=10)
    assert state_of(mock, top) == ("started", 0)
    change(mock, top, state="not started")
    sub = create(mock, workspace_id, title="Later", parent_id=top)["id"]
    assert state_of(mock, top) == ("not started", 0)
    change(mock, sub, state="needs info")
    assert state_of(mock, top) == ("started", 0)


def test_tasks_are_listed_by_project_parent_type_and_state(mock: Psa, workspace_id: str) -> None:
    top = create(mock, workspace_id, title="Top")["id"]
    sub = create(mock, workspace_id, title="Sub", parent_id=top, story_type="milestone")["id"]
    create(mock, project(mock, title="Other"))
    assert sorted(ids(get(mock, "stories", workspace_id=workspace_id))) == sorted([top, sub])
    assert ids(get(mock, "stories", parent_id=top)) == [sub]
    assert ids(get(mock, "stories", story_type="milestone")) == [sub]
    assert ids(get(mock, "stories", workspace_id=workspace_id, search="su", state="not started")) == [sub]


def test_a_task_is_deleted_with_its_subtasks_unless_time_is_logged(mock: Psa, workspace_id: str) -> None:
    top = create(mock, workspace_id, title="Top")["id"]
    sub = create(mock, workspace_id, title="Sub", parent_id=top)["id"]
    entry_id = log(mock, workspace_id, story_id=sub)
    refused(send(mock, "DELETE", f"stories/{top}"), 422, "base")
    assert get(mock, "stories")["count"] == 2
    assert send(mock, "DELETE", f"time_entries/{entry_id}").status == 204
    assert send(mock, "DELETE", f"stories/{top}").status == 204
    assert get(mock, "stories")["count"] == 0


def test_a_bulk_of_tasks_is_created_at_once(mock: Psa, workspace_id: str) -> None:
    items = [{"workspace_id": workspace_id, "title": f"T{number}"} for number in range(100)]
    assert ok(send(mock, "POST", "stories", {"stories": items}))["count"] == 100
    assert get(mock, "stories", per_page=200)["meta"]["page_count"] == 1


STATES = ("not started", "started", "needs info", "completed")
STEPS = st.lists(
    st.one_of(
        st.fixed_dictionaries({"state": st.sampled_from(STATES)}),
        st.fixed_dictionaries({"percentage_complete": st.integers(0, 100)}),
    ),
    max_size=12,
)


@given(STEPS)
def test_a_task_is_complete_exactly_at_100_percent_and_untouched_only_at_0(steps: list[dict[str, Any]]) -> None:
    story: dict[str, Any] = {"state": "not started", "percentage_complete": 0}
    for step in steps:
        story |= moved(story, step)
        assert (story["state"] == "completed") == (story["percentage_complete"] == 100)
        assert story["state"] != "not started" or story["percentage_complete"] == 0
        assert step.items() <= story.items()


@settings(max_examples=20, deadline=None)
@given(STEPS)
def test_the_wire_tells_the_same_story_as_the_rule(steps: list[dict[str, Any]]) -> None:
    mock = make()
    story_id = create(mock, project(mock))["id"]
    story: dict[str, Any] = {"state": "not started", "percentage_complete": 0}
    for step in steps:
        story |= moved(story, step)
        change(mock, story_id, **step)
        assert state_of(mock, story_id) == (story["state"], story["percentage_complete"])
