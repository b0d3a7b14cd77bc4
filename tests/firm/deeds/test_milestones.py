"""Milestones: sold as lines of their own, sent back, accepted on a day, billed the working day after."""

from __future__ import annotations

from tests.firm.played import Played


def test_a_milestone_is_a_line_of_its_own_and_the_work_has_no_price(busy: Played) -> None:
    lines = {row["Contract_Line_Code__c"]: row for row in busy.rows("crm", "OpportunityLineItem")}
    assert (lines["ENG-04-L1"]["UnitPrice"], lines["ENG-04-L1"]["Milestone_Date__c"]) == (0, None)
    milestone = lines["ENG-04-M1"]
    assert (milestone["UnitPrice"], milestone["Milestone_Date__c"]) == (60_000_000, "2026-01-30")
    assert milestone["Billing_Plan__c"] == "On Acceptance"


def test_it_is_sent_back_once_then_accepted_with_its_day(busy: Played) -> None:
    (milestone,) = busy.rows("psa", "billing_milestone")
    story = busy.row("psa", "story", id=milestone["story_id"])
    assert (milestone["date_to_invoice"], story["state"]) == ("2026-02-02", "completed")
    # Sent back and completed: twice somebody chose a state by name.
    assert story["selections"] == 2


def test_it_is_on_the_pre_bill_of_the_next_working_day(busy: Played) -> None:
    (milestone,) = busy.rows("psa", "billing_milestone")
    invoice = busy.row("psa", "invoice", id=milestone["invoice_id"])
    # Accepted on Monday, drafted on Tuesday, approved with Wednesday's date; 20% VAT.
    assert (invoice["user_invoice_title"], invoice["invoice_date"]) == ("ENG-04 M1", "2026-02-04")
    assert (invoice["subtotal"], invoice["total"]) == (60_000_000, 72_000_000)
