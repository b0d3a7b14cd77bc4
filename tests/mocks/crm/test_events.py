"""Every committed change of an announced object is one event, written with it."""

from __future__ import annotations

from collections.abc import Sequence, Set
from typing import Any

import pytest

from mocks.crm import events as change_events
from mocks.crm.events import Merged, content_of, merge
from mocks.crm.records import STANDARD
from sandbox.core.clock import DAY_US, HOUR_US, ManualClock
from sandbox.core.damage import NoFaults
from sandbox.core.observe import Change, Commit, Unobserved
from tests.mocks.crm.client import EPOCH, OTHER_USERNAME, Client, keep_alive, make
from tests.mocks.crm.streams import Subscriber


class Watcher(Unobserved):
    """Keeps the commits it is told of."""

    def __init__(self) -> None:
        super().__init__()
        self.commits: list[Commit] = []

    def committed(self, commit: Commit) -> int:
        self.commits.append(commit)
        return super().committed(commit)


def events(crm: Client) -> list[dict[str, Any]]:
    """Data of all events so far."""
    return [message["data"] for message in Subscriber(crm, "/data/ChangeEvents", -2).connect()]


def heads(crm: Client) -> list[tuple[str, str, list[str]]]:
    """Entity, kind and record ids of all events so far."""
    headers = [event["payload"]["ChangeEventHeader"] for event in events(crm)]
    return [(header["entityName"], header["changeType"], header["recordIds"]) for header in headers]


def test_a_create_carries_what_is_not_null_in_the_spelling_of_a_read(crm: Client) -> None:
    opportunity = crm.opportunity(AccountId=crm.account(), Amount=1000, Project_Start__c="2026-02-01")
    (event,) = events(crm)
    payload = dict(event["payload"])
    header = payload.pop("ChangeEventHeader")
    record = crm.get("Opportunity", opportunity)
    expected = {name: value for name, value in record.items() if value is not None}
    for name in ("attributes", "Id", "IsDeleted", "SystemModstamp"):
        del expected[name]
    # Instants are the exception: events write Z.
    for name in ("CreatedDate", "LastModifiedDate"):
        expected[name] = "2026-01-12T00:00:00.000Z"
    assert payload == expected
    assert "changedFields" not in header


def test_a_header_says_who_did_what_when_and_how() -> None:
    clock = ManualClock(EPOCH, HOUR_US + 1500)
    crm = Client(make(clock))
    account = crm.create("Account", Name="New")
    crm.send("PATCH", f"sobjects/Account/{account}", {"Phone": "1"}, sforce_call_options="client=engine, x=y")
    first, second = (event["payload"]["ChangeEventHeader"] for event in events(crm))
    assert (first["entityName"], first["recordIds"], first["changeType"]) == ("Account", [account], "CREATE")
    assert first["commitTimestamp"] == 1768176000000 + 3600_001
    assert first["commitUser"] == crm.user_id
    assert first["changeOrigin"] == "com/salesforce/api/rest/59.0"
    assert second["changeOrigin"] == "com/salesforce/api/rest/59.0;client=engine"
    assert second["commitNumber"] > first["commitNumber"]
    assert second["transactionKey"] != first["transactionKey"]
    assert len(first["transactionKey"]) == 36


def test_an_update_carries_what_changed_and_names_it(crm: Client) -> None:
    opportunity = crm.opportunity(NextStep="call")
    crm.update("Opportunity", opportunity, StageName="Closed Won", NextStep=None, Name="Deal")
    payload = events(crm)[1]["payload"]
    header = payload.pop("ChangeEventHeader")
    assert payload == {
        "StageName": "Closed Won",
        "Probability": 100,
        "IsClosed": True,
        "IsWon": True,
        "ForecastCategoryName": "Closed",
        "NextStep": None,
        "LastModifiedDate": "2026-01-12T00:00:00.000Z",
    }
    assert set(header["changedFields"]) == set(payload)
    assert header["nulledFields"] == ["NextStep"]


def test_the_user_is_part_of_an_update_only_when_it_is_another_one(crm: Client) -> None:
    account = crm.create("Account", Name="New")
    other = Client(crm.mock, OTHER_USERNAME, "pw2")
    other.update("Account", account, Phone="1")
    other.update("Account", account, Phone="2")
    second, third = (event["payload"] for event in events(crm)[1:])
    assert second["LastModifiedById"] == other.user_id
    assert "LastModifiedById" not in third


def test_a_delete_is_a_header_alone(crm: Client) -> None:
    account = crm.create("Account", Name="Gone")
    crm.delete("Account", account)
    payload = events(crm)[1]["payload"]
    assert list(payload) == ["ChangeEventHeader"]
    assert (payload["ChangeEventHeader"]["changeType"], payload["ChangeEventHeader"]["recordIds"]) == (
        "DELETE",
        [account],
    )


def test_an_update_that_changes_no_value_announces_nothing(crm: Client) -> None:
    opportunity = crm.opportunity(Engagement_Code__c="E-1")
    crm.line(opportunity)
    before = heads(crm)
    crm.update("Opportunity", opportunity, Name="Deal")
    crm.update("Opportunity", opportunity, Amount=7)
    crm.send("PATCH", "sobjects/Opportunity/Engagement_Code__c/E-1", {"StageName": "Prospecting"})
    assert heads(crm) == before


def test_a_write_of_stamps_alone_is_no_event(crm: Client) -> None:
    before = crm.mock.store.get("Account", crm.account())
    assert before is not None
    touched = {**before, "_modified_us": 1, "_version": 2, "LastModifiedById": "somebody else"}
    assert content_of(Merged("Account", before["Id"], before, touched), STANDARD) is None
    assert content_of(Merged("Account", before["Id"], before, {**touched, "Phone": "1"}), STANDARD) is not None


def test_a_line_announces_itself_and_the_amount_it_moves_in_one_transaction(crm: Client) -> None:
    opportunity = crm.opportunity(StageName="Closed Won")
    line = crm.line(opportunity)
    assert heads(crm)[1:] == [
        ("OpportunityLineItem", "CREATE", [line]),
        ("Opportunity", "UPDATE", [opportunity]),
    ]
    first, second = (event["payload"]["ChangeEventHeader"] for event in events(crm)[1:])
    assert first["transactionKey"] == second["transactionKey"]
    assert (first["sequenceNumber"], second["sequenceNumber"]) == (1, 2)
    # No stage change at all: who only looks for StageName misses this change order.
    assert set(second["changedFields"]) == {
        "Amount", "ExpectedRevenue", "Pricebook2Id", "HasOpportunityLineItem", "LastModifiedDate",
    }  # fmt: skip


def test_a_deal_reopened_and_won_again_is_three_updates(crm: Client) -> None:
    opportunity = crm.opportunity()
    for stage in ("Closed Won", "Negotiation/Review", "Closed Won"):
        crm.update("Opportunity", opportunity, StageName=stage)
    assert [event["payload"]["StageName"] for event in events(crm)] == [
        "Prospecting", "Closed Won", "Negotiation/Review", "Closed Won",
    ]  # fmt: skip


def test_a_deleted_opportunity_announces_its_lines_too(crm: Client) -> None:
    opportunity = crm.opportunity()
    line = crm.line(opportunity)
    crm.delete("Opportunity", opportunity)
    assert heads(crm)[3:] == [("OpportunityLineItem", "DELETE", [line]), ("Opportunity", "DELETE", [opportunity])]


def test_a_credit_hold_is_announced_with_the_account(crm: Client) -> None:
    crm.update("Account", crm.account(), Credit_Hold__c=True)
    (event,) = events(crm)
    header = event["payload"]["ChangeEventHeader"]
    assert (header["entityName"], header["changedFields"]) == ("Account", ["LastModifiedDate", "Credit_Hold__c"])
    assert event["payload"]["Credit_Hold__c"] is True


def test_a_signed_change_order_announces_order_and_products(crm: Client) -> None:
    book = crm.query("SELECT Id FROM Pricebook2 WHERE IsStandard = true")[0]["Id"]
    terms = {"Type": "Change Order", "Change_Order_Number__c": "CO-1", "Approved_On__c": "2026-01-10"}
    order = crm.create(
        "Order", AccountId=crm.account(), EffectiveDate="2026-02-01", Status="Draft", Pricebook2Id=book, **terms
    )
    item = crm.create("OrderItem", OrderId=order, PricebookEntryId=crm.entry(), Quantity=2, UnitPrice=-10)
    crm.update("Order", order, Status="Activated")
    assert heads(crm) == [
        ("Order", "CREATE", [order]),
        ("OrderItem", "CREATE", [item]),
        ("Order", "UPDATE", [order]),
        ("Order", "UPDATE", [order]),
    ]
    created, _, totalled, signed = events(crm)
    assert created["payload"]["Change_Order_Number__c"] == "CO-1"
    assert totalled["payload"]["TotalAmount"] == -20
    assert set(signed["payload"]["ChangeEventHeader"]["changedFields"]) == {
        "Status", "StatusCode", "ActivatedDate", "ActivatedById", "LastModifiedDate",
    }  # fmt: skip
    assert signed["payload"]["ActivatedDate"] == "2026-01-12T00:00:00.000Z"


def test_a_synchronised_quote_announces_the_lines_it_replaces(crm: Client) -> None:
    book = crm.query("SELECT Id FROM Pricebook2 WHERE IsStandard = true")[0]["Id"]
    opportunity = crm.opportunity()
    old = crm.line(opportunity)
    quote = crm.create("Quote", Name="Offer", OpportunityId=opportunity, Pricebook2Id=book)
    crm.create("QuoteLineItem", QuoteId=quote, PricebookEntryId=crm.entry(), Quantity=1, UnitPrice=10)
    before = len(heads(crm))
    crm.update("Opportunity", opportunity, SyncedQuoteId=quote)
    new = crm.column("SELECT Id FROM OpportunityLineItem", "Id")
    assert heads(crm)[before:] == [
        ("Opportunity", "UPDATE", [opportunity]),
        ("Quote", "UPDATE", [quote]),
        ("OpportunityLineItem", "DELETE", [old]),
        ("OpportunityLineItem", "CREATE", new),
    ]


def test_a_case_closed_and_reopened_announces_the_stamp_that_went(crm: Client) -> None:
    case = crm.create("Case", Subject="One")
    crm.update("Case", case, Status="Closed")
    crm.update("Case", case, Status="Working")
    assert [kind for _, kind, _ in heads(crm)] == ["CREATE", "UPDATE", "UPDATE"]
    reopened = events(crm)[-1]["payload"]
    assert reopened["ChangeEventHeader"]["nulledFields"] == ["ClosedDate"]
    assert (reopened["IsClosed"], reopened["ClosedDate"]) == (False, None)


def test_products_and_prices_announce_nothing(crm: Client) -> None:
    crm.create("Product2", Name="Audit")
    crm.update("PricebookEntry", crm.entry(), UnitPrice=1)
    assert events(crm) == []


def test_a_refused_request_announces_nothing(crm: Client) -> None:
    assert crm.send("POST", "sobjects/Account", {"Name": "x" * 256}).status == 400
    line = {"OpportunityId": crm.opportunity(), "PricebookEntryId": crm.entry("CONS", "USD"), "Quantity": 1}
    assert crm.send("POST", "sobjects/OpportunityLineItem", {**line, "UnitPrice": 1}).status == 400
    assert [entity for entity, _, _ in heads(crm)] == ["Opportunity"]


def test_the_commit_reports_each_event_with_the_record_it_is_about() -> None:
    watcher = Watcher()
    crm = Client(make(observer=watcher))
    opportunity = crm.opportunity()
    line = crm.line(opportunity)
    assert watcher.commits[0].announcements == ()
    created, moved = watcher.commits[-1].announcements
    assert created.covers == (("OpportunityLineItem", line),)
    assert moved.covers == (("Opportunity", opportunity),)
    assert created.event_id == f"OpportunityLineItem:{created.position}"
    assert {created.stream, moved.stream} == {"changes"}
    replay_ids = [event["event"]["replayId"] for event in events(crm)]
    assert replay_ids[1:] == [created.position, moved.position]


def test_replay_ids_grow_with_gaps_of_one_to_seven(crm: Client) -> None:
    for number in range(40):
        crm.create("Account", Name=f"A {number}")
    ids = [event["event"]["replayId"] for event in events(crm)]
    gaps = [after - before for before, after in zip([0, *ids], ids, strict=False)]
    assert min(gaps) >= 1
    assert max(gaps) <= 7
    assert len(set(gaps)) > 3


def test_replay_ids_go_on_growing_after_everything_old_is_dropped() -> None:
    clock = ManualClock(EPOCH)
    crm = Client(make(clock))
    keep_alive(crm.mock)
    for number in range(3):
        crm.create("Account", Name=f"A {number}")
    newest = events(crm)[-1]["event"]["replayId"]
    clock.advance_to(10 * DAY_US)
    crm.create("Account", Name="Late")
    (late,) = events(crm)
    assert late["event"]["replayId"] > newest
    # The rows themselves are dropped too, not only hidden.
    assert crm.mock.store.read('SELECT count(*) FROM "_feed_changes"') == [(1,)]


ROW = {"Id": "1", "x": 1}


@pytest.mark.parametrize(
    ("ops", "expected"),
    [
        (["create"], [(None, ROW)]),
        (["create", "update"], [(None, ROW)]),
        (["update", "update"], [(ROW, ROW)]),
        (["update", "delete"], [(ROW, None)]),
        (["create", "delete"], []),
        (["create", "update", "delete"], []),
    ],
)
def test_what_one_transaction_does_to_a_record_is_one_event(ops: list[str], expected: list[Any]) -> None:
    changes = [
        Change("Account", "1", op, None if op == "create" else ROW, None if op == "delete" else ROW) for op in ops
    ]
    assert [(merged.before, merged.after) for merged in merge(changes, STANDARD)] == expected


def test_of_more_changes_than_have_an_event_each_the_kind_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(change_events, "CHANGES_MAX", 2)
    crm = Client()
    stream = Subscriber(crm, "/data/ChangeEvents")
    account: dict[str, Any] = {"attributes": {"type": "Account"}}
    fields = {"StageName": "Prospecting", "CloseDate": "2026-03-31"}
    deal: dict[str, Any] = {"attributes": {"type": "Opportunity"}, **fields}
    records = [{**kind, "Name": str(number)} for number, kind in enumerate((account, account, account, deal, account))]
    assert crm.send("POST", "composite/sobjects", {"records": records}).status == 200
    payloads = [event["data"]["payload"] for event in stream.connect()]
    headers = [payload["ChangeEventHeader"] for payload in payloads]
    assert [(header["entityName"], header["changeType"], len(header["recordIds"])) for header in headers] == [
        ("Account", "CREATE", 1),
        ("Account", "CREATE", 1),
        ("Account", "GAP_OVERFLOW", 0),
        ("Opportunity", "GAP_OVERFLOW", 0),
    ]
    assert [header["sequenceNumber"] for header in headers] == [1, 2, 3, 4]
    assert [set(payload) for payload in payloads[2:]] == [{"ChangeEventHeader"}] * 2
    assert "changedFields" not in headers[2]


def test_an_event_that_lost_its_content_is_a_gap_each_time_it_goes_out() -> None:
    class Torn(NoFaults):
        def unreadable(self, system: str, stream: str, event_ids: Sequence[str]) -> Set[str]:
            return set(event_ids)

    crm = Client(make(faults=Torn()))
    account = crm.create("Account", Name="x")
    crm.update("Account", account, Phone="1")
    crm.delete("Account", account)
    for _ in range(2):
        stream = Subscriber(crm, "/data/AccountChangeEvent", -2)
        payloads = [event["data"]["payload"] for event in stream.connect()]
        assert [set(payload) for payload in payloads] == [{"ChangeEventHeader"}] * 3
        headers = [payload["ChangeEventHeader"] for payload in payloads]
        assert [header["changeType"] for header in headers] == ["GAP_CREATE", "GAP_UPDATE", "GAP_DELETE"]
        assert [header["recordIds"] for header in headers] == [[account]] * 3
