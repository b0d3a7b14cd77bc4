"""What is due is applied in time; what the plan made impossible is added, and a leaver waits for the last sheet."""

from __future__ import annotations

from sandbox.core.clock import DAY_US, HOUR_US, at_local
from sandbox.interface import Interface
from tests.checks.builders import Record, Scene, only

# Tier 0.
BOUND_US = 12 * HOUR_US


def approved(scene: Scene) -> Record:
    """The approval of the analyst's 4 February."""
    entry = str(scene.case.ref("erp.timeBill", bill(scene)))
    return next(each for each in scene.commits("psa.time_entry", entry) if each["after"].get("approved"))


def bill(scene: Scene) -> str:
    return str(scene.time_bill("ENG-01", "W-0016", "2026-02-04")["id"])


def posted_after(scene: Scene, us: int) -> None:
    created = scene.effects("erp.timeBill", bill(scene))[0]
    scene.rewrite(created, t_us=approved(scene)["t_us"] + us)


def test_time_posted_at_its_deadline_is_in_time_and_a_moment_later_is_not(calm: Scene) -> None:
    posted_after(calm, BOUND_US)
    assert calm.check("DEADL.late").findings == []
    posted_after(calm, BOUND_US + 60_000_000)
    finding = only(calm.check("DEADL.late").findings)
    assert (finding.flow, finding.severity) == ("time.actual", "S1")
    assert finding.title.endswith("1 minutes late")


def test_what_never_came_is_lost_and_not_late(calm: Scene) -> None:
    for each in calm.commits("erp.timeBill", bill(calm)):
        calm.history = [other for other in calm.history if other is not each]
    assert calm.check("DEADL.late").findings == []


def test_the_deadline_moves_by_the_time_faults_held_up_the_systems(calm: Scene) -> None:
    posted_after(calm, BOUND_US + 30_000_000)
    at = {"t_us": approved(calm)["t_us"] + HOUR_US, "actor": "sandbox", "phase": "load", "edge": "fire", "rq": None}
    assert len(calm.check("DEADL.late").findings) == 1
    calm.write({"kind": "fault", **at, "sys": "crm", "fid": "M01#1", "fkind": "M01", "effect": {"retry_after": "60"}})
    assert len(calm.check("DEADL.late").findings) == 1
    calm.write({"kind": "fault", **at, "sys": "erp", "fid": "M01#2", "fkind": "M01", "effect": {"retry_after": "20"}})
    assert len(calm.check("DEADL.late").findings) == 1
    calm.write(
        {"kind": "fault", **at, "sys": "psa", "fid": "W02#1", "fkind": "W02", "effect": {"delay_us": 10_000_000}}
    )
    assert calm.check("DEADL.late").findings == []


def test_the_deadline_moves_by_an_outage_once_and_only_by_what_lay_in_between(calm: Scene) -> None:
    posted_after(calm, BOUND_US + 3 * HOUR_US)
    due_us = approved(calm)["t_us"]
    at = {"actor": "sandbox", "phase": "load", "edge": "fire", "rq": None, "sys": "erp", "fid": "W01#1", "fkind": "W01"}
    for hour in (1, 2):
        effect = {"since_us": due_us - HOUR_US, "until_us": due_us + 2 * HOUR_US}
        calm.write({"kind": "fault", "t_us": due_us + hour * HOUR_US, **at, "effect": effect})
    # Three hours of outage seen twice, one of them before the time was due.
    assert only(calm.check("DEADL.late").findings).title.endswith("60 minutes late")


def test_what_was_given_up_is_not_late(calm: Scene) -> None:
    posted_after(calm, 10 * DAY_US)
    calm.give_up(f"time:{calm.case.ref('erp.timeBill', bill(calm))}")
    assert calm.check("DEADL.late").findings == []


def test_what_somebody_else_did_in_time_is_not_late(calm: Scene) -> None:
    created = calm.effects("erp.timeBill", bill(calm))[0]
    calm.rewrite(created, kind="change", actor="biz:W-0001")
    assert calm.check("DEADL.late").findings == []


# -- the leaver W-0010, whose last day is 6 February -------------------------------------------------------------------


def switched_off(scene: Scene) -> Record:
    email = scene.the("erp.employee", externalId="W-0010")["email"]
    membership = scene.the("psa.account_membership", user_id=scene.the("psa.user", email_address=email)["id"])
    return next(
        each for each in scene.effects("psa.account_membership", membership["id"]) if each["after"].get("disabled")
    )


def last_day_over(scene: Scene) -> int:
    return at_local(scene.case.epoch, scene.plan.start.replace(month=2, day=7), "00:00", "UTC")


def last_decision(scene: Scene) -> int:
    email = scene.the("erp.employee", externalId="W-0010")["email"]
    sheets = scene.find("psa.timesheet_submission", user_id=scene.the("psa.user", email_address=email)["id"])
    return int(max(sheet["current_resolution_us"] for sheet in sheets))


def test_a_leaver_is_let_go_in_time_after_the_last_sheet(calm: Scene) -> None:
    from_us = max(last_day_over(calm), last_decision(calm))
    calm.rewrite(switched_off(calm), t_us=from_us + 36 * HOUR_US)
    assert calm.check("DEADL.late").findings == []
    calm.rewrite(switched_off(calm), t_us=from_us + 37 * HOUR_US)
    finding = only(calm.check("DEADL.late").findings)
    assert (finding.key, finding.title) == ("worker:W-0010", "worker W-0010 was let go 60 minutes late")


def test_a_leave_that_is_applied_before_its_day_is_early(calm: Scene) -> None:
    calm.rewrite(switched_off(calm), t_us=last_day_over(calm) - HOUR_US)
    assert only(calm.check("DEADL.late").findings).title == "worker W-0010 was let go 60 minutes early"


def test_a_leaver_who_is_still_a_user_is_late_unless_a_sheet_waits(calm: Scene) -> None:
    off = switched_off(calm)
    calm.history = [each for each in calm.history if each is not off]
    assert only(calm.check("DEADL.late").findings).then == "never switched off"
    email = calm.the("erp.employee", externalId="W-0010")["email"]
    user = calm.the("psa.user", email_address=email)["id"]
    calm.find("psa.timesheet_submission", user_id=user)[0]["status"] = "pending"
    assert calm.check("DEADL.late").findings == []


def test_a_leaver_is_a_hazard_and_without_bounds_nothing_is_said(calm: Scene) -> None:
    assert calm.check("DEADL.late").exercised == 1
    fields = {**calm.interface.model_dump(by_alias=True), "deadlines": None}
    calm.interface = Interface.model_validate(fields)
    assert calm.check("DEADL.late").result == "unknown"
