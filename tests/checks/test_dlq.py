"""DLQ.account: what was given up could never be applied, nothing else was, and the queue is empty."""

from __future__ import annotations

from sandbox.checks.dlq import unpostable
from tests.checks.builders import Scene, only


def advisor_card(scene: Scene) -> str:
    """The advisor's time entry, the only one that can never be posted."""
    return str(scene.the("psa.time_entry", role_id=scene.the("psa.role", name="advisor")["id"])["id"])


def test_the_card_that_can_never_be_posted_is_the_only_dead_letter_of_a_good_engine(calm: Scene) -> None:
    assert calm.case.letters == {f"time:{advisor_card(calm)}"}
    assert unpostable(calm.case) == {f"time:{advisor_card(calm)}"}
    result = calm.dlq()
    assert (result.result, result.exercised, result.compared) == ("pass", 1, 2)


def test_a_card_nobody_approved_need_not_be_given_up(calm: Scene) -> None:
    calm.rows("psa.time_entry")[advisor_card(calm)]["approved"] = 0
    calm.truth["dead_letters"] = []
    assert unpostable(calm.case) == set()
    assert calm.dlq().findings == []


def test_a_dead_letter_that_could_have_been_applied_is_found_with_its_reason(calm: Scene) -> None:
    bill = calm.time_bill("ENG-01", "W-0016", "2026-02-04")
    about = f"time:{bill['externalId'].removeprefix('PSA-T-')}"
    calm.give_up(about, reason="erp answered 429: slow down")
    finding = only(calm.dlq().findings)
    assert (finding.check, finding.severity, finding.flow, finding.key) == ("DLQ.account", "S1", "time", about)
    assert finding.title == f"{about} was given up although it could be applied"
    assert finding.let == ("erp answered 429: slow down",)


def test_a_deal_that_was_given_up_is_told_by_its_code(calm: Scene) -> None:
    calm.give_up(f"opportunity:{calm.the('crm.Opportunity', Engagement_Code__c='ENG-02')['Id']}", "project")
    assert only(calm.dlq().findings).key == "engagement:ENG-02"


def test_a_card_that_vanished_without_a_letter_is_found(calm: Scene) -> None:
    calm.truth["dead_letters"] = []
    finding = only(calm.dlq().findings)
    assert (finding.flow, finding.key) == ("time.actual", f"time:{advisor_card(calm)}")
    assert finding.title == f"time:{advisor_card(calm)} can never be applied, and nobody was told"


def test_a_letter_about_something_else_does_not_stand_for_the_one_that_vanished(calm: Scene) -> None:
    calm.truth["dead_letters"][0]["about"] = "time:1"
    assert [each.key for each in calm.dlq().findings] == ["time:1", f"time:{advisor_card(calm)}"]


def test_work_that_is_still_pending_is_found(calm: Scene) -> None:
    calm.truth["pending"] = 3
    finding = only(calm.dlq().findings)
    assert finding.title == "3 pieces of work are still pending after the drain"


def test_an_unjustified_letter_is_a_hazard_that_was_met(tiny: Scene) -> None:
    result = tiny.dlq()
    assert (result.result, result.exercised, result.compared) == ("pass", 0, 1)
    tiny.give_up("time:1")
    result = tiny.dlq()
    assert (result.result, result.exercised, result.compared) == ("fail", 1, 2)
