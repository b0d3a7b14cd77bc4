"""Revenue: once a day totals, progress and bills go in; batches ready to transfer come out and are posted once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from sandbox.core.money import from_scaled
from sandbox.core.periods import Period
from sandbox.engine.canonical import CostProgress
from sandbox.engine.connectors.revenue import Bill, Obligation, Progress, Rejected
from sandbox.engine.context import Context, digest
from sandbox.engine.flows.change import budget_on
from sandbox.engine.flows.close import estimates
from sandbox.engine.flows.milestone import accepted_progress
from sandbox.engine.flows.obligations import BY_HOURS, BY_MONTH, HOURS_USED, is_signed, obligation, rebilled
from sandbox.engine.flows.progress_cost import cost_progress
from sandbox.engine.flows.reductions import reductions
from sandbox.engine.resilience import Refused
from sandbox.engine.store import NewWork, Work

BATCHES = "revenue.batches"
TOTALS = "revenue.totals"


class RevenueFlow:
    """Totals to the revenue system, batches to the ledger."""

    name = "revenue"

    def __init__(self, context: Context) -> None:
        self._c = context

    # -- batches -------------------------------------------------------------------------------------------------------

    async def look(self) -> None:
        """Queue the batches that are ready. A batch may be offered again: posting it again must be harmless."""
        context = self._c
        batch_ids = await context.revenue.ready_batches()
        work = [
            NewWork(self.name, context.policy.lane(batch_id, batch_id), batch_id, is_news=False)
            for batch_id in batch_ids
        ]
        await context.take(BATCHES, (), work)

    async def handle(self, work: Work) -> None:
        """Post a batch and say so; or send the day's totals."""
        if work.key.startswith(TOTALS):
            await self._send_totals(work.key)
            return
        context = self._c
        batch = await context.revenue.batch(work.key)
        if batch is None:
            return
        for debit, credit in (
            (_sum(line.debit for line in batch.lines), _sum(line.credit for line in batch.lines)),
            (_sum(line.functional_debit for line in batch.lines), _sum(line.functional_credit for line in batch.lines)),
        ):
            if debit != credit:
                raise Refused(f"revenue batch {batch.batch_id} does not balance: debit {debit}, credit {credit}")
        engagements = dict.fromkeys(line.engagement for line in batch.lines)
        jobs = {each: await context.native("engagement", each, "erp") for each in engagements}
        await context.erp.post_journal(batch, jobs)
        await context.revenue.mark_transferred(batch.batch_id)

    async def worth(self, key: str) -> str:
        """What is at stake when a batch cannot be posted: its debits. The day's totals are sent again tomorrow."""
        batch = None if key.startswith(TOTALS) else await self._c.revenue.batch(key)
        if batch is None:
            return ""
        return f"{_sum(line.debit for line in batch.lines)} {batch.currency}"

    # -- totals --------------------------------------------------------------------------------------------------------

    async def start_totals(self) -> None:
        """Queue the day's totals, once a day."""
        key = f"{TOTALS} {self._c.today()}"
        work = NewWork(self.name, key, key, is_news=False)
        await self._c.take(TOTALS, (), [work])

    async def _send_totals(self, key: str) -> None:
        """Send what changed since it was last sent. The name of a file says what is in it and what was sent before, so
        that a repeat is known, and a value that comes back is none."""
        context = self._c
        day = key.rpartition(" ")[2]
        obligations, progress = await self._totals()
        obligations += await self._rebilled()
        bills = await self._bills()
        changed = await self._changed({f"obligation {each.obligation}": each for each in obligations})
        new_bills = await self._changed({f"bill {each.bill_id}": each for each in bills})
        if changed or new_bills:
            sent = {**changed, **new_bills}
            filename = f"totals-{day}-{await self._name_of(sent)}.csv"
            rejected = await context.revenue.send_transactions(
                filename, list(changed.values()), list(new_bills.values())
            )
            await self._keep(sent, rejected)
        moved = await self._changed(
            {f"progress {each.obligation} {each.on} {_measure(each)}": each for each in progress}
        )
        if moved:
            filename = f"progress-{day}-{await self._name_of(moved)}.csv"
            rejected = await context.revenue.send_progress(filename, list(moved.values()), await self._entities(moved))
            await self._keep(moved, rejected)

    async def _totals(self) -> tuple[list[Obligation], list[Progress | CostProgress]]:
        context = self._c
        deals = await context.store.documents("deal")
        line_of = {line: deal for deal in deals.values() for line in deal["lines"]}
        obligations: list[Obligation] = []
        progress: list[Progress | CostProgress] = []
        so_far: dict[str, int] = {}
        taken = await reductions(context)
        for line, period, minutes, value in await context.store.time_totals():
            deal = line_of[line]
            if not is_signed(deal):
                continue
            release = context.interface.posting[deal["kind"]].release
            if release == BY_MONTH:
                amount = from_scaled(value) - taken.get((line, period), Decimal(0))
                obligations.append(obligation(context.interface, deal, line, period, amount))
            elif release in (BY_HOURS, HOURS_USED):
                so_far[line] = so_far.get(line, 0) + minutes
                last = Period.parse(period).last
                measure = "hours" if release == BY_HOURS else "used"
                progress.append(Progress(line, last, so_far[line], budget_on(deal, line, last), measure))
        obligations += [each for each in await estimates(context, deals) if is_signed(deals[each.engagement])]
        progress += accepted_progress(context.interface, deals, await context.store.documents("acceptance"))
        progress += await cost_progress(context, deals)
        return obligations, progress

    async def _rebilled(self) -> list[Obligation]:
        """What was spent and billed on, by contract line and month of the invoice."""
        context, deals, amounts = self._c, await self._c.store.documents("deal"), dict[tuple[str, str, str], Decimal]()
        for invoice in (await context.store.documents("invoice")).values():
            for which, amount in invoice["billed"].items():
                at = (invoice["deal"], which, invoice["on"][:7])
                amounts[at] = amounts.get(at, Decimal(0)) + Decimal(amount)
        found = (
            rebilled(context.interface, deals[code], which, period, amount)
            for (code, which, period), amount in sorted(amounts.items())
        )
        return [each for each in found if each is not None]

    async def _bills(self) -> list[Bill]:
        context = self._c
        deals = await context.store.documents("deal")
        found: list[Bill] = []
        for invoice_id, invoice in (await context.store.documents("invoice")).items():
            deal = deals[invoice["deal"]]
            for which, amount in invoice["billed"].items():
                bill_id = self._bill_id(invoice_id, which)
                on = date.fromisoformat(invoice["on"])
                about = replace(self._billed_obligation(deal, which, on), modified_on=None)
                found.append(
                    Bill(bill_id, about, Decimal(amount), on, invoice["number"], rate=self._rate(invoice, about))
                )
        found += await self._credits(deals)
        return found

    async def _credits(self, deals: dict[str, Any]) -> list[Bill]:
        """What credits take back of bills."""
        invoices = await self._c.store.documents("invoice")
        found: list[Bill] = []
        for note_id, note in (await self._c.store.documents("credit")).items():
            for which, amount in note["taken"].items():
                credited = self._bill_id(note["invoice"], which)
                billed_on = date.fromisoformat(invoices[note["invoice"]]["on"])
                about = self._billed_obligation(deals[note["deal"]], which, billed_on)
                on, number = date.fromisoformat(note["on"]), note["number"]
                bill_id, rate = self._bill_id(note_id, which), self._rate(invoices[note["invoice"]], about)
                found.append(Bill(bill_id, about, -Decimal(amount), on, number, credited, note["rule"], rate))
        return found

    def _rate(self, invoice: dict[str, Any], about: Obligation) -> str:
        return self._c.policy.bill_rate(invoice["rate"], about.rate)

    def _bill_id(self, invoice_id: str, which: str) -> str:
        return self._c.interface.bill_id.replace("{invoice}", invoice_id).replace("{obligation}", which)

    def _billed_obligation(self, deal: dict[str, Any], which: str, on: date) -> Obligation:
        spent = rebilled(self._c.interface, deal, which, str(Period.of(on)), Decimal(0))
        if spent is not None:
            return spent
        for line in deal["lines"]:
            for period in (which.removeprefix(f"{line}-"), str(Period.of(on))):
                if not _is_period(period):
                    continue
                made = obligation(self._c.interface, deal, line, period, Decimal(0))
                if made.obligation == which:
                    return made
        raise Refused(f"obligation {which} belongs to no line of {deal['code']}")

    async def _changed(self, wanted: dict[str, Any]) -> dict[str, Any]:
        told = await self._c.store.all_sent(list(wanted))
        return {key: each for key, each in wanted.items() if told.get(key) != digest(each)}

    async def _name_of(self, sent: dict[str, Any]) -> str:
        return digest(*sent.values(), *[await self._c.store.sent(key) for key in sent])

    async def _keep(self, sent: dict[str, Any], rejected: list[Rejected]) -> None:
        refused = {each.row_id for each in rejected}
        kept = {key: digest(each) for key, each in sent.items() if _row_id(each) not in refused}
        await self._c.store.mark_sent(kept)
        of_ours = set(map(_row_id, sent.values()))
        mine = [each for each in rejected if each.row_id in of_ours]
        if mine:
            raise Refused(f"revenue staging refused {mine[0].row_id}: {mine[0].message}")

    async def _entities(self, moved: dict[str, Progress | CostProgress]) -> list[str]:
        deals = await self._c.store.documents("deal")
        lines = {each.obligation for each in moved.values()}
        return sorted({deal["entity"] for deal in deals.values() if lines & deal["lines"].keys()})


def _sum(amounts: Iterable[Decimal]) -> Decimal:
    return sum(amounts, Decimal(0))


def _measure(each: Progress | CostProgress) -> str:
    return "cost" if isinstance(each, CostProgress) else each.measure


def _row_id(each: Obligation | Bill | Progress | CostProgress) -> str:
    """What the staging calls a row."""
    return each.bill_id if isinstance(each, Bill) else each.obligation


def _is_period(text: str) -> bool:
    try:
        Period.parse(text)
    except ValueError:
        return False
    return True
