"""Projects, the people on them, the clients they are for, and the keys they have elsewhere."""

from __future__ import annotations

from typing import Any

import pytest

from mocks.psa.system import Psa
from tests.mocks.psa.client import (
    ADMIN,
    ANA,
    BEN,
    LEAD,
    approved,
    get,
    ids,
    invoice,
    listed,
    log,
    ok,
    post,
    project,
    put,
    rate_card,
    refused,
    rows,
    send,
    user_id,
)

KEY = {"service_name": "salesforce", "service_model": "Opportunity", "service_model_ref": "006000000000001AAA"}


def create(mock: Psa, **given: Any) -> dict[str, Any]:
    return post(mock, "workspaces", {"workspace": {"title": "X", **given}})


def change(mock: Psa, workspace_id: str, **given: Any) -> dict[str, Any]:
    return put(mock, f"workspaces/{workspace_id}", {"workspace": given})


def refuse_change(mock: Psa, workspace_id: str, field: str, **given: Any) -> None:
    before = mock.dump()
    refused(send(mock, "PUT", f"workspaces/{workspace_id}", {"workspace": given}), 422, field)
    assert mock.dump() == before


def test_a_price_goes_in_in_main_units_and_comes_out_in_minor_ones(mock: Psa) -> None:
    made = create(mock, budgeted=True, price=480000, currency="EUR")
    assert (made["price_in_cents"], made["price"]) == (48000000, "€480,000.00")
    assert (made["currency"], made["currency_base_unit"], made["currency_symbol"]) == ("EUR", 100, "€")
    yen = create(mock, budgeted=True, price=5000000, currency="JPY")
    assert (yen["price_in_cents"], yen["price"], yen["currency_base_unit"]) == (5000000, "¥5,000,000", 1)
    dinar = create(mock, budgeted=True, price=1, currency="KWD")
    assert (dinar["price_in_cents"], dinar["price"], dinar["currency_base_unit"]) == (1000, "KWD 1.000", 1000)


def test_a_new_project_has_the_vendors_defaults(mock: Psa) -> None:
    made = create(mock)
    assert made["status"] == {"color": "gray", "key": "100", "message": "Not Started"}
    expected = {
        "stage": "project",
        "archived": False,
        "budgeted": False,
        "price": None,
        "price_in_cents": None,
        "currency": "USD",
        "rate_card_id": None,
        "change_orders_enabled": False,
        "require_time_approvals": True,
        "time_trackable": True,
        "tasks_default_non_billable": False,
        "stories_are_fixed_fee_by_default": False,
        "access_level": "invitation",
        "creator_id": user_id(mock, ADMIN),
        "created_at": "2026-01-12T00:00:00+00:00",
    }
    assert {name: made[name] for name in expected} == expected
    assert create(mock, budgeted=True, price=1)["change_orders_enabled"] is True
    assert create(mock, access_level="admins")["access_level"] == "admin"


def test_who_may_see_a_project_is_spelled_in_two_ways_and_shown_in_one(mock: Psa, workspace_id: str) -> None:
    for sent in ("admins", "admin"):
        assert change(mock, workspace_id, access_level=sent)["access_level"] == "admin"


def test_the_creator_takes_part_in_the_project(mock: Psa) -> None:
    made = create(mock, creator_role="client")
    found = listed(mock, "participations", workspace_id=made["id"])
    assert [(each["user_id"], each["role"]) for each in found] == [(user_id(mock, ADMIN), "buyer")]


def test_the_currency_of_the_rate_card_wins(mock: Psa) -> None:
    made = create(mock, rate_card_id=int(rate_card(mock)), currency="USD")
    assert (made["currency"], made["rate_card_id"]) == ("EUR", int(rate_card(mock)))


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"budgeted": True}, "price"),
        ({"price": 5}, "price"),
        ({"budgeted": True, "price": -1}, "price"),
        ({"budgeted": True, "price": 10, "currency": "euro"}, "currency"),
        ({"start_date": "2026-02-01", "due_date": "2026-01-31"}, "due_date"),
        ({"stage": "dream"}, "stage"),
        ({"status_key": 777}, "status_key"),
        ({"rate_card_id": 1}, "rate_card_id"),
        ({"primary_workspace_group_id": 1}, "primary_workspace_group_id"),
        ({"workspace_group_ids": [1]}, "workspace_group_ids"),
        ({"workspace_group_ids": "1"}, "workspace_group_ids"),
        ({"access_level": "everybody"}, "access_level"),
        ({"external_reference": {"service_name": "crm"}}, "external_reference"),
    ],
)
def test_a_project_that_does_not_fit_is_refused(mock: Psa, given: dict[str, Any], field: str) -> None:
    before = mock.dump()
    refused(send(mock, "POST", "workspaces", {"workspace": {"title": "X", **given}}), 422, field)
    assert mock.dump() == before


def test_an_estimate_becomes_a_project_and_never_an_estimate_again(mock: Psa) -> None:
    made = create(mock, stage="estimate", budgeted=True, price=10)
    assert change(mock, made["id"], stage="project")["stage"] == "project"
    refuse_change(mock, made["id"], "stage", stage="estimate")


def test_the_price_of_a_project_under_change_orders_stays(mock: Psa) -> None:
    made = create(mock, budgeted=True, price=10)
    assert change(mock, made["id"], price=20)["price_in_cents"] == 1000
    assert change(mock, made["id"], price=10)["price_in_cents"] == 1000
    assert change(mock, made["id"], price=20, change_orders_enabled=False)["price_in_cents"] == 2000
    assert change(mock, made["id"], price=30)["price_in_cents"] == 3000


def test_the_price_of_an_estimate_is_free(mock: Psa) -> None:
    made = create(mock, stage="estimate", budgeted=True, price=10)
    assert change(mock, made["id"], price=20)["price_in_cents"] == 2000
    # Winning and repricing in one step still concerns an estimate.
    assert change(mock, made["id"], price=25, stage="project")["price_in_cents"] == 2500


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"title": ""}, "title"),
        ({"currency": "CHF"}, "currency"),
        ({"due_date": "2025-01-01"}, "due_date"),
        ({"price": None}, "price"),
        ({"budgeted": False}, "price"),
        ({"status_key": "nope"}, "status_key"),
    ],
)
def test_a_change_that_does_not_fit_is_refused(mock: Psa, given: dict[str, Any], field: str) -> None:
    made = create(mock, budgeted=True, price=10, start_date="2026-01-05", stage="estimate")
    refuse_change(mock, made["id"], field, **given)


def test_a_rate_card_of_another_currency_does_not_go_on_a_project(mock: Psa) -> None:
    made = create(mock, currency="EUR")
    refuse_change(mock, made["id"], "rate_card_id", rate_card_id=rate_card(mock, "JPY"))
    assert change(mock, made["id"], rate_card_id=rate_card(mock))["rate_card_id"] == int(rate_card(mock))
    assert change(mock, made["id"], rate_card_id=None)["rate_card_id"] is None


def test_a_status_is_set_by_its_key_and_the_same_again_changes_nothing(mock: Psa) -> None:
    made = create(mock)
    changed = change(mock, made["id"], status_key=501)
    assert changed["status"] == {"color": "red", "key": "501", "message": "Cancelled"}
    before = mock.transactions
    assert change(mock, made["id"], status_key="501") == changed
    assert mock.transactions == before


def test_an_archived_project_hides_from_lists_and_from_its_own_page(mock: Psa) -> None:
    kept, gone = create(mock)["id"], create(mock)["id"]
    assert change(mock, gone, archived=True)["archived"] is True
    assert ids(get(mock, "workspaces")) == [kept]
    assert ids(get(mock, "workspaces", only=gone)) == []
    refused(send(mock, "GET", f"workspaces/{gone}"), 404)
    assert ids(get(mock, f"workspaces/{gone}", include_archived="true")) == [gone]
    assert sorted(ids(get(mock, "workspaces", archived="include"))) == sorted([kept, gone])
    assert ids(get(mock, "workspaces", archived="only")) == [gone]
    assert change(mock, gone, archived=False)["archived"] is False
    assert get(mock, "workspaces")["count"] == 2


def test_a_project_belongs_to_groups_and_its_primary_one_among_them(mock: Psa) -> None:
    groups = [post(mock, "workspace_groups", {"workspace_group": {"name": name}})["id"] for name in "AB"]
    made = create(mock, primary_workspace_group_id=int(groups[0]))
    content = get(mock, f"workspaces/{made['id']}", include="workspace_groups,primary_workspace_group")
    shown = content["workspaces"][made["id"]]
    assert (shown["primary_workspace_group_id"], shown["workspace_group_ids"]) == (groups[0], [groups[0]])
    change(mock, made["id"], workspace_group_ids=[groups[1]], primary_workspace_group_id=groups[1])
    assert listed(mock, "workspaces", include="workspace_groups")[0]["workspace_group_ids"] == [groups[1]]
    # Either alone says where it belongs.
    for group in groups:
        change(mock, made["id"], workspace_group_ids=[group])
        assert listed(mock, "workspaces", include="workspace_groups")[0]["workspace_group_ids"] == [group]
    content = get(mock, "workspace_groups", include="workspaces", order="name:asc")
    assert [each["workspace_ids"] for each in rows(content)] == [[], [made["id"]]]
    assert list(content["workspaces"]) == [made["id"]]


def test_a_client_is_created_found_and_changed(mock: Psa) -> None:
    key = {"service_name": "salesforce", "service_model": "Account", "service_model_ref": "001"}
    given = {"name": "Northwind", "company": True, "external_reference": key}
    made = post(mock, "workspace_groups", {"workspace_group": given})
    assert (made["name"], made["company"], made["notes"]) == ("Northwind", True, None)
    assert ids(get(mock, "workspace_groups", external_reference_service_model_ref="001")) == [made["id"]]
    assert ids(get(mock, "workspace_groups", search="NORTH", company="true")) == [made["id"]]
    assert get(mock, "workspace_groups", company="false")["count"] == 0
    changed = put(mock, f"workspace_groups/{made['id']}", {"workspace_group": {"email": "ap@northwind.example"}})
    assert (changed["email"], changed["name"]) == ("ap@northwind.example", "Northwind")
    refused(send(mock, "POST", "workspace_groups", {"workspace_group": {"company": True}}), 422, "name")


# -- keys -----------------------------------------------------------------------------------------------------------


def test_two_projects_may_have_one_key_which_is_the_vendors_trap(mock: Psa) -> None:
    first, second = (create(mock, title=title, external_reference=KEY)["id"] for title in "AB")
    assert first != second
    found = get(mock, "workspaces", external_reference_service_model_ref=KEY["service_model_ref"])
    assert sorted(ids(found)) == sorted([first, second])


def test_a_create_that_is_sent_twice_makes_two_projects(mock: Psa) -> None:
    given = {"title": "Once", "external_reference": KEY}
    assert create(mock, **given)["id"] != create(mock, **given)["id"]
    assert get(mock, "workspaces", search="once")["count"] == 2


@pytest.mark.parametrize(
    ("params", "found"),
    [
        ({"has_external_references": "true"}, ["A", "B"]),
        ({"has_external_references": "false"}, ["C"]),
        ({"external_reference_service_name": "salesforce"}, ["A", "B"]),
        ({"external_reference_service_name": "netsuite"}, ["B"]),
        ({"external_reference_service_model": "Opportunity", "external_reference_service_model_ref": "2"}, ["B"]),
        # Both must hold for one and the same reference.
        ({"external_reference_service_name": "netsuite", "external_reference_service_model_ref": "2"}, []),
        ({"external_reference_service_model_refs": "1,2,99"}, ["A", "B"]),
        ({"external_reference_service_model_refs": "job-9"}, ["B"]),
        ({"external_reference_status": "failed"}, ["B"]),
        ({"without_external_reference_service_name": "netsuite"}, ["A", "C"]),
        ({"external_reference_service_model_ref": ""}, []),
    ],
)
def test_projects_are_found_by_their_keys(mock: Psa, params: dict[str, str], found: list[str]) -> None:
    create(mock, title="A", external_reference={**KEY, "service_model_ref": "1"})
    second = create(mock, title="B", external_reference={**KEY, "service_model_ref": "2"})
    create(mock, title="C")
    erp = {"service_name": "netsuite", "service_model": "job", "service_model_ref": "job-9", "status": "failed"}
    given = {**erp, "subject_type": "Workspace", "subject_id": second["id"]}
    post(mock, "external_references/create_or_update", {"external_reference": given})
    assert [each["title"] for each in listed(mock, "workspaces", order="title:asc", **params)] == found


def test_a_key_is_put_once_per_service_and_the_same_again_changes_nothing(mock: Psa, workspace_id: str) -> None:
    path = "external_references/create_or_update"
    given = {**KEY, "subject_type": "Workspace", "subject_id": int(workspace_id)}
    made = post(mock, path, {"external_reference": given})
    assert (made["subject_id"], made["status"], made["locked"]) == (int(workspace_id), "successful", False)
    before = mock.transactions
    assert post(mock, path, {"external_reference": given}) == made
    assert mock.transactions == before
    moved = post(mock, path, {"external_reference": {**given, "service_model_ref": "007", "status": "pending"}})
    assert (moved["id"], moved["service_model_ref"], moved["status"]) == (made["id"], "007", "pending")
    assert get(mock, "external_references", subject_type="Workspace")["count"] == 1


def test_a_key_is_listed_by_its_subject_and_deleted(mock: Psa, workspace_id: str) -> None:
    change(mock, workspace_id, external_reference=KEY)
    found = listed(mock, "external_references", subject_type="Workspace", subject_id=workspace_id)
    assert [each["service_model_ref"] for each in found] == [KEY["service_model_ref"]]
    assert send(mock, "DELETE", f"external_references/{found[0]['id']}").status == 204
    assert get(mock, "workspaces", has_external_references="true")["count"] == 0
    refused(send(mock, "DELETE", f"external_references/{found[0]['id']}"), 404)


@pytest.mark.parametrize(
    ("change_", "field"),
    [
        ({"subject_type": "Planet"}, "subject_type"),
        ({"subject_type": None}, "subject_type"),
        ({"subject_id": 1}, "subject_id"),
        ({"service_name": ""}, "service_name"),
        ({"service_model_ref": 5}, "service_model_ref"),
        ({"status": "lost"}, "status"),
    ],
)
def test_a_key_that_does_not_fit_is_refused(mock: Psa, workspace_id: str, change_: dict[str, Any], field: str) -> None:
    given = {**KEY, "subject_type": "Workspace", "subject_id": workspace_id, **change_}
    response = send(mock, "POST", "external_references/create_or_update", {"external_reference": given})
    refused(response, 422, field)


@pytest.mark.parametrize(
    ("path", "field"), [("external_references", "subject_type"), ("participations", "workspace_id")]
)
def test_some_lists_ask_for_a_filter(mock: Psa, path: str, field: str) -> None:
    refused(send(mock, "GET", path), 422, field)


# -- people on projects ---------------------------------------------------------------------------------------------


def test_people_join_change_and_leave_a_project(mock: Psa, workspace_id: str) -> None:
    lead_id = user_id(mock, LEAD)
    made = post(mock, "participations", {"participation": {"workspace_id": int(workspace_id), "user_id": int(lead_id)}})
    assert (made["workspace_id"], made["user_id"], made["role"]) == (workspace_id, lead_id, "maven")
    assert ids(get(mock, "participations", workspace_id=workspace_id, by_user=lead_id)) == [made["id"]]
    # A parameter that is not in the contract is ignored (kantata-assist sends it).
    assert get(mock, "participations", workspace_id=workspace_id, user_id=lead_id)["count"] == 4
    changed = put(mock, f"participations/{made['id']}", {"participation": {"role": "buyer", "is_team_lead": True}})
    assert (changed["role"], changed["is_team_lead"]) == ("buyer", True)
    assert send(mock, "DELETE", f"participations/{made['id']}").status == 204
    assert get(mock, "participations", workspace_id=workspace_id, by_user=lead_id)["count"] == 0
    again = post(mock, "participations", {"participation": {"workspace_id": workspace_id, "user_id": lead_id}})
    assert again["id"] != made["id"]


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"workspace_id": 1}, "workspace_id"),
        ({"user_id": 1}, "user_id"),
        ({"user_id": None}, "user_id"),
        ({"role": "king"}, "role"),
    ],
)
def test_a_participation_that_does_not_fit_is_refused(
    mock: Psa, workspace_id: str, given: dict[str, Any], field: str
) -> None:
    body = {"workspace_id": workspace_id, "user_id": user_id(mock, LEAD), **given}
    refused(send(mock, "POST", "participations", {"participation": body}), 422, field)


def test_a_bulk_of_participations_joins_everybody_or_nobody(mock: Psa) -> None:
    workspace_id = project(mock)
    people = [user_id(mock, token) for token in (ANA, BEN, LEAD)]
    items = [{"workspace_id": workspace_id, "user_id": each} for each in people]
    refused(send(mock, "POST", "participations", {"participations": [*items, items[0]]}), 422, "user_id")
    assert get(mock, "participations", workspace_id=workspace_id)["count"] == 1
    assert ok(send(mock, "POST", "participations", {"participations": items}))["count"] == 3


def test_an_untouched_project_is_deleted_with_what_belongs_to_it(mock: Psa, workspace_id: str) -> None:
    change(mock, workspace_id, external_reference=KEY)
    post(mock, "stories", {"story": {"workspace_id": workspace_id, "title": "Build"}})
    assert send(mock, "DELETE", f"workspaces/{workspace_id}").status == 204
    refused(send(mock, "GET", f"workspaces/{workspace_id}", include_archived="true"), 404)
    assert get(mock, "stories", workspace_id=workspace_id)["count"] == 0
    assert get(mock, "participations", workspace_id=workspace_id)["count"] == 0
    assert get(mock, "external_references", subject_type="Workspace")["count"] == 0


def test_a_project_with_time_or_invoices_is_not_deleted(mock: Psa, workspace_id: str) -> None:
    entry_id = log(mock, workspace_id)
    refused(send(mock, "DELETE", f"workspaces/{workspace_id}"), 422, "base")
    send(mock, "DELETE", f"time_entries/{entry_id}")
    assert send(mock, "DELETE", f"workspaces/{workspace_id}").status == 204
    other = project(mock, ANA)
    invoice(mock, other, [approved(mock, other)])
    refused(send(mock, "DELETE", f"workspaces/{other}"), 422, "base")
