"""What an hour of a job profile costs: dated rates, each ended by the next one of the same kind."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from mocks.hris.rules import Entry
from mocks.kit.person import FormRefused
from mocks.kit.store import Store
from sandbox.core.observe import Row

RATE_TYPES = ("Hourly Cost", "Daily Cost", "Loaded")
_KIND = ("employee_id", "job_profile", "company", "rate_type")


@dataclass(frozen=True, slots=True)
class Dated:
    """A rate as known at a moment: its row, the last day it holds (None: open), the moment it last changed."""

    row: Row
    end_date: str | None
    changed_us: int


def set_rate(store: Store, values: dict[str, Any], effective: date, entry: Entry) -> Row:
    """A rate from a date on; the one before it ends the day before. Raises FormRefused for an unknown worker.

    A second rate of the same kind on the same day replaces the first one.
    """
    entry.check(effective, "effective_date")
    employee_id = values.get("employee_id")
    if (employee_id is None) is (values.get("job_profile") is None):
        raise FormRefused("a rate is either of a worker or of a job profile", field="job_profile")
    if employee_id is not None and store.one("worker", {"employee_id": employee_id}) is None:
        raise FormRefused(f"no worker {employee_id}", field="employee_id", status=404)
    ((position,),) = store.read('SELECT count(*) FROM "cost_rate"')
    row = {**values, "effective_date": effective.isoformat(), "entered_us": entry.now_us, "position": position}
    return store.insert("cost_rate", row)


def as_known(rows: Iterable[Row], known_us: int) -> list[Dated]:
    """Rates that count at a moment, by kind and date. Entering the next rate is a change of the one it ends."""
    kinds: dict[tuple[str, ...], dict[str, Row]] = {}
    for row in sorted(rows, key=lambda each: int(each["position"])):
        if row["entered_us"] <= known_us:
            kind = tuple(row[name] or "" for name in _KIND)
            kinds.setdefault(kind, {})[row["effective_date"]] = row
    found = []
    for _, by_day in sorted(kinds.items()):
        days = sorted(by_day)
        for day, following in zip(days, [*days[1:], None], strict=True):
            row = by_day[day]
            after = None if following is None else by_day[following]
            end = None if after is None else _day_before(after["effective_date"])
            changed_us = row["entered_us"] if after is None else max(row["entered_us"], after["entered_us"])
            found.append(Dated(row, end, changed_us))
    return found


def _day_before(day: str) -> str:
    return (date.fromisoformat(day) - timedelta(days=1)).isoformat()
