"""What the HRIS says of people at the end: employments, the job they hold, absences. Written apart from the engine.

Events count when they are completed, in the order of their effective dates; of one day the hire comes first, the others
as they were first entered: a correction keeps the place of what it corrects.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from sandbox.core.clock import moment
from sandbox.core.observe import Row

if TYPE_CHECKING:
    from sandbox.checks.case import Case

Facts = dict[str, Row]
HIRE, TERMINATE = "Hire Employee", "Terminate Employee"
_COMPLETED = "Successfully Completed"


@dataclass(frozen=True, slots=True)
class Employment:
    """From the first day to the last day of work, both included (ISO dates); no last day while none is known."""

    first: str
    last: str | None = None

    def covers(self, day: str) -> bool:
        """Whether somebody is employed on a day."""
        return self.first <= day and (self.last is None or day <= self.last)


def events_in_order(case: Case, known_us: int | None = None) -> dict[str, list[Row]]:
    """Events that count at the end, or counted at an instant, by WID of their worker."""
    found: dict[str, list[Row]] = {}
    for event in case.rows("hris.event").values():
        if event["status"] == _COMPLETED if known_us is None else _counted(event, known_us):
            found.setdefault(event["worker_wid"], []).append(event)
    for events in found.values():
        events.sort(key=_order)
    return found


def _order(event: Row) -> tuple[str, bool, int, str]:
    return event["effective_date"], event["process"] != HIRE, event["initiated_us"], event["wid"]


def _counted(event: Row, known_us: int) -> bool:
    """Entered by then, and by then neither rescinded nor replaced by a correction."""
    ended = [event[name] for name in ("rescinded_us", "corrected_us") if event[name] is not None]
    return event["entered_us"] <= known_us and all(at_us > known_us for at_us in ended)


def employments(case: Case, known_us: int | None = None) -> dict[str, list[Employment]]:
    """Every employment of everybody ever hired, oldest first, by employee id; those to come too. As known at the end,
    or at an instant."""
    found: dict[str, list[Employment]] = {}
    workers = case.rows("hris.worker")
    for wid, events in events_in_order(case, known_us).items():
        spells: list[Employment] = []
        for event in events:
            if event["process"] == HIRE:
                spells.append(Employment(event["effective_date"]))
            elif event["process"] == TERMINATE and spells:
                spells[-1] = Employment(spells[-1].first, event["effective_date"])
        if spells and wid in workers:
            found[workers[wid]["employee_id"]] = spells
    return found


def workers(case: Case) -> Facts:
    """A worker as of the end: names, and of the present employment (else the last one that was, else the one to come)
    the dates; the job held; ``gone`` once the last day is past."""
    today = _today(case)
    spells, by_wid = employments(case), events_in_order(case)
    found: Facts = {}
    for wid, worker in case.rows("hris.worker").items():
        mine = spells.get(worker["employee_id"])
        if not mine:
            continue
        begun = [spell for spell in mine if spell.first <= today]
        spell = begun[-1] if begun else mine[0]
        events = by_wid[wid]
        first_job = next(event for event in events if event["process"] == HIRE)
        held = [event for event in events if event["effective_date"] <= today or event is first_job]
        found[worker["employee_id"]] = {
            "first_name": worker["first_name"],
            "last_name": worker["last_name"],
            "full_name": f"{worker['first_name']} {worker['last_name']}",
            "email": worker["email"],
            "hire_date": spell.first,
            "last_day": spell.last,
            "gone": int(spell.last is not None and spell.last < today),
            **{name: _last(held, name) for name in ("grade", "company", "location", "manager_employee_id")},
        }
    return found


def _last(events: list[Row], name: str) -> str | None:
    """The value said last."""
    return next((event[name] for event in reversed(events) if event[name] is not None), None)


def _today(case: Case) -> str:
    day: date = moment(case.epoch, case.truth["end_us"]).date()
    return day.isoformat()
