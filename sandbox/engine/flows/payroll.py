"""Payroll: approved time of a pay period goes to the provider as a file, once; its journal comes back and is posted.

The content of a file is kept before it is sent, so that sending it again is the same file. A rejected one is given up
with its reasons; tried again, it goes out anew under the next number.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sandbox.core.clock import SECOND_US
from sandbox.core.csvfiles import read_records, write_records
from sandbox.core.periods import Period
from sandbox.engine.canonical import JournalLine, PayrollJournal
from sandbox.engine.context import Context
from sandbox.engine.resilience import Missing, Refused
from sandbox.engine.store import NewWork, Work
from sandbox.plan import PayPeriod

SOURCE = "files.payroll"
# Kind of the documents that remember the time files by the part of their name before the number.
_FILES = "time file"
_PARTNER, _IN, _OUT = "payroll", "in", "out"
_ACCEPTED, _REJECTED = ".accepted.csv", ".rejected.csv"
_WORK = "WORK"
# How many reasons of a rejection a dead letter repeats.
_REASONS_MAX = 8
# What a file says about itself is wrong: for finance, not for IT.
_UNFIT = 422


@dataclass(frozen=True, slots=True)
class _Due:
    """A pay period of an entity whose time may go out."""

    entity: str
    period: PayPeriod
    cutoff_us: int

    @property
    def key(self) -> str:
        """The name of its file before the number."""
        return f"time-{self.entity}-{self.period.start}-{self.period.end}"


class PayrollFlow:
    """Time files out, results and journals in."""

    name = "payroll"

    def __init__(self, context: Context) -> None:
        self._c = context

    # -- learning ------------------------------------------------------------------------------------------------------

    async def look(self) -> None:
        """Queue the pay periods that are past their cut-off, and what the provider has put into its folder."""
        context = self._c
        due = {each.key: each for each in self._due()}
        fresh = await context.store.unseen(SOURCE, list(due))
        work = [NewWork(self.name, context.policy.lane(key, key), key, tier=1) for key in fresh]
        files = {f"{each.name} {each.digest}": each for each in await context.files.listed(_PARTNER, _OUT)}
        unread = list(files)
        if not context.policy.forgets_events():
            unread = await context.store.unseen(SOURCE, unread)
        for event_id in unread:
            name, digest = files[event_id].name, files[event_id].digest
            key = name.replace(_ACCEPTED, ".csv").replace(_REJECTED, ".csv")
            payload = {"file": name, "digest": digest, **await self._at_stake(key)}
            work.append(NewWork(self.name, context.policy.lane(key, event_id), key, payload, tier=1))
        await context.take(SOURCE, [*fresh, *unread], work)

    def _due(self) -> Iterable[_Due]:
        context = self._c
        for code, periods in context.settings.pay_periods.items():
            for period in periods:
                entity = context.entity(code)
                cutoff_us = context.interface.pay_cutoff_us(context.settings.start, entity, period.end)
                if cutoff_us <= context.ports.now_us():
                    yield _Due(code, period, cutoff_us)

    async def _at_stake(self, name: str) -> dict[str, Any]:
        known = await self._c.store.document(_FILES, _stem(name))
        return {"minutes": known["minutes"]} if known is not None else {}

    # -- doing ---------------------------------------------------------------------------------------------------------

    async def handle(self, work: Work) -> None:
        """Send a period's time, take note of a result, or post a journal."""
        if work.payload is None:
            await self._send_time(work.key)
        elif work.payload["file"].endswith(_REJECTED):
            await self._rejected(work.key, work.payload)
        elif work.payload["file"].endswith(_ACCEPTED):
            await self._decided(work.key, "accepted")
        else:
            await self._post(work.key, work.payload["digest"])

    async def _send_time(self, key: str) -> None:
        """Deliver the time of a period; its content is what it was when it was first made."""
        context = self._c
        known = await context.store.document(_FILES, key)
        if known is None or known["status"] == "rejected":
            due = next(each for each in self._due() if each.key == key)
            known = await self._made(due, known["number"] + 1 if known is not None else 1)
            await context.store.put_document(_FILES, key, known)
        await context.files.put(_PARTNER, _IN, f"{key}-{known['number']}.csv", known["content"])

    async def _made(self, due: _Due, number: int) -> dict[str, Any]:
        lines = await self._lines(due)
        minutes = sum(int(line[3]) for line in lines)
        head = ("H", due.entity, str(due.period.start), str(due.period.end), str(number), str(len(lines)), str(minutes))
        content = write_records([head, *lines])
        return {"number": number, "status": "made", "minutes": minutes, "content": content}

    async def _lines(self, due: _Due) -> list[tuple[str, ...]]:
        """``L, employee, date, minutes, type, project`` of everything approved by the cut-off, by people of the
        entity."""
        context = self._c
        ours = {
            worker.employee_id for worker in await context.hris.workers(due.period.end) if worker.entity == due.entity
        }
        found = []
        for entry in await context.psa.approved_between(due.period.start, due.period.end):
            employee = await context.known("psa", "worker", entry.user_id)
            in_time = entry.approved_us is not None and entry.approved_us // SECOND_US <= due.cutoff_us // SECOND_US
            if in_time and employee in ours:
                engagement = await context.known("psa", "engagement", entry.workspace_id)
                found.append((employee, str(entry.on), engagement, entry.entry_id, str(entry.minutes)))
        return [("L", who, on, minutes, _WORK, project) for who, on, project, _, minutes in sorted(found)]

    async def _decided(self, name: str, status: str) -> bool:
        """Take note of what became of a file; returns whether that is news."""
        known = await self._c.store.document(_FILES, _stem(name))
        if known is None:
            raise Missing(f"the provider has a result of {name}, which nobody remembers sending")
        if name != f"{_stem(name)}-{known['number']}.csv" or known["status"] == status:
            return False
        await self._c.store.put_document(_FILES, _stem(name), {**known, "status": status})
        return True

    async def _rejected(self, name: str, payload: dict[str, Any]) -> None:
        """Give up with the provider's reasons; whoever tries again sends the period anew."""
        context = self._c
        if not await self._decided(name, "rejected"):
            known = await context.store.document(_FILES, _stem(name))
            if known is not None and name == f"{_stem(name)}-{known['number']}.csv":
                await self._send_time(_stem(name))
            return
        text = await context.files.read(_PARTNER, _OUT, payload["file"], payload["digest"])
        reasons = [f"line {line}: {reason}" for _, line, reason in read_records(text)[1:]]
        more = f" and {len(reasons) - _REASONS_MAX} more" if len(reasons) > _REASONS_MAX else ""
        raise Refused(f"{name} was rejected: {'; '.join(reasons[:_REASONS_MAX])}{more}", _UNFIT)

    async def _post(self, name: str, digest: str) -> None:
        """Post a journal of a pay run, once for every month it names (J03)."""
        context = self._c
        text = await context.files.read(_PARTNER, _OUT, name, digest)
        journal = _journal(name, read_records(text))
        months: dict[Period, list[JournalLine]] = {}
        for line in journal.lines:
            months.setdefault(line.period, []).append(line)
        for month, lines in sorted(months.items()):
            wished = context.policy.payroll_month(month, journal.pay_day)
            await context.erp.post_payroll(journal, month, await context.erp.open_month(wished), lines)


def _stem(name: str) -> str:
    """Name of a time file without its number."""
    return name.removesuffix(".csv").rpartition("-")[0]


def _journal(name: str, records: list[list[str]]) -> PayrollJournal:
    """A journal file as read; raises Refused when it is none, or its control totals are not what its lines come to."""
    try:
        (_, entity, _, end, pay_day, currency, count, total), *rows = records
        lines = tuple(_journal_line(*row) for row in rows)
        said, counted = Decimal(total), int(count)
        journal = PayrollJournal(name, entity, date.fromisoformat(end), date.fromisoformat(pay_day), currency, lines)
    except (ValueError, TypeError, ArithmeticError) as wrong:
        raise Refused(f"{name} is no payroll journal: {wrong}", _UNFIT) from wrong
    debit = sum((line.debit for line in lines), Decimal(0))
    credit = sum((line.credit for line in lines), Decimal(0))
    if (counted, said) != (len(lines), debit) or debit != credit:
        what = f"{len(lines)} lines, debit {debit}, credit {credit}"
        raise Refused(f"{name} says {counted} lines and {said}, and has {what}", _UNFIT)
    return journal


def _journal_line(_: str, line_id: str, account: str, debit: str, credit: str, month: str) -> JournalLine:
    return JournalLine(line_id, account, Decimal(debit), Decimal(credit), Period.parse(month))
