"""A target never goes back to what its source said before; skipping, repeating and doubt are the engine's right."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from sandbox.checks.order import Rising
from sandbox.checks.versions import Versions
from tests.checks.builders import Record, Scene, failed, of_eng_02, only

# One effect: ascending numbers of the versions that fit it, and how many had been said.
Effect = tuple[Sequence[int], int]


def written_off(scene: Scene) -> Record:
    """The ERP's line of the kick-off day: billable at first, then written off."""
    return scene.time_bill("ENG-01", "W-0015", "2026-01-19")


def test_what_a_source_said_is_known_version_by_version(calm: Scene) -> None:
    ref = calm.case.ref("erp.timeBill", written_off(calm)["id"])
    said = Versions(calm.case).of["time.actual", str(ref)]
    # Booked, approved, written off.
    assert [(version.values["isBillable"], version.due) for version in said] == [(1, False), (1, True), (0, True)]
    assert [version.seq for version in said] == sorted(version.seq for version in said)


def test_a_reference_that_is_renamed_is_a_version_of_what_refers_to_it(calm: Scene) -> None:
    account = calm.the("crm.Account", AccountNumber="CL-ENG-02")
    before = len(Versions(calm.case).of["project.client", "CL-ENG-02"])
    calm.person_wrote("crm.Account", account["Id"], Name="Cascade Mutual Group")
    said = Versions(calm.case).of["project.client", "CL-ENG-02"]
    assert len(said) == before + 1
    assert said[-1].values == {"name": "Cascade Mutual Group"}


def test_an_older_word_after_a_newer_one_is_a_regress_that_heals(calm: Scene) -> None:
    bill = written_off(calm)
    calm.engine_wrote("erp.timeBill", bill["id"], isBillable=1)
    verdict = calm.verdict()
    finding = only(verdict.by_name("ORD.regress").findings)
    assert (finding.severity, finding.flow, finding.key) == (
        "S2", "time.actual", f"time:{calm.case.ref('erp.timeBill', bill['id'])}",
    )  # fmt: skip
    assert "erp.timeBill" not in finding.then
    assert len(finding.let) == 4
    assert verdict.by_name("STALE.overwrite").result == "pass"
    assert failed(verdict) == {"ORD.regress", "ORDER.rules"}
    assert {each.flow for each in verdict.by_name("ORDER.rules").findings} == {"O07"}


def test_an_older_word_that_is_left_at_the_end_is_an_overwrite_as_well(calm: Scene) -> None:
    bill = written_off(calm)
    calm.engine_wrote("erp.timeBill", bill["id"], isBillable=1)
    bill["isBillable"] = 1
    verdict = calm.verdict()
    assert only(verdict.by_name("ORD.regress").findings).severity == "S1"
    stale = only(verdict.by_name("STALE.overwrite").findings)
    assert stale.then.endswith("isBillable 1 instead of 0")
    assert stale.severity == "S1"


def test_two_effects_that_swapped_places_are_a_regress(calm: Scene) -> None:
    created, changed = (
        each for each in calm.effects("erp.timeBill", written_off(calm)["id"]) if "isBillable" in each["after"]
    )
    assert (created["after"]["isBillable"], changed["after"]["isBillable"]) == (1, 0)
    calm.rewrite(created, after={**created["after"], "isBillable": 0}, rq=changed["rq"])
    calm.rewrite(changed, after={"isBillable": 1})
    assert len(calm.check("ORD.regress").findings) == 1


def test_a_word_repeated_or_skipped_is_none(calm: Scene) -> None:
    bill = written_off(calm)
    calm.engine_wrote("erp.timeBill", bill["id"], isBillable=0)
    first = next(each for each in calm.effects("erp.timeBill", bill["id"]) if each["after"].get("isBillable") == 1)
    calm.rewrite(first, after={**first["after"], "isBillable": 0})
    # Nobody could have known it then: no version explains it, which is another check's business.
    assert calm.check("ORD.regress").findings == []


def test_a_word_the_source_says_again_can_be_written_again(calm: Scene) -> None:
    bill = written_off(calm)
    entry = calm.case.ref("erp.timeBill", bill["id"])
    calm.person_wrote("psa.time_entry", str(entry), billable=1)
    calm.engine_wrote("erp.timeBill", bill["id"], isBillable=1)
    calm.person_wrote("psa.time_entry", str(entry), billable=0)
    calm.engine_wrote("erp.timeBill", bill["id"], isBillable=0)
    assert calm.check("ORD.regress").findings == []


def test_what_executes_after_its_sender_gave_up_is_not_held_against_anybody(calm: Scene) -> None:
    effect = calm.engine_wrote("erp.timeBill", written_off(calm)["id"], isBillable=1)
    calm.rewrite(calm.record_of("complete", effect["rq"]), executed="later")
    assert calm.check("ORD.regress").findings == []


def test_what_was_given_up_is_not_judged(calm: Scene) -> None:
    bill = written_off(calm)
    calm.engine_wrote("erp.timeBill", bill["id"], isBillable=1)
    calm.give_up(f"time:{calm.case.ref('erp.timeBill', bill['id'])}")
    assert calm.check("ORD.regress").findings == []


def test_a_project_that_is_an_estimate_again_went_back(calm: Scene) -> None:
    workspace = of_eng_02(calm, "psa.workspace")
    calm.engine_wrote("psa.workspace", workspace["id"], stage="estimate", time_trackable=0)
    finding = only(calm.check("ORD.regress").findings)
    assert (finding.flow, finding.key) == ("project.workspace", "engagement:ENG-02")


def test_a_value_nobody_ever_said_is_no_matter_of_order(calm: Scene) -> None:
    calm.engine_wrote("erp.timeBill", written_off(calm)["id"], hours=7)
    assert calm.check("ORD.regress").findings == []


def explained(effects: Sequence[Effect]) -> bool:
    """By trying every choice."""
    judged = [[each for each in fitting if each < visible] for fitting, visible in effects]
    choices = [each for each in judged if each]
    return any(list(choice) == sorted(choice) for choice in product(*choices))


@given(
    st.lists(st.tuples(st.lists(st.integers(0, 5), max_size=3, unique=True).map(sorted), st.integers(0, 6)), max_size=6)
)
def test_the_greedy_choice_fails_exactly_when_every_choice_fails(effects: list[Effect]) -> None:
    rising = Rising()
    assert all(rising.admits(fitting, visible) for fitting, visible in effects) == explained(effects)
