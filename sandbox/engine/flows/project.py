"""Project setup: a deal from the proposal on is an estimate in the PSA; the win sets up ERP, revenue and PSA, in steps.

Every step can be taken again without harm, and is skipped when it was taken with the same deal before. When a step is
refused for good, the steps before it are taken back and the deal becomes a dead letter: nothing half-built is open.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sandbox.core.errors import SandboxError
from sandbox.core.money import from_scaled
from sandbox.core.periods import Period
from sandbox.engine.canonical import BY_THE_HOUR, WON, Deal
from sandbox.engine.connectors.crm import DealEvent
from sandbox.engine.connectors.revenue import Obligation
from sandbox.engine.context import Context, digest
from sandbox.engine.flows.change import change_fields, in_force
from sandbox.engine.flows.letters import told_by_cases
from sandbox.engine.flows.obligations import deal_document, fixed_obligations, obligation
from sandbox.engine.flows.reductions import reductions
from sandbox.engine.resilience import Missing, Refused
from sandbox.engine.store import NewWork, Work

SOURCE = "crm.changes"
# All that is retained, in the vendor's words.
_FROM_THE_BEGINNING = -2
_TAKEN_BACK = "taken back"


@dataclass(frozen=True, slots=True)
class Step:
    """One step of setting a deal up, and how to take it back by the engagement's code."""

    name: str
    do: Callable[[Deal], Awaitable[None]]
    undo: Callable[[str], Awaitable[None]] | None = None


class ProjectFlow:
    """Deals to projects."""

    name = "project"

    def __init__(self, context: Context) -> None:
        self._c = context
        steps = (
            Step("customer", self._customer),
            Step("job", self._job, self._retire_job),
            Step("obligation", self._obligation),
            Step("convert", self._convert),
            Step("open", self._open, self._close),
            Step("link", self._link),
        )
        named = {step.name: step for step in steps}
        self._steps = tuple(named[name] for name in context.policy.set_up_order(tuple(named)))
        # Before the signature: cost can be booked, nobody is billed, and nothing is in the revenue system.
        unsigned = Step("unsigned", self._remember_unsigned)
        self._steps_at_risk = (
            named["customer"],
            named["job"],
            unsigned,
            named["convert"],
            named["open"],
            named["link"],
        )

    # -- learning ------------------------------------------------------------------------------------------------------

    async def look(self) -> None:
        """Read change events and queue the deals they are about."""
        context = self._c
        after = int(await context.store.watermark(SOURCE) or _FROM_THE_BEGINNING)
        events = await context.crm.changes(after)
        if not events:
            return
        try:
            await self._queue(events, after)
        except SandboxError:
            # Handed out and not taken in.
            context.crm.forget_client()
            raise

    async def _queue(self, events: list[DealEvent], after: int) -> None:
        context = self._c
        fresh = events
        if not context.policy.forgets_events():
            unseen = set(await context.store.unseen(SOURCE, [event.event_id for event in events]))
            fresh = [event for event in events if event.event_id in unseen]
        work: dict[str, NewWork] = {}
        for event in fresh:
            for opportunity_id in await self._deals_of(event):
                lane = context.policy.lane(opportunity_id, event.event_id)
                work[lane] = NewWork(self.name, lane, opportunity_id)
        after = max([after, *(event.replay_id for event in events)])
        ids = [event.event_id for event in fresh]
        cases = await told_by_cases(context, fresh)
        await context.take(SOURCE, ids, [*work.values(), *cases], str(after))

    async def _deals_of(self, event: DealEvent) -> list[str]:
        if event.entity == "Opportunity":
            return list(event.record_ids)
        found: list[str] = []
        for record_id in event.record_ids:
            if event.entity == "OpportunityLineItem":
                opportunity_id = event.payload.get("OpportunityId") or await self._c.crm.opportunity_of_line(record_id)
                found += [opportunity_id] if opportunity_id else []
            elif event.entity == "Order":
                opportunity_id = event.payload.get("OpportunityId") or await self._c.crm.opportunity_of_order(record_id)
                found += [opportunity_id] if opportunity_id else []
            elif event.entity == "Account":
                found += await self._c.crm.opportunities_of_account(record_id)
        return found

    async def worth(self, opportunity_id: str) -> str:
        """What is at stake when a deal cannot be set up: its price."""
        return await self._c.crm.deal_worth(opportunity_id)

    # -- doing ---------------------------------------------------------------------------------------------------------

    async def handle(self, work: Work) -> None:
        """Bring everything that depends on a deal up to date; take back what was set up for one that is off."""
        deal = await self._c.crm.deal(work.key)
        if deal is None:
            await self._withdraw(work.key)
            return
        if deal.entity not in self._c.settings.entities:
            raise Refused(f"deal {deal.code} belongs to the unknown entity {deal.entity!r}")
        if deal.stage == WON and not deal.lines:
            raise Refused(f"deal {deal.code} has no lines")
        deal = in_force(deal, self._c.policy)
        await self._c.store.link("engagement", deal.code, "crm", work.key)
        await self._estimate(deal)
        if deal.stage == WON:
            await self._set_up(deal, self._steps)
        elif deal.at_risk and deal.lines and self._c.policy.starts_at_risk():
            await self._set_up(deal, self._steps_at_risk)

    def _rate_card(self, deal: Deal) -> str:
        name = self._c.settings.rate_cards.get((deal.entity, deal.currency))
        if name is None:
            raise Refused(f"deal {deal.code}: {deal.entity} has no rate card in {deal.currency}")
        return f"{name} {deal.rate_card}" if deal.rate_card else name

    async def _estimate(self, deal: Deal) -> None:
        context = self._c
        key, now = f"project {deal.code} estimate", digest(deal)
        if await context.store.sent(key) == now:
            return
        rate_card = self._rate_card(deal)
        group_id = await context.psa.ensure_client(deal)
        await context.psa.rename_client(group_id, deal.client_name)
        workspace_id = await context.psa.ensure_project(deal, group_id, rate_card)
        await context.store.link("engagement", deal.code, "psa", workspace_id)
        await context.psa.update_project(workspace_id, deal, rate_card, won=False)
        await context.store.mark_sent({key: now})

    async def _set_up(self, deal: Deal, steps: tuple[Step, ...]) -> None:
        store, now = self._c.store, digest(deal)
        taken: list[Step] = []
        for step in steps:
            key = f"project {deal.code} {step.name}"
            if await store.sent(key) != now:
                try:
                    await step.do(deal)
                except Refused:
                    await self._take_back(deal.code, taken)
                    raise
                await store.mark_sent({key: now})
            taken.append(step)

    async def _withdraw(self, native_id: str) -> None:
        store = self._c.store
        code = await store.ref("crm", "engagement", native_id)
        if code is None:
            return
        states = {step.name: await store.sent(f"project {code} {step.name}") for step in self._steps}
        await self._take_back(code, [step for step in self._steps if states[step.name] not in (None, _TAKEN_BACK)])

    async def _take_back(self, code: str, taken: list[Step]) -> None:
        for step in reversed(taken):
            if step.undo is not None:
                await step.undo(code)
            await self._c.store.mark_sent({f"project {code} {step.name}": _TAKEN_BACK})

    # -- steps ---------------------------------------------------------------------------------------------------------

    async def _customer(self, deal: Deal) -> None:
        await self._c.erp.put_customer(deal)

    async def _job(self, deal: Deal) -> None:
        customer_id = await self._c.native("client", deal.client_code, "erp")
        await self._c.erp.put_job(deal, customer_id)

    async def _retire_job(self, code: str) -> None:
        await self._c.erp.retire_job(await self._c.native("engagement", code, "erp"))

    async def _obligation(self, deal: Deal) -> None:
        context = self._c
        before = await context.store.document("deal", deal.code)
        document = {**deal_document(deal), **change_fields(deal, before), **await self._exchange(deal, before)}
        rows = fixed_obligations(context.interface, document) or await self._first_month(deal, document)
        sent = [await context.store.sent(f"obligation {row.obligation}") for row in rows]
        filename = f"setup-{deal.code}-{digest(rows, sent)}.csv"
        rejected = await context.revenue.send_transactions(filename, rows, [])
        mine = [each for each in rejected if each.row_id in {row.obligation for row in rows}]
        if mine:
            raise Refused(f"revenue staging refused {mine[0].row_id}: {mine[0].message}")
        await context.store.put_document("deal", deal.code, document)
        await context.store.mark_sent({f"obligation {row.obligation}": digest(row) for row in rows})

    async def _exchange(self, deal: Deal, before: dict[str, Any] | None) -> dict[str, str]:
        """Of a deal in another currency than its entity's the rate of its start, which stays; nothing at home."""
        functional = self._c.settings.entities[deal.entity].currency
        if functional == deal.currency:
            return {}
        if before is not None and "rate" in before:
            return {"functional": functional, "rate": before["rate"]}
        rate = await self._c.erp.spot_rate(deal.currency, functional, deal.start)
        if rate is None:
            # Never a guess (accounting.md section 4.8).
            raise Missing(f"deal {deal.code}: the ERP has no rate of {deal.start} from {deal.currency} to {functional}")
        return {"functional": functional, "rate": rate}

    async def _remember_unsigned(self, deal: Deal) -> None:
        await self._c.store.put_document("deal", deal.code, {**deal_document(deal), "signed": False})

    async def _first_month(self, deal: Deal, document: dict[str, Any]) -> list[Obligation]:
        """Of time what is approved so far in the month of the start: nothing in the beginning."""
        month = str(Period.of(deal.start))
        taken = await reductions(self._c)
        approved = {
            line: from_scaled(value) - taken.get((line, period), Decimal(0))
            for line, period, _, value in await self._c.store.time_totals()
            if period == month
        }
        return [
            obligation(self._c.interface, document, line.code, month, approved.get(line.code, Decimal(0)))
            for line in deal.lines
        ]

    async def _convert(self, deal: Deal) -> None:
        context = self._c
        workspace_id = await context.native("engagement", deal.code, "psa")
        # An estimate takes no time, so a deal that begins at risk is converted as well.
        await context.psa.update_project(workspace_id, deal, self._rate_card(deal), won=True)
        for line in deal.lines:
            story_id = await context.psa.ensure_task(deal, line, workspace_id, deal.kind not in BY_THE_HOUR)
            await context.psa.update_task(story_id, deal, line)
            if line.due:
                await context.psa.ensure_milestone(deal, line, workspace_id, story_id)
            await context.store.link("line", line.code, "psa", story_id)

    async def _open(self, deal: Deal) -> None:
        await self._c.psa.open_for_time(await self._c.native("engagement", deal.code, "psa"), is_open=True)
        await self._c.store.put_document("gate", deal.code, {"open": True, "client": deal.client_code})

    async def _close(self, code: str) -> None:
        await self._c.psa.open_for_time(await self._c.native("engagement", code, "psa"), is_open=False)
        gate = await self._c.store.document("gate", code) or {"client": ""}
        await self._c.store.put_document("gate", code, {**gate, "open": False})

    async def _link(self, deal: Deal) -> None:
        context = self._c
        workspace_id = await context.native("engagement", deal.code, "psa")
        customer_id = await context.native("client", deal.client_code, "erp")
        await context.crm.set_fields("Opportunity", deal.native_id, {"External_Project_Id__c": workspace_id})
        await context.crm.set_fields("Account", deal.client_id, {"ERP_Customer_Id__c": customer_id})
