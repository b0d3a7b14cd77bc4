"""Quotes: what they take from the deal, what their lines add up to, and how one is synchronised with it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from mocks.crm.rules_totals import discount
from tests.mocks.crm.client import Client, error

LINE_FIELDS = ("Quantity", "UnitPrice", "Discount", "TotalPrice", "Contract_Line_Code__c", "Budget_Hours__c")


def book(crm: Client) -> str:
    return str(crm.query("SELECT Id FROM Pricebook2 WHERE IsStandard = true")[0]["Id"])


def quote(crm: Client, opportunity: str, **fields: Any) -> str:
    return crm.create("Quote", **{"Name": "Offer", "OpportunityId": opportunity, "Pricebook2Id": book(crm), **fields})


def line(crm: Client, quote_id: str, **fields: Any) -> str:
    given = {"QuoteId": quote_id, "PricebookEntryId": crm.entry(), "Quantity": 10, "UnitPrice": 150}
    return crm.create("QuoteLineItem", **{**given, **fields})


def lines_of(crm: Client, sobject: str, parent: str, record_id: str) -> list[tuple[Any, ...]]:
    rows = crm.query(f"SELECT {', '.join(LINE_FIELDS)} FROM {sobject} WHERE {parent} = '{record_id}' ORDER BY Quantity")
    return [tuple(row[name] for name in LINE_FIELDS) for row in rows]


def synchronised(crm: Client) -> tuple[str, str]:
    """A deal with one line of its own, and a quote of two lines that has replaced it."""
    opportunity = crm.opportunity(AccountId=crm.account())
    crm.line(opportunity, Contract_Line_Code__c="E-1-L9")
    offered = quote(crm, opportunity)
    line(crm, offered, Contract_Line_Code__c="E-1-L1", Budget_Hours__c=10)
    line(crm, offered, Quantity=20, UnitPrice=100, Discount=10)
    crm.update("Opportunity", opportunity, SyncedQuoteId=offered)
    return opportunity, offered


# -- a quote ----------------------------------------------------------------------------------------------------------


def test_a_quote_takes_client_and_currency_from_its_deal(crm: Client) -> None:
    opportunity = crm.opportunity(AccountId=crm.account("Globex"), CurrencyIsoCode="USD")
    record = crm.get("Quote", quote(crm, opportunity, ExpirationDate="2026-02-28"))
    assert (record["AccountId"], record["CurrencyIsoCode"]) == (crm.account("Globex"), "USD")
    assert (record["Status"], record["IsSyncing"], record["GrandTotal"], record["LineItemCount"]) == (
        "Draft", False, 0, 0,
    )  # fmt: skip
    assert len(record["QuoteNumber"]) == 8
    assert record["OwnerId"] == crm.user_id


def test_equal_quotes_have_numbers_of_their_own(crm: Client) -> None:
    opportunity = crm.opportunity()
    numbers = {crm.get("Quote", quote(crm, opportunity))["QuoteNumber"] for _ in range(3)}
    assert len(numbers) == 3


def test_lines_add_up_to_the_quote_and_leave_the_deal_alone(crm: Client) -> None:
    opportunity = crm.opportunity(Amount=5)
    offered = quote(crm, opportunity, Tax=Decimal("19.5"), ShippingHandling=1)
    line(crm, offered)
    second = line(crm, offered, Quantity=Decimal("2.5"), UnitPrice=Decimal("150.01"), Discount=10)
    # 10 x 150 = 1500; 2.5 x 150.01 = 375.025 -> 375.03, less 10 %: 337.5225 -> 337.52.
    record = crm.get("Quote", offered)
    assert (record["Subtotal"], record["TotalPrice"]) == (Decimal("1875.03"), Decimal("1837.52"))
    # 37.51 / 1875.03 = 2.00050 %; 1837.52 + 19.5 + 1 = 1858.02.
    assert (record["Discount"], record["GrandTotal"], record["LineItemCount"]) == (
        Decimal("2.0"),
        Decimal("1858.02"),
        2,
    )
    crm.delete("QuoteLineItem", second)
    assert crm.get("Quote", offered)["TotalPrice"] == 1500
    assert crm.get("Opportunity", opportunity)["Amount"] == 5


@pytest.mark.parametrize(
    ("subtotal", "total", "expected"),
    [(0, 0, 0), (3_0000, 2_0000, 33_3300), (100_0000, 0, 100_0000), (100_0000, 120_0000, 0), (-5_0000, -4_0000, 0)],
)
def test_the_discount_of_a_quote_is_what_its_lines_discounts_come_to(subtotal: int, total: int, expected: int) -> None:
    assert discount(subtotal, total) == expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"OpportunityId": None}, (400, "REQUIRED_FIELD_MISSING", ["OpportunityId"])),
        ({"Status": "Signed"}, (400, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", ["Status"])),
        ({"IsSyncing": True}, (400, "INVALID_FIELD_FOR_INSERT_UPDATE", ["IsSyncing"])),
        ({"TotalPrice": 1}, (400, "INVALID_FIELD_FOR_INSERT_UPDATE", ["TotalPrice"])),
        ({"CurrencyIsoCode": "EUR"}, (400, "INVALID_FIELD_FOR_INSERT_UPDATE", ["CurrencyIsoCode"])),
    ],
)
def test_a_quote_that_does_not_fit_is_refused(
    crm: Client, body: dict[str, Any], expected: tuple[int, str, list[str]]
) -> None:
    given = {"Name": "Offer", "OpportunityId": crm.opportunity(), **body}
    before = crm.mock.dump()
    assert error(crm.send("POST", "sobjects/Quote", given)) == expected
    assert crm.mock.dump() == before


def test_a_quote_needs_a_pricebook_before_its_first_line_and_keeps_it_after(crm: Client) -> None:
    offered = quote(crm, crm.opportunity(), Pricebook2Id=None)
    body = {"QuoteId": offered, "PricebookEntryId": crm.entry(), "Quantity": 1, "UnitPrice": 1}
    refused = crm.send("POST", "sobjects/QuoteLineItem", body)
    assert error(refused) == (400, "FIELD_INTEGRITY_EXCEPTION", ["PricebookEntryId"])
    crm.update("Quote", offered, Pricebook2Id=book(crm))
    crm.create("QuoteLineItem", **body)
    other = crm.create("Pricebook2", Name="Own", IsActive=True)
    moved = crm.send("PATCH", f"sobjects/Quote/{offered}", {"Pricebook2Id": other})
    assert error(moved) == (400, "FIELD_INTEGRITY_EXCEPTION", ["Pricebook2Id"])


def test_the_currency_of_a_deal_is_fixed_once_it_has_quotes(crm: Client) -> None:
    opportunity = crm.opportunity()
    quote(crm, opportunity)
    refused = crm.send("PATCH", f"sobjects/Opportunity/{opportunity}", {"CurrencyIsoCode": "USD"})
    assert error(refused) == (400, "FIELD_INTEGRITY_EXCEPTION", ["CurrencyIsoCode"])


# -- synchronising ----------------------------------------------------------------------------------------------------


def test_synchronising_replaces_the_lines_of_the_deal(crm: Client) -> None:
    opportunity, offered = synchronised(crm)
    expected = [
        (10, 150, None, 1500, "E-1-L1", 10),
        (20, 100, 10, 1800, None, None),
    ]
    assert lines_of(crm, "OpportunityLineItem", "OpportunityId", opportunity) == expected
    record = crm.get("Opportunity", opportunity)
    assert (record["Amount"], record["SyncedQuoteId"]) == (3300, offered)
    assert crm.get("Quote", offered)["IsSyncing"] is True
    named = crm.column("SELECT OpportunityLineItem.Name FROM QuoteLineItem LIMIT 1", "OpportunityLineItem")
    assert named[0]["Name"] == "Deal Consulting"


def test_lines_written_on_one_side_are_written_on_the_other(crm: Client) -> None:
    opportunity, offered = synchronised(crm)
    first = crm.query("SELECT Id, OpportunityLineItemId FROM QuoteLineItem WHERE Contract_Line_Code__c = 'E-1-L1'")[0]
    crm.update("QuoteLineItem", first["Id"], Quantity=11)
    assert crm.get("OpportunityLineItem", first["OpportunityLineItemId"])["TotalPrice"] == 1650
    crm.update("OpportunityLineItem", first["OpportunityLineItemId"], UnitPrice=100, Contract_Line_Code__c="E-1-L2")
    changed = crm.get("QuoteLineItem", first["Id"])
    assert (changed["TotalPrice"], changed["Contract_Line_Code__c"]) == (1100, "E-1-L2")
    crm.line(opportunity, Quantity=1)
    crm.delete("QuoteLineItem", first["Id"])
    left = [(1, 150, None, 150, None, None), (20, 100, 10, 1800, None, None)]
    assert lines_of(crm, "OpportunityLineItem", "OpportunityId", opportunity) == left
    assert lines_of(crm, "QuoteLineItem", "QuoteId", offered) == left
    assert crm.get("Opportunity", opportunity)["Amount"] == crm.get("Quote", offered)["TotalPrice"] == 1950


def test_ending_it_leaves_both_sides_as_they_are_and_apart(crm: Client) -> None:
    opportunity, offered = synchronised(crm)
    before = lines_of(crm, "OpportunityLineItem", "OpportunityId", opportunity)
    crm.update("Opportunity", opportunity, SyncedQuoteId=None)
    assert crm.get("Quote", offered)["IsSyncing"] is False
    line(crm, offered, Quantity=99)
    assert lines_of(crm, "OpportunityLineItem", "OpportunityId", opportunity) == before
    crm.line(opportunity, Quantity=1)
    assert len(lines_of(crm, "QuoteLineItem", "QuoteId", offered)) == 3
    for each in crm.column("SELECT Id FROM OpportunityLineItem", "Id"):
        crm.delete("OpportunityLineItem", each)
    assert len(lines_of(crm, "QuoteLineItem", "QuoteId", offered)) == 3


def test_another_quote_may_take_over(crm: Client) -> None:
    opportunity, first = synchronised(crm)
    second = quote(crm, opportunity, Name="Cheaper")
    line(crm, second, Quantity=5, Contract_Line_Code__c="E-1-L1")
    crm.update("Opportunity", opportunity, SyncedQuoteId=second)
    assert [crm.get("Quote", each)["IsSyncing"] for each in (first, second)] == [False, True]
    assert lines_of(crm, "OpportunityLineItem", "OpportunityId", opportunity) == [(5, 150, None, 750, "E-1-L1", None)]
    assert len(lines_of(crm, "QuoteLineItem", "QuoteId", first)) == 2


def test_the_deal_takes_the_pricebook_of_its_quote(crm: Client) -> None:
    opportunity = crm.opportunity()
    crm.line(opportunity)
    product = crm.query("SELECT Id FROM Product2 WHERE ProductCode = 'CONS'")[0]["Id"]
    own_book = crm.create("Pricebook2", Name="Own", IsActive=True)
    entry = crm.create("PricebookEntry", Pricebook2Id=own_book, Product2Id=product, UnitPrice=120, IsActive=True)
    offered = quote(crm, opportunity, Pricebook2Id=own_book)
    line(crm, offered, PricebookEntryId=entry)
    crm.update("Opportunity", opportunity, SyncedQuoteId=offered)
    assert crm.get("Opportunity", opportunity)["Pricebook2Id"] == own_book
    empty = quote(crm, opportunity, Name="Empty", Pricebook2Id=None)
    crm.update("Opportunity", opportunity, SyncedQuoteId=empty)
    record = crm.get("Opportunity", opportunity)
    assert (record["Pricebook2Id"], record["Amount"], record["HasOpportunityLineItem"]) == (own_book, 0, False)


def test_a_deal_cannot_be_created_synchronised(crm: Client) -> None:
    offered = quote(crm, crm.opportunity())
    body = {"Name": "New", "StageName": "Prospecting", "CloseDate": "2026-03-31", "SyncedQuoteId": offered}
    refused = crm.send("POST", "sobjects/Opportunity", body)
    assert error(refused) == (400, "INVALID_FIELD_FOR_INSERT_UPDATE", ["SyncedQuoteId"])


def test_only_a_quote_of_the_deal_itself_can_be_synchronised(crm: Client) -> None:
    stranger = quote(crm, crm.opportunity("Other"))
    opportunity = crm.opportunity()
    before = crm.mock.dump()
    for given in (stranger, opportunity, "0Q0000000000001"):
        refused = crm.send("PATCH", f"sobjects/Opportunity/{opportunity}", {"SyncedQuoteId": given})
        assert error(refused) == (400, "INVALID_CROSS_REFERENCE_KEY", ["SyncedQuoteId"])
    assert crm.mock.dump() == before


def test_a_line_code_another_deal_holds_stops_the_synchronisation_and_changes_nothing(crm: Client) -> None:
    crm.line(crm.opportunity("Other"), Contract_Line_Code__c="E-2-L1")
    opportunity = crm.opportunity()
    crm.line(opportunity)
    offered = quote(crm, opportunity)
    line(crm, offered, Contract_Line_Code__c="E-2-L1")
    before = crm.mock.dump()
    refused = crm.send("PATCH", f"sobjects/Opportunity/{opportunity}", {"SyncedQuoteId": offered})
    assert error(refused) == (400, "DUPLICATE_VALUE", [])
    assert crm.mock.dump() == before


def test_a_line_code_written_to_the_quote_must_be_free_for_the_deal_too(crm: Client) -> None:
    crm.line(crm.opportunity("Other"), Contract_Line_Code__c="E-2-L1")
    _, offered = synchronised(crm)
    first = crm.query(f"SELECT Id FROM QuoteLineItem WHERE QuoteId = '{offered}' AND Quantity = 10")[0]["Id"]
    before = crm.mock.dump()
    refused = crm.send("PATCH", f"sobjects/QuoteLineItem/{first}", {"Contract_Line_Code__c": "e-2-l1"})
    assert error(refused) == (400, "DUPLICATE_VALUE", [])
    assert crm.mock.dump() == before


def test_deleting_the_quote_keeps_the_lines_and_deleting_the_deal_takes_everything(crm: Client) -> None:
    opportunity, offered = synchronised(crm)
    crm.delete("Quote", offered)
    assert crm.get("Opportunity", opportunity)["SyncedQuoteId"] is None
    assert len(lines_of(crm, "OpportunityLineItem", "OpportunityId", opportunity)) == 2
    again = quote(crm, opportunity)
    line(crm, again)
    crm.update("Opportunity", opportunity, SyncedQuoteId=again)
    crm.delete("Opportunity", opportunity)
    for sobject in ("Quote", "QuoteLineItem", "OpportunityLineItem"):
        assert crm.query(f"SELECT Id FROM {sobject}") == []


QUANTITIES = st.integers(1, 9)


class TwinLines(RuleBasedStateMachine):
    """Whatever is done to lines while a quote is synchronised, both sides show the same and add up to the same.

    The model is one multiset of (quantity, price).
    """

    def __init__(self) -> None:
        super().__init__()
        self.crm = Client()
        self.deal = self.crm.opportunity()
        self.quote = quote(self.crm, self.deal)
        line(self.crm, self.quote, Quantity=1, UnitPrice=1)
        self.crm.update("Opportunity", self.deal, SyncedQuoteId=self.quote)
        self.lines = [(1, 1)]

    def _ids(self, side: str) -> list[str]:
        soql = f"SELECT Id FROM {side} ORDER BY Quantity, UnitPrice"
        return [str(each) for each in self.crm.column(soql, "Id")]

    @rule(side=st.booleans(), quantity=QUANTITIES, price=QUANTITIES)
    def add(self, side: bool, quantity: int, price: int) -> None:
        if side:
            line(self.crm, self.quote, Quantity=quantity, UnitPrice=price)
        else:
            self.crm.line(self.deal, Quantity=quantity, UnitPrice=price)
        self.lines.append((quantity, price))

    @precondition(lambda self: self.lines)
    @rule(side=st.sampled_from(["OpportunityLineItem", "QuoteLineItem"]), which=QUANTITIES, quantity=QUANTITIES)
    def change(self, side: str, which: int, quantity: int) -> None:
        self.lines.sort()
        place = which % len(self.lines)
        self.crm.update(side, self._ids(side)[place], Quantity=quantity)
        self.lines[place] = (quantity, self.lines[place][1])

    @precondition(lambda self: self.lines)
    @rule(side=st.sampled_from(["OpportunityLineItem", "QuoteLineItem"]), which=QUANTITIES)
    def remove(self, side: str, which: int) -> None:
        self.lines.sort()
        place = which % len(self.lines)
        self.crm.delete(side, self._ids(side)[place])
        del self.lines[place]

    @invariant()
    def both_sides_are_the_model(self) -> None:
        for side in ("OpportunityLineItem", "QuoteLineItem"):
            rows = self.crm.query(f"SELECT Quantity, UnitPrice FROM {side} ORDER BY Quantity, UnitPrice")
            assert [(row["Quantity"], row["UnitPrice"]) for row in rows] == sorted(self.lines)
        total = sum(quantity * price for quantity, price in self.lines)
        assert self.crm.get("Opportunity", self.deal)["Amount"] == total
        assert self.crm.get("Quote", self.quote)["TotalPrice"] == total


TwinLines.TestCase.settings = settings(max_examples=15, stateful_step_count=12, deadline=None)
TestTwinLines = TwinLines.TestCase
