"""What a fresh tenant of each system holds: handed in by the firm, filled in by the mock's ``seed.py``.

Values only. Names are this project's own; each mock translates them into its vendor's records. Rates are per hour.
``people`` maps a user name to the token that opens the person surface; no engine ever has one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from sandbox.core.periods import Period


@dataclass(frozen=True, slots=True)
class HrisWorker:
    """Somebody employed before the scenario begins."""

    employee_id: str
    first_name: str
    last_name: str
    email: str
    hire_date: date
    grade: str
    company: str
    location: str
    manager_employee_id: str | None


@dataclass(frozen=True, slots=True)
class HrisTenant:
    """Workday: tenant name, the integration system user, HR people, workers."""

    tenant: str
    username: str
    password: str
    people: Mapping[str, str]
    workers: tuple[HrisWorker, ...]


@dataclass(frozen=True, slots=True)
class CrmUser:
    """A user who logs in by the OAuth password grant."""

    username: str
    password: str
    first_name: str
    last_name: str


@dataclass(frozen=True, slots=True)
class CrmProduct:
    """A product with its entry in the standard pricebook, one list price per currency."""

    code: str
    name: str
    family: str
    prices: Mapping[str, Decimal]


@dataclass(frozen=True, slots=True)
class CrmAccount:
    """A client known before the scenario begins. ``code`` is the firm's own client code."""

    code: str
    name: str
    country: str
    currency: str
    vat_number: str | None = None


@dataclass(frozen=True, slots=True)
class CrmTenant:
    """Salesforce: organisation, connected app, users, currencies, pricebook, clients."""

    organization: str
    consumer_key: str
    consumer_secret: str
    users: tuple[CrmUser, ...]
    corporate_currency: str
    currencies: tuple[str, ...]
    products: tuple[CrmProduct, ...]
    accounts: tuple[CrmAccount, ...] = ()


@dataclass(frozen=True, slots=True)
class PsaUser:
    """A user with a token of their own. ``permission`` as Kantata spells it (administrator, project_lead, ...)."""

    full_name: str
    email: str
    token: str
    permission: str
    role: str | None = None
    employee_id: str | None = None


@dataclass(frozen=True, slots=True)
class RateVersion:
    """Rates per role that hold from a date on."""

    effective: date
    rates: Mapping[str, Decimal]


@dataclass(frozen=True, slots=True)
class PsaRateCard:
    """One rate card: name, currency, versions by date."""

    name: str
    currency: str
    versions: tuple[RateVersion, ...]


@dataclass(frozen=True, slots=True)
class PsaTenant:
    """Kantata: account, users (the engine's among them), roles, rate cards."""

    account: str
    users: tuple[PsaUser, ...]
    roles: tuple[str, ...]
    rate_cards: tuple[PsaRateCard, ...]
    people: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ErpSubsidiary:
    """A legal entity. ``tax_rate`` (a fraction) applies to clients of the same country, others are zero-rated."""

    code: str
    name: str
    country: str
    currency: str
    tax_rate: Decimal


@dataclass(frozen=True, slots=True)
class ErpAccount:
    """A ledger account. ``kind`` is the vendor's account type (Bank, AcctRec, OthCurrAsset, Income, COGS, ...)."""

    number: str
    name: str
    kind: str


@dataclass(frozen=True, slots=True)
class ErpItem:
    """A service item: one per role (``role`` set, hours are billed with it) or for fixed amounts."""

    code: str
    name: str
    role: str | None = None


@dataclass(frozen=True, slots=True)
class StandardCost:
    """Loaded cost per hour of a role in a legal entity from a date on, in the entity's currency (owner: finance)."""

    role: str
    subsidiary: str
    effective: date
    cost: Decimal


@dataclass(frozen=True, slots=True)
class ErpEmployee:
    """An employee known before the scenario begins."""

    employee_id: str
    first_name: str
    last_name: str
    email: str
    subsidiary: str
    role: str
    hire_date: date


@dataclass(frozen=True, slots=True)
class ErpTenant:
    """NetSuite: account id, token credentials, subsidiaries, chart, periods, items, standard costs, employees."""

    account: str
    consumer_key: str
    consumer_secret: str
    token_id: str
    token_secret: str
    subsidiaries: tuple[ErpSubsidiary, ...]
    chart: tuple[ErpAccount, ...]
    periods: tuple[Period, ...]
    closed: tuple[Period, ...]
    items: tuple[ErpItem, ...]
    standard_costs: tuple[StandardCost, ...]
    employees: tuple[ErpEmployee, ...]
    people: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RevenueOrg:
    """An organisation of the revenue system: one per legal entity, with its functional currency."""

    org_id: int
    code: str
    name: str
    currency: str


@dataclass(frozen=True, slots=True)
class RevenueTenant:
    """Zuora Revenue: the API user, orgs, periods (the first one that is not closed is open)."""

    user: str
    password: str
    role: str
    clientname: str
    orgs: tuple[RevenueOrg, ...]
    periods: tuple[Period, ...]
    closed: tuple[Period, ...]
    people: Mapping[str, str] = field(default_factory=dict)
