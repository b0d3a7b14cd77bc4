"""The CRM connector against the mock: events and where to go on, deals in our words, fields written back."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from sandbox.core.clock import DAY_US, HOUR_US, MINUTE_US
from sandbox.core.wire import Response, dumps
from sandbox.engine.canonical import Deal, DealLine
from sandbox.engine.connectors.crm import DealEvent
from sandbox.engine.flows.project import ProjectFlow
from sandbox.engine.resilience import Refused, Unavailable
from tests.engine.builders import Room, Serve, answer_lost, answered, delivered, executed_but, killed_after

ALL = -2


def opportunity(room: Room, code: str = "ENG-01") -> dict[str, Any]:
    return next(row for row in room.rows("crm", "Opportunity") if row["Engagement_Code__c"] == code)


def rename(room: Room, name: str, code: str = "ENG-01") -> None:
    room.at_desk("sales-uk", "crm", "PATCH", f"/sobjects/Opportunity/{opportunity(room, code)['Id']}", {"Name": name})


def seen(events: list[DealEvent]) -> list[tuple[str, Any]]:
    return [(event.entity, event.payload.get("Name") or event.payload.get("StageName")) for event in events]


# -- events ------------------------------------------------------------------------------------------------------------


def test_what_happened_comes_oldest_first_with_the_records_it_is_about(room: Room) -> None:
    room.deed("sell ENG-01")
    room.deed("propose ENG-01")
    events = room.do(room.context.crm.changes(ALL))
    deal = opportunity(room)
    assert seen(events)[:2] == [("Account", "Harbour Rail plc"), ("Opportunity", "Harbour Rail plc - Health check")]
    assert seen(events)[-1] == ("Opportunity", "Proposal/Price Quote")
    assert events[1].record_ids == events[-1].record_ids == (deal["Id"],)
    assert [event.replay_id for event in events] == sorted({event.replay_id for event in events})
    assert len({event.event_id for event in events}) == len(events)


def test_a_look_goes_on_where_the_last_one_ended(sold: Room) -> None:
    sold.do(sold.context.crm.changes(ALL))
    rename(sold, "Fitness check")
    assert seen(sold.do(sold.context.crm.changes(ALL))) == [("Opportunity", "Fitness check")]
    assert sold.do(sold.context.crm.changes(ALL)) == []


def test_a_restarted_engine_goes_on_after_the_replay_id_it_stored(sold: Room) -> None:
    events = sold.do(sold.context.crm.changes(ALL))
    sold.crash()
    again = sold.do(sold.context.crm.changes(events[2].replay_id))
    assert [event.event_id for event in again] == [event.event_id for event in events[3:]]


def test_own_changes_are_left_out(sold: Room) -> None:
    sold.do(sold.context.crm.changes(ALL))
    sold.do(sold.context.crm.set_fields("Opportunity", opportunity(sold)["Id"], {"Last_Invoice__c": "INV1"}))
    assert opportunity(sold)["Last_Invoice__c"] == "INV1"
    rename(sold, "Fitness check")
    assert seen(sold.do(sold.context.crm.changes(ALL))) == [("Opportunity", "Fitness check")]


def test_a_client_the_server_forgot_after_a_silent_night_subscribes_again_where_it_stood(sold: Room) -> None:
    events = sold.do(sold.context.crm.changes(ALL))
    rename(sold, "Fitness check")
    # Longer than session and streaming client live.
    sold.wait(3 * HOUR_US)
    again = sold.do(sold.context.crm.changes(events[-1].replay_id))
    assert seen(again) == [("Opportunity", "Fitness check")]


def test_a_streaming_client_nobody_knows_any_more_shakes_hands_again(sold: Room) -> None:
    events = sold.do(sold.context.crm.changes(ALL))
    rename(sold, "Fitness check")
    sold.systems["crm"].volatile["streaming"].clear()
    assert seen(sold.do(sold.context.crm.changes(events[-1].replay_id))) == [("Opportunity", "Fitness check")]


def test_a_session_that_ended_is_opened_anew_though_streaming_says_so_inside_a_200(sold: Room) -> None:
    events = sold.do(sold.context.crm.changes(ALL))
    rename(sold, "Fitness check")
    sold.systems["crm"].volatile["sessions"].clear()
    assert seen(sold.do(sold.context.crm.changes(events[-1].replay_id))) == [("Opportunity", "Fitness check")]


def test_a_replay_id_older_than_the_retention_gives_all_that_is_retained(sold: Room) -> None:
    events = sold.do(sold.context.crm.changes(ALL))
    sold.wait(4 * DAY_US)
    rename(sold, "Fitness check")
    sold.crash()
    assert seen(sold.do(sold.context.crm.changes(events[-1].replay_id))) == [("Opportunity", "Fitness check")]


def test_a_replay_id_nobody_gave_out_gives_all_that_is_retained(sold: Room) -> None:
    events = sold.do(sold.context.crm.changes(ALL))
    sold.crash()
    assert sold.do(sold.context.crm.changes(987_654)) == events


def test_more_events_than_one_connect_carries_come_with_the_next_look(
    sold: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    events = sold.do(sold.context.crm.changes(ALL))
    sold.crash()
    monkeypatch.setattr("mocks.crm.cometd.EVENTS_PER_CONNECT", 3)
    pages = [sold.do(sold.context.crm.changes(ALL)) for _ in range(len(events) // 3 + 1)]
    assert [event for page in pages for event in page] == events
    assert len(pages[0]) == 3


def test_a_subscription_that_is_refused_for_good_is_no_silence(sold: Room) -> None:
    def denied(serve: Serve) -> Response:
        response = serve()
        for message in response.json():
            if message["channel"] == "/meta/subscribe":
                return Response(200, {}, dumps([{**message, "successful": False, "error": "403::denied"}]))
        return response

    sold.wire.always("crm", "POST", "/cometd", denied)
    failed = sold.fails(sold.context.crm.changes(ALL))
    assert isinstance(failed, Unavailable)
    assert failed.message == "CometD subscribe failed: 403::denied"


def test_a_server_that_forgets_every_client_at_once_is_not_available(sold: Room) -> None:
    sold.do(sold.context.crm.changes(ALL))
    unknown = b'[{"channel": "/meta/connect", "successful": false, "error": "403::Unknown client"}]'
    sold.wire.meets("crm", "POST", "/cometd", answered(200, unknown), delivered, delivered, answered(200, unknown))
    assert sold.fails(sold.context.crm.changes(ALL)).args == ("CometD connect failed twice",)


def test_what_a_dead_engine_was_handed_out_comes_again_to_the_next(sold: Room) -> None:
    sold.do(sold.context.crm.changes(ALL))
    rename(sold, "Fitness check")
    sold.wire.meets("crm", "POST", "/cometd", killed_after)
    sold.fails(sold.context.crm.changes(ALL))
    sold.crash()
    assert ("Opportunity", "Fitness check") in seen(sold.do(sold.context.crm.changes(ALL)))


def test_what_was_lost_for_the_whole_patience_comes_with_the_next_look(sold: Room) -> None:
    events = sold.do(sold.context.crm.changes(ALL))
    rename(sold, "Fitness check")
    sold.wire.always("crm", "POST", "/cometd", answer_lost)
    assert isinstance(sold.fails(sold.context.crm.changes(events[-1].replay_id)), Unavailable)
    sold.wire.heal()
    assert seen(sold.do(sold.context.crm.changes(events[-1].replay_id))) == [("Opportunity", "Fitness check")]


@pytest.mark.parametrize("lost", [answer_lost, executed_but(503)])
def test_what_one_lost_answer_held_is_not_lost(sold: Room, lost: Any) -> None:
    events = sold.do(sold.context.crm.changes(ALL))
    rename(sold, "Fitness check")
    sold.wire.meets("crm", "POST", "/cometd", lost)
    assert ("Opportunity", "Fitness check") in seen(sold.do(sold.context.crm.changes(events[-1].replay_id)))


def test_what_a_failed_look_was_handed_out_comes_with_the_next_look(sold: Room) -> None:
    flow = ProjectFlow(sold.context)
    sold.do(flow.look())
    for work in sold.do(sold.store.due_work(0, 10)):
        sold.do(sold.store.finish_work(work))
    account = opportunity(sold)["AccountId"]
    sold.at_desk("sales-uk", "crm", "PATCH", f"/sobjects/Account/{account}", {"Name": "Harbour Railway plc"})
    # The event says only which client it is; asking for the client's deals fails.
    sold.wire.always("crm", "GET", "/query", answered(503))
    assert isinstance(sold.fails(flow.look()), Unavailable)
    sold.wire.heal()
    sold.wait(MINUTE_US)
    sold.do(flow.look())
    assert sold.store.waiting() == 1


# -- deals -------------------------------------------------------------------------------------------------------------


def test_a_deal_comes_in_our_own_words_with_exact_money_and_real_dates(sold: Room) -> None:
    row = opportunity(sold)
    (line,) = [each for each in sold.rows("crm", "OpportunityLineItem") if each["OpportunityId"] == row["Id"]]
    client = next(each for each in sold.plan.clients if each.name == "Harbour Rail plc")
    deal = sold.do(sold.context.crm.deal(row["Id"]))
    assert deal == Deal(
        code="ENG-01",
        native_id=row["Id"],
        name="Harbour Rail plc - Health check",
        stage="won",
        kind="time_and_materials",
        entity="UK",
        currency="GBP",
        amount=Decimal("5000.00"),
        start=date(2026, 1, 21),
        end=date(2026, 2, 27),
        client_code=client.code,
        client_id=row["AccountId"],
        client_name="Harbour Rail plc",
        client_country="GB",
        client_vat=client.vat_number,
        lines=(DealLine("ENG-01-L1", line["Id"], Decimal("5000.00"), 2400, "Health check"),),
    )
    assert deal is not None
    assert type(deal.amount) is type(deal.lines[0].price) is Decimal


def test_a_deal_tells_the_state_of_its_client(sold: Room) -> None:
    row = opportunity(sold)
    sold.at_desk("sales-uk", "crm", "PATCH", f"/sobjects/Account/{row['AccountId']}", {"BillingState": "MH"})
    deal = sold.do(sold.context.crm.deal(row["Id"]))
    assert deal is not None
    assert deal.client_state == "MH"


@pytest.mark.parametrize(
    ("stage", "ours"),
    [
        ("Proposal/Price Quote", "proposed"),
        ("Negotiation/Review", "proposed"),
        ("Closed Won", "won"),
    ],
)
def test_the_vendors_stages_are_two_of_ours(sold: Room, stage: str, ours: str) -> None:
    deal_id = opportunity(sold)["Id"]
    sold.at_desk("sales-uk", "crm", "PATCH", f"/sobjects/Opportunity/{deal_id}", {"StageName": stage})
    deal = sold.do(sold.context.crm.deal(deal_id))
    assert deal is not None
    assert deal.stage == ours


@pytest.mark.parametrize("stage", ["Qualification", "Closed Lost"])
def test_a_deal_that_is_neither_proposed_nor_won_is_none_of_ours(sold: Room, stage: str) -> None:
    deal_id = opportunity(sold)["Id"]
    changed = {"StageName": stage, "Project_Start__c": None}
    sold.at_desk("sales-uk", "crm", "PATCH", f"/sobjects/Opportunity/{deal_id}", changed)
    assert sold.do(sold.context.crm.deal(deal_id)) is None


def test_a_fixed_fee_is_told_from_hours(sold: Room) -> None:
    deal = sold.do(sold.context.crm.deal(opportunity(sold, "ENG-02")["Id"]))
    assert deal is not None
    assert (deal.kind, deal.amount, deal.lines[0].budget_minutes) == ("fixed_fee", Decimal("9000.00"), 6000)


def test_lines_come_in_the_order_of_their_codes(sold: Room) -> None:
    deal_id = opportunity(sold)["Id"]
    (first,) = [each for each in sold.rows("crm", "OpportunityLineItem") if each["OpportunityId"] == deal_id]
    for code, price in (("ENG-01-L3", "30.25"), ("ENG-01-L2", "20")):
        line = {
            "OpportunityId": deal_id, "PricebookEntryId": first["PricebookEntryId"], "Quantity": 1,
            "UnitPrice": Decimal(price), "Contract_Line_Code__c": code,
        }  # fmt: skip
        sold.at_desk("sales-uk", "crm", "POST", "/sobjects/OpportunityLineItem", line)
    sold.at_desk("sales-uk", "crm", "PATCH", f"/sobjects/OpportunityLineItem/{first['Id']}", {"Budget_Hours__c": 16.25})
    deal = sold.do(sold.context.crm.deal(deal_id))
    assert deal is not None
    # Without budget hours nothing is budgeted.
    assert [(line.code, line.price, line.budget_minutes) for line in deal.lines] == [
        ("ENG-01-L1", Decimal("5000.00"), 975),
        ("ENG-01-L2", Decimal("20.00"), 0),
        ("ENG-01-L3", Decimal("30.25"), 0),
    ]
    assert deal.amount == Decimal("5050.25")


def test_a_deal_that_is_gone_or_has_no_code_is_none(sold: Room) -> None:
    deal_id = opportunity(sold)["Id"]
    sold.at_desk("sales-uk", "crm", "DELETE", f"/sobjects/Opportunity/{deal_id}")
    assert sold.do(sold.context.crm.deal(deal_id)) is None
    plain = {"Name": "No engagement", "StageName": "Closed Won", "CloseDate": "2026-02-01"}
    made = sold.at_desk("sales-uk", "crm", "POST", "/sobjects/Opportunity", plain)
    assert sold.do(sold.context.crm.deal(made["id"])) is None


@pytest.mark.parametrize(
    ("field", "named"),
    [
        ("Legal_Entity__c", "Legal_Entity__c"),
        ("Project_Start__c", "Project_Start__c"),
        ("Project_End__c", "Project_End__c"),
        ("Engagement_Type__c", "a known engagement type and revenue method"),
    ],
)
def test_a_deal_that_lacks_what_a_project_needs_is_refused_by_name(sold: Room, field: str, named: str) -> None:
    deal_id = opportunity(sold)["Id"]
    sold.at_desk("sales-uk", "crm", "PATCH", f"/sobjects/Opportunity/{deal_id}", {field: None})
    failed = sold.fails(sold.context.crm.deal(deal_id))
    assert isinstance(failed, Refused)
    assert failed.message == f"deal ENG-01 lacks {named}"


def test_an_engagement_type_we_do_not_handle_is_refused(sold: Room) -> None:
    deal_id = opportunity(sold)["Id"]
    sold.at_desk("sales-uk", "crm", "PATCH", f"/sobjects/Opportunity/{deal_id}", {"Engagement_Type__c": "Retainer"})
    assert sold.fails(sold.context.crm.deal(deal_id)).args == (
        "deal ENG-01 lacks a known engagement type and revenue method",
    )


@pytest.mark.parametrize(
    ("kind", "field", "named"),
    [("Account", "AccountNumber", "AccountNumber"), ("OpportunityLineItem", "Contract_Line_Code__c", "Contract_Line")],
)
def test_a_deal_without_the_codes_everything_hangs_on_is_refused(sold: Room, kind: str, field: str, named: str) -> None:
    deal = opportunity(sold)
    (line,) = [each for each in sold.rows("crm", "OpportunityLineItem") if each["OpportunityId"] == deal["Id"]]
    record = deal["AccountId"] if kind == "Account" else line["Id"]
    sold.at_desk("sales-uk", "crm", "PATCH", f"/sobjects/{kind}/{record}", {field: None})
    failed = sold.fails(sold.context.crm.deal(deal["Id"]))
    assert isinstance(failed, Refused)
    assert named in failed.message


def test_a_line_leads_to_its_deal_and_a_client_to_all_of_theirs(sold: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    deal = opportunity(sold)
    (line,) = [each for each in sold.rows("crm", "OpportunityLineItem") if each["OpportunityId"] == deal["Id"]]
    crm = sold.context.crm
    assert sold.do(crm.opportunity_of_line(line["Id"])) == deal["Id"]
    sold.at_desk("sales-uk", "crm", "DELETE", f"/sobjects/OpportunityLineItem/{line['Id']}")
    assert sold.do(crm.opportunity_of_line(line["Id"])) is None
    more = {"StageName": "Qualification", "CloseDate": "2026-02-01", "AccountId": deal["AccountId"]}
    ids = [deal["Id"]]
    for number in range(4):
        made = sold.at_desk("sales-uk", "crm", "POST", "/sobjects/Opportunity", {"Name": f"More {number}", **more})
        ids.append(made["id"])
    # Five rows on pages of two.
    monkeypatch.setattr("mocks.crm.routes_query.PAGE_MAX", 2)
    assert sold.do(crm.opportunities_of_account(deal["AccountId"])) == sorted(ids)
    assert len(sold.wire.sent("crm", "GET", "/query/01g")) == 2


def test_setting_the_same_fields_again_is_no_change(sold: Room) -> None:
    deal_id = opportunity(sold)["Id"]
    fields = {"Billed_Amount__c": Decimal("1700.01"), "Last_Invoice__c": "INV1"}
    sold.do(sold.context.crm.set_fields("Opportunity", deal_id, fields))
    announced = sold.systems["crm"].feeds["changes"].last_position()
    sold.do(sold.context.crm.set_fields("Opportunity", deal_id, fields))
    assert sold.systems["crm"].feeds["changes"].last_position() == announced
    row = opportunity(sold)
    assert (row["Billed_Amount__c"], row["Last_Invoice__c"]) == (17_000_100, "INV1")


# -- change orders -----------------------------------------------------------------------------------------------------


def change_order(room: Room, treatment: str, line: str) -> None:
    """A change order of 300.00 and 5 hours about a line, approved on 10 February."""
    deal, desk = opportunity(room), "sales-uk"
    entry = next(row for row in room.rows("crm", "PricebookEntry") if row["CurrencyIsoCode"] == "GBP")
    order = {
        "AccountId": deal["AccountId"], "OpportunityId": deal["Id"], "Pricebook2Id": entry["Pricebook2Id"],
        "CurrencyIsoCode": "GBP", "EffectiveDate": "2026-02-10", "Status": "Draft", "Type": "Change Order",
        "Change_Order_Number__c": "ENG-01-CO1", "Change_Treatment__c": treatment, "Budget_Hours_Change__c": 5,
    }  # fmt: skip
    room.at_desk(desk, "crm", "POST", "/sobjects/Order", order)
    (made,) = room.rows("crm", "Order")
    item = {
        "OrderId": made["Id"], "PricebookEntryId": entry["Id"], "Quantity": 1, "UnitPrice": 300,
        "Contract_Line_Code__c": line,
    }  # fmt: skip
    room.at_desk(desk, "crm", "POST", "/sobjects/OrderItem", item)
    signed = {"Status": "Activated", "Approved_On__c": "2026-02-10"}
    room.at_desk(desk, "crm", "PATCH", f"/sobjects/Order/{made['Id']}", signed)


def test_a_separate_change_order_brings_a_line_of_its_own(sold: Room) -> None:
    sold.deed("propose ENG-01")
    change_order(sold, "Separate Contract", "ENG-01-CO1")
    deal = sold.do(sold.context.crm.deal(opportunity(sold)["Id"]))
    (item,) = sold.rows("crm", "OrderItem")
    assert deal is not None
    (change,) = deal.changes
    assert change.lines == (DealLine("ENG-01-CO1", item["Id"], Decimal(0), 0, added=True),)
    assert (change.amounts, change.minutes, change.from_now_on) == ((("ENG-01-CO1", Decimal(300)),), 300, True)


def test_any_other_change_order_of_an_unknown_line_is_refused(sold: Room) -> None:
    sold.deed("propose ENG-01")
    change_order(sold, "Prospective", "ENG-01-CO1")
    with pytest.raises(Refused, match="ENG-01-CO1 of deal ENG-01 is about ENG-01-CO1"):
        sold.do(sold.context.crm.deal(opportunity(sold)["Id"]))
