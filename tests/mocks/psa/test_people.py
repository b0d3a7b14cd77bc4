"""People are invited, found, changed and disabled; roles and rates are the tenant's."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from mocks.psa.system import Psa
from sandbox.core.errors import UsageError
from sandbox.core.tenants import PsaRateCard, PsaTenant, PsaUser, RateVersion
from tests.mocks.psa.client import (
    ANA,
    BEN,
    LEAD,
    get,
    listed,
    post,
    put,
    refused,
    rows,
    send,
    tenant,
    user_id,
)

EVE = {"full_name": "Eve New", "email_address": "Eve@firm.example", "permission": "collaborator"}


def role(mock: Psa, name: str) -> str:
    return next(str(each["id"]) for each in listed(mock, "roles") if each["name"] == name)


def test_an_invitation_makes_a_user_with_membership_and_key_at_once(mock: Psa) -> None:
    reference = {"service_name": "workday", "service_model": "Worker", "service_model_ref": "W-0009"}
    given = {**EVE, "default_role_id": int(role(mock, "partner")), "external_reference": reference}
    made = post(mock, "account_invitations", {"account_invitation": given})
    assert (made["full_name"], made["email_address"]) == ("Eve New", "eve@firm.example")
    content = get(mock, f"users/{made['id']}", include="account_membership,external_references")
    membership = content["account_memberships"][content["users"][made["id"]]["account_membership_id"]]
    assert (membership["permission"], membership["default_role_id"]) == ("collaborator", role(mock, "partner"))
    assert [each["service_model_ref"] for each in content["external_references"].values()] == ["W-0009"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"email_address": "ANA@firm.example"}, "email_address"),
        ({"email_address": "nobody"}, "email_address"),
        ({"email_address": None}, "email_address"),
        ({"full_name": ""}, "full_name"),
        ({"permission": "king"}, "permission"),
        ({"permission": None}, "permission"),
        ({"default_role_id": 1}, "default_role_id"),
        ({"external_reference": {"service_name": "workday"}}, "external_reference"),
        ({"external_reference": "W-0009"}, "external_reference"),
    ],
)
def test_an_invitation_that_does_not_fit_is_refused(mock: Psa, change: dict[str, Any], field: str) -> None:
    before = mock.dump()
    refused(send(mock, "POST", "account_invitations", {"account_invitation": {**EVE, **change}}), 422, field)
    assert mock.dump() == before


def test_an_invitation_sent_twice_is_refused_the_second_time(mock: Psa) -> None:
    post(mock, "account_invitations", {"account_invitation": EVE})
    refused(send(mock, "POST", "account_invitations", {"account_invitation": EVE}), 422, "email_address")
    assert get(mock, "users", by_email_address="eve@firm.example")["count"] == 1


def test_users_are_found_by_email_name_project_and_key(mock: Psa, workspace_id: str) -> None:
    def found(**params: Any) -> list[str]:
        return [each["full_name"] for each in listed(mock, "users", order="full_name:asc", **params)]

    assert found(by_email_address="ANA@FIRM.EXAMPLE") == ["Ana Analyst"]
    assert found(search="ben") == ["Ben Builder"]
    assert found(search="firm.example") == ["Ana Analyst", "Ben Builder", "Integration User", "Lea Lead"]
    assert found(participant_in=workspace_id) == ["Ana Analyst", "Ben Builder", "Integration User"]
    assert found(participant_in="1") == []
    assert found(external_reference_service_name="workday", external_reference_service_model_ref="W-0003") == [
        "Ben Builder"
    ]


def test_who_is_disabled_is_no_longer_on_the_account_but_still_a_user(mock: Psa) -> None:
    membership = listed(mock, "account_memberships", user_id=user_id(mock, BEN))[0]
    put(mock, f"account_memberships/{membership['id']}/disable")
    assert get(mock, "users")["count"] == 4
    assert get(mock, "users", on_my_account="true")["count"] == 3
    assert get(mock, "users", on_my_account="false")["count"] == 4


def test_who_is_enabled_again_is_on_the_account_as_before(mock: Psa) -> None:
    membership = next(each for each in listed(mock, "account_memberships") if each["user_id"] == user_id(mock, BEN))
    put(mock, f"account_memberships/{membership['id']}/disable")
    assert put(mock, f"account_memberships/{membership['id']}/enable")["disabled"] is False
    assert get(mock, "users/me", token=BEN)["results"]
    assert put(mock, f"account_memberships/{membership['id']}/enable")["disabled"] is False


def test_who_is_disabled_joins_no_project(mock: Psa, workspace_id: str) -> None:
    lead_id = user_id(mock, LEAD)
    membership = listed(mock, "account_memberships", user_id=lead_id)[0]
    put(mock, f"account_memberships/{membership['id']}/disable")
    given = {"workspace_id": workspace_id, "user_id": lead_id}
    refused(send(mock, "POST", "participations", {"participation": given}), 422, "user_id")


def test_a_membership_changes_role_and_permission_and_the_same_again_changes_nothing(mock: Psa) -> None:
    membership = listed(mock, "account_memberships", user_id=user_id(mock, ANA), include="user")[0]
    given = {"account_membership": {"default_role_id": role(mock, "manager"), "permission": "project_lead"}}
    changed = put(mock, f"account_memberships/{membership['id']}", given)
    assert (changed["default_role_id"], changed["permission"]) == (role(mock, "manager"), "project_lead")
    before = mock.transactions
    assert put(mock, f"account_memberships/{membership['id']}", given) == changed
    assert mock.transactions == before
    path = f"account_memberships/{membership['id']}"
    refused(send(mock, "PUT", path, {"account_membership": {"default_role_id": "7"}}), 422, "default_role_id")
    refused(send(mock, "PUT", path, {"account_membership": {"permission": "king"}}), 422, "permission")


def test_tenant_users_carry_their_employee_id_as_a_key(mock: Psa) -> None:
    found = listed(mock, "external_references", subject_type="User", service_name="workday")
    assert {each["service_model_ref"]: str(each["subject_id"]) for each in found} == {
        "W-0001": user_id(mock, LEAD),
        "W-0002": user_id(mock, ANA),
        "W-0003": user_id(mock, BEN),
    }


def test_rate_cards_are_read_from_card_to_rate(mock: Psa) -> None:
    cards = get(mock, "rate_cards", include="rate_card_versions", currency="EUR")
    card = rows(cards)[0]
    assert (card["title"], card["currency"]) == ("Standard EUR", "EUR")
    versions = listed(mock, "rate_card_versions", rate_card_id=card["id"], order="effective_date:asc")
    assert [each["effective_date"] for each in versions] == ["2025-01-01", "2026-02-01"]
    assert sorted(card["rate_card_version_ids"]) == sorted(each["id"] for each in versions)
    content = get(mock, "rate_card_roles", rate_card_version_id=versions[1]["id"], include="role")
    rates = {content["roles"][each["role_id"]]["name"]: each["rate"] for each in rows(content)}
    assert rates == {"analyst": 16255, "manager": 27000}


def test_a_yen_has_no_cents(mock: Psa) -> None:
    card = rows(get(mock, "rate_cards", currency="JPY", include="rate_card_versions"))[0]
    rate = listed(mock, "rate_card_roles", rate_card_version_id=card["rate_card_version_ids"][0])[0]
    assert (rate["rate"], rate["currency"]) == (20000, "JPY")


def test_a_tenant_kantata_could_not_have_is_refused(mock: Psa) -> None:
    def odd(permission: str, rate: str) -> PsaTenant:
        card = PsaRateCard("Odd", "EUR", (RateVersion(date(2026, 1, 1), {"analyst": Decimal(rate)}),))
        return PsaTenant("firm", (PsaUser("A", "a@firm.example", "t", permission),), ("analyst",), (card,))

    assert Psa(mock.context, odd("collaborator", "100.01")).name == "psa"
    with pytest.raises(UsageError, match="permission 'king'"):
        Psa(mock.context, odd("king", "100.01"))
    with pytest.raises(UsageError, match="finer than the minor unit"):
        Psa(mock.context, odd("collaborator", "100.001"))


def test_a_user_left_out_of_the_tenant_moves_the_id_of_no_other(mock: Psa) -> None:
    whole = tenant()
    shorter = Psa(mock.context, replace(whole, users=whole.users[:3], roles=whole.roles[:2]))
    assert user_id(shorter, ANA) == user_id(mock, ANA)
    assert role(shorter, "manager") == role(mock, "manager")
