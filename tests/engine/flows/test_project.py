"""Project setup: an estimate from the proposal on, everything in order at the win, and taken back when it cannot be."""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from sandbox.core.clock import MINUTE_US
from sandbox.engine.flows.project import ProjectFlow
from sandbox.engine.flows.revenue import RevenueFlow
from sandbox.engine.flows.time import TimeFlow
from sandbox.engine.policy import NaivePolicy
from sandbox.engine.resilience import Refused, Unavailable
from sandbox.engine.store import NewWork, Work
from tests.engine.builders import Room, answer_lost, answered, executed_but, work, work_off
from tests.engine.conftest import Opened
from tests.engine.samples import FEE


def opportunity(room: Room, code: str = "ENG-01") -> dict[str, Any]:
    return next(row for row in room.rows("crm", "Opportunity") if row["Engagement_Code__c"] == code)


def line_of(room: Room, code: str = "ENG-01") -> dict[str, Any]:
    wanted = opportunity(room, code)["Id"]
    return next(row for row in room.rows("crm", "OpportunityLineItem") if row["OpportunityId"] == wanted)


def client_code(room: Room, code: str = "ENG-01") -> str:
    """What sales call the client of a deal."""
    return next(terms.client for terms in room.plan.terms if terms.code == code)


def change(room: Room, kind: str, record_id: str, **fields: Any) -> None:
    """Sales changes a record of the CRM."""
    room.at_desk("sales-uk", "crm", "PATCH", f"/sobjects/{kind}/{record_id}", fields)


def reprice(room: Room, price: str, code: str = "ENG-01") -> None:
    change(room, "OpportunityLineItem", line_of(room, code)["Id"], UnitPrice=Decimal(price))


def handle(room: Room, code: str = "ENG-01") -> None:
    """The flow brings a deal up to date."""
    room.do(ProjectFlow(room.context).handle(work("project", opportunity(room, code)["Id"])))


def refused(room: Room, code: str = "ENG-01") -> str:
    failed = room.fails(ProjectFlow(room.context).handle(work("project", opportunity(room, code)["Id"])))
    assert isinstance(failed, Refused), repr(failed)
    return failed.message


def workspace(room: Room, code: str = "ENG-01") -> dict[str, Any]:
    return next(row for row in room.rows("psa", "workspace") if row["title"].startswith(f"{code} "))


def job(room: Room, code: str = "ENG-01") -> dict[str, Any]:
    return next(row for row in room.rows("erp", "job") if row["entityId"] == code)


_NOUNS = re.compile(r"/(?:api/v1|record/v1|integration/v1|sobjects)/([A-Za-z_]+)")


def writes(room: Room) -> list[str]:
    """What was written, in order: system, method and the kind of record."""
    reading = ("/suiteql", "/authenticate", "/cometd/62.0", "/oauth2/token")
    sent = [each for each in room.wire.log if each.request.method != "GET" and not each.request.path.endswith(reading)]
    return [f"{each.system} {each.request.method} {_NOUNS.findall(each.request.path)[-1]}" for each in sent]


def in_order(wanted: list[str], among: list[str]) -> bool:
    """Whether all stand among the others in that order."""
    rest = iter(among)
    return all(each in rest for each in wanted)


# -- learning ----------------------------------------------------------------------------------------------------------


def queued(room: Room) -> list[Work]:
    return room.do(room.store.due_work(room.kernel.now_us(), 100))


def look(room: Room) -> list[Work]:
    room.do(ProjectFlow(room.context).look())
    return queued(room)


def done(room: Room) -> None:
    for each in queued(room):
        room.do(room.store.finish_work(each))


def test_every_event_about_a_deal_is_one_piece_of_work_per_deal(sold: Room) -> None:
    ids = {opportunity(sold, code)["Id"] for code in ("ENG-01", "ENG-02")}
    assert {(each.flow, each.lane, each.key) for each in look(sold)} == {("project", each, each) for each in ids}
    done(sold)
    assert look(sold) == []


def test_whose_deal_a_new_line_is_the_event_says_itself(sold: Room) -> None:
    look(sold)
    done(sold)
    first = line_of(sold)
    line = {
        "OpportunityId": first["OpportunityId"], "PricebookEntryId": first["PricebookEntryId"], "Quantity": 1,
        "UnitPrice": 500, "Contract_Line_Code__c": "ENG-01-L2",
    }  # fmt: skip
    sold.at_desk("sales-uk", "crm", "POST", "/sobjects/OpportunityLineItem", line)
    sold.wire.log.clear()
    assert [each.key for each in look(sold)] == [first["OpportunityId"]]
    assert sold.wire.sent("crm", "GET", "/query") == []


def test_a_changed_line_and_a_changed_client_are_news_about_the_deal(sold: Room) -> None:
    look(sold)
    done(sold)
    reprice(sold, "5100")
    assert [each.key for each in look(sold)] == [opportunity(sold)["Id"]]
    done(sold)
    change(sold, "Account", opportunity(sold, "ENG-02")["AccountId"], Name="Cinder Press Group plc")
    assert [each.key for each in look(sold)] == [opportunity(sold, "ENG-02")["Id"]]


def test_what_a_restarted_engine_took_in_is_not_taken_in_again(sold: Room) -> None:
    look(sold)
    done(sold)
    # The watermark is lost, what was seen is not.
    sold.store._write("DELETE FROM watermark", ())
    sold.crash()
    assert look(sold) == []
    last = sold.systems["crm"].feeds["changes"].last_position()
    assert sold.do(sold.store.watermark("crm.changes")) == str(last)


def test_the_watermark_moves_with_what_was_taken_in(sold: Room) -> None:
    look(sold)
    watermark = sold.do(sold.store.watermark("crm.changes"))
    assert watermark == str(sold.systems["crm"].feeds["changes"].last_position())


def test_every_event_is_a_lane_of_its_own_for_the_naive_engine(opened: Opened) -> None:
    room = opened(NaivePolicy)
    room.deed("sell ENG-01")
    room.deed("propose ENG-01")
    key = opportunity(room)["Id"]
    lanes = look(room)
    assert len(lanes) > 2
    assert {each.key for each in lanes} == {key}
    assert all(each.lane.startswith(f"{key} ") for each in lanes)


# -- before the win ----------------------------------------------------------------------------------------------------


def test_a_deal_that_is_only_qualified_is_nobodys_business_yet(room: Room) -> None:
    room.deed("sell ENG-01")
    room.wire.log.clear()
    handle(room)
    assert [each.system for each in room.wire.log] == ["crm"] * len(room.wire.log)


def test_a_proposal_is_an_estimate_in_the_psa_and_nothing_elsewhere(room: Room) -> None:
    room.deed("sell ENG-01")
    room.deed("propose ENG-01")
    room.wire.log.clear()
    handle(room)
    assert (workspace(room)["stage"], workspace(room)["time_trackable"]) == ("estimate", 0)
    assert {each.system for each in room.wire.log} == {"crm", "psa"}
    assert room.rows("psa", "story") == []


def test_an_estimate_follows_the_proposal(room: Room) -> None:
    room.deed("sell ENG-01")
    room.deed("propose ENG-01")
    handle(room)
    reprice(room, "5500.50")
    handle(room)
    assert workspace(room)["price"] == 55_005_000
    assert len(room.rows("psa", "workspace")) == 1


def test_a_deal_nobody_proposed_yet_may_lack_what_a_project_needs(room: Room) -> None:
    room.deed("sell ENG-01")
    change(room, "Opportunity", opportunity(room)["Id"], Project_End__c=None)
    failed = []
    try:
        handle(room)
    except Refused as said:
        failed.append(said.message)
    assert failed == []


# -- the win -----------------------------------------------------------------------------------------------------------


def test_the_win_sets_up_everything_in_order_and_opens_last(sold: Room) -> None:
    sold.wire.log.clear()
    handle(sold)
    wanted = [
        # The estimate that nobody had made before.
        "psa POST workspace_groups",
        "psa POST workspaces",
        "erp PUT customer",
        "erp PUT job",
        "revenue POST csv",
        "revenue POST job",
        # Converted, its task made, opened for time.
        "psa PUT workspaces",
        "psa POST stories",
        "psa PUT workspaces",
        "crm PATCH Opportunity",
        "crm PATCH Account",
    ]
    assert in_order(wanted, writes(sold)), writes(sold)
    assert (workspace(sold)["stage"], workspace(sold)["time_trackable"]) == ("project", 1)
    assert job(sold)["parent"] == sold.row("erp", "customer")["id"]
    deal = opportunity(sold)
    assert deal["External_Project_Id__c"] == workspace(sold)["id"]
    client = next(row for row in sold.rows("crm", "Account") if row["Id"] == deal["AccountId"])
    assert client["ERP_Customer_Id__c"] == sold.row("erp", "customer")["id"]


def test_nobody_books_time_before_the_obligation_stands(sold: Room) -> None:
    opens: list[tuple[int, int]] = []

    def looks(serve: Any) -> Any:
        opens.append((workspace(sold)["time_trackable"], len(sold.rows("psa", "story"))))
        return serve()

    sold.wire.always("revenue", "GET", "/job/", looks)
    handle(sold)
    assert set(opens) == {(0, 0)}
    assert workspace(sold)["time_trackable"] == 1


def test_hours_are_obliged_month_by_month_from_nothing_and_a_fixed_fee_as_a_whole(won: Room) -> None:
    lines = {row["so_line_id"]: row for row in won.rows("revenue", "rc_line")}
    assert set(lines) == {"ENG-01-L1-2026-01", "ENG-02-L1"}
    hours, fee = lines["ENG-01-L1-2026-01"], lines["ENG-02-L1"]
    assert (hours["ext_sll_prc"], hours["right_to_bill"], hours["rev_segments"]) == (0, "Y", "4000")
    assert (hours["start_date"], hours["end_date"]) == ("2026-01-01", "2026-01-31")
    assert (fee["ext_sll_prc"], fee["right_to_bill"], fee["rev_segments"]) == (90_000_000, "N", "4010")
    assert (fee["start_date"], fee["end_date"]) == ("2026-01-21", "2026-03-31")


def test_what_was_set_up_is_remembered_for_the_other_flows(won: Room) -> None:
    deal = won.do(won.context.deal("ENG-02"))
    deal["lines"]["ENG-02-L1"]["price"] = Decimal(deal["lines"]["ENG-02-L1"]["price"])
    assert deal == {
        "code": "ENG-02",
        "native_id": opportunity(won, "ENG-02")["Id"],
        "kind": "fixed_fee",
        "entity": "UK",
        "currency": "GBP",
        "start": "2026-01-21",
        "end": "2026-03-31",
        "client_code": client_code(won, "ENG-02"),
        "client_name": "Cinder Press plc",
        "client_id": opportunity(won, "ENG-02")["AccountId"],
        "lines": {"ENG-02-L1": {"price": Decimal(9000), "budget_minutes": 6000, "due": None}},
        "modified_on": None,
        "changes": [],
    }
    assert won.do(won.context.known("psa", "engagement", workspace(won)["id"])) == "ENG-01"
    story = next(row for row in won.rows("psa", "story") if row["title"].startswith("ENG-01-L1 "))
    assert won.do(won.context.known("psa", "line", story["id"])) == "ENG-01-L1"


def test_a_deal_that_is_as_it_was_is_not_written_again(won: Room) -> None:
    won.wire.log.clear()
    handle(won)
    assert writes(won) == []


def test_what_is_sold_dearer_after_the_win_is_dearer_everywhere(won: Room) -> None:
    reprice(won, "9500.25", "ENG-02")
    handle(won, "ENG-02")
    assert workspace(won, "ENG-02")["price"] == job(won, "ENG-02")["jobPrice"] == 95_002_500
    lines = {row["so_line_id"]: row["ext_sll_prc"] for row in won.rows("revenue", "rc_line")}
    assert lines["ENG-02-L1"] == 95_002_500


def test_a_client_that_is_renamed_is_renamed_in_the_erp(won: Room) -> None:
    change(won, "Account", opportunity(won)["AccountId"], Name="Harbour Railway plc")
    handle(won)
    names = {row["externalId"]: row["companyName"] for row in won.rows("erp", "customer")}
    assert names[f"CRM-{client_code(won)}"] == "Harbour Railway plc"


def test_a_client_that_is_renamed_is_renamed_in_the_psa(won: Room) -> None:
    change(won, "Account", opportunity(won)["AccountId"], Name="Harbour Railway plc")
    handle(won)
    assert "Harbour Railway plc" in [row["name"] for row in won.rows("psa", "workspace_group")]


def test_more_hours_sold_are_more_hours_budgeted(won: Room) -> None:
    change(won, "OpportunityLineItem", line_of(won)["Id"], Budget_Hours__c=50)
    handle(won)
    story = next(row for row in won.rows("psa", "story") if row["title"].startswith("ENG-01-L1 "))
    assert story["time_estimate_in_minutes"] == 3000


def test_a_line_added_after_the_win_becomes_a_task_and_an_obligation(won: Room) -> None:
    first = line_of(won, "ENG-02")
    line = {
        "OpportunityId": first["OpportunityId"], "PricebookEntryId": first["PricebookEntryId"], "Quantity": 1,
        "UnitPrice": 500, "Contract_Line_Code__c": "ENG-02-L2", "Budget_Hours__c": 10,
    }  # fmt: skip
    won.at_desk("sales-uk", "crm", "POST", "/sobjects/OpportunityLineItem", line)
    handle(won, "ENG-02")
    assert any(row["title"].startswith("ENG-02-L2 ") for row in won.rows("psa", "story"))
    lines = {row["so_line_id"]: row["ext_sll_prc"] for row in won.rows("revenue", "rc_line")}
    assert (lines["ENG-02-L1"], lines["ENG-02-L2"]) == (90_000_000, 5_000_000)


def test_a_deal_changed_later_leaves_the_value_of_approved_hours_alone(worked: Room) -> None:
    worked.do(TimeFlow(worked.context).look())
    worked.do(work_off(worked))
    worked.do(RevenueFlow(worked.context).handle(work("revenue", "revenue.totals 2026-01-25")))
    value = {row["so_line_id"]: row["ext_sll_prc"] for row in worked.rows("revenue", "rc_line")}
    assert value["ENG-01-L1-2026-01"] == 11_333_400
    change(worked, "Account", opportunity(worked)["AccountId"], Name="Harbour Railway plc")
    handle(worked)
    value = {row["so_line_id"]: row["ext_sll_prc"] for row in worked.rows("revenue", "rc_line")}
    assert value["ENG-01-L1-2026-01"] == 11_333_400


def test_a_price_that_goes_up_and_comes_back_is_back_everywhere(won: Room) -> None:
    for price in ("9500.00", "9000.00"):
        won.wait(10 * MINUTE_US)
        reprice(won, price, "ENG-02")
        handle(won, "ENG-02")
    assert workspace(won, "ENG-02")["price"] == job(won, "ENG-02")["jobPrice"] == 90_000_000
    lines = {row["so_line_id"]: row["ext_sll_prc"] for row in won.rows("revenue", "rc_line")}
    assert lines["ENG-02-L1"] == 90_000_000


# -- when it does not go through ---------------------------------------------------------------------------------------


def test_what_was_done_before_an_outage_is_not_done_again_after_it(sold: Room) -> None:
    sold.wire.always("revenue", "POST", "/csv/upload", answered(503))
    failed = sold.fails(ProjectFlow(sold.context).handle(work("project", opportunity(sold)["Id"])))
    assert isinstance(failed, Unavailable)
    assert (workspace(sold)["time_trackable"], job(sold)["isInactive"]) == (0, 0)
    sold.wire.heal()
    sold.crash()
    sold.wire.log.clear()
    handle(sold)
    again = writes(sold)
    assert again[:2] == ["revenue POST csv", "revenue POST job"]
    assert not {"erp PUT customer", "erp PUT job", "psa POST workspace_groups", "psa POST workspaces"} & set(again)
    assert (workspace(sold)["stage"], workspace(sold)["time_trackable"]) == ("project", 1)


@pytest.mark.parametrize("at", ["/workspace_groups", "/workspaces.json", "/stories"])
def test_lost_answers_of_creates_leave_one_of_each(sold: Room, at: str) -> None:
    sold.wire.meets("psa", "POST", at, answer_lost, executed_but(500))
    handle(sold)
    counts = {kind: len(sold.rows("psa", kind)) for kind in ("workspace_group", "workspace", "story")}
    assert counts == {"workspace_group": 1, "workspace": 1, "story": 1}


def test_a_deal_that_is_refused_by_the_revenue_system_is_taken_back(sold: Room) -> None:
    # Somebody else's order has a line of that id already.
    theirs = replace(FEE, obligation="ENG-02-L1", engagement="ENG-99")
    sold.do(sold.context.revenue.send_transactions("theirs.csv", [theirs], []))
    assert refused(sold, "ENG-02") == (
        "revenue staging refused ENG-02-L1: SBX-00002 order line ENG-02-L1 belongs to order ENG-99"
    )
    assert workspace(sold, "ENG-02")["stage"] == "estimate"
    assert job(sold, "ENG-02")["isInactive"] == 1
    assert sold.do(sold.store.document("deal", "ENG-02")) is None


def test_steps_are_taken_back_in_reverse_when_a_later_one_is_refused_for_good(sold: Room) -> None:
    sold.wire.meets("crm", "PATCH", "/sobjects/Opportunity", answered(400, b'[{"message": "record is locked"}]'))
    sold.wire.log.clear()
    said = refused(sold)
    assert said.endswith("answered 400: record is locked")
    assert (workspace(sold)["time_trackable"], job(sold)["isInactive"]) == (0, 1)
    # First closed for time, then the project of the ERP retired.
    assert writes(sold)[-3:] == ["crm PATCH Opportunity", "psa PUT workspaces", "erp PATCH job"]


def test_only_steps_that_were_taken_are_taken_back(sold: Room) -> None:
    sold.wire.meets("erp", "PUT", "/job/", answered(400, b'{"o:errorDetails": [{"detail": "no such parent"}]}'))
    sold.wire.log.clear()
    assert refused(sold).endswith("no such parent")
    # The customer has other projects and stays; nothing was open, nothing to retire.
    assert writes(sold)[-2:] == ["erp PUT customer", "erp PUT job"]
    assert len(sold.rows("erp", "customer")) == 1


def test_steps_of_an_earlier_round_are_taken_back_too(sold: Room) -> None:
    sold.wire.always("crm", "PATCH", "/sobjects/", answered(503))
    assert isinstance(
        sold.fails(ProjectFlow(sold.context).handle(work("project", opportunity(sold)["Id"]))), Unavailable
    )
    assert workspace(sold)["time_trackable"] == 1
    sold.wire.heal()
    sold.crash()
    sold.wire.meets("crm", "PATCH", "/sobjects/Opportunity", answered(400, b'[{"message": "record is locked"}]'))
    refused(sold)
    assert (workspace(sold)["time_trackable"], job(sold)["isInactive"]) == (0, 1)


def test_what_was_taken_back_is_built_again_when_the_cause_is_mended(sold: Room) -> None:
    sold.wire.meets("crm", "PATCH", "/sobjects/Opportunity", answered(400, b'[{"message": "record is locked"}]'))
    refused(sold)
    handle(sold)
    assert (workspace(sold)["time_trackable"], job(sold)["isInactive"]) == (1, 0)
    assert opportunity(sold)["External_Project_Id__c"] == workspace(sold)["id"]
    assert len(sold.rows("psa", "story")) == len(sold.rows("erp", "job")) == 1


def test_taking_back_that_meets_an_outage_goes_on_later(sold: Room) -> None:
    locked = answered(400, b'[{"message": "record is locked"}]')
    sold.wire.always("crm", "PATCH", "/sobjects/Opportunity", locked)
    sold.wire.meets("erp", "PATCH", "/job/", *[answered(503)] * 6)
    failed = sold.fails(ProjectFlow(sold.context).handle(work("project", opportunity(sold)["Id"])))
    assert isinstance(failed, Unavailable)
    refused(sold)
    assert (workspace(sold)["time_trackable"], job(sold)["isInactive"]) == (0, 1)


_WITHDRAWN = (
    "project.py handle: a deal that is neither proposed nor won is left alone, so what was set up for it stays as it is"
)


def test_a_deal_withdrawn_after_the_win_is_taken_back(won: Room) -> None:
    change(won, "Opportunity", opportunity(won)["Id"], StageName="Closed Lost")
    handle(won)
    assert (workspace(won)["time_trackable"], job(won)["isInactive"]) == (0, 1)


def test_a_deal_withdrawn_while_it_is_set_up_is_taken_back(sold: Room) -> None:
    sold.wire.always("revenue", "POST", "/csv/upload", answered(503))
    sold.fails(ProjectFlow(sold.context).handle(work("project", opportunity(sold)["Id"])))
    sold.wire.heal()
    change(sold, "Opportunity", opportunity(sold)["Id"], StageName="Closed Lost")
    handle(sold)
    assert job(sold)["isInactive"] == 1


def test_a_deal_deleted_after_the_win_is_taken_back(won: Room) -> None:
    key = opportunity(won)["Id"]
    won.at_desk("sales-uk", "crm", "DELETE", f"/sobjects/Opportunity/{key}")
    won.do(ProjectFlow(won.context).handle(work("project", key)))
    assert (workspace(won)["time_trackable"], job(won)["isInactive"]) == (0, 1)


# -- deals that cannot be set up ---------------------------------------------------------------------------------------


def no_lines(room: Room) -> None:
    room.at_desk("sales-uk", "crm", "DELETE", f"/sobjects/OpportunityLineItem/{line_of(room)['Id']}")


def no_client_number(room: Room) -> None:
    change(room, "Account", opportunity(room)["AccountId"], AccountNumber=None)


def no_line_code(room: Room) -> None:
    change(room, "OpportunityLineItem", line_of(room)["Id"], Contract_Line_Code__c=None)


def unknown_entity(room: Room) -> None:
    change(room, "Opportunity", opportunity(room)["Id"], Legal_Entity__c="NL")


@pytest.mark.parametrize("spoilt", [no_lines, no_client_number, no_line_code, unknown_entity])
def test_a_deal_that_cannot_be_set_up_is_refused_and_ends_no_engine(sold: Room, spoilt: Any) -> None:
    spoilt(sold)
    assert "ENG-01" in refused(sold)


def test_work_is_done_by_the_key_alone(sold: Room) -> None:
    # Whatever else the work says: the deal is read as it is now.
    sold.do(sold.store.add_work(NewWork("project", "any lane", opportunity(sold)["Id"], {"old": 1}), 0))
    sold.do(work_off(sold))
    assert workspace(sold)["stage"] == "project"
