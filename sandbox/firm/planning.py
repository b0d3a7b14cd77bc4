"""From a scenario and a seed to the explicit plan: terms of every engagement, and every deed with its time.

Each draw comes from a stream named after what it is about, so that taking one deed out moves no other.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from decimal import Decimal

from sandbox.core.calendars import add_workdays
from sandbox.core.chance import Chance, Stream
from sandbox.core.clock import DAY_US
from sandbox.core.money import exponent, from_minor, minor, round_half_away, split
from sandbox.firm.business_faults import hurry, strike
from sandbox.firm.people import clients_of, people_of
from sandbox.firm.planning_accruals import accrual_deeds
from sandbox.firm.planning_billing import billing_deeds, closing_deeds
from sandbox.firm.planning_change import change_deeds
from sandbox.firm.planning_cost import cost_deeds, invented_cost, provisions_of
from sandbox.firm.planning_letters import letter_deeds
from sandbox.firm.planning_office import Office
from sandbox.firm.planning_payroll import payroll_deeds
from sandbox.firm.planning_people import workforce_deeds
from sandbox.firm.planning_spend import spending_deeds
from sandbox.firm.planning_staffing import staffing_deeds, with_teams_planned
from sandbox.firm.planning_time import time_deeds
from sandbox.plan import (
    Acceptance,
    Client,
    Deed,
    Entity,
    FirmProfile,
    GeneratedEngagement,
    Grade,
    Instalment,
    Milestone,
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
# Of milestones, how many the client sends back once, and what they are called: assumed.
_SENT_BACK_PERCENT = 25
_RESULTS = ("Design", "Acceptance test")
_RESULTS_AFTER = (timedelta(days=25), timedelta(days=55))
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
    """Expand a scenario with a seed. Faults are planned elsewhere and handed in; business faults become deeds."""
    chance = Chance(seed).under("plan")
    people = people_of(scenario, firm, chance)
    clients = clients_of(scenario, firm, chance)
    struck = strike(scenario, firm, [*scenario.scripted, *_generated(scenario, firm, clients, chance)], faults)
    scenario, engagements = struck.scenario, struck.engagements
    office = Office(scenario, firm, people, chance)
    if scenario.plans_teams:
        engagements = [*scenario.scripted, *with_teams_planned(office, engagements[len(scenario.scripted) :])]
    deeds: list[Deed] = []
    for terms, client in zip(engagements, clients, strict=True):
        deeds += _selling_deeds(office, terms, client)
    deeds += _again_deeds(office, engagements)
    deeds += time_deeds(office, engagements)
    deeds += spending_deeds(office, engagements, deeds)
    deeds += billing_deeds(office, engagements, deeds)
    deeds += workforce_deeds(office)
    deeds += staffing_deeds(office, engagements)
    deeds += payroll_deeds(office)
    deeds += change_deeds(office, engagements)
    deeds += cost_deeds(office, engagements)
    deeds += accrual_deeds(office, engagements)
    deeds += closing_deeds(office, provisions_of(deeds))
    deeds += letter_deeds(office, engagements, deeds)
    end_us = scenario.weeks * 7 * DAY_US
    deeds = [deed for deed in deeds if deed.due_us < end_us]
    deeds, faults = hurry(office, deeds, struck.faults)
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
    milestones = _milestones(country, currency, start, price) if wanted.kind == "milestone" else ()
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
        instalments=_instalments(wanted.kind, country, currency, start, price),
        milestones=milestones,
        acceptances=_acceptances(country, milestones, stream),
        expected_cost=invented_cost(firm, wanted.entity, wanted.kind, budget_hours),
        payment_terms_days=stream.choice((7, 14, 30)),
        pays_after_days=stream.choice((7, 10, 14, None)),
    )


def _price_per_hour(firm: FirmProfile, entity: Entity, currency: str, day: date) -> Decimal:
    """Whole units of the currency."""
    tables = [table for table in firm.rates_of(entity, currency) if table.effective <= day]
    rates = max(tables, key=lambda table: table.effective).rates
    return round_half_away(sum((rates[grade] for grade in _PRICED_BY), Decimal(0)) / len(_PRICED_BY), 0)


def _instalments(kind: str, country: str, currency: str, start: date, price: Decimal) -> tuple[Instalment, ...]:
    """30% at the start, 35% three weeks later, the rest at the end; all at the start for being available."""
    if kind in ("time_and_materials", "capped_time", "milestone"):
        return ()
    if kind == "stand_ready":
        return (Instalment(on=start, amount=price),)
    days = (start, add_workdays(country, start + timedelta(days=21), 0), start + timedelta(days=120))
    amounts = _shares(price, currency, (30, 35, 35))
    return tuple(Instalment(on=day, amount=amount) for day, amount in zip(days, amounts, strict=True))


def _milestones(country: str, currency: str, start: date, price: Decimal) -> tuple[Milestone, ...]:
    """40% and 60%, three and a half and eight weeks after the start."""
    amounts = _shares(price, currency, (40, 60))
    return tuple(
        Milestone(code=f"M{number}", title=title, amount=amount, due=add_workdays(country, start + after, 0))
        for number, (title, after, amount) in enumerate(zip(_RESULTS, _RESULTS_AFTER, amounts, strict=True), start=1)
    )


def _acceptances(country: str, milestones: Sequence[Milestone], stream: Stream) -> tuple[Acceptance, ...]:
    """Accepted when due or up to a week later; some are sent back on the day they are due."""
    facts = []
    for milestone in milestones:
        accepted = add_workdays(country, milestone.due, stream.below(6))
        sent_back = milestone.due if stream.below(100) < _SENT_BACK_PERCENT and accepted > milestone.due else None
        facts.append(Acceptance(milestone=milestone.code, on=accepted, rejected_on=sent_back))
    return tuple(facts)


def _shares(price: Decimal, currency: str, percents: Sequence[int]) -> list[Decimal]:
    places = exponent(currency)
    return [
        Decimal(minor(part)).scaleb(-places)
        for part in split(from_minor(int(price.scaleb(places)), currency), percents)
    ]


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
        terms.staffed_on,
        "16:00",
        {**deal, "team": list(terms.team), **_named_approver(office, terms)},
        after=(f"sign {terms.code}",) if terms.at_risk_from is None else (f"start {terms.code} at risk",),
    )
    if terms.at_risk_from is not None:
        yield office.deed(
            f"start {terms.code} at risk",
            sales,
            "start_at_risk",
            terms.at_risk_from,
            "12:00",
            deal,
            after=(f"propose {terms.code}",),
        )


def _again_deeds(office: Office, engagements: Iterable[ScriptedEngagement]) -> Iterable[Deed]:
    """Whoever is hired again joins the projects they were on."""
    for terms in engagements:
        for again in office.scenario.workforce.rehires:
            if again.employee_id in terms.team:
                yield office.deed(
                    f"staff {terms.code} {again.employee_id} again",
                    office.approver_on(terms.approver, again.effective),
                    "staff",
                    again.effective,
                    "08:45",
                    {"engagement": terms.code, "team": [again.employee_id]},
                    after=(f"staff {terms.code}", f"rehire {again.employee_id}"),
                )


def _named_approver(office: Office, terms: Terms) -> dict[str, str]:
    named = {each.code for each in office.scenario.scripted if each.named_approver}
    return {"approver": terms.approver} if terms.code in named else {}
