"""Who there is: employees with invented names, functions of the firm, clients. Names are drawn from faker's lists by
our own streams, so that no generator but ours decides what a seed means.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache

from sandbox.core.chance import Chance, Stream
from sandbox.plan import Client, Entity, FirmProfile, Person, Scenario

DOMAIN = "sandbox-consulting.example"
# Functions a firm of this size has: one desk per entity, or one for all.
PER_ENTITY = {"sales": "Sales", "finance": "Finance"}
FOR_ALL = {"hr": "Human Resources", "controller": "Controller", "revenue-accountant": "Revenue Accountant"}

_LOCALES = {"US": "en_US", "GB": "en_GB"}
_TRADES = ("Mutual", "Foods", "Energy", "Logistics", "Clinics", "Airways", "Textiles", "Robotics", "Press", "Water")
_FORMS = {"US": "Inc", "GB": "plc"}


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
    for employee_id, entity, grade, hired in joining:
        first, last = _draw_name(entities[entity], chance.stream("name", employee_id), taken)
        people[employee_id] = Person(
            name=employee_id,
            full_name=f"{first} {last}",
            email=f"{_plain(first)}.{_plain(last)}@{DOMAIN}",
            entity=entity,
            grade=grade,
            hired=hired,
        )
    for person in _functions(firm):
        people[person.name] = person
    return people


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


def clients_of(scenario: Scenario, firm: FirmProfile, chance: Chance) -> list[Client]:
    """One client per engagement; a generated one gets an invented name nobody else has."""
    entities = {entity.code: entity for entity in firm.entities}
    clients: list[Client] = []
    names: list[str] = []
    wanted = [
        *((terms.code, terms.entity, terms.client) for terms in scenario.scripted),
        *((terms.code, terms.entity, None) for terms in scenario.generated),
    ]
    for code, entity_code, given in wanted:
        entity = entities[entity_code]
        stream = chance.stream("client", code)
        name = given or _company(entity, stream, names)
        names.append(name)
        vat = f"{entity.country}{stream.between(100_000_000, 999_999_999)}" if entity.tax_rate else None
        clients.append(
            Client(code=f"CL-{code}", name=name, country=entity.country, currency=entity.currency, vat_number=vat)
        )
    return clients


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
