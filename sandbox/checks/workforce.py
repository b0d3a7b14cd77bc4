"""What the HRIS says of people at the end: employments, the job they hold, absences. Written apart from the engine.

Events count when they are completed, in the order of their effective dates; of one day the hire comes first, the others
as they were first entered: a correction keeps the place of what it corrects.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING

from sandbox.core.calendars import is_workday
from sandbox.core.clock import moment
from sandbox.core.money import round_half_away
from sandbox.core.observe import Row

if TYPE_CHECKING:
    from sandbox.checks.case import Case

Facts = dict[str, Row]
HIRE, TERMINATE = "Hire Employee", "Terminate Employee"
_COMPLETED = "Successfully Completed"
# The tenant's full week.
_WEEK_MINUTES = 40 * 60
_DAY_MINUTES = 480


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
            "first_hired": mine[0].first,
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


# -- day by day --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Job:
    """What somebody is on a day; the job last held stays known when they are employed no more."""

    employed: bool
    entity: str
    grade: str


def jobs(case: Case, first: date, last: date) -> dict[str, dict[str, Job]]:
    """Employee id -> day (ISO) -> job, for everybody ever hired and every day from first to last."""
    names, spells = case.rows("hris.worker"), employments(case)
    days = list(_days(first.isoformat(), last.isoformat()))
    found: dict[str, dict[str, Job]] = {}
    for wid, events in events_in_order(case).items():
        if wid not in names or names[wid]["employee_id"] not in spells:
            continue
        ref = names[wid]["employee_id"]
        marks = sorted(
            {event["effective_date"] for event in events}
            | {_day_after(spell.last) for spell in spells[ref] if spell.last is not None}
        )
        job, at, mine = Job(employed=False, entity="?", grade="?"), 0, found.setdefault(ref, {})
        for day in days:
            if at < len(marks) and marks[at] <= day:
                while at < len(marks) and marks[at] <= day:
                    at += 1
                held = [event for event in events if event["effective_date"] <= day]
                employed = any(spell.covers(day) for spell in spells[ref])
                job = Job(employed, _last(held, "company") or "?", _last(held, "grade") or "?")
            mine[day] = job
    return found


def available(case: Case, jobs: Mapping[str, Mapping[str, Job]]) -> dict[tuple[str, str, str], int]:
    """Available minutes by entity, grade and month."""
    found: dict[tuple[str, str, str], int] = {}
    away = absences(case)
    for ref, days in jobs.items():
        for day, minutes in available_days(case, ref, days, away).items():
            at = (days[day].entity, days[day].grade, day[:7])
            found[at] = found.get(at, 0) + minutes
    return found


def available_days(case: Case, ref: str, days: Mapping[str, Job], away: Mapping[str, Row]) -> dict[str, int]:
    """Minutes somebody is there for by day: eight hours on working days of the entity's country while employed, less
    leave and time off."""
    countries = {entity.code: entity.country for entity in case.plan.firm.entities}
    return {
        day: max(_DAY_MINUTES - away.get(f"{ref} {day}", {"minutes": 0})["minutes"], 0)
        for day, job in days.items()
        if job.employed and job.entity in countries and _is_open(countries[job.entity], day)
    }


def billable(case: Case, jobs: Mapping[str, Mapping[str, Job]]) -> dict[tuple[str, str, str], int]:
    """Billable approved minutes of the PSA by entity, grade and month of the day they were worked."""
    found: dict[tuple[str, str, str], int] = {}
    for entry in case.rows("psa.time_entry").values():
        if entry["approved"] and entry["billable"]:
            at = job_at(jobs, case.ref("psa.user", entry["user_id"]), entry["date_performed"])
            found[at] = found.get(at, 0) + entry["time_in_minutes"]
    return found


def job_at(jobs: Mapping[str, Mapping[str, Job]], ref: str | None, day: str) -> tuple[str, str, str]:
    """Entity, grade and month of somebody's day; ``?`` for a stranger."""
    job = jobs.get(ref or "?", {}).get(day)
    return (job.entity, job.grade, day[:7]) if job is not None else ("?", "?", day[:7])


@cache
def _is_open(country: str, day: str) -> bool:
    return is_workday(country, date.fromisoformat(day))


# -- what other systems must know --------------------------------------------------------------------------------------


def reports(case: Case) -> Facts:
    """Whoever works here -> the PSA user of the next manager up the line who does, too."""
    known = workers(case)
    users = {case.ref("psa.user", user_id): user_id for user_id in case.rows("psa.user")}
    found: Facts = {}
    for ref, worker in known.items():
        if worker["gone"]:
            continue
        seen, manager = {ref}, worker["manager_employee_id"]
        while manager is not None and manager not in seen and known.get(manager, {"gone": 0})["gone"]:
            seen.add(manager)
            manager = known[manager]["manager_employee_id"]
        found[ref] = {"manager_user": users.get(manager) if manager is not None else None}
    return found


def cost_rates(case: Case) -> Facts:
    """``W-0001 USD`` -> what an hour costs, as finance says: by grade and entity on the last day somebody was in an
    entity of that currency, which is today for whoever still is."""
    today = _today(case)
    table: dict[tuple[str, str], list[tuple[str, int]]] = {}
    for row in case.rows("erp.customrecord_standard_cost").values():
        at = (row["custrecord_role"], case.ref("erp.subsidiary", row["custrecord_subsidiary"]) or "?")
        table.setdefault(at, []).append((row["custrecord_effective"], row["custrecord_cost"]))
    names = case.rows("hris.worker")
    currencies = {entity.code: entity.currency for entity in case.plan.firm.entities}
    found: Facts = {}
    for wid, events in events_in_order(case).items():
        if wid not in names:
            continue
        moves = [event for event in events if event["company"]]
        held = [event for index, event in enumerate(moves) if event["effective_date"] <= today or not index]
        for event, following in zip(held, [*held[1:], None], strict=True):
            last = today if following is None else _day_before(following["effective_date"])
            grade = _last([each for each in events if each["effective_date"] <= max(last, held[0]["effective_date"])],
                          "grade")  # fmt: skip
            valid = [rate for rate in table.get((str(grade), event["company"]), ()) if rate[0] <= last]
            if valid:
                currency = currencies[event["company"]]
                found[f"{names[wid]['employee_id']} {currency}"] = {"amount": max(valid)[1], "currency": currency}
    return found


def absences(case: Case) -> Facts:
    """``W-0001 2026-02-12`` -> minutes and hours away, to the agreed number of days ahead: leaves take the scheduled
    day of every working day at somebody's place, time off what was entered; a day of the PSA holds eight hours."""
    today = moment(case.epoch, case.truth["end_us"]).date()
    last = (today + timedelta(days=case.interface.absences.ahead_days)).isoformat()
    names = case.rows("hris.worker")
    found: Facts = {}

    def add(wid: str, day: str, minutes: int) -> None:
        ref = f"{names[wid]['employee_id']} {day}"
        fact = found.setdefault(ref, {"employee": names[wid]["employee_id"], "day": day, "minutes": 0})
        fact["minutes"] += minutes

    spells, on_leave = employments(case), _leave_days(case, last)
    for row in case.rows("hris.time_off").values():
        wid, day = row["worker_wid"], row["date"]
        employed = any(spell.covers(day) for spell in spells.get(names[wid]["employee_id"], ()))
        if row["status"] == "Approved" and day <= last and employed and day not in on_leave.get(wid, {}):
            add(wid, day, row["minutes"])
    for wid, days in on_leave.items():
        for day, minutes in days.items():
            add(wid, day, minutes)
    for fact in found.values():
        fact["hours"] = min(round_half_away(Decimal(fact["minutes"]) / 60, 2), Decimal(8))
    return found


def _leave_days(case: Case, last: str) -> dict[str, dict[str, int]]:
    """WID -> working day on leave -> scheduled minutes; a leave lasts until a return or the last day of work."""
    places = {entity.location: entity.country for entity in case.plan.firm.entities}
    names, spells = case.rows("hris.worker"), employments(case)
    found: dict[str, dict[str, int]] = {}
    for wid, events in events_in_order(case).items():
        starts = [event for event in events if event["process"] == "Place on Leave"]
        returns = [event["effective_date"] for event in events if event["process"] == "Return from Leave"]
        for start in starts:
            first = start["effective_date"]
            spell = next((each for each in spells[names[wid]["employee_id"]] if each.covers(first)), None)
            if spell is None:
                continue
            ends = [_day_before(day) for day in returns if day > first]
            through = min((*ends, spell.last or last, last))
            for day in _days(first, through):
                held = [event for event in events if event["effective_date"] <= day]
                country = places.get(_last(held, "location") or "")
                open_day = is_workday(country, date.fromisoformat(day)) if country else _is_weekday(day)
                if open_day:
                    share = Decimal(_last(held, "fte") or "1")
                    found.setdefault(wid, {})[day] = int(_WEEK_MINUTES * share // 5)
    return found


def _days(first: str, last: str) -> Iterable[str]:
    day = date.fromisoformat(first)
    while day.isoformat() <= last:
        yield day.isoformat()
        day += timedelta(days=1)


def _day_before(day: str) -> str:
    return (date.fromisoformat(day) - timedelta(days=1)).isoformat()


def _day_after(day: str) -> str:
    return (date.fromisoformat(day) + timedelta(days=1)).isoformat()


def _is_weekday(day: str) -> bool:
    return date.fromisoformat(day).isoweekday() <= 5
