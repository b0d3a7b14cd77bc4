"""The PSA connector against the mock: the feed, projects and tasks made once, people, time, pre-bills and payments."""

from __future__ import annotations

from collections.abc import Coroutine
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from sandbox.core.clock import DAY_US, MINUTE_US, SECOND_US
from sandbox.engine.canonical import Deal, FixedItem, PreBill
from sandbox.engine.resilience import Refused, Unavailable
from tests.engine.builders import Room, answer_lost, book, never_arrives
from tests.engine.samples import DEAL

LINE = DEAL.lines[0]
RATE_CARD = "Standard UK"


def user(room: Room, person: str) -> str:
    email = room.plan.people[person].email
    return next(str(row["id"]) for row in room.rows("psa", "user") if row["email_address"] == email)


def project(room: Room, deal: Deal = DEAL) -> str:
    """A deal's project and client group; returns the project's id."""

    async def made() -> str:
        psa = room.context.psa
        return await psa.ensure_project(deal, await psa.ensure_client(deal), RATE_CARD)

    return room.do(made())


# -- events ------------------------------------------------------------------------------------------------------------


def test_the_feed_gives_time_and_pre_bills_and_nothing_else(worked: Room) -> None:
    changes = worked.do(worked.context.psa.changes("2026-01-19T00:00:00Z"))
    assert {change.subject for change in changes} == {"TimeEntry"}
    entries = {row["id"] for row in worked.rows("psa", "time_entry")}
    assert {change.subject_id for change in changes} == entries
    now = worked.ports().now_iso()
    bill = drafted(worked)
    worked.wait(MINUTE_US)
    # The entries are news too: they are on a pre-bill now.
    mine = [row["id"] for row in worked.rows("psa", "time_entry") if row["invoice_id"] == bill]
    later = worked.do(worked.context.psa.changes(now))
    assert sorted((change.subject, change.subject_id) for change in later) == [
        ("Invoice", bill),
        *sorted(("TimeEntry", entry_id) for entry_id in mine),
    ]


def test_an_event_is_read_once_it_is_recorded_and_from_then_on(worked: Room) -> None:
    book(worked, "W-0003", "ENG-01", "analyst", ("2026-01-23", 60))
    now = worked.ports().now_iso()
    # Recorded one to forty seconds after it happened.
    assert worked.do(worked.context.psa.changes(now)) == []
    worked.wait(40 * SECOND_US)
    assert len(worked.do(worked.context.psa.changes(now))) == 1


def test_events_on_many_pages_are_all_read(worked: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = worked.do(worked.context.psa.changes("2026-01-19T00:00:00Z"))
    assert len(whole) == 3
    monkeypatch.setattr("sandbox.engine.connectors.psa_records.PAGE", 2)
    worked.wire.log.clear()
    assert worked.do(worked.context.psa.changes("2026-01-19T00:00:00Z")) == whole
    assert len(worked.wire.log) == 2


def test_an_empty_feed_takes_one_request(worked: Room) -> None:
    worked.wire.log.clear()
    assert worked.do(worked.context.psa.changes("2026-01-24T00:10:00Z")) == []
    assert len(worked.wire.log) == 1


# -- time --------------------------------------------------------------------------------------------------------------


def test_time_comes_with_the_instant_of_its_approval_and_the_exact_rate(worked: Room) -> None:
    row = next(each for each in worked.rows("psa", "time_entry") if each["date_performed"] == "2026-01-22")
    (entry,) = worked.do(worked.context.psa.time_entries([row["id"]]))
    assert (entry.entry_id, entry.user_id, entry.on) == (row["id"], user(worked, "W-0003"), date(2026, 1, 22))
    assert (entry.minutes, entry.billable, entry.currency) == (400, True, "GBP")
    assert (entry.rate, type(entry.rate)) == (Decimal("85.00"), Decimal)
    assert entry.approved_us == 5 * DAY_US
    assert entry.workspace_id == row["workspace_id"]
    assert entry.story_id == row["story_id"]


def test_time_that_waits_for_approval_has_no_instant_of_it(worked: Room) -> None:
    book(worked, "W-0003", "ENG-01", "analyst", ("2026-01-23", 60), approve=False)
    row = next(each for each in worked.rows("psa", "time_entry") if each["date_performed"] == "2026-01-23")
    (entry,) = worked.do(worked.context.psa.time_entries([row["id"]]))
    assert entry.approved_us is None


def test_time_that_is_gone_is_left_out_and_asking_for_none_asks_nothing(worked: Room) -> None:
    ids = [row["id"] for row in worked.rows("psa", "time_entry")]
    assert len(worked.do(worked.context.psa.time_entries([*ids, "1"]))) == 3
    worked.wire.log.clear()
    assert worked.do(worked.context.psa.time_entries([])) == []
    assert worked.wire.log == []


def test_many_entries_are_asked_for_page_by_page(worked: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = [row["id"] for row in worked.rows("psa", "time_entry")]
    monkeypatch.setattr("sandbox.engine.connectors.psa.PAGE", 1)
    entries = worked.do(worked.context.psa.time_entries(ids))
    assert sorted(entry.entry_id for entry in entries) == sorted(ids)
    assert all(entry.approved_us == 5 * DAY_US for entry in entries)


def test_the_sweep_sees_time_changed_since_and_which_of_it_is_approved(
    worked: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    approved = sorted(row["id"] for row in worked.rows("psa", "time_entry"))
    book(worked, "W-0003", "ENG-01", "analyst", ("2026-01-23", 60), approve=False)
    monkeypatch.setattr("sandbox.engine.connectors.psa_records.PAGE", 2)
    entries = worked.do(worked.context.psa.changed_since("2026-01-23T23:59:59Z"))
    assert sorted(entry.entry_id for entry in entries if entry.approved_us == 5 * DAY_US) == approved
    assert [entry.on for entry in entries if entry.approved_us is None] == [date(2026, 1, 23)]
    # Strictly after the instant of the approval: what was booked later alone.
    later = worked.do(worked.context.psa.changed_since("2026-01-24T00:00:00Z"))
    assert [entry.on for entry in later] == [date(2026, 1, 23)]


def test_time_and_what_approved_it_come_in_one_answer(worked: Room) -> None:
    ids = [row["id"] for row in worked.rows("psa", "time_entry")]
    worked.wire.log.clear()
    assert {entry.approved_us for entry in worked.do(worked.context.psa.time_entries(ids))} == {5 * DAY_US}
    assert len(worked.wire.log) == 1


# -- projects ----------------------------------------------------------------------------------------------------------


def test_a_new_project_is_an_estimate_closed_for_time_with_client_rates_and_price(room: Room) -> None:
    workspace_id = project(room)
    row = room.row("psa", "workspace")
    group = room.row("psa", "workspace_group")
    (card,) = room.rows("psa", "rate_card")
    wanted = {
        "id": workspace_id,
        "title": "ENG-09 Signal works",
        "stage": "estimate",
        "time_trackable": 0,
        "budgeted": 1,
        "price": 12_000_000,
        "currency": "GBP",
        "start_date": "2026-01-19",
        "due_date": "2026-02-27",
        "change_orders_enabled": 0,
        "require_time_approvals": 1,
        "rate_card_id": card["id"],
        "primary_workspace_group_id": group["id"],
    }
    assert {name: row[name] for name in wanted} == wanted
    assert (group["name"], group["company"]) == ("Ferry Line plc", 1)
    references = {
        (each["subject_type"], each["service_name"], each["service_model"], each["service_model_ref"])
        for each in room.rows("psa", "external_reference")
        if each["service_name"] == "salesforce"
    }
    assert references == {
        ("WorkspaceGroup", "salesforce", "Account", "001A00000000001AAA"),
        ("Workspace", "salesforce", "Opportunity", "006A00000000001AAA"),
    }


def test_what_was_made_before_is_found_by_its_reference_even_by_an_engine_without_memory(room: Room) -> None:
    workspace_id = project(room)
    room.do(room.context.psa.ensure_task(DEAL, LINE, workspace_id, fixed_fee=False))
    # Another engine's memory: it began, and does not know how it ended.
    room.store = type(room.store)()
    room.installed()
    for effect in ("psa client CL-009", "psa project ENG-09", "psa task ENG-09-L1"):
        room.do(room.store.begin_effect(effect))
    assert project(room) == workspace_id
    task = room.do(room.context.psa.ensure_task(DEAL, LINE, workspace_id, fixed_fee=False))
    assert task == room.row("psa", "story")["id"]
    assert len(room.rows("psa", "workspace_group")) == len(room.rows("psa", "workspace")) == 1


def test_an_archived_project_is_found_too(room: Room) -> None:
    workspace_id = project(room)
    archive = {"workspace": {"archived": True}}
    room.do(room.context.psa._caller.send("PUT", f"/api/v1/workspaces/{workspace_id}.json", json=archive))
    room.store = type(room.store)()
    room.installed()
    room.do(room.store.begin_effect("psa project ENG-09"))
    assert project(room) == workspace_id


def test_a_task_of_the_same_line_in_another_project_is_not_taken_for_it(room: Room) -> None:
    other = replace(DEAL, code="ENG-08", native_id="006A00000000008AAA")
    first, second = project(room), project(room, other)
    psa = room.context.psa
    task = room.do(psa.ensure_task(DEAL, LINE, first, fixed_fee=False))
    moved = replace(LINE, code="ENG-08-L1")
    # In doubt it is looked for, in its own project.
    room.wire.meets("psa", "POST", "/stories", never_arrives)
    assert room.do(psa.ensure_task(other, moved, second, fixed_fee=True)) != task
    rows = {row["workspace_id"]: row for row in room.rows("psa", "story")}
    assert rows[first]["title"] == "ENG-09-L1 Signal works"
    assert (rows[second]["title"], rows[second]["fixed_fee"]) == ("ENG-08-L1 Signal works", 1)
    assert (rows[first]["time_estimate_in_minutes"], rows[first]["billable"], rows[first]["fixed_fee"]) == (600, 1, 0)


def test_an_estimate_follows_the_deal_and_the_win_converts_it(room: Room) -> None:
    workspace_id = project(room)
    psa = room.context.psa
    dearer = replace(DEAL, amount=Decimal("1300.50"), end=date(2026, 3, 6), name="Signal and points")
    room.do(psa.update_project(workspace_id, dearer, RATE_CARD, won=False))
    row = room.row("psa", "workspace")
    assert (row["stage"], row["price"], row["due_date"]) == ("estimate", 13_005_000, "2026-03-06")
    assert row["title"] == "ENG-09 Signal and points"
    room.do(psa.update_project(workspace_id, dearer, RATE_CARD, won=True))
    row = room.row("psa", "workspace")
    assert (row["stage"], row["time_trackable"]) == ("project", 0)
    room.do(psa.open_for_time(workspace_id, is_open=True))
    assert room.row("psa", "workspace")["time_trackable"] == 1
    room.do(psa.open_for_time(workspace_id, is_open=False))
    assert room.row("psa", "workspace")["time_trackable"] == 0


def test_a_rate_card_the_psa_does_not_have_is_waited_for(room: Room) -> None:
    failed = room.fails(room.context.psa.ensure_project(DEAL, "1", "Standard US"))
    assert isinstance(failed, Unavailable)
    assert failed.message == "the PSA has no rate card 'Standard US'"


# -- people ------------------------------------------------------------------------------------------------------------


def invited(room: Room) -> Coroutine[Any, Any, str]:
    return room.context.psa.invite_user("W-0009", "Ada Quill", "Ada.Quill@x.example", "analyst")


def test_somebody_new_is_invited_as_collaborator_with_role_and_reference(room: Room) -> None:
    user_id = room.do(invited(room))
    row = next(each for each in room.rows("psa", "user") if each["id"] == user_id)
    assert (row["full_name"], row["email_address"]) == ("Ada Quill", "ada.quill@x.example")
    membership = next(each for each in room.rows("psa", "account_membership") if each["user_id"] == user_id)
    analyst = next(each["id"] for each in room.rows("psa", "role") if each["name"] == "analyst")
    assert (membership["permission"], membership["default_role_id"]) == ("collaborator", analyst)
    reference = next(each for each in room.rows("psa", "external_reference") if each["subject_id"] == user_id)
    assert (reference["service_name"], reference["service_model"]) == ("workday", "Worker")
    assert reference["service_model_ref"] == "W-0009"


def test_somebody_whose_invitation_was_lost_is_found_by_address(room: Room) -> None:
    before = len(room.rows("psa", "user"))
    room.wire.meets("psa", "POST", "/account_invitations", answer_lost)
    user_id = room.do(invited(room))
    assert user_id == room.do(room.context.psa.find_user("ada.quill@X.example"))
    assert len(room.rows("psa", "user")) == before + 1
    assert room.do(room.context.psa.find_user("nobody@x.example")) is None


def test_role_and_manager_are_changed_and_a_leaver_is_disabled(room: Room) -> None:
    user_id = user(room, "W-0002")
    psa = room.context.psa
    role_id, above = room.do(psa.role_id("manager")), user(room, "W-0001")
    room.do(psa.people.set_membership(user_id, role_id, above))
    room.do(psa.disable_user(user_id))
    membership = next(each for each in room.rows("psa", "account_membership") if each["user_id"] == user_id)
    manager = next(each["id"] for each in room.rows("psa", "role") if each["name"] == "manager")
    assert (membership["default_role_id"], membership["disabled"]) == (manager, 1)
    assert membership["manager_id"] == above
    others = [each for each in room.rows("psa", "account_membership") if each["user_id"] != user_id]
    assert not any(each["disabled"] for each in others)
    # Twice is no harm.
    room.do(psa.disable_user(user_id))
    room.do(psa.people.enable_user(user_id))
    again = next(each for each in room.rows("psa", "account_membership") if each["user_id"] == user_id)
    assert again["disabled"] == 0


def test_somebody_without_a_membership_is_waited_for(room: Room) -> None:
    assert room.fails(room.context.psa.disable_user("1")).args == ("PSA user 1 has no account membership",)


def test_roles_have_names_and_ids_and_an_unknown_one_is_waited_for(room: Room) -> None:
    psa = room.context.psa
    role_id = room.do(psa.role_id("senior consultant"))
    assert room.do(psa.role_name(role_id)) == "senior consultant"
    failed = room.fails(psa.role_id("wizard"))
    assert isinstance(failed, Unavailable)
    assert failed.message == "the PSA has no role 'wizard'"


def test_a_role_nobody_knows_is_no_crash(room: Room) -> None:
    async def named() -> str:
        try:
            return await room.context.psa.role_name("1")
        except (Unavailable, Refused) as said:
            return said.message

    assert "1" in room.do(named())


def test_a_role_that_was_added_is_found(room: Room) -> None:
    psa = room.context.psa
    room.do(psa.role_id("analyst"))

    def fill() -> None:
        room.systems["psa"].store.insert("role", {"name": "architect"}, "architect")

    room.systems["psa"].seeding(fill)

    async def found() -> str:
        try:
            return await psa.role_id("architect")
        except Unavailable as missing:
            return missing.message

    assert room.do(found()).isdigit()


def test_only_sheets_that_wait_for_a_decision_are_open(worked: Room) -> None:
    psa = worked.context.psa
    worker = user(worked, "W-0003")
    assert worked.do(psa.open_submissions(worker)) == 0
    book(worked, "W-0003", "ENG-01", "analyst", ("2026-01-23", 60), approve=False)
    assert worked.do(psa.open_submissions(worker)) == 1
    assert worked.do(psa.open_submissions(user(worked, "W-0002"))) == 0
    worked.act("W-0001", "reject", engagement="ENG-01", person="W-0003", title="ENG-01 W-0003 2026-01-23")
    assert worked.do(psa.open_submissions(worker)) == 0


# -- billing -----------------------------------------------------------------------------------------------------------


def drafted(room: Room) -> str:
    room.act("finance-uk", "draft_time", engagement="ENG-01", bill="ENG-01 2026-01", through="2026-01-31")
    return str(room.row("psa", "invoice")["id"])


def issued(room: Room) -> str:
    invoice_id = drafted(room)
    room.act("W-0001", "approve_bill", engagement="ENG-01", bill="ENG-01 2026-01", invoice_date="2026-02-10")
    return invoice_id


def test_a_pre_bill_of_time_names_its_entries_and_terms(worked: Room) -> None:
    invoice_id = drafted(worked)
    mine = [row for row in worked.rows("psa", "time_entry") if row["user_id"] == user(worked, "W-0003")]
    bill = worked.do(worked.context.psa.pre_bill(invoice_id))
    assert bill is not None
    assert bill == PreBill(
        invoice_id=invoice_id,
        workspace_id=mine[0]["workspace_id"],
        title="ENG-01 2026-01",
        draft=True,
        cancelled=False,
        on=date(2026, 1, 24),
        currency="GBP",
        terms_days=14,
        entry_ids=bill.entry_ids,
        items=(),
        number=None,
    )
    assert sorted(bill.entry_ids) == sorted(row["id"] for row in mine)
    worked.act("W-0001", "approve_bill", engagement="ENG-01", bill="ENG-01 2026-01", invoice_date="2026-02-10")
    bill = worked.do(worked.context.psa.pre_bill(invoice_id))
    assert bill is not None
    assert (bill.draft, bill.on) == (False, date(2026, 2, 10))


def test_a_pre_bill_of_a_fixed_amount_names_task_amount_and_note(worked: Room) -> None:
    worked.act("finance-uk", "draft_fixed", engagement="ENG-02", bill="ENG-02 instalment 1", amount="2700.55")
    row = worked.row("psa", "invoice")
    story = next(each["id"] for each in worked.rows("psa", "story") if each["title"].startswith("ENG-02-L1 "))
    bill = worked.do(worked.context.psa.pre_bill(row["id"]))
    assert bill is not None
    assert (bill.entry_ids, bill.terms_days) == ((), 30)
    assert bill.items == (FixedItem(story, Decimal("2700.55"), "ENG-02 instalment 1"),)
    assert type(bill.items[0].amount) is Decimal


def test_a_cancelled_pre_bill_says_so_and_one_that_is_gone_is_none(worked: Room) -> None:
    invoice_id = issued(worked)
    psa = worked.context.psa
    worked.do(psa._caller.send("PUT", f"/api/v1/invoices/{invoice_id}/cancel.json"))
    bill = worked.do(psa.pre_bill(invoice_id))
    assert bill is not None
    assert bill.cancelled
    assert worked.do(psa.pre_bill("1")) is None


def test_what_the_ledger_made_of_it_is_told_with_number_and_tax(worked: Room) -> None:
    invoice_id = issued(worked)
    worked.do(worked.context.psa.set_ledger_result(invoice_id, "INV42", Decimal(20)))
    row = worked.row("psa", "invoice")
    # 566.67 + 566.67, and 20% of it: 226.668 -> 226.67.
    assert (row["user_invoice_number"], row["subtotal"], row["tax_amount"]) == ("INV42", 11_333_400, 2_266_700)


def test_a_payment_is_recorded_in_minor_units_once(worked: Room) -> None:
    invoice_id = issued(worked)
    psa = worked.context.psa
    worked.wire.meets("psa", "POST", "/external_payments", answer_lost)
    for _ in range(2):
        worked.do(psa.record_payment(invoice_id, "BL-7", Decimal("500.25"), "GBP", date(2026, 2, 12)))
        worked.crash()
        psa = worked.context.psa
    row = worked.row("psa", "external_payment")
    assert (row["amount"], row["date"], row["notes"]) == (5_002_500, "2026-02-12", "bank line BL-7")
    assert worked.row("psa", "invoice")["paid"] == 5_002_500


def test_a_payment_of_another_bank_line_is_not_taken_for_it(worked: Room) -> None:
    invoice_id = issued(worked)
    psa = worked.context.psa
    first = worked.do(psa.record_payment(invoice_id, "BL-7", Decimal("500.25"), "GBP", date(2026, 2, 12)))
    worked.wire.meets("psa", "POST", "/external_payments", answer_lost)
    second = worked.do(psa.record_payment(invoice_id, "BL-70", Decimal("500.25"), "GBP", date(2026, 2, 12)))
    assert first != second
    assert sorted(row["notes"] for row in worked.rows("psa", "external_payment")) == [
        "bank line BL-7",
        "bank line BL-70",
    ]
    assert worked.row("psa", "invoice")["paid"] == 10_005_000
