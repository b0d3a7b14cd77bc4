"""Every answer is Kantata's envelope; every list is paged, ordered, filtered and joined by the same conventions."""

from __future__ import annotations

from typing import Any

import pytest

from mocks.psa.system import Psa
from sandbox.core.clock import HOUR_US, MINUTE_US, ManualClock
from sandbox.core.wire import Request
from tests.mocks.psa.client import (
    ADMIN,
    ANA,
    BASE,
    BEN,
    get,
    headers,
    ids,
    listed,
    log,
    ok,
    post,
    project,
    put,
    refused,
    rows,
    send,
    submit,
    user_id,
)


def titles(mock: Psa, **params: Any) -> list[str]:
    return [each["title"] for each in listed(mock, "workspaces", **params)]


@pytest.fixture
def five(mock: Psa, clock: ManualClock) -> list[str]:
    """Projects P1 to P5, an hour apart."""
    made = []
    for number in range(1, 6):
        clock.advance_to(number * HOUR_US)
        made.append(str(post(mock, "workspaces", {"workspace": {"title": f"P{number}"}})["id"]))
    return made


def test_a_list_names_its_rows_in_order_and_holds_them_by_id(mock: Psa, five: list[str]) -> None:
    content = get(mock, "workspaces", per_page=2, order="title:asc")
    assert content["count"] == 5
    assert content["results"] == [{"key": "workspaces", "id": five[0]}, {"key": "workspaces", "id": five[1]}]
    assert sorted(content["workspaces"]) == sorted(five[:2])
    assert content["meta"] == {"count": 5, "page_count": 3, "page_number": 1, "page_size": 2}


@pytest.mark.parametrize(
    ("params", "meta", "shown"),
    [
        ({"page": 3, "per_page": 2}, (3, 3, 2), ["P5"]),
        ({"page": 4, "per_page": 2}, (3, 4, 2), []),
        ({"page": "x", "per_page": "-1"}, (1, 1, 20), ["P1", "P2", "P3", "P4", "P5"]),
        ({"per_page": 1000}, (1, 1, 200), ["P1", "P2", "P3", "P4", "P5"]),
        ({"limit": 2, "offset": 1, "page": 9, "per_page": 1}, (3, 1, 2), ["P2", "P3"]),
        ({"limit": 2, "offset": 4}, (3, 3, 2), ["P5"]),
        ({"limit": 2}, (1, 1, 20), ["P1", "P2", "P3", "P4", "P5"]),
    ],
)
def test_pages_follow_the_vendors_rules(
    mock: Psa, five: list[str], params: dict[str, Any], meta: tuple[int, int, int], shown: list[str]
) -> None:
    content = get(mock, "workspaces", order="title:asc", **params)
    page_count, page_number, page_size = meta
    expected = {"count": 5, "page_count": page_count, "page_number": page_number, "page_size": page_size}
    assert content["meta"] == expected
    assert [each["title"] for each in rows(content)] == shown


def test_an_empty_list_has_no_pages(mock: Psa) -> None:
    content = get(mock, "workspaces")
    assert content == {
        "count": 0,
        "results": [],
        "workspaces": {},
        "meta": {"count": 0, "page_count": 0, "page_number": 0, "page_size": 20},
    }


def test_what_was_updated_last_comes_first_unless_told_otherwise(
    mock: Psa, five: list[str], clock: ManualClock
) -> None:
    clock.advance_to(6 * HOUR_US)
    put(mock, f"workspaces/{five[1]}", {"workspace": {"description": "changed"}})
    assert titles(mock) == ["P2", "P5", "P4", "P3", "P1"]
    assert titles(mock, order="created_at:desc") == ["P5", "P4", "P3", "P2", "P1"]
    assert titles(mock, order="title") == ["P1", "P2", "P3", "P4", "P5"]
    assert titles(mock, order="no_such_field:asc") == titles(mock)


@pytest.mark.parametrize(
    ("params", "shown"),
    [
        ({"created_after": "2026-01-12T03:00:00Z"}, ["P4", "P5"]),
        ({"created_after": "2026-01-12T02:59:59+00:00"}, ["P3", "P4", "P5"]),
        ({"created_after": "2026-01-12T04:59:59+02:00"}, ["P3", "P4", "P5"]),
        ({"created_before": "2026-01-12T03:00:00Z"}, ["P1", "P2"]),
        ({"created_before": "2026-01-12"}, []),
        ({"created_after": "2026-01-12T01:00:00Z", "created_before": "2026-01-12 04:00:00"}, ["P2", "P3"]),
        ({"updated_after": "2026-01-12T04:00:00Z"}, ["P5"]),
        ({"updated_before": "2026-01-12T02:00:00Z"}, ["P1"]),
    ],
)
def test_windows_of_time_are_open_at_both_ends(
    mock: Psa, five: list[str], params: dict[str, str], shown: list[str]
) -> None:
    assert titles(mock, order="title:asc", **params) == shown


def test_an_offset_whose_plus_was_not_escaped_is_understood(mock: Psa, five: list[str]) -> None:
    query = "order=title:asc&created_after=2026-01-12T03:00:00+00:00"
    response = mock.handle(Request("GET", BASE + "workspaces", query, headers(ADMIN)))
    assert [each["title"] for each in rows(ok(response))] == ["P4", "P5"]


def test_missing_ids_are_silently_absent(mock: Psa, five: list[str]) -> None:
    content = get(mock, "workspaces", only=f"{five[3]},999,{five[0]}", order="title:asc")
    assert ids(content) == [five[0], five[3]]
    assert get(mock, "workspaces", only="")["count"] == 0


def test_a_rails_list_in_a_query_means_the_same_as_one_with_commas(mock: Psa, five: list[str]) -> None:
    query = f"only%5B%5D={five[3]}&only[]={five[0]}&order=title:asc&include[]=creator&include[]=participants"
    content = ok(mock.handle(Request("GET", BASE + "workspaces", query, headers(ADMIN))))
    assert ids(content) == [five[0], five[3]]
    assert len(content["users"]) == 1
    taken = log(mock, project(mock, ANA)), log(mock, project(mock, ANA))
    both = "&".join(f"ids[]={each}" for each in taken)
    assert mock.handle(Request("DELETE", BASE + "time_entries.json", both, headers(ANA))).status == 204
    assert get(mock, "time_entries")["count"] == 0


def test_search_ignores_case_and_does_not_go_with_only(mock: Psa, five: list[str]) -> None:
    post(mock, "workspaces", {"workspace": {"title": "Zürich Rollout"}})
    assert titles(mock, search="ZÜRICH") == ["Zürich Rollout"]
    assert titles(mock, search="p", order="title:asc") == ["P1", "P2", "P3", "P4", "P5"]
    assert titles(mock, search="nothing like it") == []
    refused(send(mock, "GET", "workspaces", search="p", only=five[0]), 400)


@pytest.mark.parametrize(
    ("path", "params"),
    [
        ("workspaces", {"created_after": "yesterday"}),
        ("workspaces", {"updated_before": "2026-13-01T00:00:00Z"}),
        ("workspaces", {"has_external_references": "maybe"}),
        ("workspaces", {"external_reference_service_model_refs": ",".join(str(n) for n in range(201))}),
        ("time_entries", {"date_performed_between": "2026-01-01"}),
        ("time_entries", {"date_performed_between": "2026-01-01:soon"}),
        ("time_entries", {"billable": "perhaps"}),
        ("time_entries", {"from_archived_workspaces": "perhaps"}),
        ("subscribed_events", {"created_after": "9999-99-99"}),
    ],
)
def test_a_filter_that_cannot_be_read_is_refused(mock: Psa, path: str, params: dict[str, str]) -> None:
    refused(send(mock, "GET", path, **params), 400)


def test_an_unknown_parameter_changes_nothing(mock: Psa, five: list[str]) -> None:
    assert get(mock, "workspaces", colour="red", include="nonsense") == get(mock, "workspaces")


def test_a_path_may_end_in_json(mock: Psa, five: list[str]) -> None:
    assert get(mock, f"workspaces/{five[0]}.json") == get(mock, f"workspaces/{five[0]}")
    assert get(mock, "workspaces.json", per_page=2) == get(mock, "workspaces", per_page=2)


def test_a_record_that_does_not_exist_is_not_found(mock: Psa) -> None:
    refused(send(mock, "GET", "workspaces/1"), 404)
    refused(send(mock, "PUT", "stories/1", {"story": {"title": "x"}}), 404)
    refused(send(mock, "DELETE", "time_entries/1"), 404)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b'"text"',
        b"{}",
        b'{"workspace": []}',
        b'{"workspaces": {}}',
        b'{"workspaces": []}',
        b'{"workspaces": [1]}',
        b'{"story": {"title": "x"}}',
    ],
)
def test_a_body_that_is_no_such_object_is_malformed(mock: Psa, body: bytes) -> None:
    before = mock.dump()
    refused(mock.handle(Request("POST", BASE + "workspaces", headers=headers(ADMIN), body=body)), 400)
    assert mock.dump() == before


@pytest.mark.parametrize("content_type", ["text/plain", "multipart/form-data; boundary=x", "application/xml"])
def test_a_body_of_another_type_is_malformed(mock: Psa, content_type: str) -> None:
    before = mock.dump()
    sent = {**headers(ADMIN), "content-type": content_type}
    response = mock.handle(Request("POST", BASE + "workspaces", headers=sent, body=b'{"workspace": {"title": "X"}}'))
    assert content_type.partition(";")[0] in refused(response, 400)
    assert mock.dump() == before


def test_attributes_nobody_knows_are_dropped(mock: Psa) -> None:
    made = post(mock, "workspaces", {"workspace": {"title": "X", "colour": "red", "id": 5, "created_at": "now"}})
    assert "colour" not in made
    assert made["id"] != "5"


def test_every_value_that_does_not_fit_is_named(mock: Psa) -> None:
    given = {"title": 5, "budgeted": "yes", "start_date": "soon", "price": "much", "rate_card_id": [1]}
    response = send(mock, "POST", "workspaces", {"workspace": given})
    assert response.status == 422
    fields = [(each["type"], each["field"]) for each in response.json()["errors"]]
    assert fields == [("validation", name) for name in given]
    assert get(mock, "workspaces")["count"] == 0


def test_a_title_is_asked_for_in_the_vendors_words(mock: Psa) -> None:
    for given in ({}, {"title": ""}, {"title": None}):
        message = refused(send(mock, "POST", "workspaces", {"workspace": given}), 422, "title")
        assert message == "Please give your project a title"


def test_a_bulk_is_created_in_order_or_not_at_all(mock: Psa) -> None:
    good = {"workspaces": [{"title": "B"}, {"title": "A"}]}
    content = ok(send(mock, "POST", "workspaces", good))
    assert [each["title"] for each in rows(content)] == ["B", "A"]
    assert (content["count"], content["meta"]["page_size"]) == (2, 20)
    before = mock.dump()
    refused(send(mock, "POST", "workspaces", {"workspaces": [{"title": "C"}, {"title": ""}]}), 422, "title")
    refused(send(mock, "POST", "workspaces", {"workspaces": [{"title": str(n)} for n in range(101)]}), 400)
    assert mock.dump() == before


def test_associations_come_only_when_included(mock: Psa, workspace_id: str) -> None:
    plain = get(mock, f"workspaces/{workspace_id}")
    assert "participant_ids" not in plain["workspaces"][workspace_id]
    assert "users" not in plain
    joined = get(mock, f"workspaces/{workspace_id}", include="participants,participations,creator")
    shown = joined["workspaces"][workspace_id]
    people = [user_id(mock, token) for token in (ADMIN, ANA, BEN)]
    assert sorted(shown["participant_ids"]) == sorted(people)
    assert sorted(joined["users"]) == sorted(people)
    assert sorted(joined["participations"]) == sorted(shown["participation_ids"])
    assert joined["results"] == [{"key": "workspaces", "id": workspace_id}]


def test_an_included_association_without_rows_is_an_empty_map(mock: Psa, workspace_id: str) -> None:
    content = get(mock, f"workspaces/{workspace_id}", include="external_references")
    assert content["external_references"] == {}
    assert content["workspaces"][workspace_id]["external_reference_ids"] == []


def test_side_loaded_rows_of_the_same_type_are_in_the_map_and_not_in_the_results(mock: Psa, workspace_id: str) -> None:
    top = post(mock, "stories", {"story": {"workspace_id": workspace_id, "title": "Top"}})
    sub = post(mock, "stories", {"story": {"workspace_id": workspace_id, "title": "Sub", "parent_id": top["id"]}})
    content = get(mock, "stories", only=top["id"], include="sub_stories,parent,workspace")
    assert ids(content) == [top["id"]]
    assert sorted(content["stories"]) == sorted([top["id"], sub["id"]])
    assert content["stories"][top["id"]]["sub_story_ids"] == [sub["id"]]
    assert list(content["workspaces"]) == [workspace_id]


def test_includes_reach_everything_around_a_time_entry(mock: Psa, workspace_id: str) -> None:
    story = post(mock, "stories", {"story": {"workspace_id": workspace_id, "title": "Build"}})
    entry_id = log(mock, workspace_id, story_id=story["id"])
    submission_id = submit(mock, workspace_id, [entry_id])
    content = get(mock, f"time_entries/{entry_id}", include="workspace,user,story,role,active_submission,invoice")
    assert list(content["workspaces"]) == [workspace_id]
    assert list(content["users"]) == [user_id(mock, ANA)]
    assert list(content["stories"]) == [story["id"]]
    assert [each["name"] for each in content["roles"].values()] == ["analyst"]
    assert list(content["timesheet_submissions"]) == [submission_id]
    assert content["invoices"] == {}


def test_an_update_answers_with_what_was_included(mock: Psa, workspace_id: str) -> None:
    given = {"external_reference": {"service_name": "crm", "service_model": "Opportunity", "service_model_ref": "006"}}
    response = send(mock, "PUT", f"workspaces/{workspace_id}", {"workspace": given}, include="external_references")
    content = ok(response)
    assert [each["service_model_ref"] for each in content["external_references"].values()] == ["006"]


def test_rows_that_arrive_while_paging_shift_the_pages(mock: Psa, five: list[str], clock: ManualClock) -> None:
    first = titles(mock, per_page=2, page=1)
    clock.advance_to(5 * HOUR_US + MINUTE_US)
    project(mock, title="Late")
    second = titles(mock, per_page=2, page=2)
    # Offset paging: the row that was last on page 1 is first on page 2 (psa-kantata.md section 16).
    assert (first, second) == (["P5", "P4"], ["P4", "P3"])


def test_no_bodies_are_sent_with_a_delete(mock: Psa, workspace_id: str) -> None:
    response = send(mock, "DELETE", f"time_entries/{log(mock, workspace_id)}", token=ANA)
    assert (response.status, response.body) == (204, b"")
