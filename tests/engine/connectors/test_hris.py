"""The HRIS connector against the mock: everybody, or who was entered since; leavers and newcomers with their dates."""

from __future__ import annotations

from datetime import date

from sandbox.core.clock import DAY_US, HOUR_US, MINUTE_US
from sandbox.engine.canonical import Worker
from sandbox.engine.resilience import Refused
from tests.engine.builders import Room

TODAY = date(2026, 1, 19)


def names(workers: list[Worker]) -> list[str]:
    return [worker.employee_id for worker in workers]


def test_a_worker_comes_in_our_own_words(room: Room) -> None:
    person = room.plan.people["W-0003"]
    first, _, last = person.full_name.partition(" ")
    workers = room.do(room.context.hris.workers(TODAY))
    assert names(workers) == ["W-0001", "W-0002", "W-0003"]
    hired = date(2024, 9, 2)
    assert workers[2] == Worker(
        "W-0003", first, last, person.email, "analyst", "UK", hired, None, first_hired=hired, manager="W-0001"
    )


def test_somebody_hired_again_has_both_first_days(room: Room) -> None:
    room.act("hr", "leave", employee="W-0002", last_day="2026-01-20")
    room.act("hr", "hire", employee="W-0002", effective="2026-02-02", grade="manager")
    (before,) = [each for each in room.do(room.context.hris.workers(date(2026, 2, 1))) if each.employee_id == "W-0002"]
    (after,) = [each for each in room.do(room.context.hris.workers(date(2026, 2, 2))) if each.employee_id == "W-0002"]
    first = date(2022, 6, 6)
    assert (before.hire_date, before.last_day) == (first, date(2026, 1, 20))
    assert (after.hire_date, after.first_hired, after.last_day) == (date(2026, 2, 2), first, None)


def test_a_leave_and_time_off_are_minutes_away_by_day(room: Room) -> None:
    room.act("hr", "place_on_leave", employee="W-0002", kind="Medical", first_day="2026-01-23", last_day="2026-01-26")
    room.act("hr", "return_from_leave", employee="W-0002", first_day_back="2026-01-27")
    room.act("hr", "take_off", employee="W-0003", kind="Vacation", days=["2026-01-22"], minutes=225)
    found = room.do(room.context.hris.absences(TODAY, date(2026, 2, 28)))
    assert found == {("W-0002", "2026-01-23"): 480, ("W-0002", "2026-01-26"): 480, ("W-0003", "2026-01-22"): 225}


def test_a_newcomer_is_there_before_the_first_day_with_the_day(room: Room) -> None:
    room.deed("hire W-0004")
    newcomer = room.do(room.context.hris.workers(TODAY))[3]
    assert (newcomer.employee_id, newcomer.hire_date, newcomer.grade) == ("W-0004", date(2026, 1, 26), "analyst")


def test_a_leaver_is_there_with_the_last_day_worked(room: Room) -> None:
    room.act("hr", "leave", employee="W-0002", last_day="2026-02-06")
    leaver = room.do(room.context.hris.workers(TODAY))[1]
    assert leaver.last_day == date(2026, 2, 6)
    assert room.do(room.context.hris.workers(date(2026, 3, 1)))[1].last_day == date(2026, 2, 6)


def test_the_grade_is_that_of_the_day_asked_for(room: Room) -> None:
    room.act("hr", "promote", employee="W-0003", effective="2026-02-01", grade="consultant")
    hris = room.context.hris
    assert room.do(hris.workers(date(2026, 1, 31)))[2].grade == "analyst"
    assert room.do(hris.workers(date(2026, 2, 1)))[2].grade == "consultant"


def test_since_an_instant_only_who_was_entered_after_it(room: Room) -> None:
    room.wait(HOUR_US)
    room.act("hr", "promote", employee="W-0003", effective="2026-02-01", grade="consultant")
    room.wait(MINUTE_US)
    hris = room.context.hris
    assert names(room.do(hris.workers(TODAY, "2026-01-19T01:00:00Z"))) == ["W-0003"]
    assert names(room.do(hris.workers(TODAY, "2026-01-19T01:00:01Z"))) == []
    # What is dated ahead announces nothing when its day comes: only asking for everybody shows it.
    room.wait(20 * DAY_US)
    assert names(room.do(hris.workers(date(2026, 2, 8), "2026-02-01T00:00:00Z"))) == []


def test_a_report_that_is_none_is_refused_in_the_vendors_words(room: Room) -> None:
    room.context.hris._base = room.context.hris._base.replace("ISU_PSA", "ISU_ERP")
    failed = room.fails(room.context.hris.workers(TODAY))
    assert isinstance(failed, Refused)
    assert failed.message.endswith("answered 404: Report ISU_ERP/Workers_Full was not found.")
