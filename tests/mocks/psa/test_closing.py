"""Status, locks and approvers: when a project and a week take no more time, and who decides on it."""

from __future__ import annotations

import pytest

from mocks.psa.system import Psa
from sandbox.core.clock import DAY_US, HOUR_US, ManualClock
from tests.mocks.psa.client import (
    ADMIN,
    ANA,
    BEN,
    EPOCH,
    LEAD,
    act,
    approved,
    events_since,
    get,
    ids,
    invoice,
    listed,
    log,
    make,
    post,
    project,
    put,
    refuse,
    refused,
    report,
    send,
    spend,
    submit,
    user_id,
)


def status(mock: Psa, workspace_id: str, key: str, token: str = LEAD) -> None:
    body = {"workspace_status_change": {"workspace_id": workspace_id, "to_status_key": int(key)}}
    post(mock, "workspace_status_changes", body, token)


# -- status ---------------------------------------------------------------------------------------------------------


def test_a_status_is_chosen_by_its_key_and_kept_in_a_trail(mock: Psa, clock: ManualClock, workspace_id: str) -> None:
    clock.advance_to(HOUR_US)
    status(mock, workspace_id, "300")
    assert listed(mock, "workspaces", only=workspace_id)[0]["status"] == {
        "color": "green",
        "key": "300",
        "message": "In Progress",
    }
    assert events_since(mock, clock) == [("workspace:updated", int(workspace_id))]
    body = {"workspace_status_change": {"workspace_id": workspace_id, "to_status_key": 300}}
    refuse(mock, "POST", "workspace_status_changes", body, "to_status_key")
    # The same through the project is no error, and leaves no trail.
    put(mock, f"workspaces/{workspace_id}", {"workspace": {"status_key": 300}})
    put(mock, f"workspaces/{workspace_id}", {"workspace": {"status_key": 600}})
    trail = listed(mock, "workspace_status_changes", workspace_id=workspace_id, order="created_at:asc")
    assert [(each["from_status"]["key"], each["to_status"]["key"]) for each in trail] == [
        ("100", "300"),
        ("300", "600"),
    ]
    for change, field in (({"to_status_key": 999}, "to_status_key"), ({"workspace_id": 5}, "workspace_id")):
        body = {"workspace_status_change": {"workspace_id": workspace_id, "to_status_key": 100, **change}}
        refuse(mock, "POST", "workspace_status_changes", body, field)


@pytest.mark.parametrize("key", ["610", "501"])
def test_a_closed_project_takes_no_time_and_no_expenses_but_is_billed(mock: Psa, workspace_id: str, key: str) -> None:
    entry_id, expense_id = log(mock, workspace_id), spend(mock, workspace_id)
    status(mock, workspace_id, key)
    entry = {"workspace_id": workspace_id, "date_performed": "2026-01-13", "time_in_minutes": 60}
    refuse(mock, "POST", "time_entries", {"time_entry": entry}, "workspace_id", ANA)
    refuse(mock, "PUT", f"time_entries/{entry_id}", {"time_entry": {"time_in_minutes": 5}}, "workspace_id", ANA)
    expense = {"workspace_id": workspace_id, "date": "2026-01-13", "category": "Travel", "amount_in_cents": 5}
    refuse(mock, "POST", "expenses", {"expense": expense}, "workspace_id", ANA)
    refuse(mock, "PUT", f"expenses/{expense_id}", {"expense": {"amount_in_cents": 5}}, "workspace_id", ANA)
    put(mock, f"timesheet_submissions/{submit(mock, workspace_id, [entry_id])}/approve", token=LEAD)
    assert invoice(mock, workspace_id, [entry_id])["subtotal_in_cents"] == 120000


@pytest.mark.parametrize("key", ["100", "200", "300", "400", "600"])
def test_a_project_in_any_other_status_takes_time(mock: Psa, workspace_id: str, key: str) -> None:
    put(mock, f"workspaces/{workspace_id}", {"workspace": {"status_key": key}})
    log(mock, workspace_id)


def test_only_project_leads_open_a_closed_project_again(mock: Psa, workspace_id: str) -> None:
    status(mock, workspace_id, "610")
    ben = listed(mock, "account_memberships", user_id=user_id(mock, BEN))[0]["id"]
    put(mock, f"account_memberships/{ben}", {"account_membership": {"permission": "project_creator"}})
    before = mock.dump()
    body = {"workspace_status_change": {"workspace_id": workspace_id, "to_status_key": 300}}
    refused(send(mock, "POST", "workspace_status_changes", body, BEN), 403)
    refused(send(mock, "PUT", f"workspaces/{workspace_id}", {"workspace": {"status_key": 300}}, BEN), 403)
    assert mock.dump() == before
    status(mock, workspace_id, "300")
    log(mock, workspace_id)
    status(mock, workspace_id, "501", BEN)


# -- locked time ----------------------------------------------------------------------------------------------------


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(EPOCH)


def lock(mock: Psa, locked_to: str) -> dict[str, object]:
    return post(mock, "line_item_locks", {"line_item_lock": {"locked_to": locked_to}})


def test_time_before_a_lock_is_neither_logged_nor_changed_nor_handed_in(mock: Psa, clock: ManualClock) -> None:
    workspace_id = project(mock, ANA)
    approved_before = approved(mock, workspace_id, date_performed="2026-01-16")
    free = project(mock, ANA, require_time_approvals=False)
    open_before = log(mock, free, date_performed="2026-01-15")
    clock.advance_to(8 * DAY_US)
    made = lock(mock, "2026-01-17")
    assert (made["locked_to"], made["creator_id"]) == ("2026-01-17", user_id(mock, ADMIN))
    entry = {"workspace_id": workspace_id, "date_performed": "2026-01-16", "time_in_minutes": 60}
    refuse(mock, "POST", "time_entries", {"time_entry": entry}, "date_performed", ANA)
    kept = log(mock, workspace_id, date_performed="2026-01-17")
    refuse(mock, "PUT", f"time_entries/{kept}", {"time_entry": {"date_performed": "2026-01-16"}}, "date_performed", ANA)
    refuse(mock, "PUT", f"time_entries/{open_before}", {"time_entry": {"notes": "x"}}, "date_performed", ANA)
    refuse(mock, "DELETE", f"time_entries/{open_before}", None, "date_performed", ANA)
    sheet = listed(mock, "time_entries", only=approved_before)[0]["active_submission_id"]
    for verb in ("reject", "cancel"):
        refuse(mock, "PUT", f"timesheet_submissions/{sheet}/{verb}", None, "base", LEAD)
    # Billing, expenses and the days from the Saturday on go on.
    assert invoice(mock, workspace_id, [approved_before])["subtotal_in_cents"] == 120000
    report(mock, workspace_id, [spend(mock, workspace_id, date="2026-01-14")])
    submit(mock, workspace_id, [kept])


def test_a_lock_is_a_past_saturday_later_than_the_last(mock: Psa, clock: ManualClock) -> None:
    clock.advance_to(15 * DAY_US)
    lock(mock, "2026-01-17")
    for wrong in ("2026-01-18", "2026-01-31", "2026-01-10", "2026-01-17", "soon", None):
        refuse(mock, "POST", "line_item_locks", {"line_item_lock": {"locked_to": wrong}}, "locked_to")
    refused(send(mock, "POST", "line_item_locks", {"line_item_lock": {"locked_to": "2026-01-24"}}, LEAD), 403)
    lock(mock, "2026-01-24")
    assert get(mock, "line_item_locks")["count"] == 2


def test_a_lock_waits_until_all_time_before_it_is_approved(mock: Psa, clock: ManualClock, workspace_id: str) -> None:
    entry_id = log(mock, workspace_id, date_performed="2026-01-16")
    log(mock, workspace_id, date_performed="2026-01-17")
    clock.advance_to(8 * DAY_US)
    refuse(mock, "POST", "line_item_locks", {"line_item_lock": {"locked_to": "2026-01-17"}}, "locked_to")
    put(mock, f"timesheet_submissions/{submit(mock, workspace_id, [entry_id])}/approve", token=LEAD)
    made = lock(mock, "2026-01-17")
    clock.advance_to(9 * DAY_US)
    found = listed(mock, "subscribed_events", event_types="line_item_lock:created")
    assert [each["subject_id"] for each in found] == [int(str(made["id"]))]


def test_a_restored_system_knows_its_lock(mock: Psa, clock: ManualClock, workspace_id: str) -> None:
    clock.advance_to(8 * DAY_US)
    other = make(clock)
    log(other, project(other, ANA), date_performed="2026-01-16")
    lock(mock, "2026-01-17")
    other.deserialize(mock.serialize())
    entry = {"workspace_id": workspace_id, "date_performed": "2026-01-16", "time_in_minutes": 60}
    refuse(other, "POST", "time_entries", {"time_entry": entry}, "date_performed", ANA)


# -- approvers ------------------------------------------------------------------------------------------------------


def test_the_approvers_of_a_project_decide_and_others_do_not(mock: Psa, workspace_id: str) -> None:
    ben = user_id(mock, BEN)
    put(mock, f"workspaces/{workspace_id}", {"workspace": {"approver_ids": [ben]}})
    sheet = submit(mock, workspace_id, [log(mock, workspace_id)])
    trip = report(mock, workspace_id, [spend(mock, workspace_id)])
    refused(send(mock, "PUT", f"timesheet_submissions/{sheet}/approve", token=LEAD), 403)
    refused(send(mock, "PUT", f"expense_report_submissions/{trip}/approve", token=LEAD), 403)
    put(mock, f"timesheet_submissions/{sheet}/approve", token=BEN)
    put(mock, f"expense_report_submissions/{trip}/approve", token=BEN)
    put(mock, f"timesheet_submissions/{sheet}/reject", token=ADMIN)


def test_approvals_of_a_leaver_are_moved_to_another(mock: Psa, workspace_id: str) -> None:
    ben, lead = user_id(mock, BEN), user_id(mock, LEAD)
    put(mock, f"workspaces/{workspace_id}", {"workspace": {"approver_id": ben}})
    sheet = submit(mock, workspace_id, [log(mock, workspace_id)])
    assert ids(get(mock, "timesheet_submissions", approver_ids=ben, statuses="new")) == [sheet]
    assert ids(get(mock, "timesheet_submissions", approver_ids=lead, statuses="new")) == []
    put(mock, f"workspaces/{workspace_id}", {"workspace": {"approver_ids": [lead]}})
    content = get(mock, f"workspaces/{workspace_id}", include="approvers")
    assert content["workspaces"][workspace_id]["approver_ids"] == [lead]
    assert list(content["users"]) == [lead]
    assert ids(get(mock, "timesheet_submissions", approver_ids=f"{ben},{lead}", statuses="new")) == [sheet]
    put(mock, f"timesheet_submissions/{sheet}/approve", token=LEAD)
    put(mock, f"workspaces/{workspace_id}", {"workspace": {"approver_ids": []}})
    put(mock, f"timesheet_submissions/{sheet}/reject", token=LEAD)


def test_an_approver_must_be_able_to_work(mock: Psa, workspace_id: str) -> None:
    ben = user_id(mock, BEN)
    membership = listed(mock, "account_memberships", user_id=ben)[0]["id"]
    put(mock, f"account_memberships/{membership}/disable")
    for approver in (ben, "5"):
        refuse(mock, "PUT", f"workspaces/{workspace_id}", {"workspace": {"approver_ids": [approver]}}, "approver_ids")
    assert act(mock, "change_orders").ok
