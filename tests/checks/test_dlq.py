"""DLQ.account: what was given up could never be applied, nothing else was, and the queue is empty."""

from __future__ import annotations

import pytest

from sandbox.checks.dlq import unpostable
from tests.checks.builders import Record, Scene, only


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


# -- torn events -------------------------------------------------------------------------------------------------------


def tear(scene: Scene, event_id: str) -> None:
    """A fault has torn an event of the PSA."""
    effect = {"stream": "events", "evid": event_id}
    at = {"t_us": 0, "sys": "psa", "actor": "sandbox", "phase": "load"}
    scene.write({"kind": "fault", **at, "fid": "E13#1", "fkind": "E13", "edge": "fire", "effect": effect, "rq": None})


def handed_out(scene: Scene) -> Record:
    """A page of the PSA's events that reached the engine."""
    return next(
        each
        for each in scene.history
        if each["kind"] == "deliver"
        and each["sys"] == "psa"
        and scene.record_of("complete", each["rq"])["resp"] == "seen"
    )


def test_a_torn_event_that_was_handed_out_is_to_be_given_up_by_name(tiny: Scene) -> None:
    event_id = handed_out(tiny)["evids"][0]
    tear(tiny, event_id)
    finding = only(tiny.dlq().findings)
    assert (finding.key, finding.flow) == (f"event:psa/{event_id}", "")
    assert finding.title == f"event:psa/{event_id} can never be applied, and nobody was told"
    tiny.give_up(f"event:psa/{event_id}", "event")
    result = tiny.dlq()
    assert (result.result, result.exercised) == ("pass", 1)


def test_a_torn_event_that_no_engine_was_handed_may_be_given_up_and_need_not(tiny: Scene) -> None:
    tear(tiny, "no page has this")
    assert tiny.dlq().findings == []
    tiny.give_up("event:psa/no page has this", "event")
    assert tiny.dlq().findings == []


@pytest.mark.parametrize("fields", [{"resp": "lost"}, {"status": 500}, {"actor": "biz:ana"}])
def test_a_page_that_did_not_reach_an_engine_handed_it_nothing(tiny: Scene, fields: Record) -> None:
    page = handed_out(tiny)
    tiny.history[:] = [each for each in tiny.history if each is page or each["kind"] != "deliver"]
    tear(tiny, page["evids"][0])
    assert len(tiny.dlq().findings) == 1
    tiny.rewrite(tiny.record_of("complete", page["rq"]), **fields)
    assert tiny.dlq().findings == []


def test_an_event_that_could_be_read_is_not_given_up(tiny: Scene) -> None:
    event_id = handed_out(tiny)["evids"][0]
    tiny.give_up(f"event:psa/{event_id}", "event")
    assert only(tiny.dlq().findings).title == f"event:psa/{event_id} was given up although it could be applied"


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
