"""Business faults: what a firm does at a bad moment, added to what a seed invents (verification.md B04, B05, B06).

Scripted engagements, and whoever works on or decides about them, are never struck: their figures were worked out by
hand. A fault that finds nobody to strike is left out of the plan. How far back, when and by how little: assumed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

from sandbox.core.calendars import add_workdays, nth_workday
from sandbox.core.clock import DAY_US
from sandbox.core.money import round_half_away
from sandbox.core.periods import Period
from sandbox.firm.planning_office import Office
from sandbox.plan import ChangeOrder, Deed, FirmProfile, PlannedFault, Scenario, ScriptedEngagement
from sandbox.plan.workforce import Leave, Rescission

RETROACTIVE_CHANGE, TERMINATION, CLOSE_IN_FLIGHT = "B04", "B05", "B06"
KINDS = (RETROACTIVE_CHANGE, TERMINATION, CLOSE_IN_FLIGHT)
# When a month is cut off for time, local to the entity (posting-map section 4).
_CUTOFF_WD, _CUTOFF_AT = 1, "12:00"
# A change signed this long before sales enters it; per cent of the price and of the hours it adds.
_ENTERED_AFTER = timedelta(days=21)
_ADDED_PERCENT = 10
# Days between HR's entry and the last day: known after it, on it, long before it, and taken back after it.
_ENTRIES = (3, 0, -14, -7)
_TAKEN_BACK_AFTER = timedelta(days=4)


@dataclass(frozen=True, slots=True)
class Struck:
    """A story with its business faults. ``faults`` are all that are planned, each of these with the deed it is."""

    scenario: Scenario
    engagements: list[ScriptedEngagement]
    faults: tuple[PlannedFault, ...]


def strike(
    scenario: Scenario, firm: FirmProfile, engagements: Sequence[ScriptedEngagement], faults: Iterable[PlannedFault]
) -> Struck:
    """Change orders entered late and ends of employment, worked into the story; other faults pass through."""
    struck = Struck(scenario, list(engagements), ())
    for fault in faults:
        if fault.kind == RETROACTIVE_CHANGE:
            struck = _change_late(struck, firm, fault)
        elif fault.kind == TERMINATION:
            struck = _let_go(struck, firm, fault)
        else:
            struck = replace(struck, faults=(*struck.faults, fault))
    return struck


def hurry(
    office: Office, deeds: Sequence[Deed], faults: Iterable[PlannedFault]
) -> tuple[list[Deed], tuple[PlannedFault, ...]]:
    """B06: an approval of generated work moves to shortly before its month is cut off."""
    moved = {deed.label: deed for deed in deeds}
    kept: list[PlannedFault] = []
    for fault in faults:
        if fault.kind != CLOSE_IN_FLIGHT:
            kept.append(fault)
            continue
        taken = {each.params.get("deed") for each in kept}
        found = [(deed, at_us) for deed, at_us in _last_minute(office, deeds) if deed.label not in taken]
        if found:
            deed, cutoff_us = found[int(fault.params["draw"]) % len(found)]
            due_us = cutoff_us - int(fault.params["margin_us"])
            late_by = due_us - deed.due_us
            moved[deed.label] = deed.model_copy(update={"due_us": due_us, "deadline_us": deed.deadline_us + late_by})
            kept.append(_as(fault, deed.label))
    return list(moved.values()), tuple(kept)


def _as(fault: PlannedFault, label: str) -> PlannedFault:
    return fault.model_copy(update={"params": {**fault.params, "deed": label}})


def _generated(struck: Struck) -> list[ScriptedEngagement]:
    scripted = {each.code for each in struck.scenario.scripted}
    return [each for each in struck.engagements if each.code not in scripted]


def _day_of(scenario: Scenario, fault: PlannedFault) -> date:
    return scenario.start + timedelta(days=fault.after_us // DAY_US)


# -- B04 ---------------------------------------------------------------------------------------------------------------


def _change_late(struck: Struck, firm: FirmProfile, fault: PlannedFault) -> Struck:
    """A change order of a fixed fee, signed weeks before sales enters it, over what is billed and what is not."""
    day = _day_of(struck.scenario, fault)
    fees = [
        each
        for each in _generated(struck)
        if each.kind == "fixed_fee" and not each.change_orders and each.start <= day - _ENTERED_AFTER
    ]
    if not fees:
        return struck
    terms = fees[int(fault.params["draw"]) % len(fees)]
    country = next(entity.country for entity in firm.entities if entity.code == terms.entity)
    entered = add_workdays(country, day, 0)
    change = ChangeOrder(
        number="CO1",
        signed=add_workdays(country, day - _ENTERED_AFTER, 0),
        entered_on=entered,
        price=round_half_away(terms.price * _ADDED_PERCENT / Decimal(100), 0),
        minutes=terms.budget_minutes * _ADDED_PERCENT // 100,
        treatment="catch_up",
        decided_on=add_workdays(country, entered, 1),
        billed_on=add_workdays(country, entered, 1),
    )
    changed = terms.model_copy(update={"change_orders": (change,)})
    engagements = [changed if each.code == terms.code else each for each in struck.engagements]
    label = f"sign {terms.code} {change.number}"
    return replace(struck, engagements=engagements, faults=(*struck.faults, _as(fault, label)))


# -- B05 ---------------------------------------------------------------------------------------------------------------


def _let_go(struck: Struck, firm: FirmProfile, fault: PlannedFault) -> Struck:
    """Somebody leaves with time still open: known late, on the day, long before, or taken back when it is over."""
    scenario = struck.scenario
    people = _free_to_leave(struck)
    if not people:
        return struck
    draw = int(fault.params["draw"])
    person = people[draw % len(people)]
    entered_after = _ENTRIES[draw // len(people) % len(_ENTRIES)]
    entity = next(each.entity for each in _generated(struck) if person in each.team)
    country = next(each.country for each in firm.entities if each.code == entity)
    last_day = add_workdays(country, _day_of(scenario, fault), 0)
    entered = max(last_day + timedelta(days=entered_after), scenario.start)
    workforce = scenario.workforce
    leave = Leave(employee_id=person, entered=add_workdays(country, entered, 0), last_day=last_day)
    update: dict[str, object] = {"leavers": (*workforce.leavers, leave)}
    if entered_after == _ENTRIES[-1]:
        again = add_workdays(country, last_day + _TAKEN_BACK_AFTER, 0)
        taken_back = Rescission(employee_id=person, event="leaver", effective=last_day, entered=again)
        update["rescissions"] = (*workforce.rescissions, taken_back)
    changed = scenario.model_copy(update={"workforce": workforce.model_copy(update=update)})
    return replace(struck, scenario=changed, faults=(*struck.faults, _as(fault, f"leave {person}")))


def _free_to_leave(struck: Struck) -> list[str]:
    """Whoever works on generated engagements alone, decides nothing and has no story of their own."""
    scenario = struck.scenario
    told = {each["employee_id"] for events in scenario.workforce.model_dump().values() for each in events} | {
        card.person for card in scenario.unpostable
    }
    for each in scenario.scripted:
        told |= {each.approver, *each.team, *(rule.person for rule in each.time)}
    told |= {each.approver for each in struck.engagements}
    return sorted({person for each in _generated(struck) for person in each.team} - told)


# -- B06 ---------------------------------------------------------------------------------------------------------------


def _last_minute(office: Office, deeds: Iterable[Deed]) -> list[tuple[Deed, int]]:
    """Approvals of generated work that are due on the morning of a cut-off, and the instant of it."""
    generated = {each.code for each in office.scenario.generated}
    cutoffs = []
    for text in office.scenario.close:
        for entity in office.firm.entities:
            day = nth_workday(entity.country, Period.parse(text).next(), _CUTOFF_WD)
            cutoffs.append((entity, day))
    found = []
    for deed in deeds:
        if deed.verb != "approve" or deed.args["engagement"] not in generated:
            continue
        for entity, day in cutoffs:
            at_us = office.instant(deed.person, day, _CUTOFF_AT)
            if office.entity_of(deed.person) == entity and at_us - DAY_US // 4 <= deed.due_us < at_us:
                found.append((deed, at_us))
    return found
