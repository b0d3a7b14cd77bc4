"""A bearer token is a user, and the user's account permission says what it may do."""

from __future__ import annotations

from typing import Any

import pytest

from mocks.psa.system import Psa
from sandbox.core.wire import Request
from tests.mocks.psa.client import (
    ADMIN,
    ANA,
    BASE,
    EMAILS,
    LEAD,
    act,
    approved,
    get,
    invoice,
    log,
    make,
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


@pytest.mark.parametrize(
    "headers",
    [{}, {"authorization": "Bearer nobody"}, {"authorization": f"Basic {ADMIN}"}, {"authorization": ADMIN}],
)
def test_whoever_brings_no_token_gets_the_vendors_401(mock: Psa, headers: dict[str, str]) -> None:
    response = mock.handle(Request("GET", BASE + "users/me", headers=headers))
    assert response.status == 401
    assert response.json() == {"errors": [{"type": "oauth", "message": "Invalid OAuth 2 Request"}]}


def test_a_token_is_its_user(mock: Psa) -> None:
    me = rows(get(mock, "users/me.json", ANA))[0]
    assert (me["full_name"], me["email_address"]) == ("Ana Analyst", EMAILS[ANA])
    assert isinstance(me["id"], str)


def test_a_disabled_user_has_no_token_any_more_and_disabling_twice_changes_nothing(mock: Psa) -> None:
    membership = rows(get(mock, "account_memberships", user_id=user_id(mock, ANA)))[0]
    assert membership["can_log_in"] is True
    assert put(mock, f"account_memberships/{membership['id']}/disable")["disabled"] is True
    refused(send(mock, "GET", "users/me", token=ANA), 401)
    before = mock.transactions
    assert put(mock, f"account_memberships/{membership['id']}/disable")["can_log_in"] is False
    assert mock.transactions == before


def test_another_permission_holds_from_the_next_request_on(mock: Psa) -> None:
    refused(send(mock, "POST", "workspaces", {"workspace": {"title": "Own"}}, ANA), 403)
    membership = rows(get(mock, "account_memberships", user_id=user_id(mock, ANA)))[0]
    given = {"account_membership": {"permission": "project_creator"}}
    assert put(mock, f"account_memberships/{membership['id']}", given)["permission"] == "project_creator"
    assert post(mock, "workspaces", {"workspace": {"title": "Own"}}, ANA)["title"] == "Own"


FOR_ADMINISTRATORS: list[tuple[str, str, Any]] = [
    ("POST", "account_invitations", {"account_invitation": {}}),
    ("PUT", "account_memberships/1", {"account_membership": {}}),
    ("PUT", "account_memberships/1/disable", None),
    ("POST", "workspace_groups", {"workspace_group": {"name": "Client"}}),
    ("PUT", "workspace_groups/1", {"workspace_group": {}}),
    ("POST", "external_payments", {"external_payment": {}}),
    ("GET", "rate_card_roles", None),
    ("GET", "rate_card_versions", None),
    ("GET", "subscribed_events", None),
    ("GET", "subscribed_events/event_types", None),
]
FOR_LEADS: list[tuple[str, str, Any]] = [
    ("POST", "workspaces", {"workspace": {"title": "New"}}),
    ("PUT", "workspaces/1", {"workspace": {}}),
    ("DELETE", "workspaces/1", None),
    ("POST", "participations", {"participation": {}}),
    ("PUT", "participations/1", {"participation": {}}),
    ("DELETE", "participations/1", None),
    ("POST", "stories", {"story": {}}),
    ("PUT", "stories/1", {"story": {}}),
    ("DELETE", "stories/1", None),
    ("POST", "invoices", {"invoice": {}}),
    ("PUT", "invoices/1", {"invoice": {}}),
    ("PUT", "invoices/1/cancel", None),
    ("GET", "rate_cards", None),
]


@pytest.mark.parametrize(("method", "path", "body"), FOR_ADMINISTRATORS)
def test_what_is_for_administrators_is_refused_to_a_project_lead(mock: Psa, method: str, path: str, body: Any) -> None:
    refused(send(mock, method, path, body, LEAD), 403)
    assert send(mock, method, path, body, ADMIN).status != 403


@pytest.mark.parametrize(("method", "path", "body"), FOR_LEADS)
def test_what_is_for_leads_is_refused_to_a_collaborator(mock: Psa, method: str, path: str, body: Any) -> None:
    refused(send(mock, method, path, body, ANA), 403)
    assert send(mock, method, path, body, LEAD).status != 403


def test_keys_of_people_and_clients_are_written_by_administrators_only(mock: Psa, workspace_id: str) -> None:
    reference = {"service_name": "crm", "service_model": "X", "service_model_ref": "1"}
    person = {"external_reference": {**reference, "subject_type": "User", "subject_id": user_id(mock, ANA)}}
    work = {"external_reference": {**reference, "subject_type": "Workspace", "subject_id": workspace_id}}
    path = "external_references/create_or_update"
    refused(send(mock, "POST", path, person, LEAD), 403)
    refused(send(mock, "POST", path, work, ANA), 403)
    assert post(mock, path, work, LEAD)["subject_id"] == int(workspace_id)
    reference_id = post(mock, path, person)["id"]
    refused(send(mock, "DELETE", f"external_references/{reference_id}", token=LEAD), 403)
    assert send(mock, "DELETE", f"external_references/{reference_id}").status == 204


def test_a_collaborator_may_not_decide_on_the_timesheet_of_somebody_else(mock: Psa, workspace_id: str) -> None:
    submission_id = submit(mock, workspace_id, [log(mock, workspace_id)])
    refused(send(mock, "PUT", f"timesheet_submissions/{submission_id}/approve", token="ben-token"), 403)
    assert put(mock, f"timesheet_submissions/{submission_id}/approve", token=LEAD)["status"] == "approved"


def test_a_collaborator_reads_what_others_have_done(mock: Psa, workspace_id: str) -> None:
    entry_id = approved(mock, workspace_id)
    invoice_id = invoice(mock, workspace_id, [entry_id])["id"]
    assert get(mock, f"time_entries/{entry_id}", "ben-token")["count"] == 1
    assert get(mock, f"invoices/{invoice_id}", "ben-token")["count"] == 1


def test_somebody_invited_later_gets_a_token_from_a_person_and_works_with_it(mock: Psa) -> None:
    given = {"full_name": "Eve New", "email_address": "Eve@Firm.example", "permission": "collaborator"}
    invited = post(mock, "account_invitations", {"account_invitation": given})
    answer = act(mock, "api_token", email_address="eve@firm.example")
    assert answer.status == 200
    assert rows(get(mock, "users/me", answer.json()["token"]))[0]["id"] == invited["id"]
    assert act(mock, "api_token", email_address="eve@firm.example").body == answer.body
    other = make()
    other.deserialize(mock.serialize())
    assert rows(get(other, "users/me", answer.json()["token"]))[0]["id"] == invited["id"]


def test_nobody_gets_a_token_for_a_stranger_or_a_leaver(mock: Psa) -> None:
    assert act(mock, "api_token", email_address="x@firm.example").status == 404
    membership = rows(get(mock, "account_memberships", user_id=user_id(mock, ANA)))[0]
    put(mock, f"account_memberships/{membership['id']}/disable")
    answer = act(mock, "api_token", email_address=EMAILS[ANA])
    assert (answer.status, answer.json()["errors"][0]["field"]) == (422, "email_address")


def test_a_restored_system_knows_who_was_disabled_before(mock: Psa) -> None:
    saved = mock.serialize()
    membership = rows(get(mock, "account_memberships", user_id=user_id(mock, ANA)))[0]
    put(mock, f"account_memberships/{membership['id']}/disable")
    disabled = mock.serialize()
    mock.deserialize(saved)
    assert ok(send(mock, "GET", "users/me", token=ANA))["count"] == 1
    mock.deserialize(disabled)
    refused(send(mock, "GET", "users/me", token=ANA), 401)


def test_a_project_of_another_creator_is_open_to_every_lead(mock: Psa) -> None:
    workspace_id = project(mock)
    assert put(mock, f"workspaces/{workspace_id}", {"workspace": {"title": "Renamed"}}, LEAD)["title"] == "Renamed"
