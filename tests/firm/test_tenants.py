"""The five tenants as they stand on the first day, and everybody's credentials."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from mocks.erp.system import Erp
from mocks.erp.taxes import taxes_of
from mocks.kit.app import Context
from sandbox.core.chance import Chance
from sandbox.core.clock import ManualClock, epoch_of
from sandbox.core.damage import NoFaults
from sandbox.core.observe import Unobserved
from sandbox.core.periods import Period
from sandbox.core.tenants import ErpRate, ErpTaxRule, ErpTenant, HrisWorker
from sandbox.firm.chart import CHART
from sandbox.firm.scenarios import load_firm
from sandbox.firm.tenants import (
    ENGINE_MAIL,
    FIXED_FEE_ITEM,
    Tenants,
    item_code,
    login_of,
    rate_card_name,
    tenants_of,
)
from sandbox.plan import FirmProfile, Plan, Scenario
from tests.firm.builders import changed, empty_story, firm_with, planned

Story = tuple[Scenario, FirmProfile]
EPOCH = epoch_of(date(2026, 1, 12))


@pytest.fixture(scope="module")
def plan(first_plans: dict[int, Plan]) -> Plan:
    return first_plans[1]


@pytest.fixture(scope="module")
def tenants(plan: Plan) -> Tenants:
    return tenants_of(plan)


# -- who is where ------------------------------------------------------------------------------------------------------


def test_long_standing_employees_are_in_hris_psa_and_erp_and_the_one_hired_later_is_in_none(tenants: Tenants) -> None:
    twenty = [f"W-{n:04d}" for n in range(1, 21)]
    assert [worker.employee_id for worker in tenants.hris.workers] == twenty
    assert [user.employee_id for user in tenants.psa.users if user.employee_id] == twenty
    assert [employee.employee_id for employee in tenants.erp.employees] == twenty


def test_the_same_person_has_the_same_address_and_name_everywhere(plan: Plan, tenants: Tenants) -> None:
    person = plan.people["W-0015"]
    worker = next(each for each in tenants.hris.workers if each.employee_id == "W-0015")
    user = next(each for each in tenants.psa.users if each.employee_id == "W-0015")
    employee = next(each for each in tenants.erp.employees if each.employee_id == "W-0015")
    assert worker.email == user.email == employee.email == person.email
    assert f"{worker.first_name} {worker.last_name}" == user.full_name == person.full_name
    assert (employee.first_name, employee.last_name) == (worker.first_name, worker.last_name)
    assert worker == HrisWorker(
        "W-0015", worker.first_name, worker.last_name, person.email, date(2020, 9, 1), "senior consultant", "UK",
        "London", "W-0013",
    )  # fmt: skip
    assert (employee.subsidiary, employee.role, employee.hire_date) == ("UK", "senior consultant", date(2020, 9, 1))


def test_sellers_and_finance_use_the_crm_and_hr_uses_neither_crm_nor_psa(plan: Plan, tenants: Tenants) -> None:
    assert [user.username for user in tenants.crm.users] == [
        ENGINE_MAIL,
        *(plan.people[name].email for name in ("sales-us", "sales-uk", "finance-us", "finance-uk")),
    ]
    psa = {user.email for user in tenants.psa.users}
    assert not psa & {plan.people[name].email for name in ("sales-us", "sales-uk", "hr")}
    assert {plan.people[name].email for name in ("finance-us", "finance-uk")} <= psa


def test_whoever_leads_may_decide_in_the_psa_and_nobody_else(tenants: Tenants) -> None:
    by_role = Counter((user.role, user.permission) for user in tenants.psa.users)
    # Of the profile: 2 partners, 2 senior managers, 3 managers; finance twice, controller, revenue accountant.
    assert by_role == {
        (None, "administrator"): 1,
        ("partner", "project_lead"): 2,
        ("senior manager", "project_lead"): 2,
        ("manager", "project_lead"): 3,
        (None, "project_lead"): 4,
        ("senior consultant", "collaborator"): 4,
        ("consultant", "collaborator"): 5,
        ("analyst", "collaborator"): 4,
    }


def test_each_screen_is_open_to_those_whose_work_it_is(plan: Plan, tenants: Tenants) -> None:
    def names(people: Mapping[str, str]) -> set[str]:
        addresses = {person.email: name for name, person in plan.people.items()}
        return {addresses[email] for email in people}

    approvers = {"W-0001", "W-0005", "W-0013", "W-0017"}
    assert names(tenants.psa.people) == approvers | {"finance-us", "finance-uk"}
    assert names(tenants.hris.people) == {"hr"}
    assert names(tenants.erp.people) == {"controller", "finance-us", "finance-uk"}
    assert names(tenants.revenue.people) == {"revenue-accountant", "finance-us", "finance-uk"}


def test_the_engine_has_no_key_to_any_screen(tenants: Tenants) -> None:
    for people in (tenants.psa.people, tenants.hris.people, tenants.erp.people, tenants.revenue.people):
        assert ENGINE_MAIL not in people


def test_whoever_is_hired_in_the_story_is_in_no_system_even_when_the_hire_is_taken_out(plan: Plan) -> None:
    deeds = tuple(deed for deed in plan.deeds if deed.verb != "hire")
    assert tenants_of(plan.model_copy(update={"deeds": deeds})) == tenants_of(plan)


# -- credentials -------------------------------------------------------------------------------------------------------


def test_everybody_has_three_secrets_of_their_own(plan: Plan) -> None:
    secrets = [secret for name in plan.people for secret in secrets_of(plan, name)]
    assert len(set(secrets)) == len(secrets) == 3 * 28


def test_a_secret_belongs_to_its_seed(first_plans: dict[int, Plan]) -> None:
    assert login_of(first_plans[1], "hr") != login_of(first_plans[2], "hr")
    assert tenants_of(first_plans[1]).erp.token_secret != tenants_of(first_plans[2]).erp.token_secret
    assert login_of(first_plans[1], "hr") == login_of(first_plans[1].model_copy(update={"deeds": ()}), "hr")


def test_a_login_opens_what_the_tenant_holds(plan: Plan, tenants: Tenants) -> None:
    lead, seller, controller = login_of(plan, "W-0001"), login_of(plan, "sales-uk"), login_of(plan, "controller")
    assert next(user.token for user in tenants.psa.users if user.employee_id == "W-0001") == lead.psa_token
    assert tenants.psa.people[plan.people["W-0001"].email] == lead.screen_token
    assert tenants.crm.users[2].password == seller.crm_password
    assert tenants.erp.people[plan.people["controller"].email] == controller.screen_token


def test_the_engine_has_credentials_of_its_own_for_every_system(plan: Plan, tenants: Tenants) -> None:
    engine = [
        tenants.crm.users[0].password, tenants.crm.consumer_key, tenants.crm.consumer_secret,
        tenants.psa.users[0].token, tenants.hris.password, tenants.erp.consumer_key, tenants.erp.consumer_secret,
        tenants.erp.token_id, tenants.erp.token_secret, tenants.revenue.password,
    ]  # fmt: skip
    people = {secret for name in plan.people for secret in secrets_of(plan, name)}
    assert len(set(engine)) == 10
    assert not set(engine) & people
    assert tenants.psa.users[0].permission == "administrator"


def secrets_of(plan: Plan, name: str) -> tuple[str, str, str]:
    login = login_of(plan, name)
    return login.crm_password, login.psa_token, login.screen_token


# -- prices and costs --------------------------------------------------------------------------------------------------


def test_a_rate_card_is_named_after_its_office_and_a_foreign_currency() -> None:
    london = load_firm("four-offices").entities[1]
    assert rate_card_name(london, "GBP") == "Standard UK"
    assert rate_card_name(london, "USD") == "Standard UK USD"


def test_an_office_has_a_rate_card_in_every_currency_it_sells_in() -> None:
    firm = load_firm("four-offices")
    new_york, london, munich, _ = firm.entities
    assert firm.selling_currencies(new_york) == ("USD", "EUR")
    assert firm.selling_currencies(munich) == ("EUR",)
    assert [table.rates["analyst"] for table in firm.rates_of(london, "USD")] == [Decimal("108.00")]


def test_each_office_sells_by_a_rate_card_of_its_own_with_every_version(tenants: Tenants) -> None:
    new_york, london = tenants.psa.rate_cards
    assert (new_york.name, new_york.currency) == ("Standard US", "USD")
    assert [version.effective for version in new_york.versions] == [date(2025, 1, 1), date(2026, 1, 1)]
    assert (london.name, london.currency) == ("Standard UK", "GBP")
    assert [(version.effective, version.rates["analyst"]) for version in london.versions] == [
        (date(2025, 2, 1), Decimal("85.00")),
        (date(2026, 2, 1), Decimal("88.40")),
    ]


def test_the_erp_knows_the_standard_cost_of_every_grade_in_every_office_from_every_date(tenants: Tenants) -> None:
    costs = {(each.role, each.subsidiary, each.effective): each.cost for each in tenants.erp.standard_costs}
    # Six grades; one version in New York, two in London.
    assert len(costs) == len(tenants.erp.standard_costs) == 18
    assert costs["manager", "UK", date(2025, 1, 1)] == Decimal("82.50")
    assert costs["manager", "UK", date(2026, 2, 1)] == Decimal("85.00")
    assert costs["manager", "US", date(2025, 1, 1)] == Decimal("172.80")


def test_a_role_nobody_can_post_is_known_to_the_psa_and_not_to_the_erp(tenants: Tenants) -> None:
    assert "advisor" in tenants.psa.roles
    assert {item.role for item in tenants.erp.items} == set(tenants.psa.roles) - {"advisor"} | {None}


def test_the_erp_bills_hours_by_grade_and_fees_by_one_item(tenants: Tenants) -> None:
    assert [item.code for item in tenants.erp.items] == [
        "ROLE-ANALYST", "ROLE-CONSULTANT", "ROLE-SENIOR-CONSULTANT", "ROLE-MANAGER", "ROLE-SENIOR-MANAGER",
        "ROLE-PARTNER", FIXED_FEE_ITEM,
    ]  # fmt: skip
    assert item_code("senior consultant") == "ROLE-SENIOR-CONSULTANT"


def test_the_crm_sells_every_way_of_charging_in_every_currency(tenants: Tenants) -> None:
    assert (tenants.crm.corporate_currency, tenants.crm.currencies) == ("USD", ("USD", "GBP"))
    assert [product.code for product in tenants.crm.products] == ["TM", "FF", "MS", "RT"]
    assert all(set(product.prices) == {"USD", "GBP"} for product in tenants.crm.products)


def test_a_legal_entity_is_a_subsidiary_and_an_organisation_with_a_number(tenants: Tenants) -> None:
    assert [(each.code, each.country, each.currency, each.tax_rate) for each in tenants.erp.subsidiaries] == [
        ("US", "US", "USD", Decimal(0)),
        ("UK", "GB", "GBP", Decimal("0.20")),
    ]
    assert [(org.org_id, org.code, org.currency) for org in tenants.revenue.orgs] == [
        (1, "US", "USD"),
        (2, "UK", "GBP"),
    ]


# -- tax and exchange rates --------------------------------------------------------------------------------------------


def erp_of(first_thread: Story, **fields: Any) -> ErpTenant:
    """The ERP of the first thread's firm with other fields."""
    scenario, firm = first_thread
    return tenants_of(planned(scenario, firm_with(firm, **fields))).erp


def tax_of(erp: ErpTenant, supplier: str, *client: str | None) -> tuple[str, int]:
    """Codes and rate on an invoice of 100.00 by the mock with that tenant's rules; the client's country, state, id."""
    country, state, vat_id = client
    code = next(each.code for each in erp.subsidiaries if each.country == supplier)
    seeded = Erp(Context(ManualClock(EPOCH), Chance(1), Unobserved(), NoFaults()), erp)
    subsidiary = seeded.books.by("subsidiary", "externalId", code)
    assert subsidiary is not None
    customer = {"custentity_country": country, "custentity_state": state, "vatRegNumber": vat_id}
    taxes = taxes_of(seeded.books, subsidiary, customer, "2026-01-31", 1_000_000, 2)
    names = [str(seeded.books.known("salesTaxItem", tax.code)["itemId"]) for tax in taxes if tax.code]
    return " ".join(sorted(names)), sum(tax.amount for tax in taxes) // 10_000


@pytest.fixture(scope="module")
def four_offices(first_thread: Story) -> ErpTenant:
    """An ERP with the entities and the tax rules of the four offices."""
    four = load_firm("four-offices").model_dump()
    return erp_of(first_thread, **{name: four[name] for name in ("entities", "tax_rules", "cost_rates")})


def test_a_firm_without_rules_hands_none_in(tenants: Tenants) -> None:
    assert tenants.erp.tax_rules == ()
    assert tenants.erp.rates == ()


def test_a_rule_of_two_parts_is_two_rows_and_one_of_none_a_zero_row_with_its_note(four_offices: ErpTenant) -> None:
    of_india = [each for each in four_offices.tax_rules if each.supplier_country == "IN"]
    assert of_india == [
        ErpTaxRule("IN", "IN", "IN-CGST-9", Decimal("0.09"), date.min, state="same"),
        ErpTaxRule("IN", "IN", "IN-SGST-9", Decimal("0.09"), date.min, state="same"),
        # The first rule that fits counts, so this one is for the other states.
        ErpTaxRule("IN", "IN", "IN-IGST-18", Decimal("0.18"), date.min, state="other"),
        ErpTaxRule("IN", "*", "IN-EXPORT-OF-SERVICES", Decimal(0), date.min, note="export of services"),
    ]
    reverse_charge = next(each for each in four_offices.tax_rules if each.code == "GB-REVERSE-CHARGE")
    assert reverse_charge == ErpTaxRule(
        "GB", "*", "GB-REVERSE-CHARGE", Decimal(0), date.min, needs_vat_id=True, note="reverse charge"
    )


def test_the_subsidiary_stands_in_the_entitys_state(four_offices: ErpTenant) -> None:
    assert [each.state for each in four_offices.subsidiaries] == ["", "", "", "MH"]


@pytest.mark.parametrize(
    ("supplier", "client", "expected"),
    [
        ("US", ("US", "NY", None), ("US-SERVICES-OUTSIDE-SALES-TAX", 0)),
        ("US", ("GB", None, "GB123456789"), ("US-EXPORT-OF-SERVICES", 0)),
        ("GB", ("GB", None, "GB123456789"), ("GB-VAT-20", 20)),
        ("GB", ("US", None, "12-345"), ("GB-REVERSE-CHARGE", 0)),
        ("GB", ("US", None, None), ("GB-VAT-20", 20)),
        ("DE", ("DE", None, None), ("DE-VAT-19", 19)),
        ("DE", ("FR", None, "FR40303265045"), ("DE-REVERSE-CHARGE", 0)),
        ("DE", ("FR", None, None), ("DE-VAT-19", 19)),
        ("IN", ("IN", "MH", None), ("IN-CGST-9 IN-SGST-9", 18)),
        ("IN", ("IN", "KA", None), ("IN-IGST-18", 18)),
        ("IN", ("IN", None, None), ("IN-IGST-18", 18)),
        ("IN", ("US", None, None), ("IN-EXPORT-OF-SERVICES", 0)),
    ],
)
def test_the_erp_taxes_as_the_firms_first_rule_that_fits(
    four_offices: ErpTenant, supplier: str, client: tuple[str | None, ...], expected: tuple[str, int]
) -> None:
    assert tax_of(four_offices, supplier, *client) == expected


def test_a_new_rate_of_a_part_is_a_new_code(first_thread: Story) -> None:
    rules = [
        {"supplier": "GB", "client": "GB", "effective": date(2026, 2, 1), "parts": {"VAT": "0.175"}},
        {"supplier": "GB", "client": "GB", "parts": {"VAT": "0.20"}},
    ]
    erp = erp_of(first_thread, tax_rules=rules)
    assert [each.code for each in erp.tax_rules] == ["GB-VAT-17.5", "GB-VAT-20"]
    assert tax_of(erp, "GB", "GB", None, None) == ("GB-VAT-20", 20)


def test_what_is_left_when_a_rule_asked_for_other_states_is_the_same_state(first_thread: Story) -> None:
    rules = [
        {"supplier": "GB", "client": "GB", "same_state": False, "parts": {"FAR": "0.10"}},
        {"supplier": "GB", "client": "GB", "parts": {"NEAR": "0.05"}},
    ]
    assert [each.state for each in erp_of(first_thread, tax_rules=rules).tax_rules] == ["other", "same"]


def test_exchange_rates_and_every_currency_the_firm_sells_in_are_finances_lists(first_thread: Story) -> None:
    _, firm = first_thread
    in_euros = {**firm.model_dump()["bill_rates"][0], "currency": "EUR"}
    rates = [
        {"base": "GBP", "quote": "USD", "kind": kind, "effective": day, "rate": rate}
        for kind, day, rate in (
            ("spot", date(2026, 1, 5), "1.25"),
            ("spot", date(2026, 1, 12), "1.2650"),
            ("closing", date(2026, 1, 31), "1.28"),
        )
    ]
    erp = erp_of(first_thread, bill_rates=[*firm.model_dump()["bill_rates"], in_euros], fx_rates=rates)
    assert erp.currencies == ("USD", "EUR", "GBP")
    assert erp.rates[1] == ErpRate("GBP", "USD", "spot", date(2026, 1, 12), Decimal("1.2650"))
    assert [each.kind for each in erp.rates] == ["spot", "spot", "closing"]
    seeded = Erp(Context(ManualClock(EPOCH), Chance(1), Unobserved(), NoFaults()), erp)
    pounds, dollars = (seeded.books.by("currency", "externalId", code) for code in ("GBP", "USD"))
    assert pounds is not None
    assert dollars is not None
    assert seeded.books.rates().spot(pounds["id"], dollars["id"], "2026-01-20") == "1.265"


def test_average_rates_into_the_currencies_of_entities_are_the_revenue_systems(first_thread: Story) -> None:
    scenario, firm = first_thread
    rates = [
        {"base": "GBP", "quote": "USD", "kind": kind, "effective": date(2026, 1, 1), "rate": rate}
        for kind, rate in (("spot", "1.25"), ("average", "1.28"))
    ]
    revenue = tenants_of(planned(scenario, firm_with(firm, fx_rates=rates))).revenue
    january = Period(2026, 1)
    assert {(each.period, each.from_currency, each.to_currency): each.rate for each in revenue.rates} == {
        (january, "GBP", "USD"): Decimal("1.28"),
        (january, "USD", "GBP"): Decimal("0.78125"),
    }


# -- periods and accounts ----------------------------------------------------------------------------------------------


def months(*texts: str) -> tuple[Period, ...]:
    return tuple(Period.parse(text) for text in texts)


def test_periods_run_from_the_closed_month_before_to_the_month_after(tenants: Tenants) -> None:
    expected = months("2025-12", "2026-01", "2026-02", "2026-03")
    assert tenants.erp.periods == tenants.revenue.periods == expected
    assert tenants.erp.closed == tenants.revenue.closed == months("2025-12")


def test_there_are_periods_beyond_the_last_one_closed(first_thread: Story) -> None:
    scenario, firm = first_thread
    story = empty_story(scenario, start="2026-11-02", weeks=17, close=["2026-11", "2026-12", "2027-01"])
    erp = tenants_of(planned(story, firm)).erp
    assert erp.closed == months("2026-10")
    assert erp.periods[:5] == months("2026-10", "2026-11", "2026-12", "2027-01", "2027-02")


def test_there_are_periods_to_the_end_of_a_story_that_closes_one_month_of_many(first_thread: Story) -> None:
    scenario, firm = first_thread
    # Twenty-six weeks from 12 January end on 12 July.
    story = changed(scenario, weeks=26)
    assert Period.parse("2026-08") in tenants_of(planned(story, firm)).erp.periods


def test_accounts_are_unique_and_stand_where_their_number_says() -> None:
    numbers = [account.number for account in CHART]
    assert len(numbers) == len(set(numbers))
    assert numbers == sorted(numbers)
    kinds = {
        "1": {"Bank", "AcctRec", "OthCurrAsset"},
        "2": {"AcctPay", "OthCurrLiab"},
        "3": {"Equity"},
        "4": {"Income"},
        "5": {"COGS"},
        "6": {"Expense"},
        "7": {"OthIncome", "OthExpense"},
    }
    for account in CHART:
        assert account.kind in kinds[account.number[0]], account


def test_the_accounts_of_the_posting_map_are_there() -> None:
    # Posting map section 2: what the posters named there debit and credit.
    kinds = {account.number: account.kind for account in CHART}
    assert {number: kinds[number] for number in ("1000", "1100", "1105", "1120", "2100", "2300", "4000", "5000")} == {
        "1000": "Bank",
        "1100": "AcctRec",
        "1105": "OthCurrAsset",
        "1120": "OthCurrAsset",
        "2100": "OthCurrLiab",
        "2300": "OthCurrLiab",
        "4000": "Income",
        "5000": "COGS",
    }
    named = {"5020", "6400", "5010", "1150", "2020", "2000", "2310", "4050", "1140", "7000", "2150", "2110", "6000",
             "2200", "6090", "4010", "4020", "4030", "4040"}  # fmt: skip
    assert named <= set(kinds)
