"""Employees, functions and clients: invented once per seed, each from a stream of its own."""

from __future__ import annotations

import re
from datetime import date

import pytest

from sandbox.core.chance import Chance
from sandbox.firm.people import clients_of, people_of
from sandbox.plan import FirmProfile, Member, Person, Scenario
from tests.firm.builders import changed, firm_with

Story = tuple[Scenario, FirmProfile]


def people(scenario: Scenario, firm: FirmProfile, seed: int = 1) -> dict[str, Person]:
    return people_of(scenario, firm, Chance(seed).under("plan"))


def crowd(firm: FirmProfile, count: int) -> FirmProfile:
    """The firm with as many consultants as wanted in the office of its first entity."""
    joined = date(2020, 1, 6)
    members = [
        Member(employee_id=f"W-{n:04d}", entity=firm.entities[0].code, grade="consultant", hired=joined)
        for n in range(1, count + 1)
    ]
    return firm_with(firm, members=[member.model_dump() for member in members])


def test_the_firm_has_its_employees_and_its_desks(first_thread: Story) -> None:
    everybody = people(*first_thread)
    employees = [name for name, person in everybody.items() if person.grade is not None]
    assert employees == [f"W-{n:04d}" for n in range(1, 22)]
    assert set(everybody) - set(employees) == {
        "sales-us", "sales-uk", "finance-us", "finance-uk", "hr", "controller", "revenue-accountant",
    }  # fmt: skip


def test_a_desk_of_an_office_stands_there_and_one_for_all_stands_in_the_first_office(first_thread: Story) -> None:
    everybody = people(*first_thread)
    shown = {
        name: (everybody[name].full_name, everybody[name].email, everybody[name].entity)
        for name in ("finance-uk", "sales-us", "hr")
    }
    assert shown == {
        "finance-uk": ("Finance UK", "finance.uk@sandbox-consulting.example", "UK"),
        "sales-us": ("Sales US", "sales.us@sandbox-consulting.example", "US"),
        "hr": ("Human Resources", "hr@sandbox-consulting.example", "US"),
    }


def test_an_employee_keeps_grade_office_and_date_of_the_profile(first_thread: Story) -> None:
    partner = people(*first_thread)["W-0013"]
    assert (partner.grade, partner.entity, partner.hired) == ("partner", "UK", date(2015, 5, 5))


def test_somebody_hired_in_the_story_is_employed_from_the_effective_date(first_thread: Story) -> None:
    hired = people(*first_thread)["W-0021"]
    assert (hired.grade, hired.entity, hired.hired) == ("analyst", "UK", date(2026, 1, 26))


@pytest.mark.parametrize("seed", range(1, 6))
def test_every_address_is_of_one_person_and_made_of_the_name(first_thread: Story, seed: int) -> None:
    everybody = people(*first_thread, seed)
    addresses = [person.email for person in everybody.values()]
    assert len(addresses) == len(set(addresses))
    for person in everybody.values():
        if person.grade is not None:
            first, last = person.full_name.split(" ", maxsplit=1)
            plain = re.sub("[^a-z0-9]", "", first.lower()) + "." + re.sub("[^a-z0-9]", "", last.lower())
            assert person.email == f"{plain}@sandbox-consulting.example"


def test_even_three_thousand_people_share_no_address(first_thread: Story) -> None:
    # By the birthday rule a handful of them draw a name somebody has; they draw again.
    scenario, firm = first_thread
    none_hired = changed(scenario, workforce={})
    everybody = people(none_hired, crowd(firm, 3000))
    assert len({person.email for person in everybody.values()}) == 3007


def test_a_name_does_not_depend_on_who_else_works_here(first_thread: Story) -> None:
    scenario, firm = first_thread
    everybody = people(scenario, firm)
    for gone in ("W-0001", "W-0010", "W-0020"):
        rest = firm_with(firm, members=[each.model_dump() for each in firm.members if each.employee_id != gone])
        expected = {name: (person.full_name, person.email) for name, person in everybody.items() if name != gone}
        assert {name: (person.full_name, person.email) for name, person in people(scenario, rest).items()} == expected


def test_everybody_reports_to_the_head_of_their_entity_unless_somebody_is_named(first_thread: Story) -> None:
    scenario, firm = first_thread
    everybody = people(scenario, firm)
    assert (everybody["W-0013"].manager, everybody["W-0015"].manager, everybody["W-0021"].manager) == (
        None, "W-0013", "W-0013",
    )  # fmt: skip
    members = [
        {**each.model_dump(), **({"manager": "W-0014"} if each.employee_id == "W-0015" else {})}
        for each in firm.members
    ]
    assert people(scenario, firm_with(firm, members=members))["W-0015"].manager == "W-0014"


def test_another_seed_gives_other_names_to_employees_and_none_to_desks(first_thread: Story) -> None:
    here, there = people(*first_thread, seed=1), people(*first_thread, seed=2)
    same = {name for name in here if here[name].full_name == there[name].full_name}
    assert same == {name for name in here if here[name].grade is None}


def test_a_client_is_the_one_of_the_contract_or_an_invented_one(first_thread: Story) -> None:
    scenario, firm = first_thread
    clients = clients_of(scenario, firm, Chance(1).under("plan"))
    assert [client.code for client in clients] == [f"CL-ENG-{n:02d}" for n in range(1, 9)]
    assert [client.name for client in clients[:2]] == ["Harbour Rail plc", "Cascade Mutual Inc"]
    # ENG-03 is sold by the office in New York, ENG-06 by the one in London.
    assert re.fullmatch(r"\S.* (Mutual|Foods|Energy|Logistics|Clinics|Airways|Textiles|Robotics|Press|Water) Inc",
                        clients[2].name)  # fmt: skip
    assert clients[5].name.endswith(" plc")


@pytest.mark.parametrize("seed", range(1, 6))
def test_no_two_clients_have_a_name_and_each_lives_where_its_seller_does(first_thread: Story, seed: int) -> None:
    scenario, firm = first_thread
    clients = clients_of(scenario, firm, Chance(seed).under("plan"))
    assert len({client.name for client in clients}) == 8
    entities = [terms.entity for terms in scenario.scripted] + [each.entity for each in scenario.generated]
    expected = {"US": ("US", "USD"), "UK": ("GB", "GBP")}
    assert [(client.country, client.currency) for client in clients] == [expected[code] for code in entities]


def test_a_described_client_lives_where_the_scenario_says_and_is_one_for_all_its_engagements(
    first_thread: Story,
) -> None:
    scenario, firm = first_thread
    rhein = {"name": "Rhein Stahl AG", "country": "DE", "vat_number": False}
    fields = scenario.model_dump(by_alias=True)
    for index in (0, 1):
        fields["scripted"][index]["client"] = "Rhein Stahl AG"
    fields["scripted"][0]["currency"] = "EUR"
    story = Scenario.model_validate({**fields, "clients": [rhein]})
    first, second, *others = clients_of(story, firm, Chance(1).under("plan"))
    assert first == second
    assert (first.code, first.country, first.currency, first.vat_number) == ("CL-ENG-01", "DE", "EUR", None)
    assert all(client.country in ("US", "GB") for client in others)


@pytest.mark.parametrize("seed", range(1, 6))
def test_a_client_has_a_vat_number_where_there_is_vat(first_thread: Story, seed: int) -> None:
    scenario, firm = first_thread
    numbers = [client.vat_number for client in clients_of(scenario, firm, Chance(seed).under("plan"))]
    # ENG-01, ENG-06 and ENG-07 belong to London: a country and nine digits.
    given = [number for number in numbers if number is not None]
    assert [number is not None for number in numbers] == [True, False, False, False, False, True, True, False]
    assert all(re.fullmatch(r"GB[1-9]\d{8}", number) for number in given)
    assert len(set(given)) == 3


def test_many_clients_of_one_firm_all_have_names_of_their_own(first_thread: Story) -> None:
    scenario, firm = first_thread
    (wanted, *_) = scenario.model_dump()["generated"]
    many = changed(
        scenario,
        generated=[{**wanted, "code": f"GEN-{n:03d}"} for n in range(400)],
        scripted=[],
        unpostable=[],
        expectations={},
    )
    names = [client.name for client in clients_of(many, firm, Chance(1).under("plan"))]
    assert len(set(names)) == 400


def test_the_code_of_a_client_does_not_depend_on_other_engagements(first_thread: Story) -> None:
    scenario, firm = first_thread
    chance = Chance(1).under("plan")
    fewer = changed(
        scenario, generated=[each for each in scenario.model_dump()["generated"] if each["code"] != "ENG-05"]
    )
    kept = [client for client in clients_of(scenario, firm, chance) if client.code != "CL-ENG-05"]
    assert [client.code for client in clients_of(fewer, firm, chance)] == [client.code for client in kept]


def test_what_a_client_is_called_does_not_depend_on_other_engagements(first_thread: Story) -> None:
    scenario, firm = first_thread
    chance = Chance(1).under("plan")
    fewer = changed(
        scenario, generated=[each for each in scenario.model_dump()["generated"] if each["code"] != "ENG-05"]
    )
    everybody = [(client.name, client.vat_number) for client in clients_of(scenario, firm, chance)]
    rest = [(client.name, client.vat_number) for client in clients_of(fewer, firm, chance)]
    assert rest == everybody[:4] + everybody[5:]
