"""Custom fields a tenant adds to Kantata, and what it requires of every new project."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from mocks.kit.app import Context
from mocks.psa import records
from mocks.psa.shape import fields_of, record_types_of
from mocks.psa.system import Psa
from sandbox.core.chance import Chance
from sandbox.core.clock import ManualClock
from sandbox.core.tenant_shape import PsaShape, ShapeMistake
from tests.mocks.psa.client import EPOCH, LEAD, get, listed, post, refuse, refused, send, tenant

PRACTICE = {
    "subject": "Workspace",
    "name": "Practice",
    "type": "single",
    "choices": ["Cloud", "Data"],
    "required": True,
}
SHAPE = PsaShape.model_validate({
    "custom_fields": [
        PRACTICE,
        {"subject": "Workspace", "name": "Client PO", "type": "string", "required": True},
        {"subject": "User", "name": "Badge", "type": "number"},
    ]
})  # fmt: skip


@pytest.fixture
def mock() -> Psa:
    return Psa(Context(ManualClock(EPOCH), Chance(1)), replace(tenant(), shape=SHAPE))


def values(mock: Psa, **named: Any) -> list[dict[str, Any]]:
    fields = {each["name"].replace(" ", "_"): int(each["id"]) for each in listed(mock, "custom_fields")}
    return [{"custom_field_id": fields[name], "value": value} for name, value in named.items()]


def cloud(mock: Psa) -> int:
    return next(int(each["id"]) for each in listed(mock, "custom_field_choices") if each["label"] == "Cloud")


def test_added_fields_and_choices_are_listed_with_those_of_the_account(mock: Psa) -> None:
    fields = {each["name"]: each for each in listed(mock, "custom_fields", per_page=200)}
    assert {"Grade", "Practice", "Client PO", "Badge"} <= fields.keys()
    assert (fields["Practice"]["subject_type"], fields["Practice"]["value_type"]) == ("Workspace", "single")
    labels = listed(mock, "custom_field_choices", custom_field_id=fields["Practice"]["id"])
    assert [each["label"] for each in labels] == ["Cloud", "Data"]


def test_a_project_without_required_fields_is_refused_with_each_of_them_and_not_kept(mock: Psa) -> None:
    answer = send(mock, "POST", "workspaces", {"workspace": {"title": "Bare"}}, token=LEAD)
    assert answer.status == 422
    assert [(each["field"], each["message"]) for each in answer.json()["errors"]] == [
        ("custom_fields", "Client PO can't be blank"),
        ("custom_fields", "Practice can't be blank"),
    ]
    assert get(mock, "workspaces")["count"] == 0
    half = {"title": "Half", "custom_fields": values(mock, Client_PO="PO-1")}
    assert (
        refused(send(mock, "POST", "workspaces", {"workspace": half}, token=LEAD), 422, "custom_fields")
        == "Practice can't be blank"
    )


def test_a_project_with_them_is_made_and_its_required_values_stay(mock: Psa) -> None:
    filled = {"title": "Whole", "custom_fields": values(mock, Client_PO="PO-1", Practice=[cloud(mock)])}
    post(mock, "workspaces", {"workspace": filled}, LEAD)
    held = listed(mock, "custom_field_values", subject_type="Workspace")
    assert {each["custom_field_name"]: each["display_value"] for each in held} == {
        "Client PO": "PO-1",
        "Practice": "Cloud",
    }
    message = refuse(mock, "DELETE", f"custom_field_values/{held[0]['id']}", None, "value", LEAD)
    assert message == f"{held[0]['custom_field_name']} can't be blank"


def test_without_required_fields_the_record_types_are_those_of_every_account() -> None:
    assert record_types_of(PsaShape()) is records.ALL


@pytest.mark.parametrize(
    ("field", "part", "message"),
    [
        ({"subject": "Workspce"}, "subject", "did you mean 'Workspace'"),
        ({"type": "singel"}, "type", "did you mean 'single'"),
        ({"choices": []}, "choices", "single and multi"),
        ({"subject": "User"}, "required", "only a field of Workspace"),
    ],
)
def test_what_kantata_does_not_take_is_refused_with_its_place(field: dict[str, Any], part: str, message: str) -> None:
    with pytest.raises(ShapeMistake) as wrong:
        fields_of(PsaShape.model_validate({"custom_fields": [{**PRACTICE, **field}]}))
    assert wrong.value.place == ("psa", "custom_fields", 0, part)
    assert message in wrong.value.message


def test_a_field_the_account_has_is_not_added_again() -> None:
    shape = PsaShape.model_validate({"custom_fields": [{"subject": "User", "name": "Grade", "type": "string"}]})
    with pytest.raises(ShapeMistake, match="User has Grade already"):
        Psa(Context(ManualClock(EPOCH), Chance(1)), replace(tenant(), shape=shape))
