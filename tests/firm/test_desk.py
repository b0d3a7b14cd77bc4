"""A desk: credentials on every call, closed doors told apart from answers, and what was found is remembered."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qs

import pytest

from sandbox.core.errors import NoAnswer
from sandbox.core.wire import Response
from sandbox.firm.deeds.lookups import (
    entries_of,
    open_workspace_id,
    role_id,
    story_id,
    user_id,
    workspace_of,
)
from sandbox.firm.desk import Blocked, listed, must
from sandbox.firm.tenants import login_of
from tests.firm.builders import planned, shipped
from tests.firm.stage import LOGGED_IN, Answer, Stage, envelope, records, reply

TINY = planned(*shipped("tiny-thread"))
OPEN = {"id": "70", "title": "ENG-01 Harbour Rail plc - Health check", "time_trackable": True}


@pytest.fixture
def stage() -> Stage:
    return Stage(TINY)


def answering(stage: Stage, *answers: Answer) -> Stage:
    stage.wire.answers = list(answers)
    return stage


# -- calls -------------------------------------------------------------------------------------------------------------


def test_a_psa_call_carries_the_persons_own_token(stage: Stage) -> None:
    answering(stage, reply(200, {"ok": True}))
    response = stage.does(stage.desk("W-0003").psa("GET", "/stories.json", query={"workspace_id": "70"}))
    assert response.json() == {"ok": True}
    ((system, request),) = stage.wire.asked
    assert (system, request.method, request.path, request.query) == (
        "psa", "GET", "/api/v1/stories.json", "workspace_id=70",
    )  # fmt: skip
    assert request.headers["authorization"] == f"Bearer {login_of(TINY, 'W-0003').psa_token}"
    assert request.meta is not None
    assert (request.meta.actor, request.meta.deed) == ("biz:W-0003", "a deed")


def test_somebody_logs_in_to_the_crm_once_for_all_their_deeds(stage: Stage) -> None:
    answering(stage, LOGGED_IN, records(), records())
    stage.does(stage.desk("sales-uk").crm("GET", "/query", query={"q": "SELECT Id FROM Account"}))
    stage.does(stage.desk("sales-uk").crm("GET", "/query", query={"q": "SELECT Id FROM Account"}))
    assert stage.wire.lines == [
        "crm POST /services/oauth2/token",
        "crm GET /services/data/v62.0/query",
        "crm GET /services/data/v62.0/query",
    ]
    (login,) = [request for _, request in stage.wire.asked if request.method == "POST"]
    form = parse_qs(login.body.decode())
    assert form["username"] == [TINY.people["sales-uk"].email]
    assert form["password"] == [login_of(TINY, "sales-uk").crm_password]
    assert stage.wire.asked[-1][1].headers["authorization"] == "Bearer 00D-token"


def test_a_crm_session_that_ran_out_is_renewed(stage: Stage) -> None:
    answering(stage, LOGGED_IN, reply(401), LOGGED_IN, records())
    response = stage.does(stage.desk("sales-uk").crm("GET", "/query"))
    assert response.status == 200
    assert stage.wire.lines.count("crm POST /services/oauth2/token") == 2


@pytest.mark.parametrize("status", [429, 503])
def test_a_login_that_is_refused_for_now_is_a_closed_door(stage: Stage, status: int) -> None:
    answering(stage, reply(status))
    with pytest.raises(Blocked, match=str(status)):
        stage.does(stage.desk("sales-uk").crm("GET", "/query"))


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_system_too_busy_or_broken_is_a_closed_door(stage: Stage, status: int) -> None:
    answering(stage, reply(status))
    with pytest.raises(Blocked, match=rf"psa GET /api/v1/roles.json: answered {status}"):
        stage.does(stage.desk("W-0003").psa("GET", "/roles.json"))


@pytest.mark.parametrize("status", [200, 400, 403, 404, 422, 499])
def test_any_other_answer_is_the_verbs_to_judge(stage: Stage, status: int) -> None:
    answering(stage, reply(status))
    assert stage.does(stage.desk("W-0003").psa("GET", "/roles.json")).status == status


def test_whoever_was_invited_later_gets_their_token_from_finance_and_asks_again(stage: Stage) -> None:
    answering(stage, reply(401), reply(200, {"token": "x"}), reply(200, {"ok": True}))
    response = stage.does(stage.desk("W-0003").psa("GET", "/roles.json"))
    assert response.status == 200
    assert stage.wire.lines == [
        "psa GET /api/v1/roles.json", "psa POST /_sandbox/ui/api_token", "psa GET /api/v1/roles.json",
    ]  # fmt: skip
    asked = stage.wire.asked[1][1]
    assert json.loads(asked.body) == {"email_address": TINY.people["W-0003"].email}
    assert asked.headers["x-sandbox-person"] == "finance.uk@sandbox-consulting.example"
    assert asked.headers["authorization"] == f"Sandbox {login_of(TINY, 'finance-uk').screen_token}"


def test_whoever_is_not_in_the_psa_yet_is_blocked_by_name(stage: Stage) -> None:
    answering(stage, reply(401), reply(404, {"error": "no such user"}))
    with pytest.raises(Blocked, match=r"W-0003 has no access to the PSA: .*no such user"):
        stage.does(stage.desk("W-0003").psa("GET", "/roles.json"))
    assert len(stage.wire.asked) == 2


def test_no_answer_leaves_what_was_asked_on_the_desk(stage: Stage) -> None:
    answering(stage, NoAnswer())
    desk = stage.desk("W-0003")
    with pytest.raises(NoAnswer):
        stage.does(desk.psa("PUT", "/time_entries/5.json", json={}))
    assert desk.asked == "psa PUT /api/v1/time_entries/5.json"
    assert len(stage.wire.asked) == 1, "a person does not repeat by themselves what may have been done"


def test_a_screen_takes_a_form_with_the_persons_screen_token_and_shows_the_result(stage: Stage) -> None:
    answering(stage, reply(200, [{"total": 5}]))
    shown = stage.does(stage.desk("finance-uk").screen("erp", "open_invoices", {"engagement": "ENG-01"}))
    assert shown == [{"total": 5}]
    ((system, request),) = stage.wire.asked
    assert (system, request.method, request.path) == ("erp", "POST", "/_sandbox/ui/open_invoices")
    assert json.loads(request.body) == {"engagement": "ENG-01"}
    assert request.headers["x-sandbox-person"] == "finance.uk@sandbox-consulting.example"
    assert request.headers["authorization"] == f"Sandbox {login_of(TINY, 'finance-uk').screen_token}"


@pytest.mark.parametrize("status", [400, 404, 409, 429, 500])
def test_a_screen_that_says_no_is_a_closed_door_with_the_reason(stage: Stage, status: int) -> None:
    answering(stage, reply(status, {"errors": [{"message": "period 2026-01 is not the open one"}]}))
    with pytest.raises(Blocked) as told:
        stage.does(stage.desk("revenue-accountant").screen("revenue", "run_period", {"org": "UK"}))
    assert told.value.message.startswith("revenue screen run_period: ")
    assert "period 2026-01 is not the open one" in told.value.message
    assert told.value.code == "blocked"


def test_what_a_system_says_at_length_is_cut_short() -> None:
    with pytest.raises(Blocked) as told:
        must(Response(422, {}, b"x" * 5000), 200)
    assert told.value.message == "answered 422: " + "x" * 200


def test_only_the_expected_answers_are_good() -> None:
    created = reply(201, {"id": "1"})
    assert must(created, 200, 201) is created
    with pytest.raises(Blocked, match="answered 201"):
        must(created, 200)


def test_rows_of_the_psa_come_in_the_order_of_its_results() -> None:
    rows: list[dict[str, Any]] = [{"id": "9", "n": 1}, {"id": "2", "n": 2}, {"id": "5", "n": 3}]
    assert [row["n"] for row in listed(envelope("stories", *rows))] == [1, 2, 3]
    with pytest.raises(Blocked, match="answered 404"):
        listed(reply(404))


# -- looking things up -------------------------------------------------------------------------------------------------


def test_a_project_is_found_by_its_exact_code(stage: Stage) -> None:
    other = {"id": "71", "title": "ENG-010 Another client", "time_trackable": True}
    answering(stage, envelope("workspaces", other, OPEN))
    assert stage.does(workspace_of(stage.desk("W-0001"), "ENG-01"))["id"] == "70"
    assert "search=ENG-01" in stage.wire.asked[0][1].query


def test_a_project_that_is_not_there_blocks_by_name(stage: Stage) -> None:
    answering(stage, envelope("workspaces", {"id": "71", "title": "ENG-010 Another client", "time_trackable": True}))
    with pytest.raises(Blocked, match=r"project ENG-01 is not in the PSA"):
        stage.does(workspace_of(stage.desk("W-0001"), "ENG-01"))


def test_a_project_blocks_until_it_is_open_for_time_and_is_then_remembered(stage: Stage) -> None:
    answering(stage, envelope("workspaces", {**OPEN, "time_trackable": False}), envelope("workspaces", OPEN))
    with pytest.raises(Blocked, match="project ENG-01 is not open for time"):
        stage.does(open_workspace_id(stage.desk("W-0003"), "ENG-01"))
    assert stage.does(open_workspace_id(stage.desk("W-0003"), "ENG-01")) == "70"
    assert stage.does(open_workspace_id(stage.desk("W-0001"), "ENG-01")) == "70"
    assert len(stage.wire.asked) == 2


def test_the_task_of_a_contract_line_is_found_by_its_exact_code(stage: Stage) -> None:
    others = [{"id": "31", "title": "ENG-01-L10 Other"}, {"id": "30", "title": "ENG-01-L1 Health check"}]
    answering(stage, envelope("workspaces", OPEN), envelope("stories", *others))
    assert stage.does(story_id(stage.desk("W-0003"), "ENG-01")) == "30"
    assert stage.does(story_id(stage.desk("W-0002"), "ENG-01")) == "30"
    assert len(stage.wire.asked) == 2


def test_a_task_that_is_not_there_blocks_by_name(stage: Stage) -> None:
    answering(stage, envelope("workspaces", OPEN), envelope("stories"))
    with pytest.raises(Blocked, match="task ENG-01-L1 is not in the PSA"):
        stage.does(story_id(stage.desk("W-0003"), "ENG-01"))


def test_a_colleague_is_found_by_address_and_remembered(stage: Stage) -> None:
    answering(stage, envelope("users"), envelope("users", {"id": "8"}))
    with pytest.raises(Blocked, match="W-0003 is not a user of the PSA"):
        stage.does(user_id(stage.desk("W-0001"), "W-0003"))
    assert stage.does(user_id(stage.desk("W-0001"), "W-0003")) == "8"
    assert stage.does(user_id(stage.desk("W-0001"), "W-0003")) == "8"
    asked = [parse_qs(request.query)["by_email_address"] for _, request in stage.wire.asked]
    assert asked == [[TINY.people["W-0003"].email]] * 2


def test_roles_are_read_once_for_all(stage: Stage) -> None:
    roles = [{"id": "1", "name": "analyst"}, {"id": "2", "name": "senior consultant"}]
    answering(stage, envelope("roles", *roles), envelope("roles", *roles))
    assert stage.does(role_id(stage.desk("W-0003"), "senior consultant")) == "2"
    assert stage.does(role_id(stage.desk("W-0002"), "analyst")) == "1"
    assert len(stage.wire.asked) == 1
    with pytest.raises(Blocked, match="role advisor is not in the PSA"):
        stage.does(role_id(stage.desk("W-0003"), "advisor"))


def test_entries_are_asked_for_by_project_person_and_span(stage: Stage) -> None:
    rows = [{"id": "3"}, {"id": "1"}]
    answering(stage, envelope("workspaces", OPEN), envelope("users", {"id": "8"}), envelope("time_entries", *rows))
    found = stage.does(entries_of(stage.desk("W-0003"), "ENG-01", "W-0003", "2026-01-26", "2026-01-28"))
    assert [row["id"] for row in found] == ["3", "1"]
    assert parse_qs(stage.wire.asked[-1][1].query) == {
        "workspace_id": ["70"],
        "with_user_ids": ["8"],
        "date_performed_between": ["2026-01-26:2026-01-28"],
        "order": ["date_performed:asc"],
        "per_page": ["200"],
        "page": ["1"],
    }
