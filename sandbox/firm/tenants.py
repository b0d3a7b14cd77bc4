"""The five tenants as they stand when the scenario begins, and everybody's credentials, derived from the seed.

Employees of long standing are in HRIS, PSA and ERP already; whoever joins later arrives through the engine.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import ROUND_HALF_UP, Context, Decimal

from sandbox.core.ids import secret_for
from sandbox.core.periods import Period
from sandbox.core.tenant_shape import AS_SOLD, TenantShape
from sandbox.core.tenants import (
    PSA_EXPENSE_CATEGORIES,
    BankAccount,
    CrmProduct,
    CrmTenant,
    CrmUser,
    ErpEmployee,
    ErpIntercompany,
    ErpItem,
    ErpRate,
    ErpSubsidiary,
    ErpTaxRule,
    ErpTenant,
    FilesTenant,
    HrisTenant,
    HrisWorker,
    PayrollEmployee,
    PayrollEntity,
    PsaCustomField,
    PsaRateCard,
    PsaTenant,
    PsaUser,
    RateVersion,
    RevenueOrg,
    RevenueRate,
    RevenueTenant,
    StandardCost,
)
from sandbox.core.tenants import PayPeriod as TenantPayPeriod
from sandbox.firm.chart import CHART
from sandbox.plan import Entity, FirmProfile, Kind, Payroll, Person, Plan, TaxRule

ENGINE_MAIL = "integration@sandbox-consulting.example"
ERP_ACCOUNT = "1234567_SB1"
HRIS_TENANT = "sandbox"
# One product per way of charging; list prices are the sellers' concern, the line carries the agreed one.
PRODUCTS: dict[Kind, tuple[str, str]] = {
    "time_and_materials": ("TM", "Consulting, time and materials"),
    "capped_time": ("TM", "Consulting, time and materials"),
    "fixed_fee": ("FF", "Consulting, fixed fee"),
    "fixed_fee_by_cost": ("FF", "Consulting, fixed fee"),
    "milestone": ("MS", "Consulting, by milestone"),
    "milestone_over_time": ("MS", "Consulting, by milestone"),
    "prepaid_hours": ("RT", "Consulting, retainer"),
    "stand_ready": ("RT", "Consulting, retainer"),
}
FIXED_FEE_ITEM = "FIXED-FEE"
# Where project leads keep the expected cost at completion they approved, and the month it is for.
EAC_COST, EAC_PERIOD = "EAC Cost", "EAC Approved For"
# A rate that is turned over keeps as many digits as a rate may have.
_TURNED = Context(prec=15, rounding=ROUND_HALF_UP)
_LEADS = ("manager", "senior manager", "partner")


@dataclass(frozen=True, slots=True)
class Tenants:
    """What each mock is seeded with."""

    crm: CrmTenant
    psa: PsaTenant
    hris: HrisTenant
    erp: ErpTenant
    revenue: RevenueTenant
    files: FilesTenant


@dataclass(frozen=True, slots=True)
class Login:
    """A person's own credentials: CRM password, PSA token, token of the person surfaces."""

    crm_password: str
    psa_token: str
    screen_token: str


def login_of(plan: Plan, person: str) -> Login:
    """Credentials of somebody in the plan. The PSA gives whoever it invites a token of the same derivation."""
    seed, email = str(plan.seed), plan.people[person].email
    return Login(
        secret_for(seed, "crm", email), secret_for(seed, "psa", "token", email), secret_for(seed, "screen", email)
    )


def front_end_token(plan: Plan) -> str:
    """What people's front ends show when they ask the engine."""
    return secret_for(str(plan.seed), "engine", "front ends")


def tenants_of(plan: Plan, shape: TenantShape = AS_SOLD) -> Tenants:
    """All tenants, with what ``shape`` adds to each."""
    return Tenants(
        replace(_crm(plan), shape=shape.crm),
        replace(_psa(plan), shape=shape.psa),
        replace(_hris(plan), shape=shape.hris),
        replace(_erp(plan), shape=shape.erp),
        replace(_revenue(plan), shape=shape.revenue),
        _files(plan),
    )


def item_code(role: str) -> str:
    """Code of the ERP's service item for a role: ``senior consultant`` -> ``ROLE-SENIOR-CONSULTANT``."""
    return "ROLE-" + role.upper().replace(" ", "-")


def _screens(plan: Plan, *names: str) -> Mapping[str, str]:
    return {plan.people[name].email: login_of(plan, name).screen_token for name in names}


def _functions(plan: Plan, *prefixes: str) -> list[str]:
    return [name for name in plan.people if name.startswith(prefixes)]


def _crm(plan: Plan) -> CrmTenant:
    seed = str(plan.seed)
    users = [CrmUser(ENGINE_MAIL, secret_for(seed, "crm", "engine"), "Integration", "User")]
    for name in _functions(plan, "sales-"):
        person = plan.people[name]
        users.append(CrmUser(person.email, login_of(plan, name).crm_password, "Sales", person.entity))
    for name in _functions(plan, "finance-"):
        # Whoever deals with cases.
        person = plan.people[name]
        users.append(CrmUser(person.email, login_of(plan, name).crm_password, "Finance", person.entity))
    currencies = _currencies(plan.firm)
    prices = dict.fromkeys(currencies, Decimal(1))
    return CrmTenant(
        organization="Sandbox Consulting",
        consumer_key=secret_for(seed, "crm", "consumer key"),
        consumer_secret=secret_for(seed, "crm", "consumer secret"),
        users=tuple(users),
        corporate_currency=currencies[0],
        currencies=currencies,
        products=tuple(CrmProduct(code, name, "Consulting", prices) for code, name in dict.fromkeys(PRODUCTS.values())),
    )


def _psa(plan: Plan) -> PsaTenant:
    seed = str(plan.seed)
    approvers = {terms.approver for terms in plan.terms}
    deciding = approvers | {deed.person for deed in plan.deeds if deed.verb == "write_off"}
    users = [PsaUser("Integration User", ENGINE_MAIL, secret_for(seed, "psa", "engine"), "administrator")]
    joining = _hired_later(plan)
    for name, person in plan.people.items():
        if name in joining or name.startswith(("sales-", "hr")):
            continue
        lead = person.grade in _LEADS or person.grade is None or name in approvers
        users.append(
            PsaUser(
                full_name=person.full_name,
                email=person.email,
                token=login_of(plan, name).psa_token,
                permission="project_lead" if lead else "collaborator",
                role=person.grade,
                employee_id=name if person.grade else None,
            )
        )
    return PsaTenant(
        account="Sandbox Consulting",
        users=tuple(users),
        roles=tuple(dict.fromkeys((*_grades(plan.firm), *plan.firm.unposted_roles))),
        rate_cards=tuple(
            _rate_card(plan.firm, entity, currency, card)
            for entity in plan.firm.entities
            for currency, card in (
                *((currency, None) for currency in plan.firm.selling_currencies(entity)),
                *plan.firm.cards_of(entity),
            )
        ),
        expense_categories=PSA_EXPENSE_CATEGORIES,
        skills=tuple(sorted({skill.name for member in plan.firm.members for skill in member.skills})),
        people=_screens(plan, *sorted(deciding), *_functions(plan, "finance-")),
        custom_fields=(
            PsaCustomField("Workspace", EAC_COST, "currency"),
            PsaCustomField("Workspace", EAC_PERIOD, "string"),
        ),
    )


def rate_card_name(entity: Entity, currency: str, card: str | None = None) -> str:
    """Name of the rate card an entity sells by in a currency; one of its own has its code behind the standard's."""
    name = f"Standard {entity.code}" if currency == entity.currency else f"Standard {entity.code} {currency}"
    return f"{name} {card}" if card else name


def _rate_card(firm: FirmProfile, entity: Entity, currency: str, card: str | None) -> PsaRateCard:
    versions = tuple(
        RateVersion(table.effective, {str(grade): rate for grade, rate in table.rates.items()})
        for table in firm.rates_of(entity, currency, card)
    )
    return PsaRateCard(rate_card_name(entity, currency, card), currency, versions)


def _grades(firm: FirmProfile) -> list[str]:
    return [str(grade) for grade in firm.bill_rates[0].rates]


def _hired_later(plan: Plan) -> set[str]:
    """Employees no system knows at first: their employment begins within the story."""
    return {name for name, person in plan.people.items() if person.hired is not None and person.hired > plan.start}


def _old_hands(plan: Plan) -> list[Person]:
    joining = _hired_later(plan)
    return [person for name, person in plan.people.items() if person.grade is not None and name not in joining]


def _hris(plan: Plan) -> HrisTenant:
    seed = str(plan.seed)
    locations = {entity.code: entity.location for entity in plan.firm.entities}
    workers = []
    for person in _old_hands(plan):
        first, _, last = person.full_name.partition(" ")
        if person.grade is None or person.hired is None:
            continue
        workers.append(
            HrisWorker(
                employee_id=person.name,
                first_name=first,
                last_name=last,
                email=person.email,
                hire_date=person.hired,
                grade=person.grade,
                company=person.entity,
                location=locations[person.entity],
                manager_employee_id=person.manager,
                annual_base=(salary := salary_of(plan.firm, person.entity, person.grade)),
                currency=plan.entity(person.entity).currency if salary is not None else None,
            )
        )
    return HrisTenant(
        tenant=HRIS_TENANT,
        username="ISU_SANDBOX",
        password=secret_for(seed, "hris", "engine"),
        people=_screens(plan, "hr"),
        workers=tuple(workers),
        countries={entity.location: entity.country for entity in plan.firm.entities},
    )


def _periods(plan: Plan) -> tuple[tuple[Period, ...], tuple[Period, ...]]:
    """The month before the start (closed) to the month after the end."""
    before = Period.of(plan.start).previous()
    end = Period.of(plan.start + timedelta(microseconds=plan.end_us))
    last = max((end, *map(Period.parse, plan.close))).next()
    periods = [before]
    while periods[-1] < last:
        periods.append(periods[-1].next())
    return tuple(periods), (before,)


def _erp(plan: Plan) -> ErpTenant:
    seed = str(plan.seed)
    periods, closed = _periods(plan)
    employees = []
    for person in _old_hands(plan):
        first, _, last = person.full_name.partition(" ")
        if person.hired is not None and person.grade is not None:
            employees.append(
                ErpEmployee(person.name, first, last, person.email, person.entity, person.grade, person.hired)
            )
    sold = [grade for grade in _grades(plan.firm) if grade not in plan.firm.unposted_roles]
    items = [ErpItem(item_code(grade), f"Consulting, {grade}", grade) for grade in sold]
    return ErpTenant(
        account=ERP_ACCOUNT,
        consumer_key=secret_for(seed, "erp", "consumer key"),
        consumer_secret=secret_for(seed, "erp", "consumer secret"),
        token_id=secret_for(seed, "erp", "token id"),
        token_secret=secret_for(seed, "erp", "token secret"),
        subsidiaries=tuple(
            ErpSubsidiary(
                entity.code, entity.name, entity.country, entity.currency, entity.tax_rate, entity.state or ""
            )
            for entity in plan.firm.entities
        ),
        chart=CHART,
        periods=periods,
        closed=closed,
        items=(*items, ErpItem(FIXED_FEE_ITEM, "Consulting, fixed fee")),
        standard_costs=tuple(
            StandardCost(str(grade), table.entity, table.effective, cost)
            for table in plan.firm.cost_rates
            for grade, cost in table.rates.items()
        ),
        employees=tuple(employees),
        people=_screens(plan, "controller", *_functions(plan, "finance-")),
        tax_rules=_tax_rules(plan.firm),
        currencies=_currencies(plan.firm),
        rates=tuple(
            ErpRate(rate.base, rate.quote, rate.kind, rate.effective, rate.rate) for rate in plan.firm.fx_rates
        ),
        intercompany=tuple(
            ErpIntercompany(pair.provider, pair.receiver, pair.markup) for pair in plan.firm.intercompany
        ),
    )


def _tax_rules(firm: FirmProfile) -> tuple[ErpTaxRule, ...]:
    """The firm's rules as the ERP keeps them: a row for every part, a zero row where there is none.

    The firm's first rule that fits counts, of the ERP's every one: what is left when an earlier rule asked for one
    state is the other states.
    """
    rows = []
    asked: dict[tuple[str, str], bool] = {}
    for rule in firm.tax_rules:
        route = (rule.supplier, rule.client)
        if rule.same_state is not None:
            asked[route] = rule.same_state
        same = (not asked[route] if route in asked else None) if rule.same_state is None else rule.same_state
        state = "" if same is None else "same" if same else "other"
        for code, rate in tax_codes(rule).items():
            note = "" if rule.parts else rule.note
            evidence = bool(rule.vat_number)
            rows.append(ErpTaxRule(rule.supplier, rule.client, code, rate, rule.effective, evidence, note, state))
    return tuple(rows)


def tax_codes(rule: TaxRule) -> Mapping[str, Decimal]:
    """The ERP's codes of a rule with their rates: ``GB-VAT-20``, or by its note ``GB-REVERSE-CHARGE`` without parts."""
    if not rule.parts:
        return {f"{rule.supplier}-{(rule.note or 'zero').upper().replace(' ', '-')}": Decimal(0)}
    return {f"{rule.supplier}-{part}-{(100 * rate).normalize():f}": rate for part, rate in rule.parts.items()}


def _currencies(firm: FirmProfile) -> tuple[str, ...]:
    """Every currency an entity sells in, once."""
    return tuple(dict.fromkeys(currency for entity in firm.entities for currency in firm.selling_currencies(entity)))


def _revenue(plan: Plan) -> RevenueTenant:
    periods, closed = _periods(plan)
    return RevenueTenant(
        user="api.integration",
        password=secret_for(str(plan.seed), "revenue", "engine"),
        role="API Role",
        clientname="Default",
        orgs=tuple(
            RevenueOrg(number, entity.code, entity.name, entity.currency)
            for number, entity in enumerate(plan.firm.entities, start=1)
        ),
        periods=periods,
        closed=closed,
        people=_screens(plan, "revenue-accountant", *_functions(plan, "finance-")),
        rates=tuple(_averages(plan.firm)),
    )


def _averages(firm: FirmProfile) -> Iterable[RevenueRate]:
    """The months' average rates into the currencies of entities, turned over where finance says the other way round."""
    averages = [(Period.of(each.effective), each) for each in firm.fx_rates if each.kind == "average"]
    found = {(period, each.quote, each.base): _TURNED.divide(Decimal(1), each.rate) for period, each in averages}
    found |= {(period, each.base, each.quote): each.rate for period, each in averages}
    own = {entity.currency for entity in firm.entities}
    for (period, base, quote), rate in found.items():
        if quote in own:
            yield RevenueRate(period, base, quote, rate)


def _files(plan: Plan) -> FilesTenant:
    return FilesTenant(
        customer_token=secret_for(str(plan.seed), "files", "engine"),
        bank_accounts=tuple(
            BankAccount(f"BANK-{entity.code}", entity.code, entity.currency, entity.country, entity.zone)
            for entity in plan.firm.entities
        ),
        payroll_entities=tuple(_payroll_entity(plan.entity(payroll.entity), payroll) for payroll in plan.firm.payroll),
        employees=tuple(
            PayrollEmployee(person.name, person.entity, salary, person.hired)
            for person in _old_hands(plan)
            if (salary := salary_of(plan.firm, person.entity, person.grade)) is not None
        ),
        people=_screens(plan, *_functions(plan, "finance-")),
    )


def salary_of(firm: FirmProfile, entity: str, grade: str | None) -> Decimal | None:
    """Gross salary of a year, None where nobody is paid by the payroll provider."""
    for payroll in firm.payroll:
        if payroll.entity == entity:
            return next((salary for known, salary in payroll.salaries.items() if known == grade), None)
    return None


def _payroll_entity(entity: Entity, payroll: Payroll) -> PayrollEntity:
    return PayrollEntity(
        code=entity.code,
        currency=entity.currency,
        country=entity.country,
        zone=entity.zone,
        periods_per_year=payroll.periods_per_year,
        periods=tuple(TenantPayPeriod(each.start, each.end, each.pay_day) for each in payroll.periods),
    )
