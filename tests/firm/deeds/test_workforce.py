"""Staffing, HR and the close: what they leave behind, and what they wait for."""

from __future__ import annotations

import pytest

from sandbox.firm.deeds import closing, staffing
from sandbox.firm.desk import Blocked
from tests.firm.builders import busy_desk, planned
from tests.firm.played import Played
from tests.firm.stage import Stage, envelope, reply

PLAN = planned(*busy_desk())


# -- people ------------------------------------------------------------------------------------------------------------


def test_somebody_hired_works_here_from_the_effective_date(busy: Played) -> None:
    person = busy.world.plan.people["W-0004"]
    worker = busy.row("hris", "worker", employee_id="W-0004")
    (hired, left) = sorted(
        busy.rows("hris", "event", worker_wid=worker["wid"]), key=lambda event: str(event["effective_date"])
    )
    assert f"{worker['first_name']} {worker['last_name']}" == person.full_name
    assert worker["email"] == person.email
    assert (hired["process"], hired["effective_date"], hired["grade"], hired["company"], hired["location"]) == (
        "Hire Employee", "2026-01-26", "analyst", "UK", "London",
    )  # fmt: skip
    assert (left["process"], left["effective_date"]) == ("Terminate Employee", "2026-02-10")


def test_a_promotion_changes_the_grade_and_nothing_else(busy: Played) -> None:
    worker = busy.row("hris", "worker", employee_id="W-0003")
    (promoted,) = busy.rows("hris", "event", worker_wid=worker["wid"], process="Change Job")
    assert (promoted["effective_date"], promoted["grade"]) == ("2026-02-01", "consultant")
    assert (promoted["company"], promoted["location"]) == (None, None)


# -- staffing ----------------------------------------------------------------------------------------------------------


def test_the_team_takes_part_once_the_project_is_open(busy: Played) -> None:
    users = {row["id"]: row["email_address"] for row in busy.rows("psa", "user")}
    people = busy.world.plan.people
    workspace = next(row for row in busy.rows("psa", "workspace") if row["title"].startswith("ENG-03 "))
    taking_part = {users[row["user_id"]] for row in busy.rows("psa", "participation", workspace_id=workspace["id"])}
    assert people["W-0002"].email in taking_part
    assert people["W-0003"].email not in taking_part


@pytest.fixture
def stage() -> Stage:
    made = Stage(PLAN)
    made.records.remembered.update({
        ("open workspace", "ENG-01"): "70", ("user", "W-0002"): "7", ("user", "W-0003"): "8",
    })  # fmt: skip
    return made


def test_only_who_is_missing_is_let_in(stage: Stage) -> None:
    args = {"engagement": "ENG-01", "team": ["W-0002", "W-0003"]}
    stage.wire.answers = [envelope("participations", {"id": "1", "user_id": "7"}), reply(200, {})]
    stage.does(staffing.staff(stage.desk("W-0001"), args))
    assert stage.wire.asked[1][1].json() == {
        "participations": [{"workspace_id": "70", "user_id": "8", "role": "maven"}]
    }
    both = envelope("participations", {"id": "1", "user_id": "7"}, {"id": "2", "user_id": "8"})
    stage.wire.answers = [both]
    stage.does(staffing.staff(stage.desk("W-0001"), args))
    assert len(stage.wire.asked) == 3


def test_a_team_waits_for_its_last_member(stage: Stage) -> None:
    stage.wire.answers = [envelope("participations"), envelope("users")]
    with pytest.raises(Blocked, match="W-0004 is not a user of the PSA"):
        stage.does(staffing.staff(stage.desk("W-0001"), {"engagement": "ENG-01", "team": ["W-0003", "W-0004"]}))


# -- the close ---------------------------------------------------------------------------------------------------------


def test_after_the_close_january_is_shut_in_the_ledger_and_in_revenue(busy: Played) -> None:
    months = {row["periodName"]: row["closed"] for row in busy.rows("erp", "accountingPeriod")}
    assert months == {"Dec 2025": 1, "Jan 2026": 1, "Feb 2026": 0, "Mar 2026": 0}
    revenue = {row["name"]: row["status"] for row in busy.rows("revenue", "period")}
    assert revenue == {"2025-12": "Closed", "2026-01": "Closed", "2026-02": "Open", "2026-03": "Future"}


def test_a_close_is_blocked_with_the_reason_of_the_screen() -> None:
    stage = Stage(PLAN)
    still_open = {"org": "UK", "periods": [{"period": "2026-01", "status": "Open"}]}
    stage.wire.answers = [reply(200, still_open), reply(400, {"errors": [{"message": "2 batches wait for transfer"}]})]
    with pytest.raises(Blocked, match=r"revenue screen close_period: .*2 batches wait for transfer"):
        stage.does(closing.close_revenue(stage.desk("revenue-accountant"), {"org": "UK", "period": "2026-01"}))
