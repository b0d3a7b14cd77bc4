"""Custom fields: values in the wire forms of the contract, overridden, emptied, and news of the project."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import orjson
import pytest

from mocks.psa.seed import seed
from mocks.psa.system import Psa
from sandbox.core.clock import HOUR_US, ManualClock
from sandbox.core.errors import UsageError
from sandbox.core.tenants import PsaCustomField, PsaTenant
from tests.mocks.psa.client import (
    ADMIN,
    ANA,
    BEN,
    LEAD,
    events_since,
    get,
    listed,
    make,
    post,
    project,
    put,
    refuse,
    refused,
    send,
    user_id,
)


def field(mock: Psa, name: str) -> str:
    return str(listed(mock, "custom_fields", name=name)[0]["id"])


def choice(mock: Psa, name: str, label: str) -> str:
    found = listed(mock, "custom_field_choices", custom_field_id=field(mock, name))
    return next(str(each["id"]) for each in found if each["label"] == label)


def given(mock: Psa, subject_id: str, name: str, value: Any, subject_type: str = "Workspace") -> dict[str, Any]:
    return {
        "custom_field_value": {
            "subject_type": subject_type,
            "subject_id": int(subject_id),
            "custom_field_id": int(field(mock, name)),
            "value": value,
        }
    }


def fill(mock: Psa, workspace_id: str, name: str, value: Any, token: str = LEAD) -> dict[str, Any]:
    return post(mock, "custom_field_values", given(mock, workspace_id, name, value), token)


def test_the_fields_of_an_account_come_with_it(mock: Psa) -> None:
    assert [each["name"] for each in listed(mock, "custom_fields", subject_type="User")] == ["Grade"]
    content = get(mock, "custom_fields", name="Billing Method", include="choices")
    (shown,) = content["custom_fields"].values()
    assert (shown["subject_type"], shown["value_type"]) == ("Workspace", "single")
    assert {content["custom_field_choices"][each]["label"] for each in shown["choice_ids"]} == {"T&M", "Fixed Fee"}


def test_every_kind_of_value_reads_as_it_was_written(mock: Psa, workspace_id: str) -> None:
    method, tags = choice(mock, "Billing Method", "T&M"), [choice(mock, "Tags", each) for each in ("a", "b")]
    for name, value, shown in (
        ("EAC Cost", [12345678, "EUR"], "123,456.78 EUR"),
        ("EAC Approved For", "2026-01", "2026-01"),
        ("Billing Method", [int(method)], "T&M"),
        ("Reviewed", "2026-02-25", "2026-02-25"),
        ("Risk", 13, "13"),
    ):
        made = fill(mock, workspace_id, name, value)
        assert (made["value"], made["display_value"], made["custom_field_name"]) == (value, shown, name)
    made = fill(mock, workspace_id, "Tags", [int(each) for each in tags])
    assert sorted(made["value"]) == sorted(int(each) for each in tags)
    assert made["setter_id"] == user_id(mock, LEAD)
    assert (made["subject_type"], made["subject_id"], made["type"]) == ("Workspace", int(workspace_id), "multi")
    content = get(mock, f"workspaces/{workspace_id}", include="custom_field_values")
    assert len(content["custom_field_values"]) == 6
    found = listed(
        mock,
        "custom_field_values",
        subject_type="Workspace",
        with_subject_id=workspace_id,
        with_custom_field_id=field(mock, "Risk"),
    )
    assert [each["value"] for each in found] == [13]


def test_a_second_value_overrides_the_first(mock: Psa, workspace_id: str) -> None:
    first = fill(mock, workspace_id, "EAC Cost", [100, "EUR"])
    second = fill(mock, workspace_id, "EAC Cost", [200, "EUR"])
    assert (second["id"], second["value"]) == (first["id"], [200, "EUR"])
    path = f"custom_field_values/{first['id']}"
    assert put(mock, path, {"custom_field_value": {"value": [300, "EUR"]}}, LEAD)["value"] == [300, "EUR"]
    refuse(mock, "PUT", path, {"custom_field_value": {"custom_field_id": field(mock, "Risk")}}, "custom_field_id")
    assert send(mock, "DELETE", path, token=LEAD).status == 204
    assert get(mock, "custom_field_values", subject_type="Workspace")["count"] == 0


def test_a_value_that_does_not_fit_its_field_is_refused(mock: Psa, workspace_id: str) -> None:
    method = choice(mock, "Billing Method", "T&M")
    other = choice(mock, "Tags", "a")
    both = [int(method), int(choice(mock, "Billing Method", "Fixed Fee"))]
    for name, value in (
        ("EAC Cost", 100),
        ("EAC Cost", [100]),
        ("EAC Cost", [Decimal("1.5"), "EUR"]),
        ("EAC Cost", [100, "euro"]),
        ("EAC Approved For", 5),
        ("EAC Approved For", ""),
        ("EAC Approved For", None),
        ("Reviewed", "25.2.2026"),
        ("Reviewed", "20260225"),
        ("Risk", "13"),
        ("Risk", True),
        ("Risk", Decimal("1.5")),
        ("Billing Method", method),
        ("Billing Method", []),
        ("Billing Method", both),
        ("Billing Method", [int(other)]),
        ("Billing Method", [5]),
        ("Billing Method", [{}]),
    ):
        refuse(mock, "POST", "custom_field_values", given(mock, workspace_id, name, value), "value", LEAD)
    refuse(mock, "POST", "custom_field_values", given(mock, "5", "Risk", 1), "subject_id")
    refuse(mock, "POST", "custom_field_values", given(mock, workspace_id, "Grade", "x"), "custom_field_id")
    refuse(mock, "POST", "custom_field_values", given(mock, workspace_id, "Risk", 1, "Planet"), "subject_type")
    refuse(mock, "GET", "custom_field_values", None, "subject_type")


def test_people_are_filled_in_by_administrators_and_projects_by_those_who_lead(mock: Psa, workspace_id: str) -> None:
    body = given(mock, user_id(mock, BEN), "Grade", "senior", "User")
    refused(send(mock, "POST", "custom_field_values", body, LEAD), 403)
    assert post(mock, "custom_field_values", body, ADMIN)["value"] == "senior"
    refused(send(mock, "POST", "custom_field_values", given(mock, workspace_id, "Risk", 1), ANA), 403)


def test_a_project_is_made_with_its_fields(mock: Psa) -> None:
    item = {"custom_field_id": field(mock, "Risk"), "value": 4}
    workspace_id = project(mock, custom_fields=[item])
    assert [each["value"] for each in listed(mock, "custom_field_values", subject_type="Workspace")] == [4]
    put(mock, f"workspaces/{workspace_id}", {"workspace": {"custom_fields": [{**item, "value": 5}]}})
    assert [each["value"] for each in listed(mock, "custom_field_values", subject_type="Workspace")] == [5]
    body = {"workspace": {"title": "X", "custom_fields": [{**item, "value": "high"}]}}
    refuse(mock, "POST", "workspaces", body, "value")
    assert send(mock, "DELETE", f"workspaces/{workspace_id}").status == 204
    assert mock.dump()["custom_field_value"] == {}


def test_several_are_written_and_emptied_at_once_or_none(mock: Psa, workspace_id: str) -> None:
    items = [given(mock, workspace_id, name, value)["custom_field_value"] for name, value in (("Risk", 1), ("Tags", 5))]
    refuse(mock, "POST", "custom_field_values", {"custom_field_values": items}, "value")
    items[1] = given(mock, workspace_id, "EAC Approved For", "2026-01")["custom_field_value"]
    post(mock, "custom_field_values", {"custom_field_values": items})
    ids = [each["id"] for each in listed(mock, "custom_field_values", subject_type="Workspace")]
    refused(send(mock, "DELETE", "custom_field_values", ids=f"{ids[0]},5"), 404)
    refused(send(mock, "DELETE", "custom_field_values"), 400)
    assert send(mock, "DELETE", "custom_field_values", ids=",".join(ids)).status == 204
    assert mock.dump()["custom_field_value"] == {}


def test_a_value_is_news_of_its_project(mock: Psa, clock: ManualClock, workspace_id: str) -> None:
    clock.advance_to(HOUR_US)
    made = fill(mock, workspace_id, "Risk", 1)
    fill(mock, workspace_id, "Risk", 2)
    fill(mock, workspace_id, "Risk", 2)
    send(mock, "DELETE", f"custom_field_values/{made['id']}")
    post(mock, "custom_field_values", given(mock, user_id(mock, BEN), "Grade", "senior", "User"))
    assert events_since(mock, clock) == [
        ("workspace:custom_field_value_created", int(workspace_id)),
        ("workspace:custom_field_value_deleted", int(workspace_id)),
        ("workspace:custom_field_value_updated", int(workspace_id)),
    ]
    (event,) = listed(
        mock,
        "subscribed_events",
        event_types="workspace:custom_field_value_updated",
        optional_fields="payload_changes,current_payload",
    )
    assert (event["subject_type"], event["context_workspace_id"]) == ("Workspace", int(workspace_id))
    assert orjson.loads(event["payload_changes"]) == {"value": [1, 2], "display_value": ["1", "2"]}
    assert orjson.loads(event["current_payload"])["custom_field_name"] == "Risk"


@pytest.mark.parametrize("wrong", [PsaCustomField("Planet", "X", "string"), PsaCustomField("User", "X", "colour")])
def test_a_tenant_with_a_field_kantata_does_not_have_is_refused(wrong: PsaCustomField) -> None:
    with pytest.raises(UsageError, match="custom field X"):
        seed(make(), PsaTenant("a", (), (), (), custom_fields=(wrong,)))
