"""The smallest sensible tenant: organisation, users, stages, currencies, standard pricebook, the clients handed in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mocks.crm import rules
from mocks.crm.organisation import ORG_ZONE, Desk
from mocks.crm.records import STANDARD
from mocks.crm.records_organisation import STAGES
from sandbox.core.money import SCALE, exponent, round_half_away, to_scaled

if TYPE_CHECKING:
    from mocks.crm.system import Crm
    from sandbox.core.tenants import CrmAccount, CrmTenant, CrmUser

_LOCALE = {"LocaleSidKey": "en_US", "LanguageLocaleKey": "en_US", "TimeZoneSidKey": ORG_ZONE}


def seed(mock: Crm, tenant: CrmTenant) -> None:
    """Fill a fresh tenant; its records belong to the first user."""
    mock.store.creator = mock.org.first_user_id
    _organisation(mock, tenant)
    _catalogue(mock, tenant)
    desk = Desk(mock.store, mock.org, mock.org.first_user_id, mock.context.clock.now_us())
    for account in tenant.accounts:
        # Records that were there before the tenant added to them lack what it now requires.
        rules.create(desk, STANDARD.by_name["Account"], _account(account))


def user_id(mock: Crm, username: str) -> str:
    """The id of a user's record, known before it is there."""
    return mock.make_id(STANDARD.by_name["User"].record_type, f"user {username}")


def _organisation(mock: Crm, tenant: CrmTenant) -> None:
    organisation = {
        "Id": mock.org.id,
        "Name": tenant.organization,
        "IsSandbox": 1,
        "OrganizationType": "Developer Edition",
        "InstanceName": "SBX",
        "DefaultLocaleSidKey": "en_US",
        "LanguageLocaleKey": "en_US",
        "TimeZoneSidKey": ORG_ZONE,
        "FiscalYearStartMonth": 1,
    }
    _add(mock, "Organization", organisation, tenant.organization)
    for user in tenant.users:
        _add(mock, "User", _user(mock, user), user.username)
    for order, (name, stage) in enumerate(STAGES.items(), start=1):
        values = {
            "MasterLabel": name,
            "ApiName": name,
            "IsActive": 1,
            "SortOrder": order,
            "IsClosed": int(stage.closed),
            "IsWon": int(stage.won),
            "ForecastCategoryName": stage.forecast,
            "DefaultProbability": stage.probability * SCALE,
        }
        _add(mock, "OpportunityStage", values, name)
    for code in tenant.currencies:
        values = {
            "IsoCode": code,
            "DecimalPlaces": exponent(code),
            "IsActive": 1,
            "IsCorporate": int(code == tenant.corporate_currency),
        }
        _add(mock, "CurrencyType", values, code)


def _account(account: CrmAccount) -> dict[str, Any]:
    values: dict[str, Any] = {
        "Name": account.name,
        "AccountNumber": account.code,
        "BillingCountry": account.country,
        "CurrencyIsoCode": account.currency,
        "VAT_Number__c": account.vat_number,
    }
    # Only what is set: the id derives from the values.
    if account.state is not None:
        values["BillingState"] = account.state
    if account.credit_hold:
        values["Credit_Hold__c"] = 1
    if account.withholding_percent is not None:
        values["Withholding_Percent__c"] = to_scaled(round_half_away(account.withholding_percent, 2))
    return values


def _user(mock: Crm, user: CrmUser) -> dict[str, Any]:
    return {
        "Id": user_id(mock, user.username),
        "Username": user.username.lower(),
        "FirstName": user.first_name,
        "LastName": user.last_name,
        "Name": f"{user.first_name} {user.last_name}",
        "Email": user.username.lower(),
        "Alias": (user.first_name[:1] + user.last_name[:4]).lower(),
        "IsActive": 1,
        **_LOCALE,
        "EmailEncodingKey": "UTF-8",
        "UserType": "Standard",
        "CurrencyIsoCode": mock.org.corporate_currency,
    }


def _catalogue(mock: Crm, tenant: CrmTenant) -> None:
    book = {"Name": "Standard Price Book", "IsActive": 1, "IsStandard": 1}
    book_id = _add(mock, "Pricebook2", book, "standard")
    for product in tenant.products:
        values = {
            "Name": product.name,
            "ProductCode": product.code,
            "Family": product.family,
            "IsActive": 1,
            "CurrencyIsoCode": mock.org.corporate_currency,
        }
        product_id = _add(mock, "Product2", values, product.code)
        for code, price in product.prices.items():
            entry = {
                "Pricebook2Id": book_id,
                "Product2Id": product_id,
                "Name": product.name,
                "ProductCode": product.code,
                "UnitPrice": to_scaled(round_half_away(price, 2)),
                "IsActive": 1,
                "CurrencyIsoCode": code,
            }
            _add(mock, "PricebookEntry", entry, f"{product.code} {code}")


def _add(mock: Crm, name: str, values: dict[str, Any], label: str) -> str:
    row = mock.store.insert(name, {**values, "LastModifiedById": mock.org.first_user_id}, label=f"{name} {label}")
    return str(row["Id"])
