"""From a scenario and a seed to the explicit plan: terms of every engagement, and every deed with its time.

Each draw comes from a stream named after what it is about, so that taking one deed out moves no other.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal

from sandbox.core.calendars import add_workdays
from sandbox.core.chance import Chance
from sandbox.core.clock import DAY_US
from sandbox.core.money import exponent, from_minor, minor, round_half_away, split
from sandbox.firm.people import clients_of, people_of
from sandbox.firm.planning_billing import billing_deeds, closing_deeds
from sandbox.firm.planning_office import Office
from sandbox.firm.planning_payroll import payroll_deeds
from sandbox.firm.planning_spend import spending_deeds
from sandbox.firm.planning_time import time_deeds
from sandbox.plan import (
    Client,
    Deed,
    Entity,
    FirmProfile,
    GeneratedEngagement,
    Grade,
    Instalment,
    Plan,
    PlannedFault,
    Scenario,
    ScriptedEngagement,
    Terms,
)

_TITLES = (
    "Data migration", "Cloud foundation", "Pricing model", "Warehouse rollout", "Security review", "Ledger redesign",
    "Customer portal", "Reporting factory", "Shared services set-up", "Network study",
)  # fmt: skip
# Grades whose rates, averaged, price an hour of a generated engagement: assumed, the middle of a team.
_PRICED_BY: tuple[Grade, ...] = ("consultant", "senior consultant")


def make_plan(
    scenario: Scenario,
    firm: FirmProfile,
    seed: int,
    *,
    profile: str,
    faults: tuple[PlannedFault, ...] = (),
    requires: tuple[str, ...] = (),
) -> Plan:
    """Expand a scenario with a seed. Faults are planned elsewhere and handed in."""
    chance = Chance(seed).under("plan")
    people = people_of(scenario, firm, chance)
    clients = clients_of(scenario, firm, chance)
    engagements = [*scenario.scripted, *_generated(scenario, firm, clients, chance)]
    office = Office(scenario, firm, people, chance)
    deeds: list[Deed] = []
    for terms, client in zip(engagements, clients, strict=True):
        deeds += _selling_deeds(office, terms, client)
    deeds += time_deeds(office, engagements)
    deeds += spending_deeds(office, engagements, deeds)
    deeds += billing_deeds(office, engagements, deeds)
    deeds += _workforce_deeds(office)
    deeds += payroll_deeds(office)
    deeds += closing_deeds(office)
    end_us = scenario.weeks * 7 * DAY_US
    deeds = [deed for deed in deeds if deed.due_us < end_us]
    deeds.sort(key=lambda deed: (deed.due_us, deed.label))
    return Plan(
        schema=1,
        scenario=scenario.name,
        seed=seed,
        start=scenario.start,
        end_us=end_us,
        close=scenario.close,
        firm=firm,
        people=people,
        clients=tuple(dict.fromkeys(clients)),
        terms=tuple(_agreed(office, terms, client) for terms, client in zip(engagements, clients, strict=True)),
        deeds=tuple(deeds),
        profile=profile,
        faults=faults,
        requires=tuple(dict.fromkeys((*scenario.requires, *requires))),
        unpostable=tuple(_unpostable_ref(card.person, card.on, card.engagement) for card in scenario.unpostable),
        expectations=scenario.expectations,
        entity_expectations=scenario.entity_expectations,
    )


def _agreed(office: Office, terms: Terms, client: Client) -> Terms:
    """The terms without the script, naming the client by code, and the currency."""
    fields = terms.model_dump(include=set(Terms.model_fields))
    currency = terms.currency or office.entity(terms.entity).currency
    return Terms(**{**fields, "client": client.code, "currency": currency})


def _unpostable_ref(person: str, on: date, engagement: str) -> str:
    return f"{person} {on} {engagement} unpostable"


# -- generated engagements ---------------------------------------------------------------------------------------------


def _generated(
    scenario: Scenario, firm: FirmProfile, clients: list[Client], chance: Chance
) -> Iterable[ScriptedEngagement]:
    offset = len(scenario.scripted)
    for index, wanted in enumerate(scenario.generated):
        yield _invent(scenario, firm, wanted, clients[offset + index], chance)


def _invent(
    scenario: Scenario, firm: FirmProfile, wanted: GeneratedEngagement, client: Client, chance: Chance
) -> ScriptedEngagement:
    stream = chance.stream("engagement", wanted.code)
    entity = next(entity for entity in firm.entities if entity.code == wanted.entity)
    country, currency = entity.country, wanted.currency or entity.currency
    sold = add_workdays(country, scenario.start, stream.below(2))
    proposed = add_workdays(country, sold, 1)
    signed = add_workdays(country, proposed, 1 + stream.below(2))
    start = add_workdays(country, signed, 2 + stream.below(2))
    budget_hours = stream.between(320, 900)
    price = budget_hours * _price_per_hour(firm, entity, currency, start) + 10 * stream.below(100)
    team = stream.shuffled(wanted.pool)[: wanted.team_size]
    fixed = wanted.kind == "fixed_fee"
    return ScriptedEngagement(
        code=wanted.code,
        title=f"{stream.choice(_TITLES)} {wanted.code[-2:]}",
        client=client.name,
        entity=wanted.entity,
        currency=currency,
        kind=wanted.kind,
        price=price,
        # Not a multiple of sixty, so that a share of it rarely is a round number.
        budget_minutes=budget_hours * 60 + 15 * stream.below(4),
        sold=sold,
        proposed=proposed,
        signed=signed,
        start=start,
        end=start + timedelta(days=120),
        approver=wanted.approver,
        team=tuple(sorted(team)),
        instalments=_instalments(country, currency, start, price) if fixed else (),
        payment_terms_days=stream.choice((7, 14, 30)),
        pays_after_days=stream.choice((7, 10, 14, None)),
    )


def _price_per_hour(firm: FirmProfile, entity: Entity, currency: str, day: date) -> Decimal:
    """Whole units of the currency."""
    tables = [table for table in firm.rates_of(entity, currency) if table.effective <= day]
    rates = max(tables, key=lambda table: table.effective).rates
    return round_half_away(sum((rates[grade] for grade in _PRICED_BY), Decimal(0)) / len(_PRICED_BY), 0)


def _instalments(country: str, currency: str, start: date, price: Decimal) -> tuple[Instalment, ...]:
    """30% at the start, 35% three weeks later, the rest at the end."""
    places = exponent(currency)
    parts = split(from_minor(int(price.scaleb(places)), currency), (30, 35, 35))
    days = (start, add_workdays(country, start + timedelta(days=21), 0), start + timedelta(days=120))
    return tuple(
        Instalment(on=day, amount=Decimal(minor(part)).scaleb(-places)) for day, part in zip(days, parts, strict=True)
    )


# -- deeds -------------------------------------------------------------------------------------------------------------


def _selling_deeds(office: Office, terms: Terms, client: Client) -> Iterable[Deed]:
    sales = f"sales-{terms.entity.lower()}"
    deal = {"engagement": terms.code}
    yield office.deed(f"sell {terms.code}", sales, "sell", terms.sold, "10:00", {**deal, "client": client.code})
    yield office.deed(
        f"propose {terms.code}", sales, "propose", terms.proposed, "11:00", deal, after=(f"sell {terms.code}",)
    )
    yield office.deed(
        f"sign {terms.code}", sales, "sign", terms.signed, "14:00", deal, after=(f"propose {terms.code}",)
    )
    yield office.deed(
        f"staff {terms.code}",
        terms.approver,
        "staff",
        terms.signed,
        "16:00",
        {**deal, "team": list(terms.team)},
        after=(f"sign {terms.code}",),
    )


def _workforce_deeds(office: Office) -> Iterable[Deed]:
    workforce = office.scenario.workforce
    for hire in workforce.hires:
        yield office.deed(
            f"hire {hire.employee_id}",
            "hr",
            "hire",
            hire.entered,
            "09:30",
            {"employee": hire.employee_id, "effective": hire.effective.isoformat(), "grade": hire.grade},
        )
    for promotion in workforce.promotions:
        yield office.deed(
            f"promote {promotion.employee_id}",
            "hr",
            "promote",
            promotion.entered,
            "09:40",
            {
                "employee": promotion.employee_id,
                "effective": promotion.effective.isoformat(),
                "grade": promotion.grade,
            },
        )
    for leave in workforce.leavers:
        yield office.deed(
            f"leave {leave.employee_id}",
            "hr",
            "leave",
            leave.entered,
            "09:50",
            {"employee": leave.employee_id, "last_day": leave.last_day.isoformat()},
        )
