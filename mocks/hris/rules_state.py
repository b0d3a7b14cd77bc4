"""The state of the world on date E as known at moment M: pure projections of dated events.

A future hire is not active before its date; a future termination fills ``termination_date`` at entry while the worker
stays active through that day (hris-workday.md section 7).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from mocks.hris.records import (
    HIRE,
    JOB_FIELDS,
    JOB_PROCESSES,
    PAY_FIELDS,
    PLACE_ON_LEAVE,
    RETURN_FROM_LEAVE,
    TERMINATE,
    VALUED_PROCESSES,
)
from sandbox.core.observe import Row

_HELD = (*JOB_FIELDS, *PAY_FIELDS)
_NOBODY: Row = {
    "active": False,
    "hire_date": None,
    "original_hire_date": None,
    "termination_date": None,
    "job_since": None,
    "future": False,
    "is_rehire": 0,
    "on_leave": False,
    "leave_type": None,
    "leave_first_day": None,
    "expected_last_day": None,
    **dict.fromkeys(_HELD),
}


def counted_at(event: Row, known_us: int) -> bool:
    """Entered by then, and neither rescinded nor replaced by a correction by then."""
    return (
        event["entered_us"] <= known_us
        and (event["rescinded_us"] is None or event["rescinded_us"] > known_us)
        and (event["corrected_us"] is None or event["corrected_us"] > known_us)
    )


def in_order(events: Iterable[Row]) -> list[Row]:
    """By effective date; on one day the hire comes first, the others as first entered."""
    return sorted(events, key=_order)


def _order(event: Row) -> tuple[str, bool, int, str]:
    return event["effective_date"], event["process"] != HIRE, event["initiated_us"], event["wid"]


def event_wid(event: Row) -> str:
    """The WID an event goes by: that of its first row."""
    wid: str = event["corrects_wid"] or event["wid"]
    return wid


def state_on(events: list[Row], day: date) -> Row:
    """Projection of ordered events on a day: employment dates, the job then held, the leave somebody is on."""
    text = day.isoformat()
    state = dict(_NOBODY)
    for event in events:
        begun = event["effective_date"] <= text
        state["future"] = state["future"] or not begun
        process = event["process"]
        if process == HIRE:
            _hired(state, event, begun)
        elif process == TERMINATE:
            state["termination_date"] = event["effective_date"]
            state["active"] = state["active"] and text <= event["effective_date"]
        elif begun and process == PLACE_ON_LEAVE:
            state.update(
                on_leave=True,
                leave_type=event["leave_type"],
                leave_first_day=event["effective_date"],
                expected_last_day=event["expected_last_day"],
            )
        elif begun and process == RETURN_FROM_LEAVE:
            _not_on_leave(state)
        first_job = state["job_since"] is None
        if process in VALUED_PROCESSES and (begun or first_job):
            if process in JOB_PROCESSES:
                state["job_since"] = event["effective_date"]
            state.update({name: event[name] for name in _HELD if event[name] is not None})
    if not state["active"]:
        _not_on_leave(state)
    return state


def _hired(state: Row, event: Row, begun: bool) -> None:
    if begun or state["hire_date"] is None:
        state.update(
            hire_date=event["effective_date"], termination_date=None, active=begun, is_rehire=event["is_rehire"]
        )
        state["original_hire_date"] = state["original_hire_date"] or event["effective_date"]
        _not_on_leave(state)


def _not_on_leave(state: Row) -> None:
    state.update(on_leave=False, leave_type=None, leave_first_day=None, expected_last_day=None)


def contradiction(events: list[Row]) -> str | None:
    """Why ordered events cannot all be true of one worker, None when they can.

    Between a hire and its last day there is one employment; a leave lies in it and ends with a return or with the
    employment. A job change or leave dated after a last day that was entered later is idle, not wrong.
    """
    hired, last_day, on_leave = False, "", False
    for event in events:
        day, process = event["effective_date"], event["process"]
        employed = hired and (not last_day or day <= last_day)
        if process == HIRE:
            if employed:
                return f"the hire on {day} falls into an employment"
            hired, last_day, on_leave = True, "", False
        elif not hired:
            return f"{process} on {day} comes before any hire"
        elif process == TERMINATE:
            if last_day:
                return f"the employment ends on {last_day} already, so it cannot end on {day}"
            last_day = day
        elif employed and process in _LEAVES:
            if on_leave is (process == PLACE_ON_LEAVE):
                return _LEAVES[process].format(day=day)
            on_leave = not on_leave
    return None


_LEAVES = {
    PLACE_ON_LEAVE: "the leave from {day} begins within another leave",
    RETURN_FROM_LEAVE: "the return on {day} has no leave to end",
}
