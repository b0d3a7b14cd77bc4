"""Orders: drafted with products, activated, and from then on as they were signed; change orders among them."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from sandbox.core.clock import HOUR_US, ManualClock
from tests.mocks.crm.client import EPOCH, Client, error, make

ACTIVE = {"Status": "Activated"}


def order(crm: Client, **fields: Any) -> str:
    book = crm.query("SELECT Id FROM Pricebook2 WHERE IsStandard = true")[0]["Id"]
    given = {"AccountId": crm.account(), "EffectiveDate": "2026-02-01", "Status": "Draft", "Pricebook2Id": book}
    return crm.create("Order", **{**given, **fields})


def item(crm: Client, order_id: str, **fields: Any) -> str:
    given = {"OrderId": order_id, "PricebookEntryId": crm.entry(), "Quantity": 10, "UnitPrice": 150}
    return crm.create("OrderItem", **{**given, **fields})


def change_order(crm: Client, number: str = "CO-1", **fields: Any) -> str:
    return order(crm, Type="Change Order", Change_Order_Number__c=number, **fields)


def activated(crm: Client) -> tuple[str, str]:
    """A change order of one product, signed."""
    order_id = change_order(crm)
    item_id = item(crm, order_id)
    crm.update("Order", order_id, Status="Activated")
    return order_id, item_id


# -- drafting ---------------------------------------------------------------------------------------------------------


def test_an_order_begins_as_a_draft_with_a_number_and_no_value(crm: Client) -> None:
    records = [crm.get("Order", order(crm)) for _ in range(2)]
    for record in records:
        assert (record["StatusCode"], record["ActivatedDate"], record["TotalAmount"]) == ("Draft", None, 0)
        assert (record["CurrencyIsoCode"], record["IsReductionOrder"]) == ("EUR", False)
    assert len({record["OrderNumber"] for record in records}) == 2


def test_products_add_up_to_the_order(crm: Client) -> None:
    order_id = order(crm)
    # 2.5 x 150.01 = 375.025, a half cent away from zero.
    first = item(crm, order_id, Quantity=Decimal("2.5"), UnitPrice=Decimal("150.01"))
    second = item(crm, order_id, Contract_Line_Code__c="E-1-L1", Budget_Hours__c=8)
    record = crm.get("OrderItem", first)
    assert (record["TotalPrice"], record["ListPrice"], record["CurrencyIsoCode"]) == (Decimal("375.03"), 150, "EUR")
    assert crm.get("Order", order_id)["TotalAmount"] == Decimal("1875.03")
    crm.update("OrderItem", second, Quantity=1)
    assert crm.get("Order", order_id)["TotalAmount"] == Decimal("525.03")
    crm.delete("OrderItem", first)
    assert crm.get("Order", order_id)["TotalAmount"] == 150


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"AccountId": None}, (400, "REQUIRED_FIELD_MISSING", ["AccountId"])),
        ({"Status": None, "EffectiveDate": None}, (400, "REQUIRED_FIELD_MISSING", ["EffectiveDate", "Status"])),
        ({"Status": "Signed"}, (400, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", ["Status"])),
        (ACTIVE, (400, "FAILED_ACTIVATION", ["Status"])),
        ({"EndDate": "2026-01-31"}, (400, "FIELD_INTEGRITY_EXCEPTION", ["EndDate"])),
        ({"Change_Treatment__c": "Hope"}, (400, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", ["Change_Treatment__c"])),
        ({"IsReductionOrder": True}, (400, "INVALID_FIELD_FOR_INSERT_UPDATE", ["IsReductionOrder"])),
        ({"TotalAmount": 1}, (400, "INVALID_FIELD_FOR_INSERT_UPDATE", ["TotalAmount"])),
        ({"OriginalOrderId": None}, (400, "INVALID_FIELD", None)),
    ],
)
def test_an_order_that_does_not_fit_is_refused(
    crm: Client, body: dict[str, Any], expected: tuple[int, str, list[str] | None]
) -> None:
    given = {"AccountId": crm.account(), "EffectiveDate": "2026-02-01", "Status": "Draft", **body}
    before = crm.mock.dump()
    assert error(crm.send("POST", "sobjects/Order", given)) == expected
    assert crm.mock.dump() == before


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"PricebookEntryId": None}, (400, "REQUIRED_FIELD_MISSING", ["PricebookEntryId"])),
        ({"UnitPrice": None}, (400, "REQUIRED_FIELD_MISSING", ["UnitPrice"])),
        ({"Quantity": 0}, (400, "FIELD_INTEGRITY_EXCEPTION", ["Quantity"])),
        ({"Quantity": -1}, (400, "FIELD_INTEGRITY_EXCEPTION", ["Quantity"])),
        ({"UnitPrice": -1}, (400, "FIELD_INTEGRITY_EXCEPTION", ["UnitPrice"])),
        (
            {"ServiceDate": "2026-02-02", "EndDate": "2026-02-01"},
            (400, "FIELD_INTEGRITY_EXCEPTION", ["EndDate"]),
        ),
        ({"Quantity": 10**9, "UnitPrice": 10**12}, (400, "NUMBER_OUTSIDE_VALID_RANGE", ["TotalPrice"])),
        ({"Product2Id": "01t000000000001"}, (400, "INVALID_FIELD_FOR_INSERT_UPDATE", ["Product2Id"])),
    ],
)
def test_a_product_that_does_not_fit_is_refused(
    crm: Client, body: dict[str, Any], expected: tuple[int, str, list[str]]
) -> None:
    given = {"OrderId": order(crm), "PricebookEntryId": crm.entry(), "Quantity": 1, "UnitPrice": 1, **body}
    before = crm.mock.dump()
    assert error(crm.send("POST", "sobjects/OrderItem", given)) == expected
    assert crm.mock.dump() == before


def test_products_must_fit_the_orders_pricebook_and_currency(crm: Client) -> None:
    body = {"PricebookEntryId": crm.entry(), "Quantity": 1, "UnitPrice": 1}
    for order_id in (order(crm, Pricebook2Id=None), order(crm, CurrencyIsoCode="USD")):
        refused = crm.send("POST", "sobjects/OrderItem", {**body, "OrderId": order_id})
        assert error(refused) == (400, "FIELD_INTEGRITY_EXCEPTION", ["PricebookEntryId"])


@pytest.mark.parametrize("field", ["Pricebook2Id", "CurrencyIsoCode", "Type"])
def test_what_prices_hang_on_is_fixed_while_there_are_products(crm: Client, field: str) -> None:
    order_id = change_order(crm)
    new_book = crm.create("Pricebook2", Name="Own", IsActive=True)
    value = {"Pricebook2Id": new_book, "CurrencyIsoCode": "USD", "Type": "New Business"}[field]
    product = item(crm, order_id)
    refused = crm.send("PATCH", f"sobjects/Order/{order_id}", {field: value})
    assert error(refused) == (400, "FIELD_INTEGRITY_EXCEPTION", [field])
    crm.delete("OrderItem", product)
    crm.update("Order", order_id, **{field: value})


def test_an_order_agrees_with_its_contract(crm: Client) -> None:
    contract = crm.create("Contract", AccountId=crm.account("Globex"), StartDate="2026-03-01")
    body = {"EffectiveDate": "2026-03-01", "Status": "Draft", "ContractId": contract}
    other = crm.send("POST", "sobjects/Order", {**body, "AccountId": crm.account()})
    assert error(other) == (400, "FIELD_INTEGRITY_EXCEPTION", ["ContractId"])
    body["AccountId"] = crm.account("Globex")
    early = crm.send("POST", "sobjects/Order", {**body, "EffectiveDate": "2026-02-28"})
    assert error(early) == (400, "FIELD_INTEGRITY_EXCEPTION", ["EffectiveDate"])
    assert crm.send("POST", "sobjects/Order", body).status == 201


# -- signing ----------------------------------------------------------------------------------------------------------


def test_activation_needs_a_product_and_is_stamped() -> None:
    clock = ManualClock(EPOCH)
    crm = Client(make(clock))
    order_id = change_order(crm)
    empty = crm.send("PATCH", f"sobjects/Order/{order_id}", ACTIVE)
    assert error(empty) == (400, "FAILED_ACTIVATION", ["Status"])
    item(crm, order_id)
    clock.advance_to(HOUR_US)
    crm.update("Order", order_id, **ACTIVE)
    record = crm.get("Order", order_id)
    assert (record["StatusCode"], record["ActivatedById"]) == ("Activated", crm.user_id)
    assert record["ActivatedDate"] == "2026-01-12T01:00:00.000+0000"


def test_products_of_an_activated_order_stay_as_they_are(crm: Client) -> None:
    order_id, item_id = activated(crm)
    before = crm.mock.dump()
    added = {"OrderId": order_id, "PricebookEntryId": crm.entry(), "Quantity": 1, "UnitPrice": 1}
    integrity = (400, "FIELD_INTEGRITY_EXCEPTION", ["OrderId"])
    assert error(crm.send("POST", "sobjects/OrderItem", added)) == integrity
    assert error(crm.send("PATCH", f"sobjects/OrderItem/{item_id}", {"UnitPrice": 1})) == integrity
    assert error(crm.send("DELETE", f"sobjects/OrderItem/{item_id}")) == (400, "DELETE_FAILED", [])
    whole = crm.send("DELETE", f"sobjects/Order/{order_id}")
    assert error(whole) == (400, "DELETE_FAILED", [])
    assert whole.json()[0]["message"].endswith("associated with its activation")
    assert crm.mock.dump() == before


@pytest.mark.parametrize(
    ("field", "value"),
    [("AccountId", "Globex"), ("EffectiveDate", "2026-05-01"), ("Type", "New Business"), ("ContractId", None)],
)
def test_what_was_signed_cannot_be_changed(crm: Client, field: str, value: Any) -> None:
    contract = crm.create("Contract", AccountId=crm.account())
    order_id = change_order(crm, ContractId=contract)
    item(crm, order_id)
    crm.update("Order", order_id, **ACTIVE)
    given = crm.account(value) if field == "AccountId" else value
    refused = crm.send("PATCH", f"sobjects/Order/{order_id}", {field: given})
    assert error(refused) == (400, "FIELD_INTEGRITY_EXCEPTION", [field])


def test_what_is_decided_later_can_still_be_written(crm: Client) -> None:
    order_id, _ = activated(crm)
    crm.update("Order", order_id, Change_Treatment__c="Prospective", Description="decided")
    assert crm.get("Order", order_id)["Change_Treatment__c"] == "Prospective"


def test_a_deactivated_order_is_a_draft_again(crm: Client) -> None:
    order_id, item_id = activated(crm)
    crm.update("Order", order_id, Status="Draft")
    record = crm.get("Order", order_id)
    assert (record["StatusCode"], record["ActivatedDate"], record["ActivatedById"]) == ("Draft", None, None)
    crm.update("OrderItem", item_id, UnitPrice=100)
    assert crm.get("Order", order_id)["TotalAmount"] == 1000


def test_an_account_with_orders_stays(crm: Client) -> None:
    account = crm.create("Account", Name="Busy")
    order(crm, AccountId=account)
    assert error(crm.send("DELETE", f"sobjects/Account/{account}")) == (400, "DELETE_FAILED", [])


# -- change orders ----------------------------------------------------------------------------------------------------


def test_a_change_order_is_found_by_its_number_and_repeats_harmlessly(crm: Client) -> None:
    opportunity = crm.opportunity(Engagement_Code__c="E-1")
    path = "sobjects/Order/Change_Order_Number__c/CO-7"
    body = {
        "AccountId": crm.account(),
        "OpportunityId": opportunity,
        "EffectiveDate": "2026-02-01",
        "Status": "Draft",
        "Type": "Change Order",
        "Budget_Hours_Change__c": Decimal("-12.5"),
        "Project_End__c": "2026-09-30",
        "Approved_On__c": "2026-01-30",
    }
    assert crm.send("PATCH", path, body).status == 201
    transactions = crm.mock.transactions
    assert crm.send("PATCH", path, body).status == 200
    assert crm.mock.transactions == transactions
    record = crm.send("GET", path).json()
    assert (record["Budget_Hours_Change__c"], record["Change_Treatment__c"]) == (Decimal("-12.5"), None)
    clash = crm.send("POST", "sobjects/Order", {**body, "Change_Order_Number__c": "co-7"})
    assert error(clash) == (400, "DUPLICATE_VALUE", [])


def test_a_change_order_may_take_away(crm: Client) -> None:
    order_id = change_order(crm)
    item(crm, order_id, Quantity=Decimal("0.5"), UnitPrice=Decimal("-100.01"))
    # 0.5 x -100.01 = -50.005, rounded away from zero.
    assert crm.get("Order", order_id)["TotalAmount"] == Decimal("-50.01")
    crm.update("Order", order_id, **ACTIVE)


def test_orders_and_products_are_queried_through_their_parents(crm: Client) -> None:
    opportunity = crm.opportunity(AccountId=crm.account(), Engagement_Code__c="E-1")
    order_id = change_order(crm, OpportunityId=opportunity)
    item(crm, order_id, Contract_Line_Code__c="E-1-L1")
    (row,) = crm.query(
        "SELECT Order.Opportunity.Engagement_Code__c, Order.Account.Name, Order.OrderNumber FROM OrderItem "
        "WHERE Order.Type = 'Change Order' AND Order.Opportunity.Engagement_Code__c = 'E-1' ORDER BY Order.OrderNumber"
    )
    assert row["Order"]["Opportunity"]["Engagement_Code__c"] == "E-1"
    assert row["Order"]["Account"]["Name"] == "Acme"
    assert crm.column("SELECT Id FROM Order ORDER BY OrderNumber", "Id") == [order_id]
    assert crm.column("SELECT o.Id FROM Order o WHERE o.StatusCode = 'Draft'", "Id") == [order_id]


class OrderLife(RuleBasedStateMachine):
    """An order against a model of three variables: its status, its products, whether it may be written.

    The total is the sum of the products' rounded totals, and no refusal ever changes anything.
    """

    def __init__(self) -> None:
        super().__init__()
        self.crm = Client()
        self.order = change_order(self.crm)
        self.entry = self.crm.entry()
        self.active = False
        self.items: dict[str, Decimal] = {}

    @rule(quantity=st.decimals("0.01", "9.99", places=2), price=st.decimals("-9.99", "9.99", places=2))
    def add(self, quantity: Decimal, price: Decimal) -> None:
        body = {"OrderId": self.order, "PricebookEntryId": self.entry, "Quantity": quantity, "UnitPrice": price}
        response = self.crm.send("POST", "sobjects/OrderItem", body)
        assert response.status == (400 if self.active else 201)
        if response.status == 201:
            total = (quantity * price).quantize(Decimal("0.01"), ROUND_HALF_UP)
            self.items[response.json()["id"]] = total

    @rule(which=st.integers(0, 5))
    def remove(self, which: int) -> None:
        if self.items:
            item_id = list(self.items)[which % len(self.items)]
            response = self.crm.send("DELETE", f"sobjects/OrderItem/{item_id}")
            assert response.status == (400 if self.active else 204)
            if not self.active:
                del self.items[item_id]

    @rule(status=st.sampled_from(["Draft", "Activated"]))
    def move(self, status: str) -> None:
        response = self.crm.send("PATCH", f"sobjects/Order/{self.order}", {"Status": status})
        allowed = status == "Draft" or self.active or bool(self.items)
        assert response.status == (204 if allowed else 400)
        if allowed:
            self.active = status == "Activated"

    @invariant()
    def the_order_is_the_model(self) -> None:
        record = self.crm.get("Order", self.order)
        assert record["StatusCode"] == ("Activated" if self.active else "Draft")
        assert (record["ActivatedDate"] is not None) is self.active
        assert record["TotalAmount"] == sum(self.items.values(), Decimal(0))


OrderLife.TestCase.settings = settings(max_examples=15, stateful_step_count=12, deadline=None)
TestOrderLife = OrderLife.TestCase
