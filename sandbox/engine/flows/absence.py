"""Absences: leaves and time off of the HRIS are days off in the PSA, some weeks ahead.

Once a day both sides are compared day by day: a leave announces neither its days nor its end, and what was taken back
is taken off again.
"""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

from sandbox.core.money import round_half_away
from sandbox.engine.connectors.psa_people import DayOff
from sandbox.engine.context import Context, digest
from sandbox.engine.store import NewWork, Work

SOURCE = "hris.absences"
# A day of the PSA holds no more.
_DAY_HOURS = Decimal(8)
Hours = dict[str, str]


class AbsenceFlow:
    """Absences to days off."""

    name = "absence"

    def __init__(self, context: Context) -> None:
        self._c = context

    async def look(self) -> None:
        """Compare both sides over the agreed span; queue whoever differs."""
        context = self._c
        span = context.interface.absences
        today = context.today()
        first, last = today - timedelta(days=span.back_days), today + timedelta(days=span.ahead_days)
        wanted: dict[str, Hours] = {}
        for (employee_id, day), minutes in (await context.hris.absences(first, last)).items():
            wanted.setdefault(employee_id, {})[day] = str(_hours(minutes))
        there: dict[str, Hours] = {}
        for entry in await context.psa.people.days_off(first.isoformat(), last.isoformat()):
            employee = await context.store.ref("psa", "worker", entry.user_id)
            if employee is not None:
                there.setdefault(employee, {})[entry.day] = str(entry.hours)
        work = []
        for employee_id, document in (await context.store.documents("worker")).items():
            days = wanted.get(employee_id, {})
            if not document["gone"] and not _same(days, there.get(employee_id, {})):
                payload = {"first": first.isoformat(), "last": last.isoformat(), "days": days}
                lane = context.policy.lane(employee_id, digest(payload))
                work.append(NewWork(self.name, lane, employee_id, payload, tier=2))
        await context.take(SOURCE, (), work)

    async def handle(self, work: Work) -> None:
        """Make somebody's days off those of the HRIS: looked at first, because hours sent twice add up."""
        context = self._c
        payload: dict[str, Any] = work.payload
        user_id = await context.native("worker", work.key, "psa")
        people = context.psa.people
        there: dict[str, DayOff] = {
            entry.day: entry for entry in await people.days_off(payload["first"], payload["last"], user_id)
        }
        for day, entry in there.items():
            if day not in payload["days"]:
                await people.drop_day_off(entry.entry_id)
        for day, text in payload["days"].items():
            hours, known = Decimal(text), there.get(day)
            if known is None:
                effect_id = f"psa day off {work.key} {day} {work.since_us}"
                await people.take_off(user_id, day, hours, effect_id)
            elif known.hours != hours:
                await people.change_day_off(known.entry_id, hours)


def _hours(minutes: int) -> Decimal:
    return min(round_half_away(Decimal(minutes) / 60, 2), _DAY_HOURS)


def _same(left: Hours, right: Hours) -> bool:
    return left.keys() == right.keys() and all(Decimal(left[day]) == Decimal(right[day]) for day in left)
