"""Leaves of absence, which are events of a worker, and time off, which is hours of a day."""

from __future__ import annotations

from datetime import date
from typing import Any

from mocks.hris.records import APPROVED, CANCELED, CORRECTED, PLACE_ON_LEAVE, RETURN_FROM_LEAVE
from mocks.hris.rules import Entry, add_event, employed, events_known, required
from mocks.hris.rules_state import state_on
from mocks.kit.person import FormRefused
from mocks.kit.store import Store
from sandbox.core.observe import Row

_DAY_MINUTES = 24 * 60


def place_on_leave(
    store: Store, employee_id: str, leave_type: str, first_day: date, expected_last_day: date, entry: Entry
) -> Row:
    """A leave from its first day on, until a return is entered. Raises FormRefused: no employment, another leave."""
    worker, events = employed(store, employee_id, first_day, entry, "first_day")
    values = {"leave_type": leave_type, "expected_last_day": expected_last_day.isoformat()}
    return add_event(store, worker["wid"], PLACE_ON_LEAVE, first_day, entry, values, events, field="first_day")


def return_from_leave(store: Store, employee_id: str, first_day_back: date, entry: Entry) -> Row:
    """Back at work from a day on. Raises FormRefused when the worker is on no leave."""
    worker, events = employed(store, employee_id, first_day_back, entry, "first_day_back")
    return add_event(store, worker["wid"], RETURN_FROM_LEAVE, first_day_back, entry, {}, events, field="first_day_back")


def request_time_off(store: Store, employee_id: str, day: date, minutes: int, kind: str, entry: Entry) -> Row:
    """Hours off on a day, approved at once. Raises FormRefused: not employed, on leave, more than a day in all."""
    entry.check(day, "date")
    worker = required(store, employee_id)
    _check_day(store, worker, day, minutes, entry, None)
    return _add(store, worker["wid"], day.isoformat(), minutes, kind, entry, None)


def correct_time_off(
    store: Store, wid: str, day: date | None, minutes: int | None, kind: str | None, entry: Entry
) -> Row:
    """Another day, other hours or another type for an entry. Raises FormRefused like ``request_time_off``."""
    old = current_time_off(store, wid)
    if old["status"] != APPROVED:
        raise FormRefused("only approved time off can be corrected", field="time_off_wid")
    new_day = day or date.fromisoformat(old["date"])
    new_minutes = old["minutes"] if minutes is None else minutes
    new_kind = kind or old["type"]
    if (new_day.isoformat(), new_minutes, new_kind) == (old["date"], old["minutes"], old["type"]):
        raise FormRefused("nothing is corrected", field="time_off_wid")
    if day is not None:
        entry.check(day, "date")
    worker = store.get("worker", old["worker_wid"]) or {}
    _check_day(store, worker, new_day, new_minutes, entry, old["wid"])
    store.update("time_off", old["wid"], {"status": CORRECTED, "corrected_us": entry.now_us}, before=old)
    return _add(store, worker["wid"], new_day.isoformat(), new_minutes, new_kind, entry, old)


def cancel_time_off(store: Store, wid: str, entry: Entry) -> Row:
    """Take approved time off back; the entry stays, canceled. Raises FormRefused unless it is approved."""
    row = current_time_off(store, wid)
    if row["status"] != APPROVED:
        raise FormRefused("only approved time off can be canceled", field="time_off_wid")
    return store.update("time_off", row["wid"], {"status": CANCELED, "canceled_us": entry.now_us}, before=row)


def current_time_off(store: Store, wid: str) -> Row:
    """The row that now stands for a time-off entry; raises FormRefused when there is none."""
    row = store.get("time_off", wid)
    if row is None:
        raise FormRefused(f"no time off {wid}", field="time_off_wid", status=404)
    if row["status"] != CORRECTED:
        return row
    later = store.find("time_off", {"corrects_wid": time_off_wid(row)})
    return next(each for each in later if each["corrected_us"] is None)


def time_off_wid(row: Row) -> str:
    """The WID an entry goes by: that of its first row."""
    wid: str = row["corrects_wid"] or row["wid"]
    return wid


def off_at(row: Row, known_us: int) -> bool:
    """Whether a time-off row counted at a moment: entered by then, neither canceled nor replaced by then."""
    return (
        row["entered_us"] <= known_us
        and (row["canceled_us"] is None or row["canceled_us"] > known_us)
        and (row["corrected_us"] is None or row["corrected_us"] > known_us)
    )


def _add(store: Store, worker_wid: str, day: str, minutes: int, kind: str, entry: Entry, old: Row | None) -> Row:
    values: dict[str, Any] = {
        "worker_wid": worker_wid,
        "date": day,
        "minutes": minutes,
        "type": kind,
        "status": APPROVED,
        "entered_us": entry.now_us,
        "initiated_us": entry.now_us if old is None else old["initiated_us"],
        "corrects_wid": None if old is None else time_off_wid(old),
        "initiator": store.creator,
    }
    return store.insert("time_off", values, label=f"{worker_wid} off {day} {kind} {entry.now_us}")


def _check_day(store: Store, worker: Row, day: date, minutes: int, entry: Entry, replaced: str | None) -> None:
    state = state_on(events_known(store, worker["wid"], entry.now_us), day)
    if not state["active"]:
        raise FormRefused(f"worker {worker['employee_id']} is not employed on {day}", field="date")
    if state["on_leave"]:
        raise FormRefused(f"worker {worker['employee_id']} is on leave on {day}", field="date")
    same_day = store.find("time_off", {"worker_wid": worker["wid"], "date": day.isoformat(), "status": APPROVED})
    taken = sum(row["minutes"] for row in same_day if row["wid"] != replaced)
    if taken + minutes > _DAY_MINUTES:
        raise FormRefused(f"{day} would have more than 24 hours off", field="hours")
