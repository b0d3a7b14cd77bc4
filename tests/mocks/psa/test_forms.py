"""Writes by Rails form encoding, as the vendor's own Ruby client sends them unless told to use JSON."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

import pytest

from mocks.psa.errors import PsaRefusal
from mocks.psa.forms import FormText, parse_form, typed
from mocks.psa.system import Psa
from sandbox.core.wire import Request, Response
from tests.mocks.psa.client import (
    ADMIN,
    ANA,
    BASE,
    LEAD,
    approved,
    get,
    headers,
    listed,
    log,
    ok,
    project,
    rate_card,
    refused,
    rows,
    submit,
    task,
    user_id,
)


def form(mock: Psa, method: str, path: str, *pairs: tuple[str, Any], token: str = ADMIN) -> Response:
    sent = {**headers(token), "content-type": "application/x-www-form-urlencoded; charset=utf-8"}
    return mock.handle(Request(method, BASE + path, headers=sent, body=urlencode(pairs).encode()))


def one(response: Response) -> dict[str, Any]:
    return rows(ok(response))[0]


@pytest.mark.parametrize(
    ("body", "content"),
    [
        (b"a=1&b=", {"a": "1", "b": ""}),
        (b"a[b]=1&a[c][d]=x+y%26z", {"a": {"b": "1", "c": {"d": "x y&z"}}}),
        (b"a[]=1&a[]=2", {"a": ["1", "2"]}),
        (b"a[b][]=1", {"a": {"b": ["1"]}}),
        (b"a[][x]=1&a[][y]=2&a[][x]=3", {"a": [{"x": "1", "y": "2"}, {"x": "3"}]}),
        (b"a[][x][]=1&a[][x][]=2", {"a": [{"x": ["1", "2"]}]}),
        (b"a[][x][y]=1&a[][x][z]=2&a[][x][y]=3", {"a": [{"x": {"y": "1", "z": "2"}}, {"x": {"y": "3"}}]}),
        (b"a[1][x]=b&a[0][x]=a&a[10][x]=c", {"a": [{"x": "a"}, {"x": "b"}, {"x": "c"}]}),
        (b"a=1&a=2", {"a": "2"}),
        (b"a[=1&]b=2", {"a[": "1", "]b": "2"}),
        (b"", {}),
    ],
)
def test_names_nest_as_the_vendors_framework_reads_them(body: bytes, content: dict[str, Any]) -> None:
    assert parse_form(body) == content


@pytest.mark.parametrize(
    "body",
    [
        b"a=1&a[b]=2",
        b"a[]=1&a[b]=2",
        b"a[b]=1&a[]=2",
        b"a" + b"[x]" * 20 + b"=1",
        b"&".join(b"a%d=1" % n for n in range(5000)),
        b"a=\xff",
        b"a=%ff",
    ],
)
def test_names_that_contradict_each_other_are_refused(body: bytes) -> None:
    with pytest.raises(PsaRefusal):
        parse_form(body)


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("text", "", ""),
        ("text", "12", "12"),
        ("bool", "true", True),
        ("bool", "0", False),
        ("bool", "perhaps", "perhaps"),
        ("bool", "", None),
        ("int", "-12", -12),
        ("int", "1.0", "1.0"),
        ("money", "12.50", Decimal("12.50")),
        ("money", "1e9", "1e9"),
        ("date", "", None),
        ("reference", "", None),
    ],
)
def test_a_text_is_taken_for_what_its_field_is(kind: str, text: str, value: Any) -> None:
    assert typed(kind, FormText(text)) == value


def test_a_project_is_made_by_form_as_by_json(mock: Psa) -> None:
    made = one(
        form(
            mock,
            "POST",
            "workspaces.json",
            ("workspace[title]", "Röllout & more"),
            ("workspace[creator_role]", "maven"),
            ("workspace[budgeted]", "true"),
            ("workspace[price]", "480000"),
            ("workspace[rate_card_id]", rate_card(mock)),
            ("workspace[start_date]", "2026-01-12"),
            ("workspace[due_date]", ""),
            ("workspace[approver_ids][]", user_id(mock, LEAD)),
            ("workspace[external_reference][service_name]", "salesforce"),
            ("workspace[external_reference][service_model]", "Opportunity"),
            ("workspace[external_reference][service_model_ref]", "006000000000001"),
        )
    )
    assert (made["title"], made["budgeted"], made["price_in_cents"]) == ("Röllout & more", True, 48_000_000)
    assert (made["start_date"], made["due_date"], made["currency"]) == ("2026-01-12", None, "EUR")
    (reference,) = listed(mock, "external_references", subject_type="Workspace", subject_id=made["id"])
    assert reference["service_model_ref"] == "006000000000001"
    changed = one(form(mock, "PUT", f"workspaces/{made['id']}", ("workspace[archived]", "1")))
    assert changed["archived"] is True


def test_several_entries_are_logged_submitted_and_approved_by_form(mock: Psa, workspace_id: str) -> None:
    pairs = []
    for day in (12, 13):
        pairs += [
            ("time_entries[][workspace_id]", workspace_id),
            ("time_entries[][date_performed]", f"2026-01-{day}"),
            ("time_entries[][time_in_minutes]", "90"),
            ("time_entries[][billable]", "false"),
        ]
    entries = rows(ok(form(mock, "POST", "time_entries", *pairs, token=ANA)))
    assert [each["date_performed"] for each in entries] == ["2026-01-12", "2026-01-13"]
    assert {(each["time_in_minutes"], each["billable"]) for each in entries} == {(90, False)}
    week = [("timesheet_submission[line_item_ids][]", each["id"]) for each in entries]
    name = "timesheet_submission"
    sheet = one(
        form(
            mock,
            "POST",
            "timesheet_submissions",
            (f"{name}[workspace_id]", workspace_id),
            (f"{name}[title]", "Week"),
            *week,
            token=ANA,
        )
    )
    path = f"timesheet_submissions/{sheet['id']}/approve"
    decided = one(form(mock, "PUT", path, ("resolution[description]", "ok"), token=LEAD))
    assert (decided["status"], decided["current_resolution_description"]) == ("approved", "ok")


def test_resolutions_of_several_come_by_form(mock: Psa, workspace_id: str) -> None:
    sheets = [submit(mock, workspace_id, [log(mock, workspace_id)]) for _ in range(2)]
    pairs = [("resolution[submission_ids][]", each) for each in sheets]
    assert ok(form(mock, "POST", "timesheet_rejections", *pairs, token=LEAD))["count"] == 2


def test_an_invoice_with_items_comes_by_form(mock: Psa, workspace_id: str) -> None:
    made = one(
        form(
            mock,
            "POST",
            "invoices",
            ("invoice[workspace_id]", workspace_id),
            ("invoice[payment_schedule]", "30"),
            ("invoice[tax_rate]", "19.5"),
            ("invoice[time_entry_ids][]", approved(mock, workspace_id)),
            ("invoice[fixed_fee_items][][amount]", "100.50"),
            ("invoice[fixed_fee_items][][notes]", "first"),
            ("invoice[fixed_fee_items][][amount]", "200"),
        )
    )
    items = listed(mock, "fixed_fee_items", invoice_id=made["id"], order="created_at:asc")
    assert sorted((each["amount_in_cents"], each["notes"]) for each in items) == [(10050, "first"), (20000, None)]


def test_custom_fields_of_every_kind_come_by_form(mock: Psa, workspace_id: str) -> None:
    fields = {each["name"]: each for each in listed(mock, "custom_fields", per_page=200)}
    choices = listed(mock, "custom_field_choices", per_page=200)
    of_method = [each["id"] for each in choices if each["label"] == "T&M"]
    given = {
        "Risk": [("value", "13")],
        "Reviewed": [("value", "2026-02-25")],
        "EAC Approved For": [("value", "13")],
        "EAC Cost": [("value][", "998"), ("value][", "USD")],
        "Billing Method": [("value][", of_method[0])],
    }
    stored = {}
    for name, values in given.items():
        base = [("subject_type", "Workspace"), ("subject_id", workspace_id), ("custom_field_id", fields[name]["id"])]
        pairs = [(f"custom_field_value[{key}]", value) for key, value in [*base, *values]]
        stored[name] = one(form(mock, "POST", "custom_field_values", *pairs))["value"]
    assert stored == {
        "Risk": 13,
        "Reviewed": "2026-02-25",
        "EAC Approved For": "13",
        "EAC Cost": [998, "USD"],
        "Billing Method": [int(of_method[0])],
    }


def test_a_form_that_does_not_fit_names_its_fields_and_stores_nothing(mock: Psa) -> None:
    before = mock.dump()
    response = form(
        mock,
        "POST",
        "workspaces",
        ("workspace[title]", "X"),
        ("workspace[budgeted]", "yes please"),
        ("workspace[price]", "much"),
        ("workspace[approver_ids]", "5"),
    )
    assert response.status == 422
    assert [each["field"] for each in response.json()["errors"]] == ["budgeted", "price", "approver_ids"]
    refused(form(mock, "POST", "workspaces", ("workspace", "X")), 400)
    refused(form(mock, "POST", "workspaces", ("workspace[title]", "X"), ("workspace[title][x]", "Y")), 400)
    refused(form(mock, "POST", "workspaces", ("workspace[title]", "")), 422, "title")
    assert mock.dump() == before


def test_json_sent_as_a_form_is_malformed(mock: Psa) -> None:
    sent = {**headers(ADMIN), "content-type": "application/x-www-form-urlencoded"}
    body = b'{"workspace": {"title": "X"}}'
    refused(mock.handle(Request("POST", BASE + "workspaces", headers=sent, body=body)), 400)


def test_a_participation_and_a_task_are_changed_by_form(mock: Psa) -> None:
    workspace_id = project(mock)
    joined = one(
        form(
            mock,
            "POST",
            "participations",
            ("participation[workspace_id]", workspace_id),
            ("participation[user_id]", user_id(mock, ANA)),
            ("participation[is_team_lead]", "on"),
        )
    )
    assert joined["is_team_lead"] is True
    story = task(mock, workspace_id)
    changed = one(form(mock, "PUT", f"stories/{story}.json", ("story[percentage_complete]", "40")))
    assert (changed["percentage_complete"], changed["state"]) == (40, "started")
    assert get(mock, f"stories/{story}")["stories"][story]["percentage_complete"] == 40
