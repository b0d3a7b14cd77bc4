"""Change orders: a new price or due date waits for a person, and is seen on the feed and at the screen alone."""

from __future__ import annotations

from typing import Any

from mocks.psa.system import Psa
from sandbox.core.clock import HOUR_US, ManualClock
from tests.mocks.psa.client import LEAD, act, events_since, get, listed, ok, post, project, put, refuse, send, user_id


def budgeted(mock: Psa, **attributes: Any) -> str:
    given = {"budgeted": True, "price": 1000, "start_date": "2026-01-05", "due_date": "2026-06-30", **attributes}
    return project(mock, **given)


def shown(mock: Psa, workspace_id: str) -> tuple[int, str]:
    row = listed(mock, "workspaces", only=workspace_id)[0]
    return row["price_in_cents"], row["due_date"]


def ask(mock: Psa, workspace_id: str, **given: Any) -> dict[str, Any]:
    return put(mock, f"workspaces/{workspace_id}", {"workspace": given})


def test_a_new_price_waits_until_a_person_approves_it(mock: Psa, clock: ManualClock) -> None:
    workspace_id = budgeted(mock)
    clock.advance_to(HOUR_US)
    answer = ask(mock, workspace_id, price=1500, title="Renamed")
    assert (answer["price_in_cents"], answer["title"]) == (100000, "Renamed")
    (waiting,) = ok(act(mock, "change_orders", workspace_id=workspace_id))["budget_change_orders"]
    assert (waiting["from_price_in_cents"], waiting["to_price_in_cents"], waiting["status"]) == (
        100000,
        150000,
        "pending",
    )
    done = ok(act(mock, "approve_change_order", workspace_id=workspace_id, reason="signed"))
    (order,) = done["budget_change_orders"]
    assert (order["status"], order["reason"], order["resolver_id"]) == ("approved", "signed", user_id(mock, LEAD))
    assert shown(mock, workspace_id) == (150000, "2026-06-30")
    assert events_since(mock, clock) == [
        ("budget_change_order:created", int(order["id"])),
        ("budget_change_order:updated", int(order["id"])),
        ("workspace:updated", int(workspace_id)),
        ("workspace:updated", int(workspace_id)),
    ]
    (event,) = listed(mock, "subscribed_events", event_types="budget_change_order:created", include="subject")
    assert (event["subject_type"], event["context_workspace_id"]) == ("BudgetChangeOrder", int(workspace_id))


def test_a_rejected_change_leaves_the_project_as_it_is(mock: Psa, clock: ManualClock) -> None:
    workspace_id = budgeted(mock)
    ask(mock, workspace_id, price=1500)
    clock.advance_to(HOUR_US)
    (order,) = ok(act(mock, "reject_change_order", workspace_id=workspace_id))["budget_change_orders"]
    assert order["status"] == "declined"
    assert shown(mock, workspace_id) == (100000, "2026-06-30")
    assert events_since(mock, clock) == [("budget_change_order:updated", int(order["id"]))]
    ask(mock, workspace_id, price=1600)
    assert len(ok(act(mock, "change_orders"))["budget_change_orders"]) == 1


def test_asking_again_changes_what_waits(mock: Psa) -> None:
    workspace_id = budgeted(mock)
    ask(mock, workspace_id, price=1500)
    ask(mock, workspace_id, price=1700)
    (order,) = ok(act(mock, "change_orders", workspace_id=workspace_id))["budget_change_orders"]
    assert order["to_price_in_cents"] == 170000
    act(mock, "approve_change_order", workspace_id=workspace_id)
    assert shown(mock, workspace_id)[0] == 170000


def test_price_and_due_date_wait_apart(mock: Psa, clock: ManualClock) -> None:
    workspace_id = budgeted(mock)
    clock.advance_to(HOUR_US)
    ask(mock, workspace_id, price=1500, due_date="2026-09-30")
    assert shown(mock, workspace_id) == (100000, "2026-06-30")
    (order,) = ok(act(mock, "approve_change_order", workspace_id=workspace_id, kind="schedule"))[
        "schedule_change_orders"
    ]
    assert (order["from_due_date"], order["to_due_date"]) == ("2026-06-30", "2026-09-30")
    assert shown(mock, workspace_id) == (100000, "2026-09-30")
    act(mock, "approve_change_order", workspace_id=workspace_id)
    assert shown(mock, workspace_id) == (150000, "2026-09-30")
    kinds = [kind for kind, _ in events_since(mock, clock)]
    assert kinds.count("schedule_change_order:created") == kinds.count("schedule_change_order:updated") == 1


def test_without_change_orders_everything_changes_at_once(mock: Psa) -> None:
    workspace_id = budgeted(mock, change_orders_enabled=False)
    ask(mock, workspace_id, price=1500, due_date="2026-09-30")
    assert shown(mock, workspace_id) == (150000, "2026-09-30")
    first = str(post(mock, "workspaces", {"workspace": {"title": "No dates", "budgeted": True, "price": 5}})["id"])
    assert ask(mock, first, due_date="2026-09-30")["due_date"] == "2026-09-30"


def test_what_cannot_be_asked_or_decided_is_refused(mock: Psa) -> None:
    workspace_id = budgeted(mock)
    refuse(mock, "PUT", f"workspaces/{workspace_id}", {"workspace": {"price": -1}}, "price")
    body = {"workspace": {"price": None, "budgeted": False}}
    refuse(mock, "PUT", f"workspaces/{workspace_id}", body, "price")
    refuse(mock, "PUT", f"workspaces/{workspace_id}", {"workspace": {"due_date": "2026-01-01"}}, "due_date")
    before = mock.dump()
    for form in ({"workspace_id": workspace_id}, {"workspace_id": "5"}, {"workspace_id": workspace_id, "kind": "fun"}):
        assert act(mock, "approve_change_order", **form).status == 422
    assert mock.dump() == before


def test_a_project_takes_its_change_orders_with_it(mock: Psa) -> None:
    workspace_id = budgeted(mock)
    ask(mock, workspace_id, price=1500)
    assert send(mock, "DELETE", f"workspaces/{workspace_id}").status == 204
    assert mock.dump()["budget_change_order"] == {}
    assert get(mock, "workspaces")["count"] == 0
