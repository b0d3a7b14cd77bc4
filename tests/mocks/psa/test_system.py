"""The system as a whole: faults, snapshots, the manual, ids, and that no request whatever breaks it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mocks.psa import intakes, intakes_staffing
from mocks.psa.intake import Intake
from mocks.psa.resources import ALL
from mocks.psa.system import Psa
from sandbox.core.damage import Damage, NoFaults
from sandbox.core.wire import Request
from tests.mocks.psa.client import (
    ADMIN,
    ANA,
    BASE,
    BEN,
    approved,
    get,
    headers,
    invoice,
    listed,
    log,
    make,
    milestone,
    post,
    project,
    refused,
    send,
    spend,
    submit,
    user_id,
)


class Struck(NoFaults):
    """The same damage on every request."""

    def __init__(self, damage: Damage) -> None:
        self._damage = damage

    def before(self, system: str, operation: str, request: Request) -> Damage | None:
        return self._damage


@pytest.mark.parametrize(
    ("damage", "retry_after"),
    [
        (Damage("M01", 429), None),
        (Damage("M01", 429, {"retry_after": "30"}), "30"),
        (Damage("M05", 500), None),
        (Damage("M01", 503), None),
    ],
)
def test_damage_is_a_system_error_and_429_has_no_header_of_its_own(damage: Damage, retry_after: str | None) -> None:
    response = send(make(faults=Struck(damage)), "GET", "workspaces")
    assert refused(response, damage.status)
    assert response.header("Retry-After") == retry_after


def test_a_wrong_address_is_a_system_error(mock: Psa) -> None:
    refused(send(mock, "GET", "planets"), 404)
    refused(mock.handle(Request("GET", "/", headers=headers(ADMIN))), 404)
    refused(mock.handle(Request("GET", "/api/v1.json", headers=headers(ADMIN))), 404)
    assert send(mock, "PATCH", "workspaces").status == 405
    assert send(mock, "DELETE", "external_payments/1").status == 405


def test_answers_are_json_whatever_was_asked(mock: Psa) -> None:
    for response in (send(mock, "GET", "workspaces"), send(mock, "GET", "planets"), send(mock, "GET", "users/1")):
        assert (response.header("Content-Type") or "").startswith("application/json")


def test_a_restored_system_prices_and_counts_like_the_saved_one(mock: Psa, workspace_id: str) -> None:
    log(mock, workspace_id, time_in_minutes=1000)
    other = make()
    other.deserialize(mock.serialize())
    refused(
        send(
            other,
            "POST",
            "time_entries",
            {"time_entry": {"workspace_id": workspace_id, "date_performed": "2026-01-12", "time_in_minutes": 441}},
            ANA,
        ),
        422,
        "time_in_minutes",
    )
    entry_id = log(other, workspace_id, date_performed="2026-02-02")
    assert listed(other, "time_entries", only=entry_id)[0]["rate_in_cents"] == 16255
    plan = other.store.read("EXPLAIN QUERY PLAN SELECT 1 FROM time_entry WHERE user_id = '1' AND date_performed = '2'")
    assert "time_entry.day" in plan[0][3]


def test_the_manual_tells_what_an_engine_must_live_with(mock: Psa) -> None:
    manual = mock.handle(Request("GET", "/_sandbox/manual")).json()
    expected = {
        "system": "psa",
        "event_retention_s": 777600,
        "event_lag_s_max": 40,
        "event_repeats": True,
        "idempotency_keys": False,
        "strong_read": True,
        "search_lag_s": 0,
    }
    assert {name: manual[name] for name in expected} == expected
    assert manual["paging"]["max"] == 200


def test_ids_are_digits_and_wide_where_there_are_many(mock: Psa, workspace_id: str) -> None:
    entry_id = approved(mock, workspace_id)
    sheet = listed(mock, "timesheet_submissions")[0]["id"]
    made = invoice(mock, workspace_id, [entry_id])["id"]
    lengths = [len(each) for each in (workspace_id, user_id(mock, ANA), made, entry_id, sheet)]
    assert lengths == [7, 7, 7, 10, 10]
    assert all(each.isdigit() for each in (workspace_id, made, entry_id, sheet))


# -- whatever comes -------------------------------------------------------------------------------------------------

SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**63 - 1),
    st.decimals(allow_nan=False, allow_infinity=False, places=3, min_value=-(10**16), max_value=10**16),
    st.text(max_size=8),
    st.sampled_from(["2026-01-12", "0001-01-01", "9999-12-31", "EUR", "completed", "estimate", "2026-W01-1"]),
)


def bodies(intake: Intake, known: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Objects whose attributes are known ones with any value, or values that fit."""
    names = [*intake._fields, *intake._lists, *intake._nested, *intake._raw]
    values = st.one_of(
        SCALARS, st.lists(SCALARS, max_size=2), st.dictionaries(st.sampled_from(names), SCALARS, max_size=3)
    )
    odd = st.dictionaries(st.sampled_from(names), values, max_size=4)
    return st.tuples(odd, st.booleans()).map(lambda pair: {**known, **pair[0]} if pair[1] else pair[0])


WRITES: list[tuple[str, str, Intake]] = [
    ("POST", "account_invitations", intakes.ACCOUNT_INVITATION),
    ("PUT", "account_memberships/{account_memberships}", intakes.ACCOUNT_MEMBERSHIP),
    ("POST", "workspace_groups", intakes.WORKSPACE_GROUP),
    ("POST", "workspaces", intakes.WORKSPACE),
    ("PUT", "workspaces/{workspaces}", intakes.WORKSPACE),
    ("POST", "participations", intakes.PARTICIPATION),
    ("POST", "stories", intakes.STORY),
    ("PUT", "stories/{stories}", intakes.STORY),
    ("POST", "time_entries", intakes.TIME_ENTRY),
    ("PUT", "time_entries/{time_entries}", intakes.TIME_ENTRY),
    ("POST", "timesheet_submissions", intakes.TIMESHEET_SUBMISSION),
    ("POST", "timesheet_rejections", intakes.RESOLUTION),
    ("POST", "invoices", intakes.INVOICE),
    ("PUT", "invoices/{invoices}", intakes.INVOICE),
    ("POST", "external_payments", intakes.EXTERNAL_PAYMENT),
    ("POST", "expenses", intakes.EXPENSE),
    ("PUT", "expenses/{expenses}", intakes.EXPENSE),
    ("POST", "expense_report_submissions", intakes.EXPENSE_REPORT_SUBMISSION),
    ("POST", "vendors", intakes.VENDOR),
    ("POST", "billing_milestones", intakes.BILLING_MILESTONE),
    ("POST", "workspace_status_changes", intakes.WORKSPACE_STATUS_CHANGE),
    ("POST", "custom_field_values", intakes.CUSTOM_FIELD_VALUE),
    ("PUT", "custom_field_values/{custom_field_values}", intakes.CUSTOM_FIELD_VALUE),
    ("POST", "line_item_locks", intakes.LINE_ITEM_LOCK),
    ("POST", "workspace_resources", intakes_staffing.WORKSPACE_RESOURCE),
    ("POST", "workspace_allocations", intakes_staffing.WORKSPACE_ALLOCATION),
    ("PUT", "workspace_allocations/{workspace_allocations}", intakes_staffing.WORKSPACE_ALLOCATION),
    ("POST", "skill_memberships", intakes_staffing.SKILL_MEMBERSHIP),
    ("POST", "time_off_entries", intakes_staffing.TIME_OFF_ENTRY),
    ("POST", "cost_rates", intakes_staffing.COST_RATE),
    ("PUT", "billing_milestones/{billing_milestones}", intakes.BILLING_MILESTONE),
    ("POST", "external_references/create_or_update", intakes.EXTERNAL_REFERENCE),
]


def furnished() -> tuple[Psa, dict[str, str], dict[str, Any]]:
    """A tenant with one record of everything, their ids, and attributes that fit."""
    mock = make()
    workspace_id = project(mock, ANA, BEN)
    story = post(mock, "stories", {"story": {"workspace_id": workspace_id, "title": "T"}})["id"]
    billed = approved(mock, workspace_id)
    issued = invoice(mock, workspace_id, [billed])["id"]
    entry_id = log(mock, workspace_id, BEN)
    sheet = submit(mock, workspace_id, [log(mock, workspace_id, date_performed="2026-01-13")])
    membership = listed(mock, "account_memberships", user_id=user_id(mock, BEN))[0]["id"]
    risk = listed(mock, "custom_fields", name="Risk")[0]["id"]
    value = {"subject_type": "Workspace", "subject_id": workspace_id, "custom_field_id": risk, "value": 3}
    filled = post(mock, "custom_field_values", {"custom_field_value": value})
    named = {"workspace_id": workspace_id, "user_id": user_id(mock, ANA)}
    resource = post(mock, "workspace_resources", {"workspace_resource": named})["id"]
    days = {"resource_id": resource, "start_date": "2026-01-12", "end_date": "2026-01-23", "minutes": 4800}
    allocation = post(mock, "workspace_allocations", {"workspace_allocation": days})["id"]
    there = {
        "workspaces": workspace_id,
        "stories": story,
        "time_entries": entry_id,
        "invoices": issued,
        "account_memberships": membership,
        "expenses": spend(mock, workspace_id, BEN),
        "custom_field_values": str(filled["id"]),
        "workspace_allocations": str(allocation),
        "billing_milestones": str(milestone(mock, workspace_id)["id"]),
    }
    fitting = {
        "workspace_id": workspace_id,
        "user_id": user_id(mock, BEN),
        "title": "T",
        "name": "N",
        "date_performed": "2026-01-14",
        "time_in_minutes": 60,
        "date": "2026-01-14",
        "category": "Travel",
        "billing_type": "fixed_date",
        "date_to_invoice": "2026-01-12",
        "payment_schedule": 30,
        "fixed_fee_items": [{"amount": 1}],
        "line_item_ids": [entry_id],
        "submission_ids": [sheet],
        "invoice_id": issued,
        "amount_in_cents": 100,
        "full_name": "Eve",
        "email_address": "eve@firm.example",
        "permission": "collaborator",
        "subject_type": "Workspace",
        "subject_id": workspace_id,
        "custom_field_id": risk,
        "value": 4,
        **days,
        "skill_id": post(mock, "skills", {"skill": {"name": "SQL"}})["id"],
        "requested_date": "2026-01-16",
        "hours": 4,
        "account_membership_id": membership,
        "currency": "EUR",
        "amount_in_subunits": 9000,
        "to_status_key": "300",
        "locked_to": "2026-01-10",
        "service_name": "crm",
        "service_model": "M",
        "service_model_ref": "1",
    }
    return mock, there, fitting


@settings(max_examples=8, deadline=None)
@given(st.data())
@pytest.mark.parametrize(("method", "path", "intake"), WRITES)
def test_whatever_is_written_is_taken_or_refused_and_never_breaks_anything(
    method: str, path: str, intake: Intake, data: st.DataObject
) -> None:
    mock, there, fitting = furnished()
    names = {*intake._fields, *intake._lists, *intake._nested, *intake._raw}
    known = {name: value for name, value in fitting.items() if name in names}
    target = path.format(**there)
    for body in data.draw(st.lists(bodies(intake, known), min_size=1, max_size=8)):
        before = mock.dump()
        response = send(mock, method, target, {intake.singular: body})
        assert response.status in (200, 400, 404, 422)
        if response.status != 200:
            assert response.json()["errors"][0]["message"]
            assert mock.dump() == before
    for resource in ALL:
        if resource.key not in ("resolutions", "fixed_fee_items"):
            get(mock, resource.key, workspace_id=there["workspaces"], subject_type="Workspace")


PARAMS = sorted({name for resource in ALL for name in resource.all_filters} | {
    "page", "per_page", "limit", "offset", "order", "include", "search", "archived", "include_archived",
    "from_archived_workspaces", "external_reference_service_model_ref", "has_external_references",
})  # fmt: skip
VALUES = st.one_of(
    st.text(max_size=6),
    st.sampled_from(
        ["", "1", "-1", "true", "false", "9" * 30, "2026-01-12", "2026-01-12:2026-01-13", "2026-01-12T00:00:00Z", ",,"]
    ),
    st.sampled_from(["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "title:desc", "id:asc", "participants"]),
)


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from([resource.key for resource in ALL if resource.key not in ("resolutions", "fixed_fee_items")]),
    st.dictionaries(st.sampled_from(PARAMS), VALUES, max_size=4),
)
def test_whatever_is_asked_is_answered_or_refused(key: str, params: dict[str, str]) -> None:
    response = send(FURNISHED, "GET", key, workspace_id="1", subject_type="Workspace", **{
        name: value for name, value in params.items() if name not in ("workspace_id", "subject_type")
    })  # fmt: skip
    assert response.status in (200, 400)
    if response.status == 200:
        content = response.json()
        assert len(content["results"]) <= min(content["count"], 200)


FURNISHED = furnished()[0]


def test_the_flask_application_serves_a_path_with_and_without_suffix(mock: Psa) -> None:
    client = mock.flask.test_client()
    for path in ("users/me", "users/me.json"):
        answer = client.get(BASE + path, headers={"authorization": f"Bearer {ADMIN}"})
        assert (answer.status_code, answer.get_json()["count"]) == (200, 1)
