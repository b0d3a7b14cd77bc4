"""The five tenants as they stand on the first day, and everybody's credentials."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import date
from decimal import Decimal

import pytest

from sandbox.core.periods import Period
from sandbox.core.tenants import HrisWorker
from sandbox.firm.chart import CHART
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
from tests.firm.builders import changed, empty_story, planned

Story = tuple[Scenario, FirmProfile]


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
        "London", None,
    )  # fmt: skip
    assert (employee.subsidiary, employee.role, employee.hire_date) == ("UK", "senior consultant", date(2020, 9, 1))


def test_sellers_use_the_crm_and_hr_uses_neither_crm_nor_psa(plan: Plan, tenants: Tenants) -> None:
    assert [user.username for user in tenants.crm.users] == [
        ENGINE_MAIL, plan.people["sales-us"].email, plan.people["sales-uk"].email,
    ]  # fmt: skip
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
    assert names(tenants.revenue.people) == {"revenue-accountant"}


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


def test_each_office_sells_by_a_rate_card_of_its_own_with_every_version(tenants: Tenants) -> None:
    new_york, london = tenants.psa.rate_cards
    assert (new_york.name, new_york.currency, rate_card_name("US")) == ("Standard US", "USD", "Standard US")
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


def test_the_crm_sells_both_ways_of_charging_in_every_currency(tenants: Tenants) -> None:
    assert (tenants.crm.corporate_currency, tenants.crm.currencies) == ("USD", ("USD", "GBP"))
    assert [product.code for product in tenants.crm.products] == ["TM", "FF"]
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
