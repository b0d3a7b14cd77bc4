"""The close: once a month's time is cut off, what is missing is worked out, accrued, and told with control totals.

Missing is what people were firmly planned to work on a project and no approved time of the month says they did. Its
cost becomes a journal that a finance person posts; its revenue, of hourly work, an estimate line that goes to the
revenue system with the night's totals. Both take themselves back on the first day of the next month, in which the late
time itself posts (accounting.md J08, J42; posting-map.md section 2).
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import asdict
from datetime import date
from decimal import Decimal
from typing import Any

from sandbox.core.client import LoginRefused
from sandbox.core.errors import NoAnswer
from sandbox.core.money import from_scaled
from sandbox.core.periods import Period
from sandbox.engine.canonical import Accrual, TimeEntry
from sandbox.engine.connectors.revenue import Obligation
from sandbox.engine.context import Context
from sandbox.engine.flows.missing_time import missing_time
from sandbox.engine.flows.obligations import estimate_of
from sandbox.engine.flows.time import value_of
from sandbox.engine.resilience import Missing, Unavailable
from sandbox.engine.store import NewWork, Work

SOURCE = "close.cutoff"
# Documents by entity and month: totals when it was cut off, what is missing of it, and all of it with its journals.
_CUT, _MISSING, REPORT = "cut-off", "missing time", "close report"


class CloseFlow:
    """From the cut-off of a month to accruals and a report."""

    name = "close"

    def __init__(self, context: Context) -> None:
        self._c = context

    async def look(self) -> None:
        """Queue the entities whose last month is cut off by now and has no report yet; count what stands at once, and
        not behind work that waits for a system."""
        context = self._c
        period = Period.of(context.today()).previous()
        if period < Period.of(context.settings.start):
            return
        work = []
        for entity in context.settings.entities.values():
            cutoff_us = context.interface.cutoff_us(context.settings.start, entity, period)
            key = close_key(entity.code, period)
            if cutoff_us < context.ports.now_us() and await context.store.document(REPORT, key) is None:
                work.append(NewWork(self.name, context.policy.lane(key, key), key, is_news=False))
                with suppress(Missing, Unavailable, LoginRefused, NoAnswer):
                    await self._at_cutoff(entity.code, period)
        await context.take(SOURCE, (), work)

    async def handle(self, work: Work) -> None:
        """Accrue what is missing and write the report; done again it finds what it did."""
        context = self._c
        entity, _, month = work.key.partition(" ")
        period = Period.parse(month)
        at_cutoff = await self._at_cutoff(entity, period)
        accruals = [await self._accrued(each) for each in await self._missing(entity, period)]
        posted = await context.erp.accruals.posted_time(entity, period)
        report = {
            "entity": entity,
            "period": month,
            "accruals": accruals,
            "at_cutoff": at_cutoff,
            "in_erp": {"count": posted.count, "minutes": posted.minutes},
        }
        await context.store.put_document(REPORT, work.key, report)
        context.ports.note("engine", event="close", report=report)

    # -- what is missing -------------------------------------------------------------------------------------------

    async def _missing(self, entity: str, period: Period) -> list[Accrual]:
        """Worked out once, and the same from then on."""
        key = close_key(entity, period)
        known = await self._c.store.document(_MISSING, key)
        if known is None:
            wanted = self._c.interface.missing_time is not None and self._c.policy.accrues_missing_time()
            found = await missing_time(self._c, entity, period) if wanted else []
            known = [{**asdict(each), **_texts(each)} for each in found]
            await self._c.store.put_document(_MISSING, key, known)
        return [_accrual(row) for row in known]

    async def _accrued(self, accrual: Accrual) -> dict[str, Any]:
        """An accrual with the number of its journal: what a person made already stands, and nothing is added to it."""
        context, rule = self._c, self._c.interface.missing_time
        assert rule is not None, "nothing is missing where nothing is agreed"
        names = {"engagement": accrual.engagement, "period": str(accrual.period), "entity": accrual.entity}
        key, memo = rule.journal.format(**names), rule.memo.format(**names)
        journal = None
        if context.policy.looks_for_accruals():
            journal = await context.erp.accruals.accrued_by_hand(memo, accrual.entity, key)
        by_hand = journal is not None
        if not by_hand and accrual.cost:
            job_id = await context.native("engagement", accrual.engagement, "erp")
            accounts = context.interface.accounts
            journal = await context.erp.accruals.prepare(accrual, job_id, key, memo, accounts.labour, accounts.absorbed)
        return {**asdict(accrual), **_texts(accrual), "journal": journal, "by_hand": by_hand}

    # -- control totals ----------------------------------------------------------------------------------------------

    async def _at_cutoff(self, entity: str, period: Period) -> dict[str, Any]:
        """Time of an entity's engagements that the PSA approved for a month, how much of it the ERP had acknowledged,
        and what the rest is worth by currency; counted once, as soon as the PSA answers after the cut-off."""
        context, key = self._c, close_key(entity, period)
        known: dict[str, Any] | None = await context.store.document(_CUT, key)
        if known is not None:
            return known
        approved, posted, unposted = [0, 0], [0, 0], dict[str, int]()
        for entry in await self._approved(entity, period):
            card = await context.store.timecard(entry.entry_id)
            is_posted = card is not None and card.posted
            for sums in (approved, posted) if is_posted else (approved,):
                sums[0] += 1
                sums[1] += entry.minutes
            if not is_posted and entry.billable:
                unposted[entry.currency] = unposted.get(entry.currency, 0) + value_of(entry)
        known = {
            "approved": {"count": approved[0], "minutes": approved[1]},
            "posted": {"count": posted[0], "minutes": posted[1]},
            "unposted_value": {each: f"{from_scaled(value):.2f}" for each, value in unposted.items() if value},
        }
        await context.store.put_document(_CUT, key, known)
        return known

    async def _approved(self, entity: str, period: Period) -> list[TimeEntry]:
        """Approved time of a month by posting, project by project."""
        context, found = self._c, list[TimeEntry]()
        legal, start = context.entity(entity), context.settings.start
        for code, deal in (await context.store.documents("deal")).items():
            if deal["entity"] == entity:
                workspace_id = await context.native("engagement", code, "psa")
                first = date.fromisoformat(deal["start"])
                for entry in await context.psa.approved_on(workspace_id, first, period.last):
                    if entry.approved_us is not None:
                        month = context.interface.posting_period(start, legal, entry.on, entry.approved_us)
                        found += [entry] if month == period else []
        return found


async def estimates(context: Context, deals: dict[str, Any]) -> list[Obligation]:
    """What stands in for missing time as revenue: a line per contract line and month, for ways of charging that are
    agreed to have one."""
    rule = context.interface.missing_time
    amounts: dict[tuple[str, str], Decimal] = {}
    for rows in (await context.store.documents(_MISSING)).values():
        for row in rows:
            if rule is not None and deals[row["engagement"]]["kind"] in rule.estimates:
                at = (row["engagement"], row["period"])
                amounts[at] = amounts.get(at, Decimal(0)) + Decimal(row["value"])
    return [
        estimate_of(context.interface, deals[code], period, amount)
        for (code, period), amount in sorted(amounts.items())
        if amount
    ]


def close_key(entity: str, period: Period) -> str:
    """What the close of a month of an entity is called."""
    return f"{entity} {period}"


def _texts(accrual: Accrual) -> dict[str, str]:
    return {"period": str(accrual.period), "cost": str(accrual.cost), "value": str(accrual.value)}


def _accrual(row: dict[str, Any]) -> Accrual:
    return Accrual(
        **{
            **row,
            "period": Period.parse(row["period"]),
            "cost": Decimal(row["cost"]),
            "value": Decimal(row["value"]),
        }
    )
