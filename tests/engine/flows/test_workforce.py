"""Workforce: newcomers become users and employees, grades follow, leavers go after their last sheet is decided."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.core.clock import DAY_US, HOUR_US, MINUTE_US
from sandbox.core.kernel import Killed
from sandbox.engine.canonical import Worker
from sandbox.engine.flows.workforce import WorkforceFlow, _payload, _worker
from sandbox.engine.policy import NaivePolicy, Policy
from sandbox.engine.resilience import Missing, Refused
from sandbox.engine.store import DeadLetter, Work
from tests.engine.builders import Room, answer_lost, answered, book, killed_after, work_off
from tests.engine.conftest import Opened

DUE_US = 10**15


def look(room: Room) -> list[Work]:
    room.do(WorkforceFlow(room.context).look())
    return room.do(room.store.due_work(DUE_US, 100))


def sync(room: Room) -> None:
    look(room)
    room.do(work_off(room))


def user(room: Room, person: str) -> dict[str, Any] | None:
    email = room.plan.people[person].email
    return next((row for row in room.rows("psa", "user") if row["email_address"] == email), None)


def membership(room: Room, person: str) -> dict[str, Any]:
    wanted = user(room, person)
    assert wanted is not None
    return next(row for row in room.rows("psa", "account_membership") if row["user_id"] == wanted["id"])


def employee(room: Room, person: str) -> dict[str, Any]:
    return next(row for row in room.rows("erp", "employee") if row["externalId"] == person)


def names(works: list[Work]) -> list[str]:
    return sorted(each.key for each in works)


# -- learning ----------------------------------------------------------------------------------------------------------


def test_the_first_look_asks_for_everybody_and_later_ones_of_a_day_for_what_was_entered(room: Room) -> None:
    assert names(look(room)) == ["W-0001", "W-0002", "W-0003"]
    room.do(work_off(room))
    room.wait(HOUR_US)
    room.deed("hire W-0004")
    room.wire.log.clear()
    assert names(look(room)) == ["W-0004"]
    assert [each.request.path.rpartition("/")[2] for each in room.wire.log] == ["Workers_Delta"]
    assert "Updated_From=2026-01-19T00%3A00%3A00Z" in room.wire.log[0].request.query


def test_who_is_as_before_is_not_worked_on_again(room: Room) -> None:
    sync(room)
    room.wait(DAY_US)
    room.wire.log.clear()
    assert look(room) == []
    # A new day asks for everybody: a dated change announces nothing.
    assert [each.request.path.rpartition("/")[2] for each in room.wire.log] == ["Workers_Full"]


def test_an_employee_the_engine_knows_is_not_looked_for_again(room: Room) -> None:
    sync(room)
    room.act("hr", "promote", employee="W-0003", effective="2026-01-19", grade="consultant")
    room.wait(HOUR_US)
    room.wire.log.clear()
    sync(room)
    assert employee(room, "W-0003")["laborcategory"] == "consultant"
    assert [each for each in room.wire.sent("erp", "POST", "/suiteql") if b"FROM employee" in each.request.body] == []


def test_a_promotion_dated_ahead_is_found_on_its_day(room: Room) -> None:
    sync(room)
    room.act("hr", "promote", employee="W-0003", effective="2026-01-21", grade="consultant")
    room.wait(HOUR_US)
    assert look(room) == []
    room.wait_until(2 * DAY_US)
    assert names(look(room)) == ["W-0003"]


def test_what_is_urgent_elsewhere_goes_before_workforce(room: Room) -> None:
    look(room)
    assert room.store._rows("SELECT DISTINCT tier FROM work WHERE flow = 'workforce'") == [(1,)]


@given(st.builds(Worker, hire_date=st.dates(), last_day=st.none() | st.dates()), st.booleans())
def test_a_worker_is_the_same_after_waiting_in_the_store(worker: Worker, gone: bool) -> None:
    assert _worker(orjson.loads(orjson.dumps(_payload(worker, gone, "look")))) == (worker, gone, "look")


# -- hire --------------------------------------------------------------------------------------------------------------


def test_a_newcomer_becomes_a_user_and_an_employee(won: Room) -> None:
    won.deed("hire W-0004")
    sync(won)
    person = won.plan.people["W-0004"]
    found = user(won, "W-0004")
    assert found is not None
    assert found["full_name"] == person.full_name
    row = employee(won, "W-0004")
    assert (row["firstName"], row["lastName"]) == tuple(person.full_name.split(" ", 1))
    assert (row["email"], row["laborcategory"], row["hireDate"]) == (person.email, "analyst", "2026-01-26")
    assert row["releasedate"] is None
    assert won.do(won.context.known("psa", "worker", found["id"])) == "W-0004"
    assert won.do(won.context.native("worker", "W-0004", "erp")) == row["id"]


def test_who_is_there_already_is_found_and_not_invited_again(room: Room) -> None:
    before = len(room.rows("psa", "user"))
    sync(room)
    assert len(room.rows("psa", "user")) == before
    assert room.wire.sent("psa", "POST") == []
    known = user(room, "W-0002")
    assert known is not None
    assert room.do(room.context.known("psa", "worker", known["id"])) == "W-0002"


def test_an_engine_without_keys_finds_who_is_there_by_address_and_makes_no_second(opened: Opened) -> None:
    room = opened(NaivePolicy)
    sync(room)
    assert len(room.rows("erp", "employee")) == 3
    assert room.wire.sent("erp", "POST", "/record/") == []
    assert len(room.wire.sent("erp", "PATCH", "/employee/")) == 3


@pytest.mark.parametrize("hurt", [answer_lost, killed_after])
def test_an_invitation_of_unknown_outcome_leaves_one_user(won: Room, hurt: Any) -> None:
    won.deed("hire W-0004")
    (work,) = look(won)
    won.wire.meets("psa", "POST", "/account_invitations", hurt)
    try:
        won.do(WorkforceFlow(won.context).handle(work))
    except Killed:
        won.crash()
        won.do(WorkforceFlow(won.context).handle(work))
    emails = [row["email_address"] for row in won.rows("psa", "user")]
    assert emails.count(won.plan.people["W-0004"].email) == 1


def test_a_promotion_reaches_psa_and_erp(won: Room) -> None:
    won.act("hr", "promote", employee="W-0003", effective="2026-01-19", grade="consultant")
    sync(won)
    roles = {row["id"]: row["name"] for row in won.rows("psa", "role")}
    assert roles[membership(won, "W-0003")["default_role_id"]] == "consultant"
    assert employee(won, "W-0003")["laborcategory"] == "consultant"
    assert roles[membership(won, "W-0002")["default_role_id"]] == "consultant"


def test_a_grade_the_systems_know_already_is_not_written_again(won: Room) -> None:
    won.act("hr", "leave", employee="W-0003", last_day="2026-03-31")
    won.wire.log.clear()
    sync(won)
    # The date of leaving is news for the ERP; the role in the PSA is as it was.
    assert employee(won, "W-0003")["releasedate"] == "2026-03-31"
    assert won.wire.sent("psa", "PUT") == []


# -- leave -------------------------------------------------------------------------------------------------------------


def test_a_leaver_works_through_the_last_day(won: Room) -> None:
    won.act("hr", "leave", employee="W-0003", last_day="2026-01-21")
    sync(won)
    won.wait_until(3 * DAY_US - MINUTE_US)
    sync(won)
    assert membership(won, "W-0003")["disabled"] == 0
    won.wait_until(3 * DAY_US)
    sync(won)
    assert membership(won, "W-0003")["disabled"] == 1
    assert membership(won, "W-0002")["disabled"] == 0


def test_a_leaver_with_an_open_sheet_is_waited_for(worked: Room) -> None:
    book(worked, "W-0003", "ENG-01", "analyst", ("2026-01-23", 60), approve=False)
    worked.act("hr", "leave", employee="W-0003", last_day="2026-01-23")
    (work,) = look(worked)
    failed = worked.fails(WorkforceFlow(worked.context).handle(work))
    assert isinstance(failed, Missing)
    assert failed.message == "1 sheets of W-0003 wait for a decision"
    assert membership(worked, "W-0003")["disabled"] == 0
    # What does not hang on the sheet is told at once.
    assert employee(worked, "W-0003")["releasedate"] == "2026-01-23"
    worked.act("W-0001", "approve", engagement="ENG-01", person="W-0003", title="ENG-01 W-0003 2026-01-23")
    worked.do(WorkforceFlow(worked.context).handle(work))
    assert membership(worked, "W-0003")["disabled"] == 1


def test_a_leaver_is_let_go_once(won: Room) -> None:
    won.act("hr", "leave", employee="W-0003", last_day="2026-01-18")
    sync(won)
    won.wire.log.clear()
    won.wait(DAY_US)
    assert look(won) == []


# -- refusals ----------------------------------------------------------------------------------------------------------


def test_who_was_given_up_on_is_left_until_something_about_them_changes(won: Room) -> None:
    won.deed("hire W-0004")
    (work,) = look(won)
    won.wire.meets("erp", "PUT", "/employee/", answered(400, b'{"o:errorDetails": [{"detail": "no such category"}]}'))
    failed = won.fails(WorkforceFlow(won.context).handle(work))
    assert isinstance(failed, Refused)
    letter = DeadLetter("workforce W-0004", "workforce", "W-0004", failed.message, "PMO", "", 0, 0, work.payload)
    won.do(won.store.bury_work(work, letter))
    won.wait(DAY_US)
    assert look(won) == []
    won.act("hr", "promote", employee="W-0004", effective="2026-01-26", grade="consultant")
    won.wait_until(7 * DAY_US)
    assert names(look(won)) == ["W-0004"]


def test_lanes_are_per_person(won: Room) -> None:
    won.deed("hire W-0004")
    (work,) = look(won)
    assert work.lane == Policy().lane("W-0004", "any") == "W-0004"


# -- whose approvals, whose projects -----------------------------------------------------------------------------------


def approvers(room: Room) -> list[str]:
    (row,) = [each for each in room.rows("psa", "workspace") if each["title"].startswith("ENG-01 ")]
    return list(orjson.loads(row["approver_ids"]))


def user_id(room: Room, person: str) -> str:
    found = user(room, person)
    assert found is not None
    return str(found["id"])


def decide(room: Room, person: str) -> None:
    """From now on only one person decides on the sheets of ENG-01."""
    (row,) = [each for each in room.rows("psa", "workspace") if each["title"].startswith("ENG-01 ")]
    named = {"workspace": {"approver_ids": [user_id(room, person)]}}
    room.at_desk("W-0001", "psa", "PUT", f"/workspaces/{row['id']}.json", json=named)


def taking_part(room: Room, person: str) -> int:
    return sum(row["user_id"] == user_id(room, person) for row in room.rows("psa", "participation"))


def test_everybody_reports_to_their_manager(won: Room) -> None:
    sync(won)
    assert membership(won, "W-0003")["manager_id"] == user_id(won, "W-0001")
    assert membership(won, "W-0001")["manager_id"] is None


def test_when_a_manager_leaves_the_reports_get_the_next_one_up(won: Room) -> None:
    won.act("hr", "transfer", employee="W-0003", effective="2026-01-19", entity=None, location=None, manager="W-0002")
    sync(won)
    assert membership(won, "W-0003")["manager_id"] == user_id(won, "W-0002")
    won.act("hr", "leave", employee="W-0002", last_day="2026-01-18")
    sync(won)
    assert membership(won, "W-0003")["manager_id"] == user_id(won, "W-0001")


def test_a_leavers_approvals_go_to_the_manager_although_a_sheet_keeps_the_door_open(worked: Room) -> None:
    sync(worked)
    decide(worked, "W-0003")
    book(worked, "W-0003", "ENG-01", "analyst", ("2026-01-23", 60), approve=False)
    worked.act("hr", "leave", employee="W-0003", last_day="2026-01-23")
    (work,) = look(worked)
    assert isinstance(worked.fails(WorkforceFlow(worked.context).handle(work)), Missing)
    assert approvers(worked) == [user_id(worked, "W-0001")]
    assert taking_part(worked, "W-0003") == 1


def test_a_leaver_is_off_the_projects_before_the_door_is_closed(worked: Room) -> None:
    sync(worked)
    worked.act("hr", "leave", employee="W-0003", last_day="2026-01-23")
    worked.wire.log.clear()
    sync(worked)
    assert taking_part(worked, "W-0003") == 0
    writes = [each.what for each in worked.wire.sent("psa") if each.request.method in ("PUT", "DELETE")]
    assert writes[0].startswith("DELETE /api/v1/participations/")
    assert writes[1].endswith("/disable.json")


@pytest.mark.parametrize("part", ["/participations/", "/disable.json"])
@pytest.mark.parametrize("hurt", [answer_lost, killed_after])
def test_whoever_is_let_go_with_a_stumble_comes_back_to_all_of_it(worked: Room, part: str, hurt: Any) -> None:
    sync(worked)
    worked.act("hr", "leave", employee="W-0003", last_day="2026-01-23")
    (work,) = look(worked)
    worked.wire.meets("psa", "*", part, hurt)
    try:
        worked.do(WorkforceFlow(worked.context).handle(work))
    except Killed:
        worked.crash()
        worked.do(WorkforceFlow(worked.context).handle(work))
    assert (membership(worked, "W-0003")["disabled"], taking_part(worked, "W-0003")) == (1, 0)
    worked.do(worked.store.finish_work(work))
    worked.act("hr", "rescind", employee="W-0003", process="Terminate Employee", effective="2026-01-23")
    worked.wait(HOUR_US)
    sync(worked)
    assert (membership(worked, "W-0003")["disabled"], taking_part(worked, "W-0003")) == (0, 1)
    assert employee(worked, "W-0003")["releasedate"] is None


def test_whoever_is_hired_again_is_a_user_again_and_on_no_project(worked: Room) -> None:
    sync(worked)
    worked.act("hr", "leave", employee="W-0003", last_day="2026-01-23")
    sync(worked)
    worked.act("hr", "hire", employee="W-0003", effective="2026-01-28", grade="consultant")
    worked.wait_until(8 * DAY_US)
    sync(worked)
    assert membership(worked, "W-0003")["disabled"] == 1
    worked.wait_until(9 * DAY_US)
    sync(worked)
    assert (membership(worked, "W-0003")["disabled"], taking_part(worked, "W-0003")) == (0, 0)
    # Late time of the first employment must still fit.
    assert (employee(worked, "W-0003")["hireDate"], employee(worked, "W-0003")["releasedate"]) == ("2024-09-02", None)
