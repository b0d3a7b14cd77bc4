"""Dead letters judged: filed in time, dealt with when due, corrected ones gone, waived ones told."""

from __future__ import annotations

import pytest

from sandbox.checks import deadlines
from sandbox.checks.deadlines import lay_with_people
from sandbox.checks.derived import letters
from sandbox.checks.dlq import said_of_letters, unpostable
from sandbox.checks.findings import Finding
from sandbox.checks.versions import Versions
from sandbox.core.clock import DAY_US, HOUR_US
from tests.checks.builders import Recorded, Scene, only, record


@pytest.fixture(scope="session")
def corrected_run() -> Recorded:
    return record("dead-letter-replayed")


@pytest.fixture
def story(corrected_run: Recorded) -> Scene:
    """Three letters corrected on Wednesday, one waived a week later."""
    scene = corrected_run.scene()
    scene.truth["letters"] = [dict(letter) for letter in scene.truth["letters"]]
    return scene


def late(scene: Scene) -> list[Finding]:
    """What is late of letters."""
    case = scene.case
    return [each for each in deadlines.check(case, Versions(case)).findings if each.flow == "letters.case"]


def waived(scene: Scene) -> str:
    return str(scene.the("crm.Case", Resolution__c="Waived")["Record_Key__c"])


def corrected(scene: Scene) -> str:
    return str(scene.find("crm.Case", Resolution__c="Corrected")[0]["Record_Key__c"])


# -- DLQ.account -------------------------------------------------------------------------------------------------------


def test_what_people_said_is_read_from_what_they_committed(story: Scene) -> None:
    words = said_of_letters(story.case)
    assert sorted(words.values()) == ["Corrected"] * 3 + ["Waived"]
    assert words[waived(story)] == "Waived"
    assert unpostable(story.case) == set(words)
    result = story.dlq()
    # Four words and the queue; three corrected, one that stays.
    assert (result.result, result.compared, result.exercised) == ("pass", 5, 4)


def test_a_corrected_letter_that_is_still_there_is_found(story: Scene) -> None:
    story.give_up(corrected(story))
    finding = only(story.dlq().findings)
    assert (finding.key, finding.title) == (
        corrected(story), f"{corrected(story)} was given up although it could be applied",
    )  # fmt: skip


def test_a_waived_letter_that_is_told_nowhere_is_found(story: Scene) -> None:
    story.truth["dead_letters"] = []
    assert only(story.dlq().findings).key == waived(story)


def test_a_letter_an_engine_waived_by_itself_is_unjustified(story: Scene) -> None:
    case = story.the("crm.Case", Resolution__c="Waived")
    for change in story.history:
        if change["kind"] == "change" and change["record"] == "Case" and change["rec"] == case["Id"]:
            story.rewrite(change, actor="engine:1")
    assert waived(story) not in said_of_letters(story.case)


def test_time_booked_after_the_item_was_added_can_be_posted(story: Scene) -> None:
    added = next(each for each in story.history if each["kind"] == "change" and each["record"] == "serviceSaleItem"
                 and each["phase"] != "warmup")  # fmt: skip
    story.rewrite(added, t_us=0)
    assert unpostable(story.case) == {waived(story)}


# -- DEADL.late --------------------------------------------------------------------------------------------------------


def test_the_time_a_letter_lay_with_its_owner_is_not_the_engines(story: Scene) -> None:
    lay = lay_with_people(story.case)
    # Monday 2 February 10:15 to Wednesday 14:00.
    assert {about: us // HOUR_US for about, us in lay.items()}[corrected(story)] == 51
    assert late(story) == []


def test_a_letter_without_a_case_in_time_is_late(story: Scene) -> None:
    case = story.find("crm.Case", Resolution__c="Corrected")[0]
    (made, *_) = story.effects("crm.Case", case["Id"])
    story.rewrite(made, t_us=made["t_us"] + 25 * HOUR_US)
    finding = only(late(story))
    assert (finding.severity, finding.key) == ("S2", corrected(story))
    assert finding.title.endswith("has no case that its owner could see")


def test_a_letter_past_due_that_could_be_dealt_with_is_late_one_that_never_can_is_not(story: Scene) -> None:
    story.truth["letters"][-1]["state"] = "open"
    assert late(story) == []
    story.truth["letters"].append({**story.truth["letters"][-1], "about": "time:1", "due_us": 22 * DAY_US})
    finding = only(late(story))
    assert (finding.key, finding.title) == (
        "time:1", "the dead letter about time:1 is past due and nobody has dealt with it",
    )  # fmt: skip
    story.truth["letters"][-1]["due_us"] = 60 * DAY_US
    assert late(story) == []


# -- CONV, LOST --------------------------------------------------------------------------------------------------------


def test_a_letter_is_a_fact_with_its_amount_and_whether_it_is_over(story: Scene) -> None:
    facts = {row["about"]: row for row in letters(story.case).values()}
    assert (facts[corrected(story)]["amount"], facts[corrected(story)]["closed"]) == (5_666_700, 1)
    assert (facts[waived(story)]["amount"], facts[waived(story)]["team"]) == (None, "Finance")


@pytest.mark.parametrize(
    ("column", "value"), [("Amount__c", 5_666_600), ("IsClosed", 0), ("Owner_Team__c", "IT"), ("Flow__c", "cash")]
)
def test_a_case_that_tells_it_otherwise_is_found(story: Scene, column: str, value: object) -> None:
    story.find("crm.Case", Resolution__c="Corrected")[0][column] = value
    finding = only([each for each in story.conv().findings if each.flow == "letters.case"])
    assert finding.key == f"letter:{corrected(story)}"


def test_a_letter_whose_case_is_gone_is_lost(story: Scene) -> None:
    about = corrected(story)
    story.remove("crm.Case", story.the("crm.Case", Record_Key__c=about))
    finding = only([each for each in story.lost().findings if each.flow == "letters.case"])
    assert (finding.key, finding.delta, finding.currency) == (f"letter:{about}", 56_667, "GBP")
