"""Work that is earned by its cost: who approves which expected cost when, and who provides for a loss at the close."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from sandbox.core.calendars import nth_workday
from sandbox.core.money import exponent, round_half_away
from sandbox.core.periods import Period
from sandbox.firm.planning_billing import CLOSE_WD
from sandbox.firm.planning_office import Office
from sandbox.plan import Deed, Estimate, FirmProfile, Grade, Kind, ScriptedEngagement
from sandbox.plan.terms import BY_COST

# Grades whose standard cost, averaged, is that of an hour of an invented engagement: assumed, the middle of a team.
_COSTED_BY: tuple[Grade, ...] = ("consultant", "senior consultant")
# Workday after the month on which an estimate for its run is approved: before the cut-off of cost is booked (O11).
_ESTIMATE_WD = 2


def cost_deeds(office: Office, engagements: Sequence[ScriptedEngagement]) -> list[Deed]:
    """Estimates at the start and later on, and the provision of every close."""
    deeds: list[Deed] = []
    for terms in engagements:
        if terms.kind in BY_COST:
            deeds += _estimate_deeds(office, terms)
            deeds += _provision_deeds(office, terms)
    return deeds


def provisions_of(deeds: Iterable[Deed]) -> Mapping[str, list[str]]:
    """Month -> labels of the provisions that its ledger waits for before it closes."""
    found: dict[str, list[str]] = {}
    for deed in deeds:
        if deed.verb == "book_provision":
            found.setdefault(deed.args["period"], []).append(deed.label)
    return found


def invented_cost(firm: FirmProfile, entity: str, kind: Kind, budget_hours: int) -> Decimal | None:
    """What an invented engagement is expected to cost, in whole units of the entity's currency; by cost only."""
    if kind not in BY_COST:
        return None
    tables = [table for table in firm.cost_rates if table.entity == entity]
    rates = max(tables, key=lambda table: table.effective).rates
    return round_half_away(budget_hours * sum((rates[grade] for grade in _COSTED_BY), Decimal(0)) / len(_COSTED_BY), 0)


def invented_estimates(office: Office, terms: ScriptedEngagement) -> tuple[Estimate, ...]:
    """New estimates of an invented engagement: for every second month that closes, some per cent off the first one."""
    if terms.expected_cost is None:
        return ()
    entity = office.entity(terms.entity)
    found = []
    for text in office.scenario.close:
        stream = office.stream("estimate", terms.code, text)
        percent = 90 + stream.below(26)
        if stream.below(2):
            cost = round_half_away(terms.expected_cost * percent / 100, min(exponent(entity.currency), 2))
            approved_on = nth_workday(entity.country, Period.parse(text).next(), _ESTIMATE_WD)
            found.append(Estimate(period=text, approved_on=approved_on, cost=cost))
    return tuple(found)


def _estimate_deeds(office: Office, terms: ScriptedEngagement) -> Iterable[Deed]:
    if terms.expected_cost is None:
        return
    first = Estimate(period=str(Period.of(terms.staffed_on)), approved_on=terms.staffed_on, cost=terms.expected_cost)
    later = _scripted_estimates(terms) if office.is_scripted(terms) else invented_estimates(office, terms)
    after = f"staff {terms.code}"
    for number, estimate in enumerate((first, *later), start=1):
        label = f"approve EAC {terms.code} {number}"
        args = {"engagement": terms.code, "period": estimate.period, "cost": str(estimate.cost)}
        yield office.deed(
            label, terms.approver, "approve_eac", estimate.approved_on, "16:30", args, after=(after,), minutes=number
        )
        after = label


def _scripted_estimates(terms: ScriptedEngagement) -> Sequence[Estimate]:
    """Those that are written down, and for every change order what was expected till then and the cost it adds."""
    found = list(terms.estimates)
    for change in sorted(terms.change_orders, key=lambda each: each.entered_on or each.signed):
        on = change.entered_on or change.signed
        before = [each for each in found if each.approved_on <= on]
        latest = max(before, key=lambda each: each.approved_on).cost if before else terms.expected_cost
        if change.cost and latest is not None:
            found.append(Estimate(period=str(Period.of(on)), approved_on=on, cost=latest + change.cost))
    return sorted(found, key=lambda each: each.approved_on)


def _provision_deeds(office: Office, terms: ScriptedEngagement) -> Iterable[Deed]:
    """On the day of the close, when the month's revenue is in the ledger; contracts at home only."""
    entity = office.entity(terms.entity)
    if terms.currency not in (None, entity.currency):
        return
    for text in office.scenario.close:
        period = Period.parse(text)
        if period < Period.of(terms.signed):
            continue
        on = nth_workday(entity.country, period.next(), CLOSE_WD)
        finance = f"finance-{terms.entity.lower()}"
        args = {"engagement": terms.code, "period": text}
        after = (f"run {terms.entity} {text}", f"staff {terms.code}")
        yield office.deed(f"provide {terms.code} {text}", finance, "book_provision", on, "11:00", args, after=after)
