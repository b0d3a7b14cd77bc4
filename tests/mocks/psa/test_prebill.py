"""Edits of a draft: held, written down, moved to another project, thrown away; lines of every kind, taxed or exempt."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mocks.psa.system import Psa
from sandbox.core.clock import HOUR_US, MINUTE_US, ManualClock
from tests.mocks.psa.client import (
    ANA,
    LEAD,
    act,
    approved,
    approved_expense,
    get,
    ids,
    invoice,
    listed,
    log,
    make,
    milestone,
    project,
    put,
    refuse,
    refused,
    send,
    submit,
    task,
    user_id,
)


def shown(mock: Psa, invoice_id: str) -> dict[str, Any]:
    return listed(mock, "invoices", only=invoice_id)[0]


def entry(mock: Psa, entry_id: str) -> dict[str, Any]:
    return listed(mock, "time_entries", only=entry_id)[0]


def refuse_act(mock: Psa, action: str, field: str, **form: Any) -> None:
    before = mock.dump()
    answer = act(mock, action, **form)
    assert (answer.status, answer.json()["errors"][0].get("field")) == (422, field), answer.body
    assert mock.dump() == before


def test_every_kind_of_line_adds_to_one_document(mock: Psa, workspace_id: str) -> None:
    made = invoice(
        mock,
        workspace_id,
        [approved(mock, workspace_id)],
        expense_ids=[approved_expense(mock, workspace_id)],
        billing_milestone_ids=[milestone(mock, workspace_id)["id"]],
        fixed_fee_items=[{"amount": 10}],
        additional_items=[{"amount": Decimal("-2.5"), "notes": "Discount"}],
        tax_rate=20,
        purchase_order="PO-7",
        draft=True,
    )
    # 8 h at 150, 123.45 of travel, a milestone of 5,000, a fee of 10, a discount of 2.50.
    assert made["subtotal_in_cents"] == 120000 + 12345 + 500000 + 1000 - 250
    assert made["tax_amount_in_cents"] == 126619
    assert made["purchase_order"] == "PO-7"
    names = ("time_entries", "expenses", "billing_milestones", "fixed_fee_items", "additional_items")
    content = get(mock, f"invoices/{made['id']}", include=",".join(names))
    assert [len(content[name]) for name in names] == [1] * 5
    assert listed(mock, "additional_items", invoice_id=made["id"])[0]["amount_in_cents"] == -250
    assert listed(mock, "fixed_fee_items", invoice_id=made["id"])[0]["amount_in_cents"] == 1000


def test_lines_that_say_so_are_exempt_from_tax(mock: Psa, workspace_id: str) -> None:
    exempt = approved_expense(mock, workspace_id, taxable=False)
    items = [{"amount": 100, "taxable": True}, {"amount": 7, "taxable": False}]
    made = invoice(
        mock, workspace_id, [approved(mock, workspace_id)], expense_ids=[exempt], additional_items=items, tax_rate=10
    )
    # Taxed: 1,200 and 100. Exempt: 123.45 and 7.
    assert (made["subtotal_in_cents"], made["tax_amount_in_cents"]) == (143045, 13000)


def test_additional_items_replace_those_of_a_draft_and_leave_write_downs(mock: Psa, workspace_id: str) -> None:
    made = invoice(mock, workspace_id, [approved(mock, workspace_id)], additional_items=[{"amount": 5}], draft=True)
    act(mock, "write_down", invoice_id=made["id"], amount_in_cents=20000, reason="goodwill")
    after = put(mock, f"invoices/{made['id']}", {"invoice": {"additional_items": [{"amount": -1}, {"amount": 3}]}})
    assert after["subtotal_in_cents"] == 120000 - 20000 - 100 + 300
    put(mock, f"invoices/{made['id']}", {"invoice": {"draft": False}})
    refuse(mock, "PUT", f"invoices/{made['id']}", {"invoice": {"additional_items": []}}, "additional_items")


def test_a_draft_is_written_down_by_an_amount_for_a_reason(mock: Psa, workspace_id: str) -> None:
    story_id = task(mock, workspace_id)
    made = invoice(mock, workspace_id, [approved(mock, workspace_id)], tax_rate=20, draft=True)
    answer = act(
        mock, "write_down", invoice_id=made["id"], amount_in_cents=30050, reason="scope dispute", story_id=story_id
    )
    assert answer.json() == {"invoice_id": made["id"], "subtotal_in_cents": 89950}
    after = shown(mock, made["id"])
    # 20 % of 899.50.
    assert (after["subtotal_in_cents"], after["tax_amount_in_cents"]) == (89950, 17990)
    item = listed(mock, "additional_items", invoice_id=made["id"])[0]
    assert (item["amount_in_cents"], item["write_down_reason"]) == (-30050, "scope dispute")
    assert (item["notes"], item["story_id"]) == ("Write-down: scope dispute", story_id)
    assert mock.dump()["additional_item"][item["id"]]["_creator"] == user_id(mock, LEAD)


def test_nothing_is_written_down_below_nothing_or_once_issued(mock: Psa, workspace_id: str) -> None:
    made = invoice(mock, workspace_id, [approved(mock, workspace_id)], draft=True)
    form = {"invoice_id": made["id"], "amount_in_cents": 100, "reason": "x"}
    refuse_act(mock, "write_down", "additional_items", **{**form, "amount_in_cents": 120001})
    refuse_act(mock, "write_down", "invoice_id", **{**form, "invoice_id": "5"})
    refuse_act(mock, "write_down", "additional_items", **form, story_id="5")
    refuse_act(mock, "write_down", "amount_in_cents", **{**form, "amount_in_cents": 0})
    refuse_act(mock, "write_down", "reason", **{**form, "reason": ""})
    put(mock, f"invoices/{made['id']}", {"invoice": {"draft": False}})
    refuse_act(mock, "write_down", "invoice_id", **form)


def test_work_is_not_billed_below_nothing(mock: Psa, workspace_id: str) -> None:
    entry_id = approved(mock, workspace_id)
    body = {"workspace_id": workspace_id, "payment_schedule": 30, "time_entry_ids": [entry_id]}
    refuse(mock, "POST", "invoices", {"invoice": {**body, "additional_items": [{"amount": -1201}]}}, "additional_items")
    refuse(mock, "POST", "invoices", {"invoice": {**body, "additional_items": [{"amount": 0}]}}, "additional_items")
    made = invoice(mock, workspace_id, [entry_id], additional_items=[{"amount": -1200}], draft=True)
    assert made["total_in_cents"] == 0
    refuse(
        mock,
        "PUT",
        f"invoices/{made['id']}",
        {"invoice": {"additional_items": [{"amount": -1300}]}},
        "additional_items",
    )


def test_a_credit_note_is_a_document_of_negative_items(mock: Psa, workspace_id: str) -> None:
    entry_id = approved(mock, workspace_id)
    original = invoice(mock, workspace_id, [entry_id], tax_rate=19)
    credit = invoice(
        mock,
        workspace_id,
        [],
        additional_items=[{"amount": Decimal("-100.50"), "notes": "Agreed"}],
        tax_rate=19,
        user_invoice_title=f"Credit for {original['title']}",
    )
    # 19 % of 100.50 are 19.095.
    assert (credit["subtotal_in_cents"], credit["tax_amount_in_cents"]) == (-10050, -1910)
    assert credit["balance_in_cents"] == -11960
    assert entry(mock, entry_id)["invoice_id"] == original["id"]
    payment = {"invoice_id": credit["id"], "amount_in_cents": -100}
    refuse(mock, "POST", "external_payments", {"external_payment": payment}, "amount_in_cents")


def test_a_draft_is_thrown_away_and_its_lines_are_free(mock: Psa, workspace_id: str) -> None:
    entry_id, expense_id = approved(mock, workspace_id), approved_expense(mock, workspace_id)
    made = invoice(
        mock, workspace_id, [entry_id], expense_ids=[expense_id], fixed_fee_items=[{"amount": 5}], draft=True
    )
    refused(send(mock, "DELETE", f"invoices/{made['id']}", token=ANA), 403)
    assert send(mock, "DELETE", f"invoices/{made['id']}").status == 204
    refused(send(mock, "GET", f"invoices/{made['id']}"), 404)
    assert mock.dump()["fixed_fee_item"] == {}
    again = invoice(mock, workspace_id, [entry_id], expense_ids=[expense_id])
    refuse(mock, "DELETE", f"invoices/{again['id']}", None, "base")


def test_a_project_has_several_documents_and_each_line_is_on_one(mock: Psa, workspace_id: str) -> None:
    first, second = approved(mock, workspace_id), approved(mock, workspace_id, date_performed="2026-01-13")
    one, two = invoice(mock, workspace_id, [first]), invoice(mock, workspace_id, [second], draft=True)
    assert {one["title"], two["title"]} == {"Invoice #1", "Draft Invoice #2"}
    refuse(mock, "PUT", f"invoices/{two['id']}", {"invoice": {"time_entry_ids": [first]}}, "time_entry_ids")


# -- moved to another project ---------------------------------------------------------------------------------------


def test_time_moves_to_another_project_with_its_approval_and_off_the_draft(
    mock: Psa, clock: ManualClock, workspace_id: str
) -> None:
    first, second = approved(mock, workspace_id), approved(mock, workspace_id, date_performed="2026-01-13")
    made = invoice(mock, workspace_id, [first, second], draft=True)
    other = project(mock, title="Other")
    story_id = task(mock, other)
    sheet = entry(mock, first)["active_submission_id"]
    clock.advance_to(HOUR_US)
    answer = act(
        mock, "transfer_time", time_entry_ids=[first], workspace_id=other, story_id=story_id, reason="wrong project"
    )
    assert answer.json() == {"time_entry_ids": [first]}
    after = entry(mock, first)
    assert (after["workspace_id"], after["story_id"], after["invoice_id"]) == (other, story_id, None)
    assert (after["approved"], after["active_submission_id"], after["rate_in_cents"]) == (True, sheet, 15000)
    assert shown(mock, made["id"])["subtotal_in_cents"] == 120000
    (trail,) = mock.dump()["time_transfer"].values()
    assert (trail["from_workspace_id"], trail["reason"]) == (workspace_id, "wrong project")
    assert invoice(mock, other, [first])["subtotal_in_cents"] == 120000
    clock.advance_to(clock.now_us() + MINUTE_US)
    events = listed(mock, "subscribed_events", created_after="2026-01-12T01:00:00Z", event_types="time_entry:updated")
    assert {each["subject_id"] for each in events} == {int(first)}


def test_moved_time_is_priced_by_the_project_it_comes_to(mock: Psa, workspace_id: str) -> None:
    entry_id = approved(mock, workspace_id)
    assert act(
        mock, "transfer_time", time_entry_ids=[entry_id], workspace_id=project(mock, currency="JPY"), reason="x"
    ).ok
    after = entry(mock, entry_id)
    assert (after["currency"], after["rate_in_cents"]) == ("JPY", 20000)


def test_time_that_cannot_move_stays(mock: Psa, workspace_id: str) -> None:
    other = project(mock, title="Other")
    good, billed = approved(mock, workspace_id), approved(mock, workspace_id, date_performed="2026-01-13")
    gone = approved(mock, workspace_id, date_performed="2026-01-14")
    act(mock, "write_off", time_entry_ids=[gone], reason="x")
    invoice(mock, workspace_id, [billed])
    form = {"time_entry_ids": [good], "workspace_id": other, "reason": "x"}
    for change, field in (
        ({"time_entry_ids": [good, billed]}, "time_entry_ids"),
        ({"time_entry_ids": [good, gone]}, "time_entry_ids"),
        ({"time_entry_ids": [good, "5"]}, "time_entry_ids"),
        ({"workspace_id": workspace_id}, "time_entry_ids"),
        ({"workspace_id": "5"}, "workspace_id"),
        ({"workspace_id": project(mock, title="Later", start_date="2026-02-01")}, "time_entry_ids"),
        ({"workspace_id": project(mock, title="No rates", rate_card_id=None, currency="EUR")}, "time_entry_ids"),
        ({"workspace_id": project(mock, title="Closed", status_key="610")}, "workspace_id"),
        ({"story_id": task(mock, workspace_id)}, "story_id"),
        ({"reason": ""}, "reason"),
    ):
        refuse_act(mock, "transfer_time", field, **{**form, **change})


@pytest.mark.parametrize("step", ["cancel", "reject"])
def test_approved_time_is_corrected_by_taking_the_approval_back(mock: Psa, workspace_id: str, step: str) -> None:
    entry_id = log(mock, workspace_id)
    sheet = submit(mock, workspace_id, [entry_id])
    put(mock, f"timesheet_submissions/{sheet}/approve", token=LEAD)
    refuse(mock, "PUT", f"time_entries/{entry_id}", {"time_entry": {"time_in_minutes": 60}}, "base", ANA)
    put(mock, f"timesheet_submissions/{sheet}/{step}", token=LEAD)
    put(mock, f"time_entries/{entry_id}", {"time_entry": {"time_in_minutes": 60}}, ANA)
    put(mock, f"timesheet_submissions/{submit(mock, workspace_id, [entry_id])}/approve", token=LEAD)
    made = invoice(mock, workspace_id, [entry_id])
    assert made["subtotal_in_cents"] == 15000
    sheet = entry(mock, entry_id)["active_submission_id"]
    refuse(mock, "PUT", f"timesheet_submissions/{sheet}/{step}", None, "base", LEAD)
    refuse(mock, "PUT", f"time_entries/{entry_id}", {"time_entry": {"time_in_minutes": 30}}, "base", ANA)


# -- sums -----------------------------------------------------------------------------------------------------------

ITEM = st.tuples(st.integers(-5000, 9000).filter(bool), st.sampled_from([True, False, None]))


@settings(max_examples=20, deadline=None)
@given(st.lists(ITEM, min_size=1, max_size=6), st.integers(0, 30))
def test_tax_is_on_what_is_not_exempt_and_the_document_adds_up(
    items: list[tuple[int, bool | None]], tax_rate: int
) -> None:
    mock = make()
    workspace_id = project(mock)
    given_ = [
        {"amount": Decimal(cents) / 100, **({} if taxable is None else {"taxable": taxable})}
        for cents, taxable in items
    ]
    made = invoice(mock, workspace_id, [], additional_items=given_, tax_rate=tax_rate)
    taxed = sum(cents for cents, taxable in items if taxable is not False)
    tax = int((Decimal(taxed) * tax_rate / 100).quantize(Decimal(1), ROUND_HALF_UP))
    assert made["subtotal_in_cents"] == sum(cents for cents, _ in items)
    assert made["tax_amount_in_cents"] == tax
    assert made["total_in_cents"] == made["subtotal_in_cents"] + tax
    assert len(ids(get(mock, "additional_items", invoice_id=made["id"]))) == len(items)
