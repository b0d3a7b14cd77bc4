"""Expenses and suppliers' bills, flow by flow: posted once, in the right month, given up aloud, billed when posted."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from sandbox.core.clock import DAY_US, HOUR_US, MINUTE_US
from sandbox.core.periods import Period
from sandbox.engine.flows.billing import BillingFlow
from sandbox.engine.flows.expense import ExpenseFlow
from sandbox.engine.flows.subcontract import SubcontractFlow
from sandbox.engine.flows.time import TimeFlow
from sandbox.engine.resilience import Missing, Refused
from sandbox.firm.desk import Blocked
from tests.engine.builders import Room, Saved, work, work_off

# Tuesday 3 February 2026, noon in London: the cut-off of January's expenses.
CUTOFF_US = 15 * DAY_US + 12 * HOUR_US


@pytest.fixture
def won(won_state: Saved) -> Iterator[Room]:
    room = Room(saved=won_state)
    room.act("W-0001", "staff", engagement="ENG-01", team=["W-0003"])
    room.wait_until(9 * DAY_US)
    yield room
    room.close()


def spend(room: Room, *, approve: bool = True, **changed: Any) -> None:
    """An expense of 48.20 with 8.00 input tax, on 26 January."""
    expense = {"ref": "X1", "on": "2026-01-26", "category": "Lodging", "net": "48.20", "tax": "8.00", "billable": True}
    about = {"engagement": "ENG-01", "title": "ENG-01 X1"}
    room.act("W-0003", "spend", **about, expenses=[{**expense, **changed}])
    if approve:
        room.act("W-0001", "approve_expenses", **about)
    room.wait(MINUTE_US)


def sync(room: Room) -> None:
    room.do(TimeFlow(room.context).look())
    room.do(work_off(room))


def receive(room: Room, number: str = "K-1", **changed: Any) -> None:
    bill = {"supplier": "Kestrel", "number": number, "country": "GB", "on": "2026-01-26", "net": "700.00", "tax": "140"}
    room.act("finance-uk", "receive_bill", engagement="ENG-01", **{**bill, "billable": True, **changed})


def carry(room: Room) -> None:
    room.do(SubcontractFlow(room.context).look())
    room.do(work_off(room))


# -- expenses ----------------------------------------------------------------------------------------------------------


def test_an_approved_expense_is_a_report_with_its_tax_project_and_contract_line(won: Room) -> None:
    spend(won)
    sync(won)
    expense, report, line = won.row("psa", "expense"), won.row("erp", "expenseReport"), won.row("erp", "expenseLine")
    assert (report["externalId"], report["amount"], report["taxTotal"]) == (f"PSA-X-{expense['id']}", 482_000, 80_000)
    assert (line["isBillable"], line["custcol_contract_line"], line["expensedate"]) == (1, "ENG-01-L1", "2026-01-26")
    assert won.do(won.context.erp.period_id(Period(2026, 1))) == report["postingPeriod"]


def test_what_is_not_approved_is_not_posted(won: Room) -> None:
    spend(won, approve=False)
    sync(won)
    assert won.rows("erp", "expenseReport") == []


def test_an_expense_that_is_told_of_twice_is_posted_once(won: Room) -> None:
    spend(won)
    expense_id = won.row("psa", "expense")["id"]
    for _ in range(2):
        won.do(ExpenseFlow(won.context).handle(work("expense", expense_id)))
    assert len(won.rows("erp", "expenseReport")) == 1


def test_the_sweep_finds_what_no_event_told_of(won: Room) -> None:
    spend(won)
    won.do(ExpenseFlow(won.context).sweep())
    won.do(work_off(won))
    assert len(won.rows("erp", "expenseReport")) == 1
    won.do(ExpenseFlow(won.context).sweep())
    assert won.do(won.store.due_work(won.kernel.now_us(), 9)) == []


@pytest.mark.parametrize(("late_us", "month"), [(-MINUTE_US, "2026-01"), (MINUTE_US, "2026-02")])
def test_the_cut_off_of_expenses_decides_the_month(won: Room, late_us: int, month: str) -> None:
    spend(won, approve=False)
    won.wait_until(CUTOFF_US + late_us)
    won.act("W-0001", "approve_expenses", engagement="ENG-01", title="ENG-01 X1")
    won.wait(MINUTE_US)
    sync(won)
    periods = {row["id"]: row["startDate"][:7] for row in won.rows("erp", "accountingPeriod")}
    assert periods[won.row("erp", "expenseReport")["postingPeriod"]] == month


def test_an_approval_taken_back_after_it_was_posted_is_given_up_aloud(won: Room) -> None:
    spend(won)
    sync(won)
    report = won.row("psa", "expense_report_submission")["id"]
    path = f"/expense_report_submissions/{report}/reject.json"
    won.at_desk("W-0001", "psa", "PUT", path, {"resolution": {"description": "no receipt"}})
    failed = won.fails(ExpenseFlow(won.context).handle(work("expense", won.row("psa", "expense")["id"])))
    assert isinstance(failed, Refused)
    assert (failed.status, "its approval was taken back" in failed.message) == (422, True)


def test_a_category_the_erp_does_not_have_is_given_up_aloud(won: Room) -> None:
    spend(won)
    rules = won.context.interface.expenses.model_copy(update={"categories": {"Travel": "TRAVEL"}})
    won.context.interface = won.context.interface.model_copy(update={"expenses": rules})
    failed = won.fails(ExpenseFlow(won.context).handle(work("expense", won.row("psa", "expense")["id"])))
    assert isinstance(failed, Refused)
    assert "no category for 'Lodging'" in failed.message


def test_a_pre_bill_waits_for_what_is_not_posted_yet_then_bills_it_at_cost(won: Room) -> None:
    spend(won)
    bill = {"engagement": "ENG-01", "bill": "ENG-01 2026-01", "through": "2026-01-31"}
    won.act("finance-uk", "draft_time", **bill)
    won.act("W-0001", "approve_bill", **bill, invoice_date="2026-02-10")
    invoice_id = won.row("psa", "invoice")["id"]
    waiting = won.fails(BillingFlow(won.context).handle(work("billing", invoice_id)))
    assert isinstance(waiting, Missing)
    won.do(ExpenseFlow(won.context).handle(work("expense", won.row("psa", "expense")["id"])))
    won.do(BillingFlow(won.context).handle(work("billing", invoice_id)))
    invoice, line = won.row("erp", "invoice"), won.row("erp", "invoiceLine")
    assert (line["sublist"], line["amount"], invoice["subtotal"]) == ("expCost", 482_000, 482_000)
    document = won.do(won.store.document("invoice", invoice_id))
    assert {which: Decimal(net) for which, net in document["billed"].items()} == {
        "ENG-01-L1-X-2026-02": Decimal("48.2")
    }


# -- suppliers' bills --------------------------------------------------------------------------------------------------


def test_a_bill_becomes_an_expense_of_its_project_that_waits_for_approval(won: Room) -> None:
    receive(won)
    carry(won)
    expense, report = won.row("psa", "expense"), won.row("psa", "expense_report_submission")
    assert (expense["amount"], expense["reimbursable"], expense["approved"]) == (7_000_000, 0, 0)
    assert (report["title"], report["status"]) == ("Kestrel K-1", "pending")
    assert won.row("psa", "vendor")["name"] == "Kestrel"
    assert won.row("erp", "vendorBill")["approvalStatus"] == "1"


def test_once_it_is_approved_there_the_bill_is_posted_here(won: Room) -> None:
    receive(won)
    carry(won)
    won.act("W-0001", "approve_subcontract", engagement="ENG-01", supplier="Kestrel", number="K-1")
    won.wait(MINUTE_US)
    sync(won)
    sync(won)
    assert won.row("erp", "vendorBill")["approvalStatus"] == "2"
    posted = {row["memo"]: row["debit"] for row in won.rows("erp", "transactionLine") if row["debit"]}
    assert sum(posted.values()) > 0


def test_a_bill_carried_again_by_an_engine_that_forgot_is_found_and_not_doubled(won: Room) -> None:
    receive(won)
    carry(won)
    (bill,) = won.do(won.context.erp.supplier_bills())
    said = {"on": "2026-01-26", "net": "700.00", "tax": "140", "supplier": "Kestrel", "number": "K-1"}
    about = {"bill_id": bill.bill_id, "job_id": bill.job_id, "line": bill.line, "billable": True}
    payload = {"lines": 1, "bill": {**said, **about}}
    won.do(SubcontractFlow(won.context).handle(work("subcontract", bill.bill_id, payload)))
    assert len(won.rows("psa", "expense")) == len(won.rows("psa", "expense_report_submission")) == 1


def test_two_bills_of_one_supplier_are_two_and_a_number_twice_is_refused(won: Room) -> None:
    receive(won)
    receive(won, "K-2")
    receive(won)
    carry(won)
    assert len(won.rows("psa", "expense")) == 2
    assert len(won.rows("psa", "vendor")) == 1
    form = {"supplier": "Kestrel", "number": "K-1", "subsidiary": "UK", "country": "GB", "date": "2026-01-26"}
    with pytest.raises(Blocked, match="already exists"):
        won.screen("finance-uk", "erp", "enter_bill", **form, engagement="ENG-01", net="1.00")


def test_a_bill_of_several_lines_is_given_up_aloud(won: Room) -> None:
    failed = won.fails(SubcontractFlow(won.context).handle(work("subcontract", "7", {"lines": 2, "bill": {}})))
    assert isinstance(failed, Refused)
    assert "enter one bill each" in failed.message


def test_an_expense_of_a_bill_nobody_knows_waits(won: Room) -> None:
    receive(won)
    carry(won)
    won.act("W-0001", "approve_subcontract", engagement="ENG-01", supplier="Kestrel", number="K-1")
    expense_id = won.row("psa", "expense")["id"]
    won.store._db.execute("DELETE FROM document WHERE kind = 'expense'")
    waiting = won.fails(ExpenseFlow(won.context).handle(work("expense", expense_id)))
    assert isinstance(waiting, Missing)
