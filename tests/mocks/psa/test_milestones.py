"""Billing milestones: due at a date or with a task, on one invoice at a time, and back when it is cancelled."""

from __future__ import annotations

from typing import Any

import pytest

from mocks.psa.system import Psa
from sandbox.core.clock import HOUR_US, MINUTE_US, ManualClock
from tests.mocks.psa.client import (
    ANA,
    LEAD,
    get,
    invoice,
    listed,
    milestone,
    post,
    project,
    put,
    refuse,
    refused,
    send,
    task,
)


def bill(mock: Psa, workspace_id: str, *milestone_ids: str, **attributes: Any) -> dict[str, Any]:
    return invoice(mock, workspace_id, [], billing_milestone_ids=list(milestone_ids), **attributes)


def shown(mock: Psa, milestone_id: str) -> dict[str, Any]:
    return listed(mock, "billing_milestones", only=milestone_id)[0]


def complete(mock: Psa, story_id: str, state: str = "completed") -> None:
    put(mock, f"stories/{story_id}", {"story": {"state": state}}, LEAD)


def test_a_milestone_is_shown_as_the_contract_says(mock: Psa, workspace_id: str) -> None:
    story_id = task(mock, workspace_id, story_type="milestone")
    reference = {"service_name": "salesforce", "service_model": "Milestone__c", "service_model_ref": "a0X1"}
    made = milestone(mock, workspace_id, story_id=story_id, date_to_invoice="2026-03-31", external_reference=reference)
    expected = {
        "workspace_id": workspace_id,
        "title": "Sign-off",
        "billing_type": "upon_completion",
        "date_to_invoice": "2026-03-31",
        "amount_in_cents": 500000,
        "story_id": story_id,
        "invoice_id": None,
        "currency": "EUR",
        "currency_base_unit": 100,
        "currency_symbol": "€",
    }
    assert {name: made[name] for name in expected} == expected
    found = get(mock, "billing_milestones", external_reference_service_model_ref="a0X1", include="story,workspace")
    assert list(found["billing_milestones"]) == [made["id"]]
    assert list(found["stories"]) == [story_id]
    assert get(mock, "billing_milestones", story_ids=story_id)["count"] == 1
    assert get(mock, "billing_milestones", workspace_ids="5")["count"] == 0
    assert get(mock, "billing_milestones", date_between="2026-03-01:2026-03-31")["count"] == 1


def test_completing_its_task_makes_a_milestone_billable(mock: Psa, workspace_id: str) -> None:
    story_id = task(mock, workspace_id, story_type="milestone")
    made = milestone(mock, workspace_id, story_id=story_id)
    body = {"workspace_id": workspace_id, "payment_schedule": 30, "billing_milestone_ids": [made["id"]]}
    refuse(mock, "POST", "invoices", {"invoice": body}, "billing_milestone_ids")
    complete(mock, story_id)
    document = bill(mock, workspace_id, made["id"], tax_rate=20)
    assert (document["subtotal_in_cents"], document["total_in_cents"]) == (500000, 600000)
    assert shown(mock, made["id"])["invoice_id"] == document["id"]
    content = get(mock, f"billing_milestones/{made['id']}", include="invoices")
    assert content["billing_milestones"][made["id"]]["invoice_ids"] == [document["id"]]
    # Billed once is billed.
    refuse(mock, "POST", "invoices", {"invoice": body}, "billing_milestone_ids")


def test_a_milestone_the_client_rejects_is_set_back_until_it_is_invoiced(mock: Psa, workspace_id: str) -> None:
    story_id = task(mock, workspace_id, story_type="milestone")
    made = milestone(mock, workspace_id, story_id=story_id)
    complete(mock, story_id)
    complete(mock, story_id, "started")
    body = {"workspace_id": workspace_id, "payment_schedule": 30, "billing_milestone_ids": [made["id"]]}
    refuse(mock, "POST", "invoices", {"invoice": body}, "billing_milestone_ids")
    complete(mock, story_id)
    document = bill(mock, workspace_id, made["id"], draft=True)
    refuse(mock, "PUT", f"stories/{story_id}", {"story": {"state": "started"}}, "state")
    refuse(mock, "PUT", f"stories/{story_id}", {"story": {"percentage_complete": 90}}, "state")
    put(mock, f"stories/{story_id}", {"story": {"title": "Renamed"}})
    put(mock, f"invoices/{document['id']}/cancel")
    complete(mock, story_id, "started")


def test_a_fixed_date_is_the_day_from_which_it_may_be_invoiced(mock: Psa, workspace_id: str) -> None:
    made = milestone(mock, workspace_id, date_to_invoice="2026-02-01")
    body = {"workspace_id": workspace_id, "payment_schedule": 30, "billing_milestone_ids": [made["id"]]}
    for day in ("2026-01-31", None):
        refuse(mock, "POST", "invoices", {"invoice": {**body, "invoice_date": day}}, "billing_milestone_ids")
    assert bill(mock, workspace_id, made["id"], invoice_date="2026-02-01")["subtotal_in_cents"] == 500000


@pytest.mark.parametrize("way", ["cancel", "delete", "replace"])
def test_a_milestone_comes_free_when_its_invoice_goes(mock: Psa, workspace_id: str, way: str) -> None:
    made, other = milestone(mock, workspace_id)["id"], milestone(mock, workspace_id, title="Other")["id"]
    document = bill(mock, workspace_id, made, draft=True)
    if way == "cancel":
        put(mock, f"invoices/{document['id']}/cancel")
    elif way == "delete":
        assert send(mock, "DELETE", f"invoices/{document['id']}").status == 204
    else:
        put(mock, f"invoices/{document['id']}", {"invoice": {"billing_milestone_ids": [other]}})
    assert shown(mock, made)["invoice_id"] is None
    assert bill(mock, workspace_id, made)["subtotal_in_cents"] == 500000


def test_what_is_no_milestone_is_refused(mock: Psa, workspace_id: str) -> None:
    elsewhere = task(mock, project(mock, ANA, title="Other"))
    fixed = {
        "workspace_id": workspace_id,
        "title": "X",
        "amount_in_cents": 100,
        "billing_type": "fixed_date",
        "date_to_invoice": "2026-02-01",
    }
    for change, field in (
        ({"title": ""}, "title"),
        ({"workspace_id": 5}, "workspace_id"),
        ({"amount_in_cents": 0}, "amount_in_cents"),
        ({"amount_in_cents": None}, "amount_in_cents"),
        ({"amount_in_cents": 10**12}, "amount_in_cents"),
        ({"billing_type": "someday"}, "billing_type"),
        ({"billing_type": None}, "billing_type"),
        ({"date_to_invoice": None}, "date_to_invoice"),
        ({"billing_type": "upon_completion"}, "story_id"),
        ({"story_id": 5}, "story_id"),
        ({"story_id": elsewhere}, "story_id"),
    ):
        refuse(mock, "POST", "billing_milestones", {"billing_milestone": {**fixed, **change}}, field)
    refused(send(mock, "POST", "billing_milestones", {"billing_milestone": fixed}, ANA), 403)


def test_an_invoiced_milestone_keeps_what_was_billed(mock: Psa, workspace_id: str) -> None:
    made = milestone(mock, workspace_id)
    path = f"billing_milestones/{made['id']}"
    assert put(mock, path, {"billing_milestone": {"amount_in_cents": 600000}})["amount_in_cents"] == 600000
    refuse(mock, "PUT", path, {"billing_milestone": {"workspace_id": 5}}, "workspace_id")
    document = bill(mock, workspace_id, made["id"], draft=True)
    refuse(mock, "PUT", path, {"billing_milestone": {"amount_in_cents": 1}}, "amount_in_cents")
    refuse(mock, "PUT", path, {"billing_milestone": {"date_to_invoice": "2026-05-01"}}, "date_to_invoice")
    refuse(mock, "DELETE", path, None, "base")
    assert put(mock, path, {"billing_milestone": {"title": "Renamed"}})["title"] == "Renamed"
    assert send(mock, "DELETE", f"invoices/{document['id']}").status == 204
    assert send(mock, "DELETE", path).status == 204


def test_a_task_with_a_milestone_stays(mock: Psa, workspace_id: str) -> None:
    story_id = task(mock, workspace_id)
    milestone(mock, workspace_id, story_id=story_id)
    refuse(mock, "DELETE", f"stories/{story_id}", None, "base")


def test_choosing_a_state_and_billing_are_news(mock: Psa, clock: ManualClock, workspace_id: str) -> None:
    story_id = task(mock, workspace_id)
    clock.advance_to(HOUR_US)
    made = milestone(mock, workspace_id, story_id=story_id)["id"]
    put(mock, f"stories/{story_id}", {"story": {"percentage_complete": 50}})
    complete(mock, story_id)
    complete(mock, story_id)
    document = bill(mock, workspace_id, made)
    clock.advance_to(clock.now_us() + MINUTE_US)
    events = listed(mock, "subscribed_events", created_after="2026-01-12T01:00:00Z", per_page=200)
    assert sorted((each["event_type"], each["subject_type"], each["subject_id"]) for each in events) == sorted(
        [
            ("billing_milestone:created", "BillingMilestone", int(made)),
            ("story:updated", "Story", int(story_id)),
            ("story:updated", "Story", int(story_id)),
            ("story:status_selected", "Story", int(story_id)),
            ("billing_milestone:updated", "BillingMilestone", int(made)),
            ("invoice:created", "Invoice", int(document["id"])),
        ]
    )


def test_a_project_takes_its_schedule_with_it(mock: Psa) -> None:
    workspace_id = project(mock)
    milestone(mock, workspace_id)
    assert send(mock, "DELETE", f"workspaces/{workspace_id}").status == 204
    assert mock.dump()["billing_milestone"] == {}


def test_several_milestones_are_made_at_once_or_none(mock: Psa, workspace_id: str) -> None:
    good = {
        "workspace_id": workspace_id,
        "title": "A",
        "amount_in_cents": -100,
        "billing_type": "fixed_date",
        "date_to_invoice": "2026-02-01",
    }
    refuse(mock, "POST", "billing_milestones", {"billing_milestones": [good, {**good, "title": ""}]}, "title")
    assert post(mock, "billing_milestones", {"billing_milestones": [good, good]})["amount_in_cents"] == -100
    assert get(mock, "billing_milestones")["count"] == 2
