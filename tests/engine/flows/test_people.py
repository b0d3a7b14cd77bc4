"""Cost rates and absences: dated, so that nothing announces them; compared once a day."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.core.clock import DAY_US
from sandbox.core.kernel import Killed
from sandbox.engine.flows.absence import AbsenceFlow
from sandbox.engine.flows.cost_rate import CostRateFlow
from sandbox.engine.flows.workforce import WorkforceFlow
from sandbox.engine.store import Work
from tests.engine.builders import Room, answer_lost, killed_after, work_off

DUE_US = 10**15


@pytest.fixture
def staffed(room: Room) -> Room:
    """Everybody is known to the engine."""
    room.do(WorkforceFlow(room.context).look())
    room.do(work_off(room))
    return room


def look(room: Room, flow: type[CostRateFlow] | type[AbsenceFlow]) -> list[Work]:
    room.do(flow(room.context).look())
    return room.do(room.store.due_work(DUE_US, 100))


def rates(room: Room) -> dict[str, tuple[int, str]]:
    """Employee -> cost rate at 1e-4 and currency."""
    users = {row["id"]: row["email_address"] for row in room.rows("psa", "user")}
    names = {person.email: name for name, person in room.plan.people.items()}
    members = {row["id"]: names.get(users[row["user_id"]]) for row in room.rows("psa", "account_membership")}
    return {
        str(members[row["account_membership_id"]]): (row["amount"], row["currency"])
        for row in room.rows("psa", "cost_rate")
    }


def days(room: Room) -> dict[str, str]:
    return {row["requested_date"]: row["hours"].removesuffix(".00") for row in room.rows("psa", "time_off_entry")}


# -- cost rates --------------------------------------------------------------------------------------------------------


def test_everybody_costs_what_finance_says_of_their_grade(staffed: Room) -> None:
    look(staffed, CostRateFlow)
    staffed.do(work_off(staffed))
    # Partner, consultant, analyst of one-desk.
    assert rates(staffed) == {
        "W-0001": (1_161_000, "GBP"), "W-0002": (525_000, "GBP"), "W-0003": (425_000, "GBP"),
    }  # fmt: skip
    assert look(staffed, CostRateFlow) == []


def test_a_promotion_costs_more_from_the_next_night_on(staffed: Room) -> None:
    look(staffed, CostRateFlow)
    staffed.do(work_off(staffed))
    staffed.act("hr", "promote", employee="W-0003", effective="2026-01-19", grade="consultant")
    staffed.wait(DAY_US)
    staffed.do(WorkforceFlow(staffed.context).look())
    staffed.do(work_off(staffed))
    assert [work.key for work in look(staffed, CostRateFlow)] == ["W-0003"]
    staffed.do(work_off(staffed))
    assert rates(staffed)["W-0003"] == (525_000, "GBP")


# -- absences ----------------------------------------------------------------------------------------------------------


def test_a_leave_and_a_time_off_are_days_off(staffed: Room) -> None:
    staffed.act(
        "hr", "place_on_leave", employee="W-0002", kind="Medical", first_day="2026-01-23", last_day="2026-01-26"
    )
    staffed.act("hr", "return_from_leave", employee="W-0002", first_day_back="2026-01-27")
    staffed.act("hr", "take_off", employee="W-0003", kind="Vacation", days=["2026-01-22"], minutes=225)
    assert sorted(work.key for work in look(staffed, AbsenceFlow)) == ["W-0002", "W-0003"]
    staffed.do(work_off(staffed))
    assert days(staffed) == {"2026-01-23": "8", "2026-01-26": "8", "2026-01-22": "3.75"}
    assert look(staffed, AbsenceFlow) == []


@pytest.mark.parametrize("hurt", [answer_lost, killed_after])
def test_a_day_off_of_unknown_outcome_is_looked_for_because_hours_add_up(staffed: Room, hurt: Any) -> None:
    staffed.act("hr", "take_off", employee="W-0003", kind="Vacation", days=["2026-01-22"], minutes=225)
    (work,) = look(staffed, AbsenceFlow)
    staffed.wire.meets("psa", "POST", "/time_off_entries", hurt)
    try:
        staffed.do(AbsenceFlow(staffed.context).handle(work))
    except Killed:
        staffed.crash()
        staffed.do(AbsenceFlow(staffed.context).handle(work))
    assert days(staffed) == {"2026-01-22": "3.75"}


def test_what_was_taken_back_is_a_working_day_again_and_other_hours_are_other_hours(staffed: Room) -> None:
    staffed.act("hr", "take_off", employee="W-0003", kind="Vacation", days=["2026-01-22", "2026-01-23"], minutes=480)
    look(staffed, AbsenceFlow)
    staffed.do(work_off(staffed))
    entries = staffed.screen("hr", "hris", "time_off_history", employee_id="W-0003")
    staffed.screen("hr", "hris", "cancel_time_off", time_off_wid=entries[0]["time_off_wid"])
    staffed.screen("hr", "hris", "correct_time_off", time_off_wid=entries[1]["time_off_wid"], hours="4")
    staffed.wait(DAY_US)
    look(staffed, AbsenceFlow)
    staffed.do(work_off(staffed))
    assert days(staffed) == {"2026-01-23": "4"}
    # Taken again, it is entered again.
    staffed.act("hr", "take_off", employee="W-0003", kind="Sick", days=["2026-01-22"], minutes=480)
    staffed.wait(DAY_US)
    look(staffed, AbsenceFlow)
    staffed.do(work_off(staffed))
    assert days(staffed) == {"2026-01-22": "8", "2026-01-23": "4"}
