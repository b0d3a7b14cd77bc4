"""What a fresh tenant of each system holds: handed in by the firm, filled in by the mock's ``seed.py``.

Values only. Names are this project's own; each mock translates them into its vendor's records. Rates are per hour.
``people`` maps a user name to the token that opens the person surface; no engine ever has one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from sandbox.core.periods import Period
from sandbox.core.tenant_shape import CrmShape, ErpShape, HrisShape, PsaShape, RevenueShape


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
    # Share of full time, more than 0 and at most 1.
    fte: Decimal = Decimal(1)
    # Salary of a full year; None takes the tenant's default.
    annual_base: Decimal | None = None
    currency: str | None = None


@dataclass(frozen=True, slots=True)
class HrisCostRate:
    """What an hour of a job profile costs in a company, from a date on. ``rate_type`` as Workday's people call it."""

    job_profile: str
    company: str
    amount: Decimal
    currency: str
    effective_date: date
    rate_type: str = "Hourly Cost"


@dataclass(frozen=True, slots=True)
class HrisTenant:
    """Workday: tenant name, the integration system user, HR people, workers.

    ``countries`` maps a location to its country (ISO 3166) for calendars. ``client_id``, ``client_secret`` and
    ``refresh_token`` open the query language; without them nobody gets a token.
    """

    tenant: str
    username: str
    password: str
    people: Mapping[str, str]
    workers: tuple[HrisWorker, ...]
    countries: Mapping[str, str] = field(default_factory=dict)
    weekly_hours: int = 40
    # How far back a retroactive entry may take effect.
    retroactive_days_max: int = 365
    annual_base_default: Decimal = Decimal(60000)
    currency_default: str = "USD"
    # Whether the plain workers report shows salaries: the careless set-up that a leak begins with.
    salary_in_workers_report: bool = False
    client_id: str = ""
    client_secret: str = ""
    refresh_token: str = ""
    cost_rates: tuple[HrisCostRate, ...] = ()
    shape: HrisShape = field(default_factory=HrisShape)


@dataclass(frozen=True, slots=True)
class CrmUser:
    """A user who logs in by password, over OAuth or SOAP. A ``security_token`` then has to follow the password."""

    username: str
    password: str
    first_name: str
    last_name: str
    security_token: str = ""


@dataclass(frozen=True, slots=True)
class CrmProduct:
    """A product with its entry in the standard pricebook, one list price per currency."""

    code: str
    name: str
    family: str
    prices: Mapping[str, Decimal]


@dataclass(frozen=True, slots=True)
class CrmAccount:
    """A client known before the scenario begins. ``code`` is the firm's own client code.

    ``withholding_percent`` is what the client keeps back from a payment as tax, in per cent (10 means a tenth).
    """

    code: str
    name: str
    country: str
    currency: str
    vat_number: str | None = None
    state: str | None = None
    credit_hold: bool = False
    withholding_percent: Decimal | None = None


@dataclass(frozen=True, slots=True)
class CrmOutboundMessage:
    """What is posted to ``url`` when a record of ``sobject`` is written: its id and ``fields`` (vendor names)."""

    name: str
    sobject: str
    url: str
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CrmValidationRule:
    """A record of ``sobject`` for which ``condition`` (of a SOQL query) holds is refused with ``message``."""

    name: str
    sobject: str
    condition: str
    message: str
    field: str = ""


@dataclass(frozen=True, slots=True)
class CrmDuplicateRule:
    """Two records of ``sobject`` with the same ``fields`` are duplicates; ``allow_save``: a client may insist."""

    name: str
    sobject: str
    fields: tuple[str, ...]
    allow_save: bool = False


@dataclass(frozen=True, slots=True)
class CrmTenant:
    """Salesforce: organisation, connected app, users, currencies, pricebook, clients.

    ``certificate`` is the connected app's in PEM: with it the signature of a JWT is verified. ``refresh_rotates``:
    a refresh gives a new refresh token and ends the old one. ``calls_per_day`` is what the data API then grants and
    no more; None counts without refusing.
    """

    organization: str
    consumer_key: str
    consumer_secret: str
    users: tuple[CrmUser, ...]
    corporate_currency: str
    currencies: tuple[str, ...]
    products: tuple[CrmProduct, ...]
    accounts: tuple[CrmAccount, ...] = ()
    certificate: str = ""
    refresh_rotates: bool = False
    calls_per_day: int | None = None
    outbound_messages: tuple[CrmOutboundMessage, ...] = ()
    validation_rules: tuple[CrmValidationRule, ...] = ()
    duplicate_rules: tuple[CrmDuplicateRule, ...] = ()
    shape: CrmShape = field(default_factory=CrmShape)


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


# What Kantata comes with; a tenant without expense categories takes no expenses.
PSA_EXPENSE_CATEGORIES = ("Travel", "Mileage", "Lodging", "Food", "Entertainment", "Other")


@dataclass(frozen=True, slots=True)
class PsaCustomField:
    """A custom field: on ``subject`` (Workspace, Story, User, WorkspaceGroup), ``kind`` as Kantata spells value types
    (string, date, number, currency, single, multi); ``choices`` for the last two."""

    subject: str
    name: str
    kind: str
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PsaOrganization:
    """A geography or department of the firm; ``parent`` is the name of one of the same kind, named before it.

    ``kind`` as Kantata spells it: Geography or Department.
    """

    name: str
    kind: str
    parent: str = ""


@dataclass(frozen=True, slots=True)
class PsaTenant:
    """Kantata: account, users (the engine's among them), roles, rate cards, and the lists an account is set up with."""

    account: str
    users: tuple[PsaUser, ...]
    roles: tuple[str, ...]
    rate_cards: tuple[PsaRateCard, ...]
    people: Mapping[str, str] = field(default_factory=dict)
    expense_categories: tuple[str, ...] = ()
    vendors: tuple[str, ...] = ()
    custom_fields: tuple[PsaCustomField, ...] = ()
    skills: tuple[str, ...] = ()
    organizations: tuple[PsaOrganization, ...] = ()
    shape: PsaShape = field(default_factory=PsaShape)


@dataclass(frozen=True, slots=True)
class ErpSubsidiary:
    """A legal entity. ``tax_rate`` (a fraction) applies to clients of the same country, others are zero-rated.

    ``state`` counts where tax is by state (India). An entity that the tenant's tax rules name is taxed by them alone.
    """

    code: str
    name: str
    country: str
    currency: str
    tax_rate: Decimal
    state: str = ""


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
class ErpTaxRule:
    """Output tax of an entity's country for clients of a country from a date on (accounting.md section 3).

    ``customer_country`` is a country, ``EU`` or ``*``, the first that fits; ``rate`` a fraction; ``state`` "same" or
    "other" where the client's state counts. Rules that fit alike all apply: CGST and SGST are two. A rule that
    ``needs_vat_id`` gives way to the domestic one when the client has none.
    """

    supplier_country: str
    customer_country: str
    code: str
    rate: Decimal
    effective: date
    needs_vat_id: bool = False
    note: str = ""
    state: str = ""


@dataclass(frozen=True, slots=True)
class ErpExpenseCategory:
    """A category of employees' expenses."""

    code: str
    name: str


@dataclass(frozen=True, slots=True)
class ErpRate:
    """An exchange rate: one unit of ``base`` costs ``rate`` units of ``quote`` (EUR/USD 1.08: a euro is 1.08 dollars).

    ``kind`` is spot (from ``effective`` until the next one), average or closing (of the month ``effective`` lies in).
    """

    base: str
    quote: str
    kind: str
    effective: date
    rate: Decimal


@dataclass(frozen=True, slots=True)
class ErpIntercompany:
    """An entity that works for another: recharged monthly at cost x (1 + ``markup``), in the provider's currency.

    ``reverse_charge_rate`` (a fraction) is the tax the receiver accounts for itself; 0 for none.
    """

    provider: str
    receiver: str
    markup: Decimal
    reverse_charge_rate: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class ErpOAuth2Client:
    """A machine-to-machine integration: client id, id of its certificate, and the RSA public key (PEM) it signs by."""

    client_id: str
    certificate_id: str
    public_key: str


@dataclass(frozen=True, slots=True)
class ErpTier:
    """Service tier: requests at once, and how long a request holds its place, by what it asks for.

    ``name`` as the vendor has it: standard 5, premium 15, enterprise and ultimate 20, developer 5, each with 10 more
    per SuiteCloud Plus licence (erp-netsuite.md section 7). ``latency_ms`` has ``record``, ``suiteql``, ``async``,
    ``other``.
    """

    name: str
    suitecloud_plus: int = 0
    latency_ms: Mapping[str, int] = field(default_factory=lambda: {"other": 500})

    def __post_init__(self) -> None:
        if self.name not in ERP_TIERS:
            raise ValueError(f"ERP service tier {self.name!r}: expected one of {', '.join(ERP_TIERS)}")

    @property
    def concurrency(self) -> int:
        """Requests at once, over all integrations of the account."""
        return ERP_TIERS[self.name] + 10 * self.suitecloud_plus


ERP_TIERS = {"developer": 5, "standard": 5, "premium": 15, "enterprise": 20, "ultimate": 20}


@dataclass(frozen=True, slots=True)
class ErpTenant:
    """NetSuite: account id, token credentials, subsidiaries, chart, periods, items, standard costs, employees.

    ``currencies`` adds to those of the subsidiaries and rates. Without ``intercompany`` everybody works for everybody
    and nothing is recharged; with it only the pairs it names work for each other. Without ``tier`` any number of
    requests may be sent at once.
    """

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
    tax_rules: tuple[ErpTaxRule, ...] = ()
    expense_categories: tuple[ErpExpenseCategory, ...] = (
        ErpExpenseCategory("TRAVEL", "Travel"),
        ErpExpenseCategory("LODGING", "Lodging"),
        ErpExpenseCategory("MEALS", "Meals"),
        ErpExpenseCategory("OTHER", "Other"),
    )
    currencies: tuple[str, ...] = ()
    rates: tuple[ErpRate, ...] = ()
    intercompany: tuple[ErpIntercompany, ...] = ()
    oauth2_clients: tuple[ErpOAuth2Client, ...] = ()
    tier: ErpTier | None = None
    shape: ErpShape = field(default_factory=ErpShape)


@dataclass(frozen=True, slots=True)
class RevenueOrg:
    """An organisation of the revenue system: one per legal entity, with its functional currency."""

    org_id: int
    code: str
    name: str
    currency: str


@dataclass(frozen=True, slots=True)
class RevenueRate:
    """Average rate of a month: units of ``to_currency`` per unit of ``from_currency``."""

    period: Period
    from_currency: str
    to_currency: str
    rate: Decimal


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
    rates: tuple[RevenueRate, ...] = ()
    shape: RevenueShape = field(default_factory=RevenueShape)


@dataclass(frozen=True, slots=True)
class BankAccount:
    """An account of a legal entity. ``country`` decides banking days, ``zone`` (IANA) what 06:00 is."""

    code: str
    entity: str
    currency: str
    country: str
    zone: str
    opening_balance: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class LateStatement:
    """The statement of a banking day that arrives only at an instant (aware datetime)."""

    account: str
    day: date
    until: datetime


@dataclass(frozen=True, slots=True)
class PayPeriod:
    """A span of days that is paid at once (both ends included), and the day it is paid on."""

    start: date
    end: date
    pay_day: date


@dataclass(frozen=True, slots=True)
class PayrollEntity:
    """A legal entity with its pay periods; ``periods_per_year`` divides an annual salary."""

    code: str
    currency: str
    country: str
    zone: str
    periods_per_year: int
    periods: tuple[PayPeriod, ...]


@dataclass(frozen=True, slots=True)
class PayrollEmployee:
    """Somebody on the payroll: gross salary of a year, first and last day employed where they matter."""

    employee_id: str
    entity: str
    annual_gross: Decimal
    first_day: date | None = None
    last_day: date | None = None


@dataclass(frozen=True, slots=True)
class FilesTenant:
    """Managed files: the firm's token, its bank accounts, pay calendars, employees, and people at both partners."""

    customer_token: str
    bank_accounts: tuple[BankAccount, ...]
    payroll_entities: tuple[PayrollEntity, ...]
    employees: tuple[PayrollEmployee, ...]
    people: Mapping[str, str] = field(default_factory=dict)
    # Whether a day without lines has a statement as well.
    statements_on_quiet_days: bool = False
    late_statements: tuple[LateStatement, ...] = ()
    # How long the payroll provider takes to look at a file.
    processing_s: int = 300
