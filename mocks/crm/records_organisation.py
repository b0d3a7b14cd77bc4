"""What the tenant consists of: users, the organisation, its stages and currencies. All read-only through the API."""

from __future__ import annotations

from dataclasses import dataclass

from mocks.crm.fields import Column, flag, percent, picklist, shown, text, whole
from mocks.crm.objects import SObject


def _fixed(*columns: Column) -> tuple[Column, ...]:
    return tuple(shown(column) for column in columns)


USER = SObject(
    "User",
    "005",
    "Users",
    _fixed(
        text("Username", 80, indexed=True),
        text("LastName", 80),
        text("FirstName", 40),
        text("Name", 121),
        Column("Email", "email", length=128),
        text("Alias", 8),
        flag("IsActive"),
        picklist("TimeZoneSidKey"),
        picklist("LocaleSidKey"),
        picklist("LanguageLocaleKey"),
        picklist("EmailEncodingKey"),
        picklist("UserType"),
    ),
    writable=False,
    currency="inherited",
)

ORGANIZATION = SObject(
    "Organization",
    "00D",
    "Organizations",
    _fixed(
        text("Name", 80),
        flag("IsSandbox"),
        picklist("OrganizationType"),
        text("InstanceName", 5),
        picklist("DefaultLocaleSidKey"),
        picklist("LanguageLocaleKey"),
        picklist("TimeZoneSidKey"),
        whole("FiscalYearStartMonth"),
    ),
    writable=False,
    currency="none",
)

OPPORTUNITY_STAGE = SObject(
    "OpportunityStage",
    "01J",
    "Opportunity Stages",
    _fixed(
        text("MasterLabel", 255),
        text("ApiName", 255),
        flag("IsActive"),
        whole("SortOrder"),
        flag("IsClosed"),
        flag("IsWon"),
        picklist("ForecastCategoryName"),
        percent("DefaultProbability", 3, 0),
    ),
    writable=False,
    currency="none",
    name_field="MasterLabel",
)

CURRENCY_TYPE = SObject(
    "CurrencyType",
    "01L",
    "Currency Types",
    _fixed(
        picklist("IsoCode", indexed=True),
        whole("DecimalPlaces"),
        flag("IsActive"),
        flag("IsCorporate"),
    ),
    writable=False,
    currency="none",
    name_field="IsoCode",
)


@dataclass(frozen=True, slots=True)
class Stage:
    """What a stage implies for an opportunity in it. ``probability`` in per cent."""

    probability: int
    forecast: str
    closed: bool = False
    won: bool = False


# The stages of a new organisation with its own defaults (section 10; forecast categories from general knowledge).
STAGES = {
    "Prospecting": Stage(10, "Pipeline"),
    "Qualification": Stage(10, "Pipeline"),
    "Needs Analysis": Stage(20, "Pipeline"),
    "Value Proposition": Stage(50, "Pipeline"),
    "Id. Decision Makers": Stage(60, "Pipeline"),
    "Perception Analysis": Stage(70, "Pipeline"),
    "Proposal/Price Quote": Stage(75, "Pipeline"),
    "Negotiation/Review": Stage(90, "Pipeline"),
    "Closed Won": Stage(100, "Closed", closed=True, won=True),
    "Closed Lost": Stage(0, "Omitted", closed=True),
}
# StageName is no restricted picklist: a value outside the table is open and worth nothing until said otherwise
# (assumed).
UNKNOWN_STAGE = Stage(0, "Pipeline")
