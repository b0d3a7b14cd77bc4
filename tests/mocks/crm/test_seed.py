"""What a fresh tenant holds: organisation, users, stages, currencies, pricebook, clients."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from mocks.crm.system import Crm
from mocks.kit.app import Context
from sandbox.core.chance import Chance
from sandbox.core.clock import ManualClock
from sandbox.core.damage import NoFaults
from sandbox.core.observe import Unobserved
from sandbox.core.tenants import CrmAccount
from sandbox.core.wire import Request
from tests.mocks.crm.client import EPOCH, Client, make, tenant


def test_clients_come_with_code_country_and_currency(crm: Client) -> None:
    rows = crm.query(
        "SELECT Name, AccountNumber, BillingCountry, CurrencyIsoCode, VAT_Number__c, Owner.Username FROM Account "
        "ORDER BY AccountNumber"
    )
    assert [tuple(row[name] for name in list(row)[1:-1]) for row in rows] == [
        ("Acme", "C-1", "DE", "EUR", "DE123"),
        ("Globex", "C-2", "US", "USD", None),
        ("initech", "C-3", "US", "USD", None),
    ]
    assert {row["Owner"]["Username"] for row in rows} == {"sales@firm.example"}


def test_a_client_may_come_with_a_state_a_hold_and_a_withholding() -> None:
    held = CrmAccount(
        "C-9", "Slow payer", "US", "USD", None, "CA", credit_hold=True, withholding_percent=Decimal("12.5")
    )
    context = Context(ManualClock(EPOCH), Chance(1), Unobserved(), NoFaults())
    crm = Client(Crm(context, replace(tenant(), accounts=(held,))))
    (row,) = crm.query("SELECT BillingState, Credit_Hold__c, Withholding_Percent__c FROM Account")
    assert list(row.values())[1:] == ["CA", True, Decimal("12.5")]


def test_every_product_has_a_standard_price_in_each_of_its_currencies(crm: Client) -> None:
    rows = crm.query(
        "SELECT ProductCode, CurrencyIsoCode, UnitPrice, IsActive, Pricebook2.IsStandard, Product2.Family "
        "FROM PricebookEntry ORDER BY ProductCode, CurrencyIsoCode"
    )
    assert [(row["ProductCode"], row["CurrencyIsoCode"], row["UnitPrice"]) for row in rows] == [
        ("CONS", "EUR", Decimal("150.0")),
        ("CONS", "USD", Decimal("165.5")),
        ("FIX", "EUR", Decimal("1.0")),
    ]
    assert all(row["IsActive"] and row["Pricebook2"]["IsStandard"] for row in rows)
    assert {row["Product2"]["Family"] for row in rows} == {"Services"}


def test_stages_users_currencies_and_organisation_can_be_read(crm: Client) -> None:
    stages = crm.query("SELECT MasterLabel, DefaultProbability, IsWon FROM OpportunityStage ORDER BY SortOrder")
    assert [stage["MasterLabel"] for stage in stages][:2] == ["Prospecting", "Qualification"]
    assert [stage["MasterLabel"] for stage in stages if stage["IsWon"]] == ["Closed Won"]
    assert crm.column("SELECT Username FROM User ORDER BY Username", "Username") == [
        "sales@firm.example",
        "sync@firm.example",
    ]
    assert crm.column("SELECT IsoCode FROM CurrencyType WHERE IsCorporate = true", "IsoCode") == ["EUR"]
    organization = crm.query("SELECT Id, Name, IsSandbox FROM Organization")
    assert [(each["Id"], each["Name"], each["IsSandbox"]) for each in organization] == [
        (crm.mock.org.id, "The Firm", True)
    ]


def test_the_seed_announces_nothing() -> None:
    mock = make()
    assert mock.feeds["changes"].last_position() == 0
    assert mock.transactions == 1
    assert mock.handle(Request("GET", "/_sandbox/health")).json()["now"] == "2026-01-12T00:00:00Z"
