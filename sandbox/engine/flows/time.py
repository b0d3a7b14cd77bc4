"""Time: approved timecards become actuals of the ERP, and what revenue and billing count on.

The feed only says that something changed; what it is now is read back, so neither repeats nor disorder matter.
"""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import date
from decimal import Decimal
from typing import Any

from sandbox.core.clock import DAY_US, iso_z, parse_iso
from sandbox.core.money import line_net, to_scaled
from sandbox.core.periods import Period
from sandbox.engine.canonical import TimeEntry
from sandbox.engine.connectors.psa import PsaEvent
from sandbox.engine.context import Context, digest
from sandbox.engine.flows.milestone import MilestoneFlow
from sandbox.engine.flows.unreadable import unreadable
from sandbox.engine.resilience import Missing, Refused
from sandbox.engine.store import DeadLetter, NewWork, Timecard, Work

SOURCE = "psa.events"
SWEEP = "psa.sweep"
# How far the first sweep reaches back; every other one to the last that came through, however many failed since.
_FIRST_SWEEP_DAYS = 3
_FIELDS = tuple(each.name for each in fields(TimeEntry))


class TimeFlow:
    """Approved timecards to actuals."""

    name = "time"

    def __init__(self, context: Context) -> None:
        self._c = context

    # -- learning ------------------------------------------------------------------------------------------------------

    async def look(self) -> None:
        """Read the feed; queue approved time as it is now, and pre-bills by their id."""
        context = self._c
        epoch = context.ports.clock.epoch
        started = context.ports.now_us()
        watermark = await context.store.watermark(SOURCE)
        since = parse_iso(epoch, watermark) if watermark else -9 * DAY_US
        events = await context.psa.changes(iso_z(epoch, since - context.policy.reads_back_us()))
        if not events:
            # The watermark may stay: what it leads to is empty.
            return
        if not context.policy.forgets_events():
            unseen = set(await context.store.unseen(SOURCE, [event.event_id for event in events]))
            events = [event for event in events if event.event_id in unseen]
        old_us = context.policy.old_news_after_us()
        if old_us is not None:
            events = [event for event in events if started - event.changed_us <= old_us]
        torn = [event for event in events if event.problem]
        latest = {(event.subject, event.subject_id): event.event_id for event in events if not event.problem}
        entry_ids = [subject_id for subject, subject_id in latest if subject == "TimeEntry"]
        known = await context.store.timecards(entry_ids)
        work = [
            self._work(entry, latest["TimeEntry", entry.entry_id])
            for entry in await context.psa.time_entries(entry_ids)
            if entry.approved_us is not None or entry.entry_id in known
        ]
        work += [
            NewWork("billing", context.policy.lane(subject_id, event_id), subject_id)
            for (subject, subject_id), event_id in latest.items()
            if subject == "Invoice"
        ]
        work += MilestoneFlow(context).work_of(latest)
        work += [
            NewWork("expense", context.policy.lane(subject_id, event_id), subject_id, tier=1)
            for (subject, subject_id), event_id in latest.items()
            if subject == "Expense"
        ]
        work += self._torn(torn)
        ids = [event.event_id for event in events]
        await context.take(SOURCE, ids, work, iso_z(epoch, started))
        if torn:
            # What they were about is not known, but that something was.
            await self.sweep()

    def _torn(self, events: list[PsaEvent]) -> list[NewWork]:
        if self._c.policy.skips_unreadable():
            return []
        return [unreadable("psa", event.event_id, event.problem) for event in events]

    async def sweep(self) -> None:
        """Compare what is approved at the source with what arrived; queue what differs, note the totals."""
        context = self._c
        if not context.policy.sweeps():
            return
        epoch, started = context.ports.clock.epoch, context.ports.now_us()
        watermark = await context.store.watermark(SWEEP)
        since = parse_iso(epoch, watermark) if watermark else started - _FIRST_SWEEP_DAYS * DAY_US
        changed = await context.psa.changed_since(iso_z(epoch, since - context.policy.reads_back_us()))
        known = await context.store.timecards([entry.entry_id for entry in changed])
        entries = [entry for entry in changed if entry.approved_us is not None]
        stands = {each: await context.store.ref("psa", "engagement", each) for each in _workspaces(entries)}
        missing = [entry for entry in entries if _is_news(entry, known.get(entry.entry_id), stands[entry.workspace_id])]
        missing += [entry for entry in changed if entry.approved_us is None and entry.entry_id in known]
        work = [self._work(entry, f"sweep {entry.entry_id}") for entry in missing]
        await context.take(SWEEP, (), work, iso_z(epoch, started))
        context.ports.note(
            "engine",
            event="sweep",
            count=len(entries),
            minutes=sum(entry.minutes for entry in entries),
            missing=len(missing),
        )

    def _work(self, entry: TimeEntry, event_id: str) -> NewWork:
        return NewWork(self.name, self._c.policy.lane(entry.entry_id, event_id), entry.entry_id, _payload(entry))

    async def again(self, letter: DeadLetter) -> NewWork:
        """The work of a replay: the entry as it is now, which may have been what was corrected."""
        entries = await self._c.psa.time_entries([letter.key])
        payload = _payload(entries[0]) if entries else letter.payload
        return NewWork(self.name, self._c.policy.lane(letter.key, letter.letter_id), letter.key, payload, is_news=False)

    # -- doing ---------------------------------------------------------------------------------------------------------

    async def handle(self, work: Work) -> None:
        """Account for approved time and post it."""
        context = self._c
        entry = _entry(work.payload)
        if entry.approved_us is None:
            await self._take_back(entry.entry_id)
            return
        if not entry.role_id:
            raise Refused(f"time entry {entry.entry_id} has no role")
        engagement = await context.known("psa", "engagement", entry.workspace_id)
        line = await context.known("psa", "line", entry.story_id)
        worker = await context.known("psa", "worker", entry.user_id)
        deal = await context.deal(engagement)
        await self._is_free_to_move(entry.entry_id, engagement)
        card = await self._account_for(entry, engagement, line, deal["entity"])
        employee_id = await context.native("worker", worker, "erp")
        job_id = await context.native("engagement", engagement, "erp")
        role = await context.psa.role_name(entry.role_id)
        # An invoice touches every entry it bills, and says nothing that the ERP does not know. Of time whose approval
        # was taken back, or that moved, the card no longer says that it is posted.
        key, told = f"time {entry.entry_id}", digest(_undated(entry), card.period, line, employee_id, job_id, role)
        told_before = await context.store.sent(key)
        if card.posted and told_before == told:
            return
        if told_before:
            # Until it is answered nobody knows what the ERP has: told the former again, it must hear it again.
            await context.store.mark_sent({key: ""})
        period = Period.parse(card.period)
        await context.erp.put_time(entry, employee_id=employee_id, job_id=job_id, role=role, line=line, period=period)
        await context.store.mark_sent({key: told})
        await context.store.mark_posted(entry.entry_id)

    async def _take_back(self, entry_id: str) -> None:
        """The approval was withdrawn: the time counts no more, and leaves the ERP while that still lets it go."""
        context = self._c
        await context.store.forget_timecard(entry_id)
        time_id = await context.store.native("time", entry_id, "erp")
        if time_id is not None:
            await context.erp.remove_time(time_id)

    async def _is_free_to_move(self, entry_id: str, engagement: str) -> None:
        """Raises Missing while time that moved to another engagement is still on an invoice of the one it left."""
        context = self._c
        known = await context.store.timecard(entry_id)
        if known is None or known.engagement == engagement:
            return
        time_id = await context.store.native("time", entry_id, "erp")
        if time_id is not None and await context.erp.billed_by(time_id) is not None:
            raise Missing(f"time entry {entry_id} moved to {engagement} and is not credited to {known.engagement} yet")

    async def _account_for(self, entry: TimeEntry, engagement: str, line: str, entity_code: str) -> Timecard:
        context = self._c
        known = await context.store.timecard(entry.entry_id)
        if known is not None and (known.engagement == engagement or context.policy.keeps_month_of_moved_time()):
            period = known.period
        else:
            entity = context.entity(entity_code)
            approved_us = entry.approved_us if entry.approved_us is not None else context.ports.now_us()
            if known is not None:
                # Moved from another engagement: that is when it became time of this one.
                approved_us = max(approved_us, entry.changed_us)
            month = context.interface.posting_period(context.settings.start, entity, entry.on, approved_us)
            period = str(month)
        value = value_of(entry)
        card = Timecard(
            entry_id=entry.entry_id,
            engagement=engagement,
            line=line,
            period=period,
            minutes=entry.minutes,
            value=value,
            billable=entry.billable,
            posted=known is not None and known.posted and known.engagement == engagement,
        )
        if known is not None and known.engagement != engagement:
            # What it left must be told that it has less, also when nothing is left there.
            left = replace(known, entry_id=f"{entry.entry_id} left {known.line} {known.period}", minutes=0, value=0)
            await context.store.put_timecard(left)
        await context.store.put_timecard(card)
        return card


def value_of(entry: TimeEntry) -> int:
    """At 1e-4 of the major unit."""
    return to_scaled(line_net(entry.minutes, entry.rate, entry.currency).amount) if entry.billable else 0


def _is_news(entry: TimeEntry, card: Timecard | None, engagement: str | None) -> bool:
    """Whether approved time is not what was accounted for, or stands elsewhere: on ``engagement``, where known."""
    if card is None or engagement not in (None, card.engagement):
        return True
    return (card.minutes, card.billable, card.value) != (entry.minutes, entry.billable, value_of(entry))


def _workspaces(entries: list[TimeEntry]) -> list[str]:
    return list(dict.fromkeys(entry.workspace_id for entry in entries))


def _undated(entry: TimeEntry) -> TimeEntry:
    """An entry without what the ERP is not told: by which submission, and when it was approved or changed."""
    return replace(entry, submission_id=None, approved_us=None, changed_us=0)


def _payload(entry: TimeEntry) -> dict[str, Any]:
    plain = {name: getattr(entry, name) for name in _FIELDS}
    return {**plain, "on": entry.on.isoformat(), "rate": str(entry.rate)}


def _entry(payload: dict[str, Any]) -> TimeEntry:
    return TimeEntry(**{**payload, "on": date.fromisoformat(payload["on"]), "rate": Decimal(payload["rate"])})
