"""Missing time at the close: who posts the accruals the engine prepared, and what finance accrues by hand."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sandbox.core.calendars import nth_workday
from sandbox.core.periods import Period
from sandbox.firm.planning_office import Office
from sandbox.plan import Deed, ScriptedEngagement

# Workday after the month on which prepared accruals are posted: after the cut-off, before the revenue run (O10).
ACCRUE_WD = 3


def accrual_deeds(office: Office, engagements: Sequence[ScriptedEngagement]) -> Iterable[Deed]:
    """One deed per entity and month that closes, where people are firmly planned; and what is scripted."""
    for text in office.scenario.close:
        month = Period.parse(text)
        planned = {
            terms.entity
            for terms in engagements
            for each in terms.allocations
            if each.hard and each.person is not None and each.first <= month.last and each.last >= month.first
        }
        for entity in office.firm.entities:
            if entity.code in planned:
                on = nth_workday(entity.country, month.next(), ACCRUE_WD)
                args = {"org": entity.code, "period": text}
                yield office.deed(f"accrue {entity.code} {text}", "controller", "approve_accruals", on, "15:00", args)
    for terms in engagements:
        for accrual in terms.accruals:
            yield office.deed(
                f"accrue {terms.code} {accrual.period} by hand",
                f"finance-{terms.entity.lower()}",
                "accrue_by_hand",
                accrual.on,
                "15:00",
                {"engagement": terms.code, "period": accrual.period, "amount": str(accrual.amount)},
                after=(f"staff {terms.code}",),
            )
