"""Timecards in the PSA: booked, submitted, approved, rejected and corrected, each entry once."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.firm.deeds import timecards
from sandbox.firm.desk import Blocked
from sandbox.plan import Plan, PlannedFault
from tests.firm.builders import UNPOSTABLE, busy_desk, by_label, changed, planned
from tests.firm.played import Played, play
from tests.firm.stage import Stage, envelope, reply

PUNCTUAL = {"late_percent": 0, "rejected_percent": 0, "write_off_percent": 0}


def shown(rows: list[dict[str, Any]]) -> list[tuple[str, int, bool, bool]]:
    """Day, minutes, billable, approved."""
    return [
        (row["date_performed"], row["time_in_minutes"], bool(row["billable"]), bool(row["approved"])) for row in rows
    ]


# -- in a world --------------------------------------------------------------------------------------------------------


def test_a_week_is_entered_once_submitted_and_approved(tiny: Played) -> None:
    assert shown(tiny.entries("ENG-01")) == [
        ("2026-01-26", 400, True, True), ("2026-01-27", 400, True, True), ("2026-01-28", 400, True, True),
    ]  # fmt: skip
    sheet = tiny.row("psa", "timesheet_submission")
    assert (sheet["title"], sheet["status"]) == ("ENG-01 W-0003 2026-W05", "approved")
    assert {row["active_submission_id"] for row in tiny.entries("ENG-01")} == {sheet["id"]}


def test_an_entry_stands_on_the_task_of_its_contract_line_in_the_role_of_its_day(tiny: Played) -> None:
    stories = {row["id"]: row["title"] for row in tiny.rows("psa", "story")}
    roles = {row["id"]: row["name"] for row in tiny.rows("psa", "role")}
    for row in tiny.entries("ENG-01"):
        assert stories[row["story_id"]].startswith("ENG-01-L1 ")
        assert roles[row["role_id"]] == "analyst"


def test_time_is_valued_and_costed_at_the_rates_of_its_day(busy: Played) -> None:
    # Consultants in London: 105.00 an hour and 52.50 of cost to 31 January, 109.20 and 54.10 from 1 February.
    rates = {row["date_performed"]: row["rate"] for row in busy.entries("ENG-03")}
    assert (rates["2026-01-30"], rates["2026-02-02"]) == (1_050_000, 1_092_000)
    minutes = {row["date_performed"]: row["time_in_minutes"] for row in busy.entries("ENG-03")}
    labour = {row["id"] for row in busy.rows("erp", "account") if row["acctNumber"] == "5000"}
    costs = {
        row["serviceDate"]: row["debit"]
        for row in busy.rows("erp", "transactionLine", contractLine="ENG-03-L1")
        if row["account"] in labour
    }
    # Hours times cost to the penny, at four decimals.
    for day, rate in (("2026-01-30", 5250), ("2026-02-02", 5410)):
        assert abs(costs[day] - minutes[day] * rate * 100 / 60) <= 50
        assert costs[day] % 100 == 0


def test_a_rejected_sheet_comes_back_corrected_under_a_second_title(busy: Played) -> None:
    sheets = {row["title"]: row["status"] for row in busy.rows("psa", "timesheet_submission")}
    assert sheets["ENG-03 W-0002 2026-W05"] == "rejected"
    assert sheets["ENG-03 W-0002 2026-W05 (2)"] == "approved"
    (sheet,) = by_label(busy.world.plan)["book W-0002 2026-W05"].args["sheets"]
    expected = [(each["on"], each["minutes"], True, True) for each in sheet["bookings"]]
    day, minutes, *rest = expected[0]
    found = [row for row in shown(busy.entries("ENG-03")) if row[0] < "2026-02-01"]
    assert found == [(day, minutes - 15, *rest), *expected[1:]]


def test_a_week_on_four_projects_makes_four_sheets_for_four_decisions(busy: Played) -> None:
    assert busy.changes("book W-0003 2026-W05").count(("psa", "timesheet_submission", "create")) == 4
    assert busy.changes("book W-0003 2026-W05").count(("psa", "time_entry", "create")) == 9


def rejected_with_unpostable(habits: dict[str, int]) -> Plan:
    scenario, firm = busy_desk()
    return planned(changed(scenario, unpostable=[UNPOSTABLE], habits={**PUNCTUAL, **habits}), firm)


def test_a_corrected_sheet_brings_back_everything_that_was_rejected() -> None:
    played = play(rejected_with_unpostable({"rejected_percent": 100}))
    assert played.outcomes["approve ENG-03 W-0002 2026-W05 (2)"] == "done"
    january = [row for row in shown(played.entries("ENG-03")) if row[0] < "2026-02-01"]
    assert [(day, billable, approved) for day, _, billable, approved in january] == [
        ("2026-01-28", True, True),
        ("2026-01-29", False, True),
        ("2026-01-29", True, True),
        ("2026-01-30", True, True),
    ]


def test_a_week_whose_answer_was_lost_is_submitted_whole() -> None:
    plan = rejected_with_unpostable({})
    due_us = by_label(plan)["book W-0002 2026-W05"].due_us
    lost = PlannedFault(
        fid="W04#1", kind="W04", system="psa", after_us=due_us, nth=0, params={"actors": "any", "created": True}
    )
    played = play(plan.model_copy(update={"faults": (lost,)}))
    (blocked, _) = played.notes("blocked", "book W-0002 2026-W05")
    assert blocked["need"] == "psa POST /api/v1/time_entries.json: no answer"
    january = [row for row in shown(played.entries("ENG-03")) if row[0] < "2026-02-01"]
    assert len(january) == 4
    assert [row for row in january if not row[3]] == []


# -- at the desk -------------------------------------------------------------------------------------------------------

SCENARIO, FIRM = busy_desk()
PLAN = planned(SCENARIO, FIRM)
TITLE = "ENG-03 W-0002 2026-W05"


@pytest.fixture
def stage() -> Stage:
    made = Stage(PLAN)
    made.records.remembered.update({
        ("open workspace", "ENG-03"): "70", ("story", "ENG-03"): "30", ("user", "W-0002"): "8",
        ("role", "consultant"): "5",
    })  # fmt: skip
    return made


def test_a_first_try_does_not_look_and_enters_the_whole_week_in_one_go(stage: Stage) -> None:
    args = by_label(PLAN)["book W-0002 2026-W05"].args
    rows = [{"id": f"{n}"} for n in (11, 12, 13)]
    stage.wire.answers = [envelope("time_entries", *rows), envelope("timesheet_submissions", {"id": "50"})]
    stage.does(timecards.book(stage.desk("W-0002"), args))
    assert stage.wire.lines == ["psa POST /api/v1/time_entries.json", "psa POST /api/v1/timesheet_submissions.json"]
    entries, sheet = (stage.wire.asked[n][1].json() for n in (0, 1))
    (planned_sheet,) = args["sheets"]
    assert entries == {
        "time_entries": [
            {
                "workspace_id": "70", "story_id": "30", "role_id": "5", "date_performed": each["on"],
                "time_in_minutes": each["minutes"], "billable": True,
            }
            for each in planned_sheet["bookings"]
        ]
    }  # fmt: skip
    assert sheet["timesheet_submission"] == {
        "workspace_id": "70", "title": TITLE, "line_item_ids": ["11", "12", "13"],
    }  # fmt: skip


def test_a_second_try_finds_the_week_entered_and_submits_it(stage: Stage) -> None:
    args = by_label(PLAN)["book W-0002 2026-W05"].args
    days = ("2026-01-28", "2026-01-29", "2026-01-30")
    rows = [
        {"id": f"{n}", "date_performed": day, "story_id": "30", "role_id": "5", "billable": True}
        for n, day in enumerate(days)
    ]
    submitted = envelope("timesheet_submissions", {"id": "50"})
    stage.wire.answers = [envelope("time_entries", *rows), envelope("timesheet_submissions"), submitted]
    stage.does(timecards.book(stage.desk("W-0002", attempts=1), args))
    assert [line.split(" ")[1] for line in stage.wire.lines] == ["GET", "GET", "POST"]
    assert stage.wire.asked[-1][1].json()["timesheet_submission"]["line_item_ids"] == ["0", "1", "2"]


def test_a_second_try_that_finds_the_sheet_submitted_does_nothing(stage: Stage) -> None:
    args = by_label(PLAN)["book W-0002 2026-W05"].args
    rows = [{"id": "1", "date_performed": "2026-01-28", "story_id": "30", "role_id": "5", "billable": True}]
    there = envelope("timesheet_submissions", {"id": "50", "title": TITLE})
    stage.wire.answers = [envelope("time_entries", *rows), there]
    stage.does(timecards.book(stage.desk("W-0002", attempts=1), args))
    assert [line.split(" ")[1] for line in stage.wire.lines] == ["GET", "GET"]


def test_a_second_try_does_not_take_time_of_another_kind_for_its_own(stage: Stage) -> None:
    # Billable time is to be booked; what is there that day is free of charge.
    args = by_label(PLAN)["book W-0002 2026-W05"].args
    other = [{"id": "9", "date_performed": "2026-01-28", "story_id": "30", "role_id": "5", "billable": False}]
    created = envelope("time_entries", *({"id": f"{n}"} for n in (11, 12, 13)))
    submitted = envelope("timesheet_submissions", {"id": "50"})
    stage.wire.answers = [envelope("time_entries", *other), created, envelope("timesheet_submissions"), submitted]
    stage.does(timecards.book(stage.desk("W-0002", attempts=1), args))
    assert stage.wire.asked[-1][1].json()["timesheet_submission"]["line_item_ids"] == ["11", "12", "13"]


DECISION = {"engagement": "ENG-03", "person": "W-0002", "title": TITLE}


@pytest.mark.parametrize(("verb", "word"), [(timecards.approve, "approve"), (timecards.reject, "reject")])
def test_a_decision_needs_a_sheet_of_that_title(stage: Stage, verb: Any, word: str) -> None:
    other = envelope("timesheet_submissions", {"id": "51", "title": f"{TITLE} (2)", "status": "new"})
    # Neither among those that wait, nor among all.
    stage.wire.answers = [other, other]
    with pytest.raises(Blocked, match=r"sheet 'ENG-03 W-0002 2026-W05' is not submitted"):
        stage.does(verb(stage.desk("W-0001"), DECISION))
    sheet = {"id": "50", "title": TITLE, "status": "submitted"}
    stage.wire.answers = [envelope("timesheet_submissions", sheet), reply(200, {})]
    stage.does(verb(stage.desk("W-0001"), DECISION))
    assert stage.wire.lines[-1] == f"psa PUT /api/v1/timesheet_submissions/50/{word}.json"


def test_a_sheet_already_decided_is_left_alone(stage: Stage) -> None:
    stage.wire.answers = [envelope("timesheet_submissions", {"id": "50", "title": TITLE, "status": "approved"})]
    stage.does(timecards.approve(stage.desk("W-0001"), DECISION))
    assert len(stage.wire.asked) == 1


def test_of_two_sheets_of_one_title_the_newest_is_decided(stage: Stage) -> None:
    newest, older = ({"id": each, "title": TITLE, "status": "submitted"} for each in ("60", "50"))
    stage.wire.answers = [envelope("timesheet_submissions", newest, older), reply(200, {})]
    stage.does(timecards.approve(stage.desk("W-0001"), DECISION))
    assert stage.wire.lines[-1] == "psa PUT /api/v1/timesheet_submissions/60/approve.json"
    assert "order=created_at%3Adesc" in stage.wire.asked[0][1].query


def corrected(stage: Stage, minutes: int) -> Stage:
    """The PSA holds the first two days of the week, the first with so many minutes."""
    first = {
        "id": "1",
        "date_performed": "2026-01-28",
        "story_id": "30",
        "role_id": "5",
        "billable": True,
        "time_in_minutes": minutes,
    }
    second = {**first, "id": "2", "date_performed": "2026-01-29", "time_in_minutes": 480}
    stage.wire.answers = [envelope("time_entries", first, second), envelope("time_entries", first)]
    return stage


def test_the_first_booking_is_corrected_and_the_sheet_sent_again_whole(stage: Stage) -> None:
    deed = by_label(PLAN)["resubmit ENG-03 W-0002 2026-W05"]
    minutes = deed.args["correction"]["minutes"]
    corrected(stage, minutes + 15).wire.answers += [reply(200, {}), envelope("timesheet_submissions", {"id": "52"})]
    stage.does(timecards.resubmit(stage.desk("W-0002"), deed.args))
    assert stage.wire.lines[-2:] == [
        "psa PUT /api/v1/time_entries/1.json", "psa POST /api/v1/timesheet_submissions.json",
    ]  # fmt: skip
    assert stage.wire.asked[-2][1].json() == {"time_entry": {"time_in_minutes": minutes}}
    assert stage.wire.asked[-1][1].json()["timesheet_submission"] == {
        "workspace_id": "70", "title": f"{TITLE} (2)", "line_item_ids": ["1", "2"],
    }  # fmt: skip


def test_a_correction_already_made_is_not_made_again(stage: Stage) -> None:
    deed = by_label(PLAN)["resubmit ENG-03 W-0002 2026-W05"]
    there = envelope("timesheet_submissions", {"id": "52", "title": f"{TITLE} (2)"})
    corrected(stage, deed.args["correction"]["minutes"]).wire.answers.append(there)
    stage.does(timecards.resubmit(stage.desk("W-0002", attempts=1), deed.args))
    assert {line.split(" ")[1] for line in stage.wire.lines} == {"GET"}
