"""People: what other systems must know of them, hours they are there for, and leavers, worked out by hand."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest

from sandbox.checks import deadlines, workforce
from sandbox.checks.findings import Finding
from sandbox.checks.versions import Versions
from sandbox.core.clock import DAY_US, HOUR_US, at_local, moment
from tests.checks.builders import Record, Scene, gaps, only

# first-thread: W-0003 is a consultant in New York, W-0010 leaves on 6 February, W-0016 is an analyst in London.


def wid(scene: Scene, employee: str) -> str:
    return str(scene.the("hris.worker", employee_id=employee)["wid"])


def event(scene: Scene, employee: str, process: str, effective: str, **columns: object) -> Record:
    """Enter a staffing event of an employee, saying nothing of the job unless given."""
    like = scene.find("hris.event", worker_wid=wid(scene, employee), process="Hire Employee")[0]
    blank = dict.fromkeys(("grade", "company", "location", "manager_employee_id"))
    given = {**blank, "initiated_us": 0, "entered_us": 0, **columns}
    new = scene.insert("hris.event", like, process=process, effective_date=effective, **given)
    return scene.rows("hris.event")[new]


def day_off(scene: Scene, employee: str, day: str, minutes: int) -> None:
    columns = {
        "worker_wid": wid(scene, employee), "date": day, "minutes": minutes, "type": "Vacation", "status": "Approved",
        "entered_us": 0, "initiated_us": 0, "canceled_us": None, "corrected_us": None, "corrects_wid": None,
    }  # fmt: skip
    scene.rows("hris.time_off")[f"off {employee} {day}"] = columns


def user(scene: Scene, employee: str) -> str:
    return str(scene.the("psa.user", email_address=scene.the("hris.worker", employee_id=employee)["email"])["id"])


def membership(scene: Scene, employee: str) -> Record:
    return scene.the("psa.account_membership", user_id=user(scene, employee))


# -- manager and cost rate ---------------------------------------------------------------------------------------------


def test_everybody_reports_to_the_next_manager_who_works_here(calm: Scene) -> None:
    assert workforce.reports(calm.case)["W-0016"] == {"manager_user": user(calm, "W-0013")}
    assert workforce.reports(calm.case)["W-0013"] == {"manager_user": None}
    event(calm, "W-0016", "Change Job", "2026-02-02", manager_employee_id="W-0014")
    assert workforce.reports(calm.case)["W-0016"] == {"manager_user": user(calm, "W-0014")}
    event(calm, "W-0014", "Terminate Employee", "2026-02-13")
    assert workforce.reports(calm.case)["W-0016"] == {"manager_user": user(calm, "W-0013")}
    assert "W-0014" not in workforce.reports(calm.case)


def test_another_manager_in_the_psa_is_a_difference(calm: Scene) -> None:
    membership(calm, "W-0016")["manager_id"] = user(calm, "W-0001")
    finding = only(calm.conv().findings)
    assert (finding.flow, finding.key) == ("workforce.manager", "worker:W-0016")


def test_the_cost_rate_is_the_standard_cost_of_grade_and_entity_today(calm: Scene) -> None:
    found = workforce.cost_rates(calm.case)
    # London raised its rates on 1 February: analysts 42.50 -> 43.80.
    assert found["W-0016 GBP"] == {"amount": 438_000, "currency": "GBP"}
    assert found["W-0003 USD"] == {"amount": 1_039_000, "currency": "USD"}


def test_a_rate_counts_from_its_first_day_on(calm: Scene) -> None:
    # The run ends on the day that is asked about.
    today = moment(calm.case.epoch, calm.truth["end_us"]).date()
    rows = calm.find("erp.customrecord_standard_cost")
    mine = [row for row in rows if row["custrecord_cost"] == 438_000]
    mine[0]["custrecord_effective"] = today.isoformat()
    assert workforce.cost_rates(calm.case)["W-0016 GBP"]["amount"] == 438_000
    mine[0]["custrecord_effective"] = (today + timedelta(days=1)).isoformat()
    assert workforce.cost_rates(calm.case)["W-0016 GBP"]["amount"] == 425_000


def test_whoever_moved_to_another_currency_has_the_last_rate_of_the_old_one_too(calm: Scene) -> None:
    event(calm, "W-0016", "Transfer", "2026-02-01", company="US", location="New York")
    found = workforce.cost_rates(calm.case)
    assert {ref: row["amount"] for ref, row in found.items() if ref.startswith("W-0016")} == {
        "W-0016 GBP": 425_000, "W-0016 USD": 784_000,
    }  # fmt: skip


def test_a_cent_of_a_cost_rate_is_a_difference(calm: Scene) -> None:
    row = calm.the("psa.cost_rate", account_membership_id=membership(calm, "W-0016")["id"])
    row["amount"] += 100
    finding = only(calm.conv().findings)
    assert (finding.flow, finding.key) == ("workforce.cost", "cost_rate:W-0016 GBP")
    assert finding.then == "at the end: amount 43.81, expected 43.8"


# -- absences ----------------------------------------------------------------------------------------------------------


def test_a_leave_takes_working_days_until_the_return_and_time_off_its_hours(calm: Scene) -> None:
    event(calm, "W-0016", "Place on Leave", "2026-02-13", leave_type="Medical", expected_last_day="2026-02-27")
    event(calm, "W-0016", "Return from Leave", "2026-02-17")
    day_off(calm, "W-0016", "2026-02-18", 225)
    # On leave anyway.
    day_off(calm, "W-0016", "2026-02-16", 480)
    found = {ref: (row["minutes"], row["hours"]) for ref, row in workforce.absences(calm.case).items()}
    assert found == {
        "W-0016 2026-02-13": (480, Decimal(8)),
        "W-0016 2026-02-16": (480, Decimal(8)),
        "W-0016 2026-02-18": (225, Decimal("3.75")),
    }


def test_holidays_of_the_place_are_no_days_of_leave(calm: Scene) -> None:
    # Presidents' Day, 16 February 2026, in New York.
    event(calm, "W-0003", "Place on Leave", "2026-02-13", leave_type="Medical", expected_last_day="2026-02-27")
    event(calm, "W-0003", "Return from Leave", "2026-02-18")
    assert sorted(workforce.absences(calm.case)) == ["W-0003 2026-02-13", "W-0003 2026-02-17"]


def test_a_leave_without_an_end_is_carried_as_far_ahead_as_agreed(calm: Scene) -> None:
    event(calm, "W-0016", "Place on Leave", "2026-02-23", leave_type="Parental", expected_last_day="2026-12-31")
    days = sorted(workforce.absences(calm.case))
    # The drain ends on 24 February; 62 days ahead is Monday 27 April.
    assert (days[0], days[-1]) == ("W-0016 2026-02-23", "W-0016 2026-04-27")


def test_after_the_last_day_nobody_is_away(calm: Scene) -> None:
    day_off(calm, "W-0010", "2026-02-06", 480)
    day_off(calm, "W-0010", "2026-02-09", 480)
    assert sorted(workforce.absences(calm.case)) == ["W-0010 2026-02-06"]


def test_a_day_off_that_never_reached_the_psa_is_lost(calm: Scene) -> None:
    day_off(calm, "W-0016", "2026-02-23", 480)
    finding = only(calm.lost().findings)
    assert (finding.flow, finding.key) == ("workforce.absence", "absence:W-0016 2026-02-23")


# -- hours -------------------------------------------------------------------------------------------------------------


def test_available_minutes_are_working_days_less_absence_in_the_job_of_the_day(tiny: Scene) -> None:
    case = tiny.case
    first, last = case.plan.start, case.plan.start.replace(month=2, day=1)
    found = workforce.available(case, workforce.jobs(case, first, last))
    # Ten working days from 19 to 30 January.
    assert found["UK", "analyst", "2026-01"] == 4800
    day_off(tiny, "W-0003", "2026-01-27", 225)
    event(tiny, "W-0003", "Change Job", "2026-01-29", grade="consultant")
    case = tiny.case
    found = workforce.available(case, workforce.jobs(case, first, last))
    assert found["UK", "analyst", "2026-01"] == 8 * 480 - 225
    # Two days of hers and ten of the consultant's.
    assert found["UK", "consultant", "2026-01"] == 12 * 480


def test_one_minute_less_of_availability_breaks_utilisation(tiny: Scene) -> None:
    day_off(tiny, "W-0002", "2026-01-27", 1)
    assert gaps(tiny.money()) == {"I30": {"UK consultant 2026-01 available": {"-1 min"}}}


def test_booking_while_away_all_day_is_impossible_and_while_away_half_a_day_is_not(tiny: Scene) -> None:
    # 400 minutes are booked on 26 January; of four hours 175% are 420 minutes.
    day_off(tiny, "W-0003", "2026-01-26", 240)
    assert "I06" not in gaps(tiny.money())
    # 252 minutes are left: 228 x 1.75 = 399.
    day_off(tiny, "W-0003", "2026-01-26", 252)
    assert gaps(tiny.money())["I06"] == {"UK 2026-01": {"1 min"}}
    day_off(tiny, "W-0003", "2026-01-26", 480)
    assert gaps(tiny.money())["I06"] == {"UK 2026-01": {"400 min"}}


# -- leavers -----------------------------------------------------------------------------------------------------------


def judged(scene: Scene) -> list[Finding]:
    case = scene.case
    return [each for each in deadlines.check(case, Versions(case)).findings if each.flow == "workforce.membership"]


def switched_off(scene: Scene, employee: str, day: str) -> None:
    """An engine switches a user off at noon of a day."""
    row = membership(scene, employee)
    scene.engine_made("psa.account_membership", row["id"], op="update")
    entry = scene.effects("psa.account_membership", row["id"])[-1]
    entry["after"], entry["t_us"] = {"disabled": 1}, at_local(scene.case.epoch, date.fromisoformat(day), "12:00", "UTC")


def test_a_leaver_who_was_let_go_on_time_is_no_finding(calm: Scene) -> None:
    assert judged(calm) == []


@pytest.mark.parametrize(
    ("last_day", "entered_day", "told"),
    [
        # Entered before: early by twelve hours and a day.
        ("2026-02-18", 0, "worker W-0016 was let go 2160 minutes early"),
        # Nobody knew of a last day yet: HR entered it three days later.
        ("2026-02-10", 40, "worker W-0016 was let go while employed"),
    ],
)
def test_nobody_is_let_go_while_employed_as_far_as_was_known(
    calm: Scene, last_day: str, entered_day: int, told: str
) -> None:
    switched_off(calm, "W-0016", "2026-02-17")
    event(calm, "W-0016", "Terminate Employee", last_day, entered_us=entered_day * DAY_US, initiated_us=0)
    assert only(judged(calm)).title == told


def test_a_rehire_is_not_late_with_leaving(calm: Scene) -> None:
    event(calm, "W-0010", "Hire Employee", "2026-02-16", grade="consultant", company="US")
    assert judged(calm) == []


def test_whoever_stays_a_user_too_long_is_told(calm: Scene) -> None:
    event(calm, "W-0001", "Terminate Employee", "2026-02-13", entered_us=HOUR_US)
    finding = only(judged(calm))
    # Due by noon of the 15th; the run ends on the 24th at six.
    assert finding.title == f"worker W-0001 is still a user, {(8 * 24 + 18) * 60} minutes late"
