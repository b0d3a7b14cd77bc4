"""Billing: an approved pre-bill becomes one invoice; PSA and CRM learn number, tax and totals."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from sandbox.core.clock import DAY_US, MINUTE_US, SECOND_US
from sandbox.engine.flows.billing import BillingFlow
from sandbox.engine.flows.time import TimeFlow
from sandbox.engine.resilience import Missing, Refused, Unavailable
from tests.engine.builders import Late, Room, answer_lost, answered, book, executed_but, killed_after, work

HOURS, FIXED = "ENG-01 2026-01", "ENG-02 instalment 1"


def pre_bill(room: Room, title: str = HOURS) -> dict[str, Any]:
    return next(row for row in room.rows("psa", "invoice") if row["user_invoice_title"] == title)


def handle(room: Room, title: str = HOURS) -> None:
    room.do(BillingFlow(room.context).handle(work("billing", pre_bill(room, title)["id"])))


def failed(room: Room, title: str = HOURS) -> BaseException:
    return room.fails(BillingFlow(room.context).handle(work("billing", pre_bill(room, title)["id"])))


def invoice(room: Room, title: str = HOURS) -> dict[str, Any]:
    (only,) = [row for row in room.rows("erp", "invoice") if row["memo"] == title]
    return only


def deal(room: Room, code: str = "ENG-01") -> dict[str, Any]:
    return next(row for row in room.rows("crm", "Opportunity") if row["Engagement_Code__c"] == code)


# -- what comes out ----------------------------------------------------------------------------------------------------


def test_hours_become_an_invoice_of_the_posted_time_with_tax(billed: Room) -> None:
    handle(billed)
    row = invoice(billed)
    # Twice 400 minutes at 85.00, each 566.67; 20% of 1,133.34 is 226.668.
    assert (row["subtotal"], row["taxTotal"], row["total"]) == (11_333_400, 2_266_700, 13_600_100)
    assert (row["externalId"], row["tranDate"], row["dueDate"]) == (
        f"PSA-INV-{pre_bill(billed)['id']}",
        "2026-01-26",
        "2026-02-09",
    )
    time = [each for each in billed.rows("erp", "timeBill") if each["invoice"] == row["id"]]
    assert sorted(each["tranDate"] for each in time) == ["2026-01-21", "2026-01-22"]


def test_a_fixed_amount_becomes_an_invoice_on_its_contract_line(billed: Room) -> None:
    handle(billed, FIXED)
    row = invoice(billed, FIXED)
    assert (row["subtotal"], row["total"], row["dueDate"]) == (27_000_000, 32_400_000, "2026-02-25")
    (line,) = billed.rows("erp", "invoiceLine")
    assert line["custcol_contract_line"] == "ENG-02-L1"


def test_the_pre_bill_learns_number_and_tax_and_the_deal_what_is_billed(billed: Room) -> None:
    handle(billed)
    row = pre_bill(billed)
    assert (row["user_invoice_number"], row["tax_amount"], row["total"]) == (
        invoice(billed)["tranId"],
        2_266_700,
        13_600_100,
    )
    told = deal(billed)
    # Net, without tax.
    assert (told["Billed_Amount__c"], told["Paid_Amount__c"]) == (11_333_400, 0)
    assert told["Last_Invoice__c"] == invoice(billed)["tranId"]
    assert deal(billed, "ENG-02")["Billed_Amount__c"] is None


def test_what_it_bills_of_which_obligation_is_kept_for_revenue(billed: Room) -> None:
    handle(billed)
    handle(billed, FIXED)
    documents = billed.do(billed.store.documents("invoice"))
    hours, fixed = documents[pre_bill(billed)["id"]], documents[pre_bill(billed, FIXED)["id"]]
    assert hours == {
        "deal": "ENG-01",
        "on": "2026-01-26",
        "number": invoice(billed)["tranId"],
        "native_id": invoice(billed)["id"],
        "net": "1133.34",
        "total": "1360.01",
        "rate": "1",
        "billed": {"ENG-01-L1-2026-01": "1133.34"},
    }
    assert {which: Decimal(amount) for which, amount in fixed["billed"].items()} == {"ENG-02-L1": Decimal(2700)}


def test_late_time_is_billed_of_the_month_it_was_accounted_in(billed: Room) -> None:
    # A card of January approved after its cut-off belongs to February.
    billed.wait_until(15 * DAY_US)
    book(billed, "W-0003", "ENG-01", "analyst", ("2026-01-30", 60))
    billed.wait(MINUTE_US)
    flow = TimeFlow(billed.context)
    billed.do(flow.look())
    for each in billed.do(billed.store.due_work(billed.kernel.now_us(), 10)):
        if each.flow == "time":
            billed.do(flow.handle(each))
    billed.act("finance-uk", "draft_time", engagement="ENG-01", bill="ENG-01 2026-02", through="2026-02-28")
    billed.act("W-0001", "approve_bill", engagement="ENG-01", bill="ENG-01 2026-02", invoice_date="2026-02-05")
    handle(billed, "ENG-01 2026-02")
    document = billed.do(billed.store.document("invoice", pre_bill(billed, "ENG-01 2026-02")["id"]))
    assert document["billed"] == {"ENG-01-L1-2026-02": "85.00"}


def test_two_invoices_of_a_deal_are_summed_and_the_last_one_is_named(billed: Room) -> None:
    handle(billed, FIXED)
    billed.act("finance-uk", "draft_fixed", engagement="ENG-02", bill="ENG-02 instalment 2", amount="0.55")
    billed.act("W-0001", "approve_bill", engagement="ENG-02", bill="ENG-02 instalment 2", invoice_date="2026-01-28")
    handle(billed, "ENG-02 instalment 2")
    told = deal(billed, "ENG-02")
    assert told["Billed_Amount__c"] == 27_005_500
    assert told["Last_Invoice__c"] == invoice(billed, "ENG-02 instalment 2")["tranId"]


def test_two_invoices_at_once_leave_the_newest_figures_on_the_deal(billed: Room) -> None:
    billed.act("finance-uk", "draft_fixed", engagement="ENG-02", bill="ENG-02 instalment 2", amount="0.55")
    billed.act("W-0001", "approve_bill", engagement="ENG-02", bill="ENG-02 instalment 2", invoice_date="2026-01-28")
    # The first is told the deal and is on its way for longer than it takes to tell the second.
    billed.wire.meets("crm", "PATCH", "/Opportunity/", Late(30 * SECOND_US))
    flow, ports = BillingFlow(billed.context), billed.ports()

    async def handled(title: str, after_us: int) -> None:
        await ports.sleep(after_us)
        await flow.handle(work("billing", pre_bill(billed, title)["id"]))

    billed.do(ports.gather(handled(FIXED, 0), handled("ENG-02 instalment 2", SECOND_US)))
    assert deal(billed, "ENG-02")["Billed_Amount__c"] == 27_005_500


def test_a_draft_and_a_cancelled_pre_bill_are_left_alone(billed: Room) -> None:
    billed.do(billed.context.psa._caller.send("PUT", f"/api/v1/invoices/{pre_bill(billed)['id']}/cancel.json"))
    handle(billed)
    billed.act("finance-uk", "draft_time", engagement="ENG-01", bill="ENG-01 again", through="2026-01-31")
    handle(billed, "ENG-01 again")
    billed.do(BillingFlow(billed.context).handle(work("billing", "1")))
    assert billed.rows("erp", "invoice") == []


# -- once --------------------------------------------------------------------------------------------------------------


def test_billing_again_bills_nothing_again(billed: Room) -> None:
    handle(billed)
    before = billed.dump("erp", "psa")
    billed.wire.log.clear()
    handle(billed)
    assert billed.dump("erp", "psa") == before
    # The pre-bill knows its number: it is not told again.
    assert billed.wire.sent("psa", "PUT") == []


@pytest.mark.parametrize(
    ("system", "method", "part"),
    [("erp", "PUT", "/invoice/"), ("psa", "PUT", "/invoices/"), ("crm", "PATCH", "/Opportunity/")],
)
@pytest.mark.parametrize("hurt", [answer_lost, executed_but(503), killed_after])
def test_whatever_is_cut_there_is_one_invoice_and_everybody_knows_it(
    billed: Room, system: str, method: str, part: str, hurt: Any
) -> None:
    billed.wire.meets(system, method, part, hurt)
    key = pre_bill(billed)["id"]
    if hurt is killed_after:
        billed.fails(BillingFlow(billed.context).handle(work("billing", key)))
        billed.crash()
    handle(billed)
    row = invoice(billed)
    assert row["total"] == pre_bill(billed)["total"] == 13_600_100
    assert deal(billed)["Last_Invoice__c"] == pre_bill(billed)["user_invoice_number"] == row["tranId"]


# -- what has to be there first ----------------------------------------------------------------------------------------


def test_a_pre_bill_waits_for_time_that_is_not_posted_yet(billed: Room) -> None:
    entry = next(row["id"] for row in billed.rows("psa", "time_entry") if row["invoice_id"] == pre_bill(billed)["id"])
    billed.store._write("UPDATE timecard SET posted = 0 WHERE entry_id = ?", (entry,))
    missing = failed(billed)
    assert isinstance(missing, Missing)
    assert missing.message == f"time entry {entry} of pre-bill ENG-01 2026-01 is not posted yet"
    billed.store._write("DELETE FROM timecard WHERE entry_id = ?", (entry,))
    assert failed(billed).args == missing.args
    assert billed.rows("erp", "invoice") == []


def test_a_pre_bill_of_a_project_nobody_set_up_waits(billed: Room) -> None:
    billed.store._write("DELETE FROM document WHERE kind = 'deal' AND ref = 'ENG-01'", ())
    missing = failed(billed)
    assert isinstance(missing, Missing)
    assert missing.message == "engagement ENG-01 is not set up yet"


def test_an_invoice_the_erp_makes_of_another_amount_is_refused_with_both(billed: Room) -> None:
    entry = next(row["id"] for row in billed.rows("psa", "time_entry") if row["invoice_id"] == pre_bill(billed)["id"])
    billed.store._write("UPDATE timecard SET value = value + 100 WHERE entry_id = ?", (entry,))
    refused = failed(billed)
    assert isinstance(refused, Refused)
    number = invoice(billed)["tranId"]
    assert refused.message == f"invoice {number} of pre-bill ENG-01 2026-01 is 1133.34, expected 1133.35"
    # Nobody is told of a wrong invoice.
    assert pre_bill(billed)["user_invoice_number"] is None
    assert billed.do(billed.store.documents("invoice")) == {}


def test_a_crm_that_is_down_delays_the_deals_figures_and_not_the_invoice(billed: Room) -> None:
    billed.wire.always("crm", "PATCH", "/Opportunity/", answered(503))
    assert isinstance(failed(billed), Unavailable)
    assert pre_bill(billed)["user_invoice_number"] == invoice(billed)["tranId"]
    billed.wire.heal()
    handle(billed)
    assert deal(billed)["Billed_Amount__c"] == 11_333_400
