"""Stories about people: what a leaver leaves behind, and what is taken back."""

from __future__ import annotations

from functools import lru_cache

import pytest

from sandbox.checks import staffing
from sandbox.drivers.crashing import Assassin
from sandbox.drivers.simulated import EFFECT
from sandbox.report.staffing import staffing_report, utilisation_figure
from sandbox.world import World
from tests.system.worlds import Judged, ended, made, problems, run

pytestmark = pytest.mark.stories


@lru_cache(maxsize=4)
def ran(name: str, engine: str = "reference", faults: str = "none") -> Judged:
    return run(name, 1, engine, faults)


def figures(judged: Judged) -> dict[str, str]:
    return {each.key: each.title.partition(" is ")[2] for each in judged.verdict.by_name("FIGURES.worked").findings}


def test_approvals_go_to_the_manager_before_the_leaver_is_off_the_project_and_no_user() -> None:
    """O22: the last sheet, the approvals, the projects, the door."""
    case = ran("future-dated-leaver").case
    (leaver,) = (key for key in case.rows("psa.user") if case.ref("psa.user", key) == "W-0003")
    manager = next(key for key in case.rows("psa.user") if case.ref("psa.user", key) == "W-0002")
    steps = []
    for entry in case.commits:
        if entry["kind"] != "effect":
            continue
        if entry["record"] == "workspace" and manager in str(entry["after"].get("approver_ids")):
            steps.append("approvals")
        if entry["record"] == "participation" and entry["op"] == "delete":
            steps.append("project")
        if entry["record"] == "account_membership" and entry["after"].get("disabled"):
            steps.append("door")
            membership = case.rows("psa.account_membership")[entry["rec"]]
            assert membership["user_id"] == leaver
            # The last sheet, of Friday 27 March, was approved on Monday at 14:00 UTC.
            assert case.at(entry["t_us"]) >= "2026-03-30T14:00"
    assert steps == ["approvals", "project", "door"]
    workspace = next(row for row in case.rows("psa.workspace").values() if row["title"].startswith("ENG-02 "))
    assert workspace["approver_ids"] == f'["{manager}"]'


def test_whoever_is_let_go_at_once_books_nothing_and_is_told_on() -> None:
    wrong = ran("future-dated-leaver", "leavers-at-once")
    assert figures(wrong)["ENG-01 2026-04 invoiced_net"] == "0.00 USD, expected 24,000.00 USD"
    (late,) = wrong.verdict.by_name("DEADL.late").findings
    assert late.title.startswith("worker W-0003 was let go 25")
    assert late.title.endswith(" minutes early")


def test_what_waits_for_somebody_without_access_is_never_billed() -> None:
    wrong = ran("future-dated-leaver", "no-reroute")
    # One week of 40 hours at 180 stays in the box.
    assert figures(wrong)["ENG-02 2026-04 invoiced_net"] == "14,400.00 USD, expected 21,600.00 USD"
    (finding,) = wrong.verdict.by_name("ORDER.rules").findings
    assert finding.then == "0 sheets still waited for a decision, 1 projects for theirs"


def test_a_last_day_that_was_taken_back_puts_somebody_back_on_their_projects() -> None:
    judged = ran("termination-and-rehire")
    assert problems(judged.verdict, unmet=False) == []
    case = judged.case
    users = {case.ref("psa.user", key): key for key in case.rows("psa.user")}
    taking_part = {row["user_id"] for row in case.rows("psa.participation").values()}
    assert {users["W-0004"], users["W-0005"]} <= taking_part
    doors: dict[str, list[int]] = {}
    for entry in case.commits:
        if entry["kind"] == "effect" and entry["record"] == "account_membership" and "disabled" in entry["after"]:
            who = str(case.ref("psa.account_membership", entry["rec"]))
            doors.setdefault(who, []).append(entry["after"]["disabled"])
    assert (doors["W-0004"], doors["W-0005"]) == ([1, 0], [1, 0])


def test_whoever_does_not_believe_that_it_was_taken_back_bills_nothing() -> None:
    wrong = ran("termination-and-rehire", "no-rescission")
    assert figures(wrong)["ENG-01 2026-04 invoiced_net"] == "0.00 USD, expected 7,200.00 USD"
    keys = {each.title.split(" from ")[-1] for each in wrong.verdict.by_name("CONV.final").findings}
    assert keys == {"worker W-0004", "worker W-0005"}


@pytest.mark.parametrize("name", ["future-dated-leaver", "termination-and-rehire"])
def test_utilisation_is_told_by_systems_and_by_deeds(name: str) -> None:
    parts = ran(name).verdict.by_name("MONEY.identity").parts
    assert parts["I30"]["compared"] >= 6
    assert parts["I06"]["compared"] >= 1


# -- staffing ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("faults", ["none", "rough"])
def test_firm_assignments_reach_the_erp_whatever_happens_and_wishes_do_not(faults: str) -> None:
    judged = ran("staffing-conflict", faults=faults)
    assert problems(judged.verdict, unmet=False) == []
    tasks = {row["title"]: row["estimatedWork"] for row in judged.case.rows("erp.projectTask").values()}
    # Hours at 1e-4: two weeks of 40, one of 20, one of 40 for a skill nobody is named for.
    assert tasks == {
        "W-0003 2026-03-09 to 2026-03-20": 800_000,
        "W-0003 2026-03-16 to 2026-03-20": 200_000,
        "Reporting 2026-03-09 to 2026-03-13": 400_000,
    }


def test_who_is_booked_twice_on_the_bench_or_wanted_is_told_from_the_systems() -> None:
    case = ran("staffing-conflict").case
    weeks = {(each.employee, each.week): each for each in staffing.weeks(case)}
    # 40 and 20 hours in a week of four days: Friday the 20th is taken off.
    twice = weeks["W-0003", "2026-W12"]
    assert (twice.hard, twice.available, twice.is_double_booked) == (3600, 1920, True)
    assert [at for at, each in weeks.items() if each.is_double_booked] == [("W-0003", "2026-W12")]
    assert weeks["W-0005", "2026-W11"].is_on_bench
    # A wish is no bench.
    assert (weeks["W-0004", "2026-W11"].soft, weeks["W-0004", "2026-W11"].is_on_bench) == (1200, False)
    (wanted,) = staffing.demand(case)
    assert (wanted.grade, wanted.skill, wanted.week, wanted.minutes, wanted.free) == (
        "analyst", "Reporting", "2026-W11", 2400, ("W-0004",),
    )  # fmt: skip


def test_utilisation_is_billable_of_available_by_grade_and_month() -> None:
    case = ran("staffing-conflict").case
    told = {each.grade: (each.billable, each.available, each.basis_points) for each in staffing.utilisation(case)}
    # Consultant: 40 h of 14 working days of 8 h: 2 to 20 March less the 20th. 2,400 / 6,720.
    assert told["consultant"] == (2400, 6720, 3571)
    assert told["analyst"] == (0, 2 * 7200, 0)
    figure = utilisation_figure(case)
    # Of everybody: 2,400 / (6,720 + 4 x 7,200) = 6.76 %.
    assert (figure["value"], figure["by"]["US consultant 2026-03"]) == ("6.8", "35.7")
    report = staffing_report(case)
    assert report["double_booked"] == [
        {"employee": "W-0003", "week": "2026-W12", "hard_min": 3600, "available_min": 1920}
    ]
    assert len(report["demand"]) == 1


# -- asking first -----------------------------------------------------------------------------------------------------


def questions(judged: Judged) -> list[tuple[str, str, bool, str]]:
    """When, who, whether there was an answer, and what they did."""
    return [
        (judged.case.at(each["t_us"])[:13], each["actor"], each["answer"] is not None, each["did"])
        for each in judged.case.history
        if each["kind"] == "asked" and each["code"] == "ENG-01"
    ]


def test_a_client_on_hold_stops_people_until_finance_lets_go() -> None:
    judged = ran("asks-first")
    told = questions(judged)
    assert told[0] == ("2026-03-13T20", "biz:W-0003", True, "stopped")
    went_on = [each for each in told if each[3] == "proceeded"]
    # Released on Tuesday the 17th at nine in New York; the next try falls after it. Then the second week.
    assert ["2026-03-17" <= each[0] < "2026-03-18" for each in went_on] == [True, False]
    assert judged.verdict.by_name("SYNC.answer").result == "pass"


def test_silence_lets_people_go_on_after_two_seconds() -> None:
    judged = ran("asks-first", faults="silent-engine")
    assert questions(judged)[0] == ("2026-03-13T20", "biz:W-0003", False, "proceeded")
    assert problems(judged.verdict, unmet=False) == []
    waited = {each["waited_us"] for each in judged.case.history if each["kind"] == "asked" and each["answer"] is None}
    assert waited == {2_000_000}


def test_an_engine_that_is_none_is_silent() -> None:
    told = [each["answer"] for each in ran("asks-first", "none").case.history if each["kind"] == "asked"]
    assert set(told) <= {None}


# -- crashes -----------------------------------------------------------------------------------------------------------


def people_requests(judged: Judged) -> list[int]:
    """Which of the engine's requests that committed something were about people: how manyth each was."""
    seen: dict[int, bool] = {}
    for entry in judged.case.commits:
        if entry["kind"] == "effect":
            about = entry["record"] in ("account_membership", "participation", "cost_rate", "time_off_entry", "user")
            about = about or "approver_ids" in entry["after"]
            seen[entry["rq"]] = seen.get(entry["rq"], False) or about
    return [number for number, rq in enumerate(sorted(seen)) if seen[rq]]


@pytest.mark.parametrize("name", ["future-dated-leaver", "termination-and-rehire"])
def test_an_engine_killed_while_it_lets_somebody_go_or_in_again_leaves_no_finding(name: str) -> None:
    # The first ones bring everybody's manager and cost rate; the last ones are about who goes and comes.
    for nth in people_requests(ran(name))[-3:]:
        world = World(*made(name, faults="none"))
        assassin = Assassin(world.wire, world.around, world.host, EFFECT, nth)
        judged = ended(world)
        assert assassin.passed > nth
        assert problems(judged.verdict, unmet=False) == [], nth
