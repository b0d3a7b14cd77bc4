"""Timecards: who books what in which week, how late, which sheets are rejected and come back corrected."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sandbox.core.calendars import workdays
from sandbox.firm.planning_office import Office
from sandbox.plan import Booking, Deed, LateTime, ScriptedEngagement, TimeRule, UnpostableTime

_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
# Days late of a late sheet with their weight: +1, +2..3, up to +7, into the next period (glossary section 4).
_LATENESS = ((1, 12), (2, 5), (3, 4), (5, 3), (7, 2), (9, 2))


@dataclass(frozen=True)
class Sheet:
    """A person's week on one engagement, as it is submitted and decided."""

    engagement: str
    person: str
    week: str
    bookings: tuple[Booking, ...]

    @property
    def title(self) -> str:
        """What the approver sees: ``ENG-01 W-0015 2026-W04``."""
        return f"{self.engagement} {self.person} {self.week}"


def time_deeds(office: Office, engagements: Sequence[ScriptedEngagement]) -> list[Deed]:
    """Booking and deciding, for every person and week."""
    terms = {each.code: each for each in engagements}
    sheets: dict[tuple[str, str], list[Sheet]] = {}
    for sheet in (*_scripted_sheets(office), *_generated_sheets(office, engagements)):
        sheets.setdefault((sheet.person, sheet.week), []).append(sheet)
    deeds: list[Deed] = []
    scripted = {each.code for each in office.scenario.scripted}
    for (person, week), of_week in sorted(sheets.items()):
        careful = all(sheet.engagement in scripted for sheet in of_week)
        deeds += _week_deeds(office, terms, person, week, of_week, careful=careful)
    for each in office.scenario.scripted:
        for late in each.late:
            deeds += _late_deeds(office, each, late)
    return deeds


# -- what is worked ----------------------------------------------------------------------------------------------------


def _scripted_sheets(office: Office) -> Iterable[Sheet]:
    for terms in office.scenario.scripted:
        booked: dict[tuple[str, str], list[Booking]] = {}
        for rule in terms.time:
            for day in _days_of(office, rule):
                booked.setdefault((rule.person, _week(day)), []).append(_scripted_booking(office, terms, rule, day))
        for (person, week), bookings in booked.items():
            yield Sheet(terms.code, person, week, tuple(bookings))


def _days_of(office: Office, rule: TimeRule) -> Iterable[date]:
    country = office.entity_of(rule.person).country
    for day in workdays(country, rule.first, min(rule.last, office.last_day)):
        if (not rule.days or _WEEKDAYS[day.weekday()] in rule.days) and office.staff.at_work_on(rule.person, day):
            yield day


def _scripted_booking(office: Office, terms: ScriptedEngagement, rule: TimeRule, day: date) -> Booking:
    ref = f"{rule.person} {day} {terms.code}"
    return Booking(
        ref=f"{ref} {rule.change}" if rule.change else ref,
        engagement=terms.code,
        on=day,
        minutes=rule.minutes,
        role=rule.role or office.grade_on(rule.person, day),
        billable=rule.billable,
        line=terms.change_line(rule.change) if rule.change else None,
    )


def _generated_sheets(office: Office, engagements: Sequence[ScriptedEngagement]) -> Iterable[Sheet]:
    generated = [each for each in engagements if not office.is_scripted(each)]
    people = sorted({person for each in generated for person in each.team})
    booked: dict[tuple[str, str, str], list[Booking]] = {}
    for person in people:
        country = office.entity_of(person).country
        mine = [each for each in generated if person in each.team]
        for day in workdays(country, min(each.start for each in mine), office.last_day):
            open_now = [each for each in mine if each.start <= day]
            if not open_now or not office.staff.at_work_on(person, day):
                continue
            for booking in _day_bookings(office, person, day, open_now):
                booked.setdefault((booking.engagement, person, _week(day)), []).append(booking)
    for card in office.scenario.unpostable:
        booked.setdefault((card.engagement, card.person, _week(card.on)), []).append(_unpostable_booking(card))
    for (engagement, person, week), bookings in sorted(booked.items()):
        yield Sheet(engagement, person, week, tuple(bookings))


def _day_bookings(office: Office, person: str, day: date, mine: Sequence[ScriptedEngagement]) -> Iterable[Booking]:
    """A day's eight hours, give or take, split over the person's engagements, in steps of five minutes."""
    for terms in mine:
        stream = office.stream("minutes", person, day.isoformat(), terms.code)
        whole = 480 // len(mine)
        minutes = whole + 5 * (stream.below(13) - 6)
        yield Booking(
            ref=f"{person} {day} {terms.code}",
            engagement=terms.code,
            on=day,
            minutes=minutes,
            role=office.grade_on(person, day),
        )


def _unpostable_booking(card: UnpostableTime) -> Booking:
    return Booking(
        ref=f"{card.person} {card.on} {card.engagement} unpostable",
        engagement=card.engagement,
        on=card.on,
        minutes=card.minutes,
        role=card.role,
        billable=False,
    )


def _week(day: date) -> str:
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02d}"


# -- how it is booked and decided --------------------------------------------------------------------------------------


def _week_deeds(
    office: Office,
    terms: dict[str, ScriptedEngagement],
    person: str,
    week: str,
    sheets: Sequence[Sheet],
    *,
    careful: bool,
) -> Iterable[Deed]:
    last = max(booking.on for sheet in sheets for booking in sheet.bookings)
    friday = date.fromisocalendar(int(week[:4]), int(week[-2:]), 5)
    stream = office.stream("promptness", person, week)
    minutes, booked_on = 0, max(last, _last_workday(office, person, friday))
    if not careful:
        minutes = stream.below(90)
        if stream.below(100) < office.scenario.habits.late_percent:
            booked_on += timedelta(days=stream.weighted(_LATENESS))
    # Whoever leaves hands everything in before the door closes.
    booked_on = min(booked_on, office.last_day_of(person, last))
    label = f"book {person} {week}"
    args: dict[str, Any] = {"sheets": [_sheet_args(sheet) for sheet in sheets]}
    if office.scenario.asks_first:
        args["asks_first"] = True
    yield office.deed(
        label,
        person,
        "book",
        booked_on,
        "16:30",
        args,
        minutes=minutes,
        after=[f"staff {sheet.engagement}" for sheet in sheets],
    )
    for sheet in sheets:
        yield from _decision_deeds(office, terms[sheet.engagement], sheet, label, booked_on, careful=careful)


def _last_workday(office: Office, person: str, friday: date) -> date:
    day = friday
    while not office.workday_of(person, day):
        day -= timedelta(days=1)
    return day


def _decision_deeds(
    office: Office, terms: ScriptedEngagement, sheet: Sheet, booked: str, booked_on: date, *, careful: bool
) -> Iterable[Deed]:
    decided_on = office.next_workday(terms.approver, booked_on)
    approver = office.approver_on(terms.approver, decided_on)
    stream = office.stream("decision", sheet.title)
    minutes = 0 if careful else stream.below(100)
    rejected = not careful and stream.below(100) < office.scenario.habits.rejected_percent
    verb = "reject" if rejected else "approve"
    decide = f"{verb} {sheet.title}"
    args: dict[str, Any] = {"engagement": sheet.engagement, "person": sheet.person, "title": sheet.title}
    yield office.deed(
        decide,
        approver,
        "reject" if rejected else "approve",
        decided_on,
        "10:00",
        args,
        after=(booked,),
        minutes=minutes,
    )
    if not rejected:
        return
    corrected = max(5, sheet.bookings[0].minutes - 15)
    again_on = office.next_workday(sheet.person, decided_on)
    resubmit = f"resubmit {sheet.title}"
    correction = {"ref": sheet.bookings[0].ref, "minutes": corrected}
    yield office.deed(
        resubmit,
        sheet.person,
        "resubmit",
        again_on,
        "09:15",
        {**args, "sheet": _sheet_args(sheet), "correction": correction},
        after=(decide,),
    )
    approved_on = office.next_workday(approver, again_on)
    yield office.deed(
        f"approve {sheet.title} (2)",
        office.approver_on(approver, approved_on),
        "approve",
        approved_on,
        "10:00",
        {**args, "title": f"{sheet.title} (2)"},
        after=(resubmit,),
        minutes=minutes,
    )


def _late_deeds(office: Office, terms: ScriptedEngagement, late: LateTime) -> Iterable[Deed]:
    country = office.entity_of(late.person).country
    days = [late.on] if late.until is None else list(workdays(country, late.on, late.until))
    bookings = tuple(
        Booking(
            ref=f"{late.person} {day} {terms.code}",
            engagement=terms.code,
            on=day,
            minutes=late.minutes,
            role=office.grade_on(late.person, day),
        )
        for day in days
    )
    sheet = Sheet(terms.code, late.person, f"{late.on} late", bookings)
    label = f"book {late.person} {sheet.week}"
    yield office.deed(
        label,
        late.person,
        "book",
        late.booked_on,
        "11:00",
        {"sheets": [_sheet_args(sheet)]},
        after=(f"staff {terms.code}",),
    )
    yield office.deed(
        f"approve {sheet.title}",
        office.approver_on(terms.approver, late.approved_on),
        "approve",
        late.approved_on,
        "16:00",
        {"engagement": terms.code, "person": late.person, "title": sheet.title},
        after=(label,),
    )


def _sheet_args(sheet: Sheet) -> dict[str, Any]:
    return {
        "engagement": sheet.engagement,
        "title": sheet.title,
        "bookings": [booking.model_dump(mode="json") for booking in sheet.bookings],
    }
