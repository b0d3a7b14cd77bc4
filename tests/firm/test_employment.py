"""Who works here when: employments, rehires, what is taken back and corrected, absences and managers."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from sandbox.firm.employment import Employments, Spell
from sandbox.plan import Person, Workforce

HIRED = date(2024, 1, 1)
PEOPLE = {
    name: Person(
        name=name, full_name="A B", email=f"{name}@x.example", entity="UK", grade="analyst", hired=HIRED,
        manager=None if name == "W-0001" else "W-0001",
    )
    for name in ("W-0001", "W-0002", "W-0003")
}  # fmt: skip


def staff(**workforce: Any) -> Employments:
    return Employments(Workforce.model_validate(workforce), PEOPLE)


LEAVES = {"employee_id": "W-0002", "entered": "2026-01-12", "last_day": "2026-01-30"}


def test_whoever_stays_works_for_ever() -> None:
    assert staff().spells("W-0002") == [Spell(HIRED)]
    assert staff().last_day_of("W-0002") == date.max


def test_the_last_day_is_still_worked() -> None:
    here = staff(leavers=[LEAVES])
    assert here.employed_on("W-0002", date(2026, 1, 30))
    assert not here.employed_on("W-0002", date(2026, 1, 31))


def test_a_termination_that_was_taken_back_never_was() -> None:
    back = {"employee_id": "W-0002", "event": "leaver", "effective": "2026-01-30", "entered": "2026-02-02"}
    assert staff(leavers=[LEAVES], rescissions=[back]).spells("W-0002") == [Spell(HIRED)]


def test_a_corrected_last_day_is_the_one_it_was_corrected_to() -> None:
    moved = {
        "employee_id": "W-0002", "event": "leaver", "effective": "2026-01-30", "entered": "2026-01-20",
        "to": "2026-02-13",
    }  # fmt: skip
    assert staff(leavers=[LEAVES], corrections=[moved]).last_day_of("W-0002") == date(2026, 2, 13)


def test_a_rehire_is_a_second_employment_in_its_own_grade() -> None:
    again = {
        "employee_id": "W-0002", "grade": "manager", "entered": "2026-02-02", "effective": "2026-02-16",
        "manager": "W-0003",
    }  # fmt: skip
    here = staff(leavers=[LEAVES], rehires=[again])
    assert here.spells("W-0002") == [Spell(HIRED, date(2026, 1, 30)), Spell(date(2026, 2, 16))]
    assert not here.employed_on("W-0002", date(2026, 2, 10))
    assert [here.grade_on("W-0002", day) for day in (date(2026, 1, 30), date(2026, 2, 16))] == ["analyst", "manager"]
    assert here.manager_on("W-0002", date(2026, 2, 16)) == "W-0003"
    assert here.last_day_of("W-0002", date(2026, 1, 20)) == date(2026, 1, 30)


def test_on_leave_nobody_works_and_hours_off_leave_the_rest_of_the_day() -> None:
    here = staff(
        leaves=[
            {"employee_id": "W-0002", "kind": "Medical", "entered": "2026-01-12", "first_day": "2026-01-19",
             "last_day": "2026-01-21"}
        ],
        time_off=[
            {"employee_id": "W-0002", "entered": "2026-01-12", "first": "2026-01-26", "last": "2026-01-26",
             "minutes": 240}
        ],
    )  # fmt: skip
    days = [date(2026, 1, day) for day in (16, 19, 21, 22, 26)]
    assert [here.minutes_off("W-0002", day) for day in days] == [0, 480, 480, 0, 240]
    assert [here.at_work_on("W-0002", day) for day in days] == [True, False, False, True, True]


def test_a_transfer_moves_entity_and_manager_from_its_day_on() -> None:
    moves = {
        "employee_id": "W-0002", "entered": "2026-01-12", "effective": "2026-02-01", "entity": "US",
        "manager": "W-0003",
    }  # fmt: skip
    here = staff(transfers=[moves])
    before, after = date(2026, 1, 31), date(2026, 2, 1)
    assert (here.entity_on("W-0002", before), here.entity_on("W-0002", after)) == ("UK", "US")
    assert (here.manager_on("W-0002", before), here.manager_on("W-0002", after)) == ("W-0001", "W-0003")


def test_a_function_of_the_firm_is_employed_by_nobody() -> None:
    desk = Employments(Workforce(), {"hr": Person(name="hr", full_name="HR", email="hr@x.example", entity="UK")})
    assert desk.spells("hr") == []
    with pytest.raises(ValueError, match="hr has no grade"):
        desk.grade_on("hr", HIRED)
