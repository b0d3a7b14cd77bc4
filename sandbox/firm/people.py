"""Who there is: employees with invented names, functions of the firm, clients. Names are drawn from faker's lists by
our own streams, so that no generator but ours decides what a seed means.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import get_args

from sandbox.core.chance import Chance, Stream
from sandbox.plan import (
    Client,
    ClientProfile,
    Entity,
    FirmProfile,
    GeneratedEngagement,
    Grade,
    Person,
    Scenario,
    ScriptedEngagement,
)

DOMAIN = "sandbox-consulting.example"
# Functions a firm of this size has: one desk per entity, or one for all.
PER_ENTITY = {"sales": "Sales", "finance": "Finance"}
RESOURCE_MANAGER = "resource-manager"
FOR_ALL = {"hr": "Human Resources", "controller": "Controller", "revenue-accountant": "Revenue Accountant"}

_GRADES = get_args(Grade)
_LOCALES = {"US": "en_US", "GB": "en_GB", "DE": "de_DE", "IN": "en_IN"}
_TRADES = ("Mutual", "Foods", "Energy", "Logistics", "Clinics", "Airways", "Textiles", "Robotics", "Press", "Water")
_FORMS = {"US": "Inc", "GB": "plc", "DE": "AG", "IN": "Pvt Ltd"}


@lru_cache(maxsize=8)
def _names(locale: str) -> tuple[list[str], list[str]]:
    # Heavy, and only a run that plans needs it.
    from importlib import import_module

    provider = import_module(f"faker.providers.person.{locale}").Provider
    return sorted(provider.first_names), sorted(provider.last_names)


def people_of(scenario: Scenario, firm: FirmProfile, chance: Chance) -> dict[str, Person]:
    """Employees by id and functions by name (``finance-uk``), names unique by construction of their addresses."""
    entities = {entity.code: entity for entity in firm.entities}
    taken: set[str] = set()
    people: dict[str, Person] = {}
    joining = [
        *((each.employee_id, each.entity, each.grade, each.hired) for each in firm.members),
        *((each.employee_id, each.entity, each.grade, each.effective) for each in scenario.workforce.hires),
    ]
    managers = {each.employee_id: each.manager for each in firm.members}
    managers |= {each.employee_id: each.manager for each in scenario.workforce.hires}
    for employee_id, entity, grade, hired in joining:
        first, last = _draw_name(entities[entity], chance.stream("name", employee_id), taken)
        people[employee_id] = Person(
            name=employee_id,
            full_name=f"{first} {last}",
            email=f"{_plain(first)}.{_plain(last)}@{DOMAIN}",
            entity=entity,
            grade=grade,
            hired=hired,
            manager=managers.get(employee_id) or _head_of(entity, firm, employee_id),
        )
    for person in (*_functions(firm), *_resource_manager(scenario, firm)):
        people[person.name] = person
    return people


def _head_of(entity: str, firm: FirmProfile, employee_id: str) -> str | None:
    """Who everybody of an entity reports to unless somebody is named: its highest grade, longest here."""
    members = [each for each in firm.members if each.entity == entity]
    head = max(members, key=lambda each: (_GRADES.index(each.grade), -each.hired.toordinal()), default=None)
    return None if head is None or head.employee_id == employee_id else head.employee_id


def _functions(firm: FirmProfile) -> Iterable[Person]:
    for name, title in PER_ENTITY.items():
        for entity in firm.entities:
            code = entity.code.lower()
            yield Person(
                name=f"{name}-{code}",
                full_name=f"{title} {entity.code}",
                email=f"{name}.{code}@{DOMAIN}",
                entity=entity.code,
            )
    for name, title in FOR_ALL.items():
        yield Person(name=name, full_name=title, email=f"{name}@{DOMAIN}", entity=firm.entities[0].code)


def _resource_manager(scenario: Scenario, firm: FirmProfile) -> Iterable[Person]:
    """Somebody for allocations and skills, where there are any."""
    planned = scenario.plans_teams or any(terms.allocations for terms in scenario.scripted)
    if planned or any(member.skills for member in firm.members):
        yield Person(
            name=RESOURCE_MANAGER,
            full_name="Resource Manager",
            email=f"{RESOURCE_MANAGER}@{DOMAIN}",
            entity=firm.entities[0].code,
        )


def clients_of(scenario: Scenario, firm: FirmProfile, chance: Chance) -> list[Client]:
    """The client of every engagement, in the order of engagements; who is named twice is the same.

    One nobody names gets an invented name nobody else has; one the scenario does not describe is at home where the
    engagement's entity is.
    """
    entities = {entity.code: entity for entity in firm.entities}
    described = {each.name: each for each in scenario.clients}
    clients: list[Client] = []
    named: dict[str, Client] = {}
    engagements: tuple[ScriptedEngagement | GeneratedEngagement, ...] = (*scenario.scripted, *scenario.generated)
    for terms in engagements:
        entity = entities[terms.entity]
        stream = chance.stream("client", terms.code)
        name = terms.client or _company(entity, stream, list(named))
        if name not in named:
            profile = described.get(name) or _at_home(name, entity)
            vat = f"{profile.country}{stream.between(100_000_000, 999_999_999)}" if profile.vat_number else None
            named[name] = Client(
                code=f"CL-{terms.code}",
                name=name,
                country=profile.country,
                state=profile.state,
                currency=terms.currency or entity.currency,
                vat_number=vat,
            )
        clients.append(named[name])
    return clients


def _at_home(name: str, entity: Entity) -> ClientProfile:
    # A country without such a tax has no numbers for it either.
    return ClientProfile(name=name, country=entity.country, state=entity.state, vat_number=entity.tax_rate > 0)


def _company(entity: Entity, stream: Stream, taken: Sequence[str]) -> str:
    _, last_names = _names(_LOCALES.get(entity.country, "en_US"))
    while True:
        name = f"{stream.choice(last_names)} {stream.choice(_TRADES)} {_FORMS.get(entity.country, 'Ltd')}"
        if name not in taken:
            return name


def _draw_name(entity: Entity, stream: Stream, taken: set[str]) -> tuple[str, str]:
    first_names, last_names = _names(_LOCALES.get(entity.country, "en_US"))
    while True:
        first, last = stream.choice(first_names), stream.choice(last_names)
        if f"{_plain(first)}.{_plain(last)}" not in taken:
            taken.add(f"{_plain(first)}.{_plain(last)}")
            return first, last


def _plain(name: str) -> str:
    return "".join(char for char in name.lower() if char.isalnum() and char.isascii())
