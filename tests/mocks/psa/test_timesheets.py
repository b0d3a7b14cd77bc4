"""Timesheets: handed in by their owner, decided by somebody else, and what that does to the time on them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule

from mocks.psa.system import Psa
from sandbox.core.clock import HOUR_US, ManualClock
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
    make,
    ok,
    post,
    project,
    put,
    refused,
    rows,
    send,
    submit,
    user_id,
)


def sheet(mock: Psa, submission_id: str) -> dict[str, Any]:
    return listed(mock, "timesheet_submissions", only=submission_id)[0]


def entry(mock: Psa, entry_id: str) -> dict[str, Any]:
    return listed(mock, "time_entries", only=entry_id)[0]


def decide(mock: Psa, submission_id: str, verb: str, token: str = LEAD, text: str = "ok") -> dict[str, Any]:
    body = {"resolution": {"description": text}}
    return put(mock, f"timesheet_submissions/{submission_id}/{verb}", body, token)


def refuse_decision(mock: Psa, submission_id: str, verb: str, token: str = LEAD) -> None:
    before = mock.dump()
    refused(send(mock, "PUT", f"timesheet_submissions/{submission_id}/{verb}", token=token), 422, "base")
    assert mock.dump() == before


def test_a_timesheet_sums_its_entries_and_spans_their_weeks(mock: Psa, workspace_id: str) -> None:
    entry_ids = [
        log(mock, workspace_id, date_performed="2026-01-12", time_in_minutes=480),
        log(mock, workspace_id, date_performed="2026-01-17", time_in_minutes=450),
    ]
    made = sheet(mock, submit(mock, workspace_id, entry_ids))
    expected = {
        "status": "pending",
        "type": "TimesheetSubmission",
        "title": "Week",
        "workspace_id": workspace_id,
        "user_id": user_id(mock, ANA),
        "start_date": "2026-01-11",
        "end_date": "2026-01-17",
        "line_item_total_in_cents": 232500,
        "line_item_total_formatted": "€2325.00",
        "currency": "EUR",
        "current_resolution_created_at": None,
        "current_resolution_creator_id": None,
    }
    assert {name: made[name] for name in expected} == expected
    shown = get(mock, f"timesheet_submissions/{made['id']}", include="time_entries")
    assert shown["timesheet_submissions"][made["id"]]["time_entry_ids"] == sorted(entry_ids)
    assert sorted(shown["time_entries"]) == sorted(entry_ids)


def test_each_entry_is_rounded_on_its_own(mock: Psa, workspace_id: str) -> None:
    # One minute at 162.55 an hour is 2.709..., rounded 2.71; three of them are 8.13 and not 8.12.
    entry_ids = [log(mock, workspace_id, date_performed="2026-02-02", time_in_minutes=1) for _ in range(3)]
    assert sheet(mock, submit(mock, workspace_id, entry_ids))["line_item_total_in_cents"] == 813


def test_a_timesheet_may_carry_a_key_and_a_comment(mock: Psa, workspace_id: str) -> None:
    key = {"service_name": "hr", "service_model": "Timecard", "service_model_ref": "TC-1"}
    body = {
        "workspace_id": int(workspace_id),
        "title": "Week",
        "line_item_ids": [int(log(mock, workspace_id))],
        "comment": "as agreed",
        "external_reference": key,
    }
    made = post(mock, "timesheet_submissions", {"timesheet_submission": body}, ANA)
    assert made["comment"] == "as agreed"
    assert ids(get(mock, "timesheet_submissions", external_reference_service_model_ref="TC-1")) == [made["id"]]


def test_what_cannot_be_handed_in_is_refused(mock: Psa, workspace_id: str) -> None:
    mine, other_project = log(mock, workspace_id), project(mock, ANA, title="Other")
    theirs, elsewhere = log(mock, workspace_id, BEN), log(mock, other_project)
    pending = log(mock, workspace_id)
    submit(mock, workspace_id, [pending])
    good: dict[str, Any] = {"workspace_id": workspace_id, "title": "Week", "line_item_ids": [mine]}
    before = mock.dump()
    for change, field in (
        ({"title": ""}, "title"),
        ({"workspace_id": 5}, "workspace_id"),
        ({"line_item_ids": []}, "line_item_ids"),
        ({"line_item_ids": None}, "line_item_ids"),
        ({"line_item_ids": "1,2"}, "line_item_ids"),
        ({"line_item_ids": [mine, 5]}, "line_item_ids"),
        ({"line_item_ids": [mine, theirs]}, "line_item_ids"),
        ({"line_item_ids": [mine, elsewhere]}, "line_item_ids"),
        ({"line_item_ids": [mine, pending]}, "line_item_ids"),
    ):
        body = {"timesheet_submission": {**good, **change}}
        refused(send(mock, "POST", "timesheet_submissions", body, ANA), 422, field)
    del good["line_item_ids"]
    refused(send(mock, "POST", "timesheet_submissions", {"timesheet_submission": good}, ANA), 422, "line_item_ids")
    assert mock.dump() == before


def test_an_approval_approves_the_time_and_says_who_when_and_why(
    mock: Psa, workspace_id: str, clock: ManualClock
) -> None:
    entry_id = log(mock, workspace_id)
    submission_id = submit(mock, workspace_id, [entry_id])
    assert (entry(mock, entry_id)["approved"], entry(mock, entry_id)["active_submission_id"]) == (False, submission_id)
    clock.advance_to(30 * HOUR_US)
    made = decide(mock, submission_id, "approve", text="fine")
    expected = {
        "status": "approved",
        "current_resolution_creator_id": user_id(mock, LEAD),
        "current_resolution_created_at": "2026-01-13T06:00:00+00:00",
        "current_resolution_created_at_date": "2026-01-13",
        "current_resolution_description": "fine",
        "updated_at": "2026-01-13T06:00:00+00:00",
    }
    assert {name: made[name] for name in expected} == expected
    assert entry(mock, entry_id)["approved"] is True
    assert ids(get(mock, "time_entries", with_timesheet_id=submission_id)) == [entry_id]


@pytest.mark.parametrize(("verb", "status"), [("reject", "rejected"), ("cancel", "cancelled")])
def test_time_given_back_is_open_again_and_handed_in_anew(mock: Psa, workspace_id: str, verb: str, status: str) -> None:
    entry_id = log(mock, workspace_id)
    first = submit(mock, workspace_id, [entry_id])
    assert decide(mock, first, verb)["status"] == status
    assert get(mock, "time_entries", with_timesheet_id=first)["count"] == 0
    assert ids(get(mock, "time_entries", with_recent_timesheet_ids=first)) == [entry_id]
    assert get(mock, f"timesheet_submissions/{first}", include="time_entries")["time_entries"] != {}
    put(mock, f"time_entries/{entry_id}", {"time_entry": {"time_in_minutes": 420}}, ANA)
    second = submit(mock, workspace_id, [entry_id])
    shown = entry(mock, entry_id)
    assert second != first
    assert (shown["active_submission_id"], shown["recent_submission_id"]) == (second, second)
    for again in ("approve", "reject", "cancel"):
        refuse_decision(mock, first, again)


@pytest.mark.parametrize("verb", ["reject", "cancel"])
def test_an_approval_is_taken_back_unless_the_time_is_invoiced(mock: Psa, workspace_id: str, verb: str) -> None:
    entry_id = approved(mock, workspace_id)
    submission_id = entry(mock, entry_id)["active_submission_id"]
    made = invoice(mock, workspace_id, [entry_id], draft=True)
    refuse_decision(mock, submission_id, verb)
    put(mock, f"invoices/{made['id']}/cancel")
    decide(mock, submission_id, verb)
    shown = entry(mock, entry_id)
    assert (shown["approved"], shown["active_submission_id"]) == (False, None)


def test_nobody_decides_on_their_own_timesheet_but_may_withdraw_it(mock: Psa, workspace_id: str) -> None:
    submission_id = submit(mock, workspace_id, [log(mock, workspace_id, ADMIN, role_id=analyst(mock))], ADMIN)
    for verb in ("approve", "reject"):
        refuse_decision(mock, submission_id, verb, ADMIN)
    assert decide(mock, submission_id, "cancel", ADMIN)["status"] == "cancelled"
    mine = entry(mock, approved(mock, workspace_id))["active_submission_id"]
    refuse_decision(mock, mine, "cancel", ANA)


def analyst(mock: Psa) -> str:
    return next(str(each["id"]) for each in listed(mock, "roles") if each["name"] == "analyst")


def test_several_are_decided_at_once_and_each_leaves_a_resolution(mock: Psa, workspace_id: str) -> None:
    made = [submit(mock, workspace_id, [log(mock, workspace_id, date_performed=f"2026-01-{n}")]) for n in (12, 13)]
    body = {"resolution": {"submission_ids": [int(each) for each in made], "description": "all fine"}}
    content = ok(send(mock, "POST", "timesheet_approvals", body, LEAD))
    lead_id = int(user_id(mock, LEAD))
    shown = [(each["type"], each["target_type"], each["user_id"], each["current"]) for each in rows(content)]
    assert shown == [("approval", "TimesheetSubmission", lead_id, True)] * 2
    assert sorted(each["target_id"] for each in rows(content)) == sorted(int(each) for each in made)
    rejected = ok(send(mock, "POST", "timesheet_rejections", {"resolution": {"submission_ids": made[:1]}}, LEAD))
    assert rows(rejected)[0]["type"] == "rejection"
    current = {row["type"]: row["current"] for row in mock.store.find("resolution", {"target_id": made[0]})}
    assert current == {"approval": 0, "rejection": 1}
    cancelled = ok(send(mock, "POST", "timesheet_cancellations", {"resolution": {"submission_ids": made[1:]}}, LEAD))
    assert rows(cancelled)[0]["type"] == "cancellation"


def test_a_bulk_decision_that_does_not_fit_one_decides_none(mock: Psa, workspace_id: str) -> None:
    fresh = submit(mock, workspace_id, [log(mock, workspace_id)])
    gone = submit(mock, workspace_id, [log(mock, workspace_id, date_performed="2026-01-13")])
    decide(mock, gone, "reject")
    before = mock.dump()
    for submission_ids, field in (([fresh, gone], "base"), ([fresh, 5], "submission_ids"), ([], "submission_ids")):
        body = {"resolution": {"submission_ids": submission_ids}}
        refused(send(mock, "POST", "timesheet_approvals", body, LEAD), 422, field)
    assert mock.dump() == before


def test_pending_is_called_new_in_the_filter(mock: Psa, workspace_id: str) -> None:
    days = {verb: f"2026-01-{number}" for number, verb in enumerate(("wait", "approve", "reject", "cancel"), 12)}
    made = {
        verb: submit(mock, workspace_id, [log(mock, workspace_id, date_performed=day)]) for verb, day in days.items()
    }
    for verb in ("approve", "reject", "cancel"):
        decide(mock, made[verb], verb)

    def found(**params: str) -> list[str]:
        return sorted(ids(get(mock, "timesheet_submissions", **params)))

    assert found(statuses="new") == [made["wait"]]
    assert found(statuses="new,approved") == sorted([made["wait"], made["approve"]])
    assert found(statuses="rejected") == [made["reject"]]
    assert found(active="true") == sorted([made["wait"], made["approve"]])
    assert found(active="false", workspace_id=workspace_id) == sorted([made["reject"], made["cancel"]])
    assert found(user_id=user_id(mock, BEN)) == []
    assert len(found(user_id=user_id(mock, ANA))) == 4


# -- a model --------------------------------------------------------------------------------------------------------

MOVES = {
    ("pending", "approve"): "approved",
    ("pending", "reject"): "rejected",
    ("pending", "cancel"): "cancelled",
    ("approved", "reject"): "rejected",
    ("approved", "cancel"): "cancelled",
}


class Timesheets(RuleBasedStateMachine):
    """The mock against a dictionary of sheets and a dictionary of who holds which entry."""

    entries = Bundle("entries")
    sheets = Bundle("sheets")

    def __init__(self) -> None:
        super().__init__()
        self.mock = make()
        self.project = project(self.mock, ANA)
        self.status: dict[str, str] = {}
        self.members: dict[str, list[str]] = {}
        self.holder: dict[str, str | None] = {}
        self.invoice: dict[str, str | None] = {}

    @rule(target=entries, minutes=st.integers(1, 30))
    def log_time(self, minutes: int) -> str:
        entry_id = log(self.mock, self.project, time_in_minutes=minutes)
        self.holder[entry_id] = self.invoice[entry_id] = None
        return entry_id

    @rule(target=sheets, chosen=st.lists(entries, min_size=1, max_size=3, unique=True))
    def hand_in(self, chosen: list[str]) -> str:
        body = {"workspace_id": self.project, "title": "Week", "line_item_ids": chosen}
        response = send(self.mock, "POST", "timesheet_submissions", {"timesheet_submission": body}, ANA)
        if any(self.holder[each] is not None for each in chosen):
            refused(response, 422, "line_item_ids")
            return "1"
        sheet_id = ids(ok(response))[0]
        self.status[sheet_id], self.members[sheet_id] = "pending", chosen
        self.holder.update(dict.fromkeys(chosen, sheet_id))
        return sheet_id

    @rule(sheet_id=sheets, verb=st.sampled_from(["approve", "reject", "cancel"]))
    def decide(self, sheet_id: str, verb: str) -> None:
        response = send(self.mock, "PUT", f"timesheet_submissions/{sheet_id}/{verb}", token=LEAD)
        if sheet_id not in self.status:
            refused(response, 404)
            return
        held = [each for each in self.members[sheet_id] if self.holder[each] == sheet_id]
        after = MOVES.get((self.status[sheet_id], verb))
        if after is None or (verb != "approve" and any(self.invoice[each] for each in held)):
            refused(response, 422, "base")
            return
        self.status[sheet_id] = after
        if after != "approved":
            self.holder.update(dict.fromkeys(held))

    @rule(chosen=st.lists(entries, min_size=1, max_size=3, unique=True))
    def bill(self, chosen: list[str]) -> None:
        body = {"workspace_id": self.project, "payment_schedule": 30, "time_entry_ids": chosen, "draft": True}
        response = send(self.mock, "POST", "invoices", {"invoice": body})
        if all(self.approved(each) and self.invoice[each] is None for each in chosen):
            self.invoice.update(dict.fromkeys(chosen, ids(ok(response))[0]))
        else:
            refused(response, 422, "time_entry_ids")

    @rule(entry_id=entries)
    def void(self, entry_id: str) -> None:
        invoice_id = self.invoice[entry_id]
        if invoice_id is not None:
            ok(send(self.mock, "PUT", f"invoices/{invoice_id}/cancel"))
            self.invoice = {each: None if held == invoice_id else held for each, held in self.invoice.items()}

    @rule(entry_id=entries)
    def change(self, entry_id: str) -> None:
        response = send(self.mock, "PUT", f"time_entries/{entry_id}", {"time_entry": {"notes": "x"}}, ANA)
        if self.holder[entry_id] is None:
            assert response.status == 200
        else:
            refused(response, 422, "base")

    def approved(self, entry_id: str) -> bool:
        holder = self.holder[entry_id]
        return holder is not None and self.status[holder] == "approved"

    @invariant()
    def the_wire_shows_the_model(self) -> None:
        shown = {each["id"]: each for each in listed(self.mock, "time_entries", per_page=200)}
        assert {key: each["active_submission_id"] for key, each in shown.items()} == self.holder
        assert {key: each["invoice_id"] for key, each in shown.items()} == self.invoice
        assert {key for key, each in shown.items() if each["approved"]} == {
            each for each in self.holder if self.approved(each)
        }
        sheets = {each["id"]: each["status"] for each in listed(self.mock, "timesheet_submissions", per_page=200)}
        assert sheets == self.status


TestTimesheets = Timesheets.TestCase
# Lists of entries without repeats cannot always be drawn while there are few entries.
TestTimesheets.settings = settings(
    max_examples=40, stateful_step_count=25, deadline=None, suppress_health_check=[HealthCheck.filter_too_much]
)
