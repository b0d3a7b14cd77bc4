"""Geographies, departments, their members, and sets of rate cards."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mocks.kit.app import Context
from mocks.psa.system import Psa
from sandbox.core.chance import Chance
from sandbox.core.clock import ManualClock
from sandbox.core.errors import UsageError
from sandbox.core.tenants import PsaOrganization
from tests.mocks.psa.client import (
    ADMIN,
    ANA,
    EPOCH,
    LEAD,
    get,
    ids,
    listed,
    ok,
    post,
    project,
    put,
    refuse,
    refused,
    rows,
    send,
    tenant,
    user_id,
)

FIRM = (
    PsaOrganization("Europe", "Geography"),
    PsaOrganization("Germany", "Geography", "Europe"),
    PsaOrganization("Consulting", "Department"),
)


def system(*organizations: PsaOrganization) -> Psa:
    return Psa(Context(ManualClock(EPOCH), Chance(1)), replace(tenant(), organizations=organizations))


@pytest.fixture
def firm() -> Psa:
    return system(*FIRM)


def place(mock: Psa, name: str) -> str:
    return str(listed(mock, "organizations", search=name)[0]["id"])


def test_organizations_are_trees_by_kind(firm: Psa) -> None:
    (germany,) = listed(firm, "organizations", parent_id=place(firm, "Europe"))
    assert (germany["name"], germany["type"], germany["parent_id"]) == ("Germany", "Geography", place(firm, "Europe"))
    assert [each["name"] for each in listed(firm, "organizations", type="Department")] == ["Consulting"]
    (europe,) = listed(firm, "organizations", search="Europe", include="children")
    assert europe["child_ids"] == [germany["id"]]


def test_people_and_projects_belong_to_places(firm: Psa) -> None:
    ana, workspace = user_id(firm, ANA), project(firm)
    body = {
        "organization_memberships": [
            {"member_type": "user", "member_id": ana, "department_id": place(firm, "Consulting")},
            {"member_type": "user", "member_id": ana, "geography_id": place(firm, "Germany")},
            {"member_type": "workspace", "member_id": workspace, "geography_id": place(firm, "Europe")},
        ]
    }
    made = rows(ok(send(firm, "POST", "organization_memberships", body)))
    assert [each["primary"] for each in made] == [True, False, True]
    put(firm, f"organization_memberships/{made[1]['id']}", {"organization_membership": {"primary": True}})
    primary = listed(firm, "organization_memberships", member_id=ana, primary="true", include="geography")
    assert [each["id"] for each in primary] == [made[1]["id"]]
    assert send(firm, "DELETE", f"organization_memberships/{made[1]['id']}").status == 204
    assert get(firm, "organization_memberships", member_type="user")["count"] == 1


def test_a_membership_that_does_not_fit_is_refused(firm: Psa) -> None:
    ana = user_id(firm, ANA)
    base = {"member_type": "user", "member_id": ana}
    for more, field in (
        ({}, "department_id"),
        ({"department_id": place(firm, "Europe")}, "department_id"),
        ({"geography_id": "1"}, "geography_id"),
        ({"member_id": "1", "geography_id": place(firm, "Europe")}, "member_id"),
        ({"member_type": "planet", "geography_id": place(firm, "Europe")}, "member_type"),
    ):
        refuse(firm, "POST", "organization_memberships", {"organization_membership": {**base, **more}}, field)
    body = {"organization_membership": {**base, "geography_id": place(firm, "Europe")}}
    refused(send(firm, "POST", "organization_memberships", body, LEAD), 403)
    made = post(firm, "organization_memberships", body)
    path = f"organization_memberships/{made['id']}"
    wrong = {"organization_membership": {"geography_id": place(firm, "Consulting")}}
    refuse(firm, "PUT", path, wrong, "geography_id")


@pytest.mark.parametrize(
    "wrong", [PsaOrganization("Moon", "Planet"), PsaOrganization("Germany", "Geography", "Europe")]
)
def test_a_tenant_with_an_impossible_organization_is_refused(wrong: PsaOrganization) -> None:
    with pytest.raises(UsageError, match=wrong.name):
        system(wrong)


def test_cards_of_one_name_are_a_set(mock: Psa) -> None:
    sets = listed(mock, "rate_card_sets", order="title:asc", include="rate_cards")
    assert [each["title"] for each in sets] == ["Standard EUR", "Standard JPY"]
    (card,) = listed(mock, "rate_cards", rate_card_set_id=sets[0]["id"], include="rate_card_set")
    assert (card["currency"], sets[0]["rate_card_ids"]) == ("EUR", [card["id"]])
    assert ids(get(mock, f"rate_card_sets/{sets[1]['id']}", token=LEAD)) == [sets[1]["id"]]
    refused(send(mock, "GET", "rate_card_sets", token=ANA), 403)
    assert get(mock, "rate_card_sets", ADMIN)["count"] == 2
