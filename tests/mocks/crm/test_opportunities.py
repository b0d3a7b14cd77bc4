"""Stages drive forecasts, lines drive amounts, and lines need a fitting pricebook entry."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mocks.crm.records_organisation import STAGES
from mocks.crm.rules_opportunities import line_total
from tests.mocks.crm.client import Client, error

CENT = Decimal("0.01")


def shown(crm: Client, opportunity: str, *names: str) -> list[Any]:
    record = crm.get("Opportunity", opportunity)
    return [record[name] for name in names]


@pytest.mark.parametrize(("name", "stage"), STAGES.items())
def test_a_stage_sets_probability_forecast_and_whether_it_is_closed_or_won(crm: Client, name: str, stage: Any) -> None:
    opportunity = crm.opportunity(StageName=name, Amount=1000)
    assert shown(crm, opportunity, "Probability", "ForecastCategoryName", "IsClosed", "IsWon", "ExpectedRevenue") == [
        stage.probability,
        stage.forecast,
        stage.closed,
        stage.won,
        stage.probability * 10,
    ]


def test_winning_moves_everything_that_hangs_on_the_stage(crm: Client) -> None:
    opportunity = crm.opportunity(Amount=Decimal("999.99"), Probability=33)
    assert shown(crm, opportunity, "Probability", "ExpectedRevenue") == [33, Decimal("330.0")]
    crm.update("Opportunity", opportunity, StageName="Closed Won")
    assert shown(crm, opportunity, "IsClosed", "IsWon", "Probability", "ForecastCategoryName", "ExpectedRevenue") == [
        True,
        True,
        100,
        "Closed",
        Decimal("999.99"),
    ]
    crm.update("Opportunity", opportunity, StageName="Negotiation/Review", Probability=50)
    assert shown(crm, opportunity, "IsClosed", "IsWon", "Probability") == [False, False, 50]


def test_a_probability_sent_with_a_new_stage_is_kept_even_when_it_equals_the_old_one(crm: Client) -> None:
    opportunity = crm.opportunity(Probability=10)
    crm.update("Opportunity", opportunity, StageName="Needs Analysis", Probability=10, ForecastCategoryName="Commit")
    assert shown(crm, opportunity, "Probability", "ForecastCategoryName") == [10, "Commit"]
    crm.update("Opportunity", opportunity, Probability=None)
    assert shown(crm, opportunity, "Probability") == [20]


def test_a_stage_outside_the_table_is_taken_as_open(crm: Client) -> None:
    opportunity = crm.opportunity(StageName="Having lunch")
    assert shown(crm, opportunity, "StageName", "IsClosed", "Probability") == ["Having lunch", False, 0]


def test_the_close_date_decides_the_fiscal_quarter(crm: Client) -> None:
    opportunity = crm.opportunity(CloseDate="2026-06-30")
    assert shown(crm, opportunity, "FiscalYear", "FiscalQuarter", "Fiscal") == [2026, 2, "2026 2"]
    crm.update("Opportunity", opportunity, CloseDate="2027-10-01")
    assert shown(crm, opportunity, "FiscalYear", "FiscalQuarter", "Fiscal") == [2027, 4, "2027 4"]


def test_a_deal_carries_the_terms_of_its_engagement(crm: Client) -> None:
    terms: dict[str, Any] = {
        "Cap_Amount__c": Decimal("50000.5"),
        "Revenue_Method__c": "Over Time - Cost",
        "At_Risk_Start__c": True,
        "Delivery_Entity__c": "US01",
        "Acceptance_Required__c": True,
        "Service_Region__c": "EMEA",
    }
    opportunity = crm.opportunity(**terms)
    assert shown(crm, opportunity, *terms) == list(terms.values())
    sold = {
        "Service_Start__c": "2026-02-01",
        "Service_End__c": "2026-04-30",
        "Billing_Plan__c": "In Advance Monthly",
        "Milestone_Date__c": "2026-03-31",
        "Stand_Alone_Price__c": Decimal("1800.25"),
    }
    record = crm.get("OpportunityLineItem", crm.line(opportunity, **sold))
    assert {name: record[name] for name in sold} == sold


@pytest.mark.parametrize(
    ("sobject", "field", "value"),
    [("Opportunity", "Revenue_Method__c", "By feel"), ("OpportunityLineItem", "Billing_Plan__c", "Sometimes")],
)
def test_terms_outside_their_picklist_are_refused(crm: Client, sobject: str, field: str, value: str) -> None:
    opportunity = crm.opportunity()
    record_id = opportunity if sobject == "Opportunity" else crm.line(opportunity)
    refused = crm.send("PATCH", f"sobjects/{sobject}/{record_id}", {field: value})
    assert error(refused) == (400, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", [field])


def test_a_deal_started_at_risk_may_still_be_lost_and_a_lost_one_won(crm: Client) -> None:
    opportunity = crm.opportunity(At_Risk_Start__c=True, Amount=100)
    crm.update("Opportunity", opportunity, StageName="Closed Lost")
    assert shown(crm, opportunity, "IsClosed", "IsWon", "Probability", "ForecastCategoryName", "ExpectedRevenue") == [
        True, False, 0, "Omitted", 0,
    ]  # fmt: skip
    crm.update("Opportunity", opportunity, StageName="Closed Won")
    assert shown(crm, opportunity, "IsClosed", "IsWon", "At_Risk_Start__c") == [True, True, True]


# -- lines ------------------------------------------------------------------------------------------------------------


def test_the_first_line_sets_amount_and_pricebook(crm: Client) -> None:
    opportunity = crm.opportunity(Amount=5)
    line = crm.line(opportunity, Quantity=Decimal("2.5"), UnitPrice=Decimal("150.01"))
    record = crm.get("OpportunityLineItem", line)
    # 2.5 x 150.01 = 375.025, a half cent away from zero.
    assert (record["TotalPrice"], record["ListPrice"]) == (Decimal("375.03"), Decimal("150.0"))
    assert (record["CurrencyIsoCode"], record["ProductCode"], record["Name"]) == ("EUR", "CONS", "Deal Consulting")
    book = crm.query("SELECT Id FROM Pricebook2 WHERE IsStandard = true")[0]["Id"]
    assert shown(crm, opportunity, "Amount", "HasOpportunityLineItem", "Pricebook2Id", "ExpectedRevenue") == [
        Decimal("375.03"),
        True,
        book,
        Decimal("37.5"),
    ]


def test_with_lines_writing_the_amount_is_ignored_without_a_word(crm: Client) -> None:
    opportunity = crm.opportunity()
    crm.line(opportunity)
    transactions = crm.mock.transactions
    crm.update("Opportunity", opportunity, Amount=1)
    assert shown(crm, opportunity, "Amount") == [1500]
    assert crm.mock.transactions == transactions
    crm.update("Opportunity", opportunity, Amount=1, NextStep="sign")
    assert shown(crm, opportunity, "Amount", "NextStep") == [1500, "sign"]


def test_changing_and_deleting_lines_moves_the_amount(crm: Client) -> None:
    opportunity = crm.opportunity(StageName="Closed Won")
    line, other = crm.line(opportunity), crm.line(opportunity, Quantity=1, UnitPrice=100)
    crm.update("OpportunityLineItem", line, Quantity=20)
    assert shown(crm, opportunity, "Amount") == [3100]
    crm.update("OpportunityLineItem", line, UnitPrice=100)
    assert shown(crm, opportunity, "Amount", "ExpectedRevenue") == [2100, 2100]
    crm.delete("OpportunityLineItem", line)
    assert shown(crm, opportunity, "Amount") == [100]
    crm.delete("OpportunityLineItem", other)
    assert shown(crm, opportunity, "Amount", "HasOpportunityLineItem") == [0, False]
    crm.update("Opportunity", opportunity, Amount=7)
    assert shown(crm, opportunity, "Amount") == [7]


def test_a_line_may_name_its_product_instead_of_the_entry(crm: Client) -> None:
    product = crm.query("SELECT Id FROM Product2 WHERE ProductCode = 'CONS'")[0]["Id"]
    opportunity = crm.opportunity(CurrencyIsoCode="USD")
    line = crm.create(
        "OpportunityLineItem", OpportunityId=opportunity, Product2Id=product, Quantity=1, UnitPrice=Decimal(160)
    )
    record = crm.get("OpportunityLineItem", line)
    assert (record["PricebookEntryId"], record["ListPrice"]) == (crm.entry("CONS", "USD"), Decimal("165.5"))


def test_a_total_may_be_given_instead_of_a_unit_price(crm: Client) -> None:
    opportunity = crm.opportunity()
    line = crm.create(
        "OpportunityLineItem", OpportunityId=opportunity, PricebookEntryId=crm.entry(), Quantity=3, TotalPrice=100
    )
    record = crm.get("OpportunityLineItem", line)
    assert (record["UnitPrice"], record["TotalPrice"], record["Subtotal"]) == (Decimal("33.33"), 100, Decimal("99.99"))
    assert shown(crm, opportunity, "Amount") == [100]


def test_a_discount_lowers_the_total(crm: Client) -> None:
    opportunity = crm.opportunity()
    line = crm.line(opportunity, Discount=Decimal("12.5"))
    record = crm.get("OpportunityLineItem", line)
    assert (record["Subtotal"], record["TotalPrice"]) == (1500, Decimal("1312.5"))


def test_a_line_code_finds_its_line_and_repeats_harmlessly(crm: Client) -> None:
    opportunity = crm.opportunity()
    path = "sobjects/OpportunityLineItem/Contract_Line_Code__c/E-1-L1"
    body = {"OpportunityId": opportunity, "PricebookEntryId": crm.entry(), "Quantity": 1, "UnitPrice": 10}
    assert crm.send("PATCH", path, {**body, "Budget_Hours__c": 80}).status == 201
    transactions = crm.mock.transactions
    for again in ({**body, "Budget_Hours__c": 80}, {"Quantity": 1}, {"OpportunityId": opportunity[:15]}):
        assert crm.send("PATCH", path, again).status == 200
    assert crm.mock.transactions == transactions
    assert shown(crm, opportunity, "Amount") == [10]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"Quantity": None, "UnitPrice": 1}, (400, "REQUIRED_FIELD_MISSING", ["Quantity"])),
        ({"UnitPrice": None}, (400, "REQUIRED_FIELD_MISSING", ["UnitPrice"])),
        ({"PricebookEntryId": None}, (400, "REQUIRED_FIELD_MISSING", ["PricebookEntryId"])),
        ({"TotalPrice": 1500}, (400, "FIELD_INTEGRITY_EXCEPTION", ["UnitPrice", "TotalPrice"])),
        ({"UnitPrice": None, "TotalPrice": 1, "Discount": 5}, (400, "FIELD_INTEGRITY_EXCEPTION", ["TotalPrice"])),
        ({"Quantity": 0}, (400, "FIELD_INTEGRITY_EXCEPTION", ["Quantity"])),
        ({"Quantity": 10**9, "UnitPrice": 10**12}, (400, "NUMBER_OUTSIDE_VALID_RANGE", ["Subtotal"])),
        ({"ListPrice": 1}, (400, "INVALID_FIELD_FOR_INSERT_UPDATE", ["ListPrice"])),
        ({"CurrencyIsoCode": "EUR"}, (400, "INVALID_FIELD_FOR_INSERT_UPDATE", ["CurrencyIsoCode"])),
    ],
)
def test_a_line_that_does_not_fit_is_refused_and_the_amount_stays(
    crm: Client, change: dict[str, Any], expected: tuple[int, str, list[str]]
) -> None:
    opportunity = crm.opportunity(Amount=5)
    good = {"OpportunityId": opportunity, "PricebookEntryId": crm.entry(), "Quantity": 10, "UnitPrice": 150}
    before = crm.mock.dump()
    assert error(crm.send("POST", "sobjects/OpportunityLineItem", {**good, **change})) == expected
    assert crm.mock.dump() == before


def test_an_entry_must_fit_the_opportunitys_currency_book_and_product(crm: Client) -> None:
    opportunity = crm.opportunity()
    product = crm.query("SELECT Id FROM Product2 WHERE ProductCode = 'FIX'")[0]["Id"]
    base = {"OpportunityId": opportunity, "Quantity": 1, "UnitPrice": 1}
    integrity = "FIELD_INTEGRITY_EXCEPTION"
    dollars = crm.send("POST", "sobjects/OpportunityLineItem", {**base, "PricebookEntryId": crm.entry("CONS", "USD")})
    assert error(dollars) == (400, integrity, ["PricebookEntryId"])
    both = {**base, "PricebookEntryId": crm.entry(), "Product2Id": product}
    assert error(crm.send("POST", "sobjects/OpportunityLineItem", both)) == (400, integrity, ["Product2Id"])
    own_book = crm.create("Pricebook2", Name="Own", IsActive=True)
    crm.update("Opportunity", opportunity, Pricebook2Id=own_book)
    standard = crm.send("POST", "sobjects/OpportunityLineItem", {**base, "PricebookEntryId": crm.entry()})
    assert error(standard) == (400, integrity, ["PricebookEntryId"])
    by_product = crm.send("POST", "sobjects/OpportunityLineItem", {**base, "Product2Id": product})
    assert error(by_product) == (400, integrity, ["Product2Id"])
    asleep = crm.create("PricebookEntry", Pricebook2Id=own_book, Product2Id=product, UnitPrice=1)
    inactive = crm.send("POST", "sobjects/OpportunityLineItem", {**base, "PricebookEntryId": asleep})
    assert error(inactive) == (400, integrity, ["PricebookEntryId"])
    crm.update("PricebookEntry", asleep, IsActive=True)
    assert crm.send("POST", "sobjects/OpportunityLineItem", {**base, "Product2Id": product}).status == 201


@pytest.mark.parametrize("field", ["CurrencyIsoCode", "Pricebook2Id"])
def test_currency_and_pricebook_are_fixed_once_there_are_lines(crm: Client, field: str) -> None:
    opportunity = crm.opportunity()
    crm.line(opportunity)
    value = "USD" if field == "CurrencyIsoCode" else crm.create("Pricebook2", Name="Own", IsActive=True)
    response = crm.send("PATCH", f"sobjects/Opportunity/{opportunity}", {field: value})
    assert error(response) == (400, "FIELD_INTEGRITY_EXCEPTION", [field])


def test_a_line_cannot_move_to_another_opportunity(crm: Client) -> None:
    line = crm.line(crm.opportunity())
    response = crm.send("PATCH", f"sobjects/OpportunityLineItem/{line}", {"OpportunityId": crm.opportunity("Other")})
    assert error(response) == (400, "INVALID_FIELD_FOR_INSERT_UPDATE", ["OpportunityId"])
    assert len(crm.query("SELECT Id FROM OpportunityLineItem WHERE Opportunity.Name = 'Deal'")) == 1


# -- properties -------------------------------------------------------------------------------------------------------

QUANTITIES = st.decimals(min_value=Decimal("-99.99"), max_value=Decimal("99.99"), places=2).filter(bool)
PRICES = st.decimals(min_value=0, max_value=9999, places=2)
DEEDS = st.lists(st.tuples(st.sampled_from("aaud"), st.integers(0, 5), QUANTITIES, PRICES), max_size=10)


@settings(max_examples=25, deadline=None)
@given(DEEDS)
def test_the_amount_is_always_the_sum_of_the_rounded_lines(deeds: list[tuple[str, int, Decimal, Decimal]]) -> None:
    crm = Client()
    opportunity, entry = crm.opportunity(Amount=1), crm.entry()
    lines: dict[str, Decimal] = {}
    had_lines = False
    for kind, which, quantity, price in deeds:
        line = list(lines)[which % len(lines)] if lines else ""
        if kind == "a":
            line = crm.line(opportunity, PricebookEntryId=entry, Quantity=quantity, UnitPrice=price)
        elif kind == "u" and line:
            crm.update("OpportunityLineItem", line, Quantity=quantity, UnitPrice=price)
        elif kind == "d" and line:
            crm.delete("OpportunityLineItem", line)
            del lines[line]
        if kind in "au" and line:
            had_lines = True
            lines[line] = (quantity * price).quantize(CENT, ROUND_HALF_UP)
        expected = sum(lines.values(), Decimal(0)) if had_lines else Decimal(1)
        assert shown(crm, opportunity, "Amount", "HasOpportunityLineItem") == [expected, bool(lines)]


@given(QUANTITIES, PRICES, st.decimals(min_value=0, max_value=100, places=2))
def test_a_line_total_is_rounded_once(quantity: Decimal, price: Decimal, discount: Decimal) -> None:
    exact = quantity * price * (100 - discount) / 100
    expected = int(exact.quantize(CENT, ROUND_HALF_UP) * 10_000)
    assert line_total(int(quantity * 10_000), int(price * 10_000), int(discount * 10_000)) == expected
