"""Optional fields, hidden rows, money in two units, moves of tasks and invitations to a project."""

from __future__ import annotations

from mocks.psa.system import Psa
from sandbox.core.clock import HOUR_US, ManualClock
from tests.mocks.psa.client import (
    ADMIN,
    ANA,
    BEN,
    LEAD,
    approved,
    get,
    invoice,
    listed,
    log,
    ok,
    post,
    project,
    put,
    refuse,
    refused,
    send,
    task,
    user_id,
)

ALL = (
    "minutes_logged,billable_minutes,non_billable_minutes,total_minutes_approved,estimated_minutes,total_invoiced,"
    "client_lead_name,provider_lead_name,lock_date"
)


def test_optional_fields_of_a_project_are_worked_out_when_asked_for(mock: Psa, workspace_id: str) -> None:
    invoice(mock, workspace_id, [approved(mock, workspace_id)])
    log(mock, workspace_id, date_performed="2026-01-13", time_in_minutes=60, billable=False)
    task(mock, workspace_id, time_estimate_in_minutes=600)
    (joined,) = listed(mock, "participations", workspace_id=workspace_id, by_user=user_id(mock, ANA))
    put(mock, f"participations/{joined['id']}", {"participation": {"is_team_lead": True}})
    plain = get(mock, f"workspaces/{workspace_id}")["workspaces"][workspace_id]
    shown = get(mock, f"workspaces/{workspace_id}", optional_fields=ALL)["workspaces"][workspace_id]
    assert plain.keys().isdisjoint(ALL.split(","))
    assert {name: shown[name] for name in ALL.split(",")} == {
        "minutes_logged": 540,
        "billable_minutes": 480,
        "non_billable_minutes": 60,
        "total_minutes_approved": 480,
        "estimated_minutes": 600,
        "total_invoiced": "€1,200.00",
        "client_lead_name": None,
        "provider_lead_name": "Ana Analyst",
        "lock_date": None,
    }


def test_a_project_without_work_has_zeroes_and_unknown_names_are_ignored(mock: Psa) -> None:
    first, second = project(mock), project(mock, currency="JPY")
    content = get(mock, "workspaces", optional_fields="minutes_logged,total_invoiced,colour", only=f"{first},{second}")
    zeroes = [(each["minutes_logged"], each["total_invoiced"]) for each in content["workspaces"].values()]
    assert sorted(zeroes) == [(0, "¥0"), (0, "€0.00")]
    assert "colour" not in content["workspaces"][first]
    assert get(mock, "users", optional_fields="minutes_logged")["count"] == 4


def test_only_leaves_hidden_rows_out_where_show_has_none(mock: Psa, workspace_id: str) -> None:
    put(mock, f"workspaces/{workspace_id}", {"workspace": {"archived": True}})
    hidden = get(mock, "workspaces", only=workspace_id)
    assert (hidden["count"], hidden["results"]) == (0, [])
    refused(send(mock, "GET", f"workspaces/{workspace_id}"), 404)
    for asked in ({"include_archived": "true"}, {"archived": "include"}, {"archived": "only"}):
        assert get(mock, "workspaces", only=workspace_id, **asked)["count"] == 1
        assert get(mock, f"workspaces/{workspace_id}.json", **asked)["count"] == 1


def test_prices_come_in_main_units_and_go_out_in_minor_ones_of_their_currency(mock: Psa) -> None:
    for currency, price, cents, text in (("EUR", 480000, 48_000_000, "€480,000.00"), ("JPY", 5000, 5000, "¥5,000")):
        made = post(
            mock,
            "workspaces",
            {"workspace": {"title": "X", "budgeted": True, "currency": currency, "price": price}},
        )
        assert (made["price"], made["price_in_cents"]) == (text, cents)
        assert made["currency_base_unit"] == (100 if currency == "EUR" else 1)


def test_moves_of_a_task_are_kept_with_who_caused_them(mock: Psa, clock: ManualClock, workspace_id: str) -> None:
    above = task(mock, workspace_id)
    story = task(mock, workspace_id, parent_id=above)
    assert listed(mock, "story_state_changes") == []
    clock.advance_to(HOUR_US)
    log(mock, workspace_id, story_id=story)
    clock.advance_to(2 * HOUR_US)
    put(mock, f"stories/{story}", {"story": {"title": "Same state"}})
    put(mock, f"stories/{story}", {"story": {"state": "completed"}})
    moves = listed(mock, "story_state_changes", story_id=story, include="user")
    assert [(each["state"], each["user_id"]) for each in moves] == [
        ("completed", user_id(mock, ADMIN)),
        ("started", user_id(mock, ANA)),
    ]
    assert moves[0]["formatted_state"] == "Completed"
    assert [each["state"] for each in listed(mock, "story_state_changes", story_id=above)] == ["started"]
    assert get(mock, f"story_state_changes/{moves[0]['id']}")["count"] == 1


def test_moves_go_with_their_task(mock: Psa, workspace_id: str) -> None:
    story = task(mock, workspace_id, percentage_complete=0)
    put(mock, f"stories/{story}", {"story": {"percentage_complete": 10}})
    assert send(mock, "DELETE", f"stories/{story}").status == 204
    assert listed(mock, "story_state_changes", workspace_id=workspace_id) == []


def test_somebody_is_invited_to_a_project_by_email(mock: Psa) -> None:
    workspace_id = project(mock)
    path = f"workspaces/{workspace_id}/invite"
    given = {"email_address": "ben@firm.example", "invitee_role": "maven"}
    content = ok(send(mock, "POST", path, {"invitation": given}, LEAD, include="participants"))
    assert user_id(mock, BEN) in content["workspaces"][workspace_id]["participant_ids"]
    refuse(mock, "POST", path, {"invitation": given}, "user_id")
    refuse(mock, "POST", path, {"invitation": {"email_address": "new@client.example"}}, "full_name")
    stranger = {"email_address": "New@client.example", "full_name": "Nia New", "invitee_role": "buyer"}
    ok(send(mock, "POST", path, {"invitation": stranger}))
    (user,) = listed(mock, "users", by_email_address="new@client.example", include="account_membership")
    (membership,) = listed(mock, "account_memberships", user_id=user["id"])
    assert membership["permission"] == "collaborator"
    (joined,) = listed(mock, "participations", workspace_id=workspace_id, by_user=user["id"])
    assert joined["role"] == "buyer"
    refused(send(mock, "POST", path, {"invitation": stranger}, ANA), 403)
